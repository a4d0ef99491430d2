"""Asking for many receipts at once: one act that hands each of them out, and the wish that a worker makes the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select, text, update

from portal.audit import services as audit
from portal.downloads import queries
from portal.downloads.models import Download, DownloadPart
from portal.errors import BadInput
from portal.identity.access import Actor
from portal.identity.permissions import Permission
from portal.infra import doors, files, outbox
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import acting_for, acting_for_nobody, current_tenant_id
from portal.receipts import bulk
from portal.receipts.bulk import NextPaper

MOST_RECEIPTS = 1000
MOST_AT_ONCE = 3
KEPT = timedelta(days=7)
SWEPT_AT_ONCE = 50
IN_LINE = "SELECT pg_advisory_xact_lock(hashtextextended('downloads ' || :tenant, 0))"


class Form(StrEnum):
    """What the receipts become: one file each in a ZIP, or one PDF behind another."""

    ZIP = "zip"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made; `originals`: also papers that were never handed out, which hands them out now."""

    document_ids: Sequence[UUID]
    form: Form
    originals: bool
    describes: str


def ask(actor: Actor, wish: Wish, key: str) -> Download:
    """A download of these receipts, each handed out by this act; the same `key` again is the same one. Raises BadInput."""
    with transaction():
        db.session.execute(text(IN_LINE), {"tenant": str(current_tenant_id())})
        return queries.under(key) or _new(actor, wish, key)


def may_take_originals(actor: Actor) -> bool:
    """Originals leave the house by people who hand receipts out; an accountant takes copies."""
    return actor.may(Permission.ISSUE_INVOICES)


def remove(actor: Actor, download_id: UUID) -> None:
    """The file goes now; what was handed out stays handed out. Raises NotFound."""
    with transaction():
        download = queries.download(download_id)
        audit.record(actor.name, "download removed", download.describes)
        _remove(download)


def remove_old() -> int:
    """Files whose seven days are over go, for the clock; returns how many."""
    with acting_for_nobody():
        old = doors.old_downloads(SWEPT_AT_ONCE)
    for tenant_id, download_id in old:
        with acting_for(tenant_id), transaction():
            _remove(queries.download(download_id))
    return len(old)


def _new(actor: Actor, wish: Wish, key: str) -> Download:
    if queries.count_being_made() >= MOST_AT_ONCE:
        raise BadInput(_("Three downloads are being made already. Wait until one is ready."))
    papers = bulk.next_papers(wish.document_ids, in_line=True)
    wanted = _allowed(actor, wish, papers)
    download = Download(
        tenant_id=current_tenant_id(),
        form=wish.form.value,
        describes=wish.describes,
        total=len(wanted),
        left_out=len(papers) - len(wanted),
        by_person=actor.person_id,
        by_name=actor.name,
        expires_at=database_now() + KEPT,
        idem_key=key,
    )
    db.session.add(download)
    db.session.flush()
    taken = bulk.take_many(actor, wanted)
    db.session.execute(
        insert(DownloadPart),
        [
            {"tenant_id": download.tenant_id, "download_id": download.id, "place": place,
             "document_id": one.document_id, "hand_out_id": one.hand_out_id}
            for place, one in enumerate(taken, start=1)
        ],
    )  # fmt: skip
    outbox.wish("documents", "make_download", download.id)
    return download


def _allowed(actor: Actor, wish: Wish, papers: Sequence[NextPaper]) -> Sequence[NextPaper]:
    """The papers that go into the file; raises BadInput for none or too many."""
    originals = wish.originals and may_take_originals(actor)
    wanted = [paper for paper in papers if originals or not paper.is_original]
    if not wanted:
        raise BadInput(_("There is no receipt in it that can be taken. Choose other invoices."))
    if len(wanted) > MOST_RECEIPTS:
        raise BadInput(_("A download holds at most 1,000 receipts. Choose fewer days."))
    return wanted


def _remove(download: Download) -> None:
    """The file first: a row without its file says by itself that it is gone."""
    files.remove(files.key_of(file_of(download)))
    mine = (Download.tenant_id == download.tenant_id, Download.id == download.id)
    db.session.execute(update(Download).where(*mine).values(state="gone", storage_key=None, expires_at=func.now()))
    parts = (DownloadPart.tenant_id == download.tenant_id, DownloadPart.download_id == download.id)
    db.session.execute(delete(DownloadPart).where(*parts))


def file_of(download: Download) -> str:
    """What the file of a download is called in the store, before it is there and after it is gone."""
    return f"downloads/{download.id}.{download.form}"


def made(download_id: UUID, key: str, size: int, digest: bytes) -> None:
    """The file lies in the store: an act of the worker; a download that was removed meanwhile stays gone."""
    with transaction():
        mine = update(Download).where(Download.tenant_id == current_tenant_id(), Download.id == download_id)
        values = {"state": "ready", "storage_key": key, "size": size, "sha256": digest, "ready_at": func.now()}
        done = db.session.execute(mine.where(Download.state == "making").values(values).returning(Download.id)).one_or_none()
    if done is None:
        state = select(Download.state).where(Download.tenant_id == current_tenant_id(), Download.id == download_id)
        if db.session.execute(state).scalar_one() == "gone":
            files.remove(key)
