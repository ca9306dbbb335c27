//! Receipts: one step of the procedure, one test; for every receipt that counts, the nearest one that does not.

use super::making::{content_type, message_digest};
use super::*;
use crate::cms::dvcs::{
    CertEtcToken, CertInfo, DataToCertify, DvcsRequest, DvcsResponse, DvcsTime, ErrorNotice, ID_CT_DVCS_RESPONSE_DATA,
    PkiStatus, PkiStatusInfo, RequestInformation, Service, TargetEtcChain,
};
use crate::codec::der::tag;
use crate::crypto::DigestAlgorithm;
use crate::trust::{
    PartyId, Period, ReceiptKind, ReceiptProfile, RegistrationStatus, StatusEvent, SuccessRule, TtpStatus,
};
use crate::validation::receipt::{
    Dialect, FaultKind, PartyStanding, ReceiptFault, ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty,
    VerifiedReceipt, validate_receipt,
};

mod about;
mod saying;
mod signing;

/// A third party with its root, the document of two officers, and the request that was sent about it.
struct Desk {
    bench: Bench,
    root: Entity,
    ttp: Entity,
    second: Entity,
    document: Vec<u8>,
    request: DvcsRequest,
    party: ThirdParty,
    proven_at: Option<Timestamp>,
}

const TRANSACTION: &[u8] = b"urn:uuid:1";

/// A certificate for receipts.
fn dvcs_recipe() -> Recipe {
    Recipe::leaf("third party").serial(8).with(
        x509_oids::EXTENDED_KEY_USAGE,
        false,
        der::sequence(&[&der::oid(x509_oids::DVCS)]),
    )
}

impl Desk {
    fn new() -> Self {
        Self::with(&dvcs_recipe())
    }

    fn with(recipe: &Recipe) -> Self {
        let root = pki::root(&Recipe::ca("root of the third party"), "ttp-root");
        let ttp = root.issue(recipe, "ttp");
        let mut bench = Bench::new();
        bench.evidence.add_crl(root.crl(&CrlRecipe::new(1)));
        let second = bench.centre.issue(&Recipe::leaf("second signer").serial(9), "second");
        let signers = [SignerRecipe::of(&bench.signer), SignerRecipe::of(&second)];
        let document = Made::by(&signers.map(|s| s.and_signed(super::making::signing_time(day(98))))).encode();
        let profile = ReceiptProfile::of(ReceiptKind::Kz547);
        let anchors = vec![(root.certificate.clone(), Period::since(day(0)))];
        let standing = PartyStanding::Registered(vec![event(RegistrationStatus::Registered, 10)]);
        let party = ThirdParty::new((&PartyId::new("ttp-xa").unwrap(), &profile), anchors, standing).unwrap();
        let request = DvcsRequest {
            information: RequestInformation::new(Service::Vsd),
            data: DataToCertify::Message(document.clone()),
            transaction_identifier: Some(der::context_primitive(6, TRANSACTION)),
        };
        Self { bench, root, ttp, second, document, request, party, proven_at: None }
    }

    fn speaking(mut self, kind: ReceiptKind) -> Self {
        self.party.dialect = Dialect::of(&ReceiptProfile::of(kind)).unwrap();
        self
    }

    /// A receipt that says yes about both signatures.
    fn info(&self) -> CertInfo {
        let one = |certificate: &Certificate, status| element(certificate, Some(status));
        CertInfo {
            request_information: self.request.information.clone(),
            message_imprint: self.request.data.imprint(DigestAlgorithm::Sha256),
            serial_number: vec![5],
            response_time: DvcsTime::Stated(day(99)),
            status: Some(PkiStatusInfo::plain(PkiStatus::Granted)),
            policy: None,
            request_signature: None,
            certs: vec![
                one(&self.bench.signer.certificate, PkiStatus::Granted),
                one(&self.second.certificate, PkiStatus::Granted),
            ],
            extensions: None,
            unknown_critical_extension: false,
        }
    }

    fn sign(&self, response: &DvcsResponse) -> Vec<u8> {
        Made::by(&[SignerRecipe::over(&self.ttp, ID_CT_DVCS_RESPONSE_DATA, &response.encode())]).encode()
    }

    fn receipt(&self, info: CertInfo) -> Vec<u8> {
        self.sign(&DvcsResponse::Certificate(Box::new(info)))
    }

