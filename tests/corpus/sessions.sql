-- One project's session: what researchers with the National Pupil Database ask and publish. Usefulness is measured
-- on it (benchmarks/usefulness.py). A block is one query; above it stand its id, the level of its cells (national, la,
-- school), its topic and its title. The planner accepts every one. Years are those that the synthetic data have.

-- id: N01
-- level: national
-- topic: composition
-- title: Pupils by gender and free school meals
SELECT gender, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY gender, fsm_eligible

-- id: N02
-- level: national
-- topic: composition
-- title: Pupils by major ethnic group and year
SELECT academic_year, ethnic_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, ethnic_group_major
ORDER BY academic_year, pupils DESC

-- id: N03
-- level: national
-- topic: composition
-- title: Pupils by minor ethnic group
SELECT ethnic_group_minor, count(*) AS pupils, count(*) * 100.0 / sum(count(*)) OVER () AS pct
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) AND on_roll
GROUP BY ethnic_group_minor

-- id: N04
-- level: national
-- topic: fsm
-- title: Free school meals by major ethnic group
SELECT ethnic_group_major, count(*) AS pupils, count(*) FILTER (WHERE fsm_eligible) AS fsm,
       round(100.0 * count(*) FILTER (WHERE fsm_eligible) / count(*), 1) AS pct_fsm
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY ethnic_group_major

