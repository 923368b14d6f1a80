"""Two gateways on one database, and people who act at the same moment: nothing is done twice, nothing is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.read_outputs import read_review
from enclave.actions.review_output import Vote, review_output
from enclave.audit import Kind
from enclave.outputs.reasons import Reason
from enclave.outputs.records import OutputId
from enclave.outputs.states import State, Verdict
from enclave.problems import Problem
from tests.support.postgres import Postgres, postgres
from tests.support.service import ASKS, AUTOMATIC, CHECKED, CHECKERS, Service

Pair = tuple[Service, Service]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def gateways(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("server").new_database()
    pair = Service(tmp_path, worker="one", url=url), Service(tmp_path, worker="two", url=url)
    yield pair
    for service in pair:
        service.close()


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Each act in a thread of its own, and the code of what stopped it."""
    start, stopped = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except Problem as problem:
            stopped.append(problem.code)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return stopped


def kinds(service: Service) -> Counter[str]:
    with service.records.read() as reading:
        return Counter(entry.kind for entry in reading.entries())


def voting(service: Service, id: OutputId, number: int, verdict: Verdict) -> Callable[[], object]:
    """A vote on what is seen now, to be given later."""
    asker = service.asker(CHECKERS[number])
    seen = read_review(asker, id, service.desk)
    vote = Vote(verdict, "", seen.hashes.as_json(), Reason.OTHER)
    return lambda: review_output(asker, id, vote, service.desk, etag=seen.etag)


def test_both_run_what_waits_and_each_query_runs_once(gateways: Pair) -> None:
    one, two = gateways
    for _ in range(6):
        one.ask(AUTOMATIC)
    assert at_once(one.run, two.run) == []
    assert one.faults == two.faults == []
    assert kinds(one)["query.started"] == kinds(one)["query.finished"] == kinds(one)["output.released"] == 6


def test_two_last_votes_at_one_moment_make_one_release(gateways: Pair) -> None:
    one, two = gateways
    id = one.with_checkers()
    votes = [voting(one, id, 0, Verdict.APPROVE), voting(two, id, 1, Verdict.APPROVE)]
    assert at_once(*votes) == []
    assert one.state(id) is State.RELEASED
    assert kinds(one)["review.given"] == 2
    assert kinds(one)["output.released"] == 1


def test_an_approval_and_an_objection_at_one_moment_never_release(gateways: Pair) -> None:
    one, two = gateways
    id = one.with_checkers()
    votes = [voting(one, id, 0, Verdict.APPROVE), voting(two, id, 1, Verdict.REJECT)]
    assert at_once(*votes) == []
    assert one.state(id) is State.DISPUTED


def test_a_withdrawal_and_the_last_vote_at_one_moment_have_one_winner(gateways: Pair) -> None:
    one, two = gateways
    id = one.with_checkers()
    one.vote(id, CHECKERS[0])
    last = voting(two, id, 1, Verdict.APPROVE)
    stopped = at_once(last, lambda: withdraw_output(one.asker(ASKS), id, one.desk))
    one.run()
    state, found = one.state(id), kinds(one)
    assert state in (State.RELEASED, State.WITHDRAWN)
    assert found["output.released"] == (state is State.RELEASED)
    assert found["output.withdrawn"] == (state is State.WITHDRAWN)
    assert len(stopped) <= 1


def test_a_release_asked_for_twice_at_one_moment_is_one_output(gateways: Pair) -> None:
    one, two = gateways
    query = one.ran(CHECKED)
    asks = [lambda s=s: ask_release(s.asker(ASKS), query, "", s.desk) for s in gateways]
    assert at_once(*asks) == []
    with two.records.read() as reading:
        assert len(reading.outputs()) == 1
        assert reading.entry_count(kinds=[Kind.RELEASE_ASKED]) == 1
