"""Items are added, changed and archived; never deleted. KRA is told of each by itself, through the head office's lane."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.catalogue import queries
from portal.catalogue.errors import CodeIsKept, SkuTaken
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem, OpeningStock
from portal.devices.queries import head_office_device
from portal.errors import NotFound
from portal.identity.access import Actor
from portal.infra import events
from portal.infra.columns import search_words
from portal.infra.db import db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.submissions import queue
from portal.submissions import services as lane
from portal.submissions.models import Submission

CODE_PARTS = ("item_type", "package_unit", "quantity_unit", "origin")
TOLD = ("name", "class_code", "band", "price", "prices", "barcode", *CODE_PARTS)
FIELDS = (*TOLD, "sku")


def add_item(actor: Actor, new: NewItem, opening: OpeningStock | None = None) -> Item:
    """The new item, its registration with KRA queued and its opening stock booked; the first one for a form sent twice."""
    with transaction():
        return enter_item(actor, new, opening)


def enter_item(actor: Actor, new: NewItem, opening: OpeningStock | None = None) -> Item:
    """The same inside an open act."""
    if not _inserted(actor, new):
        return queries.item(new.id)
    item = queries.item(new.id)
    queue.tell("item", item.id, head_office_device().id)
    events.tell(Event.ITEM_ADDED, actor, item, opening)
    audit.record(actor.name, "item added", item.name, after=_words(_values(item)))
    return item


def change_item(actor: Actor, item_id: UUID, new: NewItem) -> Item:
    """The item with its new details, told to KRA when they concern KRA; raises SkuTaken or CodeIsKept.

    Documents already issued keep the old details. A registration that KRA refused is sent again with the new ones.
    """
    with transaction():
        refused = _lock_refused(item_id)
        item = _locked(item_id)
        before = _values(item)
        _write(item, new, actor)
        after = _values(item)
        if after != before:
            if any(after[name] != before[name] for name in TOLD):
                _tell_change(item, refused)
            audit.record(actor.name, "item changed", item.name, before=_words(before), after=_words(after))
    return item


def archive_item(actor: Actor, item_id: UUID) -> Item:
    """The item, no longer offered. KRA is not told: credit notes of earlier sales still name it."""
    with transaction():
        item = _locked(item_id)
        if item.archived_at is None:
            item.archived_at = func.now()
            audit.record(actor.name, "item archived", item.name)
    return item


def restore_item(actor: Actor, item_id: UUID) -> Item:
    """The item, offered again."""
    with transaction():
        item = _locked(item_id)
        if item.archived_at is not None:
            item.archived_at = None
            audit.record(actor.name, "item restored", item.name)
    return item


def _tell_change(item: Item, refused: list[Submission]) -> None:
    """Tell KRA the item as it now is, once and after its registration."""
    for row in refused:
        if row.kind == "item":
            lane.requeue(row)
            return
        lane.withdraw(row)  # the new change says all that the refused one did
    if item.kra_code is None:
        return  # its registration is still to be built, and will say how the item then is
    open_registration = queue.open_submission("item", item.id)
    waits_for = [open_registration] if open_registration else []
    queue.tell("item_change", item.id, head_office_device().id, waits_for)


def _lock_refused(item_id: UUID) -> list[Submission]:
    """What KRA refused of this item, locked; before the item, because a worker locks in that order too."""
    wanted = select(Submission.id).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.subject_id == item_id,
        Submission.kind.in_(("item", "item_change")),
        Submission.state == "refused",
    )
    rows = [lane.lock(found) for found in db.session.execute(wanted.order_by(Submission.position)).scalars().all()]
    return [row for row in rows if row.state == "refused"]


def _locked(item_id: UUID) -> Item:
    """The item, locked against its own registration being built at this moment; raises NotFound."""
    wanted = select(Item).where(Item.tenant_id == current_tenant_id(), Item.id == item_id).with_for_update(key_share=True)
    item = db.session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if item is None:
        raise NotFound
    return item


def _inserted(actor: Actor, new: NewItem) -> bool:
    """Whether this press of the button made the item; an earlier one with the same id may have."""
    values = _columns(actor, new) | {"tenant_id": current_tenant_id(), "id": new.id}
    statement = insert(Item).values(values).on_conflict_do_nothing(index_elements=["tenant_id", "id"]).returning(Item.id)
    with _sku_is_free():
        return db.session.execute(statement).scalar_one_or_none() is not None


def _write(item: Item, new: NewItem, actor: Actor) -> None:
    if item.kra_code is not None and any(getattr(item, name) != getattr(new, name) for name in CODE_PARTS):
        raise CodeIsKept
    for name, value in _columns(actor, new).items():
        setattr(item, name, value)
    with _sku_is_free():
        db.session.flush()


def _columns(actor: Actor, new: NewItem) -> dict[str, Any]:
    typed = {name: getattr(new, name) for name in FIELDS}
    return typed | {"search_name": search_words(new.name), "changed_by": actor.name[:60]}


@contextmanager
def _sku_is_free() -> Iterator[None]:
    """Turn the database's refusal of a second SKU into our sentence."""
    try:
        yield
    except IntegrityError as error:
        if "item_tenant_id_sku_key" in str(error.orig):
            raise SkuTaken from error
        raise


def _values(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in FIELDS}


def _words(values: dict[str, Any]) -> dict[str, Any]:
    """The values as an audit row keeps them."""
    return {name: None if value is None else str(value) for name, value in values.items()}
