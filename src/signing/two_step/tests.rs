use super::*;
use crate::crypto::{KeyAlgorithm, SigningKey};
use crate::signing::tests::{certificate, key, profile, year};
use crate::signing::{Signer, Template, co_sign, sign};
use crate::x509::Role;

const CONTENT: &[u8] = b"permit";

fn signer(algorithm: KeyAlgorithm, seed: &str) -> (SigningKey, Certificate) {
    let key = key(algorithm, seed);
    let certificate = certificate(profile(Template::Sign, algorithm, &[Role::Individual]), &key);
    (key, certificate)
}

fn prepared(packaging: Packaging) -> (SigningKey, Prepared) {
    let (key, certificate) = signer(KeyAlgorithm::GostKz512, "two-step");
    let prepared = prepare(CONTENT, packaging, &certificate, Some(year(2026))).unwrap();
    (key, prepared)
}

/// As it travels: out as JSON, back as JSON.
fn travelled(prepared: &Prepared) -> Prepared {
    serde_json::from_str(&serde_json::to_string(prepared).unwrap()).unwrap()
}

fn refused_part(prepared: &Prepared, value: &[u8]) -> &'static str {
    refused(complete(prepared, value, None))
}

fn refused(completed: Result<Vec<u8>, SigningError>) -> &'static str {
    match completed {
        Err(SigningError::PreparedChanged { part }) => part,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_steps_make_what_one_step_makes() {
    for algorithm in [KeyAlgorithm::GostKz512, KeyAlgorithm::Gost2012_256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Ed25519]
    {
        let (key, certificate) = signer(algorithm, "same");
        for packaging in [Packaging::Attached, Packaging::Detached] {
            let prepared = prepare(CONTENT, packaging, &certificate, Some(year(2026))).unwrap();
            let value = key.sign(&prepared.to_be_signed.0).unwrap();
            let made = complete(&travelled(&prepared), &value, None).unwrap();
            let at_once = sign(CONTENT, packaging, &Signer::new(&key, &certificate).unwrap().at(year(2026))).unwrap();
            let (made, at_once) = (SignedData::parse(&made).unwrap(), SignedData::parse(&at_once).unwrap());
            assert_eq!(made.content, at_once.content);
            assert_eq!(made.certificates, at_once.certificates);
            assert_eq!(made.signer_infos[0].signed_attrs, at_once.signer_infos[0].signed_attrs);
            assert_eq!(made.signer_infos[0].signature_algorithm, at_once.signer_infos[0].signature_algorithm);
        }
    }
}

#[test]
fn a_digest_is_told_where_the_algorithm_signs_one() {
    let (_, prepared) = prepared(Packaging::Attached);
    let digest = DigestAlgorithm::Streebog512.digest(&prepared.to_be_signed.0);
    assert_eq!(prepared.to_be_signed_digest.clone().unwrap().0, digest);
    assert_eq!(prepared.digest, DigestAlgorithm::Streebog512.name());
    let (_, certificate) = signer(KeyAlgorithm::Ed25519, "pure");
    assert_eq!(prepare(CONTENT, Packaging::Attached, &certificate, None).unwrap().to_be_signed_digest, None);
}

#[test]
fn a_value_over_anything_else_is_refused_and_the_mistake_is_named() {
    let (key, prepared) = prepared(Packaging::Attached);
    let fault = |value: &[u8]| match complete(&prepared, value, None) {
        Err(SigningError::Value(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let value = key.sign(&prepared.to_be_signed.0).unwrap();
    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    assert_eq!(fault(&reversed), ValueFault::Reversed);
    assert_eq!(fault(&value[..127]), ValueFault::Size { found: 127, expected: 128 });
    assert_eq!(fault(&[]), ValueFault::Size { found: 0, expected: 128 });
    let digest = prepared.to_be_signed_digest.clone().unwrap();
    assert_eq!(fault(&key.sign(&digest.0).unwrap()), ValueFault::OverDigest);
    assert_eq!(fault(&key.sign(CONTENT).unwrap()), ValueFault::Another);
    let (another, _) = signer(KeyAlgorithm::GostKz512, "another");
    assert_eq!(fault(&another.sign(&prepared.to_be_signed.0).unwrap()), ValueFault::Another);
    assert!(complete(&prepared, &value, None).is_ok());
}

#[test]
fn an_ecdsa_value_that_is_no_der_is_refused_by_name() {
    let (key, certificate) = signer(KeyAlgorithm::EcP256, "ec");
    let prepared = prepare(CONTENT, Packaging::Detached, &certificate, None).unwrap();
    assert_eq!(complete(&prepared, &[7; 64], None).err(), Some(SigningError::Value(ValueFault::NotDer)));
    assert!(complete(&prepared, &key.sign(&prepared.to_be_signed.0).unwrap(), None).is_ok());
}

#[test]
fn a_digest_to_sign_with_sm2_is_of_key_and_message_and_its_value_is_der() {
    let (key, certificate) = signer(KeyAlgorithm::Sm2, "sm2");
    let prepared = prepare(CONTENT, Packaging::Attached, &certificate, None).unwrap();
    // GB/T 32918.2 §5.5: Z_A over the identifier's bits, the identifier, a, b, G and the key.
    let curve = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC\
                 28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93\
                 32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7\
                 BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0";
    let spki = key.public_key().spki_der();
    let point = &spki[spki.len() - 64..];
    let z = [&[0, 128][..], b"1234567812345678", &hex_literal(curve), point].concat();
    let e = DigestAlgorithm::Sm3.digest(&[&DigestAlgorithm::Sm3.digest(&z), &prepared.to_be_signed.0[..]].concat());
    assert_ne!(e, DigestAlgorithm::Sm3.digest(&prepared.to_be_signed.0));
    assert_eq!(prepared.to_be_signed_digest.as_ref().unwrap().0, e);
    let not_der = Some(SigningError::Value(ValueFault::NotDer));
    assert_eq!(complete(&prepared, &[7; 64], None).err(), not_der);
    assert!(complete(&prepared, &key.sign(&prepared.to_be_signed.0).unwrap(), None).is_ok());
}

fn hex_literal(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn a_content_that_was_exchanged_is_noticed() {
    let (key, prepared) = prepared(Packaging::Attached);
    let value = key.sign(&prepared.to_be_signed.0).unwrap();
    let other = Some(Base64(b"permet".to_vec()));
    let mut changed = Prepared { content: other.clone(), ..prepared.clone() };
    assert!(refused_part(&changed, &value).contains("content"));
    // The digest beside it exchanged too.
    changed.content_digest = Base64(DigestAlgorithm::Streebog512.digest(b"permet"));
    assert_eq!(refused_part(&changed, &value), "the digest of the content");
    // Everything exchanged: then the value signs something else.
    let certificate = prepared.certificate().unwrap();
    let all = prepare(b"permet", Packaging::Attached, &certificate, prepared.signing_time).unwrap();
    assert_eq!(complete(&all, &value, None).err(), Some(SigningError::Value(ValueFault::Another)));
    // Left out: the message becomes a detached one, over the same content and nothing else.
    let detached = complete(&Prepared { content: None, ..prepared.clone() }, &value, None).unwrap();
    assert_eq!(SignedData::parse(&detached).unwrap().content, None);
    assert!(complete(&prepared, &value, None).is_ok());
}

#[test]
fn a_certificate_that_was_exchanged_is_noticed() {
    let (key, prepared) = prepared(Packaging::Attached);
    let value = key.sign(&prepared.to_be_signed.0).unwrap();
    // Another person's, and another one of the same key.
    let (_, foreign) = signer(KeyAlgorithm::GostKz512, "another");
    let same_key = certificate(profile(Template::Sign, KeyAlgorithm::GostKz512, &[Role::FirstHead]), &key);
    for other in [foreign, same_key] {
        let changed = Prepared { certificate: Base64(other.der().to_vec()), ..prepared.clone() };
        assert!(refused_part(&changed, &value).contains("certificate"));
        let all = prepare(CONTENT, Packaging::Attached, &other, prepared.signing_time).unwrap();
        assert_eq!(complete(&all, &value, None).err(), Some(SigningError::Value(ValueFault::Another)));
    }
    let not_one = Prepared { certificate: Base64(vec![0x30, 0]), ..prepared };
    assert_eq!(complete(&not_one, &value, None).err(), Some(SigningError::NotPrepared));
}

#[test]
fn attributes_that_were_exchanged_are_noticed() {
    let (key, prepared) = prepared(Packaging::Detached);
    let value = key.sign(&prepared.to_be_signed.0).unwrap();
    type Change = fn(&mut Prepared);
    let changes: [(&str, Change); 7] = [
        ("time", |p| p.signing_time = None),
        ("time", |p| p.signing_time = Some(year(2027))),
        ("no signed attributes", |p| p.to_be_signed.0.truncate(20)),
        ("digest of what", |p| p.to_be_signed_digest = Some(Base64(vec![0; 64]))),
        ("digest of what", |p| p.to_be_signed_digest = None),
        ("digest of what", |p| p.digest = "sha-256".to_owned()),
        ("algorithm", |p| p.algorithm = "rsa-pkcs1-sha256".to_owned()),
    ];
    for (named, change) in changes {
        let mut changed = prepared.clone();
        change(&mut changed);
        assert!(refused_part(&changed, &value).contains(named), "{named}");
    }
    // One attribute less in what is to be signed, and the signer signed that.
    let mut reader = Reader::new(&prepared.to_be_signed.0, Encoding::Der, "set").set().unwrap();
    let mut kept = Vec::new();
    while !reader.is_empty() {
        kept.push(reader.any().unwrap().raw);
    }
    let fewer = crate::codec::der::set_of(&kept[..kept.len() - 1]);
    let value_of_fewer = key.sign(&fewer).unwrap();
    let digest = DigestAlgorithm::Streebog512.digest(&fewer);
    let changed =
        Prepared { to_be_signed: Base64(fewer), to_be_signed_digest: Some(Base64(digest)), ..prepared.clone() };
    refused_part(&changed, &value_of_fewer);
    assert!(complete(&prepared, &value, None).is_ok());
}

#[test]
fn an_algorithm_that_is_not_signed_with_any_more_is_refused() {
    let (key, certificate) = signer(KeyAlgorithm::Rsa2048, "rsa");
    let prepared = prepare(CONTENT, Packaging::Detached, &certificate, None).unwrap();
    let value = key.sign(&prepared.to_be_signed.0).unwrap();
    for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha224] {
        let old = SignatureAlgorithm::RsaPkcs1(digest);
        let changed = Prepared {
            algorithm: old.name().to_owned(),
            algorithm_identifier: Base64(old.algorithm_identifier_der()),
            ..prepared.clone()
        };
        assert_eq!(refused_part(&changed, &value), "the algorithm");
    }
    let nonsense = Prepared { algorithm_identifier: Base64(vec![5, 0]), ..prepared };
    assert_eq!(complete(&nonsense, &value, None).err(), Some(SigningError::NotPrepared));
}

#[test]
fn a_certificate_that_is_not_for_signing_is_refused_at_both_steps() {
    let key = key(KeyAlgorithm::Ed25519, "auth");
    let auth = certificate(profile(Template::Auth, KeyAlgorithm::Ed25519, &[Role::Individual]), &key);
    assert_eq!(prepare(CONTENT, Packaging::Attached, &auth, None).err(), Some(SigningError::NotForSigning));
    let (_, good) = signer(KeyAlgorithm::Ed25519, "good");
    let prepared = prepare(CONTENT, Packaging::Attached, &good, None).unwrap();
    let changed = Prepared { certificate: Base64(auth.der().to_vec()), ..prepared };
    assert_eq!(complete(&changed, &[0; 64], None).err(), Some(SigningError::NotForSigning));
}

#[test]
fn one_more_signer_in_two_steps_loses_nothing_and_signs_the_same_content() {
    let (first, first_certificate) = signer(KeyAlgorithm::GostKz512, "first");
    let (second, second_certificate) = signer(KeyAlgorithm::GostKz512, "second");
    let by_first = Signer::new(&first, &first_certificate).unwrap();
    for (packaging, detached) in [(Packaging::Attached, None), (Packaging::Detached, Some(CONTENT))] {
        let message = sign(CONTENT, packaging, &by_first).unwrap();
        assert_eq!(
            prepare_co_sign(&message, Some(b"another"), &second_certificate, None).err(),
            Some(SigningError::ContentMismatch)
        );
        let prepared = prepare_co_sign(&message, detached, &second_certificate, None).unwrap();
        let value = second.sign(&prepared.to_be_signed.0).unwrap();
        assert_eq!(complete(&prepared, &value, None).err(), Some(SigningError::MessageMissing));
        let both = complete(&travelled(&prepared), &value, Some(&message)).unwrap();
        let by_second = Signer::new(&second, &second_certificate).unwrap();
        let at_once = co_sign(&message, detached, &by_second).unwrap();
        let (both, at_once) = (SignedData::parse(&both).unwrap(), SignedData::parse(&at_once).unwrap());
        assert_eq!(both.certificates, at_once.certificates);
        assert_eq!(both.signer_infos[0].signature, at_once.signer_infos[0].signature);
        assert_eq!(both.signer_infos[1].signed_attrs, at_once.signer_infos[1].signed_attrs);
        // Another message in its place: of the same content, with another signer.
        let by_another = Signer::new(&second, &second_certificate).unwrap();
        let other = sign(CONTENT, packaging, &by_another).unwrap();
        assert!(refused(complete(&prepared, &value, Some(&other))).contains("message"));
        // Its digest exchanged as well: the signers are those of the message that the caller gave.
        let digest = Some(Base64(DigestAlgorithm::Sha256.digest(&other)));
        let changed = Prepared { message_sha256: digest, ..prepared.clone() };
        assert!(refused(complete(&changed, &value, Some(&message))).contains("message"));
        // None where there was one, and one where there was none.
        let alone = Prepared { message_sha256: None, ..prepared.clone() };
        assert!(refused(complete(&alone, &value, Some(&message))).contains("message"));
    }
}

#[test]
fn what_is_no_prepared_signature_is_refused() {
    let (_, prepared) = prepared(Packaging::Attached);
    let other_schema = Prepared { schema: "qoltanba/prepared-signature/1".to_owned(), ..prepared.clone() };
    let both = Prepared { message_sha256: Some(Base64(vec![1])), ..prepared };
    for bad in [other_schema, both] {
        assert_eq!(complete(&bad, &[0; 128], None).err(), Some(SigningError::NotPrepared));
    }
}
