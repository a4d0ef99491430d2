"""The blocks of a receipt: every text final, so that paper, screen and journal can only lay them out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderBlock:
    """Who sells, and what the paper is."""

    business_name: str
    trade_name: str | None
    address: str | None
    phone: str | None
    pin: str
    branch: str
    title: str
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalBlock:
    """Which sale a credit note takes back, and why."""

    caption: str
    number: str
    date: str
    sentence: str
    reason: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerBlock:
    """Who buys; the PIN is empty when none was given, and its caption is printed all the same."""

    pin: str
    name: str
    phone: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBlock:
    """The number people know the document by, and its day."""

    caption: str
    number: str
    date: str
    due: str | None
    reference: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountText:
    """The discount under an item: "discount 12.50% (promo)" and "(312.50)"."""

    caption: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBlock:
    """One item; the amount carries its band: "555.00A-EX"."""

    number: int
    name: str
    is_service: bool
    type_word: str
    code: str | None
    unit: str
    quantity: str
    price: str
    amount: str
    discount: DiscountText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A caption and its amount; the strong one is the total."""

    caption: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """One row of the tax table: "B", "Standard", "16%" and two amounts."""

    band: str
    category: str
    rate: str
    taxable: str
    tax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScuBlock:
    """SCU INFORMATION; without a signature only the unit's id and our own counter are known."""

    sdc_id: str | None
    counter: str
    date: str | None = None
    time: str | None = None
    cu_invoice_number: str | None = None
    internal_data: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark:
    """Which copy this is and when it was handed out; empty fields are stamped on later."""

    number: str = ""
    printed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TisBlock:
    """TIS INFORMATION: our number and our moment of issue."""

    number: str
    date: str
    time: str
    copy: CopyMark | None