-- id: N05
-- level: national
-- topic: fsm
-- title: Free school meals by year group and year
SELECT academic_year, nc_year, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND nc_year IN ('R', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11')
GROUP BY ALL

-- id: N06
-- level: national
-- topic: fsm
-- title: Ever eligible for free school meals, by phase and year
SELECT academic_year, phase, count(*) AS pupils, avg(ever_fsm_6::INT) AS share_ever
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, phase

-- id: N07
-- level: national
-- topic: fsm
-- title: Free school meals by deprivation decile
SELECT idaci_decile, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY idaci_decile, fsm_eligible

-- id: N08
-- level: national
-- topic: sen
-- title: Special needs provision by year group and gender
SELECT nc_year, gender, sen_provision, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY nc_year, gender, sen_provision

-- id: N09
-- level: national
-- topic: sen
-- title: Special needs by free school meals over the years
SELECT academic_year, fsm_eligible, sen_provision, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, fsm_eligible, sen_provision

-- id: N10
-- level: national
-- topic: sen
-- title: Education plans by month of birth
SELECT month_of_birth, count(*) AS pupils, count(*) FILTER (WHERE sen_provision = 'E') AS plans,
       count(*) FILTER (WHERE sen_provision = 'K') AS support
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase = 'PS'
GROUP BY month_of_birth

-- id: N11
-- level: national
-- topic: sen
-- title: Primary type of need by gender
SELECT sen_type_primary, gender, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND sen_provision IN ('K', 'E')
GROUP BY sen_type_primary, gender

-- id: N12
-- level: national
-- topic: sen
-- title: Primary type of need over the years
SELECT academic_year, sen_type_primary, sen_provision, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND sen_provision IN ('K', 'E')
GROUP BY ALL

-- id: N13
-- level: national
-- topic: eal
-- title: First language by phase and year
SELECT academic_year, phase, language_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, phase, language_group_major

-- id: N14
-- level: national
-- topic: eal
-- title: First language and ethnic group
SELECT ethnic_group_major, language_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY ethnic_group_major, language_group_major

-- id: N15
-- level: national
-- topic: composition
-- title: Headcounts of three terms by year group
SELECT academic_year, term, nc_year, count(*) AS pupils
FROM school_census_pupil
WHERE (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, term, nc_year

-- id: N16
-- level: national
-- topic: composition
-- title: Pupils by type of area and region
SELECT s.region, s.urban_rural, count(*) AS pupils
FROM school_census_pupil c JOIN school s ON s.urn = c.urn
WHERE c.academic_year = '2024/25' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY s.region, s.urban_rural

-- id: N17
-- level: national
-- topic: composition
-- title: Pupils by region and ethnic group
SELECT s.region, c.ethnic_group_major, count(*) AS pupils
FROM school_census_pupil c JOIN school s ON s.urn = c.urn
WHERE c.academic_year = '2023/24' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL) AND c.on_roll
GROUP BY s.region, c.ethnic_group_major
ORDER BY s.region, pupils DESC

-- id: N18
-- level: national
-- topic: mobility
-- title: Pupils who joined outside the usual time, by year group
SELECT academic_year, nc_year, count(*) AS pupils, count(*) FILTER (WHERE mobility) AS joined_late
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase IN ('PS', 'SS')
GROUP BY academic_year, nc_year

-- id: N19
-- level: national
-- topic: mobility
-- title: Pupils who changed school between springs
SELECT b.nc_year, count(*) AS pupils, count(*) FILTER (WHERE a.urn <> b.urn) AS moved
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2022/23' AND a.term = 'SPR' AND (a.record_status < 100 OR a.record_status IS NULL)
  AND b.academic_year = '2023/24' AND b.term = 'SPR' AND (b.record_status < 100 OR b.record_status IS NULL)
GROUP BY b.nc_year

-- id: N20
-- level: national
-- topic: mobility
-- title: In and out of free school meals
SELECT a.fsm_eligible AS before, b.fsm_eligible AS after, count(*) AS pupils
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2022/23' AND a.term = 'SPR' AND (a.record_status < 100 OR a.record_status IS NULL)
  AND b.academic_year = '2024/25' AND b.term = 'SPR' AND (b.record_status < 100 OR b.record_status IS NULL)
GROUP BY a.fsm_eligible, b.fsm_eligible

-- id: N21
-- level: national
-- topic: mobility
-- title: Terms on roll in a year
SELECT terms, count(*) AS pupils
FROM (SELECT pmr_anon, count(DISTINCT term) AS terms FROM school_census_pupil
      WHERE academic_year = '2023/24' AND on_roll GROUP BY pmr_anon) t
GROUP BY terms

-- id: N22
-- level: national
-- topic: attainment
-- title: Attainment 8 by gender and year
SELECT academic_year, gender, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE in_national
GROUP BY academic_year, gender

-- id: N23
-- level: national
-- topic: attainment
-- title: Gap in Attainment 8 by free school meals, over the years
SELECT academic_year, avg(att8) FILTER (WHERE NOT fsm6) - avg(att8) FILTER (WHERE fsm6) AS gap
FROM ks4_pupil
WHERE in_national
GROUP BY academic_year
ORDER BY academic_year

-- id: N24
-- level: national
-- topic: attainment
-- title: Attainment by prior attainment and free school meals
SELECT prior_band, fsm6, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY prior_band, fsm6

-- id: N25
-- level: national
-- topic: attainment
-- title: Grades 9 to 5 in English and mathematics by special needs
SELECT sen_stage, gender, count(*) AS pupils, count(*) FILTER (WHERE basics_95) AS passed
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY sen_stage, gender

-- id: N26
-- level: national
-- topic: attainment
-- title: Progress 8 by first language and free school meals
SELECT eal_group, fsm6, count(p8) AS pupils, avg(p8) AS p8
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national AND in_p8
GROUP BY eal_group, fsm6

-- id: N27
-- level: national
-- topic: attainment
-- title: Entries to the EBacc by prior attainment and gender
SELECT prior_band, gender, avg(ebacc_entry::INT) AS entry_rate, avg(ebacc_aps) AS aps
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY prior_band, gender

-- id: N28
-- level: national
-- topic: attainment
-- title: Bands of Attainment 8
SELECT floor(att8 / 10) * 10 AS band, count(*) AS pupils
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY band
ORDER BY band

-- id: N29
-- level: national
-- topic: attainment
-- title: Attainment 8 by month of birth
SELECT month_of_birth, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE in_national AND academic_year IN ('2022/23', '2023/24', '2024/25')
GROUP BY month_of_birth

-- id: N30
-- level: national
-- topic: attainment
-- title: Grades in mathematics
SELECT maths_grade, count(*) AS pupils
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY maths_grade

-- id: N31
-- level: national
-- topic: attainment
-- title: Disadvantage and attainment
SELECT academic_year, disadvantaged, count(*) AS pupils, avg(att8) AS att8, avg(p8) AS p8
FROM ks4_pupil
WHERE in_national AND academic_year <= '2023/24'
GROUP BY academic_year, disadvantaged

-- id: N32
-- level: national
-- topic: attainment
-- title: Key stage 2 by gender and year
SELECT academic_year, gender, count(*) AS pupils, avg(rwm_expected::INT) AS met, avg(read_score) AS reading,
       avg(maths_score) AS maths
FROM ks2_pupil
WHERE in_national AND academic_year >= '2022/23'
GROUP BY academic_year, gender

-- id: N33
-- level: national
-- topic: attainment
-- title: Key stage 2 by month of birth and free school meals
SELECT month_of_birth, fsm6, count(*) AS pupils, avg(read_score) AS reading
FROM ks2_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY month_of_birth, fsm6

-- id: N34
-- level: national
-- topic: attainment
-- title: Expected standard at key stage 2 by special needs
SELECT academic_year, sen_stage, count(*) AS pupils, count(*) FILTER (WHERE rwm_expected) AS met
FROM ks2_pupil
WHERE in_national AND academic_year >= '2022/23'
GROUP BY academic_year, sen_stage

-- id: N35
-- level: national
-- topic: attainment
-- title: Progress from key stage 1 to 2 by first language
SELECT eal_group, count(*) AS pupils, avg(read_progress) AS reading, avg(maths_progress) AS maths
FROM ks2_pupil
WHERE academic_year = '2022/23' AND in_national
GROUP BY eal_group

-- id: N36
-- level: national
-- topic: cohort
-- title: Key stage 2 to key stage 4 by expected standard
SELECT b.academic_year, a.rwm_expected, count(*) AS pupils, avg(b.att8) AS att8
FROM ks4_pupil b JOIN ks2_pupil a ON a.pmr_anon = b.pmr_anon
WHERE a.in_national AND b.in_national
GROUP BY b.academic_year, a.rwm_expected

-- id: N37
-- level: national
-- topic: cohort
-- title: Reading at eleven and grades at sixteen, by free school meals
SELECT CASE WHEN a.read_score >= 110 THEN 'high' WHEN a.read_score >= 100 THEN 'expected' ELSE 'below' END AS reading,
       b.fsm6, count(*) AS pupils, avg(b.basics_95::INT) AS passed
FROM ks4_pupil b JOIN ks2_pupil a ON a.pmr_anon = b.pmr_anon
WHERE a.in_national AND b.in_national AND b.academic_year = '2023/24' AND a.read_score IS NOT NULL
GROUP BY reading, b.fsm6

-- id: N38
-- level: national
-- topic: cohort
-- title: Value added over prior groups, by gender
WITH expected AS (
    SELECT prior_band, avg(att8) AS att8 FROM ks4_pupil WHERE academic_year = '2024/25' AND in_national GROUP BY prior_band
)
SELECT k.gender, avg(k.att8 - e.att8) AS value_added, count(*) AS pupils
FROM ks4_pupil k JOIN expected e ON e.prior_band = k.prior_band
WHERE k.academic_year = '2024/25' AND k.in_national
GROUP BY k.gender

-- id: N39
-- level: national
-- topic: absence
-- title: Absence rates by year group and year
SELECT academic_year, nc_year, sum(overall_year) * 100.0 / sum(sessions_possible_year) AS rate
FROM absence
WHERE main_record
GROUP BY academic_year, nc_year

-- id: N40
-- level: national
-- topic: absence
-- title: Persistent absence by free school meals and gender
SELECT academic_year, fsm_eligible, gender, count(*) AS pupils, avg(persistent_absentee::INT) AS persistent
FROM absence
WHERE main_record
GROUP BY academic_year, fsm_eligible, gender

-- id: N41
-- level: national
-- topic: absence
-- title: Absence by special needs provision
SELECT sen_provision, count(*) AS pupils, sum(authorised_year) * 100.0 / sum(sessions_possible_year) AS authorised,
       sum(unauthorised_year) * 100.0 / sum(sessions_possible_year) AS unauthorised
FROM absence
WHERE academic_year = '2023/24' AND main_record
GROUP BY sen_provision

-- id: N42
-- level: national
-- topic: absence
-- title: Absence by minor ethnic group
SELECT ethnic_group_minor, count(*) AS pupils, sum(overall_year) * 100.0 / sum(sessions_possible_year) AS rate
FROM absence
WHERE academic_year = '2024/25' AND main_record
GROUP BY ethnic_group_minor

-- id: N43
-- level: national
-- topic: absence
-- title: Term by term
SELECT academic_year, sum(overall_autumn) * 100.0 / sum(sessions_possible_autumn) AS autumn,
       sum(overall_spring) * 100.0 / sum(sessions_possible_spring) AS spring,
       sum(overall_summer) * 100.0 / sum(sessions_possible_summer) AS summer
FROM absence
WHERE main_record
GROUP BY academic_year

-- id: N44
-- level: national
-- topic: absence
-- title: Attainment by bands of absence
SELECT CASE WHEN a.overall_year >= 38 THEN 'persistent' WHEN a.overall_year >= 20 THEN 'at risk' ELSE 'other' END AS band,
       k.fsm6, count(*) AS pupils, avg(k.att8) AS att8
FROM ks4_pupil k JOIN absence a ON a.pmr_anon = k.pmr_anon AND a.academic_year = k.academic_year
WHERE k.academic_year = '2023/24' AND k.in_national AND a.main_record
GROUP BY band, k.fsm6

-- id: N45
-- level: national
-- topic: absence
-- title: Illness by year group
SELECT nc_year, sum(reason_i_year) AS illness, sum(reason_m_year) AS appointments
FROM absence
WHERE academic_year = '2024/25' AND main_record
GROUP BY nc_year

-- id: N46
-- level: national
-- topic: exclusions
-- title: Suspensions and permanent exclusions by year
SELECT academic_year, category, count(*) AS exclusions, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
GROUP BY academic_year, category

-- id: N47
-- level: national
-- topic: exclusions
-- title: Suspensions by year group and gender
SELECT nc_year, gender, count(*) AS suspensions, count(DISTINCT pmr_anon) AS pupils, avg(sessions) AS mean_sessions
FROM exclusion
WHERE academic_year = '2023/24' AND category = 'SUSP'
GROUP BY nc_year, gender

-- id: N48
-- level: national
-- topic: exclusions
-- title: Suspended pupils by free school meals and special needs
SELECT academic_year, fsm_eligible, sen_provision, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE category = 'SUSP'
GROUP BY academic_year, fsm_eligible, sen_provision

-- id: N49
-- level: national
-- topic: exclusions
-- title: Reasons for exclusion
SELECT reason, category, count(*) AS exclusions, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE academic_year = '2023/24'
GROUP BY reason, category

-- id: N50
-- level: national
-- topic: exclusions
-- title: Share ever suspended in a year, by ethnic group
SELECT c.ethnic_group_major, count(*) AS pupils, count(e.pmr_anon) AS suspended
FROM school_census_pupil c
LEFT JOIN (SELECT pmr_anon FROM exclusion WHERE academic_year = '2023/24' AND category = 'SUSP' GROUP BY pmr_anon) e
  ON e.pmr_anon = c.pmr_anon
WHERE c.academic_year = '2023/24' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY c.ethnic_group_major

-- id: N51
-- level: national
-- topic: exclusions
-- title: Attainment of pupils ever excluded
SELECT k.gender, count(*) AS pupils, avg(k.att8) AS att8
FROM ks4_pupil k
WHERE k.in_national AND k.academic_year = '2024/25'
  AND EXISTS (SELECT 1 FROM exclusion e WHERE e.pmr_anon = k.pmr_anon)
GROUP BY k.gender

-- id: N52
-- level: national
-- topic: composition
-- title: Class type of the early years
SELECT nc_year, part_time, count(*) AS pupils, avg(hours_at_setting) AS hours
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND nc_year IN ('N1', 'N2', 'R')
GROUP BY nc_year, part_time

-- id: N53
-- level: national
-- topic: attainment
-- title: Median Attainment 8 by region
SELECT s.region, median(k.att8) AS att8
FROM ks4_pupil k JOIN school s ON s.urn = k.urn
WHERE k.academic_year = '2024/25' AND k.in_national
GROUP BY s.region

-- id: N54
-- level: national
-- topic: attainment
-- title: Spread of Attainment 8 by year
SELECT academic_year, avg(att8) AS att8, stddev_samp(att8) AS spread
FROM ks4_pupil
WHERE in_national
GROUP BY academic_year

-- id: L01
-- level: la
-- topic: composition
-- title: Pupils by authority and gender
SELECT la_code, gender, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, gender

-- id: L02
-- level: la
-- topic: composition
-- title: Pupils by authority over the years
SELECT academic_year, la_code, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, la_code

-- id: L03
-- level: la
-- topic: composition
-- title: Headcount of each authority by term
SELECT la_code, term, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, term

-- id: L04
-- level: la
-- topic: fsm
-- title: Free school meals by authority
SELECT la.la_name, count(*) AS pupils, count(*) FILTER (WHERE c.fsm_eligible) AS fsm,
       round(100.0 * count(*) FILTER (WHERE c.fsm_eligible) / count(*), 1) AS pct_fsm
FROM school_census_pupil c JOIN local_authority la ON la.la_code = c.la_code
WHERE c.academic_year = '2024/25' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY la.la_name
ORDER BY pct_fsm DESC

-- id: L05
-- level: la
-- topic: fsm
-- title: Free school meals by authority and phase
SELECT la_code, phase, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase IN ('PS', 'SS')
GROUP BY la_code, phase, fsm_eligible

-- id: L06
-- level: la
-- topic: fsm
-- title: Trend of free school meals in each authority
SELECT academic_year, la_code, avg(fsm_eligible::INT) AS share
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL) AND on_roll
GROUP BY academic_year, la_code

