-- The first schema. Columns are TEXT, BLOB and BIGINT (milliseconds since 1970, or a count) and nothing else, so that
-- one SQL text serves this dialect and PostgreSQL. Keep in step with migrations/postgres/0001_first.sql.

CREATE TABLE meta (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('schema_version', 1);

CREATE TABLE documents (
    number         TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL,
    issuer_bin     TEXT   NOT NULL,
    applicant_id   TEXT   NOT NULL,
    request_id     TEXT,
    request_digest BLOB   CHECK ((request_digest IS NULL) = (request_id IS NULL)),
    content        BLOB   NOT NULL,
    content_digest BLOB   NOT NULL,
    signed         BLOB   NOT NULL,
    digest         BLOB   NOT NULL,
    issued_at      BIGINT NOT NULL,
    superseded_by  TEXT   REFERENCES documents (number) CHECK (superseded_by <> number),
    UNIQUE (issuer_bin, request_id)
);
CREATE INDEX documents_by_time ON documents (issued_at, number);
CREATE INDEX documents_by_applicant ON documents (applicant_id, issued_at, number);
CREATE INDEX documents_by_issuer ON documents (issuer_bin, issued_at, number);
CREATE INDEX documents_by_kind ON documents (kind, issued_at, number);

CREATE TABLE records (
    number          TEXT   NOT NULL REFERENCES documents (number),
    sequence        BIGINT NOT NULL CHECK (sequence >= 1),
    action          TEXT   NOT NULL,
    effective_at    BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    content         BLOB   NOT NULL,
    content_digest  BLOB   NOT NULL,
    signed          BLOB   NOT NULL,
    previous_digest BLOB   CHECK ((previous_digest IS NULL) = (sequence = 1)),
    digest          BLOB   NOT NULL,
    PRIMARY KEY (number, sequence)
);

CREATE TABLE number_series (
    series TEXT   NOT NULL PRIMARY KEY,
    next   BIGINT NOT NULL
);

CREATE TABLE api_keys (
    key_id        TEXT   NOT NULL PRIMARY KEY,
    secret_digest BLOB   NOT NULL,
    role          TEXT   NOT NULL,
    label         TEXT   NOT NULL,
    scope         TEXT,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT
);

CREATE TABLE trust_snapshots (
    digest      BLOB   NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL UNIQUE,
    issued_at   BIGINT NOT NULL,
    signed      BLOB   NOT NULL,
    received_at BIGINT NOT NULL
);

-- What was signed stays as it was signed: only `superseded_by` may change, once, from nothing to a number.
CREATE TRIGGER documents_stay BEFORE UPDATE ON documents
WHEN OLD.superseded_by IS NOT NULL
  OR NEW.superseded_by IS NULL
  OR NEW.number IS NOT OLD.number
  OR NEW.kind IS NOT OLD.kind
  OR NEW.issuer_bin IS NOT OLD.issuer_bin
  OR NEW.applicant_id IS NOT OLD.applicant_id
  OR NEW.request_id IS NOT OLD.request_id
  OR NEW.request_digest IS NOT OLD.request_digest
  OR NEW.content IS NOT OLD.content
  OR NEW.content_digest IS NOT OLD.content_digest
  OR NEW.signed IS NOT OLD.signed
  OR NEW.digest IS NOT OLD.digest
  OR NEW.issued_at IS NOT OLD.issued_at
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: an issued document is never changed');
END;
CREATE TRIGGER documents_remain BEFORE DELETE ON documents
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: an issued document is never deleted');
END;
CREATE TRIGGER records_stay BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a record is never changed');
END;
CREATE TRIGGER records_remain BEFORE DELETE ON records
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a record is never deleted');
END;
CREATE TRIGGER trust_snapshots_stay BEFORE UPDATE ON trust_snapshots
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a trust snapshot is never changed');
END;
CREATE TRIGGER trust_snapshots_remain BEFORE DELETE ON trust_snapshots
BEGIN
    SELECT RAISE(ABORT, 'qoltanba: a trust snapshot is never deleted');
END;
