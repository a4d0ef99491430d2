"""People who can log in, and a look into the database past all policies."""

from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.identity import passwords
from portal.identity.models import Person
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from tests.support.stack import TestDatabase
from tests.support.world import new_person

PASSWORD = "maji ni uhai wetu"


def person_with_password(app: Flask, person_id: UUID | None = None) -> UUID:
    """A person (a new one when none is given) whose password is PASSWORD."""
    person_id = person_id or new_person(app)
    with app.app_context(), acting_for_nobody():
        kept = passwords.hash_password(PASSWORD)
        db.session.execute(update(Person).where(Person.id == person_id).values(password_hash=kept))
        db.session.commit()
    return person_id


def email_of(app: Flask, person_id: UUID) -> str:
    """The address a person logs in with."""
    with app.app_context(), acting_for_nobody():
        return db.session.execute(select(Person.email).where(Person.id == person_id)).scalar_one()


def psql(dsns: TestDatabase, statement: str) -> list[Any]:
    """Run one statement as superuser, for whom no policy speaks; its rows when it has any."""
    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def refusal(answer: TestResponse) -> int | str | None:
    """`log in` (a program: show a token), 403 or 404 when the door stayed shut; None for every other answer."""
    location = answer.headers.get("Location", "")
    if answer.status_code in (302, 303) and location.startswith("/login") and "bye" not in location:
        return "log in"
    if answer.status_code == 401:
        return "log in"
    return answer.status_code if answer.status_code in (403, 404) else None
