-- Where the lines of jobs stood in their body, blank lines counted: what a line without an id is called by.
-- Keep in step with migrations/sqlite/0005_job_lines.sql.

ALTER TABLE job_items ADD COLUMN line_number BIGINT NOT NULL DEFAULT 0;
UPDATE job_items SET line_number = sequence;
UPDATE meta SET value = 5 WHERE name = 'schema_version' AND value < 5;
