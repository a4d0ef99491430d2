"""Free ports on 127.0.0.1, remembered between starts and never shared by two stacks that start at the same moment."""

import contextlib
import random
import socket
import sys

from portal.local.problems import Problem

# Below the range from which the kernel takes ports for outgoing connections (32768 and up on Linux).
LOW, HIGH = 20000, 32000
WEB_PORTS = range(8000, 8100)


class Ports:
    """Ports reserved for this process; another stack of this machine will not choose them while we live."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, port: int) -> bool:
        """Reserve one port; False when somebody listens on it or another stack is about to."""
        if not is_free(port):
            return False
        if sys.platform == "linux":
            # A name without a file: the kernel gives it back when this process ends, however it ends.
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                claim.bind(f"\0risiti-port-{port}")
            except OSError:
                claim.close()
                return False
            self._held.append(claim)
        return True

    def choose(self, remembered: int | None = None) -> int:
        """The remembered port when it is free, otherwise another one."""
        if remembered and self.take(remembered):
            return remembered
        for _ in range(200):
            port = random.randint(LOW, HIGH)
            if self.take(port):
                return port
        raise Problem(f"No free port was found between {LOW} and {HIGH} on 127.0.0.1.")

    def choose_for_web(self, wanted: int | None, remembered: int | None) -> int:
        """The port that was asked for, or fails; else the remembered one, else the first free one from 8000 on."""
        if wanted is not None:
            if self.take(wanted):
                return wanted
            raise Problem(f"Port {wanted} is in use by another program. Choose another: bin/run --port {wanted + 1}")
        for port in (*([remembered] if remembered else []), *WEB_PORTS):
            if self.take(port):
                return port
        return self.choose()

    def release(self) -> None:
        """Give all reservations back."""
        for claim in self._held:
            claim.close()
        self._held.clear()


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of 127.0.0.1."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Whether somebody answers on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
