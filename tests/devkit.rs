//! The test PKI: the same every time, good where it says so, broken exactly where it says so; and what is signed with it.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as loudly as the tests themselves")]

use std::path::{Path, PathBuf};

use qoltanba::cms::{MessageImprint, SignedData, SignerInfo, TstInfo};
use qoltanba::codec::der;
use qoltanba::crypto::{
    DigestAlgorithm, KeyAlgorithm, Outcome, PublicKey, SignatureAlgorithm, SignatureClaim, pkcs12, verify_many,
};
use qoltanba::service::devkit::{DevkitPki, EntityDefect, Expectation, generate};
use qoltanba::signing::{
    Packaging, Signer, SigningError, Stamp, TimeStampAuthority, TokenRequest, co_sign, issue_token, sign,
    time_stamp_signature,
};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use qoltanba::trust::{TrustSnapshot, open_signed_snapshot};
use qoltanba::x509::{AlgorithmIdentifier, Certificate, KeyUsage, RevocationReason, kz_profile, oids};

const CONTENT: &[u8] = "Рұқсат берілді".as_bytes();
const TSA_POLICY: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4");

fn pki() -> DevkitPki {
    DevkitPki::build().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn verifies(algorithm: &AlgorithmIdentifier, key: &PublicKey, message: &[u8], value: &[u8]) -> bool {
    let resolved = SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), None, key).unwrap();
    let claim = SignatureClaim { algorithm: resolved, key, message: message.into(), value: value.into() };
    matches!(verify_many(&[claim])[..], [Outcome::Valid(_)])
}

fn issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let key = issuer.public_key().unwrap();
    certificate.issuer() == issuer.subject()
        && verifies(certificate.signature_algorithm(), key, certificate.tbs(), certificate.signature_value())
}

fn signer_verifies(signer: &SignerInfo<'_>, content: &[u8], certificate: &Certificate) -> bool {
    let digest = DigestAlgorithm::from_oid(signer.digest_algorithm.oid).unwrap();
    let attributes = signer.signed_attrs.as_ref().unwrap();
    let algorithm = &signer.signature_algorithm;
    let key = certificate.public_key().unwrap();
    let resolved =
        SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), Some(digest), key).unwrap();
    let message = attributes.signed_octets().into();
    let claim = SignatureClaim { algorithm: resolved, key, message, value: signer.signature.clone() };
    let expected = der::octet_string(&digest.digest(content));
    let names_content = attributes.values(qoltanba::cms::oids::MESSAGE_DIGEST).eq([expected.as_slice()]);
    names_content && matches!(verify_many(&[claim])[..], [Outcome::Valid(_)])
}

/// Every file below a folder with its octets, sorted by name.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = files::walk(folder, &qoltanba::limits::FOLDER_FILES_MAX).unwrap();
    paths.into_iter().map(|p| (p.strip_prefix(folder).unwrap().to_owned(), files::read(&p).unwrap())).collect()
}

#[test]
fn two_runs_write_the_same_octets_and_everything_the_index_names() {
    let temporary = tempfile::tempdir().unwrap();
    let first = temporary.path().join("devkit");
    let summary = generate(&first).unwrap();
    let one = tree(&first);
    // A folder of ours is written again.
    assert_eq!(generate(&first).unwrap(), summary);
    let two = tree(&first);
    assert_eq!((one.len(), two.len()), (summary.files, summary.files));
    for ((path, octets), again) in one.iter().zip(&two) {
        assert_eq!((path, octets), (&again.0, &again.1), "{}", path.display());
    }
    let index: serde_json::Value = serde_json::from_slice(&files::read(&first.join("INDEX.json")).unwrap()).unwrap();
    for (label, entity) in index["entities"].as_object().unwrap() {
        let password = index["password"].as_str().unwrap();
        let read = |field: &str| files::read(&first.join(entity[field].as_str().unwrap())).unwrap();
        let container = pkcs12::read(&read("container"), password).unwrap_or_else(|e| panic!("{label}: {e}"));
        assert_eq!(container.certificates, [read("certificate")], "{label}");
        assert!(pkcs12::read(&read("container"), "Qwerty13").is_err(), "{label}");
    }
    // Any other folder is left alone.
    files::write(&temporary.path().join("stray"), b"x").unwrap();
    assert!(generate(temporary.path()).is_err());
}

