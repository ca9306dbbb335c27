//! Verify: documents in, answers out, under one snapshot, one policy and the evidence at hand.

use std::sync::{Arc, OnceLock};

use super::crew::{cores_of_this_machine, spread};
use super::trust_office::SnapshotOrigin;
use crate::limits::{BATCH_DOCUMENTS, LimitExceeded, SPREAD_DOCUMENTS_MIN};
use crate::path::{PathBook, Pool, SignatureBook};
use crate::permit::DocumentContent;
use crate::policy::Policy;
use crate::report::Answer;
use crate::time::Timestamp;
use crate::trust::{CompiledTrust, DocumentFacts, Route, SnapshotError, Standpoint, TrustSnapshot};
use crate::validation::receipt::{
    ReceiptQuestion, RejectedReceipt, VerifiedReceipt, validate_receipt, validate_receipt_with,
};
use crate::validation::{
    CertificateReport, DocumentReport, Item, Known, Reason, SignatureReport, Terms, check_certificate,
    check_signing_certificate, validate_many,
};
use crate::x509::Certificate;

/// A snapshot that has been read and named.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The snapshot.
    pub snapshot: TrustSnapshot,
    /// Its certificates.
    pub compiled: CompiledTrust,
    /// Its name.
    pub digest: String,
    /// Where it came from.
    pub origin: SnapshotOrigin,
}

impl Trust {
    /// Reads a snapshot's certificates and names it.
    pub fn new(snapshot: TrustSnapshot) -> Result<Self, SnapshotError> {
        Ok(Self {
            compiled: snapshot.compile()?,
            digest: snapshot.digest(),
            snapshot,
            origin: SnapshotOrigin::default(),
        })
    }
}

/// What every door verifies with. What it learns about certificates' signatures is kept for the next call.
#[derive(Debug)]
pub struct Verifier {
    trust: Arc<Trust>,
    evidence: Pool,
    policy: Policy,
    book: Arc<SignatureBook>,
    /// Paths that hold under this trust, evidence and policy, and what documents brought; made when first asked for.
    kept: OnceLock<(PathBook, Known)>,
    cores: usize,
}

impl Verifier {
    /// Puts a verifier together.
    pub fn new(trust: Trust, evidence: Pool, policy: Policy) -> Self {
        let cores = cores_of_this_machine();
        Self { trust: Arc::new(trust), evidence, policy, book: Arc::default(), kept: OnceLock::new(), cores }
    }

    /// The same on so many cores; without it, on all of the machine's.
    #[must_use]
    pub fn on_cores(self, cores: usize) -> Self {
        Self { cores: cores.max(1), ..self }
    }

    /// On how many cores it works.
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// The same with more evidence; what one learns about signatures, the other knows.
    #[must_use]
    pub fn with_more(&self, more: Pool) -> Self {
        let mut evidence = self.evidence.clone();
        evidence.extend(more);
        let (trust, policy, book) = (Arc::clone(&self.trust), self.policy.clone(), Arc::clone(&self.book));
        Self { trust, evidence, policy, book, kept: OnceLock::new(), cores: self.cores }
    }

    /// The snapshot in use.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Until when the snapshot may be used, by the policy (half-open: no longer from then on).
    pub fn fresh_until(&self) -> Timestamp {
        fresh_until(&self.trust.snapshot, &self.policy)
    }

    /// The evidence at hand.
    pub fn evidence(&self) -> &Pool {
        &self.evidence
    }

    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Asks whether a certificate may sign documents now; gives everything that stands against it.
    pub fn check_signing_certificate(&self, certificate: &Certificate, at: Timestamp) -> Vec<Reason> {
        check_signing_certificate(certificate, &self.terms(at), &self.book)
    }

