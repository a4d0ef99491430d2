"""The lists of KRA that belong to one business: its branches and KRA's notices to it. For workers only."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from portal.devices.fetching import KraList, register
from portal.devices.models import KraBranch, Notice
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.kra.outcomes import Answer
from portal.kra.values import KnownBranch, Place
from portal.kra.values import Notice as KnownNotice


def keep_branches(answer: Answer[tuple[KnownBranch, ...]]) -> None:
    """Merge branches into what is known, inside the open act."""
    tenant_id = current_tenant_id()
    rows = {
        each.code: {
            "tenant_id": tenant_id,
            "code": each.code,
            "name": each.name or each.code,
            "status": each.status,
            "address": in_one_line(each.place),
            "is_head_office": each.is_head_office or False,
        }
        for each in answer.value or ()
    }
    _merge(KraBranch, list(rows.values()), ["tenant_id", "code"])


def keep_notices(answer: Answer[tuple[KnownNotice, ...]]) -> None:
    """Merge notices into what is known, inside the open act; one that was read stays read."""
    tenant_id = current_tenant_id()
    rows = {
        each.number: {
            "tenant_id": tenant_id,
            "number": each.number,
            "title": each.title,
            "body": each.text or "",
            "url": each.url,
            "author": each.author,
            "published_at": each.published_at,
        }
        for each in answer.value or ()
    }
    _merge(Notice, list(rows.values()), ["tenant_id", "number"])


def in_one_line(place: Place) -> str | None:
    """A place as people write it, from the street to the county; None when KRA says nothing."""
    parts = (place.description, place.locality, place.sub_county, place.county)
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def _merge(table: type[KraBranch] | type[Notice], rows: list[dict[str, Any]], key: list[str]) -> None:
    if not rows:
        return
    added = insert(table).values(rows)
    changed = {name: added.excluded[name] for name in rows[0] if name not in key}
    db.session.execute(added.on_conflict_do_update(index_elements=key, set_=changed))


register(KraList(name="branches", ask=lambda gateway, since: gateway.branches(since), keep=keep_branches))
register(KraList(name="notices", ask=lambda gateway, since: gateway.notices(since), keep=keep_notices))
