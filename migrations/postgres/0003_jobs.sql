-- Jobs: batches that outlast a connection. Lines wait in job_items until they are judged; what they came to stands in job_results.
-- Keep in step with migrations/sqlite/0003_jobs.sql.

CREATE TABLE jobs (
    job_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner          TEXT COLLATE "C" NOT NULL,
    state          TEXT COLLATE "C" NOT NULL,
    trust_snapshot TEXT COLLATE "C" NOT NULL,
    validated_at   BIGINT NOT NULL,
    language       TEXT COLLATE "C" NOT NULL,
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
    job_id   TEXT COLLATE "C" NOT NULL REFERENCES jobs (job_id),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    refused  BIGINT NOT NULL,
    line     BYTEA  NOT NULL,
    PRIMARY KEY (job_id, sequence)
);

CREATE TABLE job_results (
    job_id   TEXT COLLATE "C" NOT NULL REFERENCES jobs (job_id),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    line     BYTEA  NOT NULL,
    PRIMARY KEY (job_id, sequence)
);

-- The snapshots that jobs are judged under, in their canonical form, for as long as a job needs them.
CREATE TABLE job_snapshots (
    digest  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content BYTEA  NOT NULL
);
UPDATE meta SET value = 3 WHERE name = 'schema_version' AND value < 3;
