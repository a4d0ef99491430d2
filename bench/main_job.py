"""Issue, signed, PDF ready: how long it takes on the local stack: `bin/python -m bench.main_job`."""

from __future__ import annotations

import argparse
import statistics
import time
from decimal import Decimal
from uuid import uuid4

from portal.app import create_app
from portal.catalogue.models import Item
from portal.cli import demo
from portal.identity.access import Actor
from portal.infra.db import db
from portal.infra.tenancy import acting_for, current_tenant_id
from portal.receipts.models import ReceiptFile
from portal.sales import services
from portal.sales.new_invoice import NewInvoice, NewLine
from portal.submissions import queries as submissions


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=50)
    options.add_argument("--lines", type=int, default=10)
    chosen = options.parse_args()
    app = create_app()
    with app.app_context():
        tenant = demo.furnished_business()
        with acting_for(tenant):
            taken = [_one(demo.owner(), chosen.lines) for _ in range(chosen.documents)]
    for name, values in zip(("issued", "signed", "PDF ready"), zip(*taken, strict=True), strict=True):
        ordered = sorted(values)
        p50, p95 = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
        print(f"{name:10} after p50 {1000 * p50:7.0f} ms   p95 {1000 * p95:7.0f} ms")


def _one(owner: Actor, lines: int) -> tuple[float, float, float]:
    item = db.session.execute(
        db.select(Item.id).where(Item.tenant_id == current_tenant_id(), Item.item_type == "3").limit(1)
    ).scalar_one()
    db.session.rollback()
    new = NewInvoice(
        branch_id=demo.branch().id,
        idempotency_key=uuid4().hex,
        lines=tuple(NewLine(item_id=item, quantity=Decimal(number)) for number in range(1, lines + 1)),
    )
    db.session.rollback()
    began = time.perf_counter()
    document = services.issue_invoice(owner, new)
    issued = time.perf_counter() - began
    signed = _when(began, lambda: (row := submissions.of_document(document.id)) is not None and row.state == "accepted")
    drawn = _when(began, lambda: _file(document.id))
    return issued, signed, drawn


def _when(began: float, done: object) -> float:
    while True:
        db.session.rollback()
        if done():  # type: ignore[operator]
            return time.perf_counter() - began
        time.sleep(0.005)


def _file(document_id: object) -> bool:
    wanted = db.select(ReceiptFile.size).where(
        ReceiptFile.tenant_id == current_tenant_id(), ReceiptFile.document_id == document_id, ReceiptFile.variant == "a4"
    )
    return db.session.execute(wanted).first() is not None


if __name__ == "__main__":
    main()
