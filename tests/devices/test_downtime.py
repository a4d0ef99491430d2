"""A notice to the Commissioner: written, corrected until it is printed, and the same letter ever after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.audit.models import AuditRow
from portal.devices.models import DowntimeNotice
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import acting_for
from portal.infra.wording import local
from tests.devices.test_pages import flat
from tests.support.world import Business, Visitor, new_business

SAID = {
    "started_day": "2026-01-05", "started_time": "08:15", "over": "yes", "ended_day": "06/01/2026", "ended_time": "0930",
    "reason": "Fibre cut on Ngong Road", "sales_count": "1,012", "sales_amount": "KES 45,600.50", "reference": "KRA-77",
}  # fmt: skip


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


@pytest.fixture
def owner(business: Business) -> Visitor:
    return business.client()


def write(owner: Visitor, business: Business, **said: str) -> Any:
    return owner.post(f"/branches/{business.branch_id}/downtime", data=SAID | said)


def notices(business: Business) -> list[DowntimeNotice]:
    with business.app.app_context(), acting_for(business.tenant_id):
        rows = list(db.session.execute(select(DowntimeNotice).order_by(DowntimeNotice.number)).scalars())
        db.session.expunge_all()
        return rows


def acts(business: Business) -> list[str]:
    with business.app.app_context(), acting_for(business.tenant_id):
        return list(db.session.execute(select(AuditRow.action).order_by(AuditRow.seq)).scalars())


def test_a_notice_becomes_a_letter(owner: Visitor, business: Business) -> None:
    answer = write(owner, business)
    assert answer.status_code == 303
    letter = flat(owner.get(answer.location).text)
    for shown in ("Commissioner", "DN-000001", "5 Jan 2026, 08:15", "6 Jan 2026, 09:30", "Fibre cut on Ngong Road", "1,012",
                  "Ksh 45,600.50", "KRA-77", business.pin, "KRACU0300000001"):  # fmt: skip
        assert shown in letter, shown
    assert acts(business) == ["downtime notice written"]
    assert "DN-000001" in owner.get(f"/branches/{business.branch_id}/downtime").text


def test_it_may_still_go_on(owner: Visitor, business: Business) -> None:
    answer = write(owner, business, over="no", ended_day="", ended_time="", sales_count="0", sales_amount="0")
    assert "It goes on; we shall tell you when it is over." in owner.get(answer.location).text


def test_it_is_corrected_until_it_is_printed(owner: Visitor, business: Business) -> None:
    path = write(owner, business).location
    assert 'value="45,600.50"' in owner.get(f"{path}/edit").text
    assert owner.post(path, data=SAID | {"reason": "Power cut"}).status_code == 303
    assert owner.post(f"{path}/print").status_code == 303
    refused = owner.post(path, data=SAID | {"reason": "Something else"})
    assert refused.status_code == 409 and "stays as it is" in refused.text
    assert owner.get(f"{path}/edit").status_code == 303
    (notice,) = notices(business)
    assert notice.reason == "Power cut"
    assert acts(business) == ["downtime notice written", "downtime notice corrected", "downtime notice printed"]


def test_a_printed_letter_is_the_same_whatever_changes_later(owner: Visitor, business: Business) -> None:
    path = write(owner, business).location
    owner.post(f"{path}/print")
    with business.app.app_context(), acting_for(business.tenant_id), transaction():
        db.session.execute(text("UPDATE branch SET name = 'Elsewhere'"))
    page = flat(owner.get(path).text)
    assert "00 Head office" in page and "Elsewhere" not in page


def test_the_database_keeps_a_printed_notice(owner: Visitor, business: Business) -> None:
    owner.post(f"{write(owner, business).location}/print")
    with business.app.app_context(), acting_for(business.tenant_id):
        with pytest.raises(IntegrityError, match="not changed"), transaction():
            db.session.execute(text("UPDATE downtime_notice SET sales_amount = 1"))
        with pytest.raises(Exception, match="permission denied"), transaction():
            db.session.execute(text("DELETE FROM downtime_notice"))


def test_numbers_follow_each_other_over_all_branches(owner: Visitor, business: Business) -> None:
    for _time in range(3):
        write(owner, business)
    assert [notice.our_number for notice in notices(business)] == ["DN-000001", "DN-000002", "DN-000003"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("started_day", "", "Enter the day it began."),
        ("started_day", "31/02/2026", "Enter a day"),
        ("started_day", "0001-01-01", "more than five years ago"),
        ("started_day", "9999-12-31", "lies in the future"),
        ("started_time", "25:00", "Enter a time"),
        ("started_time", "٠٨:١٥", "Enter a time"),
        ("ended_day", "2026-01-04", "ended before it began"),
        ("ended_day", "", "Enter the day it ended."),
        ("over", "maybe", "Say whether it is over."),
        ("reason", " ", "Say in a few words"),
        ("reason", "x" * 501, "too long"),
        ("reason", "a\x00b", "cannot be printed"),
        ("sales_count", "1.5", "whole number"),
        ("sales_count", "-1", "whole number"),
        ("sales_count", "0", "There is an amount but no sale"),
        ("sales_amount", "1e9", "mount"),
        ("sales_amount", "NaN", "mount"),
        ("reference", "r" * 61, "too long"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(
    owner: Visitor, business: Business, field: str, typed: str, words: str
) -> None:
    answer = write(owner, business, **{field: typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert notices(business) == []


def test_what_lies_in_the_future_of_the_databases_clock_is_refused(owner: Visitor, business: Business) -> None:
    with business.app.app_context(), acting_for(business.tenant_id):
        soon = local(database_now() + timedelta(minutes=3))
    answer = write(owner, business, started_day=f"{soon:%Y-%m-%d}", started_time=f"{soon:%H:%M}", over="no")
    assert answer.status_code == 422 and "lies in the future" in answer.text


def test_the_form_suggests_when_kra_was_last_heard_of(owner: Visitor, business: Business) -> None:
    with business.app.app_context(), acting_for(business.tenant_id), transaction():
        db.session.execute(text("UPDATE device SET last_contact_at = '2026-02-03 04:05:06+00'"))
    page = owner.get(f"/branches/{business.branch_id}/downtime").text
    assert 'value="2026-02-03"' in page and 'value="07:05"' in page


def test_a_biller_reads_and_does_not_write(owner: Visitor, business: Business) -> None:
    path = write(owner, business).location
    biller = business.client("biller")
    assert biller.get(path).status_code == 200
    assert "Make it final" not in biller.get(path).text
    assert biller.post(f"{path}/print").status_code == 403


def test_another_business_sees_nothing_of_it(app: Flask, owner: Visitor, business: Business) -> None:
    path = write(owner, business).location
    stranger = new_business(app).client()
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/print").status_code == 404
    assert isinstance(notices(business)[0].id, UUID)
