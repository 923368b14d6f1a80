"""A little world of hospitals over three terms, and twins of it that differ in one hidden thing.

Catalogue and policies are those of the session attacks; here there are few people, so that most groups stand near the
threshold, and most of them differ from another group by one known person.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from tests.attacks.sessions.policies import DIAGNOSES, SCORES

Value = int | float | str | bool
Row = Mapping[str, Value]
TERMS = ((2022, "AUT"), (2022, "SPR"), (2023, "SPR"))
HOSPITALS = (1000, 1001, 2000, 2001)
"""`place * 1000 + region`: two hospitals in each of two regions."""
WARDS = (1, 2, 3)
SMALLEST, LARGEST = 3, 18
FIXED = ("carrier", "diagnosis", "score")
CHANGING = ("smoker", "dose")
MEASURES = ("score", "dose")
VISIBLE = ("hospital_id", "ward", "sex", "month", "decile", "weekday")
RARE = 10
"""The decile that most wards have one person of."""
MOST_APART = 2
"""Visible fields in which two people who are to change places may differ."""


@dataclass(frozen=True, slots=True)
class World:
    """Rows of patients, one for each person and term, and who objected since: they are not in the second version."""

    patients: tuple[Row, ...]
    leavers: frozenset[int]

    def tables(self, version: int) -> dict[str, pa.Table]:
        """What the research store holds."""
        rows = [row for row in self.patients if version == 1 or row["person"] not in self.leavers]
        return {"hospital": _hospitals(), "patient": _patients(rows), "outcome": _outcomes(rows)}

    def people(self) -> dict[int, Row]:
        """Everybody, as at their first term."""
        found: dict[int, Row] = {}
        for row in self.patients:
            found.setdefault(int(row["person"]), row)
        return found


def make_world(seed: int) -> World:
    """The world of this seed: the same for ever."""
    chance = random.Random(seed)
    layout = [
        (hospital, ward)
        for hospital in HOSPITALS
        for ward in WARDS
        for _ in range(chance.randint(SMALLEST, LARGEST))
    ]
    habits = {place: chance.choice((0.03, 0.1, 0.4, 0.7)) for place in sorted(set(layout))}
    people = [_person(chance, number, *place) for number, place in enumerate(layout, start=1)]
    _make_rare(chance, people)
    rows = [row for person in people for row in _terms(chance, person, habits)]
    return World(tuple(rows), frozenset(chance.sample(range(1, len(people) + 1), 2)))


def _person(chance: random.Random, number: int, hospital: int, ward: int) -> dict[str, Value]:
    return {
        "person": number,
        "hospital_id": hospital,
        "ward": ward,
        "sex": chance.choice("FM"),
        "month": chance.choice((1, 2, 3)),
        "decile": chance.choices((1, 2, 3), (5, 4, 1))[0],
        "weekday": chance.choice((1, 2)),
        "carrier": chance.random() < 0.4,
        "diagnosis": chance.choices(DIAGNOSES, (20, 8, 2, 1))[0],
        "score": round(min(max(chance.gauss(50, 20), 1), 100), 1),
    }


def _make_rare(chance: random.Random, people: list[dict[str, Value]]) -> None:
    """In most wards one known person is the only one of decile 10."""
    for place in sorted({(person["hospital_id"], person["ward"]) for person in people}, key=str):
        if chance.random() < 0.7:
            here = [person for person in people if (person["hospital_id"], person["ward"]) == place]
            chance.choice(here)["decile"] = RARE


def _terms(
    chance: random.Random, person: dict[str, Value], habits: Mapping[tuple[int, int], float]
) -> Iterator[Row]:
    """Few come late or leave, few change their ward or their habit."""
    smoker = chance.random() < habits[int(person["hospital_id"]), int(person["ward"])]
    ward = person["ward"]
    for year, wave in TERMS:
        if chance.random() < 0.05:
            continue
        ward = chance.choice(WARDS) if chance.random() < 0.03 else ward
        smoker = smoker != (chance.random() < 0.05)
        dose = round(min(max(chance.gauss(50, 20), 1), 100), 1)
        yield {**person, "year": year, "wave": wave, "ward": ward, "smoker": smoker, "dose": dose}


# Tables


def _hospitals() -> pa.Table:
    return pa.table(
        {
            "hospital_id": pa.array(HOSPITALS, pa.int32()),
            "region": pa.array([hospital % 1000 for hospital in HOSPITALS], pa.int32()),
            "place": pa.array([hospital // 1000 for hospital in HOSPITALS], pa.int16()),
        }
    )


_INTEGERS = {"person": pa.int32(), "hospital_id": pa.int32()}
_SMALL = ("year", "ward", "month", "decile", "weekday")
_TEXT = ("wave", "sex", "diagnosis")
_YES_OR_NO = ("smoker", "carrier")


def _patients(rows: list[Row]) -> pa.Table:
    kinds: dict[str, pa.DataType] = (
        _INTEGERS | dict.fromkeys(_SMALL, pa.int16()) | dict.fromkeys(_TEXT, pa.string())
    )
    kinds |= dict.fromkeys(_YES_OR_NO, pa.bool_())
    columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()}
    of = {**{name: name for name in MEASURES}, **dict.fromkeys(SCORES, "score")}
    decimals = {name: _marks([row[source] for row in rows]) for name, source in of.items()}
    return pa.table({**columns, **decimals})


def _outcomes(rows: list[Row]) -> pa.Table:
    """One row for everybody who was there in the spring of a year."""
    here = [row for row in rows if row["wave"] == "SPR"]
    return pa.table(
        {
            "person": pa.array([row["person"] for row in here], pa.int32()),
            "year": pa.array([row["year"] for row in here], pa.int16()),
            "hospital_id": pa.array([row["hospital_id"] for row in here], pa.int32()),
            "points": _marks([row["dose"] for row in here]),
        }
    )


def _marks(values: list[Value]) -> "pa.Array[Any]":
    return pa.array([float(value) for value in values]).cast(pa.decimal128(4, 1))


# Twins


def changes(world: World, chance: random.Random) -> Iterator["Change"]:
    """Endless small changes of what is hidden, after which all that everybody knows is the same."""
    people = world.people()
    while True:
        change = chance.choice((_swapped, _swapped, _swapped, _moved))(people, chance)
        if change is not None:
            yield change


@dataclass(frozen=True, slots=True)
class Change:
    """Two people have each other's code, or value, of one field; with `now` one has that. At one term, or at all."""

    field: str
    people: tuple[int, ...]
    term: tuple[int, str] | None = None
    now: str | None = None

    def of(self, world: World) -> World:
        """The world with this change."""
        theirs = [row for row in world.patients if row["person"] in self.people]
        values = {(row["person"], row["year"], row["wave"]): row[self.field] for row in theirs}
        first = {row["person"]: row[self.field] for row in reversed(theirs)}

        def changed(row: Row) -> Row:
            year, wave, person = int(row["year"]), str(row["wave"]), int(row["person"])
            if person not in self.people or self.term not in (None, (year, wave)):
                return row
            if self.now is not None:
                return {**row, self.field: self.now}
            partner = next(other for other in self.people if other != person)
            if self.field in FIXED:
                return {**row, self.field: first[partner]}
            return {**row, self.field: values.get((partner, year, wave), row[self.field])}

        return replace(world, patients=tuple(map(changed, world.patients)))


def _swapped(people: Mapping[int, Row], chance: random.Random) -> Change | None:
    """Two who differ in little that can be seen; often one of them is the only one of a group."""
    rare = sorted(who for who, row in people.items() if row["decile"] == RARE)
    one = chance.choice(rare if rare and chance.random() < 0.7 else sorted(people))
    near = [other for other in people if 0 < _apart(people[one], people[other]) <= MOST_APART]
    if not near:
        return None
    field = chance.choice((*CHANGING, *FIXED, "smoker", "carrier"))
    term = chance.choice(TERMS) if field in CHANGING and chance.random() < 0.5 else None
    return Change(field, (one, chance.choice(near)), term)


def _apart(one: Row, other: Row) -> int:
    return sum(one[name] != other[name] for name in VISIBLE)


def _moved(people: Mapping[int, Row], chance: random.Random) -> Change | None:
    """One has another rare diagnosis."""
    rare = [who for who, row in people.items() if row["diagnosis"] in DIAGNOSES[2:]]
    return Change("diagnosis", (chance.choice(rare),), now=chance.choice(DIAGNOSES[1:])) if rare else None
