"""Ids that stand inside a form, beside those of `cases`: another business's must be worth as little as made-up ones.

Each maker says one request completely; `form` holds the ids, `typed` the rest.
"""

from __future__ import annotations

from tests.rules.cases import Ids, Maker, a_customer, a_draft, an_item
from tests.support.papers import signed_sale
from tests.support.world import Business

FORM_CASES: list[tuple[str, Maker]] = []


def ids_in_the_form_of(*endpoints: str) -> object:
    """Register a maker for these endpoints; one endpoint may have several."""

    def register(maker: Maker) -> Maker:
        FORM_CASES.extend((endpoint, maker) for endpoint in endpoints)
        return maker

    return register


INVOICE = {"row": ["l1", "p1"], "l1-qty": "1", "l1-prc": "10", "p1-method": "cash", "prices": "inclusive"}
LIVE = ("sales.autosave", "sales.totals", "sales.pick_buyer", "sales.change_draft")


@ids_in_the_form_of(*LIVE)
def a_customer_as_the_buyer(business: Business) -> Ids:
    customer = a_customer(business).path["customer_id"]
    return Ids(form={"buyer_id": customer}, typed=INVOICE | {"l1-item": "Sugar"})


@ids_in_the_form_of(*LIVE)
def an_item_on_a_line(business: Business) -> Ids:
    return Ids(form={"l1-item_id": an_item(business, item_type="3").path["item_id"]}, typed=INVOICE)


@ids_in_the_form_of("sales.pick_item")
def an_item_that_was_picked(business: Business) -> Ids:
    ids = an_item_on_a_line(business)
    return Ids(fixed={"row": "l1"}, form=ids.form, typed=ids.typed)


@ids_in_the_form_of("sales.change_draft")
def an_item_that_is_issued(business: Business) -> Ids:
    ids = an_item_on_a_line(business)
    return Ids(form=ids.form, typed=ids.typed | {"action": "issue", "idempotency_key": "a-key-of-this-form-0001"})


@ids_in_the_form_of(*LIVE)
def a_branch_that_sells(business: Business) -> Ids:
    return Ids(form={"branch": business.branch_id}, typed=INVOICE | {"l1-item": "Sugar"})


@ids_in_the_form_of(*LIVE)
def a_draft_that_is_kept(business: Business) -> Ids:
    return Ids(form={"draft": a_draft(business).path["draft_id"]}, typed=INVOICE | {"l1-item": "Sugar"})


@ids_in_the_form_of("customers.add_customer")
def a_customer_added_under_an_id(business: Business) -> Ids:
    return Ids(form={"id": a_customer(business).path["customer_id"]}, typed={"name": "Mama Njeri"})


@ids_in_the_form_of("customers.check_pin")
def a_pin_of_a_customer(business: Business) -> Ids:
    return Ids(form={"customer": a_customer(business).path["customer_id"]}, typed={"pin": "P051365947M"})


@ids_in_the_form_of("catalogue.add_item")
def an_item_added_under_an_id(business: Business) -> Ids:
    typed = {"name": "Sugar", "class_code": "50161509", "kind": "service", "band": "A", "price": "10", "unit": "NO", "package": "NT"}
    return Ids(form={"id": an_item(business).path["item_id"]}, typed=typed)


@ids_in_the_form_of("downloads.chosen", "downloads.ask")
def invoices_to_download(business: Business) -> Ids:
    return Ids(form={"document": signed_sale(business)}, typed={"chosen": "1", "form": "zip"})
