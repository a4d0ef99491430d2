"""Many receipts in one file: each handed out once by the act, made by a worker that may be killed, kept for seven days."""

from __future__ import annotations

import csv
import io
import re
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pikepdf
import pytest
from flask import Flask

from portal.downloads import making, services
from portal.downloads.services import Form, Wish
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra import outbox
from portal.infra.tenancy import acting_for
from portal.receipts.errors import PageRefused
from tests.fiscal.examples import mixed_sale
from tests.receipts.reading import words
from tests.support.papers import of_business, signed_document, signed_sale
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, Visitor

Work = Callable[[], None]


def sale_to(business: Business, buyer: str) -> UUID:
    sale = of_business(business, mixed_sale())
    return signed_document(business, replace(sale, buyer=replace(sale.buyer, name=buyer)))


def ask(client: Visitor, documents: list[UUID], form: str = "zip", **more: str) -> str:
    """Tick these invoices and press the button; the page of the download."""
    wanted = {"chosen": "1", "document": [str(each) for each in documents], "form": form, **more}
    answer = client.post("/downloads", data=wanted)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def saved(client: Visitor, page: str) -> bytes:
    answer = client.get(f"{page}/file")
    assert answer.status_code == 200, answer.text
    return answer.data


def handed_out(dsns: TestDatabase) -> list[tuple[int, str]]:
    of_documents = "FROM hand_out h JOIN document d ON d.id = h.document_id ORDER BY d.trader_no, h.copy_no"
    return psql(dsns, f"SELECT h.copy_no, h.way {of_documents}")


def test_a_zip_holds_what_was_handed_out_under_clean_names_with_a_list(
    business: Business, work: Work, dsns: TestDatabase
) -> None:
    client = business.client()
    documents = [sale_to(business, "Jirani Hotel Ltd/../etc"), sale_to(business, "=HYPERLINK(\"http://x\")")]
    page = ask(client, documents)
    assert "0 of 2 receipts" in client.get(page).text
    work()
    assert "2 receipts are ready" in client.get(page).text
    archive = zipfile.ZipFile(io.BytesIO(saved(client, page)))
    names = ["receipts.csv", "2026-11-20_INV-000105_Jirani-Hotel-Ltd-etc.pdf", "2026-11-20_INV-000106_HYPERLINK-http-x.pdf"]
    assert archive.namelist() == names and archive.testzip() is None
    assert all("END OF LEGAL RECEIPT" in words(archive.read(name)) for name in names[1:])
    rows = list(csv.DictReader(io.StringIO(archive.read("receipts.csv").decode("utf-8-sig"))))
    assert [row["Customer"] for row in rows] == ["Jirani Hotel Ltd/../etc", "'=HYPERLINK(\"http://x\")"]
    assert (rows[0]["Total (KES)"], rows[0]["Paper"], rows[0]["File"]) == ("7645.00", "Original", names[1])
    assert handed_out(dsns) == [(0, "bulk"), (0, "bulk")]
    shown = client.get(f"/invoices/{documents[0]}/papers").text
    assert "in a download of many, by Person" in shown
    (one,) = set(re.findall(r"/receipts/[0-9a-f-]+\.pdf", shown))
    assert client.get(one).data == archive.read(names[1])


def test_one_pdf_has_every_page_in_order_and_a_bookmark_for_each(business: Business, work: Work) -> None:
    client = business.client()
    page = ask(client, [signed_sale(business) for _ in range(3)], "pdf")
    work()
    with pikepdf.open(io.BytesIO(saved(client, page))) as whole, whole.open_outline() as outline:
        assert len(whole.pages) == 3
        assert [item.title.split()[0] for item in outline.root] == ["INV-000105", "INV-000106", "INV-000107"]
        assert str(whole.docinfo["/Title"]).startswith("Receipts: 3 chosen invoices")


