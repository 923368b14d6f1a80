SELECT c.la_code, c.surname, count(*) AS pupils
FROM school_census_pupil c
WHERE c.academic_year = '2024/25' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY 1, 2