-- id: L07
-- level: la
-- topic: fsm
-- title: Free school meals by authority and year group
SELECT la_code, nc_year, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND nc_year IN ('1', '2', '3', '4', '5', '6')
GROUP BY la_code, nc_year, fsm_eligible

-- id: L08
-- level: la
-- topic: composition
-- title: Major ethnic group by authority
SELECT la_code, ethnic_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, ethnic_group_major

-- id: L09
-- level: la
-- topic: composition
-- title: Minor ethnic group by authority
SELECT la_code, ethnic_group_minor, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, ethnic_group_minor

-- id: L10
-- level: la
-- topic: composition
-- title: Share of pupils not White, by authority and phase
SELECT la_code, phase, count(*) AS pupils, count(*) FILTER (WHERE ethnic_group_major <> 'WHIT') AS others
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, phase

-- id: L11
-- level: la
-- topic: eal
-- title: First language by authority
SELECT la_code, language_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, language_group_major

-- id: L12
-- level: la
-- topic: eal
-- title: Pupils with another first language, by authority and year group
SELECT la_code, nc_year, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND language_group_major = '2_OTH'
GROUP BY la_code, nc_year

-- id: L13
-- level: la
-- topic: sen
-- title: Special needs provision by authority
SELECT la_code, sen_provision, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, sen_provision

