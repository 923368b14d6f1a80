"""Numbers for the ledger, made by hand, and a simple judge: two may not be shown beside each other if they differ by
fewer units than the threshold. The real judge has tests of its own."""

from collections.abc import Iterable, Sequence

from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    LedgerNumber,
    Likeness,
    Population,
    labels_of,
    units_of,
)
from enclave.outputs.ledger import Judged, Meeting, NewNumbers, Scope
from enclave.outputs.records import QueryId
from enclave.terms import OrganisationId, PersonId, ProjectId

THRESHOLD = 5
COUNTS = Likeness("count", "2024/spring")


def number(units: Iterable[int], *, name: str = "n", census: int = 3) -> LedgerNumber:
    """A count of these units, all in one school, those above 1000 in another."""
    labels = labels_of(sorted(units), census)
    low, high = labels[labels < labels_of([1000])[0]], labels[labels >= labels_of([1000])[0]]
    parts = {"S-1": low, "S-2": high}
    return LedgerNumber(
        identity=f"{name} of {len(labels)}".encode(),
        likeness=COUNTS,
        kinds=(Kind("code:pupil.fsm", fixed=False),),
        population=Population(labels, labels_of(range(2000), census), frozenset({"fsm = 'yes'"})),
        clusters={
            school: ClusterPart(part, part, frozenset({"Y7"})) for school, part in parts.items() if len(part)
        },
        years=("2024",),
        tables=("pupil",),
    )


def scope(project: str, people: Iterable[str] = (), organisations: Iterable[str] = ()) -> Scope:
    return Scope(
        ProjectId(project),
        frozenset(map(PersonId, people)),
        frozenset(map(OrganisationId, organisations)),
    )


def new_numbers(
    where: Scope,
    numbers: Sequence[LedgerNumber],
    *,
    judged: Judged,
    query_id: str | None = None,
    data_version: str = "v1",
) -> NewNumbers:
    return NewNumbers(where, None if query_id is None else QueryId(query_id), data_version, judged, numbers)


def far_enough(meeting: Meeting) -> bool:
    """The simple judge."""
    names = {name for other in meeting.newer for one in other.numbers for name in one.names()}
    labels = meeting.labels_of(names)
    theirs = [labels[one.labels] for other in meeting.newer for one in other.numbers]
    mine = [one.population.labels for one in meeting.mine]
    return all(
        len(set(units_of(one).tolist()) ^ set(units_of(other).tolist())) >= THRESHOLD
        for one in mine
        for other in theirs
    )
