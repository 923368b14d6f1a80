"""A gateway that is killed at every step of a release, over real HTTP, while its clients try again and again.

One home, a new gateway for each step. Each client makes each call with the same key until it hears an answer. Steps
that only ask or read are killed without HTTP, in `test_release_faults`.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import httpx2

from enclave.actions.ledger_desk import scope_of
from enclave.audit import Kind
from enclave.outputs.states import State
from enclave.terms import ProjectId
from enclave.wiring.fault_points import SETTING
from enclave.wiring.home import open_home
from enclave.wiring.policies import policies_of
from enclave.wiring.records import open_records, verify_records
from enclave.wiring.sources import SystemClock
from synthetic_data.questions import CHECKERS, NEEDS, PROJECT, RESEARCHER
from tests.support.halves import half_done, half_shown
from tests.support.processes import Served, copy_home
from tests.support.release_run import BY_CHECKERS, without_repeats

Json = dict[str, Any]
STEPS = tuple(
    step
    for step in without_repeats(BY_CHECKERS)
    if step.startswith(("job", "query.finished", "release.asked", "review.given", "output.released"))
)


class Lost(Exception):
    """Nobody answered: the gateway is dead."""


class Release:
    """One release, from its question to its download. Calling `go_on` again makes only what was not made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0
        self.done = False

    def go_on(self, served: Served) -> None:
        query = self._query(served)
        output = self._post(
            served, RESEARCHER, "outputs", {"query": query["id"], "why": "A paper"}, key="out"
        )
        for checker in CHECKERS:
            self._vote(served, checker, output["id"])
        while self._get(served, RESEARCHER, f"outputs/{output['id']}").json()["status"] != "released":
            pass
        self._get(served, RESEARCHER, f"outputs/{output['id']}/table")
        self.done = True

    def _query(self, served: Served) -> Json:
        """The query, run; asked anew when the gateway that ran it died."""
        while True:
            body = {"project": PROJECT, "sql": NEEDS.sql, "name": self.name}
            asked = self._post(served, RESEARCHER, "queries", body, key=f"ask-{self.asked}")
            found: Json = self._get(served, RESEARCHER, f"queries/{asked['id']}", Prefer="wait=30").json()
            if found["status"] != "failed":
                return found
            assert found["problem"]["code"] == "interrupted"
            self.asked += 1

    def _vote(self, served: Served, checker: str, output: str) -> None:
        seen = self._get(served, checker, f"outputs/{output}/review")
        if any(vote["reviewer"] == checker for vote in seen.json()["votes"]):
            return
        vote = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
        path = f"outputs/{output}/reviews"
        self._post(served, checker, path, vote, key=f"vote-{output}", **{"If-Match": seen.headers["ETag"]})

    def _post(self, served: Served, person: str, path: str, body: Json, *, key: str, **headers: str) -> Json:
        keyed = {"Idempotency-Key": f"{self.name}-{key}", **headers}
        return dict(self._call(served, person, "POST", path, json=body, headers=keyed).json())

    def _get(self, served: Served, person: str, path: str, **headers: str) -> httpx2.Response:
        return self._call(served, person, "GET", path, headers=headers)

    def _call(
        self, served: Served, person: str, method: str, path: str, *, headers: dict[str, str], **words: Any
    ) -> httpx2.Response:
        try:
            signed = {**served.signed_in(person), **headers}
            answer = served.http.request(method, f"/api/v1/{path}", headers=signed, **words)
        except httpx2.TransportError:
            raise Lost from None
        assert answer.status_code < 300, answer.text
        return answer


def test_no_kill_of_the_gateway_loses_halves_or_doubles_a_release(home: Path, tmp_path: Path) -> None:
    own = copy_home(home, tmp_path / "home")
    releases: list[Release] = []
    for step in STEPS:
        releases.append(Release(f"{len(releases)} {step}"))
        assert died(own, releases, step), step
        assert wrong_with(own) == [], step
    assert not died(own, releases, "never")
    assert wrong_with(own) == []
    assert all(release.done for release in releases)
    assert released_once(own, {release.name for release in releases}) == []


def died(home: Path, releases: list[Release], step: str) -> bool:
    """Whether a gateway died while the clients went on, which dies at a step."""
    served = Served(home, **{SETTING: step})
    try:
        for release in releases:
            if not release.done:
                release.go_on(served)
    except Lost:
        served.process.wait(timeout=60)
        return True
    finally:
        served.stop()
    return False


def wrong_with(home: Path) -> list[str]:
    """What a dead gateway left half done, and what an auditor finds; the record is only read."""
    with open_records(open_home(home), clock=SystemClock()) as records, records.read() as reading:
        scope = scope_of(ProjectId(PROJECT), policies_of(open_home(home)))
        wrong = [*half_done(reading), *half_shown(reading, records.ledger.shown(scope))]
    return [*wrong, *verify_records(open_home(home), held=[], key=None).findings]


def released_once(home: Path, names: set[str]) -> list[str]:
    with open_records(open_home(home), clock=SystemClock()) as records, records.read() as reading:
        outputs = reading.outputs()
        kinds = Counter(entry.kind for output in outputs for entry in reading.entries_about(output.id))
        votes = [len(reading.reviews(output.id)) for output in outputs]
    wrong = [f"{output.id} is {output.state}" for output in outputs if output.state != State.RELEASED]
    if Counter(output.name for output in outputs) != Counter(names):
        wrong.append("not one output for each release")
    if kinds[Kind.OUTPUT_RELEASED] != len(names) or set(votes) != {2}:
        wrong.append(f"{kinds[Kind.OUTPUT_RELEASED]} entries of releases, votes {votes}")
    return wrong
