"""What moves from a practice portal to the real one: items, customers and settings. Documents and numbers never do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from flask_babel import gettext as _
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from portal.audit import services as audit
from portal.catalogue import choices
from portal.catalogue import services as catalogue
from portal.catalogue.forms import ItemForm
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem
from portal.codelists.models import ItemClass
from portal.customers import services as customers
from portal.customers.forms import CustomerForm, NewCustomer
from portal.customers.models import Customer
from portal.errors import BadInput, NotFound, PortalError
from portal.golive.exporting import CUSTOMER_WORDS, FORMAT, ITEM_WORDS, MOST_ROWS, SETTINGS_WORDS, VERSION
from portal.golive.models import TakeOver
from portal.identity.access import Actor
from portal.infra.db import database_now, db, transaction
from portal.infra.forms import FormReader, parse_id, printable
from portal.infra.tenancy import current_tenant_id
from portal.tenants import queries as tenants
from portal.tenants import services as business_services
from portal.tenants.forms import read_details
from portal.tenants.values import BusinessDetails


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One refused row of a file: which list, the row counted from 1, what it is about, and why."""

    part: str
    row: int
    about: str
    sentence: str


@dataclass(slots=True)
class Brought:
    """A file as it was read: what would be taken over, what is here already, and what cannot be.

    `changes` are the settings that would become different: which, how it stands now, how it would stand.
    """

    source: Mapping[str, str]
    items: list[NewItem] = field(default_factory=list)
    customers: list[NewCustomer] = field(default_factory=list)
    settings: BusinessDetails | None = None
    changes: Sequence[tuple[str, str, str]] = ()
    known: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def read_file(data: bytes) -> dict[str, Any]:
    """The content of an exported file; raises BadInput for anything else."""
    refusal = BadInput(_("This is not a file that Risiti exported. Export it again on your practice portal."), "file")
    try:
        content = json.loads(data.decode("utf-8-sig"))  # an editor may have put its mark in front
    except (ValueError, RecursionError) as error:
        raise refusal from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("version") != VERSION:
        raise refusal
    lists: list[Any] = [each for each in (content.get("items"), content.get("customers")) if isinstance(each, list)]
    maps = [content.get("business"), content.get("settings")]
    if len(lists) != 2 or not all(isinstance(each, dict) for each in maps):
        raise refusal
    if any(len(each) > MOST_ROWS for each in lists):
        raise BadInput(_("The file holds more than %(most)s rows of a kind.", most=MOST_ROWS), "file")
    return content


def check(content: Mapping[str, Any]) -> Brought:
    """Read every row by the rules of its own form, against what is here already; nothing is changed."""
    source = {name: printable(str(content["business"].get(name, "")))[:100] for name in ("name", "pin")}
    found = Brought(source)
    _check_settings(content["settings"], found)
    _check_items(content["items"], found)
    _check_customers(content["customers"], found)
    return found


def keep(actor: Actor, content: Mapping[str, Any]) -> UUID:
    """Keep a file that was found without an error until somebody says yes to its preview."""
    with transaction():
        db.session.execute(update(TakeOver).where(TakeOver.tenant_id == current_tenant_id()).values(content={}))
        row = TakeOver(tenant_id=current_tenant_id(), content=_only_known(content), brought_by=actor.name)
        db.session.add(row)
        db.session.flush()
        audit.record(actor.name, "file from a practice portal read", f"file {row.id}")
        return row.id


def brought(take_over_id: UUID) -> TakeOver:
    """A file that was brought along; raises NotFound, also for one that gave way to a later file."""
    row = db.session.get(TakeOver, (current_tenant_id(), take_over_id))
    if row is None or not (row.content or row.taken_at):
        raise NotFound
    return row


def take_over(actor: Actor, take_over_id: UUID) -> Brought:
    """Take all of it over in one act, or nothing; raises PortalError when something has changed since the preview."""
    with transaction():
        locked = select(TakeOver).where(TakeOver.tenant_id == current_tenant_id(), TakeOver.id == take_over_id)
        row = db.session.execute(locked.with_for_update()).scalar_one_or_none()
        if row is None:
            raise NotFound
        if row.taken_at is not None:
            raise PortalError(_("This file was taken over already."))
        if not row.content:
            raise NotFound
        found = check(row.content)
        if found.problems:
            raise PortalError(_("Something has changed since the preview. Choose the file again to see what."))
        for item in found.items:
            catalogue.enter_item(actor, item)
        for customer in found.customers:
            customers.enter_customer(actor, customer)
        if found.settings is not None:
            business_services.write_details(actor, found.settings)
        # Whatever stood in it stands in its own place now: people's names and PINs are not kept twice.
        row.taken_at, row.content = database_now(), {}
        audit.record(
            actor.name, "items, customers and settings taken over", f"file {row.id}",
            items=len(found.items), customers=len(found.customers), here_already=found.known, source=found.source["pin"],
        )  # fmt: skip
        return found


def _only_known(content: Mapping[str, Any]) -> dict[str, Any]:
    """What this version understands, and nothing else that stood in the file."""
    parts: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    parts["business"] = {name: printable(str(content["business"].get(name, "")))[:100] for name in ("name", "pin")}
    parts["settings"] = {name: content["settings"].get(name, "") for name in SETTINGS_WORDS}
    for part, names in (("items", ITEM_WORDS), ("customers", CUSTOMER_WORDS)):
        parts[part] = [{name: row.get(name, "") for name in ("id", *names)} for row in content[part]]
    return parts


