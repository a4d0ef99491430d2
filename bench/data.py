"""Lists, searches and Home at 10,000 and at 1,000,000 rows of 2,000 businesses, as portal_app: `python -m bench.data`."""

from __future__ import annotations

import argparse
from functools import partial

from bench import rig, shops
from bench.rig import Browser

PAGES = {
    "Invoices": "/invoices",
    "search by name": "/invoices?q=customer+12",
    "search by number": "/invoices?q=INV-000150",
    "search by PIN": "/invoices?q=P000000150C",
    "search by amount": "/invoices?q=266.00",
    "state and dates": "/invoices?state=signed&period=month",
    "Home": "/",
    "Needs attention": "/attention",
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--few", type=int, default=10_000)
    options.add_argument("--many", type=int, default=1_000_000)
    chosen = options.parse_args()
    with rig.servers() as stack:
        visitors = {}
        for rows in (chosen.few, chosen.many):
            database = stack.new_database(f"rows{rows}")
            visitors[rows] = Browser.of(shops.fill(rig.app_over(stack, database), database, rows).client("owner"))
        table = [("page (ms, median)", f"{chosen.few:,} rows", f"{chosen.many:,} rows", "ratio")]
        for name, address in PAGES.items():
            got = rig.interleaved({str(rows): partial(visitor.get, address) for rows, visitor in visitors.items()})
            few, many = got[str(chosen.few)].wall, got[str(chosen.many)].wall
            table.append((name, f"{few:.1f}", f"{many:.1f}", rig.ratio(many, few)))
        rig.table("The same pages over few and many rows, row-level security and sign-in included", table)


if __name__ == "__main__":
    main()
