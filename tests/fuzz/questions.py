"""Whole questions: one leaf or several, and what ordinary SQL makes of them afterwards."""

import random
import re
from dataclasses import dataclass

from tests.fuzz.aggregates import aggregate
from tests.fuzz.draw import Column, Draw, Source
from tests.fuzz.people import people, table
from tests.fuzz.remainders import finished
from tests.fuzz.safe import Safe, with_ctes
from tests.fuzz.scalars import condition, recode


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A question. `ordered`: its rows come in one order only. `rows`: what it has of the design's tables.

    `witness`: a text that counts the people behind each row, where the question is a leaf alone with so many `keys`;
    `if_hidden`: the same with every number null that its keys and conditions are made of and that protection may hide.
    `smoothed`: the questions in brackets inside whose number is another one than DuckDB's.
    """

    sql: str
    ordered: bool
    rows: frozenset[str]
    calls: frozenset[str]
    keys: int = 0
    witness: str | None = None
    if_hidden: str | None = None
    meant: tuple[tuple[str, str], ...] = ()
    smoothed: tuple[str, ...] = ()

    @property
    def raw(self) -> str:
        """The question in DuckDB's own words."""
        sql = self.sql
        for ours, theirs in self.meant:
            sql = sql.replace(ours, theirs)
        return sql


def question(seed: str) -> Fuzzed:
    """The question of this seed: the same for ever."""
    draw = Draw(random.Random(seed))
    safe = draw.pick(_LEAVES)(draw)
    done = finished(draw, safe)
    return Fuzzed(
        with_ctes(draw, done.sql),
        done.ordered,
        frozenset(draw.rows),
        frozenset(draw.calls),
        meant=tuple(draw.meant.items()),
    )


def leaf_question(seed: str) -> Fuzzed:
    """A leaf alone, with its witness."""
    draw = Draw(random.Random(seed))
    safe = grouped(draw)
    texts = (None, None) if draw.meant else (safe.witness, safe.if_hidden)
    witness, if_hidden = (text and with_ctes(draw, text) for text in texts)
    sql = with_ctes(draw, safe.sql)
    rows, calls = frozenset(draw.rows), frozenset(draw.calls)
    smoothed = tuple(draw.smoothed)
    return Fuzzed(sql, False, rows, calls, len(safe.keys), witness, if_hidden, smoothed=smoothed)


def grouped(draw: Draw) -> Safe:
    """A GROUP BY without the key, written in one of its ways."""
    source = people(draw)
    keys = _keys(draw, source)
    numbers = list(dict.fromkeys(aggregate(draw, source) for _ in range(draw.pick((1, 2, 3)))))
    names = [draw.name("k") for _ in keys]
    called = [draw.name("n") for _ in numbers]
    groups = [f"{key} AS {name}" for key, name in zip(keys, names, strict=True)]
    items = [*groups, *(f"{number} AS {name}" for number, name in zip(numbers, called, strict=True))]
    where = f" WHERE {' AND '.join(source.where)}" if source.where else ""
    text = f"SELECT {', '.join(items)} FROM {source.sql}{where}"
    people_ = f"SELECT {', '.join((*groups, f'count(DISTINCT {source.key})'))} FROM {source.sql}{where}"
    draw.mark("leaf: GROUP BY" if keys else "leaf: no GROUP BY")
    if not keys:
        return Safe(text, (), tuple(called), one_row=True, witness=people_)
    end = _group_by(draw, keys, names)
    witness = people_ + end
    told_by = (
        *keys,
        *source.where,
    )  # a number that is hidden is null there: `m2 IS NULL` is true of its rows
    if_hidden = _hidden(draw, witness) if any(_hidden(draw, one) != one for one in told_by) else None
    return Safe(text + end, tuple(names), tuple(called), witness=witness, if_hidden=if_hidden)


def _hidden(draw: Draw, text: str) -> str:
    """The text with every number null that protection may hide."""
    for column in draw.protected:
        text = re.sub(rf"\b{re.escape(column)}\b", "CAST(NULL AS DOUBLE)", text)
    return text


def _keys(draw: Draw, source: Source) -> list[str]:
    found: list[str] = []
    codes = source.of("code", "public")
    for _ in range(draw.pick((0, 1, 1, 1, 2, 2, 3))):
        if codes and draw.chance(60):
            found.append(draw.pick(codes).sql)
        elif draw.chance(30):
            draw.mark("leaf: grouped by a condition")
            found.append(f"({condition(draw, source, 1)})")
        elif draw.chance(40) and source.of("measure"):
            draw.mark("leaf: grouped by a band")
            measure = draw.pick(source.of("measure"))
            found.append(_band(draw, measure))
        elif made := recode(draw, source):
            draw.mark("leaf: grouped by a recode")
            found.append(made)
    return list(dict.fromkeys(found))


