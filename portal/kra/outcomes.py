"""What an exchange with KRA came to: the nine classes, and the answer in our own words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Outcome(StrEnum):
    """The classes of RELIABILITY §5, and EMPTY for a look-up that found no rows."""

    SUCCESS = "success"
    EMPTY = "empty"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    SEQUENCE = "sequence"
    DEVICE = "device"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"


class Help(StrEnum):
    """The button that helps a person after such an answer (RELIABILITY §6)."""

    NOTHING = "nothing"                  # wait: the machine goes on by itself
    CHECK_AGAIN = "check_again"
    SEND_AGAIN = "send_again"
    CORRECT = "correct_and_issue_again"
    REPAIRED = "control_unit_is_repaired"
    SUPPORT = "support"                  # the operators of the portal must look: set-up or program


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """One exchange as the rest of the portal sees it; `value` is there only with SUCCESS (and EMPTY lists)."""

    outcome: Outcome
    code: str | None = None               # KRA's result code, 00 and 0 and 0000 read as 000
    message: str = ""                     # KRA's words or ours, for people and logs; never compared
    http_status: int | None = None
    value: T | None = None
    expected_number: int | None = None    # with SEQUENCE: the number KRA waits for
    expected_rate: Decimal | None = None  # with REFUSED over the rate of band E: the per cent KRA wants
    retry_after: int | None = None        # seconds, as the server asked
    silent: bool = False                  # ended in silence: no parsed answer, 5xx, 894, 896
    authenticated: bool = False           # counts as contact with KRA (RELIABILITY §7)
    result_at: datetime | None = None     # KRA's own time of the answer, aware, East Africa Time
    rows: int = 0                         # rows a look-up brought, before unreadable ones were left out
    unreadable: int = 0                   # rows that could not be read
    record: bytes = b""                   # the answer's body with secrets cut, for the evidence

    @property
    def ok(self) -> bool:
        """Whether the answer is a yes: done, or looked up and nothing found."""
        return self.outcome in (Outcome.SUCCESS, Outcome.EMPTY)

    @property
    def mark(self) -> datetime | None:
        """The moment to ask from next time; None when the answer is no base for it."""
        return self.result_at if self.ok else None

    @property
    def already_installed(self) -> bool:
        """Whether KRA says that this device was initialised before (its key is not handed out again)."""
        return self.code == "902"

    @property
    def waiting_for_approval(self) -> bool:
        """Whether KRA does not know the device (yet): the normal first answer to initialise in production."""
        return self.code == "901"
