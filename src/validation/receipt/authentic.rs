//! Whose an answer is: one signer over the octets as received, its certificate, path, purpose and registration
//! (facts/ttp.md §1.7 (1) and (2)).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::binding::stated;
use super::dialect::KeyPurpose;
use super::fault::ReceiptFault;
use super::party::ThirdParty;
use crate::cms::SignedData;
use crate::cms::dvcs::{DvcsResponse, ID_CT_DVCS_RESPONSE_DATA};
use crate::codec::der::{Encoding, Reader};
use crate::crypto::{DigestAlgorithm, verify_many};
use crate::limits::RECEIPT_SKEW_SECONDS_MAX;
use crate::path::{Defect, LinkList, Pool, SignatureBook, Sources};
use crate::time::Timestamp;
use crate::validation::conclude::{Chosen, Path, When, candidate_values, check_algorithm, choose, find_path};
use crate::validation::gather::{Subject, fill, gather_whole_signer};
use crate::validation::reason::{Code, Reason};
use crate::validation::report::{ContentDigest, SignatureValue};
use crate::validation::{PathFinding, Terms, compute};
use crate::x509::{Certificate, ExtensionValue, Fingerprint, KeyUsage, oids as x509_oids};

/// An answer taken apart.
pub(super) struct Read<'a> {
    pub(super) message: SignedData<'a>,
    pub(super) response: DvcsResponse,
}

/// Reads an answer: one signer, over a DVCSResponse.
pub(super) fn read(octets: &[u8]) -> Result<Read<'_>, ReceiptFault> {
    let message = SignedData::parse(octets)
        .map_err(|_| if is_bare_response(octets) { ReceiptFault::Unsigned } else { ReceiptFault::Malformed })?;
    match message.signer_infos.as_slice() {
        [] => return Err(ReceiptFault::Unsigned),
        [_] => {}
        _ => return Err(ReceiptFault::SeveralSigners),
    }
    if message.content_type != ID_CT_DVCS_RESPONSE_DATA {
        return Err(ReceiptFault::ContentType);
    }
    let content = message.content.as_deref().ok_or(ReceiptFault::Malformed)?;
    let response = DvcsResponse::parse(content).map_err(|_| ReceiptFault::Malformed)?;
    Ok(Read { message, response })
}

/// "Receiving unsigned DVCSResponse MUST be treated by the clients as a critical and fatal error" (RFC 3029 §9.1): bare, or
/// in a ContentInfo of its own type.
fn is_bare_response(octets: &[u8]) -> bool {
    let typed = || {
        let mut info = Reader::new(octets, Encoding::Ber, "ContentInfo").sequence().ok()?;
        Some(info.oid().ok()? == ID_CT_DVCS_RESPONSE_DATA)
    };
    DvcsResponse::parse(octets).is_ok() || typed() == Some(true)
}

/// The times that an answer is judged at.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    /// When it says that it was made; where it does not, since when it is there.
    pub(super) at: Timestamp,
    /// When it was there beyond doubt.
    pub(super) proven_at: Timestamp,
    /// When the question is asked.
    pub(super) now: Timestamp,
    /// What is wrong with the time it states.
    token: bool,
}

impl Moments {
    pub(super) fn of(response: &DvcsResponse, proven_at: Option<Timestamp>, now: Timestamp) -> Self {
        let proven_at = proven_at.unwrap_or(now);
        match response {
            DvcsResponse::Certificate(info) => match stated(Some(&info.response_time)) {
                Some(at) => Self { at, proven_at, now, token: false },
                None => Self { at: proven_at, proven_at, now, token: true },
            },
            DvcsResponse::Error(_) => Self { at: proven_at, proven_at, now, token: false },
        }
    }
}

/// Who signed, and everything that stands against it.
#[derive(Default)]
pub(super) struct Authenticated {
    pub(super) signer: Option<Certificate>,
    /// What the signature is made over.
    pub(super) digest: Option<DigestAlgorithm>,
    /// What the finding about the path of the signer rests on.
    pub(super) rests_on: BTreeSet<Fingerprint>,
    /// Certificates of that path that are revoked.
    pub(super) revoked: Vec<Certificate>,
    pub(super) faults: Vec<ReceiptFault>,
}

/// Has the signature computed and judges whoever made it.
pub(super) fn authenticate(
    message: &SignedData<'_>,
    party: &ThirdParty,
    when: Moments,
    (terms, book): (&Terms<'_>, &SignatureBook),
) -> Authenticated {
    let mut pool = Pool::default();
    if let Err(error) = fill(&mut pool, message, terms.known) {
        let fault = ReceiptFault::Signature(Reason::about(Code::SearchBudgetSpent, error));
        return Authenticated { faults: vec![fault], ..Authenticated::default() };
    }
    let content = message.content.as_deref().unwrap_or_default();
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &pool] };
    let subject = Subject { content_type: message.content_type, content: Some(content) };
    let mut faults = check_times(when);
    let (mut reasons, mut found) = (Vec::new(), Authenticated::default());
    for info in &message.signer_infos {
        let gathered = gather_whole_signer(info.clone(), &subject, &sources);
        let mut list = LinkList::default();
        gathered.meant.candidates.iter().for_each(|candidate| list.explore(&candidate.certificate, &sources));
        let links = compute::answer(&list, book);
        let outcomes = verify_many(&gathered.claims(Some(content)).collect::<Vec<_>>());
        let values = candidate_values(&gathered, Some(content), &mut outcomes.iter());
        let asked = When { at: when.at, proven_at: when.proven_at, is_stated: true };
        let (chosen, path) = choose(&gathered, &values, |c| Arc::new(find_path(c, asked, &pool, (terms, &links))));
        reasons.extend(gathered.faults.clone());
        found.signer.clone_from(&chosen.certificate);
        found.digest = DigestAlgorithm::from_oid(info.digest_algorithm.oid);
        found.rests_on.extend(path.finding.rests_on());
        found.revoked.extend(revoked_in(&path.finding));
        faults.extend(check_signer(&chosen, &path, party, when));
        reasons.extend(weigh(chosen, &path, when.proven_at, terms));
    }
    reasons.sort_by_key(|r| (r.code.finding(), r.code));
    reasons.dedup();
    faults.extend(reasons.into_iter().map(ReceiptFault::Signature));
    Authenticated { faults, ..found }
}

