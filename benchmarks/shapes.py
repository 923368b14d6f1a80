"""Shapes of research query, to compare the whole pipeline with the unprotected query on."""

MAIN = "(record_status < 100 OR record_status IS NULL)"
MAIN_C = "(c.record_status < 100 OR c.record_status IS NULL)"
SPRING = f"academic_year = '2024/25' AND term = 'SPR' AND {MAIN}"
SPRING_C = f"c.academic_year = '2024/25' AND c.term = 'SPR' AND {MAIN_C}"

PER_SCHOOL = f"""
    SELECT urn, nc_year, gender, count(*) AS n FROM school_census_pupil WHERE {SPRING} GROUP BY ALL"""

TWENTY = {
    "headcount": f"SELECT count(*) AS n FROM school_census_pupil WHERE {SPRING}",
    "count by authority": f"SELECT la_code, count(*) AS n FROM school_census_pupil WHERE {SPRING} GROUP BY 1",
    "two dimensions": f"""
        SELECT gender, fsm_eligible, count(*) AS n FROM school_census_pupil WHERE {SPRING} GROUP BY 1, 2""",
    "four dimensions, all years": f"""
        SELECT academic_year, la_code, gender, ethnic_group_major, count(*) AS n FROM school_census_pupil
        WHERE term = 'SPR' AND {MAIN} GROUP BY ALL""",
    "every term": f"""
        SELECT academic_year, term, nc_year, count(*) AS n FROM school_census_pupil WHERE {MAIN} GROUP BY ALL""",
    "distinct units over terms": """
        SELECT la_code, fsm_eligible, count(DISTINCT pmr_anon) AS n FROM school_census_pupil GROUP BY ALL""",
    "filtered count": f"""
        SELECT la_code, count(*) AS n, count(*) FILTER (WHERE fsm_eligible) AS fsm
        FROM school_census_pupil WHERE {SPRING} GROUP BY 1""",
    "mean of a measure": f"""
        SELECT la_code, fsm_eligible, avg(idaci_score) AS idaci FROM school_census_pupil WHERE {SPRING} GROUP BY ALL""",
    "share of a flag": f"""
        SELECT la_code, nc_year, avg(fsm_eligible::INT) AS share FROM school_census_pupil
        WHERE {SPRING} GROUP BY ALL""",
    "rollup with a filter": f"""
        SELECT la_code, nc_year, count(*) AS n, count(*) FILTER (WHERE fsm_eligible) AS fsm
        FROM school_census_pupil WHERE {SPRING} GROUP BY ROLLUP (la_code, nc_year)""",
    "join with a public table": f"""
        SELECT s.region, s.urban_rural, count(*) AS n FROM school_census_pupil c JOIN school s ON s.urn = c.urn
        WHERE {SPRING_C} GROUP BY ALL""",
    "rates after a join of people": f"""
        SELECT c.la_code, c.fsm_eligible, count(*) AS n,
               100.0 * sum(a.overall_year) / sum(a.sessions_possible_year) AS rate
        FROM absence a JOIN school_census_pupil c USING (pmr_anon, academic_year)
        WHERE a.main_record AND c.term = 'SPR' AND {MAIN_C} AND academic_year = '2024/25' GROUP BY ALL""",
    "absence by year group and year": """
        SELECT academic_year, nc_year, sum(overall_year) AS missed, sum(sessions_possible_year) AS possible
        FROM absence WHERE main_record GROUP BY ALL""",
    "attainment by prior attainment": """
        SELECT prior_band, fsm6, count(*) AS n, avg(att8) AS att8 FROM ks4_pupil
        WHERE academic_year = '2023/24' AND in_national GROUP BY ALL""",
    "attainment by authority and year": """
        SELECT academic_year, la_code, count(*) AS n, avg(att8) AS att8, avg(p8) AS p8 FROM ks4_pupil
        WHERE in_national GROUP BY ALL""",
    "cohort of two stages": """
        SELECT b.academic_year, a.rwm_expected, count(*) AS n, avg(b.att8) AS att8
        FROM ks4_pupil b JOIN ks2_pupil a ON a.pmr_anon = b.pmr_anon
        WHERE a.in_national AND b.in_national GROUP BY ALL""",
    "ever in another table": f"""
        SELECT c.ethnic_group_major, count(*) AS n FROM school_census_pupil c
        WHERE {SPRING_C} AND EXISTS (SELECT 1 FROM exclusion e WHERE e.pmr_anon = c.pmr_anon) GROUP BY 1""",
    "moves between two springs": f"""
        SELECT c.nc_year, count(*) AS n, count(*) FILTER (WHERE a.urn <> c.urn) AS moved
        FROM school_census_pupil a JOIN school_census_pupil c ON c.pmr_anon = a.pmr_anon
        WHERE a.academic_year = '2023/24' AND a.term = 'SPR' AND (a.record_status < 100 OR a.record_status IS NULL)
          AND {SPRING_C} GROUP BY 1""",
    "a person's own summary": """
        SELECT terms, count(*) AS n
        FROM (SELECT pmr_anon, count(DISTINCT term) AS terms FROM school_census_pupil
              WHERE academic_year = '2023/24' AND on_roll GROUP BY pmr_anon) t GROUP BY 1""",
    "a cell per school": f"""
        SELECT urn, gender, fsm_eligible, count(*) AS n FROM school_census_pupil WHERE {SPRING} GROUP BY ALL""",
}

MORE = {
    "cube of three": f"""
        SELECT gender, fsm_eligible, nc_year, count(*) AS n FROM school_census_pupil
        WHERE {SPRING} GROUP BY CUBE (gender, fsm_eligible, nc_year)""",
    "median of a score": """
        SELECT academic_year, fsm6, median(att8) AS middle, quantile_cont(att8, 0.9) AS high
        FROM ks4_pupil WHERE in_national GROUP BY ALL""",
    "regression on a score": """
        SELECT fsm6, regr_slope(p8, att8) AS slope, corr(p8, att8) AS r FROM ks4_pupil
        WHERE academic_year = '2023/24' AND in_national GROUP BY 1""",
    "deviation from an area's mean": """
        SELECT academic_year, fsm6, avg(d) AS gap
        FROM (SELECT pmr_anon, academic_year, fsm6, att8 - avg(att8) OVER (PARTITION BY academic_year, la_code) AS d
              FROM ks4_pupil WHERE in_national) t GROUP BY ALL""",
    "share after the leaf": f"""
        WITH n AS (SELECT la_code, ethnic_group_major, count(*) AS n FROM school_census_pupil
                   WHERE {SPRING} GROUP BY ALL)
        SELECT la_code, ethnic_group_major, n / sum(n) OVER (PARTITION BY la_code) AS share
        FROM n ORDER BY la_code, share DESC""",
}
ALL = TWENTY | MORE
