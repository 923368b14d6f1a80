"""The panel: people age, move up, keep what is theirs, and stand in one main row of each census."""

from tests.unit.synthetic_data.conftest import Ask

MAIN = "(record_status < 100 OR record_status IS NULL)"
ORDER = "list_position(['N1','N2','R','1','2','3','4','5','6','7','8','9','10','11','12','13','14'], nc_year)"


def test_there_are_three_censuses_in_each_of_three_years(ask: Ask) -> None:
    found = ask(
        "SELECT academic_year, list_sort(list(DISTINCT term)) FROM school_census_pupil GROUP BY 1 ORDER BY 1"
    )
    assert found == [(year, ["AUT", "SPR", "SUM"]) for year in ("2022/23", "2023/24", "2024/25")]


def test_everybody_in_a_census_has_exactly_one_main_row(ask: Ask) -> None:
    counts = f"""SELECT count(*) FILTER ({MAIN}) AS n FROM school_census_pupil
                 GROUP BY pmr_anon, academic_year, term"""
    assert ask(f"SELECT min(n), max(n) FROM ({counts})") == [(1, 1)]


def test_the_main_row_of_those_on_roll_anywhere_is_on_roll(ask: Ask) -> None:
    people = f"""SELECT bool_or(on_roll) AS anywhere, bool_or(on_roll) FILTER ({MAIN}) AS main
                 FROM school_census_pupil GROUP BY pmr_anon, academic_year, term"""
    assert ask(f"SELECT count(*) FROM ({people}) WHERE anywhere <> main") == [(0,)]


def test_dual_registrations_and_rows_of_those_who_left_are_there(ask: Ask) -> None:
    kinds = {row[0] for row in ask("SELECT DISTINCT enrol_status FROM school_census_pupil")}
    assert kinds == {"C", "M", "S", "P"}
    assert ask(
        "SELECT count(*) FROM school_census_pupil WHERE enrol_status = 'S' AND record_status < 101"
    ) == [(0,)]
    [(share,)] = ask("SELECT avg((NOT on_roll)::INT) FROM school_census_pupil")
    assert isinstance(share, float)
    assert 0.01 < share < 0.06
    assert ask("SELECT count(*) FROM school_census_pupil WHERE (leaving_date IS NOT NULL) AND on_roll") == [
        (0,)
    ]


def test_everybody_is_one_year_older_and_one_group_further_a_year_later(ask: Ask) -> None:
    spring = f"""SELECT *, {ORDER} AS place, academic_year[1:4]::INT AS began FROM school_census_pupil
                 WHERE term = 'SPR' AND on_roll AND {MAIN}"""
    steps = f"""SELECT DISTINCT later.age_start - now.age_start, later.place - now.place
                FROM ({spring}) AS now JOIN ({spring}) AS later
                ON later.pmr_anon = now.pmr_anon AND later.began = now.began + 1"""
    assert ask(steps) == [(1, 1)]


def test_gender_and_month_of_birth_never_change(ask: Ask) -> None:
    changed = """SELECT count(*) FROM (SELECT pmr_anon FROM school_census_pupil GROUP BY ALL
                 HAVING count(DISTINCT gender) > 1 OR count(DISTINCT (year_of_birth, month_of_birth)) > 1
                     OR count(DISTINCT language) > 1)"""
    assert ask(changed) == [(0,)]


def test_ever_eligible_follows_from_eligible(ask: Ask) -> None:
    wrong = """fsm_eligible AND NOT ever_fsm_3 OR ever_fsm_3 AND NOT ever_fsm_6 OR ever_fsm_6 AND NOT ever_fsm_6_period
               OR ever_fsm_6_period AND NOT ever_fsm_all"""
    assert ask(f"SELECT count(*) FROM school_census_pupil WHERE {wrong}") == [(0,)]


def test_nobody_reaches_key_stage_4_before_key_stage_2(ask: Ask) -> None:
    joined = "ks2_pupil AS two JOIN ks4_pupil AS four USING (pmr_anon)"
    assert ask(f"SELECT min(four.academic_year[1:4]::INT - two.academic_year[1:4]::INT) FROM {joined}") == [
        (5,)
    ]


def test_absence_adds_up(ask: Ask) -> None:
    wrong = " OR ".join(
        f"overall_{spell} <> authorised_{spell} + unauthorised_{spell} OR overall_{spell} > sessions_possible_{spell}"
        for spell in ("autumn", "spring", "summer", "summer6", "year")
    )
    reasons = " + ".join(f"reason_{reason}_year" for reason in "imrsthfecguon")
    assert ask(f"SELECT count(*) FROM absence WHERE {wrong} OR {reasons} <> overall_year") == [(0,)]
    main = "SELECT count(*) FILTER (main_record) AS n FROM absence GROUP BY pmr_anon, academic_year"
    assert ask(f"SELECT min(n), max(n) FROM ({main})") == [(1, 1)]


def test_exclusions_are_numbered_in_order_of_date(ask: Ask) -> None:
    wrong = """SELECT count(*) FROM (SELECT exclusion_number, row_number() OVER
               (PARTITION BY pmr_anon, academic_year ORDER BY start_date, exclusion_number) AS place FROM exclusion)
               WHERE place <> exclusion_number"""
    assert ask(wrong) == [(0,)]
    assert ask("SELECT count(*) FROM exclusion WHERE (category = 'PERM') <> (sessions IS NULL)") == [(0,)]


def test_episodes_lie_within_the_period_of_care(ask: Ask) -> None:
    wrong = """SELECT count(*) FROM cla_episode JOIN cla_child USING (cla_child_id, reporting_year)
               WHERE episode_start < period_start OR episode_end < episode_start"""
    assert ask(wrong) == [(0,)]
