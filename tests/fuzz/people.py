"""Sources of people's rows: every row of the design's table of what may be done with them."""

from tests.fuzz.draw import Column, Draw, Source
from tests.fuzz.house import EVERYTHING
from tests.fuzz.scalars import amount, condition, recode
from tests.oracle.schema import PERSON, Field, Table

PEOPLE = ("patient", "visit", "outcome", "reading")
_KINDS = {"SMALLINT": "int", "INTEGER": "int", "BOOLEAN": "bool", "DATE": "date", "BIGINT": "long"}
_KINDS |= {"DOUBLE": "double"}


def kind_of(field: Field) -> str:
    if field.type.startswith("DECIMAL"):
        return "exact"
    return "text" if "CHAR" in field.type else _KINDS[field.type]


def columns_of(table: Table, alias: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{alias}.{field.name}", kind_of(field), _role(table, field), tuple(map(str, field.cuts)))
        for field in table.fields.values()
    )


def _role(table: Table, field: Field) -> str:
    if not table.unit:
        return "public"
    return {"key": "key", "dimension": "code", "measure": "measure"}[field.kind]


def people(draw: Draw) -> Source:
    """Rows of people, filtered or not."""
    source = draw.pick(_MADE)(draw)
    if draw.chance(40):
        draw.mark("units: WHERE")
        source = Source(source.sql, source.columns, source.key, (*source.where, condition(draw, source)))
    if draw.chance(35):
        filtered = draw.pick(_FILTERS)(draw, source)
        source = Source(source.sql, source.columns, source.key, (*source.where, filtered))
    return source


def table(draw: Draw, name: str | None = None) -> Source:
    name = name or draw.pick(PEOPLE)
    alias = draw.name("t")
    return Source(f"{name} AS {alias}", columns_of(EVERYTHING[name], alias), f"{alias}.{PERSON}")


def computed(draw: Draw) -> Source:
    """A subquery that computes columns."""
    inner = table(draw)
    made = draw.name("m")
    draw.mark("units: computed columns")
    number = amount(draw, inner)
    sql = f"SELECT *, {number} AS {made} FROM {inner.sql}"
    source = _around(draw, sql, inner.columns)
    alias = source.key.partition(".")[0]
    return Source(source.sql, (*source.columns, Column(f"{alias}.{made}", "made", "measure")), source.key)


def _around(draw: Draw, sql: str, columns: tuple[Column, ...]) -> Source:
    alias = draw.name("t")
    kept = tuple(
        Column(f"{alias}.{column.name}", column.kind, column.role, column.cuts) for column in columns
    )
    return Source(f"{draw.cte(sql)} AS {alias}", kept, f"{alias}.{PERSON}")


def with_hospital(draw: Draw) -> Source:
    """A join with a public table: on equality, on anything, or as a filter."""
    inner, alias = table(draw), draw.name("t")
    left = inner.key.partition(".")[0]
    public = columns_of(EVERYTHING["hospital"], alias)
    kind = draw.pick(("JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN", "unequal", "values", "LEFT JOIN"))
    draw.mark(f"units: join with public, {kind}")
    on = f"{left}.hospital_id = {alias}.hospital_id"
    match kind:
        case "SEMI JOIN" | "ANTI JOIN":
            extra = f" AND {alias}.region = 'South'"
            return Source(f"{inner.sql} {kind} hospital AS {alias} ON {on}{extra}", inner.columns, inner.key)
        case "unequal":
            sql = f"{inner.sql} JOIN hospital AS {alias} ON {left}.hospital_id <= {alias}.hospital_id"
            return Source(sql, (*inner.columns, *public), inner.key)
        case "values":
            rows = "(VALUES (2021, 'first', 1.5), (2022, 'second', 2)) AS "
            sql = f"{inner.sql} LEFT JOIN {rows}{alias}(year, name, weight) ON {left}.year = {alias}.year"
            made = (Column(f"{alias}.name", "text", "public"), Column(f"{alias}.weight", "exact", "public"))
            return Source(sql, (*inner.columns, *made), inner.key)
        case _:
            return Source(
                f"{inner.sql} {kind} hospital AS {alias} ON {on}", (*inner.columns, *public), inner.key
            )


