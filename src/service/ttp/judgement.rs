//! What the third party says about a document or a certificate (facts/ttp.md §8.3 step 6), before it is signed.

use super::request::Refusal;
use crate::cms::dvcs::{CertEtcToken, DataToCertify, FailureInfo, PkiStatus, PkiStatusInfo, TargetEtcChain};
use crate::path::Pool;
use crate::report::Answer;
use crate::service::verify::document_facts;
use crate::service::{Trust, Verifier};
use crate::time::Timestamp;
use crate::trust::{DocumentFacts, ReceiptFinding, RecognitionReason, Standing, Standpoint, TtpStatus};
use crate::validation::{DocumentReport, Indication, Item, Language, SignatureReport, SubIndication};
use crate::x509::{Certificate, Crl, OcspResponse};

/// What is said about one signature or certificate.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) certificate: Option<Certificate>,
    /// What it rests on, above the certificate.
    pub(super) path: Vec<Certificate>,
    pub(super) status: TtpStatus,
    /// Why, for people.
    pub(super) text: Vec<String>,
    /// Codes, for the record.
    pub(super) codes: Vec<String>,
    /// The receipt of another third party that it rests on.
    pub(super) assertion: Option<Vec<u8>>,
}

/// What is said about the whole.
#[derive(Clone, Debug)]
pub(super) enum Judgement {
    /// A receipt.
    Receipt { status: PkiStatusInfo, parts: Vec<Part> },
    /// An error notice.
    Notice(Refusal),
}

/// Verifies a document for the time that was asked for, with what is known now.
pub(super) fn verify_document(
    octets: &[u8],
    (verifier, asked_for, now): (&Verifier, Option<Timestamp>, Timestamp),
) -> Result<Answer, Refusal> {
    // RFC 3029 §7.3: requestTime is the time for which validity is asserted; whoever reads the receipt finds it there.
    let item = Item { proven_at: asked_for, ..Item::new(octets, None) };
    let answer = verifier.verify(&[item], now).into_iter().next();
    answer.ok_or_else(|| Refusal::new(FailureInfo::BAD_DATA_FORMAT, "the document does not read"))
}

/// What is said about each signature of a document, given the receipts of other third parties.
pub(super) fn parts_of(report: &DocumentReport, receipts: &[ReceiptFinding], trust: &Trust) -> Vec<Part> {
    let facts = document_facts(report);
    report.signatures.iter().map(|signature| part_of(signature, (&facts, receipts), trust)).collect()
}

fn part_of(signature: &SignatureReport, known: (&DocumentFacts, &[ReceiptFinding]), trust: &Trust) -> Part {
    let recognition = signature.recognise_with(known, Standpoint::TrustedThirdParty, &trust.compiled);
    let is_sound = signature.verdict.indication == Indication::TotalPassed;
    let status = match recognition.standing {
        Standing::Recognised if is_sound || !recognition.receipts.is_empty() => TtpStatus::Verified,
        _ if signature.verdict.indication == Indication::TotalFailed => TtpStatus::NotVerified,
        _ if recognition.ttp_status == Some(TtpStatus::Waiting) => TtpStatus::Waiting,
        _ if recognition.reasons.iter().any(|reason| is_no_route(*reason)) => TtpStatus::CannotVerify,
        _ => of_verdict(signature),
    };
    let technical = signature.reasons.iter().map(|reason| reason.code.name().to_owned());
    let legal = recognition.reasons.iter().map(|reason| reason.code().to_owned());
    let told = signature.reasons.iter().map(|reason| reason.text(Language::Ru));
    let legally = recognition.reasons.iter().map(|reason| reason.label()[1].to_owned());
    let mut text: Vec<String> = told.chain(legally).collect();
    text.truncate(TEXTS_MAX);
    Part {
        certificate: signature.signer.clone(),
        path: signature.path.iter().skip(1).cloned().collect(),
        status,
        text: if status == TtpStatus::Verified { Vec::new() } else { text },
        codes: technical.chain(legal).collect(),
        assertion: None,
    }
}

/// Sentences told about one signature: below what a reader of DVCS messages takes.
const TEXTS_MAX: usize = 8;

/// 547/НҚ п. 11 (3): neither the centre nor a third party that knows it is registered.
fn is_no_route(reason: RecognitionReason) -> bool {
    use RecognitionReason as R;
    matches!(
        reason,
        R::CaNotRegistered
            | R::TtpNotRegistered
            | R::RegNotYet
            | R::RegTerminatedBefore
            | R::RegVoid
            | R::RegSuspended
            | R::TreatyNotInForce
            | R::TtpReceiptMissing
            | R::TtpCannotCheck
            | R::NoPoe
    )
}

/// What cannot be told yet is told later; what the certificate does not allow is a no; what is not at hand cannot be checked.
fn of_verdict(signature: &SignatureReport) -> TtpStatus {
    match signature.verdict.sub_indication {
        Some(SubIndication::TryLater) => TtpStatus::Waiting,
        None
        | Some(
            SubIndication::SignedDataNotFound
            | SubIndication::NoSigningCertificateFound
            | SubIndication::NoCertificateChainFound
            | SubIndication::CertificateChainGeneralFailure,
        ) => TtpStatus::CannotVerify,
        Some(_) => TtpStatus::NotVerified,
    }
}

/// What is said about certificates (vpkc): their paths at the time asked for.
pub(super) fn parts_of_certificates(
    targets: &[TargetEtcChain],
    (verifier, at, now): (&Verifier, Timestamp, Timestamp),
) -> Result<Vec<Part>, Refusal> {
    targets.iter().map(|target| part_of_certificate(target, (verifier, at, now))).collect()
}

