"""KRA's shared lists as the set-up of a control unit and the daily refresh fetch them. For workers only."""

from __future__ import annotations

from functools import partial

from portal.codelists import services
from portal.devices.fetching import KraList, register
from portal.kra.outcomes import Answer
from portal.kra.values import CodeList, ItemClass


def keep_codes(answer: Answer[tuple[CodeList, ...]]) -> None:
    """Merge a page of codes and move its mark, inside the open act."""
    services.merge_code_lists(answer.value or ())
    services.move_mark("codes", answer.mark)


def keep_item_classes(answer: Answer[tuple[ItemClass, ...]]) -> None:
    """Merge a page of item classes and move its mark, inside the open act."""
    services.merge_item_classes(answer.value or ())
    services.move_mark("item_classes", answer.mark)


register(
    KraList(
        name="codes",
        ask=lambda gateway, since: gateway.code_lists(since),
        keep=keep_codes,
        shared=True,
        known_up_to=partial(services.known_up_to, "codes"),
        whole=partial(services.mark_whole, "codes"),
    )
)
register(
    KraList(
        name="item_classes",
        ask=lambda gateway, since: gateway.item_classes(since),
        keep=keep_item_classes,
        shared=True,
        known_up_to=partial(services.known_up_to, "item_classes"),
        whole=partial(services.mark_whole, "item_classes"),
    )
)