#[test]
fn every_certificate_verifies_under_its_issuer_except_the_one_that_must_not() {
    let pki = pki();
    for entity in &pki.plan().entities {
        let certificate = pki.certificate(&entity.label).unwrap();
        let issuer = pki.certificate(&entity.issuer).unwrap();
        let flipped = entity.defects.contains(&EntityDefect::IssuerSignatureFlipped);
        assert_eq!(issued_by(certificate, issuer), !flipped, "{}", entity.label);
        assert_eq!(certificate.authority_key_identifier(), issuer.subject_key_identifier(), "{}", entity.label);
        assert_eq!(certificate.public_key().unwrap(), pki.key(&entity.label).unwrap().public_key());
        assert!(certificate.signature_algorithm().matches(certificate.tbs_signature_algorithm()), "{}", entity.label);
        let iin = kz_profile::iin(certificate).map(str::to_owned);
        assert_eq!((iin, kz_profile::bin(certificate)), (entity.subject.iin.clone(), entity.subject.bin.as_deref()));
        assert_eq!(kz_profile::roles(certificate), entity.roles, "{}", entity.label);
    }
}

#[test]
fn no_two_entities_share_a_key_or_a_label() {
    let pki = pki();
    let plan = pki.plan();
    let mut labels: Vec<_> = plan.entities.iter().map(|e| e.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), plan.entities.len());
    // RSA is left out: its keys cost most, and their labels differ like the others'.
    let quick = plan.entities.iter().filter(|e| e.key_algorithm != KeyAlgorithm::Rsa2048);
    let mut keys: Vec<_> = quick.map(|e| pki.key(&e.label).unwrap().public_key().spki_der().to_vec()).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn every_deliberate_defect_is_there_and_its_neighbour_is_whole() {
    let pki = pki();
    let certificate = |label: &str| pki.certificate(label).unwrap();
    let usage = |label: &str, bit| certificate(label).key_usage().present().is_some_and(|u| u.allows(bit));
    assert!(!usage("broken-ca-key-usage", KeyUsage::KEY_CERT_SIGN) && usage("issuing-gost", KeyUsage::KEY_CERT_SIGN));
    assert!(usage("broken-ca-key-usage", KeyUsage::CRL_SIGN));
    assert!(!certificate("broken-ca-constraints").has_extension(oids::BASIC_CONSTRAINTS));
    assert!(certificate("broken-ca-key-usage").basic_constraints().present().unwrap().ca);
    assert_eq!(certificate("state-bodies").basic_constraints().present().unwrap().path_len_constraint, Some(0));
    assert!(certificate("broken-path-length").basic_constraints().present().unwrap().ca);
    let unknown = |label| {
        let known = [oids::KEY_USAGE, oids::EXTENDED_KEY_USAGE, oids::BASIC_CONSTRAINTS];
        certificate(label).extensions().iter().any(|e| e.critical && !known.contains(&e.oid))
    };
    assert!(unknown("broken-critical-extension") && !unknown("officer-head"));
    assert!(!usage("broken-usage", KeyUsage::NON_REPUDIATION) && usage("officer-head", KeyUsage::NON_REPUDIATION));
    assert!(certificate("broken-usage").has_purpose(oids::CLIENT_AUTH));
    let now = at("2026-11-21T00:00:00Z");
    assert!(!certificate("broken-not-yet-valid").validity().contains(now));
    assert!(!certificate("officer-expired").validity().contains(now));
    assert!(certificate("officer-expired").validity().contains(at("2024-07-01")));
    assert!(certificate("officer-head").validity().contains(now));
    assert_eq!(certificate("broken-impostor").subject(), certificate("issuing-gost").subject());
    assert_ne!(pki.key("broken-impostor").unwrap().public_key(), pki.key("issuing-gost").unwrap().public_key());
}

