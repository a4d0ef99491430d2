"""W1 of PERFORMANCE §6, list and Issue against floors that do the same without a framework: `python -m bench.web`.

Requests go straight into each WSGI app with the headers of a browser that is signed in, so no test client is measured.
CPU is this process's own; that of PostgreSQL is in the time on the clock only.
"""

from __future__ import annotations

import argparse
from uuid import uuid4

from flask import Flask

from bench import floor, rig, shops
from bench.rig import Browser
from portal.catalogue.models import Item
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from tests.support.world import Business, new_business


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    rounds = options.parse_args().rounds
    with rig.servers() as stack:
        database = stack.new_database("web")
        app = rig.app_over(stack, database)
        business = shops.fill(app, database, 10_000)
        person = Browser.of(business.client("owner"))
        page = person.get("/invoices")
        raw = floor.ListFloor(database.superuser_dsn, page, business.tenant_id, business.owner_id)
        nobody = Browser(raw.app)
        assert floor.same_page(page, nobody.get("/invoices")), "the floor does not answer the same page"
        got = rig.interleaved({"list": lambda: person.get("/invoices"), "raw": lambda: nobody.get("/invoices")}, rounds)
        _tell(f"List page of 25 invoices, {len(page):,} characters", got, "list", "raw", "raw psycopg + Jinja, same page")
        shop = new_business(app)
        item, bare = _item(app, shop), Browser(floor.issue_floor(database.superuser_dsn, database.app_dsn))
        seller = Browser.of(shop.client("owner"))
        got = rig.interleaved({"issue": lambda: press(seller, item), "floor": lambda: press(bare, item)}, rounds)
        _tell("Issue POST, one line", got, "issue", "floor", "Flask POST, one INSERT")


def _tell(title: str, got: dict[str, rig.Measured], ours: str, under: str, floor_name: str) -> None:
    one, other = got[ours], got[under]
    rows = [
        ("", "wall ms", "CPU ms"),
        ("the portal", f"{one.wall:.2f}", f"{one.cpu:.2f}"),
        (floor_name, f"{other.wall:.2f}", f"{other.cpu:.2f}"),
        ("ratio", rig.ratio(one.wall, other.wall), rig.ratio(one.cpu, other.cpu)),
    ]
    rig.table(title, rows)


def press(browser: Browser, item_id: str) -> None:
    """Issue one line to a walk-in, as the form without JavaScript sends it."""
    answer = browser.post(
        "/invoices/drafts",
        {
            "action": "issue", "idempotency_key": uuid4().hex, "draft": str(uuid4()), "row": ["l1", "p1"], "l1-item_id": item_id,
            "l1-item": "Delivery", "l1-qty": "1", "l1-prc": "800.00", "p1-method": "cash",
        },
    )  # fmt: skip
    assert answer.startswith("303"), answer


def _item(app: Flask, shop: Business) -> str:
    with app.app_context(), acting_for(shop.tenant_id):
        item = Item(
            tenant_id=shop.tenant_id, id=uuid4(), name="Delivery", search_name="delivery", class_code="10101500", item_type="3",
            package_unit="NT", quantity_unit="NO", band="B", price=800,
        )  # fmt: skip
        db.session.add(item)
        db.session.commit()
        return str(item.id)


if __name__ == "__main__":
    main()
