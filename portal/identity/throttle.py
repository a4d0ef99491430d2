"""How often something may be tried, kept in PostgreSQL so that losing Redis never opens it (`RELIABILITY.md` §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from math import ceil

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import text

from portal.errors import TooManyTries
from portal.infra.crypto import sha256
from portal.infra.db import db

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries in a window, then a wait after each further one; never a lock for ever."""

    scope: str
    free: int
    window_seconds: int
    waits: Sequence[int]

    def wait_after(self, tries: int) -> int:
        """How many seconds the next try has to wait after this many."""
        if tries < self.free:
            return 0
        return self.waits[min(tries - self.free, len(self.waits) - 1)]


SIGN_IN_ACCOUNT = Limit("sign_in_account", 5, 24 * HOUR, [1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE])
SIGN_IN_ADDRESS = Limit("sign_in_address", 50, HOUR, [MINUTE])
RESET_ACCOUNT = Limit("reset_account", 3, HOUR, [HOUR])
RESET_ADDRESS = Limit("reset_address", 20, HOUR, [5 * MINUTE])
SIGN_UP_ADDRESS = Limit("sign_up_address", 30, HOUR, [MINUTE])


def count(limit: Limit, key: str) -> None:
    """Count one try as failed, inside the open act and before it is made; raises TooManyTries while the wait lasts.

    Counting first means that a hundred guesses sent at once are a hundred tries. `forgive` takes back what succeeded.
    """
    _forget_old()
    row = {"scope": limit.scope, "key": sha256(key), "window": limit.window_seconds}
    tries = db.session.execute(_COUNT, row).scalar_one_or_none()
    if tries is None:
        seconds = db.session.execute(_LEFT, row).scalar_one()
        raise TooManyTries(wait_in_words(ceil(seconds)), max(1, ceil(seconds)))
    if wait := limit.wait_after(tries):
        db.session.execute(_SHUT, row | {"wait": wait})


def forgive(limit: Limit, key: str) -> None:
    """Take one try back, because it succeeded."""
    db.session.execute(_FORGIVE, {"scope": limit.scope, "key": sha256(key), "free": limit.free})


def forget(limit: Limit, key: str) -> None:
    """Begin anew for this account: it proved who it is."""
    db.session.execute(_FORGET, {"scope": limit.scope, "key": sha256(key)})


def network_of(address: str | None) -> str:
    """The neighbourhood an address is counted with: /24, or /56 for IPv6."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((mapped, 24 if mapped.version == 4 else 56), strict=False))


def wait_in_words(seconds: int) -> str:
    """`Too many tries in a short time. Wait 2 minutes, then try again.`"""
    if seconds < MINUTE:
        wait = ngettext("Wait %(num)s second, then try again.", "Wait %(num)s seconds, then try again.", max(1, seconds))
    else:
        wait = ngettext("Wait %(num)s minute, then try again.", "Wait %(num)s minutes, then try again.", ceil(seconds / MINUTE))
    return _("Too many tries in a short time.") + " " + wait


def _forget_old() -> None:
    """A few rows that no longer count go with each try, so that the table stays small by itself."""
    db.session.execute(_SWEEP)


_OVER = "throttle.window_began_at < clock_timestamp() - interval '1 second' * :window"
_COUNT = text(f"""
    INSERT INTO throttle (scope, key_sha256, failures) VALUES (:scope, :key, 1)
    ON CONFLICT (scope, key_sha256) DO UPDATE SET
      failures = CASE WHEN {_OVER} THEN 1 ELSE throttle.failures + 1 END,
      window_began_at = CASE WHEN {_OVER} THEN clock_timestamp() ELSE throttle.window_began_at END,
      shut_until = NULL
    WHERE throttle.shut_until IS NULL OR throttle.shut_until <= clock_timestamp()
    RETURNING failures""")  # noqa: S608 (a constant of ours)
_LEFT = text("""SELECT greatest(extract(epoch FROM shut_until - clock_timestamp()), 1)::float8 FROM throttle
                 WHERE scope = :scope AND key_sha256 = :key""")
_SHUT = text("""UPDATE throttle SET shut_until = clock_timestamp() + interval '1 second' * :wait
                 WHERE scope = :scope AND key_sha256 = :key""")
_FORGIVE = text("""UPDATE throttle SET failures = greatest(failures - 1, 0),
                          shut_until = CASE WHEN failures - 1 < :free THEN NULL ELSE shut_until END
                    WHERE scope = :scope AND key_sha256 = :key""")
_FORGET = text("DELETE FROM throttle WHERE scope = :scope AND key_sha256 = :key")
_SWEEP = text("""
    DELETE FROM throttle WHERE (scope, key_sha256) IN (
      SELECT scope, key_sha256 FROM throttle
       WHERE window_began_at < now() - interval '2 days' AND (shut_until IS NULL OR shut_until < now())
       LIMIT 10 FOR UPDATE SKIP LOCKED)""")
