//! Conclude: facts, outcomes, policy and time become a verdict. Pure and total.

use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::explain::{Asked, PathFinding};
use super::gather::{DigestStanding, Gathered, GatheredSignature, GatheredSigner};
use super::meant::Candidate;
use super::reason::{Code, Reason};
use super::report::{
    ContentDigest, DocumentReport, RecognitionFacts, SignatureReport, SignatureValue, TimeStampIndication,
    TimeStampReport,
};
use super::verdict::{Indication, SubIndication, Verdict};
use super::{Terms, time_stamp};
use crate::codec::screen;
use crate::crypto::{Outcome, PublicKey, SignatureAlgorithm};
use crate::limits::OTHER_PATHS_MAX;
use crate::path::{
    Defect, Link, LinkOutcome, Links, PathDefect, PathRules, Pool, Question, RevocationReasonRank, RevocationStatus,
    RevocationUnknown, Sources, ValidatedPath, validate, validate_with_book,
};
use crate::policy::{Acceptability, Policy};
use crate::time::Timestamp;
use crate::trust::{DocumentFacts, Technical, recognise};
use crate::x509::{Certificate, ExtensionValue, KeyUsage, Name, oids};

/// Concludes about one document from the outcomes of its own claims, in the order that `Gathered::claims` made them.
pub(super) fn conclude(
    document: &Gathered<'_>,
    (outcomes, links): (&[Outcome], &Links),
    terms: &Terms<'_>,
) -> DocumentReport {
    let mut outcomes = outcomes.iter();
    let signatures: Vec<SignatureReport> = document
        .signatures
        .iter()
        .map(|signature| conclude_signature(signature, &mut outcomes, document, (terms, links)))
        .collect();
    // INVARIANT: gather refuses a message without signers, so there is a worst one; without it nothing passes.
    let verdict = Verdict::worst(signatures.iter().map(|s| s.verdict))
        .unwrap_or_else(|| Verdict::of([super::SubIndication::FormatFailure]));
    DocumentReport {
        format: document.format,
        verdict,
        signatures,
        content_sha256: document.content_sha256,
        json_content: document.json_content(),
    }
}

