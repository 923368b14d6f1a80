"""Somebody says that a release came from other data, or that what is gone was never destroyed.

Source: NIST SP 800-88, Guidelines for media sanitization, on verification.
"""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.asker import Asker
from enclave.actions.kept_answers import read_table
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.ledger_past import AS_BEFORE
from enclave.actions.record_uses import uses_of_record
from enclave.audit import Kind
from enclave.catalogue.model import YearForm
from enclave.cli.main import app
from enclave.outputs.records import OutputId, QueryId, Wanted
from enclave.terms import FieldRef
from enclave.transparency.reach import Definition, NewUse
from enclave.wiring import replays
from enclave.wiring.gateway import Gateway, open_gateway
from enclave.wiring.home import Home, WrongUse, open_home
from enclave.wiring.policies import policies_of
from enclave.wiring.records import open_records
from enclave.wiring.replays import Came, replay
from enclave.wiring.retractions import let_years_go, retract_field
from enclave.wiring.sources import SystemClock
from tests.oracle.policies import VERSION
from tests.support.canary_world import canary_home
from tests.support.service import ADMIN, ASKS, STEWARD, THIS

BY_SEX = "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1"
BY_COST = "SELECT sex, sum(cost) AS c FROM patient WHERE year = 2022 GROUP BY 1"
BESIDE = "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 AND ward <> 'QXward00006ZV' GROUP BY 1"
"""All of the first but one person: every number of it is hidden beside that."""
COST = FieldRef("patient", "cost")
TOTALS = (
    "SELECT hospital_id, sex, insured, count(*) AS n FROM patient WHERE year = 2021 AND {} "
    "GROUP BY CUBE (hospital_id, sex, insured)"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, str, str]]:
    """A home in which two queries were asked, and what became of each."""
    root, _ = canary_home(tmp_path_factory.mktemp("replayed"))
    with open_gateway(root, workers=1, log=lambda _line: None) as gateway:
        ids = asked(BY_SEX, gateway), asked(BY_COST, gateway), asked(BESIDE, gateway)
    return root, ids


def asked(sql: str, gateway: Gateway) -> str:
    asker = Asker(ASKS, gateway.desk.policies().people[ASKS].roles, SystemClock().now())
    id = ask_query(AskQuery(asker, THIS, sql, "A table", Wanted.ORDINARY), gateway.desk).id
    for _ in range(600):
        with gateway.desk.records.read() as reading:
            query = reading.query(QueryId(id))
        assert query is not None
        if query.finished_at is not None:
            assert query.output_id is not None, query
            return str(query.output_id)
        time.sleep(0.05)
    raise AssertionError("it did not end")


def table_of(id: str, home: Home) -> dict[str, Any]:
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        output = reading.output(OutputId(id))
        assert output is not None
        result = reading.result(output.query_id)
        assert result is not None
        return read_table(result).as_json()


@pytest.fixture
def home(tmp_path: Path, made: tuple[Path, tuple[str, str, str]]) -> Home:
    return open_home(shutil.copytree(made[0], tmp_path / "home"))


@pytest.fixture
def outputs(made: tuple[Path, tuple[str, str, str]]) -> tuple[str, str, str]:
    return made[1]


def test_a_release_that_is_run_again_comes_to_the_table_that_its_manifest_names(
    home: Home, outputs: tuple[str, str, str]
) -> None:
    for output in outputs[:2]:
        found = replay(home, output)
        assert (found.came, len(found.table_sha256)) == (Came.SAME, 64), found
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        told = [entry.kind for entry in reading.entries(limit=2)]
    assert told == [Kind.OUTPUT_REPLAYED] * 2


def test_what_was_hidden_beside_other_answers_is_hidden_again_and_only_there(
    home: Home, outputs: tuple[str, str, str]
) -> None:
    """What was known then is known again; what came later, even to hide beside it, is not."""
    first, _, beside = outputs
    assert table_of(beside, home)["rows"] == []
    assert table_of(first, home)["rows"] != []
    assert replay(home, beside).came is Came.SAME
    assert replay(home, first).came is Came.SAME


def test_what_was_answered_as_before_comes_to_the_table_of_where_that_was_judged(home: Home) -> None:
    with open_gateway(home.root, workers=1, log=lambda _line: None) as gateway:
        again = [asked(sql, gateway) for sql in (BESIDE, BY_SEX, BESIDE)]
        with gateway.desk.records.read() as reading:
            ends = reading.entries(kinds=[Kind.QUERY_FINISHED], limit=3)
    assert [bool(end.body and AS_BEFORE in end.body) for end in ends] == [True, False, False]
    assert [replay(home, id).came for id in again] == [Came.SAME] * 3


