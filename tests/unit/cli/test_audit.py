"""`enclave audit verify` says whether a home's record is what was signed, and ends with 1 if it is not."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enclave.cli.main import app
from enclave.wiring.home import Home, make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.records import open_records
from tests.support.acts import ask
from tests.support.records import FakeClock, without_waiting_for_the_disk


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with one entry on record."""
    without_waiting_for_the_disk(monkeypatch)
    made = make_home(tmp_path / "a home? no. #1 %20", policies=packaged_policies())
    with open_records(made, clock=FakeClock()) as store:
        ask(store)
    return made


def verify(home: Home, *words: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, ["audit", "verify", "--home", str(home.root), *words])
    return ran.exit_code, ran.stdout, ran.stderr


def edit(home: Home) -> None:
    with closing(sqlite3.connect(home.state / "enclave.db")) as connection, connection:
        connection.execute("UPDATE queries SET person = 'bob'")


def test_a_record_as_it_was_signed_is_ok(home: Home) -> None:
    code, out, err = verify(home)
    assert (code, err) == (0, "")
    assert out.startswith("ok: enclave-")
    assert "signed entries: 1;" in out


def test_a_changed_record_is_not_verified_and_says_what_differs(home: Home) -> None:
    edit(home)
    assert verify(home) == (1, "", "NOT VERIFIED: Q-1: it is not as the last entry about it left it\n")


def test_a_program_gets_the_same_as_json(home: Home) -> None:
    code, out, _ = verify(home, "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["signed"], found["entries"], found["findings"]) == (0, True, 1, 1, [])
    edit(home)
    code, out, _ = verify(home, "--json")
    assert (code, json.loads(out)["ok"], len(json.loads(out)["findings"])) == (1, False, 1)


def test_a_checkpoint_is_kept_only_when_everything_holds_and_held_against_the_next_visit(
    home: Home, tmp_path: Path
) -> None:
    kept, other = tmp_path / "kept", tmp_path / "other"
    assert verify(home, "--save", str(kept))[0] == 0
    with open_records(home, clock=FakeClock()) as store:
        ask(store)
    assert "held checkpoints that agree: 1" in verify(home, "--held", str(kept))[1]
    edit(home)
    assert verify(home, "--held", str(kept), "--save", str(other))[0] == 1
    assert not other.exists()


def test_an_older_home_put_back_whole_is_given_away_by_a_held_checkpoint_only(
    home: Home, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    older = {path: path.read_bytes() for path in home.state.rglob("*") if path.is_file()}
    with open_records(home, clock=FakeClock()) as store:
        ask(store)
    assert verify(home, "--save", str(kept))[0] == 0
    for path in [path for path in home.state.rglob("*") if path.is_file()]:
        path.write_bytes(older[path]) if path in older else path.unlink()
    assert verify(home)[0] == 0
    code, _, err = verify(home, "--held", str(kept))
    assert code == 1
    assert "it was cut" in err


ADMINS = ("admin@enclave.example", "admin-2@enclave.example")


def erase(home: Home, *words: str, by: str = ADMINS[0], second: str = ADMINS[1]) -> tuple[int, str]:
    whose = ["--home", str(home.root), "--as", by, "--with", second, "--reason", "REF-1"]
    ran = CliRunner().invoke(app, ["audit", "erase", *words, *whose])
    return ran.exit_code, ran.output


def test_an_entry_is_erased_by_two_administrators_and_the_record_still_verifies(home: Home) -> None:
    assert erase(home, "0") == (0, "Erased: 0. An entry tells of it.\n")
    code, out, _ = verify(home)
    assert code == 0
    assert "entries: 2 (1 erased)" in out
    with open_records(home, clock=FakeClock()) as store, store.read() as reading:
        told, gone = reading.entries()
    assert (gone.actor, gone.body) == (None, None)
    assert (told.actor, told.body and told.body["reason"], told.body and told.body["second"]) == (
        ADMINS[0],
        "REF-1",
        ADMINS[1],
    )


def test_nobody_erases_alone_twice_or_what_tells_of_an_erasure(home: Home) -> None:
    assert erase(home, "0", second=ADMINS[0])[0] == 2
    assert erase(home, "0", second="nobody@enclave.example")[0] == 2
    assert "there is no entry 7" in erase(home, "7")[1]
    assert verify(home)[1].endswith("entries: 1.\n")
    assert erase(home, "0")[0] == 0
    assert "is erased already" in erase(home, "0")[1]
    assert "tells of an erasure" in erase(home, "1")[1]


def test_another_key_does_not_verify_it(home: Home, tmp_path: Path) -> None:
    other = make_home(tmp_path / "other", policies=packaged_policies())
    with open_records(other, clock=FakeClock()):
        pass
    code, _, err = verify(home, "--key", str(other.state / "audit" / "log.vkey"))
    assert code == 1
    assert "not signed by" in err


def test_a_home_without_its_database_or_checkpoint_does_not_verify(home: Home) -> None:
    (home.state / "enclave.db").unlink()
    assert verify(home)[0] == 1
    (home.state / "audit" / "checkpoint").unlink()
    assert verify(home)[0] == 2
