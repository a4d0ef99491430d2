"""Making a download, in the documents worker: a slice at a time, each receipt noted as done, and the file at the end."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, update

from portal.downloads import queries, services
from portal.downloads.merging import MergeFailed, merge
from portal.downloads.models import Download, DownloadPart
from portal.downloads.names import MANIFEST, file_names, manifest
from portal.downloads.queries import Content
from portal.downloads.services import Form
from portal.errors import NotFound
from portal.infra import files, outbox
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import local
from portal.receipts import jobs, making, store
from portal.receipts import services as papers
from portal.receipts.errors import PageRefused
from portal.receipts.models import HandOut
from portal.receipts.press import the_press

log = structlog.get_logger()
SLICE_SECONDS = 2.0  # then whoever waits for one receipt goes first
AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Stored:
    """A receipt that goes into the file: its name there and where its stored PDF lies."""

    content: Content
    name: str
    path: Path
    digest: str


@outbox.handles("make_download")
def make_download(download_id: UUID) -> None:
    """One slice of a download, or its file when every receipt is there; what a killed worker did stays done."""
    try:
        download = queries.download(download_id)
    except NotFound:
        return
    if download.state != "making":
        return
    ends = time.monotonic() + SLICE_SECONDS
    while parts := queries.open_parts(download_id, AT_ONCE):
        for hand_out in parts:
            if time.monotonic() > ends:
                raise outbox.Unfinished
            _make(download_id, hand_out)
    _put_together(download)


def _make(download_id: UUID, hand_out: HandOut) -> None:
    """The stored PDF of one hand-out, drawn now where it was never drawn; a page that cannot be drawn holds nobody up."""
    problem = None
    hand_out_id = hand_out.id
    try:
        with jobs.press_trouble():
            making.make_handed_out(the_press(), hand_out_id)
    except PageRefused:
        problem = _("This receipt could not be drawn.")
    with transaction():
        mine = update(DownloadPart).where(DownloadPart.tenant_id == current_tenant_id())
        done = {"problem": problem} if problem else {"made_at": func.now()}
        db.session.execute(
            mine.where(DownloadPart.download_id == download_id, DownloadPart.hand_out_id == hand_out_id).values(done)
        )


def _put_together(download: Download) -> None:
    """The file of a download whose receipts all lie in the store; raises outbox.Later when one was lost since."""
    contents = queries.contents(download.id)
    names = file_names(contents)
    stored = [_stored(content, name) for content, name in zip(contents, names, strict=True) if not content.problem]
    form = Form(download.form)
    name = services.file_of(download)
    title = _("Receipts: %(what)s", what=download.describes)
    db.session.close()  # putting together takes long: no transaction is open meanwhile
    with files.new_file(name) as out:
        if form is Form.PDF:
            try:
                merge(title, [(f"{one.content.number} {one.content.buyer}".strip(), one.path) for one in stored], out)
            except MergeFailed as problem:
                raise outbox.Later(f"The receipts could not be put together: {problem}") from problem
        else:
            _zip(out, stored, contents, names)
        size, digest = out.stat().st_size, _digest(out)
    services.made(download.id, files.key_of(name), size, digest)
    log.info("download_made", download_id=str(download.id), receipts=len(stored), bytes=size)


def _stored(content: Content, name: str) -> Stored:
    row = store.newest(papers.paper_of(content.hand_out))
    if row is None or store.sound_bytes(row) is None:
        db.session.rollback()
        papers.make_again(content.hand_out)
        raise outbox.Later("A stored receipt was lost and is made again.")
    return Stored(content, name, files.path_of(row.storage_key), row.sha256.hex())


def _zip(out: Path, stored: Sequence[Stored], contents: Sequence[Content], names: Sequence[str]) -> None:
    """Stored bytes one after the other: PDFs are packed already, and memory holds one of them at a time."""
    digests = {one.name: one.digest for one in stored}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(MANIFEST, manifest(contents, names, [digests.get(name, "") for name in names]), zipfile.ZIP_DEFLATED)
        for one in stored:
            entry = zipfile.ZipInfo(one.name, local(one.content.issued_at).timetuple()[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, one.path.read_bytes())


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
