"""Every transition of `RELIABILITY.md` §1 and no other, and what may change with it: the database refuses the rest."""

from __future__ import annotations

import itertools
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.lane import Till
from tests.support.stack import TestDatabase

STATES = ("queued", "sending", "unknown", "accepted", "refused", "held", "void")
ALLOWED = {
    ("queued", "queued"), ("unknown", "unknown"),
    ("queued", "sending"), ("queued", "refused"), ("queued", "void"),
    ("sending", "accepted"), ("sending", "refused"), ("sending", "queued"), ("sending", "unknown"),
    ("unknown", "accepted"), ("unknown", "queued"), ("unknown", "held"), ("unknown", "refused"),
    ("held", "accepted"), ("held", "queued"), ("held", "void"),
    ("refused", "queued"), ("refused", "void"),
}  # fmt: skip
BOUND = "sequence_no = 7, body = 'x', body_sha256 = sha256('x'), bound_at = now()"
UNBOUND = "sequence_no = NULL, body = NULL, body_sha256 = NULL, bound_at = NULL"
RECEIPT = (
    "receipt_no = 1, total_receipt_no = 1, internal_data = 'I', signature = 'S', signed_at = now(), sdc_id = 'K',"
    " mrc_number = 'M'"
)
NO_RECEIPT = (
    "receipt_no = NULL, total_receipt_no = NULL, internal_data = NULL, signature = NULL, signed_at = NULL, sdc_id = NULL,"
    " mrc_number = NULL"
)
LEASE = "lease_token = gen_random_uuid(), lease_until = now()"


def values_of(state: str) -> str:
    """What the constraints want of a sale in this state."""
    bound = UNBOUND if state in ("queued", "refused") else BOUND
    receipt = RECEIPT if state == "accepted" else NO_RECEIPT
    reason = "'spent'" if state == "held" else "NULL"
    return f"state = '{state}', {bound}, {receipt}, held_reason = {reason}, {LEASE}"


REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException, psycopg.errors.CheckViolation)


class Row:
    """One submission, put into any state as superuser and moved as `portal_app`."""

    def __init__(self, till: Till, dsns: TestDatabase) -> None:
        self.till, self.dsns, self.id = till, dsns, till.sells()

    def is_in(self, state: str) -> None:
        self.till.cleaner.connection.execute(f"UPDATE submission SET {values_of(state)}")

    def is_queued_with_its_number(self) -> None:
        self.is_in("queued")
        self.till.cleaner.connection.execute(f"UPDATE submission SET {BOUND}")

    def moves(self, change: str) -> bool:
        """Whether the database lets `portal_app` change it so; the change is rolled back."""
        with psycopg.connect(self.dsns.app_dsn) as connection:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(self.till.business.tenant_id)])
            try:
                done = connection.execute(f"UPDATE submission SET {change} WHERE id = %s", [self.id]).rowcount == 1
            except psycopg.errors.CheckViolation:
                done = False
            connection.rollback()
        return done


@pytest.fixture
def row(vscu: Till, database: TestDatabase) -> Row:
    return Row(vscu, database)


def test_each_move_is_allowed_or_refused_as_the_table_says(row: Row) -> None:
    wrong = []
    for before, after in itertools.product(STATES, STATES):
        row.is_in(before)
        keeps_number = (before, after) in {("queued", "queued"), ("queued", "void"), ("queued", "refused"), ("refused", "queued"),
                                           ("refused", "void")}  # fmt: skip
        change = values_of(after)
        if keeps_number:
            change = change.replace(BOUND, UNBOUND)
        elif after == "queued":
            change = change.replace(UNBOUND, "sequence_no = sequence_no")
        elif before != "queued":
            change = change.replace(BOUND, "sequence_no = sequence_no")
        if row.moves(change) != ((before, after) in ALLOWED):
            wrong.append((before, after))
    assert wrong == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("column", ["device_id", "subject_id", "kind", "waits_for", "queued_at"])
