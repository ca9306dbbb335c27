//! A little PKI for tests: Ed25519 keys out of names, certificates and CRLs that say exactly what a test wants.

use const_oid::ObjectIdentifier;

use crate::codec::der;
use crate::crypto::{KeyAlgorithm, SeededEntropy, SigningKey};
use crate::path::{AnchorValidity, LinkList, Links, PathRules, Pool, Question, Rejection, Sources, ValidatedPath};
use crate::path::{LinkOutcome, validate};
use crate::signing::{Authority, CertificateDraft, encode_name, issue_certificate, key_identifier};
use crate::time::Timestamp;
use crate::x509::{Certificate, Crl, Extension, Name, OcspResponse, Validity, oids};

pub(crate) const KEY_CERT_SIGN_AND_CRL_SIGN: [u8; 2] = [1, 0b0000_0110];
pub(crate) const KEY_CERT_SIGN: [u8; 2] = [2, 0b0000_0100];
pub(crate) const CRL_SIGN: [u8; 2] = [1, 0b0000_0010];
pub(crate) const DIGITAL_SIGNATURE_AND_NON_REPUDIATION: [u8; 2] = [6, 0b1100_0000];

/// So many days after 2026-01-01. Certificates hold from day 0 to day 365, CRLs from day 90 to day 120, and questions are
/// asked on day 100, unless a test says otherwise.
pub(crate) fn day(days: i64) -> Timestamp {
    Timestamp::from_civil((2026, 1, 1), (0, 0, 0)).unwrap().plus_seconds(days.saturating_mul(86_400))
}

pub(crate) fn key(seed: &str) -> SigningKey {
    SigningKey::generate(KeyAlgorithm::Ed25519, &mut SeededEntropy::new(seed.as_bytes())).unwrap()
}

pub(crate) fn name(common_name: &str) -> Name {
    encode_name(&[(oids::COMMON_NAME, common_name), (oids::COUNTRY, "KZ")]).unwrap()
}

/// What a certificate is to say.
#[derive(Clone)]
pub(crate) struct Recipe {
    subject: String,
    serial: Vec<u8>,
    validity: Validity,
    extensions: Vec<Extension>,
}

impl Recipe {
    pub(crate) fn leaf(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            serial: vec![7],
            validity: Validity { not_before: day(0), not_after: day(365) },
            extensions: Vec::new(),
        }
        .key_usage(DIGITAL_SIGNATURE_AND_NON_REPUDIATION)
    }

    pub(crate) fn ca(subject: &str) -> Self {
        Self::leaf(subject).basic_constraints(true, None).key_usage(KEY_CERT_SIGN_AND_CRL_SIGN)
    }

    pub(crate) fn serial(self, serial: u8) -> Self {
        Self { serial: vec![serial], ..self }
    }

    pub(crate) fn valid(self, not_before: Timestamp, not_after: Timestamp) -> Self {
        Self { validity: Validity { not_before, not_after }, ..self }
    }

    pub(crate) fn basic_constraints(self, ca: bool, path_len: Option<u8>) -> Self {
        let path_len = path_len.map(|n| der::integer_u64(n.into())).unwrap_or_default();
        let ca = if ca { der::boolean(true) } else { Vec::new() };
        self.with(oids::BASIC_CONSTRAINTS, true, der::sequence(&[&ca, &path_len]))
    }

    pub(crate) fn key_usage(self, bits: [u8; 2]) -> Self {
        self.with(oids::KEY_USAGE, true, der::tlv(der::tag::BIT_STRING, &bits))
    }

    /// Adds an extension, in place of one of the same type.
    pub(crate) fn with(self, oid: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Self {
        let mut made = self.without(oid);
        made.extensions.push(Extension { oid, critical, value });
        made
    }

    pub(crate) fn without(mut self, oid: ObjectIdentifier) -> Self {
        self.extensions.retain(|e| e.oid != oid);
        self
    }
}

/// Someone with a key and a certificate.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

fn make(recipe: &Recipe, key: &SigningKey, issuer: &Authority<'_>) -> Certificate {
    let draft = CertificateDraft {
        subject: &name(&recipe.subject),
        public_key: key.public_key(),
        serial: &recipe.serial,
        validity: recipe.validity,
        extensions: recipe.extensions.clone(),
    };
    issue_certificate(&draft, issuer).unwrap()
}

/// A self-signed certificate.
pub(crate) fn root(recipe: &Recipe, key_seed: &str) -> Entity {
    root_with(recipe, key(key_seed))
}

/// A self-signed certificate for this key.
pub(crate) fn root_with(recipe: &Recipe, key: SigningKey) -> Entity {
    let certificate = make(recipe, &key, &Authority { name: &name(&recipe.subject), key: &key });
    Entity { key, certificate }
}

impl Entity {
    /// Issues a certificate for the key of this seed.
    pub(crate) fn issue(&self, recipe: &Recipe, key_seed: &str) -> Entity {
        let key = key(key_seed);
        let certificate = make(recipe, &key, &self.authority());
        Entity { key, certificate }
    }

    pub(crate) fn authority(&self) -> Authority<'_> {
        Authority { name: self.certificate.subject(), key: &self.key }
    }

    /// A CRL of this authority.
    pub(crate) fn crl(&self, draft: &CrlRecipe) -> Crl {
        draft.sign(self.certificate.subject(), &self.key)
    }
}

/// What a CRL is to say, down to its octets.
#[derive(Clone)]
pub(crate) struct CrlRecipe {
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: Vec<Vec<u8>>,
    extensions: Vec<Vec<u8>>,
}

pub(crate) fn encode_extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { der::boolean(true) } else { Vec::new() };
    der::sequence(&[&der::oid(oid), &critical, &der::octet_string(value)])
}

