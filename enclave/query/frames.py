"""The frame of an answer: every combination of published codes that could have been a row.

Pages and files draw the frame in full and write `c` where no row is shown, hidden and empty alike, and `z` where the
catalogue rules the combination out (`ruled_out`). It follows from the query, the code lists and the years and rows of
the project alone. None for an answer with more above its leaf than per-row arithmetic and ORDER BY, for a dimension
without a published list, or above `MOST_COMBINATIONS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Field
from enclave.query.data_types import data_type
from enclave.query.dialect import DUCKDB
from enclave.query.leaves import Leaf
from enclave.query.people_rows import Base, People
from enclave.query.protected import Protected
from enclave.query.relations import (
    Defined,
    Extend,
    Relation,
    Scalar,
    Sort,
    StepRef,
    column_id,
    column_ids,
)
from enclave.query.rendering import From, aliased, identifier, named
from enclave.query.text import bracketed, hardened

MOST_COMBINATIONS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A code list under a scalar of one column, restricted by the leaf's filters on that column alone."""

    scalar: Scalar
    base: Base
    codes: tuple[str | None, ...]
    people: People
    bases: Mapping[str, Base]

    def sql(self) -> str:
        """SQL that lists each code as text (column `code`; null: no code) with the value made of it (column `v`)."""
        return _sql(self.scalar, self.base, self.codes, self.people, self.bases)


@dataclass(frozen=True, slots=True, eq=False)
class FrameColumn:
    """One dimension of the answer: its name, how many codes it starts from, and what its values are made of."""

    name: str
    codes: int
    source: Image

    @property
    def sql(self) -> str:
        """SQL that lists its codes and values in order: written only when the answer is."""
        return self.source.sql()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Per grouping set the dimensions in it; the combinations are their product. `leaf` is what they group."""

    sets: tuple[tuple[FrameColumn, ...], ...]
    leaf: Leaf
    protected: Protected


def frame_of(protected: Protected, rules_off: bool) -> Frame | None:
    """The frame, or None. There is none where the rules are off."""
    leaf = _only_leaf(protected)
    if leaf is None or rules_off:
        return None
    lists = {place: _values(scalar, leaf.people, protected) for place, (_, scalar) in enumerate(leaf.keys)}
    names = _names(protected, leaf)
    if any(found is None for found in lists.values()) or any(name is None for name in names):
        return None
    columns = {
        place: FrameColumn(str(names[place]), len(found.codes), found)
        for place, found in lists.items()
        if found is not None
    }
    positions = leaf.sets if leaf.sets is not None else (tuple(range(len(leaf.keys))),)
    sets = tuple(tuple(columns[place] for place in one) for one in positions)
    if sum(prod(column.codes for column in one) for one in sets) > MOST_COMBINATIONS:
        return None
    return Frame(sets, leaf, protected)


def _only_leaf(protected: Protected) -> Leaf | None:
    """The leaf under nothing but per-row arithmetic and ORDER BY."""
    relation: Relation = protected.final
    while isinstance(relation, Sort | Extend):
        if isinstance(relation, Extend) and any(_looks_around(protected, id) for id in relation.columns):
            return None
        relation = relation.source
    if not isinstance(relation, StepRef) or len(protected.steps) != 1:
        return None
    only = protected.steps[0]
    return only if isinstance(only, Leaf) and only.keys else None


def _looks_around(protected: Protected, id: str) -> bool:
    origin = protected.columns[id].origin
    if not isinstance(origin, Defined):
        return True
    return next(origin.expression.find_all(exp.Window, exp.Placeholder), None) is not None


def _names(protected: Protected, leaf: Leaf) -> list[str | None]:
    """The output name of each dimension; None where the answer does not show it plainly."""
    shown = {}
    for output in protected.query.outputs:
        id = output.column
        origin = protected.columns[id].origin
        while id not in {key for key, _ in leaf.keys} and isinstance(origin, Defined):
            inner = column_id(origin.expression)
            if inner is None or inner == id:
                break
            id, origin = inner, protected.columns[inner].origin
        shown[id] = output.name
    return [shown.get(id) for id, _ in leaf.keys]


def _values(scalar: Scalar, people: People, protected: Protected) -> Image | None:
    """The image of a code list under the scalar; None without a published list."""
    ids = column_ids(scalar)
    if len(ids) != 1 or next(scalar.find_all(exp.Placeholder), None) is not None:
        return None
    base = people.bases.get(next(iter(ids)))
    codes = codes_of(base, people, protected.authorised.resolved.catalogue) if base is not None else None
    if base is None or base.field is None or codes is None:
        return None
    allowed = left_by_the_project(base.field, protected)
    left = tuple(code for code in codes if code is None or allowed is None or code in allowed)
    return Image(scalar, base, left or codes, people, protected.bases)


def codes_of(base: Base, people: People, catalogue: Catalogue) -> tuple[str | None, ...] | None:
    """The published codes of a column, None among them where it may be null; None without a published list."""
    field = base.field
    if field is None:
        return None
    values: tuple[str | None, ...]
    if field.type == "BOOLEAN":
        values = ("true", "false")
    elif field.code_set is not None:
        values = catalogue.code_sets[field.code_set].values
    else:
        return None
    nullable = not field.never_null or base.id in people.nullable
    return (*values, None) if nullable else values


def left_by_the_project(field: Field, protected: Protected) -> frozenset[str | None] | None:
    """The values that the project's years and rows leave of a field; None where they say nothing of it."""
    authorised = protected.authorised
    grant = authorised.policy.table(field.table)
    if grant is None:
        return None
    year = authorised.resolved.catalogue.tables[field.table].year
    if grant.years is not None and year is not None and year.field == field.name:
        return frozenset(grant.years)
    rows = (grant.rows or {}).get(field.name)
    return None if rows is None else frozenset(rows)


def image_of(id: str, people: People, protected: Protected) -> Image | None:
    """The code list of a column as the leaf's filters leave it; None without a published list."""
    base = people.bases.get(id)
    codes = codes_of(base, people, protected.authorised.resolved.catalogue) if base is not None else None
    return None if base is None or codes is None else Image(named(id), base, codes, people, protected.bases)


def own_filters(id: str, people: People) -> list[Scalar]:
    """The leaf's conditions on one column alone."""
    return [
        part
        for part in people.filters
        if column_ids(part) == {id} and next(part.find_all(exp.Placeholder), None) is None
    ]


def _sql(
    scalar: Scalar, base: Base, codes: tuple[str | None, ...], people: People, bases: Mapping[str, Base]
) -> str:
    rows = [exp.Tuple(expressions=[_literal(code)]) for code in codes]
    alias = exp.TableAlias(this=identifier("codes"), columns=[identifier("code")])
    assert base.field is not None, "codes come from a field"
    typed = exp.TryCast(this=named("code"), to=data_type(_plain(base.field)))
    inner = From(exp.Values(expressions=rows, alias=alias)).select([named("code"), aliased(typed, base.id)])
    item = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier("typed")))
    own = [bracketed(hardened(part, bases)) for part in own_filters(base.id, people)]
    value = aliased(bracketed(hardened(scalar, bases)), "v")
    made = From(item, where=own).select([named("code"), value])
    by = [exp.Ordered(this=named(name), nulls_first=False) for name in ("v", "code")]
    made.set("order", exp.Order(expressions=by))
    return made.sql(DUCKDB, copy=False)


def _plain(field: Field) -> str:
    return "VARCHAR" if field.type.startswith(("CHAR", "VARCHAR")) else field.type


def _literal(code: str | None) -> exp.Expr:
    return exp.Null() if code is None else exp.Literal.string(code)
