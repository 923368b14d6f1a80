"""Aggregates across people: every row of the design's table of what is shown when."""

from enclave.query.functions import WRITABLE, FunctionKind, Role
from tests.fuzz.draw import Draw, Source
from tests.fuzz.scalars import amount, condition
from tests.support.function_calls import call_over, calls, letters

_CALLS = calls()
_OF_NUMBERS = sorted(
    name
    for name, call in _CALLS.items()
    if WRITABLE[name].role is Role.LEAF
    and WRITABLE[name].kind is FunctionKind.AGGREGATE
    and letters(call) <= {"x", "y"}
    and letters(call)
)


def aggregate(draw: Draw, source: Source) -> str:
    """One aggregate, with a FILTER or not."""
    made = draw.pick(_MADE)(draw, source)
    if draw.chance(20) and not made.startswith(("mode", "any_value")):
        draw.mark("leaf: FILTER")
        return f"{made} FILTER (WHERE {condition(draw, source, 1)})"
    return made


def _rows(draw: Draw, source: Source) -> str:
    del source
    draw.mark("leaf: count(*)")
    return draw.pick(("count(*)", "count()", "count(1)"))


def _values(draw: Draw, source: Source) -> str:
    draw.mark("leaf: count(x)")
    return f"count({draw.pick(source.of('code', 'measure')).sql})"


def _people(draw: Draw, source: Source) -> str:
    draw.mark("leaf: count(DISTINCT key)")
    return f"count(DISTINCT {source.key})"


def _distinct(draw: Draw, source: Source) -> str:
    codes = source.of("code")
    if not codes:
        return _people(draw, source)
    draw.mark("leaf: count(DISTINCT x)")
    return f"count(DISTINCT {draw.pick(codes).sql})"


def _sum(draw: Draw, source: Source) -> str:
    draw.mark("leaf: sum, avg")
    return f"{draw.pick(('sum', 'avg'))}({amount(draw, source)})"


def _condition(draw: Draw, source: Source) -> str:
    draw.mark("leaf: conditions")
    said = condition(draw, source, 1)
    return draw.pick(
        (f"count_if({said})", f"bool_or({said})", f"bool_and({said})", f"sum(CASE WHEN {said} THEN 1 ELSE 0 END)",
         f"avg(CASE WHEN {said} THEN 1.0 ELSE 0 END)", f"count(CASE WHEN {said} THEN 1 END)", f"sum(({said})::INT)")
    )  # fmt: skip


def _selector(draw: Draw, source: Source) -> str:
    measures = [column for column in source.of("measure") if column.is_number]
    public = [column for column in source.of("public") if column.is_number]
    if not measures:
        return _rows(draw, source)
    if public:
        draw.mark("leaf: selector, looked up")
        return f"sum({draw.pick(measures).sql} * {draw.pick(public).sql})"
    codes = source.of("code", kinds=("int",))
    if not codes:
        return _rows(draw, source)
    draw.mark("leaf: selector, a code")
    code = draw.pick(codes).sql
    return draw.pick((f"sum({code})", f"avg({code})", f"corr({draw.pick(measures).sql}, {code})"))


def _statistic(draw: Draw, source: Source) -> str:
    name = draw.pick(_OF_NUMBERS)
    draw.calls.add(name)
    if name.startswith("percentile") or name in ("median", "quantile_cont"):
        return _quantile(draw, source)
    draw.mark("leaf: spreads and pairs" if name not in ("sum", "avg", "count", "mean") else "leaf: sum, avg")
    return call_over(_CALLS[name], {"x": amount(draw, source), "y": amount(draw, source)})


def _quantile(draw: Draw, source: Source) -> str:
    numbers = [column for column in source.of("measure") if column.kind in ("int", "double", "long", "made")]
    if not numbers:
        return _rows(draw, source)
    draw.mark("leaf: median, quantiles")
    column = draw.pick(numbers)
    x = f"CAST({column.sql} AS DOUBLE)" if column.kind == "made" else column.sql
    return draw.pick(
        (f"median({x})", f"quantile_cont({x}, 0.25)", f"quantile_cont({x}, [0.1, 0.5, 0.9])",
         f"percentile_cont(0.75) WITHIN GROUP (ORDER BY {x})", f"percentile_cont(0.3) WITHIN GROUP (ORDER BY {x} DESC)")
    )  # fmt: skip


def _of_codes(draw: Draw, source: Source) -> str:
    codes = source.of("code", kinds=("text", "int", "date"))
    if not codes:
        return _rows(draw, source)
    draw.mark("leaf: values of a code")
    x = draw.pick(codes).sql
    return draw.pick(
        (f"min({x})", f"max({x})", f"string_agg(DISTINCT {x}, ', ' ORDER BY {x})", f"list(DISTINCT {x} ORDER BY {x})",
         f"approx_count_distinct({x})", f"array_agg(DISTINCT {x} ORDER BY {x})")
    )  # fmt: skip


_MADE = (
    _rows, _rows, _values, _people, _distinct, _sum, _sum, _sum, _condition, _condition, _selector, _statistic,
    _statistic, _quantile, _of_codes,
)  # fmt: skip