fn joined(values: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(&values.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

impl CrlRecipe {
    pub(crate) fn new(number: u64) -> Self {
        Self { this_update: day(90), next_update: Some(day(120)), entries: Vec::new(), extensions: Vec::new() }.with(
            oids::CRL_NUMBER,
            false,
            &der::integer_u64(number),
        )
    }

    pub(crate) fn delta(number: u64, base: u64) -> Self {
        Self::new(number).with(oids::DELTA_CRL_INDICATOR, true, &der::integer_u64(base)).from(day(95))
    }

    pub(crate) fn from(self, this_update: Timestamp) -> Self {
        Self { this_update, ..self }
    }

    pub(crate) fn until(self, next_update: Option<Timestamp>) -> Self {
        Self { next_update, ..self }
    }

    pub(crate) fn with(mut self, oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(encode_extension(oid, critical, value));
        self
    }

    /// Takes an extension out.
    pub(crate) fn without(mut self, oid: ObjectIdentifier) -> Self {
        let encoded = der::oid(oid);
        self.extensions.retain(|extension| !extension.windows(encoded.len()).any(|w| w == encoded));
        self
    }

    /// Revokes a serial number; `extensions` are whole encodings.
    pub(crate) fn revoke(mut self, serial: u8, at: Timestamp, extensions: &[Vec<u8>]) -> Self {
        let extensions = if extensions.is_empty() { Vec::new() } else { joined(extensions) };
        self.entries.push(der::sequence(&[&der::integer_u64(serial.into()), &der::utc_time(at), &extensions]));
        self
    }

    pub(crate) fn sign(&self, issuer: &Name, key: &SigningKey) -> Crl {
        let algorithm = key.signature_algorithm().algorithm_identifier_der();
        let entries = if self.entries.is_empty() { Vec::new() } else { joined(&self.entries) };
        let tbs = der::sequence(&[
            &der::integer_u64(1),
            &algorithm,
            issuer.raw(),
            &der::utc_time(self.this_update),
            &self.next_update.map(der::utc_time).unwrap_or_default(),
            &entries,
            &der::context(0, &joined(&self.extensions)),
        ]);
        let value = key.sign(&tbs).unwrap();
        Crl::parse(&der::sequence(&[&tbs, &algorithm, &der::bit_string(&value)])).unwrap()
    }
}

/// The entry extension reasonCode.
pub(crate) fn reason(code: u8) -> Vec<u8> {
    encode_extension(oids::REASON_CODE, false, &der::enumerated(code))
}

/// The entry extension invalidityDate.
pub(crate) fn invalid_since(at: Timestamp) -> Vec<u8> {
    encode_extension(oids::INVALIDITY_DATE, false, &der::generalized_time(at))
}

/// What is at hand.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) anchors: Pool,
    pub(crate) evidence: Pool,
}

impl World {
    pub(crate) fn trusting(anchors: &[&Entity]) -> Self {
        let mut world = Self::default();
        anchors.iter().for_each(|a| world.anchors.add_certificate(a.certificate.clone()));
        world
    }

    pub(crate) fn with(mut self, entity: &Entity) -> Self {
        self.evidence.add_certificate(entity.certificate.clone());
        self
    }

    pub(crate) fn with_crl(mut self, crl: Crl) -> Self {
        self.evidence.add_crl(crl);
        self
    }

    pub(crate) fn with_ocsp(mut self, response: OcspResponse) -> Self {
        self.evidence.add_ocsp_response(response);
        self
    }

    /// Asks on day 100, the anchor's own validity included.
    pub(crate) fn ask(&self, target: &Entity) -> Result<ValidatedPath, Rejection> {
        self.ask_at(target, day(100), day(100))
    }

    pub(crate) fn ask_at(
        &self,
        target: &Entity,
        at: Timestamp,
        known_at: Timestamp,
    ) -> Result<ValidatedPath, Rejection> {
        self.ask_under(target, (at, known_at), AnchorValidity::Checked)
    }

    pub(crate) fn ask_under(
        &self,
        target: &Entity,
        when: (Timestamp, Timestamp),
        anchor_validity: AnchorValidity,
    ) -> Result<ValidatedPath, Rejection> {
        self.ask_with(target, when, &PathRules { anchor_validity, ..PathRules::default() })
    }

    /// Asks on day 100 under these rules.
    pub(crate) fn ask_by(&self, target: &Entity, rules: &PathRules) -> Result<ValidatedPath, Rejection> {
        self.ask_with(target, (day(100), day(100)), rules)
    }

    pub(crate) fn ask_with(
        &self,
        target: &Entity,
        (at, known_at): (Timestamp, Timestamp),
        rules: &PathRules,
    ) -> Result<ValidatedPath, Rejection> {
        let nothing = Pool::default();
        let sources = Sources { anchors: &self.anchors, pools: [&nothing, &self.evidence, &nothing] };
        let book = learn(&target.certificate, &sources);
        validate(&Question { target: &target.certificate, at, known_at, rules }, &sources, &book)
    }
}

/// Has every signature computed that the target's paths need.
pub(crate) fn learn(target: &Certificate, sources: &Sources<'_>) -> Links {
    let mut list = LinkList::default();
    list.explore(target, sources);
    let mut links = Links::default();
    for wanted in list.links() {
        let outcome = match wanted.claim() {
            Ok(claim) => crate::crypto::verify_many(&[claim]).into_iter().map(LinkOutcome::from).next().unwrap(),
            Err(known) => known,
        };
        links.record(wanted.link, outcome);
    }
    links
}

/// The identifier of a key, as a subject key identifier.
pub(crate) fn subject_key_identifier(key: &SigningKey) -> Vec<u8> {
    der::octet_string(&key_identifier(key.public_key()).unwrap())
}
