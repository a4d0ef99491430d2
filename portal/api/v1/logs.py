"""Who did what: the activity log of the business."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from sqlalchemy import select

from portal.api.v1.blueprint import blueprint
from portal.api.v1.fields import Body, Instant, Words
from portal.api.v1.paging import PageQuery, read_slice
from portal.api.v1.shapes import list_of
from portal.audit.models import AuditRow
from portal.audit.services import BUSINESS
from portal.identity.access import requires
from portal.identity.permissions import Permission
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch


class LogQuery(PageQuery):
    """Which acts: of one branch, or of one kind."""

    branch = Words(2)
    action = Words(100)


class LogAnswer(Body):
    """One act; `branch` is null for acts of the business as a whole, `seq` counts within the branch."""

    at = Instant(required=True)
    seq = fields.Integer(required=True)
    branch = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    object = fields.String(required=True)
    detail = fields.Dict(required=True)


@blueprint.route("/logs", methods=["GET"], tags=["Business"])
@requires(Permission.SEE_AUDIT)
@blueprint.arguments(LogQuery, location="query")
@blueprint.response(200, list_of(LogAnswer))
def list_logs(query: dict[str, Any]) -> dict[str, Any]:
    """List who did what, newest first"""
    codes = _branch_codes()
    wanted = select(AuditRow).where(AuditRow.tenant_id == current_tenant_id())
    if branch := query.get("branch"):
        wanted = wanted.where(AuditRow.chain.in_([chain for chain, code in codes.items() if code == branch]))
    if action := query.get("action"):
        wanted = wanted.where(AuditRow.action == action)
    order = (AuditRow.at, AuditRow.chain, AuditRow.seq)
    found = read_slice(wanted, order, query["limit"], query.get("after"), newest_first=True)
    return {"items": [_shown(row, codes) for row in found.items], "next": found.next}


def _branch_codes() -> dict[Any, str]:
    rows = db.session.execute(select(Branch.id, Branch.code).where(Branch.tenant_id == current_tenant_id()))
    return {branch_id: code for branch_id, code in rows}


def _shown(row: AuditRow, codes: dict[Any, str]) -> dict[str, Any]:
    branch = None if row.chain == BUSINESS else codes.get(row.chain)
    columns = ("at", "seq", "actor", "action", "object", "detail")
    return {name: getattr(row, name) for name in columns} | {"branch": branch}
