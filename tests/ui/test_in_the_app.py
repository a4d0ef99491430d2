"""The kit as the portal itself serves it."""

import re

from tests.ui.markup import Markup


def test_an_unknown_address_is_answered_with_a_page_of_the_kit(client):
    answer = client.get("/nowhere-at-all")
    markup = Markup(answer.text)
    assert answer.status_code == 404
    assert markup.one("h1").text == "There is nothing at this address"
    assert answer.headers["X-Request-ID"] in markup.one("main").text


def test_every_file_the_frame_names_is_served_for_a_year(client):
    names = set(re.findall(r'(?:href|src)="(/static/[^"#]+)"', client.get("/nowhere-at-all").text))
    assert len(names) >= 7
    for name in names:
        answer = client.get(name, buffered=True)
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["Cache-Control"], name


def test_icons_of_the_manifest_are_found_beside_it(client):
    address = re.search(r'href="(/static/[^"]+/)manifest.webmanifest"', client.get("/nowhere-at-all").text).group(1)
    for icon in client.get(f"{address}manifest.webmanifest", buffered=True).get_json(force=True)["icons"]:
        assert client.get(address + icon["src"], buffered=True).status_code == 200
