-- Jobs: batches that outlast a connection. Lines wait in job_items until they are judged; what they came to stands in job_results.
-- Keep in step with migrations/postgres/0003_jobs.sql.

CREATE TABLE jobs (
    job_id         TEXT   NOT NULL PRIMARY KEY,
    owner          TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    trust_snapshot TEXT   NOT NULL,
    validated_at   BIGINT NOT NULL,
    language       TEXT   NOT NULL,
    explained      BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    items          BIGINT NOT NULL,
    bytes          BIGINT NOT NULL,
    judged         BIGINT NOT NULL CHECK (judged <= items),
    passed         BIGINT NOT NULL,
    failed         BIGINT NOT NULL,
    indeterminate  BIGINT NOT NULL,
    unreadable     BIGINT NOT NULL
);
CREATE INDEX jobs_by_owner ON jobs (owner);
CREATE INDEX jobs_by_state ON jobs (state, created_at);

CREATE TABLE job_items (
    job_id   TEXT   NOT NULL REFERENCES jobs (job_id),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    refused  BIGINT NOT NULL,
    line     BLOB   NOT NULL,
    PRIMARY KEY (job_id, sequence)
);

CREATE TABLE job_results (
    job_id   TEXT   NOT NULL REFERENCES jobs (job_id),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    line     BLOB   NOT NULL,
    PRIMARY KEY (job_id, sequence)
);

-- The snapshots that jobs are judged under, in their canonical form, for as long as a job needs them.
CREATE TABLE job_snapshots (
    digest  TEXT   NOT NULL PRIMARY KEY,
    content BLOB   NOT NULL
);
UPDATE meta SET value = 3 WHERE name = 'schema_version' AND value < 3;
