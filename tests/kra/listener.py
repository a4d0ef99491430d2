"""A server of bare sockets that answers as a test wants, badly above all, and remembers what it was asked."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in small letters."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Play = Callable[[socket.socket, Request], None]


class Listener:
    """Listens on a free port of this machine; `play` gets the connection after each whole request."""

    def __init__(self, play: Play, tls: ssl.SSLContext | None = None) -> None:
        self._play = play
        self._tls = tls
        self.requests: list[Request] = []
        self.connections = 0
        self.ended = threading.Event()
        self._open: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ended.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for connection in self._open:
            _shut(connection)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        self._open.append(plain)
        try:
            if self._tls:
                connection = self._tls.wrap_socket(plain, server_side=True)
                self._open.append(connection)
            while (request := _read(connection)) is not None:
                self.requests.append(request)
                self._play(connection, request)
        except OSError:
            pass
        finally:
            connection.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _read(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, body = received.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Request(first.split(" ")[1], headers, body)


def http(body: bytes, status: int = 200, **headers: str) -> bytes:
    """A whole answer; header names are written with underscores for dashes."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(value: Any, status: int = 200, **headers: str) -> Play:
    """Plays one JSON answer, again for every request."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda connection, request: connection.sendall(http(body, status, **headers))
