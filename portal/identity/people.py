"""Adding people and finding them: parts of acts, without a transaction of their own."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import select

from portal.identity import letters
from portal.identity.models import Person
from portal.infra.db import db

LONGEST_NAME = 60


def name_from(email: str) -> str:
    """What to call somebody who has told us only an address: `grace.wanjiru@…` is Grace Wanjiru."""
    words = [word for word in re.split(r"[^a-z]+", email.partition("@")[0]) if word]
    return " ".join(word.capitalize() for word in words)[:LONGEST_NAME].strip() or _("Owner")


def add(email: str, phone: str | None, password_hash: str, sign_up_key: str | None) -> Person:
    """A new person, and the letter that asks to confirm the address; IntegrityError when the address or the key is known."""
    person = Person(
        email=email, name=name_from(email), phone=phone, password_hash=password_hash, sign_up_key=sign_up_key
    )
    db.session.add(person)
    db.session.flush()
    letters.write(person.id, letters.CONFIRM_EMAIL)
    return person


def by_email(email: str) -> Person | None:
    """The person with this address, in whatever case it was typed."""
    return db.session.execute(select(Person).where(Person.email == email.strip().lower())).scalar_one_or_none()


def by_sign_up_key(key: str) -> Person | None:
    """Who signed up with this very form."""
    return db.session.execute(select(Person).where(Person.sign_up_key == key)).scalar_one_or_none()
