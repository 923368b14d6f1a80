"""A checker's queue, screen and approval of several: what is seen, and what may not be passed by."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from enclave.actions import approve_together as together
from enclave.actions.approve_together import Chosen, approve_together
from enclave.actions.ask_release import ask_release
from enclave.actions.look_over import look_over
from enclave.actions.work_queue import read_work_queue
from enclave.audit import Kind
from enclave.outputs.checking.line_changes import Part
from enclave.outputs.checking.queue import Order, QueueRow, Risk
from enclave.outputs.checking.release_copy import Standing
from enclave.outputs.records import OutputId, Wanted
from enclave.outputs.states import State, Verdict
from enclave.problems.http import MalformedRequest
from enclave.problems.service import Forbidden, OwnOutput, SignInAgain
from enclave.terms import Use
from tests.support.service import ASKS, CHECKERS, OWN_CHECKER, STRANGER, Service

BY_SEX = "SELECT sex, count(*) AS n\nFROM patient\nGROUP BY 1"
BY_SEX_SORTED = "SELECT sex, count(*) AS n\nFROM patient\nGROUP BY 1\nORDER BY 2"
BUT_ONE = "SELECT sex, count(*) AS n FROM patient WHERE weight > 30.5 GROUP BY 1"  # one man weighs less


def asked(service: Service, sql: str) -> OutputId:
    """An output that waits for checkers since whoever asked wanted them."""
    return ask_release(
        service.asker(ASKS), service.ran(sql, Wanted.CHECKERS), "For the paper", service.desk
    ).id


def row_of(service: Service, id: OutputId, person: str = CHECKERS[0]) -> QueueRow:
    queue = read_work_queue(service.asker(person), service.desk)  # type: ignore[arg-type]
    (row,) = [one for one in queue.rows if one.output == id]
    return row


def chosen(*rows: QueueRow) -> list[Chosen]:
    return [Chosen(row.output, row.etag, row.seal) for row in rows]


def nobody_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "drawn", lambda *_: False)


def kinds_about(service: Service, id: OutputId) -> Sequence[str]:
    with service.records.read() as reading:
        return [entry.kind for entry in reading.entries_about(id)]


def test_the_queue_grades_each_item_by_its_report(service: Service) -> None:
    clear = asked(service, BY_SEX)
    flagged = asked(service, BUT_ONE)
    queue = read_work_queue(service.asker(CHECKERS[0]), service.desk, Order.RISK)
    assert [(row.output, row.risk) for row in queue.rows] == [(flagged, Risk.LOOK), (clear, Risk.CLEAR)]
    assert (queue.rows[0].looks, queue.rows[0].needed, queue.place(clear)) == (1, 2, 2)


def test_nobody_sees_an_item_of_their_own_organisation_in_the_queue(service: Service) -> None:
    asked(service, BY_SEX)
    assert read_work_queue(service.asker(OWN_CHECKER), service.desk).rows == ()


def test_the_queue_is_for_checkers(service: Service) -> None:
    with pytest.raises(Forbidden):
        read_work_queue(service.asker(ASKS), service.desk)
    with pytest.raises(Forbidden):
        approve_together(service.asker(ASKS), [Chosen(OutputId("O-1"), "", "")], service.desk)


def test_what_one_voted_on_is_no_more_to_do_and_what_another_took_is_marked(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, CHECKERS[0])
    assert row_of(service, id).voted
    assert not row_of(service, id, CHECKERS[1]).voted
    assert read_work_queue(service.asker(CHECKERS[0]), service.desk).to_do == ()


def test_the_screen_has_checks_copy_fields_and_the_numbers_that_a_finding_names(service: Service) -> None:
    earlier = service.ran(BY_SEX)
    id = asked(service, BUT_ONE)
    seen = look_over(service.asker(CHECKERS[0]), id, service.desk)
    (look,) = [check for check in seen.checks if check.looks]
    assert earlier in look.told[0]
    assert [cell.standing for row in seen.copy.rows for cell in row].count(Standing.LOOK) == 1
    assert [(link.words, link.state) for link in seen.linked] == [(earlier, "released")]
    assert [(str(one.field), one.uses) for one in seen.fields] == [
        ("patient.sex", (Use.GROUP,)),
        ("patient.weight", (Use.FILTER,)),
    ]
    assert all(one.why for one in seen.fields)


def test_the_query_is_compared_with_the_last_approved_one_that_is_like_it(service: Service) -> None:
    before = asked(service, BY_SEX)
    service.vote(before, CHECKERS[0])
    assert service.state(before) is State.RELEASED
    seen = look_over(service.asker(CHECKERS[1]), asked(service, BY_SEX_SORTED), service.desk)
    assert seen.earlier is not None
    assert seen.earlier.output == before
    assert [(line.part, line.text) for line in seen.lines if line.part is not Part.SAME] == [
        (Part.ADDED, "ORDER BY 2")
    ]
    assert seen.copy.changed == 0


def test_a_query_like_no_other_stands_as_it_is(service: Service) -> None:
    seen = look_over(service.asker(CHECKERS[0]), asked(service, BUT_ONE), service.desk)
    assert seen.earlier is None
    assert {line.part for line in seen.lines} == {Part.SAME}


def test_whoever_has_an_interest_sees_no_screen(service: Service) -> None:
    with pytest.raises(OwnOutput):
        look_over(service.asker(OWN_CHECKER), asked(service, BY_SEX), service.desk)


def test_clear_items_are_approved_together_each_with_its_own_entry(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_drawn(monkeypatch)
    ids = [asked(service, BY_SEX), asked(service, BY_SEX_SORTED)]
    ended = approve_together(
        service.asker(CHECKERS[0]), chosen(*(row_of(service, id) for id in ids)), service.desk
    )
    assert [(one.output, one.status) for one in ended] == [(id, "released") for id in ids]
    for id in ids:
        assert kinds_about(service, id).count(Kind.REVIEW_GIVEN) == 1


def test_an_item_that_is_drawn_is_not_approved_before_it_was_seen_whole(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "drawn", lambda *_: True)
    id = asked(service, BY_SEX)
    (ended,) = approve_together(service.asker(CHECKERS[0]), chosen(row_of(service, id)), service.desk)
    assert ended.to_open
    assert service.state(id) is State.QUEUED
    look_over(service.asker(CHECKERS[0]), id, service.desk)
    (ended,) = approve_together(service.asker(CHECKERS[0]), chosen(row_of(service, id)), service.desk)
    assert ended.status == "released"


def test_what_another_checker_has_seen_whole_one_has_not(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "drawn", lambda *_: True)
    id = asked(service, BY_SEX)
    look_over(service.asker(CHECKERS[1]), id, service.desk)
    (ended,) = approve_together(service.asker(CHECKERS[0]), chosen(row_of(service, id)), service.desk)
    assert ended.to_open


def test_an_item_that_is_not_clear_is_never_approved_together(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_drawn(monkeypatch)
    service.ran(BY_SEX)
    id = asked(service, BUT_ONE)
    (ended,) = approve_together(service.asker(CHECKERS[0]), chosen(row_of(service, id)), service.desk)
    assert ended.to_open
    assert service.state(id) is State.QUEUED


def test_an_item_that_is_not_as_it_was_listed_is_not_approved_and_stops_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_drawn(monkeypatch)
    ids = [asked(service, BY_SEX), asked(service, BY_SEX_SORTED)]
    first, second = (row_of(service, id) for id in ids)
    ended = approve_together(
        service.asker(CHECKERS[0]),
        [replace(chosen(first)[0], seal="0" * 64), *chosen(second)],
        service.desk,
    )
    assert [one.status for one in ended] == ["not approved", "released"]
    assert ended[0].problem is not None
    assert ended[0].problem.code == "precondition-failed"


def test_a_vote_of_this_round_is_not_given_twice_by_listing_the_item_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_drawn(monkeypatch)
    id = service.with_checkers()
    row = row_of(service, id)
    service.vote(id, CHECKERS[0], Verdict.REJECT)
    (ended,) = approve_together(service.asker(CHECKERS[0]), chosen(row), service.desk)
    assert ended.problem is not None
    assert service.state(id) is State.IN_REVIEW


@pytest.mark.parametrize("count", [0, 21])
def test_no_more_than_twenty_are_approved_together_and_not_none(service: Service, count: int) -> None:
    items = [Chosen(OutputId(f"O-{number}"), "", "") for number in range(1, count + 1)]
    with pytest.raises(MalformedRequest):
        approve_together(service.asker(CHECKERS[0]), items, service.desk)


def test_an_item_counts_once_in_the_twenty(service: Service) -> None:
    with pytest.raises(MalformedRequest):
        approve_together(service.asker(CHECKERS[0]), [Chosen(OutputId("O-1"), "", "")] * 2, service.desk)


def test_an_old_sign_in_approves_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody_drawn(monkeypatch)
    id = asked(service, BY_SEX)
    row = row_of(service, id)
    with pytest.raises(SignInAgain):
        approve_together(service.asker(CHECKERS[0], signed_in_minutes_ago=20), chosen(row), service.desk)
    assert service.state(id) is State.QUEUED


def test_a_stranger_to_the_house_gets_no_queue(service: Service) -> None:
    with pytest.raises(Forbidden):
        read_work_queue(service.asker(STRANGER), service.desk)
