"""Answers and their classes (RELIABILITY §5, RESULT_CODES): what it cannot prove is AMBIGUOUS."""

import json
from decimal import Decimal
from typing import Any

import pytest

from portal.fiscal.frozen import Signature
from portal.kra.answers import read_signature
from portal.kra.classify import Question, classify
from portal.kra.codes import TABLE, Meaning, explain
from portal.kra.exchange import Exchange, not_sent
from portal.kra.lists import read_notices
from portal.kra.operations import Operation, Sequence, SubmissionKind, Transport
from portal.kra.outcomes import Answer, Help, Outcome
from tests.kra.examples import IDENTITY, KEY, answered, documented

SALE: Question[Signature] = Question(
    operation=Operation.SAVE_SALE, transport=Transport.OSCU, sequence=Sequence.INVOICE, number=9,
    reader=lambda envelope: read_signature(envelope, IDENTITY), secrets=(KEY,))
LOOK_UP: Question[Any] = Question(operation=Operation.NOTICES, transport=Transport.OSCU, reader=read_notices,
                                  when_empty=())
STOCK: Question[Any] = Question(operation=Operation.SAVE_STOCK_MOVEMENT, transport=Transport.VSCU,
                                sequence=Sequence.STOCK, number=15)
ITEM: Question[Any] = Question(operation=Operation.SAVE_ITEM, transport=Transport.OSCU, sequence=Sequence.ITEM)
RECEIPT = documented("sale_oscu")["answer"]["data"]


def said(code: str | None, message: str = "", data: Any = None, **more: Any) -> dict[str, Any]:
    return {"resultCd": code, "resultMsg": message, "resultDt": "20260918110253", "data": data, **more}


def sale_answered(value: Any, status: int = 200) -> Answer[Signature]:
    return classify(answered(value, status), SALE)


WRITES = {
    "000": Outcome.AMBIGUOUS,       # a yes without a signature
    "001": Outcome.AMBIGUOUS, "891": Outcome.DEVICE, "892": Outcome.DEVICE, "893": Outcome.REFUSED,
    "894": Outcome.AMBIGUOUS, "895": Outcome.REFUSED, "896": Outcome.AMBIGUOUS, "899": Outcome.DUPLICATE,
    "900": Outcome.REFUSED, "901": Outcome.DEVICE, "902": Outcome.DEVICE, "903": Outcome.DEVICE, "905": Outcome.DEVICE,
    "910": Outcome.REFUSED, "911": Outcome.REFUSED, "912": Outcome.REFUSED, "913": Outcome.REFUSED,
    "921": Outcome.AMBIGUOUS, "922": Outcome.REFUSED, "990": Outcome.THROTTLED, "991": Outcome.AMBIGUOUS,
    "992": Outcome.AMBIGUOUS, "993": Outcome.AMBIGUOUS, "994": Outcome.DUPLICATE, "995": Outcome.AMBIGUOUS,
    "999": Outcome.AMBIGUOUS, "E04": Outcome.DEVICE, "E11": Outcome.DEVICE, "E31": Outcome.REFUSED,
    "01": Outcome.DEVICE, "10": Outcome.REFUSED, "11": Outcome.DEVICE, "12": Outcome.DUPLICATE,
    "13": Outcome.REFUSED, "14": Outcome.DEVICE, "20": Outcome.AMBIGUOUS, "96": Outcome.AMBIGUOUS,
    "99": Outcome.AMBIGUOUS,
    "881": Outcome.AMBIGUOUS, "924": Outcome.AMBIGUOUS, "777": Outcome.AMBIGUOUS, None: Outcome.AMBIGUOUS,
}


@pytest.mark.parametrize(("code", "outcome"), WRITES.items())
def test_every_code_has_its_class_on_a_sale(code: str | None, outcome: Outcome) -> None:
    assert sale_answered(said(code, "words")).outcome is outcome


def test_the_table_holds_exactly_the_documented_codes() -> None:
    assert set(TABLE) == {code for code in WRITES if code and code not in ("881", "924", "777")}


@pytest.mark.parametrize(("code", "meaning"), TABLE.items())
def test_every_code_has_a_sentence_and_says_which_button_helps(code: str, meaning: Meaning) -> None:
    explained = explain(meaning.outcome, code)
    assert explained.sentence.endswith(".")
    assert code not in explained.sentence
    assert explained.helps is meaning.helps


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_answer_without_a_known_code_is_explained_by_its_class(outcome: Outcome) -> None:
    assert explain(outcome, None).sentence.endswith(".")
    assert explain(outcome, "777") == explain(outcome, None)


