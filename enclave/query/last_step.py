"""The last step of a plan: what stands between the safe tables and the answer."""

from collections.abc import Sequence

from sqlglot import exp

from enclave.query.data_types import data_type
from enclave.query.relations import Limit, Order, Relation, Scalar, Sort, StepRef

_NOTHING = "NULL"


def peeled(relation: Relation) -> tuple[Relation, list[Order], Limit | None]:
    """What stands under the last ORDER BY and LIMIT."""
    limit = None
    if isinstance(relation, Limit):
        limit, relation = relation, relation.source
    if isinstance(relation, Sort):
        return relation.source, list(relation.orders), limit
    return relation, [], limit


def is_bare(relation: Relation, orders: Sequence[Order], types: Sequence[str]) -> bool:
    """Whether nothing stands between a safe table and the answer but names, types and the order of rows."""
    return (
        isinstance(relation, StepRef)
        and all(isinstance(order.expression, exp.Column) for order in orders)
        and all(type.strip('"') != _NOTHING for type in types)
    )


def cast_to(scalar: Scalar, type: str) -> Scalar:
    """What was computed in floating point, in the binder's type; too large for it, it is null and no error."""
    kind = type if type.strip('"') != _NOTHING else "INTEGER"  # as a column of nothing but NULL is answered
    return exp.TryCast(this=scalar, to=data_type(kind))
