"""Whatever is sent, a form is read: a value, or a sentence at its field with the typed text kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.errors import BadInput
from portal.fiscal.money import parse_money
from portal.infra.forms import FormReader, one_line, parse_email, parse_id, parse_phone, printable

ANYTHING = st.text(alphabet=st.characters(), max_size=300)


@pytest.fixture(autouse=True)
def in_app(session_app):
    """Sentences need the app's language."""
    with session_app.test_request_context():
        yield


def reader(*pairs):
    return FormReader(MultiDict(pairs))


def test_a_text_is_read_with_single_spaces_and_the_typed_form_is_kept():
    form = reader(("name", "  Lake   View "))
    assert form.text("name", 60) == "Lake View"
    assert form.typed == {"name": "  Lake   View "}
    assert form.errors == {}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x" * 10_240, "too long"),
        ("Sugar\x00", "cannot be printed"),
        ("Sugar\ud800", "cannot be printed"),
        ("\u202eraguS", "cannot be printed"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_at_its_field(typed, sentence):
    form = reader(("name", typed))
    assert form.text("name", 200) is None
    assert sentence in form.errors["name"]
    assert form.typed["name"]


def test_a_field_that_comes_twice_is_refused():
    form = reader(("name", "Sugar"), ("name", "Salt"))
    assert form.text("name", 60) is None
    assert form.errors == {"name": "This came twice. Fill it in once."}


def test_an_empty_field_is_nothing_unless_it_is_required():
    form = reader(("note", "   "))
    assert form.text("note", 60) is None and form.errors == {}
    assert form.text("name", 60, required="Enter a name.") is None
    assert form.errors == {"name": "Enter a name."}


def test_the_sentence_of_a_parser_stands_at_the_field():
    form = reader(("price", "-5"))
    assert form.read("price", parse_money) is None
    assert form.errors == {"price": "An amount cannot be negative."}


def test_an_error_that_is_no_sentence_is_a_fault_of_the_program():
    with pytest.raises(ZeroDivisionError):
        reader(("price", "5")).read("price", lambda _text: 1 // 0)


@pytest.mark.parametrize("typed", ["0712345678", "0712 345 678", "+254 712-345678", "254712345678", "712345678"])
def test_a_kenyan_number_is_kept_with_its_country(typed):
    assert parse_phone(typed) == "+254712345678"


def test_a_foreign_number_needs_its_plus():
    assert parse_phone("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize("typed", ["12", "call me", "0712345678 ext. 5", "9" * 50, "٠٧١٢٣٤٥٦٧٨", "\x00"])
def test_what_is_no_phone_number_is_refused(typed):
    with pytest.raises(BadInput, match="like 0712"):
        parse_phone(typed)


@pytest.mark.parametrize("typed", ["grace@example.com", " a.b+c@shop.co.ke "])
def test_an_address_for_mail_is_kept(typed):
    assert parse_email(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["grace", "a@b", "a@b..c", "a b@c.d", "a@c.d\nBcc: x@y.z", "a@-c.d", "<a@c.d>"])
def test_what_is_no_address_for_mail_is_refused(typed):
    with pytest.raises(BadInput, match=r"like grace@example\.com"):
        parse_email(typed)


@given(ANYTHING)
def test_no_text_breaks_the_reading(typed):
    for parse in (lambda text: one_line(text, 60), parse_phone, parse_email, parse_money):
        form = reader(("field", typed))
        value = form.read("field", parse)
        assert value is None or not form.errors
    assert "\x00" not in printable(typed)
    parse_id(typed)


@given(ANYTHING)
def test_a_text_that_is_kept_is_one_clean_line(typed):
    form = reader(("field", typed))
    kept = form.text("field", 60)
    assert kept is None or (kept == " ".join(kept.split()) and len(kept) <= 60 and kept == printable(kept))
