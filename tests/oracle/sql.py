"""Draws questions that a researcher could ask of the little world, over the whole supported surface.

Every relation gets an alias of its own and every output a new name, so that the text of an expression says which one
it is. Orders are total where a LIMIT depends on them, and a ratio is guarded against 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

from tests.oracle.schema import HOSPITAL, OUTCOME, PATIENT, PEOPLE, PERSON, VISIT, Field, Table
from tests.oracle.tree import (
    Agg,
    And,
    Arith,
    Case,
    Coalesce,
    Col,
    Compare,
    Derived,
    Exists,
    Expr,
    InQuery,
    IsNull,
    Joined,
    Lit,
    Named,
    Not,
    NullIf,
    OneOf,
    Or,
    Query,
    Scalar,
    Source,
)

T = TypeVar("T")
HOSPITALS = (100, 101, 102)


@dataclass(frozen=True, slots=True)
class Seen:
    """A column in reach: how to name it, and what is in it."""

    col: Col
    field: Field
    public: bool = False
    outer: bool = False  # from the side of a LEFT JOIN that can be missing

    @property
    def nullable(self) -> bool:
        return self.field.nullable or self.outer


@dataclass(frozen=True, slots=True)
class Part:
    """A source of rows of people, its columns, and the key of each relation in it (the first always there)."""

    source: Source
    seen: tuple[Seen, ...]
    keys: tuple[Seen, ...]
    where: tuple[Expr, ...] = ()

    def kind(self, *kinds: str) -> list[Seen]:
        return [column for column in self.seen if column.field.kind in kinds]

    @property
    def codes(self) -> list[Seen]:
        return self.kind("dimension")

    @property
    def measures(self) -> list[Seen]:
        return [column for column in self.kind("measure") if not column.public]


@dataclass
class Maker:
    """Makes one question from the draws of one example."""

    draw: Callable[[st.SearchStrategy[int]], int]
    ctes: list[tuple[str, Query]] = field(default_factory=list)
    names: int = 0

    # --- drawing ---------------------------------------------------------------------------------------------

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.draw(st.integers(0, len(choices) - 1))]

    def chance(self, percent: int) -> bool:
        """True that often; shrinks to false."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    # --- people ----------------------------------------------------------------------------------------------

    def table(self, table: Table, *, outer: bool = False) -> Part:
        alias = self.name("t")
        seen = tuple(Seen(Col(alias, f.name), f, not table.unit, outer) for f in table.fields.values())
        return Part(Named(table.name, alias), seen, tuple(s for s in seen if s.field.name == PERSON))

    def people(self) -> Part:
        """Rows of people: a table, a summary, rows through a subquery, with what is joined to them."""
        match self.pick(("table", "table", "hospital", "pair", "summary", "through")):
            case "hospital":
                return self.with_hospital(self.one_table())
            case "pair":
                return self.pair()
            case "summary":
                return self.summary()
            case "through":
                return self.through()
            case _:
                return self.one_table()

    def one_table(self) -> Part:
        """One table; the panel often cut down to a row per person."""
        part = self.table(self.pick(PEOPLE))
        alias = part.keys[0].col.source
        where: list[Expr] = []
        if self.chance(40):
            where.append(Compare("=", Col(alias, "year"), Lit(self.pick((2022, 2023)))))
        if isinstance(part.source, Named) and part.source.name == "patient" and self.chance(50):
            status = Col(alias, "entry_status")
            where.append(Compare("=", Col(alias, "wave"), Lit("SPR")))
            where.append(Or((IsNull(status), Compare("<", status, Lit(100)))))
        return Part(part.source, part.seen, part.keys, tuple(where))

    def with_hospital(self, part: Part) -> Part:
        alias = self.name("t")
        kind = self.pick(("inner", "left"))
        if part.measures and self.chance(15):
            return self.copied(part, alias, kind)
        seen = tuple(
            Seen(Col(alias, f.name), f, public=True, outer=kind == "left") for f in HOSPITAL.fields.values()
        )
        here = next(s.col for s in part.seen if s.field.name == "hospital_id")
        on = Compare("=", here, Col(alias, "hospital_id"))
        source = Joined(kind, part.source, Named("hospital", alias), on)
        return Part(source, part.seen + seen, part.keys, part.where)

    def copied(self, part: Part, alias: str, kind: str) -> Part:
        """Each row with every hospital that meets a condition: a public join that makes copies."""
        beds, region = Col(alias, "beds"), Col(alias, "region")
        on = And((Compare("<", self.pick(part.measures).col, beds), Compare("<>", region, Lit("West"))))
        seen = tuple(
            Seen(Col(alias, f.name), f, public=True, outer=kind == "left") for f in HOSPITAL.fields.values()
        )
        return Part(
            Joined(kind, part.source, Named("hospital", alias), on), part.seen + seen, part.keys, part.where
        )

    def pair(self) -> Part:
        """Two relations of the same people, joined by key; or one kept or dropped by the other."""
        one = self.table(self.pick(PEOPLE))
        kind = self.pick(("inner", "left", "semi", "anti"))
        other = self.summary() if self.chance(30) else self.table(self.pick(PEOPLE), outer=kind == "left")
        if kind == "left":
            other = Part(
                other.source,
                tuple(Seen(s.col, s.field, s.public, outer=True) for s in other.seen),
                other.keys,
            )
        both_years = {"year"} <= {s.field.name for s in other.seen}
        using = (PERSON, "year") if both_years and self.chance(70) else (PERSON,)
        source = Joined(kind, one.source, other.source, using=using)
        if kind in ("semi", "anti"):
            return Part(source, one.seen, one.keys)
        seen = one.seen + tuple(s for s in other.seen if s.field.name not in (*using, "hospital_id", "year"))
        return Part(source, seen, one.keys + other.keys)

    def summary(self) -> Part:
        """One row per person (or person and year), made by GROUP BY with the key."""
        inner = self.table(self.pick((PATIENT, VISIT, OUTCOME)))
        key = inner.keys[0].col
        keys = [key] + ([Col(key.source, "year")] if self.chance(40) else [])
        fields = [Field(PERSON, "INTEGER", "key")] + [PATIENT.fields["year"]] * (len(keys) - 1)
        items: list[tuple[Expr, str]] = [(k, k.name) for k in keys]
        for _ in range(self.pick((1, 2))):
            made, agg = self.per_person(inner)
            items.append((agg, made.name))
            fields.append(made)
        having = Compare(">=", Agg("count"), Lit(2)) if self.chance(20) else None
        where = self.condition(inner) if self.chance(30) else None
        query = Query(tuple(items), inner.source, where=where, keys=tuple(keys), having=having)
        return self.wrapped(query, fields)

    def per_person(self, inner: Part) -> tuple[Field, Agg]:
        """An aggregate over one person's own rows, and what it is as a column."""
        name = self.name("m")
        where = self.condition(inner) if self.chance(30) else None
        whole = Field(name, "BIGINT", "measure", cuts=(1, 2))
        match self.pick(("rows", "sum", "avg", "max", "any")):
            case "sum":
                return self._like(name, inner, "sum", where)
            case "avg":
                return self._like(name, inner, "avg", where)
            case "max":
                code = self.pick([s for s in inner.codes if s.field.values and s.field.type == "SMALLINT"])
                kept = Field(
                    name, "SMALLINT", "dimension", code.field.values, hidden=code.field.hidden, nullable=True
                )
                return kept, Agg(self.pick(("max", "min")), code.col, where=where)
            case "any":
                flag = Field(name, "BOOLEAN", "dimension", (True, False), hidden=True, nullable=True)
                return flag, Agg("bool_or", self.condition(inner))
            case _:
                return whole, Agg("count", where=where)

    def _like(self, name: str, inner: Part, function: str, where: Expr | None) -> tuple[Field, Agg]:
        measure = self.pick(inner.measures)
        kind = "DOUBLE" if function == "avg" else measure.field.type
        made = Field(
            name, kind, "measure", cuts=measure.field.cuts, hidden=measure.field.hidden, nullable=True
        )
        return made, Agg(function, measure.col, where=where)

    def through(self) -> Part:
        """Rows through a subquery that filters, renames and computes."""
        inner = self.with_hospital(self.one_table()) if self.chance(30) else self.one_table()
        key = inner.keys[0]
        kept = [s for s in inner.seen if s != key and not s.public and self.chance(60)]
        kept = [s for s in kept if s.field.name != "hospital_id"]
        kept += [s for s in inner.seen if s.field.name == "hospital_id" and not s.public]
        items: list[tuple[Expr, str]] = [(s.col, s.field.name) for s in [key, *kept]]
        fields = [key.field] + [s.field for s in kept]
        if self.chance(60):
            name = self.name("m")
            flag = self.chance(50)
            made = Case(((self.condition(inner), Lit(1)),), Lit(0)) if flag else self.amount(inner)
            items.append((made, name))
            fields.append(Field(name, "DOUBLE", "measure", cuts=(0, 1), nullable=True))
        where = (*inner.where, self.condition(inner)) if self.chance(40) else inner.where
        return self.wrapped(Query(tuple(items), inner.source, where=_all(where)), fields)

    def wrapped(self, query: Query, fields: Sequence[Field]) -> Part:
        """A query as a source: in place, or as a CTE."""
        alias = self.name("t")
        seen = tuple(Seen(Col(alias, f.name), f) for f in fields)
        source: Source = Derived(query, alias)
        if self.chance(40):
            name = self.name("c")
            self.ctes.append((name, query))
            source = Named(name, alias)
        return Part(source, seen, seen[:1])

    # --- conditions ------------------------------------------------------------------------------------------

    def condition(self, part: Part) -> Expr:
        """A condition on a person's own row."""
        if self.chance(8):
            return self.about_others(part)
        if self.chance(15):
            join = And if self.chance(50) else Or
            return join((self.atom(part), self.atom(part)))
        atom = self.atom(part)
        return Not(atom) if self.chance(10) else atom

    def atom(self, part: Part) -> Expr:
        columns = [s for s in part.seen if s.field.kind != "key"]
        if not columns:
            return IsNull(part.keys[0].col, negated=True)
        seen = self.pick(columns)
        if seen.nullable and self.chance(25):
            return IsNull(seen.col, negated=self.chance(50))
        if seen.field.type == "BOOLEAN":
            flags: tuple[Expr, ...] = (seen.col, Compare("=", seen.col, Lit(False)), Not(seen.col))
            return self.pick(flags)
        if seen.field.kind == "measure":
            cut = self.pick(seen.field.cuts or (50,))
            return Compare(self.pick((">=", "<", ">", "<=")), seen.col, Lit(cut))
        values = seen.field.values or HOSPITALS
        if self.chance(30):
            return OneOf(seen.col, (self.pick(values), self.pick(values)), negated=self.chance(30))
        return Compare(self.pick(("=", "<>")), seen.col, Lit(self.pick(values)))

    def about_others(self, part: Part) -> Expr:
        """A condition by key on another table, or on what a safe table says."""
        key = part.keys[0].col
        other = self.table(self.pick(PEOPLE))
        inside = self.condition(other)
        negated = self.chance(40)
        numbers = [s for s in part.measures if s.field.type in ("SMALLINT", "DOUBLE") and not s.outer]
        common = [s for s in part.codes if any(t.fields.get(s.field.name) == s.field for t in PEOPLE)]
        match self.pick(("in", "exists", "scalar", "safe")):
            case "exists":
                link = Compare("=", other.keys[0].col, key)
                return Exists(Query(((Lit(1), "one"),), other.source, where=And((link, inside))), negated)
            case "scalar" if numbers:
                seen = self.pick(numbers)
                same = [s for s in other.measures if s.field.type in ("SMALLINT", "DOUBLE")] or other.measures
                mean = Query(((Agg("avg", self.pick(same).col), self.name("x")),), other.source, where=inside)
                return Compare(self.pick((">", "<=")), seen.col, Scalar(mean))
            case "safe" if common:
                return self.common(self.pick(common))
            case _:
                return InQuery(
                    key, Query(((other.keys[0].col, PERSON),), other.source, where=inside), negated
                )

    def common(self, seen: Seen) -> Expr:
        """Whether the code is one that enough rows have: a leaf of its own, below people's rows."""
        tables = [table for table in PEOPLE if table.fields.get(seen.field.name) == seen.field]
        other = self.table(self.pick(tables))
        code = next(s.col for s in other.codes if s.field == seen.field)
        having = Compare(">=", Agg("count"), Lit(self.pick((4, 10))))
        safe = Query(((code, self.name("k")),), other.source, keys=(code,), having=having)
        return InQuery(seen.col, safe, negated=self.chance(30))

    # --- the leaf --------------------------------------------------------------------------------------------

    def amount(self, part: Part) -> Expr:
        """What a sum or a mean is taken of."""
        numbers = part.measures
        codes = [s for s in part.codes if s.field.type == "SMALLINT"]
        if not numbers:
            return self.pick(codes).col if codes else Case(((self.condition(part), Lit(1)),), Lit(0))
        col = self.pick(numbers).col
        looked_up = [s for s in part.seen if s.public and s.field.kind == "measure"]
        match self.pick(
            ("bare", "bare", "bare", "case", "flag", "affine", "coalesce", "nullif", "code", "two")
        ):
            case "case":
                return Case(((self.condition(part), col),), Lit(0) if self.chance(50) else None)
            case "flag":
                return Case(((self.condition(part), Lit(1)), (self.condition(part), Lit(2))), Lit(0))
            case "affine":
                return Arith("+", Arith("*", col, Lit(2)), Lit(1))
            case "coalesce":
                return Coalesce((col, Lit(0)))
            case "nullif":
                return NullIf(col, Lit(0))
            case "code" if codes:
                return self.pick(codes).col
            case "one":
                return Lit(1)
            case "two":
                return Arith("*", col, self.pick(looked_up or numbers).col)
            case _:
                return col

    def aggregate(self, part: Part) -> Agg:
        where = self.condition(part) if self.chance(25) else None
        match self.pick(("rows", "people", "sum", "avg", "values", "if")):
            case "people":
                return Agg("count", self.pick(part.keys).col, distinct=True, where=where)
            case "sum" | "avg" as name:
                return Agg(name, self.amount(part), where=where)
            case "values":
                columns = [s for s in part.seen if s.field.kind != "key"] or list(part.keys)
                return Agg("count", self.pick(columns).col, where=where)
            case "if":
                return Agg("count_if", self.condition(part), where=where)
            case _:
                return Agg("count", where=where)

    def keys(self, part: Part, *, rollup: bool) -> tuple[Expr, ...]:
        """What to group by; under ROLLUP nothing that can be null, which would look like a total."""
        found: list[Expr] = []
        codes = [s for s in part.codes if not (rollup and s.nullable)]
        for _ in range(self.pick((1, 1, 2, 3, 0))):
            if codes and self.chance(80):
                found.append(self.pick(codes).col)
            elif part.codes or part.measures:
                found.append(self.recode(part))
        return tuple(dict.fromkeys(found))

    def recode(self, part: Part) -> Expr:
        if part.measures and self.chance(50):
            seen = self.pick(part.measures)
            cut = Compare(">=", seen.col, Lit(self.pick(seen.field.cuts or (50,))))
            return Case(((cut, Lit("high")),), Lit("low or none"))
        return Case(((self.condition(part), Lit("yes")),), Lit("no"))

    def leaf(self) -> Query:
        """One SELECT across people."""
        part = self.people()
        rollup = self.chance(15)
        keys = self.keys(part, rollup=rollup)
        aggs = tuple(dict.fromkeys(self.aggregate(part) for _ in range(self.pick((1, 2, 3)))))
        where = list(part.where)
        if self.chance(35):
            where.append(self.condition(part))
        if self.chance(20):
            where.append(self.about_others(part))
        items: list[tuple[Expr, str]] = [(key, self.name("k")) for key in keys]
        if keys and self.chance(5):
            return Query(tuple(items), part.source, where=_all(where), distinct=True)
        items += [(agg, self.name("n")) for agg in aggs]
        return Query(tuple(items), part.source, where=_all(where), keys=keys, rollup=rollup and bool(keys))


def _all(parts: Sequence[Expr]) -> Expr | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(tuple(parts))
