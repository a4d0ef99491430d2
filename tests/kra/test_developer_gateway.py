"""The third door: the main job through KRA's developer gateway, with its tokens, on the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from portal.fiscal.stock import MovementType
from portal.kra.developer_gateway import Admission, DeveloperGateway, Tokens
from portal.kra.errors import NotOffered, WrongEnvironment
from portal.kra.exchange import Exchange
from portal.kra.gateway import Doubt, make_gateway, settles_doubt
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.outcomes import Outcome
from portal.kra.payloads import stock_level_body
from portal.kra.secret import Secret
from portal.kra.wire import Timeouts, Wire
from tests.kra.examples import credit_note, priced, sale
from tests.kra.shop import Shop, new_identity
from tests.support.simulator import SimulatorProcess

SECRET = "the-consumers-secret"


@pytest.fixture(scope="module")
def kra() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as running:
        yield running


def admission(kra: SimulatorProcess, **more: str) -> Admission:
    usual = {"consumer_key": "consumer", "application": "app-1", "token_url": f"{kra.url}/v1/token/generate"} | more
    return Admission(consumer_secret=Secret(SECRET), **usual)


def door(kra: SimulatorProcess) -> str:
    return f"{kra.url}/etims-oscu/api/v1"


@pytest.fixture
def shop(kra: SimulatorProcess) -> Shop:
    """A business whose control unit was installed through the gateway, with a hundred pieces in stock."""
    identity = new_identity()
    first = make_gateway("oscu", door(kra), identity, environment="simulator", admission=admission(kra))
    keys = first.initialise().value
    assert keys is not None
    known = replace(identity, communication_key=keys.communication_key, sdc_id=keys.sdc_id, mrc_number=keys.mrc_number)
    unit = make_gateway("oscu", door(kra), known, environment="simulator", admission=admission(kra))
    opened = Shop(unit, known, kra)
    assert opened.registers().outcome is Outcome.SUCCESS
    assert opened.moves(MovementType.ADJUSTMENT_IN, priced("100", "116")).outcome is Outcome.SUCCESS
    level = stock_level_body(code=opened.code, quantity=Decimal(100), **opened.by)
    assert opened.unit.tell(SubmissionKind.STOCK_LEVEL, level).outcome is Outcome.SUCCESS
    return opened


def test_the_main_job_goes_through_the_gateway(shop: Shop) -> None:
    signed = shop.sells(1, priced("2", "116")).value
    assert signed is not None and signed.sdc_id == shop.identity.sdc_id
    note = shop.bytes_of(credit_note(lines=sale(priced("1", "116")).document.lines), 2, original_number=1)
    assert shop.unit.tell(SubmissionKind.CREDIT_NOTE, note).value is not None
    stored = shop.unit.look_up_sale(1)
    assert stored.value is not None and stored.value.is_what_we_sent(shop.bytes_of(sale(priced("2", "116")), 1))
    assert [row["rcptTyCd"] for row in shop.kra.control.ledger(tin=shop.identity.pin)] == ["S", "R"]


def test_every_look_up_is_read_and_counts_as_contact(shop: Shop) -> None:
    unit = shop.unit
    answers = (unit.code_lists(), unit.item_classes(), unit.branches(), unit.notices(), unit.items(), unit.imports(),
               unit.purchases(), unit.stock_moves(), unit.sales(), unit.customers(), unit.own_taxpayer(),
               unit.taxpayer("P051234567Q"))  # fmt: skip
    assert all(answer.ok and answer.authenticated and answer.unreadable == 0 for answer in answers)
    assert unit.taxpayer("P051234560Z").outcome is Outcome.EMPTY


def test_refusals_in_the_wrapping_are_understood(shop: Shop) -> None:
    wrong = shop.sells(7)
    assert (wrong.outcome, wrong.expected_number) == (Outcome.SEQUENCE, 1)
    short = shop.sells(1, priced("500", "116"))
    assert (short.outcome, short.message) == (Outcome.REFUSED, "You dont have sufficient stock for this Transaction")


def test_a_repeat_is_a_doubt_that_is_looked_up() -> None:
    assert settles_doubt(Transport.OSCU, repeat=True) is Doubt.LOOK_UP


class Counting(Wire):
    """A wire that counts its calls."""

    def __init__(self) -> None:
        super().__init__(Timeouts())
        self.posts: list[str] = []

    def post(self, url: str, body: bytes, headers: object) -> Exchange:
        self.posts.append(headers["Authorization"])  # type: ignore[index]
        return super().post(url, body, headers)  # type: ignore[arg-type]


def test_one_token_serves_many_calls_and_a_refused_one_is_replaced_without_anything_sent(
    shop: Shop, kra: SimulatorProcess
) -> None:
    tokens, wire = Tokens(), Counting()
    unit = DeveloperGateway(door(kra), shop.identity, wire, admission(kra), tokens)
    assert unit.notices().ok and unit.notices().ok
    assert wire.posts[0] == wire.posts[1]
    tokens._held[admission(kra).name] = ("one-that-kra-took-back", float("inf"))
    turned_away = unit.tell(SubmissionKind.SALE, shop.bytes_of(sale(), 1))
    assert (turned_away.outcome, turned_away.silent) == (Outcome.NOT_SENT, False)
    assert unit.tell(SubmissionKind.SALE, shop.bytes_of(sale(), 1)).outcome is Outcome.SUCCESS
    assert len(shop.kra.control.ledger(tin=shop.identity.pin)) == 1


@pytest.mark.parametrize("token_url", ["http://127.0.0.1:9/v1/token/generate", "{kra}/nothing/here"])
def test_without_a_token_nothing_is_sent(shop: Shop, kra: SimulatorProcess, token_url: str) -> None:
    pass_ = admission(kra, token_url=token_url.replace("{kra}", kra.url))
    unit = DeveloperGateway(door(kra), shop.identity, Wire(), pass_, Tokens())
    assert unit.tell(SubmissionKind.SALE, shop.bytes_of(sale(), 1)).outcome is Outcome.NOT_SENT
    assert shop.kra.control.ledger(tin=shop.identity.pin) == []


def test_an_admission_shows_no_secret_and_fits_an_oscu_of_its_environment_only(kra: SimulatorProcess) -> None:
    pass_ = admission(kra)
    assert SECRET not in repr(pass_) and "consumer" not in repr(pass_)
    with pytest.raises(NotOffered):
        make_gateway("vscu", door(kra), new_identity(), environment="simulator", admission=pass_)
    with pytest.raises(WrongEnvironment):
        make_gateway("oscu", "https://sbx.kra.go.ke/etims-oscu/api/v1", new_identity(), environment="production", admission=pass_)
    with pytest.raises(WrongEnvironment):
        make_gateway("oscu", "https://sbx.kra.go.ke/etims-oscu/api/v1", new_identity(), environment="sandbox", admission=pass_)
