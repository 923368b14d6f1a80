"""Proposals for one person's value: a quantile, a statistic of the group, a band."""

import re
from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass
from enclave.query.fixes.calls import _words
from enclave.query.fixes.case import Case
from enclave.query.fixes.trees import field_of, number, select_of
from enclave.query.relations import Scalar
from enclave.terms import Fix

_POINTS = {"min": "0.05", "max": "0.95"}
_USUAL = ("min", "max", "any_value", "arbitrary", "first", "last", "mode", "first_value", "last_value")
_LISTS = ("list", "array_agg", "string_agg", "group_concat", "listagg")


def a_quantile(case: Case) -> Iterator[Fix | None]:
    """A quantile tells much the same as an extreme, of many people."""
    for node in case.nodes:
        name = case.reading.places.name_of(node) if isinstance(node, exp.Func) else None
        argument = node.this
        if name is None or not isinstance(argument, exp.Expr):
            continue
        argument = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
        if name.value in _USUAL:
            made = _quantile(argument, _POINTS.get(name.value, "0.5"))
        elif name.value in _LISTS:
            points = [exp.Literal.number(point) for point in ("0.1", "0.25", "0.5", "0.75", "0.9")]
            made = _call(argument, exp.Array(expressions=points))
        else:
            continue
        draft = case.reading.draft()
        draft.replace(draft.twin(node), made)
        yield draft.fix(f"Use {_words(made)}")


def _quantile(argument: Scalar, point: str) -> Scalar:
    return _call(argument, exp.Literal.number(point))


def _call(argument: Scalar, points: Scalar) -> Scalar:
    return exp.Anonymous(this="quantile_cont", expressions=[argument.copy(), points])


def inner_point(case: Case) -> Iterator[Fix | None]:
    """The quantiles at 0 and 1 are one person's; those next to them are not."""
    for node in case.nodes:
        for literal in node.find_all(exp.Literal):
            if not literal.is_string and literal.name in ("0", "1", "0.0", "1.0"):
                point = "0.05" if literal.name.startswith("0") else "0.95"
                draft = case.reading.draft()
                draft.replace(draft.twin(literal), exp.Literal.number(point))
                yield draft.fix(f"Take the quantile at {point}")


def best_group(case: Case) -> Iterator[Fix | None]:
    """`arg_max(school, x)`: the school with the greatest mean of x."""
    for node in case.nodes:
        name = case.reading.places.name_of(node) if isinstance(node, exp.Func) else None
        select = select_of(node)
        parts = [part.copy() for part in node.iter_expressions()]
        if (
            name is None
            or select is None
            or len(parts) != 2
            or not name.value.startswith(("arg_", "max_", "min_"))
        ):
            continue
        if select.args.get("group") is not None or len(select.expressions) != 1:
            continue
        draft = case.reading.draft()
        twin = draft.twin(select)
        twin.set("expressions", [parts[0], exp.alias_(exp.Avg(this=parts[1]), "mean")])
        twin.set("group", exp.Group(expressions=[parts[0].copy()]))
        order = exp.Ordered(this=exp.column("mean"), desc="max" in name.value)
        twin.set("order", exp.Order(expressions=[order]))
        twin.set("limit", exp.Limit(expression=exp.Literal.number(1)))
        yield draft.fix(
            "Take the group with the greatest mean" if "max" in name.value else "Take the least mean"
        )


def mean_instead(case: Case) -> Iterator[Fix | None]:
    """A subquery that would be one person's value: its mean."""
    for node in case.nodes:
        select = node.this if isinstance(node, exp.Subquery) else None
        if isinstance(select, exp.Select) and len(select.expressions) == 1:
            draft = case.reading.draft()
            twin = draft.twin(select)
            only = twin.expressions[0]
            inner = only.this if isinstance(only, exp.Alias) else only
            twin.set("expressions", [exp.Avg(this=inner.copy())])
            twin.set("limit", None)
            twin.set("order", None)
            yield draft.fix("Take the mean")


def a_band(case: Case) -> Iterator[Fix | None]:
    """A band of a measure, in place of its digits or its text."""
    for found in case.nodes:
        node = found.find(exp.Condition) if isinstance(found, exp.Order | exp.Ordered) else found
        column = next(node.find_all(exp.Column), None) if node is not None else None
        field = field_of(column, case.around.catalogue) if column is not None else None
        if node is None or column is None or field is None or _puts_codes_together(node, case):
            continue
        if field.kind is not FieldClass.MEASURE and _listed(field, case):
            continue  # tens of a few codes are of no use
        draft = case.reading.draft()
        made = band(column, field)
        old = draft.twin(node)
        same = [part for part in draft.tree.walk() if part == old]
        for part in same:
            draft.replace(part, made.copy())
        yield draft.fix(f"Use the band {_words(made)}")


def _puts_codes_together(node: Scalar, case: Case) -> bool:
    """Whether several codes are in it, so that a band of one of them would be another question."""
    found = {column.name.lower(): column for column in node.find_all(exp.Column)}
    fields = [field_of(column, case.around.catalogue) for column in found.values()]
    return sum(field is not None and field.kind is not FieldClass.MEASURE for field in fields) > 1


