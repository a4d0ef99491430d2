"""The same request twice is one act: known by its key before anything in it is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from flask import request
from marshmallow import fields
from marshmallow.validate import Regexp

from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body
from portal.api.v1.reading import strict_json
from portal.infra.crypto import sha256
from portal.sales.errors import KeyUsedBefore
from portal.sales.issuing import issued_under
from portal.sales.models import Document

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
USED_BEFORE = "This key was used before, with another request. Take a new key for a new invoice."


class KeyHeader(Body):
    """The caller's own key of this act; a repeat under the same key changes nothing and gives the same answer."""

    key = fields.String(
        data_key=HEADER,
        validate=Regexp(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?\Z", error="Send 1 to 200 plain characters."),
        metadata={"description": "Your own key, new for each act: a repeat gives the same document, and never a second one"},
    )


def key_of(headers: dict[str, Any]) -> str:
    """The key that was sent; without one this request is like no other."""
    return headers.get("key") or f"none-{uuid4()}"


def request_sha256() -> bytes:
    """What makes this request the same as another one: its address and its body, however the body is written."""
    body = request.get_data(cache=True)
    value = strict_json(body) if body.strip() else None
    return sha256(json.dumps([request.path, value], sort_keys=True))


def issued_before(key: str, asked: bytes) -> Document | None:
    """What this key issued before; raises BadFields when that was asked for in other words."""
    row = issued_under(key)
    if row is not None and row.idem_hash != asked:
        raise BadFields([(HEADER, USED_BEFORE)])
    return row


@contextmanager
def one_meaning() -> Iterator[None]:
    """Name the header when another request under the same key came first at this very moment."""
    try:
        yield
    except KeyUsedBefore as refusal:
        raise BadFields([(HEADER, USED_BEFORE)]) from refusal
