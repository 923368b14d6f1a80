"""The linear systems of a scope: made when a number first needs one, from everything known that stands on its base.

Limit: a base of more units than `audited_units` has no system: what many wide numbers tell together is not audited.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain

import numpy as np

from enclave.disclosure.ledger.added import Added, spots_of
from enclave.disclosure.ledger.around import Around
from enclave.disclosure.ledger.bases import (
    EVERY_YEAR,
    Base,
    Entry,
    Joint,
    Place,
    are_heads,
    divides,
    place_of,
    stands_in,
    whole_entry,
    without_census,
    year_of,
)
from enclave.disclosure.ledger.beginnings import Beginning, Beginnings, Seeded
from enclave.disclosure.ledger.history import History, Limits
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, distinct, units_of
from enclave.disclosure.ledger.structure import Structure
from enclave.disclosure.ledger.worlds import Worlds

_NOBODY = np.zeros(0, dtype=np.int64)
_AT_A_TIME = 1 << 18
"""Labels whose units are counted in one go, about."""


@dataclass(slots=True)
class Systems:
    """Systems as they are needed, over what is known and what was added.

    With `before` these are copies of its systems, made when they are first asked for, so that what one answer shows can
    be tried and given up.
    """

    history: History
    structures: Mapping[str, Structure]
    limits: Limits
    before: "Systems | None" = None
    made: dict[tuple[Place, str], dict[Base, Seeded]] = field(default_factory=dict)
    added: Added = field(default_factory=Added)
    around: Around = field(init=False)
    beginnings: Beginnings = field(init=False)
    _worlds: dict[tuple[str, ...], Worlds] = field(default_factory=dict)
    _divided: dict[str | tuple[str, ...], set[Kind]] = field(default_factory=dict)
    _ties: dict[tuple[str, Joint], Joint] = field(default_factory=dict)
    _judged: tuple[LedgerNumber, list[tuple[Kind, Seeded]]] | None = None  # the last, and where it stands
    _main_of: tuple[Labels, dict[tuple[int, tuple[str, ...], int], bool]] | None = None

    def __post_init__(self) -> None:
        """What lies around a number is looked up in the history, and in what this answer adds."""
        before = None if self.before is None else self.before.around
        self.around = Around(self.history, self.limits, before)
        self.beginnings = Beginnings() if self.before is None else self.before.beginnings

    def judge(self, number: LedgerNumber) -> Finding:
        """What the number would do in each of its systems; the first that is not clear."""
        return next(self.findings(number), Finding.CLEAR)

    def findings(self, number: LedgerNumber) -> Iterator[Finding]:
        """All that are not clear."""
        entry, stands = whole_entry(number), list[tuple[Kind, Seeded]]()
        for kind in self._kinds(number):
            for place in self._places(number, kind):
                for seeded in self._of_whole(place, kind, entry):
                    stands.append((kind, seeded))
                    if seeded.audit is None:
                        continue
                    worlds = self._worlds_in(seeded, entry)
                    found = seeded.audit.judge(*entry.of_kind(kind), heads=entry.heads, worlds=worlds)
                    if found is not Finding.CLEAR and not (entry.heads and found is Finding.CAP):
                        yield found
        self._judged = number, stands
        if not entry.heads:
            yield from self.around.findings(number, entry)

    def _worlds_in(self, seeded: Seeded, entry: Entry) -> Worlds:
        """The codes that somebody could have in the years of all numbers of a system, and of a new one."""
        years = tuple(sorted({*seeded.years, *entry.years}))
        if years not in self._worlds:
            self._worlds[years] = Worlds(self.limits.codes, years)
        return self._worlds[years]

    def add(self, number: LedgerNumber) -> None:
        self._take_in(number, only_made=False)
        if self._ties_more(number):
            self._ties.clear()
        self.added.add(number)
        self.around.add(number)

    def forget_ties(self) -> None:
        """Which clusters numbers tie together is looked up again."""
        self._ties.clear()

    def _ties_more(self, number: LedgerNumber) -> bool:
        """Whether a number is over several clusters that none of its kind was over before."""
        joint = frozenset(number.clusters)
        return len(joint) > 1 and any(
            joint not in self._joints(cluster, kind) for cluster in joint for kind in number.kinds
        )

    def _take_anywhere(self, number: LedgerNumber, entry: Entry, *, only_made: bool) -> None:
        for kind in self._kinds(number):
            for place in self._places(number, kind):
                if only_made and (place, kind.name) not in self.made:
                    continue
                for seeded in self._of_whole(place, kind, entry):
                    _take(seeded, kind, entry)

    @property
    def is_used(self) -> bool:
        """Whether anything was read of the history, which has to follow it then."""
        return bool(self.made) or self.around.is_used

    def learn(self, number: LedgerNumber) -> None:
        """Take a number that the history is about to have into the systems that were made of it before."""
        self.around.learn(number)
        if len(number.clusters) > 1:
            self._ties.clear()
        self._take_in(number, only_made=True)

    def _take_in(self, number: LedgerNumber, *, only_made: bool) -> None:
        entry, judged, self._judged = whole_entry(number), self._judged, None
        if judged is not None and judged[0] is number and not only_made:
            for kind, seeded in judged[1]:
                _take(seeded, kind, entry)
        else:
            self._take_anywhere(number, entry, only_made=only_made)
        for place in spots_of(number):
            self._divided.setdefault(place, set()).update(kind for kind in number.kinds if divides(kind))

    # Which systems

    def _kinds(self, number: LedgerNumber) -> Sequence[Kind]:
        """The kinds of systems that the number stands in: a count of heads in those of all codes that divide them."""
        if not are_heads(number):
            return number.kinds
        found: dict[str, Kind] = {}
        for place in spots_of(number):
            for kind in (*self.history.dividing(place), *self._divided.get(place, ())):
                found[kind.name] = kind
        return [found[name] for name in sorted(found)]

    def _places(self, number: LedgerNumber, kind: Kind) -> list[Place]:
        """The number's own place, and all clusters that numbers over several tie to it."""
        own = place_of(number)
        if not number.clusters:
            return [own]
        tied = self._tied(number, kind)
        if len(tied) == 1:
            return [own]
        if are_heads(number) and not any(self._joints(one, kind) for one in number.clusters):
            return []  # no number of the kind is over several of these clusters
        return [own, tied] if isinstance(own, str) else [tied]

    def _tied(self, number: LedgerNumber, kind: Kind) -> Joint:
        """The clusters of the number, those of every number over several that shares one with them, and so on.

        Limit: not past `audited_units` units together; what lies further away is not audited with it.
        """
        own = frozenset(number.clusters)
        key = (kind.name, own)
        if key not in self._ties:
            self._ties[key] = self._grown(own, kind, whole_entry(number))
        return self._ties[key]

    def _grown(self, own: Joint, kind: Kind, entry: Entry) -> Joint:
        tied, waiting = set(own), sorted(own)
        units = sum(self._size(cluster, entry) for cluster in own)
        while waiting:
            for joint in self._joints(waiting.pop(), kind):
                new = joint - tied
                more = sum(self._size(cluster, entry) for cluster in new)
                if new and units + more <= self.limits.audited_units:
                    tied |= new
                    units += more
                    waiting += sorted(new)
        return frozenset(tied)

    def _joints(self, cluster: str, kind: Kind) -> Sequence[Joint]:
        """Those of the history and of what was added, in order of names."""
        known, added = self.history.joints(cluster, kind), self.added.joints(cluster, kind)
        return sorted({*known, *added}, key=sorted) if added else known

    def _size(self, cluster: str, entry: Entry) -> int:
        counts = [structure.largest(cluster) for structure in self._structures(entry)]
        return max(counts, default=0)

    def _of_whole(self, place: Place, kind: Kind, entry: Entry) -> Iterator[Seeded]:
        """The systems of a place in which the whole number counts, with the headcounts of its censuses."""
        for base, seeded in self._opened_for(place, kind, entry).items():
            if entry.is_in(base):
                self._seed(base, kind, seeded, entry)
                yield seeded

    def _opened_for(self, place: Place, kind: Kind, entry: Entry) -> dict[Base, Seeded]:
        opened = self.opened(place, kind)
        self._make_all(place, kind, entry, opened)
        return opened

    def opened(self, place: Place, kind: Kind) -> dict[Base, Seeded]:
        """All systems of a kind in one place: one for each base that any known number there has."""
        key = (place, kind.name)
        if key in self.made:
            return self.made[key]
        if self.before is not None:
            opened = {base: one.copy() for base, one in self.before.opened(place, kind).items()}
            self._catch_up(place, kind, opened)
            self.made[key] = opened
            return opened
        opened = self.made[key] = {}
        every = cache(lambda: list(self._known(place, kind)))  # most are in several of the bases
        for known in self._known(place, kind):
            self._make_all(place, kind, known, opened, every)
        return opened

    def _catch_up(self, place: Place, kind: Kind, opened: dict[Base, Seeded]) -> None:
        """Take in what was added before these systems were asked for: heads, which no kind led to them."""
        for entry in self._added_in(place, kind):
            for base, seeded in opened.items():
                if entry.is_in(base):
                    self._seed(base, kind, seeded, entry)
                    _take(seeded, kind, entry)

    def _make_all(
        self,
        place: Place,
        kind: Kind,
        entry: Entry,
        opened: dict[Base, Seeded],
        known: Callable[[], Iterable[Entry]] | None = None,
    ) -> None:
        for base in self._bases(place, kind, entry):
            if base not in opened:
                opened[base] = self._make(base, kind, entry, known or partial(self._known, place, kind))

    def _bases(self, place: Place, kind: Kind, entry: Entry) -> Iterator[Base]:
        year = year_of(kind, entry)
        yield Base(place, None, year)
        if isinstance(place, str) and entry.parts and self._is_less(place, entry, year):
            yield Base(place, entry.parts, year)

    def _is_less(self, cluster: str, entry: Entry, year: str | None) -> bool:
        known: frozenset[str] = frozenset()
        for structure in self._structures(entry):
            known |= structure.parts_of(cluster, None if year == EVERY_YEAR else year)
        return bool(known - entry.parts)

    # Making one

    def _make(self, base: Base, kind: Kind, entry: Entry, known: Callable[[], Iterable[Entry]]) -> Seeded:
        """`known` gives what is known of the kind in the place: it is not read for a base that is too large."""
        units = self._units(base, entry)
        if units > self.limits.audited_units:
            return Seeded(units, None)
        inside = [one for one in known() if one.is_in(base)]
        if not inside and divides(kind):
            return self._begun(base, kind, entry, units)
        seeded = self._empty(base, units)
        for one in inside:
            self._seed(base, kind, seeded, one)
            _take(seeded, kind, one)
        return seeded

    def _empty(self, base: Base, units: int) -> Seeded:
        capped = base.year != EVERY_YEAR and units > 0 and not isinstance(base.place, tuple)
        most_rank = units // self.limits.units_per_number if capped else None
        return Seeded(units, System(min_units=self.limits.min_units, most_rank=most_rank))

    def _begun(self, base: Base, kind: Kind, entry: Entry, units: int) -> Seeded:
        """A system with nothing but what everybody knows of the entry's censuses: kept for all questions."""
        tables = entry.tables[:1]
        margins = [
            self.history.margins(table, census) for table in tables for census in sorted(entry.censuses)
        ]
        which = Beginning(base, kind, units, entry.censuses, tables, tuple(margins), self._mains(base, entry))
        return self.beginnings.of(which, lambda: self._seeded(base, kind, self._empty(base, units), entry))

    def _seeded(self, base: Base, kind: Kind, seeded: Seeded, entry: Entry) -> Seeded:
        self._seed(base, kind, seeded, entry)
        return seeded

    def _mains(self, base: Base, entry: Entry) -> tuple[tuple[str, str, bool], ...]:
        """Of which registers the entry's censuses are, and whether it has main rows alone there."""
        return tuple(
            (name, census, self._are_main(structure, entry, base.clusters, code))
            for name, structure in self.structures.items()
            if structure.table in entry.tables[:1] and structure.is_register
            for census in entry.censuses
            if (code := structure.code_of(census)) is not None
        )

    def _known(self, place: Place, kind: Kind) -> Iterator[Entry]:
        """What stands in systems of a kind in one place."""
        yield from self.history.within(place, kind)
        yield from self._added_in(place, kind)

    def _added_in(self, place: Place, kind: Kind | None = None) -> Iterator[Entry]:
        for number in self.added.within(place):
            if kind is None or stands_in(number, kind):
                yield whole_entry(number)

    # What everybody knows

    def _seed(self, base: Base, kind: Kind, seeded: Seeded, entry: Entry) -> None:
        """Take in what is published of the entry's censuses, and how many units stand where.

        The heads are those of the main rows, where the entry has no others. In a system of sums they are no equations,
        and neither are counts of a code.
        """
        if not divides(kind) or seeded.audit is None:
            return
        for census in sorted(set(entry.censuses) - seeded.published):
            self._publish(base, kind, seeded, entry.tables[:1], census)
        for structure in self._structures(entry):
            if not structure.is_register:
                continue
            for census in entry.censuses:
                code = structure.code_of(census)
                if code is None or ((census, True) in seeded.heads and (census, False) in seeded.heads):
                    continue
                main = self._are_main(structure, entry, base.clusters, code)
                if (census, main) not in seeded.heads:
                    seeded.heads.add((census, main))
                    for labels in structure.heads(base.clusters, base.parts, code, main=main):
                        plain = without_census(labels) if kind.fixed else labels
                        if seeded.audit.add(plain, plain, heads=True):
                            seeded.audit.allow_one_more()  # heads tell nothing of the kind

    def _publish(self, base: Base, kind: Kind, seeded: Seeded, tables: Sequence[str], census: str) -> None:
        seeded.published.add(census)
        for table in tables:
            for one in self.history.published(table, base.clusters, census):
                if one.has(kind) and one.is_in(base):
                    _take(seeded, kind, one)

    def _are_main(self, structure: Structure, entry: Entry, clusters: tuple[str, ...], code: int) -> bool:
        """Looked up once for a number, which stands in systems of several kinds and bases."""
        if self._main_of is None or self._main_of[0] is not entry.visible:
            self._main_of = (entry.visible, {})
        key = (id(structure), clusters, code)
        if key not in self._main_of[1]:
            self._main_of[1][key] = structure.are_main(entry.visible, clusters, code)
        return self._main_of[1][key]

    def _structures(self, entry: Entry) -> list[Structure]:
        """Of the table that says where its units stand: whatever else is known here does not matter to it."""
        return [one for one in self.structures.values() if one.table in entry.tables[:1]]

    def _units(self, base: Base, entry: Entry) -> int:
        """The units of a base at the censuses of the first number on it; in its year, where these are not known.

        Of a base that is too large for a system, no more than that it is.
        """
        counts = [self._units_of(structure, base, entry) for structure in self._structures(entry)]
        if any(counts):
            return max(counts)
        added = (one.visible for one in self._added_in(base.place))
        seen = chain((entry.visible,), self.history.seen(base.place), added)
        return _units_together(seen, enough=self.limits.audited_units)

    def _units_of(self, structure: Structure, base: Base, entry: Entry) -> int:
        own = [code for census in entry.censuses if (code := structure.code_of(census)) is not None]
        codes = own or structure.codes_of(base.structure_year)
        return max((structure.units_at(base.clusters, base.parts, code) for code in codes), default=0)


