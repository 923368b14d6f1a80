"""Sessions of questions as an attacker would ask them: many about few people, each a little beside the last.

A session has a focus, a few codes that most of its questions are about, so that their populations overlap.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.attacks.sessions.policies import DIAGNOSES, SECOND_PROJECT
from tests.oracle.law.world import HOSPITALS, WARDS
from tests.oracle.policies import PROJECT


class Fate(StrEnum):
    """What becomes of an answer. Checkers decide after the next question; they look at nothing that this law knows."""

    AT_ONCE = "told at once"
    WAITS = "waits for checkers"
    APPROVED = "approved by checkers, flags and all"
    REJECTED = "rejected by checkers"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. The first `keys` columns name a row of its answer, the others are numbers.

    `raw` gives, under the same keys, everything that these numbers are made of: the question itself, where they are
    what it says; all values in order, where they are quantiles. How many people there are comes last.
    """

    sql: str
    keys: int
    raw: str
    project: str = PROJECT
    version: int = 1
    fate: Fate = Fate.AT_ONCE


@dataclass(frozen=True, slots=True)
class Focus:
    """What a session is about."""

    hospital: int
    ward: int
    decile: int
    month: int
    sex: str
    weekday: int
    diagnosis: str
    term: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A plain question: keys, numbers, and the conditions of whom they are about, which all hold."""

    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    term: str
    conditions: tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """What a question is made with."""

    chance: random.Random
    focus: Focus
    texts: list[str] = field(default_factory=list)  # conditions used before, to be used again
    counted: list["Counted"] = field(
        default_factory=list
    )  # what was asked plainly, to be asked a little otherwise

    def likely(self, percent: int) -> bool:
        return self.chance.random() * 100 < percent

    def pick(self, among: Sequence[str]) -> str:
        return self.chance.choice(among)

    def code(self, focused: object, among: Sequence[object]) -> object:
        return focused if self.likely(65) else self.chance.choice(among)

    def some(self, among: Sequence[object]) -> str:
        few = self.chance.sample(list(among), self.chance.randint(1, len(among) - 1))
        return ", ".join(str(one) for one in sorted(few, key=str))


Made = tuple[str, int, str]
"""The text of a question, how many keys it has, and what reads that which its numbers are made of."""
Shape = Callable[[Draft], list[Made]]


def session(seed: int, *, length: int, shapes: Sequence[Shape] | None = None) -> list[Asked]:
    """The questions of one session: the same for ever."""
    chance = random.Random(seed)
    draft = Draft(chance, _focus(chance))
    found: list[Asked] = []
    style = chance.choice(("one project", "one project", "two projects", "a new version"))
    while len(found) < length:
        late = style == "a new version" and len(found) > length // 3 and chance.random() < 0.7
        project = SECOND_PROJECT if style == "two projects" and chance.random() < 0.5 else PROJECT
        for sql, keys, raw in chance.choice(shapes or SHAPES)(draft):
            found.append(Asked(sql, keys, raw, project, 2 if late else 1))
    return found


def with_checkers(questions: Sequence[Asked], seed: int) -> list[Asked]:
    """The same questions, of which half are asked of checkers, who approve half of these."""
    chance = random.Random(seed)
    fates = (
        Fate.AT_ONCE,
        Fate.AT_ONCE,
        Fate.AT_ONCE,
        Fate.WAITS,
        Fate.APPROVED,
        Fate.APPROVED,
        Fate.REJECTED,
    )
    return [replace(one, fate=chance.choice(fates)) for one in questions]


def _focus(chance: random.Random) -> Focus:
    return Focus(
        hospital=chance.choice(HOSPITALS),
        ward=chance.choice(WARDS),
        decile=chance.choice((1, 3, 10, 10, 10)),
        month=chance.choice((1, 2, 3)),
        sex=chance.choice("FM"),
        weekday=chance.choice((1, 2)),
        diagnosis=chance.choice(DIAGNOSES),
        term=chance.choice(TERMS[:3]),
    )


# Conditions

TERMS = (
    "year = 2022 AND wave = 'SPR'",
    "year = 2022 AND wave = 'SPR'",
    "year = 2023 AND wave = 'SPR'",
    "year = 2022 AND wave = 'AUT'",
    "wave = 'SPR'",
    "year = 2022",
    "TRUE",
)
HIDDEN = ("smoker", "NOT smoker", "carrier", "NOT carrier")
DECILES = (1, 2, 3, 10)


def term(draft: Draft) -> str:
    return draft.focus.term if draft.likely(75) else draft.pick(TERMS)


def atom(draft: Draft) -> str:
    return hidden(draft) if draft.likely(40) else visible(draft)


def visible(draft: Draft) -> str:
    """A condition on what everybody knows."""
    focus = draft.focus
    match draft.pick(
        ("ward", "ward", "decile", "decile", "decile", "month", "sex", "weekday", "hospital", "list")
    ):
        case "ward":
            return f"ward {draft.pick(('=', '=', '<>'))} {draft.code(focus.ward, WARDS)}"
        case "decile":
            return f"decile {draft.pick(('=', '<', '<>'))} {draft.code(focus.decile, DECILES)}"
        case "month":
            return f"month {draft.pick(('=', '<>'))} {draft.code(focus.month, (1, 2, 3))}"
        case "sex":
            return f"sex = '{draft.code(focus.sex, 'FM')}'"
        case "weekday":
            return f"weekday = {draft.code(focus.weekday, (1, 2))}"
        case "hospital":
            return f"hospital_id {draft.pick(('=', '<>'))} {draft.code(focus.hospital, HOSPITALS)}"
        case _:
            lists: tuple[tuple[str, Sequence[int]], ...] = (
                ("ward", WARDS), ("decile", DECILES), ("hospital_id", HOSPITALS)
            )  # fmt: skip
            name, codes = draft.chance.choice(lists)
            return f"{name} IN ({draft.some(codes)})"


def hidden(draft: Draft) -> str:
    if draft.likely(65):
        return draft.pick(HIDDEN)
    if draft.likely(70):
        return f"diagnosis {draft.pick(('=', '=', '<>'))} '{draft.code(draft.focus.diagnosis, DIAGNOSES)}'"
    return draft.pick(("score > 50", "dose > 50", "diagnosis IN ('SECOND', 'THIRD')", "score > 70"))


def condition(draft: Draft, depth: int = 2) -> str:
    """A condition in brackets; often one that was used before."""
    if draft.texts and draft.likely(35):
        return draft.pick(draft.texts)
    if draft.likely(20):
        return narrow(draft)
    shape = draft.pick(("atom", "and", "and", "or", "not")) if depth else "atom"
    match shape:
        case "and":
            made = f"({condition(draft, depth - 1)} AND {condition(draft, depth - 1)})"
        case "or":
            made = f"({condition(draft, depth - 1)} OR {condition(draft, depth - 1)})"
        case "not":
            made = f"(NOT {condition(draft, depth - 1)})"
        case _:
            made = f"({atom(draft)})"
    draft.texts.append(made)
    return made


def where(draft: Draft) -> str:
    """Of whole leaves: a term and often a condition."""
    return f"{term(draft)} AND {condition(draft)}" if draft.likely(75) else term(draft)


# Keys and numbers

KEYS = ("hospital_id", "hospital_id", "hospital_id", "ward", "ward", "sex", "decile", "month", "year", "wave")
HIDDEN_KEYS = ("smoker", "smoker", "carrier", "diagnosis")


def keys(draft: Draft) -> list[str]:
    found: list[str] = []
    for _ in range(draft.chance.choice((0, 1, 1, 2, 2, 3))):
        key = draft.pick(HIDDEN_KEYS) if draft.likely(25) else draft.pick(KEYS)
        if key not in found:
            found.append(key)
    return found


def number(draft: Draft) -> str:
    """An aggregate that is what it says."""
    measure = draft.pick(("score", "score", "dose"))
    match draft.pick(
        ("count", "count", "count", "people", "sum", "avg", "filter", "filter", "case", "spread")
    ):
        case "count":
            return "count(*)"
        case "people":
            return "count(DISTINCT person)"
        case "sum":
            return f"sum({measure})"
        case "avg":
            return f"avg({measure})"
        case "filter":
            inner = draft.pick(("count(*)", f"sum({measure})", f"avg({measure})"))
            return f"{inner} FILTER (WHERE {condition(draft, 1)})"
        case "case":
            return _case(draft, measure)
        case _:
            return draft.pick((f"stddev_samp({measure})", "corr(score, dose)", "regr_slope(score, dose)"))


def _case(draft: Draft, measure: str) -> str:
    inner = condition(draft, 1)
    return draft.pick(
        (
            f"sum(CASE WHEN {inner} THEN {measure} ELSE 0 END)",
            f"sum(CASE WHEN {inner} THEN {measure} END)",
            f"sum(CASE WHEN {inner} THEN 1 ELSE 0 END)",
            f"avg(CASE WHEN {inner} THEN 1.0 ELSE 0 END)",
            f"count(CASE WHEN {inner} THEN 1 END)",
            f"count_if({inner})",
        )
    )


def numbers(draft: Draft) -> list[str]:
    return [number(draft) for _ in range(draft.chance.choice((1, 1, 1, 2)))]


# Questions


def select(keyed: Sequence[str], counted: Sequence[str], source: str, *, rest: str = "") -> str:
    items = ", ".join([*keyed, *(f"{one} AS n{place}" for place, one in enumerate(counted))])
    grouped = f" GROUP BY {', '.join(map(str, range(1, len(keyed) + 1)))}" if keyed else ""
    return f"SELECT {items} FROM {source}{grouped}{rest}"


def made(
    keyed: Sequence[str],
    counted: Sequence[str],
    source: str,
    *,
    rest: str = "",
    of: Sequence[str] | None = None,
    person: str = "person",
) -> Made:
    """A question, whose numbers are made `of` other things than they say."""
    raw = select(keyed, [*(of or counted), f"count(DISTINCT {person})"], source)
    return select(keyed, counted, source, rest=rest), len(keyed), raw


def plain(draft: Draft) -> list[Made]:
    """A count or a sum under a few plain conditions, or a compound one."""
    if draft.likely(20):
        about = [condition(draft)]
    else:
        about = [f"({hidden(draft)})"] if draft.likely(60) else []
        about += [f"({visible(draft)})" for _ in range(draft.chance.choice((0, 1, 1, 2)))]
    few = tuple(numbers(draft)) if draft.likely(40) else ("count(*)",)
    return _of_counted(draft, Counted(tuple(keys(draft)), few, term(draft), tuple(about)))


def _of_counted(draft: Draft, asked: Counted) -> list[Made]:
    draft.counted.append(asked)
    source = f"patient WHERE {' AND '.join([asked.term, *asked.conditions])}"
    return [made(asked.keys, asked.numbers, source)]


def nearly_the_same(draft: Draft) -> list[Made]:
    """An earlier question about some people more or fewer: how a tracker asks."""
    if not draft.counted:
        return plain(draft)
    before = draft.chance.choice(draft.counted)
    return _of_counted(draft, replace(before, conditions=_tracked(draft, before.conditions)))


def _tracked(draft: Draft, before: tuple[str, ...]) -> tuple[str, ...]:
    """With one condition more, fewer, turned round or in the place of another; or with a few people beside."""
    how = draft.pick(("one more", "one more", "one more", "turned", "fewer", "or", "less", "compound"))
    place = draft.chance.randrange(len(before)) if before else None
    all_of = f"({' AND '.join(before or ('TRUE',))})"
    match how:
        case "turned" if place is not None:
            return (*before[:place], f"(NOT {before[place]})", *before[place + 1 :])
        case "fewer" if place is not None:
            return before[:place] + before[place + 1 :]
        case "or":
            return (f"({all_of} OR {narrow(draft)})",)
        case "less":
            return (*before, f"(NOT {narrow(draft)})")
        case "compound":
            return (*before, condition(draft, 1))
        case _:
            return (*before, f"({visible(draft)})" if draft.likely(65) else f"({hidden(draft)})")


def narrow(draft: Draft) -> str:
    """Few people, or one, by what is known of them, and often by what is not."""
    focus = draft.focus
    parts = [f"ward = {focus.ward}", f"decile = {focus.decile}"]
    parts += [f"hospital_id = {focus.hospital}"] if draft.likely(40) else []
    parts += [f"month = {focus.month}"] if draft.likely(20) else []
    parts += [hidden(draft)] if draft.likely(75) else []
    return f"({' AND '.join(parts)})"


def case_key(draft: Draft) -> list[Made]:
    key = f"CASE WHEN {condition(draft)} THEN 'a' WHEN {condition(draft, 1)} THEN 'b' ELSE 'c' END"
    return [made([*keys(draft)[:1], key], numbers(draft), f"patient WHERE {where(draft)}")]


def by_region(draft: Draft) -> list[Made]:
    keyed = [draft.pick(("region", "place")), *(key for key in keys(draft)[:1] if key != "hospital_id")]
    places = f" AND place = {draft.pick(('1', '2'))}" if draft.likely(30) else ""
    source = f"patient JOIN hospital USING (hospital_id) WHERE {where(draft)}{places}"
    return [made(keyed, numbers(draft), source)]


def of_people(draft: Draft) -> list[Made]:
    """Each person's own summary."""
    own = draft.pick(
        ("bool_or(smoker)", "max(score)", "count(*)", f"bool_or({condition(draft, 1)})", "min(dose)")
    )
    having = draft.pick(
        ("", "", "", " HAVING bool_or(smoker)", " HAVING count(*) > 1", " HAVING max(decile) < 10")
    )
    inner = f"SELECT person, hospital_id, {own} AS s FROM patient WHERE {where(draft)} GROUP BY 1, 2{having}"
    second = "count(*) FILTER (WHERE s)" if own.startswith("bool") else draft.pick(("sum(s)", "avg(s)"))
    return [made(["hospital_id"], ["count(*)", second], f"({inner}) AS q")]


