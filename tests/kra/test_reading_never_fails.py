"""Whatever rows KRA sends, reading them raises nothing: a bad row is left out, a bad answer is a doubt."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_of

from portal.kra import lists, trades
from portal.kra.answers import read_keys, read_signature
from portal.kra.classify import Question, Reader, classify
from portal.kra.exchange import Exchange
from portal.kra.operations import Operation, Transport
from tests.kra.examples import IDENTITY, documented

READERS: dict[str, tuple[str, Reader[Any]]] = {
    "code_lists": ("clsList", lists.read_code_lists),
    "item_classes": ("itemClsList", lists.read_item_classes),
    "taxpayer": ("custList", lambda envelope: lists.read_taxpayer(envelope, "P000000002Y")),
    "branches": ("bhfList", lists.read_branches),
    "notices": ("noticeList", lists.read_notices),
    "items": ("itemList", lists.read_items),
    "imports": ("itemList", trades.read_imports),
    "purchases": ("saleList", trades.read_purchases),
    "customers": ("custList", lists.read_customers),
    "look_up_sale": ("salesList", lambda envelope: trades.read_stored_sale(envelope, IDENTITY, 9)),
    "sales": ("saleList", lists.reader_of("salesList", trades.sale_reader(IDENTITY), "saleList")),
}

odd = any_of.recursive(
    any_of.sampled_from([None, True, False, "", " ", "-1", "NaN", "Infinity", "1e999999", "1_0", "\u0661\u0662", "\x00",
                         "\ud800", "20269999", "2026-09-18", 10**40, -(10**40), 1e300, -0.0, "x" * 5000])
    | any_of.text(max_size=20) | any_of.integers() | any_of.floats(allow_nan=False, allow_infinity=False),
    lambda inner: any_of.lists(inner, max_size=3) | any_of.dictionaries(any_of.text(max_size=5), inner, max_size=3),
    max_leaves=5)


def spoilt(value: Any, draw: any_of.DrawFn) -> Any:
    """Return the value with some of its parts replaced by odd ones."""
    if draw(any_of.integers(0, 5)) == 0:
        return draw(odd)
    if isinstance(value, dict):
        return {key: spoilt(item, draw) for key, item in value.items() if draw(any_of.integers(0, 9))}
    if isinstance(value, list):
        return [spoilt(item, draw) for item in value]
    return value


def ask(reader: Reader[Any], answer: Any) -> Any:
    question: Question[Any] = Question(operation=Operation.NOTICES, transport=Transport.OSCU, reader=reader, when_empty=())
    return classify(Exchange(sent=True, status=200, body=json.dumps(answer, default=float).encode()), question)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=any_of.data())
def test_a_spoilt_answer_is_read_as_far_as_it_goes(name: str, data: any_of.DataObject) -> None:
    field, reader = READERS[name]
    answer = documented(name)["answer"]
    [row] = answer["data"][field]
    answer["data"][field] = [spoilt(row, data.draw), row]
    found = ask(reader, answer)
    assert found.rows >= found.unreadable >= 0
    rows = found.value if isinstance(found.value, tuple) else [found.value] if found.value else []
    stored = json.dumps([asdict(value) for value in rows], default=str, ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()       # encode() raises for half a surrogate pair
    assert "\\u0000" not in stored


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=any_of.data())
def test_a_spoilt_initialisation_or_receipt_raises_nothing(data: any_of.DataObject) -> None:
    for transport in Transport:
        ask(lambda envelope, kind=transport: read_keys(envelope, kind), spoilt(documented("initialise")["answer"], data.draw))
    ask(lambda envelope: read_signature(envelope, IDENTITY), spoilt(documented("sale_oscu")["answer"], data.draw))
