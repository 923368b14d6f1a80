"""Checkers at one moment, over the real HTTP API: votes, objections, withdrawals and stale versions race.

Hypothesis draws rounds; in each, several people act at once from threads of their own. After each round the laws hold:
what is released was approved by k independent people of just that, and no objection was lost.
"""

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from enclave.outputs.records import OutputId
from enclave.outputs.states import EVER_RELEASED, Verdict
from enclave.terms import PersonId
from enclave.web.rates import Pace
from tests.support.service import ASKS, CHECKED, CHECKERS, OWN_CHECKER, SENIOR
from tests.support.web import Web

ENDLESS = Pace(1_000_000, 1.0)
VOTERS = (*CHECKERS, SENIOR, OWN_CHECKER)
VERDICTS = ("approve", "approve", "approve", "return", "reject")


@dataclass(frozen=True)
class Try:
    """One call that somebody makes, with what they saw before: `stale` is what they saw a round ago."""

    person: PersonId
    what: str
    verdict: str
    stale: bool


TRIES = st.builds(
    Try,
    st.sampled_from(VOTERS),
    st.sampled_from(("reviews", "reviews", "reviews", "adjudication", "claim")),
    st.sampled_from(VERDICTS),
    st.booleans(),
)


class AtOnce(RuleBasedStateMachine):
    """One output at a time, and everybody who wants to decide it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.web = Web(Path(self.folder.name), people_pace=ENDLESS, strangers_pace=ENDLESS)
        self.output = OutputId("")
        self.earlier: dict[PersonId, Any] = {}
        self.accepted: list[tuple[PersonId, str]] = []
        self.numbers = iter(range(1, 100))

    @initialize()
    def ask(self) -> None:
        query = self.web.ask(CHECKED.replace("63.7", f"6{next(self.numbers)}.3")).json()["id"]
        answer = self.web.call("POST", "/outputs", body={"query": query, "why": "For the paper"})
        assert answer.status_code == 201, answer.text
        self.output, self.accepted = OutputId(answer.json()["id"]), []
        self.earlier = {person: self.seen(person) for person in VOTERS}

    @rule(tries=st.lists(TRIES, min_size=1, max_size=4))
    def several_at_once(self, tries: list[Try]) -> None:
        seen = {person: self.seen(person) for person in {one.person for one in tries}}
        calls = [(one, self.earlier[one.person] if one.stale else seen[one.person]) for one in tries]
        threads = [threading.Thread(target=self.make, args=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.earlier |= seen

    @rule()
    def the_policy_changes(self) -> None:
        self.web.service.touch_policy()

    @rule(hours=st.sampled_from((1, 25)))
    def time_passes(self, hours: int) -> None:
        self.web.service.clock.move(hours=hours)

    @precondition(lambda self: self.status() in ("returned", "withdrawn"))
    @rule()
    def it_is_asked_for_again(self) -> None:
        query = self.web.call("GET", f"/outputs/{self.output}").json()["query"]
        self.web.call("POST", "/outputs", body={"query": query, "why": "Anew"})

    @rule()
    def whoever_asked_takes_it_back_while_somebody_votes(self) -> None:
        vote = Try(CHECKERS[0], "reviews", "approve", stale=False)
        threads = [
            threading.Thread(target=self.make, args=(vote, self.seen(vote.person))),
            threading.Thread(target=self.web.call, args=("POST", f"/outputs/{self.output}/withdraw", ASKS)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def seen(self, person: PersonId) -> Any:
        return self.web.call("GET", f"/outputs/{self.output}/review", person)

    def make(self, one: Try, seen: Any) -> None:
        path = f"/outputs/{self.output}/{one.what}"
        if one.what == "claim" or seen.status_code != 200:
            answer = self.web.call("POST", path, one.person, body=None if one.what == "claim" else {})
        else:
            body = {
                "verdict": one.verdict,
                "comment": "",
                "reason": "other",
                "hashes": seen.json()["hashes"],
            }
            headers = {"If-Match": seen.headers["etag"]}
            answer = self.web.call("POST", path, one.person, body=body, headers=headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            self.accepted.append((one.person, one.verdict))

    def status(self) -> str:
        return str(self.web.call("GET", f"/outputs/{self.output}").json()["status"])

    @invariant()
    def what_is_released_was_agreed_to(self) -> None:
        if not self.output:
            return
        with self.web.service.records.read() as reading:
            output, reviews = reading.output(self.output), reading.reviews(self.output)
            parties = reading.parties(self.output)
        assert output is not None
        assert not {one.reviewer for one in reviews} & {party.person for party in parties}
        assert OWN_CHECKER not in {one.reviewer for one in reviews}
        given = [(one.reviewer, one.verdict) for one in reviews if not one.carried]
        assert sorted(given) == sorted(self.accepted)  # each vote that was taken is there, once
        if output.state not in EVER_RELEASED:
            assert self.web.call("GET", f"/outputs/{self.output}/table").status_code in (409, 410)
            return
        last = [one for one in reviews if one.round == output.round]
        approve = {one.reviewer for one in last if one.verdict == Verdict.APPROVE}
        assert len(approve) >= output.k
        assert output.manifest is not None
        assert {one.hashes["policy"] for one in last} == {output.manifest["policy_sha256"]}
        dissent = [one for one in last if one.verdict != Verdict.APPROVE]
        decided = [one for one in last if one.adjudicates]
        assert not dissent or [one.verdict for one in decided] == [Verdict.APPROVE]

    def teardown(self) -> None:
        assert self.web.service.faults == []
        self.web.close()
        self.folder.cleanup()


AtOnce.TestCase.settings = settings(
    max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCheckersAtOnce = AtOnce.TestCase
