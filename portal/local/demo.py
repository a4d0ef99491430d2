"""The demo business: one invoice through the real path, told to people and to programs."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.local.console import Console, Stopwatch
from portal.local.environment import write_private
from portal.local.places import Places, clone_folder
from portal.local.problems import Problem
from portal.local.services import environment_for

KEYS = ("url", "invoice", "kra_number", "signature", "qr", "pdf", "seconds")
NO_PDF = 3


@dataclass(frozen=True, slots=True)
class Demo:
    """What `flask demo --json` answered: the signed invoice and the log-ins of the demo business."""

    answer: Mapping[str, Any]

    @property
    def has_pdf(self) -> bool:
        """Whether the receipt was drawn and lies where it is said to lie."""
        return bool(self.answer.get("pdf"))

    def as_json(self, url: str, watch: Stopwatch) -> str:
        """The one line that a program reads."""
        values = {**self.answer, "url": url, "seconds": watch.seconds()}
        return json.dumps({key: values.get(key) for key in KEYS})

    def tell(self, console: Console, url: str) -> None:
        """The lines that a person reads."""
        number, pdf = self.answer.get("kra_number"), self.answer.get("pdf")
        console.say()
        console.say(f"  Demo invoice {self.answer.get('invoice')} is signed: KRA number {number}")
        console.say(f"  Its receipt: {pdf}" if pdf else "  Its receipt is drawn as soon as the Pango text library is there.")
        console.say(f"  Open {url} and sign in as one of:")
        for login in self.answer.get("logins") or ():
            console.say(f"    {login.get('role', ''):<14} {login.get('email')}   password: {login.get('password')}")
        console.say()


def remembered(places: Places, settings: Mapping[str, str]) -> Demo | None:
    """The demo invoice that an earlier start issued in this very database: a later start issues no further one."""
    try:
        note = json.loads(places.demo.read_text())
    except (OSError, ValueError):
        return None
    return Demo(note["answer"]) if note.get("database") == _mark(settings) else None


def remember(places: Places, settings: Mapping[str, str], demo: Demo) -> None:
    """Keep it for the next start."""
    write_private(places.demo, json.dumps({"database": _mark(settings), "answer": dict(demo.answer)}) + "\n")


def _mark(settings: Mapping[str, str]) -> str:
    return hashlib.sha256(settings["DATABASE_URL"].encode()).hexdigest()


def issue_demo_invoice(settings: Mapping[str, str], log: Path, draws_pdf: bool) -> Demo:
    """Seed the demo business where it is missing and issue its invoice; fails with what the command said."""
    options = [] if draws_pdf else ["--without-pdf"]
    with log.open("ab") as errors:
        answer = subprocess.run(
            [sys.executable, "-m", "flask", "demo", "--json", *options], cwd=clone_folder(), env=environment_for(settings),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
        )
    lines = answer.stdout.strip().splitlines()
    if answer.returncode not in (0, NO_PDF) or not lines:
        said = "\n".join([*lines, *log.read_text(errors="replace").splitlines()[-15:]])
        raise Problem(f"The demo invoice was not signed (flask demo: exit code {answer.returncode}).\n{said}")
    found = json.loads(lines[-1])
    pdf = found.get("pdf")
    return Demo({**found, "pdf": str(Path(pdf).resolve()) if pdf and Path(pdf).exists() else None})