fn conclude_signature<'o>(
    signature: &GatheredSignature<'_>,
    outcomes: &mut impl Iterator<Item = &'o Outcome>,
    document: &Gathered<'_>,
    (terms, links): (&Terms<'_>, &Links),
) -> SignatureReport {
    let signer = &signature.signer;
    let values = candidate_values(signer, document.content(), outcomes);
    let time_stamps: Vec<TimeStampReport> = signature
        .time_stamps
        .iter()
        .map(|stamp| time_stamp::conclude(stamp, outcomes, &document.carried.pool, (terms, links)))
        .collect();
    let proven_at = proven_at(&time_stamps).into_iter().chain(document.proven_at).min();
    let best_signature_time = proven_at.unwrap_or(terms.at);
    let when = When { at: best_signature_time, proven_at: best_signature_time, is_stated: false };
    let find = |c: &Certificate| Arc::new(find_path(c, when, &document.carried.pool, (terms, links)));
    let (chosen, path) = choose(signer, &values, |c| match (document.only_meant(), terms.known) {
        // With one candidate all that the path rests on is known, but for the times.
        (Some(meant), Some(_)) if meant.candidates.len() == 1 => meant.path((terms.at, proven_at), || find(c)),
        _ => find(c),
    });
    let mut reasons = signer.faults.clone();
    reasons.extend(chosen.reasons);
    if terms.policy.require_signed_attributes && !signer.has_signed_attributes() {
        reasons.push(Reason::plain(Code::SignedAttributesMissing));
    }
    reasons.extend(against_content(chosen.content_digest));
    if let Some(certificate) = &chosen.certificate {
        let against = path.against.get_or_init(|| {
            let mut against: Vec<Reason> = path.reasons.iter().map(|r| as_proven(r.clone(), proven_at)).collect();
            against.extend(check_purpose(certificate, terms.policy));
            if let (Some(algorithm), Ok(key)) = (chosen.algorithm, certificate.public_key()) {
                against.extend(check_algorithm(terms.policy, (algorithm, key), best_signature_time));
            }
            against
        });
        reasons.extend_from_slice(against);
    }
    // Nothing passes by silence: whatever was not computed is a reason.
    let sound = chosen.value == SignatureValue::Valid && chosen.content_digest == ContentDigest::Valid;
    if !sound && reasons.is_empty() {
        reasons.push(Reason::about(Code::AlgorithmNotSupported, signer.algorithm_oid));
    }
    reasons.sort_by_key(|r| (r.code.finding(), r.code));
    reasons.dedup();
    let verdict = Verdict::of(reasons.iter().map(|r| r.code.finding()));
    let technical = technical(&path, verdict, (&reasons, chosen.content_digest));
    let facts = RecognitionFacts { technical, reaches_anchor: path.reaches_anchor, proven_at, at: terms.at };
    let document = DocumentFacts::default();
    let asked = facts.about((&path.certificates, chosen.certificate.as_ref()), signer.algorithm_oid, &document);
    let recognition = recognise(&asked, terms.trust);
    SignatureReport {
        verdict,
        signature_value: chosen.value,
        content_digest: chosen.content_digest,
        algorithm: chosen.algorithm,
        algorithm_oid: signer.algorithm_oid,
        signer: chosen.certificate,
        claimed_signing_time: signer.claimed_signing_time,
        best_signature_time,
        time_stamps,
        recognition,
        recognition_facts: facts,
        reasons,
        path: Arc::clone(&path.certificates),
        path_finding: path.finding.clone(),
    }
}

fn against_content(digest: ContentDigest) -> Option<Reason> {
    match digest {
        ContentDigest::Invalid => Some(Reason::plain(Code::ContentDigestMismatch)),
        ContentDigest::ContentMissing => Some(Reason::plain(Code::ContentMissing)),
        // What is not supported has its own reason among the faults.
        ContentDigest::Valid | ContentDigest::Unsupported => None,
    }
}

/// EN 319 102-1 §5.5.4: the earliest time that a time stamp proves.
fn proven_at(time_stamps: &[TimeStampReport]) -> Option<Timestamp> {
    let passed = time_stamps.iter().filter(|t| t.indication == TimeStampIndication::Passed);
    passed.filter_map(|t| t.gen_time).min()
}

/// A certificate that is younger than the proven time of its signature did not make it (EN 319 102-1 §5.5.4, step 5).
fn as_proven(reason: Reason, proven_at: Option<Timestamp>) -> Reason {
    match (reason.code, proven_at) {
        (Code::NotYetValid, Some(_)) => Reason { code: Code::SignedBeforeValidity, ..reason },
        _ => reason,
    }
}

/// What validation found, as far as it bears on recognition (facts/ttp.md §8.3, steps 1, 4 and 5).
fn technical(path: &Path, verdict: Verdict, (reasons, content): (&[Reason], ContentDigest)) -> Technical {
    match (verdict.indication, verdict.sub_indication) {
        (Indication::TotalPassed, _) => Technical::Sound,
        (Indication::TotalFailed, _) => Technical::Broken,
        (_, Some(SubIndication::RevokedNoPoe | SubIndication::RevokedCaNoPoe)) => {
            Technical::Revoked { compromised: path.is_compromised() }
        }
        (_, Some(SubIndication::ChainConstraintsFailure)) => Technical::Misused,
        (_, Some(SubIndication::TryLater)) if reasons.iter().any(|r| r.code == Code::OnHold) => Technical::OnHold,
        (_, Some(SubIndication::TryLater)) => Technical::RevocationUnknown,
        _ if content == ContentDigest::Valid && reasons.iter().all(is_not_computed) => Technical::NotComputed,
        _ => Technical::Undetermined,
    }
}

