"""What is known of a person: the browsers in which they are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from portal.identity.models import PersonSession
from portal.identity.sessions import ABSOLUTE, IDLE
from portal.infra.db import db

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
DEVICES = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip


def sessions_of(person_id: UUID) -> Sequence[PersonSession]:
    """The sessions of a person that are alive, last used first."""
    alive = select(PersonSession).where(
        PersonSession.person_id == person_id,
        PersonSession.ended_at.is_(None),
        PersonSession.last_seen_at > func.now() - IDLE,
        PersonSession.signed_in_at > func.now() - ABSOLUTE,
    )
    return db.session.execute(alive.order_by(PersonSession.last_seen_at.desc())).scalars().all()


def browser_words(user_agent: str) -> str:
    """`Chrome on Android`, or the beginning of what the browser calls itself."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), None)
    device = next((name for mark, name in DEVICES if mark in user_agent), None)
    if browser and device:
        return f"{browser} on {device}"
    return browser or device or user_agent[:40]
