"""Protected to Plan: the only place that makes text.

Each statement is read back by DuckDB's own binder against an empty shadow of the store. What the binder says it would
read and call must be what the planner wrote, and no more than was authorised: two unlike means, one answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from sqlglot import exp

from enclave.disclosure.asked import Rules, Statistic
from enclave.problems import FunctionNotAllowed, Refusals, SyntaxProblem
from enclave.query.answer_names import column_names
from enclave.query.bound import Bound
from enclave.query.census_rows import standing_scan
from enclave.query.code_lists import code_list_of
from enclave.query.column_names import digest, numbered
from enclave.query.framed import Framed, framed, written
from enclave.query.frames import frame_of
from enclave.query.grain import is_mark
from enclave.query.last_step import bare_of, cast_to, is_bare, peeled
from enclave.query.leaf_sql import compile_leaf
from enclave.query.leaves import Leaf
from enclave.query.lineage import Flags, lineage
from enclave.query.looked import looks_of
from enclave.query.member_lists import PLACE, VALUE, Listed, list_select
from enclave.query.members import member_columns, members_of
from enclave.query.misfits import misfits
from enclave.query.open_rendering import OpenRenderer
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.plan import (
    Bare,
    LeafStep,
    ListStep,
    LookedStep,
    MembersStep,
    Plan,
    PublicStep,
    ReachStep,
    RemainderStep,
    ResultColumn,
    StructureStep,
    WhenWanted,
)
from enclave.query.protected import Protected, Remainder
from enclave.query.quantile_sql import CALLS
from enclave.query.reached import fields_read, reach_columns, reach_of
from enclave.query.relations import Output, Scalar, Scan, column_ids
from enclave.query.rendering import From, aliased, limited, named
from enclave.query.scalars_used import inner_scalars, scalars_of
from enclave.query.shadow import Shadow, ShadowRefused
from enclave.query.sizes import size_of
from enclave.query.stacked_grain import marks_behind
from enclave.query.standing import (
    CENSUSES,
    CLUSTER,
    MAIN,
    PART,
    every_scan,
    is_register,
    structure_sql,
    unit_in,
)
from enclave.query.standing_lists import COLUMNS, is_list
from enclave.query.witness import check_reads
from enclave.terms import Span

NOTHING = '"NULL"'


def compile_plan(protected: Protected, *, shadow: Shadow, rules: Rules) -> Plan:
    """Write the SQL of every step, read it back, and type every column.

    Raises:
        Refusals: where types do not fit, as DuckDB's binder finds on empty tables.
        Disagreement: the binder reads the SQL otherwise than the planner wrote it. Nothing may run.
    """
    protected = _as_marked(protected, shadow)
    compiler = _Compiler(protected, shadow, rules, _used(protected, rules))
    compiler.same_meaning()
    for step in protected.steps:
        if isinstance(step, Leaf):
            compiler.leaf(step)
        else:
            compiler.remainder(step)
    columns = compiler.final()
    return Plan(protected, tuple(compiler.steps), columns, frame_of(protected, rules.off))


def _as_marked(protected: Protected, shadow: Shadow) -> Protected:
    """A data version from before rows were marked has none: units are counted one by one there."""
    steps = tuple(
        replace(step, needs=()) if isinstance(step, Leaf) and not _has_marks(step, shadow) else step
        for step in protected.steps
    )
    return replace(protected, steps=steps)


def _has_marks(leaf: Leaf, shadow: Shadow) -> bool:
    wanted = _marks_of(leaf)
    marks = (
        (scan.table.name, name, id)
        for scan in every_scan(leaf.people.relation)
        for name, id in scan.marks.items()
    )
    return all(shadow.has(table, name) for table, name, id in marks if id in wanted)


def _used(protected: Protected, rules: Rules) -> frozenset[str]:
    """Every column id that anything in the plan refers to."""
    ids = {output.column for output in protected.query.outputs}
    for scalar in _scalars(protected):
        ids |= column_ids(scalar)
    for step in protected.steps:
        if isinstance(step, Leaf):
            ids |= {id for id, _ in step.keys} | {number.id for number in step.numbers} | set(step.groupings)
            if rules.min_clusters > 1 and step.people.cluster is not None:
                ids.add(step.people.cluster)
    return frozenset(ids)


def _marks(protected: Protected) -> frozenset[str]:
    leaves = (step for step in protected.steps if isinstance(step, Leaf))
    return frozenset().union(*map(_marks_of, leaves))


def _marks_of(leaf: Leaf) -> frozenset[str]:
    return marks_behind(leaf.people.relation, frozenset(need.on for need in leaf.needs if is_mark(need)))


def _scalars(protected: Protected) -> Iterator[Scalar]:
    for step in protected.steps:
        if isinstance(step, Leaf):
            yield from _leaf_scalars(step, protected)
        else:
            yield from scalars_of(step.relation, protected)
    yield from scalars_of(protected.final, protected)
    for inner in protected.subqueries.values():
        yield from inner_scalars(inner, protected)


def _leaf_scalars(leaf: Leaf, protected: Protected) -> Iterator[Scalar]:
    yield from scalars_of(leaf.people.relation, protected)
    yield leaf.people.key
    yield from (named(id) for id in {*(need.on for need in leaf.needs), *_marks_of(leaf)})
    yield from (scalar for _, scalar in leaf.keys)
    for number in leaf.numbers:
        yield number.aggregate
        yield from (path.condition for path in number.paths)
        yield from (selector.value for selector in number.selectors)
        yield from number.weighed
        yield from (scalar for one in number.classed for scalar in one.scalars)


@dataclass(slots=True)
class _Compiler:
    protected: Protected
    shadow: Shadow
    rules: Rules
    used: frozenset[str]
    steps: list[LeafStep | PublicStep | RemainderStep] = field(default_factory=list)
    types: dict[str, Mapping[str, str]] = field(default_factory=dict)
    safe: dict[str, str] = field(default_factory=dict)
    columns: Sequence[tuple[str | None, str]] | None = (
        None  # of the answer, as far as the text's plan says them
    )

    def same_meaning(self) -> None:
        """The reader's own words and our reading of them must be one plan to the binder."""
        parsed = self.protected.authorised.resolved.parsed
        try:
            read = self.shadow.read(parsed)
        except ShadowRefused as refused:
            in_place = len(parsed.bare) == len(parsed.text)  # names of the source were put into other words
            raise self._types_do_not_fit(refused.offset if in_place else None) from None
        self.columns = read.columns
        if not read.alike:
            raise Refusals(
                (
                    SyntaxProblem(
                        detail="This query can be read in two ways. Write brackets, casts and spaces out.",
                        spans=(parsed.places.span(parsed.tree),),
                    ),
                )
            )

    def leaf(self, leaf: Leaf) -> None:
        renderer = PeopleRenderer(self.protected, self.used, self.types, repeats=False)
        tree, cells = compile_leaf(leaf, renderer, self.rules, self._quantile_types(leaf))
        inputs = self._inputs(tree)
        text = framed(tree)
        self.safe[leaf.id] = sql = text.text
        bound = self._leaf_bound(text, inputs)
        if bound.casts or bound.misfits:  # it would fail on the first text that is no number
            raise self._types_do_not_fit(None)
        guards = (*renderer.values, *(CALLS if _has_quantiles(leaf) else ()))
        check_reads(bound, renderer.reads, self.protected.authorised, guards=guards)
        all_types = _typed(bound)
        shown = (*cells.dimensions, *(measure.column for measure in cells.measures))
        types = {id: all_types[id] for id in shown}
        if any(types[id].startswith("INTERVAL") or types[id].endswith("]") for id in cells.dimensions):
            raise Refusals((FunctionNotAllowed(detail=_NO_GROUPS, spans=(leaf.span,)),))
        _of_numbers(leaf, types)
        self._arguments(leaf)
        self.types[leaf.id] = types
        members = None if self.rules.off else WhenWanted(cache(partial(self._behind, leaf)))
        reach = WhenWanted(cache(partial(self._reach, leaf)))
        reads = fields_read(renderer)
        self.steps.append(
            LeafStep(leaf.id, sql, cells, types, inputs, leaf.counting, leaf.span, members, reach, reads)
        )

    def _quantile_types(self, leaf: Leaf) -> Mapping[str, str]:
        """The types that DuckDB gives the quantiles of a leaf: their means are cast back to them."""
        if not _has_quantiles(leaf) or self.rules.off:
            return {}
        quantiles = [number for number in leaf.numbers if number.statistic is Statistic.QUANTILE]
        renderer = PeopleRenderer(self.protected, self.used, self.types)
        plain = replace(leaf, numbers=tuple(quantiles))
        tree, _ = compile_leaf(plain, renderer, replace(self.rules, min_units=1), {})
        inputs = self._inputs(tree)
        types = _typed(self._leaf_bound(framed(tree), inputs))
        _of_numbers(leaf, types)
        return types

    def _arguments(self, leaf: Leaf) -> None:
        """Refuse sums and means of what is no number, where only the binder knows what an argument is."""
        doubtful = {
            number.id: number.argument
            for number in leaf.numbers
            if number.statistic in (Statistic.SUM, Statistic.MEAN)
            and number.argument is not None
            and size_of(number.argument, self.protected.bases) is None
        }
        if not doubtful:
            return
        renderer = PeopleRenderer(self.protected, self.used, self.types)
        columns = [aliased(renderer.scalar(argument), id) for id, argument in doubtful.items()]
        select = renderer.source(leaf.people.relation).select(columns)
        names, inputs = select.named_selects, self._inputs(select)
        bound = self._bound(written(select), names, inputs)
        _of_numbers(leaf, _typed(bound))

    def _behind(self, leaf: Leaf) -> MembersStep:
        used = self.used - _marks(self.protected)  # what a population is called depends on no mark
        renderer = PeopleRenderer(self.protected, used | member_columns(leaf), self.types, safe=self.safe)
        made = members_of(leaf, renderer)
        lists = [self._list(leaf, one) for one in made.lists]
        extra = {step.input: ((VALUE, type), (PLACE, "INTEGER")) for step, type in lists}
        names, inputs = made.select.named_selects, self._inputs(made.select)
        sql = written(made.select)
        bound = self._bound(sql, names, inputs, extra)
        check_reads(bound, renderer.reads, self.protected.authorised, guards=renderer.values)
        types = _typed(bound) | {step.column: type for step, type in lists}
        types |= {column: "VARCHAR" for column, _ in made.members.pinned}
        structure = self._structure(leaf, [types[column] for column in made.members.censuses])
        return MembersStep(sql, made.members, inputs, structure, tuple(step for step, _ in lists))

    def _reach(self, leaf: Leaf) -> ReachStep:
        renderer = PeopleRenderer(
            self.protected, reach_columns(leaf, self.protected), self.types, safe=self.safe
        )
        made = reach_of(leaf, renderer)
        name = digest([numbered(made.select, renderer.safe)])
        names, inputs = made.select.named_selects, self._inputs(made.select)
        sql = written(made.select)
        bound = self._bound(sql, names, inputs)
        check_reads(bound, renderer.reads, self.protected.authorised, guards=renderer.values)
        return ReachStep(
            sql=sql,
            name=name,
            unit=unit_in(leaf.people.relation),
            inputs=inputs,
            reads=tuple(sorted(renderer.reads)),
            years=made.years,
            looked=tuple(self._looked(leaf)),
        )

    def _looked(self, leaf: Leaf) -> Iterator[LookedStep]:
        renderer = PeopleRenderer(self.protected, frozenset(), self.types)
        for made in looks_of(leaf, renderer):
            names, sql = made.select.named_selects, written(made.select)
            bound = self._bound(sql, names, ())
            check_reads(bound, renderer.reads, self.protected.authorised)
            yield LookedStep(made.table, sql, tuple(sorted(renderer.reads)))
            renderer.reads = set()

    def _list(self, leaf: Leaf, listed: Listed) -> tuple[ListStep, str]:
        """A list, and the type of its values."""
        if listed.of is None:
            return ListStep(listed.column, listed.input, None), self.types[leaf.id][listed.column]
        renderer = PeopleRenderer(self.protected, self.used, self.types)
        select = list_select(*listed.of, renderer)
        names, inputs = select.named_selects, self._inputs(select)
        sql = written(select)
        bound = self._bound(sql, names, inputs)
        check_reads(bound, renderer.reads, self.protected.authorised)
        return ListStep(listed.column, listed.input, sql, inputs), _typed(bound)[VALUE]

    def _structure(self, leaf: Leaf, census_types: Sequence[str]) -> StructureStep | None:
        """`census_types`: of the columns that name the census of a member, those of where it stands first."""
        scan = standing_scan(leaf)
        if scan is None:
            return None
        made = structure_sql(scan.table)
        types = {f"w{place}": type for place, type in enumerate(census_types)}
        censuses = tuple(name for name in made.names if name in types)
        extra = {CENSUSES: tuple((name, types[name]) for name in censuses)} if censuses else {}
        bound = self.shadow.bind_generated(made.sql, made.names, extra=extra)
        check_reads(bound, set(made.reads), self.protected.authorised)
        there = {name: name if name in made.names else None for name in (PART, MAIN)}
        return StructureStep(
            table=scan.table.name,
            sql=made.sql,
            censuses_input=CENSUSES,
            censuses=censuses,
            is_register=is_register(scan.table),
            cluster=CLUSTER,
            part=there[PART],
            main=there[MAIN],
        )

    def remainder(self, step: Remainder) -> None:
        renderer = OpenRenderer(self.protected, self.used, self.types, from_store=False)
        wanted = [id for id in step.columns if id in self.used] or list(step.columns[:1])
        item = renderer.subselect(renderer.relation(step.relation))
        self._remainder(step.id, From(item).select([named(id) for id in wanted]), renderer)

    def final(self) -> tuple[ResultColumn, ...]:
        """The last remainder: sorted, limited, every column cast to the type DuckDB gives the reader's own text."""
        outputs = self.protected.query.outputs
        wanted = self._wanted(outputs)
        renderer = OpenRenderer(self.protected, self.used, self.types, from_store=False)
        relation, orders, limit = peeled(self.protected.final)
        ids, types = [f"o{place}" for place in range(len(outputs))], [type for _, type in wanted]
        columns = [
            aliased(cast_to(named(output.column), type), id)
            for output, (_, type), id in zip(outputs, wanted, ids, strict=True)
        ]
        select = From(renderer.subselect(renderer.relation(relation))).select(columns)
        ties = list(dict.fromkeys(output.column for output in outputs))
        select.set("order", renderer.ordering(orders, ties))
        if limit is not None:
            select = limited(select, limit)
        if is_bare(relation, orders, types):
            bare = None if limit is not None else bare_of(orders, outputs, ids)
            self._unread("answer", select, dict(zip(ids, types, strict=True)), bare)
        else:
            self._remainder("answer", select, renderer)
        flags = lineage(self.protected, self.protected.final)
        return tuple(
            self._column(output, id, name, type, flags[output.column])
            for output, (name, type), id in zip(outputs, wanted, ids, strict=True)
        )

    def _column(self, output: Output, id: str, name: str, type: str, flags: Flags) -> ResultColumn:
        codes = code_list_of(output.column, self.protected)
        return ResultColumn(
            id,
            name,
            type,
            flags.safe,
            incomplete=flags.incomplete and not self.rules.off,
            code_set=None if codes is None else codes.name,
        )

    def _wanted(self, outputs: Sequence[Output]) -> tuple[tuple[str, str], ...]:
        """Names and types of the answer, as DuckDB gives them: asked only where the plan of the text does not say."""
        parsed = self.protected.authorised.resolved.parsed
        if self.columns is not None and len(self.columns) == len(outputs):
            names = column_names(parsed.tree, outputs, [name for name, _ in self.columns])
            if names is not None:
                return tuple(zip(names, (kind for _, kind in self.columns), strict=True))
        named_and_typed = self.shadow.outputs(parsed.bare)
        assert len(named_and_typed) == len(outputs), "stars are expanded alike"
        return named_and_typed

    def _remainder(self, id: str, select: exp.Select, renderer: OpenRenderer) -> None:
        for scan in renderer.fetched.values():
            self._public(scan)
        names, inputs = select.named_selects, self._inputs(select)
        self.safe[id] = sql = written(select)
        bound = self._bound(sql, names, inputs)
        if bound.misfits:
            raise self._types_do_not_fit(None)
        check_reads(bound, set(), self.protected.authorised, guards=renderer.values)
        self.types[id] = _typed(bound)
        self.steps.append(RemainderStep(id, sql, self.types[id], inputs))

    def _unread(self, id: str, select: exp.Select, types: Mapping[str, str], bare: Bare | None) -> None:
        """Columns of a safe table, each cast to a type that is known: nothing here could be read in two ways."""
        inputs = self._inputs(select)
        self.types[id] = types
        self.steps.append(RemainderStep(id, written(select), types, inputs, bare))

    def _public(self, scan: Scan) -> None:
        id = f"read_{scan.id}"
        if id in self.types:
            return
        renderer = OpenRenderer(self.protected, self.used, self.types)
        select = renderer.relation(scan)
        names = select.named_selects
        self.safe[id] = sql = written(select)
        bound = self._bound(sql, names, ())
        check_reads(bound, renderer.reads, self.protected.authorised)
        self.types[id] = _typed(bound)
        self.steps.append(PublicStep(id, sql, self.types[id]))

    def _inputs(self, tree: exp.Expr) -> tuple[str, ...]:
        """The steps whose tables the statement reads, and the lists of people that lie below it."""
        if not self.steps and not self.protected.authorised.policy.consent_of:
            return ()
        names = {table.name for table in tree.find_all(exp.Table)}
        steps = tuple(step.id for step in self.steps if step.id in names)
        return (*steps, *sorted(name for name in names if is_list(name)))

    def _bound(
        self,
        sql: str,
        names: Sequence[str],
        inputs: tuple[str, ...],
        lists: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    ) -> Bound:
        extra = self._read_tables(inputs) | dict(lists or {})
        try:
            return self.shadow.bind_generated(sql, names, extra=extra)
        except ShadowRefused:
            raise self._types_do_not_fit(None) from None

    def _leaf_bound(self, text: Framed, inputs: tuple[str, ...]) -> Bound:
        try:
            return self.shadow.bind_leaf(text, extra=self._read_tables(inputs))
        except ShadowRefused:
            raise self._types_do_not_fit(None) from None

    def _read_tables(self, inputs: tuple[str, ...]) -> dict[str, Sequence[tuple[str, str]]]:
        return {id: tuple(self._columns(id)) for id in inputs}

    def _types_do_not_fit(self, offset: int | None) -> Refusals:
        resolved = self.protected.authorised.resolved
        told = misfits(resolved.parsed, resolved.catalogue)
        if told:
            return Refusals(told)
        parsed = resolved.parsed
        whole = parsed.places.span(parsed.tree)
        span = whole if offset is None else Span.of(parsed.text, offset, _word_end(parsed.text, offset))
        detail = (
            "The types do not fit: a function or an operator is given a kind of value that it does not take."
        )
        return Refusals((SyntaxProblem(detail=detail, spans=(span,)),))

    def _columns(self, id: str) -> Iterator[tuple[str, str]]:
        yield from COLUMNS if is_list(id) else self.types[id].items()