-- id: L14
-- level: la
-- topic: sen
-- title: Education plans by authority over the years
SELECT academic_year, la_code, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND sen_provision = 'E'
GROUP BY academic_year, la_code

-- id: L15
-- level: la
-- topic: sen
-- title: Special needs by authority and gender
SELECT la_code, gender, sen_provision_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) AND on_roll
GROUP BY la_code, gender, sen_provision_major

-- id: L16
-- level: la
-- topic: sen
-- title: Pupils with a plan, by authority and phase
SELECT la_code, phase, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND sen_provision = 'E'
GROUP BY la_code, phase

-- id: L17
-- level: la
-- topic: sen
-- title: Primary type of need by authority
SELECT la_code, sen_type_primary, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND sen_provision = 'E'
GROUP BY la_code, sen_type_primary

-- id: L18
-- level: la
-- topic: composition
-- title: Deprivation deciles by authority
SELECT la_code, idaci_decile, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND idaci_decile IS NOT NULL
GROUP BY la_code, idaci_decile

-- id: L19
-- level: la
-- topic: composition
-- title: Mean deprivation of pupils on free school meals
SELECT la_code, fsm_eligible, avg(idaci_score) AS idaci
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, fsm_eligible

-- id: L20
-- level: la
-- topic: mobility
-- title: Late joiners by authority
SELECT la_code, academic_year, count(*) AS pupils, count(*) FILTER (WHERE mobility) AS joined_late
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code, academic_year

