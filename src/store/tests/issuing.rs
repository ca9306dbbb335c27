//! Issuing, appending, reissuing, numbering, finding: what must hold, whatever the database.

use std::collections::BTreeSet;

use super::samples::*;
use super::*;

pub(in crate::store) async fn an_issued_document_is_found_again_by_number_request_and_list(location: Location) {
    let store = open(&location).await;
    let given = requested("A", "r-1", "body");
    let outcome = store.issue(given.clone(), &issue()).await.unwrap();
    let kept = StoredDocument { digest: Digest::of(&given.signed), document: given.clone(), superseded_by: None };
    assert_eq!(outcome, Issued::Now(kept.clone()));
    assert_eq!(store.document("A").await.unwrap(), kept);
    let request = given.request.unwrap();
    assert_eq!(store.find_by_request(ISSUER, &request).await.unwrap(), Some(kept));
    assert_eq!(store.find_by_request("990000000000", &request).await.unwrap(), None);
    assert_eq!(store.list_documents(&DocumentFilter::default(), None, 10).await.unwrap().len(), 1);
    let history = store.history("A").await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].sequence, history[0].previous), (1, None));
    assert_eq!(history[0].record, issue());
    assert_eq!(history[0].digest, Digest::of(&issue().signed));
}

pub(in crate::store) async fn a_repeated_request_is_answered_with_the_first_document(location: Location) {
    let store = open(&location).await;
    let first = store.issue(requested("A", "r-1", "body"), &issue()).await.unwrap().into_document();
    let again = store.issue(requested("B", "r-1", "body"), &issue()).await.unwrap();
    assert_eq!(again, Issued::Before(first));
    assert!(matches!(store.document("B").await, Err(StoreError::NotFound { .. })));
    // Keys are the issuing body's own; and documents without a request never meet.
    let other_body = Document { issuer_bin: "990000000000".to_owned(), ..requested("C", "r-1", "body") };
    assert!(matches!(store.issue(other_body, &issue()).await.unwrap(), Issued::Now(_)));
    issued(&store, "D").await;
    issued(&store, "E").await;
}

pub(in crate::store) async fn a_request_id_used_for_another_request_is_refused(location: Location) {
    let store = open(&location).await;
    store.issue(requested("A", "r-1", "body"), &issue()).await.unwrap();
    let refused = store.issue(requested("B", "r-1", "another body"), &issue()).await.unwrap_err();
    assert!(matches!(refused, StoreError::DuplicateRequest { ref number, .. } if number == "A"), "{refused:?}");
    let other = Request { id: "r-1".to_owned(), digest: Digest::of(b"another body") };
    assert!(matches!(store.find_by_request(ISSUER, &other).await, Err(StoreError::DuplicateRequest { .. })));
}

pub(in crate::store) async fn one_request_in_many_hands_issues_one_document(location: Location) {
    let store = open(&location).await;
    let tasks = (0..16).map(|i| {
        let store = store.clone();
        tokio::spawn(async move { store.issue(requested(&format!("N{i}"), "r-1", "body"), &issue()).await.unwrap() })
    });
    let outcomes: Vec<Issued> = futures_util::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|o| matches!(o, Issued::Now(_))).count(), 1);
    let numbers: BTreeSet<_> = outcomes.into_iter().map(|o| o.into_document().document.number).collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(store.integrity().await.unwrap().documents, 1);
}

pub(in crate::store) async fn a_number_that_is_taken_is_refused(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    let refused = store.issue(requested("A", "r-9", "body"), &issue()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::NumberTaken { .. })), "{refused:?}");
    assert_eq!(store.history("A").await.unwrap().len(), 1);
}

pub(in crate::store) async fn a_first_record_that_is_no_issue_is_refused(location: Location) {
    let store = open(&location).await;
    let refused = store.issue(document("A"), &record("suspend", "")).await.unwrap_err();
    assert!(matches!(refused, StoreError::FirstRecord { .. }), "{refused:?}");
    assert!(matches!(store.document("A").await, Err(StoreError::NotFound { .. })));
}

