"""Fields say what they want, to eyes and to screen readers alike."""

from datetime import date
from decimal import Decimal

import pytest

MACROS = {
    "field": '{{ ui.field("x", "Name", %s) }}',
    "money": '{{ ui.money("x", "Name", %s) }}',
    "quantity": '{{ ui.quantity("x", "Name", %s) }}',
    "pin": '{{ ui.pin("x", "Name", %s) }}',
    "phone": '{{ ui.phone("x", "Name", %s) }}',
    "email": '{{ ui.email("x", "Name", %s) }}',
    "date": '{{ ui.date("x", "Name", %s) }}',
    "text_area": '{{ ui.text_area("x", "Name", %s) }}',
    "password": '{{ ui.password("x", "Name", %s) }}',
    "select": '{{ ui.select("x", "Name", [("1", "One")], %s) }}',
    "combobox": '{{ ui.combobox("x", "Name", url="/search", %s) }}',
}
every_field = pytest.mark.parametrize("source", MACROS.values(), ids=MACROS)


def control(markup):
    return next(e for e in markup.elements if e.tag in ("input", "select", "textarea") and e.get("id") == "x")


@every_field
def test_a_field_has_a_visible_label_of_its_own(draw, source):
    markup = draw(source % "")
    label = markup.one("label", for_="x")
    assert label.text.strip() == "Name"
    assert "visually-hidden" not in label.classes
    assert control(markup).get("name") == "x"


@every_field
def test_hint_and_error_are_read_out_with_the_field(draw, source):
    markup = draw(source % 'hint="How", error="What to do"')
    field = control(markup)
    assert field.get("aria-describedby") == "x-hint x-err"
    assert markup.by_id("x-hint").text == "How"
    assert markup.by_id("x-err").text.strip() == "What to do"
    assert field.get("aria-invalid") == "true"
    assert "is-invalid" in field.classes


@every_field
def test_label_hint_error_and_input_stand_in_this_order(draw, source):
    markup = draw(source % 'hint="How", error="What to do"')
    parts = [markup.one("label"), markup.by_id("x-hint"), markup.by_id("x-err"), control(markup)]
    assert sorted(parts, key=markup.elements.index) == parts


@every_field
def test_a_field_without_hint_and_error_points_at_nothing(draw, source):
    field = control(draw(source % ""))
    assert "aria-describedby" not in field.attributes
    assert "aria-invalid" not in field.attributes


@every_field
def test_the_group_can_be_swapped_alone(draw, source):
    assert draw(source % "").elements[0].get("id") == "x-field"


@every_field
def test_a_field_tells_the_browser_what_to_fill_in(draw, source):
    field = control(draw(source % ""))
    assert field.get("autocomplete") or field.tag == "textarea"


def test_an_optional_field_says_so(draw):
    assert "(optional)" in draw('{{ ui.field("x", "Name", optional=true) }}').one("label").text


def test_what_a_person_typed_is_shown_as_text_and_not_as_markup(draw):
    markup = draw('{{ ui.field("x", "Name", value, error=value) }}', value='"><script>alert(1)</script>')
    assert control(markup).get("value") == '"><script>alert(1)</script>'
    assert not markup.all("script")


@pytest.mark.parametrize(("value", "shown"), [(Decimal("1500"), "1,500.00"), ("a lot", "a lot"), (None, ""), ("", "")])
def test_money_shows_an_amount_in_full_and_a_slip_as_it_was_typed(draw, value, shown):
    field = control(draw('{{ ui.money("x", "Paid", value) }}', value=value))
    assert field.get("value") == shown
    assert field.get("inputmode") == "decimal"
    assert field.get("type") == "text"


def test_money_says_its_currency_unless_the_column_does(draw):
    assert draw('{{ ui.money("x", "Paid") }}').one(class_="input-group-text").text == "Ksh"
    assert not draw('{{ ui.money("x", "Paid", prefix="") }}').all(class_="input-group-text")


def test_a_pin_is_typed_in_capitals_and_leaves_room_for_spaces(draw):
    field = control(draw('{{ ui.pin("x", "KRA PIN", attrs={"data-y": "1"}) }}'))
    assert field.get("autocapitalize") == "characters"
    assert field.get("data-y") == "1"
    assert int(field.get("maxlength")) > 11


def test_a_good_pin_looks_right_and_a_bad_one_never_does(draw):
    assert "looks right" in draw('{{ ui.pin("x", "PIN", good="This looks right.") }}').one(role="status").text
    assert not draw('{{ ui.pin("x", "PIN", good="This looks right.", error="Enter 11") }}').all(role="status")


