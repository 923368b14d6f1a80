"""Further shapes of questions for sessions: PIVOT, subqueries that look at the row outside, windows, uneven joins.

They stand apart from the first shapes, so that a session of those is the same for ever.
"""

from tests.oracle.law.questions import (
    LISTED,
    SHAPES,
    Draft,
    Made,
    Shape,
    condition,
    keys,
    made,
    numbers,
    term,
    where,
)


def pivoted(draft: Draft) -> list[Made]:
    """A column for each code, or for some."""
    code = draft.pick(sorted(LISTED))
    listed = [one for one in LISTED[code] if draft.likely(80)] or list(LISTED[code])
    group = draft.pick(("hospital_id", "sex", "month"))
    if group == code:
        group = "hospital_id"
    among = where(draft)
    text = (
        f"SELECT * FROM (SELECT {group}, {code} FROM patient WHERE {among})"
        f" PIVOT (count(*) FOR {code} IN ({', '.join(listed)}) GROUP BY {group})"
    )
    each = [f"count(*) FILTER (WHERE {code} = {one})" for one in listed]
    raw = f"SELECT {group}, {', '.join(each)}, count(DISTINCT person) FROM patient WHERE {among} GROUP BY 1"
    return [(text, 1, raw)]


def correlated(draft: Draft) -> list[Made]:
    """People by what a subquery says of them, or of where they are."""
    inner = f"{term(draft)} AND {condition(draft, 1)}"
    about = draft.pick(
        (
            f"EXISTS (SELECT 1 FROM patient AS q WHERE q.person = p.person AND q.year = p.year + 1 AND {inner})",
            f"NOT EXISTS (SELECT 1 FROM patient AS q WHERE q.person = p.person AND {inner})",
            f"(SELECT count(*) FROM patient AS q WHERE q.person = p.person AND {inner}) > 0",
            f"p.score > (SELECT avg(q.score) FROM patient AS q WHERE q.hospital_id = p.hospital_id AND {inner})",
            f"(SELECT count(*) FROM patient AS q WHERE q.hospital_id = p.hospital_id AND {inner}) >= 9",
            "p.hospital_id IN (SELECT h.hospital_id FROM hospital AS h WHERE h.place = p.ward)",
        )
    )
    source = f"(SELECT * FROM patient WHERE {where(draft)}) AS p WHERE {about}"
    keyed = [f"p.{key}" for key in keys(draft)[:2]]
    counted = draft.pick(("count(*)", "sum(p.score)", "avg(p.dose)"))
    return [made(keyed, [counted], source, person="p.person")]


WINDOWS = (
    ("row_number() OVER (PARTITION BY person ORDER BY year, wave)", "r = 1"),
    ("lag(smoker) OVER (PARTITION BY person ORDER BY year, wave)", "r"),
    ("count(*) OVER (PARTITION BY person)", "r > 2"),
    ("max(dose) OVER (PARTITION BY person)", "r = dose"),
    ("count(*) OVER (PARTITION BY hospital_id)", "r > 20"),
    ("rank() OVER (PARTITION BY hospital_id ORDER BY score DESC)", "r <= 9"),
    ("avg(score) OVER (PARTITION BY ward)", "score > r"),
)


def windowed(draft: Draft) -> list[Made]:
    """Rows by a window over a person's own rows, or over other people's, which is refused."""
    window, test = draft.chance.choice(WINDOWS)
    inner = f"SELECT *, {window} AS r FROM patient WHERE {term(draft)}"
    source = f"({inner}) AS w WHERE {test} AND {condition(draft, 1)}"
    return [made(keys(draft)[:2], numbers(draft)[:1], source)]


def unevenly_joined(draft: Draft) -> list[Made]:
    """Two summaries of a person, kept on one side or on both; two tables on top of one another."""
    if draft.likely(35):
        both = (
            f"(SELECT person, hospital_id FROM patient WHERE {where(draft)}"
            " UNION ALL SELECT person, hospital_id FROM outcome"
            f" WHERE points > {draft.pick(('0', '50', '70'))}) AS u"
        )
        return [made(["hospital_id"], [draft.pick(("count(*)", "count(DISTINCT person)"))], both)]
    one = (
        f"(SELECT person, hospital_id, bool_or({condition(draft, 1)}) AS s FROM patient"
        f" WHERE {where(draft)} GROUP BY 1, 2) AS a"
    )
    year = draft.pick(("2022", "2023"))
    other = f"(SELECT person, max(points) AS q FROM outcome WHERE year = {year} GROUP BY 1) AS b"
    source = f"{one} {draft.pick(('FULL', 'RIGHT', 'LEFT', 'INNER'))} JOIN {other} ON a.person = b.person"
    counted = draft.pick(("count(*)", "count(a.person)", "count(*) FILTER (WHERE a.s)", "avg(b.q)"))
    return [made(["a.hospital_id"], [counted], source, person="coalesce(a.person, b.person)")]


def beside_another_table(draft: Draft) -> list[Made]:
    """A count of patients, with a number beside it that needs another table, at this time or another."""
    when = draft.pick(
        ("o.year = p.year", "o.year = p.year + 1", "o.year = 2023", "o.year = p.year AND o.points > 50")
    )
    rows = f"(SELECT * FROM patient WHERE {where(draft)}) AS p"
    source = (
        f"{rows} {draft.pick(('LEFT', 'INNER', 'FULL'))} JOIN outcome AS o ON o.person = p.person AND {when}"
    )
    counted = [draft.pick(("count(*)", "count(p.person)", "avg(p.score)", "sum(p.dose)")), "avg(o.points)"]
    keyed = [f"p.{key}" for key in keys(draft)[:2]]
    return [made(keyed, counted, source, person="coalesce(p.person, o.person)")]


WIDER: tuple[Shape, ...] = (
    *SHAPES, pivoted, pivoted, correlated, correlated, windowed, windowed,
    unevenly_joined, unevenly_joined, beside_another_table, beside_another_table,
)  # fmt: skip
