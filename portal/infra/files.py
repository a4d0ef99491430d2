"""Files outside the database: written once, read by key, every key begins with its tenant."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from portal.infra.tenancy import current_tenant_id

PART = ".part"


class FileMissing(Exception):
    """A stored file is not there."""


def write(name: str, data: bytes) -> str:
    """Store `data` under the current tenant and return its key; whole or not at all, also when the machine stops."""
    key = key_of(name)
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return key


@contextmanager
def new_file(name: str) -> Iterator[Path]:
    """A path to write a large file to; at the end it lies under `key_of(name)`, whole, or not at all after an error."""
    path = _path(key_of(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(PART, f"{path.name}.", path.parent)
    os.close(handle)
    try:
        yield Path(part)
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def key_of(name: str) -> str:
    """The key of a file of the current tenant."""
    return f"{current_tenant_id()}/{name}"


def remove(key: str) -> None:
    """Delete a file of the current tenant, and what a killed worker left of it; another tenant's raises FileMissing.

    One that is gone already is no problem.
    """
    if not key.startswith(f"{current_tenant_id()}/"):
        raise FileMissing(key)
    path = _path(key)
    for each in (path, *path.parent.glob(f"{path.name}.*{PART}")):
        each.unlink(missing_ok=True)


def read(key: str) -> bytes:
    """What was stored under `key`; raises FileMissing when it is gone or another tenant's."""
    if not key.startswith(f"{current_tenant_id()}/"):
        raise FileMissing(key)
    try:
        return _path(key).read_bytes()
    except FileNotFoundError as error:
        raise FileMissing(key) from error


def path_of(key: str) -> Path:
    """Where the file of `key` lies."""
    return _path(key)


def _path(key: str) -> Path:
    root: Path = current_app.extensions["settings"].storage_folder
    path = (root / key).resolve()
    if not path.is_relative_to(root.resolve()):
        raise FileMissing(key)
    return path
