"""Contrast of the colour roles, computed as WCAG 2.2 does, in both themes."""

import re

import pytest

from tests.ui.environment import STATIC

CSS = (STATIC / "tokens.css").read_text()
BODY = ["bg", "surface", "sunk"]
STATES = ["ok", "info", "wait", "bad", "off", "credit", "brand", "clay"]
PAIRS = (
    [(ink, ground) for ink in ("text", "muted", "brand") for ground in BODY]
    + [(ink, f"{state}-soft") for state in STATES for ink in (state, "text")]
    + [("on-brand", "brand"), ("on-brand", "brand-hover"), ("surface", "bad"), ("clay", "bg"), ("clay", "surface")]
)


def roles(block_start: str) -> dict[str, str]:
    block = CSS[CSS.index(block_start) :]
    return dict(re.findall(r"--r-([a-z-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


THEMES = {"light": roles(":root, [data-bs-theme=light]"), "dark": roles("[data-bs-theme=dark]")}
BY_DEVICE = roles(":root:not([data-bs-theme])")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS, ids=lambda role: role)
def test_text_stands_out_from_its_ground(theme, ink, ground):
    colours = THEMES[theme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("line", ["line-strong", "focus"])
@pytest.mark.parametrize("ground", BODY)
def test_lines_that_mean_something_stand_out(theme, line, ground):
    assert contrast(THEMES[theme][line], THEMES[theme][ground]) >= 3


def test_a_dark_phone_without_a_choice_gets_the_same_colours_as_the_choice_dark():
    assert THEMES["dark"] == BY_DEVICE


def test_components_use_roles_and_no_raw_colours():
    text = re.sub(r'url\("data:[^"]*"\)', "", (STATIC / "app.css").read_text())
    raw = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text))
    assert raw <= {"#fff", "#000", "#0000"}, raw  # the QR's white, and masks, which have no colour
