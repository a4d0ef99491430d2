"""What can stand in the way of coming in."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import NotFound


class LinkGone(NotFound):
    """A link of a letter that was used, is too old, or was never sent: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(_("This link was used, is too old, or a newer one was sent."))
