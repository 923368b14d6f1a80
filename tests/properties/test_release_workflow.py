"""Laws that hold after anything that anybody does, in any order: what is released was agreed to by the right people."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.read_outputs import read_output, read_review
from enclave.actions.review_output import Vote, adjudicate_output, claim_output, review_output
from enclave.actions.revoke_output import confirm_revocation, keep_release, revoke_output
from enclave.actions.settle_outputs import settle_outputs
from enclave.audit import Kind
from enclave.outputs.reasons import Reason
from enclave.outputs.records import OutputId, OutputRecord, QueryId, ReviewRecord
from enclave.outputs.states import EVER_RELEASED, State, Verdict
from enclave.outputs.views import OutputView
from enclave.outputs.words import SAID_AS_THEY_ARE, WITH_CHECKERS
from enclave.people import Role
from enclave.problems import Problem
from enclave.terms import PersonId
from tests.oracle.policies import RESEARCHER
from tests.support.service import ADMIN, ASKS, CHECKERS, COLLEAGUE, ROLES, SENIOR, STRANGER, Service

EVERYBODY = sorted({PersonId(RESEARCHER), *ROLES})
LIKELY = [ASKS, COLLEAGUE, STRANGER, *CHECKERS, SENIOR, ADMIN]
FEW_EXAMPLES = 8
"""Each writes some dozens of transactions to a disk."""


@dataclass(frozen=True)
class Move:
    act: str
    person: PersonId
    verdict: Verdict

    def __repr__(self) -> str:
        return f"{self.person} {self.act} ({self.verdict})"


@dataclass
class Bench:
    service: Service
    query: QueryId
    output: OutputId

    def make(self, move: Move) -> None:
        """Whatever comes of it: a refusal is an answer too."""
        try:
            ACTS[move.act](self, move)
        except Problem:
            return

    def vote(self, move: Move, decide: Callable[..., OutputView]) -> None:
        asker = self.service.asker(move.person)
        seen = read_review(asker, self.output, self.service.desk)
        vote = Vote(move.verdict, "", seen.hashes.as_json(), Reason.OTHER)
        decide(asker, self.output, vote, self.service.desk, etag=seen.etag)

    def wait_a_day(self) -> None:
        self.service.clock.move(days=1, minutes=1)
        settle_outputs(self.service.desk)

    def revoke(self, move: Move, *, emergency: bool = False) -> None:
        asker = self.service.asker(move.person)
        etag = read_output(asker, self.output, self.service.desk).etag
        revoke_output(asker, self.output, "A slip", self.service.desk, etag=etag, emergency=emergency)

    def answer(self, move: Move) -> None:
        asker = self.service.asker(move.person)
        etag = read_output(asker, self.output, self.service.desk).etag
        if move.verdict is Verdict.APPROVE:
            confirm_revocation(asker, self.output, self.service.desk, etag=etag)
        else:
            keep_release(asker, self.output, "All is well", self.service.desk, etag=etag)


ACTS: dict[str, Callable[[Bench, Move], object]] = {
    "votes": lambda b, m: b.vote(m, review_output),
    "decides": lambda b, m: b.vote(m, adjudicate_output),
    "claims": lambda b, m: claim_output(b.service.asker(m.person), b.output, b.service.desk),
    "asks": lambda b, m: ask_release(b.service.asker(m.person), b.query, "", b.service.desk),
    "withdraws": lambda b, m: withdraw_output(b.service.asker(m.person), b.output, b.service.desk),
    "revokes": lambda b, m: b.revoke(m),
    "revokes in an emergency": lambda b, m: b.revoke(m, emergency=True),
    "answers a revocation": lambda b, m: b.answer(m),
    "waits a day": lambda b, _: b.wait_a_day(),
    "changes the policy": lambda b, _: b.service.touch_policy(),
}
VOTES = st.builds(
    Move,
    st.just("votes"),
    st.sampled_from(CHECKERS),
    st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.APPROVE, *Verdict]),
)
ANYTHING = st.builds(
    Move,
    st.sampled_from(list(ACTS)),
    st.one_of(st.sampled_from(LIKELY), st.sampled_from(EVERYBODY)),
    st.sampled_from(Verdict),
)
MOVES = st.one_of(VOTES, VOTES, ANYTHING)


@settings(max_examples=FEW_EXAMPLES)
@given(st.lists(MOVES, min_size=4, max_size=12))
def test_what_is_released_was_approved_by_enough_independent_people_and_nobody_objected(
    moves: list[Move],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        try:
            output = service.with_checkers()
            with service.records.read() as reading:
                kept = reading.output(output)
            assert kept is not None
            bench = Bench(service, kept.query_id, output)
            for move in moves:
                bench.make(move)
                assert wrong_with(bench) == []
        finally:
            service.close()


def wrong_with(bench: Bench) -> list[str]:
    """Laws that the record breaks."""
    service = bench.service
    with service.records.read() as reading:
        output, reviews = reading.output(bench.output), reading.reviews(bench.output)
        kinds = [entry.kind for entry in reading.entries_about(bench.output)]
        parties = {party.person for party in reading.parties(bench.output)}
        organisations = {party.organisation for party in reading.parties(bench.output)}
    assert output is not None
    view = read_output(service.asker(ASKS), bench.output, service.desk)
    wrong = [
        f"{one.reviewer} has an interest"
        for one in reviews
        if one.reviewer in parties or one.reviewer_organisation in organisations
    ]
    if view.status not in {WITH_CHECKERS, *SAID_AS_THEY_ARE}:
        wrong.append(f"a researcher reads {view.status}")
    if kinds.count(Kind.OUTPUT_RELEASED) != (output.released_at is not None):
        wrong.append("releases and their entries do not agree")
    if output.state == State.REVOKED and output.revocation_by == output.revocation_confirmed_by:
        wrong.append("revoked by one person")
    if output.state in EVER_RELEASED:
        wrong += _wrong_with_release(output, [one for one in reviews if one.round == output.round])
    return wrong


def _wrong_with_release(output: OutputRecord, reviews: list[ReviewRecord]) -> list[str]:
    wrong = []
    if len({one.reviewer for one in reviews if one.verdict == Verdict.APPROVE}) < output.k:
        wrong.append("released without the approval of enough people")
    votes = [review for review in reviews if not review.adjudicates]
    decisions = [review for review in reviews if review.adjudicates]
    verdicts = {review.verdict for review in votes}
    if len({vote.reviewer for vote in votes}) < max(output.k, 1):
        wrong.append("released on too few votes")
    if verdicts != {Verdict.APPROVE} and [one.verdict for one in decisions] != [Verdict.APPROVE]:
        wrong.append("released against a dissent that nobody decided")
    if any(Role.SENIOR_CHECKER.value not in ROLES[one.reviewer] for one in decisions):
        wrong.append("a dispute was decided by somebody who is no senior checker")
    if {one.reviewer for one in decisions} & {one.reviewer for one in votes}:
        wrong.append("a dispute was decided by one of those who differ")
    assert output.manifest is not None
    if {review.hashes["policy"] for review in reviews} != {output.manifest["policy_sha256"]}:
        wrong.append("released under another policy than was voted under")
    if {review.hashes["table"] for review in reviews} != {output.table_hash}:
        wrong.append("released another table than was voted on")
    return wrong


def test_the_laws_see_what_they_are_for(tmp_path: Path) -> None:
    """A release that is made behind the workflow's back breaks them."""
    service = Service(tmp_path)
    id = service.with_checkers()
    service.vote(id, CHECKERS[0])
    service.vote(id, CHECKERS[1])
    with service.records.read() as reading:
        output, reviews = reading.output(id), list(reading.reviews(id))
    service.close()
    assert output is not None
    assert _wrong_with_release(output, reviews) == []
    assert _wrong_with_release(output, reviews[:1]) != []
    objection = replace(reviews[1], verdict=Verdict.REJECT.value)
    assert _wrong_with_release(output, [reviews[0], objection]) != []
