"""Rules that hold for every template of the portal, whoever writes it."""

import re
from pathlib import Path

import pytest

from portal.shell import TABS
from tests.ui.environment import STATIC, TEMPLATES

ALL = [  # printed documents have style sheets of their own and never meet a browser
    path for path in sorted(TEMPLATES.rglob("*.html")) if "print" not in path.relative_to(TEMPLATES).parts
]
INCLUDE = re.compile(r"""\{%-? include ["']([^"']+)["'] -?%\}""")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
ICON_NAMES = [
    r'\bicon\("([a-z0-9-]+)"',
    r'"icon": ?"([a-z0-9-]+)"',
    r'\b(?:action_icon|icon_name)="([a-z0-9-]+)"',
    r'link_button\([^{}]*?, "(?:primary|quiet|link|danger)", "([a-z0-9-]+)"',
    r'#([a-z0-9-]+)"/></svg>',
]


def markup(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def each(paths=ALL):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(TEMPLATES)))


@each()
@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"<script(?![^>]*\ssrc=)[^>]*>", "an inline script is refused by the content security policy"),
        (r"<style\b", "an inline style sheet is refused by the content security policy"),
        (r"<[a-z][^>]*\sstyle=", "a style attribute is refused by the content security policy"),
        (r"<[a-z][^>]*\son[a-z]+=", "an event attribute is refused by the content security policy"),
        (r"\bhx-on\b|\bhx-on:", "hx-on needs eval"),
        (r"""hx-(vals|headers)=["']?(js|javascript):""", "js: values need eval"),
        (r"javascript:", "a javascript: address is refused by the content security policy"),
        (r"hx-trigger=\"[^\"]*\[", "a trigger filter needs eval"),
        (r"hx-boost|hx-delete|hx-put|hx-patch", "plain links and POST forms only"),
        (r"from:closest", "does nothing in htmx 4: name an id"),
        (r"\|\s*safe\b|\bMarkup\(", "text is never trusted as markup"),
        (r"""(?:src|href)=["'](?:https?:)?//(?!wa\.me|etims)[^"']*\.(?:js|css|woff2?)""", "no third-party hosts"),
        (
            r"\bbtn-(outline-[a-z]+|secondary|success|warning|info|light|dark)\b",
            "buttons are primary, quiet, link, danger",
        ),
        (r"""type=["']number["']""", "numbers are text with inputmode: a number field loses what it cannot read"),
        (r"#[0-9a-fA-F]{6}\b(?<!#0a5c4a)", "a colour is a role from tokens.css"),
    ],
    ids=lambda value: value if " " in value else "",
)
def test_templates_stay_inside_the_rules(path, pattern, why):
    found = re.search(pattern, markup(path))
    assert not found, f"{why}: {found.group()[:120]}"


@each()
def test_every_icon_is_in_the_sprite(path):
    used = {name for pattern in ICON_NAMES for name in re.findall(pattern, markup(path))}
    assert used <= SYMBOLS, f"not in static/icons.svg: {sorted(used - SYMBOLS)}"


@each()
def test_every_post_form_carries_the_csrf_token(path):
    text = INCLUDE.sub(lambda include: markup(TEMPLATES / include.group(1)), markup(path))
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL | re.IGNORECASE):
        if re.search(r'method="post"', form, re.IGNORECASE):
            assert "csrf" in form, form[:160]


@each([path for path in ALL if path.parent.name == "components" and not path.name.startswith("_")])
def test_a_component_says_how_it_is_used(path):
    text = path.read_text()
    assert text.startswith("{#"), "the documentation stands at the top"
    words = COMMENT.search(text).group()
    for name in re.findall(r"{% macro ([a-z]\w*)\(", text):
        if name not in PARTS:
            assert name in words, f"{name} is not documented"


PARTS = {  # pieces of a component that pages do not call
    *("described", "error_text", "label_and_hint", "control_attributes", "one_option", "hidden_class"),
    *("alerts", "drawing", "bar_total"),
}


@each([path for path in ALL if path.parent.name != "components"])
def test_words_of_a_page_can_be_translated(path):
    """A visible English word outside of _() is a word that Swahili readers would not get."""
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", markup(path), flags=re.DOTALL)
    text = re.sub(r"<(\w+)[^>]*\btranslate=\"no\"[^>]*>.*?</\1>", " ", text, flags=re.DOTALL)  # names are not translated
    text = re.sub(r"<[^>]*>", " ", text)
    words = re.findall(r"[A-Za-z]{3,}", text.replace("&nbsp;", " ").replace("&middot;", " "))
    assert set(words) <= {"Risiti", "Ksh", "KRA", "PIN", "eTIMS", "VAT", "doctype", "html", "amp"}, words[:10]


def test_the_sprite_says_whose_icons_they_are():
    text = (STATIC / "icons.svg").read_text()
    assert "Bootstrap Icons" in text
    assert f"Bootstrap Icons, {len(SYMBOLS - {'mark', 'wordmark'})} of them" in (STATIC / "vendor/VENDOR.txt").read_text()


def test_every_tab_has_its_icon():
    assert {icon for _, _, icon, _, _ in TABS} <= SYMBOLS