def test_what_a_submission_is_about_never_changes(row: Row, state: str, column: str) -> None:
    row.is_in(state)
    other: dict[str, str] = {
        "device_id": f"'{uuid4()}'", "subject_id": f"'{uuid4()}'", "kind": "'item'",
        "waits_for": f"ARRAY['{UUID(int=7)}']::uuid[]", "queued_at": "now() - interval '1 day'",
    }  # fmt: skip
    assert not row.moves(f"{column} = {other[column]}")


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("sending", "queued", True), ("sending", "refused", True), ("unknown", "refused", True), ("unknown", "queued", False),
        ("held", "queued", False), ("queued", "queued", False),
    ],
)  # fmt: skip
def test_a_number_is_cleared_by_a_definite_no_only(row: Row, before: str, after: str, may: bool) -> None:
    if before == "queued":
        row.is_queued_with_its_number()
    else:
        row.is_in(before)
    assert row.moves(f"state = '{after}', {UNBOUND}, held_reason = NULL") is may


def test_a_number_that_belongs_to_another_program_is_cleared_by_the_repair(row: Row) -> None:
    row.is_in("held")
    row.till.cleaner.connection.execute("UPDATE submission SET held_reason = 'device'")
    assert row.moves(f"state = 'queued', {UNBOUND}, held_reason = NULL")


@pytest.mark.parametrize("state", ["sending", "unknown", "held", "accepted", "queued"])
@pytest.mark.parametrize(
    "change", ["sequence_no = 8", "body = 'y', body_sha256 = sha256('y')", "bound_at = now() - interval '1 day'"]
)
def test_a_bound_number_and_its_bytes_never_become_others(row: Row, state: str, change: str) -> None:
    if state == "queued":
        row.is_queued_with_its_number()
    else:
        row.is_in(state)
    assert not row.moves(change)
    assert not row.moves(f"state = 'queued', {change}, held_reason = NULL, {NO_RECEIPT}")


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "held", "accepted"])
def test_a_receipt_is_written_with_the_acceptance_and_never_again(row: Row, state: str) -> None:
    row.is_in(state)
    assert not row.moves("signature = 'T'")
    assert not row.moves("receipt_no = 99")


def test_a_row_that_is_told_twice_is_refused(row: Row) -> None:
    with psycopg.connect(row.dsns.app_dsn) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(row.till.business.tenant_id)])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(
                "INSERT INTO submission (tenant_id, device_id, kind, subject_id) SELECT tenant_id, device_id, kind, subject_id"
                " FROM submission"
            )


@pytest.mark.parametrize("first", ["sending", "unknown", "cannot_tell"])
@pytest.mark.parametrize("second", ["sending", "unknown"])
def test_a_lane_has_one_doubt_at_a_time(row: Row, first: str, second: str) -> None:
    other = row.till.sells()
    row.till.cleaner.connection.execute(
        f"UPDATE submission SET {values_of('held' if first == 'cannot_tell' else first)} WHERE id = %s", [row.id]
    )
    if first == "cannot_tell":
        row.till.cleaner.connection.execute("UPDATE submission SET held_reason = 'cannot_tell' WHERE id = %s", [row.id])
    with pytest.raises(psycopg.errors.UniqueViolation):
        row.till.cleaner.connection.execute(
            f"UPDATE submission SET {values_of(second).replace('= 7', '= 8')} WHERE id = %s", [other]
        )


@pytest.mark.parametrize("table", ["attempt", "evidence", "counter_jump"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"])
def test_what_was_tried_and_answered_is_never_changed(vscu: Till, database: TestDatabase, table: str, verb: str) -> None:
    for dsn in (database.app_dsn, database.owner_dsn):
        with psycopg.connect(dsn) as connection:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(vscu.business.tenant_id)])
            vscu.sells()
            vscu.pumps()
            if table == "counter_jump":
                connection.execute(
                    "INSERT INTO counter_jump (tenant_id, scope_id, series, from_no, to_no)"
                    " SELECT tenant_id, scope_id, series, 1, 2 FROM counter WHERE series = 'invoice' AND scope_id = %s",
                    [vscu.business.device_id],
                )
            with pytest.raises(REFUSALS):
                connection.execute(verb.format(table))
