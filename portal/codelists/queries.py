"""KRA's codes, item classes and tax rates as the portal uses them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.codelists.models import Code, ItemClass
from portal.fiscal.bands import STANDARD_RATES, Band, Rates, complete_rates
from portal.infra.db import db, quick

RATES = "SELECT DISTINCT ON (band) band, rate FROM tax_rate WHERE valid_from <= now() ORDER BY band, valid_from DESC"


def rates_now() -> Rates:
    """The rate of every band in per cent, as it holds at this moment."""
    db.session.flush()
    return complete_rates({**STANDARD_RATES, **{Band(row.band): row.rate for row in quick(RATES, {})}})


def codes(class_code: str) -> Sequence[Code]:
    """The codes of a class that are in use, in KRA's order."""
    wanted = select(Code).where(Code.class_code == class_code, Code.in_use)
    return db.session.execute(wanted.order_by(Code.sort_order, Code.code)).scalars().all()


def code_name(class_code: str, code: str) -> str:
    """What KRA calls a code; the code itself while KRA's list does not say."""
    known = db.session.get(Code, (class_code, code))
    return known.name if known else code


def item_class(code: str) -> ItemClass | None:
    """A class of the item classification by its code."""
    return db.session.get(ItemClass, code)
