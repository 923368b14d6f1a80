"""Attacks that write the counts of small groups into the digits of one number.

The world: of 52 patients 43 are in band 1 with asthma, 4 in band 2 and rare, 5 in band 3 with a heart condition.
`1 * 43 + 1000 * 4 + 1000000 * 5` prints all three.
"""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import Row, asked, hides, outcome, patient, refuses, shows, visit, world
from tests.oracle.world import World

PACKED = 5_004_043


def _three_groups(small: tuple[int, int]) -> list[Row]:
    rare, heart = small
    groups = [("ASTHMA", 1)] * 43 + [("RARE", 2)] * rare + [("HEART", 3)] * heart
    return [
        patient(person, diagnosis=diagnosis, band=band, stage=band, change=band)
        for person, (diagnosis, band) in enumerate(groups, start=1)
    ]


WORLD = world(_three_groups((4, 5)))
LARGE_GROUPS = world(_three_groups((14, 15)))
WEIGHTS = "(VALUES ('ASTHMA', 1), ('RARE', 1000), ('HEART', 1000000)) AS v(code, w)"
JOINED = f"patient p JOIN {WEIGHTS} ON v.code = p.diagnosis"


@pytest.mark.parametrize(
    "number",
    [
        "sum(v.w)",
        "sum(v.w * 1)",
        "sum(v.w * weight / 70)",
        "sum(weight / 70 * v.w)",
        "sum(CASE WHEN p.insured THEN v.w ELSE 0 END)",
        "sum(v.w + 0 * weight)",
        "sum(round(v.w, 0))",
        "sum(v.w) FILTER (WHERE p.insured)",
    ],
)
def test_a_looked_up_weight_does_not_spell_counts(number: str) -> None:
    """Packing through VALUES: a lookup table is a CASE that nobody sees. Source: packing; our rule on selectors."""
    hides(WORLD, f"SELECT CAST(round({number}) AS BIGINT) FROM {JOINED}", [(PACKED,)])
    shows(LARGE_GROUPS, f"SELECT CAST(round({number}) AS BIGINT) FROM {JOINED}")


def test_a_looked_up_mean_does_not_spell_counts() -> None:
    """Packing through avg. Source: as above."""
    hides(WORLD, f"SELECT CAST(round(avg(v.w) * 52) AS BIGINT) FROM {JOINED}", [(PACKED,)])


@pytest.mark.parametrize(
    "lookup",
    [
        f"(SELECT max(v.w) FROM {WEIGHTS} WHERE v.code = p.diagnosis)",
        f"coalesce((SELECT sum(v.w) FROM {WEIGHTS} WHERE v.code = p.diagnosis), 0)",
        "(SELECT max(v.w) FROM (VALUES (1, 1), (2, 1000), (3, 1000000)) AS v(b, w) WHERE v.b = p.band)",
        "(SELECT max(v.w) FROM (VALUES (1, 1), (2, 1000), (3, 1000000)) AS v(b, w) WHERE v.b = p.change)",
    ],
)
def test_a_weight_looked_up_by_a_subquery_does_not_spell_counts(lookup: str) -> None:
    """Packing through a correlated scalar subquery over literal rows. Source: packing; our rule on selectors."""
    hides(WORLD, f"SELECT sum({lookup}) FROM patient p", [(PACKED,)])
    hides(WORLD, f"SELECT CAST(sum({lookup} * weight / 70) AS BIGINT) FROM patient p", [(PACKED,)])


def test_a_field_of_a_public_table_is_a_weight_too() -> None:
    """Packing through a public column: hospitals with 1, 1000 and 1000000 beds. Source: our rule on selectors."""
    hospitals: list[Row] = [
        {"hospital_id": 100 + place, "region": "North", "teaching": True, "beds": beds}
        for place, beds in enumerate((1, 100, 10_000))
    ]
    groups = [100] * 43 + [101] * 4 + [102] * 5
    patients = [patient(person, hospital_id=place) for person, place in enumerate(groups, start=1)]
    sql = "SELECT sum(h.beds) FROM patient p JOIN hospital h USING (hospital_id)"
    hides(world(patients, hospitals=hospitals), sql, [(50_443,)])
    hides(world(patients, hospitals=hospitals), sql.replace("JOIN", "LEFT JOIN"), [(50_443,)])


