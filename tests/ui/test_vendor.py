"""What we did not write ourselves: known, unchanged, licensed."""

import hashlib

import pytest

from tests.ui.environment import STATIC

NOTE = (STATIC / "vendor/VENDOR.txt").read_text()
ENTRIES = [
    dict(line.split(":", 1) for line in block.splitlines() if ":" in line)
    for block in NOTE.split("\n\n")
    if block.startswith("File:")
]
FIELDS = {entry["File"].strip(): {name: value.strip() for name, value in entry.items()} for entry in ENTRIES}


def files() -> list[str]:
    originals = (path for path in (STATIC / "vendor").iterdir() if path.suffix not in (".gz", ".br"))
    return sorted(path.name for path in originals if path.name != "VENDOR.txt")


@pytest.mark.parametrize("name", files())
def test_a_vendored_file_is_the_published_one(name):
    assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == FIELDS[name]["SHA-256"]


@pytest.mark.parametrize("name", files())
def test_a_vendored_file_carries_its_version_in_its_name(name):
    assert FIELDS[name]["Version"] in name


def test_each_entry_names_what_a_reader_needs():
    for name, entry in FIELDS.items():
        assert {"Name", "Version", "Source", "Licence"} <= set(entry), name
        assert (STATIC / "vendor" / name).exists(), name
        assert entry["Source"].startswith("https://github.com/"), "the project's own page, not a registry"
