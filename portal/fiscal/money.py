"""Money, quantities and percentages: read from text, rounded half up once, written for people."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from portal.fiscal.errors import FiscalError

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
MONEY_LIMIT = Decimal(10) ** 13  # with two decimals this stays under 15 digits, the narrowest field in KRA's papers
LARGEST_QUANTITY = Decimal(9_999_999_999)
QUANTITY_DECIMALS = 4

# Wide enough for price times quantity without losing a digit.
ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_UP)
_WIDEST = 40  # digits before the point; anything wider is nobody's money

_NUMBER = re.compile(r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.(?P<decimals>[0-9]+))?")
_CURRENCY = re.compile(r"(?:kes|kshs?|shs?)\.? ?", re.IGNORECASE)
_LONGEST_TEXT = 60


class MoneyError(FiscalError):
    """A text that is no amount, quantity or percentage."""


def to_cents(amount: Decimal) -> Decimal:
    """The amount rounded half up to two places."""
    if not amount.is_finite() or amount.adjusted() > _WIDEST:
        raise MoneyError("That is not an amount of money.")
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=ARITHMETIC)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The exact product."""
    return ARITHMETIC.multiply(left, right)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`amount × part ÷ whole`, rounded half up to two places."""
    return to_cents(ARITHMETIC.divide(ARITHMETIC.multiply(amount, part), whole))


def decimals_of(number: Decimal) -> int:
    """How many decimals the number needs: 12.50 needs one."""
    exponent = number.normalize(ARITHMETIC).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 12.50 → 12.5, 1E+1 → 10."""
    return Decimal(format(number.normalize(ARITHMETIC), "f"))


def parse_money(text: str) -> Decimal:
    """The shillings a person typed ("1,500", "KES 1500", "Ksh 1,500.00", "1,500/="), 0 or more; raises MoneyError."""
    typed = _tidy(text, "Enter an amount, for example 1,500.00.")
    typed = _CURRENCY.sub("", typed, count=1) if _CURRENCY.match(typed) else typed
    amount = _number(
        typed.removesuffix("/=").removesuffix("/-").rstrip(),
        decimals=2,
        not_a_number="Write the amount in figures, for example 1,500.00.",
        negative="An amount cannot be negative.",
        too_many="An amount has at most 2 decimals.",
    )
    if amount >= MONEY_LIMIT:
        raise MoneyError("That amount is too large: it must be below 10,000,000,000,000.00.")
    return to_cents(amount)


def parse_quantity(text: str, decimals: int = QUANTITY_DECIMALS) -> Decimal:
    """The quantity a person typed, above 0 and at most 9,999,999,999; raises MoneyError."""
    typed = _tidy(text, "Enter a quantity, for example 2 or 12.5.")
    quantity = _number(
        typed,
        decimals=decimals,
        not_a_number="Write the quantity in figures, for example 2 or 12.5.",
        negative="A quantity cannot be negative.",
        too_many=_too_many_decimals("A quantity", decimals),
    )
    if quantity == 0:
        raise MoneyError("A quantity must be more than 0.")
    if quantity > LARGEST_QUANTITY:
        raise MoneyError("That quantity is too large: it can be at most 9,999,999,999.")
    return plain(quantity)


def parse_percent(text: str) -> Decimal:
    """The percentage a person typed ("12.5", "12.5 %"), 0 to 100 with at most 2 decimals; raises MoneyError."""
    typed = _tidy(text, "Enter a percentage, for example 12.5.")
    percent = _number(
        typed.removesuffix("%").rstrip(),
        decimals=2,
        not_a_number="Write the percentage in figures, for example 12.5.",
        negative="A percentage cannot be negative.",
        too_many="A percentage has at most 2 decimals.",
    )
    if percent > HUNDRED:
        raise MoneyError("A percentage can be at most 100.")
    return plain(percent)


def format_money(amount: Decimal) -> str:
    """The amount as people read it: 1234.5 → "1,234.50", and never "-0.00"."""
    return f"{abs(cents) if not (cents := to_cents(amount)) else cents:,.2f}"


def format_quantity(quantity: Decimal) -> str:
    """The quantity without needless zeros and without grouping: 12.5000 → "12.5"."""
    return format(plain(quantity), "f")


def format_rate(rate: Decimal) -> str:
    """A tax rate or percentage as people read it: 16.00 → "16%"."""
    return f"{format_quantity(rate)}%"


def _too_many_decimals(what: str, decimals: int) -> str:
    if decimals == 0:
        return f"{what} must be a whole number here."
    return f"{what} has at most {decimals} decimal{'' if decimals == 1 else 's'}."


def _tidy(text: str, when_empty: str) -> str:
    """The text without blanks around it; the sentences never repeat it, because it may hold anything."""
    if not isinstance(text, str) or not text.strip():
        raise MoneyError(when_empty)
    return " ".join(text[: _LONGEST_TEXT + 1].split()) if len(text) <= _LONGEST_TEXT else "too long"


def _number(typed: str, *, decimals: int, not_a_number: str, negative: str, too_many: str) -> Decimal:
    if typed[:1] in ("-", "\u2212") and _NUMBER.fullmatch(typed[1:].strip()):
        raise MoneyError(negative)
    found = _NUMBER.fullmatch(typed)
    if found is None or not (found["whole"] or found["decimals"]):
        raise MoneyError(not_a_number)
    if len(found["decimals"] or "") > decimals:
        raise MoneyError(too_many)
    return Decimal(typed.replace(",", ""))
