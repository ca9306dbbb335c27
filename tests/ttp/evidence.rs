//! What the judgement of a receipt rested on is kept beside it, and speaks where the world has forgotten it.

use std::path::Path;

use qoltanba::cms::dvcs::PkiStatus;
use qoltanba::codec::{armour, der};
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{Trust, Verifier, judge_kept_receipt, keep_receipt, tell_receipts};
use qoltanba::signing::{Authority, CrlDraft, Packaging, Revocation, issue_crl, sign};
use qoltanba::store::{Digest, EvidenceKind, Location, Store};
use qoltanba::time::Timestamp;
use qoltanba::trust::{RegistrationStatus, Standing, StatusEvent, TrustSnapshot, TtpStatus};
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

/// A list of an authority, made at a time.
fn list_of(authority: &str, this_update: &str, revocations: Vec<Revocation>) -> Crl {
    let certificate = pki().certificate(authority).unwrap();
    let draft = CrlDraft {
        this_update: at(this_update),
        next_update: Some(at("2038-01-01T00:00:00Z")),
        number: 900,
        delta_base: None,
        revocations,
    };
    issue_crl(&draft, &Authority { name: certificate.subject(), key: pki().key(authority).unwrap() }).unwrap()
}

/// A revocation of 2026-12-01.
fn revoked(label: &str, reason: Option<RevocationReason>, invalidity_date: Option<Timestamp>) -> Revocation {
    let serial = pki().certificate(label).unwrap().serial().to_vec();
    Revocation { serial, revocation_date: at("2026-12-01T00:00:00Z"), reason, invalidity_date }
}

/// A list of the centre that revokes the third party's certificate.
fn revoking(reason: RevocationReason) -> Crl {
    list_of("issuing-gost", "2026-12-01T00:00:00Z", vec![revoked("ttp-gost", Some(reason), None)])
}

/// A verifier of when the third party's certificate, which ends with 2035, has left the lists of its centre.
fn much_later() -> (Verifier, Timestamp) {
    let list = list_of("issuing-gost", "2036-06-01T00:00:00Z", Vec::new());
    (verifier(false, Some(list)), at("2036-06-02T00:00:00Z"))
}

/// Judges a kept receipt again.
async fn judge_kept(
    (verifier, when): (&Verifier, Timestamp),
    (store, octets, document): (&Store, &[u8], &[u8]),
) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
    let row = store.receipt(&Digest::of(octets)).await.unwrap().unwrap();
    let party = ThirdParty::all_of(&verifier.trust().compiled).remove(0);
    let subject = ReceiptSubject::Document { octets: document, asked_for: None };
    judge_kept_receipt(&row, (subject, &party), (verifier, store), when).await.unwrap()
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
    // An end without blame takes nothing back.
    let ended = verifier(false, Some(revoking(RevocationReason::CessationOfOperation)));
    assert_eq!(standing(&ended, &store, &remembered, later).await, Standing::Recognised);
    assert_eq!(standing(&compromised, &store, &remembered, later).await, Standing::Undetermined);
}

#[tokio::test]
async fn what_revokes_a_kept_receipt_s_signer_is_not_forgotten_with_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let full = verifier(true, None);
    let document = document_abroad(b"remembered");
    let octets = kazakh_receipt(&document, (1, PkiStatus::Granted));
    let judged = judge(&full, &octets, &document).unwrap();
    keep_receipt(&store, (&judged, &octets), &full, now()).await.unwrap();
    let kept = (&store, octets.as_slice(), document.as_slice());
    let compromised = verifier(false, Some(revoking(RevocationReason::KeyCompromise)));
    let later = at("2027-06-01T00:00:00Z");
    let (after, much_later) = much_later();
    assert!(judge_kept((&after, much_later), kept).await.is_ok());
    assert_eq!(standing(&compromised, &store, &document, later).await, Standing::Undetermined);
    // The list that said so is gone, and the certificate has left the next one: what was heard once is not forgotten.
    let rejected = judge_kept((&after, much_later), kept).await.unwrap_err();
    assert!(!rejected.revoked.is_empty(), "{rejected:?}");
    // One list that says so is enough.
    let pieces = store.receipt_evidence(&Digest::of(&octets)).await.unwrap().len();
    let next = list_of(
        "issuing-gost",
        "2026-12-02T00:00:00Z",
        vec![revoked("ttp-gost", Some(RevocationReason::KeyCompromise), None)],
    );
    assert!(judge_kept((&verifier(false, Some(next)), later), kept).await.is_err());
    assert_eq!(store.receipt_evidence(&Digest::of(&octets)).await.unwrap().len(), pieces);
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

/// A document of somebody abroad.
fn document_of(label: &str) -> Vec<u8> {
    let signer = pki().signer(label).unwrap().at(at("2026-11-22T04:00:00Z"));
    sign(b"content", Packaging::Attached, &signer).unwrap()
}

/// The same with its signature broken.
fn broken(mut document: Vec<u8>) -> Vec<u8> {
    *document.last_mut().unwrap() ^= 1;
    document
}

#[tokio::test]
async fn a_yes_and_a_no_that_we_gave_outlive_our_own_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan { snapshot: snapshot_by_centre(), ..Plan::kazakh() }.open(folder.path()).await;
    let (after, when) = much_later();
    let good = document_of("foreign-registered-signer");
    for (document, status) in [(good.clone(), TtpStatus::Verified), (broken(good), TtpStatus::NotVerified)] {
        let octets = place.ask(&vsd(&document)).await;
        // Brought today by somebody else, nothing tells any more.
        assert!(judge(&after, &octets, &document).unwrap_err().lacks_evidence());
        let kept = judge_kept((&after, when), (&place.store, &octets, &document)).await;
        assert_eq!(kept.unwrap().status(), status);
        let compromised = verifier(false, Some(revoking(RevocationReason::KeyCompromise)));
        assert!(judge_kept((&compromised, when), (&place.store, &octets, &document)).await.is_err());
    }
}

