"""Which projects used one record: found out exactly, over all that was ever asked.

Who a definition reaches is computed when it is first wanted, and kept as bits. So nothing is slower while researchers
ask, and whoever wants to know waits at most for what nobody wanted to know before.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from enclave.terms import FieldRef, ProjectId
from enclave.transparency.reach import (
    Bits,
    Definition,
    DefinitionName,
    KeptUse,
    RecordUse,
    ShelfDamaged,
    Shelved,
    record_uses,
)

TRIES = 3
"""Of reading a shelf that turns out to be damaged, and is computed again."""


class Uses(Protocol):
    """What is kept of uses."""

    def versions(self) -> tuple[str, ...]: ...
    def names(self, version: str) -> frozenset[DefinitionName]: ...
    def definition(self, name: DefinitionName) -> Definition: ...
    def uses_of(self, names: Iterable[DefinitionName]) -> tuple[KeptUse, ...]: ...
    def uses(self, project: ProjectId) -> tuple[KeptUse, ...]: ...
    def projects(self) -> tuple[ProjectId, ...]: ...


class Evaluate(Protocol):
    """Finds out whom a definition reaches, by year of the data: on an engine, inside."""

    def __call__(self, definition: Definition) -> Mapping[str, Bits]: ...


@dataclass(frozen=True, slots=True)
class ReachDesk:
    """What questions about reach are answered with."""

    uses: Uses
    shelves: Shelved
    evaluate: Evaluate


def uses_of_record(desk: ReachDesk, keys: Mapping[str, int]) -> tuple[RecordUse, ...]:
    """Every query that reached one record, oldest first.

    Args:
        keys: the record's dense key in each data version that holds it.
    """
    reached: dict[DefinitionName, tuple[str, ...]] = {}
    for version, key in keys.items():
        reached |= _holding(desk, version, key)
    return record_uses(desk.uses.uses_of(reached), reached)


def settle(desk: ReachDesk, version: str) -> int:
    """Find out whom each definition over a data version reaches, where that is not known yet. How many were not."""
    missing = sorted(desk.uses.names(version) - desk.shelves.known(version))
    for name in missing:
        desk.shelves.put(version, name, desk.evaluate(desk.uses.definition(name)))
        desk.shelves.put_together(version)
    return len(missing)


def settle_those_of(desk: ReachDesk, version: str, fields: Collection[FieldRef]) -> int:
    """`settle` for definitions that are made of these fields, and for no others."""
    relations = {name for field in fields for name in (field.table, f"{field.table}__{field.field}")}
    columns = {(relation, field.field) for field in fields for relation in relations}
    done = 0
    for name in sorted(desk.uses.names(version) - desk.shelves.known(version)):
        definition = desk.uses.definition(name)
        if columns & set(definition.reads):
            desk.shelves.put(version, name, desk.evaluate(definition))
            done += 1
    return done


def _holding(desk: ReachDesk, version: str, key: int) -> Mapping[DefinitionName, tuple[str, ...]]:
    for _ in range(TRIES):
        settle(desk, version)
        try:
            return desk.shelves.holding(version, key)
        except ShelfDamaged:
            continue  # it is gone; what was in it is computed again
    raise ShelfDamaged(version)
