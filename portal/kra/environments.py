"""Which addresses may be used in which environment: the adapter refuses one of the other (RELIABILITY §10)."""

import ipaddress
from urllib.parse import urlsplit

from portal.fiscal.environment import Environment
from portal.kra.errors import WrongEnvironment
from portal.kra.operations import Transport

_KRA = ("kra.go.ke", "developer.go.ke")
_SANDBOX_MARKS = ("sbx", "sandbox")


def check_address(base_url: str, transport: Transport, environment: Environment) -> str:
    """Return the base URL without a slash at its end, or raise WrongEnvironment with the reason.

    KRA's own hosts tell their environment. A VSCU stands on the trader's side, so any other host may be one; an OSCU
    is KRA itself, so outside the simulator it must be KRA's host, and over TLS.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise WrongEnvironment("The address of the control unit must be a plain http or https address.")
    if parts.query or parts.fragment:
        raise WrongEnvironment("The address of the control unit must end with its path.")
    theirs = _environment_of(host)
    if theirs is not None and theirs is not environment:
        raise WrongEnvironment(f"{host} belongs to KRA's {theirs.value}, but this portal runs as {environment.value}.")
    if transport is Transport.OSCU and environment is not Environment.SIMULATOR:
        if theirs is None:
            raise WrongEnvironment(f"{host} is not KRA's own server, and an online unit (OSCU) talks to no other.")
        if parts.scheme != "https":
            raise WrongEnvironment("KRA's own server is used over https only.")
    return base_url.rstrip("/")


def _environment_of(host: str) -> Environment | None:
    """Return the environment a host of KRA serves, None for a host that is not KRA's."""
    if _is_address(host) or not any(host == domain or host.endswith(f".{domain}") for domain in _KRA):
        return None
    return Environment.SANDBOX if any(mark in host for mark in _SANDBOX_MARKS) else Environment.PRODUCTION


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