/// What is inside of a DER value.
fn contents(value: &[u8]) -> &[u8] {
    let long = usize::from(value[1]).saturating_sub(0x80);
    &value[2 + long..]
}

/// DER values, one after the other.
fn values(mut octets: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let [_, first, rest @ ..] = octets {
        let long = usize::from(*first).saturating_sub(0x80);
        let length = rest[..long].iter().fold(0, |sum, &octet| sum * 256 + usize::from(octet));
        let length = if long == 0 { usize::from(*first) } else { length };
        let (value, behind) = octets.split_at(2 + long + length);
        all.push(value);
        octets = behind;
    }
    all
}

/// A message with a list more: SignedData.crls, [1].
fn with_list(message: &[u8], crl: &Crl) -> Vec<u8> {
    let info = values(contents(message));
    let mut parts = values(contents(values(contents(info[1]))[0]));
    let lists = der::context(1, crl.der());
    parts.insert(parts.len() - 1, &lists);
    der::sequence(&[info[0], &der::context(0, &der::sequence(&parts))])
}

/// A megabyte under an authority's name that the authority never signed.
fn junk(authority: &str) -> Crl {
    let entry = |number: u32| {
        let serial = [&[1], number.to_be_bytes().as_slice()].concat();
        let revocation_date = at("2026-01-01T00:00:00Z");
        Revocation { serial, revocation_date, reason: None, invalidity_date: None }
    };
    let draft = CrlDraft {
        this_update: at("2026-11-01T00:00:00Z"),
        next_update: Some(at("2027-01-01T00:00:00Z")),
        number: 900,
        delta_base: None,
        revocations: (0..44_000).map(entry).collect(),
    };
    let name = pki().certificate(authority).unwrap().subject();
    issue_crl(&draft, &Authority { name, key: pki().key("state-bodies").unwrap() }).unwrap()
}

#[tokio::test]
async fn nothing_is_kept_that_anybody_may_have_made() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan::kazakh().open(folder.path()).await;
    let list = junk("foreign-unregistered");
    assert!(list.der().len() > 1024 * 1024, "{}", list.der().len());
    let sent = with_list(&document_of("foreign-unregistered-signer"), &list);
    for (sent, status) in [(sent.clone(), TtpStatus::CannotVerify), (broken(sent), TtpStatus::NotVerified)] {
        for _ in 0..2 {
            let octets = place.ask(&vsd(&sent)).await;
            let row = place.store.receipt(&Digest::of(&octets)).await.unwrap().unwrap();
            assert_eq!(row.status == "not-verified", status == TtpStatus::NotVerified, "{}", row.status);
            assert!(place.store.receipt_evidence(&row.digest).await.unwrap().is_empty(), "{status:?}");
        }
    }
    // Beside a no that rests on something stands that, and nothing else.
    let list = junk("issuing-gost");
    let octets = place.ask(&vsd(&with_list(&document("officer-revoked"), &list))).await;
    let kept = place.store.receipt_evidence(&Digest::of(&octets)).await.unwrap();
    assert!(!kept.is_empty() && kept.iter().all(|piece| piece.octets != list.der()), "{}", kept.len());
}

#[test]
fn a_key_above_the_third_party_states_no_time_before_its_compromise() {
    let mut snapshot = snapshot_by_centre();
    let root = pki().certificate("root-gost").unwrap();
    snapshot.domestic_ttps[0].anchors[0].certificate = armour::encode(root.der());
    let document = document_abroad(b"above");
    let receipt = kazakh_receipt(&document, (1, PkiStatus::Granted));
    let judge = |reason, invalid, proven_at| {
        let mut evidence = Pool::default();
        pki().plan().crls.iter().for_each(|crl| evidence.add_crl(pki().crl(&crl.label).unwrap().clone()));
        evidence.add_certificate(pki().certificate("issuing-gost").unwrap().clone());
        let entry = revoked("issuing-gost", reason, invalid);
        evidence.add_crl(list_of("root-gost", "2026-12-01T00:00:00Z", vec![entry]));
        let policy = Policy::named("kz").unwrap();
        let verifier = Verifier::new(Trust::new(snapshot.clone()).unwrap(), evidence, policy);
        let party = ThirdParty::all_of(&verifier.trust().compiled).remove(0);
        let subject = ReceiptSubject::Document { octets: &document, asked_for: None };
        let question = ReceiptQuestion { response: &receipt, subject, party: &party, proven_at };
        let judged = verifier.validate_receipt(&question, at("2026-12-02T00:00:00Z"));
        judged.map(|_| ()).map_err(|rejected| rejected.revoked.len())
    };
    let compromised = Some(RevocationReason::CaCompromise);
    let since = at("2026-11-25T00:00:00Z");
    assert_eq!(judge(compromised, Some(since), None), Err(1), "brought today");
    assert_eq!(judge(compromised, Some(since), Some(since)), Err(1));
    assert_eq!(judge(compromised, Some(since), Some(since.plus_seconds(-1))), Ok(()), "here before");
    assert_eq!(judge(compromised, None, Some(now())), Err(1), "nobody knows since when");
    assert_eq!(judge(None, None, None), Err(1), "nobody says why");
    assert_eq!(judge(Some(RevocationReason::CessationOfOperation), None, None), Ok(()));
}
