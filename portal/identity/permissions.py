"""What each role may do: the one table, read in one place."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    SEE_DOCUMENTS = "see invoices and receipts"
    ISSUE_INVOICES = "issue invoices and hand out receipts"
    ISSUE_CREDIT_NOTES = "issue credit notes"
    TAKE_DOWNLOADS = "download many receipts at once"
    SEE_CATALOGUE = "see items, customers and stock"
    EDIT_CATALOGUE = "change items, customers and stock"
    SEE_REPORTS = "see reports"
    SEE_DEVICES = "see branches and control units"
    MANAGE_DEVICES = "add branches and set up control units"
    MANAGE_BUSINESS = "change business details"
    MANAGE_PEOPLE = "invite people and change roles"
    SETTLE_DOUBT = "settle what KRA's answers leave open"
    SEE_AUDIT = "see the activity log"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    BILLER = "biller"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


_P = Permission
_VIEWER = frozenset({_P.SEE_DOCUMENTS, _P.SEE_CATALOGUE, _P.SEE_DEVICES})
_BILLER = _VIEWER | {_P.ISSUE_INVOICES, _P.ISSUE_CREDIT_NOTES, _P.EDIT_CATALOGUE, _P.TAKE_DOWNLOADS}
_ACCOUNTANT = _VIEWER | {_P.SEE_REPORTS, _P.SEE_AUDIT, _P.TAKE_DOWNLOADS}
_ADMIN = _BILLER | _ACCOUNTANT | {_P.MANAGE_DEVICES, _P.MANAGE_BUSINESS, _P.MANAGE_PEOPLE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMIN | {_P.SETTLE_DOUBT},
    Role.ADMIN: _ADMIN,
    Role.BILLER: _BILLER,
    Role.ACCOUNTANT: _ACCOUNTANT,
    Role.VIEWER: _VIEWER,
}

DESCRIPTIONS: dict[Role, str] = {
    Role.OWNER: "Everything, and the decisions that only the business itself can take",
    Role.ADMIN: "Branches, control units, people, and everything below",
    Role.BILLER: "Invoices, credit notes, items, customers and stock",
    Role.ACCOUNTANT: "Reads everything, takes reports",
    Role.VIEWER: "Reads invoices, items and branches",
}
