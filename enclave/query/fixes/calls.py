"""Proposals for functions and operators that are not among those which may be used."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from enclave.query.fixes.case import Case
from enclave.query.fixes.reading import written
from enclave.query.fixes.trees import parts_of, select_of, without
from enclave.query.relations import Scalar
from enclave.terms import Fix

_FORMATS = (("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("HH24", "%H"), ("MI", "%M"))
_DECILES = [f"0.{tenth}" for tenth in range(1, 10)]


def another_function(case: Case) -> Iterator[Fix | None]:
    """The same by a function that may be used."""
    draft, titles, end = case.reading.draft(), list[str](), 0
    for span in sorted(case.problem.spans, key=lambda span: span.start):
        if span.start < end:
            continue  # inside one that was changed, and found when that is tried
        for node in case.reading.at(span):
            name = case.reading.places.name_of(node) if isinstance(node, exp.Func) else None
            build = _CALLS.get(name.value if name is not None else "")
            made = build(list(_arguments(node))) if build is not None else None
            if made is not None:
                draft.replace(draft.twin(node), made)
                draft.write_anew(node)
                titles.append(_words(made))
                end = span.end
                break
    if titles:
        yield draft.fix(f"Use {'; '.join(dict.fromkeys(titles))}")


def _arguments(node: Scalar) -> Iterator[Scalar]:
    for part in node.iter_expressions():
        yield part.copy()


def _words(made: Scalar) -> str:
    text = written(made, pretty=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _iif(parts: list[Scalar]) -> Scalar | None:
    if len(parts) < 2:
        return None
    default = parts[2] if len(parts) > 2 else None
    return exp.Case(ifs=[exp.If(this=parts[0], true=parts[1])], default=default)


def _coalesce(parts: list[Scalar]) -> Scalar | None:
    return exp.Coalesce(this=parts[0], expressions=parts[1:]) if parts else None


def _is_null(parts: list[Scalar]) -> Scalar | None:
    return exp.Is(this=parts[0], expression=exp.Null()) if len(parts) == 1 else None


def _strftime(parts: list[Scalar]) -> Scalar | None:
    if len(parts) != 2 or not isinstance(parts[1], exp.Literal):
        return None
    text = str(parts[1].name)
    for theirs, ours in _FORMATS:
        text = text.replace(theirs, ours)
    return exp.Anonymous(this="strftime", expressions=[parts[0], exp.Literal.string(text)])


def _date(parts: list[Scalar]) -> Scalar | None:
    return exp.Cast(this=parts[0], to=exp.DataType.build("DATE")) if parts else None


def _position(parts: list[Scalar]) -> Scalar | None:
    if len(parts) != 2:
        return None
    return exp.Anonymous(this="strpos", expressions=[parts[1], parts[0]])


def _named(name: str, count: int) -> Callable[[list[Scalar]], Scalar | None]:
    """The same arguments under another name, where they are so many."""
    return lambda parts: exp.Anonymous(this=name, expressions=parts) if len(parts) == count else None


def _missing(parts: list[Scalar]) -> Scalar | None:
    """SAS's `nmiss(x)`: the rows less those that have a value."""
    if len(parts) != 1:
        return None
    return exp.Sub(this=exp.Count(this=exp.Star()), expression=exp.Count(this=parts[0]))


