mod dvcs;
mod lists;
mod ocsp;

use super::*;
use crate::crypto::{DigestAlgorithm, KeyAlgorithm, SeededEntropy, SigningKey};
use crate::time::Timestamp;
use crate::x509::{Certificate, Extension, ExtensionValue, KeyUsage, Name, RevocationReason, Role, Validity, oids};

pub(super) fn key(algorithm: KeyAlgorithm, seed: &str) -> SigningKey {
    SigningKey::generate(algorithm, &mut SeededEntropy::new(seed.as_bytes())).unwrap()
}

fn name(common_name: &str) -> Name {
    encode_name(&[(oids::COMMON_NAME, common_name), (oids::COUNTRY, "KZ")]).unwrap()
}

pub(super) fn year(year: i32) -> Timestamp {
    Timestamp::from_civil((year, 1, 1), (0, 0, 0)).unwrap()
}

pub(super) fn profile(template: Template, key_algorithm: KeyAlgorithm, roles: &[Role]) -> Vec<Extension> {
    KazakhProfile { template, key_algorithm, roles, subject_key: &[1; 20], issuer_key: &[2; 20], addresses: None }
        .extensions()
}

pub(super) fn certificate(extensions: Vec<Extension>, key: &SigningKey) -> Certificate {
    let draft = CertificateDraft {
        subject: &name("subject"),
        public_key: key.public_key(),
        serial: &[0x7f; 20],
        validity: Validity { not_before: year(2026), not_after: year(2050) },
        extensions,
    };
    issue_certificate(&draft, &Authority { name: &name("issuer"), key }).unwrap()
}

#[test]
fn a_certificate_says_what_its_draft_says_and_dates_cross_from_utc_time_in_2050() {
    let key = key(KeyAlgorithm::GostKz512, "authority");
    let made = certificate(profile(Template::Root, KeyAlgorithm::GostKz512, &[]), &key);
    assert_eq!((made.subject(), made.issuer()), (&name("subject"), &name("issuer")));
    assert_eq!(made.serial(), [0x7f; 20]);
    assert_eq!(made.validity(), Validity { not_before: year(2026), not_after: year(2050) });
    assert_eq!(made.spki_der(), key.public_key().spki_der());
    assert_eq!(made.subject_key_identifier(), Some(&[1; 20][..]));
    assert_eq!(made.authority_key_identifier(), Some(&[2; 20][..]));
}

#[test]
fn a_certificate_that_cannot_be_written_is_refused() {
    let key = key(KeyAlgorithm::Ed25519, "authority");
    let (name, now) = (name("x"), year(2026));
    let good = CertificateDraft {
        subject: &name,
        public_key: key.public_key(),
        serial: &[1],
        validity: Validity { not_before: now, not_after: now },
        extensions: Vec::new(),
    };
    let issuer = Authority { name: &name, key: &key };
    assert!(issue_certificate(&good, &issuer).is_ok());
    let backwards = Validity { not_before: now.plus_seconds(1), not_after: now };
    let before_1970 = Validity { not_before: year(1969), not_after: now };
    for validity in [backwards, before_1970] {
        let bad = CertificateDraft { validity, ..good.clone() };
        assert_eq!(issue_certificate(&bad, &issuer).err(), Some(SigningError::Unencodable));
    }
    let long = CertificateDraft { serial: &[1; 21], ..good };
    assert_eq!(issue_certificate(&long, &issuer).err(), Some(SigningError::Unencodable));
}

#[test]
fn serial_numbers_are_positive_and_never_shorter_than_the_key_identifier() {
    // facts/kz-pki.md §1.6: top bit cleared; a first octet then below 0x10 gets 0x10.
    for (first, expected) in [(0x00, 0x10), (0x0f, 0x1f), (0x10, 0x10), (0x7f, 0x7f), (0x80, 0x10), (0xff, 0x7f)] {
        assert_eq!(serial_number(&[first, 0xee]), [expected, 0xee]);
    }
}

#[test]
fn key_usages_follow_template_and_generation() {
    let usage = |template, algorithm| -> Vec<&'static str> {
        let all = profile(template, algorithm, &[]);
        let key = key(KeyAlgorithm::Ed25519, "any");
        match certificate(all, &key).key_usage() {
            ExtensionValue::Present(usage) => usage.names(),
            _ => Vec::new(),
        }
    };
    let signing = ["digitalSignature", "nonRepudiation"];
    assert_eq!(usage(Template::Sign, KeyAlgorithm::Rsa2048), signing);
    assert_eq!(usage(Template::Sign, KeyAlgorithm::GostKz512), [&signing[..], &["keyAgreement"]].concat());
    assert_eq!(usage(Template::Auth, KeyAlgorithm::Rsa2048), ["digitalSignature", "keyEncipherment"]);
    assert_eq!(usage(Template::Root, KeyAlgorithm::GostKz512), ["keyCertSign", "cRLSign"]);
    assert_eq!(usage(Template::Ocsp, KeyAlgorithm::GostKz512), ["digitalSignature"]);
    assert!(usage(Template::TimeStamping, KeyAlgorithm::GostKz512).is_empty());
}

