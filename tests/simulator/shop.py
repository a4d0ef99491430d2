"""A trader's program as simple as can be, written against KRA's papers: it sends what a test wants and shows the answer."""

import copy
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

PAPER: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "paper.json").read_text("utf-8"))
PATHS = {
    "initialise": ("/initializer/selectInitInfo", "/selectInitOsdcInfo"),
    "code_lists": ("/code/selectCodes", "/selectCodeList"),
    "item_classes": ("/itemClass/selectItemsClass", "/selectItemClsList"),
    "taxpayer": ("/customers/selectCustomer", "/selectCustomer"),
    "branches": ("/branches/selectBranches", "/selectBhfList"),
    "notices": ("/notices/selectNotices", "/selectNoticeList"),
    "save_branch_customer": ("/branches/saveBrancheCustomers", "/saveBhfCustomer"),
    "save_branch_user": ("/branches/saveBrancheUsers", "/saveBhfUser"),
    "save_insurer": ("/branches/saveBrancheInsurances", "/saveBhfInsurance"),
    "save_item": ("/items/saveItems", "/saveItem"),
    "items": ("/items/selectItems", "/selectItemList"),
    "save_composition": ("/items/saveItemComposition", "/saveItemComposition"),
    "imports": ("/imports/selectImportItems", "/selectImportItemList"),
    "update_import": ("/imports/updateImportItems", "/updateImportItem"),
    "save_sale": ("/trnsSales/saveSales", "/saveTrnsSalesOsdc"),
    "purchases": ("/trnsPurchase/selectTrnsPurchaseSales", "/selectTrnsPurchaseSalesList"),
    "save_purchase": ("/trnsPurchase/savePurchases", "/insertTrnsPurchase"),
    "stock_moves": ("/stock/selectStockItems", "/selectStockMoveList"),
    "save_stock_io": ("/stock/saveStockItems", "/insertStockIO"),
    "save_stock_master": ("/stockMaster/saveStockMaster", "/saveStockMaster"),
    "invoice_details": ("", "/selectInvoiceDetails"),
    "sales_list": ("", "/selectTrnsSalesList"),
    "customer_list": ("", "/selectCustomerList"),
    "own_taxpayer": ("", "/selectTaxPayerInfo"),
}
RATES = {"A": 0, "B": 16, "C": 0, "D": 0, "E": 8}
ITEM = "KE2NTNO0000001"
SOLD_AT = "20260918110000"


def example(operation: str, **changes: Any) -> dict[str, Any]:
    """The request that the paper prints for an operation, with some fields changed."""
    return {**copy.deepcopy(PAPER[operation]["request"]), **changes}


def half_up(amount: Decimal) -> Decimal:
    """To the cent."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def line(code: str = ITEM, quantity: str = "1", price: str = "116", band: str = "B", **changes: Any) -> dict[str, Any]:
    """A line of the paper's example with other figures, worked out by the rule of PROTOCOL §6.3."""
    supply = half_up(Decimal(price) * Decimal(quantity))
    discount = Decimal(str(changes.get("dcAmt", 0)))
    total = supply - discount
    net = half_up(total * 100 / (100 + RATES[band]))
    figures = {"qty": quantity, "prc": price, "splyAmt": supply, "totAmt": total, "taxblAmt": net, "taxAmt": total - net}
    if discount:
        figures["dcRt"] = half_up(100 * discount / supply)
    numbers = {name: float(figure) for name, figure in figures.items()}
    return {**copy.deepcopy(PAPER["save_sale"]["request"]["itemList"][0]), "itemCd": code, "taxTyCd": band, **numbers, **changes}


