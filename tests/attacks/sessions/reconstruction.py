"""Reconstruction: many sums over one ward, solved as linear equations for the score of each patient.

A *plan* is a list of questions and, for each, how often everybody counts in it. What an answer says of that sum follows
from the answer itself, or from it and a first answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from tests.attacks.sessions.asking import MEAN, SPRING, Notes, Subset, number, solved, subsets
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.scoring import Claims, Form
from tests.attacks.sessions.world import COHORT, REGIONS, Numbers, Site, Whole

ENOUGH, SOME = 60, 28
"""Sums over fifty people: a few more than are needed for all of them, and enough for some."""
WARD = f"ward = {COHORT}"

Weights = Callable[[Site, Whole], Numbers]
"""How often each of the members counts in one question."""
Said = Callable[[float, float, Numbers], float]
"""The weighted sum, from an answer, the first answer and the weights."""


def as_it_is(answer: float, first: float, weights: Numbers) -> float:
    del first, weights
    return answer


def less_the_first(answer: float, first: float, weights: Numbers) -> float:
    del weights
    return answer - first


def out_of_covariance(answer: float, first: float, weights: Numbers) -> float:
    """cov(x, w) = mean(xw) - mean(x) mean(w); the first answer is mean(x)."""
    return len(weights) * (answer + first * float(np.mean(weights)))


Members = Callable[[Site, int], Whole]
"""Whose scores are solved for, in each seed."""


def of_wards(*wards: int) -> Members:
    return lambda site, seed: np.concatenate([site.members(seed, ward) for ward in wards])


@dataclass(frozen=True, slots=True)
class Plan:
    """Questions, each with its weights; `first` is asked before them. `beside`: how many others
    are in every number, about; their sum is unknown, and the same."""

    questions: Sequence[tuple[str, Weights]]
    members: Members = field(default_factory=lambda: of_wards(COHORT))
    first: str | None = None
    said: Said = as_it_is
    beside: int = 0

    def carry_out(self, session: Session, site: Site) -> Claims:
        """Ask everything, and solve for the scores of the wards."""
        notes = Notes(session)
        first = np.zeros(REGIONS) if self.first is None else notes.ask(self.first)
        answers = notes.ask_all([sql for sql, _ in self.questions])
        solutions = [self._solved(site, seed, first, answers) for seed in range(REGIONS)]
        return notes.claims(side_by_side(solutions))

    def _solved(self, site: Site, seed: int, first: Numbers, answers: Numbers) -> Numbers:
        members = self.members(site, seed)
        rows = [weights(site, members) for _, weights in self.questions]
        sums = [
            self.said(float(answer), float(first[seed]), row)
            for answer, row in zip(answers[:, seed], rows, strict=True)
        ]
        if not self.beside:
            return solved(rows, np.array(sums))
        wider = [
            np.append(row, np.sqrt(self.beside)) for row in rows
        ]  # their sum varies as the root of how many
        usual = MEAN * (self.beside - np.sqrt(self.beside))
        return solved(wider, np.array(sums) - usual)[:-1]


def side_by_side(rows: Sequence[Numbers]) -> Numbers:
    """Rows of different lengths as one table, NaN where a row has ended."""
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def by(
    write: Callable[[Subset], str], *, how_many: int = SOME, first: str | None = None, said: Said = as_it_is
) -> Form:
    """One question for each of many subsets of ward 3."""
    questions = [(write(one), one.picks) for one in subsets(how_many, seed=2)]
    return Plan(questions, first=first, said=said).carry_out


# Ways of saying which patients are summed


def where(one: Subset) -> str:
    return number("sum(score)", f"{WARD} AND {one.sql}")


def mean_where(one: Subset) -> str:
    return number("avg(score) * count(score)", f"{WARD} AND {one.sql}")


def listed(one: Subset) -> str:
    """A VALUES table joined on several keys picks any combination of codes. Few rows: more than 16 are refused."""
    *others, (_, days) = one.lists
    pairs = ", ".join(f"({day}, '{sex}')" for day in days for sex in "FM")
    table = f"patient p JOIN (VALUES {pairs}) AS v(d, s) ON v.d = p.weekday AND v.s = p.sex"
    return number("sum(score)", f"{WARD} AND {Subset(tuple(others)).sql}", table=table)


def grouped(one: Subset) -> str:
    """A condition as a group of its own."""
    key = f"CASE WHEN {one.sql} THEN 'in' ELSE 'out' END"
    groups = f"SELECT hospital_id, {key} AS k, sum(score) AS n FROM patient WHERE {SPRING} AND {WARD} GROUP BY 1, 2"
    return f"SELECT hospital_id, n FROM ({groups}) q WHERE k = 'in'"


def of_own_summary(one: Subset) -> str:
    """The HAVING of each person's own summary picks."""
    (_, months), (_, deciles), (_, days) = one.lists
    picked = f"max(month) IN {months} AND max(decile) IN {deciles} AND max(weekday) IN {days}"
    people = (
        f"SELECT person, hospital_id, max(score) AS s FROM patient WHERE {SPRING} AND {WARD} GROUP BY 1, 2"
    )
    return f"SELECT hospital_id, sum(s) AS n FROM ({people} HAVING {picked}) q GROUP BY hospital_id"


