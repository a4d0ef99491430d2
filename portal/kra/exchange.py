"""What went over the wire, as a value: the only thing the classifier looks at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP call: either nothing left (`sent` False), or it broke (`failure`), or there is a status and a body."""

    sent: bool                        # False only when it is proved that no byte of the request left
    status: int | None = None
    body: bytes = b""
    failure: str = ""                 # our own words on what broke; never an exception's text, which may hold a key
    retry_after: int | None = None    # seconds


def not_sent(reason: str) -> Exchange:
    """Return the exchange that never began, for a proved reason."""
    return Exchange(sent=False, failure=reason)
