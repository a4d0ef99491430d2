"""As whom PostgreSQL and Redis run: as ourselves, or as nobody when root started us (PostgreSQL refuses root)."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.local.problems import Problem


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system user that servers run as; empty when that is the user we are."""

    user: int | None = None
    group: int | None = None

    @classmethod
    def for_servers(cls) -> "Account":
        """Nobody for root, otherwise the user who asked."""
        if os.geteuid() != 0:
            return cls()
        try:
            nobody = pwd.getpwnam("nobody")
            account = cls(nobody.pw_uid, nobody.pw_gid)
            subprocess.run(["true"], cwd="/", check=True, **account.popen)
        except (KeyError, OSError, subprocess.SubprocessError) as problem:
            raise Problem(
                f"PostgreSQL does not run as root, and the user nobody cannot be used here ({problem}). Start this as a "
                "normal user, or set DATABASE_URL and REDIS_URL to servers."
            ) from problem
        return account

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that make a child run as this user."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    @property
    def name(self) -> str:
        """The user's name for messages."""
        return pwd.getpwuid(os.geteuid() if self.user is None else self.user).pw_name

    def own(self, path: Path) -> None:
        """Give one file or folder to this user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def make_folder(self, path: Path) -> Path:
        """A folder that only this user can look into."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self.own(path)
        return path

    def can_run(self, program: Path) -> bool:
        """Whether this user may reach and run a program; `nobody` may not look into /root, for example."""
        try:
            answer = subprocess.run(
                [program, "--version"], cwd="/", capture_output=True, timeout=20, check=False, **self.popen
            )
        except OSError:
            return False
        return answer.returncode == 0


def put_in_place(fresh: Path, target: Path) -> None:
    """Rename a complete copy to its final name; whoever was quicker with the same copy wins."""
    try:
        fresh.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(fresh, ignore_errors=True)


