"""PIVOT and UNPIVOT, made explicit on the tree before anything is bound.

A PIVOT is a SELECT with one aggregate FILTER for each value of its list, by its GROUP BY or by every column it does not
use; an UNPIVOT is a UNION ALL with one branch for each of its columns. Later stages see nothing else. DuckDB compares
the pivot column as text, and so does the FILTER. A PIVOT without a list is left as it is: `resolve` refuses it,
since its columns would come from people's rows.

Limit: an UNPIVOT drops hidden numbers as it drops empty ones, and marks no column as incomplete for it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, Problem, Refusals, SyntaxProblem, TooComplex
from enclave.query.aggregates import is_aggregate
from enclave.query.data_types import data_type
from enclave.query.places import Places
from enclave.terms import Fix

MOST_PIVOTED = 100
"""Columns that one PIVOT may make, and columns that one UNPIVOT may put below one another."""
MOST_NODES = 5_000
"""Parts of a query after its PIVOTs and UNPIVOTs are written out."""
OF_PIVOT = "pivot"
"""What the nodes made from a PIVOT carry in `meta`."""
_UNPIVOT = "unpivot"
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?\Z")
_READERS_OWN = ("columns", "pivot_column_naming", "identify_pivot_strings", "prefixed_pivot_columns",
                "value_columns_first", "default_on_null")  # fmt: skip


def as_written(tree: exp.Query) -> None:
    """Take off what sqlglot adds to a PIVOT: names of columns that nobody wrote."""
    for pivot in tree.find_all(exp.Pivot):
        for name in _READERS_OWN:
            if pivot.args.get(name) in (None, False) or name in _READERS_OWN[:2]:
                pivot.set(name, None)


def unread_pivot(pivot: exp.Pivot, places: Places) -> Problem:
    """What to say of a statement that has not the known shape."""
    if pivot.args.get("unpivot"):
        detail = "An UNPIVOT is written as UNPIVOT table ON field, field INTO NAME name VALUE value."
    else:
        detail = "A PIVOT is written as PIVOT table ON field IN ('A', 'B') USING sum(n) GROUP BY field."
    return SyntaxProblem(detail=detail, spans=(places.span(pivot),))


def without_pivots(tree: exp.Query, places: Places) -> exp.Query:
    """The query with its PIVOTs and UNPIVOTs written out.

    Raises:
        Refusals: one of them has a form that is not offered, or would grow past a limit.
    """
    pivots = [pivot for pivot in tree.find_all(exp.Pivot) if has_list(pivot)]
    problems = [problem for pivot in pivots for problem in _problems(pivot, places)]
    if problems:
        raise Refusals(tuple(problems))
    for pivot in sorted(pivots, key=lambda pivot: -_depth(pivot)):  # the innermost first
        _within_limits(tree, pivot, places)
        source = pivot.parent
        assert source is not None, "the gate lets a PIVOT stand behind a table only"
        alias = pivot.args.get("alias")
        source.args["pivots"].remove(pivot)
        written = exp.Subquery(alias=alias.copy() if alias is not None else None)
        source.replace(written)
        _joins_behind(written, source)
        written.set(
            "this", _unpivoted(source, pivot) if pivot.args.get("unpivot") else _pivoted(source, pivot)
        )
        if pivot.args.get("unpivot"):
            written.meta[_UNPIVOT] = pivot
    return tree


def is_written_out(tree: exp.Query) -> bool:
    """Whether a PIVOT or an UNPIVOT stood in the query."""
    return any(
        OF_PIVOT in node.meta or _UNPIVOT in node.meta for node in tree.find_all(exp.Subquery, exp.Select)
    )


def with_unpivots(tree: exp.Query) -> exp.Query:
    """The query with its UNPIVOTs as they were written, for another reader: PIVOTs stay written out."""
    copy = tree.copy()
    while True:
        found = next((node for node in copy.find_all(exp.Subquery) if _UNPIVOT in node.meta), None)
        if found is None:
            return copy
        pivot = found.meta[_UNPIVOT].copy()
        first = found.this
        while isinstance(first, exp.SetOperation):
            first = first.this
        source = first.args["from_"].this.copy()
        source.set("pivots", [pivot])
        found.replace(source)


def has_list(pivot: exp.Pivot) -> bool:
    """Whether every pivot column has its list of values; without one, the column stands in the list itself."""
    return bool(pivot.args.get("unpivot")) or not any(without_list(field) for field in pivot.args["fields"])


def without_list(field: exp.In) -> bool:
    """Whether the pivot column has no list of values of its own."""
    only = field.expressions[0] if len(field.expressions) == 1 else None
    return isinstance(only, exp.Column) and only == field.this


def _joins_behind(written: exp.Expr, source: exp.Expr) -> None:
    """sqlglot hangs the joins that follow a pivoted table on the table: they belong to the SELECT around it."""
    joins = source.args.pop("joins", None) or []
    select = written.find_ancestor(exp.Select)
    if joins and select is not None:
        before = [*(select.args.get("joins") or ())]
        place = before.index(written.parent) + 1 if isinstance(written.parent, exp.Join) else 0
        select.set("joins", [*before[:place], *joins, *before[place:]])


def _problems(pivot: exp.Pivot, places: Places) -> Iterator[Problem]:
    if pivot.args.get("unpivot"):
        yield from _problems_of_columns(pivot, places)
        return
    yield from _problems_of_values(pivot, places)
    for node in pivot.expressions:
        problem = _problem_of_aggregate(node, places)
        if problem is None and len(pivot.expressions) > 1 and not isinstance(node, exp.Alias):
            problem = SyntaxProblem(
                detail="With several aggregates, each needs a name.",
                spans=(places.span(node),),
                fixes=(Fix("Add AS name"),),
            )
        if problem is not None:
            yield problem


def _problems_of_columns(pivot: exp.Pivot, places: Places) -> Iterator[Problem]:
    if len(pivot.args["fields"]) != 1 or len(pivot.expressions) != 1:
        detail = "UNPIVOT makes one column of names and one of values."
        yield FunctionNotAllowed(detail=detail, spans=(places.span(pivot),))
    for node in (node for field in pivot.args["fields"] for node in field.expressions):
        if not _plain(_value(node)):
            yield FunctionNotAllowed(
                detail="UNPIVOT takes names of columns.",
                spans=(places.span(node),),
                fixes=(Fix("Compute the value in a subquery, under a name"),),
            )


def _problem_of_aggregate(node: exp.Expr, places: Places) -> Problem | None:
    place = (places.span(node),)
    if next(node.find_all(exp.Filter), None) is not None:
        return FunctionNotAllowed(
            detail="An aggregate in a PIVOT can have no FILTER: DuckDB would leave it out.",
            spans=place,
            fixes=(Fix("Put the condition in WHERE of a subquery"),),
        )
    if next(node.find_all(exp.Query, exp.Window), None) is not None:
        return FunctionNotAllowed(detail="A PIVOT takes aggregates of columns only.", spans=place)
    if not any(is_aggregate(part) for part in node.walk()):
        return SyntaxProblem(detail="A PIVOT needs an aggregate for its values, as sum(n).", spans=place)
    if any(column.table for column in node.find_all(exp.Column)):
        return SyntaxProblem(detail="Columns in a PIVOT are written without their table.", spans=place)
    return None


def _problems_of_values(pivot: exp.Pivot, places: Places) -> Iterator[Problem]:
    for field in pivot.args["fields"]:
        if not _plain(field.this):
            yield FunctionNotAllowed(
                detail="A PIVOT is by the values of a column.", spans=(places.span(field),),
                fixes=(Fix("Compute the value in a subquery, under a name"),),
            )  # fmt: skip
        texts = [_text(_value(node)) for node in field.expressions]
        for node, text in zip(field.expressions, texts, strict=True):
            if text is None:
                yield FunctionNotAllowed(
                    detail="The list of a PIVOT takes texts, whole or decimal numbers, true, false and NULL.",
                    spans=(places.span(node),),
                )
            elif texts.count(text) > 1:
                yield SyntaxProblem(detail="A value stands twice in this list.", spans=(places.span(node),))


def _within_limits(tree: exp.Query, pivot: exp.Pivot, places: Places) -> None:
    made = 1
    for field in pivot.args["fields"]:
        made *= len(field.expressions)
    made *= 1 if pivot.args.get("unpivot") else len(pivot.expressions)
    if made > MOST_PIVOTED:
        detail = f"This would make {made:,} columns or parts; at most {MOST_PIVOTED} can be made."
        raise Refusals((TooComplex(detail=detail, spans=(places.span(pivot),)),))
    repeated = pivot.parent if pivot.args.get("unpivot") else pivot
    assert repeated is not None
    if made * _nodes(repeated) + _nodes(tree) > MOST_NODES:
        detail = f"With PIVOT and UNPIVOT written out, the query has more than {MOST_NODES:,} parts."
        raise Refusals((TooComplex(detail=detail, spans=(places.span(pivot),)),))


def _pivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Select:
    fields: Sequence[exp.In] = pivot.args["fields"]
    made = [
        _column(node, fields, values)
        for values in product(*(field.expressions for field in fields))
        for node in pivot.expressions
    ]
    select = exp.Select(from_=exp.From(this=source))
    select.meta[OF_PIVOT] = True
    group = pivot.args.get("group")
    if group is not None:
        select.set("expressions", [*(part.copy() for part in group.expressions), *made])
        select.set("group", group.copy())
        return select
    used = {
        part.name.lower(): part
        for node in (*fields, *pivot.expressions)
        for part in node.find_all(exp.Column)
    }
    star = exp.Star(
        except_=[part.this.copy() for part in used.values() if not isinstance(part.this, exp.Star)]
    )
    select.set("expressions", [star, *made])
    select.set("group", exp.Group(all=True))
    return select


def _column(node: exp.Expr, fields: Sequence[exp.In], values: Sequence[exp.Expr]) -> exp.Alias:
    """One column of a PIVOT: an aggregate over the rows that have these values."""
    conditions: list[exp.Expr] = []
    for field, value in zip(fields, values, strict=True):
        conditions.append(_has(field.this, _value(value)))
    where = exp.and_(*conditions, copy=False, wrap=False)
    name = "_".join(_name(value) for value in values)
    if isinstance(node, exp.Alias):
        name = f"{name}_{node.alias}"
    aggregate = _filtered((node.this if isinstance(node, exp.Alias) else node).copy(), where)
    return exp.Alias(this=aggregate, alias=exp.Identifier(this=name, quoted=True))


def _filtered(node: exp.Expr, where: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.WithinGroup) or is_aggregate(node):
        return exp.Filter(this=node, expression=exp.Where(this=where.copy()))
    for part in list(node.iter_expressions()):
        part.replace(_filtered_inside(part, where))
    return node


def _filtered_inside(part: exp.Expr, where: exp.Expr) -> exp.Expr:
    return _filtered(part.copy(), where)


def _has(column: exp.Expr, value: exp.Expr) -> exp.Expr:
    """That the column has the value, compared as texts."""
    text = exp.Null() if isinstance(value, exp.Null) else exp.Literal.string(_text(value) or "")
    text.meta.update(value.meta)
    compared = exp.Cast(this=column.copy(), to=data_type("VARCHAR"))
    same = exp.NullSafeEQ(this=compared, expression=text)
    same.meta[OF_PIVOT] = True
    return same


def _unpivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Query:
    """One branch for each column. A row whose value is NULL is left out, unless they are to be included."""
    (field,) = pivot.args["fields"]
    names, values = field.this, pivot.expressions[0]
    columns = [_value(node) for node in field.expressions]
    branches: list[exp.Select] = []
    for node, column in zip(field.expressions, columns, strict=True):
        named = exp.Literal.string(
            node.alias if isinstance(node, exp.PivotAlias | exp.Alias) else column.name
        )
        named.meta.update(column.this.meta)
        branch = exp.Select(
            expressions=[
                exp.Star(except_=[each.this.copy() for each in columns]),
                exp.Alias(this=named, alias=names.copy()),
                exp.Alias(this=column.copy(), alias=values.copy()),
            ],
            from_=exp.From(this=source.copy()),
        )
        if not pivot.args.get("include_nulls"):
            kept = exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null()))
            branch.set("where", exp.Where(this=kept))
        branches.append(branch)
    whole: exp.Query = branches[0]
    for branch in branches[1:]:
        whole = exp.Union(this=whole, expression=branch, distinct=False)
    return whole


def _value(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.PivotAlias | exp.Alias) else node


def _plain(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and not node.table


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.PivotAlias | exp.Alias):
        return str(node.alias)
    return _text(node) or ""


def _text(node: exp.Expr) -> str | None:
    """The text that DuckDB compares a value of the list by; None for what cannot stand there."""
    match node:
        case exp.Null():
            return "NULL"
        case exp.Boolean():
            return "true" if node.this else "false"
        case exp.Literal() if node.is_string or _NUMBER.match(node.name):
            return str(node.name)
        case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return f"-{node.this.name}" if _NUMBER.match(node.this.name) else None
        case _:
            return None


def _depth(node: exp.Expr) -> int:
    depth = 0
    while node.parent is not None:
        node, depth = node.parent, depth + 1
    return depth


def _nodes(node: exp.Expr) -> int:
    return sum(1 for _ in node.walk())
