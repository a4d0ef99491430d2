"""What was typed is kept as it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sales.form_acts import act
from portal.sales.typed import MOST_ROWS, TypedInvoice

TEXT = st.text(max_size=300)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["buyer", "buyer_id", "pin", "phone", "prices", "discount", "has_discount", "branch", "l1-item", "l1-item_id", "l1-qty",
         "l1-prc", "l1-dc", "l2-qty", "p1-method", "p1-amount", "p2-ref"]
    ),
    TEXT,
)  # fmt: skip


@given(fields=FIELDS, rows=st.lists(st.sampled_from(["l1", "l2", "p1", "p2", "l1", "x9", "l-1", ""]) | TEXT))
def test_any_form_can_be_read_and_comes_back_from_the_draft_as_it_was(fields: dict[str, str], rows: list[str]):
    typed = TypedInvoice.read(fields, rows)
    content = json.loads(json.dumps(typed.to_content()))
    assert "\\u0000" not in json.dumps(content)
    assert TypedInvoice.from_content(content) == typed


@given(action=TEXT | st.sampled_from(["remove-line:l1", "remove-payment:p1", "add-line", "add-payment", "no-discount"]))
def test_no_button_leaves_the_form_without_a_line_or_a_payment(action: str):
    typed = act(TypedInvoice(), action)
    assert typed.lines
    assert typed.payments


def test_a_row_that_came_twice_is_one_row():
    typed = TypedInvoice.read({"l1-qty": "2"}, ["l1", "l1"])
    assert [line.quantity for line in typed.lines] == ["2"]


def test_a_new_line_keeps_the_ids_of_the_others():
    typed = TypedInvoice.read({"l1-qty": "1", "l7-qty": "7"}, ["l1", "l7"]).with_new_line()
    assert [line.row for line in typed.lines[:2]] == ["l1", "l7"]
    assert len({line.row for line in typed.lines}) == 3


@pytest.mark.parametrize("sent", ["cash_credit", "gold", "", "\x00"])
def test_only_offered_means_of_payment_are_taken(sent: str):
    assert TypedInvoice.read({"p1-method": sent}, ["p1"]).payments[0].method == "cash"


def test_a_flood_of_rows_is_cut_where_it_is_certain_to_be_refused():
    typed = TypedInvoice.read({}, [f"l{number}" for number in range(5000)])
    assert len(typed.lines) == MOST_ROWS
