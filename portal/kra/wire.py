"""The only HTTP to KRA: one call, one answer, a total deadline, no repeats, no redirects, a cap on the answer."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3

from portal.kra.connections import new_session, serve
from portal.kra.deadline import Deadline, DeadlinePassed
from portal.kra.exchange import Exchange, not_sent

ANSWER_CAP = 16 * 1024 * 1024      # a page of 1000 sales with their lines is about 5 MB
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Accept": "application/json",
    "Accept-Encoding": "identity",      # a packed answer could grow past any cap
    "User-Agent": "Risiti",
}

_NOT_IN_TIME = "KRA or the control unit did not take the connection in time."


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: until the connection is open, and for the whole call (RELIABILITY §4)."""

    connect: float = 5.0
    total: float = 30.0


class Wire:
    """Posts bytes and brings back what happened; safe to share, each thread and process has its own connections."""

    def __init__(self, timeouts: Timeouts = Timeouts(), answer_cap: int = ANSWER_CAP,
                 authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to trust instead of the public ones."""
        self.timeouts = timeouts
        self.authorities = authorities
        self.answer_cap = answer_cap
        self._mine = threading.local()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Exchange:
        """Return the exchange of one POST; never raises for what the network does."""
        return self._call("POST", url, body, headers)

    def get(self, url: str, headers: Mapping[str, str]) -> Exchange:
        """Return the exchange of one GET, which is how the developer gateway hands out its tokens."""
        return self._call("GET", url, None, headers)

    def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Exchange:
        with Deadline(self.timeouts.total) as deadline:
            serve(deadline)
            try:
                exchange = self._exchange(method, url, body, headers)
            except (OSError, ValueError, DeadlinePassed, urllib3.exceptions.HTTPError) as error:
                # OSError covers requests' own errors and the socket's; the text of an error may quote a header
                return _broken(error, deadline)
            finally:
                serve(None)
        if deadline.passed and not exchange.body:       # headers that end early read like an empty answer
            return Exchange(sent=True, status=exchange.status, failure=_too_late(deadline))
        return exchange

    def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Exchange:
        response = self._session().request(
            method, url, data=body, headers={**_HEADERS, **headers}, allow_redirects=False, stream=True,
            verify=self.authorities or True,
            timeout=(min(self.timeouts.connect, self.timeouts.total), self.timeouts.total))
        try:
            content = self._read(response)
            if len(content) > self.answer_cap:
                return Exchange(sent=True, status=response.status_code, failure="The answer was too long.")
            return Exchange(sent=True, status=response.status_code, body=content,
                            retry_after=_seconds(response.headers.get("Retry-After")))
        finally:
            response.close()

    def _read(self, response: requests.Response) -> bytes:
        """Return the body, at most one byte more than the cap; the last, empty read proves that it is complete."""
        parts = bytearray()
        while len(parts) <= self.answer_cap:
            part = response.raw.read(self.answer_cap + 1 - len(parts), decode_content=False)
            if not part:
                break
            parts += part
        return bytes(parts)

    def _session(self) -> requests.Session:
        """Return this thread's session; after a fork a new one, so that no connection is shared with the parent."""
        if getattr(self._mine, "process", None) != os.getpid():
            self._mine.session, self._mine.process = new_session(), os.getpid()
        session: requests.Session = self._mine.session
        return session


def _broken(error: Exception, deadline: Deadline) -> Exchange:
    if not deadline.opened:
        return not_sent(_NOT_IN_TIME if deadline.passed else _why_nothing_left(error))
    reason = _too_late(deadline) if deadline.passed else "The connection broke before the answer was complete."
    return Exchange(sent=True, failure=reason)


def _too_late(deadline: Deadline) -> str:
    return f"No full answer within {deadline.seconds:g} seconds."


def _why_nothing_left(error: Exception) -> str:
    reasons = {type(cause) for cause in _causes(error)}
    if urllib3.exceptions.NameResolutionError in reasons:
        return "The address of KRA or the control unit could not be found."
    if ConnectionRefusedError in reasons:
        return "KRA or the control unit refused the connection."
    if requests.exceptions.ConnectTimeout in reasons or DeadlinePassed in reasons:
        return _NOT_IN_TIME
    if requests.exceptions.SSLError in reasons:
        return "A safe connection to KRA or the control unit could not be made."
    return "No connection to KRA or the control unit could be made."


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error with everything it was raised from, and the reasons urllib3 wraps."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and not any(cause is known for known in found):
            found.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found


def _seconds(retry_after: str | None) -> int | None:
    """Return the seconds of a Retry-After header, None for a date or junk."""
    if retry_after and retry_after.strip().isascii() and retry_after.strip().isdigit():
        return min(int(retry_after.strip()[:6]), 3600)
    return None
