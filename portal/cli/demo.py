"""`flask demo`: a business to look at, and one invoice of it through the real path, KRA's signature and PDF included."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

import click
from flask import current_app
from sqlalchemy import select

from portal.catalogue import services as catalogue
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem, OpeningStock
from portal.codelists.models import ItemClass
from portal.customers.models import Customer
from portal.devices.queries import head_office_device
from portal.errors import PortalError
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.fiscal.environment import Environment
from portal.fiscal.numbering import cu_invoice_number
from portal.fiscal.payments import PaymentMethod
from portal.fiscal.qr import receipt_url
from portal.identity import passwords, people
from portal.identity.access import Actor
from portal.identity.models import Membership, Person
from portal.identity.permissions import Role
from portal.infra import doors, files
from portal.infra.columns import search_words
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for, acting_for_nobody, current_tenant_id
from portal.receipts.models import ReceiptFile
from portal.sales import services as sales
from portal.sales.new_invoice import NewBuyer, NewInvoice, NewLine, NewPayment
from portal.submissions import queries as submissions
from portal.submissions.models import Submission
from portal.tenants import services as tenants
from portal.tenants.models import Branch
from portal.tenants.queries import open_branches, this_business
from portal.tenants.values import BusinessDetails, NewBusiness, SignUp

T = TypeVar("T")
PIN = "P051234567M"
PASSWORD = "samaki-wa-leo-asubuhi"  # noqa: S105 - made up for the demo business, which production refuses
PEOPLE = {
    Role.OWNER: "grace.wanjiru@mfano.test",
    Role.ACCOUNTANT: "peter.otieno@mfano.test",
    Role.BILLER: "amina.hassan@mfano.test",
}
NO_PDF = 3
GENERAL_CLASS, ITEM_LEVEL = "1000000000", 5
PATIENCE_SECONDS = 90.0
# name, class, type, band, price with VAT, unit, how many there are
ITEMS = (
    ("Ballpoint pen (box)", "4412170100", ItemType.FINISHED, Band.B, "580.00", "NO", "500"),
    ("Maize flour 2kg", "5022110200", ItemType.FINISHED, Band.A, "185.00", "NO", "2000"),
    ("Avocados for export (carton)", "9901200000", ItemType.FINISHED, Band.C, "62.50", "NO", "2000"),
    ("Filing disbursement", "1000000000", ItemType.SERVICE, Band.D, "1200.00", "NO", None),
    ("Diesel (litre)", "1510150500", ItemType.FINISHED, Band.E, "183.40", "NO", "5000"),
    ("Toner cartridge", "4410310300", ItemType.FINISHED, Band.B, "250.00", "NO", "1000"),
)
SOLD = {
    "Ballpoint pen (box)": "2",
    "Maize flour 2kg": "3",
    "Avocados for export (carton)": "4",
    "Filing disbursement": "1",
    "Diesel (litre)": "12.5",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the command found or made: the signed invoice, and its PDF when there is one."""

    invoice: str
    kra_number: str
    signature: str
    qr: str
    pdf: str | None


def run(as_json: bool, without_pdf: bool = False) -> None:
    """Seed the demo business where it is missing, and issue one invoice of it; wait for its PDF unless told not to."""
    settings = current_app.extensions["settings"]
    if settings.is_production:
        raise click.ClickException("A demo business does not exist in production.")
    started = time.monotonic()
    try:
        tenant_id = furnished_business()
    except PortalError as error:
        raise click.ClickException(error.sentence) from error
    with acting_for(tenant_id):
        shown = _issue(owner(), waits_for_pdf=not (without_pdf or _no_pango()))
    answer: dict[str, Any] = {
        "url": settings.portal_url,
        "invoice": shown.invoice,
        "kra_number": shown.kra_number,
        "signature": shown.signature,
        "qr": shown.qr,
        "pdf": shown.pdf,
        "seconds": round(time.monotonic() - started, 2),
        "logins": [{"role": role.value, "email": email, "password": PASSWORD} for role, email in PEOPLE.items()],
    }
    if as_json:
        click.echo(json.dumps(answer))
    else:
        for name, value in answer.items():
            click.echo(f"{name}: {value}")
    if shown.pdf is None:
        raise SystemExit(NO_PDF)


def furnished_business() -> UUID:
    """The demo business, with people, items and a customer; made when it is missing."""
    with acting_for_nobody():
        person = people.by_email(PEOPLE[Role.OWNER])
        mine = doors.my_memberships(person.id) if person else []
    if not mine:
        business = NewBusiness(name="Mfano Traders", pin=PIN, phone="+254700000000")
        new = SignUp(business=business, email=PEOPLE[Role.OWNER], password=PASSWORD, key=f"demo-{uuid4()}")
        with acting_for_nobody():
            _person_id, tenant_id = tenants.sign_up(new, None)
        if tenant_id is None:
            raise click.ClickException("The PIN of the demo business is taken by another business.")
        mine = [tenant_id]
    with acting_for(mine[0]):
        _furnish(owner())
    return mine[0]


