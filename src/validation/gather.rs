//! Gather: a document's octets become facts that need no mathematics, and claims that do.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use const_oid::ObjectIdentifier;

use super::reason::{Code, Reason};
use super::report::{ContentDigest, ReadError};
use super::time_stamp::GatheredTimeStamp;
use super::{Item, Terms};
use crate::cms::{AlgorithmProtection, Attributes, EssCertId, SignedData, SignerIdentifier, SignerInfo, oids};
use crate::codec::armour;
use crate::codec::der::{Encoding, Reader, tag};
use crate::container::{Coverage, Format};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureClaim, UnsupportedAlgorithm};
use crate::limits::{
    CERTIFICATES_MAX, DIRECT_SIGNERS_MAX, DOCUMENT_TIME_STAMPS_MAX, INPUT_BYTES_MAX, LimitExceeded,
    PERMIT_JSON_BYTES_MAX, TIME_STAMPS_MAX,
};
use crate::path::{Pool, Sources};
use crate::time::Timestamp;
use crate::x509::{AlgorithmIdentifier, Certificate, Crl, Fingerprint, OcspResponse};

/// How many certificates of one issuer and serial number are tried, of those that were at hand and of those that the
/// document brings: neither a false one inside it nor one from elsewhere may push the true one out.
const CANDIDATES_MAX: usize = 16;

/// One document, taken apart.
pub(super) struct Gathered<'a> {
    pub(super) format: Format,
    pub(super) signatures: Vec<GatheredSignature<'a>>,
    /// What came along: certificates, CRLs and OCSP responses.
    pub(super) pool: Pool,
    content: Option<Cow<'a, [u8]>>,
    pub(super) content_sha256: Option<Fingerprint>,
    pub(super) proven_at: Option<Timestamp>,
}

/// One signature of a document with its time stamps.
pub(super) struct GatheredSignature<'a> {
    pub(super) signer: GatheredSigner<'a>,
    pub(super) time_stamps: Vec<GatheredTimeStamp>,
}

/// One SignerInfo, of a document or of a time-stamp token.
pub(super) struct GatheredSigner<'a> {
    pub(super) algorithm_oid: ObjectIdentifier,
    pub(super) content_digest: DigestStanding,
    pub(super) claimed_signing_time: Option<Timestamp>,
    /// What is wrong whatever the mathematics says.
    pub(super) faults: Vec<Reason>,
    /// Certificates that the signer may mean, the likeliest first.
    pub(super) candidates: Vec<Candidate>,
    /// Whether there were more of them than are tried.
    pub(super) candidates_cut: bool,
    message: SignedOctets,
    value: Cow<'a, [u8]>,
}

/// What is known of the content's digest before the signature is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DigestStanding {
    /// Compared with the signed message digest.
    Compared(ContentDigest),
    /// The signature covers the content itself.
    AsTheSignature,
    /// The digest algorithm is not supported.
    Unsupported,
}

pub(super) struct Candidate {
    pub(super) certificate: Certificate,
    pub(super) algorithm: Result<SignatureAlgorithm, Reason>,
}

enum SignedOctets {
    Attributes(Vec<u8>),
    Content,
}

/// Strips the armour of a CMS document; names the format of any other.
pub(super) fn open(document: &[u8]) -> Result<Cow<'_, [u8]>, ReadError> {
    INPUT_BYTES_MAX.check(document.len())?;
    match Format::of(document) {
        Format::Cms => Ok(armour::strip(document)?),
        other => Err(ReadError::FormatNotSupported(other)),
    }
}

