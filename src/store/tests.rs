//! The stories of the store, each told on SQLite and, where a server can be started, on PostgreSQL.

mod issuing;
mod jobs;
mod keeping;
mod postgres;
mod receipts;
mod samples;

use super::*;
use crate::time::Timestamp;

mod stories {
    pub(super) use super::issuing::*;
    pub(super) use super::jobs::*;
    pub(super) use super::keeping::*;
    pub(super) use super::receipts::*;
}

/// Tells each story on an SQLite store of its own, and all of them on one PostgreSQL server.
macro_rules! told_on_both {
    ($($story:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let folder = tempfile::tempdir().unwrap();
                stories::$story(Location::Sqlite(folder.path().join("store.db"))).await;
            }
        )*

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_story_holds_on_postgresql() {
            let Some(server) = postgres::Server::start() else {
                println!("skipped: no PostgreSQL server could be started on this machine");
                return;
            };
            $(
                println!(stringify!($story));
                stories::$story(server.new_database(stringify!($story)).await).await;
            )*
        }
    };
}

told_on_both! {
    an_issued_document_is_found_again_by_number_request_and_list,
    a_repeated_request_is_answered_with_the_first_document,
    a_request_id_used_for_another_request_is_refused,
    one_request_in_many_hands_issues_one_document,
    a_number_that_is_taken_is_refused,
    a_first_record_that_is_no_issue_is_refused,
    a_record_is_appended_only_behind_the_last,
    of_many_appenders_on_one_record_one_comes_through,
    a_reissue_is_whole_or_nothing,
    of_many_reissues_of_one_document_one_comes_through,
    what_is_not_there_is_not_found,
    lists_are_filtered_and_paged,
    serials_are_never_given_twice,
    many_issuers_at_once_never_meet_a_lock,
    every_commit_waits_for_the_disk,
    issued_rows_refuse_change_and_deletion,
    integrity_is_clean_until_something_is_damaged,
    integrity_finds_what_is_half_there,
    keys_are_kept_found_and_revoked,
    a_snapshot_is_replaced_only_by_a_newer_one,
    the_trust_log_grows_entry_by_entry,
    of_racing_administrators_one_is_told,
    a_job_is_kept_as_it_came_and_ends_with_its_last_line,
    of_many_nodes_that_judge_the_same_lines_one_records_them,
    a_removed_job_leaves_nothing_and_its_neighbour_everything,
    a_store_opened_to_read_takes_nothing_and_one_of_another_schema_is_refused,
    what_a_receipt_rests_on_is_kept_beside_it_and_never_changed,
    a_receipt_leaves_only_when_its_years_are_over_and_nothing_rests_on_it,
    a_snapshot_stays_for_whoever_begins_a_job_while_another_goes,
    opening_again_changes_nothing,
    a_cancelled_issue_leaves_nothing_by_half,
}

#[test]
fn an_address_is_told_from_a_path_and_keeps_its_password_to_itself() {
    let location = Location::parse("postgres://q:secret@db.example/q").unwrap();
    assert!(matches!(location, Location::Postgres(_)));
    assert!(!format!("{location:?}").contains("secret"));
    assert!(matches!(Location::parse("/var/lib/qoltanba/store.db"), Err(StoreError::Scheme)));
    assert!(matches!(Location::parse("postgres:/q:secret@db.example/q"), Err(StoreError::Scheme)));
    assert!(matches!(Location::parse("postgres://q@db:port/q"), Err(StoreError::Address(_))));
}

#[tokio::test]
async fn the_sqlite_file_and_its_log_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let _store = Store::open(&Location::Sqlite(path.clone()), Timestamp::default()).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        assert_eq!(std::fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged_and_a_missing_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    files::write(&path, &[b'x'; 4096]).unwrap();
    let error = Store::open(&Location::Sqlite(path), Timestamp::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    let nowhere = folder.path().join("none/store.db");
    let error = Store::open(&Location::Sqlite(nowhere), Timestamp::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::File(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_may_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("store.db"));
        let tasks = (0..8).map(|_| {
            let location = location.clone();
            tokio::spawn(async move { Store::open(&location, Timestamp::default()).await })
        });
        for opened in futures_util::future::join_all(tasks).await {
            assert_eq!(opened.unwrap().unwrap().meta().await.unwrap().schema_version, 7);
        }
    }
}

#[test]
fn work_on_the_store_may_move_between_threads() {
    fn movable<T: Send>(_: &dyn Fn(&'static Store) -> T) {}
    movable(&|store| store.integrity());
    movable(&|store| {
        store.list_documents(
            const { &DocumentFilter { kind: None, applicant_id: None, issuer_bin: None, from: None, to: None } },
            None,
            1,
        )
    });
    movable(&|store| store.api_keys());
    movable(&|store| store.latest_snapshot());
    movable(&|store| store.trust_log());
}
