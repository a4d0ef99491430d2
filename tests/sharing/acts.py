"""What people do with a shared receipt: press a way, open the link, look at what became of it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit
from uuid import UUID

from werkzeug.test import TestResponse

from tests.support.world import Business, Visitor, visitor

PHONE_BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 14; SM-A057F) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}


def share(client: Visitor, document_id: UUID, way: str = "link", key: str | None = None, **form: str) -> str:
    """Press a way to share; the page of the link that came of it."""
    answer = client.post(f"/invoices/{document_id}/share", data={"way": way, **form} | ({"idempotency_key": key} if key else {}))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def path_on(client: Visitor, page: str) -> str:
    """The path that a customer opens, as the page of the link shows it."""
    found = re.search(r'id="address" value="([^"]+)"', client.get(page).text)
    assert found
    return urlsplit(html.unescape(found[1])).path


def shared_path(client: Visitor, document_id: UUID, way: str = "link", **form: str) -> str:
    """Share, and the path that the customer gets."""
    return path_on(client, share(client, document_id, way, **form))


def open_as_customer(business: Business, path: str, headers: dict[str, str] | None = None) -> TestResponse:
    """Somebody without a log-in opens the link on a phone."""
    return visitor(business.app).get(path, headers=headers or PHONE_BROWSER)
