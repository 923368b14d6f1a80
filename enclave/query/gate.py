"""The allow-list: which nodes of a tree may stand in a query, with which arguments.

A class or an argument that is not listed is refused, so that whatever sqlglot learns to read next is closed until
someone opens it in `nodes`. The values of arguments that are not nodes (`kind`, `side`, `over` …) are listed too.
Functions are checked three ways: see `calls`.
"""

from collections.abc import Iterator

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, NotAQuery, Problem, Refusals, SyntaxProblem, TooComplex
from enclave.query.calls import call_problem
from enclave.query.functions import allowed_arguments
from enclave.query.limits import MAX_DEPTH
from enclave.query.nodes import NODES, PARENTS
from enclave.query.pivots import unread_pivot
from enclave.query.places import Places
from enclave.terms import Fix


def gate(tree: exp.Expr, places: Places) -> None:
    """Let a tree through if every node of it, and every argument of every node, is on the list.

    Raises:
        Refusals: every violation that does not stand inside another one, in the order of the text.
    """
    problems = sorted(_violations(tree, places), key=_place)
    if problems:
        raise Refusals(tuple(problems))


def _place(problem: Problem) -> int:
    return problem.spans[0].start if problem.spans else 0


def _violations(tree: exp.Expr, places: Places) -> Iterator[Problem]:
    """Walks without recursion, because a tree's depth is what the reader chose."""
    waiting: list[tuple[exp.Expr, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            detail = f"Expressions are nested or chained deeper than {MAX_DEPTH}. A list with IN is not deep."
            yield TooComplex(detail=detail, spans=(places.span(node),))
            return
        problem = _violation(node, places)
        if problem is not None:
            yield problem
            continue
        waiting.extend((part, depth + 1) for part in node.iter_expressions())


def _violation(node: exp.Expr, places: Places) -> Problem | None:
    """What is wrong with one node, its parts aside."""
    kind = type(node)
    homes = PARENTS.get(kind)
    if homes is not None and type(node.parent) not in homes:
        return _refused(node, places)
    arguments = allowed_arguments(node)
    if arguments is not None:
        return call_problem(node, arguments, places)
    rules = NODES.get(kind)
    if rules is None:
        return _refused(node, places)
    for name, value in node.args.items():
        if value is None or value == [] or value == "":
            continue
        check = rules.get(name)
        if check is None or not (value is False or check(value)):
            return _refused_argument(node, name, value, places)
    return _written(node, places)


def _written(node: exp.Expr, places: Places) -> Problem | None:
    """What the list of arguments cannot say: names must be names in the text, and SELECT must select something."""
    match node:
        case exp.Identifier() if not places.is_name(node):
            detail = "A file or a text in quotes cannot be read as a name."
            return FunctionNotAllowed(detail=detail, spans=(places.span(node),))
        case exp.Select() if not node.expressions:
            return _nothing("SELECT", node, places)
        case exp.In() if not node.expressions and node.args.get("query") is None:
            return _nothing("IN", node, places)
        case exp.Group() if not node.expressions and not node.args.get("all"):
            return _nothing("GROUP BY", node, places)
        case exp.Order() if not node.expressions:
            return _nothing("ORDER BY", node, places)
        case exp.Escape() if not _escapes(node):
            detail = "ESCAPE takes one character, which cannot end the pattern."
            return SyntaxProblem(detail=detail, spans=(places.span(node),))
        case _:
            return None


def _escapes(node: exp.Escape) -> bool:
    """Whether an ESCAPE cannot raise an error on the rows that get so far."""
    sign, pattern = node.expression.name, node.this.expression
    if len(sign) != 1:
        return False
    written = pattern.name if isinstance(pattern, exp.Literal) else ""
    return not written.replace(sign * 2, "").endswith(sign)


def _nothing(words: str, node: exp.Expr, places: Places) -> Problem:
    return SyntaxProblem(detail=f"Nothing follows {words}.", spans=(places.span(node),))


def _refused(node: exp.Expr, places: Places) -> Problem:
    """A class of node that is not allowed, or not here."""
    span = places.span(node)
    if isinstance(node, _STATEMENTS):
        return NotAQuery(detail="A query only reads: SELECT and nothing else.", spans=(span,))
    detail, advice = CLASSES.get(type(node), ("This part of SQL cannot be used here.", ""))
    return FunctionNotAllowed(detail=detail, spans=(span,), fixes=(Fix(title=advice),) if advice else ())


def _refused_argument(node: exp.Expr, name: str, value: object, places: Places) -> Problem:
    """An allowed class in a form that is not."""
    part = value[0] if isinstance(value, list) and value else value
    if isinstance(part, exp.Pivot):
        return unread_pivot(part, places)
    if isinstance(part, exp.Expr) and type(part) not in NODES and allowed_arguments(part) is None:
        special = CLASSES.get(type(part))
        if special is not None or isinstance(part, _STATEMENTS):
            return _refused(part, places)
    detail, advice = ARGUMENTS.get((type(node), name), ("This form cannot be used here.", ""))
    if isinstance(node, exp.Table) and node.db.lower() == "information_schema":
        advice = "`enclave fields` lists tables and fields"
    span = places.span(part if isinstance(part, exp.Expr) and (type(node), name) not in _WHOLE else node)
    return FunctionNotAllowed(detail=detail, spans=(span,), fixes=(Fix(title=advice),) if advice else ())


_STATEMENTS = (
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Into,
    exp.Lock,
    exp.Describe,
    exp.Summarize,
    exp.Pragma,
    exp.Show,
    exp.Set,
    exp.Use,
    exp.Attach,
    exp.Detach,
    exp.Copy,
    exp.Drop,
)
_TABLE_FUNCTION = (
    "A function cannot stand in the place of a table.",
    "Write values as (VALUES (…), (…)) AS name(column)",
)
_STRUCTS = ("Lists, structs and maps cannot be used.", "")
CLASSES: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Dot: (
        "Methods and parts of a value after a point cannot be used.",
        "Write the function around the field",
    ),
    exp.Bracket: ("Elements in square brackets cannot be used.", ""),
    exp.Array: _STRUCTS,
    exp.Struct: _STRUCTS,
    exp.Map: _STRUCTS,
    exp.ToMap: _STRUCTS,
    exp.Lambda: ("Lambdas cannot be used.", ""),
    exp.Tuple: (
        "Values in brackets cannot be compared or shown as one.",
        "Compare them one by one, with AND",
    ),
    exp.Star: ("A star can only stand alone in SELECT or in count(*).", "Name the fields"),
    exp.Columns: ("COLUMNS(…) cannot be used.", "Name the fields"),
    exp.Any: ("ANY and ALL cannot be used.", "Use IN, or compare with an aggregate"),
    exp.All: ("ANY and ALL cannot be used.", "Use NOT IN, or compare with an aggregate"),
    exp.Parameter: ("Parameters cannot be used.", "Write the value"),
    exp.Placeholder: ("Parameters cannot be used.", "Write the value"),
    exp.IgnoreNulls: ("IGNORE NULLS cannot be used.", "Filter with WHERE … IS NOT NULL before"),
    exp.RespectNulls: ("RESPECT NULLS cannot be used.", ""),
    exp.Explode: ("unnest cannot be used.", "Write values as (VALUES (…), (…)) AS name(column)"),
    exp.Unnest: ("unnest cannot be used.", "Write values as (VALUES (…), (…)) AS name(column)"),
    exp.GenerateSeries: _TABLE_FUNCTION,
    exp.Lateral: ("LATERAL cannot be used.", "Join a subquery on its key"),
    exp.Fetch: ("FETCH cannot be used.", "Use LIMIT"),
    exp.CurrentDate: (
        "The current date cannot be used: an answer must not change by the day.",
        "Write the date",
    ),
    exp.CurrentTimestamp: ("The current time cannot be used.", "Write the date"),
    exp.SimilarTo: ("SIMILAR TO cannot be used.", "Use LIKE or regexp_matches"),
    exp.Glob: ("GLOB cannot be used.", "Use LIKE"),
    exp.Collate: ("COLLATE cannot be used.", "Use lower(…) or upper(…)"),
    exp.AtTimeZone: ("Time zones cannot be used.", ""),
}
_ALIASED = ("A table's columns cannot be renamed here.", "Rename them in a subquery")
_LITERAL = ("LIMIT and OFFSET must be plain whole numbers.", "")
ARGUMENTS: dict[tuple[type[exp.Expr], str], tuple[str, str]] = {
    (exp.Table, "this"): _TABLE_FUNCTION,
    (exp.Table, "alias"): _ALIASED,
    (exp.Table, "db"): ("A table is named without schema or catalogue.", "Write the table's name alone"),
    (exp.Table, "catalog"): ("A table is named without schema or catalogue.", "Write the table's name alone"),
    (exp.Column, "db"): ("A field is written as field, or table.field.", ""),
    (exp.Column, "catalog"): ("A field is written as field, or table.field.", ""),
    (exp.Distinct, "on"): ("DISTINCT ON cannot be used: it chooses rows.", "Use GROUP BY with an aggregate"),
    (exp.Distinct, "expressions"): ("DISTINCT takes one value here.", ""),
    (exp.With, "recursive"): ("Recursive queries are not allowed.", ""),
    (exp.CTE, "materialized"): ("MATERIALIZED cannot be used.", "Leave it out: it changes nothing"),
    (exp.Subquery, "this"): (
        "Brackets around tables and joins cannot be used.",
        "Leave them out, or write (SELECT …)",
    ),
    (exp.Select, "windows"): ("Named windows cannot be used.", "Write the window out after each OVER"),
    (exp.Window, "alias"): ("Named windows cannot be used.", "Write the window out after OVER"),
    (exp.Select, "hint"): ("Hints cannot be given.", ""),
    (exp.Limit, "expression"): _LITERAL,
    (exp.Limit, "limit_options"): _LITERAL,
    (exp.Offset, "expression"): _LITERAL,
    (exp.Union, "by_name"): ("BY NAME cannot be used.", "Write the fields in the same order"),
    (exp.WindowSpec, "exclude"): ("EXCLUDE in a window frame cannot be used.", ""),
    (exp.Star, "rename"): ("RENAME cannot be used.", "Write field AS name"),
    (exp.Interval, "this"): ("An interval is one number and one unit.", "Write INTERVAL 3 MONTH"),
    (exp.In, "field"): ("IN needs a list in brackets or a subquery.", "Write IN (…)"),
    (exp.DataType, "this"): (
        "Values cannot be cast to this type.",
        "Use INTEGER, BIGINT, DOUBLE, DECIMAL, VARCHAR, DATE",
    ),
}
_WHOLE = frozenset({(exp.DataType, "this")})
