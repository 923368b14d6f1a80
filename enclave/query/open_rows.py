"""Relations without people's rows, and what is known of them."""

from dataclasses import dataclass

from enclave.query.people_rows import (
    People,
)
from enclave.query.relations import (
    Aggregate,
    Distinct,
    Extend,
    Filter,
    Join,
    Limit,
    Relation,
    Rows,
    Scalar,
    Scan,
    SetOperation,
    Sort,
    StepRef,
    column_ids,
)


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A relation without people's rows: public tables, literals and the safe tables of earlier steps."""

    relation: Relation
    steps: frozenset[str]  # the steps it reads; empty for public data


def reads_public(node: Scalar, people: People) -> bool:
    return any(base.public for part in column_ids(node) if (base := people.bases.get(part)) is not None)


def provided(relation: Relation) -> frozenset[str]:
    """The ids of all columns that an open relation passes on."""
    match relation:
        case Scan():
            return frozenset((*relation.columns.values(), *relation.marks.values()))
        case Rows() | StepRef():
            return frozenset(relation.columns)
        case Filter() | Sort() | Limit():
            return provided(relation.source)
        case Extend():
            return provided(relation.source) | frozenset(relation.columns)
        case Join():
            return provided(relation.left) | provided(relation.right)
        case Aggregate():
            return frozenset((*relation.keys, *relation.aggregates, *relation.groupings))
        case Distinct() | SetOperation():
            return frozenset(relation.columns)


def unique_sets(relation: Relation) -> tuple[frozenset[str], ...]:
    """Column sets without repeats of an open relation, as far as they are known."""
    match relation:
        case Scan():
            plain = [grain for grain in relation.table.grain if grain.where is None]
            return tuple(frozenset(relation.columns[name] for name in grain.columns) for grain in plain)
        case StepRef():
            return relation.unique
        case Rows():
            return (frozenset(),) if len(relation.rows) == 1 else ()
        case Filter() | Sort() | Limit() | Extend():
            return unique_sets(relation.source)
        case Aggregate():
            return (frozenset(relation.keys),) if relation.sets is None else ()
        case Distinct():
            return (frozenset(relation.columns),)
        case Join() | SetOperation():
            return ()


def single_row(relation: Relation) -> bool:
    match relation:
        case Filter() | Sort() | Extend():
            return single_row(relation.source)
        case Limit():
            return (relation.count is not None and relation.count <= 1) or single_row(relation.source)
        case Aggregate():
            return not relation.grouped
        case StepRef():
            return relation.unique == (frozenset(),)
        case Rows():
            return len(relation.rows) == 1
        case Scan() | Join() | Distinct() | SetOperation():
            return False
