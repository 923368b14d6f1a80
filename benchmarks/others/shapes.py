"""What every program is asked of one table: in SQL here, and in a program's own words in its script."""

TABLE = "school_census_pupil"
COLUMNS = (
    "pmr_anon", "academic_year", "la_code", "gender", "ethnic_group_major", "nc_year", "fsm_eligible", "idaci_score",
)  # fmt: skip
SHAPES = {
    "rows by area": "SELECT la_code, COUNT(*) AS n FROM {table} GROUP BY la_code",
    "people by area": "SELECT la_code, COUNT(DISTINCT pmr_anon) AS n FROM {table} GROUP BY la_code",
    "four dimensions": (
        "SELECT academic_year, la_code, gender, ethnic_group_major, COUNT(*) AS n FROM {table} "
        "GROUP BY academic_year, la_code, gender, ethnic_group_major"
    ),
    "mean by area and code": (
        "SELECT la_code, fsm_eligible, AVG(idaci_score) AS m FROM {table} GROUP BY la_code, fsm_eligible"
    ),
    "one group of a code": "SELECT gender, COUNT(*) AS n FROM {table} WHERE nc_year = '7' GROUP BY gender",
    "with margins": "SELECT la_code, gender, COUNT(*) AS n FROM {table} GROUP BY ROLLUP (la_code, gender)",
    "median by area": "SELECT la_code, MEDIAN(idaci_score) AS m FROM {table} GROUP BY la_code",
}
