"""Structured log lines that never carry a secret (`RELIABILITY.md` §11)."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(r"key|authorization|cookie|password|otp|token|secret|sign|intrl", re.IGNORECASE)
PIN = re.compile(r"\b([AP])[0-9]{9}([A-Z])\b")
EMAIL = re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+)")
PHONE = re.compile(r"\+[0-9]{6,12}([0-9]{2})\b")


def without_secrets(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The same line with secret fields cut and PINs, phones and e-mails masked."""
    for name, value in fields.items():
        if SECRET_NAMES.search(name):
            fields[name] = "***"
        elif isinstance(value, str):
            fields[name] = masked(value)
    return fields


def masked(text: str) -> str:
    """`text` with PINs, e-mail addresses and phone numbers made unreadable."""
    text = PIN.sub(r"\1***\2", text)
    text = EMAIL.sub(r"\1***@\2", text)
    return PHONE.sub(r"+***\1", text)


def set_up(json: bool) -> None:
    """Send structlog and the standard library's log to stdout, as JSON lines in production."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(processors=[*shared, last], cache_logger_on_first_use=True)
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True)
