-- The surface: what analysts write, at least three queries for each form. One query a block; above it the form that it
-- is an example of, and its name. Accepted without a change of meaning: where protection is off, its answer is DuckDB's.

-- row: GROUP BY ALL
-- name: pupils by group of years
SELECT academic_year, nc_year, count(*) AS n FROM ks4_pupil GROUP BY ALL

-- row: GROUP BY ALL
-- name: an expression under GROUP BY ALL
SELECT left(academic_year, 4) AS y, upper(gender) AS g, avg(att8) AS m FROM ks4_pupil GROUP BY ALL

-- row: GROUP BY ALL
-- name: GROUP BY ALL after a join
SELECT s.region, c.sen_provision_major, count(DISTINCT c.pmr_anon) AS pupils
FROM school_census_pupil c JOIN school s USING (urn) GROUP BY ALL

-- row: ordinals and aliases
-- name: positions in both clauses
SELECT gender, disadvantaged, round(avg(att8), 1) AS m FROM ks4_pupil GROUP BY 1, 2 ORDER BY 1, 2

-- row: ordinals and aliases
-- name: an alias as a group
SELECT CASE WHEN fsm6 THEN 'ever' ELSE 'never' END AS meals, count(*) AS n FROM ks4_pupil GROUP BY meals ORDER BY n

-- row: ordinals and aliases
-- name: an alias in HAVING
SELECT la_code, count(*) AS n FROM ks4_pupil GROUP BY la_code HAVING n > 2 ORDER BY n DESC, la_code

-- row: ORDER BY ALL
-- name: every column
SELECT gender, sen_stage, count(*) AS n FROM ks4_pupil GROUP BY ALL ORDER BY ALL

-- row: ORDER BY ALL
-- name: every column, greatest first
SELECT academic_year, avg(read_score) AS m FROM ks2_pupil GROUP BY academic_year ORDER BY ALL DESC

-- row: ORDER BY ALL
-- name: nulls first
SELECT sen_type, count(*) AS n FROM ks4_pupil GROUP BY sen_type ORDER BY ALL NULLS FIRST

-- row: FROM first
-- name: from, then select
FROM ks4_pupil SELECT gender, avg(p8) AS p8 WHERE in_national GROUP BY gender

-- row: FROM first
-- name: from first in a subquery
SELECT max(n) AS most FROM (FROM ks4_pupil SELECT la_code, count(*) AS n GROUP BY la_code)

-- row: FROM first
-- name: from first over a WITH
WITH y AS (FROM absence SELECT academic_year, avg(overall_year) AS m GROUP BY academic_year) FROM y ORDER BY academic_year

-- row: alias reuse in a SELECT
-- name: a rate of two aliases
SELECT la_code, count(*) AS n, count(*) FILTER (WHERE disadvantaged) AS d, d * 100.0 / n AS pct FROM ks4_pupil GROUP BY la_code

-- row: alias reuse in a SELECT
-- name: a chain of aliases
SELECT gender, avg(att8) AS m, m - 40 AS above, round(above, 1) AS rounded FROM ks4_pupil GROUP BY gender

-- row: alias reuse in a SELECT
-- name: an alias within an aggregate
SELECT (att8_english + att8_maths) / 2 AS core, count(*) AS n FROM ks4_pupil WHERE core > 5 GROUP BY core

-- row: USING and NATURAL
-- name: using the key and the year
SELECT k.gender, avg(k.att8) AS a, avg(a.overall_year) AS o FROM ks4_pupil k JOIN absence a USING (pmr_anon, academic_year)
GROUP BY k.gender

-- row: USING and NATURAL
-- name: natural join of people by all they share
SELECT count(*) AS n FROM (SELECT pmr_anon, academic_year, att8 FROM ks4_pupil) NATURAL JOIN
  (SELECT pmr_anon, academic_year, main_record FROM absence)

-- row: USING and NATURAL
-- name: full join using merged columns
SELECT academic_year, count(*) AS n, count(a.overall_year) AS with_absence
FROM ks4_pupil k FULL JOIN absence a USING (pmr_anon, academic_year) GROUP BY academic_year

-- row: USING and NATURAL
-- name: full join of two yearly tables
SELECT academic_year, a.n AS ks2, b.n AS ks4
FROM (SELECT academic_year, count(*) AS n FROM ks2_pupil GROUP BY academic_year) a
FULL JOIN (SELECT academic_year, count(*) AS n FROM ks4_pupil GROUP BY academic_year) b USING (academic_year)

