"""Brings the database to the newest migration, and notices quickly when it is there already."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from portal.local.environment import Generated
from portal.local.places import clone_folder
from portal.local.problems import Problem


def migrate_when_needed(generated: Generated, environment: Mapping[str, str], log: Path) -> bool:
    """Run `flask db upgrade` unless this very set of migrations was applied to this database; True when it ran."""
    files = _fingerprint(clone_folder() / "migrations")
    if generated.migrated.get("files") == files and generated.migrated.get("version") == _version(environment):
        return False
    with log.open("ab") as output:
        answer = subprocess.run(
            [sys.executable, "-m", "flask", "db", "upgrade"], cwd=clone_folder(), env=dict(environment),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )
    if answer.returncode != 0:
        raise Problem(f"The database could not be brought up to date (log: {log}):\n"
                      + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
    generated.migrated = {"files": files, "version": _version(environment)}
    return True


def _version(environment: Mapping[str, str]) -> str:
    """What the database says it is at, empty when it was never migrated."""
    with psycopg.connect(environment["MIGRATION_DATABASE_URL"], connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return ""
        rows = connection.execute("SELECT version_num FROM alembic_version ORDER BY 1").fetchall()
    return " ".join(name for (name,) in rows)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".sql"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
