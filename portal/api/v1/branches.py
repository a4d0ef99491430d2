"""Branches: where a business sells; each signs with a control unit of its own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select

from portal.api.v1 import devices
from portal.api.v1.blueprint import blueprint
from portal.api.v1.errors import BadFields, NoSuchThing
from portal.api.v1.fields import Body, Phone, Words, chosen
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import db
from portal.infra.forms import parse_id
from portal.infra.tenancy import current_tenant_id
from portal.tenants import queries
from portal.tenants.branches import open_branch
from portal.tenants.forms import LONGEST_ADDRESS, LONGEST_LINE, LONGEST_NAME, parse_branch_code
from portal.tenants.models import Branch
from portal.tenants.values import BranchDetails


class BranchCode(Words):
    """KRA's two digits of a further branch."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(2, metadata={"pattern": "^[0-9]{1,2}$", "examples": ["01"]}, **kwargs)

    def parse(self, typed: str) -> str:
        return parse_branch_code(typed)


class BranchBody(Body):
    """A branch to open, under the code KRA has it."""

    code = BranchCode(required=True)
    name = Words(LONGEST_NAME, required=True)
    address = Words(LONGEST_ADDRESS, allow_none=True)
    phone = Phone(allow_none=True)
    trade_name = Words(LONGEST_LINE, allow_none=True)
    top_message = Words(LONGEST_LINE, allow_none=True)
    bottom_message = Words(LONGEST_LINE, allow_none=True)
    transport = chosen("vscu", "oscu", load_default="vscu")


class BranchAnswer(Body):
    """A branch with its control unit."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    trade_name = fields.String(required=True, allow_none=True)
    device = fields.Nested(devices.DeviceAnswer, required=True, allow_none=True)


class BranchList(Body):
    """All open branches."""

    items = fields.List(fields.Nested(BranchAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


COLUMNS = ("id", "code", "name", "address", "phone", "trade_name")


@blueprint.route("/branches", methods=["GET"], tags=["Branches"])
@requires(Permission.SEE_DEVICES)
@blueprint.response(200, BranchList)
def list_branches() -> dict[str, Any]:
    """List the branches that are open, head office first"""
    return {"items": [_shown(branch) for branch in queries.open_branches()], "next": None}


@blueprint.route("/branches", methods=["POST"], tags=["Branches"])
@requires(Permission.MANAGE_DEVICES)
@blueprint.arguments(BranchBody, example={"code": "01", "name": "Ngong Road", "address": "Ngong Road, Nairobi"})
@blueprint.response(201, BranchAnswer)
def add_branch(body: dict[str, Any]) -> dict[str, Any]:
    """Open a branch

    It is given its control unit at once, which is then set up by itself; `device.status` says how far that is.
    """
    code, transport = body.pop("code"), body.pop("transport")
    return _shown(open_branch(current_actor(), code, BranchDetails(**body), transport))


def branch_named(text: str | None) -> Branch:
    """The open branch with this code or id; without one the only branch there is. Raises NoSuchThing or BadFields."""
    if text is None:
        return _only_branch()
    is_it = Branch.code == text if len(text) == 2 else Branch.id == parse_id(text)
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.closed_at.is_(None), is_it)
    found = db.session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise NoSuchThing("branch", _("This business has no such branch. Send its two digits, like 00."))
    return found


def _only_branch() -> Branch:
    branches = queries.open_branches()
    if len(branches) != 1:
        raise BadFields([("branch", _("Say which branch sells: its two digits, like 00."))])
    return branches[0]


def _shown(branch: Branch) -> dict[str, Any]:
    return {name: getattr(branch, name) for name in COLUMNS} | {"device": devices.device_of(branch.id)}
