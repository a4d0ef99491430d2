"""The wire against real sockets that behave badly: one try, one deadline, and NOT_SENT only when that is proved."""

import datetime
import ipaddress
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.kra.exchange import Exchange
from portal.kra.wire import Timeouts, Wire
from tests.kra.listener import Listener, Request, answers, http

YES = {"resultCd": "000", "resultMsg": "Successful", "resultDt": "20260918110253", "data": None}
SHORT = Timeouts(connect=0.4, total=0.6)


def post(listener: Listener, wire: Wire | None = None) -> Exchange:
    return (wire or Wire(SHORT)).post(f"{listener.url}/trnsSales/saveSales", b"{}", {})


def test_an_answer_comes_back_as_status_and_body() -> None:
    with Listener(answers(YES)) as kra:
        exchange = post(kra)
    assert (exchange.sent, exchange.status, json.loads(exchange.body)) == (True, 200, YES)
    assert kra.requests[0].headers["content-type"] == "application/json; charset=utf-8"
    assert kra.requests[0].headers["accept-encoding"] == "identity"


def test_a_trickled_answer_ends_at_the_deadline() -> None:
    def trickle(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not kra.ended.wait(0.05):
            connection.sendall(b" ")

    with Listener(trickle) as kra:
        started = time.monotonic()
        exchange = post(kra)
        took = time.monotonic() - started
    assert exchange.sent
    assert "within 0.6 seconds" in exchange.failure
    assert took < 2


def test_headers_that_trickle_end_at_the_deadline_too() -> None:
    def trickle(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        number = 0
        while not kra.ended.wait(0.05):
            number += 1
            connection.sendall(f"X-{number}: 1\r\n".encode())

    with Listener(trickle) as kra:
        exchange = post(kra)
    assert exchange.sent
    assert "within 0.6 seconds" in exchange.failure


def test_silence_after_the_request_is_a_doubt() -> None:
    with Listener(lambda connection, request: None) as kra:
        exchange = post(kra)
    assert exchange.sent
    assert exchange.failure


def test_a_reset_after_the_request_is_a_doubt_and_is_not_sent_again() -> None:
    def reset(connection: socket.socket, request: Request) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with Listener(reset) as kra:
        exchange = post(kra)
    assert exchange.sent
    assert exchange.failure == "The connection broke before the answer was complete."
    assert len(kra.requests) == 1


@pytest.mark.parametrize("missing", [1, 50])
def test_an_answer_shorter_than_it_says_is_a_doubt(missing: int) -> None:
    def cut(connection: socket.socket, request: Request) -> None:
        connection.sendall(http(json.dumps(YES).encode())[:-missing])
        connection.close()

    with Listener(cut) as kra:
        assert post(kra).failure == "The connection broke before the answer was complete."


def test_half_an_answer_without_a_length_arrives_as_half_json() -> None:
    def cut(connection: socket.socket, request: Request) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"resultCd": "000", "da')
        connection.close()

    with Listener(cut) as kra:
        assert post(kra).body == b'{"resultCd": "000", "da'


def test_words_that_are_no_http_are_a_doubt() -> None:
    def babble(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
        connection.close()

    with Listener(babble) as kra:
        exchange = post(kra)
    assert exchange.sent
    assert exchange.failure


def test_a_redirect_is_not_followed() -> None:
    with Listener(answers(YES)) as elsewhere, Listener(answers({}, 307, Location=elsewhere.url)) as kra:
        assert post(kra).status == 307
    assert elsewhere.requests == []


def test_an_endless_answer_is_cut_at_the_cap() -> None:
    def flood(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not kra.ended.is_set():
            connection.sendall(b"10000\r\n" + b"7" * 0x10000 + b"\r\n")

    with Listener(flood) as kra:
        exchange = Wire(Timeouts(1, 20), answer_cap=300_000).post(kra.url, b"{}", {})
    assert exchange.failure == "The answer was too long."


def test_an_answer_as_long_as_the_cap_is_read() -> None:
    with Listener(answers(b"7" * 300_000)) as kra:
        exchange = Wire(Timeouts(1, 20), answer_cap=300_000).post(kra.url, b"{}", {})
    assert (len(exchange.body), exchange.failure) == (300_000, "")


def test_a_refused_connection_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    exchange = Wire(SHORT).post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert not exchange.sent
    assert "refused" in exchange.failure


def test_an_unknown_name_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    exchange = Wire(SHORT).post("http://vscu.test:8088/", b"{}", {})
    assert not exchange.sent
    assert "could not be found" in exchange.failure


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue is full, so that a connection to it is neither taken nor refused."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        yield door.getsockname()[1]
        for caller in waiting:
            caller.close()


def test_a_connection_that_is_not_taken_in_time_is_not_sent(deaf_port: int) -> None:
    exchange = Wire(SHORT).post(f"http://127.0.0.1:{deaf_port}/", b"{}", {})
    assert not exchange.sent
    assert "in time" in exchange.failure


def test_the_whole_deadline_limits_connecting_too(deaf_port: int) -> None:
    started = time.monotonic()
    exchange = Wire(Timeouts(connect=30, total=0.3)).post(f"http://127.0.0.1:{deaf_port}/", b"{}", {})
    assert not exchange.sent
    assert time.monotonic() - started < 3


def test_tls_with_a_server_that_speaks_plain_http_is_not_sent() -> None:
    with Listener(answers(YES)) as kra:
        exchange = Wire(SHORT).post(f"https://127.0.0.1:{kra.port}/", b"{}", {})
    assert not exchange.sent
    assert kra.requests == []


def test_a_handshake_that_hangs_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        exchange = Wire(Timeouts(connect=5, total=0.4)).post(f"https://127.0.0.1:{door.getsockname()[1]}/", b"{}", {})
    assert not exchange.sent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    signed = (builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
              .not_valid_after(now + datetime.timedelta(days=1)).add_extension(address, critical=False)
              .sign(key, hashes.SHA256()))
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


def test_an_untrusted_certificate_is_not_sent(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Listener(answers(YES), tls=context) as kra:
        exchange = post(kra)
    assert not exchange.sent
    assert "safe connection" in exchange.failure
    assert kra.requests == []


def test_over_tls_the_deadline_ends_a_trickled_answer_as_a_doubt(certificate: Path) -> None:
    def trickle(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not kra.ended.wait(0.05):
            connection.sendall(b" ")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wire = Wire(SHORT, authorities=str(certificate))
    with Listener(trickle, tls=context) as kra:
        exchange = post(kra, wire)
    assert exchange.sent
    assert "within 0.6 seconds" in exchange.failure


def test_one_connection_serves_many_calls() -> None:
    wire = Wire(SHORT)
    with Listener(answers(YES)) as kra:
        assert [post(kra, wire).status for _ in range(3)] == [200, 200, 200]
    assert kra.connections == 1


def test_each_thread_has_its_own_connection() -> None:
    wire = Wire(SHORT)
    with Listener(answers(YES)) as kra:
        threads = [threading.Thread(target=post, args=(kra, wire)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert kra.connections == 3


def test_a_connection_the_server_has_closed_meanwhile_is_replaced_before_anything_is_sent() -> None:
    closed = threading.Event()

    def once(connection: socket.socket, request: Request) -> None:
        connection.sendall(http(json.dumps(YES).encode()))
        connection.close()
        closed.set()

    wire = Wire(SHORT)
    with Listener(once) as kra:
        assert post(kra, wire).status == 200
        assert closed.wait(5)
        assert post(kra, wire).status == 200
    assert len(kra.requests) == 2


def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one() -> None:
    count = iter(range(1, 10))

    def stutter(connection: socket.socket, request: Request) -> None:
        answer = http(json.dumps({"resultCd": "000", "n": next(count), "pad": "7" * 20_000}).encode())
        connection.sendall(answer + answer)

    wire = Wire(SHORT)
    with Listener(stutter) as kra:
        assert [json.loads(post(kra, wire).body)["n"] for _ in range(3)] == [1, 2, 3]


def test_the_environment_cannot_put_a_proxy_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Listener(answers(YES)) as kra:
        assert post(kra).status == 200


def test_a_cookie_is_not_kept() -> None:
    wire = Wire(SHORT)
    with Listener(answers(YES, Set_Cookie="session=1")) as kra:
        post(kra, wire)
        post(kra, wire)
    assert "cookie" not in kra.requests[1].headers


def test_a_key_that_cannot_be_a_header_is_not_sent_and_not_repeated_in_words() -> None:
    with Listener(answers(YES)) as kra:
        exchange = Wire(SHORT).post(kra.url, b"{}", {"cmcKey": "CANARY\r\nX: 1"})
    assert not exchange.sent
    assert "CANARY" not in exchange.failure
    assert kra.requests == []


@pytest.mark.parametrize(("said", "seconds"), [("7", 7), ("99999999", 3600), ("Fri, 18 Sep 2026", None), ("-1", None)])
def test_retry_after_is_read_in_seconds_only(said: str, seconds: int | None) -> None:
    with Listener(answers({}, 429, Retry_After=said)) as kra:
        assert post(kra).retry_after == seconds