-- id: L21
-- level: la
-- topic: mobility
-- title: Pupils who live in another authority than their school's
SELECT la_code, count(*) AS pupils, count(*) FILTER (WHERE home_la_code <> la_code) AS from_outside
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY la_code

-- id: L22
-- level: la
-- topic: mobility
-- title: Moves between schools by authority
SELECT b.la_code, count(*) AS pupils, count(*) FILTER (WHERE a.urn <> b.urn) AS moved
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2023/24' AND a.term = 'SPR' AND (a.record_status < 100 OR a.record_status IS NULL)
  AND b.academic_year = '2024/25' AND b.term = 'SPR' AND (b.record_status < 100 OR b.record_status IS NULL)
  AND b.nc_year IN ('2', '3', '4', '5', '6', '8', '9', '10', '11')
GROUP BY b.la_code

-- id: L23
-- level: la
-- topic: attainment
-- title: Attainment 8 by authority and year
SELECT academic_year, la_code, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE in_national
GROUP BY academic_year, la_code

-- id: L24
-- level: la
-- topic: attainment
-- title: Attainment 8 by authority and gender
SELECT la_code, gender, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY la_code, gender

-- id: L25
-- level: la
-- topic: attainment
-- title: Gap in Attainment 8 by authority
SELECT la_code, avg(att8) FILTER (WHERE fsm6) AS fsm, avg(att8) FILTER (WHERE NOT fsm6) AS others
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY la_code

-- id: L26
-- level: la
-- topic: attainment
-- title: Rank of authorities by Progress 8
SELECT la_code, avg(p8) AS p8, rank() OVER (ORDER BY avg(p8) DESC) AS place
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY la_code
ORDER BY place

-- id: L27
-- level: la
-- topic: attainment
-- title: Authorities against the country
SELECT la_code, avg(att8) AS att8,
       avg(att8) - (SELECT avg(att8) FROM ks4_pupil WHERE academic_year = '2023/24' AND in_national) AS difference
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY la_code

-- id: L28
-- level: la
-- topic: attainment
-- title: English and mathematics by authority and prior attainment
SELECT la_code, prior_band, count(*) AS pupils, avg(basics_94::INT) AS passed
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY la_code, prior_band

-- id: L29
-- level: la
-- topic: attainment
-- title: Attainment by authority and special needs
SELECT la_code, sen_stage, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE academic_year IN ('2023/24', '2024/25') AND in_national
GROUP BY la_code, sen_stage

-- id: L30
-- level: la
-- topic: attainment
-- title: Entries to the EBacc by authority and free school meals
SELECT la_code, fsm6, count(*) AS pupils, count(*) FILTER (WHERE ebacc_entry) AS entered
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY la_code, fsm6

-- id: L31
-- level: la
-- topic: attainment
-- title: Expected standard at key stage 2 by authority and year
SELECT academic_year, la_code, count(*) AS pupils, avg(rwm_expected::INT) AS met
FROM ks2_pupil
WHERE in_national AND academic_year >= '2022/23'
GROUP BY academic_year, la_code

-- id: L32
-- level: la
-- topic: attainment
-- title: Reading and mathematics at key stage 2 by authority and gender
SELECT la_code, gender, avg(read_score) AS reading, avg(maths_score) AS maths
FROM ks2_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY la_code, gender

-- id: L33
-- level: la
-- topic: attainment
-- title: Key stage 2 by authority and free school meals
SELECT la_code, fsm6, count(*) AS pupils, avg(rwm_expected::INT) AS met
FROM ks2_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY la_code, fsm6

-- id: L34
-- level: la
-- topic: cohort
-- title: Key stage 2 to 4 by authority
SELECT b.la_code, a.rwm_expected, count(*) AS pupils, avg(b.att8) AS att8
FROM ks4_pupil b JOIN ks2_pupil a ON a.pmr_anon = b.pmr_anon
WHERE a.in_national AND b.in_national AND b.academic_year = '2022/23'
GROUP BY b.la_code, a.rwm_expected

-- id: L35
-- level: la
-- topic: cohort
-- title: Pupils of Year 6 who stay in their authority
SELECT a.la_code, count(*) AS pupils, count(*) FILTER (WHERE b.la_code = a.la_code) AS stayed
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2022/23' AND a.term = 'SUM' AND (a.record_status < 100 OR a.record_status IS NULL)
  AND a.nc_year = '6' AND b.academic_year = '2023/24' AND b.term = 'AUT'
  AND (b.record_status < 100 OR b.record_status IS NULL)
