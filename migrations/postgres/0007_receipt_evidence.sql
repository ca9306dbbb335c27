-- What the judgement of a receipt rested on (order 547/НҚ п. 12), each piece once however many receipts rest on it; and the
-- way out after the years of keeping (п. 13): what is written to an archive first may be deleted here, and nothing else.
-- Keep in step with migrations/sqlite/0007_receipt_evidence.sql.

CREATE TABLE evidence (
    digest BYTEA NOT NULL PRIMARY KEY,
    kind   TEXT COLLATE "C" NOT NULL CHECK (kind IN ('certificate', 'crl', 'ocsp')),
    octets BYTEA NOT NULL
);

CREATE TABLE receipt_evidence (
    receipt  BYTEA NOT NULL REFERENCES receipts (digest),
    evidence BYTEA NOT NULL REFERENCES evidence (digest),
    PRIMARY KEY (receipt, evidence)
);
CREATE INDEX receipt_evidence_by_evidence ON receipt_evidence (evidence);
CREATE INDEX receipt_foundations_by_foundation ON receipt_foundations (foundation);
CREATE INDEX receipts_by_retention ON receipts (retained_until, digest);

-- What left, and when: a receipt that is brought again after that is kept again.
CREATE TABLE archived_receipts (
    digest         BYTEA  NOT NULL,
    recorded_at    BIGINT NOT NULL,
    retained_until BIGINT NOT NULL,
    archived_at    BIGINT NOT NULL,
    PRIMARY KEY (digest, recorded_at)
);

CREATE FUNCTION qoltanba_receipt_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM archived_receipts a
        WHERE a.digest = OLD.digest AND a.recorded_at = OLD.recorded_at AND a.archived_at >= OLD.retained_until
    ) THEN
        RAISE EXCEPTION 'qoltanba: a receipt is never deleted before it is archived' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END;
$$;
CREATE FUNCTION qoltanba_receipt_of_row_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM archived_receipts a JOIN receipts r ON r.digest = a.digest AND r.recorded_at = a.recorded_at
        WHERE a.digest = OLD.receipt
    ) THEN
        RAISE EXCEPTION 'qoltanba: what a receipt rests on is never deleted before it is archived'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END;
$$;

DROP TRIGGER receipts_stay ON receipts;
CREATE TRIGGER receipts_stay BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipts_remain BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION qoltanba_receipt_archived();
DROP TRIGGER receipt_foundations_stay ON receipt_foundations;
CREATE TRIGGER receipt_foundations_stay BEFORE UPDATE ON receipt_foundations FOR EACH ROW
EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipt_foundations_remain BEFORE DELETE ON receipt_foundations FOR EACH ROW
EXECUTE FUNCTION qoltanba_receipt_of_row_archived();
CREATE TRIGGER receipt_evidence_stay BEFORE UPDATE ON receipt_evidence FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipt_evidence_remain BEFORE DELETE ON receipt_evidence FOR EACH ROW
EXECUTE FUNCTION qoltanba_receipt_of_row_archived();
-- While a receipt rests on it, its foreign key forbids deletion.
CREATE TRIGGER evidence_stay BEFORE UPDATE ON evidence FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER archived_receipts_stay BEFORE UPDATE OR DELETE ON archived_receipts FOR EACH ROW
EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER receipt_evidence_not_emptied BEFORE TRUNCATE ON receipt_evidence EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER evidence_not_emptied BEFORE TRUNCATE ON evidence EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER archived_receipts_not_emptied BEFORE TRUNCATE ON archived_receipts EXECUTE FUNCTION qoltanba_never();

UPDATE meta SET value = 7 WHERE name = 'schema_version' AND value < 7;
