"""A KRA that misbehaves, over real HTTP: each way has its class, and a doubt can be settled as the rules say."""

from decimal import Decimal

import pytest

from portal.fiscal.frozen import DocumentKind
from portal.fiscal.stock import MovementType
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.outcomes import Outcome
from tests.kra.examples import priced, sale
from tests.kra.shop import Shop, installed
from tests.support.simulator import SimulatorProcess


@pytest.mark.parametrize(("fault", "outcome", "silent"), [
    ("code:894", Outcome.AMBIGUOUS, True), ("code:899", Outcome.DUPLICATE, False), ("code:901", Outcome.DEVICE, False),
    ("code:910", Outcome.REFUSED, False), ("code:913", Outcome.REFUSED, False), ("code:921", Outcome.AMBIGUOUS, False),
    ("code:922", Outcome.REFUSED, False), ("code:990", Outcome.THROTTLED, False), ("code:994", Outcome.DUPLICATE, False),
    ("code:999", Outcome.AMBIGUOUS, False), ("code:E11", Outcome.DEVICE, False), ("code:777", Outcome.AMBIGUOUS, False),
    ("http:503", Outcome.AMBIGUOUS, True), ("http:504", Outcome.AMBIGUOUS, True), ("http:302", Outcome.AMBIGUOUS, True),
    ("http:429", Outcome.THROTTLED, True), ("http:404", Outcome.AMBIGUOUS, True), ("reset", Outcome.AMBIGUOUS, True),
    ("reset_after", Outcome.AMBIGUOUS, True), ("html", Outcome.AMBIGUOUS, True), ("empty", Outcome.AMBIGUOUS, True),
    ("broken_json", Outcome.AMBIGUOUS, True), ("wrong_echo", Outcome.AMBIGUOUS, False),
    ("no_signature", Outcome.AMBIGUOUS, False), ("huge", Outcome.AMBIGUOUS, True),
    ("duplicate_reply", Outcome.SUCCESS, False), ("slow:50", Outcome.SUCCESS, False),
    ("trickle:50", Outcome.SUCCESS, False), ("sequence_jump", Outcome.SUCCESS, False),
])
def test_whatever_goes_wrong_has_its_class(shop: Shop, fault: str, outcome: Outcome, silent: bool) -> None:
    shop.kra.control.next(fault, "save_sale", device={"tin": shop.identity.pin})
    answer = shop.sells(1)
    assert (answer.outcome, answer.silent) == (outcome, silent)
    assert (answer.value is not None) == (outcome is Outcome.SUCCESS)


@pytest.mark.parametrize("fault", ["timeout", "timeout_after", "late_commit:100", "trickle:60000"])
def test_an_answer_that_does_not_come_in_time_is_a_doubt(hasty: Shop, fault: str) -> None:
    hasty.kra.control.next(fault, "save_sale", device={"tin": hasty.identity.pin})
    answer = hasty.sells(1)
    assert (answer.outcome, answer.silent) == (Outcome.AMBIGUOUS, True)
    hasty.kra.control.heal()


def test_on_an_oscu_a_lost_answer_is_found_by_its_number(kra: SimulatorProcess) -> None:
    shop = installed(kra, Transport.OSCU)
    shop.registers()
    shop.moves(MovementType.ADJUSTMENT_IN, priced("100", "116"))
    assert shop.unit.look_up_sale(1).outcome is Outcome.EMPTY
    kra.control.next("reset_after", "save_sale", device={"tin": shop.identity.pin})
    body = shop.bytes_of(sale(), 1)
    assert shop.unit.tell(SubmissionKind.SALE, body).outcome is Outcome.AMBIGUOUS
    found = shop.unit.look_up_sale(1).value
    assert found is not None
    assert found.is_what_we_sent(body)
    assert found.signature is not None
    assert found.signature.signature == kra.control.ledger(tin=shop.identity.pin)[0]["rcptSign"]
    assert not found.is_what_we_sent(shop.bytes_of(sale(priced("2", "116")), 1))
    assert found.kind is DocumentKind.SALE
    [listed] = shop.unit.sales().value or ()
    assert (listed.number, listed.total_amount) == (1, Decimal(116))


def test_a_vscu_has_nothing_to_look_up_and_its_repeat_settles_a_sale_that_never_arrived(kra: SimulatorProcess) -> None:
    shop = installed(kra, Transport.VSCU)
    shop.registers()
    shop.moves(MovementType.ADJUSTMENT_IN, priced("100", "116"))
    kra.control.next("reset", "save_sale", device={"tin": shop.identity.pin})
    body = shop.bytes_of(sale(), 1)
    assert shop.unit.tell(SubmissionKind.SALE, body).outcome is Outcome.AMBIGUOUS
    assert shop.unit.tell(SubmissionKind.SALE, body).outcome is Outcome.SUCCESS


def test_kra_down_is_not_sent_or_silence_and_never_contact(shop: Shop) -> None:
    for how, outcome in (("reset", Outcome.AMBIGUOUS), ("http", Outcome.AMBIGUOUS)):
        shop.kra.control.down(how)
        answer = shop.sells(1)
        contact = shop.unit.notices()
        shop.kra.control.up()
        assert (answer.outcome, answer.silent, contact.authenticated) == (outcome, True, False)


def test_nobody_listening_is_not_sent(shop: Shop) -> None:
    shop.kra.control.down("refuse")
    answer = shop.sells(1)
    shop.kra.control.up()
    assert answer.outcome is Outcome.NOT_SENT


def test_an_offline_vscu_signs_but_its_look_ups_prove_no_contact(kra: SimulatorProcess) -> None:
    shop = installed(kra, Transport.VSCU)
    shop.registers()
    shop.moves(MovementType.ADJUSTMENT_IN, priced("100", "116"))
    kra.control.unit("offline", shop.identity.pin, hours=3)
    signed = shop.sells(1)
    assert (signed.outcome, signed.authenticated) == (Outcome.SUCCESS, False)
    assert not shop.unit.notices().authenticated
    kra.control.unit("online", shop.identity.pin)
    assert shop.unit.notices().authenticated
