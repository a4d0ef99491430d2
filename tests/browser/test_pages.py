"""Every page in Chromium: accessible, inside the screen, silent, from one host, and light enough for 3G."""

import gzip
import re

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.visits import FRAGMENTS, MORE, PAGES, Furnished, visit
from tests.browser.window import DESK, PHONE, Look, OpenWindow, Window

pytestmark = pytest.mark.browser
KB = 1024
MOST_REQUESTS, MOST_BYTES, MOST_BYTES_OF_A_FRAGMENT = 8, 100 * KB, 8 * KB
FIRST_LOOKS = [Look(PHONE, "light"), Look(DESK, "dark")]
WHOLE_MATRIX = [Look(size, theme, script) for size in (PHONE, DESK) for theme in ("light", "dark") for script in (True, False)]
FIVE_PAGES = ["sales.home", "sales.new_invoice", "sales.show_document", "sales.new_credit_note", "submissions.list_attention"]
EVERYWHERE = [(page, look) for page in [*PAGES, *MORE] for look in FIRST_LOOKS]
FIVE_ELSEWHERE = [(page, look) for page in FIVE_PAGES for look in WHOLE_MATRIX if look not in FIRST_LOOKS]


@pytest.mark.parametrize(("page", "look"), [*EVERYWHERE, *FIVE_ELSEWHERE], ids=str)
def test_a_page_is_well_made_quiet_and_light(furnished: Furnished, open_window: OpenWindow, page: str, look: Look) -> None:
    there = visit(page, furnished)
    window = open_window(look, there.session)
    answer = window.page.goto(there.address)
    assert answer is not None and answer.ok, f"{there.address} answers {answer and answer.status}"
    asked = list(window.asked)
    sizes = {request.url: sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize")) for request in asked}
    assert len(asked) <= MOST_REQUESTS, sorted(sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    expect(window.page).to_have_title(re.compile(" – Risiti$"))
    expect(window.page.get_by_role("heading", level=1)).to_have_count(1)
    assert dead_links(furnished, window) == []
    window.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    window.is_well_made()
    window.has_nothing_to_complain_about()


def dead_links(there: Furnished, window: Window) -> list[str]:
    """Paths that the page links to and the portal does not have."""
    paths = window.page.locator("a[href^='/']").evaluate_all("links => links.map(link => link.pathname)")
    routes = there.shop.portal.app.url_map.bind("")
    return [path for path in paths if not path.startswith("/static/") and not routes.test(path, "GET")]


@pytest.mark.parametrize("fragment", sorted(FRAGMENTS))
def test_a_fragment_is_small_and_no_page(furnished: Furnished, fragment: str) -> None:
    there = visit(fragment, furnished)
    address = furnished.shop.portal.url + there.address
    headers = {"HX-Request": "true", "Accept-Encoding": "identity"}
    answer = requests.get(address, {"q": "flour"}, headers=headers, cookies={"session": there.session}, timeout=10)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert len(gzip.compress(answer.content)) <= MOST_BYTES_OF_A_FRAGMENT