-- row: SEMI and ANTI
-- name: semi join to those in need
SELECT gender, count(*) AS n FROM ks4_pupil SEMI JOIN cin_child USING (pmr_anon) GROUP BY gender

-- row: SEMI and ANTI
-- name: anti join to the excluded
SELECT disadvantaged, count(*) AS n FROM ks4_pupil k
ANTI JOIN exclusion e ON e.pmr_anon = k.pmr_anon AND e.academic_year = k.academic_year GROUP BY disadvantaged

-- row: SEMI and ANTI
-- name: semi join to schools
SELECT count(*) AS n FROM ks4_pupil k SEMI JOIN school s ON s.urn = k.urn AND s.close_date IS NULL

-- row: VALUES as a lookup
-- name: points for grades
SELECT avg(v.points) AS points, count(*) AS n FROM ks4_exam e
JOIN (VALUES ('A', 8), ('B', 6), ('C', 5)) AS v(grade, points) ON v.grade = e.grade

-- row: VALUES as a lookup
-- name: labels for terms
SELECT v.label, count(*) AS n FROM school_census_pupil c
JOIN (VALUES ('AUT', 'autumn'), ('SPR', 'spring'), ('SUM', 'summer')) AS v(code, label) ON v.code = c.term GROUP BY v.label

-- row: VALUES as a lookup
-- name: a lookup in a WITH
WITH census(code, name) AS (VALUES ('AUT', 'autumn'), ('SPR', 'spring'))
SELECT t.name, count(*) AS n FROM school_census_pupil c JOIN census t ON t.code = c.term GROUP BY t.name

-- row: chains of WITH
-- name: three steps
WITH k AS (SELECT pmr_anon, urn, att8 FROM ks4_pupil WHERE in_national),
     s AS (SELECT urn, avg(att8) AS m, count(*) AS n FROM k GROUP BY urn),
     r AS (SELECT school.region, sum(m * n) / sum(n) AS m FROM s JOIN school USING (urn) GROUP BY school.region)
SELECT * FROM r ORDER BY region

-- row: chains of WITH
-- name: a WITH within a WITH
WITH a AS (WITH b AS (SELECT * FROM ks2_pupil WHERE in_national) SELECT gender, count(*) AS n FROM b GROUP BY gender)
SELECT gender, n * 100.0 / (SELECT sum(n) FROM a) AS pct FROM a

-- row: chains of WITH
-- name: pupils, then their absence, then bands
WITH p AS (SELECT pmr_anon, sum(overall_year) AS missed, sum(sessions_possible_year) AS possible FROM absence GROUP BY pmr_anon),
     r AS (SELECT pmr_anon, missed * 100.0 / possible AS rate FROM p WHERE possible > 0)
SELECT CASE WHEN rate >= 50 THEN 'severe' WHEN rate >= 10 THEN 'persistent' ELSE 'other' END AS band, count(*) AS n FROM r GROUP BY band

-- row: a WITH joined to itself
-- name: year on year
WITH y AS (SELECT academic_year AS yr, count(*) AS n FROM ks4_pupil GROUP BY academic_year)
SELECT a.yr, a.n, b.n AS other FROM y a JOIN y b ON a.yr > b.yr

-- row: a WITH joined to itself
-- name: gap between groups
WITH g AS (SELECT la_code, disadvantaged AS d, avg(att8) AS m FROM ks4_pupil GROUP BY la_code, disadvantaged)
SELECT a.la_code, a.m - b.m AS gap FROM g a JOIN g b ON a.la_code = b.la_code AND NOT a.d AND b.d

-- row: a WITH joined to itself
-- name: people joined to themselves by the key
WITH c AS (SELECT pmr_anon, academic_year, fsm_eligible FROM school_census_pupil WHERE term = 'SPR')
SELECT a.fsm_eligible AS before, b.fsm_eligible AS after, count(DISTINCT a.pmr_anon) AS n
FROM c a JOIN c b ON a.pmr_anon = b.pmr_anon AND a.academic_year = '2022/23' AND b.academic_year = '2023/24' GROUP BY 1, 2

-- row: several aggregates joined
-- name: attainment beside absence by school
WITH k AS (SELECT urn, avg(att8) AS att8 FROM ks4_pupil GROUP BY urn),
     a AS (SELECT urn, sum(overall_year) * 100.0 / sum(sessions_possible_year) AS rate FROM absence GROUP BY urn)
SELECT corr(att8, rate) AS r, count(*) AS schools FROM k JOIN a USING (urn)

