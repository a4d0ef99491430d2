"""The one table of KRA's result codes: class, who made it, a sentence for people and the button that helps.

Source: RESULT_CODES §1 and §2 for meaning and treatment, RELIABILITY §5 for the classes. Message texts are shown and
never read, with two exceptions at the end: a refusal that names the number, or the rate of band E, it expects.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.kra.operations import Sequence
from portal.kra.outcomes import Help, Outcome

SUCCESS = "000"
SUCCESS_SPELLINGS = frozenset({"000", "00", "0", "0000"})    # the last three are tolerated on input only
NO_ROWS = "001"


class Maker(StrEnum):
    """Who makes a code: only KRA's server proves that KRA was reached."""

    SERVER = "server"
    CLIENT = "client"       # the control unit's program itself
    HEARSAY = "hearsay"     # known from a third party's table only


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one result code says, and what may be done next."""

    outcome: Outcome
    made_by: Maker
    sentence: str
    helps: Help
    silent: bool = False    # as good as no answer: the unit did not reach KRA


_WAIT = Help.NOTHING

_SERVER: Mapping[str, Meaning] = {
    code: Meaning(outcome, Maker.SERVER, sentence, helps)
    for code, outcome, helps, sentence in (
        ("000", Outcome.SUCCESS, _WAIT, "KRA has accepted it."),
        ("001", Outcome.EMPTY, _WAIT, "KRA found nothing that matches."),
        ("900", Outcome.REFUSED, Help.SUPPORT,
         "KRA could not see which business or control unit was asking. Our set-up needs a look."),
        ("901", Outcome.DEVICE, Help.REPAIRED,
         "KRA does not know this control unit, or has not approved it yet, or has blocked it. "
         "Check the serial number, the branch and the PIN on KRA's portal."),
        ("902", Outcome.DEVICE, Help.REPAIRED,
         "KRA says this control unit is installed already, and it hands out the key only once."),
        ("903", Outcome.DEVICE, Help.REPAIRED,
         "KRA has registered this control unit as another type. Only an online unit (OSCU) may use this address."),
        ("905", Outcome.DEVICE, Help.REPAIRED,
         "KRA has registered this control unit as an online unit (OSCU), but it is used as a VSCU."),
        ("910", Outcome.REFUSED, Help.CORRECT, "KRA refused a value in this document. Its message names the field."),
        ("911", Outcome.REFUSED, Help.SUPPORT, "KRA received an empty message. This is a fault on our side."),
        ("912", Outcome.REFUSED, Help.SUPPORT, "KRA refused the way it was asked. This is a fault on our side."),
        ("913", Outcome.REFUSED, Help.CORRECT,
         "KRA does not accept one of the codes, for example a unit or a packaging. Its message names the field."),
        ("921", Outcome.AMBIGUOUS, Help.CHECK_AGAIN,
         "KRA says this was declared already, or came out of order. We are finding out which."),
        ("922", Outcome.REFUSED, Help.SEND_AGAIN,
         "KRA wants the sale first. Send this again when the sale it belongs to is signed."),
        ("990", Outcome.THROTTLED, _WAIT, "KRA says we asked for too much at once. We ask again more slowly."),
        ("991", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own while saving this."),
        ("992", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own while changing this."),
        ("993", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own while deleting this."),
        ("994", Outcome.DUPLICATE, Help.CHECK_AGAIN,
         "KRA holds something under this number already. We are finding out whether it is this document."),
        ("995", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "The control unit lacks a file it must fetch from KRA first."),
        ("999", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault it did not explain."),
    )
}

_CLIENT: Mapping[str, Meaning] = {
    code: Meaning(outcome, Maker.CLIENT, sentence, helps, code in ("894", "896"))
    for code, outcome, helps, sentence in (
        ("891", Outcome.DEVICE, Help.REPAIRED,
         "The control unit could not build KRA's address. Whoever installed it must correct its settings."),
        ("892", Outcome.DEVICE, Help.REPAIRED,
         "The control unit has lost its identity or its key. Whoever installed it must repair it."),
        ("893", Outcome.REFUSED, Help.CORRECT, "The control unit could not read a value in this document."),
        ("894", Outcome.AMBIGUOUS, _WAIT,
         "The control unit cannot reach KRA: no internet, KRA is down, or 24 hours have passed without contact."),
        ("895", Outcome.REFUSED, Help.SUPPORT,
         "The control unit refused the way it was asked. This is a fault on our side."),
        ("896", Outcome.AMBIGUOUS, _WAIT, "KRA answered the control unit with a fault. We try again by ourselves."),
        ("899", Outcome.DUPLICATE, Help.CHECK_AGAIN,
         "The control unit gave a general error. It says so of an invoice it holds already, and of faults of its own."),
        ("E04", Outcome.DEVICE, Help.REPAIRED, "The control unit does not find this device or branch."),
        ("E11", Outcome.DEVICE, Help.REPAIRED,
         "The control unit's memory is full. Stop selling on it until it has sent its receipts to KRA."),
        ("E31", Outcome.REFUSED, Help.SUPPORT,
         "The control unit did not accept the date we asked from. This is a fault on our side."),
    )
}

_HEARSAY: Mapping[str, Meaning] = {
    code: Meaning(outcome, Maker.HEARSAY, sentence, helps)
    for code, outcome, helps, sentence in (
        ("01", Outcome.DEVICE, Help.REPAIRED, "KRA did not accept the control unit's key."),
        ("10", Outcome.REFUSED, Help.CORRECT, "KRA does not accept the form of a PIN in this document."),
        ("11", Outcome.DEVICE, Help.REPAIRED,
         "The control unit's memory is full. Stop selling on it until it has sent its receipts to KRA."),
        ("12", Outcome.DUPLICATE, Help.CHECK_AGAIN,
         "KRA says this number was used already. We are finding out whether it is this document."),
        ("13", Outcome.REFUSED, Help.CORRECT, "KRA does not know an item code in this document."),
        ("14", Outcome.DEVICE, Help.REPAIRED, "KRA does not know this branch."),
        ("20", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own."),
        ("96", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own."),
        ("99", Outcome.AMBIGUOUS, Help.CHECK_AGAIN, "KRA had a fault of its own."),
    )
}

TABLE: Mapping[str, Meaning] = MappingProxyType({**_SERVER, **_CLIENT, **_HEARSAY})

# What to say when no code explains it.
_BY_OUTCOME: Mapping[Outcome, tuple[str, Help]] = {
    Outcome.SUCCESS: ("KRA has accepted it.", _WAIT),
    Outcome.EMPTY: ("KRA found nothing that matches.", _WAIT),
    Outcome.NOT_SENT: ("KRA could not be reached, so nothing was sent. We try again by ourselves.", _WAIT),
    Outcome.REFUSED: ("KRA refused this. Its words say why.", Help.CORRECT),
    Outcome.SEQUENCE: ("KRA expects another number than ours. We take up its numbering.", _WAIT),
    Outcome.DEVICE: ("The control unit cannot work. It needs a person.", Help.REPAIRED),
    Outcome.THROTTLED: ("KRA asks us to be slower. We try again by ourselves.", _WAIT),
    Outcome.AMBIGUOUS: ("It is not known yet whether KRA has this. We are finding out.", Help.CHECK_AGAIN),
    Outcome.DUPLICATE: ("KRA may hold this already. We are finding out.", Help.CHECK_AGAIN),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What to tell a person about an answer, and which button helps."""

    sentence: str
    helps: Help


