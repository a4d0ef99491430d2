"""Branch records to bytes (PROTOCOL §7.1): customers, users and insurers; saving one again updates it."""

from dataclasses import dataclass

from portal.fiscal.frozen import Operator
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.payloads import fields
from portal.kra.payloads.canonical import canonical_json

_NO_PASSWORD = "x"  # noqa: S105  # the protocol has the field; a real password is never sent


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchCustomer:
    """A buyer as the branch tells KRA; KRA refuses one without a PIN."""

    number: str
    pin: str
    name: str
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    in_use: bool = True
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchUser:
    """A person who bills at the branch."""

    id: str
    name: str
    role: str | None = None
    contact: str | None = None
    in_use: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """An insurer of a pharmacy's customers and the whole per cent it pays."""

    code: str
    name: str
    share: int
    in_use: bool = True


def branch_customer_body(customer: BranchCustomer, *, identity: DeviceIdentity, operator: Operator) -> bytes:
    """Return the bytes that save a customer of the branch; raises PayloadError."""
    return canonical_json({
        **fields.asker(identity),
        "custNo": fields.text("customer number", customer.number, 9),
        "custTin": fields.pin("customer's PIN", fields.text("customer's PIN", customer.pin, 11)),
        "custNm": fields.text("customer's name", customer.name, 60),
        "adrs": fields.optional_text("customer's address", customer.address, 300),
        "telNo": fields.optional_text("customer's phone number", customer.phone, 20),
        "email": fields.optional_text("customer's e-mail address", customer.email, 50),
        "faxNo": None,
        "useYn": fields.flag(customer.in_use),
        "remark": fields.optional_text("remark", customer.remark, 1000),
        **fields.made_by(operator.id, operator.name),
    })


def branch_user_body(user: BranchUser, *, identity: DeviceIdentity, operator: Operator) -> bytes:
    """Return the bytes that save a user of the branch; raises PayloadError."""
    return canonical_json({
        **fields.asker(identity),
        "userId": fields.text("user's id", user.id, 20),
        "userNm": fields.text("user's name", user.name, 60),
        "pwd": _NO_PASSWORD,
        "adrs": None,
        "cntc": fields.optional_text("user's contact", user.contact, 20),
        "authCd": fields.optional_text("user's role", user.role, 100),
        "remark": None,
        "useYn": fields.flag(user.in_use),
        **fields.made_by(operator.id, operator.name),
    })


def insurer_body(insurer: Insurer, *, identity: DeviceIdentity, operator: Operator) -> bytes:
    """Return the bytes that save an insurer; raises PayloadError."""
    if not 0 <= insurer.share <= 100:
        raise PayloadError("insurer's share", "The insurer's share must be a whole number from 0 to 100.")
    return canonical_json({
        **fields.asker(identity),
        "isrccCd": fields.text("insurer's code", insurer.code, 10),
        "isrccNm": fields.text("insurer's name", insurer.name, 100),
        "isrcRt": insurer.share,
        "useYn": fields.flag(insurer.in_use),
        **fields.made_by(operator.id, operator.name),
    })