/// Whether a reason says no more than that an algorithm is not computed here, or that revocation is not known, which then
/// follows.
fn is_not_computed(reason: &Reason) -> bool {
    let unsupported = matches!(reason.code, Code::AlgorithmNotSupported | Code::IssuerSignatureUnsupported);
    unsupported || (reason.code.finding() == SubIndication::TryLater && reason.code != Code::OnHold)
}

/// What the mathematics said about a signer, and under which of its candidates.
pub(super) struct Chosen {
    pub(super) certificate: Option<Certificate>,
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) value: SignatureValue,
    pub(super) content_digest: ContentDigest,
    pub(super) reasons: Vec<Reason>,
}

/// Takes a signer's outcomes, one per supported candidate, and gives what each says of the signature value.
pub(super) fn candidate_values<'o>(
    signer: &GatheredSigner<'_>,
    content: Option<&[u8]>,
    outcomes: &mut impl Iterator<Item = &'o Outcome>,
) -> SmallVec<[SignatureValue; 1]> {
    let computable = signer.is_computable(content);
    let value = |candidate: &Candidate| {
        if !computable || candidate.algorithm.is_err() {
            return SignatureValue::Unsupported;
        }
        match outcomes.next() {
            Some(Outcome::Valid(_)) => SignatureValue::Valid,
            Some(Outcome::Invalid) => SignatureValue::Invalid,
            None => SignatureValue::Unsupported,
        }
    };
    signer.meant.candidates.iter().map(value).collect()
}

/// Settles on the candidate under which the signature holds; where it holds under several, which then have the same key,
/// on the one with the best path; where it holds under none, on the first.
pub(super) fn choose(
    signer: &GatheredSigner<'_>,
    values: &[SignatureValue],
    path_of: impl Fn(&Certificate) -> Arc<Path>,
) -> (Chosen, Arc<Path>) {
    let holds = |(index, value): (usize, &SignatureValue)| (*value == SignatureValue::Valid).then_some(index);
    let candidate = |index: usize| signer.meant.candidates.get(index);
    let path_at = |index: usize| candidate(index).map(|c| path_of(&c.certificate)).unwrap_or_default();
    let valid = values.iter().enumerate().filter_map(holds).map(|index| (index, path_at(index)));
    let held: SmallVec<[(usize, Arc<Path>); 1]> = valid.collect();
    let passing = held.iter().filter(|(_, path)| path.reasons.is_empty()).count();
    let best = held.into_iter().min_by_key(|(_, path)| path.gravity());
    let is_cut = best.is_none() && signer.meant.candidates_cut;
    let (index, path) = best.unwrap_or_else(|| (0, path_at(0)));
    // It may hold under one that was not tried.
    let value = if is_cut { None } else { values.get(index).copied() }.unwrap_or(SignatureValue::Unsupported);
    let mut chosen = chosen(signer, index, value);
    if is_cut {
        chosen.reasons.push(Reason::about(Code::SearchBudgetSpent, "certificates of one issuer and serial number"));
    }
    // Several good certificates for one key and no signed reference: who signed cannot be told.
    if passing > 1 {
        chosen.reasons.push(Reason::plain(Code::SignerAmbiguous));
    }
    (chosen, path)
}

fn chosen(signer: &GatheredSigner<'_>, index: usize, value: SignatureValue) -> Chosen {
    let candidate = signer.meant.candidates.get(index);
    let mut reasons = Vec::new();
    if value == SignatureValue::Invalid {
        reasons.push(Reason::plain(Code::SignatureInvalid));
    }
    if let Some(Err(reason)) = candidate.map(|c| &c.algorithm) {
        reasons.push(reason.clone());
    }
    let content_digest = match (signer.content_digest, value) {
        (DigestStanding::Compared(standing), _) => standing,
        (DigestStanding::AsTheSignature, SignatureValue::Valid) => ContentDigest::Valid,
        (DigestStanding::AsTheSignature, SignatureValue::Invalid) => ContentDigest::Invalid,
        (DigestStanding::AsTheSignature, SignatureValue::Unsupported)
        | (DigestStanding::Unsupported | DigestStanding::Awaited, _) => ContentDigest::Unsupported,
    };
    Chosen {
        certificate: candidate.map(|c| c.certificate.clone()),
        algorithm: candidate.and_then(|c| c.algorithm.as_ref().ok().copied()),
        value,
        content_digest,
        reasons,
    }
}

