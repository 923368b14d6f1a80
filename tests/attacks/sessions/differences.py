"""Differencing: two to five ordinary numbers, added and subtracted, across queries, days, joins, terms and versions.

The secrets: the target's score, or whether she smokes; and how many of the thirty patients of ward 7 smoke.
"""

from tests.attacks.sessions.asking import SPRING, Notes, number
from tests.attacks.sessions.policies import SECOND_PROJECT
from tests.attacks.sessions.scoring import NEAR, Attack, Guess
from tests.attacks.sessions.targets import (
    DIFFERENCING,
    HER,
    OTHERS,
    WARD,
    by,
    few_smokers,
    less,
    of_target,
    sums_less,
)
from tests.attacks.sessions.world import SMALL_WARD, Numbers, nine_terms, one_term
from tests.oracle.policies import PROJECT

HER_SCORE = Attack(
    "differencing of sums and means",
    DIFFERENCING,
    one_term,
    of_target("score"),
    {
        "sums": sums_less(WARD, OTHERS),
        "means": by(
            lambda notes: (
                50 * notes.ask(number("avg(score)", WARD)) - 49 * notes.ask(number("avg(score)", OTHERS))
            )
        ),
        "a mean and a sum": by(
            lambda notes: 50 * notes.ask(number("avg(score)", WARD)) - notes.ask(number("sum(score)", OTHERS))
        ),
        "added by OR": sums_less(f"(ward = 3 OR ({HER}))", "ward = 3"),
        "three parts": by(
            lambda notes: (
                notes.ask(number("sum(score)", f"{WARD} AND month <= 6"))
                + notes.ask(number("sum(score)", f"{WARD} AND month > 6"))
                - notes.ask(number("sum(score)", OTHERS))
            )
        ),
        "in one query": by(
            lambda notes: notes.ask(
                number(f"sum(score) FILTER (WHERE {WARD}) - sum(score) FILTER (WHERE {OTHERS})", "ward > 0")
            )
        ),
    },
    near=NEAR,
    guess=Guess.OTHERS_MEAN,
)


def _total_less_shown(notes: Notes) -> Numbers:
    """A total and six of its seven parts, in one table."""
    return notes.ask(
        f"SELECT hospital_id, max(CASE WHEN ward IS NULL THEN n END) - sum(CASE WHEN ward IS NOT NULL THEN n END) AS n "
        f"FROM (SELECT hospital_id, ward, count(*) AS n FROM patient WHERE {SPRING} AND smoker "
        f"GROUP BY GROUPING SETS ((hospital_id, ward), (hospital_id))) q GROUP BY hospital_id HAVING count(ward) = 6"
    )


MARGINS = Attack(
    "a total less its shown parts",
    "Hundepool and others, Handbook on Statistical Disclosure Control (2010), section 4.3",
    one_term,
    few_smokers,
    {
        "grouping sets": by(_total_less_shown),
        "two queries": by(
            lambda notes: (
                notes.count("smoker")
                - notes.ask(
                    f"SELECT hospital_id, sum(n) AS n FROM (SELECT hospital_id, ward, count(*) AS n FROM patient "
                    f"WHERE {SPRING} AND smoker GROUP BY hospital_id, ward) q GROUP BY hospital_id HAVING count(*) = 6"
                )
            )
        ),
    },
)
NESTED = Attack(
    "nested and complement across queries",
    DIFFERENCING,
    one_term,
    few_smokers,
    {
        "nested": less("smoker", f"smoker AND ward < {SMALL_WARD}"),
        "smaller first": by(
            lambda notes: -(notes.count(f"smoker AND ward < {SMALL_WARD}") - notes.count("smoker"))
        ),
        "complement": by(
            lambda notes: 330 - notes.count("NOT smoker") - notes.count(f"smoker AND ward < {SMALL_WARD}")
        ),
        "the rest of the ward": by(lambda notes: 30 - notes.count(f"ward = {SMALL_WARD} AND NOT smoker")),
        "a share": by(
            lambda notes: (
                330 * notes.ask(number("avg(CASE WHEN smoker THEN 1.0 ELSE 0 END)", "ward > 0"))
                - 300 * notes.ask(number("avg(CASE WHEN smoker THEN 1.0 ELSE 0 END)", f"ward < {SMALL_WARD}"))
            )
        ),
        "a means of means": by(
            lambda notes: (
                notes.ask(number("count(score)", "smoker"))
                - notes.ask(number("sum(score) / avg(score)", f"smoker AND ward < {SMALL_WARD}"))
            )
        ),
    },
)
DAYS = Attack(
    "across days",
    DIFFERENCING,
    one_term,
    few_smokers,
    {
        "a day later": by(
            lambda notes: notes.count("smoker") - notes.count(f"smoker AND ward < {SMALL_WARD}", day=1)
        ),
        "a year later": by(
            lambda notes: notes.count("smoker") - notes.count(f"smoker AND ward < {SMALL_WARD}", day=365)
        ),
    },
)