#[test]
fn revocation_lists_say_what_is_planned_and_only_the_broken_ones_do_not_verify() {
    let pki = pki();
    for plan in &pki.plan().crls {
        let crl = pki.crl(&plan.label).unwrap();
        let key = pki.key(&plan.issuer).unwrap().public_key();
        let good = verifies(crl.signature_algorithm(), key, crl.tbs(), crl.signature_value());
        assert_eq!(good, plan.defects.is_empty(), "{}", plan.label);
        assert_eq!(crl.is_delta(), plan.delta_base.is_some(), "{}", plan.label);
        assert_eq!(crl.entry_count(), plan.revoked.len(), "{}", plan.label);
        assert!(!crl.has_unusable_part(), "{}", plan.label);
        let issuer = pki.certificate(&plan.issuer).unwrap();
        assert_eq!(crl.authority_key_identifier(), issuer.subject_key_identifier(), "{}", plan.label);
    }
    let entry = |crl: &str, label: &str| pki.crl(crl).unwrap().entry(pki.certificate(label).unwrap().serial());
    let revoked = entry("issuing-gost", "officer-revoked").unwrap();
    assert_eq!(revoked.reason, Some(RevocationReason::KeyCompromise));
    assert_eq!(revoked.invalidity_date, Some(at("2025-10-01")));
    assert_eq!(revoked.revocation_date, at("2025-11-15"));
    let held = entry("issuing-gost", "officer-on-hold").unwrap();
    assert_eq!((held.reason, held.invalidity_date), (Some(RevocationReason::CertificateHold), None));
    assert_eq!(entry("issuing-gost", "officer-head"), None);
    assert_eq!(entry("issuing-gost", "officer-revoked-in-delta"), None);
    assert!(entry("issuing-gost-delta", "officer-revoked-in-delta").is_some());
    // Of another issuer under the same name: it verifies under the impostor, and not under whose name it bears.
    let impostor = pki.crl("broken-crl-impostor").unwrap();
    let real = pki.certificate("issuing-gost").unwrap();
    assert_eq!(impostor.issuer(), real.subject());
    let key = real.public_key().unwrap();
    assert!(!verifies(impostor.signature_algorithm(), key, impostor.tbs(), impostor.signature_value()));
    assert!(pki.crl("broken-crl-stale").unwrap().next_update().unwrap() < at("2026-01-01"));
}

#[test]
fn whoever_may_sign_signs_and_the_signature_verifies() {
    let pki = pki();
    let labels = [
        "officer-head",
        "officer-gost-256",
        "officer-gost-2004",
        "officer-rsa",
        "officer-p256",
        "officer-p384",
        "officer-ed25519",
        "applicant-person",
        "information-system",
        "foreign-terminated-signer",
        "foreign-by-ttp-signer",
    ];
    for label in labels {
        let signer = pki.signer(label).unwrap().at(at("2026-07-01T10:00:00Z"));
        for packaging in [Packaging::Attached, Packaging::Detached] {
            let message = sign(CONTENT, packaging, &signer).unwrap();
            let read = SignedData::parse(&message).unwrap();
            assert_eq!(read.content.is_some(), packaging == Packaging::Attached, "{label}");
            let certificate = pki.certificate(label).unwrap();
            assert_eq!(read.certificates.as_slice(), [certificate.der()], "{label}");
            let [signer] = &read.signer_infos[..] else { panic!("{label}: one signer") };
            assert!(signer_verifies(signer, CONTENT, certificate), "{label}");
            assert!(!signer_verifies(signer, b"another content", certificate), "{label}");
            let digest = DigestAlgorithm::from_oid(signer.digest_algorithm.oid).unwrap();
            assert_eq!(digest, expected_digest(pki.entity(label).unwrap().key_algorithm), "{label}");
        }
    }
}

fn expected_digest(key: KeyAlgorithm) -> DigestAlgorithm {
    match key {
        KeyAlgorithm::GostKz512 => DigestAlgorithm::Streebog512,
        KeyAlgorithm::GostKz256 | KeyAlgorithm::Gost2012_256 => DigestAlgorithm::Streebog256,
        KeyAlgorithm::GostKz2004 => DigestAlgorithm::Gost34311,
        KeyAlgorithm::EcP384 => DigestAlgorithm::Sha384,
        KeyAlgorithm::Ed25519 => DigestAlgorithm::Sha512,
        _ => DigestAlgorithm::Sha256,
    }
}

