"""Which combinations of a frame cannot be, as the catalogue alone tells: what pages and files draw as `z`.

A code outside the years in which it was in use, a field outside those in which it was collected, a code under another
parent than its own, what a table's `when … then` leaves no room for, two values made of different codes of one column.
The rules are about codes; a value that is made of codes is ruled out where every code that it can be made of is. A
column that a rule needs and the answer does not show stands for all the codes that the query's conditions and the
project's years leave of it.

Nothing here is computed from data: a row that the data hold against the catalogue is shown like any other, and if it is
hidden, its `z` says no more than the catalogue does.

Limit: two columns at a time; what only three together rule out is drawn as `c`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, TypeAlias

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Code, Field, Table, YearField, YearForm
from enclave.query.frames import Frame, FrameColumn, Image, image_of, own_filters
from enclave.query.people_rows import Base, People, Rows_
from enclave.query.relations import Scalar, Scan, column_id
from enclave.terms.kept import Kept

Text: TypeAlias = str | None
"""A code as text; None where a row has none."""
Never: TypeAlias = Callable[[Text, Text], bool]
Listed: TypeAlias = Sequence[tuple[Text, object]]
"""The codes of an image, each with the value made of it."""
Block: TypeAlias = Mapping[str, tuple[object, ...]]
"""Values by dimension, of which every combination is ruled out, whatever stands in the other dimensions."""
MOST_PAIRS: Final = 20_000
"""Of codes that one rule is asked about; a rule about more is left out."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows with these codes in two fields of one table cannot be."""

    one: str
    other: str
    never: Never


RULES: Final[Kept[tuple[Rule, ...]]] = Kept(128)
"""Of tables, as a catalogue has them."""


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """A rule about columns of a frame. `context` is a column that the answer does not show, or not beside them."""

    columns: tuple[FrameColumn, ...]
    context: Image | None
    never: Never

    @property
    def images(self) -> tuple[Image, ...]:
        shown = tuple(column.source for column in self.columns)
        return shown if self.context is None else (*shown, self.context)


def ruled_of(frame: Frame) -> tuple[Ruled, ...]:
    """The rules that are about a frame: those that leave no room for one value first."""
    catalogue = frame.protected.authorised.resolved.catalogue
    shown = tuple({column.source: column for one in frame.sets for column in one}.values())
    found, alike = [*_of_one_column(shown)], _Alike(frame.leaf.people)
    for scan in _scans(frame.leaf.people.relation):
        for rule in _rules_of(scan.table, catalogue):
            found += _asked(rule, scan, shown, frame, alike)
    return tuple(sorted(found, key=lambda ruled: len(ruled.columns)))


def blocks(ruled: Iterable[Ruled], listed: Callable[[Image], Listed]) -> tuple[Block, ...]:
    """What the rules rule out, in values. `listed` gives the codes of an image, in order; it is asked once for each."""
    known: dict[Image, Listed] = {}
    gone: dict[str, dict[object, None]] = {}
    pairs: list[Block] = []
    for one in ruled:
        for image in one.images:
            known[image] = known[image] if image in known else listed(image)
        made = [_by_value(known[image]) for image in one.images]
        if sum(1 for _ in made) == 2 and len(known[one.images[0]]) * len(known[one.images[1]]) > MOST_PAIRS:
            continue
        if len(one.columns) == 1:
            gone.setdefault(one.columns[0].name, {}).update(dict.fromkeys(_single(one, made)))
        else:
            pairs += _pairs(one, made, gone)
    return (*({name: tuple(values)} for name, values in gone.items() if values), *pairs)


def _by_value(listed: Listed) -> dict[object, list[Text]]:
    found: dict[object, list[Text]] = {}
    for code, value in listed:
        found.setdefault(value, []).append(code)
    return found


def _single(one: Ruled, made: Sequence[Mapping[object, Sequence[Text]]]) -> Iterator[object]:
    """The values of the one column that cannot stand beside any code of the context, or at all where there is none."""
    beside = [code for codes in made[1].values() for code in codes] if len(made) > 1 else None
    for value, codes in made[0].items():
        if beside is None:
            ruled_out = all(one.never(code, code) for code in codes)
        else:
            ruled_out = bool(beside) and all(one.never(code, other) for code in codes for other in beside)
        if ruled_out:
            yield value