def with_outcomes(draft: Draft) -> list[Made]:
    kind = draft.pick(("JOIN", "LEFT JOIN"))
    rows = f"SELECT * FROM patient WHERE {where(draft)}"
    after = draft.pick(
        ("", "", " WHERE o.person IS NULL", " WHERE o.person IS NOT NULL", " WHERE o.points > 50")
    )
    source = f"({rows}) AS p {kind} outcome AS o ON o.person = p.person AND o.year = p.year{after}"
    keyed = [f"p.{key}" for key in keys(draft)[:2]]
    counted = draft.pick(("count(*)", "sum(o.points)", "avg(p.score)", "count(o.person)"))
    return [made(keyed, [counted], source, person="p.person")]


def of_the_same(draft: Draft) -> list[Made]:
    """People by whether they are among others: EXISTS, IN, anti-joins, set operations."""
    others = f"SELECT person FROM patient WHERE {where(draft)}"
    first = where(draft)
    own = f"(SELECT * FROM patient WHERE {first}) AS p"
    beside = f"SELECT 1 FROM ({others}) AS q WHERE q.person = p.person"
    sources = {
        "in": f"patient WHERE {first} AND person IN ({others})",
        "not in": f"patient WHERE {first} AND person NOT IN ({others})",
        "exists": f"{own} WHERE EXISTS ({beside})",
        "not exists": f"{own} WHERE NOT EXISTS ({beside})",
        "anti": f"{own} ANTI JOIN ({others}) AS q ON q.person = p.person",
        "left": f"{own} LEFT JOIN (SELECT DISTINCT person AS r FROM ({others}) AS o) AS q ON q.r = p.person "
        "WHERE q.r IS NULL",
    }
    how = draft.pick((*sources, "EXCEPT", "INTERSECT", "UNION"))
    if how not in sources:
        both = f"(SELECT person FROM patient WHERE {first} {how} {others}) AS q"
        return [made([], ["count(*)"], both)]
    return [made(keys(draft)[:2], numbers(draft)[:1], sources[how])]


