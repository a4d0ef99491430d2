"""A business of the running portal: signed up, with a control unit that KRA initialised, and things to sell."""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.catalogue import services as catalogue
from portal.catalogue.values import NewItem, OpeningStock
from portal.customers import services as customers
from portal.customers.forms import NewCustomer
from portal.devices.queries import head_office_device
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.identity import services as identity
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.local.processes import wait_until
from portal.receipts.models import ReceiptFile
from portal.sales import credits, drafts, services
from portal.sales.models import Document
from portal.sales.new_invoice import NewBuyer, NewCreditNote, NewInvoice, NewLine
from portal.sales.typed import TypedInvoice, TypedLine
from portal.submissions import queries as submissions
from portal.tenants import services as tenants
from portal.tenants.queries import open_branches
from portal.tenants.values import NewBusiness, SignUp
from tests.browser.processes import Portal
from tests.rules.cases import actor_of
from tests.support.world import Business, signed_in

Found = TypeVar("Found")
SECONDS = 60
FINAL = ("accepted", "refused", "held", "void")


class Shop:
    """A business whose acts go the way of the pages: through services, the real lane and KRA."""

    def __init__(self, portal: Portal, business: Business, mailbox: str) -> None:
        self.portal, self.business, self.mailbox = portal, business, mailbox
        self.flour = self._adds("Maize flour 2kg", "5022110200", ItemType.FINISHED, Band.A, "185.00", Decimal(1000))
        self.pens = self._adds("Ballpoint pen (box)", "4412170100", ItemType.FINISHED, Band.B, "580.00", Decimal(500))
        self.delivery = self._adds("Delivery", "1000000000", ItemType.SERVICE, Band.B, "350.00")

    @contextmanager
    def open(self) -> Iterator[None]:
        """Act as this business."""
        with self.portal.app.app_context(), acting_for(self.business.tenant_id):
            yield

    def session(self) -> str:
        """The cookie of a browser in which its owner is signed in."""
        cookie = signed_in(self.portal.app, self.business.owner_id, self.business.tenant_id).get_cookie("session")
        assert cookie is not None
        return cookie.value

    def sells(self, *lines: tuple[UUID, str], buyer: str = "Jirani Hotel Limited") -> UUID:
        """An issued invoice, of one delivery unless told otherwise; the lane does the rest."""
        wanted = tuple(NewLine(item_id=item, quantity=Decimal(quantity)) for item, quantity in lines or [(self.delivery, "1")])
        key, branch = uuid4().hex, self.business.branch_id
        new = NewInvoice(branch_id=branch, idempotency_key=key, lines=wanted, buyer=NewBuyer(name=buyer))
        with self.open():
            return services.issue_invoice(actor_of(self.business), new).id

    def credits(self, document_id: UUID) -> UUID:
        """A credit note on all of it."""
        new = NewCreditNote(original_id=document_id, idempotency_key=uuid4().hex, reason_code="06")
        with self.open():
            return credits.issue_credit_note(actor_of(self.business), new).id

    def settled(self, document_id: UUID) -> UUID:
        """The document, once KRA's answer is there; a signed one with its PDF."""
        self.waits_for("KRA's answer", lambda: self.state(document_id) in FINAL or None)
        if self.state(document_id) == "accepted":
            self.waits_for("the PDF", lambda: self._pdfs(document_id) or None)
        return document_id

    def state(self, document_id: UUID) -> str:
        """How far its submission is."""
        with self.open():
            row = submissions.of_document(document_id)
            assert row is not None
            return row.state

    def issued_to(self, buyer: str) -> list[str]:
        """The totals of all invoices with this buyer, once KRA has answered for each."""
        with self.open():
            wanted = select(Document.id, Document.total_amount).where(Document.tenant_id == self.business.tenant_id)
            rows = db.session.execute(wanted.where(Document.buyer_name == buyer, Document.state == "issued")).all()
        for row in rows:
            self.settled(row.id)
        return [str(row.total_amount) for row in rows]

    def submission_of(self, document_id: UUID) -> UUID:
        """The id of what KRA was told of it."""
        with self.open():
            row = submissions.of_document(document_id)
            assert row is not None
            return row.id

    def drafts(self, buyer: str = "Asha") -> UUID:
        """A draft with one line that could be issued."""
        line = TypedLine("l1", item="Delivery", item_id=str(self.delivery), quantity="1", price="350.00")
        with self.open():
            draft = drafts.copy(actor_of(self.business), self.business.branch_id, TypedInvoice(buyer=buyer, lines=(line,)))
            db.session.commit()
            return draft

    def adds_customer(self, name: str, pin: str | None = None) -> UUID:
        """Somebody who buys here."""
        with self.open():
            return customers.add_customer(actor_of(self.business), NewCustomer(name=name, pin=pin)).id

    def link_by_mail(self, page: str) -> str:
        """The path of the newest link to this page (`reset`, `confirm`) that the documents worker mailed to the owner."""
        wanted = re.compile(rf"/{page}/\S+")

        def look() -> str | None:
            found = [wanted.search(text) for text in self._letters()]
            return next((each.group() for each in reversed(found) if each), None)

        return self.waits_for(f"a letter with a link to /{page}", look)

    def forgets_the_password(self) -> None:
        """Ask for a link by mail."""
        with self.portal.app.app_context(), acting_for_nobody():
            identity.ask_for_reset(self.mailbox, None)

    def goes_wrong(self, fault: str, **how: object) -> None:
        """KRA misbehaves at the next sale of this business."""
        self.portal.kra.control.next(fault, "save_sale", device={"tin": self.business.pin}, **how)

    def waits_for(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What `look` finds, as soon as it finds something."""
        found: list[Found] = []

        def there() -> bool:
            found.extend(each for each in [look()] if each is not None)
            return bool(found)

        assert wait_until(there, SECONDS), f"{SECONDS} seconds went by without {what}"
        return found[0]

    def _letters(self) -> list[str]:
        folder = Path(self.portal.app.extensions["settings"].mail_url.removeprefix("file://"))
        files = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime)
        letters = [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]
        mine = [letter for letter in letters if isinstance(letter, EmailMessage) and letter["To"] == self.mailbox]
        return [letter.get_content() for letter in mine]

    def _adds(
        self, name: str, class_code: str, item_type: ItemType, band: Band, price: str, there: Decimal | None = None
    ) -> UUID:
        new = NewItem(name=name, class_code=class_code, item_type=item_type, band=band, price=Decimal(price))
        opening = OpeningStock(self.business.branch_id, there) if there else None
        with self.open():
            return catalogue.add_item(actor_of(self.business), new, opening).id

    def _pdfs(self, document_id: UUID) -> int:
        with self.open():
            return db.session.query(ReceiptFile).filter_by(tenant_id=self.business.tenant_id, document_id=document_id).count()


def open_shop(portal: Portal, number: int) -> Shop:
    """A business that signed up and whose control unit is ready."""
    mailbox, pin = f"grace{number}@mfano.example", f"P05136594{number}M"
    business = NewBusiness(name="Mfano Traders Limited", pin=pin, phone="+254712345678")
    new = SignUp(business=business, email=mailbox, password="maji ni uhai wetu", key=uuid4().hex)
    with portal.app.app_context():
        with acting_for_nobody():
            owner_id, tenant_id = tenants.sign_up(new, None)
        assert tenant_id is not None
        with acting_for(tenant_id):
            branch_id, device_id = open_branches()[0].id, head_office_device().id
            assert wait_until(_is_ready, SECONDS), "the control unit is not ready"
            tenants.say_vat(actor_of(Business(portal.app, tenant_id, branch_id, device_id, owner_id, pin)), True)
    return Shop(portal, Business(portal.app, tenant_id, branch_id, device_id, owner_id, pin), mailbox)


def _is_ready() -> bool:
    db.session.rollback()
    db.session.expire_all()
    return head_office_device().status == "ready"
