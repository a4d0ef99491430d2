"""What every page declares twice: who may call it (ACCESS), and how its ids are made (CASES).

A new route belongs into ACCESS; a route whose address has a part in <angle brackets>, or that takes ids in its query or
form, belongs into CASES as well. Without them `test_access_table` and `test_tenancy_sweep` fail.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from portal.catalogue.models import Item
from portal.customers.models import Customer
from portal.devices.models import Device, DowntimeNotice, KraQuestion, Notice, SetupStep
from portal.downloads import services as downloads
from portal.golive.models import TakeOver
from portal.identity.access import OPERATOR, PUBLIC, SIGNED_IN, Actor
from portal.identity.models import PersonSession
from portal.identity.permissions import Permission, Role
from portal.infra import files
from portal.infra.crypto import sha256
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.receipts.models import HandOut
from portal.sales import drafts, unsigned
from portal.sales.new_invoice import NewInvoice, NewLine
from portal.sales.services import issue_invoice
from portal.sales.typed import TypedInvoice
from portal.sharing import services as sharing
from portal.sharing.models import ReceiptMail
from portal.sharing.services import Share, Way
from portal.submissions.models import Submission
from portal.tenants.models import Branch
from portal.tokens.models import ApiToken
from tests.support.papers import signed_sale
from tests.support.program import token_of
from tests.support.world import Business, signed_in

P = Permission
ACCESS: dict[str, str] = {
    PUBLIC: """
        GET ops.health, GET ops.ready,
        GET identity.sign_in, POST identity.do_sign_in, POST identity.sign_out,
        GET identity.forgot, POST identity.ask_for_reset, GET identity.reset_password, POST identity.do_reset_password,
        GET identity.confirm_email, POST identity.do_confirm_email, GET identity.privacy,
        GET tenants.sign_up, POST tenants.do_sign_up, POST tenants.check_pin,
        GET submissions.help_page, GET submissions.kra_codes, GET api_docs.show, GET api_docs.openapi, GET api_calculator.show,
        GET public_receipt.show, GET public_receipt.file,
        GET api.health, POST api.calculate""",
    SIGNED_IN: """
        GET account.show, POST account.rename, POST account.change_password, POST account.choose_theme,
        POST account.send_confirmation, POST account.end_session, POST account.end_other_sessions,
        GET tenants.choose_business, POST tenants.enter_business, GET tenants.pin_is_here,
        GET tenants.new_business, POST tenants.open_business""",
    OPERATOR: """
        GET operator.show_attention, POST operator.look, POST operator.unit_repaired, POST operator.set_address""",
    P.SEE_DOCUMENTS: """
        GET business.more, GET submissions.list_attention, GET submissions.show_case,
        GET receipts.show_papers, GET receipts.wait, GET receipts.file, GET sharing.show_link,
        GET sales.home, POST sales.read_notice, GET sales.list_documents, GET sales.show_document, GET sales.document_status,
        GET sales.credit_log_book, GET sales.list_proformas, GET sales.list_training, GET sales.show_unsigned, GET unsigned.file,
        GET api.list_invoices, GET api.show_invoice, GET api.original_receipt, GET api.copy_of_receipt,
        GET api.list_submissions, GET api.dashboard""",
    P.ISSUE_INVOICES: """
        POST submissions.check_again, POST submissions.send_again, POST submissions.retry_all,
        GET sales.new_invoice, GET sales.show_draft, POST sales.change_draft, POST sales.autosave, POST sales.pick_item,
        POST sales.pick_buyer, POST sales.totals, GET sales.preview_draft, POST sales.issue_draft, POST sales.discard_draft,
        POST sales.check_again, POST sales.send_again, POST sales.void_document, POST sales.correct_document,
        GET sharing.new_share, POST sharing.share, POST sharing.revoke, POST sharing.mail_again,
        POST sales.duplicate_document, POST sales.invoice_of_proforma, POST sales.duplicate_unsigned, POST receipts.hand_out,
        POST api.issue_invoice, POST api.hand_out_copy""",
    P.ISSUE_CREDIT_NOTES: """
        GET sales.new_credit_note, POST sales.credit, POST sales.credit_totals,
        GET sales.ask_for_right_pin, POST sales.fix_wrong_pin,
        GET sales.new_training_note, POST sales.credit_training, POST sales.training_totals,
        POST api.issue_credit_note""",
    P.TAKE_DOWNLOADS: """
        GET downloads.list_downloads, GET downloads.new, POST downloads.chosen, POST downloads.ask, GET downloads.show,
        GET downloads.file, POST downloads.remove""",
    P.SETTLE_DOUBT: """
        GET submissions.ask_for_receipt, POST submissions.enter_receipt, POST submissions.never_arrived,
        POST submissions.unit_repaired""",
    P.SEE_DEVICES: """
        GET devices.setup, GET devices.setup_of, GET devices.progress, GET devices.list_branches,
        GET devices.show_device, GET devices.follow_test, GET devices.follow_contact,
        GET downtime.list_notices, GET downtime.show_notice,
        GET api.list_branches, GET api.list_devices""",
    P.MANAGE_DEVICES: """
        POST devices.retry, GET devices.new_branch, POST devices.open_branch, GET devices.edit_branch,
        POST devices.change_branch, POST devices.switch_training, POST devices.test_connection,
        GET replacing.choose, POST replacing.convert, POST replacing.adopt, POST replacing.replace_key,
        POST downtime.write_notice, POST downtime.print_notice, GET downtime.edit_notice, POST downtime.correct_notice,
        POST api.add_branch, POST api.initialise_device, POST api.test_connection""",
    P.MANAGE_BUSINESS: """
        GET golive.show, POST golive.mark, POST golive.export, POST golive.bring, GET golive.preview, POST golive.take,
        GET business.settings, POST business.change_details, POST business.say_vat, POST devices.say_vat,
        POST sales.wipe_training,
        GET tokens.list_tokens, POST tokens.make_token, POST tokens.revoke_token""",
    P.SEE_AUDIT: """
        GET api.list_logs""",
    P.MANAGE_PEOPLE: """
        GET business.list_people""",
    P.SEE_CATALOGUE: """
        GET customers.list_customers, GET customers.search, GET customers.show_customer,
        GET catalogue.list_items, GET catalogue.search, GET catalogue.search_classes, GET catalogue.show_item,
        GET stock.list_stock, GET stock.show_item,
        GET api.list_items, GET api.list_customers""",
    P.EDIT_CATALOGUE: """
        GET customers.new_customer, POST customers.add_customer, GET customers.edit_customer,
        POST customers.change_customer, POST customers.archive_customer, POST customers.restore_customer,
        POST customers.check_pin, GET customers.kra_says,
        GET catalogue.new_item, POST catalogue.add_item, GET catalogue.edit_item, POST catalogue.change_item,
        POST catalogue.archive_item, POST catalogue.restore_item, POST catalogue.check_band,
        GET stock.add_form, POST stock.add, GET stock.count_form, POST stock.count,
        POST api.add_item, POST api.add_customer""",
}


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of something that belongs to a business, by where they stand in the request."""

    path: dict[str, object] = field(default_factory=dict)
    query: dict[str, object] = field(default_factory=dict)
    form: dict[str, object] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)  # the rest of the form, where it is looked at before the ids
    fixed: dict[str, str] = field(default_factory=dict)  # what stands in the query and is no id


