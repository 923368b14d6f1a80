"""Calls to webhooks, made to real servers on this machine."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from enclave.actions.deliver_hooks import Letter
from enclave.outputs.hook_addresses import Reach
from enclave.wiring import posting
from enclave.wiring.posting import Poster

HERE = Reach(loopback=True)


@dataclass
class Other:
    """The other side. What it does with a call depends on the path."""

    port: int
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)


@contextmanager
def listening(trust: ssl.SSLContext | None = None) -> Iterator[Other]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            other.calls.append((self.path, dict(self.headers), body))
            if self.path == "/slow":
                other.let_go.wait()
            self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 204))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            if self.path == "/endless":
                other.let_go.wait()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    other = Other(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield other
    finally:
        other.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def poster() -> Poster:
    return Poster()


def letter(url: str, reach: Reach = HERE) -> Letter:
    return Letter(url, b'{"event":"E-1"}', {"Enclave-Event": "E-1"}, reach)


def test_a_call_says_what_it_is_to_say_to_whom_it_is_meant(poster: Poster) -> None:
    with listening() as other:
        assert list(poster([letter(f"http://localhost:{other.port}/here?of=mine")])) == [True]
    ((path, headers, body),) = other.calls
    assert (path, body) == ("/here?of=mine", b'{"event":"E-1"}')
    assert headers["Host"] == f"localhost:{other.port}"
    assert headers["Enclave-Event"] == "E-1"
    assert set(headers) == {"Host", "Enclave-Event", "User-Agent", "Accept-Encoding", "Accept", "Connection",
                            "Content-Length"}  # fmt: skip


@pytest.mark.parametrize("path", ["/moved", "/broken"])
def test_no_redirect_is_followed_and_no_error_is_taken_for_a_yes(poster: Poster, path: str) -> None:
    with listening() as other:
        assert list(poster([letter(f"http://127.0.0.1:{other.port}{path}")])) == [False]
    assert [called for called, _, _ in other.calls] == [path]


def test_nothing_of_an_answer_is_waited_for_but_its_status(poster: Poster) -> None:
    with listening() as other:
        assert list(poster([letter(f"http://127.0.0.1:{other.port}/endless")])) == [True]


def test_a_call_that_takes_too_long_is_given_up(poster: Poster, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as other, monkeypatch.context() as patched:
        patched.setattr(posting, "SECONDS", 0.2)
        assert list(poster([letter(f"http://127.0.0.1:{other.port}/slow")])) == [False]


def test_calls_are_made_at_once_and_one_that_fails_spoils_no_other(poster: Poster) -> None:
    with listening() as other:
        broken, good = (f"http://127.0.0.1:{other.port}{path}" for path in ("/broken", "/good"))
        assert list(poster([letter(broken), letter(good), letter(broken)])) == [False, True, False]


def test_nobody_who_listens_is_no_yes(poster: Poster) -> None:
    with listening() as other:
        port = other.port
    assert list(poster([letter(f"http://127.0.0.1:{port}/"), letter("https://")])) == [False, False]


def test_a_name_that_leads_to_this_machine_is_not_called(poster: Poster) -> None:
    """Whatever its name is, and whatever it was when the hook was made: what it resolves to now decides."""
    with listening() as other:
        addresses = [f"https://localhost:{other.port}/", f"http://127.0.0.1:{other.port}/"]
        assert list(poster([letter(address, Reach()) for address in addresses])) == [False, False]
    assert other.calls == []


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's certificate for a name, which signs itself; its public part is in `folder`."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    (folder / "public.pem").write_bytes(public)
    (folder / "both.pem").write_bytes(private + public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


@pytest.mark.parametrize(("name", "taken"), [("localhost", True), ("elsewhere.example", False)])
def test_a_certificate_has_to_be_for_the_name_that_was_given(tmp_path: Path, name: str, taken: bool) -> None:
    """The call goes to an address that was resolved before; the name is checked all the same."""
    with listening(certificate(tmp_path, name)) as other:
        poster = Poster()
        poster._trust = httpx2.create_ssl_context(trust_env=False)
        poster._trust.load_verify_locations(tmp_path / "public.pem")
        assert list(poster([letter(f"https://localhost:{other.port}/")])) == [taken]
    assert len(other.calls) == taken


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, poster: Poster) -> None:
    with listening(certificate(tmp_path, "localhost")) as other:
        assert list(poster([letter(f"https://localhost:{other.port}/")])) == [False]
    assert other.calls == []