-- row: several aggregates joined
-- name: three tables by year
SELECT k.academic_year, k.n AS ks4, a.n AS absent, e.n AS excluded
FROM (SELECT academic_year, count(*) AS n FROM ks4_pupil GROUP BY 1) k
LEFT JOIN (SELECT academic_year, count(*) AS n FROM absence GROUP BY 1) a ON a.academic_year = k.academic_year
LEFT JOIN (SELECT academic_year, count(*) AS n FROM exclusion GROUP BY 1) e ON e.academic_year = k.academic_year

-- row: several aggregates joined
-- name: rates from a numerator and a denominator
SELECT p.gender, coalesce(e.n, 0) * 1000.0 / p.n AS per_thousand
FROM (SELECT gender, count(*) AS n FROM school_census_pupil WHERE term = 'SPR' GROUP BY gender) p
LEFT JOIN (SELECT gender, count(*) AS n FROM exclusion GROUP BY gender) e ON e.gender = p.gender

-- row: IN and EXISTS on the key
-- name: in the list of the excluded
SELECT gender, count(*) AS n FROM ks4_pupil WHERE pmr_anon IN (SELECT pmr_anon FROM exclusion WHERE category = 'PERM') GROUP BY gender

-- row: IN and EXISTS on the key
-- name: not exists
SELECT count(*) AS n, avg(att8) AS m FROM ks4_pupil k
WHERE NOT EXISTS (SELECT 1 FROM absence a WHERE a.pmr_anon = k.pmr_anon AND a.persistent_absentee)

-- row: IN and EXISTS on the key
-- name: exists as a group
SELECT EXISTS (SELECT 1 FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) AS excluded, count(*) AS n, avg(k.att8) AS m
FROM ks4_pupil k GROUP BY 1

-- row: IN and EXISTS on the key
-- name: exists under a rollup
SELECT gender, EXISTS (SELECT 1 FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) AS excluded, count(*) AS n
FROM ks4_pupil k GROUP BY ROLLUP (gender, excluded)

-- row: INTERSECT, EXCEPT and UNION of pupils
-- name: in both key stages
SELECT count(*) AS n FROM (SELECT pmr_anon FROM ks2_pupil INTERSECT SELECT pmr_anon FROM ks4_pupil)

-- row: INTERSECT, EXCEPT and UNION of pupils
-- name: on roll in one year and not in the next
SELECT count(*) AS left_over FROM (SELECT pmr_anon FROM school_census_pupil WHERE academic_year = '2022/23'
  EXCEPT SELECT pmr_anon FROM school_census_pupil WHERE academic_year = '2023/24')

-- row: INTERSECT, EXCEPT and UNION of pupils
-- name: ever known to either
SELECT count(*) AS n FROM (SELECT pmr_anon FROM exclusion UNION SELECT pmr_anon FROM cin_child)

-- row: INTERSECT, EXCEPT and UNION of pupils
-- name: the same school in both years
SELECT k.gender, count(*) AS n FROM ks4_pupil k JOIN (SELECT pmr_anon, urn FROM school_census_pupil WHERE academic_year = '2022/23'
  INTERSECT SELECT pmr_anon, urn FROM school_census_pupil WHERE academic_year = '2023/24') same USING (pmr_anon) GROUP BY k.gender

-- row: summaries of a pupil
-- name: exclusions of a pupil in bands
SELECT CASE WHEN n >= 5 THEN '5+' WHEN n >= 2 THEN '2-4' ELSE '1' END AS exclusions, count(*) AS pupils
FROM (SELECT pmr_anon, count(*) AS n FROM exclusion GROUP BY pmr_anon) GROUP BY 1 ORDER BY 1

-- row: summaries of a pupil
-- name: ever on free meals
SELECT ever, count(*) AS n FROM (SELECT pmr_anon, bool_or(fsm_eligible) AS ever FROM school_census_pupil GROUP BY pmr_anon) GROUP BY ever

-- row: summaries of a pupil
-- name: best result and number of subjects
SELECT avg(best) AS best, avg(subjects) AS subjects FROM
  (SELECT pmr_anon, max(points) AS best, count(DISTINCT subject_code) AS subjects FROM ks4_exam GROUP BY pmr_anon)

-- row: summaries of a pupil
-- name: latest school by arg_max
SELECT last_phase, count(*) AS n FROM
  (SELECT pmr_anon, arg_max(phase, academic_year) AS last_phase FROM school_census_pupil GROUP BY pmr_anon) GROUP BY last_phase

