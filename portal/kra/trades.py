"""Trade that KRA lists: imports, suppliers' sales, transfers and our own sales (PROTOCOL §5.7 to §5.10)."""

from collections.abc import Callable

from portal.kra import read
from portal.kra.answers import signature_from
from portal.kra.classify import Reading
from portal.kra.clock import read_day, read_moment
from portal.kra.envelope import Envelope
from portal.kra.identity import DeviceIdentity
from portal.kra.lists import Row, read_band, reader_of
from portal.kra.values import KINDS, ImportedItem, StockTransfer, StoredSale, SupplierInvoice, TradeLine


def _imported(row: Row) -> ImportedItem | None:
    task, day = read.text(row.get("taskCd"), 50), read.text(row.get("dclDe"), 20)
    place = read.whole(row.get("itemSeq"))
    if task is None or day is None or place is None:
        return None
    return ImportedItem(
        task_code=task,
        declaration_date=day,
        line_number=place,
        declaration_number=read.text(row.get("dclNo"), 50),
        tariff_code=read.text(row.get("hsCd"), 17),
        name=read.text(row.get("itemNm"), 500),
        status=read.text(read.first(row, "imptItemsttsCd", "imptItemSttsCd"), 5),
        origin_country=read.text(row.get("orgnNatCd"), 5),
        export_country=read.text(row.get("exptNatCd"), 5),
        packages=read.number(row.get("pkg")),
        package_unit=read.text(row.get("pkgUnitCd"), 5),
        quantity=read.number(row.get("qty")),
        quantity_unit=read.text(row.get("qtyUnitCd"), 5),
        gross_weight=read.number(row.get("totWt")),
        net_weight=read.number(row.get("netWt")),
        supplier_name=read.text(row.get("spplrNm"), 500),
        agent_name=read.text(row.get("agntNm"), 500),
        foreign_amount=read.number(row.get("invcFcurAmt")),
        currency=read.text(row.get("invcFcurCd"), 5),
        exchange_rate=read.number(row.get("invcFcurExcrt")),
    )


def _trade_lines(row: Row) -> tuple[TradeLine, ...]:
    return tuple(TradeLine(
        place=read.whole(line.get("itemSeq")),
        code=read.text(line.get("itemCd"), 30),
        class_code=read.text(line.get("itemClsCd"), 10),
        name=read.text(line.get("itemNm"), 500),
        barcode=read.text(line.get("bcd"), 50),
        package_unit=read.text(line.get("pkgUnitCd"), 5),
        packages=read.number(line.get("pkg")),
        quantity_unit=read.text(line.get("qtyUnitCd"), 5),
        quantity=read.number(line.get("qty")),
        price=read.number(line.get("prc")),
        supply_amount=read.number(line.get("splyAmt")),
        discount_rate=read.number(line.get("dcRt")),
        discount_amount=read.number(read.first(line, "dcAmt", "totDcAmt")),
        band=read_band(line),
        taxable_amount=read.number(line.get("taxblAmt")),
        tax_amount=read.number(read.first(line, "taxAmt", "totTaxAmt")),
        total_amount=read.number(line.get("totAmt")),
        expires_on=read_day(line.get("itemExprDt")),
    ) for line in read.rows(row.get("itemList")))


def _supplier_invoice(row: Row) -> SupplierInvoice | None:
    pin, number = read.text(row.get("spplrTin"), 11), read.whole(row.get("spplrInvcNo"))
    if pin is None or number is None:
        return None
    return SupplierInvoice(
        supplier_pin=pin,
        supplier_branch=(read.text(row.get("spplrBhfId"), 2) or "00").zfill(2),
        number=number,
        is_return=read.text(row.get("rcptTyCd")) == "R",
        supplier_name=read.text(row.get("spplrNm"), 200),
        sdc_id=read.text(row.get("spplrSdcId"), 50),
        mrc_number=read.text(row.get("spplrMrcNo"), 50),
        payment_code=read.text(row.get("pmtTyCd"), 5),
        confirmed_at=read_moment(row.get("cfmDt")),
        sold_on=read_day(row.get("salesDt")),
        released_at=read_moment(row.get("stockRlsDt")),
        taxable_amount=read.number(row.get("totTaxblAmt")),
        tax_amount=read.number(row.get("totTaxAmt")),
        total_amount=read.number(row.get("totAmt")),
        remark=read.text(row.get("remark"), 400),
        lines=_trade_lines(row),
    )


def _transfer(row: Row) -> StockTransfer | None:
    number, sender = read.whole(row.get("sarNo")), read.text(row.get("custBhfId"), 2)
    if number is None or sender is None:
        return None
    return StockTransfer(
        sender_pin=read.text(row.get("custTin"), 11),
        sender_branch=sender.zfill(2),
        number=number,
        occurred_on=read_day(row.get("ocrnDt")),
        total_amount=read.number(row.get("totAmt")),
        remark=read.text(row.get("remark"), 400),
        lines=_trade_lines(row),
    )


def sale_reader(identity: DeviceIdentity) -> Callable[[Row], StoredSale | None]:
    """Return a row reader for stored sales; the unit's ids of a signature come from the identity."""
    def read_sale(row: Row) -> StoredSale | None:
        number = read.whole(row.get("invcNo"))
        if number is None:
            return None
        receipt = row.get("receipt")
        return StoredSale(
            number=number,
            original_number=read.whole(row.get("orgInvcNo")),
            kind=KINDS.get(read.text(row.get("rcptTyCd")) or ""),
            buyer_pin=read.text(row.get("custTin"), 11),
            buyer_name=read.text(row.get("custNm"), 200),
            total_amount=read.number(row.get("totAmt")),
            trader_number=read.text(row.get("trdInvcNo"), 50),
            confirmed_at=read_moment(row.get("cfmDt")),
            signature=signature_from(receipt if isinstance(receipt, dict) else None, identity),
        )
    return read_sale


def read_stored_sale(envelope: Envelope, identity: DeviceIdentity, number: int) -> Reading[StoredSale] | None:
    """Return the sale KRA holds under `number`, None when the answer is of another one or lacks its receipt."""
    rows = read.rows(read.first(envelope.data or {}, "salesList", "saleList"))
    sales = [sale for row in rows if (sale := sale_reader(identity)(row)) is not None and sale.number == number]
    if len(sales) != 1 or sales[0].total_amount is None:
        return None
    return Reading(sales[0], rows=len(rows))


read_imports = reader_of("itemList", _imported)
read_purchases = reader_of("saleList", _supplier_invoice)
read_transfers = reader_of("stockList", _transfer)
