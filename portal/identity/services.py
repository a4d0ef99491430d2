"""Coming in and going out: sign in, sign out, passwords, links that work once."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from portal.errors import BadInput, NotFound
from portal.identity import letters, passwords, people, sessions, throttle
from portal.identity.errors import LinkGone
from portal.identity.models import OneTimeLink, Person, PersonSession
from portal.identity.password_rules import problem_with
from portal.infra import queue
from portal.infra.crypto import sha256
from portal.infra.db import after_commit, db, transaction


def sign_in(email: str, password: str, address: str | None) -> Person:
    """Sign this browser in; raises BadInput with the same words and after the same time whether the person exists or not."""
    email = email.strip().lower()
    network = throttle.network_of(address)
    with transaction():
        throttle.count(throttle.SIGN_IN_ACCOUNT, email)
        throttle.count(throttle.SIGN_IN_ADDRESS, network)
        person = people.by_email(email)
    right = passwords.verify(person.password_hash if person else None, password)
    if person is None or not right or person.disabled_at is not None:
        raise BadInput(_("The e-mail or the password is not right. Look at both and try again."))
    with transaction():
        throttle.forget(throttle.SIGN_IN_ACCOUNT, email)
        throttle.forgive(throttle.SIGN_IN_ADDRESS, network)
        if passwords.is_outdated(person.password_hash):
            _keep_password(person.id, passwords.hash_password(password))
        sessions.end_current()
        sessions.begin(person)
    return person


def prove_again(person: Person, here: PersonSession, password: str) -> None:
    """Let this session count as freshly signed in, for who knows the password; raises BadInput or TooManyTries."""
    db.session.commit()  # nothing slow sits inside a transaction
    with transaction():
        throttle.count(throttle.SIGN_IN_ACCOUNT, person.email)
    if not passwords.verify(person.password_hash, password):
        raise BadInput(_("This is not your password. Try again."))
    with transaction():
        throttle.forget(throttle.SIGN_IN_ACCOUNT, person.email)
        db.session.execute(update(PersonSession).where(PersonSession.id == here.id).values(password_at=func.now()))


def begin_session(person_id: UUID, tenant_id: UUID | None) -> None:
    """Give this browser a fresh session of a person who is known already: after sign-up, or to enter a business."""
    with transaction():
        person = db.session.execute(select(Person).where(Person.id == person_id)).scalar_one()
        sessions.begin(person, tenant_id)


def sign_out() -> None:
    """End the session of this browser, if it has one."""
    with transaction():
        sessions.end_current()


def ask_for_reset(email: str, address: str | None) -> None:
    """Have a link mailed with which a new password can be set, if somebody has this address; the caller never learns."""
    with transaction():
        throttle.count(throttle.RESET_ACCOUNT, email.strip().lower())
        throttle.count(throttle.RESET_ADDRESS, throttle.network_of(address))
        person = people.by_email(email)
        if person is not None and person.disabled_at is None:
            letters.write(person.id, letters.RESET_PASSWORD)
        after_commit(queue.ring_documents)


def person_of_link(token: str, purpose: str) -> Person:
    """Whose link this is, while it works; raises LinkGone."""
    alive = (
        select(Person)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.token_sha256 == sha256(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > func.now(),
            Person.disabled_at.is_(None),
        )
    )
    person = db.session.execute(alive).scalar_one_or_none()
    if person is None:
        raise LinkGone
    return person


def reset_password(token: str, password: str) -> None:
    """Set a new password by a link: every session ends, the address is proven, a letter says that it happened."""
    person = person_of_link(token, letters.RESET_PASSWORD)
    _refuse_weak(password, person)
    # Nothing slow sits inside a transaction, and the look-up above has opened one.
    db.session.commit()
    kept = passwords.hash_password(password)
    with transaction():
        _use_link(token, letters.RESET_PASSWORD)
        _keep_password(person.id, kept)
        proven = update(Person).where(Person.id == person.id, Person.email_confirmed_at.is_(None))
        db.session.execute(proven.values(email_confirmed_at=func.now()))
        sessions.end_all(person.id)
        throttle.forget(throttle.SIGN_IN_ACCOUNT, person.email)
        letters.write(person.id, letters.PASSWORD_CHANGED)


def confirm_email(token: str) -> None:
    """Note that the person reads mail at the address; raises LinkGone for one that no longer works."""
    with transaction():
        person = person_of_link(token, letters.CONFIRM_EMAIL)
        _use_link(token, letters.CONFIRM_EMAIL)
        db.session.execute(update(Person).where(Person.id == person.id).values(email_confirmed_at=func.now()))


def send_confirmation_again(person: Person) -> None:
    """Mail another link to confirm the address; at most three in an hour."""
    with transaction():
        throttle.count(throttle.RESET_ACCOUNT, f"confirm {person.email}")
        if person.email_confirmed_at is None:
            letters.write(person.id, letters.CONFIRM_EMAIL)


def change_password(person: Person, here: PersonSession, current: str, new: str) -> None:
    """Set a new password for who knows the current one; every other session ends, a letter says that it happened."""
    with transaction():
        throttle.count(throttle.SIGN_IN_ACCOUNT, person.email)
    if not passwords.verify(person.password_hash, current):
        raise BadInput(_("This is not your current password."), "current")
    _refuse_weak(new, person, "new")
    kept = passwords.hash_password(new)
    with transaction():
        throttle.forget(throttle.SIGN_IN_ACCOUNT, person.email)
        _keep_password(person.id, kept)
        db.session.execute(update(PersonSession).where(PersonSession.id == here.id).values(password_at=func.now()))
        sessions.end_all(person.id, but=here.id)
        letters.write(person.id, letters.PASSWORD_CHANGED)


def end_session(person: Person, session_id: UUID) -> None:
    """Sign out one browser of this person; raises NotFound for a session that is over or somebody else's."""
    with transaction():
        own = update(PersonSession).where(
            PersonSession.id == session_id, PersonSession.person_id == person.id, PersonSession.ended_at.is_(None)
        )
        if db.session.execute(own.values(ended_at=func.now()).returning(PersonSession.id)).one_or_none() is None:
            raise NotFound


def end_other_sessions(person: Person, here: PersonSession) -> None:
    """Sign out every other browser of this person."""
    with transaction():
        sessions.end_all(person.id, but=here.id)


def choose_theme(person: Person, theme: str) -> None:
    """Keep light or dark for every browser of this person; anything else follows the device."""
    with transaction():
        chosen = theme if theme in ("light", "dark") else None
        db.session.execute(update(Person).where(Person.id == person.id).values(theme=chosen))


def rename(person: Person, name: str) -> None:
    """Change what the person is called: on pages, in the activity log, as the operator on new invoices."""
    with transaction():
        db.session.execute(update(Person).where(Person.id == person.id).values(name=name))


def _refuse_weak(password: str, person: Person, field: str = "password") -> None:
    if problem := problem_with(password, (person.email, person.name)):
        raise BadInput(problem, field)


def _keep_password(person_id: UUID, password_hash: str) -> None:
    db.session.execute(update(Person).where(Person.id == person_id).values(password_hash=password_hash))


def _use_link(token: str, purpose: str) -> None:
    """Mark the link as used, once: of two presses at the same time one is refused."""
    link = update(OneTimeLink).where(
        OneTimeLink.token_sha256 == sha256(token), OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None)
    )
    if db.session.execute(link.values(used_at=func.now()).returning(OneTimeLink.id)).one_or_none() is None:
        raise LinkGone