_NUMERIC = ("DOUBLE", "FLOAT", "HUGEINT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")


_NO_GROUPS = (
    "People cannot be grouped by an interval or a list. Group by a number, as date_diff('month', start, end), or by a "
    "text, as string_agg(x, ',' ORDER BY date)."
)


def _has_quantiles(leaf: Leaf) -> bool:
    return any(number.statistic is Statistic.QUANTILE for number in leaf.numbers)


def _of_numbers(leaf: Leaf, types: Mapping[str, str]) -> None:
    """Refuse quantiles, means and sums of anything else: their checks would fail, on the first value that is there."""
    for number in leaf.numbers:
        kind = types.get(number.id, "DOUBLE")
        detail = _ONLY_OF_NUMBERS.get(number.statistic)
        if detail is not None and kind not in _NUMERIC and not kind.startswith(("DECIMAL", "U")):
            raise Refusals((FunctionNotAllowed(detail=detail, spans=(leaf.span,)),))


_MEANS = (
    "Across people a sum or a mean is offered for numbers only. Of dates, take the days: "
    "DATE '2020-01-01' + avg(date - DATE '2020-01-01')::INTEGER."
)
_ONLY_OF_NUMBERS = {
    Statistic.QUANTILE: "Across people a quantile is the mean of several values: it is offered for numbers only.",
    Statistic.MEAN: _MEANS,
    Statistic.SUM: _MEANS,
}


def _typed(bound: Bound) -> dict[str, str]:
    """The columns with their types. A column of nothing but NULL has a type that no table can have."""
    return {name: "INTEGER" if kind == NOTHING else kind for name, kind in bound.outputs}


def _word_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    return max(end, min(start + 1, len(text)))
