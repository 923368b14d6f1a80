"""What a query grows to when every name in it is replaced by what it stands for.

A few hundred characters can double an expression with each alias (`a1 + a1 AS a2, a2 + a2 AS a3 …`), a table with each
CTE, or a grouping with each CUBE: sixteen aliases kept DuckDB's binder busy for twelve seconds. Binders cannot be
stopped, so the growth is counted on the tree, before any of them sees it.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from enclave.problems import Problem, TooComplex
from enclave.query.limits import MAX_GROUPING_SETS, MAX_GROWN, MAX_READS
from enclave.query.places import Places


def too_grown(tree: exp.Query, places: Places) -> Iterator[Problem]:
    """The problem of a query that would grow past a limit."""
    reads = _reads(tree, {})
    if reads > MAX_READS:
        detail = f"With every CTE written out, the query reads tables {reads:,} times; at most {MAX_READS} can be read."
        yield TooComplex(detail=detail)
    grown = sum(_grown(select) for select in tree.find_all(exp.Select))
    if grown > MAX_GROWN:
        detail = (
            f"With every alias written out, the query has {grown:,} parts; at most {MAX_GROWN:,} can be read."
        )
        yield TooComplex(detail=detail)
    for group in tree.find_all(exp.Group):
        sets = _sets(group)
        if sets > MAX_GROUPING_SETS:
            detail = f"The query has {sets:,} grouping sets; at most {MAX_GROUPING_SETS} can be made."
            yield TooComplex(detail=detail, spans=(places.span(group),))


def _reads(query: exp.Expr, known: Mapping[str, int]) -> int:
    """How often tables are read, every CTE counted at each of its uses."""
    inner = dict(known)
    with_ = query.args.get("with_")
    if isinstance(with_, exp.With):
        for cte in with_.expressions:
            inner[cte.alias.lower()] = _reads(cte.this, inner)
    reads = 0
    for part in _own_parts(query):
        if isinstance(part, exp.Table):
            reads += inner.get(part.name.lower(), 1)
        elif isinstance(part, exp.Query):
            reads += _reads(part, inner)
    return max(reads, *inner.values()) if inner else reads


def _own_parts(query: exp.Expr) -> Iterator[exp.Expr]:
    """Its nodes down to the queries inside it, which are given but not entered. Its WITH is left out."""
    waiting = [part for part in query.iter_expressions() if not isinstance(part, exp.With)]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, exp.Query):
            waiting.extend(part.iter_expressions())


def _grown(select: exp.Select) -> int:
    """The nodes of one SELECT, an alias counting as what it stands for."""
    sizes: dict[str, int] = {}
    total = 0
    for place, output in enumerate(select.expressions, start=1):
        size = _size(output, sizes)
        total += size
        if output.alias:
            sizes[output.alias.lower()] = size
        sizes[str(place)] = size  # GROUP BY 1
    clauses = (select.args.get(name) for name in ("where", "group", "having", "qualify", "order"))
    return total + sum(_size(clause, sizes) for clause in clauses if isinstance(clause, exp.Expr))


def _size(part: exp.Expr, sizes: Mapping[str, int]) -> int:
    """The nodes of a part. Of a query inside it only the growth is counted: its own nodes are counted as its own."""
    size = 0
    waiting = [(part, False)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, exp.Column) or (isinstance(node, exp.Literal) and isinstance(part, exp.Group)):
            size += sizes.get(node.name.lower(), 1) - inside
        elif not isinstance(node, exp.Identifier):
            size += not inside
        inside = inside or isinstance(node, exp.Query)
        waiting.extend((inner, inside) for inner in node.iter_expressions())
    return size


def _sets(group: exp.Group) -> int:
    """How many grouping sets a GROUP BY stands for: those of its parts, multiplied."""
    sets = 1
    for part in group.expressions:
        sets *= _sets_of(part)
    return sets


def _sets_of(part: exp.Expr) -> int:
    match part:
        case exp.Rollup():
            return len(part.expressions) + 1
        case exp.Cube():
            return int(2 ** len(part.expressions))
        case exp.GroupingSets():
            return sum(_sets_of(inner) for inner in part.expressions)
        case _:
            return 1
