"""How money, quantities and times read in templates: Kenyan shillings, East Africa Time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from flask import Flask, g
from flask_babel import get_domain

EAT = timezone(timedelta(hours=3), "EAT")  # no summer time, ever
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUS = "−"


def amount(value: Decimal | int | None) -> str:
    """`1,234.50`, with a real minus; an empty text for nothing."""
    if value is None:
        return ""
    return f"{Decimal(value):,.2f}".replace("-", MINUS)


def money(value: Decimal | int | None) -> str:
    """`Ksh 1,234.50` or `−Ksh 1,234.50`; an empty text for nothing."""
    return "" if value is None else f"Ksh {amount(value)}".replace(f"Ksh {MINUS}", f"{MINUS}Ksh ")


def quantity(value: Decimal) -> str:
    """The quantity without zeros at its end: `12.5`, `1,000`."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def local(moment: datetime) -> datetime:
    """The moment on a Kenyan clock."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(EAT)


def day(value: date | datetime | None) -> str:
    """`20 Nov 2026`."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value).date()
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def day_and_time(moment: datetime | None) -> str:
    """`20 Nov 2026, 14:05`."""
    return "" if moment is None else f"{day(moment)}, {local(moment):%H:%M}"


def time_of(moment: datetime | None, seconds: bool = False) -> str:
    """`14:05`, or `14:05:09`."""
    return "" if moment is None else f"{local(moment):%H:%M:%S}" if seconds else f"{local(moment):%H:%M}"


def gettext(text: str, **values: object) -> str:
    """`text` in the language of this request, filled with `values`: the library's answer, asked for its language once."""
    found: str = _translations().ugettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """`one` or `many` in the language of this request, by the number `num`, which may stand in the text."""
    found: str = _translations().ungettext(one, many, num)
    return found % ({"num": num} | values)


def _translations() -> Any:
    here: Any = g._get_current_object()  # the proxy is asked once: a page has a hundred words
    found = getattr(here, "translations", None)
    if found is None:
        found = here.translations = get_domain().get_translations()
    return found


def init_app(app: Flask) -> None:
    """Give templates these filters and `_()`."""
    app.jinja_env.filters.update(
        money=money, amount=amount, quantity=quantity, date=day, datetime=day_and_time, time=time_of
    )
    app.jinja_env.globals.update(_=gettext, ngettext=ngettext)
    app.context_processor(lambda: {"request_id": g.get("request_id", "-")})
