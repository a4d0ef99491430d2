"""The way that goes well: an issued sale is signed once, in order, and its receipt is kept."""

from tests.support.lane import Till


def test_an_issued_sale_is_signed_once_and_its_receipt_is_kept(till: Till) -> None:
    sale = till.sells("116.00")
    till.pumps()
    row = till.row(sale)
    (signed,) = till.ledger()
    assert row.state == "accepted"
    assert (row.sequence_no, row.signature, row.internal_data) == (1, signed["rcptSign"], signed["intrlData"])
    assert (row.receipt_no, row.total_receipt_no, row.sdc_id) == (1, 1, signed["sdcId"])


def test_sales_are_signed_in_the_order_of_their_issue(till: Till) -> None:
    sales = [till.sells(f"{amount}.00") for amount in (10, 20, 30, 40)]
    till.pumps()
    assert [till.row(sale).sequence_no for sale in sales] == [1, 2, 3, 4]
    assert [signed["totAmt"] for signed in till.ledger()] == [10, 20, 30, 40]
