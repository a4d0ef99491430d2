"""Tests stay on this machine."""

import socket

import pytest

from tests.support.network import NetworkForbidden, is_loopback


@pytest.mark.parametrize("family, address", [
    (socket.AF_INET, ("192.0.2.1", 80)),
    (socket.AF_INET6, ("2001:db8::1", 80)),
    (socket.AF_INET, ("etims-api.kra.go.ke", 443)),
])
def test_another_machine_is_not_reached(family: socket.AddressFamily, address: tuple[str, int]) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as connection, pytest.raises(NetworkForbidden):
        connection.connect(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is(host: str) -> None:
    assert is_loopback(host)
