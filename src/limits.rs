//! Every bound on foreign input, each with its unit and its reason.

use std::fmt;

/// A named bound. The name appears in errors, so that whoever hits it can find this line.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// Stable name, as told in errors.
    pub name: &'static str,
    /// The largest value that is still accepted.
    pub value: usize,
    /// What `value` counts.
    pub unit: &'static str,
}

impl Limit {
    /// Passes `actual` through where it keeps the bound.
    pub const fn check(&'static self, actual: usize) -> Result<(), LimitExceeded> {
        if actual > self.value { Err(LimitExceeded { limit: self }) } else { Ok(()) }
    }
}

/// Foreign input asked for more than a bound allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitExceeded {
    /// Which bound was hit.
    pub limit: &'static Limit,
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} {} (limit `{}`)", self.limit.value, self.limit.unit, self.limit.name)
    }
}

impl std::error::Error for LimitExceeded {}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $value:expr, $unit:literal;)*) => {
        $($(#[$doc])* pub static $name: Limit = Limit { name: stringify!($name), value: $value, unit: $unit };)*
    };
}

limits! {
    /// One document or other input file. The Kazakh TTP took at most 100 MB (order 149); twice that leaves room for
    /// base64 around it.
    INPUT_BYTES_MAX = 200 * 1024 * 1024, "bytes";
    /// Nesting of BER/DER values. Real messages stay below 20; a time stamp inside a signature inside a message
    /// reaches about 25.
    ASN1_DEPTH_MAX = 48, "levels";
    /// Values read from one message outside of its content: bounds the work an attacker can ask for per byte.
    ASN1_CHUNKS_MAX = 1 << 20, "chunks";
    /// Signers of one document. Practice: a handful; the largest known co-signed minutes have about 40.
    SIGNERS_MAX = 128, "signers";
    /// Certificates carried by one message.
    CERTIFICATES_MAX = 512, "certificates";
    /// CRLs carried by one message.
    CRLS_MAX = 64, "CRLs";
    /// Attributes of one signer, signed or unsigned.
    ATTRIBUTES_MAX = 128, "attributes";
    /// Signature time stamps of one signature.
    TIME_STAMPS_MAX = 16, "time stamps";
    /// Signature time stamps of one document, over all its signatures.
    DOCUMENT_TIME_STAMPS_MAX = 256, "time stamps";
    /// Signers of one document whose signatures cover the content itself: each digests it anew.
    DIRECT_SIGNERS_MAX = 8, "signers without signed attributes";
    /// Extensions of one certificate or CRL entry. Real certificates carry at most about 15.
    EXTENSIONS_MAX = 64, "extensions";
    /// One CRL. The largest public ones are about 60 MB.
    CRL_BYTES_MAX = 100 * 1024 * 1024, "bytes";
    /// Entries of one CRL; about 35 bytes each at least.
    CRL_ENTRIES_MAX = 3_000_000, "entries";
    /// Certificates in one certification path, anchor and target included. Public hierarchies use at most 5.
    PATH_LENGTH_MAX = 10, "certificates";
    /// Edges (issuer candidates and CRLs with a signature to check) that one document's path searches may spend. webpki
    /// allows 100 signature checks; ten times that leaves room for many signers.
    PATH_EDGES_MAX = 1_000, "edges";
    /// RSA modulus that is verified. ring accepts 2048 to 8192; larger ones cost seconds.
    RSA_MODULUS_BITS_MAX = 8192, "bits";
    /// RSA public exponent that is verified with: the time of a verification grows with it. ring's ceiling; 65537 has 17.
    RSA_EXPONENT_BITS_MAX = 33, "bits";
    /// PKCS#12 and PBES2 iterations, over all parts of one file together. Kazakh containers use 1,024, OpenSSL 2,048; ten million would be a denial of
    /// service by one file.
    PBE_ITERATIONS_MAX = 2_000_000, "iterations";
    /// One key container (PKCS#12, PKCS#8).
    KEY_CONTAINER_BYTES_MAX = 1024 * 1024, "bytes";
    /// One key store: `KEY_STORE_KEYS_MAX` keys of 4096-bit RSA with three certificates each stay below half of it.
    KEY_STORE_BYTES_MAX = 16 * 1024 * 1024, "bytes";
    /// Keys in one key store: the officers of one node, with room for a generation to come.
    KEY_STORE_KEYS_MAX = 1_000, "keys";
    /// Files below one `--trust` or `--evidence` folder.
    FOLDER_FILES_MAX = 100_000, "files";
    /// Files of one archive under audit: their names are kept in memory to be sorted.
    ARCHIVE_FILES_MAX = 5_000_000, "files";
    /// One line of an NDJSON batch.
    BATCH_LINE_BYTES_MAX = 300 * 1024 * 1024, "bytes";
    /// Documents gathered together before their signatures are computed: enough to fill every lane, little enough to
    /// answer soon and to keep memory flat.
    BATCH_DOCUMENTS = 256, "documents";
    /// Octets gathered together, content included: a batch ends here where its documents are large.
    BATCH_BYTES = 64 * 1024 * 1024, "bytes";
    /// Known answers about certificate and CRL signatures that are kept.
    SIGNATURE_BOOK_MAX = 100_000, "answers";
    /// A JSON document that is to be issued.
    PERMIT_JSON_BYTES_MAX = 1024 * 1024, "bytes";
    /// Items of one list in a form (goods of a licence with its annex sheets). Real annexes stay below 200.
    PERMIT_LIST_ITEMS_MAX = 1_000, "items";
    /// Characters of one text field of a form, whatever the catalogue asks for.
    PERMIT_TEXT_CHARS_MAX = 8_000, "characters";
    /// Findings told about one form: enough to correct it, too few to amplify one hostile request.
    PERMIT_FINDINGS_MAX = 200, "findings";
    /// One document number, of whatever origin.
    PERMIT_NUMBER_CHARS_MAX = 64, "characters";
    /// Records in the history of one document: a write-off for each lorry of a large contract stays far below.
    HISTORY_RECORDS_MAX = 10_000, "records";
    /// Documents in one answer of the store's list: a page that a person or a portal can take in.
    STORE_PAGE_MAX = 1_000, "documents";
    /// Findings of one inspection of the store. With more than that it is to be restored, not repaired.
    STORE_FINDINGS_MAX = 10_000, "findings";
    /// One HTTP request that carries a document and its content, in whatever shape: a document of `INPUT_BYTES_MAX` in
    /// base64, and the frame around it.
    API_BODY_BYTES_MAX = 300 * 1024 * 1024, "bytes";
    /// Bodies held in memory by all HTTP requests together; further ones are asked to come back. Decoding doubles it.
    API_HELD_BYTES_MAX = 1024 * 1024 * 1024, "bytes";
    /// HTTP requests that wait for a processor; further ones are asked to come back rather than to wait longer than
    /// their clients do.
    API_WAITING_MAX = 64, "requests";
    /// NDJSON streams served at a time: each may hold a queue and one long line.
    API_BATCHES_MAX = 16, "streams";
    /// Lines read ahead of one NDJSON stream; beyond it the client has to wait.
    API_BATCH_QUEUE_BYTES_MAX = 64 * 1024 * 1024, "bytes";
    /// Time for one HTTP body: a document of 200 MB over 6 Mbit/s.
    API_BODY_SECONDS_MAX = 300, "seconds";
    /// Time for the head of an HTTP request, and between two requests of one connection.
    API_HEAD_SECONDS_MAX = 30, "seconds";
    /// Time for a TLS handshake.
    API_HANDSHAKE_SECONDS_MAX = 10, "seconds";
    /// Time that requests under way get when the server stops.
    API_DRAIN_SECONDS_MAX = 30, "seconds";
    /// An API key as sent: its id, a dot, its secret.
    API_KEY_BYTES_MAX = 256, "bytes";
    /// An idempotency key: a UUID is 36.
    IDEMPOTENCY_KEY_BYTES_MAX = 128, "bytes";
}
