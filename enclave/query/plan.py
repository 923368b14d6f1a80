"""A plan: generated SQL, step by step, with what disclosure control and the reader need to know of each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from enclave.catalogue.model import YearForm
from enclave.disclosure.asked import Cells
from enclave.disclosure.ledger.members import Members
from enclave.query.frames import Frame
from enclave.query.leaves import Counting
from enclave.query.protected import Protected
from enclave.terms import Span


@dataclass(frozen=True, slots=True)
class StructureStep:
    """SQL that says who stands where in a whole table, at the censuses that its input `censuses_input` lists."""

    table: str
    sql: str
    censuses_input: str
    censuses: tuple[str, ...]
    is_register: bool
    cluster: str
    part: str | None
    main: str | None


@dataclass(frozen=True, slots=True)
class ListStep:
    """A list of values (`v`) with their places (`c`), for a members statement to give places of in that column.

    `sql` gives the values of a field; None: they are those of the leaf's key. `inputs`: lists of people that it reads.
    """

    column: str
    input: str
    sql: str | None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MembersStep:
    """SQL that lists who stands behind each cell of a leaf, for the ledger; read like the leaf's own."""

    sql: str
    members: Members
    inputs: tuple[str, ...]
    structure: StructureStep | None
    lists: tuple[ListStep, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedStep:
    """SQL that gives the clusters and years of one table through which a leaf looks; `reads` are its columns."""

    table: str
    sql: str
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReachStep:
    """SQL that lists whose records a leaf reaches, in which years: `years` are its columns of years.

    `name` is the same for equal populations, whatever their columns are called; `reads` are relations and columns.
    `looked` is what the public may know of it.
    """

    sql: str
    name: str
    unit: str
    inputs: tuple[str, ...]
    reads: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, YearForm], ...]
    looked: tuple[LookedStep, ...] = ()


class _Statement(Protocol):
    @property
    def sql(self) -> str: ...


Written = TypeVar("Written", bound=_Statement)


@dataclass(frozen=True, slots=True, eq=False)
class WhenWanted(Generic[Written]):
    """A statement about people that is written when it is first wanted. Two are equal where what they write is."""

    write: Callable[[], Written]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WhenWanted) and self.write() == other.write()

    def __hash__(self) -> int:
        return hash(self.write().sql)


@dataclass(frozen=True, slots=True)
class LeafStep:
    """SQL that an engine runs over the research store. What comes back is raw until it was disclosed.

    `types` are the binder's types of the dimensions and measures; `inputs` earlier steps that the SQL reads. `members`
    writes the statement for the members of its cells, and has it read back; None where the rules are off. `reach`
    writes the one for whose records it reaches. `reads` are the fields of people that it reads.
    """

    id: str
    sql: str
    cells: Cells
    types: Mapping[str, str]
    inputs: tuple[str, ...]
    counting: Counting
    span: Span
    members: WhenWanted[MembersStep] | None
    reach: WhenWanted[ReachStep]
    reads: tuple[tuple[str, str], ...]

    @property
    def behind(self) -> MembersStep | None:
        """The statement for the members of the cells. It is written when it is first asked for: a check needs none."""
        return None if self.members is None else self.members.write()


@dataclass(frozen=True, slots=True)
class PublicStep:
    """SQL that an engine runs over public tables alone, for a remainder to read."""

    id: str
    sql: str
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bare:
    """What a remainder is that computes nothing: `columns` are those of its one input by their new names.

    `by` are columns of the input to sort by, each with whether it falls; nulls come last.
    """

    columns: Mapping[str, str]
    by: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class RemainderStep:
    """SQL over safe tables, run where no person's row has ever been. `bare`: that nothing is computed by it."""

    id: str
    sql: str
    types: Mapping[str, str]
    inputs: tuple[str, ...]
    bare: Bare | None = None


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of the answer. `id` is its name in the last remainder's table; `safe`: nulls in it are hidden cells.

    `code_set` is the published list that its values are codes of, where that list has labels.
    """

    id: str
    name: str
    type: str
    safe: bool
    incomplete: bool
    code_set: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What to run, in order. The last step's table is the answer."""

    protected: Protected
    steps: tuple[LeafStep | PublicStep | RemainderStep, ...]
    columns: tuple[ResultColumn, ...]
    frame: Frame | None