    fn notice(&self, transaction: Option<&[u8]>) -> Vec<u8> {
        self.sign(&DvcsResponse::Error(ErrorNotice {
            transaction_status: PkiStatusInfo::rejection("no", 2),
            transaction_identifier: transaction.map(|name| der::context_primitive(6, name)),
        }))
    }

    fn judge(&self, octets: &[u8]) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
        self.judge_about(octets, ReceiptSubject::Request(&self.request))
    }

    fn judge_about(&self, octets: &[u8], subject: ReceiptSubject<'_>) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
        let question = ReceiptQuestion { response: octets, subject, party: &self.party, proven_at: self.proven_at };
        validate_receipt(&question, &self.bench.terms(), &SignatureBook::default())
    }

    /// What the receipt says, which must count.
    fn status(&self, octets: &[u8]) -> TtpStatus {
        self.judge(octets).map_err(|rejected| rejected.faults).unwrap().status()
    }

    /// Everything that stands against it.
    fn faults(&self, octets: &[u8]) -> Vec<&'static str> {
        codes(self.judge(octets))
    }
}

fn codes(judged: Result<VerifiedReceipt, Box<RejectedReceipt>>) -> Vec<&'static str> {
    judged.err().map(|rejected| rejected.faults.iter().map(ReceiptFault::code).collect()).unwrap_or_default()
}

fn event(status: RegistrationStatus, since: i64) -> StatusEvent {
    StatusEvent::new(status, day(since))
}

fn element(certificate: &Certificate, status: Option<PkiStatus>) -> TargetEtcChain {
    TargetEtcChain {
        target: CertEtcToken::Certificate(certificate.der().to_vec()),
        chain: status.into_iter().map(|s| CertEtcToken::PkiStatus(PkiStatusInfo::plain(s))).collect(),
        path_processing_input: None,
    }
}

#[test]
fn a_receipt_about_this_document_counts_for_each_of_its_signatures() {
    let desk = Desk::new();
    let octets = desk.receipt(desk.info());
    let found = desk.judge(&octets).unwrap();
    assert_eq!((found.status(), found.party().as_str(), found.at()), (TtpStatus::Verified, "ttp-xa", day(99)));
    assert!(found.attests_signature(0) && found.attests_signature(1) && !found.attests_signature(2));
    assert_eq!(found.signatures()[1].certificate.as_ref(), Some(&desk.second.certificate));
    assert_eq!(found.document_digest(), Some(Fingerprint::of(&desk.document)));
    assert_eq!(found.attested_for(), day(99));
    let document = ReceiptSubject::Document { octets: &desk.document, asked_for: None };
    assert_eq!(desk.judge_about(&octets, document).unwrap().status(), TtpStatus::Verified);
    assert_eq!(codes(desk.judge_about(&octets, ReceiptSubject::Unknown)), ["RECEIPT_DOCUMENT_MISSING"]);
}

#[test]
fn every_fault_has_a_code_of_its_own_and_three_sentences() {
    use ReceiptFault as F;
    let all = [
        F::Malformed,
        F::Unsigned,
        F::SeveralSigners,
        F::ContentType,
        F::Signature(Reason::plain(Code::Expired)),
        F::SignerNotFound,
        F::KeyPurpose,
        F::PartyNotRegistered,
        F::PartySuspended,
        F::PartyEnded,
        F::PartyEndedSince,
        F::PartyVoid,
        F::Extension,
        F::InTheFuture,
        F::TimeToken,
        F::Service,
        F::NotInDialect,
        F::StatusNotUnderstood,
        F::StatusMissing,
        F::ImprintNotSupported,
        F::ImprintNotAccepted,
        F::Imprint,
        F::Request,
        F::Nonce,
        F::Time,
        F::NotBound,
        F::NothingToCompare,
        F::Document,
        F::Certificates,
        F::Statuses,
        F::BeforeSigning,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(F::code).collect();
    assert_eq!(codes.len(), all.len());
    for fault in &all {
        let texts = [Language::En, Language::Ru, Language::Kk].map(|language| fault.text(language));
        assert!(texts.iter().all(|text| !text.is_empty()) && texts[0] != texts[1] && texts[1] != texts[2]);
    }
}
