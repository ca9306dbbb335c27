//! A third party on a node that fetches judges with what its centres publish; one that does not says that it cannot tell.

use qoltanba::fetch::Url;
use qoltanba::service::OnlineOptions;
use qoltanba::store::Digest;
use qoltanba::trust::TtpStatus;
use qoltanba::validation::receipt::ReceiptSubject;
use qoltanba::x509::PublishedAt;

use crate::place::{Place, Plan, document, pki, vsd};
use crate::server::{Act, Upstream, not_found, ok};

fn address_of_list(label: &str) -> Url {
    let published = PublishedAt::of(pki().certificate(label).unwrap());
    Url::parse(&published.crls[0][0]).unwrap()
}

/// What the kit's centres publish, CRLs alone.
async fn lists() -> Upstream {
    let (leaf, authority) = (address_of_list("officer-head"), address_of_list("issuing-gost"));
    let served = [(leaf, "issuing-gost"), (authority, "root-gost")];
    Upstream::start(move |request| {
        let found = served.iter().find(|(url, _)| url.path() == request.path);
        found.map_or_else(not_found, |(_, label)| ok(pki().crl(label).unwrap().der()))
    })
    .await
}

/// A third party without any list at hand.
async fn place(folder: &tempfile::TempDir, upstream: Option<&Upstream>) -> Place {
    let url = address_of_list("officer-head");
    let via = |upstream: &Upstream| format!("{}:{}={}", url.host(), url.port(), upstream.address).parse().unwrap();
    let online = upstream.map(|upstream| OnlineOptions { routes: vec![via(upstream)], ..OnlineOptions::default() });
    Plan { has_lists: false, online, ..Plan::kazakh() }.open(folder.path()).await
}

#[tokio::test]
async fn what_is_missing_is_fetched_where_the_node_fetches_and_nowhere_else() {
    let folder = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let asked = vsd(&document("officer-head"));
    let offline = place(&folder[0], None).await;
    assert_eq!(offline.status(&asked).await, TtpStatus::Waiting);
    let silent = Upstream::start(|_| Act::Raw(Vec::new())).await;
    let alone = place(&folder[1], Some(&silent)).await;
    assert_eq!(alone.status(&asked).await, TtpStatus::Waiting, "nobody answers");

    let upstream = lists().await;
    let online = place(&folder[2], Some(&upstream)).await;
    assert_eq!(online.status(&vsd(&document("officer-revoked"))).await, TtpStatus::NotVerified);
    let octets = online.ask(&asked).await;
    let receipt = online.judge(&octets, ReceiptSubject::Request(&asked)).unwrap();
    assert_eq!(receipt.status(), TtpStatus::Verified);
    let kept = online.store.receipt_evidence(&Digest::of(&octets)).await.unwrap();
    let fetched = pki().crl("issuing-gost").unwrap().der();
    assert!(kept.iter().any(|piece| piece.octets == fetched), "what was fetched stands beside the receipt");
}
