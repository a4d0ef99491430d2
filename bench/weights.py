"""What each page weighs on its first load, in bytes over the wire with an empty cache: `bin/python -m bench.weights`."""

from __future__ import annotations

import os
import re
from html import unescape

import requests
from flask import Flask

from portal.app import create_app
from portal.cli import demo
from portal.identity.permissions import Role

LOADED = re.compile(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="(/static/[^"]+)"')
USED = re.compile(r'<use href="(/static/[^"#]+)')


def main() -> None:
    """Print every page without an id, lightest first; answers of the demo business's owner on the running stack."""
    app = create_app()
    with app.app_context():
        demo.furnished_business()
    browser = requests.Session()
    browser.headers["Accept-Encoding"] = "gzip, br"
    portal = os.environ["PORTAL_URL"].rstrip("/")
    _sign_in(browser, portal)
    known: dict[str, int] = {}
    weighed = []
    for path in _pages(app):
        answer = browser.get(portal + path, allow_redirects=False, stream=True)
        page = answer.raw.read()
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        text = browser.get(portal + path).text
        if "<html" not in text:  # a fragment for htmx
            continue
        parts = {unescape(found) for pattern in (LOADED, USED) for found in pattern.findall(text)}
        for part in parts - set(known):
            known[part] = len(browser.get(portal + part, stream=True).raw.read())
        weighed.append((len(page) + sum(known[part] for part in parts), len(page), len(parts), path))
    for whole, page, parts, path in sorted(weighed):
        print(f"{whole / 1024:6.1f} KB in all   {page / 1024:5.1f} KB the page   {parts} more files   {path}")


def _pages(app: Flask) -> list[str]:
    """Addresses of pages that need no id."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted({rule.rule for rule in rules if not rule.rule.startswith(("/api/v1", "/static"))})


def _sign_in(browser: requests.Session, portal: str) -> None:
    page = browser.get(f"{portal}/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None, "no form to log in with"
    typed = {"email": demo.PEOPLE[Role.OWNER], "password": demo.PASSWORD, "csrf_token": unescape(token[1])}
    answer = browser.post(f"{portal}/login", typed, headers={"Origin": portal}, allow_redirects=False)
    assert answer.status_code == 303, f"the demo owner could not log in: {answer.status_code}"


if __name__ == "__main__":
    main()
