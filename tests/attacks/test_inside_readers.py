"""Somebody saw a table, the vault or a copy and had no right to, by the policies of that time: insiders notice.

The record is forged: entries that an honest service would not have written stand in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from enclave.actions.check_policy import Policies
from enclave.actions.inside_readers import wrong_with_reader
from enclave.actions.inside_rules import check_inside
from enclave.actions.read_outputs import output_table, read_review
from enclave.audit import Entry, Kind
from enclave.outputs.records import EntryRecord, OutputId
from enclave.people import Role
from enclave.rights.cases import CaseId, CaseKind, CaseRecord, CaseState, LookupRecord
from enclave.terms import PersonId, ProjectId
from tests.support.records import without_waiting_for_the_disk
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    CHECKERS,
    COLLEAGUE,
    CONFLICTED,
    LAPSED,
    MANAGER,
    MEMBER_CHECKER,
    NOW,
    OFFICER,
    OTHER,
    OWN_CHECKER,
    SENIOR,
    STEWARD,
    STRANGER,
    THIS,
    Service,
)

READ, DOWNLOADED = Kind.OUTPUT_READ, Kind.OUTPUT_DOWNLOADED
CASE = CaseId("C-1")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class House:
    """A service with a release and an output that waits; both were read as they may be."""

    service: Service
    released: OutputId
    waits: OutputId

    def wrong(self, entry: EntryRecord, **reading: Any) -> list[str]:
        policies = self.service.policies
        with self.service.records.read() as found:
            judged = wrong_with_reader(entry, Also(found, reading), lambda _: policies)
        assert judged is not None
        return judged

    def entry(self, kind: Kind, who: PersonId, output: OutputId, **changes: Any) -> EntryRecord:
        return replace(EntryRecord(9, NOW + HOUR, kind, who, THIS, {"output": output, "round": 1}), **changes)


class Also:
    """The record, with answers of one's own to some questions."""

    def __init__(self, reading: Any, answers: Mapping[str, Any]) -> None:
        self._reading = reading
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        if name not in self._answers:
            return getattr(self._reading, name)
        return lambda *_, **__: self._answers[name]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        without_waiting_for_the_disk(patch)
        service = Service(tmp_path_factory.mktemp("service"))
        made = House(service, service.released(), service.with_checkers())
        yield made
        service.close()


def test_what_a_service_let_be_read_is_well(house: House) -> None:
    desk = house.service.desk
    output_table(house.service.asker(ASKS), house.released, desk)
    for who in (CHECKERS[0], SENIOR, AUDITOR):
        read_review(house.service.asker(who), house.waits, desk)
    with house.service.records.read() as reading:
        entries = [one for one in reading.entries(kinds=[READ, DOWNLOADED]) if one.actor != ADMIN]
    assert len(entries) == 4
    assert [house.wrong(entry) for entry in entries] == [[], [], [], []]


READERS = {
    "a checker downloads": (DOWNLOADED, CHECKERS[0], "released", "was not on"),
    "a senior checker downloads": (DOWNLOADED, SENIOR, "released", "was not on"),
    "an auditor downloads": (DOWNLOADED, AUDITOR, "released", "was not on"),
    "an admin downloads": (DOWNLOADED, ADMIN, "released", "was not on"),
    "a manager without data downloads": (DOWNLOADED, MANAGER, "released", "was not on"),
    "somebody of another project downloads": (DOWNLOADED, STRANGER, "released", "was not on"),
    "a member downloads what is not out": (DOWNLOADED, COLLEAGUE, "waits", "which was queued"),
    "an admin looks": (READ, ADMIN, "waits", "no checker and no auditor"),
    "a steward looks": (READ, STEWARD, "waits", "no checker and no auditor"),
    "a member looks as a checker": (READ, ASKS, "waits", "their own project"),
    "a member with the role looks": (READ, MEMBER_CHECKER, "waits", "their own project"),
    "the manager looks": (READ, MANAGER, "waits", "their own project"),
    "a checker of the project's house looks": (READ, OWN_CHECKER, "waits", "their own organisation"),
    "a checker with a conflict looks": (READ, CONFLICTED, "waits", "conflict of interest"),
    "a checker without standing looks": (READ, LAPSED, "waits", "accreditation"),
    "nobody knows who looks": (READ, PersonId("nobody@elsewhere.example"), "waits", "did not know"),
}


