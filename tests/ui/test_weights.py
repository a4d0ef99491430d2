"""A first visit over 3G has a budget; each file has its share of it."""

import gzip
import json

from PIL import Image

from tests.ui.environment import STATIC

KB = 1024


def compressed(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


def test_our_two_style_sheets_together_stay_under_8_kb():
    assert compressed("tokens.css", "app.css") <= 8 * KB


def test_our_script_stays_under_4_kb():
    assert compressed("app.js") <= 4 * KB


def test_the_sprite_stays_under_6_kb():
    assert compressed("icons.svg") <= 6 * KB


def test_everything_a_first_page_loads_beside_its_html_stays_under_70_kb():
    files = ["tokens.css", "app.css", "app.js", "icons.svg", "logo/mark.svg", "manifest.webmanifest"]
    vendored = [f"vendor/{path.name}" for path in (STATIC / "vendor").glob("*.min.*") if path.suffix in (".js", ".css")]
    assert compressed(*files, *vendored) <= 70 * KB


def test_a_logo_stays_under_20_kb():
    for path in (STATIC / "logo").iterdir():
        assert path.stat().st_size <= 20 * KB, path.name


def test_the_manifest_names_icons_that_are_as_large_as_it_says():
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        (f"{size}x{size}", purpose) for size in (192, 512) for purpose in ("any", "maskable")
    }
    for icon in manifest["icons"]:
        with Image.open(STATIC / icon["src"]) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            assert picture.format == "PNG"


def test_a_maskable_icon_is_opaque_to_its_edges():
    for size in (192, 512):
        with Image.open(STATIC / f"icons/risiti-maskable-{size}.png") as picture:
            corners = [picture.convert("RGBA").getpixel((x, y)) for x in (0, size - 1) for y in (0, size - 1)]
        assert set(corners) == {(10, 92, 74, 255)}
