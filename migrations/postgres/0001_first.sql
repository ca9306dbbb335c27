-- The first schema. Columns are TEXT, BYTEA and BIGINT (milliseconds since 1970, or a count) and nothing else, so that
-- one SQL text serves this dialect and SQLite. Text that is compared or sorted is COLLATE "C", as SQLite compares it.
-- Keep in step with migrations/sqlite/0001_first.sql.

CREATE TABLE meta (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('schema_version', 1);

CREATE TABLE documents (
    number         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind           TEXT COLLATE "C" NOT NULL,
    issuer_bin     TEXT COLLATE "C" NOT NULL,
    applicant_id   TEXT COLLATE "C" NOT NULL,
    request_id     TEXT COLLATE "C",
    request_digest BYTEA  CHECK ((request_digest IS NULL) = (request_id IS NULL)),
    content        BYTEA  NOT NULL,
    content_digest BYTEA  NOT NULL,
    signed         BYTEA  NOT NULL,
    digest         BYTEA  NOT NULL,
    issued_at      BIGINT NOT NULL,
    superseded_by  TEXT COLLATE "C" REFERENCES documents (number) CHECK (superseded_by <> number),
    UNIQUE (issuer_bin, request_id)
);
CREATE INDEX documents_by_time ON documents (issued_at, number);
CREATE INDEX documents_by_applicant ON documents (applicant_id, issued_at, number);
CREATE INDEX documents_by_issuer ON documents (issuer_bin, issued_at, number);
CREATE INDEX documents_by_kind ON documents (kind, issued_at, number);

CREATE TABLE records (
    number          TEXT COLLATE "C" NOT NULL REFERENCES documents (number),
    sequence        BIGINT NOT NULL CHECK (sequence >= 1),
    action          TEXT   NOT NULL,
    effective_at    BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    content         BYTEA  NOT NULL,
    content_digest  BYTEA  NOT NULL,
    signed          BYTEA  NOT NULL,
    previous_digest BYTEA  CHECK ((previous_digest IS NULL) = (sequence = 1)),
    digest          BYTEA  NOT NULL,
    PRIMARY KEY (number, sequence)
);

CREATE TABLE number_series (
    series TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next   BIGINT NOT NULL
);

CREATE TABLE api_keys (
    key_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret_digest BYTEA  NOT NULL,
    role          TEXT   NOT NULL,
    label         TEXT   NOT NULL,
    scope         TEXT,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT
);

CREATE TABLE trust_snapshots (
    digest      BYTEA  NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL UNIQUE,
    issued_at   BIGINT NOT NULL,
    signed      BYTEA  NOT NULL,
    received_at BIGINT NOT NULL
);

-- What was signed stays as it was signed: only `superseded_by` may change, once, from nothing to a number.
CREATE FUNCTION qoltanba_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'qoltanba: a row of % is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER documents_stay BEFORE UPDATE ON documents FOR EACH ROW
WHEN (OLD.superseded_by IS NOT NULL
   OR NEW.superseded_by IS NULL
   OR (NEW.number, NEW.kind, NEW.issuer_bin, NEW.applicant_id, NEW.request_id, NEW.request_digest, NEW.content,
       NEW.content_digest, NEW.signed, NEW.digest, NEW.issued_at)
      IS DISTINCT FROM
      (OLD.number, OLD.kind, OLD.issuer_bin, OLD.applicant_id, OLD.request_id, OLD.request_digest, OLD.content,
       OLD.content_digest, OLD.signed, OLD.digest, OLD.issued_at))
EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER documents_remain BEFORE DELETE ON documents FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER records_stay BEFORE UPDATE OR DELETE ON records FOR EACH ROW EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER trust_snapshots_stay BEFORE UPDATE OR DELETE ON trust_snapshots FOR EACH ROW
EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER documents_not_emptied BEFORE TRUNCATE ON documents EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER records_not_emptied BEFORE TRUNCATE ON records EXECUTE FUNCTION qoltanba_never();
CREATE TRIGGER trust_snapshots_not_emptied BEFORE TRUNCATE ON trust_snapshots EXECUTE FUNCTION qoltanba_never();
