"""Where mail goes is one URL; a mail really leaves over SMTP, lands in a folder, or is refused at the start."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.infra import mail
from portal.settings import SettingsError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("console:", {"MAIL_BACKEND": "console"}),
        ("memory:", {"MAIL_BACKEND": "locmem"}),
        ("file:var/mail", {"MAIL_BACKEND": "file", "MAIL_FILE_PATH": "var/mail"}),
        ("file:/var/mail", {"MAIL_BACKEND": "file", "MAIL_FILE_PATH": "/var/mail"}),
        ("smtp://u%40x:p%2Fw@mail.example:2525?tls=1", {"MAIL_SERVER": "mail.example", "MAIL_PORT": 2525,
         "MAIL_USERNAME": "u@x", "MAIL_PASSWORD": "p/w", "MAIL_USE_TLS": True, "MAIL_USE_SSL": False}),
        ("smtp://mail.example", {"MAIL_PORT": 587, "MAIL_USERNAME": None, "MAIL_USE_TLS": False}),
        ("smtps://mail.example", {"MAIL_PORT": 465, "MAIL_USE_SSL": True, "MAIL_USE_TLS": False}),
    ],
)  # fmt: skip
def test_a_mail_url_says_where_mail_goes(url: str, expected: dict[str, object]) -> None:
    assert expected.items() <= mail.config_of(url).items()


@pytest.mark.parametrize("url", ["", "pigeon:", "smtp:", "file:", "smtp://h:notaport", "smtp://u:secret@:25"])
def test_another_url_stops_the_start_and_its_password_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        mail.config_of(url)
    assert "MAIL_URL is one of" in str(refused.value)
    assert "secret" not in str(refused.value)


class PostOffice(socketserver.ThreadingTCPServer):
    """A server whose open conversations end with the test."""

    daemon_threads = True
    block_on_close = False


class Postman(socketserver.StreamRequestHandler):
    """Takes one mail, as an SMTP server does, and gives it to the test."""

    taken: list[str] = []

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()[:4]
            if command == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.taken.append("\n".join(lines))
            self.say("221 bye" if command == "QUIT" else "250 ok")
            if command == "QUIT":
                return

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def postman() -> Iterator[int]:
    Postman.taken.clear()
    server = PostOffice(("127.0.0.1", 0), Postman)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def portal_with(url: str) -> Flask:
    app = Flask("mailing")
    app.config.update(mail.config_of(url), MAIL_DEFAULT_SENDER="Risiti <no-reply@risiti.example>", MAIL_TIMEOUT=5)
    mail.mail.init_app(app)
    return app


def test_a_mail_leaves_over_smtp(postman: int) -> None:
    with portal_with(f"smtp://127.0.0.1:{postman}").app_context():
        mail.send("grace@mfano.example", "Habari", "Karibu Risiti")
    (taken,) = Postman.taken
    assert "To: grace@mfano.example" in taken and "Subject: Habari" in taken and "Karibu Risiti" in taken


def test_a_mail_lands_in_a_folder(tmp_path: Path) -> None:
    with portal_with(f"file:{tmp_path}").app_context():
        mail.send("grace@mfano.example", "Habari", "Karibu Risiti")
    (kept,) = tmp_path.iterdir()
    assert "Karibu Risiti" in kept.read_text()


def test_a_server_that_is_away_is_an_os_error(postman: int) -> None:
    with portal_with("smtp://127.0.0.1:1").app_context(), pytest.raises(OSError):
        mail.send("grace@mfano.example", "Habari", "Karibu Risiti")


def test_no_address_adds_a_line_to_the_head_of_a_mail(postman: int) -> None:
    with portal_with(f"smtp://127.0.0.1:{postman}").app_context(), pytest.raises(ValueError):
        mail.send("grace@mfano.example\nBcc: x@y.example", "Habari", "Karibu Risiti")
    assert Postman.taken == []
