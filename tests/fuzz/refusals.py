"""What the design's tables refuse, each with its code: a row that is answered one day is a finding here."""

import random
from dataclasses import dataclass

from tests.fuzz.draw import Draw, Source
from tests.fuzz.people import table
from tests.fuzz.scalars import condition


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A question that must be refused, with one of these codes first."""

    sql: str
    codes: frozenset[str]


def forbidden(seed: str) -> tuple[Forbidden, frozenset[str]]:
    """The one of this seed, over any table of people, and the row of the design that it stands for."""
    draw = Draw(random.Random(seed))
    row, codes, made = draw.pick(ROWS)
    return Forbidden(made(draw, table(draw)), frozenset(codes.split())), frozenset({f"refused: {row}"})


def _rows(draw: Draw, one: Source) -> str:
    return f"SELECT {draw.pick(one.columns).sql} FROM {one.sql} WHERE {condition(draw, one)}"


def _mixed(draw: Draw, one: Source) -> str:
    other = table(draw)
    left, right = draw.pick(one.of("code", kinds=("int",))), draw.pick(other.of("code", kinds=("int",)))
    return f"SELECT count(*) FROM {one.sql} JOIN {other.sql} ON {left.sql} {draw.pick(('=', '<', '<>'))} {right.sql}"


def _either(draw: Draw, one: Source) -> str:
    other = table(draw)
    on = f"{one.key} = {other.key} OR {condition(draw, one)}"
    return f"SELECT count(*) FROM {one.sql} JOIN {other.sql} ON {on}"


def _correlated(draw: Draw, one: Source) -> str:
    other = table(draw)
    return (
        f"SELECT count(*) FROM {one.sql} WHERE {draw.pick(('', 'NOT '))}EXISTS (SELECT 1 FROM {other.sql} "
        f"WHERE {other.key} < {one.key} AND {condition(draw, other)})"
    )


def _chosen(draw: Draw, one: Source) -> str:
    code = draw.pick(one.of("code")).sql
    inner = draw.pick(
        (
            f"SELECT * FROM {one.sql} ORDER BY {code} LIMIT 5",
            f"SELECT DISTINCT ON ({code}) * FROM {one.sql}",
            f"SELECT * FROM {one.sql} LIMIT 3 OFFSET 1",
        )
    )
    return f"SELECT count(*) FROM ({inner}) AS x"


def _neighbour(draw: Draw, one: Source) -> str:
    code, measure = draw.pick(one.of("code")).sql, draw.pick(one.of("measure")).sql
    call = draw.pick(
        (f"lag({measure})", f"first_value({measure})", "row_number()", "rank()", f"sum({measure})")
    )
    inner = f"SELECT *, {call} OVER (PARTITION BY {code} ORDER BY {measure}) AS w FROM {one.sql}"
    return f"SELECT w, count(*) FROM ({inner}) AS x GROUP BY 1"


def _extreme(draw: Draw, one: Source) -> str:
    x = draw.pick([column for column in one.of("measure") if column.is_number]).sql
    call = draw.pick(
        (f"max({x})", f"min({x})", f"first({x})", f"arg_max({x}, {x})", f"mode({x})", f"list({x})")
    )
    return f"SELECT {draw.pick(one.of('code')).sql}, {call} FROM {one.sql} GROUP BY 1"


def _whole_range(draw: Draw, one: Source) -> str:
    x = draw.pick([column for column in one.of("measure") if column.is_number]).sql
    return f"SELECT quantile_cont({x}, {draw.pick(('0', '1', '0.0', '1.0'))}) FROM {one.sql}"


def _packed(draw: Draw, one: Source) -> str:
    codes = one.of("code", kinds=("int",))
    a, b = draw.pick(codes).sql, draw.pick([code for code in codes if code.name != "year"]).sql
    packed = draw.pick((f"{a} * 1000 + {b}", f"hash({a})", f"({b} % 2)", f"{a} & 1"))
    if packed.startswith(f"{a} * ") and a == b:
        packed = f"({a} % 7)"
    return f"SELECT {packed} AS k, count(*) FROM {one.sql} GROUP BY 1"


def _key(draw: Draw, one: Source) -> str:
    said = draw.pick((f"{one.key} = 5", f"{one.key} > 17", f"{one.key} % 2 = 0", f"abs({one.key}) < 9"))
    return f"SELECT count(*) FROM {one.sql} WHERE {said}"


def _stacked(draw: Draw, one: Source) -> str:
    code = draw.pick(one.of("code", kinds=("int",)))
    inner = f"SELECT {code.sql} AS a FROM {one.sql} UNION ALL SELECT hospital_id FROM hospital"
    return f"SELECT a, count(*) FROM ({inner}) AS x GROUP BY 1"


def _any(draw: Draw, one: Source) -> str:
    other = table(draw)
    x, y = draw.pick(one.of("measure")).sql, draw.pick(other.of("measure")).sql
    return f"SELECT count(*) FROM {one.sql} WHERE {x} > {draw.pick(('ANY', 'ALL'))} (SELECT {y} FROM {other.sql})"


def _distinct_sum(draw: Draw, one: Source) -> str:
    x = draw.pick([column for column in one.of("measure") if column.is_number]).sql
    return f"SELECT {draw.pick(('sum', 'avg'))}(DISTINCT {x}) FROM {one.sql}"


ROWS = (
    ("individual rows", "individual-rows field-use", _rows),
    ("join with units otherwise", "mixes-people", _mixed),
    ("join with units otherwise", "mixes-people", _either),
    ("any other correlation", "mixes-people value-of-one-person", _correlated),
    ("rows that are chosen", "chooses-rows function-not-allowed", _chosen),
    ("other windows across people", "mixes-people", _neighbour),
    ("values of a measure", "value-of-one-person", _extreme),
    ("the ends of a quantile", "value-of-one-person function-not-allowed", _whole_range),
    ("packed codes", "encodes-people function-not-allowed", _packed),
    ("the key in a condition", "value-of-one-person", _key),
    ("UNION ALL with public rows", "function-not-allowed", _stacked),
    ("ANY, ALL", "syntax function-not-allowed mixes-people", _any),
    ("DISTINCT sums", "function-not-allowed value-of-one-person", _distinct_sum),
)
