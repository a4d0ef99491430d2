"""What proves contact with KRA itself for the 24-hour rule (RELIABILITY §7)."""

from typing import Any

import pytest

from portal.kra.classify import Question, classify
from portal.kra.operations import Operation, Transport
from tests.kra.examples import answered


def is_contact(code: str, operation: Operation = Operation.NOTICES, transport: Transport = Transport.VSCU,
               status: int = 200) -> bool:
    question: Question[Any] = Question(operation=operation, transport=transport)
    return classify(answered({"resultCd": code, "resultMsg": "", "data": None}, status), question).authenticated


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize("code", ["000", "001", "910", "990", "999"])
def test_an_answer_of_kra_to_a_look_up_counts_also_a_refusal(code: str, transport: Transport) -> None:
    assert is_contact(code, transport=transport)


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize("code", ["891", "892", "893", "894", "895", "896", "899", "E04", "E11", "E31", "900", "901",
                                  "01", "20", "99", "777", ""])
def test_an_answer_that_the_unit_may_have_made_itself_does_not(code: str, transport: Transport) -> None:
    assert not is_contact(code, transport=transport)


@pytest.mark.parametrize("operation", [operation for operation in Operation if operation.is_write])
def test_a_write_counts_on_an_oscu_and_never_on_a_vscu_which_signs_from_its_own_disk(operation: Operation) -> None:
    assert is_contact("000", operation, Transport.OSCU)
    assert not is_contact("000", operation, Transport.VSCU)


def test_a_vscu_may_know_by_itself_that_it_is_installed() -> None:
    assert not is_contact("902", Operation.INITIALISE)
    assert not is_contact("000", Operation.INITIALISE)


@pytest.mark.parametrize("status", [302, 500, 503, 504])
def test_a_fault_on_the_way_does_not_count(status: int) -> None:
    assert not is_contact("000", status=status)
