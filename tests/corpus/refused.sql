-- Queries that are refused, as analysts write them. One query a block; its name stands above it, then for each of its
-- problems the code and the words that the place must cover (none where the whole query is meant).
-- `project`, `person`, `date` and `purpose` are given where they are not those of the wide project; `lapsed` is what the
-- person lacks. @OR_CHAIN@ stands for a long chain of `la_code = '200' OR …`.

-- name: a bracket that is not closed
-- code: syntax
-- at: (
SELECT gender, round(avg(att8, 1) AS mean FROM ks4_pupil GROUP BY gender

-- name: a filter on a count in WHERE
-- code: syntax
-- at: count(*) >= 30
SELECT la_code, count(*) AS pupils
FROM ks4_pupil
WHERE count(*) >= 30
GROUP BY la_code

-- name: two filters in WHERE, one of them on a mean
-- code: syntax
-- at: academic_year = '2023/24' AND avg(att8) > 40
SELECT la_code, avg(att8) AS mean
FROM ks4_pupil
WHERE academic_year = '2023/24' AND avg(att8) > 40
GROUP BY la_code

-- name: a text in double quotes
-- code: unknown-field
-- at: "F"
SELECT la_code, count(*) AS pupils FROM ks4_pupil WHERE gender = "F" GROUP BY la_code

-- name: a variance by another name
-- code: function-not-allowed
-- at: var(att8)
SELECT gender, var(att8) AS variance FROM ks4_pupil GROUP BY gender

-- name: GROUP BY forgotten
-- code: syntax
-- at: la_code
-- code: syntax
-- at: gender
SELECT la_code, gender AS sex, avg(att8) AS mean
FROM ks4_pupil
WHERE academic_year = '2023/24'
ORDER BY mean DESC

-- name: HAVING on a field, without groups
-- code: individual-rows
-- at: att8
-- code: syntax
-- at: gender = 'F'
SELECT att8 FROM ks4_pupil HAVING gender = 'F'

-- name: grouped by a column that is not there
-- code: syntax
-- at: 3
SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY 1, 3

-- name: a field left out of GROUP BY
-- code: syntax
-- at: la_code
SELECT gender, la_code, avg(att8) AS mean FROM ks4_pupil GROUP BY gender

-- name: a field left out of GROUP BY, through a CTE
-- code: syntax
-- at: band
WITH banded AS (SELECT gender, att8, floor(att8 / 10) AS band FROM ks4_pupil)
SELECT gender, band, avg(att8) AS mean
FROM banded
GROUP BY gender

-- name: a field of both tables
-- code: syntax
-- at: academic_year
SELECT academic_year, count(*) AS pupils
FROM ks4_pupil k JOIN absence a ON k.pmr_anon = a.pmr_anon AND k.academic_year = a.academic_year
GROUP BY k.academic_year

-- name: an alias in single quotes
-- code: syntax
-- at: 'number of pupils'
SELECT gender, count(*) AS 'number of pupils' FROM ks4_pupil GROUP BY gender

-- name: quotes of a word processor
-- code: syntax
-- at: ‘
-- at: ’
SELECT gender, count(*) AS pupils FROM ks4_pupil WHERE academic_year = ‘2023/24’ GROUP BY gender

-- name: names between backticks
-- code: syntax
-- at: `gender
-- at: `
SELECT `gender`, count(*) AS pupils FROM ks4_pupil GROUP BY 1

-- name: a mean of counts
-- code: syntax
-- at: avg(count(*))
SELECT avg(count(*)) AS mean_size FROM ks4_pupil WHERE academic_year = '2023/24' GROUP BY urn

-- name: a join whose condition stands in WHERE
-- code: syntax
-- at: JOIN
SELECT s.region, count(*) AS pupils
FROM ks4_pupil k JOIN school s
WHERE k.urn = s.urn
GROUP BY s.region

-- name: WHERE after GROUP BY
-- code: syntax
-- at: WHERE
SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender WHERE academic_year = '2023/24'

-- name: the first ten, as in another dialect
-- code: syntax
-- at: 10
SELECT TOP 10 la_code, avg(att8) AS mean FROM ks4_pupil GROUP BY la_code ORDER BY mean DESC

-- name: two questions
-- code: not-a-query
-- at: ; SELECT count(*) FROM absence
SELECT count(*) FROM ks4_pupil; SELECT count(*) FROM absence

-- name: a table of one's own
-- code: not-a-query
-- at: CREATE
CREATE TABLE by_gender AS
SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender

-- name: a temporary table by SELECT INTO
-- code: not-a-query
-- at: INTO
SELECT gender, count(*) AS pupils INTO by_gender FROM ks4_pupil GROUP BY gender

-- name: copied to a file
-- code: not-a-query
-- at: COPY
COPY (SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender) TO 'by_gender.csv' (HEADER)

-- name: rows deleted
-- code: not-a-query
-- at: DELETE
DELETE FROM ks4_pupil WHERE att8 IS NULL

-- name: what are the columns
-- code: not-a-query
-- at: DESCRIBE
DESCRIBE ks4_pupil

-- name: how would it run
-- code: not-a-query
-- at: EXPLAIN
EXPLAIN SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender

-- name: a setting first
-- code: not-a-query
-- at: ; SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender
SET threads = 4; SELECT gender, count(*) AS pupils FROM ks4_pupil GROUP BY gender

-- name: a long chain of OR
-- code: too-complex
-- at: la_code
SELECT count(*) AS pupils FROM ks4_pupil WHERE @OR_CHAIN@

-- name: a cube of eight fields
-- code: too-complex
-- at: gender, fsm_eligible, nc_year, la_code, term, on_roll, sen_provision, month_of_birth
SELECT gender, fsm_eligible, nc_year, la_code, term, on_roll, sen_provision, month_of_birth, count(*) AS pupils
FROM school_census_pupil
GROUP BY CUBE (gender, fsm_eligible, nc_year, la_code, term, on_roll, sen_provision, month_of_birth)

-- name: a table in the plural
-- code: unknown-table
-- at: ks4_pupils
SELECT gender, avg(att8) AS mean FROM ks4_pupils GROUP BY gender

-- name: the census by half its name
-- code: unknown-table
-- at: school_census
SELECT gender, count(*) AS pupils
FROM school_census
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY gender

-- name: two tables misspelt
-- code: unknown-table
-- at: absense
-- code: unknown-table
-- at: schools
SELECT s.region, sum(a.overall_year) AS missed
FROM absense a JOIN schools s ON a.urn = s.urn
GROUP BY s.region

-- name: a table in a schema
-- code: function-not-allowed
-- at: npd
SELECT gender, count(*) AS pupils FROM npd.ks4_pupil GROUP BY gender

-- name: a field misspelt
-- code: unknown-field
-- at: ethnicty
-- at: ethnicty
SELECT ethnicty, count(*) AS pupils FROM school_census_pupil GROUP BY ethnicty

-- name: a field misspelt inside a CTE
-- code: unknown-field
-- at: at8
WITH scores AS (SELECT gender, at8 AS score FROM ks4_pupil WHERE academic_year = '2023/24')
SELECT gender, avg(score) AS mean FROM scores GROUP BY gender

-- name: three fields misspelt
-- code: unknown-field
-- at: gendr
-- code: unknown-field
-- at: atta8
-- code: unknown-field
-- at: acadmic_year
SELECT gendr, avg(atta8) AS mean FROM ks4_pupil WHERE acadmic_year = '2023/24' GROUP BY 1

-- name: an alias that stands nowhere
-- code: unknown-field
-- at: p.att8
SELECT k.gender, avg(p.att8) AS mean FROM ks4_pupil k GROUP BY k.gender

-- name: the table's name after it was given an alias
-- code: unknown-field
-- at: ks4_pupil.gender
-- at: ks4_pupil.gender
SELECT ks4_pupil.gender, avg(k.att8) AS mean FROM ks4_pupil AS k GROUP BY ks4_pupil.gender

-- name: an output's name in WHERE
-- code: unknown-field
-- at: r
SELECT la_code, avg(att8) AS mean, rank() OVER (ORDER BY avg(att8) DESC) AS r
FROM ks4_pupil
WHERE r <= 10
GROUP BY la_code

-- name: a field of another table
-- code: unknown-field
-- at: language_group_major
-- at: language_group_major
SELECT language_group_major, avg(att8) AS mean
FROM ks4_pupil
WHERE academic_year = '2023/24'
GROUP BY language_group_major

-- name: a star without a field that is not there
-- code: unknown-field
-- at: * EXCLUDE (surname2)
SELECT count(*) AS pupils FROM (SELECT * EXCLUDE (surname2) FROM ks4_pupil)

-- name: nvl
-- code: function-not-allowed
-- at: nvl(overall_year, 0)
SELECT gender, avg(nvl(overall_year, 0)) AS missed FROM absence GROUP BY gender

-- name: isnull
-- code: function-not-allowed
-- at: isnull(p8)
SELECT count(*) AS pupils FROM ks4_pupil WHERE isnull(p8)

-- name: iif
-- code: function-not-allowed
-- at: iif(att8 >= 50, 1, 0)
SELECT la_code, sum(iif(att8 >= 50, 1, 0)) AS high FROM ks4_pupil GROUP BY la_code

-- name: exclusions since today
-- code: function-not-allowed
-- at: current_date
SELECT count(*) AS exclusions FROM exclusion WHERE start_date > current_date - INTERVAL 1 YEAR

-- name: a histogram
-- code: function-not-allowed
-- at: histogram(nc_year)
SELECT histogram(nc_year) AS years FROM school_census_pupil

-- name: the commonest languages, approximately
-- code: function-not-allowed
-- at: approx_top_k(language, 5)
SELECT approx_top_k(language, 5) AS languages FROM school_census_pupil

-- name: a file in place of a table
-- code: function-not-allowed
-- at: 'ks4.parquet'
SELECT count(*) FROM 'ks4.parquet'

-- name: a function that reads a file
-- code: function-not-allowed
-- at: read_parquet('data/ks4_pupil/*.parquet')
SELECT count(*) FROM read_parquet('data/ks4_pupil/*.parquet')

-- name: a sample
-- code: function-not-allowed
-- at: USING SAMPLE
SELECT gender, avg(att8) AS mean FROM ks4_pupil GROUP BY gender USING SAMPLE 10%

-- name: a sample of the table
-- code: function-not-allowed
-- at: TABLESAMPLE
SELECT avg(att8) AS mean FROM ks4_pupil TABLESAMPLE 10%

-- name: one row for each pupil by DISTINCT ON
-- code: function-not-allowed
-- at: (pmr_anon)
SELECT count(*) AS pupils FROM (SELECT DISTINCT ON (pmr_anon) * FROM school_census_pupil)

-- name: pseudo-random halves
-- code: function-not-allowed
-- at: random()
SELECT avg(att8) AS mean FROM ks4_pupil WHERE random() < 0.5

-- name: a sum of different values
-- code: function-not-allowed
-- at: sum(DISTINCT att8)
SELECT gender, sum(DISTINCT att8) AS total FROM ks4_pupil GROUP BY gender

-- name: a mean of different values
-- code: function-not-allowed
-- at: avg(DISTINCT overall_year)
SELECT avg(DISTINCT overall_year) AS mean FROM absence WHERE main_record

-- name: any of a list
-- code: function-not-allowed
-- at: ANY
SELECT count(*) AS pupils FROM ks4_pupil WHERE la_code = ANY (SELECT la_code FROM local_authority WHERE region = 'London')

-- name: more than all
-- code: function-not-allowed
-- at: ALL (SELECT avg(att8) FROM ks4_pupil GROUP BY la_code)
SELECT count(*) AS pupils FROM ks4_pupil WHERE att8 > ALL (SELECT avg(att8) FROM ks4_pupil GROUP BY la_code)

-- name: a list in square brackets
-- code: function-not-allowed
-- at: IN [
SELECT count(*) AS pupils FROM ks4_pupil WHERE la_code IN ['201', '202']

-- name: regular expressions by a sign
-- code: function-not-allowed
-- at: ~
SELECT count(*) AS pupils FROM school_census_pupil WHERE nc_year ~ '^1'

-- name: ampersands for AND
-- code: function-not-allowed
-- at: &&
SELECT count(*) AS pupils FROM ks4_pupil WHERE in_national && disadvantaged

-- name: a lateral join
-- code: function-not-allowed
-- at: LATERAL
SELECT avg(l.n) AS mean
FROM ks4_pupil k, LATERAL (SELECT count(*) AS n FROM exclusion e WHERE e.pmr_anon = k.pmr_anon) l

-- name: a recursive query
-- code: function-not-allowed
-- at: WITH RECURSIVE
WITH RECURSIVE years AS (SELECT 2020 AS y UNION ALL SELECT y + 1 FROM years WHERE y < 2024)
SELECT count(*) FROM years

-- name: SIMILAR TO
-- code: function-not-allowed
-- at: SIMILAR TO
SELECT count(*) AS pupils FROM school_census_pupil WHERE nc_year SIMILAR TO '1[01]'

-- name: GLOB
-- code: function-not-allowed
-- at: nc_year GLOB '1*'
SELECT count(*) AS pupils FROM school_census_pupil WHERE nc_year GLOB '1*'

-- name: dates as text, as in another dialect
-- code: function-not-allowed
-- at: to_char(start_date, 'YYYY-MM')
SELECT to_char(start_date, 'YYYY-MM') AS month, count(*) AS exclusions FROM exclusion GROUP BY 1

-- name: a subquery with many rows as a value
-- code: function-not-allowed
-- at: (SELECT avg(att8) FROM ks4_pupil GROUP BY la_code)
SELECT count(*) AS pupils FROM ks4_pupil WHERE att8 > (SELECT avg(att8) FROM ks4_pupil GROUP BY la_code)

-- name: every percentile
-- code: function-not-allowed
-- at: quantile_cont(att8, [0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.44, 0.48, 0.52, 0.56, 0.6, 0.64, 0.68, 0.72, 0.76, 0.8, 0.84, 0.88, 0.92, 0.96])
SELECT quantile_cont(att8, [0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.44, 0.48, 0.52, 0.56, 0.6, 0.64, 0.68, 0.72, 0.76, 0.8, 0.84, 0.88, 0.92, 0.96]) AS points
FROM ks4_pupil

-- name: a first look at a table
-- code: field-not-granted
-- at: *
-- code: chooses-rows
-- at: LIMIT 10
-- code: individual-rows
-- at: *
SELECT * FROM ks4_pupil LIMIT 10

-- name: all of a table
-- code: field-not-granted
-- at: *
-- code: individual-rows
-- at: *
SELECT * FROM school_census_pupil WHERE academic_year = '2023/24' AND term = 'SPR'

-- name: FROM alone
-- code: field-not-granted
-- at: absence
-- code: individual-rows
-- at: absence
FROM absence

-- name: keys and scores
-- code: individual-rows
-- at: pmr_anon
SELECT pmr_anon, gender, att8 FROM ks4_pupil WHERE academic_year = '2023/24'

-- name: a list of keys
-- code: individual-rows
-- at: pmr_anon
SELECT DISTINCT pmr_anon FROM exclusion WHERE academic_year = '2023/24'

-- name: exclusions of each pupil
-- code: individual-rows
-- at: pmr_anon
SELECT pmr_anon, count(*) AS exclusions, sum(sessions) AS sessions
FROM exclusion
GROUP BY pmr_anon

-- name: exclusions of each pupil with their gender
-- code: individual-rows
-- at: pmr_anon
SELECT pmr_anon, gender, count(*) AS exclusions
FROM exclusion
WHERE academic_year = '2023/24'
GROUP BY pmr_anon, gender
ORDER BY exclusions DESC

-- name: scores without keys
-- code: individual-rows
-- at: la_code
SELECT la_code, att8, p8 FROM ks4_pupil WHERE in_national

-- name: rows through a CTE and a star
-- code: individual-rows
-- at: *
WITH girls AS (SELECT la_code, att8 FROM ks4_pupil WHERE gender = 'F')
SELECT * FROM girls ORDER BY att8

-- name: pupils under an alias
-- code: individual-rows
-- at: c.pmr_anon
SELECT c.pmr_anon AS id, k.att8
FROM school_census_pupil c JOIN ks4_pupil k ON c.pmr_anon = k.pmr_anon
WHERE c.term = 'SPR'

-- name: residuals of each pupil
-- code: individual-rows
-- at: att8 - (SELECT avg(att8) FROM ks4_pupil)
SELECT att8 - (SELECT avg(att8) FROM ks4_pupil) AS residual FROM ks4_pupil

-- name: absence beside results by school
-- code: mixes-people
-- at: absence a
SELECT k.urn, avg(k.att8) AS mean, avg(a.overall_year) AS missed
FROM ks4_pupil k JOIN absence a ON k.urn = a.urn
GROUP BY k.urn

-- name: classmates
-- code: mixes-people
-- at: ks4_pupil b
SELECT a.urn, avg(b.att8) AS peers
FROM ks4_pupil a JOIN ks4_pupil b ON a.urn = b.urn AND a.academic_year = b.academic_year
WHERE a.disadvantaged
GROUP BY a.urn

-- name: joined on the year and not on the pupil
-- code: mixes-people
-- at: absence
SELECT k.gender, avg(overall_year) AS missed
FROM ks4_pupil k JOIN absence USING (academic_year)
GROUP BY k.gender

-- name: two tables side by side
-- code: mixes-people
-- at: exclusion
SELECT count(*) AS n FROM ks4_pupil, exclusion

-- name: excluded from the same school
-- code: mixes-people
-- at: EXISTS (SELECT 1 FROM exclusion e WHERE e.urn = k.urn)
SELECT count(*) AS pupils
FROM ks4_pupil k
WHERE EXISTS (SELECT 1 FROM exclusion e WHERE e.urn = k.urn)

-- name: pupils numbered within their school
-- code: mixes-people
-- at: row_number() OVER (PARTITION BY urn ORDER BY att8 DESC)
SELECT avg(att8) AS mean
FROM (SELECT att8, row_number() OVER (PARTITION BY urn ORDER BY att8 DESC) AS place FROM ks4_pupil)
WHERE place <= 10

-- name: ranks of pupils
-- code: mixes-people
-- at: rank() OVER (ORDER BY att8 DESC)
SELECT gender, avg(r) AS mean_rank
FROM (SELECT gender, rank() OVER (ORDER BY att8 DESC) AS r FROM ks4_pupil)
GROUP BY gender

-- name: the score of the pupil before
-- code: mixes-people
-- at: lag(att8) OVER (PARTITION BY urn ORDER BY att8)
WITH steps AS (SELECT urn, att8 - lag(att8) OVER (PARTITION BY urn ORDER BY att8) AS step FROM ks4_pupil)
SELECT urn, avg(step) AS mean_step FROM steps GROUP BY urn

-- name: the most of a measure
-- code: value-of-one-person
-- at: max(att8)
SELECT la_code, max(att8) AS best FROM ks4_pupil GROUP BY la_code

-- name: the range of a measure
-- code: value-of-one-person
-- at: min(att8)
-- code: value-of-one-person
-- at: max(att8)
SELECT gender, min(att8) AS least, avg(att8) AS mean, max(att8) AS most FROM ks4_pupil GROUP BY gender

-- name: the best score through a CTE
-- code: value-of-one-person
-- at: max(score)
WITH scores AS (SELECT la_code, att8 AS score FROM ks4_pupil WHERE in_national)
SELECT la_code, max(score) AS best FROM scores GROUP BY la_code

-- name: the school with the best pupil
-- code: value-of-one-person
-- at: arg_max(urn, att8)
SELECT arg_max(urn, att8) AS school FROM ks4_pupil

-- name: the first score
-- code: value-of-one-person
-- at: first(att8)
SELECT la_code, first(att8) AS example FROM ks4_pupil GROUP BY la_code

-- name: the extremes as quantiles
-- code: value-of-one-person
-- at: quantile_cont(att8, 1)
SELECT quantile_cont(att8, 1) AS most FROM ks4_pupil

-- name: a list of scores
-- code: value-of-one-person
-- at: list(att8)
SELECT la_code, list(att8) AS scores FROM ks4_pupil GROUP BY la_code

-- name: one pupil
-- code: value-of-one-person
-- at: pmr_anon
SELECT avg(att8) AS score FROM ks4_pupil WHERE pmr_anon = 'A000000000000001'

-- name: pupils by the start of their key
-- code: value-of-one-person
-- at: pmr_anon
SELECT left(pmr_anon, 2) AS batch, count(*) AS pupils FROM ks4_pupil GROUP BY 1

-- name: the mean of the first thousand
-- code: chooses-rows
-- at: LIMIT 1000
SELECT avg(att8) AS mean FROM (SELECT att8 FROM ks4_pupil LIMIT 1000)

-- name: schools of the best hundred
-- code: chooses-rows
-- at: LIMIT 100
WITH best AS (SELECT urn, att8 FROM ks4_pupil ORDER BY att8 DESC LIMIT 100)
SELECT urn, count(*) AS pupils FROM best GROUP BY urn

-- name: all but the first thousand
-- code: chooses-rows
-- at: OFFSET 1000
SELECT gender, avg(att8) AS mean FROM (SELECT * FROM ks4_pupil OFFSET 1000) GROUP BY gender

-- name: absence of the first five hundred of them
-- code: chooses-rows
-- at: LIMIT 500
SELECT avg(overall_year) AS missed
FROM absence
WHERE pmr_anon IN (SELECT pmr_anon FROM ks4_pupil WHERE fsm_eligible LIMIT 500)

-- name: two codes as one label
-- code: encodes-people
-- at: gender || '-' || ethnic_group_major
SELECT gender || '-' || ethnic_group_major AS label, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY gender || '-' || ethnic_group_major

-- name: two codes as one number
-- code: encodes-people
-- at: month_of_birth * 100 + age_start
SELECT sum(month_of_birth * 100 + age_start) AS packed FROM ks4_pupil

-- name: the last digit of a score
-- code: encodes-people
-- at: att8 % 10
SELECT att8 % 10 AS digit, count(*) AS pupils FROM ks4_pupil GROUP BY 1

-- name: a score as text
-- code: encodes-people
-- at: CAST(att8 AS VARCHAR)
SELECT CAST(att8 AS VARCHAR) AS score, count(*) AS pupils FROM ks4_pupil GROUP BY 1

-- name: a field that the project does not have
-- project: P-2026-014
-- code: field-not-granted
-- at: language
SELECT language, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR'
GROUP BY language

-- name: finer than the project has
-- project: P-2026-014
-- code: field-not-granted
-- at: ethnic_group_minor
SELECT ethnic_group_minor, count(*) AS pupils FROM school_census_pupil GROUP BY ethnic_group_minor

-- name: a date of birth
-- project: P-2026-014
-- code: field-not-granted
-- at: date_of_birth
SELECT count(*) AS pupils FROM school_census_pupil WHERE date_of_birth < DATE '2008-09-01'

-- name: names and postcodes
-- code: field-not-granted
-- at: surname
SELECT surname, gender, count(*) AS pupils FROM school_census_pupil GROUP BY surname, gender

-- name: a field that is not granted, under an alias in a CTE
-- project: P-2026-014
-- code: field-not-granted
-- at: in_care
-- at: care
WITH pupils AS (SELECT pmr_anon, in_care AS care, gender FROM school_census_pupil)
SELECT gender, count(*) AS pupils FROM pupils WHERE care GROUP BY gender

-- name: a table that the project does not have
-- project: P-2026-014
-- code: field-not-granted
-- at: exclusion
SELECT count(*) AS exclusions FROM exclusion

-- name: grouped by a field that is there to filter
-- project: P-2026-014
-- code: field-use
-- at: on_roll
SELECT on_roll, count(*) AS pupils FROM school_census_pupil GROUP BY on_roll

-- name: filtered by a field that is there to group
-- project: P-2026-014
-- code: field-use
-- at: ethnic_group_major
SELECT gender, count(*) AS pupils
FROM school_census_pupil
WHERE ethnic_group_major = 'WHIT'
GROUP BY gender

-- name: by school, where the school only links
-- project: P-2026-014
-- code: field-use
-- at: urn
SELECT urn, count(*) AS pupils FROM school_census_pupil WHERE academic_year = '2023/24' GROUP BY urn

-- name: a year before the project's
-- project: P-2026-014
-- code: year-not-in-project
-- at: '2019/20'
SELECT c.gender, avg(att8) AS mean
FROM ks4_pupil k JOIN school_census_pupil c USING (pmr_anon, academic_year)
WHERE k.academic_year = '2019/20'
GROUP BY c.gender

-- name: a year by the number in which it ends
-- project: P-2026-014
-- code: year-not-in-project
-- at: 2024
SELECT avg(att8) AS mean, count(*) AS pupils FROM ks4_pupil WHERE academic_year = 2024

-- name: two years of which one is not the project's
-- project: P-2026-014
-- code: year-not-in-project
-- at: '2021/22'
SELECT academic_year, avg(att8) AS mean
FROM ks4_pupil
WHERE academic_year IN ('2021/22', '2022/23')
GROUP BY academic_year

-- name: asked after the project's end
-- project: P-2026-014
-- date: 2028-06-01
-- code: project-ended
SELECT count(*) AS pupils FROM ks4_pupil

-- name: asked after the training has run out
-- project: P-2026-014
-- lapsed: training
-- code: accreditation-expired
SELECT count(*) AS pupils FROM ks4_pupil

-- name: a purpose that the field may not serve
-- project: P-2026-014
-- purpose: policy_evaluation
-- code: purpose-not-permitted
-- at: sen_type_primary
SELECT sen_type_primary, gender, count(*) AS pupils
FROM school_census_pupil
GROUP BY sen_type_primary, gender

-- name: asked by someone else
-- project: P-2026-014
-- person: researcher@elsewhere.example
-- code: not-on-project
SELECT count(*) AS pupils FROM ks4_pupil

-- name: several things at once
-- project: P-2026-014
-- code: field-not-granted
-- at: reason_i_year
-- code: field-use
-- at: main_record
-- code: year-not-in-project
-- at: '2020/21'
-- code: value-of-one-person
-- at: max(overall_year)
SELECT main_record, sum(reason_i_year) AS ill, max(overall_year) AS most
FROM absence
WHERE academic_year = '2020/21'
GROUP BY main_record

-- name: a preview of two tables joined by school
-- code: field-not-granted
-- at: *
-- code: mixes-people
-- at: absence a
-- code: chooses-rows
-- at: LIMIT 5
-- code: individual-rows
-- at: *
SELECT * FROM ks4_pupil k JOIN absence a ON k.urn = a.urn LIMIT 5
