"""What a cluster (a school) or an area is told once a year: which projects used its people's data, for what, how many.

Nothing here knows what a cluster is called: the words are the catalogue's. Numbers are those of `reach_counts`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from enclave.catalogue.model import Area, Catalogue, Words
from enclave.terms import ProjectId
from enclave.transparency.notes import Note, NoteKind
from enclave.transparency.reach_counts import HIDDEN, Counted, ProjectReach
from enclave.transparency.register import Register, RegisteredProject

DEFAULT_UNIT = Words("person", "people")


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster by its code: its name, and the code and name of the area in which it lies."""

    code: str
    name: str
    area: str = ""
    area_name: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody to whom the cluster itself gives data, as the cluster has declared it."""

    cluster: str
    name: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class UseLine:
    """One project in a report. `units` is rounded down; None: a number that is not shown."""

    project: ProjectId
    title: str
    organisation: str
    why: str
    kinds: tuple[str, ...]
    child_kinds: tuple[str, ...]
    years: tuple[str, ...]
    latest_year: str
    units: int | None
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the catalogue that a report is written in."""

    unit: Words
    cluster: Words
    area: Words | None


@dataclass(frozen=True, slots=True)
class Report:
    """One cluster's or area's report. `of_area`: it is an area's, and `place` names it."""

    place: Place
    of_area: bool
    year: int
    counted_on: date
    uses: tuple[UseLine, ...]
    providers: tuple[Provider, ...]
    words: Vocabulary
    house: str
    contact: str
    never: tuple[str, ...]
    synthetic: bool
    all_projects: int


def vocabulary(catalogue: Catalogue) -> Vocabulary:
    """Of the first kind of unit, and the first kind of cluster that is listed."""
    unit = next(iter(catalogue.units.values()), DEFAULT_UNIT)
    kind = next(iter(catalogue.listings), None)
    if kind is None:
        return Vocabulary(unit, next(iter(catalogue.clusters.values()), Words("group", "groups")), None)
    area: Area | None = catalogue.listings[kind].area
    return Vocabulary(unit, catalogue.clusters[kind], None if area is None else area.words)


@dataclass(frozen=True, slots=True, eq=False)
class Reporter:
    """All that reports of one year are made of. Making one looks at nothing else."""

    register: Register
    catalogue: Catalogue
    counted: Counted
    year: int
    places: Mapping[str, Place]
    providers: Mapping[str, tuple[Provider, ...]]
    contact: str

    def clusters(self) -> Iterator[Report]:
        """One report for each cluster of the listing, also where nothing was used."""
        words, entries = vocabulary(self.catalogue), self._entries()
        columns = {code: column for column, code in enumerate(self.counted.clusters)}
        for code, place in self.places.items():
            column = columns.get(code)
            uses = () if column is None else tuple(self._lines(entries, [column]))
            yield self._report(place, uses, words, of_area=False, providers=self.providers.get(code, ()))

    def areas(self) -> Iterator[Report]:
        """One report for each area in which a cluster lies."""
        words, entries = vocabulary(self.catalogue), self._entries()
        columns: dict[str, list[int]] = {}
        for column, code in enumerate(self.counted.clusters):
            if code in self.places:
                columns.setdefault(self.places[code].area, []).append(column)
        names = {place.area: place.area_name for place in self.places.values() if place.area}
        for area, name in sorted(names.items()):
            uses = tuple(self._lines(entries, columns.get(area, [])))
            yield self._report(Place(area, name), uses, words, of_area=True, providers=())

    def cluster(self, code: str) -> Report | None:
        """One, by its code."""
        place = self.places.get(code)
        if place is None:
            return None
        columns = [column for column, one in enumerate(self.counted.clusters) if one == code]
        uses = tuple(self._lines(self._entries(), columns))
        providers = self.providers.get(code, ())
        return self._report(place, uses, vocabulary(self.catalogue), of_area=False, providers=providers)

    def _entries(self) -> list[tuple[RegisteredProject, ProjectReach]]:
        entries = {entry.project.id: entry for entry in self.register.projects}
        return [(entries[one.project], one) for one in self.counted.projects if one.project in entries]

    def _lines(
        self, entries: Iterable[tuple[RegisteredProject, ProjectReach]], columns: Sequence[int]
    ) -> Iterator[UseLine]:
        for entry, reach in entries:
            years = {
                year: units for year, row in reach.by_cluster.items() if (units := _units(row, columns)) != 0
            }
            if years:
                yield self._line(entry, years)

    def _line(self, entry: RegisteredProject, years: Mapping[str, int]) -> UseLine:
        tables = [table.name for table in entry.tables if not table.public]
        plain = self.catalogue.plain
        kinds = [
            plain[name].adult if name in plain else self.catalogue.tables[name].description for name in tables
        ]
        latest = max(years)
        return UseLine(
            project=entry.project.id,
            title=entry.project.title,
            organisation=entry.organisation.name,
            why=entry.project.purpose.public_summary,
            kinds=tuple(dict.fromkeys(kinds)),
            child_kinds=tuple(dict.fromkeys(plain[name].child for name in tables if name in plain)),
            years=tuple(sorted(years)),
            latest_year=latest,
            units=None if years[latest] == HIDDEN else years[latest],
            begins=entry.project.dates.starts,
            ends=entry.project.dates.ends,
        )

    def _report(
        self,
        place: Place,
        uses: tuple[UseLine, ...],
        words: Vocabulary,
        *,
        of_area: bool,
        providers: tuple[Provider, ...],
    ) -> Report:
        return Report(
            place=place,
            of_area=of_area,
            year=self.year,
            counted_on=self.counted.on,
            uses=uses,
            providers=providers,
            words=words,
            house=self.register.house.name,
            contact=self.contact,
            never=tuple(one.replace("_", " ") for one in sorted(self.register.house.never)),
            synthetic=self.register.house.synthetic,
            all_projects=len(self.register.of_stage("active")),
        )


def providers_of(notes: Iterable[Note]) -> Mapping[str, tuple[Provider, ...]]:
    """Whom each cluster gives data to, by its code. Of one name the newest counts; one without a text is withdrawn."""
    found: dict[str, dict[str, Provider]] = {}
    for note in notes:
        if note.kind is NoteKind.PROVIDER:
            provider = Provider(note.about, note.title, note.text, note.why)
            found.setdefault(note.about, {}).setdefault(note.title, provider)
    return {code: tuple(one for _, one in sorted(named.items()) if one.what) for code, named in found.items()}


def _units(row: np.ndarray[tuple[int], np.dtype[np.int64]], columns: Sequence[int]) -> int:
    """Of several clusters the sum of what is shown of each; hidden where there is nothing else."""
    values = row[list(columns)]
    shown = int(values[values > 0].sum())
    return shown or (HIDDEN if (values == HIDDEN).any() else 0)
