"""A shop to sell in: a business with items on the shelf, made straight in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal.catalogue.models import Item
from portal.codelists.models import Code
from portal.customers.models import Customer
from portal.fiscal.frozen import Signature
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.columns import search_words
from portal.infra.crypto import sha256
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.sales import credits, services
from portal.sales.issuing import IssuedDocument
from portal.sales.models import Document
from portal.sales.new_invoice import NewCreditNote, NewInvoice, NewLine
from portal.stock.models import StockLevel
from portal.submissions import queries as submissions
from portal.submissions import states
from portal.submissions.models import Attempt, Submission
from tests.support.world import Business, Visitor, new_business


@dataclass(frozen=True, slots=True)
class Shop:
    """A business, what it sells, and short words for what tests do with it."""

    business: Business
    client: Visitor

    @property
    def actor(self) -> Actor:
        return Actor(self.business.owner_id, "Grace Wanjiru", self.business.tenant_id, Role.OWNER, uuid4())

    @contextmanager
    def open(self) -> Iterator[None]:
        """Act as this business, as a request does."""
        with self.business.app.app_context(), acting_for(self.business.tenant_id):
            yield

    def item(self, name: str, price: str, *, band: str = "B", stock: str | None = None, **more: Any) -> UUID:
        """A service, or goods of which there are `stock`."""
        with self.open():
            item = Item(
                tenant_id=self.business.tenant_id,
                id=uuid4(),
                name=name,
                search_name=search_words(name),
                class_code="10101500",
                item_type="3" if stock is None else "2",
                package_unit="NT",
                quantity_unit="NO",
                band=band,
                price=Decimal(price),
                **more,
            )
            db.session.add(item)
            db.session.flush()
            if stock is not None:
                db.session.add(
                    StockLevel(
                        tenant_id=self.business.tenant_id,
                        branch_id=self.business.branch_id,
                        item_id=item.id,
                        on_hand=Decimal(stock),
                    )
                )
            db.session.commit()
            return item.id

    def customer(self, name: str, **more: Any) -> UUID:
        """Somebody who buys here."""
        with self.open():
            row = Customer(tenant_id=self.business.tenant_id, id=uuid4(), name=name, search_name=search_words(name), **more)
            db.session.add(row)
            db.session.commit()
            return row.id

    def sells(self, *lines: NewLine, **more: Any) -> IssuedDocument:
        """A sale, issued as the form, the API and the command line do it."""
        more.setdefault("idempotency_key", uuid4().hex)
        with self.open():
            return services.issue_invoice(self.actor, NewInvoice(branch_id=self.business.branch_id, lines=lines, **more))

    def credits(self, original_id: UUID, quantities: dict[int, str] | None = None, **more: Any) -> IssuedDocument:
        """A credit note on a sale; all that is left unless told otherwise."""
        wanted = {number: Decimal(text) for number, text in quantities.items()} if quantities else None
        values = {"idempotency_key": uuid4().hex, "reason_code": "06", **more}
        with self.open():
            return credits.issue_credit_note(self.actor, NewCreditNote(original_id=original_id, quantities=wanted, **values))

    def kra_signs(self, document_id: UUID) -> None:
        """The worker sends the document and KRA's signature comes back."""
        with self.open(), transaction():
            row = self._sent(document_id)
            number = row.sequence_no or 0
            signature = Signature(
                receipt_number=number, total_receipt_number=number, internal_data="ABCDEFGHIJKLMNOPQRSTUVWX23",
                signature=f"{number:016d}".replace("0", "A").replace("1", "B"), signed_at=database_now(),
                sdc_id="KRACU0300000001", mrc_number="KRA00000001",
            )  # fmt: skip
            states.accept(row, signature, "send", database_now())

    def kra_refuses(self, document_id: UUID, code: str = "910", message: str = "Request parameter error") -> None:
        """The worker sends the document and KRA says a definite no."""
        with self.open(), transaction():
            row, now = self._sent(document_id), database_now()
            row.sequence_no = row.body = row.body_sha256 = row.bound_at = None
            states.refuse(row, code, message, now)

    def _sent(self, document_id: UUID) -> Submission:
        row = submissions.of_document(document_id)
        assert row is not None
        number = db.session.query(Submission).filter(Submission.sequence_no.is_not(None)).count() + 1
        now = database_now()
        row.state, row.sequence_no, row.body, row.body_sha256 = "sending", number, b"{}", sha256(b"{}")
        row.bound_at, row.lease_token, row.lease_until, row.attempts = now, uuid4(), now, 1
        db.session.flush()
        db.session.add(
            Attempt(tenant_id=row.tenant_id, submission_id=row.id, token=row.lease_token, act="send", body_sha256=sha256(b"{}"))
        )
        db.session.flush()
        return row

    def documents(self) -> list[Document]:
        """All documents and drafts, oldest first."""
        with self.open():
            rows = db.session.query(Document).filter_by(tenant_id=self.business.tenant_id).order_by(Document.created_at).all()
            db.session.expunge_all()
            return rows


@pytest.fixture
def shop(app: Flask) -> Shop:
    """A shop whose owner is signed in."""
    business = new_business(app)
    with app.app_context(), acting_for_nobody():
        names = {"01": "Missing Quantity", "03": "Damaged", "06": "Refund", "07": "Wrong Customer PIN"}
        reasons = [Code(class_code="32", class_name="Reason", code=code, name=name) for code, name in names.items()]
        db.session.add_all(reasons)
        db.session.commit()
    return Shop(business, business.client("owner"))


def form(*lines: dict[str, str], action: str = "issue", key: str | None = None, **fields: str) -> dict[str, Any]:
    """The invoice form as a browser sends it; each line has item_id (or item), qty, prc, dc."""
    data: dict[str, Any] = {"action": action, "idempotency_key": key or uuid4().hex, "row": [], **fields}
    for number, line in enumerate(lines, start=1):
        row = f"l{number}"
        data["row"].append(row)
        names = {"item": f"{row}-item", "item_id": f"{row}-item_id", "qty": f"{row}-qty", "prc": f"{row}-prc", "dc": f"{row}-dc"}
        data |= {names[name]: str(value) for name, value in line.items()}
    if not any(name.endswith("-method") for name in fields):
        data["row"].append("p1")
        data["p1-method"] = "cash"
    else:
        data["row"] += sorted({name.partition("-")[0] for name in fields if name.endswith("-method")})
    return data


def line(item_id: UUID, quantity: str = "1", price: str | None = None, **more: Any) -> NewLine:
    """A line as the API asks for it."""
    return NewLine(item_id=item_id, quantity=Decimal(quantity), price=None if price is None else Decimal(price), **more)
