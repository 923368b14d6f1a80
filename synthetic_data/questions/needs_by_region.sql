SELECT l.region, c.sen_type_primary, count(*) AS pupils
FROM school_census_pupil c
JOIN local_authority l ON l.la_code = c.la_code
WHERE c.academic_year = '2024/25' AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
GROUP BY 1, 2
ORDER BY 1, 2
