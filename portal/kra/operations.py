"""The operations of the port, the kinds of submission, and the two transports, in our words."""

from enum import StrEnum


class Transport(StrEnum):
    """How a device reaches KRA."""

    VSCU = "vscu"      # a signing service on the trader's side
    OSCU = "oscu"      # KRA's own server


class Operation(StrEnum):
    """Everything that can be asked of a control unit (PROTOCOL §3.2)."""

    INITIALISE = "initialise"
    CODE_LISTS = "code_lists"
    ITEM_CLASSES = "item_classes"
    TAXPAYER = "taxpayer"
    BRANCHES = "branches"
    NOTICES = "notices"
    SAVE_CUSTOMER = "save_customer"
    SAVE_USER = "save_user"
    SAVE_INSURER = "save_insurer"
    SAVE_ITEM = "save_item"
    ITEMS = "items"
    SAVE_COMPOSITION = "save_composition"
    IMPORTS = "imports"
    UPDATE_IMPORT = "update_import"
    SAVE_SALE = "save_sale"
    PURCHASES = "purchases"
    SAVE_PURCHASE = "save_purchase"
    STOCK_MOVES = "stock_moves"
    SAVE_STOCK_MOVEMENT = "save_stock_movement"
    SAVE_STOCK_LEVEL = "save_stock_level"
    SALE_DETAIL = "sale_detail"
    SALES = "sales"
    CUSTOMERS = "customers"
    OWN_TAXPAYER = "own_taxpayer"

    @property
    def is_write(self) -> bool:
        """Whether the operation changes something at KRA, so that silence after it is a doubt."""
        return self.value.startswith("save_") or self is Operation.UPDATE_IMPORT


class Sequence(StrEnum):
    """KRA's running numbers of a device."""

    INVOICE = "invoice"
    ITEM = "item"
    STOCK = "stock"
    PURCHASE = "purchase"


class SubmissionKind(StrEnum):
    """The things KRA must be told (RELIABILITY §2)."""

    SALE = "sale"
    CREDIT_NOTE = "credit_note"
    ITEM = "item"
    ITEM_CHANGE = "item_change"
    COMPOSITION = "composition"
    STOCK_MOVEMENT = "stock_movement"
    STOCK_LEVEL = "stock_level"
    PURCHASE = "purchase"
    IMPORT_UPDATE = "import_update"
    BRANCH_CUSTOMER = "branch_customer"
    BRANCH_USER = "branch_user"
    INSURER = "insurer"

    @property
    def operation(self) -> Operation:
        """The operation that tells KRA this."""
        return _OPERATIONS[self]

    @property
    def sequence(self) -> Sequence | None:
        """The running number this kind takes, None for an upsert that may be told again."""
        return _SEQUENCES.get(self)

    @property
    def is_signed(self) -> bool:
        """Whether KRA's yes to it is a signature."""
        return self in (SubmissionKind.SALE, SubmissionKind.CREDIT_NOTE)


_OPERATIONS = {
    SubmissionKind.SALE: Operation.SAVE_SALE,
    SubmissionKind.CREDIT_NOTE: Operation.SAVE_SALE,
    SubmissionKind.ITEM: Operation.SAVE_ITEM,
    SubmissionKind.ITEM_CHANGE: Operation.SAVE_ITEM,
    SubmissionKind.COMPOSITION: Operation.SAVE_COMPOSITION,
    SubmissionKind.STOCK_MOVEMENT: Operation.SAVE_STOCK_MOVEMENT,
    SubmissionKind.STOCK_LEVEL: Operation.SAVE_STOCK_LEVEL,
    SubmissionKind.PURCHASE: Operation.SAVE_PURCHASE,
    SubmissionKind.IMPORT_UPDATE: Operation.UPDATE_IMPORT,
    SubmissionKind.BRANCH_CUSTOMER: Operation.SAVE_CUSTOMER,
    SubmissionKind.BRANCH_USER: Operation.SAVE_USER,
    SubmissionKind.INSURER: Operation.SAVE_INSURER,
}

_SEQUENCES = {
    SubmissionKind.SALE: Sequence.INVOICE,
    SubmissionKind.CREDIT_NOTE: Sequence.INVOICE,
    SubmissionKind.ITEM: Sequence.ITEM,
    SubmissionKind.STOCK_MOVEMENT: Sequence.STOCK,
    SubmissionKind.PURCHASE: Sequence.PURCHASE,
}
