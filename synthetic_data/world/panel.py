"""Who is on roll where, term by term: people enter, move up each September, change school and leave.

`Panel.site` is the main registration; a second one and the rows of those who have left are read from it in
`registrations`. Nothing else decides where a person is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints
from synthetic_data.calibration import calibration
from synthetic_data.quirks import Quirks
from synthetic_data.streams import Streams
from synthetic_data.world.choice import Choices, another
from synthetic_data.world.people import People
from synthetic_data.world.sites import NURSERY, PRIMARY, SECONDARY, SPECIAL, UNIT, Sites
from synthetic_data.years import ALL_TERMS, TERMS_A_YEAR, YEARS

MOVES_A_TERM = 0.028  # of people between Reception and Year 11: to another school of the authority
JOINS_A_YEAR = 0.012  # from abroad, another nation or an independent school
STAYS_ON = {12: 0.52, 13: 0.45, 14: 0.012}  # of a cohort: still at school in these year groups
STAYS_ON_SPECIAL = {12: 0.8, 13: 0.7, 14: 0.6}
LATE_JOINER_SHARE = 0.12  # of those at a school when the panel begins: did not join with their year
# Permanent exclusion by year group, relative; nobody below.
EXCLUDED_BY_GROUP = {3: 0.1, 4: 0.15, 5: 0.2, 6: 0.25, 7: 0.8, 8: 1.4, 9: 2.0, 10: 2.2, 11: 0.8}
MOST_LIKELY_EXCLUDED = 0.2
DUAL_IN_UNIT_SHARE = (
    0.75  # of second registrations: at the unit; the others join special and mainstream schools
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One row a person. Site and since have one column a term, dual and excluded one a year."""

    group: Ints  # year group, one column a year
    site: Ints  # NOBODY when not on roll
    since: Ints  # the term in which the person joined the site, below 0 before the panel
    dual: Ints  # site of the subsidiary registration, NOBODY for most
    excluded: Ints  # place of the term in which the person was permanently excluded, NOBODY for most

    def on_roll(self, term: int) -> Flags:
        here: Flags = self.site[:, term] != NOBODY
        return here

    def last_site(self, year: int) -> Ints:
        """Where the person was at the end of a year: at the last census that found them."""
        terms = self.site[:, year * TERMS_A_YEAR : (year + 1) * TERMS_A_YEAR]
        last = terms[:, 0]
        for place in range(1, TERMS_A_YEAR):
            last = np.where(terms[:, place] != NOBODY, terms[:, place], last)
        return last


@dataclass(slots=True)
class _Plan:
    """The sites that a person would be at now, by stage: moves change it as the terms pass."""

    primary: Ints
    secondary: Ints
    sixth: Ints
    excluded: Flags


def panel(people: People, schools: Sites, wanted: Choices, quirks: Quirks, streams: Streams) -> Panel:
    rng = streams.of("panel")
    group = people.groups() + _odd_group(rng, people, quirks)[:, None]
    present = _presence(rng, people, group, wanted)
    plan = _Plan(wanted.primary, wanted.secondary, wanted.sixth, np.zeros(len(people), dtype=np.bool_))
    site = np.full((len(people), ALL_TERMS), NOBODY)
    excluded = np.full((len(people), len(YEARS)), NOBODY)
    for term in range(ALL_TERMS):
        year = term // TERMS_A_YEAR
        if term:
            _move(rng, plan, group[:, year], schools)
        site[:, term] = np.where(present[:, term], _place(plan, wanted, group[:, year]), NOBODY)
        out = _expelled(rng, people, group[:, year], site[:, term], schools)
        excluded[out, year] = term % TERMS_A_YEAR
        plan.excluded = plan.excluded | out
    return Panel(
        group=group,
        site=site,
        since=_since(rng, site, group, schools),
        dual=_second(rng, people, group, site, schools, wanted, quirks),
        excluded=excluded,
    )


def _odd_group(rng: np.random.Generator, people: People, quirks: Quirks) -> Ints:
    odd = rng.random(len(people)) < quirks.year_group_odd
    middle = (people.group > 1) & (people.group < 9)
    return np.where(odd & middle, np.where(rng.random(len(people)) < 0.7, -1, 1), 0)


def _presence(rng: np.random.Generator, people: People, group: Ints, wanted: Choices) -> Flags:
    """Whether a person is in a school of this world at all, term by term."""
    terms = np.arange(ALL_TERMS)
    share = JOINS_A_YEAR * len(YEARS)
    joins = np.where(rng.random(len(people)) < share, rng.integers(1, ALL_TERMS, len(people)), 0)
    share = calibration().value("leave_sector_pct") / 100 * len(YEARS)
    leaves = np.where(rng.random(len(people)) < share, rng.integers(1, ALL_TERMS, len(people)), ALL_TERMS)
    here = (joins[:, None] <= terms) & (terms < leaves[:, None])
    keen = rng.random(len(people))
    stays = np.where(wanted.special != NOBODY, _stay_shares(STAYS_ON_SPECIAL), _stay_shares(STAYS_ON))
    of_age = (group >= 0) & (group <= 14)
    old = np.clip(group - 11, 0, 3)
    of_age &= keen[:, None] < np.take_along_axis(stays.T, old, axis=1)
    of_age |= (group == -1) | ((group == -2) & wanted.early[:, None])
    return here & np.repeat(of_age, TERMS_A_YEAR, axis=1)


