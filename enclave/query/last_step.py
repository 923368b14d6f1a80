"""The last step of a plan: what stands between the safe tables and the answer."""

from collections.abc import Sequence

from sqlglot import exp

from enclave.query.data_types import data_type
from enclave.query.plan import Bare
from enclave.query.relations import Limit, Order, Output, Relation, Scalar, Sort, StepRef

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


def bare_of(orders: Sequence[Order], outputs: Sequence[Output], ids: Sequence[str]) -> Bare | None:
    """The last step over a safe table, as names and an order; None where nulls come first."""
    if any(order.nulls_first for order in orders):
        return None
    columns = [output.column for output in outputs]
    by = {order.expression.name: order.descending for order in reversed(orders)}
    sorted_by = dict.fromkeys([*(order.expression.name for order in orders), *columns])
    return Bare(
        dict(zip(ids, columns, strict=True)), tuple((name, by.get(name, False)) for name in sorted_by)
    )


def cast_to(scalar: Scalar, type: str) -> Scalar:
    """What was computed in floating point, in the binder's type; too large for it, it is null and no error."""
    kind = type if type.strip('"') != _NOTHING else "INTEGER"  # as a column of nothing but NULL is answered
    return exp.TryCast(this=scalar, to=data_type(kind))
