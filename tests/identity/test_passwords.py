"""Which passwords are refused, and how they are kept."""

import threading
import time

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.identity import passwords
from portal.identity.password_rules import guessed_first, is_guessable, problem_with


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2024!",
        "P@ssw0rd1234!",
        "$uperman2024",
        "qwertyuiop[]",
        "1234567890123",
        "aaaaaaaaaaaa",
        "abcabcabcabcabc",
        "Nairobi2024!",
        "iloveyou12345",
        "passwordpassword",
        "1q2w3e4r5t6y",
        "harambee2025",
        "jesusislord!",
        "zxcvbnm,./123",
        "welcome to kenya",
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize(
    "password",
    ["maji ni uhai wetu", "samaki mkunje angali mbichi", "g7Fq-zzK2-pL9w", "four goats on the roof", "пароль из слов"],
)
def test_a_short_sentence_or_a_random_one_is_taken(app: Flask, password: str) -> None:
    with app.app_context():
        assert problem_with(password, ("grace@mfano.example", "Mfano Traders")) is None


@pytest.mark.parametrize("password", ["mfanotraders1", "Grace.Wanjiru.2024", "P051365947M!!", "grace@mfano.example"])
def test_what_a_guesser_knows_of_the_business_is_refused(app: Flask, password: str) -> None:
    with app.app_context():
        assert problem_with(password, ("grace.wanjiru@mfano.example", "Mfano Traders Limited", "P051365947M"))


@given(st.text(min_size=12, max_size=128))
def test_any_text_gets_an_answer(password: str) -> None:
    assert is_guessable(password) in (True, False)


@given(st.sampled_from(sorted(guessed_first())), st.integers(1900, 2099), st.sampled_from(["", "!", "123", "abc"]))
def test_a_listed_word_with_a_year_and_a_run_is_always_refused(word: str, year: int, end: str) -> None:
    assert is_guessable(f"{word.capitalize()}{year}{end}")


def test_é_is_the_same_letter_however_a_keyboard_composes_it() -> None:
    assert passwords.verify(passwords.hash_password("caf\u00e9 na mandazi"), "cafe\u0301 na mandazi")


@pytest.mark.parametrize("stored", [None, "!", "", "$argon2id$broken"])
def test_nobody_signs_in_without_a_hash(stored: str | None) -> None:
    assert not passwords.verify(stored, "nobody has this password")


def test_a_password_of_two_megabytes_costs_no_more_than_a_long_one() -> None:
    stored = passwords.hash_password("x" * 128)
    assert not passwords.verify(stored, "x" * 2_000_000)


def test_at_most_two_hashes_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    done = threading.Event()

    class Slow:
        def hash(self, _password: bytes) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            done.wait(0.05)
            with lock:
                running -= 1
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=passwords.hash_password, args=["x"]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_an_unknown_person_takes_as_long_as_a_known_one() -> None:
    stored = passwords.hash_password("maji ni uhai wetu")

    def fastest(kept: str | None) -> float:
        passwords.verify(kept, "warm")
        return min(timed(kept) for _ in range(5))

    def timed(kept: str | None) -> float:
        start = time.perf_counter()
        passwords.verify(kept, "not the password")
        return time.perf_counter() - start

    known, unknown, unusable = fastest(stored), fastest(None), fastest("!")
    assert 0.5 < unknown / known < 2
    assert 0.5 < unusable / known < 2