/// Takes a CMS document apart.
pub(super) fn gather<'a>(octets: &'a [u8], item: &Item<'a>, terms: &Terms<'_>) -> Result<Gathered<'a>, ReadError> {
    let given = item.content;
    let mut message = SignedData::parse(octets)?;
    if message.signer_infos.is_empty() {
        return Err(ReadError::NoSignature);
    }
    let coverage = Coverage::of(&message, given);
    let contradicted = coverage.contradicted;
    let content: Option<Cow<'a, [u8]>> = match message.content.take() {
        Some(attached) => Some(attached),
        None => given.map(Cow::Borrowed),
    };
    let mut pool = Pool::default();
    let malformed = fill(&mut pool, &message)?;
    let direct = message.signer_infos.iter().filter(|info| info.signed_attrs.is_none()).count();
    DIRECT_SIGNERS_MAX.check(direct)?;
    let mut time_stamps: Vec<Vec<GatheredTimeStamp>> = Vec::new();
    let mut stamped: usize = 0;
    for info in &message.signer_infos {
        let tokens: Vec<&[u8]> = info.signature_time_stamps().collect();
        TIME_STAMPS_MAX.check(tokens.len())?;
        stamped = stamped.saturating_add(tokens.len());
        DOCUMENT_TIME_STAMPS_MAX.check(stamped)?;
        let read = tokens.iter().map(|t| super::time_stamp::gather(t, &info.signature, &mut pool, terms));
        time_stamps.push(read.collect::<Result<_, _>>()?);
    }
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &pool] };
    let subject = Subject::new(message.content_type, content.as_deref());
    let signatures = message
        .signer_infos
        .into_iter()
        .zip(time_stamps)
        .map(|(info, time_stamps)| {
            let mut signer = gather_signer(info, &subject, &sources);
            if contradicted {
                signer.faults.push(Reason::plain(Code::ContentContradicted));
                signer.content_digest = DigestStanding::Compared(ContentDigest::Invalid);
            }
            if signer.candidates.is_empty() && malformed > 0 {
                signer.faults.push(Reason::plain(Code::CertificateMalformed));
            }
            GatheredSignature { signer, time_stamps }
        })
        .collect();
    let content_sha256 = content.as_deref().map(Fingerprint::of);
    // A proof from after the question is none.
    let proven_at = item.proven_at.filter(|at| *at <= terms.at);
    Ok(Gathered { format: Format::Cms, signatures, pool, content, content_sha256, proven_at })
}

/// Adds what a message carries to a document's pool; gives how many certificates did not read.
///
/// *Errors*: more than `CERTIFICATES_MAX` different ones in one document, its time stamps included.
pub(super) fn fill(pool: &mut Pool, message: &SignedData<'_>) -> Result<usize, LimitExceeded> {
    let mut malformed: usize = 0;
    let values: Vec<_> = message.signer_infos.iter().map(crate::cms::SignerInfo::evidence_values).collect();
    let certificates = message.certificates.iter().chain(values.iter().flat_map(|v| &v.certificates));
    for der in certificates {
        if pool.contains(Fingerprint::of(der)) {
            continue;
        }
        CERTIFICATES_MAX.check(pool.len().saturating_add(malformed).saturating_add(1))?;
        match Certificate::parse(der) {
            Ok(certificate) => pool.add_certificate(certificate),
            Err(_) => malformed = malformed.saturating_add(1),
        }
    }
    // A CRL or a response that does not read is evidence that is not there.
    for der in message.crls.iter().chain(values.iter().flat_map(|v| &v.crls)) {
        if !pool.contains(Fingerprint::of(der)) {
            CERTIFICATES_MAX.check(pool.len().saturating_add(1))?;
            Crl::parse(der).into_iter().for_each(|crl| pool.add_crl(crl));
        }
    }
    let whole = message.ocsp_responses.iter().map(|der| OcspResponse::parse(der));
    let bare = values.iter().flat_map(|v| &v.basic_ocsp_responses).map(|der| OcspResponse::parse_basic(der));
    for response in whole.chain(bare).flatten() {
        CERTIFICATES_MAX.check(pool.len().saturating_add(1))?;
        pool.add_ocsp_response(response);
    }
    Ok(malformed)
}

