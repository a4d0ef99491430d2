"""The simulator that tests are given: empty at the start of each of them, whatever the one before did to it."""

import requests

from tests.support.simulator import SimulatorProcess


def listens(simulator: SimulatorProcess) -> bool:
    return requests.post(f"{simulator.url}/initializer/selectInitInfo", json={}, timeout=10).status_code < 500


def test_a_test_may_kill_it_and_leave_it_unreachable(simulator: SimulatorProcess) -> None:
    assert listens(simulator)
    simulator.kill()
    assert not simulator.is_running
    simulator.start()
    simulator.control.down("refuse")


def test_a_test_always_finds_it_reachable_and_empty(simulator: SimulatorProcess) -> None:
    assert listens(simulator)
    assert simulator.control.ledger() == []
