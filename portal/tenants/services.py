"""Acts of a business on itself: its details, whether it is registered for VAT; sign-up stands in `onboarding`."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.audit import services as audit
from portal.identity.access import Actor
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import local
from portal.tenants.branches import change_branch, open_branch, set_training
from portal.tenants.models import Branch, Tenant
from portal.tenants.onboarding import HEAD_OFFICE, open_business, sign_up
from portal.tenants.values import BusinessDetails

__all__ = [
    "change_branch", "change_details", "kra_said_vat", "open_branch", "open_business", "say_vat", "set_training", "sign_up",
]  # fmt: skip


def change_details(actor: Actor, new: BusinessDetails) -> None:
    """Change what the business says of itself; documents that were issued keep what they say."""
    with transaction():
        write_details(actor, new)


def write_details(actor: Actor, new: BusinessDetails) -> None:
    """The same inside an open act."""
    business, branch = _locked_business(), _head_office()
    before = _details(business, branch)
    business.name, business.phone = new.name, new.phone
    branch.phone, branch.address, branch.trade_name = new.phone, new.address, new.trade_name
    branch.top_message, branch.bottom_message = new.top_message, new.bottom_message
    db.session.flush()
    after = _details(business, branch)
    if after != before:
        audit.record(actor.name, "business details changed", f"business {business.name}", before=before, after=after)


def say_vat(actor: Actor, registered: bool, since: date | None = None) -> None:
    """Keep the business's own answer to *Are you registered for VAT?*, from `since` on (today when not told)."""
    with transaction():
        business = _locked_business()
        before = {"registered": business.vat_registered, "said_by": business.vat_said_by}
        if business.vat_registered is not registered:
            business.vat_since = since or local(database_now()).date()
        elif since is not None:
            business.vat_since = since
        business.vat_registered, business.vat_said_by = registered, "owner"
        after = {"registered": registered, "said_by": "owner"}
        if after != before:
            audit.record(actor.name, "VAT registration said", f"business {business.name}", before=before, after=after)


def kra_said_vat(registered: bool) -> bool:
    """Inside the open act, keep KRA's word on VAT unless the business has answered itself; whether it was kept."""
    business = _locked_business()
    if business.vat_said_by == "owner":
        return False
    if business.vat_registered is not registered:
        business.vat_since = local(database_now()).date()
        audit.record("KRA", "VAT registration said", f"business {business.name}", after={"registered": registered})
    business.vat_registered, business.vat_said_by = registered, "kra"
    db.session.flush()
    return True


def _locked_business() -> Tenant:
    wanted = select(Tenant).where(Tenant.id == current_tenant_id()).with_for_update()
    return db.session.execute(wanted.execution_options(populate_existing=True)).scalar_one()


def _head_office() -> Branch:
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.code == HEAD_OFFICE)
    return db.session.execute(wanted).scalar_one()


def _details(business: Tenant, branch: Branch) -> dict[str, str | None]:
    return {
        "name": business.name,
        "phone": business.phone,
        "address": branch.address,
        "trade_name": branch.trade_name,
        "top_message": branch.top_message,
        "bottom_message": branch.bottom_message,
    }