def totals(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The header figures that follow from lines."""
    for number, row in enumerate(lines, start=1):
        row["itemSeq"] = number
    figures: dict[str, Any] = {"totItemCnt": len(lines)}
    for band, rate in RATES.items():
        of_band = [row for row in lines if row["taxTyCd"] == band]
        figures[f"taxblAmt{band}"] = _sum(of_band, "taxblAmt")
        figures[f"taxAmt{band}"] = _sum(of_band, "taxAmt")
        figures[f"taxRt{band}"] = rate if band != "E" or of_band else 0
    for total, name in (("totTaxblAmt", "taxblAmt"), ("totTaxAmt", "taxAmt"), ("totAmt", "totAmt")):
        figures[total] = _sum(lines, name)
    return figures


def _sum(lines: list[dict[str, Any]], name: str) -> float:
    return float(sum((Decimal(str(row[name])) for row in lines), Decimal(0)))


class Shop:
    """One device of a trader at one of the two doors."""

    def __init__(self, url: str, door: str, tin: str = "P000000001X", branch: str = "00") -> None:
        self.url = url
        self.door = door
        self.identity = {"tin": tin, "bhfId": branch}
        self.key: str | None = None
        self.session = requests.Session()
        self.movements = 0
        self.invoices = 0
        self.items = 0

    def asks(self, operation: str, body: dict[str, Any], **how: Any) -> requests.Response:
        """Sends a request as it is; the identity goes along as each door wants it."""
        path = PATHS[operation][self.door == "oscu"]
        headers = {**self.identity, "cmcKey": self.key} if self.door == "oscu" and self.key else {}
        return self.session.post(
            self.url + path, json={**body, **self.identity}, headers=headers, timeout=how.pop("timeout", 20), **how
        )

    def answer(self, operation: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request as JSON."""
        answer: dict[str, Any] = self.asks(operation, body or {}).json()
        return answer

    def look_up(self, operation: str, since: str = "20180101000000") -> dict[str, Any]:
        """The answer to a look-up since a moment."""
        return self.answer(operation, {"lastReqDt": since})

    def installs(self, serial: str = "SHOP00TILL01") -> dict[str, Any]:
        """Installs the device and keeps its key."""
        answer = self.answer("initialise", {"dvcSrlNo": serial})
        if answer["data"]:
            self.key = answer["data"]["info"]["cmcKey"]
        return answer

    def registers(self, band: str = "B", type_: str = "2", **changes: Any) -> str:
        """Registers the next item and returns its code."""
        self.items += 1
        code = f"KE{type_}NTNO{self.items:07}"
        self.must("save_item", example("save_item", itemCd=code, taxTyCd=band, itemTyCd=type_, **changes))
        return code

    def stocks(self, code: str = ITEM, quantity: str = "10", type_: str = "06", **changes: Any) -> dict[str, Any]:
        """Records a stock movement."""
        answer = self.answer("save_stock_io", self.movement(code, quantity, type_, **changes))
        self.movements += answer["resultCd"] == "000"
        return answer

    def movement(self, code: str = ITEM, quantity: str = "10", type_: str = "06", **changes: Any) -> dict[str, Any]:
        """A stock movement with the next number."""
        row = line(code, quantity, "100", totDcAmt=0, itemExprDt=None)
        for name in ("dcRt", "dcAmt", "isrccCd", "isrccNm", "isrcRt", "isrcAmt"):
            del row[name]
        figures = {name: value for name, value in totals([row]).items() if name.startswith("tot")}
        body = example("save_stock_io", sarNo=self.movements + 1, sarTyCd=type_, itemList=[row])
        return {**body, **figures, **changes}

    def opens(self) -> str:
        """Registers the paper's item and puts ten of it on the shelf."""
        code = self.registers()
        self.must("save_stock_io", self.movement(code))
        self.movements += 1
        self.must("save_stock_master", example("save_stock_master", itemCd=code, rsdQty=10))
        return code

    def sale(self, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A sale with the next number; without lines, one piece of the paper's item."""
        rows = list(lines) or [line()]
        body = example("save_sale", invcNo=self.invoices + 1, itemList=rows)
        if self.door == "vscu":
            del body["receipt"]["rcptPbctDt"]
            body["receipt"]["rptNo"] = 1
        return {**body, **totals(rows), **changes}

    def credit_note(self, original: int, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A credit note with the next number."""
        particulars = {"rcptTyCd": "R", "orgInvcNo": original, "rfdDt": SOLD_AT, "rfdRsnCd": "06"}
        return self.sale(*lines, **{**particulars, **changes})

    def sells(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Sends a sale and counts it when it was signed."""
        answer = self.answer("save_sale", body or self.sale())
        self.invoices += answer["resultCd"] == "000"
        return answer

    def must(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that has to be accepted."""
        answer = self.answer(operation, body)
        assert answer["resultCd"] == "000", answer
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.close()
