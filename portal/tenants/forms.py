"""Reading what people type about a business."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from portal.errors import BadInput
from portal.fiscal.pins import parse_pin
from portal.identity.forms import read_email, read_secret
from portal.infra.forms import FormReader, parse_phone
from portal.tenants.values import BranchDetails, BusinessDetails, NewBusiness, SignUp

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_LINE = 60, 200, 20  # KRA's name, KRA's address, a line of the receipt


def read_business(form: FormReader) -> NewBusiness | None:
    """A business to open; None when something was refused."""
    name = form.text("business", LONGEST_NAME, required=_("Enter the business name, as KRA has it."))
    pin = form.read("pin", parse_pin, required=_("Enter the KRA PIN, like P051365947M."))
    phone = _read_phone(form)
    return NewBusiness(name=name, pin=pin, phone=phone) if name and pin and phone and not form.errors else None


def read_sign_up(form: FormReader, key: str) -> SignUp | None:
    """The five inputs of sign-up; None when something was refused."""
    business, email = read_business(form), read_email(form)
    password = read_secret(form, "password", _("Enter a password of 12 characters or more."))
    if business is None or email is None or form.errors:
        return None
    return SignUp(business=business, email=email, password=password, key=key)


def read_details(form: FormReader) -> BusinessDetails | None:
    """What the business says of itself; None when something was refused."""
    name = form.text("name", LONGEST_NAME, required=_("Enter the business name."))
    phone = _read_phone(form)
    address = form.text("address", LONGEST_ADDRESS)
    trade_name, top, bottom = (form.text(each, LONGEST_LINE) for each in ("trade_name", "top_message", "bottom_message"))
    if form.errors or not name or not phone:
        return None
    return BusinessDetails(
        name=name, phone=phone, address=address, trade_name=trade_name, top_message=top, bottom_message=bottom
    )


def read_branch(form: FormReader) -> BranchDetails | None:
    """What is printed for a branch; None when something was refused."""
    name = form.text("name", LONGEST_NAME, required=_("Enter the name of the branch, like Ngong Road."))
    address, phone = form.text("address", LONGEST_ADDRESS), form.read("phone", parse_phone)
    trade_name, top, bottom = (form.text(each, LONGEST_LINE) for each in ("trade_name", "top_message", "bottom_message"))
    paper = form.read("paper", parse_paper)
    if form.errors or not name:
        return None
    return BranchDetails(
        name=name, address=address, phone=phone, trade_name=trade_name, top_message=top, bottom_message=bottom, paper=paper
    )


def parse_paper(text: str) -> str:
    """The paper of receipts, `a4` or `roll`; raises BadInput for anything else."""
    if text not in ("a4", "roll"):
        raise BadInput(_("Choose A4 or 80 mm."))
    return text


def parse_branch_code(text: str) -> str:
    """KRA's two digits of a further branch, `1` read as `01`; raises BadInput for anything else and for 00."""
    code = text.strip()
    if not re.fullmatch(r"[0-9]{1,2}", code, re.ASCII):
        raise BadInput(_("Enter KRA's code of the branch: two digits, like 01."))
    if int(code) == 0:
        raise BadInput(_("00 is your head office. A further branch has a code from 01 on."))
    return code.zfill(2)


def read_vat(form: FormReader) -> bool | None:
    """The answer to *Are you registered for VAT?*; None when there was none."""
    answer = form.choice("registered", ("yes", "no"), _("Choose yes or no."))
    return None if answer is None else answer == "yes"


def _read_phone(form: FormReader) -> str | None:
    return form.read("phone", parse_phone, required=_("Enter a phone number, like 0712 345 678."))