def test_what_was_handed_out_before_goes_in_as_a_numbered_copy(business: Business, work: Work, dsns: TestDatabase) -> None:
    client, documents = business.client(), [signed_sale(business) for _ in range(2)]
    client.post(f"/invoices/{documents[0]}/papers", data={"way": "print"})
    page = ask(client, documents)
    work()
    archive = zipfile.ZipFile(io.BytesIO(saved(client, page)))
    assert "COPY No: 1" in words(archive.read("2026-11-20_INV-000105-copy-1_Jirani-Hotel-Limited.pdf"))
    assert handed_out(dsns) == [(0, "print"), (1, "bulk"), (0, "bulk")]


def test_originals_can_be_left_out_and_an_accountant_never_takes_them(business: Business, dsns: TestDatabase) -> None:
    client, documents = business.client(), [signed_sale(business) for _ in range(2)]
    client.post(f"/invoices/{documents[0]}/papers", data={"way": "print"})
    form = {"chosen": "1", "document": [str(each) for each in documents]}
    assert "1 were never handed out" in client.post("/downloads/chosen", data=form).text
    ask(client, documents, originals="no")
    ask(business.client("accountant"), documents, originals="yes")
    assert handed_out(dsns) == [(0, "print"), (1, "bulk"), (2, "bulk")]
    refused = business.client("accountant").post("/downloads", data=form | {"document": str(documents[1])})
    assert refused.status_code == 422 and "There is no receipt in it that can be taken" in refused.text


def test_looking_at_what_would_go_in_hands_nothing_out(business: Business, dsns: TestDatabase) -> None:
    client = business.client()
    signed_sale(business)
    assert "1 receipt" in client.get("/downloads/new").text
    assert "No signed receipt in it" in client.get("/downloads/new?q=zebra").text
    assert "1 receipt" in client.get("/downloads/new?q=jirani").text
    assert handed_out(dsns) == []
    assert client.post("/downloads").status_code == 422
    assert handed_out(dsns) == []
    assert client.post("/downloads", data={"filter": "1", "q": "jirani"}).status_code == 303
    assert handed_out(dsns) == [(0, "bulk")]


def test_a_form_that_was_sent_twice_makes_one_download(business: Business, dsns: TestDatabase) -> None:
    client, documents = business.client(), [signed_sale(business)]
    assert ask(client, documents, idempotency_key="k" * 24) == ask(client, documents, idempotency_key="k" * 24)
    assert handed_out(dsns) == [(0, "bulk")]


