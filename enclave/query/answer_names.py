"""What DuckDB calls the columns of an answer, where that follows from the text and its plan alone."""

from collections.abc import Sequence

from sqlglot import exp

from enclave.query.relations import Output

_ROWS = "count_star()"


def column_names(
    tree: exp.Query, outputs: Sequence[Output], bound: Sequence[str | None]
) -> tuple[str, ...] | None:
    """The names of the columns; None where one is not certain, and the binder has to be asked.

    `bound` are the names that the plan has for them. A column is called as the reader wrote with AS; without, as in the
    catalogue or where it was made, whatever the case it was written in, and the plan has it so.
    """
    written = _written(tree, len(outputs))
    names = [
        output.name if explicit else _known(output.name, name)
        for output, name, explicit in zip(outputs, bound, written, strict=True)
    ]
    certain = tuple(name for name in names if name is not None)
    return certain if len(certain) == len(names) else None


def _known(ours: str, bound: str | None) -> str | None:
    if bound is None:
        return None
    return bound if bound.lower() == ours.lower() or (ours, bound) == ("count(*)", _ROWS) else None


def _written(tree: exp.Query, columns: int) -> list[bool]:
    """Which columns the reader named: of a set operation its first side does it."""
    first: exp.Expr = tree
    while isinstance(first, exp.SetOperation):
        first = first.this
    if not isinstance(first, exp.Select) or len(first.expressions) != columns:
        return [False] * columns
    if any(item.is_star for item in first.expressions):
        return [False] * columns
    return [isinstance(item, exp.Alias) for item in first.expressions]
