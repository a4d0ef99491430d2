"""What a token may be allowed: each scope is one permission under the name that programs use."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from portal.identity.permissions import Permission


class Scope(StrEnum):
    READ_DOCUMENTS = "documents:read"
    WRITE_INVOICES = "invoices:write"
    WRITE_CREDIT_NOTES = "credit-notes:write"
    READ_CATALOGUE = "catalogue:read"
    WRITE_CATALOGUE = "catalogue:write"
    READ_DEVICES = "devices:read"
    WRITE_DEVICES = "devices:write"
    READ_LOGS = "logs:read"


PERMISSIONS: dict[Scope, Permission] = {
    Scope.READ_DOCUMENTS: Permission.SEE_DOCUMENTS,
    Scope.WRITE_INVOICES: Permission.ISSUE_INVOICES,
    Scope.WRITE_CREDIT_NOTES: Permission.ISSUE_CREDIT_NOTES,
    Scope.READ_CATALOGUE: Permission.SEE_CATALOGUE,
    Scope.WRITE_CATALOGUE: Permission.EDIT_CATALOGUE,
    Scope.READ_DEVICES: Permission.SEE_DEVICES,
    Scope.WRITE_DEVICES: Permission.MANAGE_DEVICES,
    Scope.READ_LOGS: Permission.SEE_AUDIT,
}
KNOWN = frozenset(scope.value for scope in Scope)
SCOPES: dict[Permission, Scope] = {permission: scope for scope, permission in PERMISSIONS.items()}


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    """What these scopes allow; one that is no longer known allows nothing."""
    return frozenset(PERMISSIONS[Scope(name)] for name in scopes if name in KNOWN)
