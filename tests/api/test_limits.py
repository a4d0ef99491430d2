"""Rate limits: counted in Redis, and in memory while Redis is away."""

from __future__ import annotations

from itertools import takewhile

import pytest
from flask import Flask
from limits.storage import MemoryStorage

from portal.infra.limits import limiter
from tests.api.test_tax import LINE
from tests.support.program import Program, problem

BODY = {"prices": "inclusive", "lines": [LINE]}


def test_a_visitor_who_asks_too_often_is_told_when_to_go_on(app: Flask) -> None:
    visitor = Program(app)
    answers = (visitor.post("/tax/calculate", BODY) for _number in range(2400))  # a slow machine needs more than a minute for 600
    good = list(takewhile(lambda answer: answer.status_code == 200, answers))
    assert len(good) >= 600
    refused = visitor.post("/tax/calculate", BODY)
    problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert visitor.get("/health").status_code == 200


def test_the_answers_say_how_much_is_left(app: Flask) -> None:
    answer = Program(app).get("/health")
    assert int(answer.headers["X-RateLimit-Remaining"]) < int(answer.headers["X-RateLimit-Limit"])


def test_the_api_works_on_while_redis_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: object, **_more: object) -> None:
        raise ConnectionError("Redis is away")

    storage = limiter.storage
    assert not isinstance(storage, MemoryStorage)
    monkeypatch.setattr(storage, "incr", away)
    monkeypatch.setattr(storage, "check", lambda: False)
    assert Program(app).post("/tax/calculate", BODY).status_code == 200
    assert Program(app).get("/health").status_code == 200
