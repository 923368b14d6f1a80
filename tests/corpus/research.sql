-- Ordinary research queries over an NPD-like schema (schema.csv). One query a block; its name stands above it.
-- Every one of them must parse, pass the gate and keep its meaning. Whether it may be answered is another matter.

-- name: pupils by gender
SELECT gender, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY gender

-- name: pupils by region and ethnic group
SELECT s.region, c.ethnic_group_major, count(*) AS pupils
FROM school_census_pupil AS c
JOIN school AS s ON s.urn = c.urn
WHERE c.academic_year = '2023/24' AND c.term = 'SPR' AND c.on_roll
GROUP BY s.region, c.ethnic_group_major
ORDER BY s.region, pupils DESC

-- name: distinct pupils over years
SELECT academic_year, count(DISTINCT pmr_anon) AS pupils
FROM school_census_pupil
GROUP BY academic_year
ORDER BY academic_year

-- name: share on free school meals by local authority
SELECT la.la_name,
       count(*) AS pupils,
       sum(CASE WHEN c.fsm_eligible THEN 1 ELSE 0 END) AS fsm,
       round(100.0 * sum(CASE WHEN c.fsm_eligible THEN 1 ELSE 0 END) / count(*), 1) AS pct_fsm
FROM school_census_pupil c
JOIN local_authority la ON la.la_code = c.la_code
WHERE c.academic_year = '2023/24' AND c.term = 'SPR'
GROUP BY la.la_name
HAVING count(*) >= 100
ORDER BY pct_fsm DESC

-- name: the same with FILTER
SELECT la_code, count(*) FILTER (WHERE fsm_eligible) AS fsm, count(*) AS pupils,
       count(*) FILTER (WHERE fsm_eligible) * 1.0 / count(*) AS rate
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY la_code

-- name: attainment by disadvantage
SELECT disadvantaged, count(*) AS pupils, avg(att8) AS mean_att8, stddev_samp(att8) AS sd_att8
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY disadvantaged

-- name: attainment gap
SELECT avg(att8) FILTER (WHERE NOT disadvantaged) - avg(att8) FILTER (WHERE disadvantaged) AS gap
FROM ks4_pupil
WHERE academic_year = '2023/24'

-- name: attainment gap by year
SELECT academic_year,
       avg(CASE WHEN disadvantaged THEN NULL ELSE att8 END) - avg(CASE WHEN disadvantaged THEN att8 END) AS gap
FROM ks4_pupil
GROUP BY 1
ORDER BY 1

-- name: absence and attainment
SELECT CASE WHEN a.overall_year * 100.0 / a.sessions_possible_year >= 10 THEN 'persistent' ELSE 'other' END AS band,
       count(*) AS pupils, avg(k.att8) AS att8
FROM ks4_pupil k
JOIN absence a ON a.pmr_anon = k.pmr_anon AND a.academic_year = k.academic_year
WHERE k.academic_year = '2023/24' AND a.main_record
GROUP BY 1

-- name: absence rate by school type
SELECT s.nftype, sum(a.overall_year) * 100.0 / sum(a.sessions_possible_year) AS absence_rate
FROM absence a
INNER JOIN school s USING (urn)
WHERE a.academic_year = '2022/23'
GROUP BY s.nftype
ORDER BY absence_rate

-- name: absence by reason
SELECT academic_year, sum(reason_i_year) AS illness, sum(reason_m_year) AS appointments, sum(reason_h_year) AS holiday
FROM absence
GROUP BY ALL

-- name: exclusions by reason
SELECT reason, category, count(*) AS exclusions, count(DISTINCT pmr_anon) AS pupils, sum(sessions) AS sessions
FROM exclusion
WHERE academic_year = '2023/24'
GROUP BY reason, category

-- name: exclusion rate with outer join
SELECT c.sen_provision, count(DISTINCT c.pmr_anon) AS pupils, count(DISTINCT e.pmr_anon) AS excluded
FROM school_census_pupil c
LEFT JOIN exclusion e ON e.pmr_anon = c.pmr_anon AND e.academic_year = c.academic_year
WHERE c.academic_year = '2023/24' AND c.term = 'SPR'
GROUP BY c.sen_provision

-- name: ever excluded by EXISTS
SELECT c.gender, count(*) AS pupils
FROM school_census_pupil c
WHERE c.academic_year = '2023/24' AND c.term = 'SPR'
  AND EXISTS (SELECT 1 FROM exclusion e WHERE e.pmr_anon = c.pmr_anon AND e.academic_year = c.academic_year)
GROUP BY c.gender

