"""KRA's codes, item classes and tax rates as the portal uses them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from portal.codelists.models import Code, ItemClass, TaxRate
from portal.fiscal.bands import STANDARD_RATES, Band, Rates, complete_rates
from portal.infra.db import db


def rates_now() -> Rates:
    """The rate of every band in per cent, as it holds at this moment."""
    in_force = (
        select(TaxRate.band, TaxRate.rate)
        .where(TaxRate.valid_from <= func.now())
        .ext(distinct_on(TaxRate.band))
        .order_by(TaxRate.band, TaxRate.valid_from.desc())
    )
    return complete_rates({**STANDARD_RATES, **{Band(band): rate for band, rate in db.session.execute(in_force)}})


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
