"""Sending mail, by workers only: where it goes is MAIL_URL."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail

from portal.settings import SettingsError

TIMEOUT_SECONDS = 15
FORMS = "console:, memory:, file:<folder>, smtp://user:password@host:port?tls=1 or smtps://user:password@host:port"
mail = Mail()


def init_app(app: Flask) -> None:
    """Give `app` the way its MAIL_URL names; raises SettingsError for one that names none."""
    settings = app.extensions["settings"]
    app.config.update(config_of(settings.mail_url), MAIL_DEFAULT_SENDER=settings.mail_from, MAIL_TIMEOUT=TIMEOUT_SECONDS)
    mail.init_app(app)


def config_of(url: str) -> dict[str, Any]:
    """Flask-Mailman's settings for a MAIL_URL; raises SettingsError, which never repeats the URL (it holds a password)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"MAIL_URL is one of {FORMS}") from error
    match parts.scheme:
        case "console":
            return {"MAIL_BACKEND": "console"}
        case "memory":
            return {"MAIL_BACKEND": "locmem"}
        case "file" if parts.path:
            return {"MAIL_BACKEND": "file", "MAIL_FILE_PATH": parts.path}
        case "smtp" | "smtps" if parts.hostname:
            return {
                "MAIL_BACKEND": "smtp",
                "MAIL_SERVER": parts.hostname,
                "MAIL_PORT": port or (465 if parts.scheme == "smtps" else 587),
                "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
                "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
                "MAIL_USE_SSL": parts.scheme == "smtps",
                "MAIL_USE_TLS": parts.scheme == "smtp" and parse_qs(parts.query).get("tls") == ["1"],
            }
    raise SettingsError(f"MAIL_URL is one of {FORMS}")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail with what is attached to it: (name, bytes, media type); `reference` makes its Message-ID, the same each time.

    `sender` is the name beside our own address: a customer knows the shop, not the portal.
    """

    to: str
    subject: str
    body: str
    reference: str
    sender: str
    attached: tuple[tuple[str, bytes, str], ...] = ()


def send_letter(letter: Letter) -> None:
    """Hand a mail with attachments over; raises OSError when that fails, ValueError for what is no address."""
    ours = parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1]
    headers = {"Message-ID": f"<{letter.reference}@{ours.partition('@')[2]}>", "Auto-Submitted": "auto-generated"}
    sender = formataddr((" ".join(letter.sender.split()), ours))
    with mail.get_connection() as connection:
        message = EmailMessage(letter.subject, letter.body, sender, to=[letter.to], connection=connection, headers=headers)
        for name, data, media_type in letter.attached:
            message.attach(name, data, media_type)
        message.send()


def send(to: str, subject: str, body: str) -> None:
    """Hand one plain-text mail over; raises OSError (SMTP's errors are OSErrors too) when that fails."""
    with mail.get_connection() as connection:
        EmailMessage(subject, body, to=[to], connection=connection).send()