def linked(draw: Draw) -> Source:
    """Two tables of people joined on the key."""
    one, other = table(draw), table(draw)
    kind = draw.pick(
        ("JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN", "RIGHT JOIN", "FULL JOIN", "using", "comma")
    )
    draw.mark(f"units: join with units, {kind}")
    years = f" AND {_of(one)}.year = {_of(other)}.year" if draw.chance(70) else ""
    on = f"{one.key} = {other.key}{years}"
    both = (*one.columns, *other.columns)
    match kind:
        case "SEMI JOIN" | "ANTI JOIN":
            return Source(f"{one.sql} {kind} {other.sql} ON {on}", one.columns, one.key)
        case "using":
            left = draw.pick(("", "LEFT "))
            shared = (PERSON, "year") if years else (PERSON,)
            return Source(
                f"{one.sql} {left}JOIN {other.sql} USING ({', '.join(shared)})",
                (
                    *(column for column in one.columns if column.name not in shared),
                    *(column for column in other.columns if column.name not in shared),
                ),
                PERSON,
            )
        case "comma":
            return Source(f"{one.sql}, {other.sql}", both, one.key, (on,))
        case "RIGHT JOIN":
            return Source(f"{one.sql} RIGHT JOIN {other.sql} ON {on}", both, other.key)
        case "FULL JOIN":
            return Source(
                f"{one.sql} FULL JOIN {other.sql} ON {on}", both, f"coalesce({one.key}, {other.key})"
            )
        case _:
            return Source(f"{one.sql} {kind} {other.sql} ON {on}", both, one.key)


def _of(source: Source) -> str:
    return source.key.partition(".")[0]


def summary(draw: Draw) -> Source:
    """One row per person: GROUP BY with the key, or DISTINCT."""
    inner = table(draw)
    if draw.chance(15):
        draw.mark("units: DISTINCT with the key")
        column = draw.pick(inner.of("code"))
        sql = f"SELECT DISTINCT {inner.key}, {column.sql} FROM {inner.sql}"
        return _around(
            draw, sql, (Column(f"x.{PERSON}", "int", "key"), Column(column.sql, column.kind, "code"))
        )
    draw.mark("units: GROUP BY with the key")
    made, kind, role = draw.name("m"), *_PER_PERSON_KINDS[(how := draw.pick(tuple(_PER_PERSON_KINDS)))]
    measures = inner.of("measure")
    measure, code = draw.pick(measures), draw.pick(inner.of("code", kinds=("int",)))
    call = {
        "rows": "count(*)",
        "sum": f"sum({measure.sql})",
        "avg": f"avg({measure.sql})",
        "max": f"max({code.sql})",
        "any": f"bool_or({condition(draw, inner, 2)})",
        "filter": f"count(*) FILTER (WHERE {condition(draw, inner, 2)})",
        "median": f"median({measure.sql})",
        "spread": f"stddev_pop({measure.sql})",
        "distinct": f"count(DISTINCT {code.sql})",
    }[how]
    years = draw.chance(40)
    keys = f"{inner.key}, {_of(inner)}.year" if years else inner.key
    sql = f"SELECT {keys}, {call} AS {made} FROM {inner.sql} GROUP BY {keys}"
    columns = [Column(f"x.{PERSON}", "int", "key"), Column(f"x.{made}", kind, role)]
    columns += [Column("x.year", "int", "code")] if years else []
    return _around(draw, sql, tuple(columns))


_PER_PERSON_KINDS = {
    "rows": ("long", "measure"), "sum": ("made", "measure"), "avg": ("made", "measure"),
    "max": ("int", "code"), "any": ("bool", "code"), "filter": ("long", "measure"), "median": ("made", "measure"),
    "spread": ("made", "measure"), "distinct": ("long", "measure"),
}  # fmt: skip


