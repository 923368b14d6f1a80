"""Laws of the standard margins, against counting with dictionaries."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.counted import CensusRows, Counted, Key, MarginField, counted, lines
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers
from enclave.disclosure.ledger.numbers import (
    CENSUS_MASK,
    Kind,
    LedgerNumber,
    Likeness,
    Population,
    labels_of,
    units_of,
)
from enclave.disclosure.ledger.pairs import PairJudge
from enclave.disclosure.ledger.published import published
from enclave.disclosure.ledger.runs import histogram
from tests.support.ledger_margins import entered

T = 4
BY = [("sex",), ("benefit",), ("origin",), ("benefit", "sex"), ("origin", "sex")]


@dataclass(frozen=True)
class Row:
    unit: int
    cluster: int
    sex: int
    benefit: int
    origin: int


rows_of_a_census = st.lists(
    st.builds(
        Row,
        unit=st.integers(0, 40),
        cluster=st.integers(-1, 4),
        sex=st.integers(0, 1),
        benefit=st.integers(0, 1),
        origin=st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
)


def census_of(rows: list[Row], *, is_main: bool = True, code: int = 7, year: str = "2024") -> CensusRows:
    """Clusters 0 to 2 are in area 0, the others in area 1; no cluster, no area."""

    def column(name: str) -> np.typing.NDArray[np.int64]:
        return np.array([getattr(row, name) for row in rows], dtype=np.int64)

    clusters = column("cluster")
    return CensusRows(
        table="pupils",
        name=f"{year} {code}",
        code=code,
        year=year,
        term=str(code),
        units=column("unit"),
        clusters=clusters,
        cluster_names=[f"school {one}" for one in range(5)],
        areas=np.where(clusters < 0, -1, clusters // 3),
        fields={
            "sex": MarginField(column("sex"), 2, None),
            "benefit": MarginField(column("benefit"), 2, ("benefit = no", "benefit = yes")),
            "origin": MarginField(
                column("origin"),
                3,
                ("origin = a", "origin = b", "origin = c"),
                Kind("code:origin", fixed=True),
            ),
        },
        is_main=is_main,
    )


@given(rows_of_a_census, st.booleans())
def test_a_margin_has_the_population_that_counting_gives(rows: list[Row], is_main: bool) -> None:
    census = census_of(rows, is_main=is_main)
    for table in counted(census, BY):
        for place, codes in enumerate(table.codes.tolist()):
            mine = [row for row in rows if is_in(row, table.key, codes)]
            units = np.unique([row.unit for row in mine])
            assert table.sizes[place] == len(units)
            assert (table.bins[place] == histogram(units.astype(np.int64))).all()
            clusters = {row.cluster for row in mine}
            assert table.clusters[place] == (clusters.pop() if len(clusters) == 1 else -1)


def is_in(row: Row, key: Key, codes: list[int]) -> bool:
    level, fields = key
    places = (0, row.cluster // 3 + 1 if row.cluster >= 0 else 0, row.cluster + 1)
    return [places[level], *(getattr(row, name) for name in fields)] == codes


@given(rows_of_a_census, st.booleans())
def test_what_is_entered_is_found_again_with_its_size_and_its_shelf(rows: list[Row], is_main: bool) -> None:
    census = census_of(rows, is_main=is_main)
    margins, known = entered([census], BY, min_units=T), KnownNumbers()
    margins.enter(known)
    clusters = [*(f"school {one}" for one in range(5)), SEVERAL]
    likenesses = [Likeness("count", census.name), Likeness("count", "")]
    groups = {known.group(like, cluster): (like, cluster) for like in likenesses for cluster in clusters}
    seen = set()
    for run in known.runs:
        for group, size, handle in zip(run.rows.groups, run.rows.sizes, run.rows.handles, strict=True):
            population = margins.population_of(int(handle))
            likeness, _ = groups[int(group)]
            is_fixed = bool(population.hidden) and all(
                text.startswith("origin") for text in population.hidden
            )
            assert len(units_of(population.labels)) == size >= T
            assert (population.labels & CENSUS_MASK == (0 if is_fixed else 7)).all()
            assert is_fixed or likeness.censuses == census.name
            assert set(population.labels) <= set(population.visible)
            seen.add(int(handle))
    assert seen == set(range(-len(margins), 0))


@given(rows_of_a_census, st.lists(st.sets(st.integers(0, 40), min_size=1), min_size=1, max_size=6))
def test_numbers_that_were_expected_are_judged_as_those_that_were_not(
    rows: list[Row], groups: list[set[int]]
) -> None:
    census = census_of(rows)
    margins, known = entered([census], BY, min_units=T), KnownNumbers()
    margins.enter(known)
    numbers = []
    for at, group in enumerate(groups):
        labels = labels_of(sorted(group), census.code)
        about = Population(labels, labels, frozenset())
        numbers.append(LedgerNumber(bytes([at]), Likeness("count", census.name), (), about))
    judges = [PairJudge([], known, margins.population_of, min_units=T) for _ in range(2)]
    judges[0].expect(numbers)
    for number in numbers:
        found = [list(judge.findings_of(number)) for judge in judges]
        assert found[0] == found[1]
        for judge in judges:
            judge.show_also(number)


Shown = dict[Key, dict[tuple[int, ...], int]]
"""Published cells by table, with how many units they have."""


def published_of(rows: list[Row]) -> tuple[dict[Key, Counted], Shown]:
    """All tables as counted, and what is published of them."""
    census = census_of(rows)
    tables = {one.key: one for one in counted(census, BY)}
    kept = published({key: one.sizes for key, one in tables.items()}, list(lines(census, tables)), T)
    shown = {
        key: {tuple(tables[key].codes[place].tolist()): int(tables[key].sizes[place]) for place in places}
        for key, places in kept.items()
    }
    return tables, shown


@given(rows_of_a_census)
def test_no_published_total_less_its_published_parts_leaves_a_few(rows: list[Row]) -> None:
    """Nor, where zeros are hidden, a part of nobody by itself."""
    rows = [replace(row, unit=place) for place, row in enumerate(rows)]
    tables, shown = published_of(rows)
    for (level, fields), finer in tables.items():
        for name in fields:
            place = fields.index(name) + 1
            coarser = (level, tuple(one for one in fields if one != name))
            for codes in shown.get(coarser, ()):
                line = parts_of(finer, codes, place)
                complete = possible_parts(rows, (level, fields), codes, name)
                assert is_closed(line, set(shown[level, fields]), complete)


def possible_parts(rows: list[Row], key: Key, codes: tuple[int, ...], name: str) -> int:
    """How many parts a total by one field may have, as far as everybody can see: all codes of a hidden one."""
    level, fields = key
    if name in ("benefit", "origin"):
        return {"benefit": 2, "origin": 3}[name]
    if not set(fields) & {"benefit", "origin"}:
        return 0
    others = [one for one in fields if one != name]
    seen = [(one, code) for one, code in zip(others, codes[1:], strict=True) if one == "sex"]
    there = [row for row in rows if is_in(row, (level, ()), [codes[0]])]
    there = [row for row in there if all(getattr(row, one) == code for one, code in seen)]
    return len({getattr(row, name) for row in there})


def parts_of(finer: Counted, codes: tuple[int, ...], place: int) -> dict[tuple[int, ...], int]:
    cells: dict[tuple[int, ...], int] = defaultdict(int)
    for cell, size in zip(finer.codes.tolist(), finer.sizes.tolist(), strict=True):
        if tuple(cell[:place] + cell[place + 1 :]) == codes:
            cells[tuple(cell)] = size
    return cells


def is_closed(line: dict[tuple[int, ...], int], shown: set[tuple[int, ...]], complete: int) -> bool:
    back = [size for cell, size in line.items() if cell not in shown]
    parts = len(line) - len(back)
    missing = max(len(back), complete - parts)
    if not parts or not missing:
        return True
    return missing >= 2 and sum(back) >= T


@given(rows_of_a_census, st.data())
def test_what_is_published_does_not_tell_nobody_from_a_few(rows: list[Row], data: st.DataObject) -> None:
    """Two censuses alike but for one unit, moved between two rare codes: the same is published of both."""
    few = data.draw(st.integers(1, min(T - 1, len(rows))))
    more = data.draw(st.integers(0, T - 2))
    rows = [
        replace(row, unit=place, origin=1 if place < few else 2 if place < few + more else 0)
        for place, row in enumerate(rows)
    ]
    twin = [replace(rows[0], origin=2), *rows[1:]]
    assert published_of(rows)[1] == published_of(twin)[1]


@given(rows_of_a_census, rows_of_a_census)
def test_a_table_is_known_over_its_terms_too(one: list[Row], other: list[Row]) -> None:
    censuses = [census_of(one, code=1), census_of(other, code=2)]
    margins, known = entered(censuses, [], min_units=T), KnownNumbers()
    margins.enter(known)
    units = {row.unit for row in [*one, *other]}
    group = known.group(Likeness("count", "2024 1; 2024 2"), SEVERAL)
    found = [int(size) for run in known.runs for size in run.rows.sizes[run.of_group(group)]]
    assert found == ([len(units)] if len(units) >= T else [])
    if found:
        assert set(units_of(margins.population_of(-len(margins)).labels)) == units
