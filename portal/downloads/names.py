"""What the files of a download are called, and the list of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from portal.downloads.queries import Content
from portal.infra.spreadsheets import Cell, csv_file
from portal.infra.wording import local

HEAD = (
    "File", "Number", "Kind", "Issued", "Customer", "Customer PIN", "Without VAT (KES)", "VAT (KES)", "Total (KES)",
    "CU invoice number", "Paper", "SHA-256", "Problem",
)  # fmt: skip
MANIFEST = "receipts.csv"
LONGEST_BUYER = 40


def file_names(contents: Sequence[Content]) -> list[str]:
    """`2026-11-20_INV-000105_Jirani-Hotel.pdf` for each receipt, no two alike whatever the file system folds together."""
    names: list[str] = []
    taken: set[str] = {MANIFEST.lower()}
    for content in contents:
        stem, turn = _stem(content), 1
        name = f"{stem}.pdf"
        while name.lower() in taken:
            turn += 1
            name = f"{stem}_{turn}.pdf"
        taken.add(name.lower())
        names.append(name)
    return names


def manifest(contents: Sequence[Content], names: Sequence[str], digests: Sequence[str]) -> bytes:
    """The list of the files as CSV, with the figures of each receipt."""
    return csv_file(HEAD, [_row(*each) for each in zip(contents, names, digests, strict=True)])


def _row(content: Content, name: str, digest: str) -> list[Cell]:
    kind = "Credit note" if content.kind == "credit_note" else "Tax invoice"
    paper = "Original" if content.hand_out.is_original else f"Copy {content.hand_out.copy_no}"
    issued = f"{local(content.issued_at):%Y-%m-%d %H:%M:%S}"
    figures: tuple[Cell, ...] = content.amounts
    return [
        "" if content.problem else name, content.number, kind, issued, content.buyer, content.buyer_pin, *figures,
        content.cu_number, paper, digest, content.problem,
    ]  # fmt: skip


def _stem(content: Content) -> str:
    copy = "" if content.hand_out.is_original else f"-copy-{content.hand_out.copy_no}"
    parts = [f"{local(content.issued_at):%Y-%m-%d}", f"{content.number}{copy}", _plain(content.buyer)]
    return "_".join(part for part in parts if part)


def _plain(text: str) -> str:
    """The letters and figures of a name, with a dash for everything else: fit for any file system."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", letters)[:LONGEST_BUYER].strip("-")