def _copies(*numbers: int) -> str:
    codes = ("ASTHMA", "RARE", "HEART")
    rows = [
        f"('{code}', {copy})" for code, number in zip(codes, numbers, strict=True) for copy in range(number)
    ]
    return f"(VALUES {', '.join(rows)}) AS v(code, copy)"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM patient p JOIN {} ON v.code = p.diagnosis",
        "SELECT count(weight) FROM patient p JOIN {} ON v.code = p.diagnosis",
        "SELECT sum(weight) / 70 FROM patient p JOIN {} ON v.code = p.diagnosis",
        "SELECT count(*) FROM (SELECT DISTINCT p.person, v.copy FROM patient p JOIN {} ON v.code = p.diagnosis) q",
        "SELECT count(*) FROM (SELECT person, copy FROM patient JOIN {} ON code = diagnosis GROUP BY person, copy) q",
        "SELECT sum(n) FROM (SELECT person, count(*) AS n FROM patient JOIN {} ON code = diagnosis GROUP BY 1) q",
        "SELECT sum(s) / 70 FROM (SELECT person, sum(weight) s FROM patient JOIN {} ON code = diagnosis GROUP BY 1) q",
        "SELECT count(*) FROM patient p JOIN {} ON v.code = p.diagnosis OR v.code = 'nobody'",
        "SELECT count(*) FROM patient p, {} WHERE v.code = p.diagnosis",
    ],
)
def test_copies_by_a_public_join_do_not_spell_counts(sql: str) -> None:
    """Fan-out x1, x15, x200: rows of a group are multiplied. Source: packing by copies; our rule on copies."""
    hides(WORLD, sql.format(_copies(1, 15, 200)), [(43 + 4 * 15 + 5 * 200,)])


def test_copies_between_texts_and_numbers_do_not_spell_counts() -> None:
    """Fan-out unseen: '2', '02' and '002' are distinct texts and one number. Source: our rule that a join is N:1 only
    between columns that compare value by value."""
    texts = "(SELECT DISTINCT x FROM (VALUES ('1'), ('2'), ('02'), ('3'), ('03'), ('003')) t(x)) v"
    refuses(
        WORLD,
        f"SELECT count(*) FROM patient p JOIN {texts} ON v.x = p.band",
        "syntax",
        f"SELECT count(*) FROM patient p JOIN {texts} ON v.x = p.band",
    )
    flags = "(SELECT DISTINCT x FROM (VALUES ('true'), ('t'), ('false')) t(x)) v"
    refuses(
        WORLD,
        f"SELECT count(*) FROM patient p JOIN {flags} ON v.x = p.insured",
        "syntax",
        f"SELECT count(*) FROM patient p JOIN {flags} ON v.x = p.insured",
    )


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("pow(1000, change - 1)", "pow(1000, change - 1)"),
        ("1000 ^ (change - 1)", "1000 ^ (change - 1)"),
        ("pow(change, 20)", "pow(change, 20)"),
        ("pow(0, (change - 2) * (change - 2))", "pow(0, (change - 2) * (change - 2))"),
        ("exp(change * 7)", "exp(change * 7)"),
        ("exp(-50 * (change - 2) * (change - 2))", "exp(-50 * (change - 2) * (change - 2))"),
        ("atan(1000000 * (change - 2))", "atan(1000000 * (change - 2))"),
        ("sin(change)", "sin(change)"),
        ("change / (change + 0.5)", "change / (change + 0.5)"),
        ("sqrt((change - 2) * (change - 2))", "sqrt((change - 2) * (change - 2))"),
        ("(change - 2) / sqrt(pow(change - 2, 2))", "(change - 2) / sqrt(pow(change - 2, 2))"),
        ("ln(1 + change * 1000000)", "ln(1 + change * 1000000)"),
        ("change * change * change * change", "change * change * change * change"),
        ("pow(pow(change, 2), 2)", "pow(pow(change, 2), 2)"),
        ("change + 0.0000001", "change + 0.0000001"),
        ("change * 1e9", "change * 1e9"),
        ("gamma(change + 1)", "gamma(change + 1)"),
    ],
)
def test_a_sharp_curve_of_a_measure_is_refused(argument: str, place: str) -> None:
    """Packing and steps by a curve: a measure in an exponent prints its histogram, `0 ^ ((x - 2)^2)` counts the twos,
    a steep arc is a threshold, a sine a slice. Source: packing; linear reconstruction by weights."""
    refuses(WORLD, f"SELECT sum({argument}) FROM patient", "encodes-people", place)
    refuses(WORLD, f"SELECT count(*) FROM patient WHERE {argument} > 5", "encodes-people", place)


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("change * change", 43 + 4 * 4 + 5 * 9),
        ("pow(change, 2)", 43.0 + 4 * 4 + 5 * 9),
        ("change ^ 3", 43.0 + 4 * 8 + 5 * 27),
        ("(change - 1) * (change - 1) * 10 + change", 66 + 4 * 10 + 5 * 40),
        ("1 / change", 43 + 4 / 2 + 5 / 3),
    ],
)
def test_a_gentle_curve_of_a_few_valued_measure_is_a_code(argument: str, found: float) -> None:
    """Interpolation: a polynomial takes any values at the few values of a measure. Source: our rule on few values."""
    hides(WORLD, f"SELECT sum({argument}) FROM patient", [(found,)])
    fine = world([patient(person, change=person) for person in range(1, 31)])
    shows(fine, f"SELECT sum({argument}) FROM patient")


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("floor(weight / 100) * 1000000 + weight", 2_000_000),
        ("CAST(weight / 100 AS INTEGER) * 1000000 + weight", None),
        ("round(weight / 200, 0) * 1000000 + weight", 2_000_000),
        ("ceil((weight - 100) / 1000) * 1000000 + weight", 2_000_000),
    ],
)
def test_a_rounded_measure_does_not_count_beside_another_term(argument: str, found: int | None) -> None:
    """Bands by rounding, beside a measure of many values. Source: our rule that bands are conditions like any other."""
    weights = [Decimal(40 + person) / 1 for person in range(1, 41)] + [Decimal(150), Decimal(160)]
    where = world([patient(person, weight=weight) for person, weight in enumerate(weights, start=1)])
    sql = f"SELECT sum({argument}) - sum(weight) FROM patient"
    if found is None:
        found = sum(1 for weight in weights if weight > 50) * 1_000_000 + 2_000_000
    hides(where, sql, [(found,)])


