"""`enclave witness` from the terminal, over HTTP, against a home; what it signs is published and checked."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enclave.audit import verify as verifier
from enclave.cli.main import app
from enclave.wiring.home import Home, make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.records import open_records
from tests.support.acts import ask
from tests.support.records import FakeClock, without_waiting_for_the_disk


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with one entry on record."""
    without_waiting_for_the_disk(monkeypatch)
    made = make_home(tmp_path / "home", policies=packaged_policies())
    another_entry(made)
    return made


@pytest.fixture
def url(home: Home) -> Iterator[str]:
    """The public files of the home, as a service has them."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home.state))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def another_entry(home: Home) -> None:
    with open_records(home, clock=FakeClock()) as store:
        ask(store)


def run(*words: object) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    return ran.exit_code, ran.stdout, ran.stderr


def new(home: Home, folder: Path) -> str:
    code, out, err = run(
        "witness", "new", folder, "--name", "w.test/1", "--key", home.state / "audit" / "log.vkey"
    )
    assert (code, err) == (0, "")
    return out.strip()


def test_what_a_witness_signs_is_published_and_both_verifiers_ask_for_it(
    home: Home, url: str, tmp_path: Path
) -> None:
    key, signed = new(home, tmp_path / "w"), tmp_path / "signed"
    asked = ("audit", "verify", "--home", home.root, "--witness", key)
    assert run(*asked)[0] == 1
    assert run("witness", "look", tmp_path / "w", url, "--out", signed) == (0, "", "")
    code, out, _ = run("audit", "cosign", signed, "--home", home.root, "--witness", key)
    assert (code, out) == (0, f"Published as /audit/cosigned/{key.split('+')[1]}; signed entries: 1.\n")
    another_entry(home)
    code, out, _ = run(*asked)
    assert (code, "A witness has seen its first 1 entries.\n" in out) == (0, True)
    alone = [sys.executable, "-I", verifier.__file__, str(home.state / "audit"), "--witness", key]
    ended = subprocess.run(
        [*alone, "--key", str(home.state / "audit" / "log.vkey")], capture_output=True, text=True, check=True
    )
    assert "ok: witness w.test/1 has seen its first 1 leaves" in ended.stdout


def test_an_older_home_put_back_is_an_alarm_at_that_look_and_at_every_later_one(
    home: Home, url: str, tmp_path: Path
) -> None:
    new(home, tmp_path / "w")
    signed = tmp_path / "signed"
    older = (home.state / "audit" / "checkpoint").read_bytes()
    another_entry(home)
    newer = (home.state / "audit" / "checkpoint").read_bytes()
    assert run("witness", "look", tmp_path / "w", url, "--out", signed)[0] == 0
    before = signed.read_bytes()

    (home.state / "audit" / "checkpoint").write_bytes(older)
    code, out, err = run("witness", "look", tmp_path / "w", url, "--out", signed)
    assert (code, out, signed.read_bytes()) == (3, "", before)
    assert err.startswith("ALARM, nothing is signed: roll-back: the log had 2 leaves, and shows 1\n")

    (home.state / "audit" / "checkpoint").write_bytes(newer)
    code, out, err = run("witness", "look", tmp_path / "w", url)
    assert (code, out.startswith(newer.decode()), err.count("roll-back")) == (3, True, 1)


def test_a_program_gets_the_same_as_json(home: Home, url: str, tmp_path: Path) -> None:
    new(home, tmp_path / "w")
    code, out, _ = run("witness", "look", tmp_path / "w", url, "--json")
    found = json.loads(out)
    assert (code, found["refused"], found["alarms"]) == (0, None, [])
    (home.state / "audit" / "checkpoint").write_text("")
    code, out, _ = run("witness", "look", tmp_path / "w", url, "--json")
    found = json.loads(out)
    assert (code, found["signed"], found["refused"]["wrong"]) == (3, None, "not-signed")
    assert [alarm["wrong"] for alarm in found["alarms"]] == ["not-signed"]


def test_no_answer_and_no_memory_are_neither_a_signature_nor_an_alarm(
    home: Home, url: str, tmp_path: Path
) -> None:
    assert run("witness", "look", tmp_path / "nobody", url)[0] == 1
    new(home, tmp_path / "w")
    code, out, err = run("witness", "look", tmp_path / "w", "http://127.0.0.1:1")
    assert (code, out) == (1, "")
    assert "cannot be reached" in err
    assert run("witness", "look", tmp_path / "w", url)[0] == 0


def test_a_witness_is_made_once_of_a_log_that_is_named(home: Home, tmp_path: Path) -> None:
    new(home, tmp_path / "w")
    made = ("witness", "new", tmp_path / "w2", "--name", "w.test/1", "--key")
    key = home.state / "audit" / "log.vkey"
    assert run(*made, "not+a+key")[0] == 2
    assert run(*made, tmp_path / "nothing")[0] == 2
    assert run(*made[:-2], "a name", "--key", key)[0] == 2
    assert run("witness", "new", tmp_path / "w", "--name", "w.test/1", "--key", key)[0] != 0


def test_what_no_witness_signed_is_not_published(home: Home, tmp_path: Path) -> None:
    key = new(home, tmp_path / "w")
    code, _, err = run(
        "audit", "cosign", home.state / "audit" / "checkpoint", "--home", home.root, "--witness", key
    )
    assert (code, "not signed by w.test/1" in err) == (2, True)
    assert not (home.state / "audit" / "cosigned").exists()
    assert run("audit", "cosign", tmp_path / "none", "--home", home.root, "--witness", key)[0] == 2