#[test]
fn who_is_not_meant_to_sign_documents_does_not() {
    let pki = pki();
    for label in ["broken-usage", "ocsp-gost", "tsa-gost", "issuing-gost", "foreign-unregistered"] {
        let refused = Signer::new(pki.key(label).unwrap(), pki.certificate(label).unwrap());
        assert_eq!(refused.err(), Some(SigningError::NotForSigning), "{label}");
    }
    let anothers = Signer::new(pki.key("officer-head").unwrap(), pki.certificate("officer-signer").unwrap());
    assert_eq!(anothers.err(), Some(SigningError::KeyMismatch));
    for label in ["officer-head", "ocsp-gost"] {
        let refused = TimeStampAuthority::new(pki.key(label).unwrap(), pki.certificate(label).unwrap());
        assert_eq!(refused.err(), Some(SigningError::NotForTimeStamping), "{label}");
    }
}

#[test]
fn a_co_signature_leaves_every_octet_of_the_first_signer_in_place() {
    let pki = pki();
    let tsa = pki.time_stamp_authority("tsa-gost").unwrap();
    let stamp = Stamp { policy: TSA_POLICY, serial: vec![1], gen_time: at("2026-07-01T10:00:03Z") };
    let (first, second) = (pki.signer("officer-signer").unwrap(), pki.signer("officer-p256").unwrap());
    for packaging in [Packaging::Attached, Packaging::Detached] {
        let detached = (packaging == Packaging::Detached).then_some(CONTENT);
        let one = time_stamp_signature(&sign(CONTENT, packaging, &first).unwrap(), 0, &stamp, &tsa).unwrap();
        let two = co_sign(&one, detached, &second).unwrap();
        let (before, after) = (SignedData::parse(&one).unwrap(), SignedData::parse(&two).unwrap());
        let raw = first_signer_raw(&one);
        assert!(two.windows(raw.len()).any(|window| window == raw));
        assert_eq!(before.content, after.content);
        let [kept, added] = &after.signer_infos[..] else { panic!("two signers") };
        assert!(signer_verifies(kept, CONTENT, pki.certificate("officer-signer").unwrap()));
        assert!(signer_verifies(added, CONTENT, pki.certificate("officer-p256").unwrap()));
        assert_eq!(kept.signature_time_stamps().count(), 1);
        assert_eq!(after.certificates.len(), 2);
    }
}

/// The whole encoding of the only signer: the last value of SignedData's last SET.
fn first_signer_raw(message: &[u8]) -> Vec<u8> {
    let mut outer = der::Reader::new(message, der::Encoding::Der, "test").sequence().unwrap();
    outer.any().unwrap();
    let mut fields = outer.any().unwrap().reader().sequence().unwrap();
    let mut last = fields.any().unwrap();
    while !fields.is_empty() {
        last = fields.any().unwrap();
    }
    last.content.to_vec()
}

#[test]
fn a_co_signer_is_refused_without_the_content_or_with_another_one() {
    let pki = pki();
    let signer = pki.signer("officer-head").unwrap();
    let detached = sign(CONTENT, Packaging::Detached, &signer).unwrap();
    let attached = sign(CONTENT, Packaging::Attached, &signer).unwrap();
    assert_eq!(co_sign(&detached, None, &signer), Err(SigningError::ContentMissing));
    assert_eq!(co_sign(&detached, Some(b"another"), &signer), Err(SigningError::ContentMismatch));
    assert_eq!(co_sign(&attached, Some(b"another"), &signer), Err(SigningError::ContentMismatch));
    assert!(co_sign(&attached, Some(CONTENT), &signer).is_ok());
    let cut = attached.get(..attached.len() - 1).unwrap();
    assert!(matches!(co_sign(cut, None, &signer), Err(SigningError::Malformed(_))));
}

