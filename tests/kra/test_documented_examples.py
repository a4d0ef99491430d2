"""The documented exchanges in both directions: our bytes are KRA's request, KRA's answer is our value."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal.fiscal.bands import Band
from portal.fiscal.frozen import DocumentKind, Signature
from portal.fiscal.moments import EAST_AFRICA
from portal.kra.endpoints import path_of
from portal.kra.errors import NotOffered
from portal.kra.gateway import Gateway, make_gateway
from portal.kra.operations import Operation, SubmissionKind, Transport
from portal.kra.outcomes import Answer, Outcome
from tests.kra.examples import BODIES, IDENTITY, KEY, documented
from tests.kra.listener import Listener, Request, answers

NEW_YEAR = datetime(2025, 12, 31, 21, tzinfo=UTC)       # 2026 has begun in Nairobi
ASK: dict[str, Any] = {
    "initialise": lambda unit: unit.initialise(),
    "code_lists": lambda unit: unit.code_lists(NEW_YEAR),
    "item_classes": lambda unit: unit.item_classes(NEW_YEAR),
    "taxpayer": lambda unit: unit.taxpayer("P000000002Y"),
    "branches": lambda unit: unit.branches(NEW_YEAR),
    "notices": lambda unit: unit.notices(NEW_YEAR),
    "items": lambda unit: unit.items(NEW_YEAR),
    "imports": lambda unit: unit.imports(NEW_YEAR),
    "purchases": lambda unit: unit.purchases(NEW_YEAR),
    "stock_moves": lambda unit: unit.stock_moves(NEW_YEAR),
}
ASK_OSCU_ONLY: dict[str, Any] = {
    "look_up_sale": lambda unit: unit.look_up_sale(9),
    "sales": lambda unit: unit.sales(NEW_YEAR),
    "customers": lambda unit: unit.customers(NEW_YEAR),
    "own_taxpayer": lambda unit: unit.own_taxpayer(),
}
TOLD = ["item", "composition", "stock_movement", "stock_level", "purchase", "import_update", "branch_customer",
        "branch_user", "insurer"]


def gateway(kra: Listener, transport: str) -> Gateway:
    return make_gateway(transport, kra.url, IDENTITY, environment="simulator")


def asked(name: str, transport: str) -> tuple[Answer[Any], Request]:
    with Listener(answers_of(name)) as kra:
        answer = (ASK | ASK_OSCU_ONLY)[name](gateway(kra, transport))
    return answer, kra.requests[0]


def answers_of(name: str) -> Any:
    return answers(json.dumps(documented(name)["answer"], default=float).encode())


@pytest.mark.parametrize("name", BODIES)
def test_our_bytes_are_the_documented_request(name: str) -> None:
    sent = json.loads(BODIES[name], parse_float=Decimal)
    wanted = documented(name)["request"]
    if name == "composition":       # the document leaves the changer out; other clients send it
        sent = {field: value for field, value in sent.items() if not field.startswith("modr")}
    assert sent == wanted


@pytest.mark.parametrize("transport", ["vscu", "oscu"])
@pytest.mark.parametrize("name", ASK)
def test_a_look_up_asks_what_is_documented_and_reads_the_answer(name: str, transport: str) -> None:
    answer, request = asked(name, transport)
    assert request.json == documented(name)["request"]
    assert answer.ok
    assert answer.unreadable == 0


@pytest.mark.parametrize("name", ASK_OSCU_ONLY)
def test_an_oscu_can_be_asked_more(name: str) -> None:
    answer, request = asked(name, "oscu")
    assert request.json == documented(name)["request"]
    assert answer.outcome is Outcome.SUCCESS


@pytest.mark.parametrize("name", ASK_OSCU_ONLY)
def test_a_vscu_does_not_offer_them(name: str) -> None:
    with Listener(answers_of(name)) as kra, pytest.raises(NotOffered):
        ASK_OSCU_ONLY[name](gateway(kra, "vscu"))
    assert kra.requests == []


@pytest.mark.parametrize("transport", ["vscu", "oscu"])
@pytest.mark.parametrize("name", TOLD)
def test_a_record_is_told_byte_by_byte_and_accepted(name: str, transport: str) -> None:
    with Listener(answers_of(name)) as kra:
        answer = gateway(kra, transport).tell(SubmissionKind(name), BODIES[name])
    assert answer.outcome is Outcome.SUCCESS
    assert answer.value is None
    assert kra.requests[0].body == BODIES[name]
    assert kra.requests[0].path == path_of(SubmissionKind(name).operation, Transport(transport))


@pytest.mark.parametrize("transport", ["vscu", "oscu"])
def test_a_sale_is_signed(transport: str) -> None:
    unit = "KRACU0300009999" if transport == "vscu" else "KRACU0400009999"      # an OSCU's is ours since initialising
    with Listener(answers_of(f"sale_{transport}")) as kra:
        installed = make_gateway(transport, kra.url, replace(IDENTITY, sdc_id=unit), environment="simulator")
        answer = installed.tell(SubmissionKind.SALE, BODIES[f"sale_{transport}"])
    assert answer.value == Signature(
        receipt_number=9,
        total_receipt_number=9,
        internal_data="ABCDEFGHIJKLMNOPQRSTUVWX23",
        signature="ABCDEFGH23456723",
        signed_at=datetime(2026, 9, 18, 11, 0, 2, tzinfo=EAST_AFRICA),
        sdc_id=unit,
        mrc_number="KRA00000001",
    )


def test_an_oscu_is_named_by_headers_and_body_but_the_key_is_in_the_header_only() -> None:
    _, request = asked("notices", "oscu")
    assert {name: request.headers[name] for name in ("tin", "bhfid", "cmckey")} == {
        "tin": "P000000001X", "bhfid": "00", "cmckey": KEY}
    assert KEY.encode() not in request.body


def test_a_vscu_is_named_by_the_body_only() -> None:
    _, request = asked("notices", "vscu")
    assert not {"tin", "bhfid", "cmckey"} & set(request.headers)


def test_initialisation_carries_no_key() -> None:
    _, request = asked("initialise", "oscu")
    assert not {"tin", "bhfid", "cmckey"} & set(request.headers)


def test_every_operation_has_a_path_on_each_transport_that_offers_it() -> None:
    only_oscu = {Operation.SALE_DETAIL, Operation.SALES, Operation.CUSTOMERS, Operation.OWN_TAXPAYER}
    for operation in Operation:
        assert path_of(operation, Transport.OSCU).startswith("/")
        if operation not in only_oscu:
            assert path_of(operation, Transport.VSCU).startswith("/")


def test_initialisation_hands_out_the_units_ids_and_the_key() -> None:
    keys = asked("initialise", "oscu")[0].value
    assert (keys.sdc_id, keys.mrc_number, keys.device_id) == ("KRACU0400009999", "KRA00000001", "450000")
    assert keys.communication_key.reveal() == "0000EXAMPLEKEY0000"
    assert (keys.branch_opened_on, keys.is_head_office, keys.last_invoice_number) == (date(2025, 6, 1), True, None)


def test_initialising_a_vscu_hands_out_keys_too_which_are_kept_and_never_sent() -> None:
    assert asked("initialise", "vscu")[0].value.communication_key.reveal() == "0000EXAMPLEKEY0000"


def test_the_code_list_of_tax_types_brings_the_rates() -> None:
    [tax_types] = asked("code_lists", "vscu")[0].value
    assert (tax_types.number, tax_types.labels[0]) == ("04", "Tax Rate")
    assert (tax_types.codes[0].code, tax_types.codes[0].values[0]) == ("B", "16")


def test_an_import_keeps_the_declaration_date_as_received() -> None:
    [line] = asked("imports", "vscu")[0].value
    assert (line.declaration_date, line.quantity_unit, line.exchange_rate) == ("01022026", "KGM", Decimal("129.5"))
    assert line.is_waiting


def test_a_suppliers_sale_comes_with_its_lines() -> None:
    [invoice] = asked("purchases", "vscu")[0].value
    assert (invoice.supplier_pin, invoice.number, invoice.is_return) == ("P000000003Z", 6, False)
    assert invoice.confirmed_at == datetime(2026, 9, 18, 10, 31, 9, tzinfo=EAST_AFRICA)
    assert (invoice.lines[0].band, invoice.lines[0].total_amount) == (Band.B, Decimal(1160))


def test_no_rows_is_an_empty_list_with_a_moment_to_ask_from() -> None:
    answer, _ = asked("stock_moves", "vscu")
    assert (answer.outcome, answer.value) == (Outcome.EMPTY, ())
    assert answer.mark == datetime(2026, 9, 18, 11, 2, 53, tzinfo=EAST_AFRICA)


def test_a_sale_that_kra_holds_comes_back_with_its_signature() -> None:
    found = asked("look_up_sale", "oscu")[0].value
    assert (found.kind, found.total_amount, found.signature.receipt_number) == (DocumentKind.SALE, Decimal(116), 9)
    assert found.signature.sdc_id == "KRACU0400009999"
    assert found.is_what_we_sent(BODIES["sale_oscu"])
