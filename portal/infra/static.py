"""Static files under one hashed path, compressed once and cached for a year."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

ROOT = Path(__file__).parents[2] / "static"
COMPRESSED = (".gz", ".br")


def fingerprint(root: Path = ROOT) -> str:
    """Ten hex digits that change with any static file."""
    digest = hashlib.sha256()
    for path in _originals(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def compress(root: Path = ROOT) -> int:
    """Write .gz and .br beside every file that gains from it; returns how many files were looked at."""
    compressor = Compressor(quiet=True)
    files = _originals(root)
    for path in files:
        if compressor.should_compress(path.name):
            list(compressor.compress(str(path)))
    return len(files)


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
