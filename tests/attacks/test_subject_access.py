"""Somebody tries to get at another person's record by the one way there is, or to get past its clock.

Source: UK GDPR, articles 12 and 15; the Information Commissioner's guidance on requests by impostors.
"""

import ast
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.actions.answer_cases import Act, NewRequest, act_on_case, open_request
from enclave.actions.case_alarms import send_case_alarms
from enclave.actions.consents import consent_json
from enclave.actions.give_copy import CopyForm, draw_copy
from enclave.actions.inside_rules import check_inside
from enclave.audit import Kind
from enclave.loading import read_secrets
from enclave.loading.key_numbers import numbers_of_keys
from enclave.loading.vault import Vault, VaultUnreadable
from enclave.people import Role
from enclave.people.consents import Consent, ConsentId
from enclave.problems.service import Conflict, Forbidden, NotFound, PreconditionFailed, SignInAgain
from enclave.rights.cases import CaseId, CaseKind, CaseState, Command, Outcome
from enclave.rights.door import Warrant
from enclave.terms import PersonId
from enclave.wiring.rights import HomeArchive, HomeCabinet, NoWarrant
from tests.support.rights import HOSPITAL_OF_OFFICER, Cases, open_cases
from tests.support.service import ADMIN, ASKS, AUDITOR, CHECKERS, MANAGER, OFFICER, STEWARD

