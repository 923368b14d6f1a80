"""The rules over people, projects and accreditation, asked again of what was done: by who may read all of it.

Each act is judged by the policy that its record names, at its own time. It shares no decision with the code that let
the act happen (`outputs.permissions`, `query.authorise`): who belongs to what is read from the policy's own facts.

Limit: fields, purposes and years of a query are not judged again here; `enclave policy diff` replays past queries.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from enclave.actions.check_policy import Policies
from enclave.actions.inside_facts import CHECKER_ROLES, InForce, entries_of, lacks, not_member, pages
from enclave.actions.inside_readers import READERS, InsideReading, wrong_with_reader
from enclave.audit import Kind
from enclave.outputs.keeping import Reading
from enclave.outputs.records import EntryRecord, OutputRecord, QueryRecord, ReviewRecord
from enclave.outputs.states import Verdict
from enclave.people import Role
from enclave.projects import day_there
from enclave.terms import PersonId

MOST_FINDINGS: Final = 100

Named: TypeAlias = Callable[[str], Policies | None]
"""The policies with this content hash; None if they are not kept."""


@dataclass(slots=True)
class Inside:
    """What was found: good if `findings` is empty. `unknown`: acts whose policy is not kept, so nobody judged them."""

    queries: int = 0
    releases: int = 0
    votes: int = 0
    versions: int = 0
    readings: int = 0
    unknown: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, finding: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def check_inside(reading: InsideReading, named: Named, in_force: InForce) -> Inside:
    """Judge every query that ran, vote, release and change of the policy, and who saw a table, the vault or a copy."""
    found = Inside()
    for query in _queries(reading):
        _check_query(query, named, found)
    for output in _outputs(reading):
        found.releases += 1
        _check_release(output, reading, named, found)
    for entry in entries_of(reading, READERS):
        _check_reader(entry, reading, in_force, found)
    _check_versions(reading, in_force, found)
    return found


def _check_query(query: QueryRecord, named: Named, found: Inside) -> None:
    if query.started_at is None:
        return  # refused, or cancelled before it began
    found.queries += 1
    policies = named(query.policy_hash)
    if policies is None:
        found.unknown += 1
        return
    for wrong in (
        *not_member(query.person, query.project, policies),
        *lacks(query.person, policies, query.created_at),
    ):
        found.add(f"{query.id}: {wrong}")
    project = policies.projects.get(query.project)
    if project is not None and not project.open(query.created_at, policies.house.time_zone):
        day = day_there(query.created_at, policies.house.time_zone)
        found.add(f"{query.id}: {query.project} was not open on {day}")


def _check_release(output: OutputRecord, reading: Reading, named: Named, found: Inside) -> None:
    votes = [vote for vote in reading.reviews(output.id) if vote.round == output.round]
    found.votes += len(votes)
    query = reading.queries_of([output.query_id]).get(output.query_id)
    if query is not None and output.k < query.route_checkers:
        found.add(
            f"{output.id}: released by {output.k}, and its query asked for {query.route_checkers} checkers"
        )
    for wrong in _too_few(output, votes):
        found.add(f"{output.id}: {wrong}")
    for vote in votes:
        _check_vote(output, vote, reading, named, found)


def _too_few(output: OutputRecord, votes: Sequence[ReviewRecord]) -> Iterator[str]:
    """The votes of the last round do not make a release."""
    agreed = {vote.reviewer for vote in votes if vote.verdict == Verdict.APPROVE}
    decided = [vote for vote in votes if vote.adjudicates]
    against = [vote for vote in votes if vote.verdict != Verdict.APPROVE]
    voted = {vote.reviewer for vote in votes}
    if len(voted if decided else agreed) < output.k:
        yield f"released with {len(agreed)} of {output.k} approvals"
    if against and not (decided and decided[-1].verdict == Verdict.APPROVE):
        yield f"released although {against[0].reviewer} voted {against[0].verdict}"
    for vote in votes:
        seen = {"table": output.table_hash, "sql": output.sql_hash, "report": output.report_hash}
        if {name: vote.hashes.get(name) for name in seen} != seen:
            yield f"{vote.reviewer} voted on something else than was released"


def _check_vote(
    output: OutputRecord, vote: ReviewRecord, reading: Reading, named: Named, found: Inside
) -> None:
    policies = named(vote.hashes.get("policy", ""))
    if policies is None:
        found.unknown += 1
        return
    for wrong in (*_no_checker(vote, policies), *_not_independent(output, vote, reading, policies)):
        found.add(f"{output.id}: {wrong}")


def _no_checker(vote: ReviewRecord, policies: Policies) -> Iterator[str]:
    person = policies.people.get(vote.reviewer)
    asked = frozenset({Role.SENIOR_CHECKER}) if vote.adjudicates else CHECKER_ROLES
    if person is not None and not person.roles & asked:
        yield f"{vote.reviewer} was no {'senior checker' if vote.adjudicates else 'output checker'}"
    if person is not None and person.organisation != vote.reviewer_organisation:
        yield f"{vote.reviewer} belonged to {person.organisation}, and the vote says {vote.reviewer_organisation}"
    yield from lacks(vote.reviewer, policies, vote.at)


def _not_independent(
    output: OutputRecord, vote: ReviewRecord, reading: Reading, policies: Policies
) -> Iterator[str]:
    project, person = policies.projects.get(output.project), policies.people.get(vote.reviewer)
    if project is None or person is None:
        return
    parties = reading.parties(output.id)
    near = (
        {member.person for member in project.members}
        | set(project.managers)
        | {party.person for party in parties}
    )
    houses = {project.organisation} | {party.organisation for party in parties}
    conflicts = {conflict for one in person.declarations for conflict in one.conflicts}
    if vote.reviewer in near | {output.asked_by}:
        yield f"{vote.reviewer} voted on an output of their own project"
    if person.organisation in houses:
        yield f"{vote.reviewer} voted on an output of their own organisation, {person.organisation}"
    if conflicts & {output.project, *houses}:
        yield f"{vote.reviewer} voted in spite of a declared conflict of interest"


def _check_reader(entry: EntryRecord, reading: InsideReading, in_force: InForce, found: Inside) -> None:
    wrong = wrong_with_reader(entry, reading, in_force)
    if wrong is None:
        found.unknown += 1
        return
    found.readings += 1
    for one in wrong:
        found.add(f"entry {entry.seq}: {one}")


def _check_versions(reading: Reading, in_force: InForce, found: Inside) -> None:
    """Who put a policy in force was an administrator by the one before it; a widening had two of them."""
    proposed: dict[object, PersonId | None] = {}
    kinds = (Kind.POLICY_PROPOSED, Kind.POLICY_CONFIRMED, Kind.POLICY_APPLIED)
    for entry in sorted(entries_of(reading, kinds), key=lambda entry: entry.seq):
        found.versions += 1
        about = (entry.body or {}).get("version")
        if entry.kind == Kind.POLICY_PROPOSED:
            proposed[about] = entry.actor
        if (
            entry.kind == Kind.POLICY_CONFIRMED
            and entry.actor is not None
            and proposed.get(about) == entry.actor
        ):
            found.add(
                f"entry {entry.seq}: {entry.actor} agreed to a widening that they had proposed themselves"
            )
        policies = in_force(entry.at)
        if entry.actor is None or policies is None:
            continue  # erased, or the first of all: nothing was in force before it
        person = policies.people.get(entry.actor)
        if person is None or Role.ADMIN not in person.roles:
            found.add(f"entry {entry.seq}: {entry.actor} was no administrator")
        for wrong in lacks(entry.actor, policies, entry.at):
            found.add(f"entry {entry.seq}: {wrong}")


def _queries(reading: Reading) -> Iterator[QueryRecord]:
    yield from pages(lambda before: reading.queries(before=before), lambda one: _number(one.id))


def _outputs(reading: Reading) -> Iterator[OutputRecord]:
    found = pages(lambda before: reading.outputs(before=before), lambda one: _number(one.id))
    yield from (one for one in found if one.released_at is not None)


def _number(id: str) -> int:
    return int(id.rpartition("-")[2])