-- row: QUALIFY row_number per pupil
-- name: one row a pupil
SELECT gender, count(*) AS n FROM (SELECT pmr_anon, gender FROM school_census_pupil
  QUALIFY row_number() OVER (PARTITION BY pmr_anon ORDER BY academic_year DESC, term DESC, laestab) = 1) GROUP BY gender

-- row: QUALIFY row_number per pupil
-- name: first absence record in a WITH
WITH first AS (SELECT *, row_number() OVER (PARTITION BY pmr_anon ORDER BY academic_year, laestab) AS nth FROM absence)
SELECT fsm_eligible, avg(overall_year) AS m FROM first WHERE nth = 1 GROUP BY fsm_eligible

-- row: QUALIFY row_number per pupil
-- name: first exclusion of each year
SELECT academic_year, reason, count(*) AS n FROM (SELECT academic_year, reason,
  rank() OVER (PARTITION BY pmr_anon, academic_year ORDER BY exclusion_number) AS nth FROM exclusion) WHERE nth = 1
GROUP BY academic_year, reason

-- row: QUALIFY row_number per pupil
-- name: main row by the most sessions
SELECT k.disadvantaged, avg(a.overall_year) AS m FROM ks4_pupil k JOIN (SELECT * FROM absence
  QUALIFY row_number() OVER (PARTITION BY pmr_anon, academic_year ORDER BY sessions_possible_year DESC, laestab) = 1) a
  ON a.pmr_anon = k.pmr_anon AND a.academic_year = k.academic_year GROUP BY k.disadvantaged

-- row: lag and first_value per pupil
-- name: moved school
SELECT academic_year, count(*) AS movers FROM (SELECT academic_year, laestab,
  lag(laestab) OVER (PARTITION BY pmr_anon ORDER BY academic_year, term, laestab) AS before FROM school_census_pupil)
WHERE before <> laestab GROUP BY academic_year

-- row: lag and first_value per pupil
-- name: change of absence
SELECT academic_year, avg(change) AS change FROM (SELECT academic_year,
  overall_year - lag(overall_year) OVER (PARTITION BY pmr_anon ORDER BY academic_year, laestab) AS change FROM absence)
GROUP BY academic_year

-- row: lag and first_value per pupil
-- name: first known support
SELECT first_sen, count(DISTINCT pmr_anon) AS n FROM (SELECT pmr_anon,
  first_value(sen_provision) OVER (PARTITION BY pmr_anon ORDER BY academic_year, term, laestab) AS first_sen FROM school_census_pupil)
GROUP BY first_sen

-- row: lag and first_value per pupil
-- name: a pupil's own mean beside the year
SELECT academic_year, avg(overall_year - own) AS m FROM (SELECT academic_year, overall_year,
  avg(overall_year) OVER (PARTITION BY pmr_anon) AS own FROM absence) GROUP BY academic_year

-- row: windows across pupils
-- name: z scores by gender
SELECT gender, avg(z) AS z FROM (SELECT gender, (att8 - avg(att8) OVER ()) / stddev_samp(att8) OVER () AS z FROM ks4_pupil) GROUP BY gender

-- row: windows across pupils
-- name: value added over prior groups
SELECT disadvantaged, avg(att8 - expected) AS va, count(*) AS n FROM (SELECT disadvantaged, att8,
  avg(att8) OVER (PARTITION BY prior_band) AS expected FROM ks4_pupil WHERE academic_year = '2022/23') GROUP BY disadvantaged

-- row: windows across pupils
-- name: large schools only
SELECT count(*) AS n FROM (SELECT gender, count(*) OVER (PARTITION BY urn) AS size FROM ks4_pupil) WHERE size > 3

-- row: windows across pupils
-- name: above the mean of their authority
SELECT above, count(*) AS n FROM (SELECT att8 > avg(att8) OVER (PARTITION BY la_code) AS above FROM ks4_pupil) GROUP BY above

-- row: ntile by protected cut points
-- name: quarters of attainment
SELECT quarter, count(*) AS n, avg(p8) AS p8 FROM (SELECT p8, ntile(4) OVER (ORDER BY att8) AS quarter FROM ks4_pupil WHERE att8 IS NOT NULL) GROUP BY quarter

-- row: ntile by protected cut points
-- name: fifths of deprivation
SELECT fifth, count(*) AS n FROM (SELECT ntile(5) OVER (ORDER BY idaci) AS fifth FROM ks4_pupil WHERE idaci IS NOT NULL) GROUP BY fifth ORDER BY fifth

