"""Sources of people's rows: tables, summaries, subqueries, and what may be joined to them."""

from dataclasses import replace

from tests.oracle.amounts import amount
from tests.oracle.conditions import condition
from tests.oracle.parts import Draw, Part, Seen, as_source, read, together, wrapped
from tests.oracle.schema import HOSPITAL, OUTCOME, PATIENT, PEOPLE, PERSON, VISIT, Field
from tests.oracle.tree import (
    Agg,
    And,
    Case,
    Col,
    Compare,
    Expr,
    IsNull,
    Joined,
    Lit,
    Named,
    Or,
    Query,
)


def people(draw: Draw) -> Part:
    """Rows of people: a table, a summary, rows through a subquery, with what is joined to them."""
    match draw.pick(("table", "table", "hospital", "pair", "summary", "through", "safe", "twice", "nobody")):
        case "hospital":
            return with_hospital(draw, one_table(draw))
        case "pair":
            return pair(draw)
        case "twice":
            return twice(draw)
        case "nobody" if draw.chance(30):
            return with_nobody(draw)
        case "safe":
            return with_safe(draw, one_table(draw))
        case "summary":
            return summary(draw)
        case "through":
            return through(draw)
        case _:
            return one_table(draw)


def one_table(draw: Draw) -> Part:
    """One table; the panel often cut down to a row per person."""
    part = read(draw, draw.pick(PEOPLE))
    alias = part.keys[0].col.source
    where: list[Expr] = []
    if draw.chance(40):
        where.append(Compare("=", Col(alias, "year"), Lit(draw.pick((2022, 2023)))))
    if isinstance(part.source, Named) and part.source.name == "patient" and draw.chance(50):
        status = Col(alias, "entry_status")
        where.append(Compare("=", Col(alias, "wave"), Lit("SPR")))
        where.append(Or((IsNull(status), Compare("<", status, Lit(100)))))
    return Part(part.source, part.seen, part.keys, tuple(where))


def with_hospital(draw: Draw, part: Part) -> Part:
    alias = draw.name("t")
    kind = draw.pick(("inner", "left"))
    if part.measures and draw.chance(15):
        return copied(draw, part, alias, kind)
    seen = tuple(
        Seen(Col(alias, f.name), f, public=True, outer=kind == "left") for f in HOSPITAL.fields.values()
    )
    here = next(s.col for s in part.seen if s.field.name == "hospital_id")
    on = Compare("=", here, Col(alias, "hospital_id"))
    source = Joined(kind, part.source, Named("hospital", alias), on)
    return Part(source, part.seen + seen, part.keys, part.where)


def copied(draw: Draw, part: Part, alias: str, kind: str) -> Part:
    """Each row with every hospital that meets a condition: a public join that makes copies."""
    beds, region = Col(alias, "beds"), Col(alias, "region")
    on = And((Compare("<", draw.pick(part.measures).col, beds), Compare("<>", region, Lit("West"))))
    seen = tuple(
        Seen(Col(alias, f.name), f, public=True, outer=kind == "left") for f in HOSPITAL.fields.values()
    )
    return Part(
        Joined(kind, part.source, Named("hospital", alias), on), part.seen + seen, part.keys, part.where
    )


def with_safe(draw: Draw, part: Part) -> Part:
    """Each row with what a safe table says of its group: the leaf below comes first, protected."""
    common = [s for s in part.codes if any(t.fields.get(s.field.name) == s.field for t in PEOPLE)]
    here = draw.pick(common)
    other = read(draw, draw.pick([t for t in PEOPLE if t.fields.get(here.field.name) == here.field]))
    code = next(s.col for s in other.codes if s.field == here.field)
    name = draw.name("m")
    number = (
        Agg(draw.pick(("avg", "sum")), draw.pick(other.measures).col) if draw.chance(60) else Agg("count")
    )
    query = Query(((code, here.field.name), (number, name)), other.source, keys=(code,))
    source, alias = as_source(draw, query)
    kind = draw.pick(("inner", "left"))
    on = Compare("=", here.col, Col(alias, here.field.name))
    kept = Seen(Col(alias, name), Field(name, "DOUBLE", "measure", cuts=(5, 20)), public=True, outer=True)
    return Part(Joined(kind, part.source, source, on), (*part.seen, kept), part.keys, part.where)


def pair(draw: Draw) -> Part:
    """Two relations of the same people, joined by key; or one kept or dropped by the other."""
    one = read(draw, draw.pick(PEOPLE))
    kind = draw.pick(("inner", "left", "semi", "anti"))
    other = summary(draw) if draw.chance(30) else read(draw, draw.pick(PEOPLE), outer=kind == "left")
    if kind == "left":
        other = Part(
            other.source,
            tuple(Seen(s.col, s.field, s.public, outer=True) for s in other.seen),
            other.keys,
        )
    both_years = {"year"} <= {s.field.name for s in other.seen}
    using = (PERSON, "year") if both_years and draw.chance(70) else (PERSON,)
    source = Joined(kind, one.source, other.source, using=using)
    if kind in ("semi", "anti"):
        return Part(source, one.seen, one.keys)
    seen = one.seen + tuple(s for s in other.seen if s.field.name not in (*using, "hospital_id", "year"))
    return Part(source, seen, one.keys + other.keys)


