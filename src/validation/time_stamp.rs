//! Signature time stamps (RFC 3161; EN 319 102-1 §5.4): each is a signature of its own, by a TSA, about this signature.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Terms;
use super::conclude::{When, candidate_values, choose, find_path};
use super::gather::{GatheredSigner, Subject, fill, gather_whole_signer};
use super::meant::Candidate;
use super::reason::{Code, Reason};
use super::report::{ContentDigest, SignatureValue, TimeStampFault, TimeStampIndication, TimeStampReport};
use super::token::{Stamped, TimeStampSubject};
use super::verdict::{Indication, Verdict};
use crate::cms::{SignedData, TstInfo, oids};
use crate::crypto::{DigestAlgorithm, Outcome, SignatureClaim};
use crate::limits::LimitExceeded;
use crate::path::{Links, Pool, Sources};
use crate::trust::recognise_time_stamp;
use crate::x509::{Certificate, ExtensionValue, KeyUsage, oids as x509_oids};

/// One time stamp, taken apart.
pub(super) struct GatheredTimeStamp {
    token: Option<Token>,
    fault: Option<TimeStampFault>,
}

struct Token {
    info: TstInfo,
    content: Vec<u8>,
    signer: GatheredSigner<'static>,
    /// RFC 3161 §2.4.2, RFC 5816 §2.2.1: ESSCertID or ESSCertIDv2 of the TSA's certificate is a signed attribute.
    names_its_signer: bool,
}

/// Takes a token apart and compares its imprint with the signature value it should be about. What the token carries goes
/// into the document's pool.
pub(super) fn gather(
    token: &[u8],
    signature_value: &[u8],
    pool: &mut Pool,
    terms: &Terms<'_>,
) -> Result<GatheredTimeStamp, LimitExceeded> {
    gather_about(token, &TimeStampSubject::of(signature_value), pool, terms)
}

/// The same with a token that may be about anything.
pub(super) fn gather_about(
    token: &[u8],
    subject: &TimeStampSubject<'_>,
    pool: &mut Pool,
    terms: &Terms<'_>,
) -> Result<GatheredTimeStamp, LimitExceeded> {
    Ok(match read(token, pool, terms)? {
        None => GatheredTimeStamp { token: None, fault: Some(TimeStampFault::Malformed) },
        Some(token) => {
            let fault = check_imprint(&token.info, subject.stamped, terms)
                .or_else(|| check_answer(&token.info, subject))
                .or_else(|| (!token.names_its_signer).then_some(TimeStampFault::SignerNotNamed))
                .or_else(|| (token.info.gen_time > terms.at).then_some(TimeStampFault::InTheFuture));
            GatheredTimeStamp { token: Some(token), fault }
        }
    })
}

/// RFC 3161 §2.4.2: exactly one signer, content of type id-ct-TSTInfo, nothing critical that is not understood.
fn read(token: &[u8], pool: &mut Pool, terms: &Terms<'_>) -> Result<Option<Token>, LimitExceeded> {
    let Ok(message) = SignedData::parse(token) else { return Ok(None) };
    let ([info], Some(content)) = (message.signer_infos.as_slice(), &message.content) else { return Ok(None) };
    let tst_info = TstInfo::parse(content).ok().filter(|tst| !tst.unknown_critical_extension);
    let Some(tst_info) = tst_info.filter(|_| message.content_type == oids::ID_CT_TST_INFO) else { return Ok(None) };
    let content = content.to_vec();
    fill(pool, &message, terms.known)?;
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, pool] };
    let subject = Subject { content_type: message.content_type, content: Some(&content) };
    let names_its_signer = info.signed_attrs.as_ref().is_some_and(|all| !all.signing_certificates().is_empty());
    let signer = gather_whole_signer(info.clone(), &subject, &sources).into_owned();
    Ok(Some(Token { info: tst_info, content, signer, names_its_signer }))
}

fn check_imprint(info: &TstInfo, stamped: Stamped<'_>, terms: &Terms<'_>) -> Option<TimeStampFault> {
    let imprint = &info.message_imprint;
    let is_other = |digest: DigestAlgorithm| match stamped {
        Stamped::Octets(octets) => digest.digest(octets) != imprint.hashed_message,
        Stamped::Imprint(wanted) => {
            wanted.hashed_message != imprint.hashed_message || !wanted.hash_algorithm.matches(&imprint.hash_algorithm)
        }
    };
    match DigestAlgorithm::from_oid(imprint.hash_algorithm.oid) {
        None => Some(TimeStampFault::ImprintNotSupported),
        Some(digest) if is_other(digest) => Some(TimeStampFault::WrongImprint),
        Some(digest) if !terms.policy.accepts_digest(digest, terms.at) => Some(TimeStampFault::ImprintNotAccepted),
        Some(_) => None,
    }
}

