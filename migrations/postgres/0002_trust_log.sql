-- The log of the trust registry: what administrators proposed, approved, rejected and published, entry by entry, as they signed
-- it. Keep in step with migrations/sqlite/0002_trust_log.sql.

CREATE TABLE trust_log (
    sequence    BIGINT NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    previous    BYTEA  CHECK ((previous IS NULL) = (sequence = 1)),
    digest      BYTEA  NOT NULL UNIQUE,
    recorded_at BIGINT NOT NULL,
    signed      BYTEA  NOT NULL,
    received_at BIGINT NOT NULL
);
UPDATE meta SET value = 2 WHERE name = 'schema_version' AND value < 2;

CREATE TRIGGER trust_log_stays BEFORE UPDATE OR DELETE ON trust_log FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER trust_log_not_emptied BEFORE TRUNCATE ON trust_log EXECUTE FUNCTION qoltanba_never();