def test_a_refusal_offers_to_correct() -> None:
    assert explain(Outcome.REFUSED, None).helps is Help.CORRECT


@pytest.mark.parametrize("code", ["000", "00", "0", "0000", 0])
def test_every_spelling_of_success_with_a_signature_is_a_success(code: Any) -> None:
    answer = sale_answered(said(code, "Successful", RECEIPT))
    assert (answer.outcome, answer.code) == (Outcome.SUCCESS, "000")
    assert answer.value is not None
    assert answer.value.signature == "ABCDEFGH23456723"


@pytest.mark.parametrize("field", ["rcptSign", "intrlData"])
@pytest.mark.parametrize("value", [None, "", "  ", "----", "null", 1.5, True, ["A"], "A B", "A\nB"])
def test_a_success_without_a_usable_signature_is_a_doubt(field: str, value: Any) -> None:
    answer = sale_answered(said("000", "Successful", {**RECEIPT, field: value}))
    assert answer.outcome is Outcome.AMBIGUOUS
    assert answer.value is None


@pytest.mark.parametrize("length", [1, 15, 17, 40])
def test_the_length_of_a_signature_is_the_units_business(length: int) -> None:
    answer = sale_answered(said("000", "", {**RECEIPT, "rcptSign": "A" * length, "intrlData": "B" * length}))
    assert answer.outcome is Outcome.SUCCESS


@pytest.mark.parametrize("renamed", [
    {"rcptNo": "12", "curRcptNo": None}, {"rptNo": 12, "curRcptNo": None}, {"curRcptNo": "12"},
])
def test_the_receipt_counter_is_read_in_every_spelling(renamed: dict[str, Any]) -> None:
    answer = sale_answered(said("000", "", {**RECEIPT, **renamed}))
    assert answer.value is not None
    assert answer.value.receipt_number == 12


@pytest.mark.parametrize("renamed", [
    {"intrIData": "CD", "intrlData": None, "rctSign": "AB", "rcptSign": None},
    {"intrlData": "C-D", "rcptSign": "A-B"},
])
def test_signature_and_internal_data_are_read_in_every_spelling_and_without_dashes(renamed: dict[str, Any]) -> None:
    answer = sale_answered(said("000", "", {**RECEIPT, **renamed}))
    assert answer.value is not None
    assert (answer.value.signature, answer.value.internal_data) == ("AB", "CD")


@pytest.mark.parametrize("name", ["sdcDateTime", "vsdcRcptPbctDate", "VSCURcptPbctDate", "VSCUrcptPbctDate"])
@pytest.mark.parametrize("text", ["20260918110002", "2026-09-18 11:00:02", "2026-09-18 11:00:02.0"])
def test_the_time_of_signing_is_read_in_every_spelling(name: str, text: str) -> None:
    answer = sale_answered(said("000", "", {**RECEIPT, "sdcDateTime": None, name: text}))
    assert answer.value is not None
    assert answer.value.signed_at.isoformat() == "2026-09-18T11:00:02+03:00"


@pytest.mark.parametrize(("echo", "outcome"), [
    (9, Outcome.SUCCESS), ("9", Outcome.SUCCESS), (10, Outcome.AMBIGUOUS), ("x", Outcome.AMBIGUOUS), (None, Outcome.SUCCESS),
])
def test_an_echo_of_another_number_is_a_doubt(echo: Any, outcome: Outcome) -> None:
    assert sale_answered(said("000", "", {**RECEIPT, "invcNo": echo})).outcome is outcome
    assert sale_answered(said("000", "", RECEIPT, invcNo=echo)).outcome is outcome


def test_a_signature_of_another_control_unit_is_a_doubt() -> None:
    assert sale_answered(said("000", "", {**RECEIPT, "sdcId": "KRACU0400009999"})).outcome is Outcome.SUCCESS
    assert sale_answered(said("000", "", {**RECEIPT, "sdcId": "KRACU0400000001"})).outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize("status", [201, 299])
def test_any_2xx_can_be_a_success(status: int) -> None:
    assert sale_answered(said("000", "", RECEIPT), status).outcome is Outcome.SUCCESS