pub(in crate::store) async fn a_record_is_appended_only_behind_the_last(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    let first = last_digest(&store, "A").await;
    let suspended = store.append_record("A", &first, &record("suspend", "")).await.unwrap();
    assert_eq!((suspended.sequence, suspended.previous), (2, Some(first)));
    let refused = store.append_record("A", &first, &record("terminate", "")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::HistoryMoved { .. })), "{refused:?}");
    store.append_record("A", &suspended.digest, &record("resume", "")).await.unwrap();
    let history = store.history("A").await.unwrap();
    let actions: Vec<_> = history.iter().map(|r| r.record.action.as_str()).collect();
    assert_eq!(actions, ["issue", "suspend", "resume"]);
    assert_eq!(history[1], suspended);
}

pub(in crate::store) async fn of_many_appenders_on_one_record_one_comes_through(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    let first = last_digest(&store, "A").await;
    let tasks = (0..16).map(|i| {
        let store = store.clone();
        tokio::spawn(async move { store.append_record("A", &first, &record("suspend", &i.to_string())).await })
    });
    let outcomes = futures_util::future::join_all(tasks).await.into_iter().map(Result::unwrap);
    let (through, refused): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
    for outcome in refused {
        assert!(matches!(outcome, Err(StoreError::Conflict(Conflict::HistoryMoved { .. }))), "{outcome:?}");
    }
    assert_eq!(through.len(), 1);
    assert_eq!(store.history("A").await.unwrap().len(), 2);
}

pub(in crate::store) async fn a_reissue_is_whole_or_nothing(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    let first = last_digest(&store, "A").await;
    let stale = Digest::of(b"not the last record");
    let supersede = record("supersede", "");
    let refused = store.reissue(("A", &stale), &supersede, document("B"), &issue()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::HistoryMoved { .. })), "{refused:?}");
    assert!(matches!(store.document("B").await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.document("A").await.unwrap().superseded_by, None);

    let renewed = requested("B", "r-2", "body");
    store.reissue(("A", &first), &supersede, renewed.clone(), &issue()).await.unwrap();
    assert_eq!(store.document("A").await.unwrap().superseded_by.as_deref(), Some("B"));
    assert_eq!(store.history("A").await.unwrap()[1].record, supersede);
    assert_eq!(store.history("B").await.unwrap().len(), 1);
    // The same request again is answered; another one comes too late.
    let again = store.reissue(("A", &first), &supersede, renewed, &issue()).await.unwrap();
    assert!(matches!(again, Issued::Before(_)));
    let last = last_digest(&store, "A").await;
    let refused = store.reissue(("A", &last), &supersede, document("C"), &issue()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::AlreadySuperseded { .. })), "{refused:?}");
    assert!(matches!(store.document("C").await, Err(StoreError::NotFound { .. })));
    assert!(store.integrity().await.unwrap().is_clean());
}

pub(in crate::store) async fn of_many_reissues_of_one_document_one_comes_through(location: Location) {
    let store = open(&location).await;
    issued(&store, "A").await;
    let first = last_digest(&store, "A").await;
    let tasks = (0..16).map(|i| {
        let store = store.clone();
        let new = document(&format!("B{i}"));
        tokio::spawn(async move { store.reissue(("A", &first), &record("supersede", ""), new, &issue()).await })
    });
    let outcomes = futures_util::future::join_all(tasks).await.into_iter().map(Result::unwrap);
    let (through, refused): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
    for outcome in refused {
        assert!(matches!(outcome, Err(StoreError::Conflict(Conflict::AlreadySuperseded { .. }))), "{outcome:?}");
    }
    assert_eq!(through.len(), 1);
    let report = store.integrity().await.unwrap();
    assert_eq!((report.documents, report.records, report.is_clean()), (2, 3, true));
}

