"""What a document's page shows of its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from portal.infra.forms import idempotency_key
from portal.infra.phones import show_phone
from portal.infra.wording import day_and_time
from portal.receipts import queries
from portal.receipts.models import HandOut
from portal.receipts.services import Way
from portal.receipts.sizes import PaperSize

MOST_SHOWN = 9
FORMS = 6  # download, print, WhatsApp, link, download and print on the other paper


@dataclass(frozen=True, slots=True)
class Panel:
    """The newest copies and the original, newest first; `keys` are for the forms of the next ones."""

    hand_outs: Sequence[HandOut]
    keys: tuple[str, ...]
    size: PaperSize  # of the branch

    @property
    def other(self) -> PaperSize:
        """The paper that is not the branch's own."""
        return PaperSize.ROLL if self.size is PaperSize.A4 else PaperSize.A4

    @staticmethod
    def size_word(size: str) -> str:
        """A paper in words."""
        return _("80 mm") if size == PaperSize.ROLL else _("A4")

    @property
    def next_is_copy(self) -> bool:
        return bool(self.hand_outs)

    @staticmethod
    def how(handed_out: HandOut, to: str | None = None) -> str:
        """How it left the house, by whom and when; `to` is the phone number or address that it went to."""
        words = {"name": handed_out.by_name, "at": day_and_time(handed_out.at), "to": _shown(to)}
        if handed_out.way == Way.WHATSAPP and to:
            return _("for WhatsApp to %(to)s, by %(name)s, %(at)s", **words)
        if handed_out.way == Way.EMAIL and to:
            return _("by e-mail to %(to)s, by %(name)s, %(at)s", **words)
        return {
            Way.PRINT: _("printed by %(name)s, %(at)s"),
            Way.DOWNLOAD: _("downloaded by %(name)s, %(at)s"),
            Way.EMAIL: _("by e-mail, by %(name)s, %(at)s"),
            Way.WHATSAPP: _("for WhatsApp, by %(name)s, %(at)s"),
            Way.LINK: _("by a link, by %(name)s, %(at)s"),
            Way.BULK: _("in a download of many, by %(name)s, %(at)s"),
        }[Way(handed_out.way)] % words


def panel_of(document_id: UUID) -> Panel | None:
    """The papers of a document; None while KRA has not signed it."""
    if not queries.is_signed(document_id):
        return None
    found = queries.hand_outs(document_id)
    original, copies = found[:1], found[1:]
    keys = tuple(idempotency_key(None) for _form in range(FORMS))
    return Panel([*copies[: -MOST_SHOWN - 1 : -1], *original], keys, PaperSize(queries.branch_of(document_id).paper))


def _shown(to: str | None) -> str:
    """A phone number as people read it; anything else as it is."""
    return show_phone(to) if to and to.startswith("+") else to or ""