@pytest.mark.parametrize("status", [100, 301, 302, 307, 500, 502, 503, 504, 599])
def test_a_signature_behind_another_status_is_a_doubt_that_counts_as_silence(status: int) -> None:
    answer = sale_answered(said("000", "", RECEIPT), status)
    assert (answer.outcome, answer.silent) == (Outcome.AMBIGUOUS, True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_signature_behind_a_refusing_status_is_a_doubt(status: int) -> None:
    assert sale_answered(said("000", "", RECEIPT), status).outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize("body", [
    b"", b"OK", b"<html>504</html>", b'{"resultCd": "000", "da', b"[]", b"null", b'"000"', b'{"resultCd": NaN}',
    b'{"resultCd": "000", "n": 1e999999999999999999999}', b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 100_000,
])
def test_what_is_no_json_object_is_silence(body: bytes) -> None:
    answer = sale_answered(body)
    assert (answer.outcome, answer.silent) == (Outcome.AMBIGUOUS, True)


@pytest.mark.parametrize(("code", "silent"), [
    ("894", True), ("896", True), ("899", False), ("994", False), ("999", False), ("777", False), ("910", False),
])
def test_only_894_and_896_are_answers_that_count_as_silence(code: str, silent: bool) -> None:
    assert sale_answered(said(code)).silent is silent


def test_a_broken_call_is_a_doubt_and_an_unsent_one_is_not() -> None:
    broken = classify(Exchange(sent=True, failure="The connection broke."), SALE)
    assert (broken.outcome, broken.silent) == (Outcome.AMBIGUOUS, True)
    unsent = classify(not_sent("Nobody was there."), SALE)
    assert (unsent.outcome, unsent.silent, unsent.message) == (Outcome.NOT_SENT, False, "Nobody was there.")


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422])
def test_a_json_refusal_by_status_is_a_refusal(status: int) -> None:
    answer = sale_answered({"message": "Expected a value for itemNm on item: 1"}, status)
    assert (answer.outcome, answer.message) == (Outcome.REFUSED, "Expected a value for itemNm on item: 1")


@pytest.mark.parametrize("status", [401, 402, 403, 408, 409, 418, 425])
def test_other_statuses_without_a_code_prove_nothing(status: int) -> None:
    assert sale_answered({"message": "no"}, status).outcome is Outcome.AMBIGUOUS
    assert sale_answered(said("910", "no"), 409).outcome is Outcome.AMBIGUOUS


def test_a_refusal_in_html_proves_nothing() -> None:
    assert sale_answered(b"<html>Bad Request</html>", 400).outcome is Outcome.AMBIGUOUS


def test_too_many_calls_is_throttled_with_the_wish_to_wait() -> None:
    answer = classify(Exchange(sent=True, status=429, body=b"{}", retry_after=7), SALE)
    assert (answer.outcome, answer.retry_after) == (Outcome.THROTTLED, 7)


@pytest.mark.parametrize(("wrapped", "outcome"), [
    (400, Outcome.REFUSED), (422, Outcome.REFUSED), (401, Outcome.AMBIGUOUS), (403, Outcome.AMBIGUOUS),
    (409, Outcome.AMBIGUOUS), (429, Outcome.THROTTLED), (302, Outcome.AMBIGUOUS), (504, Outcome.AMBIGUOUS),
    ("400", Outcome.REFUSED),
])
@pytest.mark.parametrize("shape", ["responseHeader", "header"])
def test_the_developer_gateways_wrapping_refuses_by_its_own_status(shape: str, wrapped: Any, outcome: Outcome) -> None:
    body = {"responseBody": None} if shape == "responseHeader" else {"body": {}}
    answer = sale_answered({shape: {"responseCode": wrapped, "customerMessage": "No such item"}, **body})
    assert (answer.outcome, answer.message) == (outcome, "No such item")


def test_the_developer_gateways_wrapping_is_taken_off() -> None:
    answer = sale_answered({"responseHeader": {"responseCode": 200}, "responseBody": said("000", "", RECEIPT)})
    assert answer.outcome is Outcome.SUCCESS
    doubtful = {"responseHeader": {"responseCode": 500}, "responseBody": said("000", "", RECEIPT)}
    assert sale_answered(doubtful).outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize(("question", "words", "expected"), [
    (SALE, "Invalid invcNo sequence, expected: 12 but found: 9", 12),
    (SALE, "Invc No: 9 is invalid, use the expected value: 12", 12),
    (SALE, "Request error: invalid InvcNo sequence, Expected:12 but found: 9;", 12),
    (STOCK, "Invalid sarNo: Expected: 10 but found: 15", 10),
    (ITEM, "Invalid itemCd Sequence. Expected sequence ending with: ********2", 2),
    (ITEM, "Invalid itemCd Sequence. Expected sequence ending with: 0000012", 12),
])
@pytest.mark.parametrize(("status", "code"), [(400, None), (200, "910"), (400, "910")])
def test_a_refusal_that_names_the_number_it_waits_for_is_a_sequence(
        question: Question[Any], words: str, expected: int, status: int, code: str | None) -> None:
    answer = classify(answered(said(code, words), status), question)
    assert (answer.outcome, answer.expected_number) == (Outcome.SEQUENCE, expected)


