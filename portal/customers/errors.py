"""What may stop a customer from being saved."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput


class PinTaken(BadInput):
    """Another customer has this PIN already."""

    def __init__(self) -> None:
        super().__init__(_("Another customer has this PIN already."))


class OwnPin(BadInput):
    """A business does not sell to itself."""

    def __init__(self) -> None:
        super().__init__(_("This is the PIN of your own business. Enter the customer's."))