Maker = Callable[[Business], Ids]
CASES: dict[str, Maker] = {}
# Addresses whose part in angle brackets is a secret of its own, not an id of a business.
SECRETS_IN_PATH = {
    "identity.reset_password", "identity.do_reset_password", "identity.confirm_email", "identity.do_confirm_email",
    "public_receipt.show", "public_receipt.file",
}  # fmt: skip
_next = itertools.count(1)


def case(*endpoints: str) -> Callable[[Maker], Maker]:
    """Say how to make the ids of these endpoints, fresh at each call, for a business."""

    def register(maker: Maker) -> Maker:
        for endpoint in endpoints:
            assert endpoint not in CASES, f"{endpoint} has a case already"
            CASES[endpoint] = maker
        return maker

    return register


def missing(ids: Ids) -> Ids:
    """The same request about something that does not exist."""
    return Ids(*({name: uuid4() for name in part} for part in (ids.path, ids.query, ids.form)), typed=ids.typed, fixed=ids.fixed)


@case(*sorted(SECRETS_IN_PATH))
def nobodys_token(_business: Business) -> Ids:
    return Ids(path={"token": f"nobodys-token-{next(_next)}"})


@case("account.end_session")
def session_of_the_owner(business: Business) -> Ids:
    signed_in(business.app, business.owner_id, business.tenant_id)
    newest = select(PersonSession.id).where(PersonSession.person_id == business.owner_id)
    with business.app.app_context(), acting_for_nobody():
        found = db.session.execute(newest.order_by(PersonSession.signed_in_at.desc()).limit(1)).scalar_one()
    return Ids(path={"session_id": found})