def _furnish(owner: Actor) -> None:
    """Everything a shop has after its first morning; what is there already stays."""
    _until("KRA has accepted the control unit", lambda: head_office_device().status == "ready" or None)
    if this_business().vat_said_by != "owner":
        tenants.say_vat(owner, True)
        tenants.change_details(
            owner,
            BusinessDetails(
                name="Mfano Traders",
                phone="+254700000000",
                address="Moi Avenue, Nairobi",
                trade_name="MFANO MART",
                top_message="Karibu Mfano Mart",
                bottom_message="ASANTE. KARIBU TENA",
            ),
        )
    for role in (Role.ACCOUNTANT, Role.BILLER):
        _member(role)
    known = set(db.session.execute(select(Item.name).where(Item.tenant_id == current_tenant_id())).scalars())
    for name, class_code, item_type, band, price, unit, there in ITEMS:
        if name not in known:
            new = NewItem(
                name=name,
                class_code=_known_class(class_code),
                item_type=item_type,
                band=band,
                price=Decimal(price),
                quantity_unit=unit,
            )
            catalogue.add_item(owner, new, OpeningStock(branch().id, Decimal(there)) if there else None)
    _customer()


def _known_class(wanted: str) -> str:
    """The wanted class where this KRA lists it, else the general one, else the first of its list that items may carry."""
    usable = select(ItemClass.code).where(ItemClass.in_use, ItemClass.level == ITEM_LEVEL)
    for code in (wanted, GENERAL_CLASS):
        if db.session.execute(usable.where(ItemClass.code == code)).first():
            return code
    return db.session.execute(usable.order_by(ItemClass.code).limit(1)).scalar_one_or_none() or wanted


def _member(role: Role) -> None:
    with transaction():
        if people.by_email(PEOPLE[role]) is None:
            person = people.add(PEOPLE[role], None, passwords.hash_password(PASSWORD), None)
            db.session.add(Membership(tenant_id=current_tenant_id(), person_id=person.id, role=role.value))


def _customer() -> UUID:
    with transaction():
        wanted = select(Customer.id).where(Customer.tenant_id == current_tenant_id(), Customer.pin == "P051111111B")
        found = db.session.execute(wanted).scalar_one_or_none()
        if found is None:
            name = "Jirani Hotel Limited"
            customer = Customer(
                tenant_id=current_tenant_id(), name=name, search_name=search_words(name), pin="P051111111B", phone="+254711111111"
            )
            db.session.add(customer)
            db.session.flush()
            found = customer.id
    return found


def _issue(owner: Actor, waits_for_pdf: bool) -> Shown:
    lines = db.session.execute(select(Item).where(Item.tenant_id == current_tenant_id())).scalars().all()
    by_name = {item.name: item for item in lines}
    wanted = [NewLine(item_id=by_name[name].id, quantity=Decimal(quantity)) for name, quantity in SOLD.items()]
    toner = NewLine(
        item_id=by_name["Toner cartridge"].id,
        quantity=Decimal(10),
        discount_percent=Decimal("12.5"),
        discount_reason="promo",
    )
    db.session.rollback()
    new = NewInvoice(
        branch_id=branch().id,
        idempotency_key=f"demo-{uuid4()}",
        lines=(*wanted, toner),
        buyer=NewBuyer(customer_id=_customer()),
        payments=(NewPayment(method=PaymentMethod.MOBILE_MONEY),),
    )
    try:
        issued = sales.issue_invoice(owner, new)
    except PortalError as error:
        raise click.ClickException(error.sentence) from error
    signed = _until("KRA has signed the demo invoice", lambda: _signed(issued.id))
    business = this_business()
    environment = Environment(current_app.extensions["settings"].kra_environment)
    kra_number, signature = cu_invoice_number(signed.sdc_id or "", signed.receipt_no or 0), signed.signature or ""
    qr = receipt_url(business.kra_pin, branch().code, signature, environment)
    pdf = _until("the receipt is drawn", lambda: _pdf(issued.id)) if waits_for_pdf else None
    return Shown(issued.number, kra_number, signature, qr, pdf)


def _signed(document_id: UUID) -> Submission | None:
    row = submissions.of_document(document_id)
    if row is not None and row.state in ("refused", "held", "void"):
        problem = submissions.problem_of(row)
        raise click.ClickException(f"{problem.sentence if problem else row.state} ({row.problem_code}: {row.problem_message})")
    return row if row is not None and row.state == "accepted" else None


def _pdf(document_id: UUID) -> str | None:
    wanted = select(ReceiptFile.storage_key).where(
        ReceiptFile.tenant_id == current_tenant_id(), ReceiptFile.document_id == document_id, ReceiptFile.variant == "a4"
    )
    key = db.session.execute(wanted).scalar_one_or_none()
    return str(files.path_of(key).resolve()) if key else None


def _no_pango() -> bool:
    """Whether receipts cannot be drawn on this machine: a look at the library, without loading it."""
    from ctypes.util import find_library

    return find_library("pango-1.0") is None and find_library("libpango-1.0.so.0") is None


def _until(what: str, look: Callable[[], T | None]) -> T:
    """What `look` finds, asked again until it finds something; each look is a transaction of its own."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        db.session.rollback()
        db.session.expire_all()
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise click.ClickException(f"Waited {PATIENCE_SECONDS:.0f} seconds, but this did not happen: {what}.")


def owner() -> Actor:
    person = people.by_email(PEOPLE[Role.OWNER])
    assert isinstance(person, Person)
    return Actor(person.id, person.name, current_tenant_id(), Role.OWNER, UUID(int=0))


def branch() -> Branch:
    return open_branches()[0]
