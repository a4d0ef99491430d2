"""How items are called where something needs attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.catalogue.models import Item
from portal.catalogue.queries import items
from portal.submissions.subjects import Subject, describes


@describes("item", "item_change")
def item_subjects(item_ids: Sequence[UUID]) -> Mapping[UUID, Subject]:
    """Each item by its name."""
    return {item_id: _subject(item) for item_id, item in items(item_ids).items()}


def _subject(item: Item) -> Subject:
    page = url_for("catalogue.show_item", item_id=item.id)
    return Subject(_("Item: %(name)s", name=item.name), item.kra_code or "", page)
