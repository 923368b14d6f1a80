"""What a query does above its leaves: everything there is ordinary SQL, and all of its functions may be used."""

from dataclasses import replace

from enclave.query.functions import WRITABLE, FunctionKind, Role
from tests.fuzz.draw import Draw
from tests.fuzz.safe import Safe
from tests.support.function_calls import call_over, calls, letters

_CALLS = calls()
UNSTABLE = frozenset(
    {"any_value", "approx_quantile", "arbitrary", "arg_max", "arg_min", "argmax", "argmin", "array_agg", "first",
     "group_concat", "last", "list", "listagg", "max_by", "min_by", "mode", "string_agg"}
)  # fmt: skip
"""Of equal rows they take the first to come: their answer is not given by the query alone."""
_SCALARS = sorted(
    name
    for name, call in _CALLS.items()
    if WRITABLE[name].kind is FunctionKind.SCALAR and "l" not in letters(call)
)
_AGGREGATES = sorted(
    name
    for name, call in _CALLS.items()
    if WRITABLE[name].kind is FunctionKind.AGGREGATE
    and name not in UNSTABLE
    and not name.startswith(("grouping", "percentile"))
    and letters(call) <= {"x", "y", "b", "s"}
)
_WINDOWS = sorted(name for name in _CALLS if WRITABLE[name].role is Role.HISTORY)


def finished(draw: Draw, safe: Safe) -> Safe:
    """The safe table with nothing, one thing or two things done to it."""
    for _ in range(draw.pick((0, 1, 1, 2))):
        safe = draw.pick(_DONE)(draw, safe)
    return safe


def _number(draw: Draw, safe: Safe) -> str:
    """A number of the table, made a double: its own type is whatever the query made."""
    if not safe.numbers:
        return "2.0"
    return f"TRY_CAST(CAST({draw.pick(safe.numbers)} AS VARCHAR) AS DOUBLE)"


def _text(draw: Draw, safe: Safe) -> str:
    return f"CAST({draw.pick(safe.keys or safe.numbers)} AS VARCHAR)"


def _letters(draw: Draw, safe: Safe) -> dict[str, str]:
    number = _number(draw, safe)
    day = "DATE '2022-01-31'"
    return {
        "x": number,
        "y": _number(draw, safe),
        "i": f"TRY_CAST({number} AS INTEGER)",
        "s": _text(draw, safe),
        "r": _text(draw, safe),
        "d": day,
        "e": "DATE '2023-12-25'",
        "t": "TIMESTAMP '2022-03-04 05:06:07'",
        "b": f"({number} > 3)",
    }


def _around(draw: Draw, safe: Safe) -> str:
    return f"{draw.cte(safe.sql)} AS {draw.name('o')}"


def called(draw: Draw, safe: Safe) -> Safe:
    """Any scalar function over the safe columns."""
    draw.mark("remainder: scalar function")
    name = draw.pick(_SCALARS)
    draw.calls.add(name)
    made = draw.name("n")
    call = call_over(_CALLS[name], _letters(draw, safe))
    kept = ", ".join((*safe.keys, *safe.numbers))
    return Safe(
        f"SELECT {kept}, {call} AS {made} FROM {_around(draw, safe)}",
        (*safe.keys, *safe.numbers),
        (),
        safe.one_row,
    )


def summed(draw: Draw, safe: Safe) -> Safe:
    """An aggregate of aggregates."""
    draw.mark("remainder: aggregate of aggregates")
    name = draw.pick(_AGGREGATES)
    draw.calls.add(name)
    made, columns = draw.name("n"), _letters(draw, safe)
    call = call_over(_CALLS[name], columns)
    where = f" WHERE {columns['b']}" if draw.chance(30) else ""
    if safe.keys and draw.chance(60):
        key = draw.pick(safe.keys)
        return Safe(
            f"SELECT {key}, {call} AS {made} FROM {_around(draw, safe)}{where} GROUP BY {key}",
            (key,),
            (made,),
        )
    return Safe(f"SELECT {call} AS {made} FROM {_around(draw, safe)}{where}", (), (made,), one_row=True)


