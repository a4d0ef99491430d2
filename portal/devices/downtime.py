"""Telling the Commissioner that a control unit was down: LN 64/2024 reg. 5 gives 24 hours for it (COMPLIANCE §1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.audit import services as audit
from portal.devices import queries
from portal.devices.models import DowntimeNotice
from portal.errors import NotFound, PortalError
from portal.identity.access import Actor
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.tenants import queries as tenants
from portal.tenants.models import Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """What a person says of a downtime; `ended_at` None while it goes on."""

    started_at: datetime
    ended_at: datetime | None
    reason: str
    sales_count: int
    sales_amount: Decimal
    reference: str | None


def notice(notice_id: UUID) -> DowntimeNotice:
    """A notice of this business; raises NotFound."""
    found = db.session.get(DowntimeNotice, (current_tenant_id(), notice_id))
    if found is None:
        raise NotFound
    return found


def notices_of(branch_id: UUID) -> Sequence[DowntimeNotice]:
    """The notices of a branch, newest first."""
    mine = DowntimeNotice.tenant_id == current_tenant_id()
    wanted = select(DowntimeNotice).where(mine, DowntimeNotice.branch_id == branch_id)
    return db.session.execute(wanted.order_by(DowntimeNotice.number.desc()).limit(100)).scalars().all()


def write_down(actor: Actor, branch_id: UUID, downtime: Downtime) -> UUID:
    """Record a notice under the next number of the business; it may be corrected until it is printed."""
    with transaction():
        branch = _locked_branch(branch_id)
        row = DowntimeNotice(
            tenant_id=branch.tenant_id, branch_id=branch_id, number=_next_number(), written_by=actor.name
        )  # fmt: skip
        _fill(row, downtime)
        db.session.add(row)
        db.session.flush()
        audit.record(actor.name, "downtime notice written", row.our_number, branch_id=branch_id, after=_said(row))
        return row.id


def correct(actor: Actor, notice_id: UUID, downtime: Downtime) -> None:
    """Change a notice that was not printed yet; raises PortalError for a printed one."""
    with transaction():
        row = _locked(notice_id)
        if row.printed_at is not None:
            raise PortalError(_("This notice was printed and stays as it is. Write a further one that says what has changed."))
        before = _said(row)
        _fill(row, downtime)
        db.session.flush()
        audit.record(
            actor.name, "downtime notice corrected", row.our_number, branch_id=row.branch_id, before=before, after=_said(row)
        )


def print_letter(actor: Actor, notice_id: UUID) -> None:
    """Freeze the letter with the first print; a further print changes nothing and is written down too."""
    with transaction():
        row = _locked(notice_id)
        if row.printed_at is None:
            row.printed_at, row.letter = database_now(), _letter_of(row.branch_id)
            db.session.flush()
        audit.record(actor.name, "downtime notice printed", row.our_number, branch_id=row.branch_id)


def letter_of(row: DowntimeNotice) -> dict[str, str]:
    """Who writes and for which control unit: as it was printed, or as it would be printed now."""
    return row.letter or _letter_of(row.branch_id)


def _letter_of(branch_id: UUID) -> dict[str, str]:
    business, branch, device = tenants.this_business(), tenants.branch(branch_id), queries.device_of_branch(branch_id)
    return {
        "name": business.printed_name,
        "pin": business.kra_pin,
        "phone": business.phone or "",
        "email": business.email or "",
        "branch": f"{branch.code} {branch.name}",
        "address": branch.address or "",
        "type": device.transport.upper(),
        "serial": device.serial,
        "sdc_id": device.sdc_id or "",
    }


def _fill(row: DowntimeNotice, downtime: Downtime) -> None:
    row.started_at, row.ended_at, row.reason = downtime.started_at, downtime.ended_at, downtime.reason
    row.sales_count, row.sales_amount, row.reference = downtime.sales_count, downtime.sales_amount, downtime.reference


def _said(row: DowntimeNotice) -> dict[str, str | int | None]:
    return {
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "reason": row.reason,
        "sales_count": row.sales_count,
        "sales_amount": str(row.sales_amount),
        "reference": row.reference,
    }


def _locked(notice_id: UUID) -> DowntimeNotice:
    wanted = select(DowntimeNotice).where(
        DowntimeNotice.tenant_id == current_tenant_id(), DowntimeNotice.id == notice_id
    )
    row = db.session.execute(wanted.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def _locked_branch(branch_id: UUID) -> Branch:
    """The branch; the head office is locked, so that two notices at once get two numbers."""
    head = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.code == "00")
    db.session.execute(head.with_for_update(key_share=True)).scalar_one_or_none()
    return tenants.branch(branch_id)


def _next_number() -> int:
    last = select(func.max(DowntimeNotice.number)).where(DowntimeNotice.tenant_id == current_tenant_id())
    return (db.session.execute(last).scalar_one() or 0) + 1
