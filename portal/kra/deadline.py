"""A total deadline for one call: a timer that shuts the connection down, whatever the server trickles.

`requests` limits each read, not the call (RELIABILITY §4). The timer works on a second handle of the socket, so that it
also ends a TLS handshake and never touches the object the calling thread uses.
"""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class DeadlinePassed(Exception):
    """The time was up before the connection was open; nothing was sent."""


class Deadline:
    """Watches one call; `opened` tells whether a byte of the request may have left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.opened = False
        self.passed = False
        self._handle: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._ends = 0.0

    def __enter__(self) -> Self:
        self._ends = time.monotonic() + self.seconds
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._drop_handle()

    def watch(self, connection: socket.socket) -> None:
        """Take a connection under the deadline; it may still be shaking hands."""
        with self._lock:
            self._drop_handle()
            if self.passed:
                raise DeadlinePassed
            self._handle = socket.fromfd(connection.fileno(), connection.family, connection.type)

    def open(self, connection: socket.socket) -> None:
        """Note that the request goes out next, unless the time is up."""
        self.watch(connection)
        if time.monotonic() >= self._ends:
            raise DeadlinePassed
        self.opened = True

    def _expire(self) -> None:
        with self._lock:
            self.passed = True
            if self._handle is not None:
                with contextlib.suppress(OSError):       # the other side was quicker
                    self._handle.shutdown(socket.SHUT_RDWR)

    def _drop_handle(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None
