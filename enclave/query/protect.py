"""Type every relation, cut the query at its leaves, and say what each leaf needs to be protected.

`rows()` goes bottom-up. Rows of people stay `People` until an aggregate without the unit key turns them into a leaf;
from there on the relation is `Open`: public and safe tables, on which ordinary SQL may do anything. A step of the plan
is a leaf, or a remainder that people's rows are joined with or filtered by. Unknown combinations are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass
from enclave.problems import (
    ChoosesRows,
    EncodesPeople,
    FunctionNotAllowed,
    IndividualRows,
    MixesPeople,
    Problem,
    Refusals,
    ValueOfOnePerson,
)
from enclave.query.authorise import Authorised
from enclave.query.conditions import determined, fields_in, paths, selectors
from enclave.query.expressions import renamed
from enclave.query.inside import (
    CONSTANT,
    KEY_LINKS,
    LOOKED_UP,
    Objection,
    has_measure,
    is_key,
    objections,
    off_cuts,
    off_numbers,
)
from enclave.query.leaves import Leaf, Number, always_grouped, is_proven, number
from enclave.query.people_rows import (
    FLOATING,
    Base,
    Conditional,
    Kind,
    Linked,
    People,
    Size,
    Summary,
    defined,
    kept,
    kind_of,
    linked,
)
from enclave.query.products import products, weighed
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Column,
    Defined,
    Distinct,
    Extend,
    Filter,
    Given,
    Join,
    JoinKind,
    Limit,
    Output,
    Query,
    Relation,
    Rewrites,
    Rows,
    Scalar,
    Scan,
    SetKind,
    SetOperation,
    Sort,
    StepRef,
    Subquery,
    SubqueryKind,
    column,
    column_id,
    column_ids,
    conjuncts,
    placeholder,
)
from enclave.query.scopes import span_of
from enclave.query.sizes import SUM_DIGITS, size_of, sums_fit
from enclave.terms import Fix, Span


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A relation without people's rows: public tables, literals and the safe tables of earlier steps."""

    relation: Relation
    steps: frozenset[str]  # the steps it reads; empty for public data


@dataclass(frozen=True, slots=True, eq=False)
class Remainder:
    """A step that turns safe tables into another safe table, for people's rows to be compared with."""

    id: str
    relation: Relation
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """A subquery as it stands in the plan: over people's rows of the same unit, or over an open relation."""

    kind: SubqueryKind
    people: People | None
    relation: Relation | None
    output: Scalar | None
    operand: Scalar | None


@dataclass(frozen=True, slots=True, eq=False)
class Protected:
    """A query cut into steps and a last remainder. Made only by `protect`."""

    authorised: Authorised
    query: Query
    columns: Mapping[str, Column]
    steps: tuple[Leaf | Remainder, ...]
    final: Relation
    subqueries: Mapping[str, Inner]
    bases: Mapping[str, Base]
    off_cuts: tuple[Span, ...]
    by_safe: frozenset[str]  # leaves over people filtered by or joined to safe tables: incomplete


def protect(authorised: Authorised) -> Protected:
    """Cut an authorised query at its leaves.

    Raises:
        Refusals: everything by which the query would show, compare or spell out single people.
    """
    protector = _Protector(authorised)
    try:
        result = protector.rows(authorised.resolved.query.relation, [])
    except Problem as problem:
        raise Refusals((*protector.problems, problem)) from None
    if isinstance(result, People):
        protector.individual_rows(result)
    if protector.problems:
        raise Refusals(tuple(protector.problems))
    assert isinstance(result, Open), "rows of people were refused above"
    return Protected(
        authorised=authorised,
        query=protector.query,
        columns=protector.columns,
        steps=tuple(protector.steps),
        final=result.relation,
        subqueries=protector.inners,
        bases=protector.bases,
        off_cuts=tuple(protector.off_cuts),
        by_safe=frozenset(protector.by_safe),
    )


