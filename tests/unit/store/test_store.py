"""The store keeps what it is given, as it was given, and lets nobody overwrite what they have not seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from enclave.audit import Kind
from enclave.outputs.keeping import AlreadyThere, Change, NotIndependent, NotThere, Stale
from enclave.outputs.records import (
    ClaimRecord,
    JobState,
    OutputId,
    Party,
    QueryId,
    QueryRecord,
    QueryStatus,
    RememberedAnswer,
)
from enclave.store import Store
from enclave.store.changing import StoreChange
from tests.support.acts import (
    ANN,
    BOB,
    CAT,
    CHECKING,
    NORTH,
    OTHER_PROJECT,
    PROJECT,
    ask,
    ask_for_release,
    asked,
    entry,
    ran,
    start_job,
    vote,
)
from tests.support.records import START, FakeClock


def test_a_query_is_read_back_as_it_was_kept(store: Store) -> None:
    query = ask(
        store, problem={"code": "timeout", "n": 1}, route_reasons=("tier 1",), cells=12, started_at=START
    )
    with store.read() as reading:
        assert reading.query(query.id) == query
    assert (query.id, query.version, query.created_at) == ("Q-1", 1, START)


def test_a_result_is_read_back_as_it_was_kept(store: Store) -> None:
    store.write(entry(), lambda change: ran(change, asked(change), table=bytes(range(256))))
    with store.read() as reading:
        result = reading.result(QueryId("Q-1"))
    assert result is not None
    assert (result.table, result.answer, result.report) == (bytes(range(256)), b"{}", b"[]")


def test_an_output_with_its_parties_votes_and_claims_is_read_back(store: Store) -> None:
    output = ask_for_release(store)
    claim = ClaimRecord(output.id, 1, CAT, CHECKING, START)
    votes = [vote(output, START), vote(output, START, by=CAT)]
    for given in votes:
        store.write(entry(Kind.REVIEW_GIVEN), lambda change, given=given: change.add_review(given))  # type: ignore[misc]
    store.write(entry(Kind.OUTPUT_CLAIMED), lambda change: change.add_claim(claim))
    with store.read() as reading:
        assert reading.output(output.id) == output
        assert reading.output_of(output.query_id) == output
        assert reading.parties(output.id) == {Party(ANN, NORTH)}
        assert reading.reviews(output.id) == tuple(votes)
        assert reading.claims(output.id) == (claim,)


def test_a_claim_made_again_is_the_later_one(store: Store) -> None:
    output = ask_for_release(store)
    for hours in (0, 30):
        claim = ClaimRecord(output.id, 1, CAT, CHECKING, START + timedelta(hours=hours))
        store.write(entry(Kind.OUTPUT_CLAIMED), lambda change, claim=claim: change.add_claim(claim))  # type: ignore[misc]
    with store.read() as reading:
        assert [found.at for found in reading.claims(output.id)] == [START + timedelta(hours=30)]


@pytest.mark.parametrize(
    "id", ["", "Q-", "Q-0", "Q-01", "Q-1 ", "O-1", "Q-1; --", "Q-9999999999999999999", "Q-२"]
)
def test_an_id_that_is_none_of_ours_finds_nothing(store: Store, id: str) -> None:
    ask(store)
    with store.read() as reading:
        assert reading.query(QueryId(id)) is None
        assert reading.result(QueryId(id)) is None
        assert reading.job_of(QueryId(id)) is None


def test_a_record_that_somebody_else_has_changed_is_not_overwritten(store: Store) -> None:
    query = ask(store)
    saved = store.write(entry(), lambda change: change.save_query(replace(query, name="first")))
    with pytest.raises(Stale):
        store.write(entry(), lambda change: change.save_query(replace(query, name="second")))
    with store.read() as reading:
        assert reading.query(query.id) == saved
    assert (saved.name, saved.version) == ("first", 2)


def test_a_record_that_is_not_there_cannot_be_saved(store: Store) -> None:
    query = replace(ask(store), id=QueryId("Q-7"))
    with pytest.raises(NotThere):
        store.write(entry(), lambda change: change.save_query(query))


def test_ids_go_on_where_they_were_and_an_undone_one_is_given_again(store: Store) -> None:
    first = ask(store)
    with pytest.raises(ZeroDivisionError):
        store.write(entry(), lambda change: (asked(change), 1 // 0))
    assert (first.id, ask(store).id) == ("Q-1", "Q-2")


def test_lists_are_newest_first_and_go_on_below_a_number(store: Store) -> None:
    for _ in range(5):
        ask(store)
    with store.read() as reading:
        assert [query.id for query in reading.queries(limit=2)] == ["Q-5", "Q-4"]
        assert [query.id for query in reading.queries(limit=2, before=4)] == ["Q-3", "Q-2"]
        assert reading.queries(before=1) == ()
        assert reading.queries(before=0) == ()


def test_lists_are_of_one_project_one_person_one_state(store: Store) -> None:
    ask(store)
    ask(store, project=OTHER_PROJECT)
    ask(store, person=BOB, status=QueryStatus.REFUSED)
    with store.read() as reading:
        assert [query.id for query in reading.queries(project=OTHER_PROJECT)] == ["Q-2"]
        assert [query.id for query in reading.queries(person=BOB)] == ["Q-3"]
        assert [query.id for query in reading.queries(status=QueryStatus.QUEUED)] == ["Q-2", "Q-1"]
        assert reading.query_counts(PROJECT) == {QueryStatus.QUEUED: 1, QueryStatus.REFUSED: 1}


def test_outputs_of_no_project_are_none(store: Store) -> None:
    ask_for_release(store)
    with store.read() as reading:
        assert [output.id for output in reading.outputs()] == ["O-1"]
        assert [output.id for output in reading.outputs(projects=[PROJECT], states=["queued"])] == ["O-1"]
        assert reading.outputs(projects=[]) == ()
        assert reading.outputs(states=[]) == ()


def test_what_a_project_used_is_counted_without_what_was_refused(store: Store, clock: FakeClock) -> None:
    ask(store, cells=1_000)
    clock.move(days=1)
    ask(store, cells=10)
    ask(store, cells=5)
    ask(store, cells=7, status=QueryStatus.REFUSED)
    ask(store, cells=None)
    with store.read() as reading:
        assert reading.cells_asked(PROJECT, since=clock.now()) == 15
        assert reading.cells_asked(OTHER_PROJECT, since=START) == 0


def test_ends_are_counted_by_their_code(store: Store) -> None:
    for code in ("timeout", "timeout", "fault"):
        ask(store, status=QueryStatus.FAILED, problem={"code": code})
    with store.read() as reading:
        assert reading.ends(PROJECT) == {"timeout": 2, "fault": 1}


def test_a_job_is_taken_once(store: Store) -> None:
    query = ask(store)
    job = store.write(entry(), lambda change: change.add_job(query.id))
    with store.read() as reading:
        assert reading.waiting_jobs() == (job,)
    taken = store.write(entry(Kind.QUERY_STARTED), lambda change: change.take_job(job.id, by="w1"))
    with pytest.raises(Stale):
        store.write(entry(Kind.QUERY_STARTED), lambda change: change.take_job(job.id, by="w2"))
    assert (taken.state, taken.taken_by, taken.heartbeat) == (JobState.RUNNING, "w1", START)
    with store.read() as reading:
        assert reading.waiting_jobs() == ()


def test_a_job_ends_once(store: Store) -> None:
    job = start_job(store, ask(store))
    store.write(entry(Kind.QUERY_FINISHED), lambda change: change.end_job(job.id))
    with pytest.raises(Stale):
        store.write(entry(Kind.QUERY_FINISHED), lambda change: change.end_job(job.id))


def test_a_worker_that_speaks_learns_which_of_its_queries_should_stop(store: Store, clock: FakeClock) -> None:
    mine, other = ask(store), ask(store)
    start_job(store, mine)
    start_job(store, other, worker="w2")
    for query in (mine, other):
        store.write(entry(Kind.QUERY_CANCELLED), lambda change, id=query.id: change.ask_to_cancel(id))  # type: ignore[misc]
    clock.move(seconds=5)
    assert store.beat("w1", {mine.id: 45, other.id: 50}) == [mine.id]
    with store.read() as reading:
        job, running = reading.job_of(mine.id), reading.query(mine.id)
    assert job is not None
    assert running is not None
    assert (job.heartbeat, running.progress) == (clock.now(), 45)


def test_to_cancel_what_has_ended_is_no_harm(store: Store) -> None:
    query = ask(store)
    job = start_job(store, query)
    store.write(entry(Kind.QUERY_FINISHED), lambda change: change.end_job(job.id))
    assert store.write(entry(Kind.QUERY_CANCELLED), lambda change: change.ask_to_cancel(query.id)) is None
    assert (
        store.write(entry(Kind.QUERY_CANCELLED), lambda change: change.ask_to_cancel(QueryId("Q-9"))) is None
    )


def test_queries_of_a_dead_worker_are_failed_and_those_of_a_living_one_go_on(
    store: Store, clock: FakeClock
) -> None:
    dead, living, waiting = ask(store), ask(store), ask(store)
    start_job(store, dead)
    start_job(store, living, worker="w2")
    store.write(entry(), lambda change: change.add_job(waiting.id))
    clock.move(minutes=1)
    store.beat("w2", {living.id: 0})
    assert store.fail_orphans(heard_before=clock.now()) == (dead.id,)
    assert store.fail_orphans(heard_before=clock.now()) == ()
    with store.read() as reading:
        failed, job = reading.query(dead.id), reading.job_of(dead.id)
        others = [reading.query(one.id) for one in (living, waiting)]
        told = reading.entries_about(dead.id)[-1]
    assert failed is not None
    assert job is not None
    assert (failed.status, failed.finished_at, job.state) == (QueryStatus.FAILED, clock.now(), JobState.ENDED)
    assert (failed.problem or {})["code"] == "interrupted"
    assert [one.status for one in others if one is not None] == [QueryStatus.RUNNING, QueryStatus.QUEUED]
    assert (told.kind, told.actor) == (Kind.QUERY_FAILED, None)


def test_an_answer_is_remembered_for_its_person_and_key(store: Store, clock: FakeClock) -> None:
    answer = RememberedAnswer(ANN, "k1", "h1", {"query": "Q-1"}, START)
    store.write(entry(), lambda change: change.remember(answer))
    with pytest.raises(AlreadyThere):
        store.write(entry(), lambda change: change.remember(replace(answer, body_hash="h2")))
    with store.read() as reading:
        assert reading.remembered(ANN, "k1") == answer
        assert reading.remembered(BOB, "k1") is None
    clock.move(hours=25)
    assert store.write(entry(), lambda change: change.forget_answers(before=clock.now())) == 1


def test_the_first_answer_to_a_call_is_the_one_that_is_kept(store: Store, clock: FakeClock) -> None:
    made = RememberedAnswer(ANN, "k1", "h1", {"id": "Q-1"}, START)
    store.write(entry(), lambda change: change.remember(made))
    first, second = (replace(made, response={}, answer=text) for text in (b"first", b"second"))
    assert [store.keep_answer(one, since=START) for one in (first, second)] == [b"first", b"first"]
    assert store.keep_answer(replace(second, body_hash="h2"), since=START) is None
    with store.read() as reading:
        assert reading.remembered(ANN, "k1") == replace(made, answer=b"first")
    assert store.keep_answer(replace(second, at=clock.now()), since=START + timedelta(seconds=1)) == b"second"
    assert store.forget_answers(before=START + timedelta(days=1)) == 1


def test_one_reviewer_has_one_vote_a_round(store: Store) -> None:
    output = ask_for_release(store)
    store.write(entry(Kind.REVIEW_GIVEN), lambda change: change.add_review(vote(output, change.at)))
    with pytest.raises(AlreadyThere):
        store.write(
            entry(Kind.REVIEW_GIVEN),
            lambda change: change.add_review(vote(output, change.at, verdict="reject")),
        )
    again = replace(output, round=2)
    store.write(entry(Kind.REVIEW_GIVEN), lambda change: change.add_review(vote(again, change.at)))


@pytest.mark.parametrize(("by", "of"), [(ANN, CHECKING), (BOB, NORTH), (ANN, NORTH)])
def test_the_database_refuses_a_vote_or_a_claim_of_somebody_with_an_interest(
    store: Store, by: str, of: str
) -> None:
    output = ask_for_release(store)
    claim = ClaimRecord(output.id, 1, by, of, START)  # type: ignore[arg-type]
    with pytest.raises(NotIndependent):
        store.write(entry(), lambda change: change.add_review(vote(output, START, by=by, of=of)))  # type: ignore[arg-type]
    with pytest.raises(NotIndependent):
        store.write(entry(), lambda change: change.add_claim(claim))
    with store.read() as reading:
        assert (reading.reviews(output.id), reading.claims(output.id)) == ((), ())


def test_the_database_refuses_a_vote_on_an_output_whose_parties_nobody_recorded(store: Store) -> None:
    output = replace(ask_for_release(store), id=OutputId("O-99"))
    store.write(entry(), lambda change: change.add_output(output, parties=[]))
    with pytest.raises(NotIndependent):
        store.write(entry(), lambda change: change.add_review(vote(output, START)))


def test_who_joins_the_project_later_may_not_vote_either(store: Store) -> None:
    output = ask_for_release(store)
    store.write(entry(), lambda change: change.add_parties(output.id, [Party(BOB, CHECKING)]))
    with pytest.raises(NotIndependent):
        store.write(entry(), lambda change: change.add_review(vote(output, START)))


def test_the_parts_of_a_change_see_one_another_and_others_see_them_after_it(store: Store) -> None:
    def change_and_look(change: Change) -> QueryRecord | None:
        query = asked(change)
        with store.read() as outside:
            assert outside.query(query.id) is None
        return change.query(query.id)

    query = store.write(entry(), change_and_look)
    with store.read() as reading:
        assert query == reading.query(QueryId("Q-1"))


def test_a_reading_sees_one_moment(store: Store) -> None:
    ask(store)
    with store.read() as reading:
        assert len(reading.queries()) == 1
        ask(store)
        assert len(reading.queries()) == 1
    with store.read() as reading:
        assert len(reading.queries()) == 2


def test_a_change_reads_what_it_wrote_and_reads_once_what_nothing_can_change(store: Store) -> None:
    def change(change: StoreChange) -> tuple[QueryRecord | None, ...]:
        query = asked(change)
        before = change.query(query.id)
        change.save_query(replace(query, name="another"))
        with change.unchanged():
            return before, change.query(query.id), change.query(query.id)

    before, after, again = store.write(entry(), change)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("pupils by authority", "another")
    assert again is after