/// What a SignerInfo is about.
pub(super) struct Subject<'a> {
    content_type: ObjectIdentifier,
    content: Option<&'a [u8]>,
    /// Digests of the content that were made already: many signers, one content.
    digests: RefCell<HashMap<DigestAlgorithm, Vec<u8>>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(content_type: ObjectIdentifier, content: Option<&'a [u8]>) -> Self {
        Self { content_type, content, digests: RefCell::default() }
    }

    fn digest(&self, algorithm: DigestAlgorithm, content: &[u8]) -> Vec<u8> {
        self.digests.borrow_mut().entry(algorithm).or_insert_with(|| algorithm.digest(content)).clone()
    }
}

/// Takes one SignerInfo apart.
pub(super) fn gather_signer<'a>(
    info: SignerInfo<'a>,
    subject: &Subject<'_>,
    sources: &Sources<'_>,
) -> GatheredSigner<'a> {
    let mut faults = Vec::new();
    let digest = DigestAlgorithm::from_oid(info.digest_algorithm.oid);
    if digest.is_none() {
        faults.push(Reason::about(Code::AlgorithmNotSupported, info.digest_algorithm.oid));
    }
    let (message, content_digest) = match &info.signed_attrs {
        Some(attributes) => {
            let standing = check_attributes(attributes, subject, digest, &mut faults);
            faults.extend(check_algorithm_protection(attributes, &info));
            (SignedOctets::Attributes(attributes.signed_octets()), standing)
        }
        None => {
            // RFC 5652 §5.3: without signed attributes only where the content is id-data.
            if !oids::is_data(subject.content_type) {
                faults.push(Reason::plain(Code::AttributeMissing));
            }
            if subject.content.is_some_and(are_signed_attributes) {
                faults.push(Reason::about(Code::AttributeMissing, "the content is itself a set of signed attributes"));
            }
            let missing = DigestStanding::Compared(ContentDigest::ContentMissing);
            (SignedOctets::Content, if subject.content.is_some() { DigestStanding::AsTheSignature } else { missing })
        }
    };
    let claimed_signing_time = info.signed_attrs.as_ref().and_then(Attributes::signing_time).and_then(Result::ok);
    let (candidates, candidates_cut) = candidates(&info, digest, sources, &mut faults);
    GatheredSigner {
        algorithm_oid: info.signature_algorithm.oid,
        content_digest,
        claimed_signing_time,
        faults,
        candidates,
        candidates_cut,
        message,
        value: info.signature,
    }
}

/// Whether content is what a signer with attributes signs (RFC 5652 §5.4): taking the attributes of a message away and
/// showing them as its content would otherwise make a second document that nobody meant to sign.
fn are_signed_attributes(content: &[u8]) -> bool {
    let Ok(set) = Reader::single(content, Encoding::Ber, "SignedAttributes") else { return false };
    set.tag == tag::SET && Attributes::parse(set.raw, set.reader()).is_ok_and(|all| all.message_digest().is_some())
}

/// RFC 5652 §5.6, §11: the mandatory attributes stand once, and name this content.
fn check_attributes(
    attributes: &Attributes<'_>,
    subject: &Subject<'_>,
    digest: Option<DigestAlgorithm>,
    faults: &mut Vec<Reason>,
) -> DigestStanding {
    match attributes.content_type() {
        None => faults.push(Reason::about(Code::AttributeMissing, "content-type")),
        Some(Err(_)) => faults.push(Reason::about(Code::AttributeMalformed, "content-type")),
        Some(Ok(named)) if named != subject.content_type => {
            faults.push(Reason::about(Code::ContentTypeMismatch, named));
        }
        Some(Ok(_)) => {}
    }
    if let Some(Err(_)) = attributes.signing_time() {
        faults.push(Reason::about(Code::AttributeMalformed, "signing-time"));
    }
    let signed = match attributes.message_digest() {
        None => {
            faults.push(Reason::about(Code::AttributeMissing, "message-digest"));
            return DigestStanding::Compared(ContentDigest::Invalid);
        }
        Some(Err(_)) => {
            faults.push(Reason::about(Code::AttributeMalformed, "message-digest"));
            return DigestStanding::Compared(ContentDigest::Invalid);
        }
        Some(Ok(signed)) => signed,
    };
    let Some(content) = subject.content else { return DigestStanding::Compared(ContentDigest::ContentMissing) };
    match digest {
        None => DigestStanding::Unsupported,
        Some(digest) if subject.digest(digest, content) == signed => DigestStanding::Compared(ContentDigest::Valid),
        Some(_) => DigestStanding::Compared(ContentDigest::Invalid),
    }
}

