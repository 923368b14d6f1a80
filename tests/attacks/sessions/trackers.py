"""Trackers: a group beside the same group with or without one known patient, by every way of saying so.

Her secret is whether she smokes.
"""

from tests.attacks.sessions.asking import SPRING, number
from tests.attacks.sessions.scoring import Attack, Form
from tests.attacks.sessions.targets import DENNING, DIFFERENCING, HER, OTHERS, WARD, by, less, of_target
from tests.attacks.sessions.world import TARGET_DECILE, TARGET_WARD, one_term

BRANCHES = "each side of a UNION ALL is a path of every number above it"


def _table_less(whole: str, table: str, condition: str) -> Form:
    return by(lambda notes: notes.count(whole) - notes.ask(number("count(*)", condition, table=table)))


def _combined(one: str, how: str, other: str) -> str:
    """A count over two sets of people, put together."""
    people = f"SELECT person, hospital_id FROM patient WHERE {SPRING}"
    both = f"{people} AND {one} {how} {people} AND {other}"
    return f"SELECT hospital_id, count(*) AS n FROM ({both}) q GROUP BY hospital_id"


def _by_case(condition: str) -> str:
    """A condition as a group of its own."""
    key = f"CASE WHEN {condition} THEN 'in' ELSE 'out' END"
    groups = f"SELECT hospital_id, {key} AS k, count(*) AS n FROM patient WHERE {SPRING} GROUP BY 1, 2"
    return f"SELECT hospital_id, n FROM ({groups}) q WHERE k = 'in'"


def _by_list() -> str:
    """Seven deciles of ward 3, whoever smokes, and the target if she does."""
    rows = [f"(3, {decile}, {flag})" for decile in range(1, 8) for flag in ("true", "false")]
    rows.append(f"({TARGET_WARD}, {TARGET_DECILE}, true)")
    on = "v.w = p.ward AND v.d = p.decile AND v.s = p.smoker"
    return number(
        "count(*)", "true", table=f"patient p JOIN (VALUES {', '.join(rows)}) AS v(w, d, s) ON {on}"
    )


_SHE_SMOKES = f"SELECT person FROM patient WHERE {SPRING} AND {HER} AND smoker"
_KNOWN = "patient p"

INDIVIDUAL = Attack(
    "individual tracker",
    DENNING,
    one_term,
    of_target("smoker"),
    {
        "a shorter range": less(f"{WARD} AND smoker", f"{OTHERS} AND smoker"),
        "NOT of AND": less(
            f"{WARD} AND smoker", f"{WARD} AND smoker AND NOT (month = 5 AND decile = {TARGET_DECILE})"
        ),
        "OR of unequals": less(
            f"{WARD} AND smoker", f"{WARD} AND smoker AND (month <> 5 OR decile <> {TARGET_DECILE})"
        ),
        "a denial": less(WARD, f"{WARD} AND NOT (decile = {TARGET_DECILE} AND smoker)"),
        "a denial by NOT IN": less(WARD, f"{WARD} AND person NOT IN ({_SHE_SMOKES})"),
        "a denial by NOT EXISTS": _table_less(
            WARD, _KNOWN, f"{WARD} AND NOT EXISTS (SELECT 1 FROM ({_SHE_SMOKES}) x WHERE x.person = p.person)"
        ),
        "a denial by an anti-join": _table_less(
            WARD,
            f"patient p LEFT JOIN ({_SHE_SMOKES}) x ON x.person = p.person",
            f"{WARD} AND x.person IS NULL",
        ),
        "a denial by EXCEPT": by(
            lambda notes: notes.count(WARD) - notes.ask(_combined(WARD, "EXCEPT", f"{HER} AND smoker"))
        ),
        "smokers, and never smokers": by(
            lambda notes: 50 - notes.count(f"{OTHERS} AND smoker") - notes.count(f"{WARD} AND NOT smoker")
        ),
    },
)

