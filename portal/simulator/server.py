"""The listening socket and one thread per connection."""

import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import BinaryIO

from portal.simulator.http import BadRequest, Request, Response, read_request

Respond = Callable[[Request], "Delivery"]
IDLE_SECONDS = 3600


@dataclass(slots=True)
class Delivery:
    """How an answer reaches the peer: usually at once and in full."""

    response: Response | None = None
    delay: float = 0
    hold: float = 0
    copies: int = 1
    trickle: float = 0
    reset: bool = False


class Server:
    """Accepts connections on one address until it is closed; it can be opened again on the same port."""

    def __init__(self, host: str, port: int, respond: Respond) -> None:
        self._respond = respond
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._socket = socket.create_server((host, port), backlog=1024)
        self.host, self.port = self._socket.getsockname()[:2]
        self._accept_from(self._socket)

    def open(self) -> None:
        """Listens again after close()."""
        self._socket = socket.create_server((self.host, self.port), backlog=1024)
        self._accept_from(self._socket)

    def close(self) -> None:
        """Stops listening (connections are then refused) and drops every open connection."""
        listening = self._socket
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        listening.close()
        self.drop()

    def drop(self) -> None:
        """Resets every open connection."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _reset_on_close(connection)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept_from(self, listening: socket.socket) -> None:
        Thread(target=self._accept, args=(listening,), name=f"accept-{self.port}", daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, address = listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(IDLE_SECONDS)
            with self._lock:
                self._open.add(connection)
            Thread(target=self._serve, args=(connection, str(address[0])), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while self._serve_one(connection, stream, peer):
                    pass
        except OSError:
            pass  # the peer went away, or hung up in the middle: nothing is left to tell it
        finally:
            with self._lock:
                self._open.discard(connection)

    def _serve_one(self, connection: socket.socket, stream: BinaryIO, peer: str) -> bool:
        try:
            request = read_request(stream, peer)
        except BadRequest as problem:
            connection.sendall(Response(problem.status, b"", "text/plain", {"Connection": "close"}).encoded())
            return False
        if request is None:
            return False
        return deliver(self._respond(request), connection) and request.keep_alive


def deliver(delivery: Delivery, connection: socket.socket) -> bool:
    """Sends the answer in the way it was decided; False when the connection is at its end."""
    if delivery.delay:
        time.sleep(delivery.delay)
    if delivery.hold:
        wait_until_peer_leaves(connection, delivery.hold)
        return False
    if delivery.reset or delivery.response is None:
        _reset_on_close(connection)
        return False
    encoded = delivery.response.encoded() * delivery.copies
    if delivery.trickle:
        _trickle(connection, encoded, delivery.trickle)
    else:
        connection.sendall(encoded)
    return True


def wait_until_peer_leaves(connection: socket.socket, seconds: float) -> None:
    """Says nothing until the peer gives up, at most for so long."""
    connection.settimeout(seconds)
    with suppress(OSError):
        connection.recv(1, socket.MSG_PEEK)


def _trickle(connection: socket.socket, encoded: bytes, seconds: float) -> None:
    pause = Event()
    steps = 50
    size = max(1, len(encoded) // steps)
    for start in range(0, len(encoded), size):
        connection.sendall(encoded[start : start + size])
        pause.wait(seconds / steps)


def _reset_on_close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