def summary(draw: Draw) -> Part:
    """One row per person (or person and year), made by GROUP BY with the key."""
    inner = read(draw, draw.pick((PATIENT, VISIT, OUTCOME)))
    key = inner.keys[0].col
    keys = [key] + ([Col(key.source, "year")] if draw.chance(40) else [])
    fields = [Field(PERSON, "INTEGER", "key")] + [PATIENT.fields["year"]] * (len(keys) - 1)
    items: list[tuple[Expr, str]] = [(k, k.name) for k in keys]
    for _ in range(draw.pick((1, 2))):
        made, agg = per_person(draw, inner)
        items.append((agg, made.name))
        fields.append(made)
    having = Compare(">=", Agg("count"), Lit(2)) if draw.chance(20) else None
    where = condition(draw, inner) if draw.chance(30) else None
    query = Query(tuple(items), inner.source, where=where, keys=tuple(keys), having=having)
    return wrapped(draw, query, fields)


def twice(draw: Draw) -> Part:
    """A summary by person and year, summed up by person again."""
    inner = read(draw, draw.pick((PATIENT, VISIT)))
    key, year = inner.keys[0].col, Col(inner.keys[0].col.source, "year")
    first, agg = per_person(draw, inner)
    by_year = Query(((key, PERSON), (year, "year"), (agg, first.name)), inner.source, keys=(key, year))
    source, alias = as_source(draw, by_year)
    name = draw.name("m")
    again = Agg(draw.pick(("count", "max", "min")), Col(alias, first.name))
    made = replace(first, name=name, nullable=True)
    if again.name == "count":
        made = Field(name, "BIGINT", "measure", cuts=(1, 2), hidden=first.hidden)
    person = Col(alias, PERSON)
    query = Query(((person, PERSON), (again, name)), source, keys=(person,))
    return wrapped(draw, query, [Field(PERSON, "INTEGER", "key"), made])


def with_nobody(draw: Draw) -> Part:
    """Every hospital with its people's rows; one without any is a row of nobody."""
    public, part = read(draw, HOSPITAL), read(draw, draw.pick(PEOPLE), outer=True)
    there = next(s.col for s in part.seen if s.field.name == "hospital_id")
    on = Compare("=", Col(public.seen[0].col.source, "hospital_id"), there)
    return Part(Joined("left", public.source, part.source, on), public.seen + part.seen, part.keys)


def per_person(draw: Draw, inner: Part) -> tuple[Field, Agg]:
    """An aggregate over one person's own rows, and what it is as a column."""
    name = draw.name("m")
    where = condition(draw, inner) if draw.chance(30) else None
    whole = Field(name, "BIGINT", "measure", cuts=(1, 2))
    match draw.pick(("rows", "sum", "avg", "max", "any")):
        case "sum":
            return _like(draw, name, inner, "sum", where)
        case "avg":
            return _like(draw, name, inner, "avg", where)
        case "max":
            code = draw.pick([s for s in inner.codes if s.field.values and s.field.type == "SMALLINT"])
            kept = Field(
                name, "SMALLINT", "dimension", code.field.values, hidden=code.field.hidden, nullable=True
            )
            return kept, Agg(draw.pick(("max", "min")), code.col, where=where)
        case "any":
            flag = Field(name, "BOOLEAN", "dimension", (True, False), hidden=True, nullable=True)
            return flag, Agg("bool_or", condition(draw, inner))
        case _:
            return whole, Agg("count", where=where)


def _like(draw: Draw, name: str, inner: Part, function: str, where: Expr | None) -> tuple[Field, Agg]:
    measure = draw.pick(inner.measures)
    kind = "DOUBLE" if function == "avg" else measure.field.type
    made = Field(name, kind, "measure", cuts=measure.field.cuts, hidden=measure.field.hidden, nullable=True)
    return made, Agg(function, measure.col, where=where)


def through(draw: Draw) -> Part:
    """Rows through a subquery that filters, renames and computes."""
    inner = with_hospital(draw, one_table(draw)) if draw.chance(30) else one_table(draw)
    key = inner.keys[0]
    kept = [s for s in inner.seen if s != key and not s.public and draw.chance(60)]
    kept = [s for s in kept if s.field.name != "hospital_id"]
    kept += [s for s in inner.seen if s.field.name == "hospital_id" and not s.public]
    items: list[tuple[Expr, str]] = [(s.col, s.field.name) for s in [key, *kept]]
    fields = [key.field] + [s.field for s in kept]
    if draw.chance(60):
        name = draw.name("m")
        flag = draw.chance(50)
        made = Case(((condition(draw, inner), Lit(1)),), Lit(0)) if flag else amount(draw, inner)
        items.append((made, name))
        kind = "DOUBLE" if flag else "DECIMAL(38,9)"  # it may be one, and DuckDB rounds their quantiles
        fields.append(Field(name, kind, "measure", cuts=(0, 1), nullable=True))
    where = (*inner.where, condition(draw, inner)) if draw.chance(40) else inner.where
    return wrapped(draw, Query(tuple(items), inner.source, where=together(where)), fields)
