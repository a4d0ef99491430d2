"""Many receipts at once, and the memory of the worker meanwhile: `python -m bench.bulk [--receipts 1000] [--lines 10]`.

One documents worker, in this process, with its rendering child. Four turns over the same signed documents: the originals are
drawn, as after signing; a ZIP hands them out; one PDF takes a copy of each, whose bodies are drawn; a ZIP takes further
copies, which are stamped. CPU counts the worker, the rendering child and the process that merges: a busy machine slows
the clock, but not that. Two cores have 120 CPU seconds in a minute.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb

from bench import receipts, rig
from portal import registry
from portal.downloads import queries, services
from portal.downloads.services import Form, Wish
from portal.fiscal.content import content_sha256
from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.moments import EAST_AFRICA
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra import doors, outbox
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.receipts import jobs
from portal.receipts.press import the_press
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business

TICKS = os.sysconf("SC_CLK_TCK")
MINUTE, CORES = 60, 2
GROWTH_ALLOWED = 1.10
FILL = """
    WITH made AS (
      INSERT INTO document (tenant_id, id, branch_id, kind, state, trader_no, content, content_sha256, issued_at, idem_key,
                            buyer_name, search_name, taxable_amount, tax_amount, total_amount)
      SELECT %(tenant)s, gen_random_uuid(), %(branch)s, 'sale', 'issued', n, %(content)s, %(sha)s, %(at)s, n::text,
             'Jirani Hotel Limited', 'jirani hotel limited', %(taxable)s, %(tax)s, %(total)s
        FROM generate_series(1, %(receipts)s) n RETURNING id, trader_no)
    INSERT INTO submission (tenant_id, device_id, kind, subject_id, sequence_no, body, body_sha256, bound_at, state, attempts,
                            receipt_no, total_receipt_no, internal_data, signature, signed_at, sdc_id, mrc_number)
    SELECT %(tenant)s, %(device)s, 'sale', id, trader_no, 'x', sha256('x'), now(), 'accepted', 1, trader_no, trader_no,
           'ABCDEFGHIJKLMNOPQRSTUVWX23', 'ABCDEFGH23456723', %(at)s, 'KRACU0300000001', 'KRA00000001' FROM made
    RETURNING subject_id"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn over all receipts took, in seconds, and what the worker and its child held afterwards, in MiB."""

    name: str
    wall: float
    cpu: float
    worker: float
    child: float


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--receipts", type=int, default=1000)
    options.add_argument("--lines", type=int, default=10)
    asked = options.parse_args()
    with rig.servers() as stack:
        database = stack.new_database("bulk")
        app = rig.app_over(stack, database)
        registry.load_worker_parts()
        business = new_business(app)
        documents = signed(business, database, asked.receipts, asked.lines)
        turns = [turn(app, name, act) for name, act in acts(business, documents)]
        the_press().close()
    return told(turns, asked.receipts)


def signed(business: Business, database: TestDatabase, count: int, lines: int) -> list[UUID]:
    """That many signed sales of that many lines, written by the superuser."""
    sale = receipts.issued(lines).document
    sale = replace(sale, lines=tuple(replace(line, item_id=str(uuid4())) for line in sale.lines))
    assert isinstance(sale, FiscalDocument)
    content, priced = sale.to_content(), sale.priced
    values = {
        "tenant": business.tenant_id, "branch": business.branch_id, "device": business.device_id, "content": Jsonb(content),
        "sha": content_sha256(content), "at": datetime(2026, 11, 20, 14, 5, 9, tzinfo=EAST_AFRICA), "receipts": count,
        "taxable": priced.taxable_amount, "tax": priced.tax_amount, "total": priced.total_amount,
    }  # fmt: skip
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute(FILL, values)]
        connection.execute("ANALYZE")
    return ids


def acts(business: Business, documents: list[UUID]) -> list[tuple[str, Callable[[], None]]]:
    """The four turns, each acting for the business."""
    actor = Actor(business.owner_id, "Grace", business.tenant_id, Role.OWNER, business.owner_id)

    def originals() -> None:
        for document_id in documents:
            outbox.wish_now("documents", "render_receipt", document_id)

    def download(form: Form) -> Callable[[], None]:
        return lambda: _asked(services.ask(actor, Wish(documents, form, originals=True, describes="All of them"), uuid4().hex).id)

    def as_business(act: Callable[[], None]) -> Callable[[], None]:
        def inside() -> None:
            with acting_for(business.tenant_id):
                act()

        return inside

    return [
        ("originals drawn", as_business(originals)),
        ("ZIP of stored originals", as_business(download(Form.ZIP))),
        ("PDF of first copies, drawn", as_business(download(Form.PDF))),
        ("ZIP of further copies, stamped", as_business(download(Form.ZIP))),
    ]


def _asked(download_id: UUID) -> None:
    assert queries.download(download_id).state == "making"


def turn(app: Flask, name: str, ask: Callable[[], None]) -> Turn:
    """Ask, and let the worker answer until nothing is due."""
    with app.app_context():
        ask()
        begun, cpu = time.perf_counter(), _cpu()
        while _is_due():
            jobs.drain_documents()
        taken = Turn(name, time.perf_counter() - begun, _cpu() - cpu, _held("self"), _held(str(the_press().pid)))
    print(f"  {name}: {taken.wall:.1f} s, worker {taken.worker:.0f} MiB, child {taken.child:.0f} MiB", flush=True)
    return taken


def _is_due() -> bool:
    with acting_for_nobody():
        return bool(doors.due_outbox("documents", 1))


def _cpu() -> float:
    """CPU seconds of this process, of its ended children, and of the rendering child that is alive."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    pid = the_press().pid
    alive = 0.0
    if pid is not None:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        alive = (int(fields[11]) + int(fields[12])) / TICKS
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime + alive


def _held(pid: str) -> float:
    """The memory a process holds now, in MiB; 0 for none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def told(turns: list[Turn], count: int) -> int:
    """Print the figures; returns how many goals were missed."""
    rows: list[tuple[str, ...]] = [("turn", "receipts a minute", "CPU s for 1,000", "of 120", "worker MiB", "child MiB")]
    for one in turns:
        cpu = 1000 * one.cpu / count
        rows.append((one.name, f"{MINUTE * count / one.wall:,.0f}", f"{cpu:.1f}", f"{cpu / MINUTE / CORES:.0%}",
                     f"{one.worker:.0f}", f"{one.child:.0f}"))  # fmt: skip
    rig.table(f"{count:,} receipts, one documents worker", rows)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    growth = turns[-1].worker / turns[0].worker
    print(f"\n  the worker after {2 * count:,} renders and three files: {growth:.2f} of what it held after {count:,}")
    print(f"  the largest process that came and went (rendering or merging): {largest:.0f} MiB")
    slow = [one for one in turns if 1000 * one.cpu / count > MINUTE * CORES]
    return len(slow) + (growth > GROWTH_ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
