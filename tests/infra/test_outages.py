"""What a visitor sees while the database or the queue is away: a clear page, and nothing lost."""

from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import RedisError

from portal.app import create_app
from portal.infra import queue
from portal.infra.db import db
from portal.settings import Settings
from tests.support.stack import TestDatabase
from tests.support.statements import recorded
from tests.support.world import Visitor, new_business

NOBODY_LISTENS = "127.0.0.1:1"
CUT = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'portal_app'"""


@pytest.fixture
def app_without_database(settings: Settings) -> Flask:
    return create_app(replace(settings, database_url=f"postgresql://portal_app:x@{NOBODY_LISTENS}/risiti"))


def test_without_the_database_a_signed_in_visitor_is_told_to_come_back(app_without_database: Flask) -> None:
    client: FlaskClient = Visitor(app_without_database, app_without_database.response_class, use_cookies=True)
    client.set_cookie("session", "t" * 40)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "<h1" in answer.text


def test_a_database_that_dies_in_the_middle_of_a_page_gives_the_same_page_and_the_next_one_works(
    app: Flask, database: TestDatabase
) -> None:
    client = new_business(app).client()

    def cut(statement: str) -> None:
        if "FROM document" in statement:
            with psycopg.connect(database.superuser_dsn, autocommit=True) as superuser:
                superuser.execute(CUT)

    with recorded(before=cut):
        assert client.get("/invoices").status_code == 503
    assert client.get("/invoices").status_code == 200


def test_connections_that_were_cut_while_they_rested_are_replaced_unseen(app: Flask, database: TestDatabase) -> None:
    client = new_business(app).client()
    assert client.get("/invoices").status_code == 200
    with psycopg.connect(database.superuser_dsn, autocommit=True) as superuser:
        superuser.execute(CUT)
    assert client.get("/invoices").status_code == 200


def test_readiness_names_what_is_missing(app: Flask, settings: Settings) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["parts"] | {"web": True, "database": True, "queue": True} == answer.json["parts"]
    assert answer.json["parts"]["clock"] is False


def test_a_queue_that_is_away_stops_neither_a_page_nor_an_act(settings: Settings, app: Flask) -> None:
    away = replace(settings, redis_url=f"redis://{NOBODY_LISTENS}/0")
    alone = create_app(away)
    alone.testing = True
    business = new_business(alone)
    answer = business.client().post("/attention/retry")
    assert answer.status_code == 303
    with pytest.raises(RedisError), alone.app_context():
        queue.ring_lanes()
    with alone.app_context():
        db.engine.dispose()
