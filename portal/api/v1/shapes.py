"""Shapes that several resources answer with."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from portal.api.v1.fields import Money, Percent


class FieldProblem(Schema):
    """One refused field: `lines[0].price`, `Idempotency-Key`."""

    field = fields.String(required=True)
    detail = fields.String(required=True)


class Problem(Schema):
    """Problem details (RFC 9457): `detail` is a sentence for people, `field` the first refused one."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    request_id = fields.String()
    field = fields.String()
    errors = fields.List(fields.Nested(FieldProblem))


class Totals(Schema):
    """Sums in KES: `taxable_amount` without VAT."""

    taxable_amount = Money(required=True)
    tax_amount = Money(required=True)
    total_amount = Money(required=True)


class BandTotals(Totals):
    """What is in one tax band; `rate` is in per cent."""

    rate = Percent(required=True)


def band_totals() -> fields.Dict:
    """The bands that are used, by letter."""
    return fields.Dict(keys=fields.String(), values=fields.Nested(BandTotals), required=True)


def list_of(shape: type[Schema]) -> Any:
    """The schema of one page of a list: `next` is what `after` of the next page is, null at the end."""
    members = {
        "items": fields.List(fields.Nested(shape), required=True),
        "next": fields.String(required=True, allow_none=True),
    }
    return type(f"{shape.__name__}List", (Schema,), members)
