"""What can stand in the way of opening a business."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput


class PinIsHere(BadInput):
    """An open business of this deployment has the PIN already: its owner invites, or an operator settles the claim."""

    def __init__(self) -> None:
        super().__init__(_("This PIN is already on Risiti. Ask its owner to invite you, or tell us it is yours."), "pin")
