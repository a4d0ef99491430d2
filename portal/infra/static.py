"""Static files under one hashed path, compressed once and cached for a year."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).parents[2] / "static"
COMPRESSED = (".gz", ".br")


def fingerprint(root: Path = ROOT) -> str:
    """Ten hex digits that change with any static file."""
    digest = hashlib.sha256()
    for path in _originals(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def compress(root: Path = ROOT) -> int:
    """Write .gz and .br beside every file whose own are missing or older, and gains from them; returns how many were made.

    Several processes of one machine may call this at once. An old .gz would be served in place of the file beside it.
    """
    compressor = Compressor(quiet=True)
    with (root / "app.css").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stale = [path for path in _originals(root) if compressor.should_compress(path.name) and _is_stale(path)]
        for path in stale:
            for old in _compressed(path):
                old.unlink(missing_ok=True)
        return sum(bool(list(compressor.compress(str(path)))) for path in stale)


def _is_stale(path: Path) -> bool:
    changed = path.stat().st_mtime
    return any(not form.exists() or form.stat().st_mtime < changed for form in _compressed(path))


def _compressed(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in COMPRESSED]


def serve(app: Flask) -> None:
    """Serve the static folder from `/static/<fingerprint>/` and give templates `static_url`."""
    prefix = f"static/{fingerprint()}"

    def immutable(_path: str, url: str) -> bool:
        return url.startswith(f"/{prefix}/")

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(ROOT), prefix=prefix, immutable_file_test=immutable, add_headers_function=_headers
    )
    static_url: Callable[[str], str] = lambda name: f"/{prefix}/{name}"  # noqa: E731
    app.jinja_env.globals["static_url"] = static_url


def _headers(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _originals(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and path.suffix not in COMPRESSED)