@case("tenants.enter_business")
def the_business_itself(business: Business) -> Ids:
    return Ids(path={"tenant_id": business.tenant_id})


@case(
    "customers.show_customer",
    "customers.edit_customer",
    "customers.change_customer",
    "customers.archive_customer",
    "customers.restore_customer",
)
def a_customer(business: Business) -> Ids:
    number = next(_next)
    with business.app.app_context(), acting_for(business.tenant_id):
        customer = Customer(tenant_id=business.tenant_id, name=f"Customer {number}", search_name=f"customer {number}")
        db.session.add(customer)
        db.session.commit()
        return Ids(path={"customer_id": customer.id})


@case("customers.kra_says")
def a_question_about_a_pin(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        question = KraQuestion(
            tenant_id=business.tenant_id, device_id=business.device_id, kind="taxpayer", argument=f"P{next(_next):09}M"
        )
        db.session.add(question)
        db.session.commit()
        return Ids(path={"question_id": question.id})


@case(
    "catalogue.show_item",
    "catalogue.edit_item",
    "catalogue.change_item",
    "catalogue.archive_item",
    "catalogue.restore_item",
)
def an_item(business: Business, item_type: str = "2") -> Ids:
    number = next(_next)
    with business.app.app_context(), acting_for(business.tenant_id):
        item = Item(
            tenant_id=business.tenant_id,
            name=f"Item {number}",
            search_name=f"item {number}",
            class_code="50161509",
            item_type=item_type,
            package_unit="NT",
            quantity_unit="NO",
            band="A",
            price=10,
        )
        db.session.add(item)
        db.session.commit()
        return Ids(path={"item_id": item.id})


@case("stock.show_item", "stock.add_form", "stock.add", "stock.count_form", "stock.count")
def goods_at_a_branch(business: Business) -> Ids:
    item = an_item(business)
    return Ids(path=item.path, query={"branch": business.branch_id}, typed={"quantity": "1"})


@case("stock.list_stock")
def stock_of_a_branch(business: Business) -> Ids:
    return Ids(query={"branch": business.branch_id})


@case("catalogue.list_items")
def items_behind_another(business: Business) -> Ids:
    return Ids(query={"after": an_item(business).path["item_id"]})


@case("customers.list_customers")
def customers_behind_another(business: Business) -> Ids:
    return Ids(query={"after": a_customer(business).path["customer_id"]})


@case(
    "submissions.show_case",
    "submissions.check_again",
    "submissions.send_again",
    "submissions.ask_for_receipt",
    "submissions.enter_receipt",
    "submissions.never_arrived",
)
def a_sale_of_which_the_receipt_is_missing(business: Business) -> Ids:
    number, body = next(_next), b"{}"
    with business.app.app_context(), acting_for(business.tenant_id):
        row = Submission(
            tenant_id=business.tenant_id,
            device_id=business.device_id,
            kind="sale",
            subject_id=uuid4(),
            state="held",
            held_reason="spent",
            sequence_no=1_000_000 + number,  # signed documents of the same unit count from 1
            body=body,
            body_sha256=sha256(body),
            bound_at=db.func.now(),
        )
        db.session.add(row)
        db.session.commit()
        return Ids(path={"submission_id": row.id}, typed={"reason": "We looked it up."})


@case("submissions.unit_repaired")
def its_control_unit(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id}, typed={"reason": "KRA said so."})


