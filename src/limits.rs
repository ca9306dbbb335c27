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
    /// Certificates, lists and statements in one DVCS message (RFC 3029). Practice: a chain and a status a signature.
    DVCS_TOKENS_MAX = 1024, "tokens";
    /// What an answer repeats of a DVCS request (names, policies, extensions, the transaction), which is then kept for years:
    /// practice stays below 1 KB.
    DVCS_ECHO_BYTES_MAX = 64 * 1024, "bytes";
    /// What a document that is sent to `/dvcs` carries of the proofs of its own paths, and is kept for years with the answer:
    /// anybody may send it. Practice: a path and an OCSP response a certificate, below 30 KB.
    RECEIPT_CARRIED_BYTES_MAX = 1024 * 1024, "bytes";
    /// Lines of text in the status of one DVCS answer.
    DVCS_STATUS_TEXTS_MAX = 16, "texts";
    /// How far ahead of our clock a third party's may be when it dates a receipt: two clocks that are both kept.
    RECEIPT_SKEW_SECONDS_MAX = 60, "seconds";
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
    /// Issuers named in the entries of one indirect CRL: each is looked for by name, one after the other.
    CRL_ISSUERS_MAX = 1_000, "issuers";
    /// Distribution points of one certificate, names of one distribution point. Real ones have at most about 5.
    DISTRIBUTION_NAMES_MAX = 32, "distribution points or names";
    /// One OCSP request. With one CertID and a nonce it has about 150.
    OCSP_REQUEST_BYTES_MAX = 64 * 1024, "bytes";
    /// Certificates asked about in one OCSP request: each costs its responder a look-up and a signed answer.
    OCSP_CERT_IDS_MAX = 64, "certificates";
    /// A nonce (RFC 9654 §2.1).
    OCSP_NONCE_BYTES_MAX = 128, "bytes";
    /// One OCSP response, its certificates included. Real ones have 500 to 5,000.
    OCSP_RESPONSE_BYTES_MAX = 256 * 1024, "bytes";
    /// Certificates in one certification path, anchor and target included. Public hierarchies use at most 5.
    PATH_LENGTH_MAX = 10, "certificates";
    /// Edges (issuer candidates and CRLs with a signature to check) that one document's path searches may spend. webpki
    /// allows 100 signature checks; ten times that leaves room for many signers.
    PATH_EDGES_MAX = 1_000, "edges";
    /// Edges among what was at hand before a document came (an archive holds years of daily CRLs): bounds the work that one's
    /// own evidence asks for; what a document carries never spends of it.
    EVIDENCE_EDGES_MAX = 20_000, "edges";
    /// How much later than its own signature an OCSP answer may say that it was known to be right: two clocks of one responder.
    OCSP_SKEW_SECONDS_MAX = 60, "seconds";
    /// Paths of CRL signers and states of OCSP responders looked into for one certificate's revocation. Practice: one.
    REVOCATION_SEARCHES_MAX = 64, "searches";
    /// A CRL whose signer has a CRL whose signer has a CRL: how deep one is asked for the sake of another.
    REVOCATION_DEPTH_MAX = 4, "levels";
    /// Further paths that are looked for where the one found rests on an algorithm that the policy does not accept: as many
    /// as such links of practice, one in each certificate of a path.
    OTHER_PATHS_MAX = 8, "paths";
    /// Names × subtrees of name constraints that one question may compare. OpenSSL gives up at the same number; webpki
    /// and Go at a quarter of it.
    NAME_CONSTRAINT_CHECKS_MAX = 1 << 20, "comparisons";
    /// Nodes and edges of one path's policy graph. Real certificates name at most about 20 policies and map as many;
    /// RFC 9618 makes the graph grow with their sum, no longer with their product.
    POLICY_NODES_MAX = 10_000, "nodes and edges";
    /// RSA modulus that is verified: 16384 bits take a few milliseconds with the largest exponent; beyond it nobody has
    /// keys.
    RSA_MODULUS_BITS_MAX = 16384, "bits";
    /// RSA public exponent that is verified with: the time of a verification grows with it. ring's ceiling; 65537 has 17.
    RSA_EXPONENT_BITS_MAX = 33, "bits";
    /// PKCS#12 and PBES2 iterations, over all parts of one file together. Kazakh containers use 1,024, OpenSSL 2,048; ten million would be a denial of
    /// service by one file.
    PBE_ITERATIONS_MAX = 2_000_000, "iterations";
    /// Multiples of elliptic-curve keys that are met often, all curves together, unless QOLTANBA_TABLES_MIB says otherwise:
    /// 256 keys of 512 bits with windows of nine bits, or 600 of 256 bits with windows of ten.
    HOT_TABLES_BYTES = 512 * 1024 * 1024, "bytes";
    /// Batches without a signature of a key until its table may be given up for that of another: a key that is met all the time
    /// keeps its own, however many others are.
    HOT_TABLE_IDLE_BATCHES = 16, "batches";
    /// What QOLTANBA_TABLES_MIB may say: a machine of our day.
    HOT_TABLES_MIB_MAX = 65_536, "MiB";
    /// Tables of keys that wait to be computed; further keys are met again.
    TABLES_PENDING_MAX = 4_096, "tables";
    /// What an iteration with a Russian digest counts for against `PBE_ITERATIONS_MAX`: it takes that much longer than one with
    /// SHA-1. RFC 9548's examples and OpenSSL ask for about 2,000.
    GOST_ITERATION_WEIGHT = 8, "iterations";
    /// RSA keys of one size that are kept ready: up to 2.5 KiB each.
    HOT_KEYS_RSA_MAX = 4_096, "keys";
    /// Keys whose uses are counted, of one kind: when there are more, counting begins anew.
    COUNTED_KEYS_MAX = 65_536, "keys";
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
    /// Files of one ZIP or TAR archive: their names are kept in memory.
    ARCHIVE_ENTRIES_MAX = 1_000_000, "entries";
    /// The name of one file of an archive (PATH_MAX of Linux).
    ARCHIVE_NAME_BYTES_MAX = 4_096, "bytes of a name";
    /// An extended header of a TAR archive: a name and times take a few hundred.
    ARCHIVE_PAX_BYTES_MAX = 64 * 1024, "bytes of an extended header";
    /// What a compressed TAR unpacks to; it is held in memory, since it can only be read from its beginning. A TAR that is not
    /// compressed may have any size.
    ARCHIVE_INFLATED_BYTES_MAX = 1024 * 1024 * 1024, "bytes unpacked";
    /// How many octets may come out of one that went in. Text of forms reaches 50; deflate itself ends at 1,032.
    ARCHIVE_RATIO_MAX = 200, "octets out of one";
    /// Up to here any ratio is harmless.
    ARCHIVE_RATIO_BYTES_FREE = 1024 * 1024, "bytes";
    /// Folders in folders that are looked into.
    FOLDER_DEPTH_MAX = 64, "levels";
    /// One line of an NDJSON batch.
    BATCH_LINE_BYTES_MAX = 300 * 1024 * 1024, "bytes";
    /// The id of one item of a framed batch: a path or a URL; UUIDs have 36.
    BATCH_ID_BYTES_MAX = 4_096, "bytes";
    /// Documents gathered together before their signatures are computed: enough to fill every lane, little enough to
    /// answer soon and to keep memory flat.
    BATCH_DOCUMENTS = 256, "documents";
    /// Documents for which a core of its own is worth waking.
    SPREAD_DOCUMENTS_MIN = 32, "documents";
    /// Octets gathered together, content included: a batch ends here where its documents are large.
    BATCH_BYTES = 64 * 1024 * 1024, "bytes";
    /// Known answers about certificate and CRL signatures that are kept.
    SIGNATURE_BOOK_MAX = 100_000, "answers";
    /// Certificates, and sets of certificates that came together, that are kept read: each is a few kilobytes.
    KNOWN_MAX = 4_096, "certificates or sets of certificates";
    /// Their octets, as received; read they take about five times as much.
    KNOWN_BYTES_MAX = 16 * 1024 * 1024, "bytes";
    /// Things kept under one key of 64 bits: more than one is an accident, or somebody's purpose.
    KNOWN_ALIKE_MAX = 8, "certificates or sets of certificates";
    /// Octets of one signer's own words (its identifier, its algorithms, the references to its certificate) that are kept for
    /// the next document of the same signer. Practice: below 400; what is longer is found out each time.
    KNOWN_WORDS_BYTES_MAX = 4 * 1024, "bytes";
    /// Signers with different words that are kept beside one set of certificates.
    KNOWN_SIGNERS_MAX = 8, "signers";
    /// Links that are kept with one signer: a plain path and its lists have about four.
    KNOWN_LINKS_MAX = 64, "links";
    /// Validated paths that are kept: a few kilobytes each, for a few hundred officers and the stretches of a working day.
    PATH_BOOK_MAX = 10_000, "paths";
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
    /// The protected header of a JWS: a name and a path of certificates in base64.
    JWS_HEADER_BYTES_MAX = 128 * 1024, "bytes";
    /// A list of trusted entities. The largest national list of today, the European pointers aside, is about 4 MB of XML.
    ENTITY_LIST_BYTES_MAX = 16 * 1024 * 1024, "bytes";
    /// Services of one list of trusted entities, former statuses included. The European lists of today together have about
    /// 12,000.
    ENTITY_LIST_SERVICES_MAX = 50_000, "services";
    /// One HTTP request that carries a document and its content, in whatever shape: a document of `INPUT_BYTES_MAX` in
    /// base64, and the frame around it.
    API_BODY_BYTES_MAX = 300 * 1024 * 1024, "bytes";
    /// Bodies held in memory by all HTTP requests together; further ones are asked to come back. Decoding doubles it.
    API_HELD_BYTES_MAX = 1024 * 1024 * 1024, "bytes";
    /// HTTP requests that wait for a processor; further ones are asked to come back rather than to wait longer than
    /// their clients do.
    API_WAITING_MAX = 64, "requests";
    /// Batches served at a time: each may hold a queue and one long item.
    API_BATCHES_MAX = 16, "streams";
    /// Batches of one API key, or of one address without a key.
    API_BATCHES_PER_CLIENT_MAX = 4, "streams";
    /// Batches of all who have no key together: what is left is kept for those who have one.
    API_BATCHES_KEYLESS_MAX = 12, "streams";
    /// Documents sent one by one that are under way for one API key, or for one address without a key: less than may wait
    /// together, so that nobody fills the queue alone.
    API_REQUESTS_PER_CLIENT_MAX = 48, "requests";
    /// Documents sent one by one that are under way.
    API_REQUESTS_MAX = 1_024, "requests";
    /// Those of all who have no key together.
    API_REQUESTS_KEYLESS_MAX = 768, "requests";
    /// Time for a batch's client to get on: complete an item or send `API_BATCH_PROGRESS_BYTES`, or read an answer.
    API_BATCH_IDLE_SECONDS_MAX = 60, "seconds";
    /// Time for which the rest of a broken batch is read and forgotten: a client that is still sending when its connection
    /// ends would lose the word about what is broken.
    API_BATCH_DISCARD_SECONDS_MAX = 5, "seconds";
    /// What counts as getting on within one long item: about 1 KiB a second, so that a trickle of octets holds no place.
    API_BATCH_PROGRESS_BYTES = 64 * 1024, "bytes";
    /// Items read ahead of one batch; beyond it the client has to wait.
    API_BATCH_QUEUE_BYTES_MAX = 64 * 1024 * 1024, "bytes";
    /// Time for one HTTP body: a document of 200 MB over 6 Mbit/s.
    API_BODY_SECONDS_MAX = 300, "seconds";
    /// Time for the head of an HTTP request, and between two requests of one connection.
    API_HEAD_SECONDS_MAX = 30, "seconds";
    /// Time for a TLS handshake.
    API_HANDSHAKE_SECONDS_MAX = 10, "seconds";
    /// Time that requests under way get when the server stops.
    API_DRAIN_SECONDS_MAX = 30, "seconds";
    /// Lines of one job.
    JOB_ITEMS_MAX = 1_000_000, "items";
    /// Octets of one job: they lie in the store until they are judged.
    JOB_BYTES_MAX = 2 * 1024 * 1024 * 1024, "bytes";
    /// Octets of all jobs: lines that wait, results, and `JOB_RESULT_RESERVED_BYTES` for each line that is not judged yet.
    JOBS_BYTES_MAX = 16 * 1024 * 1024 * 1024, "bytes";
    /// The same of one API key: the largest job fits in, and leaves as much to others.
    JOBS_BYTES_PER_KEY_MAX = 8 * 1024 * 1024 * 1024, "bytes";
    /// Room kept for the result of each line, so that a job that was taken always ends: most answers take 1 to 4 KiB, and one
    /// that takes more and finds no room is told as `OVERLOADED`.
    JOB_RESULT_RESERVED_BYTES = 4 * 1024, "bytes";
    /// Jobs of one API key that are not judged yet.
    JOBS_UNFINISHED_PER_KEY_MAX = 8, "jobs";
    /// Jobs kept of one API key, ended ones too: a tenth of all.
    JOBS_KEPT_PER_KEY_MAX = 100, "jobs";
    /// Jobs kept, ended ones too.
    JOBS_KEPT_MAX = 1_000, "jobs";
    /// Octets of a job put into the store in one transaction.
    JOB_CHUNK_BYTES = 8 * 1024 * 1024, "bytes";
    /// Time for the lines of a job to arrive: 2 GiB over 5 Mbit/s.
    JOB_UPLOAD_SECONDS_MAX = 3_600, "seconds";
    /// How long an ended job is kept with its results.
    JOB_KEPT_SECONDS_MAX = 7 * 86_400, "seconds";
    /// Results read from the store at a time.
    JOB_RESULTS_AT_ONCE = 256, "results";
    /// An API key as sent: its id, a dot, its secret.
    API_KEY_BYTES_MAX = 256, "bytes";
    /// One time-stamp request: an imprint, a nonce and a few extensions.
    TIME_STAMP_REQUEST_BYTES_MAX = 8 * 1024, "bytes";
    /// A nonce that a time-stamping authority repeats. Clients send 8 to 20; nobody may have his own text signed.
    TIME_STAMP_NONCE_BYTES_MAX = 64, "bytes";
    /// How far a time-stamping authority's clock may stray from its reference before it stops to stamp.
    TIME_STAMP_DRIFT_MILLIS_MAX = 1_000, "milliseconds";
    /// How long a confirmation of the clock by time sources lasts: sources are asked every minute, so an hour of silence
    /// means that something is wrong.
    TIME_SOURCE_SECONDS_MAX = 3_600, "seconds";
    /// Time for one answer of a time source.
    TIME_SOURCE_ANSWER_SECONDS_MAX = 5, "seconds";
    /// The address that a test PKI says it publishes under.
    BASE_URL_BYTES_MAX = 200, "bytes";
    /// An idempotency key: a UUID is 36.
    IDEMPOTENCY_KEY_BYTES_MAX = 128, "bytes";
    /// A URL in a certificate, or one that a redirect names. Real ones stay below 200.
    FETCH_URL_BYTES_MAX = 2_048, "bytes";
    /// Fetched issuer certificates: one, or a bundle of PKCS#7.
    FETCH_CERTIFICATES_BYTES_MAX = 1024 * 1024, "bytes";
    /// A fetched CRL. The largest public ones are about 60 MB.
    FETCH_CRL_BYTES_MAX = 64 * 1024 * 1024, "bytes";
    /// A fetched OCSP response: about 3,000 with the responder's certificates.
    FETCH_OCSP_BYTES_MAX = 256 * 1024, "bytes";
    /// A fetched time stamp: about 6,000 with the authority's certificates.
    FETCH_TIME_STAMP_BYTES_MAX = 256 * 1024, "bytes";
    /// A fetched answer of a third party: a few certificates and statements a signature, foreign receipts within.
    FETCH_DVCS_BYTES_MAX = 4 * 1024 * 1024, "bytes";
    /// One DVCS request. Order 149 took documents of up to 100 megabytes; order 547 names no bound.
    DVCS_REQUEST_BYTES_MAX = 101 * 1024 * 1024, "bytes";
    /// How often a third party is asked about one document before it is given up: about a week at the longest pause.
    RECEIPT_TRIES_MAX = 40, "tries";
    /// The longest pause between two questions to a third party that has no final answer yet.
    RECEIPT_PAUSE_SECONDS_MAX = 14_400, "seconds";
    /// Status line and headers of an answer.
    FETCH_HEAD_BYTES_MAX = 16 * 1024, "bytes";
    /// Headers of an answer.
    FETCH_HEADERS_MAX = 64, "headers";
    /// Redirects followed for one fetch: from an old address to a new one, from http to https, and one to spare.
    FETCH_REDIRECTS_MAX = 3, "redirects";
    /// Addresses of one name that are tried.
    FETCH_ADDRESSES_MAX = 4, "addresses";
    /// Time to resolve a name, connect, and shake hands.
    FETCH_CONNECT_SECONDS_MAX = 5, "seconds";
    /// Time until the head of an answer is there.
    FETCH_HEAD_SECONDS_MAX = 10, "seconds";
    /// Time for one fetch, redirects included: 60 MB over 16 Mbit/s.
    FETCH_SECONDS_MAX = 30, "seconds";
    /// Fetches under way at a time.
    FETCHES_AT_ONCE_MAX = 16, "fetches";
    /// Fetches for one document: two or three signers with a time stamp each, four facts per signer.
    FETCHES_PER_DOCUMENT_MAX = 24, "fetches";
    /// Fetches of one document for issuers that nothing known leads to yet, so what an unknown sender can make us ask for: two
    /// issuers at three addresses each.
    FETCHES_FOR_STRANGERS_MAX = 6, "fetches";
    /// Fetches for documents that are verified together.
    FETCHES_PER_BATCH_MAX = 256, "fetches";
    /// Rounds of verifying and fetching: leaf, issuer, issuer's issuer, and their revocation.
    FETCH_ROUNDS_MAX = 6, "rounds";
    /// Time for all the fetching of one call of verify; what is not there by then is told as late.
    FETCH_CALL_SECONDS_MAX = 60, "seconds";
    /// Addresses of one certificate that are tried one after another for one fact: a server and its mirror.
    FETCH_MIRRORS_MAX = 3, "URLs";
    /// Failures in a row until an endpoint is left alone for a while.
    FETCH_FAILURES_MAX = 3, "failures";
    /// The longest pause before an endpoint is asked again, whatever its Retry-After says.
    FETCH_PAUSE_SECONDS_MAX = 3_600, "seconds";
    /// What was fetched is not asked for again sooner.
    FETCH_REPEAT_SECONDS = 60, "seconds";
    /// Online, what says that a certificate is good now is asked for changes when it was checked longer ago than this: a delta
    /// CRL may come every hour.
    FETCH_FRESH_SECONDS = 3_600, "seconds";
    /// Endpoints whose availability is remembered.
    FETCH_ENDPOINTS_MAX = 1_000, "endpoints";
    /// Attempts remembered of one endpoint.
    FETCH_ATTEMPTS_KEPT = 32, "attempts";
    /// Fetched CRLs, certificates and responses that are kept.
    FETCH_KEPT_MAX = 10_000, "answers";
    /// Answers kept of one source that are signed by whom they were asked of, and as many that are not; of the former the
    /// latest of each scope stays in any case.
    FETCH_KEPT_PER_SOURCE_MAX = 8, "answers";
    /// Octets kept for a while of what unknown senders made us ask for.
    FETCH_STRANGERS_BYTES_MAX = 16 * 1024 * 1024, "bytes";
    /// Issuers taken from one answer: certificates of one name and key, as after a renewal.
    FETCH_ISSUERS_MAX = 4, "certificates";
    /// Files of the folder that they are kept in: a header and the octets of each, and what a crash left.
    FETCHED_FILES_MAX = 40_000, "files";
    /// Their octets, in memory and on disk.
    FETCH_KEPT_BYTES_MAX = 256 * 1024 * 1024, "bytes";
    /// A trust snapshot: 2,403 Russian centres with a certificate of 1,500 octets each come to 6 MB; twice that and more.
    SNAPSHOT_BYTES_MAX = 16 * 1024 * 1024, "bytes";
    /// The name of a party of the registry.
    TRUST_NAME_CHARS_MAX = 64, "characters";
    /// One entry of the registry's log. The first one holds the snapshot that everything began with.
    TRUST_ENTRY_BYTES_MAX = 24 * 1024 * 1024, "bytes";
    /// Changes in one proposal: a person has to read them before approving.
    TRUST_CHANGES_MAX = 200, "changes";
    /// Octets of all entries of the registry's log together that are replayed in memory.
    TRUST_LOG_BYTES_MAX = 256 * 1024 * 1024, "bytes";
    /// The list of bodies that issue documents: thousands of them.
    ISSUING_BODIES_BYTES_MAX = 4 * 1024 * 1024, "bytes";
    /// Receipts that are heard about one document.
    RECEIPTS_MAX = 64, "receipts";
    /// Certificates, CRLs and OCSP responses kept beside one receipt: a path of four with an answer about each, for sixteen
    /// signatures.
    RECEIPT_EVIDENCE_MAX = 128, "pieces";
    /// Their octets together: the largest CRL that is fetched, and a quarter more.
    RECEIPT_EVIDENCE_BYTES_MAX = 80 * 1024 * 1024, "bytes";
}
