"""The switches of the simulator: where KRA is known to differ from day to day, or where nobody knows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any


@dataclass(slots=True)
class Options:
    """The present settings; every one can be changed over the control path and survives a restart."""

    quantity_decimals: int = 4
    tolerance: float = 0
    """Money that an amount of a line or header may be off, e.g. 0.01 (PROTOCOL §6.3)."""
    tax_rate_e: float | None = None
    """The only taxRtE accepted; None: the listed rate, or 0 when no line is in band E."""
    rates: dict[str, float] = field(default_factory=dict)
    """Rates that differ from KRA's list of 2026; they are served and checked."""
    rates_changed_at: str = ""
    sign_twice: bool = False
    """A KRA that signs a repeated number again: the control experiment of every exactly-once test."""
    approval_needed: bool = False
    select_invoice_on_vscu: bool = False
    latency_ms: float = 0
    offline_hours: float | None = None
    """Hours since the VSCUs last reached KRA; None: they are online."""
    stock_master_required: bool = False
    """Goods can be sold only after a stock master record."""
    stock_after_sale: bool = True
    """Movements of type 11 and 03 are refused (922) before their sale or credit note."""
    future_refused: bool = True
    refusal_http_status: int | None = None
    """HTTP status of 910 and 913; None: 400 on OSCU, 200 on VSCU."""
    duplicate_code: str | None = None
    """Answer to a repeated sale; None: 994 on OSCU, 899 on VSCU."""
    look_back_days: int | None = None
    """Oldest lastReqDt accepted, in days; None: any."""
    page_rows: int = 1000
    clock_offset_seconds: int = 0

    def changed(self, wanted: Mapping[str, Any], stamp: str) -> "Options":
        """These options with the wanted ones replaced; raises ValueError with a sentence."""
        known = {option.name for option in fields(self)}
        unknown = sorted(set(wanted) - known)
        if unknown:
            raise ValueError(f"There is no option {', '.join(unknown)}. Options: {', '.join(sorted(known))}.")
        values = {**asdict(self), **wanted}
        if "rates" in wanted:
            values["rates_changed_at"] = stamp
        for name, value in wanted.items():
            _check(name, value)
            values[name] = float(value) if isinstance(value, Decimal) else value
        return Options(**values)

    @property
    def tolerated(self) -> Decimal:
        """The tolerance as an exact amount."""
        return Decimal(str(self.tolerance))

    @property
    def changed_rates(self) -> dict[str, Decimal]:
        """The changed rates as exact numbers."""
        return {band: Decimal(str(rate)) for band, rate in self.rates.items()}


SWITCHES = {"sign_twice", "approval_needed", "select_invoice_on_vscu", "stock_master_required", "stock_after_sale",
            "future_refused"}  # fmt: skip
MAY_BE_NONE = {"tax_rate_e", "offline_hours", "refusal_http_status", "duplicate_code", "look_back_days"}


def _check(name: str, value: object) -> None:
    if value is None and name in MAY_BE_NONE:
        return
    if name == "rates":
        allowed = isinstance(value, dict) and set(value) <= set("ABCDE")
    elif name in ("duplicate_code", "rates_changed_at"):
        allowed = isinstance(value, str)
    elif name in SWITCHES:
        allowed = isinstance(value, bool)
    else:
        allowed = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not allowed:
        raise ValueError(f"The option {name} cannot be {value!r}.")
