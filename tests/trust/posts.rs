//! Posts: snapshots taken in, refused, and found again after a restart.

use qoltanba::service::{SnapshotOrigin, TrustOfficeError};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::{StoreError, files};
use qoltanba::trust::{SignedSnapshotError, TrustSnapshot};

use crate::kit::{FIRST, Node, SECOND, at, now, pki};

fn snapshot(version: u64) -> TrustSnapshot {
    TrustSnapshot { version, issued_at: at("2026-11-20"), ..pki().snapshot().unwrap() }
}

fn signed(snapshot: &TrustSnapshot, by: &str) -> Vec<u8> {
    sign(&snapshot.encode(), Packaging::Attached, &pki().signer(by).unwrap()).unwrap()
}

fn encoded(label: &str) -> String {
    qoltanba::codec::armour::encode(pki().certificate(label).unwrap().der())
}

#[tokio::test]
async fn a_newer_snapshot_is_taken_in_and_an_older_one_is_not() {
    let post = Node::post().await;
    let office = post.office();
    let newer = signed(&snapshot(8), FIRST);
    let accepted = office.accept(&newer).await.unwrap();
    assert_eq!((accepted.version, accepted.is_new), (8, true));
    assert_eq!(files::read(&post.file("snapshot.p7s")).unwrap(), newer);
    assert!(!office.accept(&newer).await.unwrap().is_new);
    let older = office.accept(&signed(&snapshot(7), FIRST)).await;
    assert!(matches!(older, Err(TrustOfficeError::Store(StoreError::OutOfDate { held_version: 8, .. }))), "{older:?}");
    let same = TrustSnapshot { norm: "another".into(), ..snapshot(8) };
    let same = office.accept(&signed(&same, FIRST)).await;
    assert!(matches!(same, Err(TrustOfficeError::Store(StoreError::OutOfDate { .. }))), "{same:?}");
    assert_eq!(files::read(&post.file("snapshot.p7s")).unwrap(), newer, "what is held stays");
}

#[tokio::test]
async fn a_folder_that_is_newer_than_its_store_is_not_rolled_back() {
    let (post, fresh) = (Node::post().await, Node::post().await);
    let newer = signed(&snapshot(8), FIRST);
    post.office().accept(&newer).await.unwrap();
    // The store was lost, the folder was kept.
    files::write(&fresh.file("snapshot.p7s"), &newer).unwrap();
    let older = fresh.office().accept(&signed(&snapshot(7), FIRST)).await;
    assert!(matches!(older, Err(TrustOfficeError::Store(StoreError::OutOfDate { held_version: 8, .. }))), "{older:?}");
    assert_eq!(files::read(&fresh.file("snapshot.p7s")).unwrap(), newer);
}

#[tokio::test]
async fn a_snapshot_that_is_stale_or_of_tomorrow_is_refused() {
    let post = Node::post().await;
    let dated = |date: &str| signed(&TrustSnapshot { issued_at: at(date), ..snapshot(8) }, FIRST);
    let stale = post.office().accept(&dated("2020-01-01")).await;
    assert!(matches!(stale, Err(TrustOfficeError::Stale { .. })), "{stale:?}");
    let tomorrow = post.office().accept(&dated("2026-11-22")).await;
    assert!(matches!(tomorrow, Err(TrustOfficeError::Clock { .. })), "{tomorrow:?}");
    assert!(post.office().accept(&dated("2026-11-21")).await.is_ok());
}

#[tokio::test]
async fn a_snapshot_of_somebody_else_or_altered_is_refused() {
    let post = Node::post().await;
    let refused = |answer: Result<_, TrustOfficeError>| match answer {
        Err(TrustOfficeError::Snapshot(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(post.office().accept(&signed(&snapshot(8), SECOND)).await), SignedSnapshotError::Signer);
    let mut altered = signed(&snapshot(8), FIRST);
    let at = altered.windows(10).position(|w| w == b"\"version\":").unwrap() + 10;
    altered[at] = b'9';
    assert_eq!(refused(post.office().accept(&altered).await), SignedSnapshotError::Signature);
    let garbage = post.office().accept(b"garbage").await;
    assert!(matches!(garbage, Err(TrustOfficeError::Snapshot(SignedSnapshotError::Malformed(_)))), "{garbage:?}");
}

#[tokio::test]
async fn a_snapshot_signed_by_a_removed_key_is_refused() {
    let post = Node::post().await;
    // The keeper hands over to the second administrator.
    let handed_over = TrustSnapshot { keepers: vec![encoded(SECOND)], ..snapshot(8) };
    post.office().accept(&signed(&handed_over, FIRST)).await.unwrap();
    let removed = post.office().accept(&signed(&snapshot(9), FIRST)).await;
    let gone = SignedSnapshotError::KeeperRemoved { held_version: 8 };
    assert!(matches!(&removed, Err(TrustOfficeError::Snapshot(error)) if *error == gone), "{removed:?}");
    let next = TrustSnapshot { keepers: vec![encoded(SECOND)], ..snapshot(9) };
    assert!(post.office().accept(&signed(&next, SECOND)).await.unwrap().is_new);
    // The folder has its new keeper, and opens by itself.
    assert_eq!(post.home().trust().unwrap().snapshot.version, 9);
    assert_eq!(files::read(&post.file("snapshot-signer.cer")).unwrap(), pki().certificate(SECOND).unwrap().der());
    let still = post.office().accept(&signed(&snapshot(10), FIRST)).await;
    assert!(matches!(still, Err(TrustOfficeError::Snapshot(_))), "{still:?}");
}

#[tokio::test]
async fn the_last_good_snapshot_survives_a_restart_with_a_broken_file() {
    let post = Node::post().await;
    post.office().accept(&signed(&snapshot(8), FIRST)).await.unwrap();
    let found = || async {
        let trust = post.home().last_good(&post.store).await.unwrap().unwrap();
        (trust.snapshot.version, trust.origin)
    };
    assert_eq!(found().await, (8, SnapshotOrigin::Folder));
    // Broken, set back, gone: the store's copy is used, and it is told.
    files::write(&post.file("snapshot.p7s"), b"half a fi").unwrap();
    assert_eq!(found().await, (8, SnapshotOrigin::Store));
    files::write(&post.file("snapshot.p7s"), &signed(&snapshot(7), FIRST)).unwrap();
    assert_eq!(found().await, (8, SnapshotOrigin::Store));
    files::remove(&post.file("snapshot.p7s")).unwrap();
    assert_eq!(found().await, (8, SnapshotOrigin::Store));
    // A newer one in the folder is the folder's.
    files::write(&post.file("snapshot.p7s"), &signed(&snapshot(9), FIRST)).unwrap();
    assert_eq!(found().await, (9, SnapshotOrigin::Folder));
    // Nobody but the keeper: a copy that he did not sign is none.
    let other = Node::post().await;
    let forged = qoltanba::store::TrustSnapshotRow {
        digest: qoltanba::store::Digest::of(&snapshot(9).encode()),
        version: 9,
        issued_at: now(),
        signed: signed(&snapshot(9), SECOND),
        received_at: now(),
    };
    other.store.put_snapshot(&forged).await.unwrap();
    files::write(&other.file("snapshot.p7s"), b"half a fi").unwrap();
    assert!(other.home().last_good(&other.store).await.is_err());
}
