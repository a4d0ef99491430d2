"""The arithmetic of waiting, and which neighbours are counted together."""

import threading

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import TooManyTries
from portal.identity import throttle
from portal.infra.db import transaction
from portal.infra.tenancy import acting_for_nobody
from tests.support.people import psql
from tests.support.stack import TestDatabase


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("197.248.10.7", "197.248.10.0/24"),
        ("2c0f:fe38:2001:1234::1", "2c0f:fe38:2001:1200::/56"),
        ("::ffff:197.248.10.7", "197.248.10.0/24"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_neighbours_are_counted_together(address: str | None, network: str) -> None:
    assert throttle.network_of(address) == network


@given(st.integers(1, 10_000))
def test_the_wait_never_shrinks_and_never_lasts_for_ever(tries: int) -> None:
    limit = throttle.SIGN_IN_ACCOUNT
    assert limit.wait_after(tries) <= limit.wait_after(tries + 1) <= 15 * 60
    assert (limit.wait_after(tries) == 0) is (tries < 5)


def test_a_hundred_tries_sent_at_once_are_counted_one_by_one(app: Flask, dsns: TestDatabase) -> None:
    let_in, lock = [], threading.Lock()

    def attempt() -> None:
        with app.app_context(), acting_for_nobody():
            try:
                with transaction():
                    throttle.count(throttle.SIGN_IN_ACCOUNT, "grace@mfano.example")
            except TooManyTries:
                return
            with lock:
                let_in.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_in) == 5
    assert psql(dsns, "SELECT failures FROM throttle") == [(5,)]


def test_rows_that_no_longer_count_go_by_themselves(app: Flask, dsns: TestDatabase) -> None:
    psql(dsns, """INSERT INTO throttle (scope, key_sha256, window_began_at, shut_until) VALUES
                  ('public_address', 'old', now() - interval '3 days', NULL),
                  ('public_address', 'shut', now() - interval '3 days', now() + interval '1 hour')""")  # fmt: skip
    with app.app_context(), acting_for_nobody(), transaction():
        throttle.count(throttle.SIGN_UP_ADDRESS, "197.248.10.0/24")
    assert psql(dsns, "SELECT count(*) FROM throttle WHERE key_sha256 = 'old'") == [(0,)]
    assert psql(dsns, "SELECT count(*) FROM throttle WHERE key_sha256 = 'shut'") == [(1,)]


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "Wait 1 second,"), (59, "Wait 59 seconds,"), (61, "Wait 2 minutes,"), (900, "Wait 15 minutes,")]
)
def test_the_wait_is_said_in_words(app: Flask, seconds: int, words: str) -> None:
    with app.app_context():
        assert words in throttle.wait_in_words(seconds)
