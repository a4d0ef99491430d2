"""The amounts that sales, purchases and stock movements share (PROTOCOL §6.3)."""

from collections.abc import Collection
from decimal import Decimal

from portal.fiscal.bands import Band
from portal.fiscal.priced import PricedDocument, PricedLine
from portal.kra.payloads import fields
from portal.kra.payloads.canonical import JsonValue

NO_RATE = Decimal(0)


def line_amounts(priced: PricedLine) -> dict[str, JsonValue]:
    """Return the money of one line without its discount, whose name differs by operation."""
    return {
        "prc": fields.money("unit price", priced.price),
        "splyAmt": fields.money("price times quantity", priced.supply_amount),
        "taxTyCd": priced.band.value,
        "taxblAmt": fields.money("taxable amount", priced.taxable_amount),
        "taxAmt": fields.money("tax", priced.tax_amount),
        "totAmt": fields.money("line total", priced.total_amount),
    }


def discount(priced: PricedLine) -> dict[str, JsonValue]:
    """Return rate and amount of a line's discount; they agree by construction."""
    return {
        "dcRt": fields.percent("discount", priced.discount_rate),
        "dcAmt": fields.money("discount", priced.discount_amount),
    }


def sums(priced: PricedDocument) -> dict[str, JsonValue]:
    """Return the three totals over all lines."""
    return {
        "totTaxblAmt": fields.money("taxable total", priced.taxable_amount),
        "totTaxAmt": fields.money("tax total", priced.tax_amount),
        "totAmt": fields.money("total", priced.total_amount),
    }


def bands(priced: PricedDocument, unused_rate_of_e: Decimal = NO_RATE) -> dict[str, JsonValue]:
    """Return amount, rate and tax of each band; E is sent as 0 while no line is in it, B always with its rate."""
    used: Collection[Band] = {line.band for line in priced.lines}
    header: dict[str, JsonValue] = {}
    for band, total in priced.bands.items():
        rate = total.rate if band is not Band.E or band in used else unused_rate_of_e
        header[f"taxblAmt{band.value}"] = fields.money("taxable amount", total.taxable_amount)
        header[f"taxRt{band.value}"] = fields.percent("tax rate", rate)
        header[f"taxAmt{band.value}"] = fields.money("tax", total.tax_amount)
    return header
