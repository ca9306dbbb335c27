//! Revocation at run time: lists and responders say so at once.

use std::path::Path;

use qoltanba::crypto::DigestAlgorithm;
use qoltanba::service::devkit::{DevkitError, RevokeOrder, Revoked, revoke};
use qoltanba::time::Timestamp;
use qoltanba::x509::{CertStatus, Crl, OcspResponse, RevocationReason, RevokedEntry};

use crate::site::{Site, cert_id, certificate, copy_of_kit, now, request};

fn order(name: &str, reason: RevocationReason) -> RevokeOrder {
    RevokeOrder { name: name.to_owned(), reason, invalid_since: None }
}

fn put(folder: &Path, name: &str, reason: RevocationReason) -> Result<Revoked, DevkitError> {
    revoke(folder, &order(name, reason), now())
}

async fn status(site: &Site, label: &str, issuer: &str) -> CertStatus {
    let body = request(vec![cert_id(label, issuer, DigestAlgorithm::Sha256)], None);
    let answer = site.post(&format!("/devkit/ocsp/{issuer}"), "application/ocsp-request", body).await;
    OcspResponse::parse(&answer.octets).unwrap().responses[0].status.clone()
}

async fn list(site: &Site, label: &str) -> Crl {
    Crl::parse(&site.get(&format!("/devkit/crl/{label}.crl")).await.octets).unwrap()
}

async fn entry(site: &Site, list_label: &str, label: &str, folder: &Path) -> Option<RevokedEntry> {
    list(site, list_label).await.entry(certificate(folder, label).serial())
}

#[tokio::test]
async fn a_revocation_is_told_at_once_under_the_next_number() {
    let folder = copy_of_kit();
    let site = Site::of(folder.path());
    assert_eq!(status(&site, "officer-head", "issuing-gost").await, CertStatus::Good);
    let before = list(&site, "issuing-gost").await;
    let since = Timestamp::parse_rfc3339("2026-11-01").unwrap();
    let order = RevokeOrder { invalid_since: Some(since), ..order("officer-head", RevocationReason::KeyCompromise) };
    let done = revoke(folder.path(), &order, now()).unwrap();
    assert_eq!((done.label.as_str(), done.issuer.as_str(), done.number), ("officer-head", "issuing-gost", 16));
    assert_eq!(done.files, ["evidence/issuing-gost-delta.crl", "evidence/issuing-gost.crl"]);
    let reason = Some(Ok(RevocationReason::KeyCompromise));
    assert_eq!(
        status(&site, "officer-head", "issuing-gost").await,
        CertStatus::Revoked { revocation_time: now(), reason }
    );
    let (full, delta) = (list(&site, "issuing-gost").await, list(&site, "issuing-gost-delta").await);
    assert_eq!(
        (full.crl_number(), delta.crl_number(), delta.delta_base()),
        (Some(&[16][..]), Some(&[16][..]), Some(&[14][..]))
    );
    assert_eq!((full.this_update(), full.next_update()), (now(), before.next_update()));
    for crl in ["issuing-gost", "issuing-gost-delta"] {
        let entry = entry(&site, crl, "officer-head", folder.path()).await.unwrap();
        assert_eq!((entry.reason, entry.invalidity_date), (Some(RevocationReason::KeyCompromise), Some(since)));
        // What was said before is still said.
        assert!(
            list(&site, crl).await.entry(certificate(folder.path(), "officer-revoked-in-delta").serial()).is_some()
        );
    }
    let old = entry(&site, "issuing-gost", "officer-revoked", folder.path()).await.unwrap();
    assert_eq!(Some(old), before.entry(certificate(folder.path(), "officer-revoked").serial()));
    // Nobody else is touched.
    assert_eq!(status(&site, "officer-signer", "issuing-gost").await, CertStatus::Good);
    assert_eq!(status(&site, "officer-p256", "issuing-rsa").await, CertStatus::Good);
    // The next one has the next number.
    assert_eq!(put(folder.path(), "officer-signer", RevocationReason::Superseded).unwrap().number, 17);
}

