//! Guards, damage, keys, snapshots, reopening, cancelling: what must hold, whatever the database.

use std::task::Poll;

use super::samples::*;
use super::*;
use crate::store::session::Value;

pub(in crate::store) async fn every_commit_waits_for_the_disk(location: Location) {
    let store = open(&location).await;
    let mut session = store.write().await.unwrap();
    if matches!(location, Location::Postgres(_)) {
        let setting: Option<(String,)> = session.row("SHOW synchronous_commit", &[]).await.unwrap();
        assert_eq!(setting.unwrap().0, "on");
        return;
    }
    let journal: Option<(String,)> = session.row("PRAGMA journal_mode", &[]).await.unwrap();
    assert_eq!(journal.unwrap().0, "wal");
    // 2 is FULL.
    for (pragma, expected) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1), ("PRAGMA recursive_triggers", 1)]
    {
        let setting: Option<(i64,)> = session.row(pragma, &[]).await.unwrap();
        assert_eq!(setting.unwrap().0, expected, "{pragma}");
    }
}

pub(in crate::store) async fn issued_rows_refuse_change_and_deletion(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    issued(&store, "B").await;
    store.put_snapshot(&snapshot(1, b"one")).await.unwrap();
    let forbidden = [
        "UPDATE documents SET signed = content",
        "UPDATE documents SET content = signed",
        "UPDATE documents SET issued_at = 0",
        "UPDATE documents SET number = 'Z', superseded_by = 'B' WHERE number = 'A'",
        "DELETE FROM documents",
        "UPDATE records SET effective_at = 0",
        "UPDATE records SET action = 'resume'",
        "DELETE FROM records",
        "UPDATE trust_snapshots SET version = 0",
        "DELETE FROM trust_snapshots",
    ];
    for statement in forbidden {
        let mut session = store.write().await.unwrap();
        let refused = session.execute(statement, &[]).await.expect_err(statement).to_string();
        assert!(refused.contains("qoltanba: a"), "{statement}: {refused}");
    }
    // What is allowed, once: a successor.
    for (statement, allowed) in [
        ("UPDATE documents SET superseded_by = 'B' WHERE number = 'A'", true),
        ("UPDATE documents SET superseded_by = 'B' WHERE number = 'A'", false),
        ("UPDATE documents SET superseded_by = NULL WHERE number = 'A'", false),
        ("UPDATE documents SET superseded_by = 'nobody' WHERE number = 'B'", false),
    ] {
        let mut session = store.write().await.unwrap();
        assert_eq!(session.execute(statement, &[]).await.is_ok(), allowed, "{statement}");
        if allowed {
            session.commit().await.unwrap();
        }
    }
    if matches!(location, Location::Sqlite(_)) {
        let mut session = store.write().await.unwrap();
        let replace = "INSERT OR REPLACE INTO records SELECT * FROM records";
        assert!(session.execute(replace, &[]).await.unwrap_err().to_string().contains("never deleted"));
    } else {
        let mut session = store.write().await.unwrap();
        assert!(session.execute("TRUNCATE records", &[]).await.unwrap_err().to_string().contains("never changed"));
    }
}

