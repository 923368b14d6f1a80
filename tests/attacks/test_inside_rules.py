"""The operator's own code let something happen that the policy of its time forbade. Who may read all of it notices.

The record is one that an honest service made; what is tried is another policy in the place of the one in force, or
rows that say otherwise: both are what a service that decided wrongly would have left behind.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from enclave.actions.check_policy import Policies
from enclave.actions.inside_rules import Inside, check_inside
from enclave.actions.read_outputs import read_review
from enclave.actions.review_output import Vote, adjudicate_output
from enclave.audit import Entry, Kind
from enclave.outputs.reasons import Reason
from enclave.outputs.states import Verdict
from enclave.people import Role
from enclave.projects import Status
from enclave.terms import PersonId
from tests.support.records import without_waiting_for_the_disk
from tests.support.service import ADMIN, ASKS, CHECKERS, MANAGER, SENIOR, THIS, Service

FIRST, SECOND = CHECKERS[:2]
APPROVE, RETURN = Verdict.APPROVE, Verdict.RETURN


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One automatic release, one by two checkers, one after a dispute, and a policy that one put in force twice."""
    with pytest.MonkeyPatch.context() as patch:
        without_waiting_for_the_disk(patch)
        made = Service(tmp_path_factory.mktemp("service"))
        made.released()
        agreed, disputed = made.with_checkers(), made.with_checkers()
        for id, verdicts in ((agreed, (APPROVE, APPROVE)), (disputed, (APPROVE, RETURN))):
            for checker, verdict in zip((FIRST, SECOND), verdicts, strict=True):
                made.vote(id, checker, verdict)
        senior = made.asker(SENIOR)
        seen = read_review(senior, disputed, made.desk)
        vote = Vote(APPROVE, "It is right", seen.hashes.as_json(), Reason.OTHER)
        adjudicate_output(senior, disputed, vote, made.desk, etag=seen.etag)
        for kind, by in ((Kind.POLICY_PROPOSED, ADMIN), (Kind.POLICY_CONFIRMED, ADMIN)):
            made.desk.write(Entry(kind, by, None, {}, {"version": 1}), lambda _: None)
        yield made
        made.close()


def judged(
    service: Service, policies: Policies | None, changed: Callable[[Any], Any] = lambda one: one
) -> Inside:
    with service.records.read() as reading:
        return check_inside(changed(reading), lambda _: policies, lambda _: policies)


def person(id: PersonId, **changes: object) -> Callable[[Policies], Policies]:
    def change(policies: Policies) -> Policies:
        found = replace(policies.people[id], **changes)  # type: ignore[arg-type]
        return replace(policies, people={**policies.people, id: found})

    return change


def project(**changes: object) -> Callable[[Policies], Policies]:
    def change(policies: Policies) -> Policies:
        found = replace(policies.projects[THIS], **changes)  # type: ignore[arg-type]
        return replace(policies, projects={**policies.projects, THIS: found})

    return change


def lapsed(id: PersonId) -> Callable[[Policies], Policies]:
    """The accreditation was over the day before."""

    def change(policies: Policies) -> Policies:
        held = policies.people[id].accreditation
        assert held is not None
        over = replace(held, expires_on=held.granted_on + timedelta(days=1))
        return person(id, accreditation=over)(policies)

    return change


def gone(id: PersonId) -> Callable[[Policies], Policies]:
    return lambda policies: replace(
        policies, people={name: one for name, one in policies.people.items() if name != id}
    )


def over(policies: Policies) -> Policies:
    dates = policies.projects[THIS].dates
    return project(dates=replace(dates, ends=dates.starts))(policies)


def no_organisation(policies: Policies) -> Policies:
    return replace(policies, organisations={})


def declares(id: PersonId, conflict: str) -> Callable[[Policies], Policies]:
    def change(policies: Policies) -> Policies:
        one = replace(policies.people[ASKS].declarations[0], conflicts=(conflict,))
        return person(id, declarations=(*policies.people[id].declarations, one))(policies)

    return change