def history(draw: Draw) -> Source:
    """A window over a person's own rows, as a column or in QUALIFY."""
    inner = table(draw, draw.pick(("visit", "reading")))
    alias = _of(inner)
    number = "visit_number" if "visit AS" in inner.sql else "number"
    over = f"OVER (PARTITION BY {inner.key} ORDER BY {alias}.year, {alias}.{number})"
    if draw.chance(40):
        draw.mark("units: QUALIFY of one's own rows")
        order = draw.pick(("", " DESC"))
        over = f"OVER (PARTITION BY {inner.key} ORDER BY {alias}.year{order}, {alias}.{number}{order})"
        return _around(draw, f"SELECT * FROM {inner.sql} QUALIFY row_number() {over} = 1", inner.columns)
    draw.mark("units: window of one's own rows")
    made, measure = draw.name("m"), draw.pick(inner.of("measure"))
    call = draw.pick(
        (f"lag({measure.sql})", f"first_value({measure.sql})", f"sum({measure.sql})", "count(*)")
    )
    source = _around(draw, f"SELECT *, {call} {over} AS {made} FROM {inner.sql}", inner.columns)
    column = Column(f"{_of(source)}.{made}", "made", "measure")
    return Source(source.sql, (*source.columns, column), source.key)


def across(draw: Draw) -> Source:
    """An aggregate window over other partitions, joined back: z-scores, value added."""
    inner = table(draw)
    measure, code = draw.pick(inner.of("measure")), draw.pick(inner.of("code"))
    made = draw.name("m")
    draw.mark("units: aggregate window across people")
    call = draw.pick(("avg", "avg", "sum", "max", "stddev_pop", "count"))
    call = "avg" if call == "max" else call
    value = f"{measure.sql} - {call}({measure.sql}) OVER (PARTITION BY {code.sql})"
    source = _around(draw, f"SELECT *, {value} AS {made} FROM {inner.sql}", inner.columns)
    column = Column(f"{_of(source)}.{made}", "made", "measure")
    draw.protected.append(column.sql)
    return Source(source.sql, (*source.columns, column), source.key)


def tiled(draw: Draw) -> Source:
    """`ntile` across people. The declared exception: it is cut at quantiles, and ties stay together."""
    inner = table(draw)
    x = draw.pick([column for column in inner.of("measure") if column.is_number]).sql
    tiles, falling, made = draw.pick((2, 3, 4, 5, 10)), draw.chance(30), draw.name("m")
    draw.mark("units: ntile across people")
    call = f"ntile({tiles}) OVER (ORDER BY {x}{' DESC' if falling else ''})"
    cuts = [(place, f"quantile_cont({x}, {place / tiles:.10g}) OVER ()") for place in range(1, tiles)]
    whens = (
        [f"WHEN {x} < {cut} THEN {tiles + 1 - place}" for place, cut in cuts]
        if falling
        else [f"WHEN {x} > {cut} THEN {place + 1}" for place, cut in reversed(cuts)]
    )
    draw.meant[call] = f"CAST(CASE WHEN {x} IS NULL THEN NULL {' '.join(whens)} ELSE 1 END AS BIGINT)"
    source = _around(draw, f"SELECT *, {call} AS {made} FROM {inner.sql}", inner.columns)
    return Source(
        source.sql, (*source.columns, Column(f"{_of(source)}.{made}", "long", "measure")), source.key
    )


def united(draw: Draw) -> Source:
    """UNION ALL of rows of people."""
    name = draw.pick(PEOPLE)
    one, other = table(draw, name), table(draw, name)
    draw.mark("units: UNION ALL")
    parts = [f"SELECT * FROM {one.sql} WHERE {condition(draw, one)}"]
    parts.append(f"SELECT * FROM {other.sql} WHERE {condition(draw, other)}")
    return _around(draw, " UNION ALL ".join(parts), one.columns)


