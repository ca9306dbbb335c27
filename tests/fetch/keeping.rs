//! What was fetched stays until something better is there, and what strangers send is theirs alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use qoltanba::codec::armour;
use qoltanba::fetch::{FetchRules, Kind, Wish};
use qoltanba::limits::{FETCH_KEPT_PER_SOURCE_MAX, FETCHED_FILES_MAX};
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{Online, OnlineOptions, Trust, Verifier};
use qoltanba::signing::{
    Addresses, Authority, CertificateDraft, CrlDraft, KazakhProfile, OcspAnswer, OcspDraft, OcspResponder, Packaging,
    Revocation, Signer, Template, issue_certificate, issue_crl, issue_ocsp, key_identifier, sign,
};
use qoltanba::store::files;
use qoltanba::time::{Clock, Timestamp};
use qoltanba::validation::{Indication, SubIndication};
use qoltanba::x509::{CertStatus, Certificate, OcspRequest, RevocationReason, Validity};

use crate::server::{Request, Upstream, not_found, ok};
use crate::settling::{authorities, options, pki, places, settle, signed_by, told, verifier};
use crate::{fetcher, now, refusal, url};

const HOUR: i64 = 3_600;

/// A list of issuing-gost's name, signed with the key of `signer`, made so many hours ago.
fn list(signer: &str, hours_ago: i64, revoked: &[&str]) -> Vec<u8> {
    let this_update = now().plus_seconds(-hours_ago * HOUR);
    let revocation = |label: &&str| Revocation {
        serial: pki().certificate(label).unwrap().serial().to_vec(),
        revocation_date: this_update,
        reason: Some(RevocationReason::CessationOfOperation),
        invalidity_date: None,
    };
    let draft = CrlDraft {
        this_update,
        next_update: Some(now().plus_seconds(1_000 * HOUR)),
        number: u64::try_from(10_000 - hours_ago).unwrap(),
        delta_base: None,
        revocations: revoked.iter().map(revocation).collect(),
    };
    let name = pki().certificate("issuing-gost").unwrap().subject();
    issue_crl(&draft, &Authority { name, key: pki().key(signer).unwrap() }).unwrap().der().to_vec()
}

/// What is served at a time.
enum Stage {
    List(Vec<u8>),
    Answer(fn(&Request) -> Option<Vec<u8>>, Vec<u8>),
}

/// Serves the kit's lists and what a stage says for one kind of path.
async fn staged(stages: Vec<Stage>, stage: Arc<AtomicUsize>) -> Upstream {
    let (leaf, authority) = (places("officer-head"), places("issuing-gost"));
    let (list_path, root_path) = (leaf.crl, authority.crl);
    let root = pki().crl("root-gost").unwrap().der().to_vec();
    Upstream::start(move |request| {
        let present = stages.get(stage.load(Ordering::SeqCst)).unwrap_or(&stages[0]);
        match present {
            _ if request.path == root_path => ok(&root),
            Stage::List(octets) if request.path == list_path => ok(octets),
            Stage::Answer(answer, _) if request.path.contains("ocsp") => {
                answer(request).map_or_else(not_found, |octets| ok(&octets))
            }
            Stage::Answer(_, list) if request.path == list_path => ok(list),
            _ => not_found(),
        }
    })
    .await
}

fn open(upstream: &Upstream, folder: &Path, at: Timestamp) -> Online {
    let options = OnlineOptions { folder: Some(folder.join("fetched")), ..options(upstream) };
    Online::open(options, Clock::Fixed(at)).unwrap()
}

#[tokio::test]
async fn a_revocation_that_was_fetched_is_not_erased_by_older_or_foreign_lists() {
    let mut stages = vec![Stage::List(list("issuing-gost", 1, &["officer-revoked"]))];
    stages.push(Stage::List(list("issuing-gost", 48, &[])));
    stages.push(Stage::List(b"<html>".to_vec()));
    // More lists of another key, and more old ones, than are kept of one source.
    let surplus = i64::try_from(FETCH_KEPT_PER_SOURCE_MAX.value).unwrap() + 2;
    stages.extend((0..surplus).map(|n| Stage::List(list("root-gost", n, &[]))));
    stages.extend((0..surplus).map(|n| Stage::List(list("issuing-gost", 49 + n, &[]))));
    let (count, stage) = (stages.len(), Arc::new(AtomicUsize::new(0)));
    let upstream = staged(stages, Arc::clone(&stage)).await;
    let folder = tempfile::tempdir().unwrap();
    for hour in 0..count {
        stage.store(hour, Ordering::SeqCst);
        let at = now().plus_seconds(i64::try_from(hour).unwrap() * HOUR);
        let before = upstream.requests().len();
        // A restart at every stage; the good officer's document makes the node ask again.
        let online = open(&upstream, folder.path(), at);
        let answers = settle(&online, &verifier(), &[signed_by("officer-head")]).await;
        assert_eq!(told(&answers[0]), (Indication::TotalPassed, None, Vec::new()), "stage {hour}");
        assert!(upstream.requests().len() > before, "stage {hour} was asked for");
        for online in [online, open(&upstream, folder.path(), at)] {
            let answers = settle(&online, &verifier(), &[signed_by("officer-revoked")]).await;
            assert_eq!(told(&answers[0]).1, Some(SubIndication::RevokedNoPoe), "stage {hour}");
        }
    }
    let lists = files::walk(&folder.path().join("fetched"), &FETCHED_FILES_MAX).unwrap().len();
    assert!(lists < 2 * (2 * FETCH_KEPT_PER_SOURCE_MAX.value + 3) + 1, "and no more is kept than the bound: {lists}");
}

