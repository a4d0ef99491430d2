"""Opening a branch and changing what is printed for it; whoever listens gives it a control unit of its own."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.errors import BadInput, NotFound
from portal.identity.access import Actor
from portal.infra import events
from portal.infra.db import db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch
from portal.tenants.onboarding import constraint_of
from portal.tenants.values import BranchDetails

CODE_IS_TAKEN = "branch_tenant_id_code_key"


def open_branch(actor: Actor, code: str, details: BranchDetails, transport: str = "vscu") -> Branch:
    """A further branch with KRA's two-digit code, in one act with its control unit; raises BadInput for a taken code."""
    try:
        with transaction():
            branch = Branch(tenant_id=current_tenant_id(), code=code)
            _write(branch, details)
            db.session.add(branch)
            db.session.flush()
            events.tell(Event.BRANCH_OPENED, branch, transport)
            audit.record(actor.name, "branch opened", f"branch {code}", branch_id=branch.id, after=_printed(branch))
            return branch
    except IntegrityError as error:
        if constraint_of(error) != CODE_IS_TAKEN:
            raise
        sentence = _("You have a branch %(code)s already. Choose the code of the other branch.", code=code)
        raise BadInput(sentence, "code") from error


def change_branch(actor: Actor, branch_id: UUID, details: BranchDetails) -> None:
    """Change a branch's name and what is printed for it; documents that were issued keep what they say."""
    with transaction():
        branch = _locked(branch_id)
        before = _printed(branch)
        _write(branch, details)
        db.session.flush()
        if _printed(branch) != before:
            audit.record(
                actor.name,
                "branch changed",
                f"branch {branch.code}",
                branch_id=branch_id,
                before=before,
                after=_printed(branch),
            )


def set_training(actor: Actor, branch_id: UUID, training: bool) -> None:
    """Switch a branch's training mode; switched twice the same way it stays as it is."""
    with transaction():
        branch = _locked(branch_id)
        if branch.training == training:
            return
        branch.training = training
        db.session.flush()
        action = "training mode switched on" if training else "training mode switched off"
        audit.record(actor.name, action, f"branch {branch.code}", branch_id=branch_id)


def _locked(branch_id: UUID) -> Branch:
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.id == branch_id)
    branch = db.session.execute(wanted.with_for_update(key_share=True)).scalar_one_or_none()
    if branch is None:
        raise NotFound
    return branch


def _write(branch: Branch, details: BranchDetails) -> None:
    branch.name, branch.address, branch.phone = details.name, details.address, details.phone
    branch.trade_name = details.trade_name
    branch.top_message, branch.bottom_message = details.top_message, details.bottom_message
    branch.paper = details.paper or branch.paper or "a4"


def _printed(branch: Branch) -> dict[str, str | None]:
    return {
        "name": branch.name,
        "address": branch.address,
        "phone": branch.phone,
        "trade_name": branch.trade_name,
        "top_message": branch.top_message,
        "bottom_message": branch.bottom_message,
        "paper": branch.paper,
    }
