"""The source's own names of fields: `KS4_ATT8` is `att8`, before anything is decided.

A name that says a census or a year (`FSMeligible_SPR17`) is the field of that census only: the query must keep to it in
WHERE, else the name would mean other rows than it says, and is refused with the conditions to add. The reader's text is
rewritten with the field's name, so that the engine's own binder can read it too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from enclave.catalogue.aliases import Alias, resolve_alias
from enclave.catalogue.model import Catalogue, Table, YearForm
from enclave.problems import Problem, UnknownField
from enclave.query.parse import Parsed
from enclave.query.relations import (
    Aggregate,
    Distinct,
    Extend,
    Filter,
    FromField,
    Join,
    Limit,
    Query,
    Relation,
    Rewrites,
    Rows,
    Scalar,
    Scan,
    SetOperation,
    Sort,
    StepRef,
    column_id,
    conjuncts,
)
from enclave.terms import FieldRef, Fix, Span


@dataclass(frozen=True, slots=True)
class Renamed:
    """One name of the source in the reader's text, and what stands there for the engine."""

    span: Span
    text: str
    alias: Alias


def names_of_source(catalogue: Catalogue, name: str) -> tuple[Alias, ...]:
    """The fields that the source calls so."""
    return tuple(resolve_alias(catalogue, name))


def renamed(node: exp.Column, real: str, alias: Alias, span: Span) -> Renamed:
    """Write the field's name into the tree; an output keeps the name that the reader gave it."""
    written, text = node.name, real
    node.this.set("this", real)
    parent = node.parent
    if isinstance(parent, exp.Select) and any(part is node for part in parent.expressions):
        text = f'{real} AS "{written}"'
        parent.set(
            "expressions",
            [
                exp.Alias(this=node, alias=exp.Identifier(this=written, quoted=True))
                if part is node
                else part
                for part in parent.expressions
            ],
        )
    return Renamed(span, text, alias)


def rewritten(parsed: Parsed, found: list[Renamed]) -> Parsed:
    """The query with the fields' names in the text that the binder reads."""
    bare = parsed.bare
    for one in sorted({each.span.start: each for each in found}.values(), key=lambda each: -each.span.start):
        bare = bare[: one.span.start] + one.text + bare[one.span.end :]
    return replace(parsed, bare=bare)


def other_censuses(query: Query, catalogue: Catalogue, found: list[Renamed]) -> Iterator[Problem]:
    """Names that say another census or year than the query keeps to."""
    for one in found:
        table = catalogue.tables[one.alias.field.table]
        wanted = dict(_wanted(table, one.alias))
        missing = {name: value for name, value in wanted.items() if _kept(query, table, name) != {value}}
        if missing:
            conditions = " AND ".join(
                f"{name} = {_literal(value, table, name)}" for name, value in missing.items()
            )
            yield UnknownField(
                detail=f"{one.span.text} is {one.alias.field.field} of one census or year alone. Keep to it: "
                f"{conditions}.",
                spans=(one.span,),
                fixes=(Fix(f"Add {conditions} to WHERE"),),
            )


def _wanted(table: Table, alias: Alias) -> Iterator[tuple[str, str]]:
    if alias.year is not None and table.year is not None:
        ending = table.year.form is YearForm.ENDING
        yield table.year.field, str(int(alias.year[:4]) + 1) if ending else alias.year
    if alias.term is not None and table.term is not None:
        yield table.term, alias.term


def _literal(value: str, table: Table, name: str) -> str:
    return f"'{value}'" if "CHAR" in table.fields[name].type else value


def _kept(query: Query, table: Table, name: str) -> set[str]:
    """The values that conditions of the query let a field have, wherever they stand."""
    rewrites = Rewrites(query.columns)
    relations = [query.relation, *(one.relation for one in query.subqueries.values())]
    found: set[str] = set()
    for relation in relations:
        for part in _conditions(relation):
            if isinstance(part, exp.EQ):
                for one, other in ((part.this, part.expression), (part.expression, part.this)):
                    if _is_field(rewrites, one, FieldRef(table.name, name)) and isinstance(
                        other, exp.Literal
                    ):
                        found.add(other.name)
    return found


def _is_field(rewrites: Rewrites, node: Scalar, ref: FieldRef) -> bool:
    id = column_id(node)
    if id is None:
        return False
    origin = rewrites.base(id).origin
    return isinstance(origin, FromField) and origin.field.ref == ref


def _conditions(relation: Relation) -> Iterator[Scalar]:
    """The conjuncts of every WHERE and ON of a relation."""
    match relation:
        case Filter():
            yield from conjuncts(relation.condition)
            yield from _conditions(relation.source)
        case Join():
            yield from conjuncts(relation.condition)
            yield from _conditions(relation.left)
            yield from _conditions(relation.right)
        case SetOperation():
            yield from _conditions(relation.left)
            yield from _conditions(relation.right)
        case Extend() | Aggregate() | Distinct() | Sort() | Limit():
            yield from _conditions(relation.source)
        case Scan() | Rows() | StepRef():
            return