/// A path as far as it was found, and what stands against it.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) finding: PathFinding,
    pub(super) certificates: Arc<[Certificate]>,
    pub(super) reaches_anchor: bool,
    pub(super) reasons: Vec<Reason>,
    /// The same with what stands against the certificate and the signature's algorithm under the policy, once asked for.
    against: OnceLock<Vec<Reason>>,
}

impl Path {
    /// Whether a key of it was compromised.
    fn is_compromised(&self) -> bool {
        use crate::x509::RevocationReason as R;
        let PathFinding::Refused { rejection, .. } = &self.finding else { return false };
        rejection.defects.iter().any(|found| match found.defect {
            Defect::Revoked { reason: Some(RevocationReasonRank(reason)), .. } => {
                matches!(reason, R::KeyCompromise | R::CaCompromise | R::AaCompromise)
            }
            _ => false,
        })
    }

    /// What a path alone would lead to; the least is the best.
    fn gravity(&self) -> (super::Indication, Option<std::cmp::Reverse<super::SubIndication>>) {
        let verdict = Verdict::of(self.reasons.iter().map(|r| r.code.finding()));
        (verdict.indication, verdict.sub_indication.map(std::cmp::Reverse))
    }
}

/// When a path is asked about.
#[derive(Clone, Copy)]
pub(super) struct When {
    /// The time the path must hold at.
    pub(super) at: Timestamp,
    /// The time that its signatures are proven to exist at, for the policy on algorithms.
    pub(super) proven_at: Timestamp,
    /// Whether nothing but what the target signed says that `at` was the time.
    pub(super) is_stated: bool,
}

/// Finds and validates the path of a certificate at a time (EN 319 102-1 §5.2.6).
pub(super) fn find_path(
    target: &Certificate,
    When { at, proven_at, is_stated }: When,
    pool: &Pool,
    (terms, links): (&Terms<'_>, &Links),
) -> Path {
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, pool] };
    let rules = PathRules { proven_at: is_stated.then_some(proven_at), ..terms.policy.path_rules() };
    let question = Question { target, at, known_at: terms.at, rules: &rules };
    match validate_with_book(&question, &sources, links, terms.paths) {
        Ok(proof) => {
            let first = accepted(&proof, proven_at, (terms.policy, links));
            if first.reasons.is_empty() {
                return first;
            }
            other_path(&question, &sources, (proof, proven_at), (terms.policy, links)).unwrap_or(first)
        }
        Err(rejection) => Path {
            reasons: rejection.defects.iter().map(|found| reason_of(found, at)).collect(),
            certificates: rejection.path.as_slice().into(),
            reaches_anchor: rejection.reaches_anchor,
            finding: PathFinding::Refused { asked: Asked::of(&rules), rejection: Arc::new(rejection), at },
            against: OnceLock::new(),
        },
    }
}

/// Holds a path that was found to the policy on algorithms.
fn accepted(proof: &ValidatedPath, at: Timestamp, (policy, links): (&Policy, &Links)) -> Path {
    let certificates: Arc<[Certificate]> = proof.certificates().into();
    let mut reasons = check_links(&certificates, at, (policy, links));
    reasons.extend(check_evidence(proof, at, (policy, links)));
    let finding = PathFinding::Held { path: Arc::new(proof.clone()), asked: Asked::of(&policy.path_rules()) };
    Path { finding, certificates, reaches_anchor: true, reasons, against: OnceLock::new() }
}

