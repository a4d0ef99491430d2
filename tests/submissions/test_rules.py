"""The rule of doubt (`ARCHITECTURE.md` §4, `RELIABILITY.md` §1, §4, §5) as a table and as properties."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.fiscal.frozen import Signature
from portal.kra.gateway import Doubt
from portal.kra.operations import SubmissionKind
from portal.kra.outcomes import Answer, Outcome
from portal.submissions.rules import Act, Decision, Facts, Number, Past, back_off_seconds, decide

SIGNATURE = Signature(
    receipt_number=1, total_receipt_number=1, internal_data="A" * 26, signature="B" * 16,
    signed_at=datetime(2026, 11, 20, tzinfo=UTC), sdc_id="KRACU0300000001", mrc_number="KRA00000001",
)  # fmt: skip
SILENCE = Past(Act.SEND, Outcome.AMBIGUOUS, silent=True)
CRASH = Past(Act.SEND, None, silent=False)
DUPLICATE = Past(Act.REPEAT, Outcome.DUPLICATE, silent=False, code="899")
NOTHING_LEFT = Past(Act.SEND, Outcome.NOT_SENT, silent=False)


def after(answer: Answer[Any], *past: Past, act: Act = Act.SEND, doubt: Doubt = Doubt.REPEAT, **facts: Any) -> Decision:
    kind = facts.pop("kind", SubmissionKind.SALE)
    return decide(Facts(kind=kind, act=act, doubt=doubt, number=7, past=past, **facts), answer)


def said(outcome: Outcome, **more: Any) -> Answer[Any]:
    value = SIGNATURE if outcome is Outcome.SUCCESS else None
    return Answer(outcome=outcome, value=value, **more)


def test_a_signature_settles_it_whatever_came_before() -> None:
    assert after(said(Outcome.SUCCESS), SILENCE, DUPLICATE, act=Act.REPEAT).state == "accepted"


def test_what_never_left_waits_with_its_number() -> None:
    decision = after(said(Outcome.NOT_SENT))
    assert (decision.state, decision.number) == ("queued", Number.KEEP)


def test_a_refusal_of_the_first_attempt_hands_the_number_back() -> None:
    decision = after(said(Outcome.REFUSED, code="910"), NOTHING_LEFT)
    assert (decision.state, decision.number) == ("refused", Number.HAND_BACK)


@pytest.mark.parametrize("outcome", [Outcome.AMBIGUOUS, Outcome.DUPLICATE, Outcome.THROTTLED])
def test_no_answer_is_not_a_no(outcome: Outcome) -> None:
    decision = after(said(outcome, silent=outcome is Outcome.AMBIGUOUS))
    assert (decision.state, decision.quarantine, decision.number) == ("unknown", True, Number.KEEP)


def test_kra_expecting_another_number_moves_the_counter_once_an_hour() -> None:
    decision = after(said(Outcome.SEQUENCE, expected_number=9))
    assert (decision.state, decision.number, decision.expected_number) == ("queued", Number.TAKE_UP, 9)
    assert after(said(Outcome.SEQUENCE, expected_number=9), jumped_lately=True).blocks_device
    assert after(said(Outcome.SEQUENCE, expected_number=3), expected_is_ours=True).blocks_device


def test_a_blocked_device_keeps_the_row_and_stops_the_lane() -> None:
    decision = after(said(Outcome.DEVICE, code="901"))
    assert (decision.state, decision.blocks_device) == ("queued", True)


@pytest.mark.parametrize("silence", [SILENCE, CRASH])
@pytest.mark.parametrize("answer", [said(Outcome.DUPLICATE, code="899"), said(Outcome.SEQUENCE, expected_number=8)])
def test_a_repeat_that_kra_has_already_is_spent_after_silence(silence: Past, answer: Answer[Any]) -> None:
    decision = after(answer, silence, act=Act.REPEAT)
    assert (decision.state, decision.held_reason) == ("held", "spent")


def test_without_silence_a_duplicate_code_proves_nothing_and_three_of_them_stop_the_lane() -> None:
    first = Past(Act.SEND, Outcome.DUPLICATE, silent=False)
    assert after(said(Outcome.DUPLICATE), first, act=Act.REPEAT).state == "unknown"
    decision = after(said(Outcome.DUPLICATE), first, DUPLICATE, act=Act.REPEAT)
    assert (decision.state, decision.held_reason) == ("held", "cannot_tell")


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.SEQUENCE])
def test_any_other_refusal_of_a_repeat_stops_the_lane(outcome: Outcome) -> None:
    decision = after(said(outcome, expected_number=12), SILENCE, act=Act.REPEAT)
    assert (decision.state, decision.held_reason) == ("held", "cannot_tell")


def test_a_numbered_kind_without_a_receipt_is_accepted_where_a_sale_would_be_spent() -> None:
    for kind in (SubmissionKind.ITEM, SubmissionKind.STOCK_MOVEMENT, SubmissionKind.PURCHASE):
        assert after(said(Outcome.DUPLICATE), SILENCE, act=Act.REPEAT, kind=kind).state == "accepted"


def test_a_late_yes_to_what_is_not_signed_is_never_thrown_away() -> None:
    late = Past(Act.SEND, Outcome.SUCCESS, silent=False, code="000")
    refused = said(Outcome.SEQUENCE, code="910", expected_number=8)
    assert after(refused, late, act=Act.REPEAT, kind=SubmissionKind.STOCK_MOVEMENT).state == "accepted"
    assert after(refused, late, act=Act.REPEAT).state != "accepted"


def test_an_upsert_may_be_refused_after_doubt() -> None:
    decision = after(said(Outcome.REFUSED), SILENCE, act=Act.REPEAT, kind=SubmissionKind.STOCK_LEVEL)
    assert decision.state == "refused"


def test_on_oscu_absence_is_proved_by_two_look_ups() -> None:
    look = {"act": Act.LOOK_UP, "doubt": Doubt.LOOK_UP}
    nothing = Past(Act.LOOK_UP, Outcome.EMPTY, silent=False)
    assert after(said(Outcome.EMPTY), SILENCE, **look).quarantine
    decision = after(said(Outcome.EMPTY), SILENCE, nothing, **look)
    assert (decision.state, decision.number) == ("queued", Number.KEEP)


def test_a_failed_look_up_proves_nothing() -> None:
    nothing = Past(Act.LOOK_UP, Outcome.EMPTY, silent=False)
    for outcome in (Outcome.AMBIGUOUS, Outcome.NOT_SENT, Outcome.THROTTLED, Outcome.DEVICE):
        assert after(said(outcome), SILENCE, nothing, act=Act.LOOK_UP, doubt=Doubt.LOOK_UP).state == "unknown"


def test_another_document_under_our_number_blocks_the_device() -> None:
    decision = after(said(Outcome.SUCCESS), SILENCE, act=Act.LOOK_UP, doubt=Doubt.LOOK_UP, looked_up_equal=False)
    assert (decision.state, decision.held_reason, decision.blocks_device) == ("held", "device", True)


def test_the_same_no_three_times_each_proved_absent_is_a_refusal() -> None:
    no = Past(Act.SEND, Outcome.AMBIGUOUS, silent=False, code="999", message="no")
    gone = Past(Act.LOOK_UP, Outcome.EMPTY, silent=False)
    past = [no, gone, gone, no, gone, gone, no, gone]
    look = {"act": Act.LOOK_UP, "doubt": Doubt.LOOK_UP}
    assert after(said(Outcome.EMPTY), *past, **look).state == "refused"
    assert after(said(Outcome.EMPTY), *past[3:], **look).state == "queued"
    silent = Past(Act.SEND, Outcome.AMBIGUOUS, silent=True, code="999", message="no")
    assert after(said(Outcome.EMPTY), silent, gone, gone, *past[3:], **look).state == "queued"


def test_band_e_is_rebuilt_once_and_only_when_unused() -> None:
    answer: Answer[Any] = Answer(outcome=Outcome.REFUSED, expected_rate=Decimal(0))
    assert after(answer, lines_in_band_e=True).state == "refused"
    assert after(answer, lines_in_band_e=False) == Decision(state="queued", number=Number.HAND_BACK)


outcomes = st.sampled_from([o for o in Outcome if o is not Outcome.SUCCESS])
pasts = st.builds(
    Past,
    act=st.sampled_from(Act),
    outcome=st.one_of(st.none(), outcomes),
    silent=st.booleans(),
    code=st.sampled_from(["899", "994", "999", None]),
    expected_ours_plus_one=st.booleans(),
)
facts_of_anything = st.builds(
    Facts,
    kind=st.sampled_from(SubmissionKind),
    act=st.sampled_from(Act),
    doubt=st.sampled_from(Doubt),
    number=st.just(7),
    past=st.lists(pasts, max_size=8),
    lines_in_band_e=st.booleans(),
    jumped_lately=st.booleans(),
    expected_is_ours=st.booleans(),
)
answers = st.builds(
    Answer,
    outcome=outcomes,
    silent=st.booleans(),
    code=st.sampled_from(["899", "910", None]),
    expected_number=st.sampled_from([None, 6, 8, 20]),
)
FROM_SENDING = {"accepted", "refused", "queued", "unknown"}
FROM_UNKNOWN = {"accepted", "queued", "unknown", "held", "refused"}


@settings(max_examples=2000)
@given(facts_of_anything, answers)
def test_without_a_signature_a_sale_is_never_accepted_and_every_move_is_an_allowed_one(
    facts: Facts, answer: Answer[Any]
) -> None:
    decision = decide(facts, answer)
    if facts.kind.is_signed:
        assert decision.state != "accepted"
    assert decision.state in (FROM_SENDING if facts.act is Act.SEND else FROM_UNKNOWN)
    assert (decision.state == "held") == (decision.held_reason is not None)


@settings(max_examples=2000)
@given(facts_of_anything, answers)
def test_a_number_is_given_back_only_on_a_definite_no(facts: Facts, answer: Answer[Any]) -> None:
    decision = decide(facts, answer)
    if decision.number is Number.HAND_BACK and facts.kind.is_signed:
        assert facts.act in (Act.SEND, Act.LOOK_UP)
        assert answer.outcome in (Outcome.REFUSED, Outcome.SEQUENCE, Outcome.EMPTY)
        assert (facts.act is Act.LOOK_UP) == (answer.outcome is Outcome.EMPTY)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_the_back_off_never_gives_up_and_never_waits_longer_than_a_quarter_of_an_hour(tries: int, chance: float) -> None:
    assert 0 < back_off_seconds(tries, 120, chance) <= 900
