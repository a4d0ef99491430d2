"""Mails to people: a row in the act, sent by the documents worker, which makes the one-time link as it mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import func, select, text, update

from portal.identity.models import Letter, OneTimeLink, Person
from portal.infra import mail, queue
from portal.infra.crypto import new_token, sha256
from portal.infra.db import after_commit, database_now, db, transaction
from portal.infra.tenancy import acting_for_nobody

log = structlog.get_logger()
CONFIRM_EMAIL, RESET_PASSWORD, PASSWORD_CHANGED = "confirm_email", "reset_password", "password_changed"
LASTS = {CONFIRM_EMAIL: timedelta(days=7), RESET_PASSWORD: timedelta(hours=1)}
PAGES = {CONFIRM_EMAIL: "identity.confirm_email", RESET_PASSWORD: "identity.reset_password"}
MOST_ATTEMPTS = 10
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Due:
    """A letter that this worker has taken; `link_id` is None where nothing is to be pressed."""

    letter_id: UUID
    kind: str
    email: str
    name: str
    link_id: UUID | None


def write(person_id: UUID, kind: str) -> None:
    """Ask, inside the open act, that this letter be mailed; a new link of its kind ends the older ones."""
    link_id = None
    if kind in LASTS:
        older = update(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.purpose == kind)
        db.session.execute(older.where(OneTimeLink.used_at.is_(None)).values(used_at=func.now()))
        link = OneTimeLink(person_id=person_id, purpose=kind, expires_at=database_now() + LASTS[kind])
        db.session.add(link)
        db.session.flush()
        link_id = link.id
    db.session.add(Letter(person_id=person_id, kind=kind, link_id=link_id))
    db.session.flush()
    after_commit(queue.ring_documents)


def send_due() -> int:
    """Mail what is due, as a worker and for nobody's business; returns how many letters went out."""
    sent = 0
    with acting_for_nobody():
        for _turn in range(MOST_AT_ONCE):
            due = _claim()
            if due is None:
                break
            try:
                sent += _send(due)
            except OSError as error:
                # The server is away: the papers behind these letters must not wait for each of them.
                log.warning("letter_not_sent", kind=due.kind, letter_id=str(due.letter_id), problem=type(error).__name__)
                break
    return sent


def are_due() -> bool:
    """Whether a worker should be woken for a letter; asked for nobody's business."""
    due = select(Letter.id).where(
        Letter.sent_at.is_(None), Letter.not_before <= func.now(), Letter.attempts < MOST_ATTEMPTS
    )
    return db.session.execute(due.limit(1)).first() is not None


def _claim() -> Due | None:
    """Take the letter that is due longest; another worker gets it only after a pause that grows with each attempt."""
    with transaction():
        row = db.session.execute(_CLAIM, {"most": MOST_ATTEMPTS}).one_or_none()
        if row is None:
            return None
        person = db.session.execute(select(Person).where(Person.id == row.person_id)).scalar_one()
        return Due(row.id, row.kind, person.email, person.name, row.link_id)


def _send(due: Due) -> int:
    """Mail one letter, 1 when it went out; raises OSError when the mail server is away."""
    token = None
    if due.link_id is not None:
        token = _fresh_token(due)
        if token is None:
            _settle(due)
            return 0
    subject, body = compose(due.kind, due.name, token)
    try:
        mail.send(due.email, subject, body)
    except ValueError as error:  # no address at all
        log.warning("letter_not_sent", kind=due.kind, letter_id=str(due.letter_id), problem=type(error).__name__)
        return 0
    _settle(due)
    return 1


def _fresh_token(due: Due) -> str | None:
    """A token whose hash now stands in the link; None when the link was ended meanwhile."""
    token = new_token()
    with transaction():
        link = update(OneTimeLink).where(OneTimeLink.id == due.link_id, OneTimeLink.used_at.is_(None))
        values = {"token_sha256": sha256(token), "expires_at": func.now() + LASTS[due.kind]}
        changed = db.session.execute(link.values(values).returning(OneTimeLink.id)).one_or_none()
    return token if changed else None


def _settle(due: Due) -> None:
    with transaction():
        db.session.execute(update(Letter).where(Letter.id == due.letter_id).values(sent_at=func.now()))


def compose(kind: str, name: str, token: str | None) -> tuple[str, str]:
    """Subject and text of a letter; `token` is in its link."""
    subjects = {
        CONFIRM_EMAIL: _("Confirm your e-mail address for Risiti"),
        RESET_PASSWORD: _("Set a new password for Risiti"),
        PASSWORD_CHANGED: _("Your Risiti password was changed"),
    }
    portal = current_app.extensions["settings"].portal_url.rstrip("/")
    link = None
    if token is not None:
        link = portal + current_app.url_map.bind("").build(PAGES[kind], {"token": token})
    return subjects[kind], render_template(f"identity/mail/{kind}.txt", name=name, link=link, portal=portal)


_CLAIM = text("""
    UPDATE letter SET attempts = attempts + 1,
           not_before = clock_timestamp() + interval '1 minute' * least(60, 2 ^ attempts)
     WHERE id = (SELECT id FROM letter WHERE sent_at IS NULL AND not_before <= clock_timestamp() AND attempts < :most
                  ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, person_id, kind, link_id""")