/// RFC 6211 §4.1: where the signer signed its algorithms, they are those that the message names.
fn check_algorithm_protection(attributes: &Attributes<'_>, info: &SignerInfo<'_>) -> Option<Reason> {
    let same = |meant: &AlgorithmIdentifier, named: &AlgorithmIdentifier| {
        let parameters = [meant, named].map(|one| one.parameters.as_deref());
        let [meant_parameters, named_parameters] = parameters;
        meant.oid == named.oid && SignatureAlgorithm::parameters_agree(meant.oid, meant_parameters, named_parameters)
    };
    let holds = |meant: &AlgorithmProtection| {
        let signature = meant.signature_algorithm.as_ref().is_some_and(|meant| same(meant, &info.signature_algorithm));
        signature && same(&meant.digest_algorithm, &info.digest_algorithm)
    };
    match attributes.algorithm_protection()? {
        Ok(meant) if holds(&meant) => None,
        Ok(_) => Some(Reason::plain(Code::AlgorithmsContradicted)),
        Err(_) => Some(Reason::about(Code::AttributeMalformed, "cms-algorithm-protection")),
    }
}

/// Certificates that the signer may mean: those that its identifier names, held to its signed reference where it has one; and
/// whether some were left out.
fn candidates(
    info: &SignerInfo<'_>,
    digest: Option<DigestAlgorithm>,
    sources: &Sources<'_>,
    faults: &mut Vec<Reason>,
) -> (Vec<Candidate>, bool) {
    let mut named: Vec<&Certificate> = match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => sources.issued(issuer, serial),
        SignerIdentifier::SubjectKeyIdentifier(id) => sources.keyed(id),
    };
    // The same certificate may come from several sources; the order must not depend on theirs.
    named.sort_by_key(|c| c.fingerprint());
    named.dedup();
    let mut references: Vec<EssCertId> = Vec::new();
    for reference in info.signed_attrs.iter().flat_map(Attributes::signing_certificates) {
        match reference.map(|r| r.certs.into_iter().next()) {
            Ok(first) => references.extend(first),
            Err(_) => faults.push(Reason::about(Code::AttributeMalformed, "signing-certificate")),
        }
    }
    let mut referenced = named.clone();
    referenced.retain(|c| references.iter().all(|r| names(r, c)));
    let chosen = if referenced.is_empty() && !named.is_empty() {
        faults.push(Reason::plain(Code::SigningCertificateMismatch));
        named
    } else {
        referenced
    };
    if chosen.is_empty() {
        faults.push(Reason::plain(Code::SigningCertificateNotFound));
    }
    let count = chosen.len();
    // Where the signature covers the content itself, every candidate would digest it anew.
    let limit = if info.signed_attrs.is_some() { CANDIDATES_MAX } else { 1 };
    let (own, brought): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|c| sources.is_own(c.fingerprint()));
    let tried = own.into_iter().take(limit).chain(brought.into_iter().take(limit));
    let tried: Vec<Candidate> = tried.map(|c| Candidate::new(c.clone(), info, digest)).collect();
    let is_cut = tried.len() < count;
    (tried, is_cut)
}

/// RFC 5035 §5.4: hash, and issuer with serial number where they are there.
fn names(reference: &EssCertId, certificate: &Certificate) -> bool {
    let digest = match (&reference.hash_algorithm, reference.version) {
        (Some(algorithm), _) => DigestAlgorithm::from_oid(algorithm.oid),
        (None, 1) => Some(DigestAlgorithm::Sha1),
        (None, _) => Some(DigestAlgorithm::Sha256),
    };
    let hash = digest.is_some_and(|d| d.digest(certificate.der()) == reference.cert_hash);
    let serial = reference.serial.as_deref().is_none_or(|s| s == certificate.serial());
    let issuer = reference
        .issuer
        .as_deref()
        .is_none_or(|name| crate::x509::Name::from_der(name).is_ok_and(|name| name == *certificate.issuer()));
    hash && serial && issuer
}