/// Another path to the same target, without the links whose algorithms the policy refuses; `None` where there is none that
/// the policy accepts whole.
fn other_path(
    question: &Question<'_>,
    sources: &Sources<'_>,
    (mut proof, at): (ValidatedPath, Timestamp),
    (policy, links): (&Policy, &Links),
) -> Option<Path> {
    let mut usable = links.clone();
    for _ in 0..OTHER_PATHS_MAX.value {
        let refused = |pair: &&[Certificate]| !check_links(pair, at, (policy, links)).is_empty();
        let struck: Vec<&[Certificate]> = proof.certificates().windows(2).filter(refused).collect();
        if struck.is_empty() {
            return None;
        }
        for pair in struck {
            let [child, issuer] = pair else { continue };
            let link = Link { signed: child.fingerprint(), issuer: issuer.fingerprint() };
            usable.record(link, LinkOutcome::Unsupported);
        }
        proof = validate(question, sources, &usable).ok()?;
        let path = accepted(&proof, at, (policy, links));
        if path.reasons.is_empty() {
            return Some(path);
        }
    }
    None
}

/// EN 319 102-1 §5.2.8: the algorithms inside the path are held to the same policy as the signature's.
fn check_links(path: &[Certificate], at: Timestamp, (policy, links): (&Policy, &Links)) -> Vec<Reason> {
    path.windows(2)
        .filter_map(|pair| {
            let [child, issuer] = pair else { return None };
            let link = Link { signed: child.fingerprint(), issuer: issuer.fingerprint() };
            match (links.get(link), issuer.public_key()) {
                (Some(LinkOutcome::Valid(token)), Ok(key)) => check_algorithm(policy, (token.algorithm(), key), at),
                _ => Some(Reason::about(Code::IssuerSignatureUnsupported, child.label())),
            }
        })
        .collect()
}

/// The same for the evidence that the path rests on, and for whoever signed it.
fn check_evidence(proof: &ValidatedPath, at: Timestamp, (policy, links): (&Policy, &Links)) -> Vec<Reason> {
    let good = proof.revocation().iter().filter_map(|status| match status {
        RevocationStatus::Good(proof) => Some(&proof.rests_on),
        _ => None,
    });
    good.flatten()
        .filter_map(|(link, issuer)| match (links.get(*link), issuer.public_key()) {
            (Some(LinkOutcome::Valid(token)), Ok(key)) => check_algorithm(policy, (token.algorithm(), key), at),
            _ => Some(Reason::about(Code::RevocationNotFromIssuer, issuer.label())),
        })
        .collect()
}

/// Holds an algorithm and its key to the policy at a time.
pub(super) fn check_algorithm(
    policy: &Policy,
    (algorithm, key): (SignatureAlgorithm, &PublicKey),
    at: Timestamp,
) -> Option<Reason> {
    match policy.accepts(algorithm, key, at) {
        Acceptability::Accepted => None,
        Acceptability::NotListed => Some(Reason::about(Code::AlgorithmNotAccepted, algorithm.name())),
        Acceptability::Ended { until } => Some(Reason::about(Code::AlgorithmNotAccepted, algorithm.name()).at(until)),
        Acceptability::KeyTooShort { key_bits_min } => {
            let about = format!("{} bits where {key_bits_min} are demanded", key.key_bits());
            Some(Reason::about(Code::KeyTooShort, about))
        }
    }
}

