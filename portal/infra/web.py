"""What every page shares: headers, CSRF, words and figures in templates, and errors said in one place."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_babel import Babel
from flask_compress import Compress
from flask_htmx import HTMX
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.errors import PortalError, TooManyTries
from portal.infra import limits, problems, static, wording
from portal.infra.db import db

log = structlog.get_logger()
csrf = CSRFProtect()
htmx = HTMX()
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NO_ID = uuid.UUID(int=0)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
KNOWN_PAGES = {400, 403, 404, 409, 413, 419, 422, 429, 500, 503}


def init_app(app: Flask) -> None:
    """Dress `app` with everything above."""
    settings = app.extensions["settings"]
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-visitor" if settings.secure_cookies else "visitor",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=12_000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="en_KE",
        BABEL_DEFAULT_TIMEZONE="Africa/Nairobi",
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/csv"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_options["extensions"] = ["jinja2.ext.i18n"]
    Babel(app)
    htmx.init_app(app)
    Compress(app)
    static.serve(app)
    wording.init_app(app)
    app.before_request(_begin)
    csrf.init_app(app)
    app.after_request(_finish)
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _stale_form)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if 8 <= len(given) <= 64 and given.isalnum() else uuid.uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, route=str(request.url_rule or "-"))
    site = request.headers.get("Sec-Fetch-Site")
    if request.method not in SAFE_METHODS and site not in (None, "same-origin", "none") and not wants_json():
        raise CSRFError("The form came from another site.")


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings = current_app.extensions["settings"]
    if settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    response.headers["X-Request-ID"] = g.get("request_id", "-")
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.vary.add("HX-Request")
    return response


def wants_json() -> bool:
    """Whether the caller is a program that reads JSON (the API), not a page."""
    return request.path.startswith("/api/")


def page_of_error(status: int, sentence: str | None = None, **context: Any) -> tuple[str, int] | Response:
    """The page or problem document that says what happened; `sentence` is ours, never the text of an exception."""
    db.session.rollback()
    if wants_json():
        return problems.answer(status, sentence)
    template = f"errors/{status if status in KNOWN_PAGES else 400}.html"
    return render_template(template, sentence=sentence, **context), status


def _portal_error(error: PortalError) -> Response:
    if wants_json():
        db.session.rollback()
        return problems.of_error(error)
    wait = error.retry_after if isinstance(error, TooManyTries) else None
    response = current_app.make_response(page_of_error(error.status, error.sentence, retry_after=wait))
    # htmx swaps a 409 or 422 into its target, which is right for a form that came back, and wrong for a page of error:
    # as a 400 the page's words go into the banner, and what was typed stays.
    response.status_code = 400 if htmx and error.status in (409, 422) else error.status
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _stale_form(_error: CSRFError) -> Response:
    response = current_app.make_response(page_of_error(419))
    response.status_code = 400
    return response


def _database_away(error: SQLAlchemyError) -> Response:
    """The database is away, or a lock or the pool was waited for too long: nothing was changed, and it may work soon."""
    log.error("database_away", problem=type(getattr(error, "orig", None) or error).__name__)
    for name in ("actor", "person"):
        g.pop(name, None)  # the frame of a signed-in page would ask the database again
    response = current_app.make_response(page_of_error(503))
    response.headers["Retry-After"] = "10"
    return response


def _http_error(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if isinstance(error, InternalServerError):
        return page_of_error(500)
    response = current_app.make_response(page_of_error(error.code or 500))
    if error.code == 429:
        response.headers["Retry-After"] = str(limits.seconds_to_wait())
    if error.code == 405 and error.get_headers():
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers["Allow"] = value
    return response


def _unexpected(error: Exception) -> Any:
    if current_app.testing:
        raise error
    log.exception("unexpected")
    return page_of_error(500)


def addresses(endpoint: str, name: str) -> Callable[[uuid.UUID], str]:
    """The address of a page by its id, for lists: built once and filled in, for building costs more than drawing a row."""
    ids: dict[str, Any] = {name: NO_ID}
    before, after = url_for(endpoint, **ids).split(str(NO_ID))
    return lambda each: f"{before}{each}{after}"