def _free_code(business: Business) -> str:
    """A code that no branch of the business has, while acting for it."""
    used = set(db.session.execute(select(Branch.code).where(Branch.tenant_id == business.tenant_id)).scalars())
    return next(code for code in map(str, range(10, 100)) if code not in used)


def _another_unit(business: Business, transport: str) -> UUID:
    """A control unit of a branch of its own: what replaces it leaves the unit alone that other requests use."""
    with business.app.app_context(), acting_for(business.tenant_id):
        code = _free_code(business)
        branch = Branch(tenant_id=business.tenant_id, code=code, name=f"Branch {code}")
        db.session.add(branch)
        db.session.flush()
        branch_id = branch.id
        key = {"tenant_id": business.tenant_id, "branch_id": branch_id, "environment": "simulator"}
        device = Device(**key, serial=f"REPLACED{uuid4().hex[:12].upper()}", transport=transport)
        db.session.add(device)
        db.session.flush()
        db.session.add(
            SetupStep(tenant_id=business.tenant_id, device_id=device.id, name="initialise", state="waiting")
        )
        db.session.commit()
        return device.id


@case("replacing.choose")
def a_control_unit_to_replace(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id})


@case("replacing.convert", "replacing.replace_key")
def an_oscu(business: Business) -> Ids:
    return Ids(path={"device_id": _another_unit(business, "oscu")}, typed={"transport": "vscu", "new_key": "k" * 20})


@case("replacing.adopt")
def a_control_unit_and_one_to_adopt(business: Business) -> Ids:
    known = {"kind": "vscu", "sdc_id": "KRACU0400000001", "mrc_number": "KRA00000001", "last_invoice": "0"}
    typed = known | {"serial": f"ELSEWHERE{next(_next)}"}
    return Ids(path={"device_id": _another_unit(business, "vscu")}, typed=typed)


DOWNTIME = {
    "started_day": "2026-01-05", "started_time": "08:00", "over": "no", "reason": "No internet", "sales_count": "0",
    "sales_amount": "0",
}  # fmt: skip


@case("downtime.show_notice", "downtime.print_notice", "downtime.edit_notice", "downtime.correct_notice")
def a_downtime_notice(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        row = DowntimeNotice(
            tenant_id=business.tenant_id, branch_id=business.branch_id, number=next(_next), started_at=db.func.now(),
            reason="No internet", sales_count=0, sales_amount=0, written_by="Grace",
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return Ids(path={"notice_id": row.id}, typed=DOWNTIME)


@case("golive.preview", "golive.take")
def a_file_brought_along(business: Business) -> Ids:
    settings = {"name": "Mfano Traders", "phone": "+254712345678"}
    content = {"business": {}, "settings": settings, "items": [], "customers": []}
    with business.app.app_context(), acting_for(business.tenant_id):
        row = TakeOver(tenant_id=business.tenant_id, content=content, brought_by="Grace")
        db.session.add(row)
        db.session.commit()
        return Ids(path={"take_over_id": row.id})


@case("downtime.list_notices", "downtime.write_notice")
def a_branch_that_was_down(business: Business) -> Ids:
    return Ids(path={"branch_id": business.branch_id}, typed=DOWNTIME)


@case("devices.setup_of", "devices.progress", "devices.test_connection", "devices.follow_contact")
def a_control_unit(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id})


@case("devices.say_vat")
def a_control_unit_and_an_answer(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id}, typed={"registered": "yes"})


