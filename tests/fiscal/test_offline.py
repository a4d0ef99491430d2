"""The 24-hour rule: a warning from 20 hours without word from KRA, closed from 24."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal.fiscal.offline import device_gate

CONTACT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silence", "state", "hours"),
    [
        (timedelta(0), "open", "0.0"),
        (timedelta(hours=20) - timedelta(microseconds=1), "open", "19.9"),
        (timedelta(hours=20), "warn", "20.0"),
        (timedelta(hours=24) - timedelta(microseconds=1), "warn", "23.9"),
        (timedelta(hours=24), "closed", "24.0"),
        (timedelta(days=30), "closed", "720.0"),
        (timedelta(minutes=-5), "open", "0.0"),
    ],
)
def test_the_gate_closes_after_24_hours_of_silence(silence, state, hours):
    gate = device_gate(CONTACT, CONTACT + silence)
    assert gate.state == state
    assert gate.hours == Decimal(hours)
    assert gate.closes_at == CONTACT + timedelta(hours=24)
    assert gate.may_issue == (state != "closed")


def test_a_device_that_never_had_contact_may_not_issue():
    gate = device_gate(None, CONTACT)
    assert (gate.state, gate.may_issue, gate.closes_at) == ("closed", False, None)