#[test]
fn a_signature_time_stamp_is_over_the_signature_value_and_verifies() {
    let pki = pki();
    let message = sign(CONTENT, Packaging::Attached, &pki.signer("officer-head").unwrap()).unwrap();
    let tsa_certificate = pki.certificate("tsa-gost").unwrap();
    let tsa = pki.time_stamp_authority("tsa-gost").unwrap();
    let stamp = Stamp { policy: TSA_POLICY, serial: vec![0xff, 7], gen_time: at("2026-07-01T10:00:03Z") };
    let stamped = time_stamp_signature(&message, 0, &stamp, &tsa).unwrap();
    let read = SignedData::parse(&stamped).unwrap();
    let signer = &read.signer_infos[0];
    let tokens: Vec<_> = signer.signature_time_stamps().collect();
    let token = SignedData::parse(tokens[0]).unwrap();
    assert_eq!((tokens.len(), token.version, token.content_type), (1, 3, qoltanba::cms::oids::ID_CT_TST_INFO));
    let tst_info = TstInfo::parse(token.content.as_deref().unwrap()).unwrap();
    assert_eq!(tst_info.message_imprint.hash_algorithm.oid, DigestAlgorithm::Streebog512.oid());
    assert_eq!(tst_info.message_imprint.hashed_message, DigestAlgorithm::Streebog512.digest(&signer.signature));
    assert_eq!((tst_info.gen_time, tst_info.policy), (stamp.gen_time, TSA_POLICY));
    assert_eq!(tst_info.serial_number, [0, 0xff, 7]);
    assert_eq!(token.certificates.as_slice(), [tsa_certificate.der()]);
    assert!(signer_verifies(&token.signer_infos[0], token.content.as_deref().unwrap(), tsa_certificate));
    let beyond = time_stamp_signature(&message, 1, &stamp, &tsa);
    assert_eq!(beyond, Err(SigningError::NoSuchSigner { index: 1 }));
}

#[test]
fn a_token_echoes_the_imprint_and_the_nonce_of_its_request() {
    let pki = pki();
    let tsa = pki.time_stamp_authority("tsa-gost").unwrap();
    let hash_algorithm = AlgorithmIdentifier { oid: DigestAlgorithm::Sha256.oid(), parameters: None };
    let imprint = MessageImprint { hash_algorithm, hashed_message: DigestAlgorithm::Sha256.digest(CONTENT) };
    let request = TokenRequest {
        imprint: imprint.clone(),
        policy: TSA_POLICY,
        serial: vec![2],
        gen_time: at("2026-07-01"),
        accuracy: None,
        nonce: Some(vec![0x80, 1]),
        cert_req: true,
    };
    let token = issue_token(&request, &tsa).unwrap();
    let read = SignedData::parse(&token).unwrap();
    let tst_info = TstInfo::parse(read.content.as_deref().unwrap()).unwrap();
    assert_eq!((tst_info.message_imprint, tst_info.nonce), (imprint, Some(vec![0x80, 1])));
}

#[test]
fn the_snapshot_opens_under_its_keeper_and_under_nobody_else() {
    let pki = pki();
    let signed = pki.signed_snapshot().unwrap();
    let opened: TrustSnapshot = open_signed_snapshot(&signed, pki.certificate("trust-administrator").unwrap()).unwrap();
    assert_eq!(opened, pki.snapshot().unwrap());
    assert_eq!((opened.foreign.len(), opened.foreign_ttps.len(), opened.edges.len()), (3, 1, 1));
    assert!(open_signed_snapshot(&signed, pki.certificate("trust-administrator-2").unwrap()).is_err());
}

#[test]
fn good_is_what_nothing_is_wrong_with() {
    let pki = pki();
    let revoked: Vec<_> = pki.plan().crls.iter().flat_map(|c| c.revoked.iter().map(|r| r.label.as_str())).collect();
    for entity in pki.plan().entities.iter().filter(|e| e.expect == Expectation::Good) {
        assert!(entity.defects.is_empty() && !revoked.contains(&entity.label.as_str()), "{}", entity.label);
        assert!(pki.plan().validity_of(entity).contains(at("2026-11-21")), "{}", entity.label);
    }
    let found: Vec<_> = revoked.iter().map(|label| pki.entity(label).unwrap().expect).collect();
    assert_eq!(found, [Expectation::Revoked, Expectation::OnHold, Expectation::Revoked]);
}
