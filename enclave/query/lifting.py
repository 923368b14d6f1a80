"""Split the expressions of a grouped SELECT into group columns, aggregates, and what stands above them."""

from dataclasses import dataclass, field

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, SyntaxProblem
from enclave.query.aggregates import is_aggregate
from enclave.query.dialect import DUCKDB
from enclave.query.places import placed_like
from enclave.query.relations import Aggregated, Defined, Given, Scalar, column, column_id, column_ids
from enclave.query.scopes import Work


def aggregate_of(node: Scalar) -> bool:
    """Whether the node is an aggregate, its FILTER or WITHIN GROUP included, and not a window."""
    if isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        return aggregate_of(node.this)
    return is_aggregate(node)


def has_aggregate(node: Scalar) -> bool:
    """Whether an aggregate stands in the scalar; those of windows and subqueries are not its own."""
    if isinstance(node, exp.Window):
        return any(has_aggregate(part) for part in window_parts(node))
    if aggregate_of(node):
        return True
    return any(has_aggregate(child) for child in node.iter_expressions())


def has_window(node: Scalar) -> bool:
    return next(node.find_all(exp.Window), None) is not None


def window_parts(node: exp.Window) -> list[Scalar]:
    """Everything in a window that sees the rows below it: arguments, partition, order and filter."""
    function = node.this
    return [*_arguments(function), *(child for child in node.iter_expressions() if child is not function)]


def _arguments(node: Scalar) -> list[Scalar]:
    """What an aggregate looks at: its arguments, its FILTER, its order."""
    if isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        return [child for child in node.iter_expressions() if child is not node.this] + _arguments(node.this)
    return list(node.iter_expressions())


@dataclass(slots=True)
class Lifter:
    """Replaces group expressions and aggregates by columns; the aggregates found are collected, equal ones once."""

    work: Work
    keys: tuple[str, ...]
    key_scalars: tuple[Scalar, ...]
    outer: set[str]
    aggregates: list[str] = field(default_factory=list)
    groupings: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def over(cls, scalars: tuple[Scalar, ...], work: Work, outer: set[str]) -> "Lifter":
        """A lifter for these group expressions; columns of `outer` queries are constants here."""
        found = [column_id(key) for key in scalars]
        names = [work.columns[inner].name if inner is not None else "key" for inner in found]
        keys = tuple(work.new_column(name, Defined(key)) for name, key in zip(names, scalars, strict=True))
        return cls(work, keys, scalars, outer)

    def __call__(self, node: Scalar) -> Scalar:
        """The scalar as it stands above the groups."""
        for id, key in zip(self.keys, self.key_scalars, strict=True):
            if node == key:
                return column(id, like=node)
        if aggregate_of(node):
            return column(self._aggregate(node), like=node)
        if isinstance(node, exp.Grouping | exp.GroupingId):
            return column(self._grouping(node), like=node)
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Column):
            return self._left_over(node)
        if isinstance(node, exp.Placeholder):
            return self._subquery(node)
        return self._rebuilt(node)

    def _rebuilt(self, node: Scalar) -> Scalar:
        args: dict[str, object] = {}
        for name, value in node.args.items():
            if isinstance(value, exp.Expr):
                args[name] = self(value)
            elif isinstance(value, list):
                args[name] = [self(item) if isinstance(item, exp.Expr) else item for item in value]
            else:
                args[name] = value
        rebuilt = type(node)(**args)
        placed_like(rebuilt, node)
        return rebuilt

    def _window(self, node: exp.Window) -> Scalar:
        """A window stays; what it looks at is lifted. `sum(sum(x)) OVER ()` has the aggregate `sum(x)`."""
        rebuilt = exp.Window(
            **{
                name: ([self(item) for item in value] if isinstance(value, list) else value)
                if name != "order" or value is None
                else self(value)
                for name, value in node.args.items()
            }
        )
        rebuilt.set("this", self._window_function(node.this))
        return rebuilt

    def _window_function(self, node: Scalar) -> Scalar:
        if isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
            copy = node.copy()
            copy.set("this", self._window_function(node.this))
            if isinstance(node, exp.Filter):
                copy.set("expression", exp.Where(this=self(node.expression.this)))
            return copy
        return self._rebuilt(node)

    def _aggregate(self, node: Scalar) -> str:
        for id in self.aggregates:
            origin = self.work.columns[id].origin
            if isinstance(origin, Aggregated) and origin.expression == node:
                return id
        if any(has_aggregate(part) for part in _arguments(node)):
            self.work.problems.append(
                SyntaxProblem(
                    detail="An aggregate cannot stand inside another; use a subquery.",
                    spans=(self.work.span(node),),
                )
            )
        id = self.work.new_column(node.sql(DUCKDB).lower(), Aggregated(node))
        self.aggregates.append(id)
        return id

    def _grouping(self, node: Scalar) -> str:
        positions = []
        for part in node.expressions:
            if part in self.key_scalars:
                positions.append(self.key_scalars.index(part))
            else:
                self.work.problems.append(
                    SyntaxProblem(detail="grouping() takes group columns.", spans=(self.work.span(node),))
                )
        id = self.work.new_column("grouping", Given())
        self.groupings[id] = tuple(positions)
        return id

    def _left_over(self, node: exp.Column) -> Scalar:
        if node.name in self.outer:
            return node
        name = self.work.columns[node.name].name
        self.work.problems.append(
            SyntaxProblem(
                detail=f"{name} must stand in GROUP BY or inside an aggregate.", spans=(self.work.span(node),)
            )
        )
        return node

    def _subquery(self, node: exp.Placeholder) -> Scalar:
        """A subquery beside aggregates must not look at the single rows under them."""
        made = self.work.subqueries[node.name]
        if made.outer - self.outer or (made.operand is not None and column_ids(made.operand) - self.outer):
            self.work.problems.append(
                FunctionNotAllowed(
                    detail="A subquery beside aggregates cannot refer to columns of the query around it.",
                    spans=(made.span,),
                )
            )
        return node