-- row: ntile by protected cut points
-- name: halves within a WITH
WITH h AS (SELECT gender, ntile(2) OVER (ORDER BY read_score) AS half FROM ks2_pupil WHERE read_score IS NOT NULL)
SELECT gender, half, count(*) AS n FROM h GROUP BY gender, half

-- row: correlated aggregates
-- name: sessions lost by each pupil
SELECT gender, count(*) AS n FROM ks4_pupil k
WHERE (SELECT sum(e.sessions) FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) > 5 GROUP BY gender

-- row: correlated aggregates
-- name: number of exclusions as a group
SELECT (SELECT count(*) FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) AS exclusions, count(*) AS pupils FROM ks4_pupil k GROUP BY 1

-- row: correlated aggregates
-- name: above the mean of the school
SELECT disadvantaged, count(*) AS n FROM ks4_pupil k
WHERE k.att8 > (SELECT avg(o.att8) FROM ks4_pupil o WHERE o.urn = k.urn) GROUP BY disadvantaged

-- row: correlated aggregates
-- name: against the authority's mean
SELECT gender, avg(att8 - (SELECT avg(o.att8) FROM ks4_pupil o WHERE o.la_code = k.la_code)) AS m FROM ks4_pupil k GROUP BY gender

-- row: filters against a protected mean
-- name: above the national mean
SELECT gender, count(*) AS n FROM ks4_pupil WHERE att8 > (SELECT avg(att8) FROM ks4_pupil) GROUP BY gender

-- row: filters against a protected mean
-- name: below the median of the year
SELECT count(*) AS n FROM ks2_pupil WHERE read_score < (SELECT median(read_score) FROM ks2_pupil WHERE academic_year = '2017/18')

-- row: filters against a protected mean
-- name: in schools with many pupils
SELECT gender, avg(att8) AS m FROM ks4_pupil WHERE urn IN (SELECT urn FROM ks4_pupil GROUP BY urn HAVING count(*) > 2) GROUP BY gender

-- row: composition of the school joined back
-- name: share on free meals in bands
WITH s AS (SELECT urn, avg(CASE WHEN fsm6 THEN 1.0 ELSE 0 END) AS share FROM ks4_pupil GROUP BY urn)
SELECT CASE WHEN s.share < 0.2 THEN 'low' WHEN s.share < 0.5 THEN 'middle' ELSE 'high' END AS band, avg(k.att8) AS m, count(*) AS n
FROM ks4_pupil k JOIN s ON s.urn = k.urn GROUP BY band

-- row: composition of the school joined back
-- name: size of the school, left join
SELECT CASE WHEN z.n > 3 THEN 'large' ELSE 'small' END AS size, avg(k.p8) AS p8 FROM ks4_pupil k
LEFT JOIN (SELECT urn, count(*) AS n FROM school_census_pupil GROUP BY urn) z ON z.urn = k.urn GROUP BY size

-- row: composition of the school joined back
-- name: pupils of schools above the mean of schools
WITH m AS (SELECT urn, avg(att8) AS att8 FROM ks4_pupil GROUP BY urn)
SELECT k.gender, count(*) AS n FROM ks4_pupil k JOIN m USING (urn) WHERE m.att8 > (SELECT avg(att8) FROM m) GROUP BY k.gender

-- row: ROLLUP, CUBE and GROUPING SETS
-- name: rollup with grouping
SELECT academic_year, gender, count(*) AS n, grouping(academic_year) AS a, grouping(gender) AS g
FROM ks4_pupil GROUP BY ROLLUP (academic_year, gender)

-- row: ROLLUP, CUBE and GROUPING SETS
-- name: cube with labels
SELECT CASE WHEN grouping(gender) = 1 THEN 'all' ELSE gender END AS sex, CASE WHEN grouping(fsm6) = 1 THEN 'all' ELSE fsm6::VARCHAR END AS meals,
       avg(att8) AS m FROM ks4_pupil GROUP BY CUBE (gender, fsm6)

-- row: ROLLUP, CUBE and GROUPING SETS
-- name: grouping sets over a lookup
SELECT s.region, k.gender, count(*) AS n, grouping_id(s.region, k.gender) AS level FROM ks4_pupil k JOIN school s USING (urn)
GROUP BY GROUPING SETS ((s.region, k.gender), (s.region), ())

-- row: ROLLUP, CUBE and GROUPING SETS
-- name: rollup by a subquery
SELECT k.att8 > (SELECT avg(att8) FROM ks4_pupil) AS above, k.gender, count(*) AS n FROM ks4_pupil k
GROUP BY ROLLUP (gender, above)

