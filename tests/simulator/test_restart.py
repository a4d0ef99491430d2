"""What was answered is there after kill -9."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.simulator.shop import Shop, example, line
from tests.support.simulator import SimulatorProcess


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """A simulator that a test may kill."""
    with SimulatorProcess(tmp_path / "kra.journal") as running:
        yield running


def test_everything_survives_a_power_cut(own: SimulatorProcess) -> None:
    with Shop(own.url, "oscu") as shop, Shop(own.url, "vscu", "P000000002Y") as buyer:
        buyer.installs()
        info = shop.installs()["data"]["info"]
        shop.opens()
        shop.sells(shop.sale(line(quantity="2"), custTin="P000000002Y"))
        shop.sells(shop.credit_note(1, custTin="P000000002Y"))
        shop.stocks(quantity="2", type_="11")
        shop.must("save_purchase", example("save_purchase"))
        shop.must("save_branch_customer", example("save_branch_customer"))
        own.control.options(tax_rate_e=0, rates={"B": 14})
        own.control.unit("block", "P000000002Y")
        own.control.notice("Kept", "Also this.")
        shown = ("ledger", "devices", "options")
        before = [getattr(own.control, name)() for name in shown]
        stock = own.control.stock("P000000001X")
        looked_up = {name: shop.look_up(name)["data"] for name in ("items", "sales_list", "customer_list", "notices")}

        own.kill()
        own.start()

        assert [getattr(own.control, name)() for name in shown] == before
        assert own.control.stock("P000000001X") == stock
        assert {name: shop.look_up(name)["data"] for name in looked_up} == looked_up
        assert shop.key == info["cmcKey"]
        assert buyer.look_up("notices")["resultCd"] == "901"
        own.control.options(rates={})
        assert shop.sells()["data"]["totRcptNo"] == 3
        assert shop.answer("save_purchase", example("save_purchase"))["resultCd"] == "994"


def test_a_sale_that_was_stored_but_never_answered_is_there_after_a_power_cut(own: SimulatorProcess) -> None:
    with Shop(own.url, "vscu") as shop:
        shop.installs()
        shop.opens()
        own.control.next("timeout_after", "save_sale")
        with pytest.raises(requests.ReadTimeout):
            shop.asks("save_sale", shop.sale(), timeout=0.2)
        own.kill()
        own.start()
        assert shop.sells()["resultCd"] == "899"


def test_a_line_that_a_crash_cut_short_is_dropped(own: SimulatorProcess, tmp_path: Path) -> None:
    with Shop(own.url, "vscu") as shop:
        shop.installs()
        shop.opens()
        shop.sells()
        own.kill()
        with (tmp_path / "kra.journal").open("ab") as journal:
            journal.write(b'["sale","20260101000000",{"tin":"P0000000')
        own.start()
        assert len(own.control.ledger()) == 1
        assert shop.sells()["resultCd"] == "000"
        own.kill()
        own.start()
        assert len(own.control.ledger()) == 2


def test_two_simulators_cannot_share_a_state_file(own: SimulatorProcess, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        SimulatorProcess(tmp_path / "kra.journal").start()


def test_a_reset_forgets_everything_for_good(own: SimulatorProcess) -> None:
    with Shop(own.url, "vscu") as shop:
        shop.installs()
        own.control.options(tolerance=0.01)
        own.control.reset()
        own.kill()
        own.start()
        assert own.control.devices() == {"devices": [], "waiting": []}
        assert own.control.options()["tolerance"] == 0
        assert own.control.requests()["total"] == 0


def test_the_latency_is_an_option_of_the_start(tmp_path: Path) -> None:
    with SimulatorProcess(tmp_path / "slow", "--latency-ms", "150") as slow, Shop(slow.url, "vscu") as shop:
        assert shop.asks("initialise", example("initialise")).elapsed.total_seconds() >= 0.15
        slow.control.reset()
        assert slow.control.options()["latency_ms"] == 150
