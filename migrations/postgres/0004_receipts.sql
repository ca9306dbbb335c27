-- Receipts of trusted third parties, given and received (order 547/НҚ п. 12), and requests that wait for an answer.
-- Keep in step with migrations/sqlite/0004_receipts.sql.

CREATE TABLE receipts (
    digest          BYTEA  NOT NULL PRIMARY KEY,
    direction       TEXT COLLATE "C" NOT NULL CHECK (direction IN ('issued', 'received')),
    party           TEXT COLLATE "C" NOT NULL,
    service         TEXT   NOT NULL,
    serial          TEXT COLLATE "C",
    transaction_id  TEXT COLLATE "C",
    document_digest BYTEA,
    asked_for       BIGINT,
    status          TEXT   NOT NULL,
    stated_at       BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    retained_until  BIGINT NOT NULL,
    signatures      BYTEA  NOT NULL,
    signed          BYTEA  NOT NULL,
    UNIQUE (direction, party, serial)
);
CREATE INDEX receipts_by_document ON receipts (document_digest, recorded_at);
CREATE INDEX receipts_by_time ON receipts (recorded_at, digest);

CREATE TABLE receipt_foundations (
    receipt    BYTEA NOT NULL REFERENCES receipts (digest),
    foundation BYTEA NOT NULL REFERENCES receipts (digest),
    PRIMARY KEY (receipt, foundation)
);

-- The only place where a document is held, and only until its answer is final.
CREATE TABLE receipt_requests (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    party           TEXT COLLATE "C" NOT NULL,
    document_digest BYTEA  NOT NULL,
    request         BYTEA  NOT NULL,
    asked_at        BIGINT NOT NULL,
    tries           BIGINT NOT NULL,
    next_try        BIGINT NOT NULL,
    outcome         TEXT   NOT NULL
);
CREATE INDEX receipt_requests_due ON receipt_requests (next_try, id);

CREATE TRIGGER receipts_stay BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipt_foundations_stay BEFORE UPDATE OR DELETE ON receipt_foundations FOR EACH ROW
EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipts_not_emptied BEFORE TRUNCATE ON receipts EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipt_foundations_not_emptied BEFORE TRUNCATE ON receipt_foundations EXECUTE FUNCTION qoltanba_never();

UPDATE meta SET value = 4 WHERE name = 'schema_version' AND value < 4;
