"""One pure function from an exchange to its class (RELIABILITY §5); whatever it cannot prove is AMBIGUOUS.

It returns the raw class. Whether a refusal counts as one on this attempt (first, or after absence was proved) is
the lane's to decide, because only the lane knows the attempts before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from portal.kra import codes, read
from portal.kra.envelope import Envelope, cut_secrets, open_envelope
from portal.kra.exchange import Exchange
from portal.kra.operations import Operation, Sequence, Transport
from portal.kra.outcomes import Answer, Outcome

T = TypeVar("T")

REFUSAL_STATUSES = frozenset({400, 404, 405, 413, 415, 422})
_NO_REFUSAL_IN_THE_WRAPPING = frozenset({401, 403, 408, 409, 425, 429})
_ECHOES = {Sequence.INVOICE: ("invcNo",), Sequence.PURCHASE: ("invcNo",), Sequence.STOCK: ("sarNo",)}


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a reader made of the data: the value, how many rows came, and how many of them made no sense."""

    value: T
    rows: int = 0
    unreadable: int = 0


Reader = Callable[[Envelope], Reading[T] | None]     # None: the answer lacks what a success must bring


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[T]):
    """What was asked: all that the class of the answer may depend on besides the exchange itself."""

    operation: Operation
    transport: Transport
    reader: Reader[T] | None = None       # None: the envelope says it all
    when_empty: T | None = None           # the value of a look-up without rows
    sequence: Sequence | None = None
    number: int | None = None             # ours, to be compared with an echo
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    outcome: Outcome
    silent: bool = False
    expected_number: int | None = None
    expected_rate: Decimal | None = None
    words: str = ""


def classify(exchange: Exchange, question: Question[T]) -> Answer[T]:
    """Return the answer an exchange amounts to, with its secrets cut."""
    envelope = open_envelope(exchange.body) if exchange.sent and not exchange.failure else None
    verdict = _judge(exchange, envelope, question)
    reading: Reading[T] | None = None
    if verdict.outcome is Outcome.SUCCESS and envelope is not None and question.reader is not None:
        reading = question.reader(envelope)
        if reading is None:
            verdict = _Verdict(Outcome.AMBIGUOUS, words="KRA said yes, but its answer lacks what a yes must bring.")
    value = reading.value if reading else None
    return Answer(
        outcome=verdict.outcome,
        code=envelope.code if envelope else None,
        message=_message(exchange, envelope, verdict, question.secrets),
        http_status=exchange.status,
        value=question.when_empty if verdict.outcome is Outcome.EMPTY else value,
        expected_number=verdict.expected_number,
        expected_rate=verdict.expected_rate,
        retry_after=exchange.retry_after,
        silent=verdict.silent,
        authenticated=_is_contact(exchange, envelope, question),
        result_at=envelope.result_at if envelope else None,
        rows=reading.rows if reading else 0,
        unreadable=reading.unreadable if reading else 0,
        record=cut_secrets(exchange.body, *question.secrets),
    )


def _judge(exchange: Exchange, envelope: Envelope | None, question: Question[T]) -> _Verdict:
    if not exchange.sent:
        return _Verdict(Outcome.NOT_SENT, words=exchange.failure)
    status = exchange.status
    if exchange.failure or status is None:
        return _Verdict(Outcome.AMBIGUOUS, silent=True, words=exchange.failure or "No answer came.")
    if not _is_answer(status):
        return _Verdict(Outcome.AMBIGUOUS, silent=True, words=f"The answer was HTTP {status}.")
    if status == 429:
        return _Verdict(Outcome.THROTTLED, silent=envelope is None, words="The answer was HTTP 429: too many calls.")
    if envelope is None:
        return _Verdict(Outcome.AMBIGUOUS, silent=True, words=f"The answer (HTTP {status}) could not be read.")
    meaning = codes.TABLE.get(envelope.code or "")
    if meaning is None:
        return _judge_without_code(status, envelope, question)
    if meaning.outcome is Outcome.SUCCESS:
        return _judge_success(status, envelope, question)
    if meaning.outcome is Outcome.EMPTY:
        return _Verdict(Outcome.AMBIGUOUS if question.operation.is_write else Outcome.EMPTY)
    if meaning.outcome is Outcome.REFUSED:
        agrees = 200 <= status < 300 or status in REFUSAL_STATUSES
        return _refused(envelope, question) if agrees else _Verdict(Outcome.AMBIGUOUS)
    return _Verdict(meaning.outcome, silent=meaning.silent)


