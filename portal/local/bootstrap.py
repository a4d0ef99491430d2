"""Makes .venv and hands over to the command: runs under any Python from 3.11 on, with the standard library only."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

CLONE = Path(__file__).resolve().parents[2]
VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".stamp"
REQUIREMENTS = (CLONE / "requirements.txt", CLONE / "requirements-dev.txt")
NO_VENV = """Python's venv module cannot make a virtual environment here: ensurepip is missing.
Install it, for example: sudo apt-get install -y python3-venv"""


def main() -> NoReturn:
    """Install when needed, then become `python -m portal.local <command> …` in the virtual environment."""
    os.environ["RISITI_STARTED"] = repr(time.time())
    # The command may be called from any folder.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(CLONE), os.environ.get("PYTHONPATH", "")]))
    if _stamp_on_disk() != _stamp_wanted():
        _install_once()
    os.execv(PYTHON, [str(PYTHON), "-m", "portal.local", *sys.argv[1:]])


def _install_once() -> None:
    """Install while nobody else in this clone does; who comes second finds the work done."""
    with (CLONE / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _stamp_wanted()
        if _stamp_on_disk() == wanted:
            return
        began = time.monotonic()
        _say("Installing Risiti's Python packages into .venv (once; half a minute, or seconds with uv) …")
        uv = shutil.which("uv")
        _install_with_uv(uv) if uv else _install_with_pip()
        STAMP.write_text(wanted)
        _say(f"Installed in {time.monotonic() - began:.0f} seconds.")


def _install_with_uv(uv: str) -> None:
    if not _made_here():
        _run([uv, "venv", "--quiet", "--clear", "--python", _base_python(), str(VENV)])
    # Compiled once now, every later start is faster.
    _run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON), "-r", str(REQUIREMENTS[1])])


def _install_with_pip() -> None:
    if not _made_here() or not _has_pip():
        made = subprocess.run([_base_python(), "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
        if made.returncode != 0:
            _fail(NO_VENV if "ensurepip" in made.stdout + made.stderr else made.stdout + made.stderr)
    _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
          "-r", str(REQUIREMENTS[1])])


def _made_here() -> bool:
    """Whether .venv works and was made for this place: a moved clone or an upgraded Python makes a new one."""
    try:
        return json.loads(STAMP.read_text())["environment"] == _environment() and PYTHON.exists()
    except (OSError, ValueError, KeyError):
        return False


def _has_pip() -> bool:
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def _environment() -> str:
    return f"{CLONE} {sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"


def _stamp_wanted() -> str:
    packages = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    return json.dumps({"environment": _environment(), "packages": packages})


def _stamp_on_disk() -> str | None:
    try:
        return STAMP.read_text() if PYTHON.exists() else None
    except OSError:
        return None


def _base_python() -> str:
    """The Python that a virtual environment is made from, also when we already run inside one."""
    return getattr(sys, "_base_executable", sys.executable) or sys.executable


def _run(command: list[str]) -> None:
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if answer.returncode != 0:
        _fail(f"{answer.stdout}\nThis did not work: {' '.join(command)}\nTry again when the cause is gone.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _fail(sentence: str) -> NoReturn:
    _say(sentence)
    sys.exit(1)


if __name__ == "__main__":
    main()
