"""The main job through the API, against a KRA over real HTTP: issue, wait, sign, print, take back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Till
from tests.support.program import Program, problem
from tests.support.simulator import SimulatorProcess

SERVICE = {"code": "HAIRCUT", "name": "Haircut", "class": "1010150000", "type": "service", "band": "B"}
GOODS = {
    "code": "SKU1",
    "name": "Pishori rice",
    "class": "1010150000",
    "type": "goods",
    "band": "B",
    "unit": "NO",
    "package": "NT",
}


def invoice(**more: Any) -> dict[str, Any]:
    """A sale of one service for 116 shillings in cash."""
    return {
        "branch": "00",
        "customer": None,
        "prices": "inclusive",
        "payments": [{"method": "cash", "amount": "116.00"}],
        "lines": [{"item": SERVICE, "quantity": "1", "price": "116.00", "discount_percent": "0"}],
        "discount_amount": "0.00",
    } | more


def issued(till: Till, body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    answer = till.program.post("/invoices", body or invoice(), key=more.pop("key", str(uuid4())), **more)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert answer.headers["Location"] == answer.get_json()["links"]["self"]
    return answer.get_json()


def signed(till: Till, body: dict[str, Any] | None = None) -> dict[str, Any]:
    made = issued(till, body)
    till.work()
    found = till.program.get(f"/invoices/{made['id']}").get_json()
    assert found["state"] == "signed", found["problem"]
    return found


def test_an_invoice_is_numbered_at_once_and_waits_for_kra(till: Till) -> None:
    made = issued(till, invoice(external_id="POS-77"))
    assert (made["number"], made["state"], made["kra"], made["problem"]) == ("INV-000001", "waiting", None, None)
    assert (made["branch"], made["customer"], made["external_id"]) == ("00", None, "POS-77")
    assert made["totals"] == {"taxable_amount": "100.00", "tax_amount": "16.00", "total_amount": "116.00"}
    assert list(made["bands"]) == ["B"]
    (line,) = made["lines"]
    assert (line["name"], line["quantity"], line["price"], line["discount_amount"]) == ("Haircut", "1", "116.00", "0.00")


@pytest.mark.parametrize("transport", ["vscu", "oscu"])
def test_kra_signs_it_and_the_answer_holds_what_kra_holds(
    new_till: Callable[..., Till], simulator: SimulatorProcess, transport: str
) -> None:
    till = new_till(transport)
    kra = signed(till)["kra"]
    (held,) = simulator.control.ledger(tin=till.made["pin"])
    assert kra["invoice_number"] == held["invcNo"]
    assert (kra["receipt_number"], kra["total_receipt_number"]) == (held["rcptNo"], held["totRcptNo"])
    assert (kra["internal_data"], kra["signature"]) == (held["intrlData"], held["rcptSign"])
    assert kra["cu_invoice_number"] == f"{kra['sdc_id']}/{kra['receipt_number']}"
    assert kra["qr"].endswith(f"?Data={till.made['pin']}00{kra['signature']}")


def test_waiting_for_the_outcome_gives_the_signature_with_the_first_answer(till: Till) -> None:
    issued(till)
    till.work()
    answered = threading.Event()

    def work_until_it_is_answered() -> None:
        while not answered.wait(0.2):
            till.work()

    worker = threading.Thread(target=work_until_it_is_answered)
    worker.start()
    try:
        assert issued(till, wait=25)["state"] == "signed"
    finally:
        answered.set()
        worker.join()


def test_goods_given_inline_are_taken_to_be_there(till: Till) -> None:
    body = invoice(lines=[{"item": GOODS, "quantity": "2.5", "price": "100.00"}], payments=None)
    assert signed(till, body)["totals"]["total_amount"] == "250.00"
    assert signed(till, body)["state"] == "signed"
    (item,) = till.program.get("/items").get_json()["items"]
    assert (item["code"], item["stock"], item["kra_code"] is None) == ("SKU1", {"00": "0"}, False)


def test_many_tills_sell_the_same_inline_goods_at_once(till: Till) -> None:
    body = invoice(lines=[{"item": GOODS, "quantity": "2", "price": "100.00"}], payments=None)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(till.program.post("/invoices", body))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 6
    till.work()
    assert len(till.program.get("/invoices", state="signed").get_json()["items"]) == 6


def test_goods_whose_stock_we_keep_cannot_be_sold_twice(till: Till) -> None:
    goods = GOODS | {"opening_stock": "3"}
    body = invoice(lines=[{"item": goods, "quantity": "2", "price": "100.00"}], payments=None)
    assert signed(till, body)["state"] == "signed"
    refused = problem(till.program.post("/invoices", body), 422)
    assert refused["field"] == "lines[0].quantity"
    (item,) = till.program.get("/items").get_json()["items"]
    by_id = invoice(lines=[{"item": item["id"], "quantity": "1.5"}], payments=None)
    assert problem(till.program.post("/invoices", by_id), 422)["field"] == "lines[0].quantity"
    by_id["lines"][0]["quantity"] = "1"
    assert signed(till, by_id)["lines"][0]["price"] == "100.00"


def test_an_inline_item_with_a_known_code_is_that_item(till: Till) -> None:
    first, second = (
        issued(till),
        issued(till, invoice(lines=[{"item": {**SERVICE, "name": "Other"}, "quantity": "1", "price": "116"}])),
    )
    assert first["lines"][0]["item"] == second["lines"][0]["item"]
    assert second["lines"][0]["name"] == "Haircut"
    assert len(till.program.get("/items").get_json()["items"]) == 1


def test_a_repeated_key_gives_the_same_invoice_as_it_is_now(till: Till) -> None:
    made = issued(till, key="order-1")
    till.work()
    again = till.program.post("/invoices", invoice(), key="order-1")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.get_json()["id"] == made["id"]
    assert again.get_json()["state"] == "signed"
    assert len(till.program.get("/invoices").get_json()["items"]) == 1


def test_a_repeat_is_the_same_however_its_json_is_written(till: Till) -> None:
    made = issued(till, key="order-1")
    backwards = dict(reversed(invoice().items()))
    assert till.program.post("/invoices", backwards, key="order-1").get_json()["id"] == made["id"]


def test_a_key_is_not_used_for_another_request(till: Till) -> None:
    issued(till, key="order-1")
    other_name = {"lines": [{"item": {**SERVICE, "name": "X"}, "quantity": "1", "price": "116.00"}]}
    for change in ({"external_id": "other"}, {"payments": None}, other_name):
        refused = problem(till.program.post("/invoices", invoice(**change), key="order-1"), 422)
        assert refused["field"] == "Idempotency-Key"
    assert len(till.program.get("/invoices").get_json()["items"]) == 1


def test_a_key_that_was_refused_is_free(till: Till) -> None:
    problem(till.program.post("/invoices", invoice(lines=[]), key="order-1"), 422)
    issued(till, key="order-1")


def test_a_key_is_plain_text(till: Till) -> None:
    for key in ("x" * 201, "é", "\x7f", " x\x00"):
        assert problem(till.program.post("/invoices", invoice(), key=key), 422)["field"] == "Idempotency-Key", key


def test_two_requests_under_one_key_at_once_issue_one_invoice(till: Till) -> None:
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(till.program.post("/invoices", invoice(), key="order-1")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert len(till.program.get("/items").get_json()["items"]) == 1


LINE = {"item": SERVICE, "quantity": "1", "price": "116.00"}


UNUSABLE: list[tuple[dict[str, Any], str, int]] = [
    ({"branch": "07"}, "branch", 404),
    ({"branch": str(uuid4())}, "branch", 404),
    ({"branch": 0}, "branch", 422),
    ({"customer": {"id": str(uuid4())}}, "customer.id", 404),
    ({"customer": {"id": "5"}}, "customer.id", 422),
    ({"customer": {"pin": "P051234567X"}}, "customer.name", 422),
    ({"customer": {"name": "a\x00"}}, "customer.name", 422),
    ({"customer": []}, "customer", 422),
    ({"prices": None}, "prices", 422),
    ({"payments": [{"method": "cash", "amount": "100.00"}]}, "payments", 422),
    ({"payments": [{"method": "gold", "amount": "116.00"}]}, "payments[0].method", 422),
    ({"payments": [{"method": "cash", "amount": 116}]}, "payments[0].amount", 422),
    ({"lines": []}, "lines", 422),
    ({"lines": None}, "lines", 422),
    ({"lines": [{**LINE, "item": str(uuid4())}]}, "lines[0].item", 404),
    ({"lines": [{**LINE, "item": 5}]}, "lines[0].item", 422),
    ({"lines": [{**LINE, "item": {**SERVICE, "class": "99999999"}}]}, "lines[0].item.class", 422),
    ({"lines": [{**LINE, "item": {**SERVICE, "unit": "ZZ"}}]}, "lines[0].item.unit", 422),
    ({"lines": [{**LINE, "item": {**SERVICE, "band": "F"}}]}, "lines[0].item.band", 422),
    ({"lines": [{**LINE, "item": {**SERVICE, "colour": "red"}}]}, "lines[0].item.colour", 422),
    ({"lines": [{"item": SERVICE, "quantity": "1"}]}, "lines[0].price", 422),
    ({"lines": [{**LINE, "price": 116.005}]}, "lines[0].price", 422),
    ({"lines": [{**LINE, "quantity": "0"}]}, "lines[0].quantity", 422),
    ({"lines": [{**LINE, "quantity": "9" * 41}]}, "lines[0].quantity", 422),
    ({"lines": [{**LINE, "price": "9999999999999.99", "quantity": "9999999999"}]}, "lines[0].price", 422),
    ({"lines": [{**LINE, "discount_amount": "116.01"}]}, "lines[0].discount_amount", 422),
    ({"lines": [{**LINE, "discount_amount": "1.00", "discount_percent": "1"}]}, "lines[0].discount_amount", 422),
    ({"discount_amount": "116.01"}, "discount_amount", 422),
    ({"discount_amount": "1.00", "discount_percent": "1"}, "discount_amount", 422),
    ({"external_id": "\ud800"}, "external_id", 422),
    ({"due": "2026-11-20"}, "due", 422),
]


def test_what_cannot_be_issued_is_named_and_leaves_nothing_behind(till: Till) -> None:
    for change, field, status in UNUSABLE:
        assert problem(till.program.post("/invoices", invoice(**change)), status)["field"] == field, change
    assert till.program.get("/invoices").get_json()["items"] == []
    assert till.program.get("/items").get_json()["items"] == []


def test_another_business_sees_no_invoice_of_ours(new_till: Callable[..., Till]) -> None:
    ours, theirs = new_till(), new_till()
    made = signed(ours)
    customer = ours.program.post("/customers", {"name": "Wanjiku"}).get_json()["id"]
    for path in ("", "/receipt.pdf", "/copies/1.pdf"):
        foreign = problem(theirs.program.get(f"/invoices/{made['id']}{path}"), 404)
        missing = problem(theirs.program.get(f"/invoices/{uuid4()}{path}"), 404)
        assert foreign["detail"] == missing["detail"]
    for path in ("/copies", "/credit-notes"):
        problem(theirs.program.post(f"/invoices/{made['id']}{path}", {"reason": "06"}), 404)
    by_id = invoice(lines=[{**LINE, "item": made["lines"][0]["item"]}])
    assert problem(theirs.program.post("/invoices", by_id), 404)["field"] == "lines[0].item"
    assert problem(theirs.program.post("/invoices", invoice(customer={"id": customer})), 404)["field"] == "customer.id"
    assert theirs.program.get("/invoices", kind="all").get_json()["items"] == []


def test_a_control_unit_that_is_not_ready_says_so(new_till: Callable[..., Till]) -> None:
    till = new_till()
    assert till.program.post("/branches", {"code": "01", "name": "Ngong Road"}).status_code == 201
    problem(till.program.post("/invoices", invoice(branch="01")), 409)
    assert problem(till.program.post("/invoices", invoice(branch=None)), 422)["field"] == "branch"
    assert till.program.get("/items").get_json()["items"] == []


def test_a_customer_of_ours_is_on_the_invoice(till: Till) -> None:
    body = {"name": "Otieno Hardware", "pin": "P051234567X", "email": "o@example.com"}
    customer = till.program.post("/customers", body).get_json()
    made = signed(till, invoice(customer={"id": customer["id"], "phone": "0712345678"}))
    assert made["customer"] == {
        "name": "Otieno Hardware",
        "pin": "P051234567X",
        "phone": "+254712345678",
        "email": "o@example.com",
    }
    assert issued(till, invoice(customer={"name": "Achieng"}))["customer"]["name"] == "Achieng"


def test_invoices_are_found(till: Till) -> None:
    made = [issued(till, invoice(external_id=f"POS-{number}", customer={"name": f"Buyer {number}"})) for number in range(3)]
    till.work()
    waiting = issued(till)

    def found(**query: str) -> list[str]:
        return [one["number"] for one in till.program.get("/invoices", **query).get_json()["items"]]

    assert found() == ["INV-000004", "INV-000003", "INV-000002", "INV-000001"]
    assert found(state="signed", limit="2") == ["INV-000003", "INV-000002"]
    assert found(state="waiting") == [waiting["number"]]
    assert found(state="needs_attention") == found(state="void") == found(kind="credit_note") == []
    assert (
        found(external_id="POS-1")
        == found(number="INV-000002")
        == found(number="2")
        == found(customer="buyer 1")
        == ["INV-000002"]
    )
    assert found(branch="00", **{"from": "2026-01-01", "to": "2999-12-31"}) == found()
    assert found(to="2026-01-01") == []
    page = till.program.get("/invoices", limit="3").get_json()
    rest = till.program.get("/invoices", limit="3", after=page["next"]).get_json()
    assert [one["id"] for one in rest["items"]] == [made[0]["id"]]
    assert rest["next"] is None


def test_a_filter_that_cannot_be_understood_is_refused(till: Till) -> None:
    for name, value in {"from": "0000-00-00", "to": "9999-12-31", "state": "sent", "number": "x", "branch": "77"}.items():
        answer = till.program.get("/invoices", **{name: value})
        assert problem(answer, 404 if name == "branch" else 422)["field"] == name


def test_a_part_is_taken_back_and_then_the_rest(till: Till, simulator: SimulatorProcess) -> None:
    sale = signed(till, invoice(lines=[{"item": GOODS, "quantity": "3", "price": "100.00"}], payments=None))
    path = f"/invoices/{sale['id']}/credit-notes"
    first = till.program.post(path, {"reason": "Refund", "lines": [{"line": 1, "quantity": "1"}]}, key="note-1")
    assert first.status_code == 201, first.get_data(as_text=True)
    note = first.get_json()
    assert (note["kind"], note["number"], note["totals"]["total_amount"]) == ("credit_note", "CN-000001", "100.00")
    assert note["credit"] == {
        "invoice": sale["id"],
        "number": sale["number"],
        "reason": "06",
        "reason_name": "Refund",
        "note": None,
    }
    again = till.program.post(path, {"reason": "Refund", "lines": [{"line": 1, "quantity": "1"}]}, key="note-1")
    assert (again.status_code, again.get_json()["id"]) == (200, note["id"])
    too_much = problem(till.program.post(path, {"reason": "06", "lines": [{"line": 1, "quantity": "2.5"}]}), 422)
    assert too_much["field"] == "lines[0].quantity"
    till.work()
    rest = till.program.post(path, {"reason": "Smelled of the sea"}).get_json()
    assert (rest["credit"]["reason"], rest["credit"]["note"]) == ("13", "Smelled of the sea")
    till.work()
    assert till.program.get(f"/invoices/{rest['id']}").get_json()["state"] == "signed"
    problem(till.program.post(path, {"reason": "06"}), 422)
    types = [held["rcptTyCd"] for held in simulator.control.ledger(tin=till.made["pin"])]
    assert types == ["S", "R", "R"]
    sums = till.program.get("/dashboard").get_json()["today"]
    assert (sums["invoices"], sums["credit_notes"], Decimal(sums["total_amount"])) == (1, 2, Decimal(0))


UNUSABLE_NOTES: list[tuple[dict[str, Any], str]] = [
    ({}, "reason"),
    ({"reason": "99"}, "reason"),
    ({"reason": 6}, "reason"),
    ({"reason": "06", "lines": []}, "lines"),
    ({"reason": "06", "lines": [{"line": 2}]}, "lines[0].line"),
    ({"reason": "06", "lines": [{"line": "1"}]}, "lines[0].line"),
    ({"reason": "06", "lines": [{"line": 1.5}]}, "lines[0].line"),
    ({"reason": "06", "lines": [{"line": 10**40}]}, "lines[0].line"),
    ({"reason": "06", "lines": [{"line": 1}, {"line": 1}]}, "lines[1].line"),
    ({"reason": "06", "lines": [{"line": 1, "quantity": 1}]}, "lines[0].quantity"),
    ({"reason": "06", "amount": "1.00"}, "amount"),
]


def test_a_credit_note_that_cannot_be_issued_is_named(till: Till) -> None:
    path = f"/invoices/{signed(till)['id']}/credit-notes"
    for body, field in UNUSABLE_NOTES:
        assert problem(till.program.post(path, body), 422)["field"] == field, body


def test_nothing_is_taken_back_or_printed_before_it_is_signed(till: Till) -> None:
    made = issued(till)
    problem(till.program.post(f"/invoices/{made['id']}/credit-notes", {"reason": "06"}), 409)
    problem(till.program.get(f"/invoices/{made['id']}/receipt.pdf"), 409)
    problem(till.program.post(f"/invoices/{made['id']}/copies"), 409)


def test_the_original_is_one_and_copies_are_numbered(till: Till, draw: Callable[[], None]) -> None:
    sale = signed(till)
    path = f"/invoices/{sale['id']}"
    early = till.program.get(f"{path}/receipt.pdf", wait=0)
    assert problem(early, 503) and early.headers["Retry-After"]
    draw()
    original = till.program.get(sale["links"]["receipt"])
    assert (original.status_code, original.mimetype) == (200, "application/pdf")
    assert original.headers["Content-Security-Policy"] == "sandbox"
    assert till.program.get(sale["links"]["receipt"]).data == original.data
    copies = [till.program.post(f"{path}/copies", key=key).get_json() for key in ("a", "b", "a")]
    assert [copy["copy"] for copy in copies] == [1, 2, 1]
    draw()
    pages = [till.program.get(copy["links"]["receipt"]) for copy in copies[:2]]
    assert [page.status_code for page in pages] == [200, 200]
    assert len({original.data, pages[0].data, pages[1].data}) == 3
    problem(till.program.get(f"{path}/copies/9.pdf"), 404)
    problem(till.program.get(f"{path}/copies/0.pdf"), 404)
    as_paper = till.program.call("POST", f"{path}/copies", headers={"Accept": "application/pdf", "Idempotency-Key": "b"})
    assert (as_paper.mimetype, as_paper.data) == ("application/pdf", pages[1].data)


def test_what_kra_refuses_needs_attention_and_says_why(till: Till, simulator: SimulatorProcess) -> None:
    simulator.control.next("code:913", "save_sale")
    made = issued(till)
    till.work()
    found = till.program.get(f"/invoices/{made['id']}").get_json()
    assert (found["state"], found["kra"], found["problem"]["code"]) == ("needs_attention", None, "913")
    assert found["problem"]["sentence"]


def test_a_stranger_issues_nothing(till: Till) -> None:
    problem(Program(till.program.app).post("/invoices", invoice()), 401)
