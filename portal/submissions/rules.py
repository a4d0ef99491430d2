"""The rule of doubt as one pure function: what a row becomes after an exchange (`RELIABILITY.md` §1, §4, §5).

No database, no clock: the lane brings the facts and carries the decision out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.kra.gateway import Doubt
from portal.kra.operations import SubmissionKind
from portal.kra.outcomes import Answer, Outcome

State = str
BACK_OFF_SECONDS = (5, 15, 45, 120, 300, 600)
STANDARD_QUARANTINE_SECONDS = 120
ABSENT_PROVED = 2
ANSWERS_THAT_END_IT = 3


class Act(StrEnum):
    """What a lane does with its head."""

    SEND = "send"
    REPEAT = "repeat"
    LOOK_UP = "look_up"


class Number(StrEnum):
    """What happens to KRA's number and the bytes under it."""

    KEEP = "keep"
    HAND_BACK = "hand back"
    TAKE_UP = "take up"  # the counter goes to what KRA expects


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier exchange under the same number; `outcome` None means that nobody lived to write down how it ended."""

    act: Act
    outcome: Outcome | None
    silent: bool
    code: str | None = None
    message: str = ""
    expected_ours_plus_one: bool = False

    @property
    def may_have_arrived(self) -> bool:
        return self.act is not Act.LOOK_UP and self.outcome is not Outcome.NOT_SENT

    @property
    def ended_in_silence(self) -> bool:
        return self.may_have_arrived and (self.outcome is None or self.silent)

    @property
    def says_kra_has_it(self) -> bool:
        return self.outcome is Outcome.DUPLICATE or (self.outcome is Outcome.SEQUENCE and self.expected_ours_plus_one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision may depend on besides the answer; `past` is oldest first and without this exchange."""

    kind: SubmissionKind
    act: Act
    doubt: Doubt
    number: int | None
    past: Sequence[Past] = ()
    lines_in_band_e: bool = True
    jumped_lately: bool = False  # a SEQUENCE answer moved this counter within the hour
    expected_is_ours: bool = False  # the number KRA expects is bound to another row of ours
    looked_up_equal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the row becomes; without `quarantine` it waits the back-off of `tries`."""

    state: State
    number: Number = Number.KEEP
    held_reason: str | None = None
    blocks_device: bool = False
    quarantine: bool = False
    tries: int = 0
    expected_number: int | None = None


def decide(facts: Facts, answer: Answer[Any]) -> Decision:
    """The next state of a row that was just sent, repeated or looked up."""
    if facts.act is Act.LOOK_UP:
        return _after_look_up(facts, answer)
    if answer.outcome is Outcome.SUCCESS:
        return Decision(state="accepted")
    if not any(past.may_have_arrived for past in facts.past):
        return _after_first(facts, answer)
    decision = _after_another(facts, answer)
    if facts.act is Act.SEND and decision.state == "held":
        # A row is held from doubt only: the next repeat decides it.
        return Decision(state="unknown", tries=_misses(facts))
    return decision


def _after_first(facts: Facts, answer: Answer[Any]) -> Decision:
    """The first exchange under this number that may have reached KRA: a definite no is a no."""
    outcome = answer.outcome
    if outcome is Outcome.NOT_SENT:
        return Decision(state="queued", tries=len(facts.past))
    if outcome is Outcome.REFUSED:
        if answer.expected_rate is not None and not facts.lines_in_band_e and not _rate_was_tried(facts):
            return Decision(state="queued", number=Number.HAND_BACK)
        return Decision(state="refused", number=Number.HAND_BACK)
    if outcome is Outcome.SEQUENCE:
        if facts.jumped_lately or facts.expected_is_ours:
            return Decision(state="queued", blocks_device=True)
        return Decision(state="queued", number=Number.TAKE_UP, expected_number=answer.expected_number)
    if outcome is Outcome.DEVICE and not answer.silent:
        return Decision(state="queued", blocks_device=True)
    return Decision(state="unknown", quarantine=True)


def _after_another(facts: Facts, answer: Answer[Any]) -> Decision:
    """An exchange after one that may have arrived: a no to a repeat does not prove that the first was a no."""
    outcome = answer.outcome
    proved_absent = facts.act is Act.SEND  # OSCU: the row came back to the queue because KRA does not hold it
    if outcome is Outcome.NOT_SENT:
        return Decision(state="queued" if facts.act is Act.SEND else "unknown", tries=_misses(facts))
    if outcome is Outcome.DEVICE and not answer.silent:
        return Decision(state="unknown", blocks_device=True, tries=_misses(facts))
    if outcome is Outcome.REFUSED and (proved_absent or facts.kind.sequence is None):
        return Decision(state="refused", number=Number.HAND_BACK)
    if _says_kra_has_it(facts, answer):
        return _probably_stored(facts)
    if outcome in (Outcome.REFUSED, Outcome.SEQUENCE) and not proved_absent:
        return Decision(state="held", held_reason="cannot_tell")
    if facts.doubt is Doubt.LOOK_UP and proved_absent:
        return Decision(state="unknown", quarantine=True)
    return Decision(state="unknown", tries=_misses(facts))


def _probably_stored(facts: Facts) -> Decision:
    """KRA says that it has the number: believed after silence only, and never a signature."""
    if facts.doubt is Doubt.LOOK_UP and facts.kind.is_signed:
        return Decision(state="unknown", quarantine=True)
    if any(past.ended_in_silence for past in facts.past):
        if facts.kind.is_signed:
            return Decision(state="held", held_reason="spent")
        return Decision(state="accepted")
    if sum(past.says_kra_has_it for past in facts.past) + 1 >= ANSWERS_THAT_END_IT:
        return Decision(state="held", held_reason="cannot_tell")
    return Decision(state="unknown", tries=_misses(facts))


def _after_look_up(facts: Facts, answer: Answer[Any]) -> Decision:
    if answer.outcome is Outcome.SUCCESS:
        if not facts.looked_up_equal:
            return Decision(state="held", held_reason="device", blocks_device=True)
        if answer.value is not None and answer.value.signature is not None:
            return Decision(state="accepted")
        return Decision(state="unknown", tries=_misses(facts))
    if answer.outcome is not Outcome.EMPTY:
        return Decision(state="unknown", tries=_misses(facts))
    if _absences(facts) + 1 < ABSENT_PROVED:
        return Decision(state="unknown", quarantine=True)
    if _same_no_each_time(facts):
        return Decision(state="refused", number=Number.HAND_BACK)
    return Decision(state="queued")


def _says_kra_has_it(facts: Facts, answer: Answer[Any]) -> bool:
    if answer.outcome is Outcome.DUPLICATE:
        return True
    next_one = facts.number is not None and answer.expected_number == facts.number + 1
    return answer.outcome is Outcome.SEQUENCE and next_one


def _absences(facts: Facts) -> int:
    """How many look-ups in a row, since the last send, found nothing."""
    count = 0
    for past in reversed(facts.past):
        if past.act is not Act.LOOK_UP:
            break
        count = count + 1 if past.outcome is Outcome.EMPTY else count
    return count


def _same_no_each_time(facts: Facts) -> bool:
    """Whether the last three sends, each proved absent afterwards, were answered alike, and none in silence."""
    sends = [past for past in facts.past if past.act is Act.SEND][-ANSWERS_THAT_END_IT:]
    alike = {(past.outcome, past.code, past.message) for past in sends}
    return len(sends) == ANSWERS_THAT_END_IT and len(alike) == 1 and not any(past.ended_in_silence for past in sends)


def _rate_was_tried(facts: Facts) -> bool:
    return any(past.outcome is Outcome.REFUSED for past in facts.past)


def _misses(facts: Facts) -> int:
    """How many exchanges since the first doubt settled nothing: the step of the back-off."""
    return max(0, sum(past.may_have_arrived or past.act is Act.LOOK_UP for past in facts.past) - 1)


def back_off_seconds(tries: int, quarantine: float, chance: float) -> float:
    """Seconds to wait after `tries` misses, ×(0.5…1.5) by `chance` in 0…1; it shrinks with the quarantine."""
    step = BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)]
    return max(0.2, step * quarantine / STANDARD_QUARANTINE_SECONDS) * (0.5 + chance)
