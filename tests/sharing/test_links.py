"""A link hands a paper out once and opens it as often as asked; it shows the receipt and nothing else of the business."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.crypto import sha256
from portal.infra.tenancy import acting_for
from portal.receipts import queries as receipts
from portal.sharing import services
from portal.sharing.services import Share, Way
from tests.fiscal.examples import mixed_sale
from tests.receipts.reading import words
from tests.receipts.test_hand_outs import ask_for_original
from tests.sharing.acts import PHONE_BROWSER, open_as_customer, path_on, share, shared_path
from tests.support.papers import issued_document, of_business, signed_credit_note, signed_sale
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business, visitor

GONE = "This link does not open a receipt"


def test_the_customer_sees_the_receipt_without_a_log_in(business: Business) -> None:
    page = open_as_customer(business, shared_path(business.client(), signed_sale(business)))
    text = " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page.text)).split())
    assert page.status_code == 200
    for line in ("MFANO TRADERS LIMITED", "Tax invoice INV-000105", "Ksh 7,645.00", "Jirani Hotel Limited", "Signed"):
        assert line.lower() in text.lower()
    assert "Toner cartridge 2,187.50 10 × 250.00 · B 16% · discount 12.5%" in text
    assert "KRACU0400000000/105" in text and "SANDBOX – NOT A TAX DOCUMENT" in text
    assert "https://etims-sbx.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=" in page.text


def test_a_credit_note_is_shown_below_zero_with_the_sale_it_takes_back(business: Business) -> None:
    page = open_as_customer(business, shared_path(business.client(), signed_credit_note(business))).text
    assert "Credit note CN-000012" in page and "takes back INV-000105" in page and "−Ksh 765.00" in page


def test_no_search_engine_no_referrer_no_cookie_no_script(business: Business) -> None:
    page = open_as_customer(business, shared_path(business.client(), signed_sale(business)))
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex' in page.text and '<meta name="referrer" content="no-referrer">' in page.text
    assert "Set-Cookie" not in page.headers and "<script" not in page.text


def test_the_pdf_is_the_original_that_was_handed_out_as_often_as_asked(business: Business, work: Callable[[], None]) -> None:
    client, document_id = business.client(), signed_sale(business)
    path = shared_path(client, document_id)
    assert open_as_customer(business, f"{path}/receipt.pdf").status_code == 202
    ask_for_original(business, document_id)
    work()
    files = [open_as_customer(business, f"{path}/receipt.pdf") for _ in range(3)]
    assert {answer.data for answer in files} == {files[0].data} and "END OF LEGAL RECEIPT" in words(files[0].data)
    assert files[0].headers["Content-Disposition"] == 'attachment; filename="INV-000105.pdf"'
    assert files[0].headers["Content-Security-Policy"] == "sandbox" and "noindex" in files[0].headers["X-Robots-Tag"]
    with business.app.app_context(), acting_for(business.tenant_id):
        assert [one.copy_no for one in receipts.hand_outs(document_id)] == [0]


def test_a_link_after_the_original_opens_a_numbered_copy(business: Business, work: Callable[[], None]) -> None:
    client, document_id = business.client(), signed_sale(business)
    client.post(f"/invoices/{document_id}/papers", data={"way": "print"})
    path = shared_path(client, document_id)
    work()
    answer = open_as_customer(business, f"{path}/receipt.pdf")
    assert "COPY No: 1" in words(answer.data)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-000105-copy-1.pdf"'
    assert "Copy 1" in open_as_customer(business, path).text


def test_a_form_that_was_sent_twice_makes_one_link(business: Business) -> None:
    client, document_id = business.client(), signed_sale(business)
    assert share(client, document_id, key="k" * 24) == share(client, document_id, key="k" * 24)


def test_two_people_who_share_at_once_give_one_original_and_one_copy(business: Business) -> None:
    document_id, barrier, numbers = signed_sale(business), threading.Barrier(2), []
    actor = Actor(business.owner_id, "Grace", business.tenant_id, Role.OWNER, business.owner_id)

    def press_the_button(way: Way) -> None:
        with business.app.app_context(), acting_for(business.tenant_id):
            barrier.wait(10)
            link = services.share(actor, document_id, Share(way), f"{way.value:k<24}")
            numbers.append(receipts.hand_out(link.hand_out_id).copy_no)

    threads = [threading.Thread(target=press_the_button, args=[way]) for way in (Way.WHATSAPP, Way.LINK)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(numbers) == [0, 1]


def test_whatsapp_gets_the_number_with_its_country_the_text_and_the_link(business: Business) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "whatsapp", phone="0712 345 678")
    found = re.search(r'href="(https://wa\.me/[^"]+)"', client.get(page).text)
    assert found
    address = urlsplit(html.unescape(found[1]))
    assert address.path == "/254712345678"
    (text,) = parse_qs(address.query)["text"]
    assert text.startswith("Tax invoice INV-000105 from ") and "Ksh 7,645.00" in text
    assert text.endswith(path_on(client, page))
    shown = client.get(f"/invoices/{document_id}/papers").text
    assert "for WhatsApp to 0712 345678, by Person" in shown


@pytest.mark.parametrize(("form", "sentence"), [
    ({"way": "whatsapp", "phone": "12"}, "Enter a phone number, like 0712 345 678."),
    ({"way": "email", "email": ""}, "Enter the customer’s e-mail address, like asha@example.com."),
    ({"way": "email", "email": "asha@"}, "Enter an e-mail address, like grace@example.com."),
    ({"way": "pigeon"}, "Say how the receipt is to be sent."),
])  # fmt: skip
def test_what_cannot_be_sent_hands_nothing_out(business: Business, form: dict[str, str], sentence: str) -> None:
    document_id = signed_sale(business)
    answer = business.client().post(f"/invoices/{document_id}/share", data=form)
    assert answer.status_code == 422 and sentence in html.unescape(answer.text)
    with business.app.app_context(), acting_for(business.tenant_id):
        assert receipts.hand_outs(document_id) == []


def test_nothing_is_shared_before_kra_has_signed(business: Business) -> None:
    document_id = issued_document(business, of_business(business, mixed_sale()))
    answer = business.client().post(f"/invoices/{document_id}/share", data={"way": "link"})
    assert answer.status_code == 409 and "KRA has not signed this yet" in answer.text


def test_links_that_open_nothing_are_answered_alike(app: Flask, business: Business, dsns: TestDatabase) -> None:
    client, document_id = business.client(), signed_sale(business)
    revoked, old = shared_path(client, document_id), share(client, document_id)
    old_path = path_on(client, old)
    with business.app.app_context(), acting_for(business.tenant_id):
        page = client.get(f"/invoices/{document_id}/papers").text
    first = re.findall(r"/shared/([0-9a-f-]+)", page)[-1]
    assert client.post(f"/shared/{first}/revoke").status_code == 303
    psql(dsns, "SET session_replication_role = replica; UPDATE receipt_link SET made_at = now() - interval '400 days',"
               f" expires_at = now() - interval '1 minute' WHERE id = '{old.rsplit('/', 1)[1]}'")  # fmt: skip
    answers = [
        open_as_customer(business, path)
        for path in (revoked, old_path, "/r/" + "x" * 43, "/r/x", f"{revoked}/receipt.pdf", "/r/" + "x" * 43 + "/receipt.pdf")
    ]
    assert {answer.status_code for answer in answers} == {404} and {answer.text for answer in answers} == {answers[0].text}
    assert GONE in answers[0].text and "noindex" in answers[0].headers["X-Robots-Tag"]
    assert "This link opens nothing" in client.get(f"/shared/{first}").text


def test_only_the_hash_of_a_token_is_kept(business: Business, dsns: TestDatabase) -> None:
    token = shared_path(business.client(), signed_sale(business)).rpartition("/")[2]
    assert psql(dsns, "SELECT token_sha256 FROM receipt_link") == [(sha256(token),)]
    assert token not in str(psql(dsns, "SELECT to_jsonb(l)::text FROM receipt_link l"))
    assert len(token) == 43


def test_links_are_opened_by_people_and_not_by_previews_or_the_shop_itself(business: Business) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "whatsapp")
    path = path_on(client, page)
    for browser in ("WhatsApp/2.24.20.89 A", "facebookexternalhit/1.1", "Mozilla/5.0 (compatible; Googlebot/2.1)", ""):
        assert open_as_customer(business, path, {"User-Agent": browser}).status_code == 200
    open_as_customer(business, path, PHONE_BROWSER | {"Sec-Purpose": "prefetch"})
    visitor(business.app).head(path, headers=PHONE_BROWSER)
    client.get(path, headers=PHONE_BROWSER)
    assert "not opened yet" in client.get(f"/invoices/{document_id}/papers").text
    for _ in range(2):
        open_as_customer(business, path)
    assert "opened 2 times, first " in client.get(f"/invoices/{document_id}/papers").text
    assert "2 times, first " in client.get(page).text


def test_guesses_are_slowed_down_and_a_right_link_still_opens(business: Business) -> None:
    path = shared_path(business.client(), signed_sale(business))
    answers = [open_as_customer(business, f"/r/{number:x>43}") for number in range(32)]
    assert answers[0].status_code == 404 and answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) <= 60 and "Wait" in answers[-1].text
    assert open_as_customer(business, path).status_code == 200


def test_a_link_is_not_hammered(business: Business, dsns: TestDatabase) -> None:
    path = shared_path(business.client(), signed_sale(business))
    open_as_customer(business, path)
    psql(dsns, "UPDATE throttle SET failures = 299 WHERE scope = 'receipt_link_opened'")
    open_as_customer(business, path)
    assert open_as_customer(business, path).status_code == 429


def test_a_viewer_sees_what_became_of_a_link_and_does_not_get_it(business: Business) -> None:
    page = share(business.client(), signed_sale(business))
    seen = business.client("viewer").get(page)
    assert seen.status_code == 200 and "Not yet" in seen.text and "/r/" not in seen.text


def test_a_link_made_under_an_older_key_opens_and_is_shown_while_that_key_is_known(business: Business) -> None:
    client = business.client()
    page = share(client, signed_sale(business))
    path = path_on(client, page)
    settings = business.app.extensions["settings"]
    made_by = settings.secret_key
    rotated = type(settings)(**{name: getattr(settings, name) for name in settings.__slots__} | {"secret_key": "n" * 40})
    business.app.extensions["settings"] = rotated
    try:
        assert open_as_customer(business, path).status_code == 200
        assert "cannot be shown again" in client.get(page).text
        kept = {"secret_key": "n" * 40, "secret_key_fallbacks": (made_by,)}
        business.app.extensions["settings"] = type(settings)(
            **{name: getattr(settings, name) for name in settings.__slots__} | kept
        )
        assert path_on(client, page) == path
    finally:
        business.app.extensions["settings"] = settings


def test_the_clock_removes_links_that_are_too_old_and_keeps_the_hand_outs(business: Business, dsns: TestDatabase) -> None:
    client, document_id = business.client(), signed_sale(business)
    old, young = share(client, document_id, "whatsapp", phone="0712345678"), share(client, document_id)
    open_as_customer(business, path_on(client, old))
    psql(dsns, "SET session_replication_role = replica; UPDATE receipt_link SET made_at = now() - interval '400 days',"
               f" expires_at = now() - interval '1 minute' WHERE id = '{old.rsplit('/', 1)[1]}'")  # fmt: skip
    with business.app.app_context():
        assert services.forget_old_links() == 1 and services.forget_old_links() == 0
    assert psql(dsns, "SELECT id::text FROM receipt_link") == [(young.rsplit("/", 1)[1],)]
    assert psql(dsns, "SELECT count(*) FROM link_opening") == [(0,)]
    assert psql(dsns, "SELECT count(*) FROM hand_out") == [(2,)]


def test_a_link_of_another_business_is_not_there(app: Flask, business: Business) -> None:
    page = share(business.client(), signed_sale(business))
    stranger = new_business(app).client()
    for answer in (stranger.get(page), stranger.post(f"{page}/revoke"), stranger.post(f"{page}/mail")):
        assert answer.status_code == 404
