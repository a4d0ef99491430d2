"""What KRA must be told, and how far that has come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import select

from portal.api.v1.blueprint import blueprint
from portal.api.v1.errors import NoSuchThing
from portal.api.v1.fields import Body, Instant, chosen
from portal.api.v1.paging import PageQuery, read_slice
from portal.api.v1.problems import KraProblem, problem_of
from portal.api.v1.shapes import list_of
from portal.devices import queries as devices
from portal.errors import NotFound
from portal.identity.access import requires
from portal.identity.permissions import Permission
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import Submission

STATES = ("queued", "sending", "unknown", "accepted", "refused", "held", "void")
KINDS = (
    "sale", "credit_note", "item", "item_change", "composition", "stock_movement", "stock_level", "purchase",
    "import_update", "branch_customer", "branch_user", "insurer",
)  # fmt: skip


class SubmissionQuery(PageQuery):
    """Which submissions: in one state, of one kind, of one control unit, about one thing."""

    state = chosen(*STATES)
    kind = chosen(*KINDS)
    device = fields.UUID()
    subject = fields.UUID()


class SubmissionAnswer(Body):
    """One thing KRA must be told; `number` is KRA's, bound when it is first sent."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    held_reason = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    subject = fields.UUID(required=True, attribute="subject_id")
    device = fields.UUID(required=True, attribute="device_id")
    number = fields.Integer(required=True, allow_none=True, attribute="sequence_no")
    attempts = fields.Integer(required=True)
    waits_for = fields.List(fields.UUID(), required=True)
    queued_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)
    next_at = Instant(required=True)
    problem = fields.Nested(KraProblem, required=True, allow_none=True)


COLUMNS = ("id", "state", "held_reason", "kind", "subject_id", "device_id", "sequence_no", "attempts", "waits_for",
           "queued_at", "settled_at", "next_at")  # fmt: skip


@blueprint.route("/submissions", methods=["GET"], tags=["Submissions"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.arguments(SubmissionQuery, location="query")
@blueprint.response(200, list_of(SubmissionAnswer))
def list_submissions(query: dict[str, Any]) -> dict[str, Any]:
    """List what KRA must be told, oldest first"""
    if "device" in query:
        _check_device(query["device"])
    wanted = select(Submission).where(Submission.tenant_id == current_tenant_id())
    columns = {"state": Submission.state, "kind": Submission.kind, "device": Submission.device_id,
               "subject": Submission.subject_id}  # fmt: skip
    for name, column in columns.items():
        if name in query:
            wanted = wanted.where(column == query[name])
    found = read_slice(wanted, (Submission.position,), query["limit"], query.get("after"))
    return {"items": [_shown(row) for row in found.items], "next": found.next}


def _check_device(device_id: UUID) -> None:
    try:
        devices.device(device_id)
    except NotFound as missing:
        raise NoSuchThing("device", "This business has no such control unit.") from missing


def _shown(row: Submission) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS} | {"problem": problem_of(row)}
