"""KRA's item classes: found by typing among tens of thousands, and set beside the tax band that was chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import Select, func, literal_column, select

from portal.catalogue.choices import Choices, band_words
from portal.codelists.models import ItemClass
from portal.fiscal.bands import Band
from portal.infra.db import db

WORD = re.compile(r"\w+")
CODE = re.compile(r"[0-9]{2,10}")
# Levels 1 to 3 are headings of the tree; what is sold is on level 4 (eight digits) and 5 (ten).
FIRST_USABLE_LEVEL = 4
LONGEST_QUERY = 8


def search_classes(text: str, limit: int = 10) -> Sequence[ItemClass]:
    """The usable classes whose name has words beginning with each typed word, or whose code begins so; short names first."""
    fitting = classes_that_fit(text)
    return [] if fitting is None else db.session.execute(fitting.limit(limit)).scalars().all()


def classes_that_fit(text: str) -> Select[ItemClass] | None:
    """The query behind the search, None when nothing was typed that could be found."""
    typed = " ".join(text.split())
    words = WORD.findall(typed)[:LONGEST_QUERY]
    if not words:
        return None
    usable = select(ItemClass).where(ItemClass.in_use, ItemClass.level >= FIRST_USABLE_LEVEL)
    if CODE.fullmatch(typed):
        fitting = usable.where(ItemClass.code.startswith(typed, autoescape=True))
    else:
        vector = func.to_tsvector(literal_column("'simple'"), literal_column("item_class.name"))
        fitting = usable.where(vector.bool_op("@@")(func.to_tsquery(literal_column("'simple'"), _query(words))))
    return fitting.order_by(func.length(ItemClass.name), ItemClass.code)


def usable_class(code: str) -> ItemClass | None:
    """The class that an item may have under this code, None when there is none."""
    found = db.session.get(ItemClass, code) if CODE.fullmatch(code) else None
    return found if found is not None and found.in_use and found.level >= FIRST_USABLE_LEVEL else None


def any_class() -> bool:
    """Whether KRA's classification has come at all."""
    return db.session.execute(select(ItemClass.code).limit(1)).first() is not None


def band_warning(item_class: ItemClass | None, band: str, choices: Choices) -> str | None:
    """One sentence when KRA expects another band for this class than the one chosen; None when they agree or KRA is silent."""
    if item_class is None or item_class.band is None or item_class.band == band or band not in Band.__members__:
        return None
    expected = Band(item_class.band)
    if not choices.vat_registered and expected.carries_vat:
        return None
    return _(
        "KRA lists “%(name)s” under %(expected)s. You chose %(chosen)s.",
        name=item_class.name,
        expected=band_words(expected, choices.rates),
        chosen=band_words(Band(band), choices.rates),
    )


def _query(words: Sequence[str]) -> str:
    """Each word as a prefix, all of them wanted; \\w holds none of the operators of a tsquery."""
    return " & ".join(f"'{word}':*" for word in words)