def _pairs(
    one: Ruled, made: Sequence[Mapping[object, Sequence[Text]]], gone: Mapping[str, Mapping[object, None]]
) -> Iterator[Block]:
    """Values of the first column, together where they rule out the same values of the second."""
    names = [column.name for column in one.columns]
    first, second = (
        {value: codes for value, codes in values.items() if value not in gone.get(name, ())}
        for name, values in zip(names, made, strict=True)
    )
    alike: dict[tuple[object, ...], list[object]] = {}
    for value, codes in first.items():
        others = tuple(
            other
            for other, beside in second.items()
            if all(one.never(code, next_to) for code in codes for next_to in beside)
        )
        if others:
            alike.setdefault(others, []).append(value)
    yield from ({names[0]: tuple(values), names[1]: others} for others, values in alike.items())


def _scans(rows: Rows_) -> Iterator[Scan]:
    """Every table that stands in the relation, public ones too."""
    if isinstance(rows, Scan):
        yield rows
    for part in ("source", "left", "right"):
        inner = getattr(rows, part, None)
        if inner is not None:
            yield from _scans(inner)


def _of_one_column(shown: Sequence[FrameColumn]) -> Iterator[Ruled]:
    """Two dimensions made of one column are made of one code."""
    for one, other in combinations(shown, 2):
        if one.source.base.id == other.source.base.id:
            yield Ruled((one, other), None, lambda code, another: code != another)


def _asked(
    rule: Rule, scan: Scan, shown: Sequence[FrameColumn], frame: Frame, alike: "_Alike"
) -> Iterator[Ruled]:
    """The rule, about whichever of its two columns the frame shows; the other is its context."""
    one, other = (_shown(scan.columns.get(name), shown, alike) for name in (rule.one, rule.other))
    if rule.one == rule.other:
        yield from (Ruled((column,), None, rule.never) for column in one)
        return
    for column in one:
        yield from (Ruled((column, beside), None, rule.never) for beside in other)
        context = _context(scan, rule.other, frame, alike)
        if context is not None:
            yield Ruled((column,), context, rule.never)
    for column in other:
        context = _context(scan, rule.one, frame, alike)
        if context is not None:
            yield Ruled((column,), context, lambda code, beside: rule.never(beside, code))


def _shown(id: str | None, shown: Sequence[FrameColumn], alike: "_Alike") -> list[FrameColumn]:
    held = frozenset[str]() if id is None else alike.to(id)
    return [column for column in shown if column.source.base.id in held]


