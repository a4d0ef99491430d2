"""How often programs and visitors may ask: counted in Redis for all processes, in memory while Redis is away.

Signing in, resets and second factors count in PostgreSQL instead (`portal/identity/throttle.py`).
"""

from __future__ import annotations

import time

from flask import Flask, request
from flask_limiter import HeaderNames, Limiter

from portal.infra.crypto import sha256

# A till needs a few calls a second; a script that imports may use a hundred.
OF_A_PROGRAM = "6000 per minute"
OF_AN_ADDRESS = "12000 per minute"
OF_A_VISITOR = "600 per minute"


def program() -> str:
    """Who calls: the hash of the token that is shown, else the address."""
    shown = request.headers.get("Authorization", "")
    return f"token:{sha256(shown).hex()}" if shown else address()


def address() -> str:
    """The network address a request comes from."""
    return f"address:{request.remote_addr or 'unknown'}"


limiter = Limiter(
    program,
    headers_enabled=True,
    in_memory_fallback_enabled=True,
    retry_after="delta-seconds",
    # Retry-After itself stands on refusals only: on every answer it would tell clients to come back later.
    header_name_mapping={HeaderNames.RETRY_AFTER: "X-RateLimit-Reset-After"},
)


def seconds_to_wait() -> int:
    """When whoever was refused may ask again."""
    limit = limiter.current_limit
    return max(1, limit.reset_at - int(time.time())) if limit else 60


def init_app(app: Flask) -> None:
    """Count for `app`; a Redis that does not answer within a moment is done without."""
    app.config.update(
        RATELIMIT_STORAGE_URI=app.extensions["settings"].redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        RATELIMIT_STRATEGY="fixed-window",
        RATELIMIT_KEY_PREFIX="risiti",
    )
    limiter.init_app(app)