@dataclass(slots=True)
class _Protector:
    authorised: Authorised
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

    # Relations

    def rows(self, relation: Relation, pending: list[Scalar]) -> People | Open:
        """Type a relation. `pending` are conditions from above that may be met below; those met are taken out."""
        match relation:
            case Scan():
                return self._met(self._scan(relation), pending)
            case Rows() | StepRef():
                return Open(relation, frozenset())
            case Filter():
                return self._filter(relation, pending)
            case Extend():
                return self._extend(relation, pending)
            case Join():
                return self._join(relation, pending)
            case Aggregate():
                return self._aggregate(relation)
            case Distinct():
                return self._distinct(relation)
            case SetOperation():
                return self._set_operation(relation)
            case Sort():
                return self._sort(relation)
            case Limit():
                return self._limit(relation)

    def _scan(self, relation: Scan) -> People | Open:
        table = relation.table
        if table.unit is None:
            if table.tier_3:
                raise FunctionNotAllowed(
                    detail=f"{table.name} holds small counts and is not offered in this version.",
                    spans=(relation.span,),
                )
            return Open(relation, frozenset())
        assert table.key is not None, "the catalogue gives every table of people a key"
        key = relation.columns[table.key]
        bases = {
            id: _base(id, table.fields[name], name == table.key) for name, id in relation.columns.items()
        }
        self.bases.update(bases)
        plain = [grain for grain in table.grain if grain.where is None]
        return People(
            relation=relation,
            bases=bases,
            definitions={},
            key=column(key),
            keys=frozenset({key}),
            cluster=relation.columns[table.cluster.by] if table.cluster is not None else None,
            grain=tuple(frozenset(relation.columns[name] for name in grain.columns) for grain in plain),
            conditional=tuple(
                Conditional(
                    frozenset(relation.columns[name] for name in grain.columns),
                    relation.columns[grain.where.field],
                    grain.where,
                )
                for grain in table.grain
                if grain.where is not None
            ),
            constants=self._single_year(relation),
            equal={},
            copied=False,
            nullable=frozenset(),
            filters=(),
            correlations=(),
            by_safe=False,
            nobody=False,
            subquery_fields={},
            span=relation.span,
        )

    def _single_year(self, relation: Scan) -> frozenset[str]:
        """A project with one year of a table has one value in its year column."""
        year = relation.table.year
        grant = self.authorised.policy.table(relation.table.name)
        if year is not None and grant is not None and grant.years is not None and len(grant.years) == 1:
            return frozenset({relation.columns[year.field]})
        return frozenset()

    def _met(self, typed: People | Open, pending: list[Scalar]) -> People | Open:
        """Apply those pending conditions that this relation can answer alone."""
        own = self._provided(typed)
        for condition in list(pending):
            used = column_ids(condition)
            if used and used <= own and not list(condition.find_all(exp.Placeholder)):
                pending[:] = [other for other in pending if other is not condition]
                typed = self._filtered(typed, condition)
        return typed

    def _provided(self, typed: People | Open) -> frozenset[str]:
        if isinstance(typed, People):
            return frozenset(typed.bases) | frozenset(typed.definitions)
        return provided(typed.relation)

    def _filter(self, relation: Filter, pending: list[Scalar]) -> People | Open:
        own = list(conjuncts(relation.condition))
        together = [*pending, *own]
        typed = self.rows(relation.source, together)
        left = {id(condition) for condition in together}
        pending[:] = [condition for condition in pending if id(condition) in left]
        for condition in own:
            if id(condition) in left:
                typed = self._filtered(typed, condition)
        return typed

    def _filtered(self, typed: People | Open, condition: Scalar) -> People | Open:
        if isinstance(typed, Open):
            inner, steps = self._open_scalar(condition)
            return Open(Filter(typed.relation, inner), typed.steps | steps)
        people, inner = self._people_scalar(condition, typed)
        self._check_condition(inner, people)
        return kept(people, inner)

    def _extend(self, relation: Extend, pending: list[Scalar]) -> People | Open:
        typed = self.rows(relation.source, pending)
        if isinstance(typed, Open):
            steps = typed.steps
            for id in relation.columns:
                origin = self.columns[id].origin
                assert isinstance(origin, Defined), "Extend adds defined columns"
                inner, more = self._open_scalar(origin.expression)
                self.columns[id] = replace(self.columns[id], origin=Defined(inner))
                steps |= more
            return Open(Extend(typed.relation, relation.columns), steps)
        people = typed
        for id in relation.columns:
            origin = self.columns[id].origin
            assert isinstance(origin, Defined), "Extend adds defined columns"
            if next(origin.expression.find_all(exp.Window), None) is not None:
                raise MixesPeople(
                    detail="A window over people's rows carries values from one person to another. Aggregate first, "
                    "then use the window on the result.",
                    spans=(self.span(origin.expression),),
                )
            people, inner = self._people_scalar(origin.expression, people)
            people = defined(people, {id: inner})
        return self._met(people, pending)

    # Joins

    def _join(self, relation: Join, pending: list[Scalar]) -> People | Open:
        on = list(conjuncts(relation.condition))
        left_on = on if relation.kind in (JoinKind.INNER, JoinKind.RIGHT) else []
        right_on = on if relation.kind in (JoinKind.INNER, JoinKind.LEFT) else []
        inner = relation.kind in (JoinKind.INNER, JoinKind.CROSS)
        left = self._side(
            relation.left, pending if inner or relation.kind is JoinKind.LEFT else [], left_on, on
        )
        right = self._side(
            relation.right, pending if inner or relation.kind is JoinKind.RIGHT else [], right_on, on
        )
        if isinstance(left, Open) and isinstance(right, Open):
            return self._open_join(relation, left, right, on)
        if isinstance(left, People) and isinstance(right, People):
            return self._people_join(relation, left, right, on, pending if inner else [])
        return self._public_join(relation, left, right, on)

    def _side(
        self, relation: Relation, pending: list[Scalar], usable: list[Scalar], on: list[Scalar]
    ) -> People | Open:
        """One side of a join, with the conditions that it alone can answer."""
        together = [*pending, *usable]
        typed = self.rows(relation, together)
        left = {id(condition) for condition in together}
        pending[:] = [condition for condition in pending if id(condition) in left]
        used = [condition for condition in usable if id(condition) not in left]
        on[:] = [condition for condition in on if all(condition is not other for other in used)]
        return typed

    def _open_join(self, relation: Join, left: Open, right: Open, on: list[Scalar]) -> Open:
        condition, steps = self._open_scalar(_and(on)) if on else (None, frozenset())
        kind = relation.kind
        if condition is None and kind is not JoinKind.CROSS:
            condition = exp.true()
        joined = Join(left.relation, right.relation, kind, condition, relation.span)
        return Open(joined, left.steps | right.steps | steps)

    def _people_join(
        self, relation: Join, left: People, right: People, on: list[Scalar], pending: list[Scalar]
    ) -> People:
        both = replace(
            left,
            bases={**left.bases, **right.bases},
            definitions={**left.definitions, **right.definitions},
            keys=left.keys | right.keys,
            nullable=left.nullable | right.nullable,
            subquery_fields={**left.subquery_fields, **right.subquery_fields},
        )
        parts = [both.inline(part) for part in [*on, *pending]]
        pairs = [pair for part in parts if (pair := _pair(part, left, right)) is not None]
        if not any(one in left.keys and other in right.keys for one, other in pairs):
            raise self._unlinked(relation, right)
        condition: Scalar | None = None
        for part in on:
            both, inlined = self._people_scalar(part, both)
            self._check_condition(inlined, both)
            condition = inlined if condition is None else exp.And(this=condition, expression=inlined)
        kind = JoinKind.INNER if relation.kind is JoinKind.CROSS else relation.kind
        joined = linked(left, right, kind, condition if condition is not None else exp.true(), pairs=pairs)
        definitions = {**joined.definitions, **_guarded(left, right, kind)}
        joined = replace(joined, definitions=definitions, subquery_fields=both.subquery_fields)
        return self._missing_tells(joined, left, right, condition)

    def _missing_tells(self, joined: People, left: People, right: People, condition: Scalar | None) -> People:
        """A null where an outer join found no row tells what the other side was filtered by, and of being in it."""
        bases = dict(joined.bases)
        on = fields_in(condition, joined) if condition is not None else frozenset[Field]()
        for side in (left, right):
            gone = side.bases.keys() & joined.nullable
            fields = self._population_fields(side) | on
            bases.update({id: replace(bases[id], fields=bases[id].fields | fields) for id in gone})
        return replace(joined, bases=bases)

    def _unlinked(self, relation: Join, right: People) -> Problem:
        key = self.columns[next(iter(right.keys))].name
        return MixesPeople(
            detail=f"Rows of people are joined without {key} = {key}, so that one person's row meets another's. "
            f"Join on {key}, or aggregate one side first and join the result.",
            spans=(relation.span,),
            fixes=(Fix(f"Add {key} to the ON or USING of this join"),),
        )

    def _public_join(
        self, relation: Join, left: People | Open, right: People | Open, on: list[Scalar]
    ) -> People:
        people, other = (left, right) if isinstance(left, People) else (right, left)
        assert isinstance(people, People), "one side is people"
        assert isinstance(other, Open), "the other is open"
        flipped = isinstance(left, Open)
        kind = _flipped(relation.kind) if flipped else relation.kind
        table = self._materialised(other)
        ids = provided(table)
        safe = bool(other.steps)
        written = self._writes_numbers(table)
        joined = replace(people, bases={**people.bases, **_public_bases(table, ids, written=written)})
        condition: Scalar | None = None
        for part in on:
            joined, inlined = self._people_scalar(part, joined)
            self._check_condition(inlined, joined)
            condition = inlined if condition is None else exp.And(this=condition, expression=inlined)
        if condition is None and kind is not JoinKind.CROSS:
            condition = exp.true()
        joined = self._looked_up(joined, ids, condition)
        equated = {
            two for part in conjuncts(condition) if (two := self._equated(part, ids, joined)) is not None
        }
        single = any(unique <= equated for unique in unique_sets(table))
        nullable = frozenset(ids) if kind in (JoinKind.LEFT, JoinKind.FULL) else frozenset()
        if kind in (JoinKind.RIGHT, JoinKind.FULL):
            nullable |= frozenset(people.bases)
        link = Linked(people.relation, table, kind, condition)
        return replace(
            joined,
            relation=link if not flipped else Linked(table, people.relation, relation.kind, condition),
            grain=people.grain if single and kind in (JoinKind.INNER, JoinKind.LEFT) else (),
            conditional=people.conditional if single and kind in (JoinKind.INNER, JoinKind.LEFT) else (),
            copied=people.copied or not single,
            constants=people.constants
            if kind in (JoinKind.INNER, JoinKind.LEFT, JoinKind.CROSS)
            else frozenset(),
            nullable=people.nullable | nullable,
            by_safe=people.by_safe or (safe and kind in (JoinKind.INNER, JoinKind.CROSS)),
            nobody=people.nobody or kind in (JoinKind.RIGHT, JoinKind.FULL),
            filters=(*people.filters, *conjuncts(condition)) if kind is JoinKind.INNER else people.filters,
        )

    def _equated(self, part: Scalar, ids: frozenset[str], joined: People) -> str | None:
        """The public column of which the condition lets one value through, for each row of people."""
        if not isinstance(part, exp.EQ):
            return None
        for one, other in ((part.this, part.expression), (part.expression, part.this)):
            id = column_id(one)
            if id is not None and id in ids and not column_ids(other) & ids:
                field = Rewrites(self.columns).field(id)
                if field is not None and _tells_one(field, other, joined):
                    return id
        return None

    def _looked_up(self, joined: People, ids: frozenset[str], condition: Scalar | None) -> People:
        """A looked-up value tells of the people's fields by which it was found."""
        if condition is None:
            return joined
        fields = fields_in(condition, joined)
        bases = {id: replace(joined.bases[id], fields=joined.bases[id].fields | fields) for id in ids}
        return replace(joined, bases={**joined.bases, **bases})

    def _materialised(self, other: Open) -> Relation:
        """An open relation that people's rows can be joined with: safe tables are made by a step of their own."""
        if not other.steps:
            return other.relation
        if isinstance(other.relation, StepRef):
            return other.relation
        id = self._new_step()
        columns = tuple(sorted(provided(other.relation), key=lambda name: int(name[1:])))
        self.steps.append(Remainder(id, other.relation, columns))
        return StepRef(id, columns, unique_sets(other.relation))

    def _new_step(self) -> str:
        return f"step_{len(self.steps) + 1}"

    # Aggregates

    def _aggregate(self, relation: Aggregate) -> People | Open:
        typed = self.rows(relation.source, [])
        if isinstance(typed, Open):
            return self._open_aggregate(relation, typed)
        if relation.summary:
            return self._summary(relation, typed)
        return self._leaf(relation, typed)

    def _open_aggregate(self, relation: Aggregate, typed: Open) -> Open:
        steps = typed.steps
        for id in (*relation.keys, *relation.aggregates):
            origin = self.columns[id].origin
            assert isinstance(origin, Defined | Aggregated), "keys and aggregates have expressions"
            inner, more = self._open_scalar(origin.expression)
            self.columns[id] = replace(self.columns[id], origin=type(origin)(inner))
            steps |= more
        return Open(replace(relation, source=typed.relation), steps)

    def _summary(self, relation: Aggregate, people: People) -> People:
        """GROUP BY with the key: a row per person, whose columns are new base columns."""
        self._not_correlated(people, relation.span, within_condition=True)
        keys: list[tuple[str, Scalar]] = []
        bases: dict[str, Base] = {}
        key_ids: set[str] = set()
        for id in relation.keys:
            origin = self.columns[id].origin
            assert isinstance(origin, Defined), "keys are defined columns"
            people, scalar = self._people_scalar(origin.expression, people)
            self._check(scalar, people)
            keys.append((id, scalar))
            bases[id] = self._key_base(id, scalar, people)
            if people.key_ids(scalar):
                key_ids.add(id)
        self._one_person_each([scalar for id, scalar in keys if id in key_ids], people, relation.span)
        aggregates: list[tuple[str, Scalar]] = []
        for id in relation.aggregates:
            people, scalar, base = self._summary_aggregate(id, people)
            base, witnesses = self._witnesses(base, scalar, people)
            aggregates.append((id, scalar))
            bases[id] = base
            for witness, made, made_base in witnesses:
                aggregates.append((witness, made))
                bases[witness] = made_base
        self.bases.update(bases)
        key = min(key_ids)
        return People(
            relation=Summary(people.relation, tuple(keys), tuple(aggregates)),
            bases=bases,
            definitions={},
            key=column(key),
            keys=frozenset(key_ids),
            cluster=next((id for id, scalar in keys if column_id(scalar) == people.cluster), None),
            grain=(frozenset(id for id, _ in keys),),
            conditional=(),
            constants=frozenset(),
            equal={},
            copied=people.copied and any(_reads_public(scalar, people) for _, scalar in keys),
            nullable=frozenset(id for id in key_ids if people.nullable & column_ids(dict(keys)[id])),
            filters=(),
            correlations=people.correlations,
            by_safe=people.by_safe,
            nobody=people.nobody,
            subquery_fields=people.subquery_fields,
            span=relation.span,
        )

    def _one_person_each(self, keys: list[Scalar], people: People, span: Span) -> None:
        """A key which an outer join may leave null would put many people into one row."""
        if all(column_ids(key) & people.nullable for key in keys):
            raise MixesPeople(
                detail="After this outer join the key may be missing, and everybody without one would be one row. "
                "Group by the key of the table that keeps all its rows.",
                spans=(span,),
            )

    def _key_base(self, id: str, scalar: Scalar, people: People) -> Base:
        """A group column of a person's summary. A computed one is a band: its values weigh like a selector's."""
        inner = people.bases.get(column_id(scalar) or "")
        if inner is not None:
            fields = inner.fields | (self._population_fields(people) if inner.key else frozenset())
            return replace(inner, id=id, fields=fields)
        fields = fields_in(scalar, people)
        made = Base(
            id, fields, None, code=_only_codes(scalar, people), public=not fields, key=False, boolean=False
        )
        return made if made.code or made.public else replace(made, inner_selectors=(id,))

    def _summary_aggregate(self, id: str, people: People) -> tuple[People, Scalar, Base]:
        origin = self.columns[id].origin
        assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
        people, scalar = self._people_scalar(origin.expression, people)
        call = scalar.this if isinstance(scalar, exp.Filter) else scalar
        self._check_arguments(scalar, call, people)
        boolean = isinstance(call, exp.LogicalOr | exp.LogicalAnd)
        code = boolean or _keeps_codes(call, people)
        fields = fields_in(scalar, people)
        fields |= self._population_fields(people)
        return people, scalar, Base(id, fields, None, code, False, False, boolean)

    def _check_arguments(self, scalar: Scalar, call: Scalar, people: People) -> None:
        """What an aggregate looks at; the bare key can be counted and nothing else."""
        for part in _arguments(scalar):
            if isinstance(part, exp.Star) or (people.key_ids(part) and isinstance(call, exp.Count)):
                continue
            if people.key_ids(part):
                self._object(Objection("key", part, "The key that identifies a person is never a value."))
            self._check(part, people)

    def _population_fields(self, people: People) -> frozenset[Field]:
        """Fields that decide whether a person has a row here at all: its filters, and being in the table."""
        found = [fields_in(part, people) for part in people.filters]
        keys = [people.bases[id].fields for id in people.keys]
        return frozenset[Field]().union(*found, *keys)

    def _witnesses(
        self, base: Base, scalar: Scalar, people: People
    ) -> tuple[Base, list[tuple[str, Scalar, Base]]]:
        """Columns beside a person's summary that keep what went into it: conditions met, selectors seen, copies."""
        made: list[tuple[str, Scalar, Base]] = []
        inner_paths: list[str] = []
        inner_selectors: list[str] = []
        for found in _inner_paths(scalar, people):
            met: Scalar = exp.Coalesce(this=found.copy(), expressions=[exp.false()])
            for name, condition in (("met", met), ("unmet", exp.Not(this=met.copy()))):
                fields = fields_in(found, people)
                made.append(self._witness(name, exp.LogicalOr(this=condition), fields, boolean=True))
                inner_paths.append(made[-1][0])
        for value in _inner_selectors(scalar, people):
            for pick in (exp.Min, exp.Max):
                fields = fields_in(value, people)
                made.append(self._witness("selected", pick(this=value.copy()), fields, boolean=False))
                inner_selectors.append(made[-1][0])
        inner_terms: list[str] = []
        for term in _inner_terms(scalar, people):
            made.append(self._witness("term", term, fields_in(term, people), boolean=False))
            inner_terms.append(made[-1][0])
        if people.copied:
            made.append(self._witness("copies", exp.Count(this=exp.Star()), frozenset(), boolean=False))
            inner_selectors.append(made[-1][0])
        conditioned = bool(inner_paths) and not base.code
        base = replace(
            base,
            conditioned=conditioned,
            inner_paths=tuple(inner_paths),
            inner_selectors=tuple(inner_selectors),
            inner_terms=tuple(inner_terms),
            size=_size_of_own(scalar, self.bases),
        )
        return base, made

    def _witness(
        self, name: str, scalar: Scalar, fields: frozenset[Field], *, boolean: bool
    ) -> tuple[str, Scalar, Base]:
        id = self._new_column(name, Given())
        return id, scalar, Base(id, fields, None, True, False, False, boolean=boolean)

    def _leaf(self, relation: Aggregate, people: People) -> Open:
        self._not_correlated(people, relation.span, within_condition=False)
        keys: list[tuple[str, Scalar]] = []
        constant: list[str] = []
        positions: dict[int, int] = {}
        for place, id in enumerate(relation.keys):
            origin = self.columns[id].origin
            assert isinstance(origin, Defined), "keys are defined columns"
            people, scalar = self._people_scalar(origin.expression, people)
            self._check(scalar, people)
            if (
                relation.sets is None
                and not column_ids(scalar)
                and not list(scalar.find_all(exp.Placeholder))
            ):
                constant.append(id)
                continue
            positions[place] = len(keys)
            keys.append((id, scalar))
        return self._leaf_of(relation, people, tuple(keys), constant, positions)

    def _leaf_of(
        self,
        relation: Aggregate,
        people: People,
        keys: tuple[tuple[str, Scalar], ...],
        constant: list[str],
        positions: dict[int, int],
    ) -> Open:
        if not keys and not relation.aggregates:
            raise FunctionNotAllowed(
                detail="The query asks for no statistic: add count(*) or group by a field.",
                spans=(relation.span,),
            )
        grouped = always_grouped(keys, relation.sets)
        numbers: list[Number] = []
        for id in relation.aggregates:
            people, made = self._number(id, people, grouped)
            if made is not None:
                numbers.append(made)
        step = self._new_step()
        leaf = Leaf(
            id=step,
            people=people,
            keys=keys,
            sets=relation.sets,
            groupings={
                id: tuple(positions[place] for place in found) for id, found in relation.groupings.items()
            },
            numbers=tuple(numbers),
            one_row=not relation.grouped,
            proven=is_proven(people, keys, relation.sets),
            span=relation.span,
        )
        self.steps.append(leaf)
        if people.by_safe:
            self.by_safe.add(step)
        columns = (*(id for id, _ in keys), *relation.groupings, *relation.aggregates)
        unique = (frozenset(id for id, _ in keys),) if relation.sets is None else ()
        ref: Relation = StepRef(step, columns, unique)
        if constant:
            ref = Extend(ref, tuple(constant))
        return Open(ref, frozenset({step}))

    def _number(self, id: str, people: People, grouped: frozenset[str]) -> tuple[People, Number | None]:
        origin = self.columns[id].origin
        assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
        people, scalar = self._people_scalar(origin.expression, people)
        before = len(self.problems)
        self._check_arguments(scalar, scalar.this if isinstance(scalar, exp.Filter) else scalar, people)
        made = number(id, self.columns[id].name, scalar, people, grouped)
        if len(self.problems) > before:
            return people, None
        if isinstance(made, str):
            problem = ValueOfOnePerson if _shows_a_value(scalar) else FunctionNotAllowed
            self.problems.append(problem(detail=made, spans=(self.span(origin.expression),)))
            return people, None
        return people, made

    def _not_correlated(self, people: People, span: Span, *, within_condition: bool) -> None:
        if people.correlations and not within_condition:
            raise MixesPeople(
                detail="A subquery over people that refers to the query around it must be EXISTS or IN on the key. "
                "Aggregate in a WITH and join the result instead.",
                spans=(span,),
            )

    # Distinct, set operations, sorting

    def _distinct(self, relation: Distinct) -> People | Open:
        typed = self.rows(relation.source, [])
        if isinstance(typed, Open):
            return Open(replace(relation, source=typed.relation), typed.steps)
        with_key = any(typed.key_ids(typed.inline(column(id))) for id in relation.columns)
        aggregate = self._grouped_by(relation.columns, relation.source, relation.span, summary=with_key)
        made = self._summary(aggregate, typed) if with_key else self._leaf(aggregate, typed)
        names = dict(zip(aggregate.keys, relation.columns, strict=True))
        if isinstance(made, People):
            return defined(made, {old: column(new) for new, old in names.items()})
        return self._renamed(made, {old: new for new, old in names.items()})

    def _grouped_by(self, ids: tuple[str, ...], source: Relation, span: Span, *, summary: bool) -> Aggregate:
        keys = tuple(
            self._new_column(self.columns[id].name, Defined(column(id))) for id in dict.fromkeys(ids)
        )
        if len(keys) < len(ids):
            raise FunctionNotAllowed(detail="DISTINCT has the same column twice.", spans=(span,))
        return Aggregate(source, keys, (), None, {}, summary, grouped=True, span=span)

    def _renamed(self, typed: Open, names: Mapping[str, str]) -> Open:
        """Let columns above go on under the ids by which they are known there."""
        for old, new in names.items():
            self.columns[new] = replace(self.columns[new], origin=Given())
            self.columns[old] = replace(self.columns[old], origin=Defined(column(new)))
        return Open(Extend(typed.relation, tuple(names)), typed.steps)

    def _new_column(self, name: str, origin: Defined | Given) -> str:
        id = f"c{len(self.columns)}"
        self.columns[id] = Column(id, name, origin)
        return id

    def _set_operation(self, relation: SetOperation) -> People | Open:
        left, right = self.rows(relation.left, []), self.rows(relation.right, [])
        people = [side for side in (left, right) if isinstance(side, People)]
        if people and relation.kind is SetKind.UNION_ALL:
            raise FunctionNotAllowed(
                detail="UNION ALL of people's rows is not offered in this version. Aggregate each side first.",
                spans=(relation.span,),
            )
        sides = [
            self._safe_side(side, columns, relation.span)
            for side, columns in ((left, relation.left_columns), (right, relation.right_columns))
        ]
        made = replace(relation, left=sides[0].relation, right=sides[1].relation)
        return Open(made, sides[0].steps | sides[1].steps)

    def _safe_side(self, side: People | Open, columns: tuple[str, ...], span: Span) -> Open:
        """One side of UNION, INTERSECT or EXCEPT: of people, it is the protected list of its distinct rows."""
        if isinstance(side, Open):
            return side
        if any(side.key_ids(side.inline(column(id))) for id in columns):
            raise FunctionNotAllowed(
                detail="UNION, INTERSECT and EXCEPT on the key are not offered in this version; use IN or EXISTS.",
                spans=(span,),
            )
        aggregate = self._grouped_by(columns, Rows((), ((),)), span, summary=False)
        made = self._leaf(aggregate, side)
        return self._renamed(made, dict(zip(columns, aggregate.keys, strict=True)))

    def _sort(self, relation: Sort) -> People | Open:
        typed = self.rows(relation.source, [])
        if isinstance(typed, People):
            return typed  # order among people's rows means nothing until rows are chosen by it
        orders = []
        steps = typed.steps
        for order in relation.orders:
            inner, more = self._open_scalar(order.expression)
            orders.append(replace(order, expression=inner))
            steps |= more
        return Open(Sort(typed.relation, tuple(orders)), steps)

    def _limit(self, relation: Limit) -> People | Open:
        typed = self.rows(relation.source, [])
        if isinstance(typed, Open):
            return Open(replace(relation, source=typed.relation), typed.steps)
        raise ChoosesRows(
            detail="LIMIT and OFFSET over people's rows pick out single people. Aggregate first; the answer may be "
            "limited.",
            spans=(relation.span,),
        )

    # Scalars

    def _open_scalar(self, node: Scalar) -> tuple[Scalar, frozenset[str]]:
        """A scalar over an open relation, its subqueries made open; what it takes from people outside is judged."""
        copy = node.copy()
        self._no_distant_people(copy)
        outer = self.around[-1] if self.around else None
        if outer is not None:
            copy = renamed(copy, outer.definitions)
            own = column_ids(copy) - outer.bases.keys()
            public = {id: Base(id, frozenset(), None, True, True, False, boolean=False) for id in own}
            self._check_condition(copy, replace(outer, bases={**outer.bases, **public}))
        steps: frozenset[str] = frozenset()
        for part in list(copy.find_all(exp.Placeholder)):
            if part.name not in self.query.subqueries:  # it came with a computed column of the people outside
                raise FunctionNotAllowed(
                    detail="A column that is computed by a subquery cannot be used inside another one.",
                    spans=(self.span(node),),
                )
            steps |= self._open_subquery(self.query.subqueries[part.name])
        return copy, steps

    def _open_subquery(self, subquery: Subquery) -> frozenset[str]:
        self.around.append(None)
        typed = self.rows(subquery.relation, [])
        self.around.pop()
        if isinstance(typed, People):
            typed = self._distinct_values(subquery, typed)
        self._single(subquery, typed.relation)
        operand, steps = (
            (None, frozenset[str]()) if subquery.operand is None else self._open_scalar(subquery.operand)
        )
        output = None if subquery.output is None else column(subquery.output)
        self.inners[subquery.id] = Inner(subquery.kind, None, typed.relation, output, operand)
        return typed.steps | steps

    def _distinct_values(self, subquery: Subquery, people: People) -> Open:
        """`x IN (SELECT x FROM people)`: the list of values is a protected table."""
        if subquery.kind is not SubqueryKind.IN or subquery.output is None or people.correlations:
            detail = (
                "EXISTS over people must be linked to the person outside by the key."
                if subquery.kind is SubqueryKind.EXISTS
                else "A subquery over people used as a value must aggregate: it would be one person's value."
            )
            problem = MixesPeople if subquery.kind is SubqueryKind.EXISTS else ValueOfOnePerson
            raise problem(detail=detail, spans=(subquery.span,))
        if people.key_ids(people.inline(column(subquery.output))):
            raise MixesPeople(
                detail="The key can be compared with the key of the person outside only.",
                spans=(subquery.span,),
            )
        return self._safe_side(people, (subquery.output,), subquery.span)

    def _single(self, subquery: Subquery, relation: Relation) -> None:
        if subquery.kind is SubqueryKind.SCALAR and not _single_row(relation):
            self.problems.append(
                FunctionNotAllowed(
                    detail="A subquery used as a value must have one row: an aggregate without GROUP BY, or LIMIT 1.",
                    spans=(subquery.span,),
                )
            )

    def _people_scalar(self, node: Scalar, people: People) -> tuple[People, Scalar]:
        """A scalar over base columns of people, its subqueries typed."""
        inlined = people.inline(node)
        self._no_distant_people(inlined)
        if self.around and self.around[-1] is not None:
            inlined = renamed(inlined, self.around[-1].definitions)
        for part in list(inlined.find_all(exp.Placeholder)):
            if part.name in self.inners:
                continue
            found = self.query.subqueries[part.name]
            people, id = self._people_subquery(found, people)
            made = placeholder(id, like=part)
            if found.kind is SubqueryKind.SCALAR:
                made.set("kind", LOOKED_UP if found.outer else CONSTANT)
                relation = self.inners[id].relation
                made.meta["written"] = relation is not None and self._writes_numbers(relation)
            if part is inlined:
                inlined = made
            else:
                part.replace(made)
        return people, inlined

    def _no_distant_people(self, node: Scalar) -> None:
        """A subquery may refer to the query directly around it, not further out: there its columns are not judged."""
        for outer in self.around[:-1]:
            if outer is not None and column_ids(node) & (outer.bases.keys() | outer.definitions.keys()):
                raise FunctionNotAllowed(
                    detail="A subquery can refer to the query directly around it only.",
                    spans=(self.span(node),),
                )

    def _people_subquery(self, subquery: Subquery, people: People) -> tuple[People, str]:
        """A subquery inside a scalar over people's rows: the same person's rows, or an open relation."""
        operand = None
        if subquery.operand is not None:
            people, operand = self._people_scalar(subquery.operand, people)
        self.around.append(people)
        typed = self.rows(subquery.relation, [])
        same = isinstance(typed, People) and self._same_unit(subquery, typed, people, operand)
        if isinstance(typed, People) and same and subquery.kind is SubqueryKind.IN:
            self._compared_values(subquery, typed, people, operand)
        self.around.pop()
        id = f"s{len(self.query.subqueries) + len(self.inners)}"
        if isinstance(typed, People) and same:
            output = self._output(subquery, typed)
            inner = Inner(subquery.kind, typed, None, output, operand)
            fields = self._population_fields(typed)
            fields |= fields_in(output, typed) if output is not None else frozenset()
        else:
            if isinstance(typed, People):
                typed = self._distinct_values(subquery, typed)
            inner = self._open_inner(subquery, typed, people, operand)
            taken = [fields_in(people.inline(column(one)), people) for one in subquery.outer]
            fields = frozenset[Field]().union(*taken)
            people = replace(people, by_safe=people.by_safe or bool(typed.steps))
        if operand is not None:
            fields |= fields_in(operand, people)
        self.inners[id] = inner
        return replace(people, subquery_fields={**people.subquery_fields, id: fields}), id

    def _compared_values(
        self, subquery: Subquery, inner: People, outer: People, operand: Scalar | None
    ) -> None:
        """IN over the person's own rows: key against key, or two values that are judged like any other."""
        output = self._output(subquery, inner)
        assert output is not None, "IN compares with a column"
        assert operand is not None, "IN looks for something"
        if inner.key_ids(output) and outer.key_ids(operand):
            return
        self._check_condition(output, inner)
        self._check_condition(operand, inner)

    def _open_inner(self, subquery: Subquery, typed: Open, people: People, operand: Scalar | None) -> Inner:
        """A subquery over public or safe tables: a list to look into, or one value."""
        self._single(subquery, typed.relation)
        if typed.steps and subquery.outer:
            raise MixesPeople(
                detail="A subquery over an aggregate that refers to the query around it is not offered in this "
                "version; aggregate in a WITH and join the result.",
                spans=(subquery.span,),
            )
        if subquery.output in subquery.outer:
            raise MixesPeople(
                detail="The value of a subquery must come from its own tables.", spans=(subquery.span,)
            )
        if operand is not None:
            self._check_condition(operand, people)
            if self._writes_numbers(typed.relation) and has_measure(operand, people):
                self.off_cuts.append(subquery.span)
        output = None if subquery.output is None else column(subquery.output)
        return Inner(subquery.kind, None, self._materialised(typed), output, operand)

    def _writes_numbers(self, relation: Relation) -> bool:
        """Whether the reader wrote numbers that the relation's values are, or are moved by."""
        match relation:
            case Rows():
                return bool(relation.columns)
            case Scan():
                return False
            case StepRef():
                step = next(step for step in self.steps if step.id == relation.step)
                if isinstance(step, Leaf):
                    return any(off_numbers(number.aggregate) for number in step.numbers)
                return self._writes_numbers(step.relation)
            case Extend() | Aggregate():
                ids = relation.columns if isinstance(relation, Extend) else relation.aggregates
                made = [self.columns[id].origin for id in ids]
                written = any(
                    off_numbers(one.expression) for one in made if isinstance(one, Defined | Aggregated)
                )
                return written or self._writes_numbers(relation.source)
            case Join() | SetOperation():
                return self._writes_numbers(relation.left) or self._writes_numbers(relation.right)
            case Filter() | Distinct() | Sort() | Limit():
                return self._writes_numbers(relation.source)

    def _output(self, subquery: Subquery, people: People) -> Scalar | None:
        return None if subquery.output is None else people.inline(column(subquery.output))

    def _same_unit(self, subquery: Subquery, inner: People, outer: People, operand: Scalar | None) -> bool:
        """Whether the subquery looks at rows of the very person outside: key = key, at top level."""
        if subquery.kind is SubqueryKind.IN:
            output = self._output(subquery, inner)
            by_operand = (
                output is not None
                and inner.key_ids(output)
                and operand is not None
                and outer.key_ids(operand)
            )
            return by_operand or self._key_equated(inner, outer)
        return subquery.kind is SubqueryKind.EXISTS and self._key_equated(inner, outer)

    def _key_equated(self, inner: People, outer: People) -> bool:
        for part in inner.correlations:
            if isinstance(part, exp.EQ):
                for one, other in ((part.this, part.expression), (part.expression, part.this)):
                    if inner.key_ids(one) and outer.key_ids(other):
                        return True
        return False

    # Refusals

    def _check_condition(self, node: Scalar, people: People) -> None:
        """A whole condition, or a value that is compared: there the bare key is a value."""
        if is_key(node, self._in_sight(people)):
            self._object(Objection("key", node, KEY_LINKS))
        self._check(node, people)

    def _in_sight(self, people: People) -> People:
        """The rows with the columns of the people around the subquery."""
        if not self.around or self.around[-1] is None:
            return people
        outer = self.around[-1]
        return replace(people, bases={**outer.bases, **people.bases}, keys=outer.keys | people.keys)

    def _check(self, node: Scalar, people: People) -> None:
        people = self._in_sight(people)
        for objection in objections(node, people):
            self._object(objection)
        self.off_cuts.extend(self.span(part) for part in off_cuts(node, people))

    def _object(self, objection: Objection) -> None:
        kinds: dict[str, type[Problem]] = {
            "key": ValueOfOnePerson,
            "encodes": EncodesPeople,
            "function": FunctionNotAllowed,
        }
        span = self.span(objection.node)
        if not any(problem.spans == (span,) for problem in self.problems):
            self.problems.append(kinds[objection.rule](detail=objection.detail, spans=(span,)))

    def individual_rows(self, people: People) -> None:
        """The result would be people's rows: point at the key where it is selected, else at the first column."""
        outputs = self.query.outputs
        shown = next((output for output in outputs if self._is_key(output, people)), outputs[0])
        self.problems.append(
            IndividualRows(
                detail="The result would have a row for each person. Only statistics leave: count, sum or average "
                "over groups.",
                spans=(shown.span,),
                fixes=(Fix("Aggregate: for example SELECT ..., count(*) ... GROUP BY ..."),),
            )
        )

    def _is_key(self, output: Output, people: People) -> bool:
        return people.key_ids(people.inline(column(output.column)))


