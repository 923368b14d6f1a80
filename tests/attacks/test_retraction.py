"""A field was retracted, and somebody looks for what is left of it.

Source: the nationality and country of birth of pupils, collected 2016 to 2018 in England, asked for no more, and kept.
"""

import json
import pickle
import shutil
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from enclave.actions.settle_outputs import settle_output
from enclave.audit import Entry, Kind
from enclave.cli.main import app
from enclave.loading import LoadRefused, open_version, read_secrets
from enclave.loading.manifest import sha256_of
from enclave.loading.retracting import CannotRetract, holds_bytes, scan
from enclave.loading.subject import PersonReader
from enclave.outputs.agreements import Agreement, AgreementId, Matter
from enclave.outputs.keeping import Change
from enclave.outputs.states import State
from enclave.terms import FieldRef
from enclave.wiring.data import load_source
from enclave.wiring.gateway_lock import nobody_serves
from enclave.wiring.home import Home, WrongUse, open_home
from enclave.wiring.records import open_records
from enclave.wiring.retractions import policies_without, retract_agreed, retract_field
from enclave.wiring.session import session_of
from enclave.wiring.sources import SystemClock
from tests.oracle.policies import VERSION
from tests.support.canary_world import canary_home
from tests.support.ledger import scope
from tests.support.service import ADMIN, ASKS, CHECKERS, STEWARD, THIS, Service

