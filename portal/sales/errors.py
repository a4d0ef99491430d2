"""What may go wrong in sales."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput


class KeyUsedBefore(BadInput):
    """The same idempotency key asks for something else than the first time."""

    def __init__(self, number: str) -> None:
        super().__init__(
            _("This form has already been issued as %(number)s, with other content. Open a new invoice.", number=number)
        )


class VatUnsaid(BadInput):
    """The business has not said whether it is registered for VAT."""

    def __init__(self) -> None:
        super().__init__(_("Say first whether the business is registered for VAT: open Setup, then issue. The draft is kept."))
