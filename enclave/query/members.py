"""The members of a leaf: who stands behind each cell, for the ledger to compare with what was shown.

One row per cell, unit and census. Conditions that the ledger must see apart (those on fields whose zeros are hidden,
and disjunctions over several fields) are lifted out of the relation and become flags, so that one statement tells who
is in a cell, who would be without the hidden conditions, and who is in each branch.

Limit: conditions below a person's own summary, on the null-supplying side of an outer join or inside a subquery on the
key stay where they are. They are named as hidden where they are, but `seen` cannot leave them out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from enclave.catalogue.model import Table
from enclave.disclosure.asked import Statistic
from enclave.disclosure.ledger.members import (
    UNIT,
    Adding,
    Branch,
    Counting,
    MemberKey,
    MemberNumber,
    Members,
)
from enclave.disclosure.ledger.numbers import Kind
from enclave.disclosure.ledger.populations import is_fixed
from enclave.disclosure.ledger.worlds import FindCodes
from enclave.query.adding import Added, added_in, coded_in
from enclave.query.census_rows import ids_below, standing_scan, with_standing
from enclave.query.column_names import column_names, digest, numbered
from enclave.query.conditions import fields_in
from enclave.query.counting import counts_in, has_its_own_value
from enclave.query.dialect import DUCKDB
from enclave.query.disjunctions import (
    buried_beside,
    deciding,
    literal_rows,
    outer_sides,
    provided_ids,
)
from enclave.query.finer_codes import finer_of
from enclave.query.leaf_words import cast
from enclave.query.leaves import Leaf, Number, always_grouped
from enclave.query.lifetimes import adds_up, lifetimes_of
from enclave.query.member_conditions import ConditionsApart
from enclave.query.member_kinds import family_of, is_measured, joined_kinds, kinds_of
from enclave.query.member_lists import BASE, Listed, pinned_texts, place_or_self
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.people_rows import People, Rows_
from enclave.query.published_codes import code_lists
from enclave.query.relations import Scalar, Scan, column_ids
from enclave.query.rendering import From, aliased, grouped, identifier, named, table_named
from enclave.query.standing import (
    CLUSTER,
    PART,
    census_ids,
    conjunction,
    every_scan,
    part_field,
    people_scans,
    unit_in,
)
from enclave.query.unseen_branches import has_unseen_branches
from enclave.terms import Zeros

_COUNTS = frozenset({Statistic.ROWS, Statistic.VALUES, Statistic.UNITS})


@dataclass(frozen=True, slots=True, eq=False)
class MemberSelect:
    """The statement, and how to read what it gives: `lists` are its further inputs."""

    select: exp.Select
    members: Members
    lists: tuple[Listed, ...]


def member_columns(leaf: Leaf) -> frozenset[str]:
    """Column ids that the statement reads beyond those of the leaf itself."""
    scans = list(people_scans(leaf.people.relation))
    found = {id for scan in scans for id in census_ids(scan)}
    found |= {scan.columns[part] for scan in scans if (part := part_field(scan)) is not None}
    found |= ids_below(leaf.people.relation)
    return frozenset(found) | ({leaf.people.cluster} if leaf.people.cluster is not None else frozenset())


def members_of(leaf: Leaf, renderer: PeopleRenderer) -> MemberSelect:
    """The members of a leaf, as a statement for an engine.

    Args:
        renderer: one of its own, whose used columns include `member_columns`.
    """
    return _Maker(leaf, renderer).made()


@dataclass(slots=True)
class _Maker:
    leaf: Leaf
    renderer: PeopleRenderer
    base: dict[str, Scalar] = field(default_factory=dict)
    flags: dict[str, Scalar] = field(default_factory=dict)  # of the members table, over columns of the base
    conditions: dict[str, str] = field(default_factory=dict)  # a condition's text -> its column in the base
    values: dict[str, str] = field(
        default_factory=dict
    )  # what a row adds, as a text -> its column in the base
    amounts: dict[str, Scalar] = field(default_factory=dict)  # of the members table: what those who count add
    listed: dict[str, Listed] = field(default_factory=dict)  # by column of the base
    pinned: dict[str, str] = field(default_factory=dict)
    _standing: dict[str, str] = field(default_factory=dict)  # part and censuses -> the column that holds them
    apart: ConditionsApart = field(init=False)
    _names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """What is known of conditions, and the canonical names of columns."""
        self.apart = ConditionsApart(self.people)
        self._names = column_names(self.people.relation, self.renderer)

    @property
    def people(self) -> People:
        return self.leaf.people

    def made(self) -> MemberSelect:
        bare, lifted = self.apart.lifted(self.people.relation)
        hidden = [part for part in lifted if self.apart.is_hidden(part)]
        seen = [part for part in lifted if part not in hidden]
        whole = self._counting(lifted, seen, hidden)
        numbers = tuple(self._number(number, lifted, seen, hidden) for number in self.leaf.numbers)
        branches = tuple(self._branches(lifted))
        for number in self.leaf.numbers:
            branches += tuple(self._number_branches(number, lifted))
        self._columns(pinned_texts(bare, self.people))
        once = self.leaf.proven and not lifted  # what was lifted may have been part of the proof
        select = self._select(bare, seen if not branches else [], once=once)
        members = self._members(bare, lifted, whole, numbers, branches)
        return MemberSelect(select, members, tuple(self.listed.values()))

    # Who counts

    def _counting(
        self,
        inside: Sequence[Scalar],
        seen: Sequence[Scalar],
        hidden: Sequence[Scalar],
        arguments: Sequence[Scalar] = (),
    ) -> Counting:
        names = frozenset(self._text(part) for part in hidden) | self._buried(inside)
        what = digest(sorted(self._text(part) for part in inside))
        nodes = [*inside, *arguments, *self._given([])]
        return Counting(self._flag(inside), self._flag(seen), what, names, self._is_elsewhere(nodes))

    def _number(
        self, number: Number, lifted: Sequence[Scalar], seen: Sequence[Scalar], hidden: Sequence[Scalar]
    ) -> MemberNumber:
        own = counts_in(number, self.people)
        told = own if self._is_by_a_code(number, hidden) else self._told(own, number)
        own_hidden = [part for part in told if self.apart.is_hidden(part)]
        open_ = [part for part in told if not self.apart.is_hidden(part)]
        split = [path.condition for path in number.paths if path.condition != number.condition]
        split += coded_in(
            number, self.people, self._find_codes, always_grouped(self.leaf.keys, self.leaf.sets)
        )
        parts = tuple(
            self._counting(
                [*lifted, *own, condition],
                [*seen, *open_, *([] if self.apart.is_hidden(condition) else [condition])],
                [*hidden, *own_hidden, *([condition] if self.apart.is_hidden(condition) else [])],
                number.arguments,
            )
            for condition in split
        )
        arguments = list(number.arguments)
        conditions = [] if number.condition is None else [number.condition]
        measured = {family_of(one) for one in self.apart.fields(number.told) if is_measured(one)}
        families = () if number.statistic in _COUNTS else tuple(sorted(measured)) or ("codes",)
        kinds = joined_kinds(
            kinds_of(self.apart.fields(arguments), measured=number.statistic not in _COUNTS),
            kinds_of(self.apart.fields([*conditions, *self._given(lifted)]), measured=False),
        )
        adding = tuple(
            self._adding(one, [*lifted, *own], [*seen, *open_], [*hidden, *own_hidden], kinds)
            for one in added_in(number, self.people)
        )
        return MemberNumber(
            column=number.id,
            what=self._text(number.aggregate),
            families=families,
            kinds=kinds,
            counting=self._counting([*lifted, *own], [*seen, *open_], [*hidden, *own_hidden], arguments),
            parts=parts,
            lifetimes=lifetimes_of(number, self.people, self._text),
            adding=adding,
            adds_up=adds_up(number, self._text),
        )

    def _adding(
        self,
        added: Added,
        inside: Sequence[Scalar],
        seen: Sequence[Scalar],
        hidden: Sequence[Scalar],
        kinds: Sequence[Kind],
    ) -> Adding:
        """Who adds anything: where zeros are hidden, that is a hidden condition like any other."""
        some = exp.NEQ(this=exp.Paren(this=added.value.copy()), expression=exp.Literal.number(0))
        secret = self.apart.is_hidden(some)
        counting = self._counting(
            [*inside, some],
            seen if secret else [*seen, some],
            [*hidden, *([some] if secret else [])],
            [added.value],
        )
        bases = [self.people.bases.get(one.name) for one in added.amount.find_all(exp.Column)]
        measured = {
            f"{field.table}.{field.name}" for base in bases if base is not None for field in base.values
        }
        like = f"{'beyond' if added.beyond else 'any'} {' and '.join(sorted(measured)) or self._text(added.amount)}"
        kind = None if added.always else Kind(f"measure:{like}", is_fixed(kinds))
        return Adding(counting, like, kind, is_fixed(kinds), self._amount(added.amount, counting))

    def _amount(self, part: Scalar, counting: Counting) -> str:
        """The column that says how much those who count add, as a size."""
        text = part.sql(DUCKDB)
        value = self.values.setdefault(text, f"v{len(self.values)}")
        self.base[value] = exp.Abs(this=cast(self.renderer.scalar(part), "DOUBLE"))
        name = f"a_{value}_{counting.inside}"
        there = exp.If(this=self.flags[counting.inside or ""].copy(), true=named(value))
        self.amounts[name] = exp.Case(ifs=[there], default=exp.Literal.number(0))
        return name

    @property
    def _find_codes(self) -> FindCodes:
        return code_lists(self.renderer.protected.authorised.resolved.catalogue)

    def _is_by_a_code(self, number: Number, hidden: Sequence[Scalar]) -> bool:
        """Whether a statistic of values is of those with a code whose zeros are hidden.

        Somebody may know who lacks a value. That none of those with the code lacks it would say that these have not the
        code, so who has a value is in sight, and the ledger compares the number with the count of its cell.
        """
        if number.statistic in _COUNTS:
            return False
        asked = [] if number.condition is None else [number.condition]
        return bool(hidden) or any(
            map(self.apart.is_hidden, (*asked, *(scalar for _, scalar in self.leaf.keys)))
        )

    def _told(self, own: Sequence[Scalar], number: Number) -> list[Scalar]:
        """Conditions that say more than that there is a value."""
        return [part for part in own if not has_its_own_value(part, number, self.people)]

    def _branches(self, lifted: Sequence[Scalar]) -> Iterator[Branch]:
        for condition in lifted:
            rest = [part for part in lifted if part is not condition]
            for part in self.apart.parts_of(condition):
                yield Branch(self._branch([*rest, part]), None)
        for part in literal_rows(self.people.relation, self.people):
            yield Branch(self._branch([*lifted, part]), None)
        plan = self.renderer.protected
        if has_unseen_branches(self.people, self._all_scalars(), plan.subqueries, plan.bases):
            yield Branch(self._branch([*lifted, exp.false()]), None)

    def _number_branches(self, number: Number, lifted: Sequence[Scalar]) -> Iterator[Branch]:
        own = counts_in(number, self.people)
        for condition in own:
            rest = [part for part in own if part is not condition]
            for part in self.apart.parts_of(condition):
                yield Branch(self._branch([*lifted, *rest, part]), number.id)

    def _branch(self, parts: Sequence[Scalar]) -> Counting:
        hidden = [part for part in parts if self.apart.is_hidden(part)]
        return self._counting(parts, [part for part in parts if part not in hidden], hidden)

    # Columns

    def _columns(self, pinned: Mapping[str, str]) -> None:
        for id, scalar in self.leaf.keys:
            self.base[id] = self.renderer.scalar(scalar)
            self.listed[id] = Listed(id, None)
        self.base[UNIT] = self.renderer.scalar(self.people.key)
        if self.people.cluster is not None:
            self.base[CLUSTER] = named(self.people.cluster)
        parts = [scan.columns[part] for scan in self._scans if (part := part_field(scan)) is not None]
        if parts:
            self._stands(PART, parts[0], {})
        for place, id in enumerate(self._census_columns()):
            self._stands(f"w{place}", id, pinned)

    def _stands(self, name: str, id: str, pinned: Mapping[str, str]) -> None:
        """A column that says where or when: what is a key too is given once, what never varies not at all."""
        if id in pinned:
            self._standing[name], self.pinned[name] = name, pinned[id]
            return
        keys = {scalar.name: key for key, scalar in self.leaf.keys if isinstance(scalar, exp.Column)}
        column = self._standing[name] = keys.get(id, name)
        if column == name:
            self.base[name] = named(id)
        of = self._fields_of_scans().get(id)
        if of is not None:
            self.listed[column] = Listed(column, of)

    def _fields_of_scans(self) -> dict[str, tuple[str, str]]:
        """The table and field of each column that can be read here, where the table holds it itself."""
        return {
            id: (scan.table.name, name)
            for scan in self._scans
            for name, id in scan.columns.items()
            if not scan.table.stored_apart(name)
        }

    def _rows(self, bare: Rows_) -> From:
        """The rows of the base; where no table's columns can be read in them, with those below."""
        below = None if self._scans else with_standing(bare, self.renderer)
        if below is None:
            return self.renderer.source(bare)
        self.base |= below.columns
        self._standing |= {name: name for name in below.columns if name != CLUSTER}
        return below.rows

    @property
    def _scans(self) -> list[Scan]:
        return list(people_scans(self.people.relation))

    def _census_columns(self) -> list[str]:
        """Year and term: first of the table that says where a unit stands, then of those that hold what changes."""
        changing = self._changing(self._all_scalars())
        standing = standing_scan(self.leaf)
        scans = [scan for scan in self._scans if scan is standing or scan.table.name in changing]
        scans.sort(key=lambda scan: scan is not standing)
        return list(dict.fromkeys(id for scan in scans or self._scans for id in census_ids(scan)))

    def _changing(self, nodes: Iterable[Scalar]) -> frozenset[str]:
        """The tables that hold what the scalars need and what changes: measures, and codes with hidden zeros."""
        return frozenset(
            one.table
            for one in self.apart.fields(nodes)
            if not one.fixed and (is_measured(one) or one.zeros is Zeros.HIDDEN)
        )

    def _is_elsewhere(self, nodes: Iterable[Scalar]) -> bool:
        """Whether the scalars need what changes, of another table than says where a unit stands, or of it once more."""
        standing = standing_scan(self.leaf)
        others = {scan.table.name for scan in self._scans if scan is not standing}
        return bool(self._changing(nodes) & others)

    def _of_standing(self) -> int | None:
        """How many of the census columns are of the table that says where a unit stands; None for all."""
        standing = standing_scan(self.leaf)
        if standing is None or not any(scan is standing for scan in self._scans):
            return None
        return len(census_ids(standing)) or None

    def _flag(self, parts: Sequence[Scalar]) -> str | None:
        """The flag of a conjunction, computed once a row; None for no condition."""
        if not parts:
            return None
        names = list(dict.fromkeys(self._condition(part) for part in parts))
        flag = f"f_{'_'.join(names)}"
        self.flags[flag] = conjunction([named(name) for name in names])
        return flag

    def _condition(self, part: Scalar) -> str:
        text = part.sql(DUCKDB)
        if text not in self.conditions:
            self.conditions[text] = f"b{len(self.conditions)}"
            self.base[self.conditions[text]] = exp.Coalesce(
                this=self.renderer.scalar(part), expressions=[exp.false()]
            )
        return self.conditions[text]

    def _select(self, bare: Rows_, seen: Sequence[Scalar], *, once: bool) -> exp.Select:
        """`once`: a unit is proven to have one row in a cell, so that there is nothing to put together."""
        rows = self._rows(bare)
        base = rows.select([aliased(scalar, id) for id, scalar in self.base.items()])
        by = [id for id in self.base if not re.fullmatch(r"[bv]\d+", id)]
        there = exp.Not(this=exp.Paren(this=exp.Is(this=named(UNIT), expression=exp.Null())))
        where: list[Scalar] = [there, *(named(self._condition(part)) for part in seen)]
        flags = self.flags if once else {id: _any_of(scalar) for id, scalar in self.flags.items()}
        sizes = self.amounts if once else {id: exp.Sum(this=size) for id, size in self.amounts.items()}
        given = {id: place_or_self(id, self.listed) for id in by}
        joins = [one.join() for one in self.listed.values()]
        made = From(table_named(BASE), joins, where).select(
            [
                *(aliased(scalar, id) for id, scalar in given.items()),
                *(aliased(scalar, id) for id, scalar in flags.items()),
                *(aliased(scalar, id) for id, scalar in sizes.items()),
            ]
        )
        if not once:
            made.set("group", grouped(list(given.values()), None))
        common = exp.CTE(this=base, alias=exp.TableAlias(this=identifier(BASE)))
        made.set("with_", exp.With(expressions=[common]))
        return made

    def _read_tables(self) -> list[Table]:
        found = {scan.table.name: scan.table for scan in every_scan(self.people.relation)}
        return [found[name] for name in sorted(found)]

    def _tables(self) -> tuple[str, ...]:
        """The tables of people, the one that says where a unit stands first."""
        standing = standing_scan(self.leaf)
        names = sorted({scan.table.name for scan in every_scan(self.people.relation)})
        return tuple(sorted(names, key=lambda name: standing is None or name != standing.table.name))

    # What it is called

    def _members(
        self,
        bare: Rows_,
        lifted: Sequence[Scalar],
        whole: Counting,
        numbers: tuple[MemberNumber, ...],
        branches: tuple[Branch, ...],
    ) -> Members:
        used = frozenset[str]().union(*map(column_ids, self._given(lifted)))
        rows = deciding(bare, used)  # a number that uses what is looked up says so itself
        relation = self._numbered(self.renderer.source(rows).select([exp.Literal.number(1)]))
        texts = sorted(self._text(part) for part in lifted)
        return Members(
            keys=tuple(self._key(id, scalar) for id, scalar in self.leaf.keys),
            sets=self.leaf.sets,
            definition=digest([relation, *texts]),
            unit=unit_in(self.people.relation),
            tables=self._tables(),
            kinds=kinds_of(self.apart.fields(self._given(lifted)), measured=False),
            counting=whole,
            numbers=numbers,
            branches=branches,
            cluster=CLUSTER if CLUSTER in self.base else None,
            part=self._standing.get(PART),
            censuses=tuple(id for name, id in self._standing.items() if name != PART),
            pinned=tuple(self.pinned.items()),
            standing=self._of_standing(),
            finer=finer_of(self._read_tables(), self.renderer.protected.authorised.resolved.catalogue),
        )

    def _key(self, id: str, scalar: Scalar) -> MemberKey:
        kinds = kinds_of(self.apart.fields([scalar]), measured=False)
        return MemberKey(id, self._text(scalar), self.apart.is_hidden(scalar), kinds)

    def _text(self, asked: Scalar) -> str:
        """The scalar in the catalogue's names, so that equal conditions of different queries are equal texts."""
        copy = self._called(asked.copy())
        for node in list(copy.find_all(exp.Placeholder)):
            inner = digest([self._numbered(self._called(self.renderer.scalar(node)))])
            made = exp.Placeholder(this=f"q{inner}")
            if node is copy:
                return f":{made.name}"
            node.replace(made)
        text = _unwrapped(copy).sql(DUCKDB)
        ids = column_ids(asked) & self.people.nullable
        sides = [side for side in outer_sides(self.people.relation) if ids & frozenset(provided_ids(side))]
        found = [self.renderer.source(side).select([exp.Literal.number(1)]) for side in sides]
        return f"{text} of {digest([self._numbered(one) for one in found])}" if found else text

    def _numbered(self, made: exp.Expr) -> str:
        return numbered(made, self.renderer.safe)

    def _called(self, made: Scalar) -> Scalar:
        """The same scalar with columns of these rows under their names; others, of subqueries, have none."""
        for part in list(made.find_all(exp.Column)):
            if part.name in self._names:
                part.set("this", identifier(self._names[part.name]))
        return made

    def _buried(self, inside: Sequence[Scalar]) -> frozenset[str]:
        """Hidden conditions that could not be lifted, by what they are made of; `inside` says who counts."""
        nodes = [*self.people.filters, self.people.key]
        fields = {one.ref for one in self.apart.fields(nodes) if one.zeros is Zeros.HIDDEN}
        _, lifted = self.apart.lifted(self.people.relation)
        seen = {one.ref for part in lifted for one in fields_in(part, self.people)}
        everywhere = replace(self.people, bases={**self.renderer.protected.bases, **self.people.bases})
        used = frozenset[str]().union(*(column_ids(one) for one in (*inside, *self._given([]))))
        below = {
            one.ref
            for part in buried_beside(self.people.relation, used)
            for one in fields_in(part, everywhere)
            if one.zeros is Zeros.HIDDEN
        }
        return frozenset(f"within {ref.table}.{ref.field}" for ref in (fields - seen) | below)

    def _given(self, lifted: Sequence[Scalar]) -> list[Scalar]:
        """What decides that a row is in a cell."""
        return [
            *lifted,
            *(scalar for _, scalar in self.leaf.keys),
            *self.people.filters,
            self.people.key,
        ]

    def _all_scalars(self) -> Iterator[Scalar]:
        yield from (scalar for _, scalar in self.leaf.keys)
        yield from self.people.filters
        yield self.people.key
        for number in self.leaf.numbers:
            yield from (part for part in (*number.arguments, number.condition) if part is not None)


def _any_of(condition: Scalar) -> Scalar:
    return exp.Anonymous(this="bool_or", expressions=[condition])


def _unwrapped(node: Scalar) -> Scalar:
    while isinstance(node, exp.Paren):
        node = node.this
    return node