def joined_to_oneself(one: Subset) -> str:
    (month, months), (decile, deciles), (weekday, days) = one.lists
    on = (
        f"q.person = p.person AND q.{month} IN {months} AND q.{decile} IN {deciles} AND q.{weekday} IN {days}"
    )
    both = "p.year = 2022 AND p.wave = 'SPR' AND q.year = 2022 AND q.wave = 'SPR'"
    return (
        f"SELECT p.hospital_id, sum(p.score) AS n FROM patient p JOIN patient q ON {on} WHERE {both} AND p.{WARD} "
        "GROUP BY p.hospital_id"
    )


# Ways of weighing one population


def filtered(one: Subset) -> str:
    return number(f"sum(score) FILTER (WHERE {one.sql})", WARD)


def cases(one: Subset) -> str:
    return number(f"sum(CASE WHEN {one.sql} THEN score END)", WARD)


def zeros(one: Subset) -> str:
    return number(f"sum(CASE WHEN {one.sql} THEN score ELSE 0 END)", WARD)


def doubled(one: Subset) -> str:
    return number(f"sum(CASE WHEN {one.sql} THEN 2 * score ELSE score END)", WARD)


def covaried(one: Subset) -> str:
    return number(f"covar_pop(score, CASE WHEN {one.sql} THEN 1.0 ELSE 0 END)", WARD)


def summarised(one: Subset) -> str:
    """Each person's own sum, which is 0 for the others."""
    own = f"sum(CASE WHEN {one.sql} THEN score ELSE 0 END)"
    people = f"SELECT person, hospital_id, {own} AS s FROM patient WHERE {SPRING} AND {WARD} GROUP BY 1, 2"
    return f"SELECT hospital_id, sum(s) AS n FROM ({people}) q GROUP BY hospital_id"


def _looked_up(one: Subset) -> tuple[str, Weights]:
    """Weights 2 and 1 by month, in the deciles of the subset: each class of the weight is large."""
    (month, months), deciles, _ = one.lists
    weights = ", ".join(f"({each}, {2 if each in months[:6] else 1})" for each in range(1, 13))
    table = f"patient p JOIN (VALUES {weights}) AS v(m, w) ON v.m = p.month"
    all_of_them, half = Subset((deciles,)), Subset(((month, months[:6]), deciles))
    sql = number("sum(v.w * score)", f"{WARD} AND {all_of_them.sql}", table=table)
    return sql, lambda site, members: all_of_them.picks(site, members) + half.picks(site, members)


def looked_up() -> Form:
    return Plan([_looked_up(one) for one in subsets(SOME, seed=2)]).carry_out


def computed() -> Form:
    """Weights by arithmetic of codes."""
    chance = np.random.default_rng(3)
    factors = [tuple(int(each) for each in chance.integers(1, 97, 3)) for _ in range(ENOUGH)]
    fields = ("month", "decile", "weekday")
    questions = []
    for one in factors:
        weight = " + ".join(f"{factor} * {field}" for factor, field in zip(one, fields, strict=True))
        sql = number(f"sum((({weight}) % 97) * score)", WARD)
        questions.append((sql, partial(_by_arithmetic, one, fields)))
    return Plan(questions).carry_out


def _by_arithmetic(factors: Sequence[int], fields: Sequence[str], site: Site, members: Whole) -> Numbers:
    parts = [factor * site.people[field][members] for factor, field in zip(factors, fields, strict=True)]
    return np.asarray(sum(parts) % 97, dtype=np.float64)
