"""Where types do not fit in ways that people write every day, so that they are told of it at its place.

`nc_year = 11`, where the codes are text; `avg(fsm_eligible)`, where the field is true or false. DuckDB's binder refuses
these without a place that can be told.
"""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Field
from enclave.problems import Problem, SyntaxProblem
from enclave.query.fixes.trees import field_of
from enclave.query.parse import Parsed
from enclave.terms import Edit, Fix

_EQUALS = (exp.EQ, exp.NEQ, exp.In, exp.Case)
_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_OF_NUMBERS = (
    exp.Avg, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance,
    exp.VariancePop,
)  # fmt: skip
_Found = tuple[Field, exp.Expr]


def misfits(parsed: Parsed, catalogue: Catalogue) -> tuple[Problem, ...]:
    """What to tell of the fields that are compared or aggregated as what they are not; none where none is."""
    unquoted = [pair for node in parsed.tree.find_all(*_EQUALS) for pair in _compared(node, catalogue)]
    ordered = [pair for node in parsed.tree.find_all(*_ORDERED) for pair in _put_in_order(node, catalogue)]
    columns = [pair for node in parsed.tree.find_all(*_OF_NUMBERS) for pair in _aggregated(node, catalogue)]
    truths = [pair for pair in columns if pair[0].type == "BOOLEAN"]
    # a sum of a boolean is a count; beside a mean of one it need not change
    truths = [pair for pair in truths if not isinstance(pair[1].parent, exp.Sum)]
    texts = [pair for pair in columns if _is_text(pair[0])]
    found = (
        _told(parsed, unquoted, "a code stands in quotes", "Write it in quotes", "'{}'"),
        # in quotes '7' comes after '11'
        _told(parsed, ordered, "as a number it is", "Compare it as a number", "TRY_CAST({} AS INT)"),
        _told(parsed, truths, "this takes numbers", "Take it as 1 and 0", "CAST({} AS INT)"),
        _told(parsed, texts, "this takes numbers", "Take what is a number", "TRY_CAST({} AS INT)"),
    )
    return tuple(problem for problem in found if problem is not None)


def _told(parsed: Parsed, found: list[_Found], why: str, title: str, form: str) -> Problem | None:
    if not found:
        return None
    names = list(dict.fromkeys(field.name for field, _ in found))
    spans = sorted({parsed.places.span(node) for _, node in found}, key=lambda span: span.start)
    edits = tuple(Edit(span.start, span.end, form.format(span.text)) for span in spans)
    what = "true or false" if found[0][0].type == "BOOLEAN" else "text"
    verb = "is" if len(names) == 1 else "are"
    return SyntaxProblem(
        detail=f"{' and '.join(names)} {verb} {what}, and {why}: {edits[0].text}.",
        spans=tuple(spans),
        fixes=(Fix(title, edits),),
    )


def _compared(node: exp.Expr, catalogue: Catalogue) -> Iterator[_Found]:
    """Each number in a comparison with a bare field of text."""
    sides = list(node.iter_expressions())
    for column in sides:
        field = field_of(column, catalogue) if isinstance(column, exp.Column) else None
        if field is not None and _is_text(field):
            for side in sides:
                value = side.this if isinstance(side, exp.If) else side
                if isinstance(value, exp.Literal) and not value.is_string:
                    yield field, value


def _put_in_order(node: exp.Expr, catalogue: Catalogue) -> Iterator[_Found]:
    """The field of text, where numbers are compared with it."""
    for field, number in _compared(node, catalogue):
        for side in node.iter_expressions():
            if side is not number and isinstance(side, exp.Column):
                yield field, side


def _aggregated(node: exp.Expr, catalogue: Catalogue) -> Iterator[_Found]:
    for part in node.iter_expressions():
        field = field_of(part, catalogue) if isinstance(part, exp.Column) else None
        if field is not None:
            yield field, part


def _is_text(field: Field) -> bool:
    return field.type.startswith(("VARCHAR", "CHAR"))
