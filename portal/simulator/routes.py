"""Every operation with its paths at both doors and the function that answers it (PROTOCOL §3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from portal.simulator import branch_records, gateway_door, imports, items, lookups, purchases, sale_lookups, sales, stock
from portal.simulator.envelope import Refusal, Reply
from portal.simulator.item_classes import look_up_item_classes
from portal.simulator.options import Options
from portal.simulator.world import OSCU, VSCU, Call

Handler = Callable[[Call], Reply]
BASE = "/etims-api"


@dataclass(frozen=True, slots=True)
class Route:
    """What a path stands for."""

    operation: str
    transport: str
    handler: Handler
    behind_gateway: bool = False


def _needs_no_device(call: Call) -> Reply:
    raise Refusal("902")


OPERATIONS: dict[str, tuple[Handler, tuple[str, ...], tuple[str, ...]]] = {
    "initialise": (
        _needs_no_device,
        ("/initializer/selectInitInfo", "/selectInitInfo", "/initializer/selectInitOsdcInfo"),
        ("/selectInitOsdcInfo",),
    ),
    "code_lists": (lookups.look_up_codes, ("/code/selectCodes",), ("/selectCodeList",)),
    "item_classes": (look_up_item_classes, ("/itemClass/selectItemsClass",), ("/selectItemClsList",)),
    "taxpayer": (lookups.look_up_taxpayer, ("/customers/selectCustomer",), ("/selectCustomer",)),
    "branches": (lookups.look_up_branches, ("/branches/selectBranches",), ("/selectBhfList", "/branchList")),
    "notices": (lookups.look_up_notices, ("/notices/selectNotices",), ("/selectNoticeList", "/selectNotices")),
    "save_branch_customer": (
        branch_records.save_customer,
        ("/branches/saveBrancheCustomers",),
        ("/saveBhfCustomer",),
    ),
    "save_branch_user": (branch_records.save_user, ("/branches/saveBrancheUsers",), ("/saveBhfUser",)),
    "save_insurer": (branch_records.save_insurer, ("/branches/saveBrancheInsurances",), ("/saveBhfInsurance",)),
    "save_item": (items.save_item, ("/items/saveItems",), ("/saveItem",)),
    "items": (items.look_up_items, ("/items/selectItems",), ("/selectItemList",)),
    "save_composition": (items.save_composition, ("/items/saveItemComposition",), ("/saveItemComposition",)),
    "imports": (imports.look_up_imports, ("/imports/selectImportItems",), ("/selectImportItemList",)),
    "update_import": (imports.update_import, ("/imports/updateImportItems",), ("/updateImportItem",)),
    "save_sale": (sales.save_sale, ("/trnsSales/saveSales",), ("/saveTrnsSalesOsdc",)),
    "second_step": (sales.accept_second_step, ("/trnsSales/saveInvoice",), ()),
    "purchases": (
        purchases.look_up_purchases,
        ("/trnsPurchase/selectTrnsPurchaseSales",),
        ("/selectTrnsPurchaseSalesList",),
    ),
    "save_purchase": (purchases.save_purchase, ("/trnsPurchase/savePurchases",), ("/insertTrnsPurchase",)),
    "stock_moves": (stock.look_up_moves, ("/stock/selectStockItems",), ("/selectStockMoveList",)),
    "save_stock_io": (
        stock.save_movement,
        ("/stock/saveStockItems", "/saveStockItems/saveStockItems"),
        ("/insertStockIO",),
    ),
    "save_stock_master": (stock.save_level, ("/stockMaster/saveStockMaster",), ("/saveStockMaster",)),
    "invoice_details": (sale_lookups.look_up_sale, (), ("/selectInvoiceDetails", "/selectInvoiceDetail")),
    "sales_list": (sale_lookups.look_up_sales, (), ("/selectTrnsSalesList",)),
    "customer_list": (branch_records.look_up_customers, (), ("/selectCustomerList",)),
    "own_taxpayer": (lookups.look_up_own_taxpayer, (), ("/selectTaxPayerInfo", "/selectTaxpayerInfo")),
}
# Known from Zambia only; it can be switched on (PROTOCOL §3.1).
SALE_ON_VSCU = Route("invoice_details", VSCU, sale_lookups.look_up_sale)


def _paths() -> dict[str, Route]:
    found = {}
    for operation, (handler, vscu, oscu) in OPERATIONS.items():
        found.update({path: Route(operation, VSCU, handler) for path in vscu})
        found.update({path: Route(operation, OSCU, handler) for path in oscu})
    return found


PATHS = _paths()


def _gateway_paths() -> dict[str, Route]:
    flat = {path: route for path, route in PATHS.items() if route.transport == OSCU}
    named = {path: Route(name, OSCU, OPERATIONS[name][0]) for path, name in gateway_door.NAMES.items()}
    return {gateway_door.BASE + path: replace(route, behind_gateway=True) for path, route in (flat | named).items()}


GATEWAY_PATHS = _gateway_paths()


def find(path: str, options: Options) -> Route | None:
    """What a path stands for; the OSCU paths also under /etims-api and behind the gateway."""
    if path == "/trnsSales/selectInvoice" and options.select_invoice_on_vscu:
        return SALE_ON_VSCU
    route = PATHS.get(path) or GATEWAY_PATHS.get(path)
    if route is None and path.startswith(BASE):
        route = PATHS.get(path.removeprefix(BASE))
        return route if route is not None and route.transport == OSCU else None
    return route
