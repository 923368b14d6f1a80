"""Where in the ledger an answer was judged, as the entry of its query's end tells it; and the ledger as it was there.

Whoever runs a query again starts from it, so that what is hidden beside numbers of others is hidden again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enclave.audit.entries import Json
from enclave.outputs.ledger import Judged, Known, LabelsOf, NewNumbers, Recheck, Scope
from enclave.outputs.records import QueryId
from enclave.terms import ProjectId

TOLD: Final = "ledger"
"""Under this name it stands in the body of the entry."""
AS_BEFORE: Final = "answered as"
"""Under this name stands the query that was run, where nothing was computed for this one."""


@dataclass(frozen=True, slots=True)
class Position:
    """`judged`: against what. `exclusions`: how many compound ones its project had asked; its route turns on that."""

    judged: Judged
    exclusions: int

    def as_json(self) -> Mapping[str, Json]:
        projects: list[Json] = [str(project) for project in sorted(self.judged.projects)]
        return {"seq": self.judged.seq, "projects": projects, "exclusions": self.exclusions}


def position_in(body: Mapping[str, Json] | None) -> Position | None:
    """What an entry tells; None: it was erased, or is of before positions were told."""
    told = (body or {}).get(TOLD)
    if not isinstance(told, Mapping):
        return None
    seq, projects, exclusions = (told.get(name) for name in ("seq", "projects", "exclusions"))
    if not isinstance(seq, int) or not isinstance(exclusions, int) or not isinstance(projects, list | tuple):
        return None
    return Position(Judged(seq, frozenset(ProjectId(str(one)) for one in projects)), exclusions)


def run_of(query: QueryId, body: Mapping[str, Json] | None) -> QueryId:
    """The query whose run the answer of `query` is: its own, or that of the one it was answered as."""
    first = (body or {}).get(AS_BEFORE)
    return query if first is None else QueryId(str(first))


@dataclass(frozen=True, slots=True)
class PastLedger:
    """A ledger that stands still. Conforms to `Ledger`; what is reserved in it goes nowhere."""

    known: Known
    labels_of: LabelsOf

    def shown(self, _scope: Scope) -> Known:
        return self.known

    def reserve(self, new: NewNumbers) -> None:
        """Nothing is shown to anybody by running a query again."""

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        """As `reserve`."""
