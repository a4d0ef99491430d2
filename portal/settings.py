"""What a deployment is told from outside: the only module that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path


class PortalEnvironment(StrEnum):
    LOCAL = "local"
    PRODUCTION = "production"


class KraEnvironment(StrEnum):
    """Which KRA this deployment speaks to: one per deployment, stored on every device and signed document."""

    SIMULATOR = "simulator"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The environment cannot be used; the message names everything that is missing or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of `ARCHITECTURE.md` §5; times are seconds; secrets never print."""

    database_url: str = field(repr=False)
    migration_database_url: str = field(default="", repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    portal_url: str = "http://127.0.0.1:8000"
    portal_env: PortalEnvironment = PortalEnvironment.LOCAL
    trusted_proxies: int = 0
    kra_environment: KraEnvironment = KraEnvironment.SIMULATOR
    kra_vscu_url: str = "http://127.0.0.1:8088"
    kra_oscu_url: str = "http://127.0.0.1:8088/etims-api"
    kra_vscu_hosts: tuple[str, ...] = ()
    # KRA's developer gateway, a third way to an OSCU; without an address no device uses it.
    kra_gateway_url: str = ""
    kra_gateway_token_url: str = ""
    kra_gateway_app: str = ""
    kra_gateway_key: str = field(default="", repr=False)
    kra_gateway_secret: str = field(default="", repr=False)
    kra_vscu_repeat: str = "always"
    kra_quantity_decimals: int = 4
    kra_connect_timeout: float = 5.0
    kra_call_timeout: float = 30.0
    kra_lease: float = 90.0
    kra_quarantine: float = 120.0
    sweep_interval: float = 10.0
    lane_threads: int = 16
    storage_url: str = "var/files"
    mail_url: str = "console:"
    mail_from: str = "Risiti <no-reply@risiti.invalid>"
    otel_exporter_otlp_endpoint: str = ""

    def __post_init__(self) -> None:
        if not self.kra_call_timeout < self.kra_lease - self.lease_reserve:
            raise SettingsError(
                "KRA_CALL_TIMEOUT must be well below KRA_LEASE (20 seconds less, or three quarters of a short lease):"
                " a lease must outlive the call it covers"
            )
        if self.kra_vscu_repeat not in ("always", "never"):
            raise SettingsError("KRA_VSCU_REPEAT is 'always' or 'never'")
        gateway = (self.kra_gateway_url, self.kra_gateway_token_url, self.kra_gateway_app, self.kra_gateway_key)
        if any(gateway) and not (all(gateway) and self.kra_gateway_secret):
            raise SettingsError("KRA's developer gateway needs KRA_GATEWAY_URL, _TOKEN_URL, _APP, _KEY and _SECRET together")
        if not 0 <= self.kra_quantity_decimals <= 4:
            raise SettingsError("KRA_QUANTITY_DECIMALS is a whole number from 0 to 4")

    @property
    def lease_reserve(self) -> float:
        """The seconds at the end of a lease in which no call is begun."""
        return min(20.0, self.kra_lease / 4)

    @property
    def is_production(self) -> bool:
        return self.portal_env is PortalEnvironment.PRODUCTION

    @property
    def secure_cookies(self) -> bool:
        """True unless the portal runs locally over plain http, where clients drop `__Host-` cookies."""
        return self.is_production or self.portal_url.startswith("https://")

    @property
    def storage_folder(self) -> Path:
        return Path(self.storage_url.removeprefix("file://")).absolute()

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """The settings of this process; raises SettingsError naming everything missing or malformed at once."""
        env = os.environ if env is None else env
        values: dict[str, object] = {}
        problems: list[str] = []
        for each in fields(cls):
            text = env.get(each.name.upper(), "").strip()
            if not text:
                continue
            try:
                values[each.name] = _READ.get(each.name, str)(text)
            except ValueError as error:
                problems.append(f"{each.name.upper()} ({error})")
        production = values.get("portal_env") is PortalEnvironment.PRODUCTION
        needed = _ALWAYS + (_IN_PRODUCTION if production else ())
        missing = [name.upper() for name in needed if name not in values]
        if missing:
            problems.append("missing: " + ", ".join(missing))
        if problems:
            raise SettingsError("The portal cannot start. Set these environment variables: " + "; ".join(problems))
        return cls(**values)  # type: ignore[arg-type]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


_ALWAYS = ("database_url", "redis_url", "secret_key", "encryption_keys")
_IN_PRODUCTION = ("portal_url", "kra_environment", "kra_vscu_url", "kra_vscu_hosts", "storage_url", "mail_url")
_READ: dict[str, Callable[[str], object]] = {
    "portal_env": PortalEnvironment,
    "kra_environment": KraEnvironment,
    "encryption_keys": _words,
    "secret_key_fallbacks": _words,
    "kra_vscu_hosts": _words,
    "trusted_proxies": int,
    "kra_quantity_decimals": int,
    "kra_connect_timeout": float,
    "kra_call_timeout": float,
    "kra_lease": float,
    "kra_quarantine": float,
    "sweep_interval": float,
    "lane_threads": int,
}