def _base(id: str, found: Field, key: bool) -> Base:
    code = found.kind is not FieldClass.MEASURE
    return Base(id, frozenset({found}), found, code, False, key, boolean=found.type == "BOOLEAN")


def _public_bases(table: Relation, ids: frozenset[str], *, written: bool) -> dict[str, Base]:
    fields = (
        {id: table.table.fields[name] for name, id in table.columns.items()}
        if isinstance(table, Scan)
        else {}
    )
    return {
        id: Base(id, frozenset(), fields.get(id), True, True, False, boolean=False, literal=written)
        for id in ids
    }


def _and(parts: list[Scalar]) -> Scalar:
    result = parts[0]
    for part in parts[1:]:
        result = exp.And(this=result, expression=part)
    return result


def _flipped(kind: JoinKind) -> JoinKind:
    return {JoinKind.LEFT: JoinKind.RIGHT, JoinKind.RIGHT: JoinKind.LEFT}.get(kind, kind)


def _pair(part: Scalar, left: People, right: People) -> tuple[str, str] | None:
    """Base columns (left, right) that the condition makes equal."""
    if not isinstance(part, exp.EQ):
        return None
    one, other = column_id(part.this), column_id(part.expression)
    if one is None or other is None:
        return None
    if one in left.bases and other in right.bases and _compare_exactly(left.bases[one], right.bases[other]):
        return one, other
    if other in left.bases and one in right.bases and _compare_exactly(left.bases[other], right.bases[one]):
        return other, one
    return None