/// Switches the guards off, as somebody with the keys to the database could.
async fn damage(store: &Store, location: &Location, statements: &[&'static str]) {
    let guards: &[&'static str] = match location {
        Location::Sqlite(_) => &[
            "PRAGMA defer_foreign_keys = ON",
            "DROP TRIGGER documents_stay",
            "DROP TRIGGER records_stay",
            "DROP TRIGGER records_remain",
        ],
        Location::Postgres(_) => &["SET LOCAL session_replication_role = replica"],
    };
    let mut session = store.write().await.unwrap();
    for statement in guards.iter().chain(statements) {
        session.execute(*statement, &[]).await.expect(statement);
    }
    session.commit().await.unwrap();
}

pub(in crate::store) async fn integrity_is_clean_until_something_is_damaged(location: Location) {
    let store = open(&location).await;
    for number in ["A", "B", "C", "D", "E"] {
        issued(&store, number).await;
        let digest = last_digest(&store, number).await;
        let next = store.append_record(number, &digest, &record("suspend", number)).await.unwrap();
        store.append_record(number, &next.digest, &record("resume", number)).await.unwrap();
    }
    let report = store.integrity().await.unwrap();
    assert_eq!((report.documents, report.records, report.is_clean()), (5, 15, true));
    damage(
        &store,
        &location,
        &[
            "UPDATE documents SET content = signed WHERE number = 'A'",
            "UPDATE documents SET signed = content WHERE number = 'B'",
            "UPDATE records SET signed = content WHERE number = 'C' AND sequence = 2",
            "UPDATE records SET digest = content_digest WHERE number = 'D' AND sequence = 2",
            "UPDATE records SET action = 'resume' WHERE number = 'E' AND sequence = 1",
            "UPDATE records SET content = signed WHERE number = 'E' AND sequence = 3",
        ],
    )
    .await;
    let number = |n: &str| n.to_owned();
    assert_eq!(
        store.integrity().await.unwrap().findings,
        [
            Finding::DocumentDigest { number: number("A"), part: Part::Content },
            Finding::DocumentDigest { number: number("B"), part: Part::Signed },
            Finding::RecordDigest { number: number("C"), sequence: 2, part: Part::Signed },
            Finding::RecordDigest { number: number("D"), sequence: 2, part: Part::Signed },
            Finding::ChainBroken { number: number("D"), sequence: 3 },
            Finding::FirstRecord { number: number("E"), action: "resume".to_owned() },
            Finding::RecordDigest { number: number("E"), sequence: 3, part: Part::Content },
        ]
    );
}

pub(in crate::store) async fn integrity_finds_what_is_half_there(location: Location) {
    let store = open(&location).await;
    // More than one page, so that pages meet without a gap.
    for i in 0..70 {
        issued(&store, &format!("N{i:02}")).await;
    }
    let digest = last_digest(&store, "N69").await;
    let next = store.append_record("N69", &digest, &record("suspend", "")).await.unwrap();
    store.append_record("N69", &next.digest, &record("resume", "")).await.unwrap();
    assert!(store.integrity().await.unwrap().is_clean());
    damage(
        &store,
        &location,
        &["DELETE FROM records WHERE number = 'N63'", "DELETE FROM records WHERE number = 'N69' AND sequence = 2"],
    )
    .await;
    let findings = store.integrity().await.unwrap().findings;
    assert_eq!(
        findings,
        [
            Finding::NoHistory { number: "N63".to_owned() },
            Finding::SequenceGap { number: "N69".to_owned(), expected: 2, found: 3 },
            Finding::ChainBroken { number: "N69".to_owned(), sequence: 3 },
        ]
    );
    assert!(matches!(store.history("N63").await, Err(StoreError::Corrupt { .. })));
}

pub(in crate::store) async fn keys_are_kept_found_and_revoked(location: Location) {
    let store = open(&location).await;
    let key = |key_id: &str, role, scope: Option<&str>| ApiKey {
        key_id: key_id.to_owned(),
        secret_digest: Digest::of(key_id.as_bytes()),
        role,
        label: "the portal".to_owned(),
        scope: scope.map(str::to_owned),
        created_at: at(1),
        revoked_at: None,
    };
    let keys = [
        key("a", Role::Issuer, Some(ISSUER)),
        key("b", Role::Verifier, None),
        key("c", Role::TrustAdministrator, None),
    ];
    for key in &keys {
        store.add_api_key(key).await.unwrap();
    }
    let refused = store.add_api_key(&keys[0]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::KeyTaken { .. })), "{refused:?}");
    assert_eq!(store.api_keys().await.unwrap(), keys);
    store.revoke_api_key("a", at(7)).await.unwrap();
    store.revoke_api_key("a", at(9)).await.unwrap();
    assert_eq!(store.api_key("a").await.unwrap().unwrap().revoked_at, Some(at(7)));
    assert_eq!(store.api_key("b").await.unwrap().unwrap(), keys[1]);
}

pub(in crate::store) async fn a_snapshot_is_replaced_only_by_a_newer_one(location: Location) {
    let store = open(&location).await;
    let two = snapshot(2, b"two");
    store.put_snapshot(&two).await.unwrap();
    store.put_snapshot(&TrustSnapshotRow { received_at: at(99), ..two.clone() }).await.unwrap();
    for refused in [snapshot(2, b"another two"), snapshot(1, b"one")] {
        let error = store.put_snapshot(&refused).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, StoreError::OutOfDate { held_version: 2, .. }), "{error:?}");
        assert!(text.contains(&refused.digest.to_string()) && text.contains(&two.digest.to_string()), "{text}");
    }
    assert_eq!(store.latest_snapshot().await.unwrap(), Some(two.clone()));
    let three = snapshot(3, b"three");
    store.put_snapshot(&three).await.unwrap();
    assert_eq!(store.latest_snapshot().await.unwrap(), Some(three));
    assert_eq!(store.snapshot(&two.digest).await.unwrap(), Some(two.clone()));
    // One digest is one version.
    let renumbered = TrustSnapshotRow { version: 4, ..two };
    assert!(matches!(store.put_snapshot(&renumbered).await, Err(StoreError::OutOfDate { .. })));
    let endless = snapshot(u64::MAX, b"endless");
    assert!(matches!(store.put_snapshot(&endless).await, Err(StoreError::TooLarge { .. })));
}

pub(in crate::store) async fn a_store_opened_to_read_takes_nothing_and_one_of_another_schema_is_refused(
    location: Location,
) {
    if let Location::Sqlite(path) = &location {
        assert!(matches!(Store::open_to_read(&location).await, Err(StoreError::Unavailable(_))));
        assert!(!path.exists(), "nothing is made");
    }
    let store = open(&location).await;
    let kept = issued(&store, "A").await;
    let reader = Store::open_to_read(&location).await.unwrap();
    assert!(reader.reserve_serial("VET").await.is_err());
    assert_eq!(reader.document("A").await.unwrap(), kept);
    // What a node writes meanwhile is seen.
    assert_eq!(issued(&store, "B").await, reader.document("B").await.unwrap());
    reader.close().await;
    for (change, fits) in [(-1, false), (2, false), (-1, true)] {
        let mut session = store.write().await.unwrap();
        let update = "UPDATE meta SET value = value + $1 WHERE name = 'schema_version'";
        session.execute(update, &[Value::Integer(Some(change))]).await.unwrap();
        session.commit().await.unwrap();
        let opened = Store::open_to_read(&location).await;
        assert_eq!(opened.is_ok(), fits, "{opened:?}");
        assert!(fits || matches!(opened, Err(StoreError::Schema(_))));
    }
}

