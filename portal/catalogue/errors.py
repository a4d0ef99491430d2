"""What may stop an item from being saved."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput


class SkuTaken(BadInput):
    """Another item has this SKU."""

    def __init__(self) -> None:
        super().__init__(_("Another item has this SKU. Each SKU belongs to one item, also to archived ones."))


class CodeIsKept(BadInput):
    """Type and units are part of the code under which KRA knows the item."""

    def __init__(self) -> None:
        super().__init__(_("KRA is being told of this item, so its type and units no longer change. Add a new item instead."))