def _compare_exactly(one: Base, other: Base) -> bool:
    """Whether equal means the same value: compared with a number, the texts '1' and '01' are equal."""
    if one.key and other.key:
        return True
    return one.field is not None and other.field is not None and kind_of(one.field) is kind_of(other.field)


def _tells_one(field: Field, other: Scalar, people: People) -> bool:
    """Whether one value of the field alone can equal a value of the scalar."""
    base = people.bases.get(column_id(other) or "")
    if base is not None and base.field is not None:
        return kind_of(base.field) is kind_of(field)
    if kind_of(field) is Kind.TEXT:
        return isinstance(other, exp.Literal) and other.is_string
    return kind_of(field) is Kind.EXACT


def _guarded(left: People, right: People, kind: JoinKind) -> dict[str, Scalar]:
    """Computed columns of a side that an outer join may leave without a row: null there, whatever they compute."""
    guarded: dict[str, Scalar] = {}
    sides = []
    if kind in (JoinKind.LEFT, JoinKind.FULL):
        sides.append(right)
    if kind in (JoinKind.RIGHT, JoinKind.FULL):
        sides.append(left)
    for side in sides:
        for id, scalar in side.definitions.items():
            if column_id(scalar) is None:
                there = exp.Not(this=exp.Is(this=side.key.copy(), expression=exp.Null()))
                guarded[id] = exp.Case(ifs=[exp.If(this=there, true=scalar.copy())])
    return guarded


