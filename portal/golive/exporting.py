"""The file a business takes along from its practice portal: items, customers and settings, never documents or numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.audit import services as audit
from portal.catalogue import choices
from portal.catalogue.forms import ItemForm
from portal.catalogue.models import Item
from portal.customers.forms import CustomerForm
from portal.customers.models import Customer
from portal.errors import BadInput
from portal.identity.access import Actor
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import local
from portal.tenants import queries as tenants

FORMAT, VERSION = "risiti-business", 1
MOST_ROWS = 2000
ITEM_WORDS = (
    "name", "kind", "price", "prices", "band", "class_code", "quantity_unit", "package_unit", "origin", "sku", "barcode"
)  # fmt: skip
CUSTOMER_WORDS = ("name", "pin", "phone", "email", "address")
SETTINGS_WORDS = ("name", "phone", "address", "trade_name", "top_message", "bottom_message")


def exported(actor: Actor) -> bytes:
    """Items, customers and settings of this business as one JSON file; raises BadInput beyond 2,000 rows of a kind."""
    with transaction():
        offered, business = choices.offered(), tenants.this_business()
        branch = tenants.head_office()
        items, customers = _rows(Item), _rows(Customer)
        content = {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": local(database_now()).isoformat(timespec="seconds"),
            "business": {"name": business.printed_name, "pin": business.kra_pin},
            "settings": {
                "name": business.name, "phone": business.phone or "",
                **{name: getattr(branch, name) or "" for name in SETTINGS_WORDS[2:]},
            },
            "items": [_words(ItemForm.of(item, offered).typed, ITEM_WORDS, item.id) for item in items],
            "customers": [_words(CustomerForm.of(each).typed, CUSTOMER_WORDS, each.id) for each in customers],
        }  # fmt: skip
        audit.record(
            actor.name, "items, customers and settings exported", f"business {business.name}",
            items=len(items), customers=len(customers),
        )  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def _rows(table: type[Item] | type[Customer]) -> list[Any]:
    mine = [table.tenant_id == current_tenant_id(), table.archived_at.is_(None)]
    if db.session.execute(select(func.count()).select_from(table).where(*mine)).scalar_one() > MOST_ROWS:
        raise BadInput(_("There are more than %(most)s rows of a kind. Archive what you do not need any more.", most=MOST_ROWS))
    return list(db.session.execute(select(table).where(*mine).order_by(table.search_name, table.id)).scalars())


def _words(typed: Mapping[str, str], names: tuple[str, ...], row_id: UUID) -> dict[str, str]:
    return {"id": str(row_id)} | {name: typed.get(name, "") for name in names}