GROUP BY a.la_code

-- id: L36
-- level: la
-- topic: absence
-- title: Absence rates by authority and year
SELECT s.la_code, a.academic_year, sum(a.overall_year) * 100.0 / sum(a.sessions_possible_year) AS rate
FROM absence a JOIN school s ON s.urn = a.urn
WHERE a.main_record
GROUP BY s.la_code, a.academic_year

-- id: L37
-- level: la
-- topic: absence
-- title: Persistent absence by authority and free school meals
SELECT s.la_code, a.fsm_eligible, count(*) AS pupils, count(*) FILTER (WHERE a.persistent_absentee) AS persistent
FROM absence a JOIN school s ON s.urn = a.urn
WHERE a.academic_year = '2024/25' AND a.main_record
GROUP BY s.la_code, a.fsm_eligible

-- id: L38
-- level: la
-- topic: absence
-- title: Unauthorised absence by authority and gender
SELECT s.la_code, a.gender, sum(a.unauthorised_year) * 100.0 / sum(a.sessions_possible_year) AS rate
FROM absence a JOIN school s ON s.urn = a.urn
WHERE a.academic_year = '2023/24' AND a.main_record
GROUP BY s.la_code, a.gender

-- id: L39
-- level: la
-- topic: absence
-- title: Severe absence in secondary schools, by authority
SELECT s.la_code, a.academic_year, count(*) AS pupils, avg(a.severe_absentee::INT) AS severe
FROM absence a JOIN school s ON s.urn = a.urn
WHERE a.main_record AND a.nc_year IN ('7', '8', '9', '10', '11')
GROUP BY s.la_code, a.academic_year

-- id: L40
-- level: la
-- topic: exclusions
-- title: Suspensions by authority and year
SELECT academic_year, la_code, count(*) AS suspensions, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE category = 'SUSP'
GROUP BY academic_year, la_code

-- id: L41
-- level: la
-- topic: exclusions
-- title: Suspended pupils by authority and gender
SELECT la_code, gender, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE academic_year = '2024/25' AND category = 'SUSP'
GROUP BY la_code, gender

-- id: L42
-- level: la
-- topic: exclusions
-- title: Suspended pupils by authority and special needs
SELECT la_code, sen_provision, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE academic_year = '2023/24' AND category = 'SUSP'
GROUP BY la_code, sen_provision

-- id: L43
-- level: la
-- topic: exclusions
-- title: Suspension rate by authority
WITH pupils AS (
    SELECT la_code, count(*) AS n FROM school_census_pupil
    WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) GROUP BY la_code
), suspensions AS (
    SELECT la_code, count(*) AS n FROM exclusion
    WHERE academic_year = '2023/24' AND category = 'SUSP' GROUP BY la_code
)
SELECT p.la_code, 100.0 * s.n / p.n AS rate
FROM pupils p JOIN suspensions s ON s.la_code = p.la_code
ORDER BY rate DESC

-- id: L44
-- level: la
-- topic: composition
-- title: Margins of region and authority
SELECT s.region, s.la_code, count(*) AS pupils
FROM school_census_pupil c JOIN school s ON s.urn = c.urn
WHERE c.academic_year = '2024/25' AND c.term = 'AUT' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY ROLLUP (s.region, s.la_code)

-- id: L46
-- level: la
-- topic: attainment
-- title: Median reading score by authority
SELECT la_code, median(read_score) AS reading
FROM ks2_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY la_code

-- id: S01
-- level: school
-- topic: composition
-- title: Pupils of each school over the years
SELECT academic_year, urn, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, urn

-- id: S02
-- level: school
-- topic: composition
-- title: Pupils of each school by gender
SELECT urn, gender, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, gender

-- id: S03
-- level: school
-- topic: composition
-- title: Year groups of each school
SELECT urn, nc_year, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, nc_year

-- id: S04
-- level: school
-- topic: composition
-- title: Headcounts of each school by term
SELECT urn, term, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND (record_status < 100 OR record_status IS NULL) AND on_roll
GROUP BY urn, term

-- id: S05
-- level: school
-- topic: fsm
-- title: Free school meals in each school
SELECT c.urn, s.school_name, count(*) AS pupils, count(*) FILTER (WHERE c.fsm_eligible) AS fsm
FROM school_census_pupil c JOIN school s ON s.urn = c.urn
WHERE c.academic_year = '2024/25' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY c.urn, s.school_name

-- id: S06
-- level: school
-- topic: fsm
-- title: Free school meals by school and year
SELECT academic_year, urn, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, urn, fsm_eligible

-- id: S07
-- level: school
-- topic: fsm
-- title: Free school meals by school and year group
SELECT urn, nc_year, fsm_eligible, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase = 'PS'
GROUP BY urn, nc_year, fsm_eligible

-- id: S08
-- level: school
-- topic: fsm
-- title: Ever eligible in each secondary school, by gender
SELECT urn, gender, ever_fsm_6, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase = 'SS'
GROUP BY urn, gender, ever_fsm_6

