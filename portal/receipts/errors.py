"""What may go wrong with papers."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import PortalError


class NotSigned(PortalError):
    """Nothing is printed, shown or served before KRA has signed (RECEIPTS §1)."""

    def __init__(self) -> None:
        super().__init__(_("KRA has not signed this yet, so there is no receipt. Nothing is lost: it comes with the signature."))


class PageRefused(Exception):
    """A page that cannot be rendered: it asks for something outside, or is too much for the press."""


class PressBroken(Exception):
    """The rendering child died or took too long; the next page gets a new one."""


class PressMissing(Exception):
    """The rendering child does not start; receipts wait, everything else works."""


class NoTextLibrary(PressMissing):
    """The Pango text library of the operating system is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Receipts wait: this machine cannot draw PDFs until the Pango text library is installed"
            " (apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
        )
