"""Lists beside a members statement, so that it gives small numbers in place of texts.

A members table has a row for each person, and its keys, years and terms have a few values each. Their lists are inputs
of the statement; what it gives is the place of each value in its list. What a condition pins down for every row is not
given at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.people_rendering import PeopleRenderer
from enclave.query.people_rows import Kept, Linked, People, Rows_
from enclave.query.relations import JoinKind, Scalar, conjuncts
from enclave.query.rendering import From, aliased, identifier, joined, named, table_named

VALUE, PLACE = "v", "c"
"""The columns of a list."""
BASE = "base"
_TEXT = ("VARCHAR", "CHAR", "TEXT")


@dataclass(frozen=True, slots=True)
class Listed:
    """A column that is given by places. `of`: the table and field whose values are listed; None: the leaf's key."""

    column: str
    of: tuple[str, str] | None

    @property
    def input(self) -> str:
        return f"step_list_{self.column}"

    @property
    def place(self) -> exp.Column:
        return exp.Column(this=identifier(PLACE), table=identifier(self.input))

    def join(self) -> exp.Join:
        """The list, beside the base; what is not in it has no place."""
        value = exp.Column(this=identifier(VALUE), table=identifier(self.input))
        own = exp.Column(this=identifier(self.column), table=identifier(BASE))
        return joined(table_named(self.input), JoinKind.LEFT, exp.NullSafeEQ(this=own, expression=value))


def list_select(table: str, field: str, renderer: PeopleRenderer) -> exp.Select:
    """The values of a field."""
    renderer.reads.add((table, field))
    column = exp.Column(this=identifier(field), table=identifier("main"))
    made = From(table_named(table, "main")).select([aliased(column, VALUE)])
    made.set("distinct", exp.Distinct())
    return made


def pinned_texts(rows: Rows_, people: People) -> Mapping[str, str]:
    """Columns of text that a condition pins down for all rows."""
    return dict(_pinned(rows, people))


def _pinned(rows: Rows_, people: People) -> Iterator[tuple[str, str]]:
    match rows:
        case Kept():
            for part in conjuncts(rows.condition):
                yield from _pinned_by(part, people)
            yield from _pinned(rows.source, people)
        case Linked() if rows.kind in (JoinKind.INNER, JoinKind.LEFT):
            yield from _pinned(rows.left, people)
            if rows.kind is JoinKind.INNER:
                yield from _pinned(rows.right, people)
        case _:
            return


def _pinned_by(part: Scalar, people: People) -> Iterator[tuple[str, str]]:
    if not (isinstance(part, exp.EQ) and isinstance(part.this, exp.Column)):
        return
    base, value = people.bases.get(part.this.name), part.expression
    is_text = base is not None and base.field is not None and base.field.type.startswith(_TEXT)
    if is_text and isinstance(value, exp.Literal) and value.is_string:
        yield part.this.name, value.name


def place_or_self(column: str, listed: Mapping[str, Listed]) -> Scalar:
    """A column of the base as the statement gives it."""
    return listed[column].place if column in listed else named(column)