def with_safe(draw: Draw) -> Source:
    """A protected table joined back to people."""
    inner, other = table(draw), table(draw)
    shared = [
        (one, two)
        for one in inner.of("code")
        for two in other.of("code")
        if one.name == two.name and one.kind == two.kind
    ]
    if not shared:
        return inner
    one, two = draw.pick(shared)
    made, alias = draw.name("m"), draw.name("t")
    draw.mark("units: join with a safe table")
    number = f"avg({draw.pick(other.of('measure')).sql})"
    sql = f"SELECT {two.sql} AS code, {number} AS {made} FROM {other.sql} GROUP BY {two.sql}"
    kind = draw.pick(("JOIN", "LEFT JOIN"))
    draw.protected.append(f"{alias}.{made}")
    text = f"{inner.sql} {kind} {draw.cte(sql)} AS {alias} ON {one.sql} = {alias}.code"
    return Source(text, (*inner.columns, Column(f"{alias}.{made}", "double", "public")), inner.key)


def key_sets(draw: Draw) -> Source:
    """Rows whose key is in an INTERSECT or EXCEPT of keys."""
    inner, one, two = table(draw), table(draw), table(draw)
    kind = draw.pick(("INTERSECT", "EXCEPT"))
    draw.mark(f"units: {kind} on the key")
    sql = (
        f"SELECT {one.key} FROM {one.sql} {kind} SELECT {two.key} FROM {two.sql} WHERE {condition(draw, two)}"
    )
    return Source(inner.sql, inner.columns, inner.key, (f"{inner.key} IN ({sql})",))


_MADE = (
    table, table, table, computed, with_hospital, with_hospital, linked, linked, summary, summary, history, across,
    tiled, united, with_safe, key_sets,
)  # fmt: skip


def by_key(draw: Draw, source: Source) -> str:
    """IN, EXISTS and their negations on the key."""
    other = table(draw)
    where = condition(draw, other)
    kind = draw.pick(("IN", "NOT IN", "EXISTS", "NOT EXISTS"))
    draw.mark(f"units: {kind} on the key")
    if kind.endswith("IN"):
        return f"{source.key} {kind} (SELECT {other.key} FROM {other.sql} WHERE {where})"
    return f"{kind} (SELECT 1 FROM {other.sql} WHERE {other.key} = {source.key} AND {where})"


def by_safe(draw: Draw, source: Source) -> str:
    """A comparison with a protected number. A median is the mean of the values nearest to it, not DuckDB's own."""
    measure = draw.pick(source.of("measure") or [Column("1", "int", "measure")])
    other = table(draw)
    draw.mark("units: compared with a safe value")
    number = draw.pick(other.of("measure")).sql
    call = draw.pick(("avg", "median"))
    asked = f"SELECT {call}({number}) FROM {other.sql}"
    draw.smoothed += [asked] if call == "median" else []
    return f"{measure.sql} >= ({asked})"


def by_code(draw: Draw, source: Source) -> str:
    """A code in the codes that people have."""
    other = table(draw)
    shared = [
        (one, two)
        for one in source.of("code")
        for two in other.of("code")
        if one.name == two.name and one.kind == two.kind
    ]
    if not shared:
        return condition(draw, source)
    one, two = draw.pick(shared)
    draw.mark("units: dim IN (SELECT dim FROM people)")
    return f"{one.sql} IN (SELECT {two.sql} FROM {other.sql} WHERE {condition(draw, other)})"


def own_summary(draw: Draw, source: Source) -> str:
    """A subquery correlated by the key, with an aggregate."""
    other = table(draw)
    draw.mark("units: subquery by key with an aggregate")
    return f"(SELECT count(*) FROM {other.sql} WHERE {other.key} = {source.key}) >= {draw.pick(('1', '2'))}"


def looked_up(draw: Draw, source: Source) -> str:
    """A subquery correlated by another equality, with an aggregate."""
    other = table(draw)
    shared = [
        (one, two)
        for one in source.of("code")
        for two in other.of("code")
        if one.name == two.name and one.kind == two.kind
    ]
    measures = source.of("measure")
    if not shared or not measures:
        return condition(draw, source)
    one, two = draw.pick(shared)
    draw.mark("units: subquery by another equality")
    number = draw.pick(other.of("measure")).sql
    inner = f"SELECT avg({number}) FROM {other.sql} WHERE {two.sql} = {one.sql}"
    return f"{draw.pick(measures).sql} > ({inner})"


_FILTERS = (by_key, by_key, by_safe, by_code, own_summary, looked_up)
__all__ = ["PEOPLE", "people", "recode", "table"]