@pytest.mark.parametrize("what", READERS)
def test_who_reads_without_the_role_and_the_duty_is_noticed(house: House, what: str) -> None:
    kind, who, output, said = READERS[what]
    wrong = house.wrong(house.entry(kind, who, getattr(house, output)))
    assert any(said in one for one in wrong), wrong


def test_who_was_a_checker_once_is_none_today(house: House) -> None:
    was = house.service.policies
    checker = replace(was.people[CHECKERS[0]], roles=frozenset({Role.RESEARCHER}))
    now = replace(was, people={**was.people, CHECKERS[0]: checker}, content_hash="now")
    changed = NOW + HOUR

    def in_force(at: Any) -> Policies:
        return now if at >= changed else was

    with house.service.records.read() as reading:
        for minutes, well in ((-1, True), (1, False)):
            at = changed + timedelta(minutes=minutes)
            entry = house.entry(READ, CHECKERS[0], house.waits, at=at)
            assert (wrong_with_reader(entry, reading, in_force) == []) is well


def test_a_table_of_another_project_of_none_or_of_no_output_is_noticed(house: House) -> None:
    for changes in ({"project": OTHER}, {"project": None}, {"body": None}, {"body": {"output": "O-99"}}):
        entry = house.entry(DOWNLOADED, ASKS, house.released, **changes)
        assert any("saw a table that is not of" in one for one in house.wrong(entry))


def test_a_table_that_was_seen_before_it_was_there_is_noticed(house: House) -> None:
    early = {"at": NOW - HOUR}
    assert "before it was asked for" in house.wrong(house.entry(READ, SENIOR, house.waits, **early))[0]
    assert "before it was asked for" in house.wrong(house.entry(DOWNLOADED, ASKS, house.released, **early))[0]


def test_a_download_of_what_was_taken_back_is_noticed(house: House) -> None:
    with house.service.records.read() as reading:
        moves = reading.moves(house.released)
    gone = (*moves, replace(moves[-1], at=NOW + HOUR / 2, state="revoked"))
    wrong = house.wrong(house.entry(DOWNLOADED, ASKS, house.released), moves=gone)
    assert wrong == [f"{ASKS} downloaded {house.released}, which was revoked"]


def case(kind: CaseKind = CaseKind.ACCESS, *, through: str = "") -> CaseRecord:
    day = date(2026, 11, 2)
    return CaseRecord(
        CASE,
        kind,
        CaseState.FOUND,
        through,
        False,
        day,
        day,
        extended=False,
        outcome=None,
        steps=(),
        sealed=b"",
    )


LOOKUP = LookupRecord(1, CASE, NOW, STEWARD, Role.DATA_STEWARD, ADMIN, Role.ADMIN)
OPENED = EntryRecord(9, NOW, Kind.VAULT_OPENED, ADMIN, None, {"case": CASE, "asked_by": STEWARD})


def test_a_vault_that_two_people_opened_and_a_copy_that_they_read_are_well(house: House) -> None:
    kept = {"case": case(), "lookups": (LOOKUP,)}
    assert house.wrong(OPENED, **kept) == []
    assert house.wrong(replace(OPENED, kind=Kind.COPY_READ), **kept) == []
    assert house.wrong(replace(OPENED, kind=Kind.COPY_GIVEN, actor=STEWARD), **kept) == []
    officers = replace(LOOKUP, asked_by=OFFICER, asked_role=Role.SCHOOL_DATA_OFFICER)
    assert house.wrong(OPENED, case=case(through="H-1"), lookups=(officers,)) == []