#[test]
fn an_information_system_carries_its_role_alone() {
    let key = key(KeyAlgorithm::Ed25519, "any");
    let system = certificate(profile(Template::Sign, KeyAlgorithm::GostKz512, &[Role::OrganisationSystem]), &key);
    let person = certificate(profile(Template::Sign, KeyAlgorithm::GostKz512, &[Role::Individual]), &key);
    assert!(!system.has_purpose(oids::EMAIL_PROTECTION) && person.has_purpose(oids::EMAIL_PROTECTION));
    assert!(system.has_purpose(const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.4.1.2.6")));
}

#[test]
fn a_crl_says_what_its_draft_says() {
    let key = key(KeyAlgorithm::GostKz2004, "authority");
    let name = name("authority");
    let revocation = |serial: u8, reason, invalidity_date| Revocation {
        serial: vec![serial],
        revocation_date: year(2025),
        reason,
        invalidity_date,
    };
    let full = CrlDraft {
        this_update: year(2026),
        next_update: None,
        number: 300,
        delta_base: None,
        revocations: vec![
            revocation(1, None, None),
            revocation(2, Some(RevocationReason::AaCompromise), Some(year(2024))),
        ],
    };
    let crl = issue_crl(&full, &Authority { name: &name, key: &key }).unwrap();
    assert_eq!((crl.issuer(), crl.this_update(), crl.next_update()), (&name, year(2026), None));
    assert_eq!(crl.crl_number(), Some(&[1, 44][..]));
    assert_eq!((crl.is_delta(), crl.entry_count()), (false, 2));
    assert_eq!(crl.entry(&[1]).unwrap().reason, None);
    let second = crl.entry(&[2]).unwrap();
    assert_eq!((second.reason, second.invalidity_date), (Some(RevocationReason::AaCompromise), Some(year(2024))));
    let delta = CrlDraft { delta_base: Some(300), number: 301, revocations: Vec::new(), ..full };
    let crl = issue_crl(&delta, &Authority { name: &name, key: &key }).unwrap();
    assert_eq!((crl.delta_base(), crl.entry_count()), (Some(&[1, 44][..]), 0));
    assert!(crl.extensions().iter().any(|e| e.oid == oids::DELTA_CRL_INDICATOR && e.critical));
}

#[test]
fn foreign_and_tls_certificates_are_for_keys_that_their_writer_knows() {
    let validity = Validity { not_before: year(2026), not_after: year(2036) };
    let draft = |kind, common_name| ForeignDraft { kind, common_name, organisation: "O", country: "XA", validity };
    let root = draft(ForeignKind::Authority, "root");
    let (root_key, ec) = (key(KeyAlgorithm::Ed25519, "root"), key(KeyAlgorithm::EcP384, "leaf"));
    let leaf = issue_foreign(&draft(ForeignKind::Signer, "leaf"), &ec, (&root, &root_key)).unwrap();
    assert_eq!(leaf.issuer(), issue_foreign(&root, &root_key, (&root, &root_key)).unwrap().subject());
    assert!(Signer::new(&ec, &leaf).is_ok());
    let gost = key(KeyAlgorithm::GostKz256, "gost");
    let refused = issue_foreign(&draft(ForeignKind::Signer, "leaf"), &gost, (&root, &root_key));
    assert_eq!(refused.err(), Some(SigningError::NotForForeign));
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let tls = self_signed_tls(&names, &ec, validity).unwrap();
    assert!(tls.has_purpose(oids::SERVER_AUTH) && tls.has_extension(oids::SUBJECT_ALT_NAME));
    assert_eq!(self_signed_tls(&names, &gost, validity).err(), Some(SigningError::NotForForeign));
    let backwards = Validity { not_before: year(2036), not_after: year(2026) };
    assert_eq!(self_signed_tls(&names, &ec, backwards).err(), Some(SigningError::Unencodable));
}

#[test]
fn a_signer_needs_both_usages() {
    let key = key(KeyAlgorithm::Ed25519, "signer");
    let good = certificate(profile(Template::Sign, KeyAlgorithm::Ed25519, &[Role::Individual]), &key);
    assert!(good.key_usage().present().unwrap().allows(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION));
    assert!(Signer::new(&key, &good).is_ok());
    let without = |usages: &[u8]| {
        let mut all = profile(Template::Sign, KeyAlgorithm::Ed25519, &[Role::Individual]);
        all.retain(|e| e.oid != oids::KEY_USAGE);
        if let [octet] = usages {
            let value = crate::codec::der::tlv(crate::codec::der::tag::BIT_STRING, &[0, *octet]);
            all.push(Extension { oid: oids::KEY_USAGE, critical: true, value });
        }
        certificate(all, &key)
    };
    // digitalSignature alone, nonRepudiation alone, no key usage at all.
    for usages in [&[0x80][..], &[0x40], &[]] {
        assert_eq!(Signer::new(&key, &without(usages)).err(), Some(SigningError::NotForSigning));
    }
    assert!(Signer::new(&key, &without(&[0xc0])).is_ok());
}

#[test]
fn extra_certificates_go_along_once() {
    let key = key(KeyAlgorithm::Ed25519, "signer");
    let own = certificate(profile(Template::Sign, KeyAlgorithm::Ed25519, &[Role::Individual]), &key);
    let other = certificate(profile(Template::Root, KeyAlgorithm::Ed25519, &[]), &key);
    let signer = Signer::new(&key, &own).unwrap().with_certificates(&[&other, &own, &other]);
    let message = sign(b"content", Packaging::Detached, &signer).unwrap();
    let read = crate::cms::SignedData::parse(&message).unwrap();
    assert_eq!(read.certificates.as_slice(), [own.der(), other.der()]);
    assert_eq!(DigestAlgorithm::from_oid(read.signer_infos[0].digest_algorithm.oid), Some(DigestAlgorithm::Sha512));
}

#[test]
fn a_digest_is_named_as_the_country_of_the_key_names_it() {
    let named = [
        (KeyAlgorithm::GostKz256, "1.2.398.3.10.1.3.2"),
        (KeyAlgorithm::GostKz512, "1.2.398.3.10.1.3.3"),
        (KeyAlgorithm::Gost2012_256, "1.2.643.7.1.1.2.2"),
        (KeyAlgorithm::Gost2012_512, "1.2.643.7.1.1.2.3"),
        (KeyAlgorithm::Gost2001, "1.2.643.2.2.9"),
        (KeyAlgorithm::EcP256, "2.16.840.1.101.3.4.2.1"),
    ];
    for (algorithm, oid) in named {
        let key = key(algorithm, "signer");
        let own = certificate(profile(Template::Sign, KeyAlgorithm::Ed25519, &[Role::Individual]), &key);
        let signer = Signer::new(&key, &own).unwrap();
        let message = sign(b"content", Packaging::Attached, &signer).unwrap();
        let read = crate::cms::SignedData::parse(&message).unwrap();
        assert_eq!(read.signer_infos[0].digest_algorithm.oid.to_string(), oid, "{}", algorithm.name());
    }
}

#[test]
fn an_authority_for_time_stamps_has_that_purpose_alone_and_critical() {
    let key = key(KeyAlgorithm::Ed25519, "tsa");
    let made = |change: &dyn Fn(&mut Extension)| {
        let mut all = profile(Template::TimeStamping, KeyAlgorithm::Ed25519, &[]);
        all.iter_mut().filter(|e| e.oid == oids::EXTENDED_KEY_USAGE).for_each(change);
        certificate(all, &key)
    };
    assert!(TimeStampAuthority::new(&key, &made(&|_| {})).is_ok());
    let and_another = |extension: &mut Extension| {
        let purposes = [oids::TIME_STAMPING, oids::EMAIL_PROTECTION].map(crate::codec::der::oid).concat();
        extension.value = crate::codec::der::sequence(&[&purposes]);
    };
    for certificate in [made(&|e| e.critical = false), made(&and_another)] {
        assert_eq!(TimeStampAuthority::new(&key, &certificate).err(), Some(SigningError::NotForTimeStamping));
    }
}

#[test]
fn what_does_not_verify_when_read_back_does_not_leave() {
    let key = key(KeyAlgorithm::Ed25519, "signer");
    let algorithm = key.signature_algorithm();
    let value = key.sign(b"message").unwrap();
    assert_eq!(signer::check_signature(algorithm, key.public_key(), b"message", &value), Ok(()));
    assert_eq!(signer::check_signature(algorithm, key.public_key(), b"massage", &value), Err(SigningError::SelfCheck));
}
