"""What an engine runs over the research store, as SELECT trees in DuckDB's dialect."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.catalogue.model import Field, Table
from enclave.projects import Policy
from enclave.query.open_rendering import OpenRenderer
from enclave.query.open_rows import provided
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.protected import Inner
from enclave.query.relations import (
    JoinKind,
    Scalar,
    Scan,
    SubqueryKind,
    conjuncts,
)
from enclave.query.rendering import (
    ROW,
    From,
    Renderer,
    aliased,
    apart_name,
    grouped,
    identifier,
    joined,
    named,
    table_named,
)
from enclave.query.standing_lists import has_consented
from enclave.query.text import bracketed, hardened


@dataclass(slots=True)
class PeopleRenderer(Renderer):
    """Rows of people, from the research store. The project's rows and years are put in below everything else.

    `repeats`: the years are said too where conditions of the question between a table and its leaf allow no others. So
    they are in what gives a population its name; for an engine it would be one more look at every row.
    """

    repeats: bool = True
    open: OpenRenderer = field(init=False)
    scans: list[Scan] = field(default_factory=list)
    kept: tuple[Scalar, ...] = ()
    """What every row that is made now has to meet further up."""

    def __post_init__(self) -> None:
        self.open = OpenRenderer(self.protected, self.used, self.types)
        self.open.reads, self.open.values = self.reads, self.values

    @property
    def policy(self) -> Policy:
        return self.protected.authorised.policy

    def source(self, rows: Rows_) -> From:
        match rows:
            case Scan() if rows.table.unit is not None:
                return From(self.subselect(self._scan(rows)))
            case Linked():
                return self._linked(rows)
            case Kept():
                with self._keeping((*self.kept, *conjuncts(rows.condition))):
                    made = self.source(rows.source)
                made.where.append(self.scalar(rows.condition))
                return made
            case Summary() | Windowed() | Stacked():
                with self._keeping(()):  # what is made of several rows is made of all of them
                    return From(self.subselect(self._made_of(rows)))
            case _:
                return From(self.subselect(self.open.relation(rows)))

    def _made_of(self, rows: Summary | Windowed | Stacked) -> exp.Query:
        match rows:
            case Summary():
                return self._summary(rows)
            case Windowed():
                return self._windowed(rows)
            case Stacked():
                return self._stacked(rows)

    @contextmanager
    def _keeping(self, conditions: tuple[Scalar, ...]) -> Iterator[None]:
        before, self.kept = self.kept, conditions
        try:
            yield
        finally:
            self.kept = before

    def scalar(self, node: Scalar) -> Scalar:
        """A scalar over people's rows which cannot raise, its subqueries as SQL."""
        made = hardened(node, self.protected.bases)
        for part in list(made.find_all(exp.Placeholder)):
            body = self._inner(self.protected.subqueries[part.name])
            if part is made:
                return body
            part.replace(body)
        return bracketed(made)

    def _inner(self, inner: Inner) -> Scalar:
        operand = None if inner.operand is None else self.scalar(inner.operand)
        output: list[exp.Expr] = [exp.Literal.number(1)]
        if inner.people is None:
            assert inner.relation is not None, "a subquery is over people or open"
            output = output if inner.output is None else [inner.output.copy()]
            return self.subquery(inner, self.source(inner.relation).select(output), operand)
        if inner.kind is SubqueryKind.IN and inner.output is not None:
            output = [self.scalar(inner.output)]
        return self.subquery(inner, self.source(inner.people.relation).select(output), operand)

    def _linked(self, rows: Linked) -> From:
        left = self.source(rows.left)
        if rows.kind in (JoinKind.RIGHT, JoinKind.FULL) and left.where:
            left = From(self.subselect(left.select(self.all_columns(rows.left))))
        right = self.source(rows.right)
        item = right.item
        if right.joins or right.where:
            item = self.subselect(right.select(self.all_columns(rows.right)))
        condition = None if rows.condition is None else self.scalar(rows.condition)
        left.joins.append(joined(item, rows.kind, condition))
        return left

    def all_columns(self, rows: Rows_) -> list[exp.Expr]:
        """The columns in use that the rows provide."""
        ids = sorted(set(_provided(rows)) & self.used, key=_place)
        return [named(id) for id in ids] or [exp.Literal.number(1)]

    def _summary(self, rows: Summary) -> exp.Select:
        keys = [self.scalar(scalar) for _, scalar in rows.keys]
        columns: list[exp.Expr] = [
            aliased(key.copy(), id) for (id, _), key in zip(rows.keys, keys, strict=True)
        ]
        columns += [aliased(self.scalar(scalar), id) for id, scalar in rows.aggregates if id in self.used]
        made = self.source(rows.source).select(columns)
        made.set("group", grouped(keys, None))
        return made

    def _windowed(self, rows: Windowed) -> exp.Select:
        columns: list[exp.Expr] = [
            named(id) for id in sorted(set(_provided(rows.source)) & self.used, key=_place)
        ]
        columns += self.windows(rows)
        return self.source(rows.source).select(columns or [exp.Literal.number(1)])

    def windows(self, rows: Windowed) -> list[exp.Expr]:
        """The windows over people's own rows that are in use."""
        return [aliased(self.scalar(scalar), id) for id, scalar in rows.columns if id in self.used]

    def _stacked(self, rows: Stacked) -> exp.Union:
        there = (*rows.columns, *rows.marks)
        used = [one for one in there if one[0] in self.used] or list(rows.columns[:1])
        left = self.source(rows.left).select([aliased(self.scalar(one), id) for id, one, _ in used])
        right = self.source(rows.right).select([aliased(self.scalar(other), id) for id, _, other in used])
        return exp.Union(this=left, expression=right, distinct=False)

    def _scan(self, scan: Scan) -> exp.Select:
        """The granted rows of a table of people; tier-1 fields from their own files."""
        self.scans.append(scan)
        table = scan.table
        pairs = [(name, id) for name, id in scan.columns.items() if id in self.used]
        assert table.key is not None, "a table of people has a key"
        pairs = pairs or [(table.key, scan.columns[table.key])]
        restricted = [
            one for one in self.restrictions(table) if self.repeats or not self._is_said(scan, one[0])
        ]
        apart = [name for name in dict.fromkeys([*(name for name, _ in pairs), *(name for name, _ in restricted)])
                 if table.stored_apart(name)]  # fmt: skip
        made = From(table_named(table.name, "main"))
        for name in apart:
            made.joins.append(self.apart(table, name))
        for name, _ in (*pairs, *restricted):
            self.reads.add((apart_name(table.name, name), name) if name in apart else (table.name, name))
        marks = [(name, id) for name, id in scan.marks.items() if id in self.used]
        self.reads.update((table.name, name) for name, _ in marks)
        made.where = [condition for _, condition in restricted]
        if self.policy.consent_of:
            made.where.append(self._consenting(table))
        return made.select([aliased(stored(name, apart, table), id) for name, id in (*pairs, *marks)])

    def apart(self, table: Table, name: str) -> exp.Join:
        relation = apart_name(table.name, name)
        self.reads.update({(table.name, ROW), (relation, ROW)})
        rows = exp.EQ(
            this=exp.Column(this=identifier(ROW), table=identifier("main")),
            expression=exp.Column(this=identifier(ROW), table=identifier(relation)),
        )
        return exp.Join(this=table_named(relation), on=rows)

    def restrictions(self, table: Table) -> Iterator[tuple[str, Scalar]]:
        """The project's years and rows, as (field, condition)."""
        grant = self.policy.table(table.name)
        assert grant is not None, "authorise refuses a table without a grant"
        if grant.years is not None and table.year is not None:
            yield table.year.field, self._is_one_of(table, table.year.field, grant.years)
        for name, values in (grant.rows or {}).items():
            yield name, self._is_one_of(table, name, values)

    def _is_said(self, scan: Scan, name: str) -> bool:
        """Whether the question itself allows no years but those of the project."""
        grant = self.policy.table(scan.table.name)
        is_year = scan.table.year is not None and scan.table.year.field == name
        if not is_year or grant is None or grant.years is None or name not in scan.columns:
            return False
        return any(says_one_of(part, scan.columns[name], grant.years) for part in self.kept)

    def _consenting(self, table: Table) -> Scalar:
        """Where somebody of the project reaches only who has consented."""
        assert table.unit is not None, "a table of people has a unit"
        assert table.key is not None, "a table of people has a key"
        self.reads.add((table.name, table.key))
        return has_consented(table.unit, stored(table.key, (), table))

    def _is_one_of(self, table: Table, name: str, values: Sequence[str]) -> Scalar:
        literals = [_literal(value, table.fields[name]) for value in values]
        apart = [name] if table.stored_apart(name) else []
        return exp.In(this=stored(name, apart, table), expressions=literals)