def _is_answer(status: int) -> bool:
    """Whether somebody answered at all: a redirect or a fault on the way is as good as silence."""
    return 200 <= status < 300 or 400 <= status < 500


def _judge_success(status: int, envelope: Envelope, question: Question[T]) -> _Verdict:
    if not 200 <= status < 300 or (envelope.wrapped_status or 0) >= 300:
        return _Verdict(Outcome.AMBIGUOUS, words="KRA said yes and no in one answer.")
    if not _echo_agrees(envelope, question):
        return _Verdict(Outcome.AMBIGUOUS, words="KRA's answer names another number than ours.")
    if envelope.data is None and question.when_empty is not None:
        return _Verdict(Outcome.EMPTY)
    return _Verdict(Outcome.SUCCESS)


def _judge_without_code(status: int, envelope: Envelope, question: Question[T]) -> _Verdict:
    """No code, or one nobody documented: the status of the answer or of the gateway's wrapping is all there is."""
    if status in REFUSAL_STATUSES:
        return _refused(envelope, question)
    wrapped = envelope.wrapped_status
    if wrapped is not None and envelope.code is None and 200 <= status < 300:
        if wrapped == 429:
            return _Verdict(Outcome.THROTTLED)
        if 400 <= wrapped < 500 and wrapped not in _NO_REFUSAL_IN_THE_WRAPPING:
            return _refused(envelope, question)
    return _Verdict(Outcome.AMBIGUOUS, silent=envelope.code is None)


def _refused(envelope: Envelope, question: Question[T]) -> _Verdict:
    expected = codes.expected_number(question.sequence, envelope.message)
    if expected is not None:
        return _Verdict(Outcome.SEQUENCE, expected_number=expected)
    rate = codes.expected_rate_of_band_e(envelope.message) if question.sequence is Sequence.INVOICE else None
    return _Verdict(Outcome.REFUSED, expected_rate=rate)


def _echo_agrees(envelope: Envelope, question: Question[T]) -> bool:
    """Whether every echo of our number in the answer is our number (PROTOCOL §8); no echo agrees."""
    if question.number is None or question.sequence is None:
        return True
    places: list[Mapping[str, object]] = [envelope.whole, envelope.data or {}]
    echoes = [place[name] for place in places for name in _ECHOES.get(question.sequence, ())
              if place.get(name) is not None]
    return all(read.whole(echo) == question.number for echo in echoes)


def _is_contact(exchange: Exchange, envelope: Envelope | None, question: Question[T]) -> bool:
    """Whether the answer proves contact with KRA itself (RELIABILITY §7).

    On a VSCU only a look-up that the unit must forward does: it signs, and repeats an installation, from its own disk.
    """
    if envelope is None or exchange.status is None or not _is_answer(exchange.status):
        return False
    if question.transport is Transport.VSCU and (
            question.operation.is_write or question.operation is Operation.INITIALISE):
        return False
    meaning = codes.TABLE.get(envelope.code or "")
    return meaning is not None and meaning.made_by is codes.Maker.SERVER and envelope.code not in ("900", "901")


def _message(exchange: Exchange, envelope: Envelope | None, verdict: _Verdict, secrets: tuple[str, ...]) -> str:
    words = verdict.words
    if envelope is not None and envelope.message:
        words = f"{envelope.message} ({words})" if words else envelope.message
    if not words and exchange.status is not None:
        words = f"HTTP {exchange.status}"
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    return words
