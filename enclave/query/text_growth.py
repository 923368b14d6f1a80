"""How long a text a query could write with constants alone.

DuckDB's binder works constants out, past its memory limit: five nested calls of `replace`, in a few hundred characters,
are a text of 10 GB. So the longest text that each expression can make is counted on the tree, before a binder sees it.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from enclave.problems import Problem, TooComplex
from enclave.query.limits import MAX_TEXT
from enclave.query.places import Places

_ANY_VALUE = 200  # characters of a value of the data: how long it is, is not the query's doing
_A_NUMBER = 40
_A_WIDTH = 100  # `calls` lets no width of more than two digits pass
_A_PADDING = 200  # nor a padding of more


def too_long_a_text(tree: exp.Query, places: Places) -> Iterator[Problem]:
    """The problem of an expression that could write a very long text."""
    for select in tree.find_all(exp.Select):
        aliases: dict[str, int] = {}
        for output in select.expressions:
            length = _length(output, aliases)
            if output.alias:
                aliases[output.alias.lower()] = length
            if length > MAX_TEXT:
                yield _problem(output, places)
        clauses = (select.args.get(name) for name in ("where", "group", "having", "qualify", "order"))
        for clause in clauses:
            if isinstance(clause, exp.Expr) and _length(clause, aliases) > MAX_TEXT:
                yield _problem(clause, places)


def _problem(node: exp.Expr, places: Places) -> Problem:
    detail = f"This could write a text of more than {MAX_TEXT:,} characters."
    return TooComplex(detail=detail, spans=(places.span(node),))


def _length(node: exp.Expr, aliases: Mapping[str, int]) -> int:
    """A bound on the characters of a value."""
    match node:
        case exp.Literal():
            return len(node.name) if node.is_string else _A_NUMBER
        case exp.Column():
            return max(_ANY_VALUE, aliases.get(node.name.lower(), 0))
        case exp.Replace():
            return _replaced(node, aliases)
        case exp.RegexpReplace():
            return (1 + _length(node.this, aliases)) * (1 + _part(node, "replacement", aliases))
        case exp.Pad():
            return _A_PADDING + _length(node.this, aliases)
        case exp.TimeToStr():
            return _A_WIDTH * (1 + _part(node, "format", aliases))
        case exp.ConcatWs():
            lengths = [_length(part, aliases) for part in node.expressions]
            return sum(lengths) + len(lengths) * lengths[0]
        case exp.Format():
            return _formatted(node.this, node.expressions, aliases)
        case exp.Anonymous() if str(node.this).lower() == "printf":
            return _formatted(node.expressions[0], node.expressions[1:], aliases)
        case _:
            return sum(_length(part, aliases) for part in node.iter_expressions())


def _part(node: exp.Expr, name: str, aliases: Mapping[str, int]) -> int:
    part = node.args.get(name)
    return _length(part, aliases) if isinstance(part, exp.Expr) else 0


def _replaced(node: exp.Replace, aliases: Mapping[str, int]) -> int:
    """Of each stretch that is found, as long as the new one is."""
    sought = node.expression
    shortest = max(1, len(sought.name)) if isinstance(sought, exp.Literal) and sought.is_string else 1
    length = _length(node.this, aliases)
    new = _part(node, "replacement", aliases)
    return max(length, length * new // shortest)


def _formatted(form: exp.Expr, values: list[exp.Expr], aliases: Mapping[str, int]) -> int:
    """A format may name each value as often as it has room for."""
    return len(form.name) * (_A_WIDTH + sum(_length(value, aliases) for value in values))
