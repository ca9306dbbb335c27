//! Verifying online: what is missing is fetched, what cannot be had is told with the time to come back, and nobody makes us
//! ask for more than the rules allow.

use std::convert::Infallible;
use std::future::ready;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use qoltanba::fetch::{Route, Url};
use qoltanba::limits::FETCHES_FOR_STRANGERS_MAX;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::report::{Answer, Subject, line};
use qoltanba::service::devkit::DevkitPki;
use qoltanba::service::{Online, OnlineOptions, Trust, Verifier};
use qoltanba::signing::{Packaging, sign};
use qoltanba::time::Clock;
use qoltanba::trust::TrustSnapshot;
use qoltanba::validation::{Indication, Item, Language, SubIndication};
use qoltanba::x509::PublishedAt;

use crate::server::{Act, Upstream, not_found, ok};
use crate::{now, quick};

pub(crate) fn pki() -> &'static DevkitPki {
    static PKI: OnceLock<DevkitPki> = OnceLock::new();
    PKI.get_or_init(|| DevkitPki::build().unwrap())
}

pub(crate) fn signed_by(label: &str) -> Vec<u8> {
    let signer = pki().signer(label).unwrap().at(now());
    sign(b"content of a permit", Packaging::Attached, &signer).unwrap()
}

/// Everybody is trusted as in the kit, and nothing else is at hand.
pub(crate) fn verifier() -> Arc<Verifier> {
    let trust = Trust::new(pki().snapshot().unwrap()).unwrap();
    Arc::new(Verifier::new(trust, Pool::default(), Policy::named("kz").unwrap()))
}

/// Where the certificates of an issuer are said to be published, by what.
pub(crate) struct Places {
    pub(crate) url: Url,
    pub(crate) crl: String,
    delta: Option<String>,
    issuer: String,
}

pub(crate) fn places(of: &str) -> Places {
    let published = PublishedAt::of(pki().certificate(of).unwrap());
    let path = |uri: &String| Url::parse(uri).unwrap().path().to_owned();
    Places {
        url: Url::parse(&published.crls[0][0]).unwrap(),
        crl: path(&published.crls[0][0]),
        delta: published.delta_crls.first().map(|uris| path(&uris[0])),
        issuer: path(&published.ca_issuers[0]),
    }
}

/// Serves what the kit's authorities publish, under the addresses that its certificates name; `instead` may take a path over.
pub(crate) async fn authorities(instead: impl Fn(&str) -> Option<Act> + Send + Sync + 'static) -> Upstream {
    let (leaf, authority) = (places("officer-head"), places("issuing-gost"));
    let crl = |label: &str| pki().crl(label).unwrap().der().to_vec();
    let certificate = |label: &str| pki().certificate(label).unwrap().der().to_vec();
    let mut served = vec![
        (leaf.crl, crl("issuing-gost")),
        (authority.crl, crl("root-gost")),
        (leaf.issuer, certificate("issuing-gost")),
        (authority.issuer, certificate("root-gost")),
    ];
    served.extend(leaf.delta.map(|path| (path, crl("issuing-gost-delta"))));
    Upstream::start(move |request| {
        let found = served.iter().find(|(path, _)| *path == request.path);
        instead(&request.path).unwrap_or_else(|| found.map_or_else(not_found, |(_, octets)| ok(octets)))
    })
    .await
}

pub(crate) fn options(upstream: &Upstream) -> OnlineOptions {
    let url = places("officer-head").url;
    let route: Route = format!("{}:{}={}", url.host(), url.port(), upstream.address).parse().unwrap();
    OnlineOptions { routes: vec![route], timing: quick(), ..OnlineOptions::default() }
}

fn online(upstream: &Upstream) -> Online {
    Online::open(options(upstream), Clock::Fixed(now())).unwrap()
}

pub(crate) async fn settle(online: &Online, verifier: &Arc<Verifier>, documents: &[Vec<u8>]) -> Vec<Answer> {
    let items: Vec<Item<'_>> = documents.iter().map(|document| Item::new(document, None)).collect();
    let judge = |verifier: Arc<Verifier>, at| ready(Ok::<_, Infallible>(verifier.verify(&items, at)));
    let Ok(answers) = online.settle((verifier, None), |answer| Some(answer), judge).await;
    answers
}

/// The verdict and the codes of the first signature's reasons.
pub(crate) fn told(answer: &Answer) -> (Indication, Option<SubIndication>, Vec<&'static str>) {
    let report = answer.result.as_ref().unwrap();
    let codes = report.signatures[0].reasons.iter().map(|r| r.code.name()).collect();
    (report.verdict.indication, report.verdict.sub_indication, codes)
}

fn is_status(paths: &[String]) -> bool {
    paths.iter().any(|path| path.contains("crl") || path.contains("ocsp"))
}