fn part_of_certificate(
    element: &TargetEtcChain,
    (verifier, at, now): (&Verifier, Timestamp, Timestamp),
) -> Result<Part, Refusal> {
    let unknown = || Refusal::new(FailureInfo::BAD_CERT_ID, "a target is no certificate that reads");
    let CertEtcToken::Certificate(der) = &element.target else { return Err(unknown()) };
    let certificate = Certificate::parse(der).map_err(|_| unknown())?;
    let brought = evidence_of(element);
    let report = verifier
        .check_certificate(&certificate, (at, &brought), now)
        .map_err(|limit| Refusal::new(FailureInfo::BAD_REQUEST, limit.to_string()))?;
    let later = |reason: &crate::validation::Reason| reason.code.finding() == SubIndication::TryLater;
    let status = match report.reasons.as_slice() {
        [] => TtpStatus::Verified,
        _ if !report.reaches_anchor => TtpStatus::CannotVerify,
        reasons if reasons.iter().all(later) => TtpStatus::Waiting,
        _ => TtpStatus::NotVerified,
    };
    Ok(Part {
        certificate: Some(certificate),
        path: report.path.iter().skip(1).cloned().collect(),
        status,
        text: report.reasons.iter().take(TEXTS_MAX).map(|reason| reason.text(Language::Ru)).collect(),
        codes: report.reasons.iter().map(|reason| reason.code.name().to_owned()).collect(),
        assertion: None,
    })
}

/// Certificates, lists and responses that came with a target; what does not read is not there.
fn evidence_of(element: &TargetEtcChain) -> Pool {
    let mut pool = Pool::default();
    for token in &element.chain {
        match token {
            CertEtcToken::Certificate(der) => {
                Certificate::parse(der).into_iter().for_each(|certificate| pool.add_certificate(certificate));
            }
            CertEtcToken::Crl(der) => Crl::parse(der).into_iter().for_each(|crl| pool.add_crl(crl)),
            CertEtcToken::OcspResponse(der) => {
                OcspResponse::parse(der).into_iter().for_each(|response| pool.add_ocsp_response(response));
            }
            CertEtcToken::PkiStatus(_) | CertEtcToken::Assertion(_) | CertEtcToken::Other(_) => {}
        }
    }
    pool
}

/// The whole out of its parts: a document is as good as its worst signature; `granted` only where every one verified
/// (RFC 3029 §9.2); what no registered centre stands behind cannot be checked (547/НҚ п. 11 (3)).
pub(super) fn compose(parts: Vec<Part>) -> Judgement {
    let any = |status: TtpStatus| parts.iter().any(|part| part.status == status);
    let first_text = |status: TtpStatus| {
        let part = parts.iter().find(|part| part.status == status);
        part.map(|part| part.text.join("; ")).unwrap_or_default()
    };
    let nameless = parts.iter().any(|part| part.certificate.is_none());
    let status = if any(TtpStatus::NotVerified) && !nameless {
        let text = first_text(TtpStatus::NotVerified);
        PkiStatusInfo::rejection(text, FailureInfo::INCORRECT_DATA)
    } else if any(TtpStatus::CannotVerify) || nameless || parts.is_empty() {
        let text = first_text(TtpStatus::CannotVerify);
        return Judgement::Notice(Refusal::new(FailureInfo::BAD_REQUEST, text));
    } else if any(TtpStatus::Waiting) {
        PkiStatusInfo { text: vec![first_text(TtpStatus::Waiting)], ..PkiStatusInfo::plain(PkiStatus::Waiting) }
    } else {
        PkiStatusInfo::plain(PkiStatus::Granted)
    };
    Judgement::Receipt { status, parts }
}

impl Part {
    /// One element of `certs`: the certificate, what it rests on, and our own decision (547/НҚ, annexes).
    pub(super) fn element(&self) -> Option<TargetEtcChain> {
        let certificate = |one: &Certificate| CertEtcToken::Certificate(one.der().to_vec());
        let number = match self.status {
            TtpStatus::Verified => PkiStatus::Granted,
            TtpStatus::Waiting => PkiStatus::Waiting,
            TtpStatus::NotVerified | TtpStatus::CannotVerify | TtpStatus::PartlyVerified => PkiStatus::Rejection,
        };
        let status = PkiStatusInfo { text: self.text.clone(), ..PkiStatusInfo::plain(number) };
        let mut chain: Vec<CertEtcToken> = self.path.iter().map(certificate).collect();
        chain.extend(self.assertion.clone().map(CertEtcToken::Assertion));
        chain.push(CertEtcToken::PkiStatus(status));
        Some(TargetEtcChain { target: certificate(self.certificate.as_ref()?), chain, path_processing_input: None })
    }
}

/// Whether a signer says that it signed after a time: no receipt could tell of it then.
pub(super) fn is_signed_after(report: &DocumentReport, time: Timestamp) -> bool {
    report.signatures.iter().any(|signature| signature.claimed_signing_time.is_some_and(|claimed| claimed > time))
}

/// The octets of a message; the dialect has settled that there are some.
pub(super) fn message(data: &DataToCertify) -> Result<&[u8], Refusal> {
    match data {
        DataToCertify::Message(octets) => Ok(octets),
        _ => Err(Refusal::new(FailureInfo::BAD_DATA_FORMAT, "the request holds no message")),
    }
}
