"""The third door, KRA's developer gateway (PROTOCOL §1)."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulator.shop import example
from tests.support.simulator import SimulatorProcess

SINCE = {"lastReqDt": "20180101000000"}
ME = {"tin": "P000000001X", "bhfId": "00"}


class GatewayClient:
    """A trader's program that comes through the gateway."""

    def __init__(self, url: str) -> None:
        self.base = f"{url}/etims-oscu/api/v1"
        self.session = requests.Session()
        asked = f"{url}/v1/token/generate?grant_type=client_credentials"
        token = self.session.get(asked, auth=("key", "secret"), timeout=10).json()
        self.session.headers.update({"Authorization": f"Bearer {token['access_token']}", "apigee_app_id": "app", **ME})

    def asks(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.session.post(f"{self.base}/{name}", json=body, timeout=10).json()
        return answer


@pytest.fixture
def client(kra: SimulatorProcess) -> Iterator[GatewayClient]:
    """A client with a token and an installed device."""
    opened = GatewayClient(kra.url)
    answer = opened.asks("initialize", example("initialise"))
    opened.session.headers["cmcKey"] = answer["responseBody"]["data"]["info"]["cmcKey"]
    yield opened
    opened.session.close()


def test_answers_are_wrapped(client: GatewayClient) -> None:
    answer = client.asks("selectNotices", SINCE)
    assert answer["responseHeader"]["responseCode"] == 200
    assert set(answer["responseBody"]) == {"resultCd", "resultMsg", "resultDt", "data"}


def test_a_refusal_of_data_has_status_200_and_no_body(client: GatewayClient) -> None:
    answer = client.asks("saveItem", example("save_item", modrId=None))
    assert answer["responseBody"] is None
    assert answer["responseHeader"]["responseCode"] == 400
    assert answer["responseHeader"]["customerMessage"] == "Request parameter error[modrId : may not be empty]"


def test_both_the_gateways_names_and_the_flat_ones_lead_to_the_operation(client: GatewayClient) -> None:
    for name in ("itemInfo", "selectItemList"):
        assert client.asks(name, SINCE)["responseBody"]["resultCd"] == "001"


def test_some_operations_want_the_identity_in_the_body_as_well(client: GatewayClient) -> None:
    assert client.asks("getPurchaseTransactionInfo", SINCE)["header"]["responseMessage"] == "tin cannot be Null"
    assert client.asks("getPurchaseTransactionInfo", {**SINCE, **ME})["responseBody"]["resultCd"] == "000"
    assert client.asks("initialize", {"dvcSrlNo": "X"})["header"]["responseMessage"] == "Missing Tin"


def test_without_a_token_the_gateway_refuses(kra: SimulatorProcess) -> None:
    url = f"{kra.url}/etims-oscu/api/v1/selectNotices"
    assert requests.post(url, json=SINCE, timeout=10).status_code == 401
    assert requests.post(url, json=SINCE, headers={"Authorization": "Bearer x"}, timeout=10).status_code == 401
    assert requests.get(f"{kra.url}/v1/token/generate", timeout=10).status_code == 401
