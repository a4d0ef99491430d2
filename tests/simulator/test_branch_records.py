"""Customers, users and insurers of a branch (PROTOCOL §7.1), and the customer list of OSCU (§5.10)."""

import pytest

from tests.simulator.shop import Shop, example


@pytest.mark.parametrize("operation", ["save_branch_customer", "save_branch_user", "save_insurer"])
def test_saving_the_same_key_again_changes_the_record(any_shop: Shop, operation: str) -> None:
    for _ in range(2):
        any_shop.must(operation, example(operation))
    assert any_shop.answer(operation, example(operation, modrNm=""))["resultCd"] == "910"


def test_a_customer_needs_a_pin(any_shop: Shop) -> None:
    answer = any_shop.answer("save_branch_customer", example("save_branch_customer", custTin=None))
    assert answer["resultMsg"] == "custTin cannot be empty or Null"


def test_a_customer_number_has_nine_characters(any_shop: Shop) -> None:
    answer = any_shop.answer("save_branch_customer", example("save_branch_customer", custNo="1234567890"))
    assert answer["resultMsg"] == "Request parameter error[custNo : size must be between 0 and 9]"


def test_an_insurers_share_is_a_whole_per_cent(any_shop: Shop) -> None:
    assert any_shop.answer("save_insurer", example("save_insurer", isrcRt=12.5))["resultCd"] == "910"


def test_saved_customers_are_listed_at_the_oscu_door(oscu_shop: Shop) -> None:
    assert oscu_shop.look_up("customer_list")["resultCd"] == "001"
    oscu_shop.must("save_branch_customer", example("save_branch_customer", custNm="OLD NAME"))
    oscu_shop.must("save_branch_customer", example("save_branch_customer"))
    (row,) = oscu_shop.look_up("customer_list")["data"]["custList"]
    assert (row["custNo"], row["custTin"], row["custNm"]) == ("0001", "P000000002Y", "EXAMPLE BUYER LTD")
