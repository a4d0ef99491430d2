"""A deployment talks to its own environment only."""

import pytest

from portal.fiscal.environment import Environment
from portal.kra.environments import check_address
from portal.kra.errors import WrongEnvironment
from portal.kra.gateway import Doubt, make_gateway, settles_doubt
from portal.kra.operations import Transport
from tests.kra.examples import IDENTITY

SANDBOX = "https://etims-api-sbx.kra.go.ke/etims-api"
PRODUCTION = "https://etims-api.kra.go.ke/etims-api"
LOCAL = "http://127.0.0.1:8088"


@pytest.mark.parametrize(("url", "transport", "environment"), [
    (SANDBOX, "oscu", "sandbox"), (PRODUCTION, "oscu", "production"), (PRODUCTION + "/", "oscu", "production"),
    (LOCAL, "oscu", "simulator"), (LOCAL, "vscu", "simulator"), (LOCAL, "vscu", "sandbox"), (LOCAL, "vscu", "production"),
    ("https://vscu.shop.example:8443/unit-1", "vscu", "production"),
])
def test_an_address_of_the_own_environment_is_taken(url: str, transport: str, environment: str) -> None:
    assert check_address(url, Transport(transport), Environment(environment)) == url.rstrip("/")


@pytest.mark.parametrize(("url", "transport", "environment"), [
    (SANDBOX, "oscu", "production"), (SANDBOX, "oscu", "simulator"), (PRODUCTION, "oscu", "sandbox"),
    (PRODUCTION, "oscu", "simulator"), (PRODUCTION, "vscu", "simulator"), (SANDBOX, "vscu", "production"),
    ("https://ETIMS-API.kra.go.ke./etims-api", "oscu", "sandbox"),
    ("https://sbx.kra.go.ke/etims-oscu/api/v1", "oscu", "production"),
    (LOCAL, "oscu", "production"), (LOCAL, "oscu", "sandbox"), ("https://kra.go.ke.example.com", "oscu", "production"),
    ("http://etims-api.kra.go.ke/etims-api", "oscu", "production"),
    ("ftp://127.0.0.1", "vscu", "simulator"), ("127.0.0.1:8088", "vscu", "simulator"), ("", "vscu", "simulator"),
    ("http://user:word@127.0.0.1", "vscu", "simulator"), ("http://127.0.0.1/?a=1", "vscu", "simulator"),
])
def test_any_other_address_is_refused(url: str, transport: str, environment: str) -> None:
    with pytest.raises(WrongEnvironment):
        make_gateway(transport, url, IDENTITY, environment=environment)


def test_doubt_is_looked_up_on_an_oscu_and_repeated_on_a_vscu_unless_that_is_switched_off() -> None:
    assert settles_doubt("oscu", repeat=True) is Doubt.LOOK_UP
    assert settles_doubt("oscu", repeat=False) is Doubt.LOOK_UP
    assert settles_doubt("vscu", repeat=True) is Doubt.REPEAT
    assert settles_doubt("vscu", repeat=False) is Doubt.ASK
