"""The table of paths (PROTOCOL §3.2): where each operation lives on each transport."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.kra.errors import NotOffered
from portal.kra.operations import Operation, Transport

VSCU_PATHS: Mapping[Operation, str] = MappingProxyType({
    Operation.INITIALISE: "/initializer/selectInitInfo",
    Operation.CODE_LISTS: "/code/selectCodes",
    Operation.ITEM_CLASSES: "/itemClass/selectItemsClass",
    Operation.TAXPAYER: "/customers/selectCustomer",
    Operation.BRANCHES: "/branches/selectBranches",
    Operation.NOTICES: "/notices/selectNotices",
    Operation.SAVE_CUSTOMER: "/branches/saveBrancheCustomers",    # "Branche" is KRA's own spelling
    Operation.SAVE_USER: "/branches/saveBrancheUsers",
    Operation.SAVE_INSURER: "/branches/saveBrancheInsurances",
    Operation.SAVE_ITEM: "/items/saveItems",
    Operation.ITEMS: "/items/selectItems",
    Operation.SAVE_COMPOSITION: "/items/saveItemComposition",
    Operation.IMPORTS: "/imports/selectImportItems",
    Operation.UPDATE_IMPORT: "/imports/updateImportItems",
    Operation.SAVE_SALE: "/trnsSales/saveSales",
    Operation.PURCHASES: "/trnsPurchase/selectTrnsPurchaseSales",
    Operation.SAVE_PURCHASE: "/trnsPurchase/savePurchases",
    Operation.STOCK_MOVES: "/stock/selectStockItems",
    Operation.SAVE_STOCK_MOVEMENT: "/stock/saveStockItems",
    Operation.SAVE_STOCK_LEVEL: "/stockMaster/saveStockMaster",
})

OSCU_PATHS: Mapping[Operation, str] = MappingProxyType({
    Operation.INITIALISE: "/selectInitOsdcInfo",
    Operation.CODE_LISTS: "/selectCodeList",
    Operation.ITEM_CLASSES: "/selectItemClsList",
    Operation.TAXPAYER: "/selectCustomer",
    Operation.BRANCHES: "/selectBhfList",
    Operation.NOTICES: "/selectNoticeList",
    Operation.SAVE_CUSTOMER: "/saveBhfCustomer",
    Operation.SAVE_USER: "/saveBhfUser",
    Operation.SAVE_INSURER: "/saveBhfInsurance",
    Operation.SAVE_ITEM: "/saveItem",
    Operation.ITEMS: "/selectItemList",
    Operation.SAVE_COMPOSITION: "/saveItemComposition",
    Operation.IMPORTS: "/selectImportItemList",
    Operation.UPDATE_IMPORT: "/updateImportItem",
    Operation.SAVE_SALE: "/saveTrnsSalesOsdc",
    Operation.PURCHASES: "/selectTrnsPurchaseSalesList",
    Operation.SAVE_PURCHASE: "/insertTrnsPurchase",
    Operation.STOCK_MOVES: "/selectStockMoveList",
    Operation.SAVE_STOCK_MOVEMENT: "/insertStockIO",
    Operation.SAVE_STOCK_LEVEL: "/saveStockMaster",
    Operation.SALE_DETAIL: "/selectInvoiceDetails",
    Operation.SALES: "/selectTrnsSalesList",
    Operation.CUSTOMERS: "/selectCustomerList",
    Operation.OWN_TAXPAYER: "/selectTaxPayerInfo",
})

# The developer gateway renames some of OSCU's operations and keeps the others (PROTOCOL §3.2, last column).
GATEWAY_PATHS: Mapping[Operation, str] = MappingProxyType({
    **OSCU_PATHS,
    Operation.INITIALISE: "/initialize",
    Operation.ITEM_CLASSES: "/selectItemClass",
    Operation.TAXPAYER: "/customerPinInfo",
    Operation.BRANCHES: "/branchList",
    Operation.NOTICES: "/selectNotices",
    Operation.SAVE_CUSTOMER: "/branchSendCustomerInfo",
    Operation.SAVE_USER: "/branchUserAccount",
    Operation.SAVE_INSURER: "/branchInsuranceInfo",
    Operation.ITEMS: "/itemInfo",
    Operation.IMPORTS: "/importedItemInfo",
    Operation.UPDATE_IMPORT: "/importedItemConvertedInfo",
    Operation.SAVE_SALE: "/sendSalesTransaction",
    Operation.PURCHASES: "/getPurchaseTransactionInfo",
    Operation.SAVE_PURCHASE: "/sendPurchaseTransactionInfo",
    Operation.STOCK_MOVES: "/selectStockMoveLists",
    Operation.SAVE_STOCK_MOVEMENT: "/insert/stockIO",
    Operation.SAVE_STOCK_LEVEL: "/save/stockMaster",
    Operation.SALE_DETAIL: "/selectInvoiceDetail",
    Operation.OWN_TAXPAYER: "/selectTaxpayerInfo",
})

_PATHS = {Transport.VSCU: VSCU_PATHS, Transport.OSCU: OSCU_PATHS}


def path_of(operation: Operation, transport: Transport) -> str:
    """Return the path of an operation, or raise NotOffered where the transport has none."""
    try:
        return _PATHS[transport][operation]
    except KeyError:
        name = operation.value.replace("_", " ")
        raise NotOffered(f"A control unit of type {transport.value.upper()} does not offer: {name}.") from None