def test_two_people_at_once_get_one_original_and_one_copy_of_each(business: Business, dsns: TestDatabase) -> None:
    documents, barrier = [signed_sale(business) for _ in range(3)], threading.Barrier(2)
    actor = Actor(business.owner_id, "Grace", business.tenant_id, Role.OWNER, business.owner_id)

    def press_the_button(key: str) -> None:
        with business.app.app_context(), acting_for(business.tenant_id):
            barrier.wait(10)
            services.ask(actor, Wish(documents, Form.ZIP, originals=True, describes="Three"), key * 24)

    threads = [threading.Thread(target=press_the_button, args=[key]) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert handed_out(dsns) == [(0, "bulk"), (1, "bulk")] * 3


def test_a_worker_that_is_killed_is_taken_over_where_it_was(
    business: Business, work: Work, dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = business.client()
    page = ask(client, [signed_sale(business) for _ in range(3)])
    drawn: list[UUID] = []
    draw = making.making.make_handed_out

    def dies_at_the_third(press: object, hand_out_id: UUID) -> None:
        if len(drawn) == 2:
            raise SystemExit
        drawn.append(hand_out_id)
        draw(press, hand_out_id)  # type: ignore[arg-type]

    with monkeypatch.context() as killed:
        killed.setattr(making.making, "make_handed_out", dies_at_the_third)
        with pytest.raises(SystemExit):
            work()
    assert "2 of 3 receipts" in client.get(page).text
    psql(dsns, "UPDATE outbox SET not_before = now()")  # its lease ran out
    again: list[UUID] = []
    monkeypatch.setattr(making.making, "make_handed_out", lambda press, id_: (again.append(id_), draw(press, id_)))
    work()
    assert len(again) == 1 and again[0] not in drawn
    assert "3 receipts are ready" in client.get(page).text


def test_a_receipt_that_cannot_be_drawn_holds_the_others_up_no_longer(
    business: Business, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, documents = business.client(), [signed_sale(business) for _ in range(2)]
    draw, asked = making.making.make_handed_out, []

    def refuse_the_first(press: object, hand_out_id: UUID) -> None:
        asked.append(hand_out_id)
        if len(asked) == 1:
            raise PageRefused("too much")
        draw(press, hand_out_id)  # type: ignore[arg-type]

    monkeypatch.setattr(making.making, "make_handed_out", refuse_the_first)
    page = ask(client, documents)
    work()
    shown = client.get(page).text
    assert "1 receipt is ready" in shown and "1 receipt could not be drawn" in shown
    listed = zipfile.ZipFile(io.BytesIO(saved(client, page))).read("receipts.csv").decode("utf-8-sig")
    assert "This receipt could not be drawn." in listed


def test_between_two_slices_others_get_their_turn(app: Flask, business: Business, work: Work, dsns: TestDatabase) -> None:
    turns: list[str] = []

    def slices(_ref: UUID) -> None:
        turns.append("a slice")
        if turns.count("a slice") < 3:
            raise outbox.Unfinished

    outbox.handles("long_work")(slices)
    with app.app_context(), acting_for(business.tenant_id):
        outbox.wish_now("documents", "long_work", business.branch_id)
    work()
    assert turns == ["a slice"] * 3
    assert psql(dsns, "SELECT attempts, problem FROM outbox WHERE done_at IS NOT NULL") == [(1, None)]


def test_after_seven_days_the_clock_removes_the_file_and_keeps_the_hand_outs(
    business: Business, work: Work, dsns: TestDatabase
) -> None:
    client = business.client()
    page = ask(client, [signed_sale(business)])
    work()
    assert saved(client, page)
    assert psql(dsns, "SELECT expires_at - asked_at BETWEEN '6 days 23 hours' AND '7 days 1 hour' FROM download") == [(True,)]
    with business.app.app_context():
        assert services.remove_old() == 0
    psql(dsns, "UPDATE download SET expires_at = now()")
    assert client.get(f"{page}/file").status_code == 404
    folder = business.app.extensions["settings"].storage_folder / str(business.tenant_id) / "downloads"
    (made,) = folder.iterdir()
    (folder / f"{made.name}.x1y2.part").write_bytes(b"what a killed worker left")
    with business.app.app_context():
        assert services.remove_old() == 1 and services.remove_old() == 0
    gone = client.get(page)
    assert gone.status_code == 200 and "This file is gone" in gone.text and "Gone" in client.get("/downloads").text
    assert handed_out(dsns) == [(0, "bulk")]
    assert list(folder.iterdir()) == []


def test_a_file_can_be_removed_at_once(business: Business, work: Work) -> None:
    client = business.client()
    page = ask(client, [signed_sale(business)])
    work()
    assert client.post(f"{page}/remove").status_code == 303
    assert client.get(f"{page}/file").status_code == 404


def test_three_downloads_at_a_time(business: Business, dsns: TestDatabase) -> None:
    client, documents = business.client(), [signed_sale(business)]
    for _ in range(3):
        ask(client, documents)
    answer = client.post("/downloads", data={"chosen": "1", "document": str(documents[0])})
    assert answer.status_code == 422 and "Three downloads are being made already" in answer.text
    assert len(handed_out(dsns)) == 3


def test_the_list_of_invoices_leads_there_by_its_filter_and_by_ticks(business: Business) -> None:
    client = business.client()
    document_id = signed_sale(business)
    assert "/downloads/new?state=signed" in client.get("/invoices?state=signed").text
    assert 'type="checkbox"' not in client.get("/invoices").text
    assert f'name="document" value="{document_id}" form="chosen"' in client.get("/invoices?choose=1").text
    viewer = business.client("viewer")
    assert "/downloads" not in viewer.get("/invoices").text
    assert 'type="checkbox"' not in viewer.get("/invoices?choose=1").text