ROOT = Path(__file__).parents[2]
A_CONSENT = Consent(
    id=ConsentId("G-12"),
    unit="patient",
    person=4711,
    purposes=("research",),
    recipients=("press",),
    evidence="Form 12",
    given_on=date(2026, 5, 4),
    expires_on=None,
    recorded_by=STEWARD,
    recorded_at=datetime(2026, 5, 5, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    opened = open_cases(tmp_path_factory.mktemp("cases"))
    yield opened
    opened.service.close()


def named(cases: Cases, number: int) -> dict[str, str]:
    return {name: str(cases.person(number)[name]) for name in ("nhs_number", "full_name")}


def kinds(cases: Cases) -> list[str]:
    with cases.service.records.read() as reading:
        return [entry.kind for entry in reading.entries(limit=200)]


def texts_of(cases: Cases, id: CaseId, form: CopyForm = CopyForm.JSON) -> bytes:
    return draw_copy(cases.service.asker(STEWARD), id, form, cases.service.desk, cases.rights).content


def test_a_copy_has_every_value_about_the_person_and_no_other(cases: Cases) -> None:
    id = cases.decided(named(cases, 6))
    copy = json.loads(texts_of(cases, id))
    held = {
        value["value"] for table in copy["tables"] for row in table["rows"] for value in row["values"]
    } - {None}
    about = cases.rows_about(cases.person(6))
    assert {table["name"]: len(table["rows"]) for table in copy["tables"]} == {"patient": 2, "visit": 4}
    theirs = {str(value) for row in about for value in row.values() if value is not None}
    assert held == theirs
    for other in cases.everything():
        if other["person"] != about[0]["person"]:
            assert not {str(value) for name, value in other.items() if name not in SHARED} & held


SHARED = ("year", "hospital_id", "visit_no", "sex", "smoker", "insured", "ward_open")


@pytest.mark.parametrize("form", CopyForm)
def test_what_is_withheld_stands_in_no_form_of_the_copy(cases: Cases, form: CopyForm) -> None:
    criteria = named(cases, 9)
    why = "it is about another person too"
    id = cases.decided(criteria, Outcome.PARTLY, withheld={"patient.full_name": why})
    assert criteria["full_name"].encode() not in texts_of(cases, id, form)
    copy = json.loads(texts_of(cases, id))
    withheld = {
        (value["field"], value["withheld"])
        for table in copy["tables"]
        for row in table["rows"]
        for value in row["values"]
        if value["withheld"]
    }
    assert withheld == {("full_name", why)}


def test_nobody_opens_the_vault_alone(cases: Cases) -> None:
    before = kinds(cases).count(Kind.VAULT_OPENED)
    id = cases.verified()
    cases.act(id, Command.ASK_LOOKUP, STEWARD, criteria=named(cases, 1))
    with pytest.raises(Forbidden):
        cases.act(id, Command.ALLOW_LOOKUP, STEWARD)
    assert kinds(cases).count(Kind.VAULT_OPENED) == before
    assert cases.read(id).case.state is CaseState.LOOKUP_ASKED


@pytest.mark.parametrize("person", [ASKS, CHECKERS[0], MANAGER])
def test_who_does_not_handle_cases_learns_of_none(cases: Cases, person: PersonId) -> None:
    id = cases.open()
    with pytest.raises(NotFound):
        cases.read(id, person)
    with pytest.raises(Forbidden):
        cases.open(person=person)


def test_who_oversees_reads_where_a_case_is_and_none_of_its_papers(cases: Cases) -> None:
    id = cases.open()
    assert cases.read(id, AUDITOR).papers is None
    with pytest.raises(Forbidden):
        draw_copy(cases.service.asker(AUDITOR), id, CopyForm.JSON, cases.service.desk, cases.rights)


def test_the_second_person_has_another_role_and_a_fresh_sign_in(cases: Cases) -> None:
    id = cases.open()
    with pytest.raises(Forbidden):
        cases.act(id, Command.VERIFY, STEWARD, texts={"identity": "passport seen"})
    stale = cases.service.asker(ADMIN, signed_in_minutes_ago=16)
    act = Act(Command.VERIFY, texts={"identity": "passport seen"})
    with pytest.raises(SignInAgain):
        act_on_case(stale, id, act, cases.service.desk, cases.rights)


def test_what_is_allowed_is_what_was_seen(cases: Cases) -> None:
    """The criteria are changed between the look and the yes."""
    id = cases.verified()
    cases.act(id, Command.ASK_LOOKUP, STEWARD, criteria=named(cases, 1))
    seen = cases.read(id).case.version
    cases.act(id, Command.DECLINE, STEWARD, texts={"reason": "a slip"})
    cases.act(id, Command.ASK_LOOKUP, STEWARD, criteria=named(cases, 2))
    with pytest.raises(PreconditionFailed):
        cases.act(id, Command.ALLOW_LOOKUP, ADMIN, seen=seen)


def test_each_opening_is_on_record_even_if_nobody_is_found(cases: Cases) -> None:
    before = kinds(cases).count(Kind.VAULT_OPENED)
    id = cases.looked_up({"full_name": "Nobody of this name"})
    assert cases.read(id).case.state is CaseState.NOT_FOUND
    assert kinds(cases).count(Kind.VAULT_OPENED) == before + 1


def test_a_description_of_several_people_finds_nobody(cases: Cases) -> None:
    one, other = cases.person(1), cases.person(2)
    id = cases.looked_up({"nhs_number": str(one["nhs_number"]), "full_name": str(other["full_name"])})
    assert cases.read(id).case.state is CaseState.NOT_FOUND


def test_a_field_that_does_not_identify_finds_nobody(cases: Cases) -> None:
    id = cases.looked_up({"case_no": str(cases.person(1)["case_no"])})
    assert cases.read(id).case.state is CaseState.NOT_FOUND


def test_the_database_refuses_a_look_up_of_one_person_or_one_role(cases: Cases) -> None:
    id = cases.open()
    with closing(sqlite3.connect(cases.service.records._engine.url.database or "")) as database:
        for by, role in ((STEWARD, "admin"), (ADMIN, "data_steward")):
            row = (900, int(id[2:]), 0, STEWARD, "data_steward", by, role)
            with pytest.raises(sqlite3.IntegrityError):
                database.execute("INSERT INTO rights_lookups VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def test_the_archive_opens_for_no_warrant_that_the_record_does_not_tell_of(cases: Cases) -> None:
    id = cases.verified()
    archive = HomeArchive(cases.home, cases.service.policies.catalogue, cases.rights.records)
    forged = Warrant(id, STEWARD, Role.DATA_STEWARD, ADMIN, Role.ADMIN)
    with pytest.raises(NoWarrant):
        archive.find(forged, named(cases, 1))


def test_a_school_gets_nobody_of_another_school(cases: Cases) -> None:
    """People of the source are in the hospitals in turn: the fifth is in the officer's, the sixth is not."""
    mine, another = named(cases, 8), named(cases, 10)
    assert str(cases.person(8)["hospital_id"]) == HOSPITAL_OF_OFFICER
    assert str(cases.person(10)["hospital_id"]) != HOSPITAL_OF_OFFICER
    own = cases.looked_up(mine, person=OFFICER, through=HOSPITAL_OF_OFFICER)
    assert cases.read(own).case.state is CaseState.FOUND
    id = cases.looked_up(another, person=OFFICER, through=HOSPITAL_OF_OFFICER)
    assert cases.read(id).case.state is CaseState.NOT_FOUND
    assert HomeCabinet(cases.home).copy(id) is None


def test_a_school_does_not_act_as_another_nor_read_its_cases(cases: Cases) -> None:
    with pytest.raises(Forbidden):
        cases.open(person=OFFICER, through="2")
    with pytest.raises(Forbidden):
        cases.open(person=OFFICER)
    with pytest.raises(NotFound):
        cases.read(cases.open(), OFFICER)


def test_somebody_who_asks_for_a_child_shows_that_they_may(cases: Cases) -> None:
    id = cases.open(on_behalf=True)
    with pytest.raises(Conflict, match="responsibility, maturity"):
        cases.act(id, Command.VERIFY, ADMIN, texts={"identity": "passport seen"})


def test_the_clock_is_not_won_against(cases: Cases) -> None:
    """Received on 26 November 2026 (a Thursday): due on 28 December, the 26th being a Saturday."""
    today = cases.rights.today()
    tomorrow = NewRequest(CaseKind.ACCESS, today + timedelta(days=1), "a letter", "all")
    with pytest.raises(Conflict):
        open_request(cases.service.asker(STEWARD), tomorrow, cases.service.desk, cases.rights)
    id = cases.open()
    assert cases.read(id).case.due_on.isoformat() == "2026-12-28"
    reason = {"reason": "many records"}
    extended = cases.act(id, Command.EXTEND, STEWARD, texts=reason)
    assert extended.case.due_on.isoformat() == "2027-02-26"
    with pytest.raises(Conflict):
        cases.act(id, Command.EXTEND, STEWARD, texts=reason)
    late = cases.open(days_ago=40)
    with pytest.raises(Conflict):
        cases.act(late, Command.EXTEND, STEWARD, texts=reason)


def test_those_who_handle_cases_are_told_before_the_clock_runs_out_and_each_day_after(
    cases: Cases,
) -> None:
    """Of one case that is late: one alarm a day for each, whenever one looks."""
    id = cases.open(days_ago=40)
    assert send_case_alarms(cases.service.desk, cases.rights)
    assert send_case_alarms(cases.service.desk, cases.rights) == 0
    with cases.service.records.read() as reading:
        told = [
            (letter.person, letter.kind)
            for letter in reading.letters(limit=200)
            if letter.body["about"] == id
        ]
    assert set(told) == {(ADMIN, "rights.late"), (STEWARD, "rights.late")}


def test_a_case_is_not_given_up_by_one(cases: Cases) -> None:
    id = cases.open()
    withdrawn = cases.act(
        id, Command.PROPOSE, STEWARD, outcome=Outcome.WITHDRAWN, texts={"reason": "as they asked"}
    )
    assert withdrawn.case.state is CaseState.PROPOSED
    with pytest.raises(Forbidden):
        cases.act(id, Command.CONFIRM, STEWARD)


def test_nothing_is_granted_before_somebody_was_found(cases: Cases) -> None:
    id = cases.verified()
    with pytest.raises(Conflict):
        cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "theirs"})


def test_until_it_is_decided_the_copy_is_for_the_two_alone(cases: Cases) -> None:
    id = cases.looked_up(named(cases, 8), person=OFFICER, through=HOSPITAL_OF_OFFICER)
    with pytest.raises(Forbidden):
        texts_of(cases, id)
    for person in (OFFICER, ADMIN):
        asker = cases.service.asker(person)
        assert draw_copy(asker, id, CopyForm.HTML, cases.service.desk, cases.rights).content
    assert kinds(cases)[:2] == [Kind.COPY_READ, Kind.COPY_READ]


def test_judged_again_by_the_policy_of_its_time_nothing_of_it_was_wrong(cases: Cases) -> None:
    id = cases.decided(named(cases, 14))
    texts_of(cases, id)
    policies = cases.service.policies
    with cases.service.records.read() as reading:
        found = check_inside(reading, lambda _: policies, lambda _: policies)
    assert found.readings >= 2
    assert found.findings == []


def test_when_a_case_is_closed_nothing_personal_of_it_is_left(cases: Cases) -> None:
    criteria = named(cases, 13)
    id = cases.decided(criteria)
    sealed = cases.home.state / "rights" / f"{id}.sealed"
    assert sealed.is_file()
    assert criteria["full_name"].encode() not in sealed.read_bytes()
    cases.act(id, Command.CLOSE, STEWARD)
    assert not sealed.exists()
    assert kinds(cases)[0] == Kind.COPY_DESTROYED
    assert cases.read(id).papers is None
    with pytest.raises(Conflict):
        texts_of(cases, id)


def test_papers_of_one_case_do_not_open_as_those_of_another(cases: Cases) -> None:
    cabinet = HomeCabinet(cases.home)
    with pytest.raises(VaultUnreadable):
        cabinet.unseal(CaseId("C-2"), cabinet.seal(CaseId("C-1"), b"theirs"))


def test_the_log_and_the_database_hold_nothing_of_the_person(cases: Cases) -> None:
    criteria = named(cases, 14)
    cases.decided(criteria)
    folder = Path(cases.service.records._engine.url.database or "").parent
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(text.encode() in content for text in criteria.values()), path


def test_only_the_wiring_of_cases_reads_rows_of_people() -> None:
    """The module that reads rows of a person is imported in one place, and the vault's rows are read by it alone."""
    importers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "enclave").rglob("*.py")
        if "loading.subject" in path.read_text() and "enclave.loading.subject" in _imported(path)
    }
    assert importers == {"enclave/wiring/rights.py"}
    openers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "enclave").rglob("*.py")
        if "Vault(" in path.read_text() and "enclave.loading.vault" in _imported(path)
    }
    assert openers == {
        "enclave/loading/loader.py",  # writes, and reads who has which number
        "enclave/loading/persons.py",  # numbers alone, for the ledger
        "enclave/loading/key_numbers.py",  # numbers alone, of keys that somebody has, for consents
        "enclave/loading/retracting.py",  # writes it anew without a column, and shows nothing
        "enclave/loading/emptying.py",  # the same without values of some years
        "enclave/loading/subject.py",
    }


def test_for_consents_one_list_of_the_vault_is_read_and_only_keys_that_were_named_are_answered(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a data steward has alone: no row, no field, and nobody whose key they did not bring."""
    opened: list[str] = []
    read = Vault.read

    def watched(vault: Vault, name: str) -> Iterator[pa.Table]:
        opened.append(name)
        return read(vault, name)

    monkeypatch.setattr(Vault, "read", watched)
    key, identifying = str(cases.person(3)["person"]), named(cases, 3)
    secrets = read_secrets(cases.home.keys)
    found = numbers_of_keys(cases.home.data, secrets, "patient", [key, "nobody", *identifying.values()])
    assert list(found) == [key]
    assert all(isinstance(number, int) for number in found.values())
    assert opened == ["persons"]


def test_an_answer_about_consents_tells_no_number_of_anybody() -> None:
    """The number is in the register, which is not shown with it."""
    assert "person" not in consent_json(A_CONSENT)
    assert A_CONSENT.person not in consent_json(A_CONSENT).values()


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
