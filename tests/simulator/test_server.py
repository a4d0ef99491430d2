"""The server: keep-alive, many clients at once, and what is not HTTP."""

import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests

from portal.simulator.control import respond
from portal.simulator.http import Request
from portal.simulator.world import World
from tests.simulator.shop import Shop, line
from tests.support.simulator import SimulatorProcess

CLIENTS = 16
SALES = 20


def port(kra: SimulatorProcess) -> int:
    return int(kra.url.rpartition(":")[2])


def raw(kra: SimulatorProcess, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port(kra)), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.read()


def test_one_connection_serves_many_requests(kra: SimulatorProcess) -> None:
    connection = HTTPConnection("127.0.0.1", port(kra), timeout=10)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(50):
        connection.request("GET", "/_control/health")
        assert connection.getresponse().read()
    assert connection.sock.getsockname() == local
    connection.close()


def test_a_client_may_ask_to_close(kra: SimulatorProcess) -> None:
    answer = raw(kra, b"GET /_control/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.count(b"HTTP/1.1") == 1


def test_pipelined_requests_are_answered_in_order(kra: SimulatorProcess) -> None:
    request = b"GET /_control/health HTTP/1.1\r\nHost: x\r\n\r\n"
    assert raw(kra, request * 3).count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"HELLO\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ],
)
def test_what_is_not_understood_is_refused_and_the_connection_closed(kra: SimulatorProcess, sent: bytes, status: int) -> None:
    assert raw(kra, sent).startswith(f"HTTP/1.1 {status} ".encode())


def test_an_unknown_path_is_not_found(kra: SimulatorProcess) -> None:
    assert requests.post(f"{kra.url}/trnsSales/SaveSales", json={}, timeout=5).status_code == 404
    assert requests.post(f"{kra.oscu_url}/trnsSales/saveSales", json={}, timeout=5).status_code == 404
    assert requests.get(f"{kra.url}/_control/nothing", timeout=5).status_code == 404


def test_a_mistake_on_the_control_path_is_told_in_a_sentence(kra: SimulatorProcess) -> None:
    with pytest.raises(ValueError, match="There is no option speed"):
        kra.control.options(speed=3)
    with pytest.raises(ValueError, match="tolerance cannot be 'much'"):
        kra.control.options(tolerance="much")
    with pytest.raises(ValueError, match="There is no device of P000000009Y"):
        kra.control.unit("block", "P000000009Y")


def test_only_this_machine_may_use_the_control_path(tmp_path: Path) -> None:
    world = World(tmp_path / "state")
    request = Request("GET", "/_control/ledger", {}, b"", "192.0.2.7", keep_alive=True)
    assert respond(world, request).status == 404
    world.close()


def test_many_devices_sell_at_once_and_none_loses_a_number(kra: SimulatorProcess) -> None:
    def sell(number: int) -> list[str]:
        with Shop(kra.url, ("vscu", "oscu")[number % 2], f"P{number:09}X") as shop:
            shop.installs()
            code = shop.registers(type_="3")
            return [shop.sells(shop.sale(line(code)))["data"]["rcptSign"] for _ in range(SALES)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        signatures = [signature for answers in clients.map(sell, range(1, CLIENTS + 1)) for signature in answers]
    assert len(set(signatures)) == CLIENTS * SALES
    for number in range(1, CLIENTS + 1):
        ledger = kra.control.ledger(tin=f"P{number:09}X")
        assert [row["invcNo"] for row in ledger] == [row["rcptNo"] for row in ledger] == list(range(1, SALES + 1))
    assert {row["rcptSign"] for row in kra.control.ledger()} == set(signatures)
