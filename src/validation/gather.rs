//! Gather: a document's octets become facts that need no mathematics, and claims that do.

use std::borrow::Cow;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::known::{Carried, Known};
use super::meant::Meant;
use super::reason::{Code, Reason};
use super::report::{ContentDigest, ReadError};
use super::time_stamp::GatheredTimeStamp;
use super::{Item, Terms};
use crate::cms::{AlgorithmProtection, Attributes, SignedData, SignerInfo, oids};
use crate::codec::armour;
use crate::codec::der::{Encoding, Reader, tag};
use crate::container::{Coverage, Format};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureClaim};
use crate::kernel::prefetch;
use crate::limits::{
    CERTIFICATES_MAX, DIRECT_SIGNERS_MAX, DOCUMENT_TIME_STAMPS_MAX, INPUT_BYTES_MAX, LimitExceeded,
    PERMIT_JSON_BYTES_MAX, TIME_STAMPS_MAX,
};
use crate::path::{Pool, Sources};
use crate::time::Timestamp;
use crate::x509::{AlgorithmIdentifier, Certificate, Crl, Fingerprint, OcspResponse};

/// One document, taken apart.
pub(super) struct Gathered<'a> {
    pub(super) format: Format,
    pub(super) signatures: Vec<GatheredSignature<'a>>,
    /// What came along: certificates, CRLs and OCSP responses.
    pub(super) carried: Arc<Carried>,
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
    /// Whom the signer means.
    pub(super) meant: Arc<Meant>,
    /// The signed message digest, until it is compared.
    awaited: Option<Cow<'a, [u8]>>,
    message: SignedOctets,
    value: Cow<'a, [u8]>,
}

/// What is known of the content's digest before the signature is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DigestStanding {
    /// The content's digest is not made yet.
    Awaited,
    /// Compared with the signed message digest.
    Compared(ContentDigest),
    /// The signature covers the content itself.
    AsTheSignature,
    /// The digest algorithm is not supported.
    Unsupported,
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

/// Asks for what stands behind the content of a document that will be taken apart next.
pub(super) fn ask_for(octets: &[u8]) {
    /// Certificates and signer of most documents.
    const BEHIND_CONTENT: usize = 3072;
    prefetch::soon(octets.last_chunk::<BEHIND_CONTENT>().map_or(octets, <[u8; BEHIND_CONTENT]>::as_slice));
}

/// Takes a CMS document apart; its content is digested with those of the others (`compare_digests`).
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
    let direct = message.signer_infos.iter().filter(|info| info.signed_attrs.is_none()).count();
    DIRECT_SIGNERS_MAX.check(direct)?;
    let (carried, time_stamps) = carried(&message, terms)?;
    let sources =
        Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &carried.pool] };
    let subject = Subject { content_type: message.content_type, content: content.as_deref() };
    let gather_one = |(info, time_stamps)| {
        let mut signer = gather_signer(info, &subject, |info| carried.meant(info, &sources));
        if contradicted {
            signer.faults.push(Reason::plain(Code::ContentContradicted));
            signer.settle(ContentDigest::Invalid);
        }
        if signer.meant.candidates.is_empty() && carried.malformed > 0 {
            signer.faults.push(Reason::plain(Code::CertificateMalformed));
        }
        GatheredSignature { signer, time_stamps }
    };
    let time_stamps = time_stamps.into_iter().chain(std::iter::repeat_with(Vec::new));
    let mut signatures = Vec::with_capacity(message.signer_infos.len());
    signatures.extend(message.signer_infos.into_iter().zip(time_stamps).map(gather_one));
    // A proof from after the question is none.
    let proven_at = item.proven_at.filter(|at| *at <= terms.at);
    Ok(Gathered { format: Format::Cms, signatures, carried, content, content_sha256: None, proven_at })
}

/// What came with a document, and the time stamps of each of its signers; none for any where it carries certificates alone,
/// which may be known.
fn carried(
    message: &SignedData<'_>,
    terms: &Terms<'_>,
) -> Result<(Arc<Carried>, Vec<Vec<GatheredTimeStamp>>), ReadError> {
    let bare = message.crls.is_empty()
        && message.ocsp_responses.is_empty()
        && message.signer_infos.iter().all(|info| info.unsigned_attrs.is_none());
    if let Some(known) = terms.known.filter(|_| bare) {
        let carried = known.carried(&message.certificates, || {
            let mut pool = Pool::default();
            let malformed = fill(&mut pool, message, terms.known)?;
            Ok((pool, malformed))
        })?;
        return Ok((carried, Vec::new()));
    }
    let mut pool = Pool::default();
    let malformed = fill(&mut pool, message, terms.known)?;
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
    Ok((Arc::new(Carried::new((pool, malformed))), time_stamps))
}