def _stay_shares(shares: dict[int, float]) -> Floats:
    """Shares as a column: up to Year 11 everybody."""
    return np.array([1.0, *shares.values()])[:, None]


def _move(rng: np.random.Generator, plan: _Plan, group: Ints, schools: Sites) -> None:
    moves = (rng.random(len(group)) < MOVES_A_TERM) & ~plan.excluded
    for kind, first, last in ((PRIMARY, 0, 6), (SECONDARY, 7, 11)):
        movers = np.flatnonzero(moves & (group >= first) & (group <= last))
        old = plan.primary if kind == PRIMARY else plan.secondary
        new = old.copy()
        new[movers] = another(rng, schools, kind, schools.authority[old[movers]])
        if kind == PRIMARY:
            plan.primary = new
        else:
            plan.sixth = np.where((new != old) & schools.sixth_form[new], new, plan.sixth)
            plan.secondary = new


def _place(plan: _Plan, wanted: Choices, group: Ints) -> Ints:
    """The site that the plan gives each person for a year group."""
    usual = np.select(
        [group < 0, group <= 6, group <= 11], [wanted.nursery, plan.primary, plan.secondary], plan.sixth
    )
    special = (wanted.special != NOBODY) & (group >= 0)
    excluded = plan.excluded & ~special & (wanted.unit != NOBODY)
    usual = np.where(excluded, np.where(group <= 11, wanted.unit, NOBODY), usual)
    return np.where(special, wanted.special, usual)


def _expelled(rng: np.random.Generator, people: People, group: Ints, site: Ints, schools: Sites) -> Flags:
    """Who is permanently excluded this term; they are at the unit from the next."""
    weight = np.zeros(len(group))
    for year_group, relative in EXCLUDED_BY_GROUP.items():
        weight[group == year_group] = relative
    weight *= people.conduct * np.where(people.girl, 0.5, 1.4)
    ordinary = (site != NOBODY) & np.isin(schools.kind[site], (PRIMARY, SECONDARY))
    weight[~ordinary] = 0
    rate = calibration().value("permanent_exclusion_rate_pct") / 100 / TERMS_A_YEAR
    total = weight.sum()
    if total == 0:
        return np.zeros(len(group), dtype=np.bool_)
    expected = rate * np.count_nonzero(site != NOBODY)
    expelled: Flags = rng.random(len(group)) < np.minimum(weight * expected / total, MOST_LIKELY_EXCLUDED)
    return expelled


def _since(rng: np.random.Generator, site: Ints, group: Ints, schools: Sites) -> Ints:
    since = np.zeros_like(site)
    since[:, 0] = _before(rng, site[:, 0], group[:, 0], schools)
    for term in range(1, ALL_TERMS):
        stayed = site[:, term] == site[:, term - 1]
        since[:, term] = np.where(stayed, since[:, term - 1], term)
    return since


def _before(rng: np.random.Generator, site: Ints, group: Ints, schools: Sites) -> Ints:
    """When those at a school as the panel begins had joined it, in terms below 0."""
    kind = schools.kind[site]
    starts = np.select([kind == SECONDARY, kind == NURSERY, kind == UNIT], [7, -2, 9], 0)
    years = np.maximum(group - starts, 0)
    late = (rng.random(len(site)) < LATE_JOINER_SHARE) | np.isin(kind, (SPECIAL, UNIT))
    between = (rng.random(len(site)) * (years * TERMS_A_YEAR + 1)).astype(np.int64)
    since: Ints = -np.where(late, between, years * TERMS_A_YEAR)
    return since


def _second(
    rng: np.random.Generator,
    people: People,
    group: Ints,
    site: Ints,
    schools: Sites,
    wanted: Choices,
    quirks: Quirks,
) -> Ints:
    """Subsidiary registrations: most at the unit for the troubled, some between special and mainstream."""
    dual = np.full(group.shape, NOBODY)
    for year in range(len(YEARS)):
        main = site[:, year * TERMS_A_YEAR]
        on_roll = main != NOBODY
        wanted_count = quirks.dual_registration * on_roll.sum()
        troubled = (
            on_roll & (schools.kind[main] == SECONDARY) & (group[:, year] <= 11) & (wanted.unit != NOBODY)
        )
        other = (
            on_roll
            & (group[:, year] >= 1)
            & (group[:, year] <= 10)
            & np.isin(schools.kind[main], (PRIMARY, SPECIAL))
        )
        unit = _drawn(rng, troubled * people.conduct, wanted_count * DUAL_IN_UNIT_SHARE)
        second = _drawn(rng, other * 1.0, wanted_count * (1 - DUAL_IN_UNIT_SHARE)) & ~unit
        dual[:, year] = np.where(unit, wanted.unit, dual[:, year])
        dual[second, year] = another(rng, schools, PRIMARY, schools.authority[main[second]])
    return dual


def _drawn(rng: np.random.Generator, weight: Floats, expected: float) -> Flags:
    """About `expected` of the people, in proportion to their weights."""
    total = weight.sum()
    chance = weight * expected / total if total > 0 else weight
    return rng.random(len(weight)) < np.minimum(chance, 1.0)