def test_from_an_empty_ledger_another_table_would_come_and_prove_nothing(
    home: Home, outputs: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So was it for queries from before the record said where in the ledger they were judged."""
    monkeypatch.setattr(replays, "position_in", lambda _body: None)
    found = replay(home, outputs[2])
    assert (found.came, found.because) == (Came.NOT_PROVEN, (replays.UNTOLD,))


def test_a_ledger_that_lacks_what_was_known_then_is_noticed(
    home: Home, outputs: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "PastLedger", lambda _known, _labels_of: MemoryLedger())
    assert replay(home, outputs[2]).came is Came.NOT_SAME


@pytest.mark.parametrize("method", ["suppress", "round", "cell_key"])
def test_a_table_with_totals_comes_out_as_it_was_under_every_method_early_and_late_in_a_session(
    tmp_path: Path, method: str
) -> None:
    """Partners of hidden cells, multiples that stay as they were shown, and noise. Under a NULL nothing lies."""
    root, _ = canary_home(tmp_path, method=method)
    tables = [TOTALS.format(part) for part in ("true", "case_no > 30000000000000")]
    with open_gateway(root, workers=1, log=lambda _line: None) as gateway:
        ids = [asked(sql, gateway) for sql in (*tables, BY_SEX)]
    home = open_home(root)
    assert [replay(home, id).came for id in ids] == [Came.SAME] * 3
    assert len(table_of(ids[0], home)["rows"]) > 20
    assert ("perturbed" in table_of(ids[0], home)) is (method != "suppress")


def test_where_files_of_the_data_version_are_gone_without_a_record_nothing_is_proven(
    home: Home, outputs: tuple[str, str, str]
) -> None:
    shutil.rmtree(next(home.data.rglob(f"*{VERSION}*")))
    found = replay(home, outputs[0])
    assert (found.came, found.because) == (Came.NOT_PROVEN, ("It could not be run: version-broken.",))


def test_other_data_come_to_another_table(
    home: Home, outputs: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the rows had been others: the query that is run differs, and that is all."""
    run = replays._hash_now
    monkeypatch.setattr(
        replays,
        "_hash_now",
        lambda query, then, policies, home: run(
            replace(query, sql=query.sql.replace("year = 2021", "hospital_id = 1")), then, policies, home
        ),
    )
    assert replay(home, outputs[0]).came is Came.NOT_SAME


def test_of_what_was_asked_by_a_destroyed_field_it_is_proven_that_it_went(
    home: Home, outputs: tuple[str, str, str]
) -> None:
    retract_field(home, COST, by=STEWARD, second=ADMIN, reason="asked for no more")
    found = replay(home, outputs[1])
    assert found.came is Came.DESTROYED
    assert "none holds it" in found.because[0]
    assert "kept as it was" in found.because[-1]
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        (entry,) = [one for one in reading.entries(limit=5) if one.kind == Kind.FIELD_DESTROYED]
    assert found.entries == (entry.seq,)
    assert replay(home, outputs[0]).came is Came.SAME


def test_of_what_was_asked_by_values_that_went_with_their_term_it_is_proven_that_they_went(
    home: Home, outputs: tuple[str, str, str]
) -> None:
    """Values of one year: an answer about another year comes out as it did, from the rows that are left."""
    with open_records(home, clock=SystemClock()) as store:
        let_years_go(COST, ("2021",), policies_of(home), home, store)
    assert replay(home, outputs[1]).came is Came.SAME
    with open_records(home, clock=SystemClock()) as store:
        let_years_go(COST, ("2022",), policies_of(home), home, store)
    found = replay(home, outputs[1])
    assert found.came is Came.DESTROYED
    assert "in rows of 2022 were destroyed" in found.because[0] + found.because[1]
    assert len(found.entries) == 2
    assert replay(home, outputs[0]).came is Came.SAME


def test_whom_a_query_reached_by_means_of_a_field_is_told_after_the_field_went(
    home: Home,
) -> None:
    """It is found out before the field goes: afterwards no row would tell."""
    reads = (("patient", "person"), ("patient", "year"), ("patient", "cost"))
    sql = 'SELECT DISTINCT person AS "u", year AS "y0" FROM patient WHERE cost > 500000000'
    by_cost = Definition(VERSION, "patient", sql, sql, reads, (("y0", YearForm.ENDING),))
    with open_records(home, clock=SystemClock()) as store:
        use = NewUse(QueryId("Q-1"), THIS, SystemClock().now(), by_cost, (COST,))
        store.reach.reads(use)
    retract_field(home, COST, by=STEWARD, second=ADMIN, reason="asked for no more")
    with open_gateway(home.root, workers=1, log=lambda _line: None) as gateway:
        uses = [uses_of_record(gateway.reach, {VERSION: key}) for key in range(1, 61)]
    found = [any(use.query == "Q-1" and COST in use.fields for use in mine) for mine in uses]
    assert True in found, "who costs more than that"
    assert False in found, "who does not"
    assert all(mine for mine in uses), "what was asked without the field is told too"


def test_a_field_that_is_back_is_not_proven_to_be_gone(home: Home, outputs: tuple[str, str, str]) -> None:
    (file, *_) = sorted(home.data.rglob("patient/*.parquet")) or sorted(home.data.rglob("*.parquet"))
    kept = file.read_bytes()
    retract_field(home, COST, by=STEWARD, second=ADMIN, reason="asked for no more")
    (file.parent / "copy.bin").write_bytes(kept)
    found = replay(home, outputs[1])
    assert found.came is Came.NOT_PROVEN
    assert "copy.bin" in found.because[0]


def test_no_number_of_a_table_is_told(home: Home, outputs: tuple[str, str, str]) -> None:
    """Sums and counts of these data are long numbers: none is in what the command says."""
    done = CliRunner().invoke(app, ["replay", outputs[1], "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    words = done.output.replace(replay(home, outputs[1]).table_sha256, "").split()
    assert not [word for word in words if word.strip(".").replace(".", "").isdigit()], done.output


@pytest.mark.parametrize("of", ["O-999", "Q-999", "nothing"])
def test_there_is_nothing_to_say_of_what_is_not_there(home: Home, of: str) -> None:
    with pytest.raises(WrongUse):
        replay(home, of)