def _bucket(parts: list[Scalar]) -> Scalar | None:
    """`width_bucket(x, 0, 90, 9)`: the number of the step of ten, from 1."""
    if len(parts) != 4 or not all(isinstance(part, exp.Literal) and part.is_int for part in parts[1:]):
        return None
    least, most, count = (int(part.name) for part in parts[1:])
    if count < 1 or (most - least) % count:
        return None
    above = exp.Sub(this=parts[0], expression=parts[1]) if least else parts[0]
    step = exp.Literal.number((most - least) // count)
    floor = exp.Floor(this=exp.Div(this=exp.paren(above) if least else above, expression=step))
    return exp.Add(this=floor, expression=exp.Literal.number(1))


_CALLS: dict[str, Callable[[list[Scalar]], Scalar | None]] = {
    "nvl": _coalesce,
    "ifnull": _coalesce,
    "isnull": lambda parts: _coalesce(parts) if len(parts) == 2 else _is_null(parts),
    "iif": _iif,
    "count_big": lambda parts: exp.Count(this=parts[0]) if len(parts) == 1 else None,
    "nmiss": _missing,
    "width_bucket": _bucket,
    "to_char": _strftime,
    "date_format": _strftime,
    "to_date": _date,
    "charindex": _position,
    "var": _named("var_samp", 1),
    "std": _named("stddev_samp", 1),
    "stdev": _named("stddev_samp", 1),
    "approx_quantile": _named("quantile_cont", 2),
}


def grouped_instead(case: Case) -> Iterator[Fix | None]:
    """`histogram(x)` and `approx_top_k(x, k)` are a count by group."""
    for node in case.nodes:
        select, name = select_of(node), case.reading.places.name_of(node)
        if select is None or name is None or name.value not in ("histogram", "approx_top_k", "mode"):
            continue
        argument, *others = _arguments(node)
        draft = case.reading.draft()
        twin = draft.twin(select)
        twin.set("expressions", [argument, exp.alias_(exp.Count(this=exp.Star()), "n")])
        earlier = select.args["group"].expressions if select.args.get("group") is not None else []
        twin.set("group", exp.Group(expressions=[*(part.copy() for part in earlier), argument.copy()]))
        if others:
            last = exp.Ordered(this=exp.column("n"), desc=True)
            twin.set("order", exp.Order(expressions=[last]))
            twin.set("limit", exp.Limit(expression=others[0]))
        yield draft.fix("Count by group")


def without_distinct(case: Case) -> Iterator[Fix | None]:
    """A sum or mean over everybody's values."""
    for node in case.nodes:
        if isinstance(node.this, exp.Distinct) and len(node.this.expressions) == 1:
            draft = case.reading.draft()
            twin = draft.twin(node)
            twin.set("this", twin.this.expressions[0])
            yield draft.fix("Take every person's value, equal ones too")


def without_condition(case: Case) -> Iterator[Fix | None]:
    """Leave out the condition in which it stands."""
    for node in case.nodes[:1]:
        select = select_of(node)
        for clause in ("where", "having", "qualify"):
            if select is None or select.args.get(clause) is None:
                continue
            for part in parts_of(select.args[clause].this):
                if any(one is node for one in part.walk()):
                    draft = case.reading.draft()
                    twin = draft.twin(part)
                    owner = draft.twin(select)
                    assert isinstance(owner, exp.Select), "a copy is of the same class"
                    without(owner, clause, twin)
                    yield draft.fix(f"Leave out {case.reading.words(part)}")


def without_schema(case: Case) -> Iterator[Fix | None]:
    """A table's name alone."""
    draft = case.reading.draft()
    for table in draft.tree.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    yield draft.fix("Write the table's name alone")


def distinct_values(case: Case) -> Iterator[Fix | None]:
    """`DISTINCT ON (x)` as the different values of x."""
    for distinct in case.reading.tree.find_all(exp.Distinct):
        on = distinct.args.get("on")
        if on is None or not isinstance(distinct.parent, exp.Select):
            continue
        draft = case.reading.draft()
        twin = draft.twin(distinct.parent)
        items = (
            on.expressions if isinstance(on, exp.Tuple) else [on.this if isinstance(on, exp.Paren) else on]
        )
        twin.set("expressions", [item.copy() for item in items])
        twin.set("distinct", exp.Distinct())
        twin.set("order", None)
        yield draft.fix("Take the different values")


def like_pattern(case: Case) -> Iterator[Fix | None]:
    """GLOB as LIKE."""
    for node in case.reading.tree.find_all(exp.Glob):
        if isinstance(node.expression, exp.Literal):
            pattern = node.expression.name.replace("*", "%").replace("?", "_")
            draft = case.reading.draft()
            made = exp.Like(this=node.this.copy(), expression=exp.Literal.string(pattern))
            draft.replace(draft.twin(node), made)
            yield draft.fix("Use LIKE")


def compared_with_one(case: Case) -> Iterator[Fix | None]:
    """`> ALL (…)` is `>` the greatest; a subquery of many rows is one without its groups."""
    for every in case.reading.tree.find_all(exp.All):
        inner = every.this.this if isinstance(every.this, exp.Subquery) else every.this
        above = isinstance(every.parent, exp.GT | exp.GTE)
        if isinstance(inner, exp.Select) and len(inner.expressions) == 1:
            step = inner.copy()
            only = step.expressions[0]
            step.set("expressions", [exp.alias_(only.this if isinstance(only, exp.Alias) else only, "v")])
            most = exp.Max(this=exp.column("v")) if above else exp.Min(this=exp.column("v"))
            draft = case.reading.draft()
            made = exp.select(most).from_(step.subquery("each_group")).subquery()
            draft.replace(draft.twin(every), made)
            yield draft.fix(
                "Compare with the greatest of them" if above else "Compare with the least of them"
            )
    for node in case.nodes:
        select = node.this if isinstance(node, exp.Subquery) else None
        if isinstance(select, exp.Select) and select.args.get("group") is not None:
            draft = case.reading.draft()
            draft.twin(select).set("group", None)
            yield draft.fix("Compare with that of everybody")


def fewer_points(case: Case) -> Iterator[Fix | None]:
    """The deciles, of a long list of quantiles."""
    for node in case.nodes:
        for points in node.find_all(exp.Array):
            draft = case.reading.draft()
            deciles = [exp.Literal.number(point) for point in _DECILES]
            draft.replace(draft.twin(points), exp.Array(expressions=deciles))
            yield draft.fix("Take the deciles")
