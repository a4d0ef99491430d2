"""How a discount on the whole invoice is shared out over its lines."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from portal.fiscal.money import ARITHMETIC, CENT


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The amount in whole cents over the lines by weight; left-over cents go to the largest remainders.

    All are whole cents and 0 <= amount <= sum of the weights, so no share passes its weight; among equals the first
    line comes first.
    """
    whole = sum(weights, Decimal(0))
    if not 0 <= amount <= whole:
        raise ValueError(f"{amount} cannot be spread over {whole}")
    if amount == 0:
        return [Decimal("0.00")] * len(weights)
    exact = [ARITHMETIC.divide(ARITHMETIC.multiply(amount, weight), whole) for weight in weights]
    shares = [one.quantize(CENT, rounding=ROUND_DOWN, context=ARITHMETIC) for one in exact]
    missing_cents = int((amount - sum(shares)) / CENT)
    by_remainder = sorted(range(len(weights)), key=lambda line: (shares[line] - exact[line], line))
    for line in by_remainder[:missing_cents]:
        shares[line] += CENT
    return shares
