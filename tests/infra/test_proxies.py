"""Behind a proxy the visitor's address is what the proxy says; without one nobody may say it."""

from dataclasses import replace

import pytest
from flask import Flask, request

from portal.app import create_app
from portal.identity.access import public
from portal.settings import Settings


def seen_address(settings: Settings, proxies: int) -> str:
    app: Flask = create_app(replace(settings, trusted_proxies=proxies))

    @app.get("/address")
    @public
    def address() -> str:
        return request.remote_addr or ""

    with app.test_client() as client:
        answer = client.get("/address", headers={"X-Forwarded-For": "203.0.113.7, 198.51.100.9"})
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    return answer.text


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.9"), (2, "203.0.113.7")])
def test_only_as_many_proxies_as_are_trusted_are_believed(settings: Settings, proxies: int, address: str) -> None:
    assert seen_address(settings, proxies) == address
