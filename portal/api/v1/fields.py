"""Fields of requests and answers: money, quantities and rates are decimal numbers written as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import OneOf

from portal.errors import BadInput
from portal.fiscal.errors import FiscalError
from portal.fiscal.pins import parse_pin
from portal.infra.forms import one_line, parse_email, parse_phone
from portal.infra.wording import EAT

MONEY = r"^[0-9]{1,13}(\.[0-9]{1,2})?$"
QUANTITY = r"^[0-9]{1,10}(\.[0-9]{1,4})?$"
PERCENT = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"


class Body(Schema):
    """A schema whose words are ours."""

    error_messages = {"type": "Send an object.", "unknown": "There is no such field here."}


class Figure(fields.String):
    """A decimal number as text of one pattern."""

    pattern, example, decimals = MONEY, "116.00", 2
    default_error_messages = {
        "number": "Send the figure as text in quotes, like “{example}”: numbers in JSON lose digits.",
        "form": "Write the figure like “{example}”, with at most {decimals} decimals.",
    }

    def __init__(self, **kwargs: Any) -> None:
        shown = {"pattern": self.pattern, "examples": [self.example], **kwargs.pop("metadata", {})}
        super().__init__(metadata=shown, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("number", example=self.example)
        if not re.fullmatch(self.pattern.removesuffix("$"), value):
            raise self.make_error("form", example=self.example, decimals=self.decimals)
        return Decimal(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.{self.decimals}f}"


class Money(Figure):
    """Kenyan shillings, 0 or more, to the cent."""


class SignedMoney(Money):
    """Kenyan shillings in an answer, which may be below zero."""

    pattern = MONEY.replace("^", "^-?")


class Quantity(Figure):
    """How many, above 0, with up to 4 decimals."""

    pattern, example, decimals = QUANTITY, "2.5", 4
    default_error_messages = {"zero": "A quantity must be more than 0."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        quantity = super()._deserialize(value, attr, data, **kwargs)
        if quantity == 0:
            raise self.make_error("zero")
        return quantity

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain


class StockQuantity(Quantity):
    """How many are there: 0 too."""

    example = "40"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return Figure._deserialize(self, value, attr, data, **kwargs)


class Percent(Figure):
    """A percentage from 0 to 100, with up to 2 decimals."""

    pattern, example = PERCENT, "12.5"


class Words(fields.String):
    """One line of text that can be printed; an empty one counts as left out."""

    default_error_messages = {"empty": "This is needed."}

    def __init__(self, most: int, **kwargs: Any) -> None:
        self.most = most
        shown = {"maxLength": most, **({"minLength": 1} if kwargs.get("required") else {}), **kwargs.pop("metadata", {})}
        super().__init__(metadata=shown, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        try:
            words = self.parse(typed) if typed.strip() else None
        except (BadInput, FiscalError) as error:
            raise ValidationError(error.sentence) from error
        if words is None and self.required:
            raise self.make_error("empty")
        return words

    def parse(self, typed: str) -> str:
        """What is kept of the text; raises BadInput or a FiscalError."""
        return one_line(typed, self.most)


class Phone(Words):
    """A telephone number; 07… is Kenyan."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(40, metadata={"examples": ["0712345678"]}, **kwargs)

    def parse(self, typed: str) -> str:
        return parse_phone(typed)


class Email(Words):
    """An e-mail address of the length KRA takes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(50, metadata={"examples": ["grace@example.com"]}, **kwargs)

    def parse(self, typed: str) -> str:
        return parse_email(typed, self.most)


class Pin(Words):
    """A KRA PIN."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(20, metadata={"examples": ["P051234567X"]}, **kwargs)

    def parse(self, typed: str) -> str:
        return parse_pin(typed)


class Instant(fields.DateTime):
    """A moment in East Africa Time, `2026-11-20T14:05:09+03:00`."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(EAT).isoformat(timespec="seconds")


def chosen(*values: str, **kwargs: Any) -> fields.String:
    """Text that is one of these values."""
    words = "Send one of: " + ", ".join(values) + "."
    return fields.String(validate=OneOf(values, error=words), **kwargs)