pub(in crate::store) async fn opening_again_changes_nothing(location: Location) {
    let store = open(&location).await;
    let kept = issued(&store, "A").await;
    assert_eq!(store.reserve_serial("VET").await.unwrap(), 1);
    drop(store);
    let store = Store::open(&location, at(1_000)).await.unwrap();
    assert_eq!(store.document("A").await.unwrap(), kept);
    assert_eq!(store.reserve_serial("VET").await.unwrap(), 2);
    assert_eq!(store.meta().await.unwrap(), Meta { schema_version: 7, created_at: at(0) });
    // A later qoltanba was here: we keep our hands off.
    let mut session = store.write().await.unwrap();
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99, 'later', TRUE, $1, 0)";
    session.execute(later, &[Value::from(b"".as_slice())]).await.unwrap();
    session.commit().await.unwrap();
    store.close().await;
    assert!(matches!(Store::open(&location, at(0)).await, Err(StoreError::Schema(_))));
}

pub(in crate::store) async fn a_cancelled_issue_leaves_nothing_by_half(location: Location) {
    let store = open(&location).await;
    let mut steps = 0;
    while !issue_in_steps(&store, steps).await {
        steps = steps.saturating_add(1);
    }
    // How many answers there are between the two is up to the machine; one at least, or nothing was cancelled.
    assert!(steps > 0, "nothing was cancelled");
    issued(&store, "last").await;
    let report = store.integrity().await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.documents, report.records);
}

/// A client that goes away after so many steps; a step is taken whenever the database has answered something. Tells
/// whether it stayed until the end.
async fn issue_in_steps(store: &Store, steps: u32) -> bool {
    let first_record = issue();
    let mut work = Box::pin(store.issue(document(&format!("N{steps:03}")), &first_record));
    let mut taken = 0..steps;
    std::future::poll_fn(|cx| match taken.next() {
        Some(_) => work.as_mut().poll(cx).map(|outcome| outcome.is_ok()),
        None => Poll::Ready(false),
    })
    .await
}

pub(in crate::store) async fn the_trust_log_grows_entry_by_entry(location: Location) {
    let store = open(&location).await;
    let entry = |sequence: u64, previous: Option<Digest>, signed: &[u8]| TrustLogRow {
        sequence,
        previous,
        digest: Digest::of(signed),
        recorded_at: at(7),
        signed: signed.to_vec(),
        received_at: at(8),
    };
    let (one, other) = (entry(1, None, b"one"), entry(1, None, b"other"));
    let two = entry(2, Some(one.digest), b"two");
    let moved =
        |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::Conflict(Conflict::TrustLogMoved { .. })));
    assert!(moved(store.append_trust_entry(&two).await), "there is nothing before it");
    store.append_trust_entry(&one).await.unwrap();
    // Asked twice, written once; the second administrator is told.
    store.append_trust_entry(&one).await.unwrap();
    assert!(moved(store.append_trust_entry(&other).await));
    assert!(moved(store.append_trust_entry(&entry(2, Some(other.digest), b"two")).await), "it follows another one");
    assert!(moved(store.append_trust_entry(&entry(3, Some(one.digest), b"three")).await), "one is left out");
    store.append_trust_entry(&two).await.unwrap();
    assert_eq!(store.trust_log().await.unwrap(), [one, two]);
    // What is written stays: the database itself refuses.
    for forbidden in
        ["UPDATE trust_log SET recorded_at = 0 WHERE sequence = 1", "DELETE FROM trust_log WHERE sequence = 2"]
    {
        let mut session = store.write().await.unwrap();
        assert!(session.execute(forbidden, &[]).await.is_err(), "{forbidden}");
    }
    assert_eq!(store.trust_log().await.unwrap().len(), 2);
}

pub(in crate::store) async fn of_racing_administrators_one_is_told(location: Location) {
    let store = open(&location).await;
    let racing = (0_u8..8).map(|number| {
        let store = store.clone();
        let signed = vec![number];
        let digest = Digest::of(&signed);
        let row = TrustLogRow { sequence: 1, previous: None, digest, recorded_at: at(7), signed, received_at: at(8) };
        tokio::spawn(async move { store.append_trust_entry(&row).await })
    });
    let answers = futures_util::future::join_all(racing).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().map(Result::unwrap).partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    let told = |answer: &Result<(), StoreError>| {
        matches!(answer, Err(StoreError::Conflict(Conflict::TrustLogMoved { sequence: 1 })))
    };
    assert!(lost.iter().all(told), "{lost:?}");
    assert_eq!(store.trust_log().await.unwrap().len(), 1);
}
