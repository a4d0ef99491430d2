"""Whatever is typed is printed as text; a page that asks for more is refused or its press is killed (RELIABILITY §13)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal.fiscal.frozen import Buyer
from portal.receipts import limits
from portal.receipts.errors import PageRefused, PressBroken
from portal.receipts.paper import a4_page
from portal.receipts.press import Press
from tests.fiscal.examples import mixed_sale
from tests.receipts.examples import named_sale, original_of
from tests.receipts.reading import in_order, poppler_text, words


class Listener:
    """A port of this machine that counts who knocks."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.knocks = 0
        self.thread = threading.Thread(target=self._answer, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/x"

    def _answer(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            self.knocks += 1
            connection.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


@pytest.fixture
def own_press() -> Iterator[Press]:
    """A press that nobody else uses."""
    press = Press()
    yield press
    press.close()


TEXTS = [
    "<script>alert(1)</script>",
    '<img src="{url}">',
    "<img src='file:///etc/passwd'>",
    '<link rel="stylesheet" href="{url}">',
    '"><svg><image href="{url}"/></svg>',
    "</td></tr></table><style>@import '{url}';</style>",
    "{{{{ 7 * 7 }}}} {{% raw %}}",
    "&lt;b&gt; &amp; &#x3c;i&#x3e;",
    "url({url})",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_looks_like_a_page_is_printed_as_the_text_it_is(press: Press, listener: Listener, text: str) -> None:
    typed = text.format(url=listener.url)
    pdf = press.print_page(a4_page(original_of(named_sale(typed)))).pdf
    assert "".join(typed.split()) in "".join(words(pdf).split())
    assert listener.knocks == 0 and b"/EmbeddedFile" not in pdf


def test_controls_and_marks_that_turn_the_reading_direction_are_not_printed() -> None:
    """What was frozen cannot hold most of them; the page drops all of them whoever made it."""
    receipt = original_of(mixed_sale())
    hidden = "Pe\u200fn\u061c\u200e \u202ereversed\u2066\ufffe\x00\x1b[31m"
    page = a4_page(replace(receipt, items=(replace(receipt.items[0], name=hidden), *receipt.items[1:])))
    assert "Pen reversed[31m" in page


@pytest.mark.parametrize("name", ["شركة مفانو للتجارة", "אבג דהו", "Ñandú Čačak Ωμέγα Жук", "日本語の品名", "Soda 🥤 baridi"])
def test_other_scripts_and_emoji_do_not_break_the_page(press: Press, name: str) -> None:
    document = replace(named_sale(name), buyer=Buyer(name=name))
    found = poppler_text(press.print_page(a4_page(original_of(document))).pdf)
    in_order(found, "TAX INVOICE", "KE2NTNO0000001", "TOTAL (KES) 7,645.00", "END OF LEGAL RECEIPT")


BEGIN = "<!doctype html><html lang='en'><head><title>x</title></head><body>"
ASKING = [
    '<img src="{url}">',
    '<p style="background: url({url})">x</p>',
    '<link rel="stylesheet" href="{url}">',
    "<style>@import '{url}';</style>",
    "<style>@font-face {{ font-family: x; src: url({url}) }} p {{ font-family: x }}</style><p>x</p>",
    '<object data="{url}"></object>',
    '<embed src="{url}">',
    '<link rel="attachment" href="{url}">',
    '<img src="file:///etc/passwd">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<img src="data:image/svg+xml,<svg/>">',
    '<img src="ftp://127.0.0.1/x">',
]


@pytest.mark.parametrize("asking", ASKING)
def test_a_page_that_asks_for_anything_outside_is_refused_and_nothing_is_fetched(
    press: Press, listener: Listener, asking: str
) -> None:
    with pytest.raises(PageRefused, match="refused"):
        press.print_page(BEGIN + asking.format(url=listener.url))
    assert listener.knocks == 0
    assert words(press.print_page(BEGIN + "<p>After</p>").pdf) == "After"


@pytest.mark.parametrize(
    "ignored",
    [
        '<a href="{url}">Here</a>',
        '<svg width="9" height="9"><image width="9" height="9" href="{url}"/></svg>Here',
        '<iframe src="{url}"></iframe>Here',
        '<script src="{url}"></script>Here',
        '<base href="{url}">Here',
    ],
)
def test_what_is_not_followed_is_ignored(press: Press, listener: Listener, ignored: str) -> None:
    assert words(press.print_page(BEGIN + ignored.format(url=listener.url)).pdf) == "Here"
    assert listener.knocks == 0


def test_a_page_that_needs_too_much_memory_is_refused(own_press: Press) -> None:
    begun = time.monotonic()
    with pytest.raises((PageRefused, PressBroken)):
        own_press.print_page(BEGIN + "<table>" + "<tr><td colspan=99999999 rowspan=60000>x" * 200)
    assert time.monotonic() - begun < 35
    assert words(own_press.print_page(BEGIN + "<p>After</p>").pdf) == "After"


@pytest.mark.slow
def test_a_word_of_a_megabyte_is_killed_in_time(own_press: Press) -> None:
    own_press.print_page(BEGIN)
    begun = time.monotonic()
    with pytest.raises((PageRefused, PressBroken)):
        own_press.print_page(f"{BEGIN}<p>{'x' * 1_000_000}</p>")
    assert time.monotonic() - begun < 35
    assert words(own_press.print_page(BEGIN + "<p>After</p>").pdf) == "After"


@pytest.mark.slow
def test_deep_tables_are_refused(own_press: Press) -> None:
    with pytest.raises((PageRefused, PressBroken)):
        own_press.print_page(BEGIN + "<table><tr><td>" * 3000 + "x")
    assert words(own_press.print_page(BEGIN + "<p>After</p>").pdf) == "After"


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.0.0.1", 80))),
        ("socket.getaddrinfo", ("kra.go.ke", 443)),
        ("subprocess.Popen", ("/bin/sh",)),
        ("os.posix_spawn", ("/bin/sh",)),
        ("os.system", ("true",)),
        ("urllib.Request", ("http://x",)),
        ("open", ("/tmp/x", "wb", 0)),
    ],
)
def test_the_child_may_do_nothing_outside_of_itself(event: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(limits.Forbidden):
        limits.refuse(event, arguments)


def test_the_child_may_read() -> None:
    limits.refuse("open", ("/usr/share/fonts/x.ttf", "rb", 0))
