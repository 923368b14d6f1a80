"""Leaves and what is remembered of them, made by hand: a few people, their cells, and the numbers that were shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells
from enclave.disclosure.ledger.censuses import census_code
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.members import Branch, Counting, MemberKey, MemberNumber, Members
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
    labels_of,
)
from enclave.disclosure.ledger.reading import MembersTable, read_members
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.ledger.structure import Structure, read_structure
from enclave.disclosure.raw import Raw
from enclave.outputs.ledger import LabelsKey, Recorded, RecordedPart

CODE = Kind("code:pupil.meals", fixed=False)
SUM = Kind("measure:score", fixed=False)
EVER = Kind("code:pupil.language", fixed=True)
CENSUS = "2024"
EVERYBODY = Counting(None, None, "")
LIMITS = Limits(min_units=10, units_per_number=10, audited_units=5_000)

Row = Mapping[str, object]


def members(*keys: MemberKey, **changes: object) -> Members:
    """How to read a leaf over one table of pupils, in schools and their year groups, at yearly censuses."""
    plain = Members(
        keys=keys,
        sets=None,
        definition="pupils",
        unit="pupil",
        tables=("pupil",),
        kinds=(CODE,),
        counting=EVERYBODY,
        numbers=(),
        branches=(),
        cluster="s",
        part="pt",
        censuses=("w0",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def row(unit: int, school: object = "A", group: object = 7, year: object = CENSUS, **more: object) -> Row:
    return {"u": unit, "s": school, "pt": group, "w0": year, **more}


@dataclass(slots=True)
class Leaf:
    """People by cell, and the cells. `flags` of rows are columns that begin with `f_`."""

    members: Members
    rows: Sequence[Row]
    cells: Sequence[Row]

    @property
    def tables(self) -> tuple[Raw, Raw, Cells]:
        grouping = "g" if self.members.sets is not None else None
        keys = tuple(key.column for key in self.members.keys)
        cells = Cells(keys, "units", None, (), grouping)
        named = [{"units": 0, **cell} for cell in self.cells]
        return Raw(pa.Table.from_pylist(named)), Raw(pa.Table.from_pylist(list(self.rows))), cells

    def read(self, persons: Labels | None = None) -> MembersTable:
        raw, table, cells = self.tables
        return read_members(raw, table, cells, self.members, persons)


def register(rows: Iterable[Row], *, is_register: bool = True) -> Structure:
    """Who stands where, as the leaf's table itself has it."""
    found = [{"m": True, **one} for one in rows]
    return read_structure(
        Raw(pa.Table.from_pylist(found)),
        name="pupil",
        is_register=is_register,
        cluster="s",
        part="pt",
        main="m",
        censuses=("w0",),
        persons=None,
    )


@dataclass(slots=True)
class Shelf:
    """Keeps numbers as the store does, in memory."""

    labels: dict[LabelsKey, Labels] = field(default_factory=dict)
    opened: list[LabelsKey] = field(default_factory=list)

    def labels_of(self, keys: Iterable[LabelsKey]) -> Mapping[LabelsKey, Labels]:
        wanted = list(keys)
        self.opened += wanted
        return {key: self.labels[key] for key in wanted}

    def key(self, labels: Labels) -> LabelsKey:
        made = LabelsKey(b"k" + labels.tobytes())
        self.labels[made] = labels
        return made

    def kept(self, number: LedgerNumber) -> Recorded:
        population = number.population
        return Recorded(
            identity=number.identity,
            likeness=number.likeness,
            kinds=number.kinds,
            units=len(np.unique(population.labels >> 20)),
            clusters={
                name: RecordedPart(self.key(part.labels), self.key(part.visible), part.parts)
                for name, part in number.clusters.items()
            },
            years=number.years,
            tables=number.tables,
            hidden=population.hidden,
            labels=self.key(population.labels),
            visible=self.key(population.visible),
            rows_only=population.rows_only,
        )


def remembered(shelf: Shelf, *numbers: LedgerNumber) -> Memory:
    memory = Memory(shelf.labels_of)
    memory.add([shelf.kept(one) for one in numbers])
    return memory


def asking(
    memory: Memory, *, structures: Sequence[Structure] = (), limits: Limits = LIMITS, version: str = "v1"
) -> LedgerSession:
    return LedgerSession(memory, limits, version, {f"s{place}": one for place, one in enumerate(structures)})


def number(
    units: Iterable[int],
    *,
    kinds: tuple[Kind, ...] = (CODE,),
    statistic: str = "count",
    visible: Iterable[int] | None = None,
    hidden: frozenset[str] = frozenset(),
    schools: Mapping[str, Iterable[int]] | None = None,
    groups: frozenset[str] = frozenset({"7"}),
    year: str = CENSUS,
    name: bytes = b"n",
) -> LedgerNumber:
    """A number about these units at one census. `schools` says who of them stands where; else all are in `A`."""
    code = census_code(year)
    labels = labels_of(sorted(units), code)
    seen = labels if visible is None else labels_of(sorted(visible), code)
    places = (
        {"A": labels}
        if schools is None
        else {one: labels_of(sorted(of), code) for one, of in schools.items()}
    )
    parts = {
        one: ClusterPart(of, seen if schools is None else of, groups) for one, of in places.items() if len(of)
    }
    return LedgerNumber(
        identity=name + labels.tobytes(),
        likeness=Likeness(statistic, year),
        kinds=kinds,
        population=Population(labels, seen, hidden),
        clusters=parts,
        years=(year,),
        tables=("pupil",),
    )


def measure(column: str = "n", **changes: object) -> MemberNumber:
    plain = MemberNumber(column, f"AVG({column})", ("score",), (SUM,), EVERYBODY)
    return replace(plain, **changes)  # type: ignore[arg-type]


def branch(flag: str, *, of: str | None = None, hidden: Iterable[str] = ()) -> Branch:
    return Branch(Counting(flag, None if hidden else flag, flag, frozenset(hidden)), of)
