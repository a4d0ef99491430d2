"""What a person tells us about a business, checked and ready to be kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBusiness:
    """A business to open; `pin` and `phone` are parsed, `transport` is the kind of its first control unit."""

    name: str
    pin: str
    phone: str
    transport: str = "vscu"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """A person and their business; `key` makes a second press of the same form the first one."""

    business: NewBusiness
    email: str
    password: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDetails:
    """What the owner says of the business and of its head office; texts are printed on receipts."""

    name: str
    phone: str
    address: str | None
    trade_name: str | None
    top_message: str | None
    bottom_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchDetails:
    """What is printed for a branch; its code is KRA's and never changes."""

    name: str
    address: str | None = None
    phone: str | None = None
    trade_name: str | None = None
    top_message: str | None = None
    bottom_message: str | None = None
    paper: str | None = None  # a4 or roll; None leaves it as it is