@pytest.mark.parametrize(("question", "words"), [
    (SALE, "Invalid sarNo: Expected: 10 but found: 15"),
    (STOCK, "Invalid invcNo sequence, expected: 12 but found: 9"),
    (SALE, "Invalid invcNo sequence, expected: 0 but found: 9"),
    (SALE, "Invalid invcNo sequence, expected: 1234567890123456789 but found: 9"),
    (SALE, "Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 100.00"),
    (SALE, "rsdQty mismatch. Expected: 0.0 but found: 150"),
])
def test_words_on_other_numbers_are_a_plain_refusal(question: Question[Any], words: str) -> None:
    answer = classify(answered(said("910", words)), question)
    assert (answer.outcome, answer.expected_number) == (Outcome.REFUSED, None)


@pytest.mark.parametrize("code", ["000", "994", "899", "999", "777", "894"])
def test_words_are_read_in_a_refusal_only(code: str) -> None:
    answer = sale_answered(said(code, "Invalid invcNo sequence, expected: 12 but found: 9"))
    assert answer.outcome is not Outcome.SEQUENCE
    assert answer.expected_number is None


@pytest.mark.parametrize(("words", "rate"), [
    ("Rule taxRtE failed: Tax rate mismatch. Expected: 0.00, Found: 8", "0.00"),
    ("Rule taxRtE failed: Tax rate mismatch. Expected: 8, Found: 0", "8"),
    ("Rule taxRtE failed: Tax rate mismatch. Expected: 8.", "8"),
])
def test_a_refusal_over_the_rate_of_band_e_tells_the_rate(words: str, rate: str) -> None:
    answer = sale_answered({"message": words}, 400)
    assert (answer.outcome, answer.expected_rate) == (Outcome.REFUSED, Decimal(rate))


def test_a_refusal_over_another_rate_tells_none() -> None:
    answer = sale_answered({"message": "Rule taxRtB failed: Tax rate mismatch. Expected: 16.00, Found: 8"}, 400)
    assert answer.expected_rate is None


def test_a_look_up_without_rows_is_empty_also_with_http_400() -> None:
    for status in (200, 400):
        answer = classify(answered(said("001"), status), LOOK_UP)
        assert (answer.outcome, answer.value) == (Outcome.EMPTY, ())


def test_a_look_up_with_unreadable_rows_keeps_the_others_and_counts_them() -> None:
    rows = [{"noticeNo": "6", "title": "One"}, {"noticeNo": None, "title": "Two"}, "three"]
    answer = classify(answered(said("000", "", {"noticeList": rows})), LOOK_UP)
    assert answer.value is not None
    assert ([notice.number for notice in answer.value], answer.rows, answer.unreadable) == ([6], 3, 2)


@pytest.mark.parametrize("data", ["text", {"noticeList": "x"}, {"other": []}])
def test_a_look_up_without_its_list_is_not_believed(data: Any) -> None:
    answer = classify(answered(said("000", "", data)), LOOK_UP)
    assert answer.outcome in (Outcome.AMBIGUOUS, Outcome.EMPTY)
    assert not answer.value


def test_a_notice_cannot_bring_a_link_that_runs() -> None:
    rows = [{"noticeNo": 6, "title": "One", "dtlUrl": "javascript:alert(1)"}]
    answer = classify(answered(said("000", "", {"noticeList": rows})), LOOK_UP)
    assert answer.value is not None
    assert answer.value[0].url is None


def test_a_kind_knows_its_operation_and_its_sequence() -> None:
    assert SubmissionKind.CREDIT_NOTE.operation is Operation.SAVE_SALE
    assert SubmissionKind.CREDIT_NOTE.sequence is Sequence.INVOICE
    assert SubmissionKind.ITEM_CHANGE.sequence is None
    assert {kind.operation.is_write for kind in SubmissionKind} == {True}


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "a" * 5000])
def test_words_that_no_database_takes_are_made_harmless(odd: str) -> None:
    answer = sale_answered(json.dumps(said("910", f"No {odd}")).encode())
    assert len(answer.message.encode()) <= 2000
    assert "\x00" not in answer.message
