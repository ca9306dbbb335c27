//! The office: what two administrators can do together, and neither can alone.

use qoltanba::codec::armour;
use qoltanba::policy::Policy;
use qoltanba::service::{TrustOfficeError, Verifier};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::{Conflict, StoreError};
use qoltanba::trust::{EntryContent, PartyId, Recognition, RegistryError, Standing, Step};
use qoltanba::validation::Item;
use serde_json::json;

use crate::kit::{FIRST, Node, SECOND, at, event, now, order, pki, suspension};

/// What a node says about a document of the registered foreign centre.
fn recognition(verifier: &Verifier) -> Recognition {
    let message = sign(b"document", Packaging::Attached, &pki().signer("foreign-registered-signer").unwrap()).unwrap();
    let answers = verifier.verify(&[Item::new(&message, None)], now());
    answers[0].result.as_ref().unwrap().signatures[0].recognition.clone()
}

fn verifier(node: &Node) -> Verifier {
    node.home().verifier(Policy::named("kz").unwrap()).unwrap()
}

#[tokio::test]
async fn a_suspension_reaches_verdicts_by_two_signatures_and_a_publication() {
    let node = Node::begun().await;
    let office = node.office();
    assert_eq!(recognition(&verifier(&node)).standing, Standing::Recognised);
    let proposed = office.propose(FIRST, order(&suspension())).await.unwrap();
    // The proposer has a key, and is no second person.
    let own = office.approve(FIRST, proposed.digest).await;
    assert!(matches!(own, Err(TrustOfficeError::Registry(RegistryError::OwnProposal { .. }))), "{own:?}");
    let before = office.publish(FIRST, FIRST).await.unwrap();
    assert_eq!(recognition(&verifier(&node)).standing, Standing::Recognised);
    office.approve(SECOND, proposed.digest).await.unwrap();
    assert_eq!(recognition(&verifier(&node)).standing, Standing::Recognised, "not published yet");
    let after = office.publish(FIRST, FIRST).await.unwrap();
    assert!(after.is_new && after.version > before.version);
    let suspended = recognition(&verifier(&node));
    assert_eq!(suspended.standing, Standing::Undetermined, "{suspended:?}");
    assert!(suspended.norm_version.is_some());
    let again = office.begin(FIRST, &[FIRST.to_owned(), SECOND.to_owned()]).await;
    assert!(matches!(again, Err(TrustOfficeError::BegunBefore)));
}