def _band(draw: Draw, measure: Column) -> str:
    x, cut = measure.sql, draw.pick(measure.cuts or ("10",))
    return draw.pick(
        (f"floor({x} / 10)", f"round({x}, -1)", f"CASE WHEN {x} >= {cut} THEN 'up' ELSE 'down' END", f"{x} // 5",
         f"CASE WHEN {x} IS NULL THEN 'none' WHEN {x} > {cut} THEN 'many' ELSE 'few' END")
    )  # fmt: skip


def _group_by(draw: Draw, keys: list[str], names: list[str]) -> str:
    style = draw.pick(("text", "text", "alias", "position", "all", "rollup", "cube", "sets"))
    draw.mark(f"leaf: GROUP BY {style}")
    listed = ", ".join(names)
    match style:
        case "alias":
            return f" GROUP BY {listed}"
        case "position":
            return f" GROUP BY {', '.join(str(place) for place, _ in enumerate(names, start=1))}"
        case "all":
            return " GROUP BY ALL"
        case "rollup" | "cube":
            return f" GROUP BY {style.upper()} ({', '.join(keys)})"
        case "sets":
            first = f"({keys[0]}), " if len(keys) > 1 else ""
            return f" GROUP BY GROUPING SETS (({', '.join(keys)}), {first}())"
        case _:
            return f" GROUP BY {', '.join(keys)}"


def distinct(draw: Draw) -> Safe:
    """DISTINCT without the key."""
    source = people(draw)
    codes = source.of("code", "public")
    if not codes:
        return grouped(draw)
    draw.mark("leaf: DISTINCT")
    chosen = list(dict.fromkeys(draw.pick(codes).sql for _ in range(draw.pick((1, 2)))))
    names = [draw.name("k") for _ in chosen]
    items = ", ".join(f"{column} AS {name}" for column, name in zip(chosen, names, strict=True))
    where = f" WHERE {' AND '.join(source.where)}" if source.where else ""
    return Safe(f"SELECT DISTINCT {items} FROM {source.sql}{where}", tuple(names), ())


def codes_together(draw: Draw) -> Safe:
    """UNION, INTERSECT or EXCEPT of people's codes."""
    one, other = table(draw), table(draw)
    shared = [
        (a, b) for a in one.of("code") for b in other.of("code") if (a.name, a.kind) == (b.name, b.kind)
    ]
    a, b = draw.pick(shared)
    kind, name = draw.pick(("UNION", "INTERSECT", "EXCEPT")), draw.name("k")
    draw.mark(f"leaf: {kind} without the key")
    left = f"SELECT {a.sql} AS {name} FROM {one.sql} WHERE {condition(draw, one)}"
    right = f"SELECT {b.sql} FROM {other.sql} WHERE {condition(draw, other)}"
    return Safe(f"{left} {kind} {right}", (name,), ())


def pivoted(draw: Draw) -> Safe:
    """PIVOT with a list of values, as a statement or behind a table; sometimes put back by an UNPIVOT."""
    inner = table(draw, "patient")
    draw.mark("leaf: PIVOT")
    calls = ("count(*)", "sum(weight)", "avg(change)", "count(change)", "round(avg(weight), 1)", "avg(risk)")
    call, by = draw.pick(calls), draw.pick(("year", "smoker", "stage"))
    column, one, other = draw.pick((("sex", "'F'", "'M'"), ("insured", "true", "false"), ("band", "1", "2")))
    sql = f"SELECT {by}, {column}, weight, change, risk FROM {inner.sql} WHERE {condition(draw, inner)}"
    name = draw.name("c")
    draw.ctes.append(f"{name} AS ({sql})")
    values = f"{column} IN ({one} AS f, {other} AS m)"
    pivot = draw.pick(
        (
            f"(PIVOT {name} ON {values} USING {call} GROUP BY {by})",
            f"{name} PIVOT ({call} FOR {values} GROUP BY {by})",
            f"(FROM {name} PIVOT ({call} FOR {values} GROUP BY {by}))",
        )
    )
    if draw.chance(30):
        text = f"SELECT {by} AS k0, n AS k1, v FROM (FROM {pivot}) UNPIVOT (v FOR n IN (f, m))"
        return Safe(text, ("k0", "k1"), ("v",))
    return Safe(f"SELECT {by} AS k0, f, m FROM {pivot}", ("k0",), ("f", "m"))


_LEAVES = (grouped, grouped, grouped, grouped, grouped, grouped, distinct, codes_together, pivoted)
