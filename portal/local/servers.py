"""The database and the queue of the stack: our own, or those that DATABASE_URL and REDIS_URL name."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from portal.local import roles
from portal.local.account import Account
from portal.local.console import Console
from portal.local.environment import Generated
from portal.local.places import Places
from portal.local.ports import Ports
from portal.local.postgres import DURABLE, PostgresServer
from portal.local.postgres import find_programs as find_postgres
from portal.local.problems import Problem
from portal.local.redis_server import RedisServer
from portal.local.redis_server import find_program as find_redis

DATABASE = "risiti"
LEAST_REDIS = (6, 2)


@dataclass(slots=True)
class Servers:
    """What holds the data; `settings` is how the portal reaches it."""

    settings: dict[str, str]
    postgres: PostgresServer | None = None
    redis: RedisServer | None = None

    def launch(self) -> None:
        """Start our own, side by side."""
        if self.redis:
            self.redis.launch()
        if self.postgres:
            self.postgres.initialise()
            self.postgres.launch()

    def wait_until_ready(self, generated: Generated) -> None:
        """Come back when both answer, the roles and the database are there, and the app's role is a safe one."""
        if self.postgres:
            self.postgres.wait_until_ready()
            superuser = self.postgres.dsn()
            if not roles.has_database(superuser, DATABASE):
                roles.make_roles(superuser, _passwords(generated))
                roles.make_database(superuser, DATABASE)
        else:
            self.settings |= outside_database(self.settings, generated)
        roles.refuse_role_that_bypasses_tenants(self.settings["DATABASE_URL"])
        if self.redis:
            self.redis.wait_until_ready()
        else:
            check_outside_redis(self.settings["REDIS_URL"])

    def keep_running(self) -> list[str]:
        """Start our own again where they have ended; sentences when there is something to say."""
        said = []
        for name, server in (("PostgreSQL", self.postgres), ("Redis", self.redis)):
            if server is not None and server.process is not None and server.process.poll() is not None:
                said.append(f"{name} ended (exit code {server.process.returncode}); it starts again")
                try:
                    server.launch()
                    server.wait_until_ready()
                except Problem as problem:
                    said.append(f"{problem}\n{name} is tried again.")
        return said

    def stop(self) -> None:
        """Stop our own: the queue first, the truth last."""
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()


def prepare(
    places: Places, generated: Generated, given: dict[str, str], account: Account, ports: Ports, console: Console
) -> Servers:
    """The servers of this stack, not started yet."""
    servers = Servers(dict(given))
    if "DATABASE_URL" not in given:
        port = generated.ports["postgres"] = ports.choose(generated.ports.get("postgres"))
        servers.postgres = PostgresServer(
            programs=find_postgres(account, places.servers), data=places.postgres, port=port,
            password=generated.superuser_password, log=console.open_log("postgres"), account=account, settings=DURABLE,
        )
        dsn = servers.postgres.dsn
        servers.settings["DATABASE_URL"] = dsn(DATABASE, roles.APP, generated.app_password)
        servers.settings["MIGRATION_DATABASE_URL"] = dsn(DATABASE, roles.OWNER, generated.owner_password)
    if "REDIS_URL" not in given:
        port = generated.ports["redis"] = ports.choose(generated.ports.get("redis"))
        servers.redis = RedisServer(
            program=find_redis(account, places.home / "downloads", places.servers), folder=places.redis, port=port,
            password=generated.redis_password, log=console.open_log("redis"), account=account,
        )
        servers.settings["REDIS_URL"] = servers.redis.url
    return servers


def outside_database(settings: dict[str, str], generated: Generated) -> dict[str, str]:
    """How the portal enters a database from outside: a superuser's URL only makes the roles and the database."""
    dsn = settings["DATABASE_URL"]
    if not roles.is_superuser(dsn):
        if "MIGRATION_DATABASE_URL" not in settings:
            raise Problem(
                "DATABASE_URL is set, but MIGRATION_DATABASE_URL is not. Set it to the role that owns the tables "
                f"({roles.OWNER}), or set DATABASE_URL to a superuser: the roles and a database are then made for you."
            )
        return {}
    name = roles.database_name(dsn)
    name = DATABASE if name in ("", "postgres", "template1") else name
    server = roles.with_database(dsn, "postgres")
    passwords = _outside_passwords(dsn, generated)
    roles.make_roles(server, passwords)
    roles.make_database(server, name)
    database = roles.with_database(dsn, name)
    return {
        "DATABASE_URL": roles.with_role(database, roles.APP, passwords.app),
        "MIGRATION_DATABASE_URL": roles.with_role(database, roles.OWNER, passwords.owner),
    }


def check_outside_redis(url: str) -> None:
    """Fail with a sentence when that Redis does not answer or is too old."""
    import redis

    where = url.rpartition("@")[2]
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=10) as connection:
            version = str(connection.info("server")["redis_version"])
    except redis.RedisError as problem:
        raise Problem(f"The Redis at {where} does not answer: {problem}") from problem
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_REDIS:
        raise Problem(f"The Redis at {where} is version {version}; 6.2 or newer is needed.")


def _passwords(generated: Generated) -> roles.Passwords:
    return roles.Passwords(owner=generated.owner_password, app=generated.app_password)


def _outside_passwords(dsn: str, generated: Generated) -> roles.Passwords:
    """Roles belong to the whole server: two clones that use it must arrive at the same passwords."""
    superuser = unquote(urlsplit(dsn).password or "")
    if not superuser:
        return _passwords(generated)

    def derived(role: str) -> str:
        return hmac.new(superuser.encode(), f"risiti {role}".encode(), hashlib.sha256).hexdigest()

    return roles.Passwords(owner=derived(roles.OWNER), app=derived(roles.APP))


def make_production_roles(environment: Mapping[str, str]) -> None:
    """Make roles and database as SUPERUSER_DATABASE_URL, with the passwords that the two other URLs carry."""
    names = ("SUPERUSER_DATABASE_URL", "MIGRATION_DATABASE_URL", "DATABASE_URL")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise Problem(f"Set {', '.join(missing)}.")
    superuser, owner, app = (environment[name] for name in names)
    for url, role in ((owner, roles.OWNER), (app, roles.APP)):
        if urlsplit(url).username != role or not urlsplit(url).password:
            raise Problem(f"{roles.without_password(url)} must name the role {role} and its password.")
    passwords = roles.Passwords(_password(owner), _password(app))
    roles.make_roles(superuser, passwords)
    roles.make_database(superuser, roles.database_name(app))
    roles.refuse_role_that_bypasses_tenants(app)


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "")
