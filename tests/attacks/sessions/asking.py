"""Tools of every attacker: notes of what was answered, subsets made of ordinary conditions, and solving for values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.scoring import Claims
from tests.attacks.sessions.world import REGIONS, Numbers, Site, Whole
from tests.oracle.policies import PROJECT

MEAN, DEVIATION = 50.0, 20.0
"""What everybody knows of scores."""
PATIENCE = 5
SPRING = "year = 2022 AND wave = 'SPR'"


class Notes:
    """A session, and which of its questions had an answer for which seed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answered: list[Numbers] = []
        self._before: dict[tuple[str, str, int], list[Numbers]] = {}

    def ask(
        self, sql: str, *, project: str = PROJECT, day: int = 0, version: int = 1, column: int = 1
    ) -> Numbers:
        """One number per seed, NaN where none is shown, or the same is shown again and said to be of older data."""
        released = self._session.ask(sql, project=project, day=day, version=version)
        found = released.by_seed(column)
        numbers = np.array([_number(found.get(seed)) for seed in range(REGIONS)])
        before = self._before.setdefault((project, sql, column), [])
        if released.has_older:
            for earlier in before:
                numbers[numbers == earlier] = np.nan
        before.append(numbers)
        self._answered.append(numbers)
        return numbers

    def count(
        self, condition: str, *, term: str = SPRING, project: str = PROJECT, day: int = 0, version: int = 1
    ) -> Numbers:
        """How many patients of each hospital meet a condition."""
        return self.ask(number("count(*)", condition, term=term), project=project, day=day, version=version)

    def ask_all(self, queries: Sequence[str]) -> Numbers:
        """One row per question; after `PATIENCE` without any answer the rest is given up."""
        found = np.full((len(queries), REGIONS), np.nan)
        unanswered = 0
        for place, sql in enumerate(queries):
            found[place] = self.ask(sql)
            unanswered = unanswered + 1 if np.isnan(found[place]).all() else 0
            if unanswered == PATIENCE:
                break
        return found

    def claims(self, values: Numbers) -> Claims:
        """What is said of each seed, one secret or several."""
        shown = ~np.isnan(np.array(self._answered))
        patterns = tuple(tuple(bool(each) for each in column) for column in shown.T)
        return Claims(values if values.ndim == 2 else values[:, None], patterns)


def number(aggregate: str, condition: str, *, term: str = SPRING, table: str = "patient") -> str:
    """One number per hospital."""
    return (
        f"SELECT hospital_id, {aggregate} AS n FROM {table} WHERE {term} AND {condition} GROUP BY hospital_id"
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else value


@dataclass(frozen=True, slots=True)
class Subset:
    """Patients picked by lists of ordinary codes."""

    lists: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def sql(self) -> str:
        return " AND ".join(f"{field} IN ({', '.join(map(str, codes))})" for field, codes in self.lists)

    def picks(self, site: Site, members: Whole) -> Numbers:
        """1 for each of the members that is in it, 0 for each other."""
        inside = np.ones(len(members), dtype=np.bool_)
        for field, codes in self.lists:
            inside &= np.isin(site.people[field][members], codes)
        return inside.astype(np.float64)


def subsets(how_many: int, *, seed: int) -> list[Subset]:
    """So many subsets, each of about half a ward: enough people inside and outside."""
    chance = np.random.default_rng(seed)
    wanted = (("month", 12, 9), ("decile", 10, 8), ("weekday", 7, 6))
    return [
        Subset(tuple((field, some_of(chance, codes, some)) for field, codes, some in wanted))
        for _ in range(how_many)
    ]


def some_of(chance: np.random.Generator, codes: int, wanted: int) -> tuple[int, ...]:
    return tuple(sorted(int(code) + 1 for code in chance.permutation(codes)[:wanted]))


def solved(rows: Sequence[Numbers], sums: Numbers, *, mean: float = MEAN) -> Numbers:
    """The likeliest values, given that each row's weighted sum of them is known. Sums that are NaN say nothing."""
    known = [place for place, value in enumerate(sums) if not np.isnan(value)]
    size = len(rows[0])
    if not known:
        return np.full(size, np.nan)
    weights = np.array([rows[place] for place in known])
    rest = np.array([sums[place] for place in known]) - weights @ np.full(size, mean)
    found: Numbers = mean + np.linalg.lstsq(weights, rest, rcond=1e-9)[0]
    return found
