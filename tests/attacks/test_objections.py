"""Somebody leaves: nothing that starts later counts them, and that they left is not told by a number before and after.

Source: Denning, Denning and Schwartz, The Tracker, ACM TODS 4 (1979): a difference of two tables is a record.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from enclave.loading import open_version
from enclave.problems.service import Conflict
from enclave.rights.cases import CaseKind, Command, Correction, Outcome
from enclave.wiring.data import load_source
from enclave.wiring.ledger import Counts
from enclave.wiring.session import answering, session_of
from tests.support.rights import Cases, home_without, open_cases
from tests.support.service import ADMIN, ASKS, STEWARD, THIS

QUERIES = (
    "SELECT visit_no, count(*) AS n, sum(fee) AS f FROM visit GROUP BY 1",
    "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1",
    "SELECT sex, sum(cost) AS c FROM patient WHERE year = 2022 GROUP BY 1",
)
SENSITIVE = "SELECT hospital_id, sum(income) AS i FROM patient WHERE income > 5 GROUP BY 1"


def asked(home: Path, counts: Counts, queries: tuple[str, ...] = QUERIES) -> list[Any]:
    """What somebody is told, and by which versions: as one who never asked before, or with all that was shown."""
    session = session_of(home, project=str(THIS), person=str(ASKS), at="2026-11-26T12:00:00Z")
    with answering(session, counts=counts) as answers:
        told = [answers.answer(sql, timings=False) for sql in queries]
    return [(one["status"], sorted(map(str, one.get("rows", ())))) for one in told]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    opened = open_cases(tmp_path_factory.mktemp("objections"), own_record=True)
    yield opened
    opened.rights.records.close()  # type: ignore[attr-defined]
    opened.service.close()


def test_who_objected_is_counted_nowhere_and_a_number_that_was_shown_does_not_tell(
    cases: Cases, tmp_path: Path
) -> None:
    """One test, since the steps are one story: before, the objection, and after it old askers and new ones."""
    person = cases.person(20)
    before = asked(cases.home.root, Counts.HOME)
    assert all(status == "released" and rows for status, rows in before), before
    cases.decided({"nhs_number": str(person["nhs_number"])}, kind=CaseKind.OBJECTION)
    assert asked(cases.home.root, Counts.HOME) == before
    never = home_without(cases, tmp_path, person)
    new, without = asked(cases.home.root, Counts.SESSION), asked(never.root, Counts.SESSION)
    assert new == without
    assert new != before


def test_a_refused_objection_takes_nobody_out(cases: Cases) -> None:
    with cases.rights.records.read() as reading:
        count = reading.count_exclusions()
    cases.decided(
        {"nhs_number": str(cases.person(30)["nhs_number"])}, Outcome.REFUSED, kind=CaseKind.OBJECTION
    )
    with cases.rights.records.read() as reading:
        assert reading.count_exclusions() == count


def test_nobody_is_taken_out_by_one_person_or_without_being_found(cases: Cases) -> None:
    id = cases.verified(kind=CaseKind.OPT_OUT)
    with pytest.raises(Conflict):
        cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "theirs"})
    with pytest.raises(Conflict):
        cases.act(id, Command.CONFIRM, ADMIN)


def test_a_field_in_files_of_its_own_is_read_beside_the_key_by_which_people_are_left_out(
    cases: Cases,
) -> None:
    session = session_of(cases.home.root, project=str(THIS), person=str(ASKS), at="2026-11-26T12:00:00Z")
    statements = [step.sql for step in session.plan(SENSITIVE).plan.steps if "income" in step.sql]
    assert statements
    assert all('FROM "patient" AS "main" JOIN "patient__income"' in sql for sql in statements), statements


def test_a_correction_that_two_granted_is_in_the_next_data_version_and_no_other_row_is_changed(
    cases: Cases,
) -> None:
    person = cases.person(40)
    one = Correction("patient", "ward", {"year": "2021"}, "QXright00001ZV")
    id = cases.looked_up({"nhs_number": str(person["nhs_number"])}, kind=CaseKind.CORRECTION)
    with pytest.raises(Conflict):
        cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "a slip"})
    cases.act(
        id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "a slip"}, corrections=(one,)
    )
    before = load_source(cases.home, cases.source, version="before")
    cases.act(id, Command.CONFIRM, ADMIN)
    after = load_source(cases.home, cases.source, version="after")
    assert (dict(before.corrected), dict(after.corrected)) == ({}, {"patient": 1})
    was, now = wards(cases, "before"), wards(cases, "after")
    assert was - now == {str(person["ward"])}
    assert now - was == {"QXright00001ZV"}


@pytest.mark.parametrize("field", ["person", "year", "hospital_id", "nothing"])
def test_what_tells_rows_apart_is_not_corrected(cases: Cases, field: str) -> None:
    person = cases.person(44)
    id = cases.looked_up({"nhs_number": str(person["nhs_number"])}, kind=CaseKind.CORRECTION)
    one = Correction("patient", field, {}, "2")
    with pytest.raises(Conflict):
        cases.act(
            id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "so"}, corrections=(one,)
        )


def wards(cases: Cases, version: str) -> set[str]:
    table = open_version(cases.home.data, version).table("patient")
    return {str(ward) for path in table.main_files for ward in pq.read_table(path)["ward"].to_pylist()}
