"""Which columns of an answer hold safe measures, and which of them are incomplete: totals over cells with gaps.

Both follow from the query alone, never from what was hidden.

Limit: a column is called incomplete by its lineage even where every combination of the codes happens to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.leaves import Leaf
from enclave.query.open_rows import provided
from enclave.query.protected import Protected
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Distinct,
    Extend,
    Filter,
    Join,
    JoinKind,
    Limit,
    Relation,
    Rows,
    Scalar,
    Scan,
    SetKind,
    SetOperation,
    Sort,
    StepRef,
    SubqueryKind,
)

_FILLS_GAPS = (exp.Coalesce, exp.Is, exp.Case, exp.If, exp.Greatest, exp.Least, exp.ConcatWs, exp.Concat)


@dataclass(frozen=True, slots=True)
class Flags:
    """`safe`: comes from a protected measure, so that a null is a hidden cell. `incomplete`: may miss hidden ones."""

    safe: bool = False
    incomplete: bool = False

    def __or__(self, other: "Flags") -> "Flags":
        return Flags(self.safe or other.safe, self.incomplete or other.incomplete)


NOTHING = Flags()


def lineage(protected: Protected, relation: Relation) -> Mapping[str, Flags]:
    """The flags of every column of an open relation of the plan."""
    return _Lineage(protected, {}).of(relation)


@dataclass(slots=True)
class _Lineage:
    protected: Protected
    steps: dict[str, Mapping[str, Flags]]

    def of(self, relation: Relation) -> dict[str, Flags]:
        match relation:
            case Scan() | Rows():
                return dict.fromkeys(provided(relation), NOTHING)
            case StepRef():
                return dict(self._step(relation.step))
            case Filter():
                flags = self.of(relation.source)
                gaps = self._excludes_safe(relation.condition)
                dropped = _dropped_where_null(relation.condition, flags)
                return {id: _with_gaps(flag, gaps or id in dropped) for id, flag in flags.items()}
            case Extend():
                flags = self.of(relation.source)
                made = {id: self._scalar(self._definition(id), flags) for id in relation.columns}
                return {**flags, **made}
            case Join():
                return self._join(relation)
            case Aggregate():
                return self._aggregate(relation)
            case Distinct() | Sort() | Limit():
                return self.of(relation.source)
            case SetOperation():
                return self._set_operation(relation)

    def _definition(self, id: str) -> Scalar:
        origin = self.protected.columns[id].origin
        assert isinstance(origin, Defined | Aggregated), "the column has an expression"
        return origin.expression

    def _step(self, id: str) -> Mapping[str, Flags]:
        if id not in self.steps:
            step = next(step for step in self.protected.steps if step.id == id)
            if isinstance(step, Leaf):
                gaps = id in self.protected.by_safe
                keys = (*(key for key, _ in step.keys), *step.groupings)
                flags = dict.fromkeys(keys, NOTHING)
                flags.update({number.id: Flags(True, gaps) for number in step.numbers})
                self.steps[id] = flags
            else:
                found = self.of(step.relation)
                self.steps[id] = {column: found.get(column, NOTHING) for column in step.columns}
        return self.steps[id]

    def _scalar(self, node: Scalar, flags: Mapping[str, Flags]) -> Flags:
        result = NOTHING
        for part in node.find_all(exp.Column):
            result |= flags.get(part.name, NOTHING)
        for inner in node.find_all(exp.Placeholder):
            result |= self._subquery(inner.name)
        fills = next(node.find_all(*_FILLS_GAPS), None) is not None and result.safe
        window = next(node.find_all(exp.Window), None) is not None and any(
            flag.safe for flag in flags.values()
        )
        return Flags(result.safe or window, result.incomplete or fills or window)

    def _subquery(self, id: str) -> Flags:
        inner = self.protected.subqueries[id]
        if inner.relation is None:
            return NOTHING
        flags = self.of(inner.relation)
        if inner.kind is SubqueryKind.SCALAR and inner.output is not None:
            return self._scalar(inner.output, flags)
        safe = any(flag.safe for flag in flags.values())
        return Flags(False, safe)

    def _excludes_safe(self, condition: Scalar) -> bool:
        """NOT IN or NOT EXISTS over a safe table: what is hidden there was not excluded."""
        negated = [part for node in condition.find_all(exp.Not) for part in node.find_all(exp.Placeholder)]
        return any(self._reads_leaf(part.name) for part in negated)

    def _reads_leaf(self, id: str) -> bool:
        inner = self.protected.subqueries[id]
        return inner.relation is not None and _has_step(inner.relation)

    def _join(self, relation: Join) -> dict[str, Flags]:
        left, right = self.of(relation.left), self.of(relation.right)
        if relation.kind in (JoinKind.LEFT, JoinKind.FULL) and _has_step(relation.right):
            right = {id: _with_gaps(flag, flag.safe) for id, flag in right.items()}
        if relation.kind in (JoinKind.RIGHT, JoinKind.FULL) and _has_step(relation.left):
            left = {id: _with_gaps(flag, flag.safe) for id, flag in left.items()}
        return {**left, **right}

    def _aggregate(self, relation: Aggregate) -> dict[str, Flags]:
        flags = self.of(relation.source)
        keys = {id: self._scalar(self._definition(id), flags) for id in relation.keys}
        gaps = _has_step(relation.source)
        aggregates = dict.fromkeys(relation.aggregates, Flags(gaps, gaps))
        return {**keys, **aggregates, **dict.fromkeys(relation.groupings, NOTHING)}

    def _set_operation(self, relation: SetOperation) -> dict[str, Flags]:
        left, right = self.of(relation.left), self.of(relation.right)
        sides = zip(relation.columns, relation.left_columns, relation.right_columns, strict=True)
        flags = {out: left.get(one, NOTHING) | right.get(other, NOTHING) for out, one, other in sides}
        if relation.kind is SetKind.EXCEPT and _has_step(relation.right):
            flags = {id: _with_gaps(flag, True) for id, flag in flags.items()}
        return flags


def _with_gaps(flag: Flags, gaps: bool) -> Flags:
    return Flags(flag.safe, flag.incomplete or gaps)


def _dropped_where_null(condition: Scalar, flags: Mapping[str, Flags]) -> frozenset[str]:
    """Protected measures that the condition tests for null, as an UNPIVOT does: hidden numbers go with the nulls."""
    tested = (part.this for part in condition.find_all(exp.Is) if isinstance(part.expression, exp.Null))
    ids = {column.name for part in tested for column in part.find_all(exp.Column)}
    return frozenset(id for id in ids if flags.get(id, NOTHING).safe)


def _has_step(relation: Relation) -> bool:
    match relation:
        case StepRef():
            return True
        case Scan() | Rows():
            return False
        case Join() | SetOperation():
            return _has_step(relation.left) or _has_step(relation.right)
        case Filter() | Extend() | Aggregate() | Distinct() | Sort() | Limit():
            return _has_step(relation.source)