VAULT: dict[str, tuple[dict[str, Any], str]] = {
    "no look-up is kept": ({"lookups": ()}, "for no look-up of a case"),
    "there is no case": ({"case": None}, "for no look-up of a case"),
    "somebody else allowed it": ({"lookups": (replace(LOOKUP, allowed_by=SENIOR),)}, "for no look-up"),
    "it was for a demand": ({"case": case(CaseKind.DEMAND)}, "opened for the demand"),
    "one person was both": ({"lookups": (replace(LOOKUP, asked_by=ADMIN),)}, "by one person"),
    "both acted in one role": ({"lookups": (replace(LOOKUP, asked_role=Role.ADMIN),)}, "in one role"),
    "who asked was no steward": ({"lookups": (replace(LOOKUP, asked_by=SENIOR),)}, "which they were not"),
    "an admin asked": (
        {"lookups": (replace(LOOKUP, asked_by=AUDITOR, asked_role=Role.AUDITOR),)},
        "opened the vault as auditor",
    ),
    "an officer asked for another school": (
        {
            "case": case(through="H-2"),
            "lookups": (replace(LOOKUP, asked_by=OFFICER, asked_role=Role.SCHOOL_DATA_OFFICER),),
        },
        "an officer of somewhere else",
    ),
}


@pytest.mark.parametrize("what", VAULT)
def test_a_vault_that_was_not_opened_by_two_people_with_the_duty_is_noticed(house: House, what: str) -> None:
    changes, said = VAULT[what]
    wrong = house.wrong(OPENED, **{"case": case(), "lookups": (LOOKUP,), **changes})
    assert any(said in one for one in wrong), wrong


COPIES = {
    "no vault was opened": (Kind.COPY_GIVEN, STEWARD, (), "nobody opened the vault"),
    "it was opened later": (
        Kind.COPY_READ,
        STEWARD,
        (replace(LOOKUP, at=NOW + HOUR),),
        "nobody opened the vault",
    ),
    "a third read it": (Kind.COPY_READ, AUDITOR, (LOOKUP,), "none of the two"),
    "a checker gave it": (Kind.COPY_GIVEN, SENIOR, (LOOKUP,), "nobody who handles it"),
    "an officer of elsewhere gave it": (Kind.COPY_GIVEN, OFFICER, (LOOKUP,), "nobody who handles it"),
    "nobody knew who": (Kind.COPY_GIVEN, PersonId("x@y.example"), (LOOKUP,), "nobody who handles it"),
}


@pytest.mark.parametrize("what", COPIES)
def test_a_copy_in_other_hands_is_noticed(house: House, what: str) -> None:
    kind, who, lookups, said = COPIES[what]
    wrong = house.wrong(replace(OPENED, kind=kind, actor=who), case=case(), lookups=lookups)
    assert any(said in one for one in wrong), wrong


def test_who_was_erased_cannot_be_judged_and_is_no_finding(house: House) -> None:
    assert house.wrong(house.entry(READ, ADMIN, house.waits, actor=None, body=None)) == []


def test_a_reading_whose_policy_is_not_kept_is_not_called_good(house: House) -> None:
    with house.service.records.read() as reading:
        entry = house.entry(READ, SENIOR, house.waits)
        assert wrong_with_reader(entry, reading, lambda _: None) is None


def test_a_forged_entry_in_a_real_record_is_found_by_who_judges_all_of_it(house: House) -> None:
    entry = Entry(DOWNLOADED, ADMIN, ProjectId(THIS), {}, {"output": house.released, "round": 1})
    house.service.records.write(entry, lambda _: None)
    policies = house.service.policies
    with house.service.records.read() as reading:
        found = check_inside(reading, lambda _: policies, lambda _: policies)
    assert [one for one in found.findings if f"{ADMIN} was not on {THIS}" in one]