-- name: never absent by NOT IN
SELECT count(*)
FROM ks4_pupil k
WHERE k.academic_year = '2023/24'
  AND k.pmr_anon NOT IN (SELECT pmr_anon FROM absence WHERE academic_year = '2023/24' AND overall_year > 0)

-- name: looked after by IN
SELECT count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE pmr_anon IN (SELECT pmr_anon FROM cla_child WHERE reporting_year = 2024 AND cla_12_months)

-- name: rollup of region and local authority
SELECT s.region, s.la_code, count(*) AS pupils, grouping(s.region, s.la_code) AS level
FROM school_census_pupil c JOIN school s ON c.urn = s.urn
WHERE c.academic_year = '2023/24' AND c.term = 'AUT'
GROUP BY ROLLUP (s.region, s.la_code)

-- name: cube of gender and free meals
SELECT gender, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2022/23' AND term = 'SPR'
GROUP BY CUBE (gender, fsm_eligible)

-- name: grouping sets
SELECT gender, ethnic_group_major, sen_provision_major, count(*) AS n
FROM school_census_pupil
WHERE academic_year = '2022/23' AND term = 'SPR'
GROUP BY GROUPING SETS ((gender, ethnic_group_major), (sen_provision_major), ())

-- name: plain key beside a rollup
SELECT academic_year, la_code, gender, avg(att8) FROM ks4_pupil GROUP BY academic_year, ROLLUP (la_code, gender)

-- name: two steps with a CTE
WITH by_school AS (
    SELECT urn, academic_year, count(*) AS pupils, avg(att8) AS att8
    FROM ks4_pupil
    WHERE in_national
    GROUP BY urn, academic_year
)
SELECT b.academic_year, s.region, count(*) AS schools, avg(b.att8) AS mean_of_schools
FROM by_school b
JOIN school s ON s.urn = b.urn
WHERE b.pupils >= 30
GROUP BY b.academic_year, s.region

-- name: two CTEs joined
WITH fsm AS (
    SELECT urn, avg(CASE WHEN fsm_eligible THEN 1.0 ELSE 0 END) AS share
    FROM school_census_pupil WHERE academic_year = '2023/24' AND term = 'SPR' GROUP BY urn
), results AS (
    SELECT urn, avg(p8) AS p8 FROM ks4_pupil WHERE academic_year = '2022/23' GROUP BY urn
)
SELECT CASE WHEN fsm.share < 0.1 THEN 'low' WHEN fsm.share < 0.3 THEN 'middle' ELSE 'high' END AS band,
       count(*) AS schools, avg(results.p8) AS p8
FROM fsm JOIN results ON fsm.urn = results.urn
GROUP BY band
ORDER BY band

-- name: CTE used twice
WITH y AS (SELECT academic_year, count(*) AS n FROM ks2_pupil GROUP BY academic_year)
SELECT a.academic_year, a.n, b.n AS before, a.n - b.n AS change
FROM y a LEFT JOIN y b ON CAST(left(a.academic_year, 4) AS INTEGER) = CAST(left(b.academic_year, 4) AS INTEGER) + 1
ORDER BY a.academic_year

-- name: CTE with named columns
WITH t(year, n) AS (SELECT academic_year, count(*) FROM ks4_pupil GROUP BY academic_year)
SELECT year, n FROM t WHERE n > 1000 ORDER BY year

-- name: nested CTEs
WITH a AS (SELECT la_code, att8 FROM ks4_pupil WHERE academic_year = '2023/24'),
     b AS (SELECT la_code, avg(att8) AS m FROM a GROUP BY la_code)
SELECT max(m), min(m), median(m) FROM b

-- name: subquery in FROM
SELECT region, avg(n) AS mean_school_size
FROM (SELECT c.urn, count(*) AS n FROM school_census_pupil c
      WHERE academic_year = '2023/24' AND term = 'SPR' GROUP BY c.urn) sizes
JOIN school s ON s.urn = sizes.urn
GROUP BY region

-- name: scalar subquery as a benchmark
SELECT la_code, avg(att8) AS att8, avg(att8) - (SELECT avg(att8) FROM ks4_pupil WHERE academic_year = '2023/24') AS diff
FROM ks4_pupil
WHERE academic_year = '2023/24'
GROUP BY la_code
ORDER BY diff

-- name: scalar subquery in HAVING
SELECT la_code, avg(p8) AS p8 FROM ks4_pupil GROUP BY la_code
HAVING avg(p8) > (SELECT avg(p8) FROM ks4_pupil)

-- name: correlated summary of the same pupil
SELECT gender, count(*) FROM ks4_pupil k
WHERE (SELECT sum(e.sessions) FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) > 5
GROUP BY gender