LISTED = {
    "ward": tuple(map(str, WARDS)),
    "decile": tuple(map(str, DECILES)),
    "month": ("1", "2", "3"),
    "smoker": ("TRUE", "FALSE"),
    "diagnosis": tuple(f"'{one}'" for one in DIAGNOSES),
}


def looked_up(draft: Draft) -> list[Made]:
    """A list of codes of two fields, as a public table."""
    one, other = draft.chance.sample(sorted(LISTED), 2)
    pairs = [(mine, theirs) for mine in LISTED[one] for theirs in LISTED[other]]
    listed = draft.chance.sample(pairs, draft.chance.randint(1, len(pairs) - 1))
    values = ", ".join(f"({mine}, {theirs})" for mine, theirs in listed)
    joined = f"(VALUES {values}) AS v (x, y) ON v.x = p.{one} AND v.y = p.{other}"
    counted = draft.pick(("count(*)", "sum(p.score)", "avg(p.dose)"))
    keyed = [f"p.{key}" for key in keys(draft)[:2]]
    return [made(keyed, [counted], f"patient AS p JOIN {joined} WHERE {where(draft)}")]


def in_levels(draft: Draft) -> list[Made]:
    """Totals beside their parts."""
    found = list(dict.fromkeys([*keys(draft), "hospital_id"]))[:3]
    levels = [*found, *(f"grouping({key})" for key in found)]
    source = f"patient WHERE {where(draft)}"
    grouped = f" GROUP BY {draft.pick(('ROLLUP', 'CUBE'))} ({', '.join(found)})"
    counted = number(draft)
    text, raw = (
        f"SELECT {', '.join([*levels, *items])} FROM {source}{grouped}"
        for items in ([f"{counted} AS n"], [f"{counted} AS n", "count(DISTINCT person)"])
    )
    return [(text, len(levels), raw)]


