"""What a person types about an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID, uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.catalogue import classes
from portal.catalogue.choices import DEFAULT_PACKAGE, DEFAULT_UNIT, HOME_COUNTRY, Choices
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem, OpeningStock, parse_count, price_with_vat
from portal.codelists.models import ItemClass
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType, Prices
from portal.fiscal.money import format_money, parse_money
from portal.infra.forms import FormReader, parse_id

GOODS, SERVICE = "goods", "service"
LONGEST_NAME, LONGEST_SKU, LONGEST_BARCODE = 200, 40, 20
LONGEST_CLASS_NAME = 700  # KRA's names reach 670 characters
OPTIONAL = ("sku", "barcode")


@dataclass(slots=True)
class ItemForm:
    """The form: what stands in it, the sentence at each refused field, and the values when there is none.

    `matches` are classes to choose from when words were typed but none was picked; `warning` must be confirmed.
    """

    typed: dict[str, str]
    choices: Choices
    errors: dict[str, str] = field(default_factory=dict)
    matches: Sequence[ItemClass] = ()
    warning: str | None = None
    item: Item | None = None
    value: NewItem | None = None
    opening: OpeningStock | None = None

    @property
    def code_is_kept(self) -> bool:
        """Whether type and units are already part of a code that KRA was told."""
        return self.item is not None and self.item.kra_code is not None

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """Each refused field's id on the page with its sentence."""
        return [(f"item-{name}", sentence) for name, sentence in self.errors.items()]

    @classmethod
    def blank(cls, choices: Choices, name: str = "") -> Self:
        """A new item's form with sane defaults."""
        empty = dict.fromkeys(("price", "class", "class_code", "opening", "branch", *OPTIONAL), "")
        usual = {"kind": GOODS, "prices": Prices.INCLUSIVE.value, "band": choices.default_band}
        units = {"quantity_unit": DEFAULT_UNIT, "package_unit": DEFAULT_PACKAGE, "origin": HOME_COUNTRY}
        return cls({"id": str(uuid4()), "name": name, **empty, **usual, **units}, choices)

    @classmethod
    def of(cls, item: Item, choices: Choices) -> Self:
        """The form of an item we have."""
        known = classes.usable_class(item.class_code)
        typed = {
            "name": item.name,
            "kind": GOODS if item.is_goods else SERVICE,
            "price": format_money(item.price),
            "prices": item.prices,
            # A business that gave up its VAT registration must choose anew: no band may slip in unseen.
            "band": item.band if item.band in dict(choices.bands) else "",
            "class_code": item.class_code,
            "class": known.name if known else item.class_code,
            "quantity_unit": item.quantity_unit,
            "package_unit": item.package_unit,
            "origin": item.origin,
            **{name: getattr(item, name) or "" for name in OPTIONAL},
        }
        return cls(typed, choices, item=item)

    @classmethod
    def read(
        cls,
        sent: MultiDict[str, str],
        choices: Choices,
        *,
        item: Item | None = None,
        branches: Sequence[UUID] = (),
        quantity_decimals: int = 4,
    ) -> Self:
        """The form as it was sent: for a new item with its opening stock at one of `branches`, or for the change of `item`."""
        reader = FormReader(sent)
        form = cls(reader.typed, choices, reader.errors, item=item)
        form._read_item(reader)
        if item is None:
            form._read_opening(reader, branches, quantity_decimals)
        if form.errors:
            form.value = form.opening = None
        return form

    def _read_item(self, reader: FormReader) -> None:
        item_id = parse_id(reader.raw("id")) or uuid4()
        name = reader.text("name", LONGEST_NAME, required=_("Enter what you sell, as it should stand on the invoice."))
        item_type = self._read_type(reader)
        price = reader.read("price", parse_money, required=_("Enter the price; 0 when it differs each time."))
        prices = reader.choice("prices", list(Prices), _("Say whether the price includes VAT."), default=Prices.INCLUSIVE)
        band = reader.choice("band", [code for code, _words in self.choices.bands], self._band_sentence(reader.raw("band")))
        item_class = self._read_class(reader)
        self._guard(reader, item_class, band)
        units = self._read_units(reader, item_type)
        sku, barcode = reader.text("sku", LONGEST_SKU), reader.text("barcode", LONGEST_BARCODE)
        if name and item_type and price is not None and prices and band and item_class and not self.errors:
            self.value = NewItem(
                id=item_id,
                name=name,
                class_code=item_class,
                item_type=item_type,
                band=Band(band),
                price=price,
                prices=Prices(prices),
                sku=sku,
                barcode=barcode,
                **units,
            )

    def _read_type(self, reader: FormReader) -> ItemType | None:
        if self.code_is_kept and self.item is not None:
            reader.typed["kind"] = GOODS if self.item.is_goods else SERVICE
            return ItemType(self.item.item_type)
        kind = reader.choice("kind", [GOODS, SERVICE], _("Say whether these are goods or a service."))
        if kind == SERVICE:
            return ItemType.SERVICE
        was_raw = self.item is not None and self.item.item_type == ItemType.RAW_MATERIAL
        return (ItemType.RAW_MATERIAL if was_raw else ItemType.FINISHED) if kind else None

    def _read_units(self, reader: FormReader, item_type: ItemType | None) -> dict[str, str]:
        if self.code_is_kept and self.item is not None:
            return {name: getattr(self.item, name) for name in ("quantity_unit", "package_unit", "origin")}
        offered = {
            "quantity_unit": (self.choices.units, DEFAULT_UNIT, _("Choose a unit from the list.")),
            "package_unit": (self.choices.packages, DEFAULT_PACKAGE, _("Choose a packaging from the list.")),
            "origin": (self.choices.countries, HOME_COUNTRY, _("Choose a country from the list.")),
        }
        return {
            name: reader.choice(name, [code for code, _words in pairs], sentence, default=usual) or usual
            for name, (pairs, usual, sentence) in offered.items()
        }

    def _read_class(self, reader: FormReader) -> str | None:
        """The class that was picked from the list; without JavaScript one of the `matches` of the words typed before."""
        picked = reader.raw("class_choice") or reader.raw("class_code")
        words = reader.text("class", LONGEST_CLASS_NAME) or ""
        if "class" in self.errors:
            return None
        if self.item is not None and picked == self.item.class_code and words in ("", self._old_class_words()):
            return picked
        known = classes.usable_class(picked) or classes.usable_class(words)
        typed_anew = not reader.raw("class_choice") and known is not None and words not in ("", known.name, known.code)
        if known is not None and not typed_anew:
            reader.typed["class_code"], reader.typed["class"] = known.code, known.name
            return known.code
        reader.typed["class_code"] = ""
        self.matches = classes.search_classes(words)
        reader.refuse("class", self._class_sentence(words))
        return None

    def _old_class_words(self) -> str:
        known = classes.usable_class(self.item.class_code) if self.item else None
        return known.name if known else self.item.class_code if self.item else ""

    def _class_sentence(self, words: str) -> str:
        if self.matches:
            return _("Choose the class that fits best.")
        if not words:
            return _("Type what it is, like “rice”, and choose KRA's class for it.")
        if not classes.any_class():
            return _("KRA's list of classes has not come yet. It comes with the set-up of your control unit; see Setup.")
        return _("No class of KRA has these words. Try a more general one, like “rice” for “Pishori rice 2kg”.")

    def _guard(self, reader: FormReader, item_class: str | None, band: str | None) -> None:
        """A band that KRA does not expect for the class must be confirmed, once for each choice."""
        confirmed = reader.ticked("confirm_band")
        if item_class is None or band is None:
            return
        if self.item is not None and (self.item.class_code, self.item.band) == (item_class, band):
            return
        self.warning = classes.band_warning(classes.usable_class(item_class), band, self.choices)
        if self.warning and not confirmed:
            reader.refuse("confirm_band", _("Check the tax band: tick the box if it is right, or choose the other one."))

    def _band_sentence(self, typed: str) -> str:
        if not self.choices.vat_registered and typed in ("B", "E"):
            return _("Your business is not registered for VAT, so it charges none. Choose another band.")
        return _("Choose a tax band.")

    def _read_opening(self, reader: FormReader, branches: Sequence[UUID], decimals: int) -> None:
        """How many there are now; a service is asked nothing, whatever an earlier choice left in the field."""
        typed, branch_id = reader.raw("opening"), parse_id(reader.raw("branch")) or next(iter(branches), None)
        if reader.typed["kind"] != GOODS or not typed.strip():
            return
        quantity = reader.read("opening", lambda text: parse_count(text, decimals))
        if not quantity or self.value is None:
            return
        if branch_id not in branches or branch_id is None:
            reader.refuse("branch", _("Choose one of your branches."))
            return
        if price_with_vat(self.value.price, self.value.prices, self.value.band, self.choices.rates) == 0:
            reader.refuse("price", _("KRA does not take stock that is worth nothing. Enter a price above 0."))
        self.opening = OpeningStock(branch_id, quantity)