#[tokio::test]
async fn what_is_missing_is_fetched_once_and_settles_the_verdict() {
    let upstream = authorities(|_| None).await;
    let online = online(&upstream);
    let document = signed_by("officer-head");
    let answers = settle(&online, &verifier(), &vec![document.clone(); 20]).await;
    for answer in &answers {
        assert_eq!(told(answer), (Indication::TotalPassed, None, Vec::new()));
    }
    let asked = upstream.paths();
    let distinct: std::collections::BTreeSet<_> = asked.iter().collect();
    assert_eq!(distinct.len(), asked.len(), "twenty documents, one request for each fact: {asked:?}");
    settle(&online, &verifier(), &[document]).await;
    assert_eq!(upstream.paths(), asked, "what is known is not asked for");
}

#[tokio::test]
async fn a_revocation_is_found_where_it_is_published_and_in_the_delta_too() {
    let upstream = authorities(|_| None).await;
    for label in ["officer-revoked", "officer-revoked-in-delta"] {
        let answers = settle(&online(&upstream), &verifier(), &[signed_by(label)]).await;
        let (indication, sub_indication, codes) = told(&answers[0]);
        assert_eq!(
            (indication, sub_indication),
            (Indication::Indeterminate, Some(SubIndication::RevokedNoPoe)),
            "{label}"
        );
        assert_eq!(codes, ["REVOKED"], "{label}");
    }
}

#[tokio::test]
async fn an_authority_that_hangs_gives_try_later_with_the_time_to_come_back() {
    let upstream = authorities(|_| Some(Act::Hang(Vec::new()))).await;
    let answers = settle(&online(&upstream), &verifier(), &[signed_by("officer-head")]).await;
    let (indication, sub_indication, codes) = told(&answers[0]);
    assert_eq!((indication, sub_indication), (Indication::Indeterminate, Some(SubIndication::TryLater)));
    assert!(codes.contains(&"UPSTREAM_UNAVAILABLE") && codes.contains(&"REVOCATION_UNKNOWN"), "{codes:?}");
    let line = serde_json::to_value(line(Subject::Nameless, &answers[0], Language::En)).unwrap();
    let retry_at = line["retry_at"].as_str().map(crate::at).unwrap();
    assert!(retry_at > now(), "{retry_at}");
    assert!(line.to_string().contains("[ANSWER_LATE]"), "{line}");
    for language in [Language::Kk, Language::Ru] {
        let reasons = &answers[0].result.as_ref().unwrap().signatures[0].reasons;
        assert!(reasons.iter().all(|reason| !reason.text(language).is_empty()));
    }
}

#[tokio::test]
async fn a_list_by_the_wrong_key_or_out_of_date_or_no_list_settles_nothing() {
    let path = places("officer-head").crl;
    for (label, expected) in
        [("broken-crl-signature", "REVOCATION_NOT_FROM_ISSUER"), ("broken-crl-stale", "REVOCATION_STALE")]
    {
        let (list, path) = (pki().crl(label).unwrap().der().to_vec(), path.clone());
        let upstream = authorities(move |asked| (asked == path).then(|| ok(&list))).await;
        let answers = settle(&online(&upstream), &verifier(), &[signed_by("officer-head")]).await;
        let (indication, sub_indication, codes) = told(&answers[0]);
        assert_eq!((indication, sub_indication), (Indication::Indeterminate, Some(SubIndication::TryLater)), "{label}");
        assert!(codes.contains(&expected) && codes.contains(&"UPSTREAM_SETTLED_NOTHING"), "{label}: {codes:?}");
    }
    let upstream = authorities(move |asked| (asked == path).then(|| ok(b"<html>"))).await;
    let answers = settle(&online(&upstream), &verifier(), &[signed_by("officer-head")]).await;
    assert!(told(&answers[0]).2.contains(&"UPSTREAM_UNAVAILABLE"));
}

#[tokio::test]
async fn an_issuer_that_is_not_at_hand_is_fetched_and_leads_to_the_anchor() {
    let upstream = authorities(|_| None).await;
    let snapshot = TrustSnapshot::of_certificates(&[pki().certificate("root-gost").unwrap().clone()]);
    let root_alone = Verifier::new(Trust::new(snapshot).unwrap(), Pool::default(), Policy::named("rfc5280").unwrap());
    let answers = settle(&online(&upstream), &Arc::new(root_alone), &[signed_by("officer-head")]).await;
    let (indication, _, codes) = told(&answers[0]);
    assert_eq!((indication, codes), (Indication::TotalPassed, Vec::new()), "{:?}", upstream.paths());
    let asked = upstream.paths();
    let issuer = asked.iter().position(|path| *path == places("officer-head").issuer).unwrap();
    assert!(!is_status(&asked[..issuer]), "status is asked of nobody before its path reaches an anchor: {asked:?}");
}

