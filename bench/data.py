"""D1 of PERFORMANCE §6, lists, searches and Home at 10,000 and 1,000,000 rows of 2,000 businesses: `python -m bench.data`.

As portal_app, sign-in and row-level security included. A search finds the same number of documents at both sizes (a customer
has 40), so that the ratio tells what the rows around them cost, not how long the answer is.
"""

from __future__ import annotations

import argparse
from functools import partial

from bench import rig, shops
from bench.rig import Browser

PAGES = {
    "Invoices": "/invoices",
    "search by name": "/invoices?q=customer+000003",
    "search by number": "/invoices?q=INV-000150",
    "search by PIN": "/invoices?q=P000000003C",
    "search by amount": "/invoices?q=266.00",
    "signed, today": "/invoices?state=signed&dates=today",
    "signed": "/invoices?state=signed",
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
