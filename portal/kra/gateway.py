"""The port: what a sales control unit can do for us, whichever kind it is."""

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Protocol

from portal.fiscal.environment import Environment
from portal.fiscal.frozen import Signature
from portal.kra.developer_gateway import Admission, DeveloperGateway
from portal.kra.device import WireGateway
from portal.kra.environments import check_address
from portal.kra.errors import NotOffered
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.oscu import OscuGateway
from portal.kra.outcomes import Answer
from portal.kra.values import (
    CodeList,
    DeviceKeys,
    ImportedItem,
    ItemClass,
    KnownBranch,
    KnownCustomer,
    KnownItem,
    Notice,
    OwnTaxpayer,
    StockTransfer,
    StoredSale,
    SupplierInvoice,
    Taxpayer,
)
from portal.kra.vscu import VscuGateway
from portal.kra.wire import Timeouts, Wire

STANDARD_TIMEOUTS = Timeouts()

_GATEWAYS: dict[Transport, type[WireGateway]] = {Transport.VSCU: VscuGateway, Transport.OSCU: OscuGateway}


class Doubt(StrEnum):
    """How a doubt after sending is settled on a device (ARCHITECTURE §4)."""

    LOOK_UP = "look_up"     # OSCU: ask KRA what it holds
    REPEAT = "repeat"       # VSCU: the same bytes and number again
    ASK = "ask"             # VSCU with repeats switched off: a person


class Gateway(Protocol):
    """One control unit; every call is one exchange and returns an Answer, whatever the network does."""

    @property
    def transport(self) -> Transport: ...
    identity: DeviceIdentity

    def tell(self, kind: SubmissionKind, body: bytes) -> Answer[Signature]: ...
    def initialise(self) -> Answer[DeviceKeys]: ...
    def code_lists(self, since: datetime | None = None) -> Answer[tuple[CodeList, ...]]: ...
    def item_classes(self, since: datetime | None = None) -> Answer[tuple[ItemClass, ...]]: ...
    def branches(self, since: datetime | None = None) -> Answer[tuple[KnownBranch, ...]]: ...
    def notices(self, since: datetime | None = None) -> Answer[tuple[Notice, ...]]: ...
    def taxpayer(self, pin: str) -> Answer[Taxpayer]: ...
    def items(self, since: datetime | None = None) -> Answer[tuple[KnownItem, ...]]: ...
    def imports(self, since: datetime | None = None) -> Answer[tuple[ImportedItem, ...]]: ...
    def purchases(self, since: datetime | None = None) -> Answer[tuple[SupplierInvoice, ...]]: ...
    def stock_moves(self, since: datetime | None = None) -> Answer[tuple[StockTransfer, ...]]: ...
    def look_up_sale(self, number: int) -> Answer[StoredSale]: ...
    def sales(self, since: datetime | None = None) -> Answer[tuple[StoredSale, ...]]: ...
    def customers(self, since: datetime | None = None) -> Answer[tuple[KnownCustomer, ...]]: ...
    def own_taxpayer(self) -> Answer[OwnTaxpayer]: ...


def make_gateway(
    transport: Transport | str,
    base_url: str,
    identity: DeviceIdentity,
    *,
    environment: Environment | str,
    timeouts: Timeouts = STANDARD_TIMEOUTS,
    wire: Wire | None = None,
    admission: Admission | None = None,
) -> Gateway:
    """Return the gateway of a device, or raise WrongEnvironment; connections are shared by all with equal timeouts.

    With an `admission` an OSCU is reached through KRA's developer gateway, whose address `base_url` is then.
    """
    kind = Transport(transport)
    address = check_address(base_url, kind, Environment(environment))
    if admission is not None:
        if kind is not Transport.OSCU:
            raise NotOffered("Only an online unit (OSCU) is reached through KRA's developer gateway.")
        check_address(admission.token_url, kind, Environment(environment))
        return DeveloperGateway(address, identity, wire or _shared_wire(timeouts), admission)
    return _GATEWAYS[kind](address, identity, wire or _shared_wire(timeouts))


def settles_doubt(transport: Transport | str, repeat: bool) -> Doubt:
    """Return how a doubt is settled; `repeat` is KRA_VSCU_REPEAT, False for `never`."""
    if Transport(transport) is Transport.OSCU:
        return Doubt.LOOK_UP
    return Doubt.REPEAT if repeat else Doubt.ASK


@cache
def _shared_wire(timeouts: Timeouts) -> Wire:
    return Wire(timeouts)
