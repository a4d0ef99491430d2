"""Every operation of PROTOCOL §3.2 at every door: the port knows the path, the simulator answers, nothing too long leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from portal.fiscal.errors import FiscalError
from portal.kra.endpoints import GATEWAY_PATHS, path_of
from portal.kra.errors import NotOffered, PayloadError
from portal.kra.gateway import Gateway
from portal.kra.operations import Operation, SubmissionKind, Transport
from portal.kra.payloads import (
    BranchCustomer,
    BranchUser,
    ImportDecision,
    Insurer,
    branch_customer_body,
    branch_user_body,
    import_update_body,
    insurer_body,
    item_body,
    sale_body,
    stock_movement_body,
)
from portal.simulator.options import Options
from portal.simulator.routes import find
from tests.kra.examples import CODES, GOODS, IDENTITY, STOCK, TILL, sale

# operation, VSCU path, OSCU path, path behind the developer gateway; – where there is none
TABLE = """
    initialise           /initializer/selectInitInfo            /selectInitOsdcInfo          /initialize
    code_lists           /code/selectCodes                      /selectCodeList              /selectCodeList
    item_classes         /itemClass/selectItemsClass            /selectItemClsList           /selectItemClass
    taxpayer             /customers/selectCustomer              /selectCustomer              /customerPinInfo
    branches             /branches/selectBranches               /selectBhfList               /branchList
    notices              /notices/selectNotices                 /selectNoticeList            /selectNotices
    save_customer        /branches/saveBrancheCustomers         /saveBhfCustomer             /branchSendCustomerInfo
    save_user            /branches/saveBrancheUsers             /saveBhfUser                 /branchUserAccount
    save_insurer         /branches/saveBrancheInsurances        /saveBhfInsurance            /branchInsuranceInfo
    save_item            /items/saveItems                       /saveItem                    /saveItem
    items                /items/selectItems                     /selectItemList              /itemInfo
    save_composition     /items/saveItemComposition             /saveItemComposition         /saveItemComposition
    imports              /imports/selectImportItems             /selectImportItemList        /importedItemInfo
    update_import        /imports/updateImportItems             /updateImportItem            /importedItemConvertedInfo
    save_sale            /trnsSales/saveSales                   /saveTrnsSalesOsdc           /sendSalesTransaction
    purchases            /trnsPurchase/selectTrnsPurchaseSales  /selectTrnsPurchaseSalesList /getPurchaseTransactionInfo
    save_purchase        /trnsPurchase/savePurchases            /insertTrnsPurchase          /sendPurchaseTransactionInfo
    stock_moves          /stock/selectStockItems                /selectStockMoveList         /selectStockMoveLists
    save_stock_movement  /stock/saveStockItems                  /insertStockIO               /insert/stockIO
    save_stock_level     /stockMaster/saveStockMaster           /saveStockMaster             /save/stockMaster
    sale_detail          –                                      /selectInvoiceDetails        /selectInvoiceDetail
    sales                –                                      /selectTrnsSalesList         /selectTrnsSalesList
    customers            –                                      /selectCustomerList          /selectCustomerList
    own_taxpayer         –                                      /selectTaxPayerInfo          /selectTaxpayerInfo
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
GATEWAY = "/etims-oscu/api/v1"


def test_every_operation_of_the_protocol_is_one_of_the_port() -> None:
    assert [row[0] for row in ROWS] == [operation.value for operation in Operation]
    asked = {"initialise", "code_lists", "item_classes", "taxpayer", "branches", "notices", "items", "imports", "purchases",
             "stock_moves", "look_up_sale", "sales", "customers", "own_taxpayer", "tell"}  # fmt: skip
    assert {name for name in vars(Gateway) if not name.startswith("_") and name not in ("transport", "identity")} == asked
    told = {kind.operation for kind in SubmissionKind}
    assert told == {operation for operation in Operation if operation.is_write}


