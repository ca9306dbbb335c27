//! The devkit's own centres as counterparts: CRLs, OCSP, certificates and time stamps over a real socket.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use qoltanba::api::{self, ApiState};
use qoltanba::fetch::Route;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::devkit::generate;
use qoltanba::service::{Online, OnlineOptions, Trust, Verifier};
use qoltanba::time::Clock;
use qoltanba::validation::{Indication, SubIndication, TimeStampIndication};

use crate::centre_node::node;
use crate::settling::{pki, places, settle, signed_by, told};
use crate::{now, quick, url};

/// Serves the centres of a folder on loopback; gives the route that leads there.
fn serve(folder: &Path) -> Route {
    let node = node(folder, Clock::Fixed(now()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = places("officer-head").url;
    let route = format!("{}:{}={}", url.host(), url.port(), listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(api::serve(listener, None, ApiState::new(node), std::future::pending()));
    route
}

#[tokio::test(flavor = "multi_thread")]
async fn the_devkits_centres_settle_what_their_certificates_leave_open() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path()).unwrap();
    let online = Online::open(
        OnlineOptions { routes: vec![serve(folder.path())], timing: quick(), ..OnlineOptions::default() },
        Clock::Fixed(now()),
    )
    .unwrap();
    let trust = Trust::new(pki().snapshot().unwrap()).unwrap();
    let verifier = Arc::new(Verifier::new(trust, Pool::default(), Policy::named("kz").unwrap()));
    let answers = settle(&online, &verifier, &[signed_by("officer-head")]).await;
    let (indication, _, codes) = told(&answers[0]);
    assert_eq!((indication, codes), (Indication::TotalPassed, Vec::new()), "{:#?}", online.upstream_rows());
    let asked =
        |kind: &str| online.upstream_rows().iter().any(|row| row.kind.name() == kind && row.success_percent == 100);
    assert!(asked("ocsp") && asked("crl"), "the officer by OCSP, the centre by the root's list");
    for (label, expected) in [
        ("officer-revoked", SubIndication::RevokedNoPoe),
        ("officer-revoked-in-delta", SubIndication::RevokedNoPoe),
        ("officer-on-hold", SubIndication::TryLater),
    ] {
        let answers = settle(&online, &verifier, &[signed_by(label)]).await;
        assert_eq!(told(&answers[0]).1, Some(expected), "{label}");
    }
    let host = places("officer-head").url;
    let tsa = url(&format!("http://{}/devkit/tsa/tsa-gost", host.authority()));
    let stamped = online.stamp(&tsa, (&signed_by("officer-head"), 0), None).await.unwrap();
    let answers = settle(&online, &verifier, &[stamped]).await;
    let report = answers[0].result.as_ref().unwrap();
    assert_eq!(report.signatures[0].time_stamps[0].indication, TimeStampIndication::Passed, "{report:#?}");
}
