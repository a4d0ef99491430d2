"""What a person types about a customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from uuid import UUID, uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.customers.models import Customer
from portal.fiscal.pins import parse_pin
from portal.infra.forms import FormReader, parse_email, parse_id, parse_phone

LONGEST_NAME, LONGEST_EMAIL, LONGEST_ADDRESS = 60, 50, 200  # KRA's lengths


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer as typed and checked; a PIN has the right form, KRA alone knows whether it exists.

    `id` comes from the form, so that a second press makes no second customer.
    """

    name: str
    pin: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(slots=True)
class CustomerForm:
    """The form: what stands in its fields, the sentence at each refused one, and the value when there is none."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    value: NewCustomer | None = None

    def without_errors(self) -> Self:
        """The form as typed, judged by nothing but the PIN: it was not sent to be saved."""
        return type(self)(self.typed, {name: said for name, said in self.errors.items() if name == "pin"})

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """Each refused field's id on the page with its sentence."""
        return [(f"customer-{name}", sentence) for name, sentence in self.errors.items()]

    @classmethod
    def blank(cls, name: str = "", pin: str = "") -> Self:
        """An empty form, or one that knows what was searched for."""
        return cls({"id": str(uuid4()), "name": name, "pin": pin, "phone": "", "email": "", "address": ""})

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """The form of a customer we have."""
        names = ("name", "pin", "phone", "email", "address")
        return cls({name: getattr(customer, name) or "" for name in names})

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """The form as it was sent."""
        reader = FormReader(sent)
        customer_id = parse_id(reader.raw("id")) or uuid4()
        name = reader.text("name", LONGEST_NAME, required=_("Enter the customer's name."))
        pin = reader.read("pin", parse_pin)
        phone = reader.read("phone", parse_phone)
        email = reader.read("email", lambda text: parse_email(text, LONGEST_EMAIL))
        address = reader.text("address", LONGEST_ADDRESS)
        form = cls(reader.typed, reader.errors)
        if name and not form.errors:
            form.value = NewCustomer(id=customer_id, name=name, pin=pin, phone=phone, email=email, address=address)
        return form