class _Alike:
    """The columns that hold the same code of the same list in every row: by inner joins, and by conditions.

    There is a rule for nearly every field, so each column is looked up once, and what stands for what is listed once.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._equal = [ids for part in people.filters if (ids := _equated(part)) is not None]
        self._known: dict[str, frozenset[str]] = {}
        self._joined: dict[str, list[str]] = {}
        for id in people.bases:
            self._joined.setdefault(people.representative(id), []).append(id)

    def to(self, id: str) -> frozenset[str]:
        """Those alike to a column, itself among them."""
        if id not in self._known:
            self._known[id] = self._found(id)
        return self._known[id]

    def _found(self, id: str) -> frozenset[str]:
        found, wanted = {id}, [id]
        while wanted:
            own = wanted.pop()
            beside = {other for ids in self._equal if own in ids for other in ids}
            beside |= {*self._joined.get(self._people.representative(own), ())}
            wanted += beside - found
            found |= beside
        bases = self._people.bases
        own_list = _list_of(bases.get(id))
        return frozenset(one for one in found if one == id or _list_of(bases.get(one)) == own_list)


def _equated(part: Scalar) -> tuple[str, str] | None:
    if not isinstance(part, exp.EQ):
        return None
    one, other = column_id(part.this), column_id(part.expression)
    return None if one is None or other is None else (one, other)


def _list_of(base: Base | None) -> tuple[str, str] | None:
    """The code list of a column, and the type that its codes are read as."""
    field = None if base is None else base.field
    return None if field is None else (field.code_set or "", field.type)


def _context(scan: Scan, name: str, frame: Frame, alike: _Alike) -> Image | None:
    """What the query's conditions and the project's years leave of a column; None where they leave all."""
    people, id = frame.leaf.people, scan.columns[name]
    conditioned = next((one for one in sorted(alike.to(id)) if own_filters(one, people)), None)
    is_year = scan.table.year is not None and scan.table.year.field == name
    if conditioned is None and not is_year:
        return None
    image = image_of(conditioned or id, people, frame.protected)
    grant = frame.protected.authorised.policy.table(scan.table.name)
    if image is None or not is_year or grant is None or grant.years is None:
        return image
    return replace(image, codes=tuple(code for code in image.codes if code in grant.years))


def _rules_of(table: Table, catalogue: Catalogue) -> tuple[Rule, ...]:
    return RULES.of(table, catalogue, make=lambda: tuple(_rules(table, catalogue)))


def _rules(table: Table, catalogue: Catalogue) -> Iterator[Rule]:
    if table.year is not None:
        yield from _of_years(table, table.year, catalogue)
    lists = {(one.fine, one.coarse): one.parents for one in catalogue.hierarchies}
    for one in table.dependencies:
        for name in one.determined if len(one.determining) == 1 else ():
            fine, coarse = table.fields[one.determining[0]], table.fields[name]
            parents = lists.get((fine.code_set or "", coarse.code_set or ""))
            if parents is not None:
                yield Rule(fine.name, name, _other_parent(parents))
    for then in table.implications:
        allowed = frozenset(then.codes)
        yield Rule(then.field, then.then_field, _not_among(allowed))


def _other_parent(parents: Mapping[str, str]) -> Never:
    return lambda fine, coarse: fine is not None and fine in parents and parents[fine] != coarse


def _not_among(allowed: frozenset[str]) -> Never:
    return lambda there, code: there is not None and code not in allowed


def _of_years(table: Table, year: YearField, catalogue: Catalogue) -> Iterator[Rule]:
    """What each field could hold in which year, and in which years there was a row at all."""
    for name, field in table.fields.items():
        codes = catalogue.code_sets[field.code_set].codes if field.code_set is not None else ()
        values = catalogue.code_sets[field.code_set].values if field.code_set is not None else ()
        validity = {value: _validity(code) for value, code in zip(values, codes, strict=True)}
        collected = _years(field.collected_from, field.collected_to)
        if name == year.field:
            yield Rule(name, name, _outside(collected, year.form))
        elif not field.never_null or any(span != ALWAYS for span in validity.values()):
            yield Rule(name, year.field, _not_in_use(field, validity, collected, year.form))


Span: TypeAlias = tuple[int, int]
"""The first and the last year, by the year in which they start."""
ALWAYS: Final[Span] = (0, 9999)


def _years(first: str | None, last: str | None) -> Span:
    return (ALWAYS[0] if first is None else int(first[:4]), ALWAYS[1] if last is None else int(last[:4]))


def _validity(code: Code) -> Span:
    return _years(code.valid_from, code.valid_to)


def _start(year: str, form: YearForm) -> int:
    return int(year[:4]) - (1 if form is YearForm.ENDING else 0)


def _within(year: Text, form: YearForm, span: Span) -> bool:
    return year is None or span[0] <= _start(year, form) <= span[1]


def _outside(span: Span, form: YearForm) -> Never:
    return lambda year, _: not _within(year, form, span)


def _not_in_use(field: Field, validity: Mapping[str, Span], collected: Span, form: YearForm) -> Never:
    """A field that is never null has a value in every year: of it, only what its codes say counts."""
    asked = ALWAYS if field.never_null else collected

    def never(code: Text, year: Text) -> bool:
        if code is None:
            return False
        return not (_within(year, form, validity.get(code, ALWAYS)) and _within(year, form, asked))

    return never