MAIN, APART, SEALED = (FieldRef("patient", name) for name in ("ward", "diagnosis", "full_name"))
WHY = "it was collected for another purpose"


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Home:
    return open_home(shutil.copytree(made / "home", tmp_path / "home"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("retracted")
    canary_home(folder)
    return folder


def values(made: Path, field: FieldRef) -> list[str]:
    return [
        str(value) for value in pq.read_table(made / f"source/{field.table}.parquet")[field.field].to_pylist()
    ]


def taken(home: Home, field: FieldRef) -> None:
    retract_field(home, field, by=STEWARD, second=ADMIN, reason=WHY)


@pytest.mark.parametrize("field", [MAIN, APART, SEALED], ids=str)
def test_no_file_of_the_home_holds_a_byte_of_it(home: Home, made: Path, field: FieldRef) -> None:
    """Values, row groups, dictionaries, statistics, temporary files; and the column's name in any Parquet file."""
    before = open_version(home.data, VERSION)
    taken(home, field)
    secrets = read_secrets(home.keys)
    for path in home.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value.encode() in content for value in values(made, field)), path
            if path.suffix == ".parquet" and "patient" in path.parts:
                assert field.field.encode() not in content, path
    assert scan(home.data, field, secrets).holding == ()
    after = open_version(home.data, VERSION)
    after.verify()
    kept = {table.name: table.rows for table in after.manifest.tables.values()}
    assert kept == {table.name: table.rows for table in before.manifest.tables.values()}
    reader = PersonReader(
        home.data,
        secrets,
        {"patient": ("nhs_number",)},
        {"patient": ("person", None)},
        {"patient": "patient"},
    )
    found = reader.find({"nhs_number": values(made, FieldRef("patient", "nhs_number"))[0]})
    assert found is not None
    held = {name for row in reader.rows_of(found) for name in row.values}
    assert field.field not in held
    assert {"stay", "income", "nhs_number"} <= held


def test_nobody_can_use_it_any_more_and_the_rest_is_answered_as_before(home: Home) -> None:
    sql = "SELECT ward, count(*) AS n FROM patient GROUP BY 1"
    session_of(home.root, project=str(THIS), person=str(ASKS), at=None).plan(sql)
    taken(home, MAIN)
    session = session_of(home.root, project=str(THIS), person=str(ASKS), at=None)
    with pytest.raises(Exception, match="ward"):
        session.plan(sql)
    session.plan("SELECT sex, count(*) AS n FROM patient GROUP BY 1")


def test_of_sums_of_it_the_ledger_keeps_no_size(home: Home) -> None:
    """For each sum it keeps what those add who add most: values of people, though sealed."""
    asked = (
        "SELECT sex, avg(weight) AS a FROM patient WHERE year = 2022 GROUP BY 1",
        "SELECT sum(minutes) AS a FROM visit WHERE year = 2022",
    )
    given = "\n".join(json.dumps({"id": str(at), "sql": sql}) for at, sql in enumerate(asked))
    words = ["batch", "--home", str(home.root), "--project", str(THIS), "--as", str(ASKS)]
    CliRunner().invoke(app, words, input=given)
    assert sums_with_sizes(home) == {"any patient.weight", "any visit.minutes"}
    taken(home, FieldRef("patient", "weight"))
    assert sums_with_sizes(home) == {"any visit.minutes"}


def sums_with_sizes(home: Home) -> set[str]:
    with open_records(home, clock=SystemClock()) as store:
        return {one.likeness.statistic for one in store.ledger.shown(scope(THIS)).numbers if one.shares}


def test_the_record_tells_of_it_with_the_proof(home: Home) -> None:
    taken(home, APART)
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        told = list(reading.entries(limit=10))
    assert [entry.kind for entry in told[:2]] == [Kind.FIELD_DESTROYED, Kind.FIELD_RETRACTED]
    proof = told[0].body
    assert proof is not None
    assert isinstance(proof["files"], list)
    assert (proof["field"], proof["holding"], len(proof["files"])) == (str(APART), 0, 2)


def test_a_delivery_that_still_has_it_is_refused(home: Home, made: Path) -> None:
    taken(home, MAIN)
    with pytest.raises(LoadRefused):
        load_source(home, made / "source", version="again")


@pytest.mark.parametrize(
    ("by", "second"), [(STEWARD, STEWARD), (ADMIN, STEWARD), (STEWARD, ASKS), (ASKS, ADMIN)]
)
def test_nobody_retracts_alone_or_without_the_role(home: Home, by: str, second: str) -> None:
    with pytest.raises(WrongUse):
        retract_field(home, MAIN, by=by, second=second, reason=WHY)  # type: ignore[arg-type]
    assert scan(home.data, MAIN, read_secrets(home.keys)).holding


def test_what_two_people_agreed_to_signed_in_is_carried_out_and_nothing_before(home: Home) -> None:
    with pytest.raises(WrongUse, match="nobody asked"):
        retract_agreed(home, MAIN)
    with open_records(home, clock=SystemClock()) as store:
        id = store.write(Entry(Kind.RETRACTION_ASKED, STEWARD, None), asked_for)
    with pytest.raises(WrongUse, match="nobody has agreed"):
        retract_agreed(home, MAIN)
    with open_records(home, clock=SystemClock()) as store:
        store.write(
            Entry(Kind.RETRACTION_AGREED, ADMIN, None),
            lambda change: change.agree(id, by=ADMIN, at=change.at),
        )
    assert retract_agreed(home, MAIN).scan.holding == ()
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        (told,) = reading.entries(kinds=[Kind.FIELD_RETRACTED])
    assert told.actor == STEWARD
    assert told.body is not None
    wanted = {"field": str(MAIN), "reason": WHY, "second": ADMIN, "agreement": id}
    assert {name: told.body[name] for name in wanted} == wanted


def asked_for(change: Change) -> AgreementId:
    id = change.new_agreement_id()
    change.add_agreement(Agreement(id, Matter.RETRACTION, str(MAIN), WHY, STEWARD, change.at))
    return id


def test_a_home_that_is_served_is_not_touched(home: Home) -> None:
    with nobody_serves(home), pytest.raises(WrongUse):
        taken(home, MAIN)


@pytest.mark.parametrize("name", ["person", "year", "hospital_id", "nothing"])
def test_what_tells_rows_apart_stays(home: Home, name: str) -> None:
    with pytest.raises(CannotRetract):
        taken(home, FieldRef("patient", name))


def test_a_retraction_that_was_cut_off_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two files the process dies: nothing is answered, and the next run ends it."""

    class Died(BaseException):
        """Nobody catches it."""

    calls = iter(range(10))

    def dies(path: Path) -> str:
        if next(calls) == 1:
            raise Died
        return sha256_of(path)

    with monkeypatch.context() as patched:
        patched.setattr("enclave.loading.retracting.sha256_of", dies)
        with pytest.raises(Died):
            taken(home, MAIN)
    taken(home, MAIN)
    assert scan(home.data, MAIN, read_secrets(home.keys)).holding == ()
    open_version(home.data, VERSION).verify()


def test_a_file_that_nobody_knows_is_named_by_the_scan(home: Home, made: Path) -> None:
    """A copy that somebody left in the data folder."""
    taken(home, MAIN)
    left = home.data / "ward-copy.bin"
    left.write_bytes(pickle.dumps(values(made, MAIN)))
    assert scan(home.data, MAIN, read_secrets(home.keys)).holding == ("ward-copy.bin",)
    assert holds_bytes(left, values(made, MAIN)[0].encode())


def test_votes_that_were_given_on_it_are_voided_before_it_is_held(tmp_path: Path) -> None:
    """An output waits, and one of two checkers has approved of it, when its field is retracted."""
    with closing(Service(tmp_path / "service")) as service:
        output = service.with_checkers()
        service.vote(output, CHECKERS[0])
        service.policies = policies_without(service.policies, (FieldRef("patient", "weight"),))
        assert settle_output(output, service.desk)
        assert service.state(output) is State.ON_HOLD
        with service.records.read() as reading:
            kept = reading.output(output)
            told = [entry.kind for entry in reading.entries(limit=2)]
            assert kept is not None
            assert not [vote for vote in reading.reviews(output) if vote.round == kept.round]
        assert told == [Kind.OUTPUT_HELD, Kind.REVIEWS_VOIDED]
        assert not settle_output(output, service.desk)


def test_votes_on_what_does_not_use_the_field_stay(tmp_path: Path) -> None:
    with closing(Service(tmp_path / "service")) as service:
        output = service.with_checkers()
        service.vote(output, CHECKERS[0])
        service.policies = policies_without(service.policies, (FieldRef("patient", "ward"),))
        assert not settle_output(output, service.desk)
        service.vote(output, CHECKERS[1])
        assert service.state(output) is State.RELEASED


def test_it_is_one_command(home: Home) -> None:
    words = [
        "retract",
        "patient.ward",
        "--home",
        str(home.root),
        "--by",
        STEWARD,
        "--with",
        ADMIN,
        "--reason",
        WHY,
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "none holds it" in done.output
