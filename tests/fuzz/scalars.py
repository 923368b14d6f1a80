"""Scalars over rows of people: conditions, recodes of codes, and arithmetic of measures."""

from enclave.query.functions import WRITABLE, FunctionKind, Role
from tests.fuzz.draw import Column, Draw, Source
from tests.support.function_calls import call_over, calls, letters

_CALLS = calls()
_LITERALS = {
    "text": ("'F'", "'ASTHMA'", "'a'", "'DAY'", "''", "'Ärger'", "'o''Brien'"),
    "int": ("1", "2", "3", "2022", "100"),
    "date": ("DATE '2022-02-28'", "DATE '2021-06-01'"),
    "long": ("0", "1000"),
    "exact": ("0", "10", "0.5"),
    "double": ("0", "0.5", "99"),
    "made": ("0", "0.5", "99"),
}
_TEXT_ROLES = (Role.RECODE,)


def literal(draw: Draw, column: Column) -> str:
    return draw.pick(_constants(column))


def _constants(column: Column) -> tuple[str, ...]:
    return ("2021", "2022", "2023") if column.name == "year" else column.cuts or _LITERALS[column.kind]


def condition(draw: Draw, source: Source, depth: int = 0) -> str:
    """A condition on the columns of a row."""
    if depth < 2 and draw.chance(25):
        one, other = condition(draw, source, depth + 1), condition(draw, source, depth + 1)
        return draw.pick((f"({one} AND {other})", f"({one} OR {other})", f"NOT ({one})"))
    column = draw.pick(source.of("code", "measure"))
    if column.kind == "bool":
        return draw.pick(
            (column.sql, f"NOT {column.sql}", f"{column.sql} IS NOT TRUE", f"{column.sql} IS NULL")
        )
    value = literal(draw, column)
    match draw.pick(("compare", "compare", "null", "in", "between", "distinct", "like", "call")):
        case "null":
            return f"{column.sql} IS {draw.pick(('', 'NOT '))}NULL"
        case "in":
            values = ", ".join(draw.random.sample(_constants(column), min(2, len(_constants(column)))))
            return f"{column.sql} {draw.pick(('', 'NOT '))}IN ({values})"
        case "between":
            return f"{column.sql} BETWEEN {value} AND {literal(draw, column)}"
        case "distinct":
            return f"{column.sql} IS {draw.pick(('', 'NOT '))}DISTINCT FROM {value}"
        case "like" if column.kind == "text":
            pattern = draw.pick(("'A%'", "'%a%'", "'_'", "'%\\%%' ESCAPE '\\'"))
            return f"{column.sql} {draw.pick(('LIKE', 'ILIKE', 'NOT LIKE'))} {pattern}"
        case "call":
            return _called(draw, source) or f"{column.sql} >= {value}"
        case _:
            return f"{column.sql} {draw.pick(('=', '<>', '<', '>='))} {value}"


def _called(draw: Draw, source: Source) -> str | None:
    """A function of a code, tested for null."""
    made = recode(draw, source)
    return None if made is None else f"{made} IS NOT NULL"


def recode(draw: Draw, source: Source) -> str | None:
    """A function of one code alone, or a CASE over it, as a group or inside a condition."""
    codes = source.of("code", kinds=("text", "int", "date"))
    if not codes:
        return None
    column = draw.pick(codes)
    match draw.pick(("call", "call", "call", "case", "cast", "label")):
        case "case":
            value = literal(draw, column)
            return f"CASE WHEN {column.sql} = {value} THEN 'one' WHEN {column.sql} IS NULL THEN 'none' END"
        case "cast":
            return f"CAST({column.sql} AS VARCHAR)"
        case "label":
            return f"'is ' || CAST({column.sql} AS VARCHAR)"
        case _:
            return _call_of(draw, column)


_LETTER_KINDS = {"text": "s", "int": "i", "date": "d"}
_RECODES = {
    letter: sorted(
        name
        for name, call in _CALLS.items()
        if WRITABLE[name].role in _TEXT_ROLES
        and WRITABLE[name].kind is FunctionKind.SCALAR
        and letters(call) <= ({letter, "t", "e"} if letter == "d" else {letter})
        and letters(call)
    )
    for letter in "sid"
}


def _call_of(draw: Draw, column: Column) -> str | None:
    letter = _LETTER_KINDS[column.kind]
    names = _RECODES[letter]
    if not names:
        return None
    name = draw.pick(names)
    draw.calls.add(name)
    draw.mark("inside: function of a code")
    moment = f"({column.sql} + INTERVAL 90 MINUTE)"
    return call_over(_CALLS[name], {letter: column.sql, "t": moment, "e": "DATE '2022-08-31'"})


_NUMERICS = sorted(
    name
    for name, call in _CALLS.items()
    if WRITABLE[name].role is Role.NUMERIC
    and WRITABLE[name].kind is FunctionKind.SCALAR
    and letters(call) <= {"x", "y"}
    and letters(call)
)


def amount(draw: Draw, source: Source, depth: int = 0) -> str:
    """A number made of measures."""
    measures = [column for column in source.of("measure") if column.is_number]
    if not measures:
        return "1"
    one = draw.pick(measures).sql
    if depth > 1:
        return one
    match draw.pick(
        ("bare", "bare", "affine", "product", "ratio", "call", "case", "coalesce", "cast", "null")
    ):
        case "affine":
            return _affine(draw, one)
        case "product":
            return f"({one} {draw.pick(('+', '-', '*'))} {amount(draw, source, depth + 1)})"
        case "ratio":
            return f"{one} / {draw.pick((draw.pick(measures).sql, 'nullif(' + draw.pick(measures).sql + ', 0)'))}"
        case "call":
            return _numeric(draw, one, draw.pick(measures).sql)
        case "case":
            draw.mark("inside: CASE in an argument")
            return f"CASE WHEN {condition(draw, source, 2)} THEN {one} ELSE 0 END"
        case "coalesce":
            draw.mark("inside: COALESCE, GREATEST, ABS")
            return draw.pick(
                (f"coalesce({one}, 0)", f"greatest({one}, 0)", f"abs({one})", f"nullif({one}, 0)")
            )
        case "cast":
            return f"CAST({one} AS {draw.pick(('DOUBLE', 'INTEGER', 'DECIMAL(18,2)', 'BIGINT'))})"
        case "null":
            return f"({condition(draw, source, 2)})::INT"
        case "bare" if draw.chance(40) and (days := source.of("code", kinds=("date",))):
            draw.mark("inside: days between dates")
            return f"({draw.pick(days).sql} - DATE '2021-01-01')"
        case _:
            return one


def _affine(draw: Draw, one: str) -> str:
    """A number that is written out, on either side: it takes the type of what it stands beside, which may overflow."""
    draw.mark("inside: a number beside a measure")
    operator, number = draw.pick(("+", "-", "*")), draw.pick(_BESIDE)
    return draw.pick((f"({one} {operator} {number})", f"({number} {operator} {one})"))


_BESIDE = ("1", "2.5", "100", "1000", "-1000", "32767", "2147483647", "9223372036854775807", "1000.0")


def _numeric(draw: Draw, one: str, other: str) -> str:
    name = draw.pick(_NUMERICS)
    draw.calls.add(name)
    draw.mark("inside: function of a measure")
    return call_over(_CALLS[name], {"x": one, "y": other})
