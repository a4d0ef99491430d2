"""Documents to bytes: pure builders, one for each thing KRA must be told."""

from portal.kra.payloads.items import ItemCard, composition_body, item_body
from portal.kra.payloads.purchases import ImportDecision, Purchase, PurchaseLine, import_update_body, purchase_body
from portal.kra.payloads.records import (
    BranchCustomer,
    BranchUser,
    Insurer,
    branch_customer_body,
    branch_user_body,
    insurer_body,
)
from portal.kra.payloads.sales import PAYMENT_CODES, payment_codes_of, sale_body
from portal.kra.payloads.stock import StockLine, StockMovement, stock_level_body, stock_movement_body

__all__ = [
    "PAYMENT_CODES",
    "BranchCustomer",
    "BranchUser",
    "ImportDecision",
    "Insurer",
    "ItemCard",
    "Purchase",
    "PurchaseLine",
    "StockLine",
    "StockMovement",
    "branch_customer_body",
    "branch_user_body",
    "composition_body",
    "import_update_body",
    "insurer_body",
    "item_body",
    "payment_codes_of",
    "purchase_body",
    "sale_body",
    "stock_level_body",
    "stock_movement_body",
]