#[tokio::test]
async fn a_stranger_makes_us_ask_for_little_and_for_no_status() {
    let upstream = authorities(|_| None).await;
    let snapshot = TrustSnapshot::of_certificates(&[pki().certificate("root-rsa").unwrap().clone()]);
    let other_root = Verifier::new(Trust::new(snapshot).unwrap(), Pool::default(), Policy::named("kz").unwrap());
    let answers = settle(&online(&upstream), &Arc::new(other_root), &[signed_by("officer-head")]).await;
    assert_ne!(told(&answers[0]).0, Indication::TotalPassed);
    let asked = upstream.paths();
    assert!(!asked.is_empty() && asked.len() <= FETCHES_FOR_STRANGERS_MAX.value && !is_status(&asked), "{asked:?}");
}

#[tokio::test]
async fn a_document_whose_signature_does_not_hold_makes_us_ask_for_nothing() {
    let upstream = authorities(|_| None).await;
    let mut broken = signed_by("officer-head");
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let answers = settle(&online(&upstream), &verifier(), &[broken]).await;
    assert_ne!(told(&answers[0]).0, Indication::TotalPassed);
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn what_was_fetched_survives_a_restart_and_so_does_what_is_known_of_endpoints() {
    let upstream = authorities(|path| path.contains("ocsp").then(not_found)).await;
    let folder = tempfile::tempdir().unwrap();
    let kept: PathBuf = folder.path().join("fetched");
    let open = || {
        let options = OnlineOptions { folder: Some(kept.clone()), ..options(&upstream) };
        Online::open(options, Clock::Fixed(now())).unwrap()
    };
    settle(&open(), &verifier(), &[signed_by("officer-head")]).await;
    let asked = upstream.paths();
    assert!(!asked.is_empty());
    let answers = settle(&open(), &verifier(), &[signed_by("officer-head")]).await;
    assert_eq!(told(&answers[0]).0, Indication::TotalPassed);
    assert_eq!(upstream.paths(), asked);
    let rows = qoltanba::service::kept_upstream_rows(&kept, now());
    assert_eq!(rows, open().upstream_rows());
    assert!(rows.iter().any(|row| row.kind.name() == "crl" && row.success_percent == 100), "{rows:?}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_told_and_not_followed() {
    let upstream = authorities(|_| None).await;
    // Without its route the kit's own host is a name that nobody knows, or an address on loopback.
    let online =
        Online::open(OnlineOptions { timing: quick(), ..OnlineOptions::default() }, Clock::Fixed(now())).unwrap();
    let answers = settle(&online, &verifier(), &[signed_by("officer-head")]).await;
    let (indication, sub_indication, codes) = told(&answers[0]);
    assert_eq!((indication, sub_indication), (Indication::Indeterminate, Some(SubIndication::TryLater)));
    assert!(codes.contains(&"UPSTREAM_UNAVAILABLE"), "{codes:?}");
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn what_passed_long_ago_is_asked_for_changes_and_what_is_in_force_holds_meanwhile() {
    let path = places("officer-head").crl;
    let early = authorities(move |asked| (asked == path).then(|| ok(pki().crl("issuing-gost").unwrap().der()))).await;
    let folder = tempfile::tempdir().unwrap();
    let open = |upstream: &Upstream, at| {
        let options = OnlineOptions { folder: Some(folder.path().join("fetched")), ..options(upstream) };
        Online::open(options, Clock::Fixed(at)).unwrap()
    };
    let document = || [signed_by("officer-head")];
    let answers = settle(&open(&early, now()), &verifier(), &document()).await;
    assert_eq!(told(&answers[0]).0, Indication::TotalPassed);
    let asked = early.requests().len();
    let almost = now().plus_seconds(3_599);
    settle(&open(&early, almost), &verifier(), &document()).await;
    assert_eq!(early.requests().len(), asked, "within the hour nobody is asked");
    let dead = authorities(|_| Some(Act::Raw(Vec::new()))).await;
    let answers = settle(&open(&dead, now().plus_seconds(3_600)), &verifier(), &document()).await;
    assert!(dead.connections() > 0, "then it is asked for changes");
    assert_eq!(told(&answers[0]), (Indication::TotalPassed, None, Vec::new()), "and what is in force still holds");
}

#[tokio::test]
async fn a_revocation_that_was_published_since_is_found() {
    let delta = places("officer-head").delta.unwrap();
    let early = authorities(move |asked| (asked == delta).then(not_found)).await;
    let late = authorities(|_| None).await;
    let folder = tempfile::tempdir().unwrap();
    let indication = async |upstream: &Upstream, at| {
        let options = OnlineOptions { folder: Some(folder.path().join("fetched")), ..options(upstream) };
        let online = Online::open(options, Clock::Fixed(at)).unwrap();
        told(&settle(&online, &verifier(), &[signed_by("officer-revoked-in-delta")]).await[0])
    };
    assert_eq!(indication(&early, now()).await.0, Indication::TotalPassed);
    assert_eq!(indication(&late, now().plus_seconds(3_600)).await.1, Some(SubIndication::RevokedNoPoe));
}
