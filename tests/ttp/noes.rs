//! A no of the third party that is kept here stays heard: whatever is missing, damaged or piled upon it, no yes takes its place.

use qoltanba::cms::dvcs::PkiStatus;
use qoltanba::limits::RECEIPTS_MAX;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{Hearing, KeptReceipts, Trust, Verifier, keep_receipt, tell_receipts};
use qoltanba::time::Timestamp;
use qoltanba::trust::{Recognition, RecognitionReason, Standing};
use qoltanba::validation::Item;
use qoltanba::validation::receipt::ReceiptSubject;

use crate::abroad::document_abroad;
use crate::evidence::snapshot_by_centre;
use crate::place::{Place, Plan, document, kazakh_receipt, now, pki};

/// Of a centre that is registered here: recognised without any receipt, as long as there is no no.
fn registered_abroad() -> Vec<u8> {
    document("foreign-registered-signer")
}

async fn keep(place: &Place, document: &[u8], told: (u8, PkiStatus), recorded_at: Timestamp) {
    let octets = kazakh_receipt(document, told);
    let receipt = place.judge(&octets, ReceiptSubject::Document { octets: document, asked_for: None }).unwrap();
    keep_receipt(&place.store, (&receipt, &octets), &place.verifier, recorded_at).await.unwrap();
}

async fn told(place: &Place, document: &[u8], at: Timestamp) -> Recognition {
    let mut answer = place.verifier.verify(&[Item::new(document, None)], at).remove(0);
    let _ = tell_receipts([(&mut answer, document)], (&place.verifier, &place.store)).await;
    answer.result.unwrap().signatures.remove(0).recognition
}

#[tokio::test]
async fn a_store_that_is_away_may_keep_a_no() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan::kazakh().open(folder.path()).await;
    let document = registered_abroad();
    assert_eq!(told(&place, &document, now()).await.standing, Standing::Recognised);
    keep(&place, &document, (1, PkiStatus::Rejection), now()).await;
    assert_eq!(told(&place, &document, now()).await.standing, Standing::NotRecognised);
    place.store.clone().close().await;
    let recognition = told(&place, &document, now()).await;
    assert_eq!(recognition.standing, Standing::Undetermined);
    assert!(recognition.reasons.contains(&RecognitionReason::ReceiptsNotHeard), "{:?}", recognition.reasons);
    assert_eq!(place.recognition(&document).await["standing"], "UNDETERMINED");
    // Receipts are never asked about what is signed here.
    assert_eq!(told(&place, &crate::place::document("officer-head"), now()).await.standing, Standing::Recognised);
}

#[tokio::test]
async fn a_yes_that_is_brought_does_not_stand_in_for_a_store_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan::kazakh().open(folder.path()).await;
    let document = document_abroad(b"brought");
    let brought = [kazakh_receipt(&document, (1, PkiStatus::Granted))];
    for (kept, standing) in
        [(KeptReceipts::Nowhere, Standing::Recognised), (KeptReceipts::Away, Standing::Undetermined)]
    {
        let mut answer = place.verifier.verify(&[Item::new(&document, None)], now()).remove(0);
        Hearing::new(&place.verifier, kept, &brought).hear(&mut answer, &document).await;
        assert_eq!(answer.result.unwrap().signatures[0].recognition.standing, standing, "{kept:?}");
    }
}

#[tokio::test]
async fn a_no_is_not_buried_under_newer_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan::kazakh().open(folder.path()).await;
    let document = registered_abroad();
    keep(&place, &document, (1, PkiStatus::Rejection), now()).await;
    for number in 0..=u8::try_from(RECEIPTS_MAX.value).unwrap() {
        let status = if number % 2 == 0 { PkiStatus::Granted } else { PkiStatus::Waiting };
        keep(&place, &document, (number + 2, status), now().plus_seconds(i64::from(number) + 1)).await;
    }
    let later = now().plus_seconds(3_600);
    assert_eq!(told(&place, &document, later).await.reasons, [RecognitionReason::TtpNegative]);
}

#[tokio::test]
async fn a_no_that_nobody_can_check_any_more_is_a_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan { snapshot: snapshot_by_centre(), ..Plan::kazakh() }.open(folder.path()).await;
    // Without the lists of the centre that certifies our third party, and nothing kept beside the receipt.
    let mut evidence = Pool::default();
    for crl in pki().plan().crls.iter().filter(|crl| crl.issuer != "issuing-gost") {
        evidence.add_crl(pki().crl(&crl.label).unwrap().clone());
    }
    let policy = Policy::named("kz").unwrap();
    let bare = Verifier::new(Trust::new(snapshot_by_centre()).unwrap(), evidence, policy);
    let document = registered_abroad();
    let standing = async |at| {
        let mut answer = bare.verify(&[Item::new(&document, None)], at).remove(0);
        tell_receipts([(&mut answer, document.as_slice())], (&bare, &place.store)).await.unwrap();
        answer.result.unwrap().signatures[0].recognition.standing
    };
    assert_eq!(standing(now()).await, Standing::Recognised);
    let octets = kazakh_receipt(&document, (1, PkiStatus::Rejection));
    let receipt = place.judge(&octets, ReceiptSubject::Document { octets: &document, asked_for: None }).unwrap();
    keep_receipt(&place.store, (&receipt, &octets), &bare, now()).await.unwrap();
    assert_eq!(standing(now()).await, Standing::Undetermined);
    // What came after the time of the question was not known then.
    assert_eq!(standing(now().plus_seconds(-60)).await, Standing::Recognised);
}