def _arguments(node: Scalar) -> list[Scalar]:
    """The scalars inside an aggregate which are evaluated on rows."""
    if isinstance(node, exp.Filter):
        return [node.expression.this, *_arguments(node.this)]
    found: list[Scalar] = []
    for child in node.iter_expressions():
        found.extend(child.expressions if isinstance(child, exp.Distinct | exp.Order) else [child])
    return [part.this if isinstance(part, exp.Ordered) else part for part in found]


def _only_codes(node: Scalar, people: People) -> bool:
    bases = [people.bases[part.name] for part in node.find_all(exp.Column) if part.name in people.bases]
    return bool(bases) and all(base.code for base in bases)


def _keeps_codes(call: Scalar, people: People) -> bool:
    """Whether a person's own aggregate is a code: made of codes and looked-up values alone, and no count."""
    if isinstance(call, exp.Count):
        return False
    parts = [part for part in _arguments(call) if not isinstance(part, exp.Star)]
    if isinstance(call, exp.ArgMax | exp.ArgMin):
        parts = [call.this]
    return (
        any(_only_codes(part, people) for part in parts)
        and not any(has_measure(part, people) for part in parts)
        and not all(determined(part, people) for part in parts)
    )


def _reads_public(node: Scalar, people: People) -> bool:
    return any(base.public for part in column_ids(node) if (base := people.bases.get(part)) is not None)


