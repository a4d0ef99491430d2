"""What KRA is told about items: the bytes, built in the claim from the item as it then is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.catalogue.models import Item
from portal.catalogue.values import price_with_vat
from portal.codelists.queries import rates_now
from portal.devices.units import ControlUnit
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.fiscal.frozen import Operator
from portal.fiscal.numbering import NumberError, item_code
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.kra.errors import PayloadError
from portal.kra.payloads import ItemCard, item_body
from portal.submissions.builders import builds
from portal.submissions.models import Submission


@builds("item")
def register_item(submission: Submission, number: int | None, unit: ControlUnit) -> bytes:
    """The bytes that register an item under the code that KRA's next item number gives it."""
    item = _locked(submission.subject_id)
    item.kra_code = _code(item, number)
    db.session.flush()
    return _body(item, unit)


@builds("item_change")
def change_item(submission: Submission, _number: int | None, unit: ControlUnit) -> bytes:
    """The bytes that tell KRA how a registered item now is."""
    return _body(_locked(submission.subject_id), unit)


def operator(name: str) -> Operator:
    """Who changed it, within KRA's lengths."""
    return Operator(id=name[:20].strip(), name=name[:60].strip())


def _body(item: Item, unit: ControlUnit) -> bytes:
    card = ItemCard(
        name=item.name,
        class_code=item.class_code,
        item_type=ItemType(item.item_type),
        package_unit=item.package_unit,
        quantity_unit=item.quantity_unit,
        band=Band(item.band),
        price=price_with_vat(item.price, item.prices, item.band, rates_now()),
        origin_country=item.origin,
        barcode=item.barcode,
    )
    return item_body(card, code=item.kra_code or "", identity=unit.identity, operator=operator(item.changed_by))


def _code(item: Item, number: int | None) -> str:
    try:
        code = item_code(item.origin, item.item_type, item.package_unit, item.quantity_unit, number or 0)
    except NumberError as error:
        raise PayloadError("item code", error.sentence) from error
    same_code = select(Item.name).where(Item.tenant_id == item.tenant_id, Item.kra_code == code, Item.id != item.id)
    other = db.session.execute(same_code).scalar_one_or_none()
    if other is not None:
        raise PayloadError("item code", f"KRA's next number gives the code {code}, which “{other}” has already.")
    return code


def _locked(item_id: UUID) -> Item:
    wanted = select(Item).where(Item.tenant_id == current_tenant_id(), Item.id == item_id).with_for_update(key_share=True)
    item: Item = db.session.execute(wanted.execution_options(populate_existing=True)).scalar_one()
    return item
