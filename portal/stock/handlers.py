"""What stock does when something happens elsewhere."""

from __future__ import annotations

from portal.catalogue.models import Item
from portal.catalogue.queries import items
from portal.catalogue.values import OpeningStock
from portal.fiscal.stock import MovementType
from portal.identity.access import Actor
from portal.infra.db import db
from portal.infra.events import Event, on
from portal.stock import levels, services
from portal.stock.errors import NotEnoughStock, TooLateToWithdraw
from portal.stock.models import StockMovement
from portal.stock.queries import moved_by
from portal.submissions import services as lane
from portal.submissions.models import Submission


@on(Event.ITEM_ADDED)
def book_what_is_there(actor: Actor, item: Item, opening: OpeningStock | None) -> None:
    """Goods begin with what the person said is on the shelf."""
    if opening is not None and item.is_goods:
        services.book_opening(actor, item, opening)


@on(Event.SUBMISSION_ACCEPTED)
def keep_what_kra_believes(submission: Submission) -> None:
    """KRA compares each level it is told with the movements it has accepted, so we keep that sum."""
    if submission.kind == "stock_movement":
        movement = db.session.get_one(StockMovement, (submission.tenant_id, submission.subject_id))
        sign = 1 if MovementType(movement.type).is_incoming else -1
        levels.kra_took(movement.branch_id, {item_id: sign * moved for item_id, moved in moved_by(movement.id).items()})


@on(Event.SUBMISSION_ACCEPTED)
def forget_levels_that_were_refused(submission: Submission) -> None:
    """A level is the whole truth about an item at a branch: an older one needs nobody's attention any more."""
    if submission.kind == "stock_level":
        lane.withdraw_superseded(submission)


@on(Event.SUBMISSION_VOID)
def take_back_what_was_withdrawn(submission: Submission) -> None:
    """A movement booked by hand that KRA will never know of did not happen; goods of a signed document stay moved."""
    if submission.kind != "stock_movement":
        return
    movement = db.session.get_one(StockMovement, (submission.tenant_id, submission.subject_id))
    if movement.document_id is not None:
        return
    moved = moved_by(movement.id)
    if not MovementType(movement.type).is_incoming:
        levels.put(movement.branch_id, moved)
        return
    try:
        levels.take_free(movement.branch_id, moved)
    except NotEnoughStock as error:
        raise TooLateToWithdraw(next(iter(items(moved).values())).name) from error