def _inner_paths(node: Scalar, people: People) -> list[Scalar]:
    """The conditions inside a person's own aggregate, its FILTER among them, equal ones once."""
    found: list[Scalar] = []
    for part in _arguments(node):
        conditions = [] if isinstance(part, exp.Star) else [one.condition for one in paths(part, people)]
        found += [condition for condition in conditions if condition not in found]
    return found


def _inner_terms(node: Scalar, people: People) -> list[Scalar]:
    """Aggregates of each product that the argument of a person's own aggregate is the sum of."""
    call = node.this if isinstance(node, exp.Filter) else node
    if isinstance(call, exp.Count) or not isinstance(call.this, exp.Expr):
        return []
    if not has_measure(call.this, people):
        return []
    found: list[Scalar] = []
    for term in weighed(products(call.this, people), people):
        made = exp.Sum(this=term) if isinstance(call, exp.Sum) else exp.Max(this=exp.Abs(this=term))
        found.append(
            exp.Filter(this=made, expression=node.expression.copy()) if isinstance(node, exp.Filter) else made
        )
    return found


def _size_of_own(node: Scalar, bases: Mapping[str, Base]) -> Size | None:
    """The size of a person's own aggregate."""
    call = node.this if isinstance(node, exp.Filter) else node
    match call:
        case exp.Count() | exp.CountIf():
            return Size(Decimal(10) ** SUM_DIGITS, 0, "BIGINT")
        case exp.Sum() if isinstance(call.this, exp.Expr):
            inner = size_of(call.this, bases)
            if inner is None or inner.floating or not sums_fit(call.this, bases):
                return FLOATING if inner is not None and inner.floating else None
            kind = "DECIMAL" if inner.type == "DECIMAL" else "HUGEINT"
            return Size(inner.most * 10**SUM_DIGITS, inner.places, kind)
        case exp.Min() | exp.Max() | exp.AnyValue() | exp.Mode() | exp.First() | exp.Last():
            return size_of(call.this, bases)
        case exp.Avg() | exp.Median() | exp.Stddev() | exp.StddevSamp() | exp.StddevPop():
            return FLOATING
        case _:
            return None


