"""What a shop owner does in a window, by the words that stand on the page."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.window import Window

SIGNING_MS = 60_000
PASSWORD = "maji ni uhai wetu"
_next = itertools.count(1)


class Shopkeeper:
    """Somebody who sells flour, with or without JavaScript."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.page: Page = window.page
        self.main: Locator = self.page.get_by_role("main")
        number = next(_next)
        self.business = f"Duka la Amina {number}"
        self.pin = f"P{os.getpid() % 100_000:05}{number:04}M"
        self.email = f"amina{number}@duka{os.getpid()}.example"

    def signs_up(self) -> None:
        """Five inputs, then Setup."""
        self.page.goto("/sign-up")
        self.page.get_by_label("Business name").fill(self.business)
        self.page.get_by_label("KRA PIN").fill(self.pin)
        self.page.get_by_label("Phone number").fill("0712 345 678")
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()
        expect(self.page).to_have_url(re.compile("/setup"))

    def sees_the_control_unit_come(self) -> None:
        """Step by step, without touching anything."""
        expect(self.main.get_by_text("5 of 5 done")).to_be_visible(timeout=SIGNING_MS)
        expect(self.main.get_by_text("Everything is ready.")).to_be_visible()

    def starts_an_invoice(self) -> None:
        """From Home."""
        self.page.goto("/")
        self.main.get_by_role("link", name="New invoice").first.click()
        expect(self.page.get_by_role("heading", name="New invoice", level=1)).to_be_visible()

    def adds_flour_to_the_invoice(self) -> None:
        """An item that does not exist yet, made without losing the form."""
        self.page.get_by_role("combobox", name="Customer").fill("Baraka Café")
        item = self.page.get_by_role("combobox", name="Item", exact=True)
        if self.window.look.script:
            item.press_sequentially("Maize flour 2kg")
            self.page.get_by_role("option", name="Add “Maize flour 2kg”").click()
            self._fills_in_the_item(self.page.get_by_role("dialog", name="Add an item"))
        else:
            item.fill("Maize flour 2kg")
            self.page.get_by_role("button", name="Keep as draft").click()
            self.page.get_by_role("button", name="Add “Maize flour 2kg” to your items").click()
            self._fills_in_the_item(self.main)
        expect(item).to_have_value("Maize flour 2kg")
        expect(self.page.get_by_role("combobox", name="Customer")).to_have_value("Baraka Café")
        expect(self.page.get_by_label("Unit price")).to_have_value("185.00")
        expect(self.page.get_by_text("100 in stock")).to_be_visible()

    def _fills_in_the_item(self, form: Locator) -> None:
        expect(form.get_by_label("Name")).to_have_value("Maize flour 2kg")
        form.get_by_label("Price", exact=True).fill("185")
        form.get_by_label("How many do you have now?").fill("100")
        form.get_by_role("combobox", name="Tax band").select_option("A")
        classes = form.get_by_role("combobox", name="KRA's class")
        if self.window.look.script:
            classes.press_sequentially("maize flour")
            form.get_by_role("listbox", name="KRA's class").get_by_role("option").first.click()
            if self.window.look.size["width"] < 400:
                self.window.is_well_made()
            form.get_by_role("button", name="Add item").click()
            expect(form).to_be_hidden()
        else:
            classes.fill("maize flour")
            form.get_by_role("button", name="Add item").click()
            form.get_by_role("group", name="Which of these is it for KRA?").get_by_role("radio").first.check()
            form.get_by_role("button", name="Add item").click()

    def issues(self, quantity: str, total: str) -> str:
        """Issue, and land on the invoice, whose number this is."""
        self.page.get_by_label("Quantity").fill(quantity)
        if self.window.look.script:
            expect(self.page.get_by_role("status").filter(has_text=total).first).to_be_visible()
        self.main.get_by_role("button", name="Issue invoice").click()
        return self._number_on_the_page("INV-")

    def sees_the_signature_arrive(self) -> str:
        """KRA's number of the document on the page, which follows by itself."""
        expect(self.page.get_by_role("heading", name="Signed by KRA")).to_be_visible(timeout=SIGNING_MS)
        expect(self.page.get_by_role("img", name="QR code: check this invoice on KRA eTIMS")).to_be_visible()
        number = self.main.get_by_text(re.compile(r"^KRACU\d+/\d+$")).first
        return number.inner_text()

    def downloads_the_receipt(self, number: str) -> bytes:
        """The original; where it is still being made, the page that says so leads back."""
        with self.page.expect_download() as waited:
            self.page.get_by_role("button", name="Download", exact=True).click()
        receipt = Path(waited.value.path()).read_bytes()
        if "/receipts/" in self.page.url:
            self.main.get_by_role("link", name=number).click()
        expect(self.page.get_by_role("heading", name=number, level=1)).to_be_visible()
        return receipt

    def credits_everything(self) -> str:
        """A credit note on all of the invoice that is open; its number."""
        self.main.get_by_role("link", name="Credit", exact=True).click()
        self.page.get_by_label("Reason").select_option(label="Refund")
        self.page.get_by_role("button", name="Everything").click()
        self.main.get_by_role("button", name="Issue credit note").click()
        return self._number_on_the_page("CN-")

    def _number_on_the_page(self, prefix: str) -> str:
        heading = self.page.get_by_role("heading", name=re.compile(f"^{prefix}"), level=1)
        expect(heading).to_be_visible()
        return heading.inner_text()
