"""Credit notes: many partial ones, capped by quantity and by money (COMPLIANCE §4)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.credit import CreditError, credit_everything, credit_lines, remaining
from portal.fiscal.money import to_cents
from tests.fiscal.examples import credit_note, credited, line, mixed_sale, sale_of


def _money(note):
    return [one.priced.total_amount for one in note.lines]


def test_four_of_ten_toners_take_their_share_of_the_discount():
    sold = sale_of(line("10", "250.00", "B", percent="12.5"))
    (one,) = credited(sold, line_1="4").lines
    assert (one.priced.supply_amount, one.priced.discount_amount) == (Decimal("1000.00"), Decimal("125.00"))
    assert one.priced.total_amount == Decimal("875.00")
    assert (one.priced.taxable_amount, one.priced.tax_amount) == (Decimal("754.31"), Decimal("120.69"))
    assert one.priced.discount_rate == Decimal("12.50")


def test_the_note_that_takes_the_last_of_a_line_takes_what_is_left_of_its_money():
    sold = sale_of(line("1.5", "33.33", "B"))
    first = credited(sold, line_1="0.5")
    second = credited(sold, first, line_1="0.5")
    last = credited(sold, first, second, line_1="0.5")
    assert [_money(note) for note in (first, second, last)] == [
        [Decimal("16.67")],
        [Decimal("16.67")],
        [Decimal("16.66")],
    ]
    assert last.lines[0].priced.supply_amount == Decimal("16.67")
    assert last.lines[0].priced.discount_amount == Decimal("0.01")
    assert sum(note.priced.total_amount for note in (first, second, last)) == sold.priced.total_amount


def test_tax_may_differ_by_a_cent_from_one_note_for_all():
    sold = sale_of(line("3", "9.99", "B"))
    notes = []
    for _ in range(3):
        notes.append(credited(sold, *notes, line_1="1"))
    assert sum(note.priced.tax_amount for note in notes) == Decimal("4.14")
    assert credit_note(sold, credit_everything(sold)).priced.tax_amount == Decimal("4.13")


def test_a_credited_line_is_the_line_of_the_sale_and_names_it():
    sold = mixed_sale()
    (one,) = credited(sold, line_5="2.5").lines
    original = sold.lines[4]
    assert one.original_line == 5
    assert (one.item_id, one.name, one.class_code) == (original.item_id, original.name, original.class_code)
    assert (one.priced.band, one.priced.price, one.priced.rate) == (
        original.priced.band,
        original.priced.price,
        original.priced.rate,
    )


def test_crediting_everything_takes_back_the_whole_sale():
    sold = mixed_sale()
    note = credit_note(sold, credit_everything(sold))
    assert note.priced.total_amount == sold.priced.total_amount
    assert note.priced.tax_amount == sold.priced.tax_amount
    assert not any(left.is_open for left in remaining(sold, [note]))


def test_crediting_everything_after_a_partial_note_takes_the_rest():
    sold = mixed_sale()
    first = credited(sold, line_1="2", line_6="3")
    rest = credit_note(sold, credit_everything(sold, [first]))
    assert [one.original_line for one in rest.lines] == [2, 3, 4, 5, 6]
    assert first.priced.total_amount + rest.priced.total_amount == sold.priced.total_amount


def test_what_is_left_is_known_per_line():
    sold = sale_of(line("10", "250.00", "B", percent="12.5"), line("1", "50.00", "A"))
    left = remaining(sold, [credited(sold, line_1="4")])
    assert [(one.number, one.quantity, one.amount) for one in left] == [
        (1, Decimal(6), Decimal("1312.50")),
        (2, Decimal(1), Decimal("50.00")),
    ]


@pytest.mark.parametrize(
    ("quantities", "sentence", "number"),
    [
        ({1: "3"}, "Line 1: only 2 is left to credit", 1),
        ({1: "-1"}, "more than 0", 1),
        ({1: "NaN"}, "more than 0", 1),
        ({1: "0.00001"}, "at most 4 decimals", 1),
        ({7: "1"}, "no such line", 7),
        ({0: "1"}, "no such line", 0),
        ({1: "0"}, "at least one line", None),
        ({}, "at least one line", None),
    ],
)
def test_what_goes_over_a_cap_is_refused_with_its_line(quantities, sentence, number):
    with pytest.raises(CreditError, match=sentence) as refusal:
        credit_lines(mixed_sale(), [], {line: Decimal(quantity) for line, quantity in quantities.items()})
    assert refusal.value.line == number


def test_a_line_is_credited_once():
    sold = mixed_sale()
    note = credited(sold, line_4="1")
    with pytest.raises(CreditError, match="credited already"):
        credit_lines(sold, [note], {4: Decimal(1)})
    with pytest.raises(CreditError, match="Nothing is left"):
        credit_everything(sold, [credit_note(sold, credit_everything(sold))])


def test_a_credit_note_is_never_credited():
    sold = mixed_sale()
    with pytest.raises(CreditError, match="Only a sale"):
        credit_lines(credited(sold, line_1="1"), [], {1: Decimal(1)})


def test_a_fraction_of_a_cent_that_fits_no_note_stays_with_the_sale():
    # A quarter of a cent rounds to nothing, and KRA recomputes price times quantity: no note can carry the cent.
    sold = sale_of(line("1", "0.01", "B"))
    notes = []
    for _ in range(4):
        notes.append(credited(sold, *notes, line_1="0.25"))
    assert sum(note.priced.total_amount for note in notes) == 0


@given(st.data())
def test_credit_notes_together_never_exceed_the_sale(data):
    quantity = data.draw(st.decimals("0.01", 50, places=2), "quantity")
    price = data.draw(st.decimals("0.01", 500, places=2), "price")
    percent = data.draw(st.none() | st.decimals(0, 100, places=2), "discount")
    sold = sale_of(line(str(quantity), str(price), "B", percent=None if percent is None else str(percent)))
    notes = []
    while (left := remaining(sold, notes)[0]).is_open and len(notes) < 6:
        part = left.quantity if len(notes) == 5 else data.draw(st.decimals("0.01", left.quantity, places=2), "part")
        notes.append(credited(sold, *notes, line_1=str(part)))
    taken = sum(note.priced.total_amount for note in notes)
    assert 0 <= sold.priced.total_amount - taken <= Decimal("0.01") * len(notes)
    assert sum(note.lines[0].priced.quantity for note in notes) == quantity


@given(st.decimals("0.01", 50, places=2), st.decimals(1, 500, places=2), st.decimals(0, 100, places=2))
def test_a_partial_credit_is_priced_as_kra_recomputes_it(quantity, price, percent):
    sold = sale_of(line(str(quantity + 1), str(price), "B", percent=str(percent)))
    one = credited(sold, line_1=str(quantity)).lines[0].priced
    assert one.supply_amount == to_cents(one.price * quantity)
    assert one.total_amount == one.supply_amount - one.discount_amount
    assert (one.discount_rate == 0) == (one.discount_amount == 0)
