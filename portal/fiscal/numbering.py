"""How numbers are written: ours, KRA's and the item codes."""

import re

from portal.fiscal.errors import FiscalError
from portal.fiscal.labels import DocumentKind, Label, original_label

PREFIXES = {Label.NS: "INV", Label.NC: "CN", Label.TS: "TRN", Label.TC: "TCN", Label.PS: "PRO"}
LARGEST_ITEM_NUMBER = 9_999_999

_COUNTRY = re.compile(r"[A-Z]{2}")
_UNIT = re.compile(r"[A-Z0-9]{1,5}")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,29}")


class NumberError(FiscalError):
    """Parts that make no number."""


def trader_number(kind: DocumentKind | Label | str, number: int, prefix: str | None = None) -> str:
    """The number people know a document by: INV-000105; `prefix` stands in for the usual INV, CN, TRN, TCN or PRO."""
    label = Label(kind) if kind in Label.__members__ else original_label(DocumentKind(kind))
    if label.is_copy:
        raise NumberError("A copy has the number of its original.")
    if number < 1:
        raise NumberError("A number starts at 1.")
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        raise NumberError("A prefix has up to 30 capital letters, digits, dashes and strokes.")
    return f"{prefix or PREFIXES[label]}-{number:06d}"


def item_code(country: str, item_type: str, package_unit: str, quantity_unit: str, number: int) -> str:
    """KRA's item code: country, type, packaging and quantity unit, seven digits (PROTOCOL §6.6): KE2NTBA0000012."""
    if not _COUNTRY.fullmatch(country):
        raise NumberError("A country of origin has two capital letters.")
    if item_type not in ("1", "2", "3"):
        raise NumberError("An item is raw material (1), a finished product (2) or a service (3).")
    if not _UNIT.fullmatch(package_unit) or not _UNIT.fullmatch(quantity_unit):
        raise NumberError("A unit is a code of KRA's lists.")
    if not 1 <= number <= LARGEST_ITEM_NUMBER:
        raise NumberError("An item number has at most seven digits.")
    return f"{country}{item_type}{package_unit}{quantity_unit}{number:07d}"


def cu_invoice_number(sdc_id: str, receipt_number: int) -> str:
    """The control unit's invoice number, which never carries the label: KRACU0400000000/105 (RECEIPTS §5)."""
    if not sdc_id or receipt_number < 1:
        raise NumberError("A control unit invoice number needs the unit's id and its receipt number.")
    return f"{sdc_id}/{receipt_number}"


def dashed(text: str) -> str:
    """The text with a dash after every fourth character and none at the end; dashes already in it do not count."""
    bare = text.replace("-", "")
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))