/// The certificates of a path that are revoked.
fn revoked_in(finding: &PathFinding) -> Vec<Certificate> {
    let PathFinding::Refused { rejection, .. } = finding else { return Vec::new() };
    let revoked = rejection.defects.iter().filter(|found| matches!(found.defect, Defect::Revoked { .. }));
    revoked.map(|found| found.certificate.clone()).collect()
}

/// Everything that stands against signature, digest, path and algorithms.
fn weigh(chosen: Chosen, path: &Path, proven_at: Timestamp, terms: &Terms<'_>) -> Vec<Reason> {
    let mut reasons = chosen.reasons;
    if chosen.content_digest == ContentDigest::Invalid {
        reasons.push(Reason::plain(Code::ContentDigestMismatch));
    }
    if let Some(certificate) = &chosen.certificate {
        reasons.extend_from_slice(&path.reasons);
        if let (Some(algorithm), Ok(key)) = (chosen.algorithm, certificate.public_key()) {
            reasons.extend(check_algorithm(terms.policy, (algorithm, key), proven_at));
        }
    }
    // Nothing passes by silence.
    let sound = chosen.value == SignatureValue::Valid && chosen.content_digest == ContentDigest::Valid;
    if !sound && reasons.is_empty() {
        reasons.push(Reason::plain(Code::AlgorithmNotSupported));
    }
    reasons
}

fn check_signer(chosen: &Chosen, path: &Path, party: &ThirdParty, when: Moments) -> Vec<ReceiptFault> {
    let Some(certificate) = &chosen.certificate else { return vec![ReceiptFault::SignerNotFound] };
    let mut faults = Vec::new();
    if !is_for_receipts(certificate, party) {
        faults.push(ReceiptFault::KeyPurpose);
    }
    // Whatever leads to no anchor has its reason; whose registration counts is only known where it does.
    if path.reaches_anchor {
        faults.extend(party.check_standing(when.at, when.proven_at, when.now));
        faults.extend(party.check_key(&path.certificates, when.at, when.proven_at));
    }
    faults
}

/// RFC 3029 §4: the extended key usage names id-kp-dvcs; RFC 5280 §4.2.1.12: the key is for signing.
fn is_for_receipts(certificate: &Certificate, party: &ThirdParty) -> bool {
    let critical = certificate.extension(x509_oids::EXTENDED_KEY_USAGE).is_some_and(|e| e.critical);
    let signs = match certificate.key_usage() {
        ExtensionValue::Absent => true,
        ExtensionValue::Present(usage) => {
            usage.allows(KeyUsage::DIGITAL_SIGNATURE) || usage.allows(KeyUsage::NON_REPUDIATION)
        }
        ExtensionValue::Unreadable => false,
    };
    let named = certificate.has_purpose(x509_oids::DVCS);
    signs
        && match party.dialect.key_purpose {
            KeyPurpose::Named => named,
            KeyPurpose::NamedCritical => named && critical,
            // Then the registry names the very certificates (facts/ttp.md §8.1); an issuer's word would let in all below it.
            KeyPurpose::NotDemanded => party.anchors.iter().any(|(anchor, _)| anchor == certificate),
        }
}

fn check_times(when: Moments) -> Vec<ReceiptFault> {
    let token = when.token.then_some(ReceiptFault::TimeToken);
    // A receipt that was there before it says that it was made is not honest about it. DIVERGENCE D-46: two clocks.
    let latest = when.proven_at.plus_seconds(i64::try_from(RECEIPT_SKEW_SECONDS_MAX.value).unwrap_or_default());
    let future = (when.at > latest).then_some(ReceiptFault::InTheFuture);
    token.into_iter().chain(future).collect()
}

/// The digest that binds the receipt to its document is one that the policy accepts, and the one that the dialect demands.
pub(super) fn check_digest(
    response: &DvcsResponse,
    (party, of_signature): (&ThirdParty, Option<DigestAlgorithm>),
    proven_at: Timestamp,
    terms: &Terms<'_>,
) -> Option<ReceiptFault> {
    let DvcsResponse::Certificate(info) = response else { return None };
    let digest = DigestAlgorithm::from_oid(info.message_imprint.hash_algorithm.oid)?;
    let oid = info.message_imprint.hash_algorithm.oid.to_string();
    let listed = party.digests.is_empty() || party.digests.contains(&oid);
    let demanded = !party.dialect.imprint_digest_of_signature || of_signature == Some(digest);
    let accepted = listed && demanded && terms.policy.accepts_digest(digest, proven_at);
    (!accepted).then_some(ReceiptFault::ImprintNotAccepted)
}
