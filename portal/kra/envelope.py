"""Bytes to KRA's envelope (PROTOCOL §2.1), the developer gateway's wrapping taken off; secrets cut for the record."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.kra import read
from portal.kra.clock import read_moment
from portal.kra.codes import normal_code

SECRET_FIELDS = frozenset({"cmckey", "intrlkey", "signkey"})
RECORD_CAP = 256 * 1024
_CUT = "***"
_SECRET_NAME = re.compile(rb"cmckey|intrlkey|signkey", re.I)
_RAW_SECRET = re.compile(
    rb'(["\']?(?:cmckey|intrlkey|signkey)["\']?\s*[:=]\s*)("[^"]*"?|\'[^\']*\'?|[^\s,;}&<]+)', re.I)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed answer; `code` is None when the object carries none, `wrapped_status` is the gateway's own."""

    code: str | None
    message: str
    result_at: datetime | None
    data: Mapping[str, object] | None
    wrapped_status: int | None
    whole: Mapping[str, object]


def parse(body: bytes) -> Mapping[str, object] | None:
    """Return the JSON object of an answer, None for half JSON, HTML, lists, NaN and everything else."""
    try:
        parsed = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_such_number)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _no_such_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def open_envelope(body: bytes) -> Envelope | None:
    """Return the envelope of an answer, None when there is no JSON object at all."""
    outer = parse(body)
    if outer is None:
        return None
    header = read.first(outer, "responseHeader", "header")
    header = header if isinstance(header, dict) else {}
    inner = outer.get("responseBody")
    core = inner if isinstance(inner, dict) else outer
    data = core.get("data")
    words = read.first(core, "resultMsg", "message") or read.first(header, "customerMessage", "debugMessage",
                                                                  "responseMessage") or core.get("error")
    return Envelope(
        code=normal_code(core.get("resultCd")),
        message=read.text(words, 2000) or "",
        result_at=read_moment(core.get("resultDt")),
        data=data if isinstance(data, dict) else None,
        wrapped_status=read.whole(header.get("responseCode")),
        whole=core,
    )


def cut_secrets(body: bytes, *secrets: str) -> bytes:
    """Return the body for the evidence: exact where it holds no secret, else with every secret replaced."""
    if b"\\u" in body or _SECRET_NAME.search(body):     # a name may hide behind an escape
        body = _cut_fields(body)
    for secret in secrets:
        if secret:
            body = body.replace(secret.encode(), _CUT.encode())
    return body[:RECORD_CAP]


def _cut_fields(body: bytes) -> bytes:
    parsed = parse(body)
    try:
        if parsed is not None:
            return json.dumps(_without_secrets(parsed), default=str).encode() if _has_secret(parsed) else body
    except RecursionError:      # nested for mischief; the pattern below does not recurse
        pass
    return _RAW_SECRET.sub(rb'\1"***"', body)


def _has_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any(key.lower() in SECRET_FIELDS or _has_secret(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_secret, value))


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {key: _CUT if key.lower() in SECRET_FIELDS and item is not None else _without_secrets(item)
                for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
