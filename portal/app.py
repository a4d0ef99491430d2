"""The application: settings in, a Flask app with every feature out."""

from __future__ import annotations

from flask import Flask, g
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import registry, shell
from portal.identity import access, sessions
from portal.infra import limits, logging, mail, web
from portal.infra.db import CONNECTION_OPTIONS, db, migrate
from portal.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """A Flask app for `settings` (the environment's by default); it opens no connection by itself."""
    settings = settings or Settings.from_env()
    app = Flask("portal", template_folder="../templates", static_folder=None)
    app.extensions["settings"] = settings
    logging.set_up(json=settings.is_production)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.lane_threads + 4,
            "max_overflow": 0,
            # The connection that was used last knows the statements that are used most.
            "pool_use_lifo": True,
            "connect_args": {"options": CONNECTION_OPTIONS, "connect_timeout": 5},
        },
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=f"{app.root_path}/../migrations", compare_type=True)
    web.init_app(app)
    limits.init_app(app)
    mail.init_app(app)
    # Outermost: what the proxies say of the visitor's address must be known before anything counts it.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    access.init_app(app)
    app.after_request(sessions.set_cookie)
    _login_manager(app)
    registry.register(app)
    shell.init_app(app)
    return app


def _login_manager(app: Flask) -> None:
    """Flask-Login shows templates who is signed in; which session that is, our own table decides."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(lambda _request: g.get("person"))
    manager.init_app(app)
