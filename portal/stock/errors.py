"""What may stop stock from being taken or booked."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from portal.errors import BadInput
from portal.fiscal.stock import Shortage


class NotEnoughStock(BadInput):
    """More is wanted than there is; `shortages` name each item with what is there and what was wanted."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(" ".join(shortage.sentence for shortage in shortages))
        self.shortages = tuple(shortages)


class NothingToBook(BadInput):
    """The count agrees with what is known."""

    def __init__(self) -> None:
        super().__init__(_("That is what we have on record, so there is nothing to book."))


class CountedTooLate(BadInput):
    """The stock moved between the count and its booking."""

    def __init__(self) -> None:
        super().__init__(_("The stock has changed since this page was opened: something was sold or added. Count again."))


class TooLateToWithdraw(BadInput):
    """A withdrawn movement cannot be taken back because its goods are gone."""

    def __init__(self, name: str) -> None:
        super().__init__(_("Some %(name)s has been sold since, so this cannot be withdrawn. Send it again.", name=name))
