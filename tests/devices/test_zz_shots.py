import os
import pytest
from tests.devices.test_in_browser import *  # noqa
from tests.devices.test_24_hours import silent_for, ready
from tests.devices.test_downtime import write

OUT = "/tmp/golive-shots"
os.makedirs(OUT, exist_ok=True)

def shots(open_page, name, path):
    for size, tag in ((PHONE, "360"), (DESK, "1440")):
        tab = open_page(path, viewport=size)
        assert not tab.evaluate(SIDEWAYS), (path, tag, tab.evaluate(SIDEWAYS))
        tab.screenshot(path=f"{OUT}/{name}-{tag}.png", full_page=True)
        found = Axe().run(tab)
        assert found.violations_count == 0, found.generate_report()
        tab.close()

def test_part1(newcomer, open_page):
    with newcomer.app.app_context():
        ready(newcomer)
    silent_for(newcomer, "22:10:00")
    owner = newcomer.client()
    path = write(owner, newcomer).location
    write(owner, newcomer, over="no", ended_day="", ended_time="")
    owner.post(path + "/print")
    shots(open_page, "downtime", f"/branches/{newcomer.branch_id}/downtime")
    shots(open_page, "letter", path)
    silent_for(newcomer, "25:10:00")
    shots(open_page, "device-closed", f"/devices/{newcomer.device_id}")
    shots(open_page, "home-closed", "/")