def test_a_phone_brings_up_the_digits(draw):
    assert control(draw('{{ ui.phone("x", "Phone") }}')).get("type") == "tel"


def test_a_date_has_its_limits(draw):
    field = control(draw('{{ ui.date("x", "Due", day, earliest=day) }}', day=date(2026, 11, 20)))
    assert (field.get("type"), field.get("value"), field.get("min")) == ("date", "2026-11-20", "2026-11-20")


def test_a_password_is_never_filled_in_again_and_suits_a_password_manager(draw):
    field = control(draw('{{ ui.password("x", "Password", new=true) }}'))
    assert "value" not in field.attributes
    assert field.get("autocomplete") == "new-password"
    assert control(draw('{{ ui.password("x", "Password") }}')).get("autocomplete") == "current-password"


def test_the_show_button_does_not_send_the_form_and_names_its_field(draw):
    button = draw('{{ ui.password("x", "Password") }}').one("button")
    assert button.get("type") == "button"
    assert button.get("aria-controls") == "x"
    assert button.text.split() == ["Show", "Password"]


def test_an_inline_check_swaps_its_own_group_when_the_person_is_done(draw):
    field = control(draw('{{ ui.pin("x", "PIN", check="/check") }}'))
    assert field.get("hx-post") == "/check"
    assert field.get("hx-trigger") == "change"
    assert field.get("hx-target") == "#x-field"


def test_in_a_line_of_an_invoice_the_error_stands_under_the_input(draw):
    markup = draw('{{ ui.quantity("x", "Quantity", below=true, error="Enter a quantity") }}')
    assert markup.elements.index(markup.by_id("x-err")) > markup.elements.index(control(markup))
    assert control(markup).get("aria-describedby") == "x-err"


def test_a_select_marks_the_choice_whatever_its_type(draw):
    markup = draw('{{ ui.select("x", "Branch", [(1, "One"), (2, "Two")], "2", blank="All") }}')
    assert [option.text for option in markup.all("option", selected="")] == ["Two"]
    assert markup.all("option")[0].text == "All"


def test_a_select_can_be_grouped(draw):
    markup = draw('{{ ui.select("x", "Class", [{"label": "Food", "options": [("1", "Milk")]}]) }}')
    assert markup.one("optgroup").get("label") == "Food"


def test_radios_are_one_question_with_several_labelled_answers(draw):
    answers = [("yes", "Yes", "Bands A to E"), ("no", "No")]
    markup = draw('{{ ui.radios("vat", "Registered?", answers, "no", hint="h", error="Choose") }}', answers=answers)
    assert markup.one("legend").text == "Registered?"
    assert markup.one("fieldset").get("aria-describedby") == "vat-hint vat-err"
    answers = markup.all("input", type="radio")
    assert [answer.get("value") for answer in answers] == ["yes", "no"]
    assert "checked" in answers[1].attributes
    assert all(markup.one("label", for_=answer.get("id")) for answer in answers)
    assert answers[0].get("id") == "vat", "the error summary links to the first answer"


def test_a_checkbox_is_large_enough_to_press_and_keeps_its_state(draw):
    markup = draw('{{ ui.checkbox("x", "Restock", true, hint="How") }}')
    box = control(markup)
    assert "checked" in box.attributes
    assert box.get("aria-describedby") == "x-hint"
    assert "chk" in markup.one("label").classes


def test_a_combobox_follows_the_aria_pattern(draw):
    markup = draw('{{ ui.combobox("x", "Customer", "Baraka", "c1", "/customers/search") }}')
    field = control(markup)
    assert field.get("role") == "combobox"
    assert field.get("aria-expanded") == "false"
    assert field.get("aria-autocomplete") == "list"
    assert markup.by_id(field.get("aria-controls")).get("role") == "listbox"
    assert markup.one("input", type="hidden").get("name") == "x_id"
    assert markup.one("input", type="hidden").get("value") == "c1"
    assert field.get("hx-get") == "/customers/search"


def test_rows_of_a_combobox_are_options_with_ids(draw):
    rows = [{"value": "c1", "text": "Baraka", "sub": "A000000000Q", "exact": True}]
    options = draw('{{ ui.combobox_options("x", rows, add="Add “Bar”") }}', rows=rows).all("li", role="option")
    assert [option.get("data-value") for option in options] == ["new", "c1"]
    assert len({option.get("id") for option in options}) == 2
    assert "data-exact" in options[1].attributes