def _inner_selectors(node: Scalar, people: People) -> list[Scalar]:
    """The selectors inside a person's own aggregate, equal ones once."""
    call = node.this if isinstance(node, exp.Filter) else node
    if isinstance(call, exp.Count):
        return []
    found: list[Scalar] = []
    for part in _arguments(call):
        found += [one.value for one in selectors(part, people) if one.value not in found]
    return found


def _shows_a_value(node: Scalar) -> bool:
    call = node.this if isinstance(node, exp.Filter) else node
    return isinstance(
        call,
        exp.Min
        | exp.Max
        | exp.AnyValue
        | exp.Mode
        | exp.ArgMax
        | exp.ArgMin
        | exp.First
        | exp.Last
        | exp.ArrayAgg,
    )


def provided(relation: Relation) -> frozenset[str]:
    """The ids of all columns that an open relation passes on."""
    match relation:
        case Scan():
            return frozenset(relation.columns.values())
        case Rows() | StepRef():
            return frozenset(relation.columns)
        case Filter() | Sort() | Limit():
            return provided(relation.source)
        case Extend():
            return provided(relation.source) | frozenset(relation.columns)
        case Join():
            return provided(relation.left) | provided(relation.right)
        case Aggregate():
            return frozenset((*relation.keys, *relation.aggregates, *relation.groupings))
        case Distinct() | SetOperation():
            return frozenset(relation.columns)


def unique_sets(relation: Relation) -> tuple[frozenset[str], ...]:
    """Column sets without repeats of an open relation, as far as they are known."""
    match relation:
        case Scan():
            plain = [grain for grain in relation.table.grain if grain.where is None]
            return tuple(frozenset(relation.columns[name] for name in grain.columns) for grain in plain)
        case StepRef():
            return relation.unique
        case Rows():
            return (frozenset(),) if len(relation.rows) == 1 else ()
        case Filter() | Sort() | Limit() | Extend():
            return unique_sets(relation.source)
        case Aggregate():
            return (frozenset(relation.keys),) if relation.sets is None else ()
        case Distinct():
            return (frozenset(relation.columns),)
        case Join() | SetOperation():
            return ()


def _single_row(relation: Relation) -> bool:
    match relation:
        case Filter() | Sort() | Extend():
            return _single_row(relation.source)
        case Limit():
            return (relation.count is not None and relation.count <= 1) or _single_row(relation.source)
        case Aggregate():
            return not relation.grouped
        case StepRef():
            return relation.unique == (frozenset(),)
        case Rows():
            return len(relation.rows) == 1
        case Scan() | Join() | Distinct() | SetOperation():
            return False
