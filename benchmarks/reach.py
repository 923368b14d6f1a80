"""What it costs to say who used one record, at the size of the country.

`python -m benchmarks.reach [UNITS DEFINITIONS USES]`

The history is generated: people of thirty years of birth in 152 areas, and definitions as researchers ask them: of one
year of the data to three, of one year group or all, of the country, an area or less, with none to two conditions on
codes. Who a definition reaches is made of the same bits that an engine's answer becomes; files, database and answers
are the product's own.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks.measure import Times, timed
from enclave.actions.record_uses import ReachDesk, uses_of_record
from enclave.audit import make_audit_key
from enclave.outputs.records import QueryId
from enclave.store import Store
from enclave.store.database import connect, writing
from enclave.store.reach_shelves import PLANES_PER_SHELF, Shelves
from enclave.store.reach_tables import REACH_DEFINITIONS, REACH_USES
from enclave.terms import FieldRef, ProjectId
from enclave.transparency.reach import Bits, Definition, DefinitionName, NewUse, Plane
from enclave.wiring.home import Home
from enclave.wiring.records import database_url, open_records
from enclave.wiring.sources import SystemClock, new_key

UNITS, DEFINITIONS, USES = 20_000_000, 20_000, 100_000
LOOKED_AT = 200
VERSION = "v-1"
BORN, AREAS, GROUPS = 30, 152, 18
FIRST_YEAR, YEARS, YOUNGEST, OLDEST = 2007, 18, 5, 16
EVERY_AGE = range(YOUNGEST, OLDEST + 1)
START = datetime(2020, 1, 1, tzinfo=UTC)
FIELDS = tuple(FieldRef("census", f"field_{number}") for number in range(40))


@dataclass(frozen=True, slots=True)
class ReachCosts:
    """Milliseconds for one record, and what is kept in bytes."""

    units: int
    definitions: int
    planes: int
    uses: int
    p50: float
    p95: float
    longest: float
    uses_of_a_record: float
    file_bytes: int
    database_bytes: int
    seconds_to_fill: float
    peak_memory_bytes: int


def reach_costs(
    folder: Path,
    *,
    units: int = UNITS,
    definitions: int = DEFINITIONS,
    uses: int = USES,
    looked_at: int = LOOKED_AT,
) -> ReachCosts:
    """Fill a store with a history, and ask for the uses of some records at random, each of them once."""
    chance = random.Random(1)
    started, shelves = time.monotonic(), Shelves(folder / "shelves")
    planes = _fill(shelves, _People(units), definitions, chance)
    with _store(folder) as store:
        _record(store, database_url(Home(folder)), definitions, uses, chance)
        filled = time.monotonic() - started
        desk = ReachDesk(store.reach, shelves, _nothing_is_missing)
        found: list[int] = []
        desk.shelves.known(VERSION)
        times = Times(
            tuple(
                timed(lambda: found.append(len(uses_of_record(desk, {VERSION: chance.randrange(1, units)}))))
                for _ in range(looked_at)
            )
        )
    return ReachCosts(
        units=units,
        definitions=definitions,
        planes=planes,
        uses=uses,
        p50=times.median,
        p95=times.percentile(95),
        longest=max(times.milliseconds),
        uses_of_a_record=sum(found) / len(found),
        file_bytes=sum(shelves.sizes().values()),
        database_bytes=(folder / "state" / "enclave.db").stat().st_size,
        seconds_to_fill=filled,
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


class _People:
    """Who is what, a bit each."""

    def __init__(self, units: int) -> None:
        chance = np.random.default_rng(2)
        born, area = chance.integers(0, BORN, units, np.int16), chance.integers(0, AREAS, units, np.int16)
        group, share = chance.integers(0, GROUPS, units, np.int16), chance.random(units, np.float32)
        self.born = [_bits(born == year) for year in range(BORN)]
        self.areas = [_bits(area == number) for number in range(AREAS)]
        self.groups = [_bits(group == number) for number in range(GROUPS)]
        self.flags = [_bits(share < 0.2), _bits((share > 0.1) & (share < 0.25)), _bits(share > 0.5)]

        self._everybody: dict[int, Bits] = {}

    def at_school(self, year: int, ages: range) -> Bits:
        """Of those ages in that year. Of all ages it is counted once: many definitions are of everybody."""
        if ages != EVERY_AGE:
            return self._of_ages(year, ages)
        if year not in self._everybody:
            self._everybody[year] = self._of_ages(year, ages)
        return self._everybody[year]

    def _of_ages(self, year: int, ages: range) -> Bits:
        those = [self.born[born] for age in ages if 0 <= (born := year - age - FIRST_YEAR + OLDEST) < BORN]
        return np.bitwise_or.reduce(those) if those else np.zeros_like(self.born[0])


def _bits(there: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Bits:
    return np.packbits(there, bitorder="little")


def _name(number: int) -> DefinitionName:
    return _definition(number).name


def _definition(number: int) -> Definition:
    return Definition(VERSION, "person", f"SELECT {number}", f"shape {number}", (("census", "key"),), ())


def _asked(people: _People, number: int, chance: random.Random) -> Iterator[tuple[Plane, Bits]]:
    first, several = chance.randrange(YEARS), chance.choice((1, 1, 1, 1, 2, 3))
    age = chance.randint(YOUNGEST, OLDEST)
    ages = range(age, age + 1) if chance.random() < 0.6 else EVERY_AGE
    parts = [chance.choice(people.flags) for _ in range(chance.choice((0, 1, 1, 2)))]
    if chance.random() < 0.3:
        parts.append(chance.choice(people.areas))
    if chance.random() < 0.2:
        parts.append(chance.choice(people.groups))
    for year in range(first, min(first + several, YEARS)):
        found = people.at_school(FIRST_YEAR + year, ages)
        for part in parts:
            found = found & part
        yield (_name(number), f"{FIRST_YEAR + year}"), found


def _fill(shelves: Shelves, people: _People, definitions: int, chance: random.Random) -> int:
    waiting: dict[Plane, Bits] = {}
    planes = 0
    for number in range(definitions):
        waiting.update(_asked(people, number, chance))
        if len(waiting) >= PLANES_PER_SHELF - 2 or number == definitions - 1:
            shelves.put_all(VERSION, waiting)
            planes += len(waiting)
            waiting = {}
    return planes


def _store(folder: Path) -> Store:
    home = Home(folder)
    home.keys.mkdir(parents=True)
    make_audit_key(home.keys, origin="bench/audit", new_key=new_key)
    return open_records(home, clock=SystemClock())


def _record(store: Store, database: str, definitions: int, uses: int, chance: random.Random) -> None:
    """One use of each through the front door of the store would take a commit each; they are put in together."""
    first = NewUse(QueryId("Q-1"), ProjectId("P-1"), START, _definition(0), FIELDS[:8])
    store.reach.reads(first)
    rows = [
        {"id": number + 1, "name": _name(number), "data_version": VERSION, "unit": "person",
         "statement": {"sql": "", "shape": "", "reads": [], "years": [], "inputs": []}, "inputs": b""}
        for number in range(1, definitions)
    ]  # fmt: skip
    used = [
        {"definition": 1 + (number if number < definitions else chance.randrange(definitions)),
         "query_id": f"Q-{number + 2}", "project": f"P-{chance.randrange(400)}",
         "at": START + timedelta(minutes=number),
         "fields": tuple(str(field) for field in chance.sample(FIELDS, 8))}
        for number in range(uses - 1)
    ]  # fmt: skip
    with writing(connect(database)) as connection:
        connection.execute(insert(REACH_DEFINITIONS), rows)
        connection.execute(insert(REACH_USES), used)


def _nothing_is_missing(definition: Definition) -> dict[str, Bits]:
    raise AssertionError(f"{definition.name} is known")


def main() -> None:
    asked = [int(word) for word in sys.argv[1:]] or [UNITS, DEFINITIONS, USES]
    with tempfile.TemporaryDirectory(prefix="enclave-reach-") as folder:
        costs = reach_costs(Path(folder), units=asked[0], definitions=asked[1], uses=asked[2])
    print(json.dumps({name: round(value, 1) for name, value in asdict(costs).items()}, indent=1))


if __name__ == "__main__":
    main()
