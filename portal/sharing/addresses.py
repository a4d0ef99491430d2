"""The address of a link: its token is made from the link's id with our secret key, so that it is kept nowhere."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _

from portal.fiscal.frozen import Issued
from portal.fiscal.labels import DocumentKind
from portal.infra.crypto import sha256
from portal.infra.wording import money
from portal.sharing.models import ReceiptLink

PURPOSE = b"risiti: link to a receipt"
LENGTH = 43  # characters of a token: 256 bits


def new_token_of(tenant_id: UUID, link_id: UUID) -> str:
    """The token of a link that is made now: 256 bits that nobody without our key can guess."""
    return _token(current_app.extensions["settings"].secret_key, tenant_id, link_id)


def token_of(link: ReceiptLink) -> str | None:
    """The token of a link; None when the key that it was made with has been retired since (it still opens)."""
    settings = current_app.extensions["settings"]
    tokens = (_token(key, link.tenant_id, link.id) for key in (settings.secret_key, *settings.secret_key_fallbacks))
    return next((token for token in tokens if hmac.compare_digest(sha256(token), link.token_sha256)), None)


def address_of(link: ReceiptLink) -> str | None:
    """The whole address that a customer opens; None when it cannot be shown again."""
    token = token_of(link)
    portal = current_app.extensions["settings"].portal_url.rstrip("/")
    return portal + current_app.url_map.bind("").build("public_receipt.show", {"token": token}) if token else None


@dataclass(frozen=True, slots=True)
class Message:
    """What is written to a customer about a document."""

    subject: str
    text: str


def message_of(issued: Issued, address: str) -> Message:
    """`Tax invoice INV-000105 from Mfano Traders Limited, Ksh 7,645.00:` and the link."""
    document = issued.document
    sign = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
    words = {"number": issued.trader_number, "seller": document.seller.name}
    kind = _("Credit note %(number)s from %(seller)s") if sign < 0 else _("Tax invoice %(number)s from %(seller)s")
    subject = kind % words
    amount = money(sign * document.priced.total_amount)
    text = _("%(subject)s, %(amount)s. Open it here: %(address)s", subject=subject, amount=amount, address=address)
    return Message(subject, text)


def whatsapp(text: str, phone: str | None) -> str:
    """WhatsApp's own address for a text; `phone` is E.164, without one WhatsApp asks who it is for."""
    return f"https://wa.me/{(phone or '').removeprefix('+')}?text={quote(text, safe='')}"


def _token(key: str, tenant_id: UUID, link_id: UUID) -> str:
    made = hmac.new(key.encode(), PURPOSE + tenant_id.bytes + link_id.bytes, hashlib.sha256)
    return urlsafe_b64encode(made.digest()).decode().rstrip("=")