def says_one_of(condition: Scalar, id: str, values: Sequence[str]) -> bool:
    """Whether the condition is that the column equals a literal, or is one of literals, which all are of the values."""
    match condition:
        case exp.EQ(this=exp.Column() as column, expression=exp.Literal() as literal):
            said: list[object] = [literal]
        case exp.In(this=exp.Column() as column) if condition.expressions:
            said = list(condition.expressions)
        case _:
            return False
    literals = [one.name for one in said if isinstance(one, exp.Literal)]
    return bool(column.name == id and len(literals) == len(said) and set(literals) <= set(values))


def stored(name: str, apart: Sequence[str], table: Table) -> exp.Column:
    return exp.Column(
        this=identifier(name), table=identifier(apart_name(table.name, name) if name in apart else "main")
    )


def _literal(value: str, found: Field) -> exp.Expr:
    if found.type in ("SMALLINT", "INTEGER", "BIGINT"):
        return exp.Literal.number(int(value))
    if found.type == "BOOLEAN":
        return exp.true() if value.lower() == "true" else exp.false()
    return exp.Literal.string(value)


def _provided(rows: Rows_) -> Iterator[str]:
    match rows:
        case Linked():
            yield from _provided(rows.left)
            yield from _provided(rows.right)
        case Kept():
            yield from _provided(rows.source)
        case Summary():
            yield from (id for id, _ in (*rows.keys, *rows.aggregates))
        case Windowed():
            yield from _provided(rows.source)
            yield from (id for id, _ in rows.columns)
        case Stacked():
            yield from (id for id, _, _ in (*rows.columns, *rows.marks))
        case _:
            yield from provided(rows)


def _place(id: str) -> int:
    return int(id[1:])