@pytest.mark.parametrize(
    "own",
    ["sum(band)", "median(band)", "avg(band)", "max(band)", "any_value(band)", "sum(band + 0)", "product(band)",
     "max(v.b)", "median(v.b)", "sum(v.b)", "avg(v.b * weight / 70)", "sum(v.b * weight / 70)"],
)  # fmt: skip
def test_a_persons_own_summary_does_not_carry_codes(own: str) -> None:
    """Packing through a person's own aggregate: in the leaf the code is a plain number. Source: packing; per-person
    summaries smuggle codes out."""
    values = "(VALUES ('ASTHMA', 1), ('RARE', 2), ('HEART', 3)) AS v(code, b)"
    summary = (
        f"SELECT p.person, {own} AS x FROM patient p JOIN {values} ON v.code = p.diagnosis GROUP BY p.person"
    )
    hides(WORLD, f"SELECT sum(x) FROM ({summary}) q", [(66,)])
    lines = "(CASE WHEN x > 1 THEN 999 ELSE 0 END + CASE WHEN x > 2 THEN 999000 ELSE 0 END + 1)"
    hides(WORLD, f"SELECT sum({lines}) FROM ({summary}) q", [(PACKED,)])


def test_a_group_key_of_a_person_does_not_carry_weights() -> None:
    """Packing through a group column of each person's summary. Source: as above."""
    for key in (
        "v.w",
        "v.w + 0",
        "CASE diagnosis WHEN 'RARE' THEN 1000 WHEN 'HEART' THEN 1000000 ELSE 1 END",
    ):
        source = JOINED if "v.w" in key else "patient p"
        summary = f"SELECT p.person, {key} AS x FROM {source} GROUP BY p.person, {key}"
        hides(WORLD, f"SELECT sum(x) FROM ({summary}) q", [(PACKED,)])


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("band * 10 + stage", "band * 10 + stage"),
        ("band * weight", "band * weight"),
        ("weight + band", "weight + band"),
        ("CAST(diagnosis = 'RARE' AS INTEGER) * 1000 + CAST(sex = 'M' AS INTEGER)", None),
        ("(7 * band + 3 * stage) % 97", None),
        ("greatest(band, stage)", "greatest(band, stage)"),
        ("band % 2", "band % 2"),
        ("change % 2", "change % 2"),
        ("hash(band)", "hash(band)"),
        ("xor(band, 3)", "xor(band, 3)"),
        ("length(concat(diagnosis, sex))", "concat(diagnosis, sex)"),
        ("length(diagnosis || sex)", "diagnosis || sex"),
        ("length(CAST(weight AS VARCHAR))", None),
        ("ascii(substr(diagnosis, 2, 1))", None),
        ("strpos(substr(diagnosis, 2), 'A')", "substr(diagnosis, 2)"),
        ("length(right(diagnosis, 2))", "right(diagnosis, 2)"),
        ("length(replace(diagnosis, sex, 'xxxx'))", "replace(diagnosis, sex, 'xxxx')"),
        ("strpos(diagnosis, sex)", "strpos(diagnosis, sex)"),
        ("length(translate(diagnosis, sex, wave))", "translate(diagnosis, sex, wave)"),
        ("length(left(diagnosis, band))", "left(diagnosis, band)"),
        ("length(left(CAST(weight AS VARCHAR), 1))", None),
    ],
)
def test_arithmetic_over_codes_is_refused(argument: str, place: str | None) -> None:
    """Weights by codes: seventy numbers with weights like these solve a cohort of fifty. Source: linear reconstruction,
    our measurement; our rule that a code enters bare or through a function of itself alone."""
    code = "function-not-allowed" if argument.startswith(("hash", "ascii")) else "encodes-people"
    sql = f"SELECT sum({argument}) FROM patient"
    if place is not None:
        refuses(WORLD, sql, code, place)
    condition = f"SELECT count(*) FROM patient WHERE {argument} > 40"
    for text in (sql, condition, f"SELECT {argument} AS k, count(*) FROM patient GROUP BY 1"):
        assert asked(WORLD, text).code == code, text


