"""What look-ups bring, in our words; every field KRA may leave out is None."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from portal.fiscal.bands import Band
from portal.fiscal.frozen import DocumentKind, Signature
from portal.kra import read
from portal.kra.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where KRA says a business is."""

    county: str | None = None
    sub_county: str | None = None
    locality: str | None = None
    description: str | None = None

    @property
    def in_words(self) -> str:
        """The place as an address says it, the narrowest part first; KRA writes in capitals and repeats itself."""
        parts = (self.description, self.locality, self.sub_county, self.county)
        return ", ".join(dict.fromkeys(part.title() for part in parts if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys:
    """What initialisation hands out, once for ever: keep all of it; the counters are None where KRA does not tell them.

    An OSCU needs its communication key on every later call. A VSCU holds its three keys itself and we never send them.
    """

    pin: str | None
    branch_code: str | None
    device_id: str | None
    sdc_id: str | None
    mrc_number: str | None
    communication_key: Secret | None = field(repr=False)
    internal_key: Secret | None = field(default=None, repr=False)
    signing_key: Secret | None = field(default=None, repr=False)
    taxpayer_name: str | None = None
    business_activity: str | None = None
    branch_name: str | None = None
    branch_opened_on: date | None = None
    is_head_office: bool | None = None
    manager_name: str | None = None
    manager_phone: str | None = None
    manager_email: str | None = None
    place: Place = Place()
    vat_registered: bool | None = None
    last_invoice_number: int | None = None      # the highest KRA holds, of sales and credit notes
    last_purchase_number: int | None = None
    last_receipt_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of a list; `values` are its up to three extra columns (for tax types: the rate)."""

    code: str
    name: str
    description: str | None = None
    in_use: bool = True
    order: int | None = None
    values: tuple[str | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One of KRA's lists with the codes that changed: merge it into what is known, never replace."""

    number: str
    name: str
    description: str | None = None
    in_use: bool = True
    labels: tuple[str | None, str | None, str | None] = (None, None, None)
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemClass:
    """One row of KRA's item classification."""

    code: str
    name: str
    level: int | None
    band: Band | None
    is_major: bool | None = None
    in_use: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxpayer:
    """A business by its PIN."""

    pin: str
    name: str | None
    is_active: bool | None
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTaxpayer:
    """What KRA says of the asking business itself."""

    name: str | None
    vat_registered: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBranch:
    """A branch as KRA knows it."""

    code: str
    name: str | None
    status: str | None
    is_head_office: bool | None
    manager_name: str | None = None
    manager_phone: str | None = None
    manager_email: str | None = None
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice of KRA, to be shown to people as text."""

    number: int
    title: str
    text: str | None
    url: str | None
    author: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """An item KRA holds for this PIN; its prices come back as 0 and are therefore not read."""

    code: str
    class_code: str | None
    item_type: str | None
    name: str | None
    origin_country: str | None
    package_unit: str | None
    quantity_unit: str | None
    band: Band | None
    barcode: str | None = None
    branch_code: str | None = None
    in_use: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedItem:
    """One line of a customs declaration; task, declaration date (as received) and line number identify it."""

    task_code: str
    declaration_date: str
    line_number: int
    declaration_number: str | None
    tariff_code: str | None
    name: str | None
    status: str | None
    origin_country: str | None = None
    export_country: str | None = None
    packages: Decimal | None = None
    package_unit: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    gross_weight: Decimal | None = None
    net_weight: Decimal | None = None
    supplier_name: str | None = None
    agent_name: str | None = None
    foreign_amount: Decimal | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether KRA waits for our yes or no."""
        return self.status == "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLine:
    """A line of somebody else's document; the total is the truth, the rest may be a few cents off."""

    place: int | None
    code: str | None
    class_code: str | None
    name: str | None
    barcode: str | None
    package_unit: str | None
    packages: Decimal | None
    quantity_unit: str | None
    quantity: Decimal | None
    price: Decimal | None
    supply_amount: Decimal | None
    discount_rate: Decimal | None
    discount_amount: Decimal | None
    band: Band | None
    taxable_amount: Decimal | None
    tax_amount: Decimal | None
    total_amount: Decimal | None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoice:
    """A sale a supplier made to us; supplier, branch, number and type identify it."""

    supplier_pin: str
    supplier_branch: str
    number: int
    is_return: bool
    supplier_name: str | None
    sdc_id: str | None
    mrc_number: str | None
    payment_code: str | None
    confirmed_at: datetime | None
    sold_on: date | None
    released_at: datetime | None
    taxable_amount: Decimal | None
    tax_amount: Decimal | None
    total_amount: Decimal | None
    remark: str | None
    lines: tuple[TradeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTransfer:
    """Goods another branch of this PIN sent to us."""

    sender_pin: str | None
    sender_branch: str
    number: int
    occurred_on: date | None
    total_amount: Decimal | None
    remark: str | None
    lines: tuple[TradeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """A buyer that the branch saved with KRA."""

    number: str
    pin: str | None
    name: str | None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    in_use: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSale:
    """A sale or credit note as KRA holds it, with its signature when that could be read (OSCU)."""

    number: int
    original_number: int | None
    kind: DocumentKind | None
    buyer_pin: str | None
    buyer_name: str | None
    total_amount: Decimal | None
    trader_number: str | None
    confirmed_at: datetime | None
    signature: Signature | None

    def is_what_we_sent(self, body: bytes) -> bool:
        """Whether total, buyer and type (and our own document number, where KRA tells it) are those of our bytes."""
        sent = json.loads(body, parse_float=Decimal)
        if self.trader_number is not None and self.trader_number != read.text(sent.get("trdInvcNo")):
            return False
        return (
            self.number == sent.get("invcNo")
            and self.total_amount is not None and self.total_amount == read.number(sent.get("totAmt"))
            and self.buyer_pin == read.text(sent.get("custTin"))
            and self.kind is KINDS.get(str(sent.get("rcptTyCd")))
        )


KINDS = {"S": DocumentKind.SALE, "R": DocumentKind.CREDIT_NOTE}