-- row: PIVOT and UNPIVOT
-- name: pivot of terms
PIVOT (SELECT academic_year, term, count(*) AS n FROM school_census_pupil GROUP BY academic_year, term)
ON term IN ('AUT', 'SPR', 'SUM') USING sum(n) GROUP BY academic_year

-- row: PIVOT and UNPIVOT
-- name: pivot in FROM
SELECT * FROM (SELECT la_code, gender, att8 FROM ks4_pupil) PIVOT (avg(att8) FOR gender IN ('F', 'M') GROUP BY la_code)

-- row: PIVOT and UNPIVOT
-- name: unpivot of aggregates
SELECT name, value FROM (SELECT avg(att8_english) AS english, avg(att8_maths) AS maths FROM ks4_pupil)
UNPIVOT (value FOR name IN (english, maths))

-- row: PIVOT and UNPIVOT
-- name: unpivot statement
UNPIVOT (SELECT gender, avg(read_score) AS reading, avg(maths_score) AS maths FROM ks2_pupil GROUP BY gender)
ON reading, maths INTO NAME subject VALUE score

-- row: PIVOT and UNPIVOT
-- name: pivot of two aggregates with names
PIVOT ks4_pupil ON gender IN ('F' AS girls, 'M' AS boys) USING avg(att8) AS m, count(*) AS n GROUP BY la_code ORDER BY la_code

-- row: PIVOT and UNPIVOT
-- name: pivot of two columns
PIVOT (SELECT la_code, gender, fsm6, att8 FROM ks4_pupil) ON gender IN ('F', 'M'), fsm6 IN (true AS fsm, false AS other) USING avg(att8)

-- row: PIVOT and UNPIVOT
-- name: pivot of numbers and no value
WITH q AS (SELECT academic_year, nc_year, count(*) AS n FROM school_census_pupil GROUP BY ALL)
PIVOT q ON nc_year IN (10, 11, NULL) USING sum(n)

-- row: PIVOT and UNPIVOT
-- name: gap between columns of a pivot
SELECT p.la_code, p.F - p.M AS gap FROM ks4_pupil PIVOT (avg(att8) FOR gender IN ('F', 'M') GROUP BY la_code) AS p ORDER BY gap

-- row: PIVOT and UNPIVOT
-- name: pivot beside another table
SELECT p.la_code, p.F, s.n FROM ks4_pupil PIVOT (median(att8) FOR gender IN ('F') GROUP BY la_code) AS p
JOIN (SELECT la_code, count(*) AS n FROM ks4_pupil GROUP BY la_code) s USING (la_code)

-- row: PIVOT and UNPIVOT
-- name: pivot of a pivot
PIVOT (PIVOT (SELECT la_code, gender, fsm6, count(*) AS n FROM ks4_pupil GROUP BY ALL) ON gender IN ('F', 'M') USING sum(n))
ON fsm6 IN (true, false) USING sum(F)

-- row: PIVOT and UNPIVOT
-- name: pivot of rounded means
PIVOT ks4_pupil ON academic_year IN ('2022/23', '2023/24') USING round(avg(att8), 1) GROUP BY gender

-- row: PIVOT and UNPIVOT
-- name: unpivot of a pivot
WITH w AS (PIVOT ks4_pupil ON gender IN ('F', 'M') USING avg(att8) GROUP BY la_code) UNPIVOT w ON F, M INTO NAME gender VALUE m

-- row: PIVOT and UNPIVOT
-- name: unpivot with nulls and names
FROM (SELECT gender, avg(read_score) AS reading, sum(maths_score) AS maths FROM ks2_pupil GROUP BY gender)
UNPIVOT INCLUDE NULLS (score FOR subject IN (reading AS r, maths))

-- row: PIVOT and UNPIVOT
-- name: unpivot of people
SELECT subject, avg(score) AS m, count(*) AS n FROM (SELECT pmr_anon, read_score, maths_score FROM ks2_pupil)
UNPIVOT (score FOR subject IN (read_score, maths_score)) GROUP BY subject

-- row: UNION ALL
-- name: groups one below the other
SELECT 'girls' AS g, count(*) AS n FROM ks4_pupil WHERE gender = 'F' UNION ALL SELECT 'all', count(*) FROM ks4_pupil ORDER BY g

