"""No test reaches beyond this machine: connecting to any address but loopback fails the test."""

import ipaddress
import socket
from typing import Any


class NetworkForbidden(AssertionError):
    """A test tried to reach another machine."""


def stay_on_this_machine() -> None:
    """Let sockets of this process connect to loopback and to Unix sockets only."""
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise NetworkForbidden(f"A test tried to connect to {address[0]}:{address[1]}")
        return original(self, address)

    return connect


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
