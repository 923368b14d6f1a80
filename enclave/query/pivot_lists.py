"""The values of a PIVOT's list beside the fields they are values of: what the types say, and which codes there are."""

import re
from dataclasses import dataclass

from sqlglot import exp

from enclave.problems import Problem, SyntaxProblem
from enclave.query.pivots import without_list
from enclave.query.relations import Scalar, column_id
from enclave.query.scopes import Named, Work
from enclave.terms import Edit, Fix

MOST_LISTED = 50
"""Codes that a fix writes into a list."""
_WHOLE = re.compile(r"(0|-?[1-9][0-9]{0,17})\Z")
_WHOLE_TYPES = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})


def plain_condition(condition: Scalar, work: Work) -> Scalar:
    """A pivot column's comparison as texts, as the comparison of values that says the same where the type is known.

    So a number under it is judged, and known again, as the same number with FILTER (WHERE field = value).
    """
    compared, text = condition.this, condition.expression
    id = column_id(compared.this) if isinstance(compared, exp.Cast) else None
    if id is not None and isinstance(text, exp.Null):
        return exp.Is(this=compared.this, expression=text)
    field = work.rewrites.field(id) if id is not None else None
    if field is None or not isinstance(text, exp.Literal):
        return condition
    value = _of_type(text, field.type)
    return condition if value is None else exp.EQ(this=compared.this, expression=value)


def _of_type(text: exp.Literal, kind: str) -> Scalar | None:
    if kind.startswith("VARCHAR"):
        return text
    if kind == "BOOLEAN" and text.name in ("true", "false"):
        made: Scalar = exp.Boolean(this=text.name == "true")
    elif kind in _WHOLE_TYPES and _WHOLE.match(text.name):
        made = exp.Literal.number(text.name)
        made = made if isinstance(made, exp.Literal) else exp.Neg(this=made.this)
    else:
        return None
    made.meta.update(text.meta)
    return made


@dataclass(frozen=True, slots=True)
class NoList:
    """A pivot without a list of values, and the columns of what is pivoted."""

    pivot: exp.Pivot
    columns: tuple[Named, ...]

    def problem(self, work: Work) -> Problem:
        """Its columns would be those values that people have. The code list of the field is what can be written."""
        fields = [field for field in self.pivot.args["fields"] if without_list(field)]
        fixes = tuple(fix for field in fields if (fix := self._fix(field, work)) is not None)
        return SyntaxProblem(
            detail="A PIVOT needs the list of its values: without it, its columns would be read from people's rows.",
            spans=tuple(work.span(field.this) for field in fields),
            fixes=fixes or (Fix("Write the values: ON field IN ('A', 'B')"),),
        )

    def _fix(self, field: exp.In, work: Work) -> Fix | None:
        named = [item.column for item in self.columns if item.name.lower() == field.this.name.lower()]
        known = work.rewrites.field(named[0]) if len(named) == 1 else None
        codes = work.catalogue.code_sets.get(known.code_set or "") if known is not None else None
        if known is not None and known.type == "BOOLEAN":
            values: tuple[str, ...] = ("true", "false")
        elif codes is not None and len(codes.values) <= MOST_LISTED:
            values = tuple("'" + value.replace("'", "''") + "'" for value in codes.values)
        else:
            return None
        end = work.span(field.this).end
        return Fix("List the published codes", (Edit(end, end, f" IN ({', '.join(values)})"),))