_JOINED = "patient p JOIN outcome o ON o.person = p.person AND o.year = p.year"
_IN_P = "p.year = 2022 AND p.wave = 'SPR'"
JOINS = Attack(
    "a join that loses one person",
    DIFFERENCING,
    one_term,
    of_target("smoker"),
    {
        "an inner join": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker")
                - notes.ask(
                    f"SELECT p.hospital_id, count(*) AS n FROM {_JOINED} WHERE {_IN_P} AND {WARD} AND smoker GROUP BY 1"
                )
            )
        ),
        "IN": less(f"{WARD} AND smoker", f"{WARD} AND smoker AND person IN (SELECT person FROM outcome)"),
        "EXISTS": less(
            f"{WARD} AND smoker",
            f"{WARD} AND smoker AND EXISTS (SELECT 1 FROM outcome o WHERE o.person = patient.person)",
        ),
        "values of an outer join": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker")
                - notes.ask(
                    f"SELECT p.hospital_id, count(o.points) AS n FROM {_JOINED.replace('JOIN', 'LEFT JOIN')} "
                    f"WHERE {_IN_P} AND {WARD} AND smoker GROUP BY 1"
                )
            )
        ),
    },
)

_FIRST, _SECOND = "year = 2021 AND wave = 'AUT'", "year = 2021 AND wave = 'SPR'"
TERMS = Attack(
    "across terms, one leaver, a code that never changes",
    DIFFERENCING,
    nine_terms,
    of_target("carrier"),
    {
        "the next term": by(
            lambda notes: (
                notes.count(f"{WARD} AND carrier", term=_FIRST)
                - notes.count(f"{WARD} AND carrier", term=_SECOND)
            )
        ),
        "later years first": by(
            lambda notes: (
                -notes.count(f"{WARD} AND carrier", term="year = 2023 AND wave = 'SUM'")
                + notes.count(f"{WARD} AND carrier", term=_FIRST)
            )
        ),
        "three parts": by(
            lambda notes: (
                notes.count(f"{WARD} AND carrier AND sex = 'F'", term=_FIRST)
                + notes.count(f"{WARD} AND carrier AND sex = 'M'", term=_FIRST)
                - notes.count(f"{WARD} AND carrier", term=_SECOND)
            )
        ),
    },
)
TERMS_SCORE = Attack(
    "across terms, one leaver, a measure that never changes",
    DIFFERENCING,
    nine_terms,
    of_target("score"),
    {
        "sums": by(
            lambda notes: (
                notes.ask(number("sum(score)", WARD, term=_FIRST))
                - notes.ask(number("sum(score)", WARD, term=_SECOND))
            )
        )
    },
    near=NEAR,
    guess=Guess.OTHERS_MEAN,
)
OPT_OUT = Attack(
    "opt-out differencing",
    "the same table before and after one person's objection: our own",
    one_term,
    of_target("smoker"),
    {
        "the same count": by(
            lambda notes: notes.count(f"{WARD} AND smoker") - notes.count(f"{WARD} AND smoker", version=2)
        ),
        "the new version first": by(
            lambda notes: -notes.count(f"{WARD} AND smoker", version=2) + notes.count(f"{WARD} AND smoker")
        ),
        "three parts": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker AND sex = 'F'")
                + notes.count(f"{WARD} AND smoker AND sex = 'M'")
                - notes.count(f"{WARD} AND smoker", version=2)
            )
        ),
        "the whole hospital": by(lambda notes: notes.count("smoker") - notes.count("smoker", version=2)),
        "without her before": by(
            lambda notes: notes.count(f"{WARD} AND smoker") - notes.count(f"{OTHERS} AND smoker", version=2)
        ),
    },
)
OPT_OUT_SCORE = Attack(
    "opt-out differencing of a sum",
    "as above",
    one_term,
    of_target("score"),
    {
        "sums": by(
            lambda notes: (
                notes.ask(number("sum(score)", WARD)) - notes.ask(number("sum(score)", WARD), version=2)
            )
        ),
        "a mean": by(
            lambda notes: (
                50 * notes.ask(number("avg(score)", WARD))
                - 49 * notes.ask(number("avg(score)", WARD), version=2)
            )
        ),
    },
    near=NEAR,
    guess=Guess.OTHERS_MEAN,
)
TWO_PROJECTS = Attack(
    "two projects with one member",
    "complementary halves in two projects: our own",
    one_term,
    of_target("smoker"),
    {
        "one less": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker", project=PROJECT)
                - notes.count(f"{OTHERS} AND smoker", project=SECOND_PROJECT)
            )
        ),
        "halves": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker", project=PROJECT)
                - notes.count(f"{WARD} AND smoker AND month > 6", project=PROJECT)
                - notes.count(f"{OTHERS} AND smoker AND month <= 6", project=SECOND_PROJECT)
            )
        ),
    },
)


ATTACKS = (
    HER_SCORE, MARGINS, NESTED, DAYS, JOINS, TERMS, TERMS_SCORE, OPT_OUT, OPT_OUT_SCORE, TWO_PROJECTS,
)  # fmt: skip
