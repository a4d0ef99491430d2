"""Whatever is sent, KRA answers with its envelope and goes on; it neither falls over nor stores nonsense."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.simulator.application import Application
from portal.simulator.http import Request
from portal.simulator.routes import PATHS
from portal.simulator.world import World
from tests.simulator.shop import PAPER, example

ME = {"tin": "P000000001X", "bhfId": "00"}
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(["5.0", "1e9", "-1", "٣", "\x00", "20260918", "20260918110000", 10**40, 1e300, 1e-300])
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def ask(world: World, path: str, body: Any, raw: bytes | None = None) -> dict[str, Any]:
    request = Request("POST", path, {}, json.dumps(body).encode() if raw is None else raw, "127.0.0.1", keep_alive=True)
    response = Application(world).respond(request).response
    assert response is not None
    answer: dict[str, Any] = json.loads(response.body)
    return answer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A KRA with one installed VSCU that has something to sell, without a network around it."""
    opened = World(tmp_path / "state")
    open_shop(opened)
    yield opened
    opened.close()


def open_shop(world: World) -> None:
    for path, operation in (
        ("/initializer/selectInitInfo", "initialise"),
        ("/items/saveItems", "save_item"),
        ("/stock/saveStockItems", "save_stock_io"),
    ):
        assert ask(world, path, example(operation))["resultCd"] == "000"


def paths() -> dict[str, str]:
    """The VSCU path of each operation for which the paper prints a request."""
    return {route.operation: path for path, route in PATHS.items() if route.transport == "vscu" and route.operation in PAPER}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.sampled_from(sorted(paths())), st.data())
def test_any_value_in_any_field_is_answered(world: World, operation: str, data: st.DataObject) -> None:
    body = example(operation)
    if operation == "save_sale":
        body["receipt"]["rptNo"] = 1
    target = body
    if data.draw(st.booleans()) and body.get("itemList"):
        target = body["itemList"][0]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(ANYTHING)
    answer = ask(world, paths()[operation], body)
    assert set(answer) == {"resultCd", "resultMsg", "resultDt", "data"}
    assert answer["resultCd"] != "999" or operation == "update_import"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.sampled_from(sorted(PATHS)), ANYTHING)
def test_any_json_is_answered(world: World, path: str, body: Any) -> None:
    asked = {**body, **ME} if isinstance(body, dict) else body
    assert ask(world, path, asked)["resultCd"] != "999"


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "9" * 5000, "NaN", "Infinity"])
def test_a_monstrous_number_costs_nothing(world: World, number: str) -> None:
    raw = json.dumps(example("save_item")).replace('"dftPrc": 116', f'"dftPrc": {number}').encode()
    assert ask(world, "/items/saveItems", None, raw)["resultCd"] in ("910", "893")


def test_what_was_taken_down_can_be_read_back(tmp_path: Path) -> None:
    world = World(tmp_path / "odd")
    open_shop(world)
    odd = example("save_item", itemNm="Unga \ud800 wa\tmahindi\n\x00", dftPrc="5.50", sftyQty=1e2)
    assert ask(world, "/items/saveItems", odd)["resultCd"] == "000"
    assert ask(world, "/stock/saveStockItems", example("save_stock_io", sarNo="2"))["resultCd"] == "000"
    world.close()
    again = World(tmp_path / "odd")
    assert again.books.branch(("P000000001X", "00")).stock == {"KE2NTNO0000001": Decimal(20)}
    again.close()