/// An answer about what was asked; with the nonce, or without.
fn answer(request: &Request, signer: &str, (status, nonce): (CertStatus, bool)) -> Option<Vec<u8>> {
    let asked = OcspRequest::parse(&request.body).ok()?;
    let answers = asked.cert_ids.into_iter().map(|cert_id| OcspAnswer {
        cert_id,
        status: status.clone(),
        this_update: now(),
        next_update: Some(now().plus_seconds(1_000 * HOUR)),
    });
    let draft = OcspDraft { produced_at: now(), answers: answers.collect(), nonce: asked.nonce.filter(|_| nonce) };
    let (key, certificate) = (pki().key(signer).ok()?, pki().certificate(signer).ok()?);
    issue_ocsp(&draft, &OcspResponder::new(key, certificate).ok()?).ok()
}

fn held(request: &Request) -> Option<Vec<u8>> {
    let reason = Some(Ok(RevocationReason::CertificateHold));
    let status = CertStatus::Revoked { revocation_time: now().plus_seconds(-HOUR), reason };
    answer(request, "ocsp-gost", (status, true))
}

fn forged(request: &Request) -> Option<Vec<u8>> {
    answer(request, "ocsp-root-gost", (CertStatus::Good, false))
}

#[tokio::test]
async fn a_hold_that_was_told_is_not_erased_by_an_answer_of_another_key_without_the_nonce() {
    let list = list("issuing-gost", 48, &[]);
    let stage = Arc::new(AtomicUsize::new(0));
    let stages = vec![Stage::Answer(held, list.clone()), Stage::Answer(forged, list)];
    let upstream = staged(stages, Arc::clone(&stage)).await;
    let folder = tempfile::tempdir().unwrap();
    for hour in 0..3 {
        let at = now().plus_seconds(i64::try_from(hour).unwrap() * HOUR);
        stage.store(hour.min(1), Ordering::SeqCst);
        let before = upstream.requests().len();
        let online = open(&upstream, folder.path(), at);
        let answers = settle(&online, &verifier(), &[signed_by("officer-head")]).await;
        let (indication, _, codes) = told(&answers[0]);
        assert_eq!((indication, codes.contains(&"ON_HOLD")), (Indication::Indeterminate, true), "{hour}: {codes:?}");
        assert!(upstream.requests().len() > before, "stage {hour} was asked for");
    }
}

const EVIL: &str = "/evil.pem";

/// A certificate with the issuer and serial number of an officer's, and another key.
fn twin(of: &Certificate, number: usize) -> Certificate {
    let key = pki().key("issuing-rsa").unwrap();
    let not_before = of.validity().not_before.plus_seconds(i64::try_from(number).unwrap());
    let draft = CertificateDraft {
        subject: of.subject(),
        public_key: key.public_key(),
        serial: of.serial(),
        validity: Validity { not_before, ..of.validity() },
        extensions: Vec::new(),
    };
    issue_certificate(&draft, &Authority { name: of.issuer(), key }).unwrap()
}

/// A document of a stranger's, whose issuer is said to be the officer and to be found at `EVIL`.
fn strangers_document(officer: &Certificate, authority: &str) -> Vec<u8> {
    let (key, issuer_key) = (pki().key("officer-revoked").unwrap(), pki().key("issuing-rsa").unwrap());
    let identifier = key_identifier(key.public_key()).unwrap();
    let address = |path: &str| format!("http://{authority}{path}");
    let addresses = Addresses {
        ocsp: address("/ocsp"),
        ca_issuers: address(EVIL),
        crl: address("/crl"),
        delta_crl: None,
        cps: address("/cps"),
    };
    let profile = KazakhProfile {
        template: Template::Sign,
        key_algorithm: pki().entity("officer-revoked").unwrap().key_algorithm,
        roles: &[],
        subject_key: &identifier,
        issuer_key: &key_identifier(issuer_key.public_key()).unwrap(),
        addresses: Some(&addresses),
    };
    let draft = CertificateDraft {
        subject: pki().certificate("officer-revoked").unwrap().subject(),
        public_key: key.public_key(),
        serial: &[7],
        validity: officer.validity(),
        extensions: profile.extensions(),
    };
    let certificate = issue_certificate(&draft, &Authority { name: officer.subject(), key: issuer_key }).unwrap();
    sign(b"a stranger's", Packaging::Attached, &Signer::new(key, &certificate).unwrap().at(now())).unwrap()
}

