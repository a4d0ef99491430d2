"""Items and compositions to bytes (PROTOCOL §7.2)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.fiscal.frozen import Operator
from portal.kra.identity import DeviceIdentity
from portal.kra.payloads import fields
from portal.kra.payloads.canonical import canonical_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCard:
    """An item as KRA registers it; the price includes VAT."""

    name: str
    class_code: str
    item_type: ItemType
    package_unit: str
    quantity_unit: str
    band: Band
    price: Decimal
    origin_country: str = "KE"
    barcode: str | None = None
    standard_name: str | None = None
    batch: str | None = None
    safety_quantity: Decimal | None = None
    insurable: bool = False
    in_use: bool = True


def item_body(card: ItemCard, *, code: str, identity: DeviceIdentity, operator: Operator) -> bytes:
    """Return the bytes that register an item under its code, or change it; raises PayloadError."""
    safety = card.safety_quantity
    return canonical_json({
        **fields.asker(identity),
        "itemCd": fields.code("item code", code, 20),
        "itemClsCd": fields.code("item class", card.class_code, 10),
        "itemTyCd": card.item_type.value,
        "itemNm": fields.text("item name", card.name, 200),
        "itemStdNm": fields.optional_text("standard name", card.standard_name, 200),
        "orgnNatCd": fields.code("country of origin", card.origin_country),
        "pkgUnitCd": fields.code("packaging", card.package_unit),
        "qtyUnitCd": fields.code("unit", card.quantity_unit),
        "taxTyCd": card.band.value,
        "btchNo": fields.optional_text("batch", card.batch, 10),
        "bcd": fields.optional_text("barcode", card.barcode, 20),
        "dftPrc": fields.money("price", card.price),
        "grpPrcL1": None,
        "grpPrcL2": None,
        "grpPrcL3": None,
        "grpPrcL4": None,
        "grpPrcL5": None,
        "addInfo": None,
        "sftyQty": fields.quantity("safety stock", safety, 2, least=Decimal(0)) if safety is not None else None,
        "isrcAplcbYn": fields.flag(card.insurable),
        "useYn": fields.flag(card.in_use),
        **fields.made_by(operator.id, operator.name),
    })


def composition_body(*, parent_code: str, component_code: str, quantity: Decimal, identity: DeviceIdentity,
                     operator: Operator) -> bytes:
    """Return the bytes that say how much of a component is in one of a parent item; raises PayloadError."""
    return canonical_json({
        **fields.asker(identity),
        "itemCd": fields.code("item code", parent_code, 20),
        "cpstItemCd": fields.code("component's item code", component_code, 20),
        "cpstQty": fields.quantity("quantity of the component", quantity, 2),
        **fields.made_by(operator.id, operator.name),
    })
