"""Finding items, and how far their registration with KRA has come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from portal.catalogue.models import Item
from portal.errors import NotFound
from portal.fiscal.document import ItemType
from portal.infra.columns import search_words
from portal.infra.db import db
from portal.infra.listing import Asked, Page, first_beyond, read_page
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import Submission


def item(item_id: UUID) -> Item:
    """An item of this business, archived or not; raises NotFound."""
    found = db.session.get(Item, (current_tenant_id(), item_id))
    if found is None:
        raise NotFound
    return found


def items(item_ids: Collection[UUID]) -> dict[UUID, Item]:
    """The items with these ids, archived ones too; an id of nobody is left out."""
    wanted = select(Item).where(Item.tenant_id == current_tenant_id(), Item.id.in_(set(item_ids)))
    return {found.id: found for found in db.session.execute(wanted).scalars()}


def page(asked: Asked, *, goods_only: bool = False) -> Page[Item]:
    """The items that fit, by name; for stock the goods alone."""
    wanted = _fitting(asked.text, asked.archived)
    if goods_only:
        wanted = wanted.where(Item.item_type != ItemType.SERVICE.value)
    ordered = wanted.order_by(Item.search_name, Item.id)
    if asked.after is not None:
        ordered = ordered.where(behind(item(asked.after)))
    return read_page(wanted, ordered, asked)


def search_items(text: str, limit: int = 10) -> Sequence[Item]:
    """The first items in use whose name begins with `text`; the item alone whose SKU or barcode it is."""
    ordered = _fitting(text).order_by(Item.search_name, Item.id)
    return db.session.execute(ordered.limit(limit)).scalars().all()


def registration(item_id: UUID) -> Submission | None:
    """What became of telling KRA about an item; None when it was never queued."""
    return registrations([item_id]).get(item_id)


def registrations(item_ids: Collection[UUID]) -> dict[UUID, Submission]:
    """The newest submission that registers or changes each item."""
    wanted = select(Submission).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.subject_id.in_(set(item_ids)),
        Submission.kind.in_(("item", "item_change")),
    )
    ordered = wanted.ext(distinct_on(Submission.subject_id)).order_by(Submission.subject_id, Submission.position.desc())
    return {row.subject_id: row for row in db.session.execute(ordered).scalars()}


def behind(last: Item) -> ColumnElement[bool]:
    """What comes after an item in the order of names."""
    return tuple_(Item.search_name, Item.id) > tuple_(last.search_name, last.id)


def name_begins(text: str) -> ColumnElement[bool]:
    """The items whose name begins with `text`, as a range that keeps the index under row-level security."""
    name = search_words(text)
    return and_(Item.search_name >= name, Item.search_name < first_beyond(name))


def with_code(text: str, archived: bool = False) -> Select[Any]:
    """The items whose SKU or barcode is exactly `text`."""
    spellings = {text, text.upper(), text.lower()}
    return of_business(archived).where(or_(Item.sku.in_(spellings), Item.barcode == text))


def of_business(archived: bool = False) -> Select[Any]:
    """The items of this business: those in use, or the archived ones."""
    state = Item.archived_at.is_not(None) if archived else Item.archived_at.is_(None)
    return select(Item).where(Item.tenant_id == current_tenant_id(), state)


def _fitting(text: str, archived: bool = False) -> Select[Any]:
    """A scanned barcode or a typed SKU means that item and no other."""
    if text:
        exact = with_code(text, archived)
        found = select(func.count()).select_from(exact.limit(1).subquery())
        if db.session.execute(found).scalar_one():
            return exact
    return of_business(archived).where(name_begins(text))
