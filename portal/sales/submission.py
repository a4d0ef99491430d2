"""What KRA is told of sales and credit notes (workers only)."""

from __future__ import annotations

from uuid import UUID

from flask import current_app

from portal.devices.units import ControlUnit
from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import DocumentKind
from portal.infra.db import quick
from portal.infra.tenancy import current_tenant_id
from portal.kra.errors import PayloadError
from portal.kra.payloads import payment_codes_of, sale_body
from portal.sales import queries
from portal.sales.models import Document
from portal.submissions import queries as submissions
from portal.submissions.builders import builds
from portal.submissions.models import Submission

PAYMENTS = "SELECT code, name FROM code WHERE class_code = '07' AND in_use ORDER BY sort_order, code"
CODES = "SELECT id, kra_code FROM item WHERE tenant_id = %(tenant)s AND id = ANY (%(ids)s)"


@builds(DocumentKind.SALE)
@builds(DocumentKind.CREDIT_NOTE)
def build(submission: Submission, number: int | None, unit: ControlUnit) -> bytes:
    """The bytes of a frozen document under KRA's `number`; raises PayloadError with a sentence."""
    assert number is not None
    row = queries.document(submission.subject_id)
    issued = queries.issued_of(row)
    return sale_body(
        issued,
        number=number,
        identity=unit.identity,
        transport=unit.transport,
        item_codes=item_codes(issued.document),
        original_number=_original_number(row),
        payment_codes=payment_codes_of({row.code: row.name for row in quick(PAYMENTS, {})}),
        quantity_decimals=current_app.extensions["settings"].kra_quantity_decimals,
        unused_rate_of_e=submissions.wanted_rate_of_empty_band_e(submission),
    )


def item_codes(document: FiscalDocument) -> dict[str, str]:
    """KRA's code of each item of a document, by our id."""
    ids = list({UUID(line.item_id) for line in document.lines})
    return {str(row.id): row.kra_code for row in quick(CODES, {"tenant": current_tenant_id(), "ids": ids}) if row.kra_code}


def _original_number(row: Document) -> int:
    """KRA's number of the sale that a credit note takes back, 0 for a sale."""
    if row.original_id is None:
        return 0
    original = submissions.of_document(row.original_id)
    if original is None or original.sequence_no is None:
        raise PayloadError("original invoice", "The invoice that is credited has no KRA number.")
    return original.sequence_no