def quantiles(draft: Draft) -> list[Made]:
    measure = draft.pick(("score", "dose"))
    point = draft.pick(("0.25", "0.5", "0.6", "0.75"))
    asked = draft.pick((f"median({measure})", f"quantile_cont({measure}, {point})"))
    source, ordered = f"patient WHERE {where(draft)}", f"list_sort(list({measure}))"
    return [made(keys(draft)[:2], [asked], source, of=[ordered])]


def values_of(draft: Draft) -> list[Made]:
    """Aggregates of codes, which are made of the shown counts of each code."""
    code = draft.pick(("diagnosis", "decile", "smoker", "ward"))
    asked = draft.pick((f"count(DISTINCT {code})", f"max({code})", f"min({code})", f"mode({code})"))
    keyed = [key for key in keys(draft)[:2] if key != code]
    return [made(keyed, [asked], f"patient WHERE {where(draft)}", of=[f"histogram({code})"])]


def finished(draft: Draft) -> list[Made]:
    """A leaf, and then something made of it: HAVING, a ratio, a share, a rank."""
    keyed = keys(draft) or ["hospital_id"]
    one, source = number(draft), f"patient WHERE {where(draft)}"
    more = draft.pick(
        (
            f"{one} / count(*)",
            "count(*) * 1.0 / sum(count(*)) OVER ()",
            "rank() OVER (ORDER BY count(*))",
            one,
        )
    )
    rest = draft.pick(("", " HAVING count(*) >= 7", " HAVING count(*) < 12", " ORDER BY 2 LIMIT 3"))
    leaf = made(keyed, ["count(*)", one], source)
    return [leaf, made(keyed, ["count(*)", more], source, rest=rest)]


def among_large(draft: Draft) -> list[Made]:
    """People of the groups that a first question shows to be large."""
    key, source = draft.pick(("hospital_id", "ward", "decile")), f"patient WHERE {where(draft)}"
    inner = f"SELECT {key} FROM {source} GROUP BY 1 HAVING count(*) >= {draft.pick(('6', '9', '14'))}"
    among = f"patient WHERE {where(draft)} AND {key} IN ({inner})"
    return [made([key], ["count(*)"], source), made(keys(draft)[:2], [number(draft)], among)]


SHAPES: tuple[Shape, ...] = (
    *[plain] * 4, *[nearly_the_same] * 10, case_key, by_region, by_region, of_people, with_outcomes,
    of_the_same, of_the_same, looked_up, in_levels, quantiles, values_of, finished, among_large,
)  # fmt: skip
TRACKERS: tuple[Shape, ...] = (plain, nearly_the_same, nearly_the_same)
