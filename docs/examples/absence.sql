SELECT l.region, c.fsm_eligible,
       count(*) AS pupils,
       round(100.0 * sum(a.overall_year) / sum(a.sessions_possible_year), 1) AS absence_rate
FROM absence a
JOIN school_census_pupil c USING (pmr_anon, academic_year)
JOIN local_authority l ON l.la_code = c.la_code
WHERE a.academic_year = '2023/24' AND a.main_record
  AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
  AND c.nc_year = '11'
GROUP BY 1, 2
ORDER BY 1, 2