def _check_settings(typed: Mapping[str, Any], found: Brought) -> None:
    sent = _form(typed, SETTINGS_WORDS)
    if sent is None:
        found.problems.append(RowProblem("settings", 1, _("Settings"), _not_words()))
        return
    reader = FormReader(sent)
    found.settings = read_details(reader)
    if found.settings is not None:
        found.changes = _changes(found.settings)
    found.problems += [RowProblem("settings", 1, _("Settings"), sentence) for sentence in reader.errors.values()]


def _changes(new: BusinessDetails) -> Sequence[tuple[str, str, str]]:
    business, branch = tenants.this_business(), tenants.head_office()
    names = {
        "name": _("Business name"), "phone": _("Phone number"), "address": _("Address"), "trade_name": _("Trade name"),
        "top_message": _("Line above the receipt"), "bottom_message": _("Line below the receipt"),
    }  # fmt: skip
    pairs = [(name, getattr(branch if name in SETTINGS_WORDS[2:] else business, name) or "") for name in SETTINGS_WORDS]
    return [(names[name], now, getattr(new, name) or "") for name, now in pairs if now != (getattr(new, name) or "")]


def _check_items(rows: list[Any], found: Brought) -> None:
    offered, here = choices.offered(), _here(Item, Item.sku)
    seen: dict[str, int] = {}
    _at_hand = _classes_of(rows)
    for number, row in enumerate(rows, 1):
        sent = _form(row, ITEM_WORDS)
        if sent is None:
            found.problems.append(RowProblem("items", number, "", _not_words()))
            continue
        # A band that KRA does not expect was confirmed on the practice portal already.
        sent["confirm_band"] = "yes"
        sent["id"] = str(_own_id("item", row, number))
        form = ItemForm.read(sent, offered)
        about, sku = printable(sent["name"])[:60], form.value.sku if form.value else None
        if form.errors:
            found.problems.append(RowProblem("items", number, about, " ".join(form.errors.values())))
        elif form.value is None or form.value.id in here or (sku and sku in here):
            found.known += 1
        elif sku and sku in seen:
            found.problems.append(RowProblem("items", number, about, _("Row %(row)s has the same code.", row=seen[sku])))
        else:
            found.items.append(form.value)
        if sku:
            seen.setdefault(sku, number)


def _check_customers(rows: list[Any], found: Brought) -> None:
    here, own_pin = _here(Customer, Customer.pin), tenants.this_business().kra_pin
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        sent = _form(row, CUSTOMER_WORDS)
        if sent is None:
            found.problems.append(RowProblem("customers", number, "", _not_words()))
            continue
        sent["id"] = str(_own_id("customer", row, number))
        form = CustomerForm.read(sent)
        about, pin = printable(sent["name"])[:60], form.value.pin if form.value else None
        if form.errors or form.value is None:
            found.problems.append(RowProblem("customers", number, about, " ".join(form.errors.values())))
        elif form.value.id in here or (pin and pin in here):
            found.known += 1
        elif pin == own_pin:
            found.problems.append(RowProblem("customers", number, about, _("This PIN is that of your own business.")))
        elif pin and pin in seen:
            found.problems.append(RowProblem("customers", number, about, _("Row %(row)s has the same PIN.", row=seen[pin])))
        else:
            found.customers.append(form.value)
        if pin:
            seen.setdefault(pin, number)


def _form(row: Any, names: tuple[str, ...]) -> MultiDict[str, str] | None:
    """A row as the form it came from; None when it does not hold words only."""
    if not isinstance(row, dict) or not all(isinstance(row.get(name, ""), str) for name in ("id", *names)):
        return None
    if any(printable(row.get(name, "")) != row.get(name, "") for name in names):
        return None
    return MultiDict({name: row.get(name, "") for name in names})


def _classes_of(rows: list[Any]) -> Sequence[ItemClass]:
    """KRA's classes that the rows name, read at once: while these are held, no row asks the database for its own."""
    codes = {row["class_code"] for row in rows if isinstance(row, dict) and isinstance(row.get("class_code"), str)}
    printed = [code for code in codes if code.isascii() and code.isdigit()]
    return db.session.execute(select(ItemClass).where(ItemClass.code.in_(printed))).scalars().all()


def _own_id(kind: str, row: Mapping[str, Any], number: int) -> UUID:
    """The id a row gets here: always the same one, so that a file brought twice makes nothing twice."""
    theirs = parse_id(row.get("id", "")) or number
    return uuid5(current_tenant_id(), f"{kind}:{theirs}")


def _here(table: type[Item] | type[Customer], code: Any) -> set[Any]:
    mine = table.tenant_id == current_tenant_id()
    kept = (table.archived_at.is_(None)) if table is Customer else mine
    ids = set(db.session.execute(select(table.id).where(mine)).scalars())
    return ids | set(db.session.execute(select(code).where(mine, kept, code.is_not(None))).scalars())


def _not_words() -> str:
    return _("This row is damaged. Export the file again on your practice portal.")