def windowed(draw: Draw, safe: Safe) -> Safe:
    """A window over aggregates: shares, ranks, moving averages."""
    if not safe.keys:
        return called(draw, safe)
    draw.mark("remainder: window over aggregates")
    made, all_ = draw.name("n"), ", ".join((*safe.keys, *safe.numbers))
    partition = f"PARTITION BY {draw.pick(safe.keys)} " if draw.chance(40) else ""
    order = f"ORDER BY {all_}"
    number = _number(draw, safe)
    if draw.chance(60):
        name = draw.pick(_WINDOWS)
        draw.calls.add(name)
        call = f"{call_over(_CALLS[name], _letters(draw, safe))} OVER ({partition}{order})"
    else:
        frame = draw.pick(("", " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING"))
        call = draw.pick(
            (
                f"{number} / sum({number}) OVER ({partition})",
                f"avg({number}) OVER ({partition}{order}{frame})",
            )
        )
    return Safe(
        f"SELECT {all_}, {call} AS {made} FROM {_around(draw, safe)}", (*safe.keys, *safe.numbers), (made,)
    )


def filtered(draw: Draw, safe: Safe) -> Safe:
    """WHERE and QUALIFY over the safe table."""
    all_ = ", ".join((*safe.keys, *safe.numbers))
    said = _letters(draw, safe)["b"]
    if draw.chance(50) and safe.keys:
        draw.mark("remainder: QUALIFY")
        end = f"QUALIFY row_number() OVER (ORDER BY {all_}) <= 2"
    else:
        draw.mark("remainder: WHERE")
        end = f"WHERE {said} IS NOT FALSE"
    return replace(safe, sql=f"SELECT {all_} FROM {_around(draw, safe)} {end}", one_row=False, ordered=False)


def joined(draw: Draw, safe: Safe) -> Safe:
    """A self-join of the safe table, as a CTE."""
    if not safe.keys:
        return called(draw, safe)
    draw.mark("remainder: self-join of a CTE")
    name, key = draw.name("c"), draw.pick(safe.keys)
    draw.ctes.append(f"{name} AS ({safe.sql})")
    all_ = (*safe.keys, *safe.numbers)
    kept = ", ".join(f"a.{column} AS {column}" for column in all_)
    kind = draw.pick(("JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN", "FULL JOIN", "IN"))
    if kind == "IN":
        inner = f"SELECT b.{key} FROM {name} AS b WHERE b.{key} IS NOT NULL"
        sql = f"SELECT {kept} FROM {name} AS a WHERE a.{key} IN ({inner})"
    else:
        sql = f"SELECT {kept} FROM {name} AS a {kind} {name} AS b ON a.{key} = b.{key}"
    return replace(safe, sql=sql, one_row=False, ordered=False)


def together(draw: Draw, safe: Safe) -> Safe:
    """Set operations of safe tables."""
    kind = draw.pick(("UNION ALL", "UNION", "INTERSECT", "EXCEPT"))
    draw.mark(f"remainder: {kind} of aggregates")
    name, all_ = draw.name("c"), ", ".join((*safe.keys, *safe.numbers))
    draw.ctes.append(f"{name} AS ({safe.sql})")
    said = _letters(draw, safe)["b"]
    sql = f"SELECT {all_} FROM {name} {kind} SELECT {all_} FROM {name} WHERE {said}"
    return replace(safe, sql=sql, one_row=False, ordered=False)


def sorted_(draw: Draw, safe: Safe) -> Safe:
    """ORDER BY everything, and LIMIT."""
    all_ = ", ".join((*safe.keys, *safe.numbers))
    style = draw.pick(("all", "names", "limit"))
    draw.mark(f"remainder: ORDER BY {style}")
    if style == "all":
        return replace(safe, sql=f"SELECT * FROM {_around(draw, safe)} ORDER BY ALL", ordered=True)
    order = draw.pick(("", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
    by = ", ".join(f"{name}{order}" for name in (*safe.keys, *safe.numbers))
    limit = f" LIMIT {draw.pick((1, 3))}" if style == "limit" else ""
    limit += " OFFSET 1" if limit and draw.chance(30) else ""
    sql = f"SELECT {all_} FROM {_around(draw, safe)} ORDER BY {by}{limit}"
    return replace(safe, sql=sql, ordered=True, one_row=False)


def from_first(draw: Draw, safe: Safe) -> Safe:
    draw.mark("remainder: FROM first")
    return replace(safe, sql=f"FROM {_around(draw, safe)}", ordered=False)


_DONE = (
    called,
    called,
    called,
    summed,
    summed,
    windowed,
    windowed,
    filtered,
    joined,
    together,
    sorted_,
    sorted_,
    from_first,
)
