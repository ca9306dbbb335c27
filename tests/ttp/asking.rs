//! The client: what another third party may do instead of answering, and what is then known here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qoltanba::cms::SignedData;
use qoltanba::cms::dvcs::{
    CertEtcToken, CertInfo, DvcsRequest, DvcsResponse, DvcsTime, PkiStatus, PkiStatusInfo, TargetEtcChain,
};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::fetch::Timing;
use qoltanba::service::{Asked, ForeignDesk, Online, OnlineOptions, Verifier, poll_due};
use qoltanba::signing::{ReceiptAuthority, issue_response};
use qoltanba::store::{Digest, Location, Store};
use qoltanba::time::{Clock, Timestamp};
use qoltanba::trust::{RegistrationStatus, StatusEvent, TtpStatus};
use qoltanba::validation::receipt::ThirdParty;

use crate::abroad::{document_abroad, held_abroad, registered};
use crate::place::{at, now, verifier};
use crate::server::{Act, Request, Upstream, ok};

/// Everything that asks.
struct Desk {
    online: Online,
    verifier: Arc<Verifier>,
    store: Store,
    party: ThirdParty,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn before(upstream: &Upstream) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let events = vec![StatusEvent::new(RegistrationStatus::Registered, at("2025-01-01T00:00:00Z"))];
        let snapshot = registered("http://ttp.example/dvcs", &events);
        let verifier = verifier(snapshot);
        let trust = &verifier.trust().compiled;
        let party = ThirdParty::of_foreign(&trust.foreign_ttps[0], trust).unwrap();
        let second = Duration::from_secs(1);
        let options = OnlineOptions {
            routes: vec![upstream.route("ttp.example")],
            timing: Timing { connect: second, head: second, total: second },
            ..OnlineOptions::default()
        };
        let online = Online::open(options, Clock::Fixed(now())).unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("s.sqlite")), now()).await.unwrap();
        Self { online, verifier, store, party, _folder: folder }
    }

    fn desk(&self) -> ForeignDesk<'_> {
        ForeignDesk { online: &self.online, verifier: &self.verifier, store: &self.store }
    }

    async fn ask(&self, document: &[u8], at: Timestamp) -> Asked {
        self.desk().ask(&self.party, (document, None), at).await.unwrap()
    }
}

/// An answer of the third party abroad to whatever was asked.
fn answer(request: &Request, change: impl Fn(&mut CertInfo)) -> Vec<u8> {
    let asked = DvcsRequest::parse(&request.body).unwrap();
    let qoltanba::cms::dvcs::DataToCertify::Message(document) = &asked.data else { panic!("a message is asked about") };
    let message = SignedData::parse(document).unwrap();
    let granted = CertEtcToken::PkiStatus(PkiStatusInfo::plain(PkiStatus::Granted));
    let mut info = CertInfo {
        request_information: asked.information.clone(),
        message_imprint: asked.data.imprint(DigestAlgorithm::Streebog256),
        serial_number: vec![7],
        response_time: DvcsTime::Stated(now()),
        status: Some(PkiStatusInfo::plain(PkiStatus::Granted)),
        policy: None,
        request_signature: None,
        certs: vec![TargetEtcChain {
            target: CertEtcToken::Certificate(message.certificates[0].to_vec()),
            chain: vec![granted],
            path_processing_input: None,
        }],
        extensions: None,
        unknown_critical_extension: false,
    };
    change(&mut info);
    let held = held_abroad();
    let authority = ReceiptAuthority::new(held.key.as_ref(), &held.certificate).unwrap();
    issue_response(&DvcsResponse::Certificate(Box::new(info)), now(), &authority).unwrap()
}

fn waiting(info: &mut CertInfo) {
    info.status = Some(PkiStatusInfo::plain(PkiStatus::Waiting));
    info.certs.clear();
}

