"""What can stand in the way of opening a business."""

from __future__ import annotations

from portal.errors import PortalError


class PinIsHere(PortalError):
    """An open business of this deployment has the PIN already: its owner invites, or an operator settles the claim."""