def explain(outcome: Outcome, code: str | None) -> Explanation:
    """Return the plain sentence for an answer: the code's own when it decided, else that of the class."""
    meaning = TABLE.get(code or "")
    if meaning is not None and meaning.outcome is outcome:
        return Explanation(meaning.sentence, meaning.helps)
    return Explanation(*_BY_OUTCOME[outcome])


def normal_code(raw: object) -> str | None:
    """Return a result code as text, every spelling of success as 000, None when there is none."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return None
    code = str(raw).strip()
    return SUCCESS if code in SUCCESS_SPELLINGS else code[:20] or None


# RESULT_CODES §4: the only refusals whose text is read. Each captures the number KRA waits for.
_EXPECTED: Mapping[Sequence, tuple[re.Pattern[str], ...]] = {
    Sequence.INVOICE: (
        re.compile(r"invalid invcno sequence,?\s*expected:?\s*(\d{1,18})\b", re.I | re.A),
        re.compile(r"invc no:?\s*\d+ is invalid,?\s*use the expected value:?\s*(\d{1,18})\b", re.I | re.A),
    ),
    Sequence.STOCK: (
        re.compile(r"invalid sarno:?\s*expected:?\s*(\d{1,18})\b", re.I | re.A),
    ),
    Sequence.ITEM: (
        re.compile(r"invalid itemcd sequence\.?\s*expected sequence ending with:?\s*\**(\d{1,18})\b", re.I | re.A),
    ),
}
# Purchases have a counter of their own but the same field name, so KRA's words for them are those of an invoice.
_EXPECTED = {**_EXPECTED, Sequence.PURCHASE: _EXPECTED[Sequence.INVOICE]}

_EXPECTED_RATE = re.compile(r"rule taxrte failed:?.*?expected:?\s*(\d{1,2}(?:\.\d{1,2})?)(?!\d)", re.I | re.A | re.S)


def expected_number(sequence: Sequence | None, message: str) -> int | None:
    """Return the number a refusal says KRA waits for, None when it says nothing of this sequence."""
    for pattern in _EXPECTED.get(sequence, ()) if sequence else ():
        match = pattern.search(message)
        if match and int(match[1]) > 0:
            return int(match[1])
    return None


def expected_rate_of_band_e(message: str) -> Decimal | None:
    """Return the per cent KRA wants in the rate field of band E, None when the refusal is not over it."""
    match = _EXPECTED_RATE.search(message)
    return Decimal(match[1]) if match else None
