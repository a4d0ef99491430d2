"""The seven receipt types of KRA (RECEIPTS §1) and the two acts behind them."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document does: sell, or take back what was sold."""

    SALE = "sale"
    CREDIT_NOTE = "credit_note"


class Label(StrEnum):
    """The label in the receipt counter line: who signed it and whether it is official."""

    NS = "NS"
    NC = "NC"
    CS = "CS"
    CC = "CC"
    TS = "TS"
    TC = "TC"
    PS = "PS"

    @property
    def kind(self) -> DocumentKind:
        return DocumentKind.CREDIT_NOTE if self in (Label.NC, Label.CC, Label.TC) else DocumentKind.SALE

    @property
    def is_official(self) -> bool:
        """Whether the paper is a tax document: only the originals are."""
        return self in (Label.NS, Label.NC)

    @property
    def is_copy(self) -> bool:
        return self in (Label.CS, Label.CC)

    @property
    def is_signed(self) -> bool:
        """Whether a control unit signed it; a copy carries the signature of its original."""
        return self.is_official or self.is_copy

    @property
    def designation(self) -> str | None:
        """The word that marks a paper that is no tax document: COPY, TRAINING or PROFORMA."""
        if self.is_copy:
            return "COPY"
        if self is Label.PS:
            return "PROFORMA"
        return "TRAINING" if self in (Label.TS, Label.TC) else None

    @property
    def paper_title(self) -> str:
        """The title on the paper; a sale is a TAX INVOICE, never a receipt."""
        return "CREDIT NOTE" if self.kind is DocumentKind.CREDIT_NOTE else "TAX INVOICE"


def original_label(kind: DocumentKind) -> Label:
    """The label of the signed original of a document."""
    return Label.NC if kind is DocumentKind.CREDIT_NOTE else Label.NS


def copy_label(kind: DocumentKind) -> Label:
    """The label of a copy of a signed document."""
    return Label.CC if kind is DocumentKind.CREDIT_NOTE else Label.CS