MOST_WRITTEN_OUT = 40


def written_out(case: Case) -> Iterator[Fix | None]:
    """Arithmetic on one code, as `(month + 3) % 12`: what becomes of each code, written out."""
    for node in case.nodes:
        columns = list(node.find_all(exp.Column))
        field = field_of(columns[0], case.around.catalogue) if len(columns) == 1 else None
        codes = _listed(field, case) if field is not None else ()
        pairs = [(code, _whole(node, int(code))) for code in codes if _WHOLE.fullmatch(code)]
        if not pairs or len(pairs) < len(codes) or any(value is None for _, value in pairs):
            continue
        whens = [
            exp.If(this=exp.Literal.number(code), true=exp.Literal.number(value)) for code, value in pairs
        ]
        draft = case.reading.draft()
        old = draft.twin(node)
        for part in [part for part in draft.tree.walk() if part == old]:
            draft.replace(part, exp.Case(this=columns[0].copy(), ifs=[when.copy() for when in whens]))
        yield draft.fix("Write out what becomes of each code")


def _listed(field: Field, case: Case) -> tuple[str, ...]:
    """The codes of a field that has not too many of them to be written out; else none."""
    codes = case.around.catalogue.code_sets.get(field.code_set or "")
    return codes.values if codes is not None and len(codes.values) <= MOST_WRITTEN_OUT else ()


_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)


def _whole(node: Scalar, code: int) -> int | None:
    """The value of whole-number arithmetic for one code; None where it is anything else."""
    match node:
        case exp.Column():
            return code
        case exp.Literal() if not node.is_string and _WHOLE.fullmatch(node.name):
            return int(node.name)
        case exp.Paren():
            return _whole(node.this, code)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Mod():
            left, right = _whole(node.this, code), _whole(node.expression, code)
            if left is None or right is None:
                return None
            return _worked_out(type(node), left, right)
        case _:
            return None


def _worked_out(kind: type[Scalar], left: int, right: int) -> int | None:
    if kind is exp.Mod:  # of what is below zero the readers differ
        return left % right if left >= 0 and right > 0 else None
    made = left + right if kind is exp.Add else left - right if kind is exp.Sub else left * right
    return made if 0 <= made < 10_000 else None


def band(column: Scalar, field: Field) -> Scalar:
    """The measure in steps as wide as its cut points, or tens."""
    cuts = field.cuts
    step = exp.Literal.number(str(cuts[1] - cuts[0]) if len(cuts) > 1 else "10")
    floor = exp.Floor(this=exp.Div(this=column.copy(), expression=step, typed=False, safe=False))
    return exp.Mul(this=floor, expression=step.copy())


def each_code(case: Case) -> Iterator[Fix | None]:
    """Codes put together in GROUP BY: group by each, and put them together in the answer."""
    for span in case.problem.spans[:1]:
        for node in case.reading.at(span):
            select = select_of(node)
            group = select.args.get("group") if select is not None else None
            columns = list(node.find_all(exp.Column))
            fields = [field_of(column, case.around.catalogue) for column in columns]
            codes = all(field is None or field.kind is not FieldClass.MEASURE for field in fields)
            if select is None or group is None or len(columns) < 2 or not codes:
                continue
            yield _grouped_apart(case, select, node)


def _grouped_apart(case: Case, select: exp.Select, node: Scalar) -> Fix | None:
    columns: list[Scalar] = []
    for column in node.find_all(exp.Column, bfs=False):
        if column not in columns:
            columns.append(column.copy())
    draft = case.reading.draft()
    twin = draft.twin(select)
    parts: list[Scalar] = []
    for part in twin.args["group"].expressions:
        place = number(part)
        meant = twin.expressions[place] if place is not None and place < len(twin.expressions) else part
        meant = meant.this if isinstance(meant, exp.Alias) else meant
        parts += columns if meant == node or _is_name_of(part, node, select) else [part]
    twin.set("group", exp.Group(expressions=parts))
    return draft.fix("Group by each of them, and put them together in the answer")


def _is_name_of(part: Scalar, node: Scalar, select: exp.Select) -> bool:
    """Whether a group is named by the alias of the expression."""
    named = (item for item in select.expressions if isinstance(item, exp.Alias) and item.this == node)
    return isinstance(part, exp.Column) and any(part.name.lower() == item.alias.lower() for item in named)


def each_mean(case: Case) -> Iterator[Fix | None]:
    """Codes put together inside an aggregate: the mean of each."""
    for node in case.nodes:
        call = node.parent
        item = call.parent if isinstance(call, exp.AggFunc) and isinstance(call.parent, exp.Alias) else call
        select = select_of(node)
        if not isinstance(call, exp.AggFunc) or select is None or item not in select.expressions:
            continue
        draft = case.reading.draft()
        twin = draft.twin(select)
        place = select.expressions.index(item)
        names = {column.name.lower(): column for column in node.find_all(exp.Column, bfs=False)}
        means = [exp.alias_(exp.Avg(this=one.copy()), name) for name, one in names.items()]
        twin.set("expressions", [*twin.expressions[:place], *means, *twin.expressions[place + 1 :]])
        yield draft.fix("Take the mean of each")
