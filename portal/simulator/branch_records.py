"""Customers, users and insurers of a branch: saving the same key again changes the record (PROTOCOL §7.1)."""

from typing import Any

from portal.simulator import field_tables
from portal.simulator.envelope import Reply, refuse
from portal.simulator.fields import Place, read
from portal.simulator.paging import page
from portal.simulator.state import Books, Event, keeps
from portal.simulator.world import Call

SHOWN = ("custNo", "custTin", "custNm", "adrs", "telNo", "email", "faxNo", "useYn", "remark", "regrId", "regrNm",
         "modrId", "modrNm")  # fmt: skip


def save_customer(call: Call) -> Reply:
    """Takes a customer of the branch down."""
    if not call.body.get("custTin"):
        raise refuse("custTin cannot be empty or Null")
    read(field_tables.CUSTOMER, call.body, Place(), 0)
    call.record("customer")
    return Reply()


def save_user(call: Call) -> Reply:
    """Takes a user of the branch down."""
    read(field_tables.USER, call.body, Place(), 0)
    call.record("user")
    return Reply()


def save_insurer(call: Call) -> Reply:
    """Takes an insurer of the branch down."""
    read(field_tables.INSURER, call.body, Place(), 0)
    call.record("insurer")
    return Reply()


@keeps("customer")
def keep_customer(books: Books, event: Event) -> None:
    """Takes a customer into the books."""
    _branch_customers(books, event)[event.body["custNo"]] = {**event.body, "at": event.stamp}


def _branch_customers(books: Books, event: Event) -> dict[str, dict[str, Any]]:
    return books.branch((event.facts["tin"], event.facts["bhfId"])).customers


@keeps("user")
def keep_user(books: Books, event: Event) -> None:
    """Takes a user into the books, without the password field."""
    user = {name: value for name, value in event.body.items() if name != "pwd"}
    books.branch((event.facts["tin"], event.facts["bhfId"])).users[user["userId"]] = user


@keeps("insurer")
def keep_insurer(books: Books, event: Event) -> None:
    """Takes an insurer into the books."""
    books.branch((event.facts["tin"], event.facts["bhfId"])).insurers[event.body["isrccCd"]] = dict(event.body)


def look_up_customers(call: Call) -> Reply:
    """The customers saved for the branch (OSCU only)."""
    rows = [(customer["at"], {name: customer.get(name) for name in SHOWN}) for customer in call.branch.customers.values()]
    return page(call, "custList", rows)
