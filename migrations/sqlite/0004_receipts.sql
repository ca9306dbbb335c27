-- Receipts of trusted third parties, given and received (order 547/НҚ п. 12), and requests that wait for an answer.
-- Keep in step with migrations/postgres/0004_receipts.sql.

CREATE TABLE receipts (
    digest          BLOB   NOT NULL PRIMARY KEY,
    direction       TEXT   NOT NULL CHECK (direction IN ('issued', 'received')),
    party           TEXT   NOT NULL,
    service         TEXT   NOT NULL,
    serial          TEXT,
    transaction_id  TEXT,
    document_digest BLOB,
    asked_for       BIGINT,
    status          TEXT   NOT NULL,
    stated_at       BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    retained_until  BIGINT NOT NULL,
    signatures      BLOB   NOT NULL,
    signed          BLOB   NOT NULL,
    UNIQUE (direction, party, serial)
);
CREATE INDEX receipts_by_document ON receipts (document_digest, recorded_at);
CREATE INDEX receipts_by_time ON receipts (recorded_at, digest);

CREATE TABLE receipt_foundations (
    receipt    BLOB NOT NULL REFERENCES receipts (digest),
    foundation BLOB NOT NULL REFERENCES receipts (digest),
    PRIMARY KEY (receipt, foundation)
);

-- The only place where a document is held, and only until its answer is final.
CREATE TABLE receipt_requests (
    id              TEXT   NOT NULL PRIMARY KEY,
    party           TEXT   NOT NULL,
    document_digest BLOB   NOT NULL,
    request         BLOB   NOT NULL,
    asked_at        BIGINT NOT NULL,
    tries           BIGINT NOT NULL,
    next_try        BIGINT NOT NULL,
    outcome         TEXT   NOT NULL
);
CREATE INDEX receipt_requests_due ON receipt_requests (next_try, id);

CREATE TRIGGER receipts_stay BEFORE UPDATE ON receipts
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a receipt is never changed');
END;
CREATE TRIGGER receipts_remain BEFORE DELETE ON receipts
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a receipt is never deleted');
END;
CREATE TRIGGER receipt_foundations_stay BEFORE UPDATE ON receipt_foundations
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what a receipt rests on is never changed');
END;
CREATE TRIGGER receipt_foundations_remain BEFORE DELETE ON receipt_foundations
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what a receipt rests on is never deleted');
END;

UPDATE meta SET value = 4 WHERE name = 'schema_version' AND value < 4;