_EITHER = f"ward IN (3, {TARGET_WARD})"
DOUBLE = Attack(
    "double tracker",
    "Denning and Schlörer, A fast procedure for finding a tracker (1980)",
    one_term,
    of_target("smoker"),
    {
        "OR": by(
            lambda notes: (
                notes.count(_EITHER)
                + notes.count(f"{_EITHER} AND (sex = 'F' OR ({HER} AND smoker))")
                - notes.count(f"{_EITHER} AND sex = 'F'")
                - notes.count(f"{_EITHER} AND NOT (sex = 'F' AND {HER} AND smoker)")
            )
        )
    },
)
GENERAL = Attack(
    "general tracker",
    DENNING,
    one_term,
    of_target("smoker"),
    {
        "OR": by(
            lambda notes: (
                notes.count(f"(({HER} AND smoker) OR sex = 'F')")
                + notes.count(f"(({HER} AND smoker) OR sex = 'M')")
                - notes.count("sex = 'F'")
                - notes.count("sex = 'M'")
            )
        ),
        "over smokers": by(
            lambda notes: (
                notes.count(f"smoker AND (({HER}) OR sex = 'F')")
                + notes.count(f"smoker AND (({HER}) OR sex = 'M')")
                - notes.count("smoker")
            )
        ),
    },
)


def _added(aggregate: str, condition: str) -> Form:
    """A shown group, then the group OR the target if she smokes."""
    return by(lambda notes: notes.ask(number(aggregate, condition)) - notes.count("ward = 3"))


_OR_HER = f"(ward = 3 OR ({HER} AND smoker))"
ZERO_ORACLE = Attack(
    "zero oracle by OR",
    "a cell, then the cell OR one known person: our measurement",
    one_term,
    of_target("smoker"),
    {
        "WHERE": _added("count(*)", _OR_HER),
        "FILTER": _added(f"count(*) FILTER (WHERE {_OR_HER})", "ward > 0"),
        "CASE": _added(f"sum(CASE WHEN {_OR_HER} THEN 1 ELSE 0 END)", "ward > 0"),
        "NOT of ANDs": _added("count(*)", f"NOT (ward <> 3 AND NOT ({HER} AND smoker))"),
        "CASE as a group": by(lambda notes: notes.ask(_by_case(_OR_HER)) - notes.count("ward = 3")),
        "UNION ALL": by(
            lambda notes: (
                notes.ask(_combined("ward = 3", "UNION ALL", f"{HER} AND smoker")) - notes.count("ward = 3")
            )
        ),
        "an outer join": by(
            lambda notes: (
                notes.ask(
                    number(
                        "count(*)",
                        "(p.ward = 3 OR x.person IS NOT NULL)",
                        table=f"patient p LEFT JOIN ({_SHE_SMOKES}) x ON x.person = p.person",
                    )
                )
                - notes.count("ward = 3")
            )
        ),
        "a list of combinations": by(
            lambda notes: notes.ask(_by_list()) - notes.count("ward = 3 AND decile <= 7")
        ),
    },
    stopped={"UNION ALL": BRANCHES},
)


IN_ONE_QUERY = Attack(
    "complement within one query",
    DIFFERENCING,
    one_term,
    of_target("smoker"),
    {
        "nested filters": by(
            lambda notes: notes.ask(
                number(
                    f"count(*) FILTER (WHERE smoker) - count(*) FILTER (WHERE smoker AND decile < {TARGET_DECILE})",
                    WARD,
                )
            )
        ),
        "complements": by(
            lambda notes: notes.ask(
                number(
                    f"count(*) - count(*) FILTER (WHERE NOT smoker) - "
                    f"count(*) FILTER (WHERE smoker AND decile < {TARGET_DECILE})",
                    WARD,
                )
            )
        ),
    },
)


ATTACKS = (INDIVIDUAL, DOUBLE, GENERAL, ZERO_ORACLE, IN_ONE_QUERY)
