"""Lines of signed documents, as sales hand them to stock."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.document import ItemType, LineInput, price_document
from portal.fiscal.frozen import DocumentLine
from portal.infra.crypto import sha256
from portal.infra.db import db
from portal.submissions.models import Submission
from tests.catalogue.shop import SUGAR, Shop


def line(
    item_id: UUID, quantity: str, *, price: str = "180", kind: ItemType = ItemType.FINISHED, discount: str = "0"
) -> DocumentLine:
    """A priced line of band B."""
    typed = LineInput(band=Band.B, quantity=Decimal(quantity), price=Decimal(price), discount_amount=Decimal(discount) or None)
    (priced,) = price_document([typed], STANDARD_RATES).lines
    return DocumentLine(
        item_id=str(item_id),
        name="Sugar 1kg",
        class_code=SUGAR,
        item_type=kind,
        package_unit="NT",
        quantity_unit="NO",
        priced=priced,
    )


def accepted_sale(shop: Shop, device_id: UUID | None = None) -> UUID:
    """The id of a submission that KRA has signed, inside the open act."""
    body = b"{}"
    row = Submission(
        tenant_id=shop.business.tenant_id,
        device_id=device_id or shop.business.device_id,
        kind="sale",
        subject_id=uuid4(),
        state="accepted",
        sequence_no=1,
        body=body,
        body_sha256=sha256(body),
        bound_at=db.func.now(),
        receipt_no=1,
        total_receipt_no=1,
        signature="S" * 16,
        signed_at=db.func.now(),
        sdc_id="KRACU0300000001",
    )
    db.session.add(row)
    db.session.flush()
    return row.id
