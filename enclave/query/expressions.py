"""Bind the names inside one scalar expression."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.problems import Problem, SyntaxProblem, UnknownField
from enclave.query.aggregates import is_aggregate
from enclave.query.functions import by_first_name
from enclave.query.near_names import did_you_mean, near_names
from enclave.query.pivot_lists import plain_condition
from enclave.query.pivots import OF_PIVOT
from enclave.query.places import placed_at, placed_like
from enclave.query.relations import Scalar, Subquery, SubqueryKind, column, inherit_place, placeholder
from enclave.query.scopes import Scope, Work
from enclave.query.source_names import names_of_source
from enclave.query.source_names import renamed as renamed_field
from enclave.terms import Edit, Fix


@dataclass(slots=True)
class Binder:
    """Binds expressions of one SELECT. `aliases` are the select items defined so far, already bound.

    `aliases_first` is DuckDB's rule for ORDER BY: there an output name wins over a column.
    """

    work: Work
    scope: Scope
    subquery: "Callable[[exp.Expr, SubqueryKind, Scalar | None, Scope, Scalar], Subquery]"
    aliases: dict[str, Scalar] = field(default_factory=dict)

    def bind(self, node: Scalar, *, aliases_first: bool = False) -> Scalar:
        """A copy of the expression in which every column is an id and every subquery a placeholder."""
        match node:
            case exp.Column():
                return self._column(node, aliases_first=aliases_first)
            case exp.Paren():
                return self.bind(node.this, aliases_first=aliases_first)
            case exp.Subquery():
                return self._placeholder(node, node.this, SubqueryKind.SCALAR, None)
            case exp.Exists():
                return self._placeholder(node, node.this, SubqueryKind.EXISTS, None)
            case exp.In() if node.args.get("query") is not None:
                operand = self.bind(node.this, aliases_first=aliases_first)
                inner = node.args["query"]
                inner = inner.this if isinstance(inner, exp.Subquery) else inner
                return self._placeholder(node, inner, SubqueryKind.IN, operand)
            case exp.NullSafeEQ() if OF_PIVOT in node.meta:
                return plain_condition(self._rebuilt(node, aliases_first=aliases_first), self.work)
            case _:
                return self._rebuilt(node, aliases_first=aliases_first)

    def _rebuilt(self, node: Scalar, *, aliases_first: bool) -> Scalar:
        self.work.count(1)
        args: dict[str, object] = {}
        for name, value in node.args.items():
            if isinstance(value, exp.Expr):
                args[name] = self.bind(value, aliases_first=aliases_first)
            elif isinstance(value, list):
                args[name] = [
                    self.bind(item, aliases_first=aliases_first) if isinstance(item, exp.Expr) else item
                    for item in value
                ]
            else:
                args[name] = value
        rebuilt = by_first_name(type(node)(**args))
        placed_like(rebuilt, node)
        if isinstance(node, exp.Case | exp.Cast | exp.Window) or is_aggregate(
            node
        ):  # the parser has lost where such a call begins
            place = self.work.span(node)
            placed_at(rebuilt, (place.start, place.end))
        return rebuilt

    def _placeholder(
        self, node: Scalar, inner: exp.Expr, kind: SubqueryKind, operand: Scalar | None
    ) -> exp.Placeholder:
        made = self.subquery(inner, kind, operand, self.scope, node)
        return placeholder(made.id, like=node)

    def _column(self, node: exp.Column, *, aliases_first: bool) -> Scalar:
        name, qualifier = node.name, node.table or None
        alias = self.aliases.get(name.lower()) if qualifier is None else None
        if alias is not None and aliases_first:
            return self._alias(alias)
        found, scope = self._search(name, qualifier)
        if len(found) == 1:
            self._note_outer(found[0], scope)
            return column(found[0], like=node)
        if len(found) > 1:
            return self._problem(self._ambiguous(node))
        if alias is not None:
            return self._alias(alias)
        return self._by_source_name(node)

    def _by_source_name(self, node: exp.Column) -> Scalar:
        """The column whose field the source calls so."""
        names = names_of_source(self.work.catalogue, node.name)
        scope: Scope | None = self.scope if names else None
        while scope is not None:
            found = {
                item.column: (item.name, name)
                for source in scope.sources
                if not node.table or source.alias.lower() == node.table.lower()
                for item in source.columns
                for name in names
                if self.work.rewrites.field_ref(item.column) == name.field
            }
            if len(found) == 1:
                ((id, (real, name)),) = found.items()
                self.work.source_names.append(renamed_field(node, real, name, self.work.span(node.this)))
                self._note_outer(id, scope)
                return column(id, like=node)
            if found:
                return self._problem(self._ambiguous(node))
            scope = scope.parent
        return self._problem(self._unknown(node))

    def _alias(self, alias: Scalar) -> Scalar:
        self.work.count(sum(1 for _ in alias.walk()))
        return alias.copy()

    def _search(self, name: str, qualifier: str | None) -> tuple[tuple[str, ...], Scope]:
        scope: Scope | None = self.scope
        while scope is not None:
            found = scope.find(name, qualifier)
            if found:
                return found, scope
            scope = scope.parent
        return (), self.scope

    def _note_outer(self, id: str, found_in: Scope) -> None:
        scope: Scope | None = self.scope
        while scope is not None and scope is not found_in:
            scope.outer.add(id)
            scope = scope.parent

    def _problem(self, problem: Problem) -> Scalar:
        self.work.problems.append(problem)
        return exp.Null()

    def _ambiguous(self, node: exp.Column) -> Problem:
        owners = [source.alias for source in self.scope.sources if source.find(node.name)]
        span = self.work.span(node)
        return SyntaxProblem(
            detail=f"{node.name} could be a column of {' or of '.join(owners)}.",
            spans=(span,),
            fixes=tuple(
                Fix(f"Take the one of {owner}", (Edit(span.start, span.start, f"{owner}."),))
                for owner in owners[:1]
            ),
        )

    def _unknown(self, node: exp.Column) -> Problem:
        span = self.work.span(node)
        scopes = self._scopes()
        if node.table and not any(scope.has_source(node.table) for scope in scopes):
            return UnknownField(
                detail=f"{node.table}.{node.name}: no table or alias {node.table} stands in FROM here.",
                spans=(span,),
            )
        names = sorted({name for scope in scopes for name in scope.names()})
        close = near_names(node.name, names)
        last = self.work.span(node.this)
        fixes = tuple(Fix(f"Write {name}", (Edit(last.start, last.end, name),)) for name in close)
        detail = f"No table in this query has a field {node.name}.{did_you_mean(close)}"
        return UnknownField(detail=detail, spans=(span,), fixes=fixes)

    def _scopes(self) -> list[Scope]:
        scopes: list[Scope] = []
        scope: Scope | None = self.scope
        while scope is not None:
            scopes.append(scope)
            scope = scope.parent
        return scopes


def renamed(node: Scalar, names: Mapping[str, Scalar]) -> Scalar:
    """A copy of a bound scalar with some columns replaced by other scalars."""
    copy = node.copy()
    if isinstance(copy, exp.Column):
        return _replacement(copy, names)
    for part in list(copy.find_all(exp.Column)):
        if part.name in names:
            part.replace(_replacement(part, names))
    return copy


def _replacement(node: exp.Column, names: Mapping[str, Scalar]) -> Scalar:
    if node.name not in names:
        return node
    made = names[node.name].copy()
    if isinstance(made, exp.Column):
        inherit_place(made.this, node)
    return made
