"""Indexes over what the ledger knows: they grow with the record, and never know less or more than it."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from enclave.actions import ledger_books
from enclave.actions.ledger_books import MOST_SCOPES, MOST_STRUCTURES, Books, limits_of
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.outputs.ledger import Judged, Known, Meeting, NumbersState, Reservation
from enclave.outputs.records import QueryId
from enclave.terms import ProjectId
from tests.support.ledger_leaf import LIMITS, Shelf, number, register, row
from tests.support.service import Service

CROWD = number(range(100), kinds=(), name=b"crowd")
NEARLY = number(range(96), kinds=(), name=b"nearly")
FAR = number(range(40), kinds=(), name=b"far")


class Record:
    """Reservations of one scope, in order."""

    def __init__(self, *projects: str) -> None:
        self.shelf = Shelf()
        self.projects = frozenset(map(ProjectId, projects or ("P-1",)))
        self.reservations: list[Reservation] = []

    def reserve(self, *numbers: LedgerNumber, version: str = "v1") -> Reservation:
        place = len(self.reservations) + 1
        made = Reservation(
            id=max((one.id for one in self.reservations), default=0) + 1,
            seq=place,
            project=min(self.projects),
            query_id=QueryId(f"Q-{place}"),
            data_version=version,
            state=NumbersState.SHOWN,
            judged=Judged(0, self.projects),
            numbers=tuple(self.shelf.kept(one) for one in numbers),
        )
        self.reservations.append(made)
        return made

    def free(self, reservation: Reservation) -> None:
        self.reservations.remove(reservation)

    @property
    def known(self) -> Known:
        return Known(Judged(len(self.reservations), self.projects), tuple(self.reservations))

    def memory(self, books: Books, version: str = "v1") -> Memory:
        return books.session(self.known, self.shelf.labels_of, data_version=version, limits=LIMITS).memory

    def lets(self, books: Books, *numbers: LedgerNumber, version: str = "v1") -> bool:
        session = books.session(self.known, self.shelf.labels_of, data_version=version, limits=LIMITS)
        return session.all_clear(numbers)


def identities(memory: Memory) -> Sequence[bytes]:
    return [one.identity for one in memory.numbers]


def test_the_index_grows_with_the_record() -> None:
    books, record = Books(), Record()
    record.reserve(CROWD)
    first = record.memory(books)
    record.reserve(FAR)
    second = record.memory(books)
    assert second is first
    assert identities(second) == [CROWD.identity, FAR.identity]


def test_what_was_indexed_is_not_read_again() -> None:
    books, record = Books(), Record()
    record.reserve(CROWD)
    record.memory(books)
    record.shelf.opened.clear()
    record.memory(books)
    assert record.shelf.opened == []


def test_what_was_shown_meanwhile_is_judged_beside() -> None:
    books, record = Books(), Record()
    assert record.lets(books, NEARLY)
    record.reserve(CROWD)
    assert not record.lets(books, NEARLY)


def test_what_was_judged_and_not_reserved_is_not_remembered() -> None:
    books, record = Books(), Record()
    assert record.lets(books, CROWD)
    assert record.lets(books, NEARLY)


def test_what_was_freed_is_forgotten() -> None:
    books, record = Books(), Record()
    freed = record.reserve(CROWD)
    record.reserve(FAR)
    assert not record.lets(books, NEARLY)
    record.free(freed)
    assert record.lets(books, NEARLY)
    assert identities(record.memory(books)) == [FAR.identity]


def test_the_last_that_was_freed_is_forgotten_too() -> None:
    books, record = Books(), Record()
    record.reserve(FAR)
    freed = record.reserve(CROWD)
    assert not record.lets(books, NEARLY)
    record.free(freed)
    assert record.lets(books, NEARLY)


def test_what_was_freed_and_reserved_anew_counts_once() -> None:
    books, record = Books(), Record()
    freed = record.reserve(CROWD)
    record.reserve(FAR)
    record.memory(books)
    record.free(freed)
    record.reserve(CROWD)
    assert identities(record.memory(books)) == [FAR.identity, CROWD.identity]


def test_what_was_shown_over_another_data_version_counts() -> None:
    books, record = Books(), Record()
    record.reserve(CROWD, version="v1")
    assert not record.lets(books, NEARLY, version="v2")
    assert record.memory(books, "v1") is not record.memory(books, "v2")


def test_scopes_have_indexes_of_their_own() -> None:
    books, one, other = Books(), Record("P-1"), Record("P-1", "P-2")
    one.reserve(CROWD)
    assert not one.lets(books, NEARLY)
    assert other.lets(books, NEARLY)


def test_an_index_that_was_let_go_is_made_again() -> None:
    books, record = Books(), Record()
    record.reserve(CROWD)
    first = record.memory(books)
    for place in range(MOST_SCOPES):
        Record(f"P-{place + 10}").memory(books)
    assert record.memory(books) is not first
    assert not record.lets(books, NEARLY)


def test_structures_are_kept_by_data_version_up_to_a_number() -> None:
    books, structure = Books(), register([row(1)])
    assert not books.knows_structure("v1", "pupil 2024")
    books.keep_structure("v1", "pupil 2024", structure)
    assert books.knows_structure("v1", "pupil 2024")
    assert not books.knows_structure("v2", "pupil 2024")
    for place in range(MOST_STRUCTURES):
        books.keep_structure("v1", f"other {place}", structure)
    assert not books.knows_structure("v1", "pupil 2024")


def test_a_session_sees_the_structures_of_its_version() -> None:
    books, record = Books(), Record()
    books.keep_structure("v1", "pupil 2024", register([row(1)]))
    sessions = (
        books.session(record.known, record.shelf.labels_of, data_version=one, limits=LIMITS)
        for one in ("v1", "v2")
    )
    assert [sorted(one.structures) for one in sessions] == [["pupil 2024"], []]


@pytest.mark.parametrize(("mine", "are_let"), [(NEARLY, False), (FAR, True), (CROWD, True)])
def test_a_release_is_judged_once_more_beside_what_came(
    service: Service, mine: LedgerNumber, are_let: bool
) -> None:
    books, record = Books(), Record()
    record.reserve(CROWD)
    policies = service.desk.policies()
    policy = policies.policy(min(policies.projects))
    assert policy is not None
    meeting = Meeting(
        project=ProjectId("P-1"),
        data_version="v1",
        mine=(mine,),
        newer=record.known.reservations,
        known=record.known,
        labels_of=record.shelf.labels_of,
    )
    assert limits_of(policy, policies.catalogue).min_units == policy.rules.min_units
    stricter = replace(policy, rules=replace(policy.rules, min_units=10))
    assert books.may_all_be_shown(meeting, stricter, policies.catalogue) is are_let


def test_answers_of_a_project_take_turns_and_see_how_many_came_before() -> None:
    books, project, order = Books(), ProjectId("P-1"), []
    assert books.turns_taken(project) == 0

    def second() -> None:
        with books.turn(project) as before:
            order.append(before)

    with books.turn(project) as before, books.turn(ProjectId("P-2")) as elsewhere:
        other = threading.Thread(target=second)
        other.start()
        other.join(0.05)
        order += [before, elsewhere]
    other.join()
    assert order == [0, 0, 1]
    assert books.turns_taken(project) == 2


def test_nobody_waits_long_for_a_slow_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_books, "TURN_SECONDS", 0.01)
    books, project = Books(), ProjectId("P-1")
    with books.turn(project), books.turn(project) as ahead:
        assert ahead == 0
    with books.turn(project) as before:
        assert before == 2
