//! What the judgement of a receipt rested on is kept beside it, and speaks where the world has forgotten it.

use std::path::Path;

use qoltanba::cms::dvcs::PkiStatus;
use qoltanba::codec::armour;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{Trust, Verifier, keep_receipt, tell_receipts};
use qoltanba::signing::{Authority, CrlDraft, Revocation, issue_crl};
use qoltanba::store::{Digest, EvidenceKind, Location, Store};
use qoltanba::time::Timestamp;
use qoltanba::trust::{RegistrationStatus, Standing, StatusEvent, TrustSnapshot};
use qoltanba::validation::Item;
use qoltanba::validation::receipt::{
    ReceiptFault, ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty, VerifiedReceipt,
};
use qoltanba::x509::{Crl, RevocationReason};

use crate::abroad::{document_abroad, registered};
use crate::place::{Plan, at, document, kazakh_receipt, now, pki, vsd};

/// The third party of Kazakhstan known by the centre that certifies it, so that there is something to revoke.
pub(crate) fn snapshot_by_centre() -> TrustSnapshot {
    let events = [StatusEvent::new(RegistrationStatus::Registered, at("2025-01-01T00:00:00Z"))];
    let mut snapshot = registered("http://ttp.example/dvcs", &events);
    let centre = pki().certificate("issuing-gost").unwrap();
    snapshot.domestic_ttps[0].anchors[0].certificate = armour::encode(centre.der());
    snapshot
}

/// A verifier with every list of the kit, or without those of the centre behind the third party; and one list more.
fn verifier(with_centre: bool, more: Option<Crl>) -> Verifier {
    let mut evidence = Pool::default();
    for crl in pki().plan().crls.iter().filter(|crl| with_centre || crl.issuer != "issuing-gost") {
        evidence.add_crl(pki().crl(&crl.label).unwrap().clone());
    }
    more.into_iter().for_each(|crl| evidence.add_crl(crl));
    Verifier::new(Trust::new(snapshot_by_centre()).unwrap(), evidence, Policy::named("kz").unwrap())
}

fn judge(verifier: &Verifier, octets: &[u8], document: &[u8]) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
    let party = ThirdParty::all_of(&verifier.trust().compiled).remove(0);
    let subject = ReceiptSubject::Document { octets: document, asked_for: None };
    verifier.validate_receipt(&ReceiptQuestion { response: octets, subject, party: &party, proven_at: None }, now())
}

async fn standing(verifier: &Verifier, store: &Store, document: &[u8], when: Timestamp) -> Standing {
    let mut answer = verifier.verify(&[Item::new(document, None)], when).remove(0);
    tell_receipts([(&mut answer, document)], (verifier, store)).await.unwrap();
    answer.result.unwrap().signatures[0].recognition.standing
}

async fn open(folder: &Path) -> Store {
    Store::open(&Location::Sqlite(folder.join("store.sqlite")), now()).await.unwrap()
}

/// A list of the centre that revokes the third party's certificate.
fn revoking(reason: RevocationReason) -> Crl {
    let centre = pki().certificate("issuing-gost").unwrap();
    let draft = CrlDraft {
        this_update: at("2026-12-01T00:00:00Z"),
        next_update: Some(at("2028-01-01T00:00:00Z")),
        number: 900,
        delta_base: None,
        revocations: vec![Revocation {
            serial: pki().certificate("ttp-gost").unwrap().serial().to_vec(),
            revocation_date: at("2026-12-01T00:00:00Z"),
            reason: Some(reason),
            invalidity_date: None,
        }],
    };
    issue_crl(&draft, &Authority { name: centre.subject(), key: pki().key("issuing-gost").unwrap() }).unwrap()
}

#[tokio::test]
async fn a_kept_receipt_outlives_the_lists_it_was_judged_by_and_no_revocation_that_counts_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (full, bare) = (verifier(true, None), verifier(false, None));
    let [forgotten, remembered] = ["forgotten", "remembered"].map(|content| document_abroad(content.as_bytes()));
    let of_forgotten = kazakh_receipt(&forgotten, (1, PkiStatus::Granted));
    let of_remembered = kazakh_receipt(&remembered, (2, PkiStatus::Granted));
    // Without the lists nobody can tell whether the third party's certificate was revoked.
    let rejected = judge(&bare, &of_remembered, &remembered).unwrap_err();
    assert!(rejected.lacks_evidence());
    assert_eq!(rejected.faults.iter().map(ReceiptFault::code).collect::<Vec<_>>(), ["RECEIPT_SIGNATURE"]);

    // One is kept by a node that has nothing to keep beside it, the other with its evidence.
    let judged = judge(&full, &of_forgotten, &forgotten).unwrap();
    keep_receipt(&store, (&judged, &of_forgotten), &bare, now()).await.unwrap();
    let judged = judge(&full, &of_remembered, &remembered).unwrap();
    keep_receipt(&store, (&judged, &of_remembered), &full, now()).await.unwrap();
    let kept = store.receipt_evidence(&Digest::of(&of_remembered)).await.unwrap();
    let lists: Vec<&[u8]> = kept.iter().filter(|p| p.kind == EvidenceKind::Crl).map(|p| p.octets.as_slice()).collect();
    assert!(lists.contains(&pki().crl("issuing-gost").unwrap().der()), "{}", lists.len());

    let later = at("2027-06-01T00:00:00Z");
    for when in [now(), later] {
        assert_eq!(standing(&bare, &store, &forgotten, when).await, Standing::Undetermined, "{when}");
        assert_eq!(standing(&bare, &store, &remembered, when).await, Standing::Recognised, "{when}");
    }
    // What is known since is heard, whatever was known then.
    let compromised = verifier(false, Some(revoking(RevocationReason::KeyCompromise)));
    assert_eq!(standing(&compromised, &store, &remembered, later).await, Standing::Undetermined);
    // An end without blame takes nothing back.
    let ended = verifier(false, Some(revoking(RevocationReason::CessationOfOperation)));
    assert_eq!(standing(&ended, &store, &remembered, later).await, Standing::Recognised);
}

#[tokio::test]
async fn beside_a_receipt_given_stands_what_its_yes_or_no_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan::kazakh().open(folder.path()).await;
    for label in ["officer-head", "officer-revoked"] {
        let octets = place.ask(&vsd(&document(label))).await;
        let kept = place.store.receipt_evidence(&Digest::of(&octets)).await.unwrap();
        let has = |der: &[u8]| kept.iter().any(|piece| piece.octets == der);
        assert!(has(pki().crl("issuing-gost").unwrap().der()), "{label}");
        assert!(
            has(pki().certificate(label).unwrap().der()),
            "{label}: the document is not kept, its certificates are"
        );
        assert!(has(pki().certificate("issuing-gost").unwrap().der()), "{label}");
        assert!(!has(pki().crl("issuing-rsa").unwrap().der()), "{label}");
    }
}