/// RFC 3161 §2.4.2: the nonce and the policy of a request come back in the token.
fn check_answer(info: &TstInfo, subject: &TimeStampSubject<'_>) -> Option<TimeStampFault> {
    if subject.nonce.is_some_and(|sent| info.nonce.as_deref() != Some(sent)) {
        return Some(TimeStampFault::OtherNonce);
    }
    subject.policy.is_some_and(|asked| info.policy != asked).then_some(TimeStampFault::OtherPolicy)
}

impl GatheredTimeStamp {
    pub(super) fn claims(&self) -> impl Iterator<Item = SignatureClaim<'_>> {
        self.token.iter().flat_map(|token| token.signer.claims(Some(&token.content)))
    }

    pub(super) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.token.iter().flat_map(|token| token.signer.meant.candidates.iter())
    }
}

/// Concludes about one time stamp. It passes where its signature holds under a TSA's key whose path held at the time it
/// states (`docs/divergences.md` D-04), with algorithms that are acceptable now, and a centre behind it that is recognised:
/// a stamp of anybody else could be made to any time.
pub(super) fn conclude<'o>(
    stamp: &GatheredTimeStamp,
    outcomes: &mut impl Iterator<Item = &'o Outcome>,
    pool: &Pool,
    (terms, links): (&Terms<'_>, &Links),
) -> TimeStampReport {
    let Some(token) = &stamp.token else {
        return TimeStampReport {
            indication: TimeStampIndication::Failed,
            gen_time: None,
            tsa: None,
            signature_value: SignatureValue::Unsupported,
            content_digest: ContentDigest::Unsupported,
            reasons: Vec::new(),
            fault: stamp.fault,
            path: Vec::new(),
            rests_on: BTreeSet::new(),
        };
    };
    let gen_time = token.info.gen_time;
    // Nothing but itself says when the stamp was made, so its algorithms are judged as of now.
    let when = When { at: gen_time, proven_at: terms.at, is_stated: true };
    let values = candidate_values(&token.signer, Some(&token.content), outcomes);
    let (chosen, path) = choose(&token.signer, &values, |c| Arc::new(find_path(c, when, pool, (terms, links))));
    let mut reasons = token.signer.faults.clone();
    reasons.extend(chosen.reasons);
    if chosen.content_digest == ContentDigest::Invalid {
        reasons.push(Reason::plain(Code::ContentDigestMismatch));
    }
    let mut fault = stamp.fault;
    if let Some(tsa) = &chosen.certificate {
        if !is_tsa(tsa) {
            fault = fault.or(Some(TimeStampFault::NotATsa));
        }
        // A centre that may no longer stamp could write any time: its own word does not prove when it was recognised.
        if path.reaches_anchor && !recognise_time_stamp(&path.certificates, terms.at, terms.trust) {
            fault = fault.or(Some(TimeStampFault::NotRecognised));
        }
        reasons.extend_from_slice(&path.reasons);
        if let (Some(algorithm), Ok(key)) = (chosen.algorithm, tsa.public_key()) {
            reasons.extend(super::conclude::check_algorithm(terms.policy, (algorithm, key), terms.at));
        }
    }
    let verdict = Verdict::of(reasons.iter().map(|r| r.code.finding()));
    let indication = match (fault, verdict.indication) {
        (
            Some(
                TimeStampFault::ImprintNotSupported
                | TimeStampFault::ImprintNotAccepted
                | TimeStampFault::NotRecognised,
            ),
            Indication::TotalPassed | Indication::Indeterminate,
        ) => TimeStampIndication::Indeterminate,
        (Some(_), _) | (None, Indication::TotalFailed) => TimeStampIndication::Failed,
        (None, Indication::TotalPassed) if chosen.value == SignatureValue::Valid => TimeStampIndication::Passed,
        (None, Indication::TotalPassed | Indication::Indeterminate) => TimeStampIndication::Indeterminate,
    };
    TimeStampReport {
        indication,
        gen_time: Some(gen_time),
        tsa: chosen.certificate,
        signature_value: chosen.value,
        content_digest: chosen.content_digest,
        reasons,
        fault,
        path: path.certificates.to_vec(),
        rests_on: path.finding.rests_on(),
    }
}

/// RFC 3161 §2.3: one extended key usage, timeStamping, in a critical extension; RFC 5280 §4.2.1.12: the key is for signing.
fn is_tsa(certificate: &Certificate) -> bool {
    let critical = certificate.extensions().iter().any(|e| e.oid == x509_oids::EXTENDED_KEY_USAGE && e.critical);
    let only = match certificate.extended_key_usage() {
        ExtensionValue::Present(purposes) => purposes.as_slice() == [x509_oids::TIME_STAMPING],
        _ => false,
    };
    let signs = match certificate.key_usage() {
        ExtensionValue::Absent => true,
        ExtensionValue::Present(usage) => {
            usage.allows(KeyUsage::DIGITAL_SIGNATURE) || usage.allows(KeyUsage::NON_REPUDIATION)
        }
        ExtensionValue::Unreadable => false,
    };
    critical && only && signs
}
