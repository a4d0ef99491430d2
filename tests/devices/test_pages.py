"""Set-up, branches and control units on their pages: every state in words, nothing of the keys, nothing of others."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from portal.devices.models import DeviceKey
from portal.devices.units import stored_key
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from tests.devices.newcomer import Newcomer, hurry, work
from tests.support.simulator import SimulatorProcess
from tests.support.world import Business, Visitor, new_business


@pytest.fixture
def owner(newcomer: Newcomer) -> Visitor:
    """The owner's browser."""
    db.session.rollback()
    return newcomer.client()


def page(client: Visitor, path: str, status: int = 200) -> str:
    """The page as text."""
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def flat(html: str) -> str:
    """The words of a page, tags and line ends away."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def change(newcomer: Newcomer, statement: str) -> None:
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id), transaction():
        db.session.execute(text(statement))


def run(newcomer: Newcomer) -> None:
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        hurry()
        work()


# --- set-up


def test_the_set_up_page_follows_by_itself_until_all_is_there(newcomer: Newcomer, owner: Visitor) -> None:
    before = page(owner, "/setup")
    assert 'hx-trigger="load delay:2s"' in before and "Ask KRA for the control unit" in before
    assert 'http-equiv="refresh"' in before
    run(newcomer)
    after = page(owner, f"/setup/{newcomer.device_id}/progress?asked=1&said=x")
    assert "hx-trigger" not in after and "5 of 5 done" in flat(after)
    assert "KRA has set up the control unit" in after and "KRACU03" in after
    assert 'http-equiv="refresh"' not in page(owner, "/setup")


def test_it_asks_ever_less_often_and_stops_after_ten_minutes(newcomer: Newcomer, owner: Visitor) -> None:
    delays = []
    for asked in (0, 1, 2, 3, 4, 5, 9):
        fragment = page(owner, f"/setup/{newcomer.device_id}/progress?asked={asked}")
        delays += re.findall(r"load delay:(\d+)s", fragment)
    assert delays == ["2", "3", "5", "8", "15", "30", "30"]
    late = page(owner, f"/setup/{newcomer.device_id}/progress?asked=40")
    assert "load delay" not in late and "Check again" in late


def test_words_for_screen_readers_come_only_when_they_change(newcomer: Newcomer, owner: Visitor) -> None:
    first = page(owner, f"/setup/{newcomer.device_id}/progress?asked=1&said=0 of 5 steps are done.")
    assert "setup-said" not in first
    assert "setup-said" in page(owner, f"/setup/{newcomer.device_id}/progress?asked=1&said=else")


def test_waiting_for_kra_shows_the_serial_and_one_button(newcomer: Newcomer, owner: Visitor, simulator: SimulatorProcess) -> None:
    simulator.control.options(approval_needed=True)
    run(newcomer)
    html = page(owner, "/setup")
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        serial = newcomer.device.serial
    assert serial in html and f'data-copy="{serial}"' in html
    assert "I have done it" in html and "load delay" not in html
    simulator.control.approve(newcomer.pin, serial)
    answer = owner.post(f"/setup/{newcomer.device_id}/steps/initialise")
    assert (answer.status_code, answer.location) == (303, f"/setup/{newcomer.device_id}")
    run(newcomer)
    assert "5 of 5 done" in flat(page(owner, "/setup"))


def test_a_failed_step_says_why_and_has_try_again(newcomer: Newcomer, owner: Visitor, simulator: SimulatorProcess) -> None:
    simulator.control.next("code:910", "code_lists", message="<b>bad</b> field")
    run(newcomer)
    html = page(owner, "/setup")
    assert "Try again" in html and "code 910: &lt;b&gt;bad&lt;/b&gt; field" in html
    assert "The set-up has stopped" in html
    owner.post(f"/setup/{newcomer.device_id}/steps/codes")
    run(newcomer)
    assert "5 of 5 done" in flat(page(owner, "/setup"))


def test_kra_away_is_said_in_words(newcomer: Newcomer, owner: Visitor, simulator: SimulatorProcess) -> None:
    simulator.control.down("refuse")
    run(newcomer)
    assert "KRA has not answered yet (tried 1 time). Nothing is lost" in flat(page(owner, "/setup"))


def test_a_step_that_is_done_cannot_be_tried_again(newcomer: Newcomer, owner: Visitor) -> None:
    run(newcomer)
    assert owner.post(f"/setup/{newcomer.device_id}/steps/initialise").status_code == 409
    assert owner.post(f"/setup/{newcomer.device_id}/steps/nonsense").status_code == 404


def test_vat_is_preset_by_kra_and_the_owner_corrects_it(newcomer: Newcomer, owner: Visitor) -> None:
    assert "presets this" in page(owner, "/setup")
    run(newcomer)
    assert "KRA says" in page(owner, "/setup")
    assert owner.post(f"/setup/{newcomer.device_id}/vat", data={"registered": "no"}).status_code == 303
    html = page(owner, "/setup")
    assert "This is your answer" in html
    assert owner.post(f"/setup/{newcomer.device_id}/vat", data={}).status_code == 422


# --- branches


def test_a_new_branch_is_set_up_with_a_device_of_its_own(newcomer: Newcomer, owner: Visitor) -> None:
    run(newcomer)
    answer = owner.post("/branches", data={"code": "1", "name": "Ngong Road", "address": "Ngong Road 5", "phone": "0712345678"})
    assert answer.status_code == 303 and answer.location.startswith("/setup/")
    assert "Setting up Ngong Road" in page(owner, answer.location)
    listed = flat(page(owner, "/branches"))
    assert "2 branches, 1 signing." in listed and "Setting up" in listed and "0 of 5 steps done" in listed
    run(newcomer)
    assert "2 branches, 2 signing." in flat(page(owner, "/branches"))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"code": "", "name": "X"}, "Enter KRA&#39;s code of the branch"),
        ({"code": "00", "name": "X"}, "00 is your head office"),
        ({"code": "0a", "name": "X"}, "two digits, like 01"),
        ({"code": "٠١", "name": "X"}, "two digits, like 01"),
        ({"code": "01", "name": ""}, "Enter the name of the branch"),
        ({"code": "01", "name": "x" * 61}, "too long"),
        ({"code": "01", "name": "a\x00b"}, "cannot be printed"),
        ({"code": "01", "name": "X", "phone": "12"}, "phone number"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_kept(owner: Visitor, form: dict[str, str], sentence: str) -> None:
    answer = owner.post("/branches", data=form | {"address": "Kept Street"})
    assert answer.status_code == 422
    assert sentence in answer.text and "Kept Street" in answer.text


def test_a_code_that_is_taken_is_refused_in_words(newcomer: Newcomer, owner: Visitor) -> None:
    owner.post("/branches", data={"code": "01", "name": "One"})
    again = owner.post("/branches", data={"code": "01", "name": "Another"})
    assert again.status_code == 422 and "You have a branch 01 already" in again.text


def test_a_branch_is_renamed_and_its_code_stays(newcomer: Newcomer, owner: Visitor) -> None:
    form = page(owner, f"/branches/{newcomer.branch_id}/edit")
    assert 'value="Moi Avenue"' in form and 'name="code"' not in form
    answer = owner.post(f"/branches/{newcomer.branch_id}", data={"name": "Kimathi Street", "code": "07", "trade_name": "Mfano"})
    assert answer.status_code == 303
    listed = page(owner, "/branches")
    assert "Kimathi Street" in listed and "Branch 00, head office" in listed


# --- a control unit


def test_the_device_page_shows_state_and_never_a_key(newcomer: Newcomer, owner: Visitor) -> None:
    run(newcomer)
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        keys = [stored_key(newcomer.tenant_id, newcomer.device_id, name) for name in ("communication", "internal", "signing")]
        sealed = [row.ciphertext for row in db.session.query(DeviceKey)]
        secrets = [key.reveal() for key in keys if key is not None] + sealed
    html = page(owner, f"/devices/{newcomer.device_id}")
    assert len(secrets) == 6
    for path in ("/setup", "/branches", f"/devices/{newcomer.device_id}", f"/setup/{newcomer.device_id}/progress"):
        assert not [secret for secret in secrets if secret in page(owner, path)]
    words = flat(html)
    assert "Ready" in words and "KRACU03" in words and "Last KRA number" in words
    assert re.search(r"23 h 59 min of selling without network left", words)


def test_hours_left_and_offline_are_said(newcomer: Newcomer, owner: Visitor) -> None:
    run(newcomer)
    change(newcomer, "UPDATE device SET last_contact_at = now() - interval '2 hours 41 minutes'")
    listed = flat(page(owner, "/branches"))
    assert "Offline" in listed and "21 h 18 min of selling without network left" in listed and "Try now" in listed


def test_a_connection_test_is_asked_by_a_worker_and_followed(newcomer: Newcomer, owner: Visitor) -> None:
    run(newcomer)
    change(newcomer, "UPDATE device SET last_contact_at = now() - interval '3 days'")
    answer = owner.post(f"/devices/{newcomer.device_id}/test")
    assert answer.status_code == 303
    assert "Asking KRA" in page(owner, answer.location)
    run(newcomer)
    assert "The connection works" in page(owner, answer.location)
    assert "In touch with KRA just now." in flat(page(owner, f"/devices/{newcomer.device_id}"))


def test_a_connection_test_with_kra_away_says_so(newcomer: Newcomer, owner: Visitor, simulator: SimulatorProcess) -> None:
    run(newcomer)
    simulator.control.down("refuse")
    answer = owner.post(f"/devices/{newcomer.device_id}/test", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    address = re.findall(r'hx-get="([^"?]+)', answer.text)[0]
    run(newcomer)
    assert "KRA did not answer as it should" in page(owner, address)


def test_a_page_without_answer_stops_asking_after_seconds(newcomer: Newcomer, owner: Visitor) -> None:
    answer = owner.post(f"/devices/{newcomer.device_id}/test", headers={"HX-Request": "true"})
    address = re.findall(r'hx-get="([^"?]+)', answer.text)[0]
    assert "load delay" in page(owner, f"{address}?asked=2")
    late = page(owner, f"{address}?asked=3")
    assert "load delay" not in late and "has not answered yet" in late


# --- banners


def test_a_practice_portal_says_so_on_every_page(newcomer: Newcomer, owner: Visitor) -> None:
    assert "nothing issued here is a tax document" in page(owner, "/branches")


@pytest.mark.parametrize(
    ("ago", "words"), [("21 hours", "has no contact with KRA"), ("25 hours", "may not issue invoices now")]
)
def test_the_24_hours_are_said_above_every_page(newcomer: Newcomer, owner: Visitor, ago: str, words: str) -> None:
    run(newcomer)
    assert words not in flat(page(owner, "/branches"))
    change(newcomer, f"UPDATE device SET last_contact_at = now() - interval '{ago}'")
    assert words in flat(page(owner, "/branches"))


def test_an_outage_of_kra_is_one_banner(newcomer: Newcomer, owner: Visitor, simulator: SimulatorProcess) -> None:
    run(newcomer)
    simulator.control.next("http:503", times=None)
    for _time in range(5):
        owner.post(f"/devices/{newcomer.device_id}/test")
        run(newcomer)
    assert "KRA is not answering" in page(owner, "/branches")


# --- other businesses, other roles


def paths_of(business: Business) -> list[tuple[str, str]]:
    device, branch = business.device_id, business.branch_id
    return [
        ("GET", f"/setup/{device}"),
        ("GET", f"/setup/{device}/progress"),
        ("POST", f"/setup/{device}/steps/initialise"),
        ("POST", f"/setup/{device}/vat"),
        ("GET", f"/branches/{branch}/edit"),
        ("POST", f"/branches/{branch}"),
        ("GET", f"/devices/{device}"),
        ("POST", f"/devices/{device}/test"),
        ("GET", f"/devices/{device}/test/{uuid4()}"),
    ]


def test_the_device_of_another_business_is_not_there(app: Flask, newcomer: Newcomer) -> None:
    db.session.rollback()
    stranger = new_business(app).client()
    for method, path in paths_of(newcomer):
        form = {"registered": "yes", "name": "x"}
        answer = stranger.get(path) if method == "GET" else stranger.post(path, data=form)
        assert answer.status_code == 404, (method, path)


@pytest.mark.parametrize("role", ["biller", "accountant", "viewer"])
def test_others_look_and_do_not_touch(newcomer: Newcomer, role: str) -> None:
    db.session.rollback()
    client = newcomer.client(role)
    for method, path in paths_of(newcomer)[:-1]:
        if method == "POST" or path.endswith("/edit"):
            answer = client.get(path) if method == "GET" else client.post(path)
            assert answer.status_code == 403, (method, path)
        else:
            assert client.get(path).status_code == 200
    assert client.post("/branches").status_code == client.get("/branches/new").status_code == 403
    assert "Add a branch" not in page(client, "/branches")