pub(in crate::store) async fn what_is_not_there_is_not_found(location: Location) {
    let store = open(&location).await;
    let nothing = Digest::of(b"");
    let answers = [
        store.document("A").await.err(),
        store.history("A").await.err(),
        store.append_record("A", &nothing, &record("suspend", "")).await.err(),
        store.reissue(("A", &nothing), &record("supersede", ""), document("B"), &issue()).await.err(),
        store.revoke_api_key("k", at(1)).await.err(),
    ];
    for answer in answers {
        assert!(matches!(answer, Some(StoreError::NotFound { .. })), "{answer:?}");
    }
    assert_eq!(store.api_key("k").await.unwrap(), None);
    assert_eq!(store.latest_snapshot().await.unwrap(), None);
    assert_eq!(store.snapshot(&nothing).await.unwrap(), None);
    assert!(matches!(store.document("B").await, Err(StoreError::NotFound { .. })));
}

pub(in crate::store) async fn lists_are_filtered_and_paged(location: Location) {
    let store = open(&location).await;
    for i in 0..10 {
        let mut document = document(&format!("N{i}"));
        // Two by two at the same time, so that the number decides within.
        document.issued_at = at(i64::from(i / 2));
        if i % 2 == 1 {
            document.kind = "licence.foreign-trade".to_owned();
            document.applicant_id = "other".to_owned();
        }
        store.issue(document, &issue()).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_documents(&DocumentFilter::default(), after.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        seen.extend(page.into_iter().map(|d| d.number));
    }
    assert_eq!(seen, (0..10).map(|i| format!("N{i}")).collect::<Vec<_>>());

    let filter = DocumentFilter {
        kind: Some("licence.foreign-trade".to_owned()),
        applicant_id: Some("other".to_owned()),
        issuer_bin: Some(ISSUER.to_owned()),
        from: Some(at(1)),
        to: Some(at(3)),
    };
    let found = store.list_documents(&filter, None, 100).await.unwrap();
    assert_eq!(found.iter().map(|d| d.number.as_str()).collect::<Vec<_>>(), ["N3", "N5"]);
    let rest = store.list_documents(&filter, Some(&found[0].cursor()), 100).await.unwrap();
    assert_eq!(rest, found[1..]);
    let none = DocumentFilter { issuer_bin: Some("x' OR '1'='1".to_owned()), ..DocumentFilter::default() };
    assert!(store.list_documents(&none, None, 100).await.unwrap().is_empty());
}

pub(in crate::store) async fn serials_are_never_given_twice(location: Location) {
    let store = open(&location).await;
    let tasks = (0..64).map(|task: u32| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in (task..1_000).step_by(64) {
                mine.push(store.reserve_serial("VET").await.unwrap());
            }
            mine
        })
    });
    let all: Vec<u64> = futures_util::future::join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(all.len(), 1_000);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), (1..=1_000).collect());
    assert_eq!(store.reserve_serial("LIC").await.unwrap(), 1);
}

pub(in crate::store) async fn many_issuers_at_once_never_meet_a_lock(location: Location) {
    // Two stores stand for two processes; each has its own writer.
    let stores = [open(&location).await, open(&location).await];
    let tasks = (0..32_usize).map(|task| {
        let store = stores[task % 2].clone();
        tokio::spawn(async move {
            for i in 0..5 {
                let number = format!("{task}-{i}");
                store.issue(document(&number), &issue()).await.unwrap();
                let digest = last_digest(&store, &number).await;
                store.append_record(&number, &digest, &record("suspend", "")).await.unwrap();
            }
        })
    });
    for done in futures_util::future::join_all(tasks).await {
        done.unwrap();
    }
    let report = stores[0].integrity().await.unwrap();
    assert_eq!((report.documents, report.records), (160, 320));
    assert!(report.is_clean(), "{report:?}");
}