#[tokio::test]
async fn what_a_strangers_address_serves_says_nothing_about_anybody_else() {
    let officer = pki().certificate("officer-head").unwrap();
    let pem = |der: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", armour::encode(der));
    let twins: String = (0..16).map(|number| pem(twin(officer, number).der())).collect();
    let upstream = authorities(move |path| (path == EVIL).then(|| ok(twins.as_bytes()))).await;
    let folder = tempfile::tempdir().unwrap();
    let online = open(&upstream, folder.path(), now());
    let document = strangers_document(officer, &places("officer-head").url.authority());
    let answers = settle(&online, &verifier(), std::slice::from_ref(&document)).await;
    assert_ne!(told(&answers[0]).0, Indication::TotalPassed);
    assert_eq!(upstream.paths(), [EVIL], "the stranger's issuer, and no status of anybody");
    assert!(online.upstream_rows().is_empty(), "and no endpoint is counted");
    let kept = files::walk(&folder.path().join("fetched"), &FETCHED_FILES_MAX).unwrap();
    assert_eq!(kept.iter().filter(|path| path.extension().is_some_and(|e| e == "json")).count(), 0);
    let answers = settle(&online, &verifier(), &[document, signed_by("officer-head")]).await;
    assert_ne!(told(&answers[0]).0, Indication::TotalPassed);
    assert_eq!(told(&answers[1]), (Indication::TotalPassed, None, Vec::new()));
}

#[test]
fn twins_at_hand_do_not_push_out_the_certificate_that_the_document_brings() {
    let officer = pki().certificate("officer-head").unwrap();
    let judged = |twins: usize, document: &[u8]| {
        let mut pool = Pool::default();
        for label in ["issuing-gost", "issuing-gost-delta", "root-gost"] {
            pool.add_crl(pki().crl(label).unwrap().clone());
        }
        (0..twins).for_each(|number| pool.add_certificate(twin(officer, number)));
        let trust = Trust::new(pki().snapshot().unwrap()).unwrap();
        let verifier = Verifier::new(trust, pool, Policy::named("kz").unwrap());
        told(&verifier.verify(&[qoltanba::validation::Item::new(document, None)], now())[0])
    };
    let good = signed_by("officer-head");
    assert_eq!(judged(17, &good), (Indication::TotalPassed, None, Vec::new()));
    let mut broken = good;
    *broken.last_mut().unwrap() ^= 1;
    // The signed reference names one certificate alone: nothing is left out, and the value is wrong.
    let (indication, _, codes) = judged(17, &broken);
    assert!(indication == Indication::TotalFailed && codes.contains(&"SIGNATURE_INVALID"), "{codes:?}");
}

#[tokio::test]
async fn strangers_neither_wear_out_an_endpoint_nor_reach_inside() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        "/good" => ok(pki().certificate("root-gost").unwrap().der()),
        _ => ok(b"<html>"),
    })
    .await;
    let outside = fetcher(FetchRules { routes: vec![upstream.route("up.test")], ..FetchRules::default() });
    for number in 0..6 {
        let page = url(&format!("http://up.test/page{number}"));
        assert!(outside.fetch(&Wish::get(Kind::Certificates, page).for_stranger()).await.is_err());
    }
    assert!(outside.upstream_rows().is_empty());
    let good = Wish::get(Kind::Certificates, url("http://up.test/good"));
    assert!(outside.fetch(&good).await.unwrap().asked);
    assert!(outside.fetch(&good.clone().for_stranger()).await.unwrap().asked, "what is ours is not shown to strangers");
    assert_eq!(outside.kept().len(), 1);

    let allowed = vec![upstream.address.to_string().parse().unwrap()];
    let inside = fetcher(FetchRules { allowed, ..FetchRules::default() });
    let address = format!("http://{}/good", upstream.address);
    let wish = Wish::get(Kind::Certificates, url(&address));
    let asked = upstream.connections();
    let refused = inside.fetch(&wish.clone().for_stranger()).await.unwrap_err();
    assert_eq!((refused.error.code(), upstream.connections()), ("PORT_FORBIDDEN", asked));
    assert!(inside.fetch(&wish).await.is_ok(), "for a path that reaches an anchor it is allowed");
    assert_eq!(refusal(&inside, "http://127.0.0.1/crl").await.error.code(), "ADDRESS_FORBIDDEN");
}
