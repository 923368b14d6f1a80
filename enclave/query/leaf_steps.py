"""A leaf as a step of the plan, and the safe table that it makes."""

from collections.abc import Mapping

from enclave.query.cutting import Cutting
from enclave.query.leaves import Leaf, Number, is_proven, needs_of_one
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, StepRef
from enclave.terms import Span

Keys = tuple[tuple[str, Scalar], ...]


def leaf_step(
    cut: Cutting,
    people: People,
    keys: Keys,
    numbers: list[Number],
    *,
    sets: tuple[tuple[int, ...], ...] | None,
    groupings: Mapping[str, tuple[int, ...]],
    one_row: bool,
    span: Span,
) -> StepRef:
    """Cut here: what comes out is safe."""
    step = cut.new_step()
    proven = is_proven(people, keys, sets)
    needs = () if proven else needs_of_one(people, keys, sets)
    cut.steps.append(Leaf(step, people, keys, sets, groupings, tuple(numbers), one_row, proven, span, needs))
    if people.by_safe:
        cut.by_safe.add(step)
    columns = (*(id for id, _ in keys), *groupings, *(one.id for one in numbers))
    return StepRef(step, columns, (frozenset(id for id, _ in keys),) if sets is None else ())
