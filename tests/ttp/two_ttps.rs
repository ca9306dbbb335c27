//! Two third parties talking (route R2), over a real connection.

use std::net::TcpListener;
use std::sync::Arc;

use qoltanba::api::{self, ApiState};
use qoltanba::cms::dvcs::{CertEtcToken, DvcsResponse};
use qoltanba::codec::armour;
use qoltanba::policy::Policy;
use qoltanba::service::{Home, Node, Office, OnlineOptions, ReceiptOffice, VerifyAccess};
use qoltanba::store::{Digest, Location, Store};
use qoltanba::time::{Clock, Timestamp};
use qoltanba::trust::{
    DocumentFacts, PartyId, Recognition, RegistrationStatus, Route, Standing, Standpoint, StatusEvent, TtpStatus,
};
use qoltanba::validation::Item;
use qoltanba::validation::receipt::{Dialect, ReceiptSubject, VerifiedReceipt};

use crate::abroad::{THIRD_PARTY, document_abroad, held_abroad, registered, snapshot_abroad};
use crate::place::{Place, Plan, at, now, verifier, vsd};

/// The third party abroad, served on a port of its own until the test ends.
async fn serve_abroad(folder: &std::path::Path) -> String {
    let store = Store::open(&Location::Sqlite(folder.join("abroad.sqlite")), now()).await.unwrap();
    let party = PartyId::new(THIRD_PARTY).unwrap();
    let office = ReceiptOffice::new(held_abroad(), (party, Dialect::RFC_3029), store.clone()).unwrap();
    let policy = Policy::named("kz").unwrap();
    let state = ApiState::new(Node {
        verifier: Some(verifier(snapshot_abroad())),
        policy,
        office: Some(Office { home: Home::new(folder, None), store }),
        online: None,
        clock: Clock::Fixed(now()),
        verify_access: VerifyAccess::Open,
        time_stamper: None,
        third_party: Some(Arc::new(office)),
        time_sources: Vec::new(),
        centre: None,
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { api::serve(listener, None, state, std::future::pending()).await });
    format!("http://{address}/dvcs")
}

fn kazakhstan(endpoint: &str, events: &[(RegistrationStatus, &str)], now: Timestamp) -> Plan {
    let events = events.iter().map(|(status, since)| StatusEvent::new(*status, at(since))).collect::<Vec<_>>();
    let host = endpoint.trim_start_matches("http://").trim_end_matches("/dvcs");
    Plan {
        snapshot: registered(endpoint, &events),
        online: Some(OnlineOptions { allowed: vec![host.parse().unwrap()], ..OnlineOptions::default() }),
        now,
        ..Plan::kazakh()
    }
}

/// What a customs post says, with this receipt or with none.
fn at_customs(place: &Place, document: &[u8], receipt: Option<&VerifiedReceipt>) -> Recognition {
    let answer = place.verifier.verify(&[Item::new(document, None)], place.now).remove(0);
    let report = answer.result.unwrap();
    let findings: Vec<_> = receipt.and_then(|r| r.finding(Vec::new())).into_iter().collect();
    let facts = DocumentFacts::default();
    let trust = &place.verifier.trust().compiled;
    report.signatures[0].recognise_with((&facts, &findings), Standpoint::RelyingParty, trust)
}

#[tokio::test]
async fn a_foreign_document_is_recognised_by_way_of_two_third_parties_and_outlives_the_end_of_one() {
    let (folder, abroad_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let endpoint = serve_abroad(abroad_folder.path()).await;
    let registered = [(RegistrationStatus::Registered, "2025-01-01T00:00:00Z")];
    let place = kazakhstan(&endpoint, &registered, now()).open(folder.path()).await;
    let document = document_abroad(b"a licence of another state");
    // Without a receipt nobody can tell.
    assert_ne!(at_customs(&place, &document, None).standing, Standing::Recognised);

    let asked = vsd(&document);
    let octets = place.ask(&asked).await;
    let receipt = place.judge(&octets, ReceiptSubject::Request(&asked)).unwrap();
    assert_eq!(receipt.status(), TtpStatus::Verified);
    let DvcsResponse::Certificate(info) = receipt.response() else { panic!("a receipt is expected") };
    let attached = info.certs[0].chain.iter().any(|token| matches!(token, CertEtcToken::Assertion(_)));
    assert!(attached, "the foreign receipt goes along");
    let foundations = place.store.receipt_foundations(&Digest::of(&octets)).await.unwrap();
    assert_eq!(foundations.len(), 1, "and is kept beside ours");
    let recognition = at_customs(&place, &document, Some(&receipt));
    assert_eq!(recognition.standing, Standing::Recognised, "{:?}", recognition.reasons);
    assert_eq!(recognition.route, Some(Route::ForeignTtpRegistered));
    assert_eq!(recognition.ttp_status, Some(TtpStatus::Verified));
    // A node that keeps the receipt hears it by itself; the document in base64 is the same document.
    for armoured in [document.clone(), armour::encode(&document).into_bytes()] {
        let told = place.recognition(&armoured).await;
        assert_eq!(
            (&told["standing"], &told["route"]),
            (&"RECOGNISED".into(), &"foreign-ttp-registered".into()),
            "{told}"
        );
    }
    assert_ne!(place.recognition(&document_abroad(b"another")).await["standing"], "RECOGNISED");

    // The foreign third party ends. What was attested stands; what is asked about now does not.
    let later = at("2027-03-01T00:00:00Z");
    let ended = [registered[0], (RegistrationStatus::Terminated, "2027-01-01T00:00:00Z")];
    let place = kazakhstan(&endpoint, &ended, later).open(folder.path()).await;
    let offline = ReceiptSubject::Document { octets: &document, asked_for: None };
    let old = place.judge(&octets, offline).unwrap();
    let recognition = at_customs(&place, &document, Some(&old));
    assert_eq!(recognition.standing, Standing::Recognised, "{:?}", recognition.reasons);
    let fresh = document_abroad(b"a licence of the year after");
    let asked = vsd(&fresh);
    let receipt = place.receipt(&asked).await;
    assert_eq!(receipt.status(), TtpStatus::CannotVerify);
    assert_ne!(at_customs(&place, &fresh, Some(&receipt)).standing, Standing::Recognised);
}

#[tokio::test]
async fn within_the_second_of_its_end_a_third_party_abroad_is_not_asked_any_more() {
    let abroad_folder = tempfile::tempdir().unwrap();
    let endpoint = serve_abroad(abroad_folder.path()).await;
    let document = document_abroad(b"a licence of the last second");
    for (asked_at, asked) in [("2026-11-22T05:00:00.300Z", true), ("2026-11-22T05:00:00.700Z", false)] {
        let folder = tempfile::tempdir().unwrap();
        let events = [
            (RegistrationStatus::Registered, "2025-01-01T00:00:00Z"),
            (RegistrationStatus::Terminated, "2026-11-22T05:00:00.500Z"),
        ];
        let place = kazakhstan(&endpoint, &events, at(asked_at)).open(folder.path()).await;
        let octets = place.ask(&vsd(&document)).await;
        let beneath = place.store.receipt_foundations(&Digest::of(&octets)).await.unwrap();
        assert_eq!(beneath.len(), usize::from(asked), "{asked_at}");
    }
}

#[tokio::test]
async fn a_no_from_abroad_is_a_no_here_and_silence_is_waiting() {
    let (folder, abroad_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let endpoint = serve_abroad(abroad_folder.path()).await;
    let registered = [(RegistrationStatus::Registered, "2025-01-01T00:00:00Z")];
    let place = kazakhstan(&endpoint, &registered, now()).open(folder.path()).await;
    let mut broken = document_abroad(b"tampered with");
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(place.status(&vsd(&broken)).await, TtpStatus::NotVerified);
    let nobody = "http://127.0.0.1:9/dvcs";
    let (other, document) = (tempfile::tempdir().unwrap(), document_abroad(b"nobody answers"));
    let place = kazakhstan(nobody, &registered, now()).open(other.path()).await;
    assert_eq!(place.status(&vsd(&document)).await, TtpStatus::Waiting);
    assert_ne!(at_customs(&place, &document, None).standing, Standing::Recognised);
}
