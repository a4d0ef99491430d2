"""A business made by `flask tenants create`, whose control unit the simulator has initialised, and its program."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from portal import registry
from portal.codelists.models import ItemClass
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from portal.receipts import jobs
from portal.receipts.press import the_press
from portal.submissions import pump
from tests.support.program import Program
from tests.support.simulator import SimulatorProcess

_next = itertools.count(1)
PASSWORD = "maji ni uhai wetu"


@dataclass(frozen=True, slots=True)
class Till:
    """A program of a business, what `flask tenants create` printed, and the workers behind it."""

    program: Program
    made: dict[str, str]
    work: Callable[[], None]


@pytest.fixture
def item_class(app: Flask) -> str:
    """A class of KRA's list that items may have."""
    with app.app_context(), acting_for_nobody():
        if db.session.get(ItemClass, "50221101") is None:
            db.session.add(ItemClass(code="50221101", name="Rice", level=4, band=None, in_use=True))
        db.session.commit()
    return "50221101"


@pytest.fixture
def work(app: Flask) -> Callable[[], None]:
    """Let the lanes workers do everything that is due."""
    registry.load_worker_parts()

    def drain() -> None:
        pump.drain(app, threads=4, at_most=timedelta(seconds=30))

    return drain


@pytest.fixture
def draw(app: Flask) -> Iterator[Callable[[], None]]:
    """Let the documents worker answer one bell."""
    registry.load_worker_parts()

    def drain() -> None:
        with app.app_context():
            jobs.drain_documents()

    yield drain
    the_press().close()


@pytest.fixture
def new_till(app: Flask, simulator: SimulatorProcess, work: Callable[[], None]) -> Callable[..., Till]:
    """Make a business as an operator's script does, and have its control unit set up."""

    def make(transport: str = "vscu") -> Till:
        number = next(_next)
        made = created(app, pin=f"P{number + 600:09}T", email=f"owner{number}@till.test", device=transport)
        work()
        return Till(Program(app, made["token"]), made, work)

    return make


@pytest.fixture
def till(new_till: Callable[..., Till]) -> Till:
    """A business that is ready to sell."""
    return new_till()


def created(app: Flask, **options: str) -> dict[str, str]:
    """What `flask tenants create --json` prints."""
    asked = {"name": "Wanjiku Stores", "password": PASSWORD, "wait": "0"} | options
    arguments = [part for name, value in asked.items() for part in (f"--{name}", value)]
    result = app.test_cli_runner().invoke(args=["tenants", "create", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.output))
