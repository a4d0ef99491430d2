"""Merging what KRA's lists bring into the tables that all businesses share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from sqlalchemy import TextClause, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from portal.codelists.models import ListMark, TaxRate
from portal.fiscal.bands import Band
from portal.infra.db import db
from portal.kra.values import CodeList, ItemClass

log = structlog.get_logger()
TAX_TYPES = "04"
CLASS_CODE = re.compile(r"[0-9]{2,10}", re.ASCII)

# One statement for a page of a thousand rows, and no row is written that says the same already.
MERGE_CODES = text("""
    INSERT INTO code AS known (class_code, code, class_name, name, description, sort_order, in_use, extra_1, extra_2, extra_3)
    SELECT * FROM unnest(CAST(:class_code AS text[]), CAST(:code AS text[]), CAST(:class_name AS text[]), CAST(:name AS text[]),
                         CAST(:description AS text[]), CAST(:sort_order AS int[]), CAST(:in_use AS boolean[]),
                         CAST(:extra_1 AS text[]), CAST(:extra_2 AS text[]), CAST(:extra_3 AS text[]))
    ON CONFLICT (class_code, code) DO UPDATE
       SET (class_name, name, description, sort_order, in_use, extra_1, extra_2, extra_3, changed_at)
         = (excluded.class_name, excluded.name, excluded.description, excluded.sort_order, excluded.in_use,
            excluded.extra_1, excluded.extra_2, excluded.extra_3, now())
     WHERE (known.class_name, known.name, known.description, known.sort_order, known.in_use, known.extra_1, known.extra_2,
            known.extra_3)
        IS DISTINCT FROM (excluded.class_name, excluded.name, excluded.description, excluded.sort_order, excluded.in_use,
                          excluded.extra_1, excluded.extra_2, excluded.extra_3)""")
MERGE_CLASSES = text("""
    INSERT INTO item_class AS known (code, name, level, band, is_major, in_use)
    SELECT * FROM unnest(CAST(:code AS text[]), CAST(:name AS text[]), CAST(:level AS int[]), CAST(:band AS text[]),
                         CAST(:is_major AS boolean[]), CAST(:in_use AS boolean[]))
    ON CONFLICT (code) DO UPDATE SET (name, level, band, is_major, in_use, changed_at)
         = (excluded.name, excluded.level, excluded.band, excluded.is_major, excluded.in_use, now())
     WHERE (known.name, known.level, known.band, known.is_major, known.in_use)
        IS DISTINCT FROM (excluded.name, excluded.level, excluded.band, excluded.is_major, excluded.in_use)""")


def merge_code_lists(lists: Iterable[CodeList]) -> None:
    """Merge codes, inside the open act: KRA sends only what changed; a rate that KRA changed holds from now on."""
    rows: dict[tuple[str, str], tuple[object, ...]] = {}
    for each in lists:
        if not each.in_use:
            _retire(each.number)
        for code in each.codes:
            in_use = each.in_use and code.in_use
            known_as = (each.number, code.code, each.name, code.name, code.description)
            rows[each.number, code.code] = (*known_as, code.order or 0, in_use, *code.values)
        if each.number == TAX_TYPES:
            _merge_rates(each)
    names = ("class_code", "code", "class_name", "name", "description", "sort_order", "in_use", "extra_1", "extra_2", "extra_3")
    _merge(MERGE_CODES, names, rows)


def merge_item_classes(classes: Iterable[ItemClass]) -> None:
    """Merge rows of the item classification, inside the open act."""
    rows: dict[str, tuple[object, ...]] = {}
    for each in classes:
        if CLASS_CODE.fullmatch(each.code):
            rows[each.code] = (each.code, each.name, _level(each), each.band, each.is_major or False, each.in_use)
    _merge(MERGE_CLASSES, ("code", "name", "level", "band", "is_major", "in_use"), rows)


def known_up_to(operation: str) -> datetime | None:
    """The moment of KRA's clock up to which a shared list is known, whichever business asked for it."""
    return db.session.execute(select(ListMark.mark).where(ListMark.operation == operation)).scalar_one_or_none()


def move_mark(operation: str, mark: datetime | None) -> None:
    """Note, in the act that keeps a page, up to where the shared list is known; it never moves back."""
    if mark is not None:
        added = insert(ListMark).values(operation=operation, mark=mark)
        newer = {"mark": func.greatest(ListMark.mark, added.excluded.mark)}
        db.session.execute(added.on_conflict_do_update(index_elements=["operation"], set_=newer))


def mark_whole(operation: str) -> None:
    """Note that a fetch has just reached the end of the shared list."""
    db.session.execute(text("UPDATE list_mark SET whole_at = now() WHERE operation = :operation"), {"operation": operation})


def _merge(statement: TextClause, names: Sequence[str], rows: Mapping[Any, tuple[object, ...]]) -> None:
    # In the order of their keys: two businesses that merge the same page wait for each other and never in a circle.
    columns = zip(*(rows[key] for key in sorted(rows)), strict=True)
    if rows:
        db.session.execute(statement, {name: list(column) for name, column in zip(names, columns, strict=True)})


def _retire(class_code: str) -> None:
    db.session.execute(text("UPDATE code SET in_use = false WHERE class_code = :c AND in_use"), {"c": class_code})


def _level(each: ItemClass) -> int:
    if each.level is not None and 1 <= each.level <= 5:
        return each.level
    return 5 if len(each.code) > 8 else 4


def _merge_rates(tax_types: CodeList) -> None:
    """Add a dated rate where KRA's differs from the one in force; a rate that an operator set stands."""
    newest = select(TaxRate.band, TaxRate.rate, TaxRate.said_by).ext(distinct_on(TaxRate.band))
    in_force = {row.band: row for row in db.session.execute(newest.order_by(TaxRate.band, TaxRate.valid_from.desc()))}
    for code in tax_types.codes:
        rate, known = read_rate(code.values[0]), in_force.get(code.code)
        if code.code not in Band.__members__ or rate is None or not code.in_use:
            continue
        if known is not None and (known.rate == rate or known.said_by == "operator"):
            continue
        db.session.add(TaxRate(band=code.code, valid_from=func.now(), rate=rate, said_by="kra"))
        log.warning("tax_rate_changed", band=code.code, rate=str(rate), before=str(known.rate) if known else None)
    db.session.flush()


def read_rate(raw: str | None) -> Decimal | None:
    """A rate in per cent from KRA's extra column (`16`, `16.00`, `16%`); None for anything else."""
    try:
        rate = Decimal((raw or "").strip().removesuffix("%").strip())
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and 0 <= rate < 100 and rate == round(rate, 2) else None
