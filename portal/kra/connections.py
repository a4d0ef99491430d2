"""urllib3 connections that report to the deadline of the call they serve, and a session that uses them."""

import socket
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection

from portal.kra.deadline import Deadline

_current = threading.local()


def serve(deadline: Deadline | None) -> None:
    """Name the deadline that the connections of this thread report to from now on."""
    _current.deadline = deadline


def _deadline() -> Deadline:
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is None:
        raise RuntimeError("A connection to KRA is used outside a call.")
    return deadline


class _Reporting:
    """The three moments that matter: a socket exists, the connection is open, an open one is used again."""

    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # the mix-in stands before urllib3's class
        _deadline().watch(connection)
        return connection

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        assert self.sock is not None
        _deadline().open(self.sock)

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is not None:
            _deadline().open(self.sock)
        super().request(*arguments, **options)  # type: ignore[misc]


class _PlainConnection(_Reporting, HTTPConnection):
    pass


class _TlsConnection(_Reporting, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Keep-alive without any repeat of its own: only the lane decides what is sent again."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def new_session() -> requests.Session:
    """Return a session for one thread: no repeats, no proxies or passwords from the environment, no cookies."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    adapter = _Adapter(pool_connections=64, pool_maxsize=1, max_retries=Retry(0, read=False, redirect=False))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
