"""Static files: compressed once, again when they change, never an old form in place of a new file."""

import gzip
import os
from pathlib import Path

import pytest

from portal.infra import static

LONG = "main { color: var(--r-text); }\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.css").write_text(LONG)
    (tmp_path / "tiny.svg").write_text("<svg/>")
    assert static.compress(tmp_path) == 1
    return tmp_path


def test_a_file_that_gains_gets_both_forms_and_a_tiny_one_none(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["app.css", "app.css.br", "app.css.gz", "tiny.svg"]
    assert gzip.decompress((folder / "app.css.gz").read_bytes()).decode() == LONG


def test_what_is_compressed_already_is_left_alone(folder: Path) -> None:
    assert static.compress(folder) == 0


def test_a_changed_file_is_compressed_again(folder: Path) -> None:
    (folder / "app.css").write_text(LONG + LONG)
    later = (folder / "app.css.gz").stat().st_mtime + 1
    os.utime(folder / "app.css", (later, later))
    assert static.compress(folder) == 1
    assert gzip.decompress((folder / "app.css.gz").read_bytes()).decode() == LONG + LONG


def test_the_old_forms_of_a_file_that_no_longer_gains_are_gone(folder: Path) -> None:
    (folder / "app.css").write_text("a{}")
    later = (folder / "app.css.gz").stat().st_mtime + 1
    os.utime(folder / "app.css", (later, later))
    static.compress(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["app.css", "tiny.svg"]
