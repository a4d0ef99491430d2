"""Letters: a row first, sent by a worker, with links that work once and are known to the database by their hash only."""

import re
from uuid import UUID

import pytest
from flask import Flask
from flask_mailman import EmailMessage

from portal.identity import letters
from portal.infra import mail
from portal.infra.tenancy import acting_for_nobody
from tests.support.people import PASSWORD, email_of, person_with_password, psql
from tests.support.stack import TestDatabase
from tests.support.world import signed_in, visitor

NEW = "samaki mkunje angali mbichi"


@pytest.fixture
def grace(app: Flask) -> UUID:
    return person_with_password(app)


@pytest.fixture
def outbox(app: Flask) -> list[EmailMessage]:
    """The mails that went out in this test."""
    mails: list[EmailMessage] = []
    app.extensions["mailman"].outbox = mails
    return mails


def worker_runs(app: Flask) -> int:
    with app.app_context():
        return letters.send_due()


def link_in(message: EmailMessage) -> str:
    found = re.search(r"http://[^/\s]+(/\S+)", message.body)
    assert found
    return found[1]


def ask_for_reset(app: Flask, email: str) -> int:
    return visitor(app).post("/reset", data={"email": email}).status_code


def test_a_forgotten_password_is_set_by_a_link_that_works_once(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    elsewhere = signed_in(app, grace)
    ask_for_reset(app, email_of(app, grace).upper())
    assert worker_runs(app) == 1
    assert outbox[0].to == [email_of(app, grace)]
    link = link_in(outbox[0])
    client = visitor(app)
    assert "Set a new password" in client.get(link).text
    assert client.post(link, data={"password": NEW}).location == "/login"
    assert client.post(link, data={"password": NEW + "!"}).status_code == 404
    assert client.get(link).status_code == 404
    assert elsewhere.get("/account").status_code == 303
    log_in = {"email": email_of(app, grace), "password": NEW}
    assert client.post("/login", data=log_in).status_code == 303
    assert worker_runs(app) == 1
    assert "was changed" in outbox[1].subject


def test_the_answer_is_the_same_whether_somebody_has_the_address(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    known = visitor(app).post("/reset", data={"email": email_of(app, grace)})
    unknown = visitor(app).post("/reset", data={"email": "nobody@example.test"})
    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)
    assert len(psql(dsns, "SELECT 1 FROM letter")) == 1


def test_three_links_in_an_hour_and_then_a_wait_for_known_and_unknown_alike(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    for email in (email_of(app, grace), "nobody@example.test"):
        answers = [visitor(app).post("/reset", data={"email": email}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
        assert "Wait 60 minutes" in answers[3].text
        assert 3500 < int(answers[3].headers["Retry-After"]) <= 3600
    psql(dsns, "UPDATE throttle SET window_began_at = now() - interval '61 minutes', shut_until = now() - interval '1 minute'")
    assert ask_for_reset(app, email_of(app, grace)) == 303


def test_only_the_hash_of_a_link_is_kept(app: Flask, grace: UUID, outbox: list[EmailMessage], dsns: TestDatabase) -> None:
    ask_for_reset(app, email_of(app, grace))
    assert psql(dsns, "SELECT token_sha256 FROM one_time_link") == [(None,)]
    worker_runs(app)
    token = link_in(outbox[0]).rsplit("/", 1)[1]
    assert len(token) >= 43
    assert psql(dsns, f"SELECT token_sha256 = sha256('{token}'::bytea) FROM one_time_link") == [(True,)]


def test_a_newer_link_ends_the_older_one(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    for _ in range(2):
        ask_for_reset(app, email_of(app, grace))
        worker_runs(app)
    assert visitor(app).get(link_in(outbox[0])).status_code == 404
    assert visitor(app).get(link_in(outbox[1])).status_code == 200


def test_two_requests_before_the_worker_runs_give_one_letter_with_a_link_that_works(
    app: Flask, grace: UUID, outbox: list[EmailMessage]
) -> None:
    ask_for_reset(app, email_of(app, grace))
    ask_for_reset(app, email_of(app, grace))
    assert worker_runs(app) == 1
    assert visitor(app).get(link_in(outbox[0])).status_code == 200


def test_a_link_is_too_old_after_an_hour(app: Flask, grace: UUID, outbox: list[EmailMessage], dsns: TestDatabase) -> None:
    ask_for_reset(app, email_of(app, grace))
    worker_runs(app)
    psql(dsns, "UPDATE one_time_link SET expires_at = expires_at - interval '1 hour 1 second'")
    answer = visitor(app).post(link_in(outbox[0]), data={"password": NEW})
    assert answer.status_code == 404
    assert "This link was used, is too old, or a newer one was sent." in answer.text


def test_a_link_to_confirm_sets_no_password(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    signed_in(app, grace).post("/account/confirmation")
    worker_runs(app)
    token = link_in(outbox[0]).rsplit("/", 1)[1]
    assert visitor(app).get(f"/reset/{token}").status_code == 404


def test_a_weak_new_password_leaves_the_link_usable(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    ask_for_reset(app, email_of(app, grace))
    worker_runs(app)
    link = link_in(outbox[0])
    assert visitor(app).post(link, data={"password": "password1234"}).status_code == 422
    assert visitor(app).post(link, data={"password": NEW}).status_code == 303


def test_an_address_is_confirmed_by_a_press_and_not_by_looking(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    client = signed_in(app, grace)
    assert "Confirm your e-mail address" in client.get("/account").text
    client.post("/account/confirmation")
    worker_runs(app)
    link = link_in(outbox[0])
    assert visitor(app).get(link).status_code == visitor(app).get(link).status_code == 200
    assert "Confirm your e-mail address" in client.get("/account").text
    assert visitor(app).post(link).status_code == 303
    assert "Confirm your e-mail address" not in client.get("/account").text
    assert visitor(app).post(link).status_code == 404


def test_a_letter_that_could_not_be_sent_is_sent_later_with_a_link_that_works(
    app: Flask, grace: UUID, outbox: list[EmailMessage], dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_reset(app, email_of(app, grace))
    with monkeypatch.context() as away:
        away.setattr(mail, "send", lambda *_: (_ for _ in ()).throw(ConnectionRefusedError()))
        assert worker_runs(app) == 0
    assert worker_runs(app) == 0, "not before its pause is over"
    psql(dsns, "UPDATE letter SET not_before = now()")
    assert worker_runs(app) == 1
    assert visitor(app).get(link_in(outbox[0])).status_code == 200
    assert worker_runs(app) == 0


def test_the_password_never_stands_in_a_letter(app: Flask, grace: UUID, outbox: list[EmailMessage]) -> None:
    signed_in(app, grace).post("/account/password", data={"current": PASSWORD, "new": NEW})
    worker_runs(app)
    assert outbox and not any(secret in message.body for message in outbox for secret in (PASSWORD, NEW))


def test_a_mail_server_that_is_away_is_asked_once_and_not_for_every_letter(
    app: Flask, grace: UUID, dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        psql(dsns, f"INSERT INTO letter (person_id, kind) VALUES ('{grace}', 'password_changed')")
    asked = []

    def away(*_: object) -> None:
        asked.append(1)
        raise TimeoutError

    monkeypatch.setattr(mail, "send", away)
    assert worker_runs(app) == 0
    assert len(asked) == 1
    assert psql(dsns, "SELECT count(*) FROM letter WHERE attempts = 0") == [(2,)]


def test_after_ten_attempts_a_letter_wakes_nobody_any_more(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    psql(dsns, f"INSERT INTO letter (person_id, kind, attempts) VALUES ('{grace}', 'password_changed', 9)")
    with app.app_context(), acting_for_nobody():
        assert letters.are_due()
    psql(dsns, "UPDATE letter SET attempts = 10")
    with app.app_context(), acting_for_nobody():
        assert not letters.are_due()
