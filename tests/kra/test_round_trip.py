"""The whole way against the simulator, on both transports: install, register, stock, sell, credit, look up."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.document import ItemType
from portal.fiscal.moments import kenyan_date
from portal.fiscal.numbering import item_code
from portal.fiscal.stock import MovementType
from portal.kra.gateway import make_gateway
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.outcomes import Outcome
from portal.kra.paging import pages
from portal.kra.payloads import (
    BranchCustomer,
    BranchUser,
    ImportDecision,
    Insurer,
    Purchase,
    PurchaseLine,
    branch_customer_body,
    branch_user_body,
    composition_body,
    import_update_body,
    insurer_body,
    item_body,
    purchase_body,
    sale_body,
    stock_level_body,
)
from tests.kra.examples import GOODS, credit_note, priced, sale
from tests.kra.shop import Shop, installed, new_identity
from tests.support.simulator import SimulatorProcess


def test_from_the_box_to_a_credited_sale(shop: Shop) -> None:
    level = stock_level_body(code=shop.code, quantity=Decimal(100), **shop.by)
    assert shop.unit.tell(SubmissionKind.STOCK_LEVEL, level).outcome is Outcome.SUCCESS

    signed = shop.sells(1, priced("2", "116")).value
    assert signed is not None
    assert (signed.receipt_number, signed.total_receipt_number) == (1, 1)
    assert (signed.sdc_id, signed.mrc_number) == (shop.identity.sdc_id, shop.identity.mrc_number)
    assert shop.moves(MovementType.SALE, priced("2", "116")).outcome is Outcome.SUCCESS

    note = shop.bytes_of(credit_note(lines=sale(priced("1", "116")).document.lines), 2, original_number=1)
    credited = shop.unit.tell(SubmissionKind.CREDIT_NOTE, note).value
    assert credited is not None
    assert credited.signature != signed.signature
    assert shop.moves(MovementType.RETURN_FROM_BUYER, priced("1", "116")).outcome is Outcome.SUCCESS
    assert [row["rcptTyCd"] for row in shop.kra.control.ledger(tin=shop.identity.pin)] == ["S", "R"]


def test_every_band_with_discounts_and_four_decimals_is_accepted(shop: Shop) -> None:
    codes = {}
    for number, band in enumerate(Band, start=2):
        codes[band] = f"KE3NTNO{number:07d}"
        card = replace(GOODS, item_type=ItemType.SERVICE, band=band)
        body = item_body(card, code=codes[band], **shop.by)
        assert shop.unit.tell(SubmissionKind.ITEM, body).outcome is Outcome.SUCCESS
    lines = tuple(replace(sale().document.lines[0], item_id=band.value, item_type=ItemType.SERVICE,
                          priced=priced("1.2345", "99.99", band)) for band in Band)
    issued = sale(lines=lines)
    seller = replace(issued.document.seller, pin=shop.identity.pin)
    issued = replace(issued, document=replace(issued.document, seller=seller), issued_at=datetime.now(UTC))
    body = sale_body(issued, number=1, identity=shop.identity, transport=shop.unit.transport,
                     item_codes={band.value: code for band, code in codes.items()})
    answer = shop.unit.tell(SubmissionKind.SALE, body)
    assert answer.outcome is Outcome.SUCCESS, answer.message


def test_a_second_initialisation_is_refused_and_hands_out_nothing(shop: Shop) -> None:
    again = shop.unit.initialise()
    assert again.already_installed
    assert again.value is None


def test_a_device_kra_has_not_approved_is_waited_for(kra: SimulatorProcess) -> None:
    kra.control.options(approval_needed=True)
    try:
        answer = make_gateway("vscu", kra.url, new_identity(), environment="simulator").initialise()
    finally:
        kra.control.options(approval_needed=False)
    assert (answer.outcome, answer.waiting_for_approval) == (Outcome.DEVICE, True)


def test_a_wrong_number_is_answered_with_the_one_expected(shop: Shop) -> None:
    wrong = shop.sells(7)
    assert (wrong.outcome, wrong.expected_number) == (Outcome.SEQUENCE, 1)
    shop.movements = 40
    moved = shop.moves(MovementType.ADJUSTMENT_IN, priced("1", "1"))
    assert (moved.outcome, moved.expected_number) == (Outcome.SEQUENCE, 2)
    code = item_code("KE", "2", "NT", "NO", 9)
    registered = shop.registers(code)
    assert (registered.outcome, registered.expected_number) == (Outcome.SEQUENCE, 2)


def test_a_refusal_keeps_kras_words(shop: Shop) -> None:
    answer = shop.sells(1, priced("500", "116"))
    assert (answer.outcome, answer.message) == (Outcome.REFUSED, "You dont have sufficient stock for this Transaction")


def test_a_repeat_of_a_signed_sale_is_a_duplicate_and_no_signature(shop: Shop) -> None:
    body = shop.bytes_of(sale(), 1)
    assert shop.unit.tell(SubmissionKind.SALE, body).outcome is Outcome.SUCCESS
    repeat = shop.unit.tell(SubmissionKind.SALE, body)
    assert (repeat.outcome, repeat.value) == (Outcome.DUPLICATE, None)
    assert repeat.code == ("994" if shop.unit.transport is Transport.OSCU else "899")
    assert len(shop.kra.control.ledger(tin=shop.identity.pin)) == 1


def test_the_rate_kra_wants_for_an_empty_band_e_is_read_and_taken(shop: Shop) -> None:
    shop.kra.control.options(tax_rate_e=8)
    try:
        refused = shop.sells(1)
        assert (refused.outcome, refused.expected_rate) == (Outcome.REFUSED, Decimal(8))
        rebuilt = shop.bytes_of(sale(), 1, unused_rate_of_e=refused.expected_rate)
        assert shop.unit.tell(SubmissionKind.SALE, rebuilt).outcome is Outcome.SUCCESS
    finally:
        shop.kra.control.options(tax_rate_e=None)


def test_all_look_ups_are_read_whole(shop: Shop) -> None:
    unit = shop.unit
    for answer in (unit.code_lists(), unit.item_classes(), unit.branches(), unit.notices(), unit.items(), unit.imports(),
                   unit.purchases(), unit.stock_moves()):
        assert answer.ok
        assert answer.unreadable == 0
        assert answer.authenticated
    assert [item.code for item in unit.items().value or ()] == [shop.code]


def test_item_classes_come_page_by_page_to_the_end(shop: Shop) -> None:
    answers = list(pages(shop.unit.item_classes, None))
    codes = {row.code for answer in answers for row in answer.value or ()}
    assert len(answers) > 1
    assert len(codes) == sum(answer.rows for answer in answers)
    assert answers[-1].rows < 1000


def test_a_taxpayer_is_found_by_pin_or_not(shop: Shop) -> None:
    known = shop.unit.taxpayer("P051234567Q").value
    assert known is not None
    assert (known.pin, known.is_active) == ("P051234567Q", True)
    assert shop.unit.taxpayer("P051234560Z").outcome is Outcome.EMPTY


def test_an_oscu_tells_what_it_knows_of_us(kra: SimulatorProcess) -> None:
    unit = installed(kra, Transport.OSCU).unit
    own = unit.own_taxpayer().value
    assert own is not None
    assert own.vat_registered
    assert unit.customers().outcome is Outcome.EMPTY


def test_a_key_that_is_not_ours_is_refused(kra: SimulatorProcess) -> None:
    shop = installed(kra, Transport.OSCU)
    stranger = installed(kra, Transport.OSCU)
    identity = replace(shop.identity, communication_key=stranger.identity.communication_key)
    answer = make_gateway("oscu", kra.oscu_url, identity, environment="simulator").notices()
    assert (answer.outcome, answer.authenticated) == (Outcome.DEVICE, False)


def test_without_a_key_or_a_units_id_an_oscu_is_told_nothing(kra: SimulatorProcess) -> None:
    shop = installed(kra, Transport.OSCU)
    body = shop.bytes_of(sale(), 1)
    for identity in (replace(shop.identity, communication_key=None), replace(shop.identity, sdc_id=None)):
        unit = make_gateway("oscu", kra.oscu_url, identity, environment="simulator")
        assert unit.tell(SubmissionKind.SALE, body).outcome is Outcome.NOT_SENT


def test_a_suppliers_sale_is_answered_with_a_purchase(shop: Shop) -> None:
    invoice = next(row for row in shop.unit.purchases().value or () if not row.is_return)
    lines = tuple(PurchaseLine(
        code=shop.code, name="Goods", class_code=GOODS.class_code, quantity_unit="NO", package_unit="NT",
        supplier_item_code=line.code, supplier_class_code=line.class_code, supplier_item_name=line.name,
        priced=priced("1", str(line.total_amount), line.band or Band.B)) for line in invoice.lines)
    purchase = Purchase(lines=lines, rates=STANDARD_RATES, purchased_on=invoice.sold_on or kenyan_date(datetime.now(UTC)),
                        from_kra=True, supplier_pin=invoice.supplier_pin, supplier_name=invoice.supplier_name,
                        supplier_branch=invoice.supplier_branch, supplier_invoice_number=invoice.number)
    answer = shop.unit.tell(SubmissionKind.PURCHASE, purchase_body(purchase, number=1, **shop.by))
    assert answer.outcome is Outcome.SUCCESS, answer.message


def test_an_import_is_approved(shop: Shop) -> None:
    line = next(row for row in shop.unit.imports().value or () if row.is_waiting)
    decision = ImportDecision(task_code=line.task_code, declaration_date=line.declaration_date,
                              line_number=line.line_number, tariff_code=line.tariff_code or "",
                              class_code=GOODS.class_code, item_code=shop.code, approved=True)
    answer = shop.unit.tell(SubmissionKind.IMPORT_UPDATE, import_update_body(decision, **shop.by))
    assert answer.outcome is Outcome.SUCCESS, answer.message


def test_branch_records_and_changes_of_an_item_are_taken(shop: Shop) -> None:
    customer = BranchCustomer(number="0001", pin="P000000002Y", name="EXAMPLE BUYER LTD")
    records = {
        SubmissionKind.BRANCH_CUSTOMER: branch_customer_body(customer, **shop.by),
        SubmissionKind.BRANCH_USER: branch_user_body(BranchUser(id="till1", name="Till One"), **shop.by),
        SubmissionKind.INSURER: insurer_body(Insurer(code="ISRCC01", name="Example", share=20), **shop.by),
        SubmissionKind.ITEM_CHANGE: item_body(replace(GOODS, price=Decimal("120.50")), code=shop.code, **shop.by),
    }
    for kind, body in records.items():
        assert shop.unit.tell(kind, body).outcome is Outcome.SUCCESS, kind


def test_an_item_is_composed_of_another(shop: Shop) -> None:
    assert shop.registers("KE2NTNO0000002").outcome is Outcome.SUCCESS
    body = composition_body(parent_code="KE2NTNO0000002", component_code=shop.code, quantity=Decimal(3), **shop.by)
    assert shop.unit.tell(SubmissionKind.COMPOSITION, body).outcome is Outcome.SUCCESS


def test_kra_receives_the_stored_bytes_and_nothing_else(shop: Shop) -> None:
    body = shop.bytes_of(sale(), 1)
    shop.unit.tell(SubmissionKind.SALE, body)
    [row] = shop.kra.control.ledger(tin=shop.identity.pin)
    assert row["trdInvcNo"] == json.loads(body)["trdInvcNo"]
    assert row["custNm"] == "Walk-in customer"
