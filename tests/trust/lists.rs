//! Lists of trusted entities: published by one registry, taken into another by its own two administrators.

use std::process::Command;

use qoltanba::service::{TrustOfficeError, order_of_list};
use qoltanba::store::files;
use qoltanba::trust::{Change, SignedListError, open_signed_list};
use serde_json::json;

use crate::kit::{FIRST, Node, SECOND, now, order, pki};

/// A registry that knows one centre more than the test PKI, and its list.
async fn publisher() -> (Node, Vec<u8>) {
    let node = Node::begun().await;
    let office = node.office();
    let centre = qoltanba::codec::armour::encode(pki().certificate("foreign-unregistered").unwrap().der());
    let proposal = json!({
        "act": { "reference": "order 2 of 2026-11-10" },
        "changes": [
            { "type": "add-centre", "centre": { "party": "xanadu-ca", "label": "Xanadu CA", "country": "XA",
                "certificate": centre, "act": "register, entry 9", "events": [] } },
            { "type": "event", "party": "xanadu-ca", "status": "REGISTERED", "effective_from": "2026-11-10T00:00:00Z" },
        ],
    });
    let proposed = office.propose(FIRST, order(&proposal)).await.unwrap();
    office.approve(SECOND, proposed.digest).await.unwrap();
    office.publish(FIRST, FIRST).await.unwrap();
    let list = office.publish_list(FIRST).unwrap();
    assert_eq!(office.published_list().unwrap(), Some(list.clone()));
    (node, list.jws)
}

#[tokio::test]
async fn another_registry_takes_a_list_in_by_two_signatures_of_its_own() {
    let (publisher, jws) = publisher().await;
    let keeper = pki().certificate(FIRST).unwrap();
    let node = Node::begun().await;
    let own = node.home().trust().unwrap().snapshot;
    let taken = order_of_list(&jws, (keeper, now()), &own).unwrap();
    assert!(taken.left_out.is_empty(), "{:?}", taken.left_out);
    assert!(!taken.known.is_empty() && !taken.known.contains(&"Xanadu CA".to_owned()), "{:?}", taken.known);
    let kinds: Vec<bool> = taken.order.changes.iter().map(|one| matches!(one, Change::AddCentre { .. })).collect();
    assert_eq!(kinds, [true, false], "the centre, then its registration");
    let office = node.office();
    let knows = async || {
        let registry = office.registry().await.unwrap();
        registry.state().snapshot.foreign.iter().any(|centre| centre.label == "Xanadu CA")
    };
    let proposed = office.propose(FIRST, taken.order).await.unwrap();
    assert!(!knows().await, "nothing counts before the second signature");
    office.approve(SECOND, proposed.digest).await.unwrap();
    assert!(knows().await);
    drop(publisher);
}

#[tokio::test]
async fn a_list_of_somebody_else_or_one_that_was_changed_is_refused() {
    let (node, jws) = publisher().await;
    let own = node.home().trust().unwrap().snapshot;
    let other = pki().certificate(SECOND).unwrap();
    let refused = order_of_list(&jws, (other, now()), &own).unwrap_err();
    assert!(matches!(refused, TrustOfficeError::List(SignedListError::Signer)), "{refused}");
    let keeper = pki().certificate(FIRST).unwrap();
    let at = open_signed_list(&jws, keeper, now()).unwrap().scheme.next_update;
    let stale = order_of_list(&jws, (keeper, at), &own).unwrap_err();
    assert!(matches!(stale, TrustOfficeError::List(SignedListError::Stale { .. })), "{stale}");
}

#[tokio::test]
async fn the_command_prints_what_is_to_be_reviewed() {
    let (node, jws) = publisher().await;
    let list = node.file("list.jws");
    files::write(&list, &jws).unwrap();
    let keeper = node.file("keeper.cer");
    files::write(&keeper, pki().certificate(FIRST).unwrap().der()).unwrap();
    let post = Node::begun().await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.args(["trust", "--home"]).arg(post.path()).args(arguments).output().unwrap()
    };
    let output = run(&["import-list", "--keeper", keeper.to_str().unwrap(), list.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // The wall's clock decides: this list is of the day that the test PKI lives in.
    if output.status.success() {
        let order: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(order["changes"][0]["type"], "add-centre");
        assert!(said.contains("stands in the registry already"), "{said}");
    } else {
        assert_eq!(output.status.code(), Some(65), "{said}");
        assert!(said.contains("has not come yet") || said.contains("out of date"), "{said}");
    }
}