-- id: S09
-- level: school
-- topic: composition
-- title: Major ethnic groups of each school
SELECT urn, ethnic_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, ethnic_group_major

-- id: S10
-- level: school
-- topic: composition
-- title: Share of the largest ethnic group in each school
SELECT urn, count(*) AS pupils, count(*) FILTER (WHERE ethnic_group_major = 'WHIT') AS white
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn

-- id: S11
-- level: school
-- topic: eal
-- title: First language in each school
SELECT urn, language_group_major, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, language_group_major

-- id: S12
-- level: school
-- topic: eal
-- title: Share with another first language, by school and year
SELECT academic_year, urn, avg(CASE WHEN language_group_major = '2_OTH' THEN 1.0 ELSE 0.0 END) AS share
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY academic_year, urn

-- id: S13
-- level: school
-- topic: sen
-- title: Special needs provision in each school
SELECT urn, sen_provision, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, sen_provision

-- id: S14
-- level: school
-- topic: sen
-- title: Support and plans by school and gender
SELECT urn, gender, count(*) AS pupils, count(*) FILTER (WHERE sen_provision IN ('K', 'E')) AS with_needs
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, gender

-- id: S15
-- level: school
-- topic: sen
-- title: Type of need in each special school
SELECT urn, sen_type_primary, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase = 'SP'
GROUP BY urn, sen_type_primary

-- id: S16
-- level: school
-- topic: composition
-- title: Mean deprivation of each school
SELECT urn, avg(idaci_score) AS idaci, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn

-- id: S17
-- level: school
-- topic: composition
-- title: Most deprived pupils in each school
SELECT urn, count(*) AS pupils, count(*) FILTER (WHERE idaci_decile <= 3) AS deprived
FROM school_census_pupil
WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) AND on_roll
GROUP BY urn

-- id: S18
-- level: school
-- topic: mobility
-- title: Late joiners in each school
SELECT urn, mobility, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
GROUP BY urn, mobility

-- id: S19
-- level: school
-- topic: mobility
-- title: Leavers of each school before Year 11
SELECT a.urn, count(*) AS pupils, count(*) FILTER (WHERE b.urn <> a.urn) AS moved
FROM school_census_pupil a JOIN school_census_pupil b ON b.pmr_anon = a.pmr_anon
WHERE a.academic_year = '2023/24' AND a.term = 'AUT' AND (a.record_status < 100 OR a.record_status IS NULL)
  AND a.nc_year = '10' AND b.academic_year = '2024/25' AND b.term = 'SPR'
  AND (b.record_status < 100 OR b.record_status IS NULL)
GROUP BY a.urn

-- id: S20
-- level: school
-- topic: attainment
-- title: Attainment 8 and Progress 8 of each school
SELECT urn, count(*) AS pupils, avg(att8) AS att8, avg(p8) AS p8
FROM ks4_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY urn

-- id: S21
-- level: school
-- topic: attainment
-- title: Attainment 8 by school and gender
SELECT urn, gender, count(*) AS pupils, avg(att8) AS att8
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY urn, gender

-- id: S22
-- level: school
-- topic: attainment
-- title: Attainment 8 by school and year
SELECT academic_year, urn, avg(att8) AS att8
FROM ks4_pupil
WHERE in_national
GROUP BY academic_year, urn

-- id: S23
-- level: school
-- topic: attainment
-- title: The gap in each school
SELECT urn, avg(att8) FILTER (WHERE fsm6) AS fsm, avg(att8) FILTER (WHERE NOT fsm6) AS others
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY urn

-- id: S24
-- level: school
-- topic: attainment
-- title: Grades in English and mathematics by school and prior attainment
SELECT urn, prior_band, count(*) AS pupils, count(*) FILTER (WHERE basics_94) AS passed
FROM ks4_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY urn, prior_band

-- id: S25
-- level: school
-- topic: attainment
-- title: Value added of each school over prior groups
WITH expected AS (
    SELECT prior_band, avg(att8) AS att8 FROM ks4_pupil WHERE academic_year = '2023/24' AND in_national GROUP BY prior_band
)
SELECT k.urn, avg(k.att8 - e.att8) AS value_added, count(*) AS pupils
FROM ks4_pupil k JOIN expected e ON e.prior_band = k.prior_band
WHERE k.academic_year = '2023/24' AND k.in_national
GROUP BY k.urn
HAVING count(*) >= 30

-- id: S26
-- level: school
-- topic: attainment
-- title: Key stage 2 in each school
SELECT urn, count(*) AS pupils, avg(read_score) AS reading, avg(maths_score) AS maths, avg(rwm_expected::INT) AS met
FROM ks2_pupil
WHERE academic_year = '2024/25' AND in_national
GROUP BY urn

-- id: S27
-- level: school
-- topic: attainment
-- title: Key stage 2 by school and year
SELECT academic_year, urn, count(*) AS pupils, avg(maths_score) AS maths
FROM ks2_pupil
WHERE in_national AND academic_year >= '2022/23'
GROUP BY academic_year, urn

