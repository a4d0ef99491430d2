"""KRA hands a key out once: it is kept encrypted, bound to its row, and seen nowhere else."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.devices.models import DeviceKey
from portal.devices.units import control_unit, stored_key
from portal.infra.crypto import CryptoError
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from tests.devices.newcomer import Newcomer, new_newcomer, work
from tests.support.stack import TestDatabase

NAMES = ("communication", "internal", "signing")


@pytest.fixture
def keys(newcomer: Newcomer) -> dict[str, str]:
    """The three keys of a device that has just been set up, decrypted."""
    work()
    found = {name: stored_key(newcomer.tenant_id, newcomer.device_id, name) for name in NAMES}
    db.session.rollback()
    return {name: key.reveal() for name, key in found.items() if key is not None}


def test_all_keys_are_kept_and_can_be_read_by_a_worker(keys: dict[str, str]) -> None:
    assert sorted(keys) == sorted(NAMES)
    assert len(set(keys.values())) == 3


def test_the_database_holds_ciphertext_only(keys: dict[str, str], dsns: TestDatabase) -> None:
    with psycopg.connect(dsns.superuser_dsn) as connection:
        tables = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        dump = "".join(
            str(connection.execute(f'SELECT coalesce(json_agg(t), \'[]\') FROM "{name}" t').fetchone())
            for (name,) in tables.fetchall()
        )
    assert "KRACU03" in dump
    assert not [name for name, key in keys.items() if key in dump]


def test_keys_are_in_no_log(newcomer: Newcomer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    work()
    written = capfd.readouterr()
    for name in NAMES:
        key = stored_key(newcomer.tenant_id, newcomer.device_id, name)
        assert key is not None
        assert key.reveal() not in written.out + written.err + caplog.text
        assert key.reveal() not in repr(key) and "***" in repr(key)


def test_a_ciphertext_moved_to_another_device_is_refused(app: Flask, newcomer: Newcomer, keys: dict[str, str]) -> None:
    sealed = db.session.execute(select(DeviceKey.ciphertext).where(DeviceKey.name == "communication")).scalar_one()
    db.session.rollback()
    other = new_newcomer(app)
    with acting_for(other.tenant_id):
        with transaction():
            row = DeviceKey(tenant_id=other.tenant_id, device_id=other.device_id, name="communication", ciphertext=sealed)
            db.session.add(row)
        with pytest.raises(CryptoError):
            stored_key(other.tenant_id, other.device_id, "communication")


def test_a_ciphertext_under_another_name_is_refused(newcomer: Newcomer, keys: dict[str, str]) -> None:
    with transaction():
        db.session.execute(text("DELETE FROM device_key WHERE name = 'internal'"))
        db.session.execute(text("UPDATE device_key SET name = 'internal' WHERE name = 'signing'"))
    with pytest.raises(CryptoError):
        stored_key(newcomer.tenant_id, newcomer.device_id, "internal")


@pytest.mark.parametrize("spoil", ["left(ciphertext, -4) || 'AAAA'", "left(ciphertext, -8)", "'v1|gone|AAAA|AAAA'", "'v1|'"])
def test_a_damaged_ciphertext_is_refused(newcomer: Newcomer, keys: dict[str, str], spoil: str) -> None:
    with transaction():
        db.session.execute(text(f"UPDATE device_key SET ciphertext = {spoil} WHERE name = 'signing'"))
    with pytest.raises(CryptoError) as refused:
        stored_key(newcomer.tenant_id, newcomer.device_id, "signing")
    assert keys["signing"] not in str(refused.value)


def test_another_business_finds_no_key(app: Flask, newcomer: Newcomer, keys: dict[str, str]) -> None:
    other = new_newcomer(app)
    db.session.rollback()
    with acting_for(other.tenant_id):
        assert stored_key(newcomer.tenant_id, newcomer.device_id, "communication") is None


def test_an_unreadable_key_stops_an_oscu_in_words(newcomer: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE device SET transport = 'oscu'"))
    work()
    with transaction():
        db.session.execute(text("UPDATE device_key SET ciphertext = 'v1|gone|AAAA|AAAA'"))
        db.session.execute(text("UPDATE setup_step SET state = 'waiting' WHERE name = 'notices'"))
        db.session.execute(text("UPDATE outbox SET done_at = NULL, not_before = now()"))
    work()
    assert newcomer.steps()["notices"] == "failed"
    assert "cannot be read" in (newcomer.step("notices").message or "")


def test_a_gateway_of_a_vscu_carries_no_key(newcomer: Newcomer, keys: dict[str, str]) -> None:
    assert control_unit(newcomer.device).gateway().identity.communication_key is None