def test_the_names_of_places_do_not_add_up_to_counts() -> None:
    """Packing by identifiers: a hospital's number is a weight that nobody chose. Source: our rule that names of very
    many things are not added up, be there enough in each hospital or not."""
    for few in (4, 43):
        groups = [100] * 43 + [101] * few + [102] * 15
        where = world([patient(person, hospital_id=place) for person, place in enumerate(groups, start=1)])
        for sql in ("SELECT sum(hospital_id) FROM patient", "SELECT avg(hospital_id) FROM patient"):
            refuses(where, sql, "encodes-people", "hospital_id")


def test_codes_of_two_tables_are_two_codes_even_of_one_name() -> None:
    """Equal names: hospital_id of a patient and hospital_id of a visit, and one field in two years. Source: our rule on
    several codes."""
    where = world(WORLD.table("patient"), visits=[visit(person) for person in range(1, 53)])
    sql = (
        "SELECT sum(p.hospital_id * 1000 + v.hospital_id) FROM patient p JOIN visit v ON p.person = v.person"
    )
    refuses(where, sql, "encodes-people", "p.hospital_id * 1000 + v.hospital_id")
    years = "SELECT sum(a.band * 10 + b.band) FROM patient a JOIN patient b ON a.person = b.person"
    refuses(where, years, "encodes-people", "a.band * 10 + b.band")


def graded(few: int) -> World:
    """A hundred outcomes: half of grade 0, a few of grade 2, the others of grade 1."""
    grades = [0] * 50 + [2] * few + [1] * (50 - few)
    return world(
        outcomes=[outcome(n, grade=grade, points=Decimal(n % 37)) for n, grade in enumerate(grades, start=1)]
    )


GRADED = [graded(few) for few in (0, 1, 9)]


@pytest.mark.parametrize(
    "number",
    ["sum(grade)", "avg(grade)", "sum(grade + 0)", "avg(2 * grade)", "var_pop(grade)", "corr(points, grade)",
     "regr_slope(points, grade)", "sum(grade) FILTER (WHERE year = 2022)"],
)  # fmt: skip
def test_a_mean_of_three_codes_does_not_count_the_third_beside_the_others(number: str) -> None:
    """One equation beside the counts: everybody, and those of grade 0, leave two unknown, and the sum of grades tells
    which. Nobody and nine are alike. Source: our own; an exemption of bare codes was for packing alone."""
    sql = f"SELECT count(*) AS n, count(*) FILTER (WHERE grade = 0) AS none, {number} AS told FROM outcome"
    assert [asked(where, sql).rows for where in GRADED] == [((100, 50, None),)] * len(GRADED)
    shows(graded(20), f"SELECT {number} FROM outcome")
