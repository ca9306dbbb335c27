//! The proof token: made in one place, by the procedure, and nowhere else.

use std::collections::BTreeSet;

use super::binding::{Found, stated};
use super::status::SignatureResult;
use super::{ReceiptQuestion, ReceiptSubject};
use crate::cms::dvcs::{DataToCertify, DvcsResponse, Service};
use crate::codec::armour::hex;
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;
use crate::trust::{PartyId, ReceiptFinding, ReceiptSignature, ReceiptSoundness, TtpStatus};
use crate::x509::{Certificate, Fingerprint};

/// A receipt that was validated: it is this third party's word about this document.
#[derive(Clone, Debug)]
pub struct VerifiedReceipt {
    party: PartyId,
    response: DvcsResponse,
    found_status: TtpStatus,
    service: Service,
    signatures: Vec<SignatureResult>,
    signer: Certificate,
    at: Timestamp,
    digest: Fingerprint,
    document_digest: Option<Fingerprint>,
    rests_on: BTreeSet<Fingerprint>,
}

impl VerifiedReceipt {
    /// INVARIANT: called by `validate_receipt` alone, with no fault found.
    pub(super) fn new(
        question: &ReceiptQuestion<'_>,
        (response, found): (DvcsResponse, Found),
        (signer, at): (Certificate, Timestamp),
        rests_on: BTreeSet<Fingerprint>,
    ) -> Self {
        let document = match question.subject {
            ReceiptSubject::Document { octets, .. } => Some(Fingerprint::of(octets)),
            ReceiptSubject::Request(sent) => match &sent.data {
                DataToCertify::Message(octets) => Some(Fingerprint::of(octets)),
                _ => None,
            },
            ReceiptSubject::Unknown => None,
        };
        Self {
            party: question.party.id.clone(),
            response,
            found_status: found.status,
            service: found.service,
            signatures: found.signatures,
            signer,
            at,
            digest: Fingerprint::of(question.response),
            document_digest: document,
            rests_on,
        }
    }

    /// Whose it is, by the registry's name.
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// What was asked for. Only vsd tells of a document's signatures.
    pub fn service(&self) -> Service {
        self.service
    }

    /// What it says. Of cpd and ccpd: that the data was there, and nothing about signatures.
    pub fn status(&self) -> TtpStatus {
        self.found_status
    }

    /// What it says about each signature, in the document's order; nothing where it is an error notice or not about a
    /// signed document.
    pub fn signatures(&self) -> &[SignatureResult] {
        &self.signatures
    }

    /// The third party's word that a signature of the document holds; `false` for anything less.
    pub fn attests_signature(&self, index: usize) -> bool {
        self.service == Service::Vsd
            && self.signatures.iter().any(|s| s.index == index && s.status == TtpStatus::Verified)
    }

    /// When it was made; of an error notice, since when it is known.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The time that validity is attested for: the one asked for, or that of the answer.
    pub fn attested_for(&self) -> Timestamp {
        match &self.response {
            DvcsResponse::Certificate(info) => {
                stated(info.request_information.request_time.as_ref()).unwrap_or(self.at)
            }
            DvcsResponse::Error(_) => self.at,
        }
    }

    /// The receipt's number, contents octets; an error notice has none.
    pub fn serial_number(&self) -> Option<&[u8]> {
        match &self.response {
            DvcsResponse::Certificate(info) => Some(&info.serial_number),
            DvcsResponse::Error(_) => None,
        }
    }

    /// The transaction that an error notice names, a GeneralName with its tag; a receipt names none.
    pub fn transaction_identifier(&self) -> Option<&[u8]> {
        match &self.response {
            DvcsResponse::Certificate(_) => None,
            DvcsResponse::Error(notice) => notice.transaction_identifier.as_deref(),
        }
    }

    /// Everything it says.
    pub fn response(&self) -> &DvcsResponse {
        &self.response
    }

    /// The certificate that signed it.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// What the path of its signer rests on, by name: certificates, CRLs and OCSP responses.
    pub fn rests_on(&self) -> &BTreeSet<Fingerprint> {
        &self.rests_on
    }

    /// SHA-256 over the receipt as received.
    pub fn digest(&self) -> Fingerprint {
        self.digest
    }

    /// SHA-256 over the document's octets as sent, where there is one.
    pub fn document_digest(&self) -> Option<Fingerprint> {
        self.document_digest
    }

    /// The digest of its imprint, by name, where it has one that we know.
    pub fn imprint_digest(&self) -> Option<DigestAlgorithm> {
        match &self.response {
            DvcsResponse::Certificate(info) => DigestAlgorithm::from_oid(info.message_imprint.hash_algorithm.oid),
            DvcsResponse::Error(_) => None,
        }
    }

    /// What recognition hears of it (facts/ttp.md §8.3 step 2); `None` for any service but vsd: possession of data says
    /// nothing about its signatures.
    pub fn finding(&self, rests_on: Vec<ReceiptFinding>) -> Option<ReceiptFinding> {
        if self.service != Service::Vsd {
            return None;
        }
        let told = |s: &SignatureResult| {
            Some(ReceiptSignature { signer: s.certificate.as_ref()?.fingerprint(), status: s.status })
        };
        Some(ReceiptFinding {
            issuer: self.party.clone(),
            digest: self.digest,
            serial: self.serial_number().map(hex).unwrap_or_default(),
            response_time: self.at,
            request_time: Some(self.attested_for()).filter(|at| *at != self.at),
            status: self.found_status,
            soundness: ReceiptSoundness::Sound,
            signatures: self.signatures.iter().filter_map(told).collect(),
            rests_on,
        })
    }
}