#[tokio::test]
async fn a_receipt_is_had_once_and_kept() {
    let upstream = Upstream::start(|request| ok(&answer(request, |_| {}))).await;
    let desk = Desk::before(&upstream).await;
    let document = document_abroad(b"one");
    let asked = desk.ask(&document, now()).await;
    assert_eq!((asked.outcome(), asked.next_try()), ("verified", None));
    assert!(asked.receipt().unwrap().attests_signature(0));
    assert_eq!(desk.store.receipts_about(&Digest::of(&document), None).await.unwrap().len(), 1);
    // Asked again, it is here already: even for long after.
    let again = desk.ask(&document, now().plus_seconds(86_400)).await;
    assert_eq!((again.outcome(), upstream.connections()), ("verified", 1));
    assert!(desk.store.due_receipt_requests(now().plus_seconds(86_400)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_third_party_that_hangs_is_late_and_asked_again_when_due() {
    let hanging = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&hanging);
    let upstream = Upstream::start(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Act::Hang(Vec::new()),
        _ => ok(&answer(request, |_| {})),
    })
    .await;
    let desk = Desk::before(&upstream).await;
    let document = document_abroad(b"two");
    let asked = desk.ask(&document, now()).await;
    assert_eq!(asked.outcome(), "ANSWER_LATE");
    let due = asked.next_try().unwrap();
    // Not before it is due, neither by a client nor by the poll.
    assert_eq!(desk.ask(&document, now()).await.outcome(), "ANSWER_LATE");
    assert!(poll_due(&desk.desk(), due.plus_seconds(-1)).await.unwrap().is_empty());
    assert_eq!(upstream.connections(), 1);
    let done = poll_due(&desk.desk(), due).await.unwrap();
    assert_eq!((done.len(), done[0].outcome.as_str(), done[0].next_try), (1, "verified", None));
    assert_eq!(desk.ask(&document, due).await.receipt().unwrap().status(), TtpStatus::Verified);
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test]
async fn waiting_is_polled_and_not_forgotten() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let upstream = Upstream::start(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => ok(&answer(request, waiting)),
        _ => ok(&answer(request, |info| info.serial_number = vec![8])),
    })
    .await;
    let desk = Desk::before(&upstream).await;
    let document = document_abroad(b"three");
    let asked = desk.ask(&document, now()).await;
    assert_eq!((asked.outcome(), asked.receipt().unwrap().status()), ("waiting", TtpStatus::Waiting));
    let due = asked.next_try().unwrap();
    // The question is on disk: another process finds it.
    let ids = desk.store.due_receipt_requests(due).await.unwrap();
    let [id] = ids.as_slice() else { panic!("one question waits: {ids:?}") };
    let row = desk.store.receipt_request(id).await.unwrap().unwrap();
    assert_eq!((row.outcome.as_str(), row.tries), ("waiting", 1));
    let done = poll_due(&desk.desk(), due).await.unwrap();
    assert_eq!(done[0].outcome, "verified");
    assert!(desk.store.due_receipt_requests(due.plus_seconds(1_000_000)).await.unwrap().is_empty());
    assert_eq!(
        desk.store.receipts_about(&Digest::of(&document), None).await.unwrap().len(),
        2,
        "both answers are kept"
    );
}

#[tokio::test]
async fn an_answer_for_another_document_is_none() {
    let other = document_abroad(b"another");
    let stored = Arc::new(std::sync::Mutex::new(None));
    let shelf = Arc::clone(&stored);
    let upstream = Upstream::start(move |request| {
        let mut shelf = shelf.lock().unwrap();
        let octets = shelf.get_or_insert_with(|| answer(request, |_| {}));
        ok(octets)
    })
    .await;
    let desk = Desk::before(&upstream).await;
    assert_eq!(desk.ask(&other, now()).await.outcome(), "verified");
    let document = document_abroad(b"four");
    let asked = desk.ask(&document, now()).await;
    assert!(asked.receipt().is_none());
    assert!(["RECEIPT_OTHER_DOCUMENT", "RECEIPT_OTHER_NONCE"].contains(&asked.outcome()), "{}", asked.outcome());
    assert!(
        desk.store.receipts_about(&Digest::of(&document), None).await.unwrap().is_empty(),
        "nothing is kept as proof"
    );
}

#[tokio::test]
async fn an_answer_twice_in_one_is_none() {
    let upstream = Upstream::start(|request| ok(&answer(request, |_| {}).repeat(2))).await;
    let desk = Desk::before(&upstream).await;
    assert_eq!(desk.ask(&document_abroad(b"five"), now()).await.outcome(), "RECEIPT_MALFORMED");
}

#[tokio::test]
async fn two_receipts_under_one_number_are_noticed() {
    let upstream = Upstream::start(|request| ok(&answer(request, |_| {}))).await;
    let desk = Desk::before(&upstream).await;
    assert_eq!(desk.ask(&document_abroad(b"six"), now()).await.outcome(), "verified");
    let second = desk.ask(&document_abroad(b"seven"), now()).await;
    assert_eq!((second.outcome(), second.receipt().is_none()), ("RECEIPT_SERIAL_TAKEN", true));
}

#[tokio::test]
async fn an_answer_signed_by_somebody_else_is_none() {
    let upstream = Upstream::start(|request| {
        let octets = answer(request, |_| {});
        let message = SignedData::parse(&octets).unwrap();
        let response = DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap();
        let held = crate::place::held("ttp-gost");
        let authority = ReceiptAuthority::new(held.key.as_ref(), &held.certificate).unwrap();
        ok(&issue_response(&response, now(), &authority).unwrap())
    })
    .await;
    let desk = Desk::before(&upstream).await;
    let asked = desk.ask(&document_abroad(b"eight"), now()).await;
    assert_eq!((asked.outcome(), asked.receipt().is_none()), ("RECEIPT_SIGNATURE", true));
}
