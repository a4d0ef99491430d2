"""As much of HTTP/1.1 as a control unit needs: keep-alive, Content-Length, one answer after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

LARGEST_BODY = 16 * 1024 * 1024
LONGEST_LINE = 64 * 1024
MOST_HEADERS = 100


class BadRequest(Exception):
    """What arrived is not HTTP as understood here."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(HTTPStatus(status).phrase)


@dataclass(slots=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    keep_alive: bool
    query: str = ""


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The answer as it goes over the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {phrase(self.status)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def read_request(stream: BinaryIO, peer: str) -> Request | None:
    """The next request of a connection, or None when the peer has closed it; raises BadRequest."""
    line = stream.readline(LONGEST_LINE)
    if not line.strip():
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest(400)
    method, target, version = words
    headers = _read_headers(stream)
    body = _read_body(stream, headers)
    path, _, query = target.partition("?")
    wish = headers.get("connection", "").lower()
    return Request(method, path, headers, body, peer, version == "HTTP/1.1" and wish != "close", query)


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = stream.readline(LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            break
        headers[name.strip().lower()] = value.strip()
    raise BadRequest(400)


def _read_body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if "transfer-encoding" in headers:
        raise BadRequest(411)
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise BadRequest(400)
    if int(length) > LARGEST_BODY:
        raise BadRequest(413)
    body = stream.read(int(length))
    if len(body) != int(length):
        raise ConnectionError("The peer closed the connection inside a request.")
    return body


def phrase(status: int) -> str:
    """The words that go with a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
