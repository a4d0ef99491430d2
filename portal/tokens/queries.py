"""The tokens of a business, and who somebody acts as who shows one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, select, update

from portal.identity.access import Actor, reads_tokens
from portal.identity.models import Membership, Person
from portal.identity.permissions import Role
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.tokens.models import ApiToken
from portal.tokens.scopes import permissions_of

USED_EVERY = timedelta(minutes=1)


def tokens() -> Sequence[tuple[ApiToken, str]]:
    """The tokens that work, each with the name of who made it, newest first."""
    wanted = (
        select(ApiToken, Person.name)
        .join(Person, Person.id == ApiToken.created_by)
        .where(ApiToken.tenant_id == current_tenant_id(), ApiToken.revoked_at.is_(None))
    )
    return [(token, name) for token, name in db.session.execute(wanted.order_by(ApiToken.created_at.desc(), ApiToken.id))]


@reads_tokens
def actor_of(token_id: UUID) -> Actor | None:
    """Who acts with this token: it can do no more than who made it may do now, and nothing once they left."""
    mine = and_(Membership.tenant_id == ApiToken.tenant_id, Membership.person_id == ApiToken.created_by)
    used_long_ago = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < func.now() - USED_EVERY)
    wanted = (
        select(ApiToken, Membership.role, used_long_ago)
        .join(Membership, mine)
        .join(Person, Person.id == ApiToken.created_by)
        .where(
            ApiToken.tenant_id == current_tenant_id(),
            ApiToken.id == token_id,
            ApiToken.revoked_at.is_(None),
            Membership.suspended_at.is_(None),
            Person.disabled_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(wanted).one_or_none()
    if found is None:
        return None
    token, role, is_stale = found
    if is_stale:
        used = update(ApiToken).where(ApiToken.tenant_id == token.tenant_id, ApiToken.id == token.id)
        db.session.execute(used.values(last_used_at=func.now()).execution_options(synchronize_session=False))
    db.session.commit()
    scopes = permissions_of(token.scopes)
    return Actor(token.created_by, f"{token.name} (API)", token.tenant_id, Role(role), token.id, scopes)
