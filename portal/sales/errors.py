"""What may go wrong in sales."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput, PortalError


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


class InTraining(PortalError):
    """The branch is in training mode: nothing real is issued there."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            _("%(branch)s is in training mode, so nothing real can be issued there. Switch training off first.", branch=branch)
        )


class NotInTraining(PortalError):
    """The branch is not in training mode: nothing is practised there."""

    def __init__(self, branch: str) -> None:
        super().__init__(_("%(branch)s is not in training mode any more.", branch=branch))