    /// Validates the receipt of a third party with the evidence and under the policy in use.
    ///
    /// *Errors*: `RejectedReceipt`.
    pub fn validate_receipt(
        &self,
        question: &ReceiptQuestion<'_>,
        at: Timestamp,
    ) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
        validate_receipt(question, &self.terms(at), &self.book)
    }

    /// The same with evidence that was kept beside the receipt.
    ///
    /// *Errors*: `RejectedReceipt`.
    pub fn validate_receipt_with(
        &self,
        question: &ReceiptQuestion<'_>,
        kept: &Pool,
        at: Timestamp,
    ) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
        validate_receipt_with(question, kept, &self.terms(at), &self.book)
    }

    /// Asks whether a certificate was good at a time, with what came along with it.
    ///
    /// *Errors*: more came along than is read.
    pub fn check_certificate(
        &self,
        certificate: &Certificate,
        (at, brought): (Timestamp, &Pool),
        now: Timestamp,
    ) -> Result<CertificateReport, LimitExceeded> {
        check_certificate(certificate, (at, brought), &self.terms(now), &self.book)
    }

    fn terms(&self, at: Timestamp) -> Terms<'_> {
        let trust = &self.trust.compiled;
        let own = [&trust.anchors, &trust.material, &self.evidence];
        let (paths, known) =
            self.kept.get_or_init(|| (PathBook::new(own, self.policy.path_rules()), Known::new(own, &self.policy)));
        Terms { trust, evidence: &self.evidence, policy: &self.policy, paths: Some(paths), known: Some(known), at }
    }

    /// Verifies documents together at a time, on this thread; one answer each, in their order.
    pub fn verify(&self, items: &[Item<'_>], at: Timestamp) -> Vec<Answer> {
        validate_many(items, &self.terms(at), &self.book)
            .into_iter()
            .map(|mut result| {
                if let Ok(report) = &mut result {
                    self.recognise_by_type(report);
                }
                let permit =
                    result.as_ref().ok().and_then(|report| super::permit_answer(report, &self.policy, None, at));
                Answer { result, permit, trust_snapshot: self.trust.digest.clone(), validated_at: at }
            })
            .collect()
    }

    /// The same on so many cores; `None` for a document that a defect of ours leaves without an answer.
    pub(super) fn verify_spread(&self, items: &[Item<'_>], at: Timestamp, cores: usize) -> Vec<Option<Answer>> {
        let chunk = items.len().div_ceil(cores.max(1)).clamp(SPREAD_DOCUMENTS_MIN.value, BATCH_DOCUMENTS.value);
        spread(items, (cores, chunk), |chunk| self.verify(chunk, at))
    }

    /// Decides about foreign signatures once more where the document's type is known: a registration may be for some types
    /// only.
    fn recognise_by_type(&self, report: &mut DocumentReport) {
        let is_domestic = |signature: &SignatureReport| signature.recognition.route == Some(Route::Domestic);
        if report.signatures.iter().all(is_domestic) {
            return;
        }
        let document = document_facts(report);
        if document.document_type.is_none() {
            return;
        }
        for signature in &mut report.signatures {
            let standpoint = Standpoint::RelyingParty;
            signature.recognition = signature.recognise_with((&document, &[]), standpoint, &self.trust.compiled);
        }
    }
}

/// What is known about a document: the code of its kind, where it is a permit.
pub(super) fn document_facts(report: &DocumentReport) -> DocumentFacts {
    let content = report.json_content.as_deref().and_then(|octets| DocumentContent::parse(octets).ok());
    DocumentFacts { document_type: content.map(|content| content.kind), ..DocumentFacts::default() }
}

/// Until when a snapshot may be used, by the policy (half-open: no longer from then on).
pub(super) fn fresh_until(snapshot: &TrustSnapshot, policy: &Policy) -> Timestamp {
    const SECONDS_PER_DAY: i64 = 86_400;
    if snapshot.version == TrustSnapshot::UNVERSIONED {
        return Timestamp::from_unix_millis(i64::MAX);
    }
    let age = i64::from(policy.snapshot_age_days_max).saturating_mul(SECONDS_PER_DAY);
    snapshot.issued_at.plus_seconds(age)
}
