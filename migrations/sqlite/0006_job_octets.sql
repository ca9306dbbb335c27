-- What jobs take: octets of the lines that wait, and of results.
-- Keep in step with migrations/postgres/0006_job_octets.sql.

ALTER TABLE jobs ADD COLUMN result_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET
    bytes = (SELECT CAST(COALESCE(SUM(LENGTH(line)), 0) AS BIGINT) FROM job_items WHERE job_items.job_id = jobs.job_id),
    result_bytes =
        (SELECT CAST(COALESCE(SUM(LENGTH(line)), 0) AS BIGINT) FROM job_results WHERE job_results.job_id = jobs.job_id);
UPDATE meta SET value = 6 WHERE name = 'schema_version' AND value < 6;
