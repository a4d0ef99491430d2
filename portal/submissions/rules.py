"""The rule of doubt as one pure function: what a row becomes after an exchange (`RELIABILITY.md` §1, §4, §5).

No database, no clock: the lane brings the facts and carries the decision out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    late_enough: bool = True  # a look-up a quarantine after the doubt began and after the look-up before it

    @property
    def may_have_arrived(self) -> bool:
        """Whether KRA may hold something since: not after a look-up, and not when nothing left or the unit could not work."""
        kept_nothing = self.outcome is Outcome.NOT_SENT or (self.outcome is Outcome.DEVICE and not self.silent)
        return self.act is not Act.LOOK_UP and not kept_nothing

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
    rate_was_tried: bool = False  # KRA has named a rate for the unused band E before
    jumped_lately: bool = False  # a SEQUENCE answer moved this counter within the hour
    expected_is_ours: bool = False  # the number KRA expects, or a later one, is bound to another row of ours
    looked_up_equal: bool = False
    late_enough: bool = True  # this look-up was asked a quarantine after the doubt began and after the one before


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
    words_of: Past | None = None  # whose answer a refusal tells people of, when it is not this one


def decide(facts: Facts, answer: Answer[Any]) -> Decision:
    """The next state of a row that was just sent, repeated or looked up."""
    if facts.act is Act.LOOK_UP:
        return _after_look_up(facts, answer)
    if answer.outcome is Outcome.SUCCESS or _was_taken_before(facts):
        return Decision(state="accepted")
    if facts.act is Act.REPEAT:
        return _after_repeat(facts, answer)
    return _after_send(facts, answer)


def _after_send(facts: Facts, answer: Answer[Any]) -> Decision:
    """A send from the queue: KRA holds nothing under this number yet, as far as anybody knows. A definite no is a no."""
    outcome = answer.outcome
    if outcome is Outcome.NOT_SENT:
        return Decision(state="queued", tries=len(facts.past))
    if outcome is Outcome.REFUSED:
        wants_another_rate = answer.expected_rate is not None and not facts.lines_in_band_e and not facts.rate_was_tried
        return Decision(state="queued" if wants_another_rate else "refused", number=Number.HAND_BACK)
    if outcome is Outcome.SEQUENCE and not (_was_doubted(facts) and _says_kra_has_it(facts, answer)):
        if facts.jumped_lately or facts.expected_is_ours:
            return Decision(state="queued", number=Number.HAND_BACK, blocks_device=True)
        return Decision(state="queued", number=Number.TAKE_UP, expected_number=answer.expected_number)
    if outcome is Outcome.DEVICE and not answer.silent:
        return Decision(state="queued", blocks_device=True)
    return Decision(state="unknown", quarantine=True)


def _after_repeat(facts: Facts, answer: Answer[Any]) -> Decision:
    """The same bytes and number after a doubt: a no to a repeat does not prove that the first was a no."""
    outcome, wait = answer.outcome, Decision(state="unknown", tries=_misses(facts))
    if outcome is Outcome.DEVICE and not answer.silent:
        return replace(wait, blocks_device=True)
    if facts.kind.sequence is None:
        return _after_upsert_again(facts, answer) or wait
    if _says_kra_has_it(facts, answer):
        return _probably_stored(facts)
    if outcome in (Outcome.REFUSED, Outcome.SEQUENCE):
        return Decision(state="held", held_reason="cannot_tell")
    return wait


def _after_upsert_again(facts: Facts, answer: Answer[Any]) -> Decision | None:
    """An upsert told again: a no is a no, and the same words three times are one. It stops no lane."""
    said = [(past.outcome, past.code, past.message) for past in facts.past[-ANSWERS_THAT_END_IT + 1 :] if not past.silent]
    said.append((answer.outcome, answer.code, answer.message))
    each_time = not answer.silent and len(said) == ANSWERS_THAT_END_IT and len(set(said)) == 1
    if answer.outcome is Outcome.REFUSED or (each_time and answer.outcome in (Outcome.AMBIGUOUS, Outcome.DUPLICATE)):
        return Decision(state="refused", number=Number.HAND_BACK)
    return None


def _probably_stored(facts: Facts) -> Decision:
    """KRA answers a repeat as if it had it: believed after silence only, and never a signature."""
    if any(past.ended_in_silence for past in facts.past):
        if facts.kind.is_signed:
            return Decision(state="held", held_reason="spent")
        return Decision(state="accepted")
    if sum(past.says_kra_has_it for past in facts.past) + 1 < ANSWERS_THAT_END_IT:
        return Decision(state="unknown", tries=_misses(facts))
    return Decision(state="held", held_reason="cannot_tell")


def _after_look_up(facts: Facts, answer: Answer[Any]) -> Decision:
    if answer.outcome is Outcome.SUCCESS:
        if not facts.looked_up_equal:
            return Decision(state="held", held_reason="device", blocks_device=True)
        if answer.value is not None and answer.value.signature is not None:
            return Decision(state="accepted")
        return Decision(state="unknown", tries=_misses(facts))
    if answer.outcome is not Outcome.EMPTY:
        stopped = answer.outcome is Outcome.DEVICE and not answer.silent
        return Decision(state="unknown", tries=_misses(facts), blocks_device=stopped)
    if not facts.late_enough or _absences(facts) + 1 < ABSENT_PROVED:
        return Decision(state="unknown", quarantine=True)
    return _after_proved_absence(facts)


def _after_proved_absence(facts: Facts) -> Decision:
    """KRA does not hold it: it goes out again, unless the same answer, each time proved absent, came three times."""
    sends = [past for past in facts.past if past.act is Act.SEND][-ANSWERS_THAT_END_IT:]
    alike = {(past.outcome, past.code, past.message) for past in sends}
    if len(sends) < ANSWERS_THAT_END_IT or len(alike) > 1 or any(past.ended_in_silence for past in sends):
        return Decision(state="queued")
    if sends[-1].says_kra_has_it:
        return Decision(state="held", held_reason="cannot_tell")  # it has it, and it has it not: a duplicate is never a no
    return Decision(state="refused", number=Number.HAND_BACK, words_of=sends[-1])


def _was_taken_before(facts: Facts) -> bool:
    """Whether KRA's yes to what it does not sign came after its lease was lost: there is no receipt that would say so later."""
    return not facts.kind.is_signed and any(past.outcome is Outcome.SUCCESS for past in facts.past)


def _was_doubted(facts: Facts) -> bool:
    return any(past.may_have_arrived for past in facts.past)


def _says_kra_has_it(facts: Facts, answer: Answer[Any]) -> bool:
    if answer.outcome is Outcome.DUPLICATE:
        return True
    next_one = facts.number is not None and answer.expected_number == facts.number + 1
    return answer.outcome is Outcome.SEQUENCE and next_one


def _absences(facts: Facts) -> int:
    """How many look-ups since the last send found nothing and came late enough to prove something."""
    count = 0
    for past in reversed(facts.past):
        if past.act is not Act.LOOK_UP:
            break
        count += past.outcome is Outcome.EMPTY and past.late_enough
    return count


def _misses(facts: Facts) -> int:
    """How many exchanges since the first doubt settled nothing: the step of the back-off."""
    return max(0, sum(past.may_have_arrived or past.act is Act.LOOK_UP for past in facts.past) - 1)


def back_off_seconds(tries: int, quarantine: float, chance: float) -> float:
    """Seconds to wait after `tries` misses, ×(0.5…1.5) by `chance` in 0…1; it shrinks with the quarantine."""
    step = BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)]
    return max(0.2, step * quarantine / STANDARD_QUARANTINE_SECONDS) * (0.5 + chance)
