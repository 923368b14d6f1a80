"""Which projects used one record: everything that ran, and nothing else."""

from pathlib import Path

import pytest

from enclave.actions.record_uses import uses_of_record
from enclave.disclosure.raw import Raw
from enclave.outputs.states import Verdict
from enclave.problems import Refusals, TimedOut
from enclave.store.reach_shelves import Shelves
from enclave.terms import FieldRef
from enclave.transparency.reach import RecordUse
from tests.support.service import AUTOMATIC, CHECKED, CHECKERS, OTHER, REFUSED, STRANGER, Service


def uses(service: Service, folder: Path, unit: int = 1) -> tuple[RecordUse, ...]:
    version = service.policies.in_force[next(iter(service.policies.in_force))].project.data_version
    return uses_of_record(service.reach(folder), {version: unit})


def person_with(service: Service, condition: str) -> int:
    found = service.engine.table(f"SELECT person FROM patient WHERE {condition} LIMIT 1", {})
    return int(found.column(0)[0].as_py())


def test_a_released_query_used_the_records_of_all_whom_it_counted(service: Service, tmp_path: Path) -> None:
    service.released()
    (use,) = uses(service, tmp_path)
    assert (use.query, use.released) == ("Q-1", True)
    assert FieldRef("patient", "sex") in use.fields
    assert FieldRef("patient", "weight") not in use.fields
    assert set(use.years) <= {"2020/21", "2021/22", "2022/23"}
    assert use.years


def test_a_refused_query_used_nobody(service: Service, tmp_path: Path) -> None:
    with pytest.raises(Refusals):
        service.ask(REFUSED)
    service.run()
    assert uses(service, tmp_path) == ()


def test_a_query_that_waits_used_nobody_yet(service: Service, tmp_path: Path) -> None:
    service.ask(AUTOMATIC)
    assert uses(service, tmp_path) == ()


def test_a_result_that_was_never_released_is_a_use_and_says_so(service: Service, tmp_path: Path) -> None:
    output = service.with_checkers()
    light = person_with(service, "person NOT IN (SELECT person FROM patient WHERE weight > 63.7)")
    heavy = person_with(service, "weight > 63.7")
    assert [use.released for use in uses(service, tmp_path, heavy)] == [False]
    assert uses(service, tmp_path, light) == ()
    service.vote(output, CHECKERS[0], Verdict.REJECT)
    service.vote(output, CHECKERS[1], Verdict.REJECT)
    assert [use.released for use in uses(service, tmp_path, heavy)] == [False]


def test_a_released_output_of_a_checked_query_is_a_use_whose_result_left(
    service: Service, tmp_path: Path
) -> None:
    output = service.with_checkers()
    for checker in CHECKERS[:2]:
        service.vote(output, checker)
    service.run()
    heavy = person_with(service, "weight > 63.7")
    assert [(use.query, use.released) for use in uses(service, tmp_path, heavy)] == [("Q-1", True)]


def test_a_query_that_ran_into_its_deadline_had_used_the_records(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> Raw:
        raise TimedOut(detail="The query ran past its deadline and was ended.")

    monkeypatch.setattr(service.engine, "run", too_slow)
    service.ran(AUTOMATIC)
    monkeypatch.undo()
    assert [use.released for use in uses(service, tmp_path)] == [False]


def test_if_a_use_cannot_be_kept_nothing_is_run(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    monkeypatch.setattr(service.engine, "run", lambda *args, **_: ran.append(args))
    monkeypatch.setattr(service.records.reach, "reads", lambda _: 1 / 0)
    service.ran(AUTOMATIC)
    assert ran == []
    assert len(service.faults) == 1


def test_equal_questions_of_two_projects_are_one_definition_and_two_uses(
    service: Service, tmp_path: Path
) -> None:
    service.ran(AUTOMATIC)
    service.ask(AUTOMATIC.replace("AS n", "AS people"), person=STRANGER, project=OTHER)
    service.run()
    found = uses(service, tmp_path)
    assert [use.project for use in found] == ["P-WORLD-1", "P-WORLD-2"]
    version = service.records.reach.versions()[0]
    assert len(service.records.reach.names(version)) == 1


def test_what_is_thrown_away_is_found_out_again(service: Service, tmp_path: Path) -> None:
    service.ran(AUTOMATIC)
    before = uses(service, tmp_path)
    shelves = Shelves(tmp_path)
    for version in service.records.reach.versions():
        shelves.drop(version)
    assert uses(service, tmp_path) == before != ()


def test_a_damaged_file_costs_time_and_no_use(service: Service, tmp_path: Path) -> None:
    service.ran(AUTOMATIC)
    service.ran(CHECKED)
    before = uses(service, tmp_path)
    for path in tmp_path.glob("*/*.shelf"):
        content = bytearray(path.read_bytes())
        content[-2] ^= 1
        path.write_bytes(content)
    assert uses(service, tmp_path) == before != ()
