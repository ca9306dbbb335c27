-- What the judgement of a receipt rested on (order 547/НҚ п. 12), each piece once however many receipts rest on it; and the
-- way out after the years of keeping (п. 13): what is written to an archive first may be deleted here, and nothing else.
-- Keep in step with migrations/postgres/0007_receipt_evidence.sql.

CREATE TABLE evidence (
    digest BLOB NOT NULL PRIMARY KEY,
    kind   TEXT NOT NULL CHECK (kind IN ('certificate', 'crl', 'ocsp')),
    octets BLOB NOT NULL
);

CREATE TABLE receipt_evidence (
    receipt  BLOB NOT NULL REFERENCES receipts (digest),
    evidence BLOB NOT NULL REFERENCES evidence (digest),
    PRIMARY KEY (receipt, evidence)
);
CREATE INDEX receipt_evidence_by_evidence ON receipt_evidence (evidence);
CREATE INDEX receipt_foundations_by_foundation ON receipt_foundations (foundation);
CREATE INDEX receipts_by_retention ON receipts (retained_until, digest);

-- What left, and when: a receipt that is brought again after that is kept again.
CREATE TABLE archived_receipts (
    digest         BLOB   NOT NULL,
    recorded_at    BIGINT NOT NULL,
    retained_until BIGINT NOT NULL,
    archived_at    BIGINT NOT NULL,
    PRIMARY KEY (digest, recorded_at)
);

DROP TRIGGER receipts_remain;
CREATE TRIGGER receipts_remain BEFORE DELETE ON receipts
WHEN NOT EXISTS (
    SELECT 1 FROM archived_receipts a
    WHERE a.digest = OLD.digest AND a.recorded_at = OLD.recorded_at AND a.archived_at >= OLD.retained_until
)
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a receipt is never deleted before it is archived');
END;
DROP TRIGGER receipt_foundations_remain;
CREATE TRIGGER receipt_foundations_remain BEFORE DELETE ON receipt_foundations
WHEN NOT EXISTS (
    SELECT 1 FROM archived_receipts a JOIN receipts r ON r.digest = a.digest AND r.recorded_at = a.recorded_at
    WHERE a.digest = OLD.receipt
)
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what a receipt rests on is never deleted before it is archived');
END;
CREATE TRIGGER receipt_evidence_stay BEFORE UPDATE ON receipt_evidence
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what a receipt rests on is never changed');
END;
CREATE TRIGGER receipt_evidence_remain BEFORE DELETE ON receipt_evidence
WHEN NOT EXISTS (
    SELECT 1 FROM archived_receipts a JOIN receipts r ON r.digest = a.digest AND r.recorded_at = a.recorded_at
    WHERE a.digest = OLD.receipt
)
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what a receipt rests on is never deleted before it is archived');
END;
-- While a receipt rests on it, its foreign key forbids deletion.
CREATE TRIGGER evidence_stay BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: evidence is never changed');
END;
CREATE TRIGGER archived_receipts_stay BEFORE UPDATE ON archived_receipts
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what was archived is never changed');
END;
CREATE TRIGGER archived_receipts_remain BEFORE DELETE ON archived_receipts
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: what was archived is never deleted');
END;

UPDATE meta SET value = 7 WHERE name = 'schema_version' AND value < 7;
