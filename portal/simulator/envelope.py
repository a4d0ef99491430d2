"""The one envelope of every answer (PROTOCOL §2.1) and the texts that go with KRA's result codes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SUCCESS = "000"
NO_ROWS = "001"
REQUEST_ERROR = "910"
CODE_VALUE_ERROR = "913"

MESSAGES = {
    "000": "Successful",
    "001": "There is no search result",
    "891": "An error occurred while creating the request URL",
    "892": "An error occurred while creating the request header",
    "893": "An error occurred while creating the request body",
    "894": "A communication error with the server occurred",
    "895": "The request method is not allowed",
    "896": "The request status is not correct",
    "899": "A client error occurred",
    "900": "There is no header information",
    "901": "It is not a valid device",
    "902": "This device is installed",
    "903": "Only an OSCU device can be verified",
    "905": "An OSCU device cannot be used on a VSCU",
    "910": "Request parameter error",
    "911": "The request body is missing",
    "912": "The request method is not correct",
    "913": "Code value error among request parameters",
    "921": "The declared sales data cannot be received",
    "922": "The sales invoice data can be received after the sales data",
    "990": "The maximum number of views is exceeded",
    "991": "An error occurred during registration",
    "992": "An error occurred during modification",
    "993": "An error occurred during deletion",
    "994": "There is overlapping data",
    "995": "There is no downloaded file",
    "999": "An unknown error occurred. Please contact KRA",
    "E04": "The device or branch was not found",
    "E11": "The memory of the VSCU is full",
    "E31": "lastReqDt is not valid",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers: code, text, data and the moment it speaks for (None: now)."""

    data: Any = None
    code: str = SUCCESS
    message: str | None = None
    moment: str | None = None

    @property
    def text(self) -> str:
        """The message, or the usual one of the code."""
        return self.message if self.message is not None else MESSAGES.get(self.code, f"Result code {self.code}")


class Refusal(Exception):
    """KRA says no, with a code and a text; nothing was stored."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.reply = Reply(None, code, message)
        super().__init__(f"{code} {self.reply.text}")


def refuse(message: str) -> Refusal:
    """A refusal with one of the texts of RESULT_CODES §4; the code that goes with them is taken to be 910."""
    return Refusal(REQUEST_ERROR, message)


def envelope(reply: Reply, now: str) -> bytes:
    """The reply as KRA's JSON."""
    return to_json({"resultCd": reply.code, "resultMsg": reply.text, "resultDt": reply.moment or now, "data": reply.data})


def to_json(value: Any) -> bytes:
    """Compact JSON; decimals become numbers with no superfluous zeros."""
    return json.dumps(value, default=_number, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def from_json(raw: bytes) -> Any:
    """The value of a JSON text with exact decimals; raises ValueError for anything that is not strict JSON."""
    return json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in an answer")
    whole = value.to_integral_value()
    return int(whole) if whole == value else float(value)


def _refuse_constant(name: str) -> Mapping[str, Any]:
    raise ValueError(f"{name} is not JSON")
