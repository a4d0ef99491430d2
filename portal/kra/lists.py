"""KRA's lists read row by row; a row that cannot be read is counted and left out, the others stand (PROTOCOL §5)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from portal.fiscal.bands import Band
from portal.kra import read
from portal.kra.answers import read_place, read_vat
from portal.kra.classify import Reader, Reading
from portal.kra.clock import read_moment
from portal.kra.envelope import Envelope
from portal.kra.values import (
    Code,
    CodeList,
    ItemClass,
    KnownBranch,
    KnownCustomer,
    KnownItem,
    Notice,
    OwnTaxpayer,
    Taxpayer,
)

T = TypeVar("T")
Row = Mapping[str, object]


def reader_of(name: str, row_reader: Callable[[Row], T | None], *other_names: str) -> Reader[tuple[T, ...]]:
    """Return a reader for the list called `name`; an answer without that list is not readable."""
    def read_list(envelope: Envelope) -> Reading[tuple[T, ...]] | None:
        raw = read.first(envelope.data or {}, name, *other_names)
        if not isinstance(raw, list):
            return None
        found = [value for row in read.rows(raw) if (value := row_reader(row)) is not None]
        return Reading(tuple(found), rows=len(raw), unreadable=len(raw) - len(found))
    return read_list


def read_code_lists(envelope: Envelope) -> Reading[tuple[CodeList, ...]] | None:
    """Return the code lists; the rows that count towards KRA's limit are the codes."""
    raw = (envelope.data or {}).get("clsList")
    if not isinstance(raw, list):
        return None
    found = [value for row in read.rows(raw) if (value := _code_list(row)) is not None]
    sent = sum(len(read.rows(row.get("dtlList"))) for row in read.rows(raw))
    kept = sum(len(value.codes) for value in found)
    return Reading(tuple(found), rows=sent, unreadable=sent - kept)


def _code_list(row: Row) -> CodeList | None:
    number = read.text(row.get("cdCls"), 5)
    if number is None:
        return None
    return CodeList(
        number=number,
        name=read.text(row.get("cdClsNm"), 200) or number,
        description=read.text(row.get("cdClsDesc"), 1000),
        in_use=_in_use(row),
        labels=_three(row, "userDfnNm"),
        codes=tuple(code for detail in read.rows(row.get("dtlList")) if (code := _code(detail)) is not None),
    )


def _code(row: Row) -> Code | None:
    code = read.text(row.get("cd"), 20)
    if code is None:
        return None
    return Code(
        code=code,
        name=read.text(row.get("cdNm"), 200) or code,
        description=read.text(row.get("cdDesc"), 1000),
        in_use=_in_use(row),
        order=read.whole(row.get("srtOrd")),
        values=_three(row, "userDfnCd"),
    )


def _three(row: Row, name: str) -> tuple[str | None, str | None, str | None]:
    return read.text(row.get(f"{name}1"), 100), read.text(row.get(f"{name}2"), 100), read.text(row.get(f"{name}3"), 100)


def _item_class(row: Row) -> ItemClass | None:
    code = read.text(row.get("itemClsCd"), 10)
    name = read.text(row.get("itemClsNm"), 1000)
    if code is None or name is None:
        return None
    return ItemClass(code=code, name=name, level=read.whole(row.get("itemClsLvl")), band=read_band(row),
                     is_major=read.yes(row.get("mjrTgYn")), in_use=_in_use(row))


def _taxpayer(row: Row) -> Taxpayer | None:
    pin = read.text(row.get("tin"), 11)
    if pin is None:
        return None
    return Taxpayer(pin=pin, name=read.text(row.get("taxprNm"), 200), place=read_place(row),
                    is_active={"A": True, "D": False}.get(read.text(row.get("taxprSttsCd")) or ""))


def _branch(row: Row) -> KnownBranch | None:
    code = read.text(row.get("bhfId"), 2)
    if code is None:
        return None
    return KnownBranch(
        code=code.zfill(2),
        name=read.text(row.get("bhfNm"), 100),
        status=read.text(row.get("bhfSttsCd"), 5),
        is_head_office=read.yes(row.get("hqYn")),
        manager_name=read.text(row.get("mgrNm"), 100),
        manager_phone=read.text(row.get("mgrTelNo"), 50),
        manager_email=read.text(row.get("mgrEmail"), 254),
        place=read_place(row),
    )


def _notice(row: Row) -> Notice | None:
    number = read.whole(row.get("noticeNo"))
    title = read.text(row.get("title"), 1000)
    if number is None or title is None:
        return None
    return Notice(number=number, title=title, text=read.text(row.get("cont"), 10_000), url=_link(row.get("dtlUrl")),
                  author=read.text(row.get("regrNm"), 100), published_at=read_moment(row.get("regDt")))


def _link(raw: object) -> str | None:
    """Return a web address, None for anything that a browser would run or open otherwise."""
    url = read.text(raw, 500)
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _item(row: Row) -> KnownItem | None:
    code = read.text(row.get("itemCd"), 30)
    if code is None:
        return None
    return KnownItem(
        code=code,
        class_code=read.text(row.get("itemClsCd"), 10),
        item_type=read.text(row.get("itemTyCd"), 5),
        name=read.text(row.get("itemNm"), 500),
        origin_country=read.text(row.get("orgnNatCd"), 5),
        package_unit=read.text(row.get("pkgUnitCd"), 5),
        quantity_unit=read.text(row.get("qtyUnitCd"), 5),
        band=read_band(row),
        barcode=read.text(row.get("bcd"), 50),
        branch_code=read.text(row.get("regBhfId"), 2),
        in_use=_in_use(row),
    )


def _customer(row: Row) -> KnownCustomer | None:
    number = read.text(row.get("custNo"), 20)
    if number is None:
        return None
    return KnownCustomer(
        number=number,
        pin=read.text(row.get("custTin"), 11),
        name=read.text(row.get("custNm"), 200),
        address=read.text(row.get("adrs"), 300),
        phone=read.text(row.get("telNo"), 20),
        email=read.text(row.get("email"), 254),
        in_use=_in_use(row),
    )


def read_taxpayer(envelope: Envelope, pin: str) -> Reading[Taxpayer] | None:
    """Return the taxpayer that was asked for."""
    rows = read.rows((envelope.data or {}).get("custList"))
    found = [value for row in rows if (value := _taxpayer(row)) is not None and value.pin.upper() == pin]
    return Reading(found[0], rows=len(rows)) if found else None


def read_own_taxpayer(envelope: Envelope) -> Reading[OwnTaxpayer] | None:
    """Return KRA's word on the asking business."""
    info = (envelope.data or {}).get("info")
    if not isinstance(info, dict):
        return None
    return Reading(OwnTaxpayer(name=read.text(info.get("taxprNm"), 200), vat_registered=read_vat(info.get("vatTyCd"))))


def read_band(row: Row) -> Band | None:
    """Return the tax band of a row, None when it names none."""
    letter = read.text(row.get("taxTyCd")) or ""
    return Band(letter) if letter in Band.__members__ else None


def _in_use(row: Row) -> bool:
    return read.yes(row.get("useYn")) is not False


read_item_classes = reader_of("itemClsList", _item_class)
read_branches = reader_of("bhfList", _branch)
read_notices = reader_of("noticeList", _notice)
read_items = reader_of("itemList", _item)
read_customers = reader_of("custList", _customer)
