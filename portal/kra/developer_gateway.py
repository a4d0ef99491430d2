"""The third door to KRA (PROTOCOL §1): OSCU's operations behind the developer portal's gateway, which wants a token."""

import threading
import time
from base64 import b64encode
from dataclasses import dataclass, field

from portal.kra import read
from portal.kra.endpoints import GATEWAY_PATHS
from portal.kra.envelope import open_envelope, parse
from portal.kra.exchange import Exchange, not_sent
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Operation
from portal.kra.oscu import OscuGateway
from portal.kra.secret import Revealing
from portal.kra.wire import Timeouts, Wire

# A token is renewed this long before KRA would refuse it, so that no call meets its end.
RENEW_BEFORE_SECONDS = 60
# Fetching one must leave the lane's lease enough for the call it is for.
LONGEST_FETCH_SECONDS = 10.0
_NO_TOKEN = "KRA's developer gateway gave us no token, so nothing was sent."  # noqa: S105  # words for people
_NOT_LET_IN = "KRA's developer gateway did not let us in, so nothing reached KRA."


@dataclass(frozen=True, slots=True)
class Admission:
    """What the developer portal gave this deployment, and where its tokens come from; shared by all its devices."""

    consumer_key: str = field(repr=False)
    consumer_secret: Revealing = field(repr=False)
    application: str
    token_url: str

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from another one, without its secret."""
        return self.consumer_key, self.token_url

    @property
    def basic(self) -> str:
        """The header that asks for a token."""
        pair = f"{self.consumer_key}:{self.consumer_secret.reveal()}"
        return "Basic " + b64encode(pair.encode()).decode("ascii")


class Tokens:
    """The tokens of this process, one for each admission, fetched when there is none that is good for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str], tuple[str, float]] = {}

    def token(self, admission: Admission, wire: Wire) -> str | None:
        """Return a token that is good now; None when the gateway gives none."""
        with self._lock:
            token, until = self._held.get(admission.name, ("", 0.0))
        if time.monotonic() < until:
            return token
        found = _fetched(admission, wire)
        if found is None:
            return None
        with self._lock:
            self._held[admission.name] = found
        return found[0]

    def forget(self, admission: Admission, token: str) -> None:
        """Let go of a token that was not taken, unless another one took its place meanwhile."""
        with self._lock:
            if self._held.get(admission.name, ("", 0.0))[0] == token:
                del self._held[admission.name]


TOKENS = Tokens()


class DeveloperGateway(OscuGateway):
    """An online unit that is reached through the developer gateway; in all else it is an OSCU."""

    def __init__(self, base_url: str, identity: DeviceIdentity, wire: Wire, admission: Admission,
                 tokens: Tokens = TOKENS) -> None:
        super().__init__(base_url, identity, wire)
        self._admission = admission
        self._tokens = tokens

    def headers(self, operation: Operation) -> dict[str, str]:
        """Return PIN, branch and key, at initialisation PIN and branch: here they are wanted each time."""
        named = {"tin": self.identity.pin, "bhfId": self.identity.branch_code}
        return {**named, **super().headers(operation), "apigee_app_id": self._admission.application}

    def exchange(self, operation: Operation, body: bytes) -> Exchange:
        """Post the bytes with a token; where the gateway itself turned us away, nothing was sent and a new token is got next."""
        token = self._tokens.token(self._admission, self._wire)
        if token is None:
            return not_sent(_NO_TOKEN)
        headers = {**self.headers(operation), "Authorization": f"Bearer {token}"}
        answer = self._wire.post(self._base_url + GATEWAY_PATHS[operation], body, headers)
        if answer.status in (401, 403) and not _is_of_kra(answer):
            self._tokens.forget(self._admission, token)
            return not_sent(_NOT_LET_IN)
        return answer


def _is_of_kra(answer: Exchange) -> bool:
    """Whether KRA behind the gateway has answered: it gives a result code, the gateway itself never does."""
    envelope = open_envelope(answer.body)
    return envelope is not None and envelope.code is not None


def _fetched(admission: Admission, wire: Wire) -> tuple[str, float] | None:
    """Return a token and until when it is used, on this machine's own clock."""
    limits = Timeouts(connect=wire.timeouts.connect, total=min(wire.timeouts.total, LONGEST_FETCH_SECONDS))
    asked = time.monotonic()
    answer = Wire(limits, authorities=wire.authorities).get(
        f"{admission.token_url}?grant_type=client_credentials", {"Authorization": admission.basic})
    found = parse(answer.body) if answer.sent and not answer.failure and answer.status == 200 else None
    token = read.text((found or {}).get("access_token"), 4000)
    seconds = read.whole((found or {}).get("expires_in")) or 0
    if not token or not token.isascii() or not token.isprintable():
        return None
    return token, asked + max(0, seconds - RENEW_BEFORE_SECONDS)