#[tokio::test]
async fn whoever_is_no_administrator_adds_nothing() {
    let node = Node::begun().await;
    let office = node.office();
    let stranger = office.propose("officer-head", order(&suspension())).await;
    assert!(matches!(stranger, Err(TrustOfficeError::NotAnAdministrator { .. })), "{stranger:?}");
    let unknown = office.propose("nobody", order(&suspension())).await;
    assert!(matches!(unknown, Err(TrustOfficeError::Key(_))), "{unknown:?}");
    assert_eq!(node.store.trust_log().await.unwrap().len(), 1);
    assert!(office.propose(FIRST, order(&suspension())).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_racing_one_is_told() {
    let node = Node::begun().await;
    let (mine, yours) = (node.office(), node.office());
    let terminated = event("foreign-registered", "TERMINATED", "2026-11-01T00:00:00Z");
    let (suspended, terminated) = (order(&suspension()), order(&terminated));
    // Both read the same log; the place in it is unique.
    let (one, other) = tokio::join!(mine.propose(FIRST, suspended), yours.propose(SECOND, terminated));
    let lost = [&one, &other].into_iter().filter(|answer| answer.is_err()).count();
    assert!(lost <= 1, "{one:?} {other:?}");
    for refused in [one, other].into_iter().filter_map(Result::err) {
        let moved = matches!(refused, TrustOfficeError::Store(StoreError::Conflict(Conflict::TrustLogMoved { .. })));
        assert!(moved, "{refused:?}");
    }
    assert_eq!(node.store.trust_log().await.unwrap().len(), 3 - lost);
    assert!(node.office().registry().await.is_ok());
}

#[tokio::test]
async fn an_entry_signed_elsewhere_is_taken_at_its_place_and_of_now_only() {
    let node = Node::begun().await;
    let office = node.office();
    let draft = |by: &str, recorded_at, registry: &qoltanba::trust::Registry| {
        let order = order(&suspension());
        let step = Step::Proposal { act: order.act, changes: order.changes };
        let by = PartyId::new(by).unwrap();
        EntryContent::new(registry.next_place(), by, recorded_at, step)
    };
    let registry = office.registry().await.unwrap();
    let signed = |content: &EntryContent, by: &str| {
        sign(&content.encode(), Packaging::Attached, &pki().signer(by).unwrap()).unwrap()
    };
    let good = draft(SECOND, now(), &registry);
    let forged = office.take(&signed(&good, FIRST)).await;
    assert!(matches!(forged, Err(TrustOfficeError::Registry(RegistryError::Statement(_)))), "{forged:?}");
    let early = draft(SECOND, at("2026-11-21T20:06:00Z"), &registry);
    let told = office.take(&signed(&early, SECOND)).await;
    assert!(matches!(told, Err(TrustOfficeError::Clock { .. })), "{told:?}");
    let added = office.take(&signed(&good, SECOND)).await.unwrap();
    assert_eq!(added.sequence, 2);
    let twice = office.take(&signed(&good, SECOND)).await;
    assert!(matches!(twice, Err(TrustOfficeError::Registry(RegistryError::Place(_)))), "{twice:?}");
}

#[tokio::test]
async fn the_log_makes_the_same_snapshot_on_every_machine() {
    let node = Node::begun().await;
    let office = node.office();
    let proposed = office.propose(FIRST, order(&suspension())).await.unwrap();
    office.approve(SECOND, proposed.digest).await.unwrap();
    let published = office.publish(FIRST, FIRST).await.unwrap();
    // Another node is given nothing but the log and the keeper's certificate.
    let other = Node::keeper().await;
    for row in node.store.trust_log().await.unwrap() {
        other.store.append_trust_entry(&row).await.unwrap();
    }
    let registry = other.office().registry().await.unwrap();
    let sequence = registry.last_publication().unwrap().place.sequence;
    assert_eq!(registry.snapshot(sequence).unwrap().digest(), published.digest);
}

#[tokio::test]
async fn a_log_whose_rows_were_exchanged_is_not_believed() {
    let (node, other) = (Node::begun().await, Node::keeper().await);
    let mut rows = node.store.trust_log().await.unwrap();
    let signed = sign(b"{}", Packaging::Attached, &pki().signer(FIRST).unwrap()).unwrap();
    rows[0].digest = qoltanba::store::Digest::of(&signed);
    rows[0].signed = signed;
    other.store.append_trust_entry(&rows[0]).await.unwrap();
    let told = other.office().registry().await;
    assert!(matches!(told, Err(TrustOfficeError::Registry(RegistryError::Json { .. }))), "{told:?}");
}

#[tokio::test]
async fn whoever_approves_his_own_removal_is_asked_about_as_he_was_before_it() {
    let node = Node::keeper().await;
    let office = node.office();
    // The third one's certificate is revoked: whatever he approves, his own removal among it, is not taken.
    let all = [FIRST, SECOND, "officer-revoked"].map(str::to_owned);
    office.begin(FIRST, &all).await.unwrap();
    for (leaving, may) in [("officer-revoked", false), (SECOND, true)] {
        let removal = json!({
            "act": { "reference": "order 3 of 2026-11-20" },
            "changes": [{ "type": "remove-administrator", "id": leaving }],
        });
        let proposal = office.propose(FIRST, order(&removal)).await.unwrap().digest;
        let registry = office.registry().await.unwrap();
        let by = PartyId::new(leaving).unwrap();
        let approval = EntryContent::new(registry.next_place(), by, now(), Step::Approval { proposal });
        let signed = sign(&approval.encode(), Packaging::Attached, &pki().signer(leaving).unwrap()).unwrap();
        match office.take(&signed).await {
            Ok(_) => assert!(may, "{leaving}"),
            Err(TrustOfficeError::SignerNotValid(_)) => assert!(!may, "{leaving}"),
            Err(other) => panic!("{leaving}: {other}"),
        }
    }
    let gone = office.propose(SECOND, order(&suspension())).await;
    assert!(matches!(gone, Err(TrustOfficeError::NotAnAdministrator { .. })), "{gone:?}");
}

#[tokio::test]
async fn a_third_party_abroad_is_given_no_key_of_ours() {
    let node = Node::begun().await;
    let office = node.office();
    let anchor = |certificate: &str| {
        json!({
            "act": { "reference": "order 4 of 2026-11-20" },
            "changes": [{ "type": "add-anchor", "party": "xd-ttp", "anchor": {
                "certificate": armour::encode(pki().certificate(certificate).unwrap().der()),
                "period": { "from": "2026-01-01T00:00:00Z" }, "act": "order 4" } }],
        })
    };
    let refused = office.propose(FIRST, order(&anchor("ttp-gost"))).await.unwrap_err();
    assert!(refused.to_string().contains("a third party of this country has"), "{refused}");
    let proposal = office.propose(FIRST, order(&anchor("foreign-by-ttp"))).await.unwrap().digest;
    office.approve(SECOND, proposal).await.unwrap();
}
