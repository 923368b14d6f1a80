"""Relations without people's rows, and what is known of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from sqlglot import exp

from enclave.query.people_rows import Kind, People
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
            return (frozenset(),) if len(relation.rows) == 1 else tuple(_unlike(relation))
        case Filter() | Sort() | Limit() | Extend():
            return unique_sets(relation.source)
        case Aggregate():
            return (frozenset(relation.keys),) if relation.sets is None else ()
        case Distinct():
            return (frozenset(relation.columns),)
        case Join() | SetOperation():
            return ()


def _unlike(rows: Rows) -> Iterator[frozenset[str]]:
    """The smallest sets of columns of literal rows in which no combination is written twice, of columns that are all
    texts, all numbers or all truths."""
    columns = {id: [written_value(row[place]) for row in rows.rows] for place, id in enumerate(rows.columns)}
    told = {
        id: values
        for id, values in columns.items()
        if None not in values and len(set(map(type, values))) == 1
    }
    found: list[frozenset[str]] = []
    for size in range(1, min(len(told), _MOST_TOGETHER) + 1):
        for ids in combinations(told, size):
            rows_of = list(zip(*(told[id] for id in ids), strict=True))
            if len(set(rows_of)) == len(rows_of) and not any(one <= {*ids} for one in found):
                found.append(frozenset(ids))
    yield from found


def literal_kind(relation: Relation, id: str) -> Kind | None:
    """What the values of a column of literal rows are compared as. None: no such column, or values of several kinds."""
    match relation:
        case Filter() | Sort() | Limit() | Extend():
            return literal_kind(relation.source, id)
        case Rows() if id in relation.columns:
            kinds = {type(written_value(row[relation.columns.index(id)])) for row in relation.rows}
            return _KINDS.get(frozenset(kinds))
        case _:
            return None


_KINDS = {
    frozenset({str}): Kind.TEXT,
    frozenset({Decimal}): Kind.EXACT,
    frozenset({bool}): Kind.EXACT,
}
_MOST_TOGETHER = 4
"""Columns of literal rows that are looked at together."""
_MOST_DIGITS = 15
"""Of a number that is told from every other one, whatever type the column gets."""


def written_value(node: Scalar) -> str | Decimal | bool | None:
    """What a literal is: equal for `4` and `4.0`. None: that is not known here."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        inner = written_value(node.this)
        return -inner if isinstance(inner, Decimal) else None
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return node.name
    whole, _, part = node.name.partition(".")
    digits = whole + part
    return Decimal(node.name) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


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
