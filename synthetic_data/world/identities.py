"""References, numbers and names: one identity a person, and for a very few a second from some year on.

Tables say who a row is about by an identity, `Identities.of[person, year]`. Texts stand here once each and are
taken by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Days, Ints, weighted
from synthetic_data.blocks import SERIALS_A_BLOCK, Block
from synthetic_data.columns import Cells, either, taken
from synthetic_data.identifiers import (
    LEARNER_NUMBERS,
    learner_numbers,
    pupil_numbers,
    references,
    temporary_pupil_numbers,
)
from synthetic_data.names import BOYS, FORENAMES, GIRLS, SURNAMES
from synthetic_data.quirks import Quirks
from synthetic_data.streams import Streams
from synthetic_data.world.people import Households, People
from synthetic_data.years import RECEPTION, WARM_UP, YEARS

NUMBERS_EACH = 3  # pupil numbers of an identity: the latest, the former, a temporary one
LEARNER_GROUP = 9  # learner numbers are given in Year 9
MIDDLE_NAME_SHARE, PREFERRED_SHARE, FORMER_SHARE = 0.6, 0.02, 0.015
OWN_SURNAME_SHARE = 0.06  # of children: another surname than the household's
MATCHES = ("upn", "upn_name", "name_dob", "fuzzy", "manual")
MATCH_SHARES = (0.82, 0.12, 0.045, 0.012, 0.003)


@dataclass(frozen=True, slots=True)
class Identities:
    """One row an identity in the arrays of texts; `of` has one row a person and one column a panel year."""

    person: Ints
    of: Ints
    first_year: Ints  # place in YEARS from which the identity stands, 0 for the first
    last_year: Ints
    pmr: Cells
    pmr_anon: Cells
    upn: Cells  # the latest
    former_upn: Cells  # null for most
    changed: Ints  # place in YEARS of the year in which the latest number replaced the former
    temporary_upn: Cells
    uln: Cells
    surname: Cells
    forename: Cells
    middle_names: Cells
    preferred_surname: Cells
    former_surname: Cells
    spelled: Cells  # the surname in another spelling
    match: Ints

    def __len__(self) -> int:
        return len(self.person)


def identities(
    people: People, homes: Households, block: Block, quirks: Quirks, streams: Streams
) -> Identities:
    """Identities whose numbers no other block has."""
    rng = streams.of("identities")
    split = np.flatnonzero(rng.random(len(people)) < quirks.split_person)
    when = rng.integers(WARM_UP + 1, len(YEARS), len(split))
    person = np.r_[np.arange(len(people)), split]
    assert block.blocks == 1 or NUMBERS_EACH * len(person) <= SERIALS_A_BLOCK, "a block's numbers are used up"
    serial = block.first_serial + np.arange(len(person))
    drawn = int(rng.integers(1, 2**62))
    key = drawn if block.reference_key is None else block.reference_key
    first_seen = int(YEARS[WARM_UP][:4]) - np.maximum(people.group[person], RECEPTION)
    has_former = rng.random(len(person)) < quirks.upn_changed
    former = pupil_numbers(serial + len(person), first_seen - has_former)
    last_year = np.full(len(person), len(YEARS) - 1)
    last_year[split] = when - 1
    named = _names(rng, people, homes, person)
    return Identities(
        person=person,
        of=_by_year(len(people), split, when),
        first_year=np.r_[np.zeros(len(people), dtype=np.int64), when],
        last_year=last_year,
        pmr=references(serial, "PN", key),
        pmr_anon=references(serial, "PA", key ^ (2**61 - 1)),
        upn=pupil_numbers(serial, first_seen),
        former_upn=either(has_former, former),
        changed=rng.integers(WARM_UP, len(YEARS), len(person)),
        temporary_upn=temporary_pupil_numbers(serial + 2 * len(person), first_seen),
        uln=_learners(people, person, block),
        match=weighted(rng, MATCH_SHARES, len(person)),
        **named,
    )


def _by_year(people: int, split: Ints, when: Ints) -> Ints:
    of = np.repeat(np.arange(people)[:, None], len(YEARS), axis=1)
    for second, (person, year) in enumerate(zip(split, when, strict=True)):
        of[person, year:] = people + second
    return of


def _learners(people: People, person: Ints, block: Block) -> Cells:
    """Learner numbers of those who are old enough, as far as the block's share of them goes."""
    old = people.group[person] + len(YEARS) - 1 - WARM_UP >= LEARNER_GROUP
    first, share = block.share(LEARNER_NUMBERS)
    number = np.maximum(np.cumsum(old) - 1, 0)
    return either(old & (number < share), learner_numbers(first + number))


def _names(rng: np.random.Generator, people: People, homes: Households, person: Ints) -> dict[str, Cells]:
    surnames, forenames = pa.array(SURNAMES), pa.array(FORENAMES)
    family = rng.integers(0, len(SURNAMES), len(homes.area))[people.household]
    own = rng.random(len(people)) < OWN_SURNAME_SHARE
    surname = np.where(own, rng.integers(0, len(SURNAMES), len(people)), family)
    forename, middle = (_forenames(rng, people) for _ in range(2))
    middle = np.where(rng.random(len(people)) < MIDDLE_NAME_SHARE, middle, NOBODY)
    preferred, former = (rng.integers(0, len(SURNAMES), len(people)) for _ in range(2))
    preferred = np.where(rng.random(len(people)) < PREFERRED_SHARE, preferred, NOBODY)
    former = np.where(rng.random(len(people)) < FORMER_SHARE, former, NOBODY)
    names = {"surname": surname, "preferred_surname": preferred, "former_surname": former}
    made = {name: taken(surnames, index[person]) for name, index in names.items()}
    made["spelled"] = _respelled(surname[person])
    made["forename"] = taken(forenames, forename[person])
    made["middle_names"] = taken(forenames, middle[person])
    return made


def _forenames(rng: np.random.Generator, people: People) -> Ints:
    girl = rng.integers(0, len(GIRLS), len(people))
    boy = len(GIRLS) + rng.integers(0, len(BOYS), len(people))
    return np.where(people.girl, girl, boy)


def _respelled(surname: Ints) -> Cells:
    """Each surname as a clerk might hear it: a doubled letter, a dropped e, a hyphen."""
    changes = (
        ("ley", "ly"),
        ("stead", "sted"),
        ("bourne", "born"),
        ("son", "sen"),
        ("ton", "tonne"),
        ("shaw", "-Shaw"),
    )
    spelled = []
    for name in SURNAMES:
        ending = next(((old, new) for old, new in changes if name.endswith(old)), None)
        spelled.append(
            name.removesuffix(ending[0]) + ending[1] if ending else name.replace("r", "rr", 1) + "e"
        )
    return taken(pa.array(spelled), surname)


def swapped_day(born: Days) -> Days:
    """Day and month the wrong way round, where that is a date; else the date itself."""
    month = born.astype("datetime64[M]")
    day_number = (born - month.astype("datetime64[D]")).astype(np.int64) + 1
    month_number = month.astype(np.int64) % 12 + 1
    start = month.astype("datetime64[Y]").astype("datetime64[M]")
    other = (start + (day_number - 1)).astype("datetime64[D]") + (month_number - 1)
    return np.where(day_number <= 12, other, born)
