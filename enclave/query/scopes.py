"""What can be named where, while a query is being resolved.

DuckDB folds case, quoted names included; so do we. A name is looked up in this scope, then in the ones around it
(which makes the subquery correlated).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.catalogue.model import Catalogue
from enclave.problems import Problem, TooComplex
from enclave.query.parse import Parsed
from enclave.query.relations import Column, Origin, Relation, Rewrites, Scalar, Subquery, stretch
from enclave.query.source_names import Renamed
from enclave.terms import Span

MOST_RELATIONS = 300
"""Relations in one query, a CTE counted at each use."""
MOST_NODES = 40_000
"""Nodes of scalar trees after aliases are put in."""


@dataclass(frozen=True, slots=True)
class Named:
    """A column as it can be named."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class Source:
    """One item of FROM: the alias by which its columns can be named, and the columns in order."""

    alias: str
    columns: tuple[Named, ...]
    by_name: Mapping[str, tuple[str, ...]] | None = None  # the same, where it is known

    def find(self, name: str) -> tuple[str, ...]:
        if self.by_name is not None:
            return self.by_name.get(name.lower(), ())
        return tuple(item.column for item in self.columns if item.name.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Bound:
    """A relation with its visible columns."""

    relation: Relation
    columns: tuple[Named, ...]


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT. `merged` are the columns that USING put together, once each, first in a star."""

    sources: list[Source] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    parent: "Scope | None" = None
    outer: set[str] = field(default_factory=set)  # columns from outside that this subquery uses

    def find(self, name: str, qualifier: str | None) -> tuple[str, ...]:
        """The candidate columns of this scope alone; more than one is ambiguous."""
        if qualifier is not None:
            named = [source for source in self.sources if source.alias.lower() == qualifier.lower()]
            return tuple(column for source in named for column in source.find(name))
        if name.lower() in self.merged:
            return (self.merged[name.lower()],)
        return tuple(column for source in self.sources for column in source.find(name))

    def has_source(self, alias: str) -> bool:
        return any(source.alias.lower() == alias.lower() for source in self.sources)

    def every_column(self) -> list[Named]:
        """The columns that a plain star stands for: merged ones where they first appear, once."""
        listed: list[Named] = []
        seen: set[str] = set()
        for source in self.sources:
            for item in source.columns:
                key = item.name.lower()
                if key in self.merged:
                    if key not in seen:
                        seen.add(key)
                        listed.append(Named(item.name, self.merged[key]))
                    continue
                listed.append(item)
        return listed

    def names(self) -> Iterable[str]:
        return (item.name for source in self.sources for item in source.columns)


@dataclass(frozen=True, slots=True)
class CommonTable:
    """A CTE: its query and the CTEs that it can see itself."""

    query: exp.Expr
    columns: tuple[str, ...]
    visible: "Mapping[str, CommonTable]"


def span_of(parsed: Parsed, node: Scalar) -> Span:
    """The place of a node in the reader's text; of a bound one, that of what it was made from."""
    if not any("stretch" in part.meta for part in node.walk() if part._meta):  # noqa: SLF001
        return parsed.places.span(node)
    found = stretch(node)
    if found is None:
        return parsed.places.span(node)
    return parsed.places.widened(*found)


@dataclass(slots=True)
class Work:
    """What one resolution builds up: columns, subqueries, problems. Lives for one call of `resolve`."""

    parsed: Parsed
    catalogue: Catalogue
    columns: dict[str, Column] = field(default_factory=dict)
    subqueries: dict[str, Subquery] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    selected: dict[str, Span] = field(default_factory=dict)  # where a bare column was first selected
    source_names: list[Renamed] = field(default_factory=list)
    relations: int = 0
    nodes: int = 0

    def new_column(self, name: str, origin: Origin) -> str:
        id = f"c{len(self.columns)}"
        self.columns[id] = Column(id, name, origin)
        return id

    def new_relation(self) -> str:
        self.relations += 1
        if self.relations > MOST_RELATIONS:
            raise TooComplex(
                detail=f"The query reads more than {MOST_RELATIONS} tables, counting each use of a WITH."
            )
        return f"t{self.relations}"

    def count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise TooComplex(detail="The query becomes too large once its names are put in.")

    def span(self, node: Scalar) -> Span:
        return span_of(self.parsed, node)

    @property
    def rewrites(self) -> Rewrites:
        return Rewrites(self.columns)