-- row: UNION ALL
-- name: pupils of two key stages
SELECT stage, count(*) AS n FROM (SELECT pmr_anon, 'KS2' AS stage FROM ks2_pupil UNION ALL SELECT pmr_anon, 'KS4' FROM ks4_pupil) GROUP BY stage

-- row: UNION ALL
-- name: scores of two subjects, one below the other
SELECT subject, avg(score) AS m, count(*) AS n FROM (SELECT pmr_anon, 'reading' AS subject, read_score AS score FROM ks2_pupil
  UNION ALL SELECT pmr_anon, 'maths', maths_score FROM ks2_pupil) GROUP BY subject

-- row: UNION ALL
-- name: known to either service, pupils counted once
SELECT count(DISTINCT pmr_anon) AS n FROM (SELECT pmr_anon FROM exclusion UNION ALL SELECT pmr_anon FROM absence WHERE persistent_absentee)

-- row: quantiles
-- name: median by group
SELECT gender, median(att8) AS m FROM ks4_pupil GROUP BY gender

-- row: quantiles
-- name: list of quantiles
SELECT disadvantaged, quantile_cont(att8, [0.25, 0.5, 0.75]) AS q FROM ks4_pupil GROUP BY disadvantaged

-- row: quantiles
-- name: percentile within a group
SELECT gender, percentile_cont(0.9) WITHIN GROUP (ORDER BY read_score) AS p90, percentile_disc(0.1) WITHIN GROUP (ORDER BY read_score) AS p10
FROM ks2_pupil GROUP BY gender

-- row: quantiles
-- name: range between quartiles
SELECT la_code, quantile_cont(idaci, 0.75) - quantile_cont(idaci, 0.25) AS iqr FROM ks4_pupil GROUP BY la_code

-- row: spread and regression
-- name: all of spread
SELECT gender, stddev_samp(att8) AS s, var_pop(att8) AS v, skewness(att8) AS k, kurtosis(att8) AS q FROM ks4_pupil GROUP BY gender

-- row: spread and regression
-- name: correlation and covariance
SELECT corr(read_score, maths_score) AS r, covar_samp(read_score, maths_score) AS c FROM ks2_pupil

-- row: spread and regression
-- name: regression on prior attainment
SELECT gender, regr_slope(att8, ks2_prior) AS b, regr_intercept(att8, ks2_prior) AS a, regr_r2(att8, ks2_prior) AS r2, regr_count(att8, ks2_prior) AS n,
       regr_avgx(att8, ks2_prior) AS x, regr_avgy(att8, ks2_prior) AS y, regr_sxx(att8, ks2_prior) AS sxx FROM ks4_pupil GROUP BY gender

-- row: counts of conditions
-- name: approximate count of schools
SELECT gender, approx_count_distinct(urn) AS schools FROM ks4_pupil GROUP BY gender

-- row: counts of conditions
-- name: count_if beside the total
SELECT gender, count_if(basics_94) AS passed, count(*) AS n FROM ks4_pupil GROUP BY gender

-- row: counts of conditions
-- name: any and every
SELECT la_code, bool_or(ebacc_entry) AS some, bool_and(in_national) AS every FROM ks4_pupil GROUP BY la_code

-- row: casts
-- name: a boolean as a number
SELECT gender, avg(ebacc_entry::INT) AS rate, sum(CAST(level2 AS INTEGER)) AS n FROM ks4_pupil GROUP BY gender

-- row: casts
-- name: a code as a number
SELECT try_cast(nc_year AS INTEGER) AS y, count(*) AS n FROM ks4_pupil GROUP BY 1

-- row: casts
-- name: a result as a decimal
SELECT gender, avg(att8)::DECIMAL(6, 2) AS m, count(*)::VARCHAR AS n FROM ks4_pupil GROUP BY gender

-- row: text and date functions on codes
-- name: parts of a code
SELECT left(laestab, 3) AS la, count(*) AS n FROM ks4_pupil GROUP BY 1

-- row: text and date functions on codes
-- name: year and month of entry
SELECT year(start_date) AS y, month(start_date) AS m, count(*) AS n FROM exclusion GROUP BY ALL

-- row: text and date functions on codes
-- name: text around a code
SELECT 'Year ' || nc_year AS label, lower(gender) AS g, count(*) AS n FROM ks4_pupil GROUP BY ALL

-- row: differences of dates
-- name: days in care
SELECT avg(date_diff('day', period_start, DATE '2024-03-31')) AS days FROM cla_child WHERE reporting_year = 2024

-- row: differences of dates
-- name: length of a placement
SELECT placement, avg(episode_end - episode_start) AS days FROM cla_episode GROUP BY placement

