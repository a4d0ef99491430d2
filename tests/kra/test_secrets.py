"""The key of a control unit: never printed, pickled, recorded or repeated, whatever KRA says back."""

import copy
import json
import pickle
from dataclasses import asdict
from typing import Any

import pytest

from portal.kra.classify import Question, classify
from portal.kra.envelope import cut_secrets
from portal.kra.gateway import make_gateway
from portal.kra.operations import Operation, Transport
from portal.kra.payloads.canonical import canonical_json
from portal.kra.secret import Secret
from tests.kra.examples import IDENTITY, KEY, answered, documented
from tests.kra.listener import Listener, answers

QUESTION: Question[Any] = Question(operation=Operation.SAVE_ITEM, transport=Transport.OSCU, secrets=(KEY,))


def test_a_secret_shows_itself_on_demand_only() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    assert KEY not in f"{secret} {secret!r} {secret:>40} {[secret]} {IDENTITY!r}"


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, canonical_json, asdict])
def test_a_secret_cannot_be_copied_into_anything(copying: Any) -> None:
    with pytest.raises(TypeError):
        copying(IDENTITY if copying is asdict else Secret(KEY))


@pytest.mark.parametrize("body", [
    b'{"resultCd":"000","data":{"info":{"cmcKey":"K-1","intrlKey":"K-1","signKey":"K-1","sdcId":"S"}}}',
    b'{"a":[{"CMCKEY":"K-1"}]}',
    b'{"c\\u006dcKey":"K-1"}',
    b'{"resultCd":"000","data":{"info":{"cmcKey": "K-1","sd',
    b'{"resultCd":"000","data":{"info":{"cmcKey":"K-1',
    b"<p>cmcKey: K-1</p>",
    b"cmcKey=K-1&x=1",
    b"{'signKey': 'K-1'}",
    b'{"a":' * 600 + b'{"cmcKey":"K-1"}' + b"}" * 600,
    b'{"a":' * 50_000 + b'{"cmcKey":"K-1"',
])
def test_every_secret_field_is_cut_from_the_record(body: bytes) -> None:
    assert b"K-1" not in cut_secrets(body)


def test_our_own_key_is_cut_wherever_kra_repeats_it() -> None:
    answer = classify(answered({"message": f"Header cmcKey {KEY} is wrong", "trace": [f"x{KEY}y"]}, 400), QUESTION)
    assert KEY not in answer.message
    assert KEY.encode() not in answer.record


def test_without_a_secret_the_record_is_the_answer_byte_by_byte() -> None:
    body = b'{ "resultCd" : "910", "resultMsg": "Price 1.50 \xe2\x82\xac"}'
    assert classify(answered(body), QUESTION).record == body


def test_the_record_of_an_initialisation_keeps_the_units_ids_and_cuts_its_key() -> None:
    with Listener(answers(json.dumps(documented("initialise")["answer"]).encode())) as kra:
        answer = make_gateway("oscu", kra.url, IDENTITY, environment="simulator").initialise()
    assert answer.value is not None
    assert answer.value.communication_key is not None
    assert b"KRACU0400009999" in answer.record
    assert answer.value.communication_key.reveal().encode() not in answer.record
    assert answer.value.communication_key.reveal() not in repr(answer)


def test_a_record_is_never_longer_than_a_quarter_of_a_megabyte() -> None:
    assert len(cut_secrets(b"x" * 10**6)) == 256 * 1024
