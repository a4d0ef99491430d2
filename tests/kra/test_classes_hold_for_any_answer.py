"""Ten thousand answers nobody foresaw: not one is taken for a signature, a refusal or a number without proof."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_of

from portal.fiscal.frozen import Signature
from portal.kra.answers import read_signature
from portal.kra.classify import REFUSAL_STATUSES, Question, classify
from portal.kra.codes import SUCCESS_SPELLINGS, TABLE
from portal.kra.exchange import Exchange
from portal.kra.operations import Operation, Sequence, Transport
from portal.kra.outcomes import Answer, Outcome
from tests.kra.examples import IDENTITY, documented

RECEIPT = documented("sale_oscu")["answer"]["data"]
WORDS = ["", "Successful", "It is succeeded", "Invalid invcNo sequence, expected: 12 but found: 9", "Duplicate",
         "Invoice signed", "Rule taxRtE failed: Tax rate mismatch. Expected: 0.00, Found: 8"]

statuses = any_of.sampled_from([200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504])
junk = any_of.recursive(
    any_of.none() | any_of.booleans() | any_of.integers(-10, 10**20) | any_of.text(max_size=8) | any_of.floats(
        allow_nan=False, allow_infinity=False),
    lambda inner: any_of.lists(inner, max_size=3) | any_of.dictionaries(any_of.text(max_size=8), inner, max_size=3),
    max_leaves=6)
codes = any_of.sampled_from([*TABLE, *TABLE, *sorted(SUCCESS_SPELLINGS) * 4, "777", 0, None]) | junk
receipts = any_of.fixed_dictionaries({}, optional={
    "rcptSign": any_of.just("ABCDEFGH23456723") | junk,
    "intrlData": any_of.just("ABCDEFGHIJKLMNOPQRSTUVWX23") | junk,
    "curRcptNo": any_of.integers(1, 99) | junk,
    "rcptNo": any_of.integers(1, 99) | junk,
    "totRcptNo": any_of.integers(1, 99) | junk,
    "sdcDateTime": any_of.just("20260918110002") | junk,
    "invcNo": any_of.just(9) | any_of.integers(1, 99) | junk,
})
datas = any_of.just(RECEIPT) | receipts | any_of.none() | junk
envelopes = any_of.fixed_dictionaries({}, optional={
    "resultCd": codes, "resultMsg": any_of.sampled_from(WORDS) | junk, "resultDt": any_of.just("20260918110253") | junk,
    "data": datas, "invcNo": any_of.just(9) | any_of.integers(1, 99)})
wrapped = any_of.fixed_dictionaries({
    "responseHeader": any_of.fixed_dictionaries({"responseCode": any_of.sampled_from([200, 400, 401, 409, 429, 500]) | junk}),
    "responseBody": envelopes | any_of.none()})
# A true receipt with one or two things wrong, or nothing: the dangerous neighbourhood.
near_receipts = any_of.builds(
    lambda code, spoilt, more: {"resultCd": code, "resultMsg": "", "resultDt": "20260918110253",
                                "data": {**RECEIPT, **spoilt}, **more},
    any_of.sampled_from([*sorted(SUCCESS_SPELLINGS) * 20, *TABLE]),
    any_of.just({}) | receipts, any_of.just({}) | any_of.fixed_dictionaries({"invcNo": any_of.integers(8, 10)}))
values = near_receipts | near_receipts | envelopes | envelopes | wrapped | junk


@any_of.composite
def exchanges(draw: any_of.DrawFn) -> Exchange:
    """Any HTTP answer: well-formed, half, or none at all."""
    if draw(any_of.integers(0, 19)) == 0:
        return Exchange(sent=draw(any_of.booleans()), failure="It broke.")
    body = json.dumps(draw(values)).encode()
    if draw(any_of.integers(0, 9)) == 0:
        body = body[:draw(any_of.integers(0, len(body)))]
    return Exchange(sent=True, status=draw(statuses), body=body)


def question(transport: Transport) -> Question[Signature]:
    return Question(operation=Operation.SAVE_SALE, transport=transport, sequence=Sequence.INVOICE, number=9,
                    reader=lambda envelope: read_signature(envelope, IDENTITY))


def core_of(exchange: Exchange) -> dict[str, Any]:
    """Read an answer the simple way, apart from the code under test."""
    try:
        value = json.loads(exchange.body)
    except ValueError:
        return {}
    if isinstance(value, dict) and isinstance(value.get("responseBody"), dict):
        value = value["responseBody"]
    return value if isinstance(value, dict) else {}


def check_signed(exchange: Exchange, answer: Answer[Signature]) -> None:
    core = core_of(exchange)
    data = core["data"]
    assert exchange.sent
    assert not exchange.failure
    assert exchange.status in (200, 201, 204)
    assert str(core["resultCd"]).strip() in SUCCESS_SPELLINGS
    assert answer.value is not None
    assert answer.value.signature == str(data["rcptSign"]).strip().replace("-", "") != ""
    assert answer.value.internal_data == str(data["intrlData"]).strip().replace("-", "") != ""
    assert all(float(echo) == 9 for echo in (core.get("invcNo"), data.get("invcNo")) if echo is not None)


def check_refused(exchange: Exchange, answer: Answer[Signature]) -> None:
    core = core_of(exchange)
    code = core.get("resultCd")
    assert str(code).strip() not in SUCCESS_SPELLINGS if isinstance(code, str | int) else True
    documented_refusal = answer.code in TABLE and TABLE[answer.code].outcome is Outcome.REFUSED
    wrapped_refusal = answer.code is None and exchange.status in (200, 201, 204)
    assert exchange.status in REFUSAL_STATUSES or documented_refusal or wrapped_refusal


def check(exchange: Exchange, transport: Transport) -> None:
    answer = classify(exchange, question(transport))
    assert (answer.value is not None) == (answer.outcome is Outcome.SUCCESS)
    assert answer.outcome is not Outcome.EMPTY      # a write is never "no rows"
    if answer.outcome is Outcome.SUCCESS:
        check_signed(exchange, answer)
    if answer.outcome in (Outcome.REFUSED, Outcome.SEQUENCE):
        check_refused(exchange, answer)
    assert (answer.outcome is Outcome.NOT_SENT) == (not exchange.sent)
    assert (answer.expected_number is not None) == (answer.outcome is Outcome.SEQUENCE)
    if answer.authenticated:
        assert transport is Transport.OSCU
        assert answer.code in TABLE
    if exchange.sent and (exchange.failure or exchange.status is None or exchange.status >= 500):
        assert (answer.outcome, answer.silent) == (Outcome.AMBIGUOUS, True)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(exchange=exchanges(), transport=any_of.sampled_from(Transport))
def test_no_answer_is_falsely_taken_for_a_signature_or_a_refusal(exchange: Exchange, transport: Transport) -> None:
    check(exchange, transport)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(exchange=exchanges(), transport=any_of.sampled_from(Transport))
def test_not_one_of_ten_thousand_is(exchange: Exchange, transport: Transport) -> None:
    check(exchange, transport)
