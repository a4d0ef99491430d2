"""P1 and P2 of PERFORMANCE §6: a warm receipt against the same page drawn with reportlab, and a copy against a render.

`bin/python -m bench.receipts [rounds]`: everything is measured in turn in one process, medians are compared, so that a
busy machine slows both sides. Prints one line per figure; ratios are what counts.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from statistics import median

import qrcode

from bench import reportlab_page
from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.document import ItemType, LineInput, price_document
from portal.fiscal.frozen import (
    Buyer,
    DocumentKind,
    DocumentLine,
    Environment,
    FiscalDocument,
    Issued,
    Operator,
    Payment,
    PaymentMethod,
    Seller,
    Signature,
)
from portal.fiscal.moments import EAST_AFRICA
from portal.fiscal.receipt import Receipt, copy_receipt, original_receipt
from portal.infra import qr
from portal.receipts.copy_field import with_field
from portal.receipts.paper import page_of
from portal.receipts.render import Renderer
from portal.receipts.sizes import PaperSize
from portal.receipts.stamp import stamped

GOALS = {10: 4.0, 50: 6.0, 500: 10.0}
COPY_GOAL = 1 / 40


def issued(lines: int) -> Issued:
    """A sale of that many lines over three bands."""
    bands = (Band.B, Band.A, Band.E)
    inputs = [LineInput(band=bands[n % 3], quantity=Decimal(n % 7 + 1), price=Decimal("185.50")) for n in range(lines)]
    priced = price_document(inputs, STANDARD_RATES)
    document = FiscalDocument(
        kind=DocumentKind.SALE,
        environment=Environment.PRODUCTION,
        seller=Seller(
            pin="P000000000A", name="MFANO TRADERS LIMITED", trade_name="MFANO MART", branch_code="00", branch_name="Headquarter",
            address="Moi Avenue, Nairobi", phone="0700 000 000", top_message="Karibu Mfano Mart",
            bottom_message="ASANTE. KARIBU TENA", vat_registered=True,
        ),
        buyer=Buyer(name="Jirani Hotel Limited", pin="P111111111B"),
        operator=Operator(id="till1", name="Till One"),
        lines=tuple(
            DocumentLine(
                item_id=str(n), name=f"Maize flour {n} kg", class_code="1010150000", item_type=ItemType.FINISHED,
                package_unit="NT", quantity_unit="NO", priced=line,
            )
            for n, line in enumerate(priced.lines, start=1)
        ),
        rates=STANDARD_RATES,
        payments=(Payment(method=PaymentMethod.MOBILE_MONEY, amount=priced.total_amount),),
    )  # fmt: skip
    return Issued(document=document, trader_number="INV-000105", issued_at=SIGNATURE.signed_at)


SIGNATURE = Signature(
    receipt_number=105, total_receipt_number=105, internal_data="ABCDEFGHIJKLMNOPQRSTUVWXYZ", signature="AB12CD34EF56GH78",
    signed_at=datetime(2026, 11, 20, 14, 5, 9, tzinfo=EAST_AFRICA), sdc_id="KRACU0400000000",
    mrc_number="KRA00000001",
)  # fmt: skip


def receipts(lines: int) -> tuple[Receipt, Receipt]:
    """The original and the copy body of a sale of that many lines."""
    codes = {str(n): f"KE2NTNO{n:07}" for n in range(1, lines + 1)}
    sale = issued(lines)
    return original_receipt(sale, SIGNATURE, codes), copy_receipt(sale, SIGNATURE, codes)


def render(renderer: Renderer, receipt: Receipt, size: PaperSize = PaperSize.A4) -> None:
    """The whole way from the value to the PDF; the QR code is made anew, as for each new signature."""
    qr.draw.cache_clear()
    renderer.render(page_of(receipt, size), size)


def medians(rounds: int, *acts: Callable[[], object]) -> list[float]:
    """The median milliseconds of each act, measured in turn, as CPU time of this process."""
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for kept, act in zip(times, acts, strict=True):
            gc.collect()  # as the rendering child does between two pages
            begun = time.process_time()
            act()
            kept.append((time.process_time() - begun) * 1000)
    return [median(kept) for kept in times]


def matrix_of(text: str) -> list[list[bool]]:
    code: qrcode.QRCode = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    return code.get_matrix()


def main(rounds: int) -> int:
    renderer = Renderer()
    gc.freeze()
    gc.disable()
    reportlab_page.load_fonts()
    failed = 0
    for lines, goal in GOALS.items():
        original, copy = receipts(lines)
        body = with_field(renderer.render(page_of(copy, PaperSize.A4)).pdf)
        rendered, rolled, floor, stamp = medians(
            max(3, rounds if lines < 500 else rounds // 5),
            lambda original=original: render(renderer, original),
            lambda original=original: render(renderer, original, PaperSize.ROLL),
            lambda original=original: reportlab_page.draw(original, matrix_of(original.qr_url or "")),
            lambda body=body: stamped(body, 7, "22/11/2026 10:31:40"),
        )
        # A roll holds the same lines as a sheet: the same floor and the same goal.
        failed += (rendered / floor > goal) + (rolled / floor > goal) + (stamp / rendered > COPY_GOAL)
        print(
            f"P1 {lines:>4} lines: render {rendered:8.1f} ms, reportlab {floor:7.1f} ms,"
            f" ratio {rendered / floor:5.1f}, on 80 mm {rolled:8.1f} ms, ratio {rolled / floor:5.1f} (goal {goal:.0f})"
            f"   P2 copy {stamp:5.2f} ms = 1/{rendered / stamp:.0f} of a render (goal 1/40)"
        )
    return failed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