-- row: differences of dates
-- name: months between two dates
SELECT avg(datediff('month', episode_start, episode_end)) AS months FROM cla_episode

-- row: shares of a total
-- name: percent of all
SELECT gender, count(*) * 100.0 / sum(count(*)) OVER () AS pct FROM ks4_pupil GROUP BY gender

-- row: shares of a total
-- name: percent within the year
SELECT academic_year, sen_stage, round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY academic_year), 1) AS pct FROM ks4_pupil GROUP BY 1, 2

-- row: shares of a total
-- name: share against a subquery
SELECT la_code, count(*) * 1.0 / (SELECT count(*) FROM ks4_pupil) AS share FROM ks4_pupil GROUP BY la_code

-- row: moving averages and indexes
-- name: three-year mean
SELECT academic_year, avg(avg(att8)) OVER (ORDER BY academic_year ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS smooth FROM ks4_pupil GROUP BY academic_year

-- row: moving averages and indexes
-- name: index to the first year
SELECT academic_year, n * 100.0 / first_value(n) OVER (ORDER BY academic_year) AS indexed FROM
  (SELECT academic_year, count(*) AS n FROM exclusion GROUP BY academic_year)

-- row: moving averages and indexes
-- name: rank and change
SELECT academic_year, avg(att8) AS m, rank() OVER (ORDER BY avg(att8) DESC) AS place, m - lag(m) OVER (ORDER BY academic_year) AS change
FROM ks4_pupil GROUP BY academic_year

-- row: standardised rates
-- name: rates weighted by a standard population
WITH r AS (SELECT la_code, gender, avg(CASE WHEN basics_94 THEN 1.0 ELSE 0 END) AS rate FROM ks4_pupil GROUP BY la_code, gender),
     w AS (SELECT gender, count(*) AS n FROM ks4_pupil GROUP BY gender)
SELECT r.la_code, sum(r.rate * w.n) / sum(w.n) AS standardised FROM r JOIN w USING (gender) GROUP BY r.la_code

-- row: standardised rates
-- name: observed against expected
WITH e AS (SELECT prior_band, avg(att8) AS m FROM ks4_pupil GROUP BY prior_band),
     o AS (SELECT la_code, prior_band, sum(att8) AS total, count(*) AS n FROM ks4_pupil GROUP BY ALL)
SELECT o.la_code, sum(o.total) / sum(e.m * o.n) AS ratio FROM o JOIN e ON e.prior_band IS NOT DISTINCT FROM o.prior_band GROUP BY o.la_code

-- row: standardised rates
-- name: rates per thousand by group
SELECT p.sen_provision, e.n * 1000.0 / p.n AS rate FROM
  (SELECT sen_provision, count(DISTINCT pmr_anon) AS n FROM school_census_pupil GROUP BY sen_provision) p
  JOIN (SELECT sen_provision, count(*) AS n FROM exclusion GROUP BY sen_provision) e USING (sen_provision)

-- row: the names of the source
-- name: a field of key stage 4
SELECT KS4_GENDER, avg(KS4_ATT8) AS m FROM ks4_pupil GROUP BY KS4_GENDER

-- row: the names of the source
-- name: a field with its census and year
SELECT FSMeligible_SPR23, count(*) AS n FROM school_census_pupil
WHERE academic_year = '2022/23' AND term = 'SPR' GROUP BY FSMeligible_SPR23

-- row: the names of the source
-- name: names of two tables in a join
SELECT k.KS4_GENDER, sum(a.OverallAbsence_6HalfTerms_ab23) AS missed FROM ks4_pupil k
JOIN absence a ON a.pmr_anon = k.KS4_PupilMatchingRefAnonymous AND a.academic_year = '2022/23' GROUP BY 1

-- row: correlated aggregates
-- name: authorities with their own mean
SELECT la.la_name, (SELECT avg(k.att8) FROM ks4_pupil k WHERE k.la_code = la.la_code) AS m FROM local_authority la

-- row: correlated aggregates
-- name: two equations
SELECT gender, avg(att8 - (SELECT avg(o.att8) FROM ks4_pupil o WHERE o.urn = k.urn AND o.academic_year = k.academic_year)) AS m
FROM ks4_pupil k GROUP BY gender

-- row: USING and NATURAL
-- name: full join in a chain
SELECT academic_year, count(DISTINCT pmr_anon) AS n FROM ks4_pupil FULL JOIN absence USING (pmr_anon, academic_year)
GROUP BY academic_year