/// Digests the contents of all documents, those of one algorithm together, and holds them to what was signed.
pub(super) fn compare_digests(documents: &mut [Result<Gathered<'_>, ReadError>]) {
    let mut wanted: Vec<(DigestAlgorithm, Vec<usize>)> = Vec::new();
    for (place, document) in documents.iter().enumerate() {
        let Ok(document) = document else { continue };
        for algorithm in document.digests_awaited() {
            match wanted.iter_mut().find(|(known, _)| *known == algorithm) {
                Some((_, places)) if places.last() == Some(&place) => {}
                Some((_, places)) => places.push(place),
                None => wanted.push((algorithm, vec![place])),
            }
        }
    }
    for (algorithm, places) in wanted {
        let content = |place: &usize| documents.get(*place)?.as_ref().ok()?.content();
        // INVARIANT: only documents with content await a digest.
        let contents: Vec<&[u8]> = places.iter().map(|place| content(place).unwrap_or_default()).collect();
        let digests = algorithm.digest_many(&contents);
        for (place, digest) in places.iter().zip(digests) {
            if let Some(Ok(document)) = documents.get_mut(*place) {
                document.compare(algorithm, &digest);
            }
        }
    }
}

/// Gives the certificates, CRLs and OCSP responses that a message carries; none where it does not read.
///
/// *Cost*: `CERTIFICATES_MAX`; what goes beyond is left out.
pub fn evidence_carried(octets: &[u8]) -> Pool {
    let mut pool = Pool::default();
    if let Ok(message) = SignedData::parse(octets) {
        let _ = fill(&mut pool, &message, None);
    }
    pool
}

/// Adds what a message carries to a document's pool; gives how many certificates did not read.
///
/// *Errors*: more than `CERTIFICATES_MAX` different ones in one document, its time stamps included.
pub(super) fn fill(pool: &mut Pool, message: &SignedData<'_>, known: Option<&Known>) -> Result<usize, LimitExceeded> {
    let mut malformed: usize = 0;
    let values: Vec<_> = message.signer_infos.iter().map(crate::cms::SignerInfo::evidence_values).collect();
    let certificates = message.certificates.iter().chain(values.iter().flat_map(|v| &v.certificates));
    for der in certificates {
        let read = known.map_or_else(|| Certificate::parse(der), |known| known.certificate(der));
        if read.as_ref().is_ok_and(|certificate| pool.contains(certificate.fingerprint())) {
            continue;
        }
        CERTIFICATES_MAX.check(pool.len().saturating_add(malformed).saturating_add(1))?;
        match read {
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
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Option<&'a [u8]>,
}

/// Takes one SignerInfo apart.
fn gather_signer<'a>(
    info: SignerInfo<'a>,
    subject: &Subject<'_>,
    meant: impl FnOnce(&SignerInfo<'a>) -> Arc<Meant>,
) -> GatheredSigner<'a> {
    let meant = meant(&info);
    let mut faults = Vec::new();
    if meant.digest.is_none() {
        faults.push(Reason::about(Code::AlgorithmNotSupported, info.digest_algorithm.oid));
    }
    let mut awaited = None;
    let (message, content_digest) = match &info.signed_attrs {
        Some(attributes) => {
            let standing = match check_attributes(attributes, subject, meant.digest, &mut faults) {
                Ok(signed) => {
                    awaited = Some(signed);
                    DigestStanding::Awaited
                }
                Err(standing) => standing,
            };
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
    faults.extend_from_slice(&meant.faults);
    GatheredSigner {
        algorithm_oid: info.signature_algorithm.oid,
        content_digest,
        claimed_signing_time,
        faults,
        meant,
        awaited,
        message,
        value: info.signature,
    }
}

/// The same for a signer whose content is digested at once.
pub(super) fn gather_whole_signer<'a>(
    info: SignerInfo<'a>,
    subject: &Subject<'_>,
    sources: &Sources<'_>,
) -> GatheredSigner<'a> {
    let mut signer = gather_signer(info, subject, |info| Arc::new(Meant::of(info, sources)));
    if let (Some(algorithm), Some(content)) = (signer.digest_awaited(), subject.content) {
        signer.compare(algorithm, &algorithm.digest(content));
    }
    signer
}

/// Whether content is what a signer with attributes signs (RFC 5652 §5.4): taking the attributes of a message away and
/// showing them as its content would otherwise make a second document that nobody meant to sign.
fn are_signed_attributes(content: &[u8]) -> bool {
    let Ok(set) = Reader::single(content, Encoding::Ber, "SignedAttributes") else { return false };
    set.tag == tag::SET && Attributes::parse(set.raw, set.reader()).is_ok_and(|all| all.message_digest().is_some())
}

/// RFC 5652 §5.6, §11: the mandatory attributes stand once, and name this content. Gives the signed digest to compare the
/// content's with, or how that came out without.
fn check_attributes<'a>(
    attributes: &Attributes<'a>,
    subject: &Subject<'_>,
    digest: Option<DigestAlgorithm>,
    faults: &mut Vec<Reason>,
) -> Result<Cow<'a, [u8]>, DigestStanding> {
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
            return Err(DigestStanding::Compared(ContentDigest::Invalid));
        }
        Some(Err(_)) => {
            faults.push(Reason::about(Code::AttributeMalformed, "message-digest"));
            return Err(DigestStanding::Compared(ContentDigest::Invalid));
        }
        Some(Ok(signed)) => signed,
    };
    match (subject.content, digest) {
        (None, _) => Err(DigestStanding::Compared(ContentDigest::ContentMissing)),
        (Some(_), None) => Err(DigestStanding::Unsupported),
        (Some(_), Some(_)) => Ok(signed),
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

impl GatheredSigner<'_> {
    /// One claim per candidate whose algorithm is supported, in their order.
    pub(super) fn claims<'g>(&'g self, content: Option<&'g [u8]>) -> impl Iterator<Item = SignatureClaim<'g>> {
        let message = match &self.message {
            SignedOctets::Attributes(octets) => Some(octets.as_slice()),
            SignedOctets::Content => content,
        };
        self.meant.candidates.iter().filter_map(move |candidate| {
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

    /// Compares the digest of the content, where it is the one awaited.
    fn compare(&mut self, algorithm: DigestAlgorithm, digest: &[u8]) {
        if self.meant.digest == Some(algorithm)
            && let Some(signed) = &self.awaited
        {
            let same = **signed == *digest;
            self.settle(if same { ContentDigest::Valid } else { ContentDigest::Invalid });
        }
    }

    fn settle(&mut self, standing: ContentDigest) {
        self.content_digest = DigestStanding::Compared(standing);
        self.awaited = None;
    }

    /// The digest that the content must be compared under.
    fn digest_awaited(&self) -> Option<DigestAlgorithm> {
        self.meant.digest.filter(|_| self.awaited.is_some())
    }

    /// The same, independent of the octets it was read from.
    pub(super) fn into_owned(self) -> GatheredSigner<'static> {
        GatheredSigner {
            awaited: self.awaited.map(|signed| Cow::Owned(signed.into_owned())),
            value: Cow::Owned(self.value.into_owned()),
            algorithm_oid: self.algorithm_oid,
            content_digest: self.content_digest,
            claimed_signing_time: self.claimed_signing_time,
            faults: self.faults,
            meant: self.meant,
            message: self.message,
        }
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

    /// SHA-256, by which contents are named, and whatever the signers digested with; the same one may come twice.
    fn digests_awaited(&self) -> impl Iterator<Item = DigestAlgorithm> {
        let signed = self.signatures.iter().filter_map(|signature| signature.signer.digest_awaited());
        self.content.iter().flat_map(move |_| std::iter::once(DigestAlgorithm::Sha256).chain(signed.clone()))
    }

    fn compare(&mut self, algorithm: DigestAlgorithm, digest: &[u8]) {
        if algorithm == DigestAlgorithm::Sha256 {
            self.content_sha256 = digest.try_into().ok().map(Fingerprint);
        }
        self.signatures.iter_mut().for_each(|signature| signature.signer.compare(algorithm, digest));
    }

    /// Whom the one signer means of a document without time stamps: all that its links and paths rest on.
    pub(super) fn only_meant(&self) -> Option<&Arc<Meant>> {
        match self.signatures.as_slice() {
            [GatheredSignature { signer, time_stamps }] if time_stamps.is_empty() => Some(&signer.meant),
            _ => None,
        }
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
            let own = signature.signer.meant.candidates.iter();
            let stamped = signature.time_stamps.iter().flat_map(GatheredTimeStamp::candidates);
            own.chain(stamped).map(|c| &c.certificate)
        })
    }
}
