"""The credit note form: what comes back, why, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.fiscal.bands import Band
from portal.fiscal.credit import CreditError, Remaining, credit_line, reduction_line
from portal.fiscal.errors import FiscalError
from portal.fiscal.money import ZERO, format_quantity, parse_money, parse_quantity
from portal.fiscal.priced import PricedDocument, PricedLine
from portal.fiscal.texts import clean_optional_text
from portal.sales.credits import Creditable, reasons
from portal.sales.form_page import band_rows
from portal.sales.new_invoice import NewCreditNote
from portal.sales.words import band_words

LONGEST_TEXT = 400
UNSIGNED_PAGES = ("show_unsigned", "credit_training", "training_totals")


@dataclass(slots=True)
class CreditForm:
    """The form as typed and as read; errors by field id, shown once the person asked to issue."""

    sale: Creditable
    key: str
    typed: dict[str, str]
    restock: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    quantities: dict[int, Decimal] = field(default_factory=dict)
    reductions: dict[int, Decimal] = field(default_factory=dict)
    lines: dict[int, PricedLine] = field(default_factory=dict)
    shows_errors: bool = False

    @classmethod
    def first(cls, sale: Creditable, key: str) -> CreditForm:
        """The form as it opens: all that is left comes back."""
        return cls(sale, key, everything(sale)).read()

    @classmethod
    def sent(cls, sale: Creditable, key: str, form: Mapping[str, str]) -> CreditForm:
        """The form as it was sent."""
        lines = [f"{field}{left.number}" for left in sale.left for field in ("c", "r")]
        names = ["reason", "note", "recipient", *lines]
        typed = {name: form.get(name, "").replace("\x00", "\ufffd").strip()[: LONGEST_TEXT + 1] for name in names}
        if form.get("action") == "all":
            typed |= everything(sale) | _no_reductions(sale)
        elif form.get("action") == "none":
            typed |= dict.fromkeys(everything(sale), "0") | _no_reductions(sale)
        return cls(sale, key, typed, restock=form.get("restock") == "1").read()

    def read(self) -> CreditForm:
        """The same form with quantities, amounts and refusals made out."""
        if self.typed.get("reason") not in {code.code for code in reasons()}:
            self.errors["reason"] = _("Choose why it comes back.")
        for name, most, words in (("note", 400, _("The explanation")), ("recipient", 60, _("The name"))):
            try:
                clean_optional_text(self.typed.get(name), most, words)
            except FiscalError as error:
                self.errors[name] = error.sentence
        for left in self.sale.left:
            self._read_line(left)
            self._read_reduction(left)
        self.lines = dict(sorted(self.lines.items()))
        if not self.lines and not self.errors.keys() & everything(self.sale).keys():
            self.errors[f"c{self.sale.left[0].number}"] = _("Enter how much of at least one line comes back.")
        return self

    @property
    def total(self) -> Decimal:
        return sum((line.total_amount for line in self.lines.values()), ZERO)

    def new_note(self, original_id: UUID) -> NewCreditNote:
        """What is asked for, once there are no errors."""
        return NewCreditNote(
            original_id=original_id,
            idempotency_key=self.key,
            reason_code=self.typed["reason"],
            quantities=self.quantities,
            reductions=self.reductions or None,
            reason_note=clean_optional_text(self.typed["note"], 400, _("The explanation")),
            recipient_name=clean_optional_text(self.typed["recipient"], 60, _("The name")),
            restock=self.restock,
        )

    def context(self) -> dict[str, Any]:
        """The variables of `sales/credit.html` and its parts."""
        rates = self.sale.issued.document.rates
        priced = PricedDocument(lines=tuple(self.lines.values()), rates=rates) if self.lines else None
        left = self.sale.issued.document.priced.total_amount - self.sale.credited
        return {
            "form": self,
            "sale": self.sale,
            **self._addresses(),
            "typed": self.typed,
            "errors": self.errors if self.shows_errors else {},
            "reasons": [(code.code, code.name) for code in reasons()],
            "rows": [self._row(one) for one in self.sale.left],
            "bands": [(words, -taxable, ZERO - tax) for words, taxable, tax in band_rows(priced)] if priced else [],
            "net": -priced.taxable_amount if priced else ZERO,
            "tax": ZERO - priced.tax_amount if priced else ZERO,
            "total": ZERO - self.total,
            "left_after": left - self.total,
        }

    def _addresses(self) -> dict[str, Any]:
        """Where the form goes: a training invoice has pages of its own."""
        names = ("show_document", "credit", "credit_totals") if self.sale.submission else UNSIGNED_PAGES
        return {
            name: url_for(f"sales.{endpoint}", document_id=self.sale.row.id)
            for name, endpoint in zip(("sale_url", "here", "totals_url"), names, strict=True)
        }

    def _read_line(self, left: Remaining) -> None:
        text = self.typed.get(f"c{left.number}", "")
        if not text.strip("0.,"):
            return
        try:
            quantity = parse_quantity(text)
            self.lines[left.number] = credit_line(left, quantity)
            self.quantities[left.number] = quantity
        except CreditError as error:
            self.errors[f"c{left.number}"] = _sentence(error)
        except FiscalError as error:
            self.errors[f"c{left.number}"] = error.sentence

    def _read_reduction(self, left: Remaining) -> None:
        """What goes off the price of goods that stay with the buyer."""
        name, text = f"r{left.number}", self.typed.get(f"r{left.number}", "")
        if not text.strip("0.,"):
            return
        try:
            amount = parse_money(text)
            if left.number in self.quantities:
                raise CreditError(_("Either some of it comes back, or its price goes down. Set the quantity to 0."))
            self.lines[left.number] = reduction_line(left, amount)
            self.reductions[left.number] = amount
        except CreditError as error:
            self.errors[name] = _sentence(error)
        except FiscalError as error:
            self.errors[name] = error.sentence

    def _row(self, left: Remaining) -> dict[str, Any]:
        line = self.sale.issued.document.lines[left.number - 1]
        credited = self.lines.get(left.number)
        return {
            "number": left.number,
            "name": line.name,
            "sold": _(
                "Sold %(quantity)s at %(price)s",
                quantity=format_quantity(line.priced.quantity),
                price=f"{line.priced.price:,.2f}",
            ),
            "band": band_words(Band(line.priced.band), line.priced.rate),
            "left": left.quantity,
            "left_amount": left.amount,
            "credited_before": left.line.quantity - left.quantity,
            "reduced_before": left.reduced,
            "typed": self.typed.get(f"c{left.number}", ""),
            "reduction": self.typed.get(f"r{left.number}", ""),
            "amount": -credited.total_amount if credited else ZERO,
        }


def everything(sale: Creditable) -> dict[str, str]:
    """The quantities that are left of all lines."""
    return {f"c{left.number}": format_quantity(left.quantity) for left in sale.left}


def _no_reductions(sale: Creditable) -> dict[str, str]:
    return {f"r{left.number}": "" for left in sale.left}


def _sentence(error: CreditError) -> str:
    sentence = error.sentence.partition(": ")[2] or error.sentence
    return sentence[:1].upper() + sentence[1:]
