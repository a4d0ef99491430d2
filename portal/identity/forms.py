"""Reading what people type to come in."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.errors import BadInput
from portal.infra.forms import FormReader, parse_email


def address_in_small_letters(text: str) -> str:
    """The e-mail address as it is kept: ASCII, lower case; raises BadInput."""
    if not text.isascii():
        raise BadInput(_("Enter an e-mail address, like grace@example.com."))
    return parse_email(text).lower()


def read_email(form: FormReader) -> str | None:
    """The address in the field `email`, None when it was refused."""
    return form.read("email", address_in_small_letters, required=_("Enter your e-mail address."))


def read_secret(form: FormReader, name: str, required: str) -> str:
    """A password exactly as it was typed: every blank counts; '' when it was refused."""
    text = form.raw(name)
    form.typed.pop(name)  # a password is never shown again
    if not text:
        form.refuse(name, required)
    return "" if name in form.errors else text
