"""What a program is told when something goes wrong: problem details as RFC 9457 describes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, g, request

from portal.errors import PortalError, TooManyTries

MEDIA_TYPE = "application/problem+json"
FieldError = tuple[str, str]
SENTENCES = {
    400: "This request cannot be understood.",
    401: "Send a token of this business: `Authorization: Bearer …`. Tokens are made in Settings.",
    403: "This token may not do that.",
    404: "There is no such thing for this business.",
    405: "This address does not answer to this method.",
    409: "This cannot be done now.",
    413: "This is too large: a request has at most 2 MiB.",
    415: "Send JSON, with the header `Content-Type: application/json`.",
    422: "Something in this request cannot be used.",
    429: "Too many requests in a short time. Wait, then go on.",
    500: "Something went wrong on our side. Nothing was lost; tell us the request id.",
    503: "A part that is needed is away for a moment. Try again.",
}


def answer(status: int, sentence: str | None = None, fields: Sequence[FieldError] = (), **members: Any) -> Response:
    """The problem document: `detail` says it in a sentence, `field` and `errors` where in the request it is."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error",
        "status": status,
        "detail": sentence or SENTENCES.get(status, SENTENCES[400]),
        "instance": request.path,
        "request_id": g.get("request_id", "-"),
    }
    if fields:
        body["field"] = fields[0][0]
        body["errors"] = [{"field": name, "detail": said} for name, said in fields]
    response = Response(json.dumps(body | members), status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Risiti"'
    return response


def of_error(error: PortalError) -> Response:
    """The problem document of a refusal of ours, with the field when one is to blame."""
    named = getattr(error, "field", None)
    fields = getattr(error, "fields", None) or ([(named, error.sentence)] if named else [])
    response = answer(error.status, error.sentence, fields)
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
