"""Whether the data look like the real thing, at the tiny scale: signs and presence, not sizes."""

from tests.unit.synthetic_data.conftest import Ask


def number(ask: Ask, sql: str) -> float:
    [(found,)] = ask(sql)
    assert isinstance(found, int | float), sql
    return float(found)


def test_tiny_schools_exist(ask: Ask) -> None:
    sizes = """SELECT count(*) AS n FROM school_census_pupil
               WHERE on_roll AND term = 'SPR' AND academic_year = '2023/24' GROUP BY urn"""
    assert number(ask, f"SELECT count(*) FROM ({sizes}) WHERE n < 30") >= 2


def test_rare_groups_exist_and_stay_rare(ask: Ask) -> None:
    share = "SELECT avg(({})::INT) FROM school_census_pupil WHERE academic_year = '2023/24'"
    for rare in (
        "ethnic_group_minor = 'WIRT'",
        "coalesce(sen_type_primary = 'MSI', false)",
        "ethnic_group_minor = 'WROM'",
    ):
        assert 0 < number(ask, share.format(rare)) < 0.01, rare


def test_disclosure_control_has_work_to_do(ask: Ask) -> None:
    cells = """SELECT count(*) AS n FROM school_census_pupil WHERE on_roll AND term = 'SPR'
               AND academic_year = '2023/24' GROUP BY urn, ethnic_group_minor, fsm_eligible"""
    assert number(ask, f"SELECT avg((n < 10)::INT) FROM ({cells})") > 0.3


def test_attainment_falls_with_poverty_and_need_and_follows_prior_attainment(ask: Ask) -> None:
    assert number(ask, "SELECT avg(att8) FILTER (fsm6) - avg(att8) FILTER (NOT fsm6) FROM ks4_pupil") < -5
    assert number(ask, "SELECT avg(att8) FILTER (sen_stage = 'E') - avg(att8) FROM ks4_pupil") < -10
    assert 0.55 < number(ask, "SELECT corr(att8, ks2_prior) FROM ks4_pupil") < 0.85
    assert 0.5 < number(ask, "SELECT corr(read_score, maths_score) FROM ks2_pupil") < 0.85
    assert number(ask, "SELECT corr(rwm_expected::INT, (month_of_birth + 3) % 12) FROM ks2_pupil") < 0


def test_absence_has_a_long_tail_and_goes_with_poverty_and_low_attainment(ask: Ask) -> None:
    rate = "overall_year / sessions_possible_year"
    assert number(ask, f"SELECT corr({rate}, fsm_eligible::INT) FROM absence") > 0.05
    assert number(ask, f"SELECT avg({rate}) / median({rate}) FROM absence") > 1.2
    both = "absence JOIN ks4_pupil USING (pmr_anon, academic_year) WHERE main_record AND in_national"
    assert number(ask, f"SELECT corr(att8, {rate}) FROM {both}") < -0.1


def test_suspensions_are_over_dispersed_and_more_frequent_for_boys(ask: Ask) -> None:
    counts = "SELECT count(*) AS n FROM exclusion WHERE category = 'SUSP' GROUP BY pmr_anon, academic_year"
    assert number(ask, f"SELECT var_samp(n) / avg(n) FROM ({counts})") > 1.2
    assert number(ask, "SELECT avg((gender = 'M')::INT) FROM exclusion") > 0.6


def test_a_quarter_or_so_of_looked_after_children_have_no_pupil_record(ask: Ask) -> None:
    assert 0.1 < number(ask, "SELECT avg((pmr_anon IS NULL)::INT) FROM cla_child") < 0.45
    assert ask("SELECT count(*) FROM cla_child WHERE pmr_anon IS NULL AND upn IS NOT NULL") == [(0,)]


def test_siblings_share_an_address(ask: Ask) -> None:
    homes = """SELECT household_id, count(DISTINCT surname) AS names, count(*) AS n FROM pupil_identity
               GROUP BY 1 HAVING n > 1"""
    assert number(ask, f"SELECT avg((names = 1)::INT) FROM ({homes})") > 0.7
