"""The environment of the local stack: generated secrets, chosen ports, and what the person who starts it has set."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.local.places import Places
from portal.local.problems import Problem

# What a person may set: a value from outside is used as it is and never written over.
NAMES = (
    "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "ENCRYPTION_KEYS",
    "PORTAL_URL", "PORTAL_ENV", "KRA_ENVIRONMENT", "KRA_VSCU_URL", "KRA_OSCU_URL", "KRA_VSCU_HOSTS", "KRA_VSCU_REPEAT",
    "KRA_QUANTITY_DECIMALS", "KRA_CONNECT_TIMEOUT", "KRA_CALL_TIMEOUT", "KRA_LEASE", "KRA_QUARANTINE",
    "SWEEP_INTERVAL", "LANE_THREADS", "STORAGE_URL", "MAIL_URL", "MAIL_FROM", "OTEL_EXPORTER_OTLP_ENDPOINT",
)
HEADER = "# Written by bin/run, read by bin/flask and bin/python. Holds secrets: keep it to yourself.\n"


@dataclass(slots=True)
class Generated:
    """What the first start makes up and every later one keeps: losing the encryption keys loses the device keys."""

    superuser_password: str = field(default_factory=lambda: secrets.token_hex(24))
    owner_password: str = field(default_factory=lambda: secrets.token_hex(24))
    app_password: str = field(default_factory=lambda: secrets.token_hex(24))
    redis_password: str = field(default_factory=lambda: secrets.token_hex(24))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))
    encryption_keys: str = field(default_factory=lambda: f"local1:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    ports: dict[str, int] = field(default_factory=dict)
    migrated: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Generated":
        """What was made up before; new values when nothing was."""
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError) as problem:
            raise Problem(f"{path} cannot be read ({problem}). It holds the keys of the data beside it: restore it, or "
                          "start from nothing with bin/run --reset.") from problem

    def save(self, path: Path) -> None:
        """Keep it, for its owner's eyes only."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def given(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings that the person who started us has set."""
    source = os.environ if environment is None else environment
    return {name: source[name] for name in NAMES if source.get(name)}


def defaults(places: Places, generated: Generated, port: int, simulator_port: int | None) -> dict[str, str]:
    """The settings that need no server to be known."""
    values = {
        "FLASK_APP": "portal.app",
        "PORTAL_ENV": "local",
        "PORTAL_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": generated.secret_key,
        "ENCRYPTION_KEYS": generated.encryption_keys,
        "STORAGE_URL": f"file://{places.files}",
        "MAIL_URL": f"file://{places.mail}",
        "KRA_ENVIRONMENT": "simulator",
    }
    if simulator_port is not None:
        values["KRA_VSCU_URL"] = f"http://127.0.0.1:{simulator_port}"
        values["KRA_OSCU_URL"] = f"http://127.0.0.1:{simulator_port}/etims-api"
        values["KRA_VSCU_HOSTS"] = "127.0.0.1"
    return values


def needs_simulator(settings: Mapping[str, str]) -> bool:
    """Whether a part of KRA is left to the simulator: nothing real is mixed with it, and each URL given replaces it."""
    if settings.get("KRA_ENVIRONMENT", "simulator") != "simulator":
        return False
    return not ("KRA_VSCU_URL" in settings and "KRA_OSCU_URL" in settings)


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write what bin/flask and bin/python run with, as lines of NAME=value."""
    for name, value in settings.items():
        if "\n" in value:
            raise Problem(f"{name} holds a line break; a setting is one line.")
    write_private(path, HEADER + "".join(f"{name}={value}\n" for name, value in settings.items()))


def read(path: Path) -> dict[str, str]:
    """What was written last."""
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