#[tokio::test]
async fn a_hold_is_taken_off_and_a_revocation_is_not() {
    let folder = copy_of_kit();
    let (site, kit) = (Site::of(folder.path()), folder.path());
    let lift = |name: &str| put(kit, name, RevocationReason::RemoveFromCrl);
    lift("officer-on-hold").unwrap();
    assert_eq!(status(&site, "officer-on-hold", "issuing-gost").await, CertStatus::Good);
    assert_eq!(entry(&site, "issuing-gost", "officer-on-hold", kit).await, None);
    let removed = entry(&site, "issuing-gost-delta", "officer-on-hold", kit).await.unwrap();
    assert_eq!(removed.reason, Some(RevocationReason::RemoveFromCrl));
    for name in ["officer-on-hold", "officer-revoked", "officer-head"] {
        assert!(matches!(lift(name), Err(DevkitError::NotOnHold { .. })), "{name}");
    }
    put(kit, "officer-on-hold", RevocationReason::CertificateHold).unwrap();
    let again = put(kit, "officer-on-hold", RevocationReason::CertificateHold);
    assert!(matches!(again, Err(DevkitError::AlreadyRevoked { .. })));
    // From a hold to the end, but not from one end to another.
    put(kit, "officer-on-hold", RevocationReason::CessationOfOperation).unwrap();
    let reason = Some(Ok(RevocationReason::CessationOfOperation));
    let told = status(&site, "officer-on-hold", "issuing-gost").await;
    assert_eq!(told, CertStatus::Revoked { revocation_time: now(), reason });
    let again = put(kit, "officer-on-hold", RevocationReason::KeyCompromise);
    assert!(matches!(again, Err(DevkitError::AlreadyRevoked { .. })));
}

#[tokio::test]
async fn a_centre_without_a_delta_list_and_an_authority_are_revoked_too() {
    let folder = copy_of_kit();
    let site = Site::of(folder.path());
    let serial = certificate(folder.path(), "officer-gost-2004").serial_hex();
    let done = put(folder.path(), &serial.to_uppercase(), RevocationReason::AffiliationChanged).unwrap();
    assert_eq!((done.label.as_str(), done.number, done.files.len()), ("officer-gost-2004", 4, 1));
    assert!(matches!(status(&site, "officer-gost-2004", "state-bodies").await, CertStatus::Revoked { .. }));
    put(folder.path(), "issuing-rsa", RevocationReason::CaCompromise).unwrap();
    assert!(matches!(status(&site, "issuing-rsa", "root-rsa").await, CertStatus::Revoked { .. }));
}

#[test]
fn who_was_never_issued_or_has_no_list_cannot_be_revoked() {
    let folder = copy_of_kit();
    for name in ["nobody", "", "00", "officer-head "] {
        let refused = put(folder.path(), name, RevocationReason::Superseded);
        assert!(matches!(refused, Err(DevkitError::NotIssued { .. })), "{name:?}");
    }
    let refused = put(folder.path(), "broken-impostor", RevocationReason::Superseded);
    assert!(matches!(refused, Err(DevkitError::NoRevocationList { .. })));
    let empty = tempfile::tempdir().unwrap();
    let refused = put(empty.path(), "officer-head", RevocationReason::Superseded);
    assert!(matches!(refused, Err(DevkitError::NoDevkit { .. })));
}

#[test]
fn two_at_one_time_lose_no_revocation() {
    let folder = copy_of_kit();
    let labels = ["officer-head", "officer-signer", "officer-employee", "auditor"];
    std::thread::scope(|scope| {
        for label in labels {
            scope.spawn(|| put(folder.path(), label, RevocationReason::Superseded).unwrap());
        }
    });
    let crl = qoltanba::store::files::read(&folder.path().join("evidence/issuing-gost.crl")).unwrap();
    let crl = Crl::parse(&crl).unwrap();
    assert_eq!(crl.crl_number(), Some(&[19][..]));
    for label in labels {
        assert!(crl.entry(certificate(folder.path(), label).serial()).is_some(), "{label}");
    }
}
