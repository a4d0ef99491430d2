"""What stops a branch from issuing."""

from __future__ import annotations

from portal.errors import PortalError


class DeviceClosed(PortalError):
    """The control unit of a branch may not issue now; the sentence says why and since when."""