def _units_together(populations: Iterable[Labels], *, enough: int) -> int:
    """How many units some populations have together. Once there are more than enough, no further ones are read.

    A project that asks for whole tables has thousands of wide numbers, of millions of people together.
    """
    found, waiting, many = _NOBODY, dict[int, Labels](), 0  # many numbers have the same people
    for one in populations:
        if id(one) in waiting:
            continue
        waiting[id(one)] = one
        many += len(one)
        if many > _AT_A_TIME or len(one) > enough:
            found, waiting, many = _with_units(found, waiting.values()), {}, 0
            if len(found) > enough:
                return len(found)
    return len(_with_units(found, waiting.values()))


def _with_units(units: Labels, populations: Iterable[Labels]) -> Labels:
    return distinct(np.concatenate((units, *(units_of(one) for one in populations))))


def _take(seeded: Seeded, kind: Kind, entry: Entry) -> None:
    """Take an entry into a system. Heads tell nothing of the kind, so they are outside the cap: once, however often
    they are asked for."""
    if seeded.audit is None:
        return
    seeded.years.update(entry.years)
    if seeded.audit.add(*entry.of_kind(kind), heads=entry.heads) and entry.heads:
        seeded.audit.allow_one_more()


def kind_names(kinds: Iterable[Kind]) -> frozenset[str]:
    return frozenset(kind.name for kind in kinds)
