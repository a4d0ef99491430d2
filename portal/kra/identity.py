"""Who asks: the device as KRA knows it."""

import re
from dataclasses import dataclass, field

from portal.fiscal.pins import parse_pin
from portal.kra.secret import Revealing

_BRANCH = re.compile(r"[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceIdentity:
    """A control unit by PIN, branch and serial; key and unit ids as KRA gave them at initialisation.

    The key is held for OSCU only (a VSCU keeps its own). An OSCU's sale answer repeats neither of the unit's ids, so
    they come from here.
    """

    pin: str
    branch_code: str
    serial: str = ""
    communication_key: Revealing | None = field(default=None, repr=False, compare=False)
    sdc_id: str | None = None
    mrc_number: str | None = None

    def __post_init__(self) -> None:
        parse_pin(self.pin)
        if not _BRANCH.fullmatch(self.branch_code):
            raise ValueError("A branch code has two digits; 00 is the head office.")
