"""The state of one cut: what has been found so far, and the judgement of every scalar over people's rows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.problems import (
    EncodesPeople,
    FunctionNotAllowed,
    MixesPeople,
    Problem,
    ValueOfOnePerson,
)
from enclave.query.authorise import Authorised
from enclave.query.conditions import fields_in
from enclave.query.inside import (
    KEY_LINKS,
    Objection,
    is_key,
    objections,
    off_cuts,
)
from enclave.query.leaves import Leaf
from enclave.query.open_rows import Open, provided, unique_sets
from enclave.query.people_rows import (
    Base,
    People,
    counts_units,
)
from enclave.query.protected import Inner, Remainder
from enclave.query.relations import (
    Aggregated,
    Column,
    Defined,
    Given,
    Query,
    Relation,
    Scalar,
    StepRef,
    Subquery,
)
from enclave.query.scopes import span_of
from enclave.terms import Span


@dataclass(slots=True)
class Cutting:
    authorised: Authorised
    rows: "Callable[[Relation, list[Scalar]], People | Open]"
    listed: "Callable[[People | Open, tuple[str, ...], Span], Open]"
    looked_up: "Callable[[Subquery], tuple[Relation, Scalar, frozenset[str]]]"
    summarised: "Callable[[Subquery, People], tuple[People, Scalar]]"
    columns: dict[str, Column] = field(init=False)
    steps: list[Leaf | Remainder] = field(default_factory=list)
    inners: dict[str, Inner] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bases: dict[str, Base] = field(default_factory=dict)
    off_cuts: list[Span] = field(default_factory=list)
    by_safe: set[str] = field(default_factory=set)
    around: list[People | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = dict(self.query.columns)

    @property
    def query(self) -> Query:
        return self.authorised.resolved.query

    def span(self, node: Scalar) -> Span:
        return span_of(self.authorised.resolved.parsed, node)

    def materialised(self, other: Open) -> Relation:
        """An open relation that people's rows can be joined with: safe tables are made by a step of their own."""
        if not other.steps:
            return other.relation
        if isinstance(other.relation, StepRef):
            return other.relation
        id = self.new_step()
        columns = tuple(sorted(provided(other.relation), key=lambda name: int(name[1:])))
        self.steps.append(Remainder(id, other.relation, columns))
        return StepRef(id, columns, unique_sets(other.relation))

    def new_step(self) -> str:
        return f"step_{len(self.steps) + 1}"

    def check_arguments(self, scalar: Scalar, call: Scalar, people: People) -> None:
        """What an aggregate looks at; the bare key can be counted and nothing else."""
        for part in arguments(scalar):
            if isinstance(part, exp.Star) or (counts_units(part, people) and isinstance(call, exp.Count)):
                continue
            if people.key_ids(part):
                self.object(Objection("key", part, "The key that identifies a person is never a value."))
            self.check(part, people)

    def not_correlated(self, people: People, span: Span, *, within_condition: bool) -> None:
        if people.correlations and not within_condition:
            raise MixesPeople(
                detail="A subquery over people that refers to the query around it must be EXISTS or IN on the key. "
                "Aggregate in a WITH and join the result instead.",
                spans=(span,),
            )

    def new_column(self, name: str, origin: Defined | Aggregated | Given) -> str:
        id = f"c{len(self.columns)}"
        self.columns[id] = Column(id, name, origin)
        return id

    def check_condition(self, node: Scalar, people: People) -> None:
        """A whole condition, or a value that is compared: there the bare key is a value."""
        if is_key(node, self.in_sight(people)):
            self.object(Objection("key", node, KEY_LINKS))
        self.check(node, people)

    def in_sight(self, people: People) -> People:
        """The rows with the columns of the people around the subquery."""
        if not self.around or self.around[-1] is None:
            return people
        outer = self.around[-1]
        return replace(people, bases={**outer.bases, **people.bases}, keys=outer.keys | people.keys)

    def check(self, node: Scalar, people: People) -> None:
        people = self.in_sight(people)
        for objection in objections(node, people):
            self.object(objection)
        self.off_cuts.extend(self.span(part) for part in off_cuts(node, people))

    def object(self, objection: Objection) -> None:
        kinds: dict[str, type[Problem]] = {
            "key": ValueOfOnePerson,
            "encodes": EncodesPeople,
            "function": FunctionNotAllowed,
        }
        span = self.span(objection.node)
        if not any(problem.spans == (span,) for problem in self.problems):
            self.problems.append(kinds[objection.rule](detail=objection.detail, spans=(span,)))


def population_fields(people: People) -> frozenset[Field]:
    """Fields that decide whether a person has a row here at all: its filters, and being in the table."""
    found = [fields_in(part, people) for part in people.filters]
    keys = [people.bases[id].fields for id in people.keys]
    return frozenset[Field]().union(*found, *keys)


def arguments(node: Scalar) -> list[Scalar]:
    """The scalars inside an aggregate which are evaluated on rows."""
    if isinstance(node, exp.Filter):
        return [node.expression.this, *arguments(node.this)]
    return [part for child in node.iter_expressions() for part in _evaluated(child)]


def _evaluated(node: Scalar) -> list[Scalar]:
    """What an aggregate takes, and what it orders by: `first(x ORDER BY y)` looks at both."""
    if isinstance(node, exp.Order):
        taken = [] if node.this is None else _evaluated(node.this)
        return [*taken, *(ordered.this for ordered in node.expressions)]
    if isinstance(node, exp.AnyValue):  # sqlglot puts it into IGNORE NULLS
        return arguments(node)
    return list(node.expressions) if isinstance(node, exp.Distinct) else [node]