FORBIDDEN: dict[str, tuple[Callable[[Policies], Policies], str]] = {
    "who asked was on no project": (project(members=()), f"{ASKS} was not on {THIS}"),
    "who asked was a manager without data": (
        project(members=(), managers=(ASKS,)),
        f"{ASKS} was not on {THIS}",
    ),
    "who asked had no accreditation": (person(ASKS, accreditation=None), "has no accreditation"),
    "who asked had one that was over": (lapsed(ASKS), f"accreditation of {ASKS}"),
    "who asked had no training": (person(ASKS, training=()), ASKS),
    "who asked had declared nothing": (person(ASKS, declarations=()), ASKS),
    "nobody knew who asked": (gone(ASKS), f"did not know {ASKS}"),
    "no organisation had an agreement": (no_organisation, "the organisation infirmary is not known"),
    "the project was closed": (project(status=Status.CLOSED), f"{THIS} was not open"),
    "the project was over": (over, f"{THIS} was not open"),
    "a voter was no checker": (
        person(FIRST, roles=frozenset({Role.ADMIN})),
        f"{FIRST} was no output checker",
    ),
    "a voter was a researcher": (
        person(FIRST, roles=frozenset({Role.RESEARCHER})),
        f"{FIRST} was no output checker",
    ),
    "a voter's accreditation was over": (lapsed(SECOND), f"accreditation of {SECOND}"),
    "nobody knew a voter": (gone(SECOND), f"did not know {SECOND}"),
    "a voter belonged elsewhere": (person(FIRST, organisation="keeper"), "and the vote says checking"),
    "a voter belonged to the project's house": (
        project(organisation="checking"),
        "own organisation, checking",
    ),
    "a voter managed the project": (
        project(managers=(FIRST,)),
        f"{FIRST} voted on an output of their own project",
    ),
    "a voter had declared a conflict": (declares(FIRST, str(THIS)), "declared conflict"),
    "a voter had one with the house": (declares(FIRST, "infirmary"), "declared conflict"),
    "who decided was no senior": (
        person(SENIOR, roles=frozenset({Role.OUTPUT_CHECKER})),
        f"{SENIOR} was no senior",
    ),
    "who changed the policy was no administrator": (
        person(ADMIN, roles=frozenset({Role.AUDITOR})),
        "no administrator",
    ),
    "who changed the policy had no standing": (lapsed(ADMIN), f"accreditation of {ADMIN}"),
}


def test_what_an_honest_service_did_is_well_but_for_who_agreed_to_their_own_widening(
    service: Service,
) -> None:
    found = judged(service, service.policies)
    assert (found.queries, found.releases, found.votes, found.versions, found.unknown) == (3, 3, 5, 2, 0)
    assert found.readings == 5
    assert len(found.findings) == 1
    assert "a widening that they had proposed themselves" in found.findings[0]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_the_policy_of_its_time_forbade_is_noticed(service: Service, what: str) -> None:
    change, said = FORBIDDEN[what]
    found = judged(service, change(service.policies))
    assert any(said in finding for finding in found.findings), found.findings


def test_acts_whose_policy_is_not_kept_are_counted_and_not_called_good(service: Service) -> None:
    found = judged(service, None)
    reads = 5
    assert found.readings == 0
    assert found.unknown == found.queries + found.votes + reads == 3 + 5 + 5


class Otherwise:
    """The record, with rows that say otherwise."""

    def __init__(self, reading: Any, **changes: Callable[[Any], Any]) -> None:
        self._reading = reading
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reading, name)
        if name not in self._changes:
            return found
        return lambda *words, **named: self._changes[name](found(*words, **named))


def without(voter: PersonId) -> Callable[[Any], Any]:
    return lambda votes: tuple(vote for vote in votes if vote.reviewer != voter)


def every(**changes: object) -> Callable[[Any], Any]:
    return lambda rows: tuple(replace(row, **changes) for row in rows)


ROWS: dict[str, tuple[dict[str, Callable[[Any], Any]], str]] = {
    "a vote is missing": ({"reviews": without(FIRST)}, "released with 1 of 2 approvals"),
    "nobody decided the dispute": ({"reviews": without(SENIOR)}, f"although {SECOND} voted return"),
    "who decided was against it": (
        {"reviews": lambda votes: tuple(replace(v, verdict="return") if v.adjudicates else v for v in votes)},
        f"although {SECOND} voted return",
    ),
    "the votes are of another round": ({"reviews": every(round=9)}, "released with 0 of 2 approvals"),
    "one person voted for two": ({"reviews": every(reviewer=FIRST)}, "released with 1 of 2 approvals"),
    "another table was voted on": (
        {"reviews": every(hashes={"table": "t", "sql": "s", "report": "r"})},
        "voted on something else",
    ),
    "fewer were asked than the query needed": ({"outputs": every(k=1)}, "asked for 2 checkers"),
    "none was asked": ({"outputs": every(k=0)}, "asked for 2 checkers"),
    "who asked for it voted": ({"outputs": every(asked_by=FIRST)}, "an output of their own project"),
    "a party voted": (
        {"parties": lambda parties: frozenset(replace(one, person=SECOND) for one in parties)},
        f"{SECOND} voted on an output of their own project",
    ),
    "who asked the query was another": ({"queries": every(person=MANAGER)}, f"{MANAGER} was not on"),
}


@pytest.mark.parametrize("what", ROWS)
def test_rows_of_a_release_that_should_not_be_are_noticed(service: Service, what: str) -> None:
    changes, said = ROWS[what]
    found = judged(service, service.policies, lambda reading: Otherwise(reading, **changes))
    assert any(said in finding for finding in found.findings), found.findings
