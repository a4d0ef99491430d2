"""The arithmetic KRA expects (PROTOCOL §6.3): prices include VAT, every amount is right to the cent."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, DefaultContext, setcontext
from typing import Any

from portal.simulator.codelists import BANDS, listed_rates
from portal.simulator.envelope import refuse
from portal.simulator.options import Options

CENT = Decimal("0.01")
Line = Mapping[str, Any]
# A price of 18 digits times a quantity of 13 must stay exact; every thread starts with a copy of this context.
DefaultContext.prec = 60
setcontext(DefaultContext)


def half_up(amount: Decimal) -> Decimal:
    """The amount to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def rates_in_force(options: Options) -> dict[str, Decimal]:
    """The rate of each band in per cent: KRA's list with the changes made to it."""
    return {**listed_rates(), **options.changed_rates}


def check_amounts(header: Mapping[str, Any], lines: Sequence[Line], options: Options) -> None:
    """Refuses a document whose lines, band totals, rates or totals are not as KRA works them out."""
    rates = rates_in_force(options)
    if options.tax_rate_e is not None:
        rates["E"] = Decimal(str(options.tax_rate_e))
    for number, line in enumerate(lines, start=1):
        check_line(number, line, rates[line["taxTyCd"]], options.tolerated)
        _check_discount(number, line)
    _check_rates(header, lines, rates, options)
    _check_bands(header, lines, options.tolerated)


def check_line(number: int, line: Line, rate: Decimal, tolerated: Decimal) -> None:
    """Refuses a line whose supply amount, total, taxable amount or tax is not what follows from its price."""
    expected = {"splyAmt": half_up(line["prc"] * line["qty"])}
    expected["totAmt"] = line["splyAmt"] - line["dcAmt"]
    expected["taxblAmt"] = half_up(line["totAmt"] * 100 / (100 + rate))
    expected["taxAmt"] = line["totAmt"] - line["taxblAmt"]
    for name, amount in expected.items():
        if abs(line[name] - amount) > tolerated:
            raise refuse(f"Invalid {SPELT.get(name, name)} on item: {number}. "
                         f"Expected: {amount:.2f}, But Found: {line[name]:.2f}")  # fmt: skip


# KRA's own spelling in its refusals (RESULT_CODES §4).
SPELT = {"splyAmt": "splyAmnt"}


def _check_discount(number: int, line: Line) -> None:
    """dcRt follows from dcAmt, and is 0 only with 0; the smallest rate stands for a discount below half of it."""
    expected = half_up(100 * line["dcAmt"] / line["splyAmt"]) if line["splyAmt"] else Decimal(0)
    if line["dcAmt"]:
        expected = max(expected, CENT)
    if line["dcAmt"] > line["splyAmt"]:
        raise refuse(f"Invalid dcAmt on item: {number}. It is more than splyAmt {line['splyAmt']:.2f}")
    if line["dcRt"] != expected:
        raise refuse(f"Invalid dcRt on item: {number}. Expected: {expected:.2f}, But Found: {line['dcRt']:.2f}")


def _check_rates(header: Mapping[str, Any], lines: Iterable[Line], rates: Mapping[str, Decimal], options: Options) -> None:
    used = {line["taxTyCd"] for line in lines}
    for band in BANDS:
        found = header[f"taxRt{band}"]
        unused_e = band == "E" and options.tax_rate_e is None and "E" not in used
        if found != rates[band] and not (unused_e and found == 0):
            raise refuse(f"Rule taxRt{band} failed: Tax rate mismatch. Expected: {rates[band]:.2f}, Found: {found}")


def _check_bands(header: Mapping[str, Any], lines: Sequence[Line], tolerated: Decimal) -> None:
    for band in BANDS:
        of_band = [line for line in lines if line["taxTyCd"] == band]
        _check_sum(header, f"taxblAmt{band}", of_band, "taxblAmt", tolerated)
        _check_sum(header, f"taxAmt{band}", of_band, "taxAmt", tolerated)
    check_totals(header, lines, tolerated)


def check_totals(header: Mapping[str, Any], lines: Sequence[Line], tolerated: Decimal) -> None:
    """Refuses a header whose three totals are not the sums of the lines."""
    for total, name in (("totTaxblAmt", "taxblAmt"), ("totTaxAmt", "taxAmt"), ("totAmt", "totAmt")):
        _check_sum(header, total, lines, name, tolerated)


def _check_sum(header: Mapping[str, Any], total: str, lines: Sequence[Line], name: str, tolerated: Decimal) -> None:
    expected = sum((line[name] for line in lines), Decimal(0))
    if abs(header[total] - expected) > tolerated:
        raise refuse(f"Invalid {total}. Expected: {expected:.2f}, But Found: {header[total]:.2f}")