/// "Used in accordance with the information specified in the registration certificate": may this key sign documents?
pub(super) fn check_purpose(certificate: &Certificate, policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !policy.require_non_repudiation {
        return reasons;
    }
    let usage = certificate.key_usage().present();
    if !usage.is_some_and(|u| u.allows(KeyUsage::NON_REPUDIATION)) {
        let has = usage.map_or_else(|| "no key usage".to_owned(), |u| u.names().join(", "));
        reasons.push(Reason::about(Code::NoNonRepudiation, has));
    }
    if let ExtensionValue::Present(purposes) = certificate.extended_key_usage() {
        const SERVICES: [const_oid::ObjectIdentifier; 5] =
            [oids::TIME_STAMPING, oids::OCSP_SIGNING, oids::SERVER_AUTH, oids::CODE_SIGNING, oids::DVCS];
        if purposes.iter().all(|p| SERVICES.contains(p)) {
            reasons.push(Reason::plain(Code::DevicePurpose));
        }
    }
    reasons
}

pub(super) fn reason_of(found: &PathDefect, at: Timestamp) -> Reason {
    let about = |code| Reason::about(code, found.certificate.label());
    // The smallest missing fact: whose evidence about whom, from after when.
    let missing = |code| {
        let (subject, issuer) = (found.certificate.label(), found.certificate.issuer());
        Reason::about(code, format!("{subject}, issued by {}", short(issuer))).at(at)
    };
    match found.defect {
        Defect::RevocationUnknown(why) => match why {
            RevocationUnknown::NotFromIssuer => about(Code::RevocationNotFromIssuer),
            RevocationUnknown::NotComputed => about(Code::SearchBudgetSpent),
            RevocationUnknown::NotUnderstood => about(Code::RevocationNotUnderstood),
            RevocationUnknown::ReasonsMissing => missing(Code::RevocationReasonsMissing),
            RevocationUnknown::UnknownToResponder => about(Code::RevocationUnknownToResponder),
            RevocationUnknown::Stale { .. } => missing(Code::RevocationStale),
            RevocationUnknown::NoEvidence => missing(Code::RevocationUnknown),
            RevocationUnknown::OutOfTime => missing(Code::RevocationOutOfTime),
        },
        Defect::OnHold { since } => about(Code::OnHold).at(since),
        Defect::NameNotPermitted => about(Code::NameNotPermitted),
        Defect::NameMismatch => about(Code::NameMismatch),
        Defect::NoValidPolicy => about(Code::NoValidPolicy),
        Defect::OutOfProfile(fault) => Reason::about(Code::OutOfProfile, fault),
        Defect::TooManyNames => about(Code::TooManyNames),
        Defect::TooManyPolicies => about(Code::TooManyPolicies),
        Defect::Expired { not_after } => about(Code::Expired).at(not_after),
        Defect::NotYetValid { not_before } => about(Code::NotYetValid).at(not_before),
        Defect::Revoked { since, reason } => {
            let code = if found.is_target { Code::Revoked } else { Code::CaRevoked };
            let subject = found.certificate.label();
            match reason {
                Some(reason) => Reason::about(code, format!("{subject}, {}", reason.0.name())).at(since),
                None => Reason::about(code, subject).at(since),
            }
        }
        Defect::MayNotSignCertificates => about(Code::MayNotSignCertificates),
        Defect::NotForPurpose(purpose) => Reason::about(Code::PurposeNotNamed, purpose),
        Defect::PathLengthExceeded => about(Code::PathLengthExceeded),
        Defect::NotACa => about(Code::NotACa),
        Defect::UnreadableExtension(oid) => Reason::about(Code::UnreadableExtension, oid),
        Defect::UnknownCriticalExtension(oid) => Reason::about(Code::UnknownCriticalExtension, oid),
        Defect::SignatureUnsupported => about(Code::IssuerSignatureUnsupported),
        Defect::BudgetSpent => about(Code::SearchBudgetSpent),
        Defect::SignatureInvalid => about(Code::IssuerSignatureInvalid),
        Defect::NoIssuer => about(Code::IssuerNotFound),
    }
}

fn short(name: &Name) -> String {
    name.attribute(oids::COMMON_NAME).map_or_else(|| name.to_string(), |cn| format!("CN={}", screen::line(cn)))
}