@case("devices.retry")
def a_step_that_failed(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        key = {"tenant_id": business.tenant_id, "device_id": business.device_id, "name": "initialise"}
        db.session.merge(SetupStep(**key, state="failed"))
        db.session.commit()
    return Ids(path={"device_id": business.device_id, "name": "initialise"})


@case("devices.edit_branch", "devices.change_branch", "devices.switch_training")
def a_branch(business: Business) -> Ids:
    return Ids(path={"branch_id": business.branch_id}, typed={"name": "Ngong Road"})


def _connection_test(business: Business) -> object:
    with business.app.app_context(), acting_for(business.tenant_id):
        question = KraQuestion(tenant_id=business.tenant_id, device_id=business.device_id, kind="connection")
        db.session.add(question)
        db.session.commit()
        return question.id


@case("devices.show_device")
def a_control_unit_and_its_test(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id}, query={"test": _connection_test(business)})


@case("devices.follow_test")
def a_connection_test(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id, "question_id": _connection_test(business)})


@case("receipts.show_papers", "receipts.hand_out")
def a_signed_sale(business: Business) -> Ids:
    return Ids(path={"document_id": signed_sale(business)}, typed={"way": "download"})


@case("sharing.new_share")
def a_signed_sale_to_send(business: Business) -> Ids:
    return Ids(path={"document_id": signed_sale(business)})


@case("sharing.share")
def a_signed_sale_and_a_way(business: Business) -> Ids:
    return Ids(path={"document_id": signed_sale(business)}, typed={"way": "link"})


@case("sharing.show_link", "sharing.revoke", "sharing.mail_again")
def a_mailed_link(business: Business) -> Ids:
    document_id = signed_sale(business)
    with business.app.app_context(), acting_for(business.tenant_id):
        wanted = Share(Way.EMAIL, "asha@example.test")
        link = sharing.share(actor_of(business), document_id, wanted, uuid4().hex)
        failed = {"failed_at": db.func.now(), "problem": "The mail server refused this address."}
        db.session.execute(update(ReceiptMail).where(ReceiptMail.link_id == link.id).values(failed))
        db.session.commit()
        return Ids(path={"link_id": link.id}, typed={"email": "asha@example.test"})


@case("downloads.show", "downloads.file", "downloads.remove")
def a_download(business: Business) -> Ids:
    document_id = signed_sale(business)
    with business.app.app_context(), acting_for(business.tenant_id):
        wish = downloads.Wish([document_id], downloads.Form.ZIP, originals=True, describes="One receipt")
        download = downloads.ask(actor_of(business), wish, uuid4().hex)
        with files.new_file(f"downloads/{download.id}.zip") as out:
            out.write_bytes(b"PK")
        downloads.made(download.id, files.key_of(f"downloads/{download.id}.zip"), 2, sha256(b"PK"))
        return Ids(path={"download_id": download.id})