-- name: window share of total
SELECT region, n, n * 100.0 / sum(n) OVER () AS pct
FROM (SELECT s.region, count(*) AS n FROM ks4_pupil k JOIN school s ON s.urn = k.urn GROUP BY s.region) t

-- name: window directly over an aggregate
SELECT ethnic_group_major, count(*) AS n, count(*) * 100.0 / sum(count(*)) OVER () AS pct
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY ethnic_group_major

-- name: share within region
SELECT s.region, c.gender, count(*) AS n, count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY s.region) AS share
FROM school_census_pupil c JOIN school s ON c.urn = s.urn
GROUP BY s.region, c.gender

-- name: rank of local authorities
SELECT la_code, avg(att8) AS att8, rank() OVER (ORDER BY avg(att8) DESC) AS place
FROM ks4_pupil WHERE academic_year = '2023/24' GROUP BY la_code
QUALIFY rank() OVER (ORDER BY avg(att8) DESC) <= 20
ORDER BY place

-- name: change from the year before
SELECT academic_year, n, n - lag(n) OVER (ORDER BY academic_year) AS change
FROM (SELECT academic_year, count(*) AS n FROM school_census_pupil GROUP BY academic_year)

-- name: moving average
SELECT academic_year, avg(m) OVER (ORDER BY academic_year ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS smooth
FROM (SELECT academic_year, avg(att8) AS m FROM ks4_pupil GROUP BY academic_year) y
ORDER BY academic_year

-- name: running total
SELECT academic_year, sum(count(*)) OVER (ORDER BY academic_year ROWS UNBOUNDED PRECEDING) AS so_far
FROM exclusion GROUP BY academic_year

-- name: dense rank and quartile
SELECT la_code, dense_rank() OVER (ORDER BY count(*) DESC) AS r, ntile(4) OVER (ORDER BY count(*)) AS quartile
FROM ks4_pupil GROUP BY la_code

-- name: first record of each pupil
SELECT academic_year, count(*) FROM (
    SELECT pmr_anon, academic_year, row_number() OVER (PARTITION BY pmr_anon ORDER BY academic_year) AS nth
    FROM school_census_pupil
) WHERE nth = 1 GROUP BY academic_year

-- name: first record with QUALIFY
SELECT la_code, count(*) FROM (
    SELECT pmr_anon, la_code FROM school_census_pupil
    QUALIFY row_number() OVER (PARTITION BY pmr_anon ORDER BY academic_year, term) = 1
) f GROUP BY la_code

-- name: school movers
WITH history AS (
    SELECT pmr_anon, academic_year, laestab,
           lag(laestab) OVER (PARTITION BY pmr_anon ORDER BY academic_year, term) AS before
    FROM school_census_pupil WHERE term = 'SPR'
)
SELECT academic_year, count(*) AS moved FROM history WHERE before IS NOT NULL AND before <> laestab GROUP BY academic_year

-- name: value added
SELECT k2.prior, avg(k4.att8) AS att8, count(*) AS n
FROM ks4_pupil k4
JOIN (SELECT pmr_anon, (read_score + maths_score) / 2 AS prior FROM ks2_pupil) k2 ON k2.pmr_anon = k4.pmr_anon
WHERE k4.academic_year = '2023/24'
GROUP BY k2.prior ORDER BY k2.prior

-- name: prior attainment bands
SELECT CASE WHEN ks2_prior >= 5 THEN 'high' WHEN ks2_prior >= 4 THEN 'middle' WHEN ks2_prior IS NULL THEN 'unknown'
       ELSE 'low' END AS prior, count(*) AS n, avg(p8) AS p8
FROM ks4_pupil GROUP BY 1 ORDER BY 1

-- name: simple CASE
SELECT CASE gender WHEN 'F' THEN 'girls' WHEN 'M' THEN 'boys' ELSE 'other' END AS sex, count(*)
FROM ks4_pupil GROUP BY 1

-- name: correlation
SELECT corr(att8, ks2_prior) AS r, count(*) AS n FROM ks4_pupil WHERE academic_year = '2022/23'

-- name: regression
SELECT regr_slope(att8, ks2_prior) AS slope, regr_intercept(att8, ks2_prior) AS intercept, regr_r2(att8, ks2_prior) AS r2,
       regr_count(att8, ks2_prior) AS n
FROM ks4_pupil WHERE academic_year = '2023/24'

-- name: regression by region
SELECT s.region, regr_slope(k.p8, k.idaci) AS slope FROM ks4_pupil k JOIN school s ON k.urn = s.urn GROUP BY s.region

-- name: covariance
SELECT covar_pop(read_score, maths_score), covar_samp(read_score, maths_score) FROM ks2_pupil

-- name: median and quartiles
SELECT gender, median(att8) AS med, quantile_cont(att8, 0.25) AS q1, quantile_cont(att8, 0.75) AS q3
FROM ks4_pupil GROUP BY gender

-- name: quantile list
SELECT la_code, quantile_cont(att8, [0.1, 0.25, 0.5, 0.75, 0.9]) AS points FROM ks4_pupil GROUP BY la_code

-- name: percentile within group
SELECT gender, percentile_cont(0.5) WITHIN GROUP (ORDER BY att8) AS med FROM ks4_pupil GROUP BY gender

-- name: spread
SELECT variance(att8), var_pop(att8), stddev(att8), stddev_pop(att8), sem(att8) FROM ks4_pupil

-- name: skewness
SELECT skewness(att8), kurtosis(att8) FROM ks4_pupil WHERE in_national

-- name: booleans
SELECT urn, bool_or(fsm_eligible) AS some, bool_and(on_roll) AS every FROM school_census_pupil GROUP BY urn

-- name: count_if
SELECT la_code, count_if(basics_95) AS passed, count(*) AS entered FROM ks4_pupil GROUP BY la_code

-- name: sum of a boolean cast
SELECT la_code, sum(basics_94::INTEGER) AS passed, avg(CAST(basics_94 AS DOUBLE)) AS rate FROM ks4_pupil GROUP BY la_code

-- name: coalesce
SELECT coalesce(sen_type_primary, 'none') AS sen_type, count(*) FROM school_census_pupil GROUP BY 1

-- name: ifnull and nullif
SELECT ifnull(sen_provision, 'N') AS sen, avg(nullif(overall_year, 0)) AS mean_of_absent FROM absence GROUP BY 1

-- name: distinct values
SELECT DISTINCT region, la_name FROM local_authority ORDER BY region, la_name

-- name: distinct of people's codes
SELECT DISTINCT ethnic_group_major, ethnic_group_minor FROM school_census_pupil WHERE academic_year = '2023/24'

-- name: everything of a public table
SELECT * FROM local_authority WHERE region = 'London'

-- name: star with exclusions
SELECT * EXCLUDE (valid_from, valid_to) FROM local_authority

-- name: star of one table
SELECT la.*, s.n FROM local_authority la JOIN (SELECT la_code, count(*) AS n FROM school GROUP BY la_code) s USING (la_code)

-- name: star with replacement
SELECT * REPLACE (upper(la_name) AS la_name) FROM local_authority

-- name: from first
FROM local_authority SELECT region, count(*) AS authorities GROUP BY region

-- name: from only
FROM local_authority

-- name: schools by type and phase
SELECT phase, nftype, count(*) AS schools, avg(capacity) AS places FROM school WHERE close_date IS NULL GROUP BY phase, nftype

-- name: schools opened by year
SELECT year(open_date) AS y, count(*) FROM school WHERE open_date >= DATE '2010-09-01' GROUP BY y ORDER BY y

-- name: schools open in a period
SELECT count(*) FROM school WHERE open_date BETWEEN DATE '2010-01-01' AND DATE '2010-01-01' + INTERVAL 5 YEAR

-- name: date parts
SELECT extract(month FROM start_date) AS m, date_part('year', start_date) AS y, count(*) FROM exclusion GROUP BY 1, 2

-- name: date truncated
SELECT date_trunc('month', start_date) AS month, count(*) AS n FROM exclusion GROUP BY date_trunc('month', start_date)
ORDER BY month

-- name: date differences
SELECT avg(date_diff('day', period_start, DATE '2024-03-31')) AS days FROM cla_child WHERE reporting_year = 2024

-- name: length of episodes
SELECT placement, avg(episode_end - episode_start) AS days, count(*) AS n FROM cla_episode GROUP BY placement

-- name: names of days and months
SELECT dayname(start_date) AS day, monthname(start_date) AS month, count(*) FROM exclusion GROUP BY ALL

-- name: strftime
SELECT strftime(start_date, '%Y-%m') AS month, count(*) FROM exclusion GROUP BY month ORDER BY month

-- name: looked-after children by need
SELECT category_of_need, legal_status, count(DISTINCT cla_child_id) AS children
FROM cla_episode WHERE reporting_year = 2024 GROUP BY category_of_need, legal_status

-- name: attainment of children in care
SELECT c.cla_12_months, count(*) AS n, avg(k.att8) AS att8
FROM cla_child c JOIN ks4_pupil k ON k.pmr_anon = c.pmr_anon
WHERE c.reporting_year = 2024 AND k.academic_year = '2023/24'
GROUP BY c.cla_12_months

-- name: children in need and absence
SELECT ci.cpp_indicator, count(*) AS n, sum(a.overall_year) * 1.0 / sum(a.sessions_possible_year) AS rate
FROM cin_child ci JOIN absence a ON a.pmr_anon = ci.pmr_anon
WHERE ci.reporting_year = 2024 AND a.academic_year = '2023/24'
GROUP BY ci.cpp_indicator

-- name: three people tables
SELECT k.gender, avg(k.att8) AS att8, avg(a.overall_year) AS absence, count(*) AS n
FROM ks4_pupil k
JOIN absence a ON a.pmr_anon = k.pmr_anon AND a.academic_year = k.academic_year
JOIN school_census_pupil c ON c.pmr_anon = k.pmr_anon AND c.academic_year = k.academic_year
WHERE k.academic_year = '2023/24' AND c.term = 'SPR' AND a.main_record
GROUP BY k.gender

-- name: join with USING on two columns
SELECT c.sen_provision, avg(att8) FROM ks4_pupil JOIN school_census_pupil c USING (pmr_anon, academic_year)
WHERE c.term = 'SPR' GROUP BY c.sen_provision

-- name: natural join of public tables
SELECT count(*) FROM school_link NATURAL JOIN school

-- name: semi join
SELECT gender, count(*) FROM ks4_pupil k SEMI JOIN cla_child c ON c.pmr_anon = k.pmr_anon GROUP BY gender

-- name: anti join
SELECT gender, count(*) FROM ks4_pupil k ANTI JOIN exclusion e ON e.pmr_anon = k.pmr_anon GROUP BY gender

-- name: right join
SELECT la.la_name, count(k.pmr_anon) AS n FROM ks4_pupil k RIGHT JOIN local_authority la ON la.la_code = k.la_code
GROUP BY la.la_name

-- name: full join
SELECT count(*) AS n, count(a.pmr_anon) AS with_absence, count(k.pmr_anon) AS with_ks4
FROM (SELECT * FROM ks4_pupil WHERE academic_year = '2023/24') k
FULL OUTER JOIN (SELECT * FROM absence WHERE academic_year = '2023/24') a ON a.pmr_anon = k.pmr_anon

-- name: cross join with parameters
SELECT p.cut, count(*) AS n FROM ks4_pupil CROSS JOIN (VALUES (4), (5)) AS p(cut) WHERE ks2_prior >= p.cut GROUP BY p.cut

-- name: comma join
SELECT s.region, count(*) FROM ks4_pupil k, school s WHERE k.urn = s.urn GROUP BY s.region

-- name: lookup table of values
SELECT v.label, count(*) FROM school_census_pupil c
JOIN (VALUES ('N', 'none'), ('K', 'support'), ('E', 'plan')) AS v(code, label) ON v.code = c.sen_provision
GROUP BY v.label

-- name: union of two years
SELECT '2022/23' AS y, count(*) AS n FROM ks4_pupil WHERE academic_year = '2022/23'
UNION ALL
SELECT '2023/24', count(*) FROM ks4_pupil WHERE academic_year = '2023/24'
ORDER BY y

-- name: union of key stages
SELECT stage, count(DISTINCT pmr_anon) AS pupils
FROM (SELECT pmr_anon, 'KS2' AS stage FROM ks2_pupil UNION ALL SELECT pmr_anon, 'KS4' FROM ks4_pupil) u
GROUP BY stage

-- name: except
SELECT la_code FROM local_authority EXCEPT SELECT la_code FROM school

-- name: intersect on the key
SELECT count(*) FROM (SELECT pmr_anon FROM ks2_pupil INTERSECT SELECT pmr_anon FROM ks4_pupil) b

-- name: union in brackets
(SELECT region, count(*) AS n FROM school GROUP BY region ORDER BY n LIMIT 3)
UNION ALL
(SELECT region, count(*) FROM local_authority GROUP BY region)

-- name: like patterns
SELECT count(*) FROM school WHERE school_name LIKE '%Academy%' AND school_name NOT ILIKE 'st %'

-- name: like with escape
SELECT count(*) FROM school WHERE school_name LIKE '100!%%' ESCAPE '!'

-- name: regular expression
SELECT regexp_extract(constituency, '^([EW])', 1) AS country, count(*) FROM school
WHERE regexp_matches(constituency, '^[EW][0-9]+$') GROUP BY 1

-- name: text functions
SELECT upper(left(la_code, 1)) AS first, length(la_name) AS letters, trim(la_name) AS name, replace(la_name, ' ', '_')
FROM local_authority

-- name: substrings of codes
SELECT substr(lsoa11, 1, 1) AS country, count(*) FROM school_census_pupil GROUP BY substr(lsoa11, 1, 1)

-- name: substring from for
SELECT substring(academic_year FROM 1 FOR 4) AS start_year, count(*) FROM ks4_pupil GROUP BY 1

-- name: concatenation
SELECT la_code || '-' || region AS name, concat(la_code, ' ', la_name) AS other, concat_ws(', ', la_name, region) AS third
FROM local_authority

-- name: split part
SELECT split_part(academic_year, '/', 1) AS y, count(*) FROM ks4_pupil GROUP BY 1

-- name: starts with
SELECT starts_with(la_code, '3') AS outer_london, count(*) FROM school GROUP BY 1

-- name: is true and is not false
SELECT count(*) FROM school_census_pupil WHERE fsm_eligible IS TRUE AND ever_fsm_6 IS NOT FALSE

-- name: distinct from
SELECT count(*) FROM school_census_pupil WHERE ethnic_group_major IS DISTINCT FROM 'WHIT' AND la_code IS NOT DISTINCT FROM home_la_code

-- name: in lists
SELECT count(*) FROM ks4_pupil WHERE academic_year IN ('2022/23', '2023/24') AND sen_stage NOT IN ('N')

-- name: not equal both ways
SELECT count(*) FROM ks4_pupil WHERE gender <> 'M' AND sen_stage != 'N' AND NOT (la_code = '301')

-- name: nested boolean logic
SELECT count(*) FROM ks4_pupil WHERE (fsm OR fsm6) AND NOT (sen_stage = 'E' OR cla_12_months) AND (p8 > 0 OR p8 IS NULL)

-- name: between
SELECT count(*) FROM ks2_pupil WHERE read_score BETWEEN 100 AND 109 AND maths_score NOT BETWEEN 80 AND 99

-- name: bands of a score
SELECT floor(att8 / 10) * 10 AS band, count(*) FROM ks4_pupil GROUP BY band ORDER BY band

-- name: whole division
SELECT read_score // 5 AS band, count(*) FROM ks2_pupil GROUP BY read_score // 5

-- name: rounding
SELECT round(idaci, 1) AS idaci, count(*), round(avg(p8), 2) FROM ks4_pupil GROUP BY round(idaci, 1)

-- name: arithmetic
SELECT avg(att8 - att8_predicted) AS residual, avg((att8_english + att8_maths) / 2.0) AS core, sum(-p8) FROM ks4_pupil

-- name: powers and roots
SELECT sqrt(avg(p8 ^ 2)) AS rms, avg(p8 ^ 2) - avg(p8) ** 2 AS v, avg(pow(p8, 3)) AS third, exp(avg(ln(1 + idaci))) FROM ks4_pupil

-- name: logarithms
SELECT avg(log10(capacity)), avg(log2(capacity)), avg(ln(capacity)) FROM school WHERE capacity > 0

-- name: greatest and least
SELECT avg(greatest(att8_english, att8_maths)) AS better, avg(least(att8_english, att8_maths)) AS worse FROM ks4_pupil

-- name: absolute and sign
SELECT sign(p8) AS s, avg(abs(p8)) FROM ks4_pupil GROUP BY sign(p8)

-- name: casts
SELECT CAST(la_code AS INTEGER) AS la, avg(att8::DOUBLE), try_cast(nc_year AS SMALLINT) AS y FROM ks4_pupil GROUP BY 1, 3

-- name: decimal casts
SELECT CAST(avg(att8) AS DECIMAL(6, 2)) AS att8 FROM ks4_pupil

-- name: order by nulls
SELECT sen_type, count(*) AS n FROM ks4_pupil GROUP BY sen_type ORDER BY n DESC NULLS LAST, sen_type ASC NULLS FIRST LIMIT 20

-- name: limit and offset
SELECT la_code, count(*) AS n FROM ks4_pupil GROUP BY la_code ORDER BY n DESC LIMIT 10 OFFSET 10

-- name: order by all
SELECT la_code, gender, count(*) FROM ks4_pupil GROUP BY ALL ORDER BY ALL

-- name: positions
SELECT la_code, gender, count(*) FROM ks4_pupil GROUP BY 1, 2 ORDER BY 3 DESC, 1

-- name: alias in WHERE
SELECT left(academic_year, 4) AS y, count(*) AS n FROM ks4_pupil WHERE y >= '2022' GROUP BY y HAVING n > 10

-- name: quoted names
SELECT "gender" AS "Sex of pupil", count(*) AS "Number of pupils" FROM "ks4_pupil" GROUP BY "gender"

-- name: upper-case names
SELECT GENDER, COUNT(*) FROM KS4_PUPIL WHERE ACADEMIC_YEAR = '2023/24' GROUP BY GENDER

-- name: comments and semicolon
-- how many pupils?
SELECT count(*) /* all of them */ AS n -- in one year
FROM ks4_pupil;

-- name: text with a quote and letters
SELECT count(*) FROM school WHERE school_name = 'St Mary''s Ysgol Gyfun Llanbedr – Ŵyn'

-- name: deprivation deciles
SELECT idaci_decile, count(*) AS pupils, count(*) FILTER (WHERE sen_provision = 'E') AS plans
FROM school_census_pupil WHERE academic_year = '2023/24' AND term = 'SPR' GROUP BY idaci_decile ORDER BY idaci_decile

-- name: deprivation of the home area
SELECT l.imd_decile_2019, avg(k.att8) FROM ks4_pupil k
JOIN school_census_pupil c ON c.pmr_anon = k.pmr_anon AND c.academic_year = k.academic_year AND c.term = 'SPR'
JOIN area_lsoa l ON l.lsoa_code = c.lsoa11
GROUP BY l.imd_decile_2019 ORDER BY 1

-- name: distance to school
SELECT s.urban_rural, avg(c.dist_current_school) AS km, median(c.dist_current_school) AS median_km
FROM school_census_pupil c JOIN school s USING (urn) GROUP BY s.urban_rural

-- name: language and ethnicity
SELECT ethnic_group_minor, language_group_major, count(*) FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' GROUP BY ethnic_group_minor, language_group_major HAVING count(*) > 50

-- name: small schools
SELECT count(*) FROM (SELECT urn FROM school_census_pupil GROUP BY urn HAVING count(DISTINCT pmr_anon) < 50) small

-- name: persistent absence by free meals
SELECT fsm_eligible, avg(persistent_absentee::INT) AS rate, count_if(severe_absentee) AS severe FROM absence
WHERE academic_year = '2023/24' GROUP BY fsm_eligible

-- name: term by term
SELECT sum(overall_autumn) * 100.0 / sum(sessions_possible_autumn) AS autumn,
       sum(overall_spring) * 100.0 / sum(sessions_possible_spring) AS spring,
       sum(overall_summer) * 100.0 / sum(sessions_possible_summer) AS summer
FROM absence WHERE academic_year = '2023/24' AND sessions_possible_year > 0

-- name: subjects taken
SELECT subject_code, grade, count(*) AS entries FROM ks4_exam
WHERE academic_year = '2023/24' AND NOT discounted GROUP BY subject_code, grade

-- name: mean points by subject
SELECT subject_code, avg(points) AS points, count(DISTINCT pmr_anon) AS pupils FROM ks4_exam GROUP BY subject_code
HAVING count(DISTINCT pmr_anon) > 100 ORDER BY points DESC LIMIT 25

-- name: entries per pupil
SELECT n, count(*) AS pupils FROM (SELECT pmr_anon, count(*) AS n FROM ks4_exam GROUP BY pmr_anon) t GROUP BY n ORDER BY n

-- name: A levels by earlier disadvantage
SELECT disadvantaged_ks4, avg(aps_per_entry) AS aps, avg(n_alevels) AS entries, count(*) AS n FROM ks5_pupil
WHERE academic_year = '2023/24' GROUP BY disadvantaged_ks4

-- name: phonics by month of birth
SELECT month_of_birth, avg(phonics_mark) AS mark, count(*) AS n FROM phonics GROUP BY month_of_birth ORDER BY month_of_birth

-- name: good level of development
SELECT academic_year, gender, avg(CASE WHEN gld THEN 1.0 ELSE 0.0 END) AS rate FROM eyfsp GROUP BY academic_year, gender

-- name: published school results
SELECT s.region, avg(p.avg_p8) AS p8, min(p.avg_p8), max(p.avg_p8) FROM school_performance p JOIN school s ON s.urn = p.urn
WHERE p.key_stage = 'KS4' AND p.pupil_group = 'all' GROUP BY s.region

-- name: pupils against published results
SELECT CASE WHEN p.avg_p8 > 0 THEN 'above' ELSE 'below' END AS school, count(*), avg(k.att8)
FROM ks4_pupil k JOIN school_performance p ON p.urn = k.urn AND p.academic_year = k.academic_year AND p.key_stage = 'KS4'
GROUP BY 1

-- name: z score against the school
SELECT gender, avg(z) FROM (
    SELECT gender, (att8 - avg(att8) OVER (PARTITION BY urn)) / stddev_samp(att8) OVER (PARTITION BY urn) AS z FROM ks4_pupil
) t GROUP BY gender

-- name: value added against the prior group
SELECT urn, avg(att8 - expected) AS va, count(*) AS n FROM (
    SELECT urn, att8, avg(att8) OVER (PARTITION BY ks2_prior) AS expected FROM ks4_pupil WHERE academic_year = '2022/23'
) t GROUP BY urn HAVING count(*) >= 30

-- name: weighted mean of schools
SELECT region, sum(m * n) / sum(n) AS weighted FROM (
    SELECT s.region, k.urn, avg(k.att8) AS m, count(k.att8) AS n FROM ks4_pupil k JOIN school s ON s.urn = k.urn GROUP BY s.region, k.urn
) t GROUP BY region

-- name: index of segregation
WITH schools AS (
    SELECT la_code, urn, count(*) FILTER (WHERE fsm_eligible) AS f, count(*) FILTER (WHERE NOT fsm_eligible) AS g
    FROM school_census_pupil WHERE academic_year = '2023/24' AND term = 'SPR' GROUP BY la_code, urn
), totals AS (SELECT la_code, sum(f) AS tf, sum(g) AS tg FROM schools GROUP BY la_code)
SELECT s.la_code, sum(abs(s.f / t.tf - s.g / t.tg)) / 2 AS dissimilarity
FROM schools s JOIN totals t ON t.la_code = s.la_code GROUP BY s.la_code

-- name: odds ratio
SELECT (sum(CASE WHEN basics_94 AND disadvantaged THEN 1 ELSE 0 END) * sum(CASE WHEN NOT basics_94 AND NOT disadvantaged THEN 1 ELSE 0 END))
     / nullif(sum(CASE WHEN NOT basics_94 AND disadvantaged THEN 1 ELSE 0 END) * sum(CASE WHEN basics_94 AND NOT disadvantaged THEN 1 ELSE 0 END), 0)
FROM ks4_pupil WHERE academic_year = '2023/24'

-- name: confidence interval
SELECT gender, avg(att8) AS m, avg(att8) - 1.96 * stddev_samp(att8) / sqrt(count(*)) AS low,
       avg(att8) + 1.96 * stddev_samp(att8) / sqrt(count(*)) AS high
FROM ks4_pupil GROUP BY gender

-- name: scientific notation
SELECT count(*) FROM school WHERE capacity > 1e3 AND capacity < 2.5e+3

-- name: any value of a label
SELECT s.la_code, any_value(s.region) AS region, count(*) FROM school s GROUP BY s.la_code

-- name: list of regions
SELECT string_agg(DISTINCT region, ', ' ORDER BY region) FROM local_authority

-- name: modes
SELECT la_code, mode(phase) AS commonest, max(capacity), min(low_age) FROM school GROUP BY la_code

-- name: latest inspection by arg_max
SELECT la_code, arg_max(school_name, capacity) AS largest FROM school GROUP BY la_code

-- name: if function
SELECT if(fsm_eligible, 'fsm', 'not') AS f, count(*) FROM school_census_pupil GROUP BY 1

-- name: distinct sum of products
SELECT sum(a.overall_year * 1.0 / nullif(a.sessions_possible_year, 0)) / count(*) AS mean_rate FROM absence a

-- name: three-level hierarchy
SELECT s.region, s.la_code, s.urn, count(*) AS n FROM school_census_pupil c JOIN school s ON s.urn = c.urn
WHERE c.academic_year = '2023/24' AND c.term = 'SPR' GROUP BY GROUPING SETS ((s.region, s.la_code, s.urn), (s.region, s.la_code), (s.region), ())

-- name: number of terms on roll
SELECT terms, count(*) FROM (
    SELECT pmr_anon, count(DISTINCT term) AS terms FROM school_census_pupil WHERE academic_year = '2023/24' GROUP BY pmr_anon
) GROUP BY terms ORDER BY terms

-- name: persistent absence two years running
SELECT count(*) FROM absence a JOIN absence b ON a.pmr_anon = b.pmr_anon
WHERE a.academic_year = '2022/23' AND b.academic_year = '2023/24' AND a.persistent_absentee AND b.persistent_absentee

-- name: panel of transitions
SELECT a.fsm_eligible AS before, b.fsm_eligible AS after, count(*) AS pupils
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2022/23' AND a.term = 'SPR' AND b.academic_year = '2023/24' AND b.term = 'SPR'
GROUP BY a.fsm_eligible, b.fsm_eligible

-- name: constants only
SELECT 1 + 2 AS three, 'x' AS letter, TRUE AS yes, NULL AS nothing, DATE '2024-01-31' + INTERVAL '1 month' AS later

-- name: values alone in FROM
SELECT a, b * 2 AS c FROM (VALUES (1, 2), (3, 4)) AS t(a, b) WHERE a > 1
