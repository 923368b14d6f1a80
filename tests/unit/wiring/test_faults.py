"""The log of faults says where, never what."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from enclave.cli.edge import guarded
from enclave.wiring.faults import MOST_CAUSES, record_fault

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRET = "Could not convert string 'a surname' to INT32"


def failing(causes: int = 1) -> Exception:
    """An error whose message, and whose causes' messages, quote a row."""
    error: Exception = ValueError(SECRET)
    for _ in range(causes):
        try:
            raise KeyError(SECRET) from error
        except KeyError as raised:
            error = raised
    return error


def test_a_fault_is_logged_with_its_kinds_and_places_and_none_of_its_words(tmp_path: Path) -> None:
    log = tmp_path / "faults.jsonl"
    record_fault(failing(), log=log, fault_id="F-1", at=NOON)
    assert "surname" not in log.read_text("utf-8")
    entry = json.loads(log.read_text("utf-8"))
    assert (entry["fault"], entry["at"]) == ("F-1", "2026-11-26T12:00:00+00:00")
    assert [one["kind"] for one in entry["errors"]] == ["builtins.KeyError", "builtins.ValueError"]
    assert "test_faults.py" in entry["errors"][0]["raised_at"][0]


def test_the_log_is_for_its_owner_alone_and_keeps_earlier_faults(tmp_path: Path) -> None:
    log = tmp_path / "faults.jsonl"
    for name in ("F-1", "F-2"):
        record_fault(failing(), log=log, fault_id=name, at=NOON)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert [json.loads(line)["fault"] for line in log.read_text("utf-8").splitlines()] == ["F-1", "F-2"]


def test_a_long_chain_of_causes_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "faults.jsonl"
    record_fault(failing(causes=40), log=log, fault_id="F-1", at=NOON)
    assert len(json.loads(log.read_text("utf-8"))["errors"]) == MOST_CAUSES


def test_a_command_that_fails_unexpectedly_ends_with_1_and_tells_an_id_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @guarded
    def command(home: Path) -> None:
        raise failing() if home.is_dir() else AssertionError

    (tmp_path / "state").mkdir()
    with pytest.raises(typer.Exit) as ended:
        command(home=tmp_path)
    told = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert told.out == ""
    assert "surname" not in told.err
    fault = json.loads((tmp_path / "state" / "faults.jsonl").read_text("utf-8"))["fault"]
    assert fault in told.err


def test_a_command_that_is_interrupted_ends_with_5() -> None:
    @guarded
    def command() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as ended:
        command()
    assert ended.value.exit_code == 5