@case("receipts.wait", "receipts.file")
def something_handed_out(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        row = HandOut(tenant_id=business.tenant_id, document_id=signed_sale(business), copy_no=0, way="download", by_name="Grace")
        db.session.add(row)
        db.session.commit()
        return Ids(path={"hand_out_id": row.id})


@case("sales.read_notice")
def a_notice_of_kra(business: Business) -> Ids:
    number = next(_next)
    with business.app.app_context(), acting_for(business.tenant_id):
        db.session.add(Notice(tenant_id=business.tenant_id, number=number, title="New rates"))
        db.session.commit()
    return Ids(path={"number": number})


@case("sales.show_draft", "sales.preview_draft", "sales.issue_draft", "sales.discard_draft")
def a_draft(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        draft = drafts.copy(actor_of(business), business.branch_id, TypedInvoice(buyer="Asha"))
        db.session.commit()
    return Ids(path={"draft_id": draft})


@case("sales.show_document", "sales.document_status", "sales.duplicate_document", "sales.void_document", "sales.correct_document",
      "sales.check_again", "sales.send_again", "sales.new_credit_note", "sales.credit", "sales.credit_totals",
      "sales.ask_for_right_pin", "sales.fix_wrong_pin")  # fmt: skip
def an_invoice(business: Business) -> Ids:
    item = an_item(business, item_type="3").path["item_id"]
    with business.app.app_context(), acting_for(business.tenant_id):
        line = NewLine(item_id=item, quantity=Decimal(1))
        new = NewInvoice(branch_id=business.branch_id, idempotency_key=uuid4().hex, lines=(line,))
        return Ids(path={"document_id": issue_invoice(actor_of(business), new).id})


@case("sales.show_unsigned", "sales.duplicate_unsigned", "sales.invoice_of_proforma", "unsigned.file")
def a_proforma(business: Business) -> Ids:
    item = an_item(business, item_type="3").path["item_id"]
    with business.app.app_context(), acting_for(business.tenant_id):
        lines = (NewLine(item_id=item, quantity=Decimal(1)),)
        new = NewInvoice(branch_id=business.branch_id, idempotency_key=uuid4().hex, lines=lines)
        return Ids(path={"document_id": unsigned.issue_proforma(actor_of(business), new)})


@case("sales.new_training_note", "sales.credit_training", "sales.training_totals")
def a_training_invoice(business: Business) -> Ids:
    """Of a branch of its own: other requests issue in earnest."""
    item, number = an_item(business, item_type="3").path["item_id"], next(_next)
    with business.app.app_context(), acting_for(business.tenant_id):
        code = _free_code(business)
        branch = Branch(tenant_id=business.tenant_id, id=uuid4(), code=code, name=f"School {number}", training=True)
        db.session.add(branch)
        db.session.flush()
        db.session.add(
            Device(tenant_id=business.tenant_id, branch_id=branch.id, environment="simulator", serial=f"SCHOOL{number:06}")
        )
        db.session.commit()
        lines = (NewLine(item_id=item, quantity=Decimal(1)),)
        new = NewInvoice(branch_id=branch.id, idempotency_key=uuid4().hex, lines=lines)
        return Ids(path={"document_id": unsigned.issue_training(actor_of(business), new)})


def actor_of(business: Business) -> Actor:
    return Actor(business.owner_id, "Grace Wanjiru", business.tenant_id, Role.OWNER, uuid4())


@case("tokens.revoke_token")
def a_token(business: Business) -> Ids:
    token_of(business)
    with business.app.app_context(), acting_for(business.tenant_id):
        newest = select(ApiToken.id).where(ApiToken.tenant_id == business.tenant_id).order_by(ApiToken.created_at.desc())
        return Ids(path={"token_id": db.session.execute(newest.limit(1)).scalar_one()})


@case("api.show_invoice", "api.original_receipt")
def a_sale_whose_original_was_handed_out(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        document_id = signed_sale(business)
        db.session.add(HandOut(tenant_id=business.tenant_id, document_id=document_id, copy_no=0, way="download", by_name="Grace"))
        db.session.commit()
    return Ids(path={"document_id": document_id}, fixed={"wait": "0"})


@case("api.hand_out_copy")
def a_signed_sale_to_copy(business: Business) -> Ids:
    return Ids(path={"document_id": signed_sale(business)})


@case("api.issue_credit_note")
def a_signed_sale_to_take_back(business: Business) -> Ids:
    return Ids(path={"document_id": signed_sale(business)}, typed={"reason": "06"})


@case("api.list_submissions")
def what_a_control_unit_was_told(business: Business) -> Ids:
    return Ids(query={"device": business.device_id})


@case("api.list_invoices")
def invoices_of_a_branch(business: Business) -> Ids:
    return Ids(query={"branch": business.branch_id})


@case("api.initialise_device", "api.test_connection")
def a_control_unit_of_a_program(business: Business) -> Ids:
    return Ids(path={"device_id": business.device_id})


@case("api.copy_of_receipt")
def a_copy_that_was_handed_out(business: Business) -> Ids:
    with business.app.app_context(), acting_for(business.tenant_id):
        document_id, number = signed_sale(business), next(_next)
        row = HandOut(tenant_id=business.tenant_id, document_id=document_id, copy_no=number, way="download", by_name="Grace")
        db.session.add(row)
        db.session.commit()
        return Ids(path={"document_id": document_id, "copy_no": number}, fixed={"wait": "0"})
