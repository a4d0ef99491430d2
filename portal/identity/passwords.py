"""Passwords at rest: argon2id, never more than two at once in a process, and the same time for people we do not know."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from flask_babel import gettext as _

from portal.errors import TooManyTries

LONGEST = 128
WAIT_SECONDS = 10
# `RELIABILITY.md` §12: at least 19456 KiB, two passes, one lane; about 40 MiB for the two that may run at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_seats = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The argon2id hash that is kept."""
    with _seat():
        return _hasher.hash(_bytes(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`; takes as long when there is none, or when it cannot be right."""
    right = stored or _nobodys_hash()
    possible = bool(stored) and len(password) <= LONGEST
    with _seat():
        try:
            return _hasher.verify(right, _bytes(password[:LONGEST])) and possible
        except (VerifyMismatchError, VerificationError):
            return False
        except InvalidHashError:  # an account without a password: nobody signs in to it
            _hasher.hash(_bytes(password[:LONGEST]))
            return False


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache
def _nobodys_hash() -> str:
    return _hasher.hash(b"nobody has this password")


def _bytes(password: str) -> bytes:
    # A phone and a laptop may compose é differently; a half character has no UTF-8 of its own.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@contextmanager
def _seat() -> Iterator[None]:
    if not _seats.acquire(timeout=WAIT_SECONDS):
        raise TooManyTries(_("Many people are signing in at this moment. Wait ten seconds, then try again."), WAIT_SECONDS)
    try:
        yield
    finally:
        _seats.release()
