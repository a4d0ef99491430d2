"""A shop that talks to the simulator through the port, for tests of the whole way."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from portal.fiscal.frozen import Issued, Signature
from portal.fiscal.moments import kenyan_date
from portal.fiscal.priced import PricedLine
from portal.fiscal.stock import MovementType
from portal.kra.gateway import Gateway, make_gateway
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.outcomes import Answer
from portal.kra.payloads import StockLine, StockMovement, item_body, sale_body, stock_movement_body
from portal.kra.wire import Timeouts, Wire
from tests.kra.examples import GOODS, TILL, sale
from tests.support.simulator import SimulatorProcess

Told = Answer[Signature]

_pins = count(100_000_001)


def new_identity(serial: str = "SHOP00TILL01") -> DeviceIdentity:
    """Return a device of a business KRA has not met."""
    return DeviceIdentity(pin=f"P{next(_pins)}X", branch_code="00", serial=serial)


@dataclass
class Shop:
    """A business with one control unit, one item and the numbers it is at."""

    unit: Gateway
    identity: DeviceIdentity
    kra: SimulatorProcess
    code: str = "KE2NTNO0000001"
    movements: int = 0

    @property
    def by(self) -> dict[str, Any]:
        return {"identity": self.identity, "operator": TILL}

    def registers(self, code: str = "KE2NTNO0000001") -> Told:
        return self.unit.tell(SubmissionKind.ITEM, item_body(GOODS, code=code, **self.by))

    def moves(self, kind: MovementType, line: PricedLine) -> Told:
        self.movements += 1
        goods = StockLine(code=self.code, name=GOODS.name, class_code=GOODS.class_code, package_unit="NT",
                          quantity_unit="NO", priced=line)
        movement = StockMovement(movement_type=kind, occurred_on=kenyan_date(datetime.now(UTC)), lines=(goods,))
        body = stock_movement_body(movement, number=self.movements, **self.by)
        return self.unit.tell(SubmissionKind.STOCK_MOVEMENT, body)

    def bytes_of(self, issued: Issued, number: int, **more: Any) -> bytes:
        """Return the bytes of a document of the examples, as this shop's and issued a moment ago."""
        seller = replace(issued.document.seller, pin=self.identity.pin)
        mine = replace(issued, document=replace(issued.document, seller=seller),
                       issued_at=datetime.now(UTC) - timedelta(seconds=2))
        return sale_body(mine, number=number, identity=self.identity, transport=self.unit.transport,
                         item_codes={"goods": self.code}, **more)

    def sells(self, number: int, line: PricedLine | None = None) -> Told:
        return self.unit.tell(SubmissionKind.SALE, self.bytes_of(sale(*([line] if line else [])), number))


def installed(kra: SimulatorProcess, transport: Transport, **timeouts: float) -> Shop:
    """Return a new business whose control unit was just initialised."""
    url = kra.oscu_url if transport is Transport.OSCU else kra.url
    identity = new_identity()
    wire = Wire(Timeouts(**timeouts)) if timeouts else Wire()
    keys = make_gateway(transport, url, identity, environment="simulator", wire=wire).initialise().value
    assert keys is not None
    known = replace(identity, communication_key=keys.communication_key, sdc_id=keys.sdc_id, mrc_number=keys.mrc_number)
    return Shop(make_gateway(transport, url, known, environment="simulator", wire=wire), known, kra)
