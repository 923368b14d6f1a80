"""Sessions without a server are judged with what their home remembers, and remembered, while a gateway may serve it."""

import json
from pathlib import Path
from typing import Any

import pytest

from enclave.actions.ledger_desk import scope_of
from enclave.audit import Kind
from enclave.outputs.ledger import Known
from enclave.terms import ProjectId
from enclave.wiring.home import open_home
from enclave.wiring.policies import policies_of
from enclave.wiring.records import open_records, verify_records
from enclave.wiring.sources import SystemClock
from tests.support.commands import done, enclave
from tests.support.processes import PROJECT, RESEARCHER, copy_home, serving

SHARES_A_MEMBER, SHARES_NOBODY = "P-2026-030", "P-2026-021"
ABSENCE = (
    "SELECT la_code, count(*) AS pupils FROM school_census_pupil "
    "WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) "
    "GROUP BY la_code"
)
WHO = ("--project", PROJECT, "--as", RESEARCHER)
QUESTION = json.dumps({"id": 1, "sql": ABSENCE}) + "\n"


@pytest.fixture(scope="module")
def fresh(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with data and nothing on record, its database included."""
    return copy_home(home, tmp_path_factory.mktemp("ledger") / "home")


def batch(home: Path, *options: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(done("batch", "--home", home, *WHO, *options, given=QUESTION))
    assert answer["status"] == "released", answer["problem"]
    return answer


def remembered(home: Path, project: str = PROJECT) -> Known:
    opened = open_home(home)
    with open_records(opened, clock=SystemClock()) as store:
        return store.ledger.shown(scope_of(ProjectId(project), policies_of(opened)))


def entries(home: Path) -> int:
    with open_records(open_home(home), clock=SystemClock()) as store, store.read() as reading:
        return reading.entry_count(kinds=[Kind.ANSWER_SHOWN])


def test_sessions_are_remembered_beside_a_gateway_and_count_for_whoever_shares_a_member(fresh: Path) -> None:
    with serving(fresh) as gateway:
        first = batch(fresh)
        asked = gateway.ask(ABSENCE, Prefer="wait=60")
        assert asked.status_code in (200, 201, 202), asked.text
        again = batch(fresh)
    assert again["rows"] == first["rows"], "the same numbers are repeated"

    known = remembered(fresh)
    shown = [(one.query_id, one.state) for one in known.reservations]
    assert shown == [(None, "shown"), ("Q-1", "shown"), (None, "shown")]
    assert all(one.numbers for one in known.reservations)
    assert entries(fresh) == 2
    assert len(remembered(fresh, SHARES_A_MEMBER).reservations) == 3
    assert remembered(fresh, SHARES_NOBODY).reservations == ()
    assert verify_records(open_home(fresh), held=[], key=None).findings == ()


def test_a_session_that_only_tries_things_out_is_not_remembered(fresh: Path) -> None:
    before = remembered(fresh).judged
    batch(fresh, "--ledger", "session")
    assert remembered(fresh).judged == before


def test_with_real_data_what_was_shown_before_always_counts(fresh: Path, tmp_path: Path) -> None:
    real = copy_home(fresh, tmp_path / "home")
    house = real / "policies" / "house.yaml"
    house.write_text(house.read_text("utf-8").replace("synthetic: true", "synthetic: false"), "utf-8")
    ended = enclave("batch", "--home", real, *WHO, "--ledger", "session", given=QUESTION)
    assert ended.returncode == 2
    assert "what was shown before always counts" in ended.stderr