impl Candidate {
    fn new(certificate: Certificate, info: &SignerInfo<'_>, digest: Option<DigestAlgorithm>) -> Self {
        let algorithm = match (certificate.public_key(), digest) {
            (Err(error), _) => Err(Reason::about(Code::KeyNotUsable, error)),
            (Ok(_), None) => Err(Reason::about(Code::AlgorithmNotSupported, info.digest_algorithm.oid)),
            (Ok(key), Some(digest)) => {
                let stated = &info.signature_algorithm;
                SignatureAlgorithm::resolve(stated.oid, stated.parameters.as_deref(), Some(digest), key).map_err(
                    |error| match error {
                        UnsupportedAlgorithm::KeySize { bits } => {
                            Reason::about(Code::KeyTooShort, format_args!("{bits} bits"))
                        }
                        _ => Reason::about(Code::AlgorithmNotSupported, stated.oid),
                    },
                )
            }
        };
        Self { certificate, algorithm }
    }
}

impl GatheredSigner<'_> {
    /// One claim per candidate whose algorithm is supported, in their order.
    pub(super) fn claims<'g>(&'g self, content: Option<&'g [u8]>) -> impl Iterator<Item = SignatureClaim<'g>> {
        let message = match &self.message {
            SignedOctets::Attributes(octets) => Some(octets.as_slice()),
            SignedOctets::Content => content,
        };
        self.candidates.iter().filter_map(move |candidate| {
            let (Ok(algorithm), Ok(key), Some(message)) =
                (&candidate.algorithm, candidate.certificate.public_key(), message)
            else {
                return None;
            };
            Some(SignatureClaim {
                algorithm: *algorithm,
                key,
                message: message.into(),
                value: self.value.as_ref().into(),
            })
        })
    }

    /// The same, independent of the octets it was read from.
    pub(super) fn into_owned(self) -> GatheredSigner<'static> {
        GatheredSigner { value: Cow::Owned(self.value.into_owned()), ..self }
    }

    /// Whether the signature covers signed attributes and not the content itself.
    pub(super) fn has_signed_attributes(&self) -> bool {
        matches!(self.message, SignedOctets::Attributes(_))
    }

    /// Whether a claim is made for candidates at all: without content a signature over the content cannot be computed.
    pub(super) fn is_computable(&self, content: Option<&[u8]>) -> bool {
        matches!(self.message, SignedOctets::Attributes(_)) || content.is_some()
    }
}

impl Gathered<'_> {
    /// The document's own claims: each signature's candidates, then its time stamps' candidates.
    pub(super) fn claims(&self) -> impl Iterator<Item = SignatureClaim<'_>> {
        self.signatures.iter().flat_map(|signature| {
            let own = signature.signer.claims(self.content());
            own.chain(signature.time_stamps.iter().flat_map(GatheredTimeStamp::claims))
        })
    }

    /// The covered content, where it is at hand.
    pub(super) fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The covered content where it may be a permit: a small JSON object.
    pub(super) fn json_content(&self) -> Option<Vec<u8>> {
        let small = |c: &&[u8]| c.len() <= PERMIT_JSON_BYTES_MAX.value && c.starts_with(b"{");
        self.content().filter(small).map(<[u8]>::to_vec)
    }

    /// Certificates whose paths will be asked about.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Certificate> {
        self.signatures.iter().flat_map(|signature| {
            let own = signature.signer.candidates.iter();
            let stamped = signature.time_stamps.iter().flat_map(GatheredTimeStamp::candidates);
            own.chain(stamped).map(|c| &c.certificate)
        })
    }
}