@pytest.mark.parametrize(("operation", "vscu", "oscu", "gateway"), ROWS, ids=[row[0] for row in ROWS])
def test_an_operation_has_the_path_of_the_protocol_and_is_answered_there(
    operation: str, vscu: str, oscu: str, gateway: str
) -> None:
    assert (path_of(Operation(operation), Transport.OSCU), GATEWAY_PATHS[Operation(operation)]) == (oscu, gateway)
    route = find(oscu, Options())
    assert route is not None and route.transport == "oscu"
    behind = find(GATEWAY + gateway, Options())
    assert behind is not None and behind.behind_gateway and behind.handler is route.handler
    if vscu == "–":
        with pytest.raises(NotOffered, match="does not offer"):
            path_of(Operation(operation), Transport.VSCU)
        return
    assert path_of(Operation(operation), Transport.VSCU) == vscu
    on_vscu = find(vscu, Options())
    assert on_vscu is not None and (on_vscu.transport, on_vscu.handler) == ("vscu", route.handler)


# --- nothing too long, and nothing that cannot be printed, leaves the house


BY: dict[str, Any] = {"identity": IDENTITY, "operator": TILL}
CUSTOMER = BranchCustomer(number="1", pin="P000000002Y", name="A", address="a", phone="1", email="a@b.c", remark="r")
DECISION = ImportDecision(task_code="t", declaration_date="01022026", line_number=1, tariff_code="1", class_code="1",
                          item_code="KE2NTNO0000001", approved=True, remark="r")  # fmt: skip
CARD = replace(GOODS, barcode="1", standard_name="s", batch="b")
Build = Callable[[Any], bytes]
RECORDS: list[tuple[Any, Build]] = [
    (CUSTOMER, lambda record: branch_customer_body(record, **BY)),
    (BranchUser(id="till1", name="Till", role="cashier", contact="1"), lambda record: branch_user_body(record, **BY)),
    (Insurer(code="1", name="A", share=20), lambda record: insurer_body(record, **BY)),
    (DECISION, lambda record: import_update_body(record, **BY)),
    (CARD, lambda record: item_body(record, code="KE2NTNO0000001", **BY)),
    (replace(STOCK, other_pin="P000000002Y", other_name="n", other_branch="01", remark="r"),
     lambda record: stock_movement_body(record, number=1, **BY)),
    (replace(STOCK.lines[0], barcode="1"),
     lambda line: stock_movement_body(replace(STOCK, lines=(line,)), number=1, **BY)),
    (sale().document.buyer, lambda buyer: _sale(buyer=buyer)),
    (sale().document.lines[0], lambda line: _sale(lines=(line,))),
    (TILL, lambda operator: item_body(CARD, code="KE2NTNO0000001", identity=IDENTITY, operator=operator)),
]  # fmt: skip
# What a document holds and KRA is not told.
NOT_SENT = {"Buyer.email", "Buyer.address", "DocumentLine.discount_reason"}


def _sale(**changes: Any) -> bytes:
    issued = sale()
    changed = replace(issued, document=replace(issued.document, **changes))
    return sale_body(changed, number=1, identity=IDENTITY, transport=Transport.OSCU, item_codes=CODES)


TEXTS = [
    pytest.param(record, build, each.name, id=name)
    for record, build in RECORDS
    for each in fields(record)
    if type(getattr(record, each.name)) is str and (name := f"{type(record).__name__}.{each.name}") not in NOT_SENT
]


@pytest.mark.parametrize(("record", "build", "name"), TEXTS)
@pytest.mark.parametrize("wrong", ["x" * 2000, "a\x00b"], ids=["too long", "not printable"])
def test_no_text_is_sent_that_kra_could_not_take(record: Any, build: Build, name: str, wrong: str) -> None:
    assert build(record)
    with pytest.raises((PayloadError, FiscalError)) as refused:
        build(replace(record, **{name: wrong}))
    assert refused.value.sentence.endswith(".")
