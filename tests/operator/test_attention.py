"""Who runs the portal sees what stands still in every business, oldest first, and acts only with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.audit.models import AuditRow
from portal.devices.models import Device
from portal.identity import operators
from portal.infra import doors
from portal.infra.crypto import sha256
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.operator import troubles
from portal.submissions.models import Submission
from tests.devices.test_pages import flat
from tests.support.people import PASSWORD, email_of, person_with_password, psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, Visitor, new_business, new_person, signed_in, visitor

OLD = "19 hours"


@pytest.fixture
def staff(app: Flask) -> Visitor:
    """A browser of somebody who runs the portal and belongs to no business."""
    with app.app_context(), acting_for_nobody():
        person_id = operators.add("amina@example.test", "the first test", PASSWORD)
    return signed_in(app, person_id)


def told(business: Business, dsns: TestDatabase, state: str, age: str, **more: Any) -> UUID:
    """Something KRA must be told, as old as that; a sale unless told otherwise."""
    usual: dict[str, Any] = {"kind": "sale", "subject_id": uuid4(), "state": state}
    if state in ("unknown", "held"):
        usual |= {"sequence_no": uuid4().int % 10**9 + 1, "body": b"{}", "body_sha256": sha256(b"{}"), "bound_at": db.func.now()}
    with business.app.app_context(), acting_for(business.tenant_id):
        row = Submission(tenant_id=business.tenant_id, device_id=business.device_id, **(usual | more))
        db.session.add(row)
        db.session.commit()
        row_id = row.id
    # The age of a submission never changes: only whoever goes past all rules makes one older.
    since = f"now() - interval '{age}'"
    older = f"queued_at = {since}, unknown_since = CASE WHEN state = 'unknown' THEN {since} END"
    psql(dsns, f"SET session_replication_role = replica; UPDATE submission SET {older} WHERE id = '{row_id}'")
    return row_id


def blocks(business: Business) -> None:
    with business.app.app_context(), acting_for(business.tenant_id):
        db.session.execute(text("UPDATE device SET status = 'blocked'"))
        db.session.commit()


def status(business: Business) -> str:
    with business.app.app_context(), acting_for(business.tenant_id):
        return db.session.execute(select(Device.status)).scalar_one()


def log(business: Business) -> list[tuple[str, str, str]]:
    with business.app.app_context(), acting_for(business.tenant_id):
        rows = db.session.execute(select(AuditRow).order_by(AuditRow.seq)).scalars()
        return [(row.actor, row.action, row.detail.get("reason", "")) for row in rows]


def about(business: Business, **more: object) -> dict[str, str]:
    return {name: str(value) for name, value in {"tenant": business.tenant_id, "device": business.device_id, **more}.items()}


# --- the list


def test_trouble_of_every_business_stands_in_one_list_oldest_first(app: Flask, dsns: TestDatabase, staff: Visitor) -> None:
    first, second = new_business(app), new_business(app)
    told(first, dsns, "refused", "1 hour", problem_code="910")
    told(second, dsns, "held", "3 hours", held_reason="spent")
    told(second, dsns, "queued", OLD)
    with app.app_context(), acting_for_nobody():
        found = troubles.troubles()
    assert [(each.tenant_id, each.state, each.code) for each in found] == [
        (second.tenant_id, "queued", None), (second.tenant_id, "held", None), (first.tenant_id, "refused", "910"),
    ]  # fmt: skip
    page = flat(staff.get("/operator/attention").text)
    for shown in ("Sale: Waiting, not signed.", "For 19 h 0 min", "its receipt is missing", "KRA refused it", "00 Head office"):
        assert shown in page, shown


@pytest.mark.parametrize(
    ("state", "age", "more", "listed"),
    [("queued", "17 hours 59 minutes", {}, False), ("queued", "18 hours 1 minute", {}, True),
     ("queued", "3 days", {"kind": "item"}, False), ("unknown", "29 minutes", {}, False), ("unknown", "31 minutes", {}, True),
     ("unknown", "31 minutes", {"kind": "stock_level", "sequence_no": None}, True), ("refused", "1 second", {}, True)],
)  # fmt: skip
def test_what_waits_is_listed_when_it_has_lasted(
    app: Flask, dsns: TestDatabase, state: str, age: str, more: dict[str, Any], listed: bool
) -> None:
    told(new_business(app), dsns, state, age, **more)
    with app.app_context(), acting_for_nobody():
        assert bool(troubles.troubles()) is listed


def test_a_day_is_red_and_days_are_counted() -> None:
    here: dict[str, Any] = {"tenant_id": uuid4(), "business": "B", "branch_code": "00", "branch_name": "H", "device_id": uuid4(),
                            "serial": "S", "transport": "vscu", "submission_id": uuid4(), "kind": "sale", "state": "queued",
                            "held_reason": None, "code": None, "since": None}  # fmt: skip
    young, old = (troubles.Trouble(**here, age=timedelta(hours=hours)) for hours in (23, 24))
    assert (young.is_red, old.is_red) == (False, True)


def test_the_doors_tell_nothing_of_a_document_and_the_app_sees_nothing_besides(app: Flask, dsns: TestDatabase) -> None:
    business = new_business(app)
    told(business, dsns, "refused", OLD, problem_message="P051234567X is not a PIN")
    with app.app_context(), acting_for_nobody():
        rows = [*doors.trouble_everywhere(10), *doors.units_that_stand_still(10)]
        assert db.session.execute(select(Submission.id)).all() == []
    assert "is not a PIN" not in repr(rows) and "body" not in rows[0] and "subject_id" not in rows[0]
    with psycopg.connect(dsns.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE portal_doors")


# --- the acts


def test_a_look_has_a_reason_that_stands_in_the_log_of_the_business(app: Flask, dsns: TestDatabase, staff: Visitor) -> None:
    business = new_business(app)
    row = told(business, dsns, "refused", "1 hour", problem_code="910", problem_message="<b>itemNm</b> is empty")
    without = staff.post("/operator/look", data=about(business, submission=row))
    assert without.status_code == 422 and "Say in a few words why." in without.text and log(business) == []
    page = staff.post("/operator/look", data=about(business, submission=row, reason="They called us"))
    assert page.status_code == 200 and "&lt;b&gt;itemNm&lt;/b&gt; is empty" in page.text
    assert log(business) == [("Amina (operator)", "sale looked at by an operator", "They called us")]


def test_a_repaired_unit_opens_with_a_reason_and_a_row_in_the_log(app: Flask, staff: Visitor) -> None:
    business = new_business(app)
    blocks(business)
    assert "The control unit is repaired" in staff.get("/operator/attention").text
    assert staff.post("/operator/units/repaired", data=about(business)).status_code == 422
    assert status(business) == "blocked"
    assert staff.post("/operator/units/repaired", data=about(business, reason="Keys restored")).status_code == 303
    assert status(business) == "ready"
    assert log(business) == [("Amina (operator)", "control unit repaired", "Keys restored")]
    assert staff.post("/operator/units/repaired", data=about(business, reason="Again")).status_code == 409


def test_the_address_of_a_vscu_is_set_within_the_allowed_hosts(app: Flask, dsns: TestDatabase, staff: Visitor) -> None:
    business = new_business(app)
    told(business, dsns, "refused", "1 hour")
    wrong = staff.post("/operator/units/address", data=about(business, url="http://10.0.0.9:8088", reason="Moved"))
    assert wrong.status_code == 422 and "not in KRA_VSCU_HOSTS" in wrong.text and "10.0.0.9" in wrong.text
    right = about(business, url="http://127.0.0.1:8099", reason="Moved")
    assert staff.post("/operator/units/address", data=right).status_code == 303
    assert ("Amina (operator)", "address of a control unit set", "Moved") in log(business)
    assert staff.post("/operator/units/address", data=about(business, url="", reason="Back")).status_code == 303


def test_acts_want_a_fresh_password_and_ids_that_belong_together(app: Flask, staff: Visitor) -> None:
    business, other = new_business(app), new_business(app)
    blocks(business)
    mixed = about(business, reason="x") | {"tenant": str(other.tenant_id)}
    assert staff.post("/operator/units/repaired", data=mixed).status_code == 404
    with app.app_context(), acting_for_nobody():
        db.session.execute(text("UPDATE person_session SET password_at = now() - interval '16 minutes'"))
        db.session.commit()
    asked = staff.post("/operator/units/repaired", data=about(business, reason="Keys restored"))
    assert asked.status_code == 422 and "Is it still you?" in asked.text and status(business) == "blocked"
    proved = about(business, reason="Keys restored", own_password=PASSWORD)
    assert staff.post("/operator/units/repaired", data=proved).status_code == 303
    assert status(business) == "ready"


# --- who is one


def test_an_owner_is_no_operator_and_an_operator_belongs_to_no_business(app: Flask, staff: Visitor) -> None:
    owner = new_business(app).client()
    assert owner.get("/operator/attention").status_code == 403
    assert 'href="/operator/attention"' not in owner.get("/switch").text
    assert 'href="/operator/attention"' in staff.get("/switch").text
    assert staff.get("/invoices").location.startswith("/switch")


def test_the_command_makes_lists_and_ends_operators(app: Flask) -> None:
    person_id = person_with_password(app)
    client, email, run = signed_in(app, person_id), email_of(app, person_id), app.test_cli_runner().invoke
    assert client.get("/operator/attention").status_code == 403
    assert run(args=["operators", "add", email, "--by", "root"]).exit_code == 0
    assert client.get("/operator/attention").status_code == 200
    assert f"{email}  since" in run(args=["operators", "list"]).output
    assert run(args=["operators", "remove", email]).exit_code == 0
    assert client.get("/operator/attention").status_code == 403
    assert run(args=["operators", "remove", email]).exit_code == 1


def test_somebody_new_gets_an_account_with_a_password_and_logs_in(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    for refused in (["nobody@example.test"], ["nobody@example.test", "--password", "short"], ["no address"]):
        assert run(args=["operators", "add", *refused]).exit_code == 1
    assert run(args=["operators", "add", "Juma@Example.test", "--password", PASSWORD]).exit_code == 0
    browser = visitor(app)
    assert browser.post("/login", data={"email": "juma@example.test", "password": PASSWORD}).status_code == 303
    assert browser.get("/operator/attention").status_code == 200


def test_nothing_else_makes_an_operator(app: Flask) -> None:
    client = signed_in(app, new_person(app))
    client.post("/account/name", data={"name": "Operator", "operator": "1", "platform_operator": "true"})
    assert client.get("/operator/attention").status_code == 403