-- id: S28
-- level: school
-- topic: attainment
-- title: Key stage 2 by school and gender
SELECT urn, gender, count(*) AS pupils, avg(read_score) AS reading
FROM ks2_pupil
WHERE academic_year = '2023/24' AND in_national
GROUP BY urn, gender

-- id: S29
-- level: school
-- topic: cohort
-- title: Key stage 2 to 4 in each school
SELECT b.urn, a.rwm_expected, count(*) AS pupils, avg(b.att8) AS att8
FROM ks4_pupil b JOIN ks2_pupil a ON a.pmr_anon = b.pmr_anon
WHERE a.in_national AND b.in_national AND b.academic_year = '2023/24'
GROUP BY b.urn, a.rwm_expected

-- id: S30
-- level: school
-- topic: absence
-- title: Absence of each school by year
SELECT urn, academic_year, sum(overall_year) * 100.0 / sum(sessions_possible_year) AS rate
FROM absence
WHERE main_record
GROUP BY urn, academic_year

-- id: S31
-- level: school
-- topic: absence
-- title: Absence by school and year group
SELECT urn, nc_year, sum(overall_year) AS missed, sum(sessions_possible_year) AS possible
FROM absence
WHERE academic_year = '2023/24' AND main_record
GROUP BY urn, nc_year

-- id: S32
-- level: school
-- topic: absence
-- title: Persistent absence in each school
SELECT urn, count(*) AS pupils, count(*) FILTER (WHERE persistent_absentee) AS persistent
FROM absence
WHERE academic_year = '2024/25' AND main_record
GROUP BY urn

-- id: S33
-- level: school
-- topic: absence
-- title: Absence by school and free school meals
SELECT urn, fsm_eligible, count(*) AS pupils, sum(overall_year) * 100.0 / sum(sessions_possible_year) AS rate
FROM absence
WHERE academic_year = '2024/25' AND main_record
GROUP BY urn, fsm_eligible

-- id: S34
-- level: school
-- topic: exclusions
-- title: Suspensions of each school
SELECT urn, academic_year, count(*) AS suspensions, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE category = 'SUSP'
GROUP BY urn, academic_year

-- id: S35
-- level: school
-- topic: exclusions
-- title: Suspended pupils by school and gender
SELECT urn, gender, count(DISTINCT pmr_anon) AS pupils
FROM exclusion
WHERE academic_year = '2024/25' AND category = 'SUSP'
GROUP BY urn, gender

-- id: S36
-- level: school
-- topic: composition
-- title: Schools by band of free school meals
WITH schools AS (
    SELECT urn, avg(fsm_eligible::INT) AS share FROM school_census_pupil
    WHERE academic_year = '2023/24' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) GROUP BY urn
)
SELECT CASE WHEN share < 0.1 THEN 'low' WHEN share < 0.3 THEN 'middle' ELSE 'high' END AS band, count(*) AS schools
FROM schools
GROUP BY band

-- id: S37
-- level: school
-- topic: attainment
-- title: Results of schools by their share of free school meals
WITH fsm AS (
    SELECT urn, avg(fsm_eligible::INT) AS share FROM school_census_pupil
    WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) GROUP BY urn
), results AS (
    SELECT urn, avg(att8) AS att8 FROM ks4_pupil WHERE academic_year = '2024/25' AND in_national GROUP BY urn
)
SELECT CASE WHEN fsm.share < 0.1 THEN 'low' WHEN fsm.share < 0.3 THEN 'middle' ELSE 'high' END AS band,
       count(*) AS schools, avg(results.att8) AS att8
FROM fsm JOIN results ON results.urn = fsm.urn
GROUP BY band

-- id: S38
-- level: school
-- topic: composition
-- title: Year groups of secondary schools by gender
SELECT urn, nc_year, gender, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase = 'SS'
GROUP BY urn, nc_year, gender

-- id: S39
-- level: school
-- topic: sen
-- title: Education plans in mainstream schools, by year
SELECT academic_year, urn, count(*) AS pupils, count(*) FILTER (WHERE sen_provision = 'E') AS plans
FROM school_census_pupil
WHERE term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND phase IN ('PS', 'SS')
GROUP BY academic_year, urn

-- id: S40
-- level: school
-- topic: composition
-- title: Boarders and day pupils
SELECT urn, boarder, count(*) AS pupils
FROM school_census_pupil
WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL)
  AND boarder IN ('B', '6', '7')
GROUP BY urn, boarder

-- id: S41
-- level: school
-- topic: fsm
-- title: Segregation of free school meals between schools of an authority
WITH schools AS (
    SELECT la_code, urn, count(*) FILTER (WHERE fsm_eligible) AS f, count(*) FILTER (WHERE NOT fsm_eligible) AS g
    FROM school_census_pupil
    WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) GROUP BY la_code, urn
), totals AS (SELECT la_code, sum(f) AS tf, sum(g) AS tg FROM schools GROUP BY la_code)
SELECT s.la_code, sum(abs(s.f / t.tf - s.g / t.tg)) / 2 AS dissimilarity
FROM schools s JOIN totals t ON t.la_code = s.la_code
GROUP BY s.la_code
