"""Stored PDFs behind one another as one, in a process of its own whose memory goes with it.

`python -m portal.downloads.merging OUT` reads one JSON line from its input: title and [title, path] of each PDF.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pikepdf

ROOT = Path(__file__).parents[2]
SECONDS = 60


class MergeFailed(Exception):
    """The process that merges died or took too long."""


def merge(title: str, receipts: Sequence[tuple[str, Path]], out: Path) -> None:
    """Write one PDF of all these to `out`, with a bookmark for each; raises MergeFailed."""
    task = json.dumps({"title": title, "receipts": [[name, str(path)] for name, path in receipts]})
    command = (sys.executable, "-m", "portal.downloads.merging", str(out))
    # Nothing of our environment: secrets do not go where files are only put together.
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    try:
        subprocess.run(command, input=task.encode(), cwd=ROOT, env=environment, check=True, timeout=SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise MergeFailed(type(error).__name__) from error


def write(title: str, receipts: Sequence[tuple[str, str]], out: str) -> None:
    """The merged PDF, written by this process."""
    with pikepdf.new() as whole:
        with whole.open_outline() as outline:
            for name, path in receipts:
                first = len(whole.pages)
                with pikepdf.open(path) as receipt:
                    whole.pages.extend(receipt.pages)
                outline.root.append(pikepdf.OutlineItem(name, first))
        whole.Root.Lang = pikepdf.String("en")
        whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        whole.docinfo["/Title"] = title
        whole.save(out)


if __name__ == "__main__":
    given = json.load(sys.stdin)
    write(given["title"], given["receipts"], sys.argv[1])
