-- The log of the trust registry: what administrators proposed, approved, rejected and published, entry by entry, as they signed
-- it. Keep in step with migrations/postgres/0002_trust_log.sql.

CREATE TABLE trust_log (
    sequence    BIGINT NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    previous    BLOB   CHECK ((previous IS NULL) = (sequence = 1)),
    digest      BLOB   NOT NULL UNIQUE,
    recorded_at BIGINT NOT NULL,
    signed      BLOB   NOT NULL,
    received_at BIGINT NOT NULL
);
UPDATE meta SET value = 2 WHERE name = 'schema_version' AND value < 2;

CREATE TRIGGER trust_log_stays BEFORE UPDATE ON trust_log
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: an entry of the trust log is never changed');
END;
CREATE TRIGGER trust_log_remains BEFORE DELETE ON trust_log
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: an entry of the trust log is never deleted');
END;
