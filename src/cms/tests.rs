use const_oid::ObjectIdentifier;

use super::*;
use crate::codec::MalformedKind;
use crate::codec::der::{self, tag};
use crate::crypto::DigestAlgorithm;
use crate::path::tests::pki::{self, CrlRecipe, Entity, Recipe, day};
use crate::x509::AlgorithmIdentifier;

mod attributes;
mod tokens;
mod writing;

const CONTENT: &[u8] = b"content of a permit";

fn signer() -> Entity {
    pki::root(&Recipe::leaf("signer"), "signer")
}

fn signer_info(entity: &Entity) -> Vec<u8> {
    let digest = DigestAlgorithm::Sha512;
    let draft = DraftSigner::new(&entity.certificate, oids::ID_DATA, (digest, &digest.digest(CONTENT)), Some(day(1)));
    let value = entity.key.sign(draft.to_be_signed()).unwrap();
    draft.complete(&entity.key.signature_algorithm().algorithm_identifier_der(), &value)
}

fn message() -> Vec<u8> {
    let signer = signer();
    encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: Some(CONTENT),
        certificates: &[signer.certificate.der()],
        digest_algorithms: &[&sha512()],
        signer_infos: &[&signer_info(&signer)],
    })
}

fn sha512() -> Vec<u8> {
    der::sequence(&[&der::oid(DigestAlgorithm::Sha512.oid()), &der::null()])
}

/// SignedData around an eContent value and signers, under the outermost tags that a test wants.
fn raw_message(content_type: ObjectIdentifier, content: &[u8], signers: &[u8]) -> Vec<u8> {
    let encapsulated = der::sequence(&[&der::oid(content_type), &der::context(0, content)]);
    let fields = [der::integer_u64(1), der::tlv(tag::SET, &sha512()), encapsulated, der::tlv(tag::SET, signers)];
    let signed_data = der::sequence(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
    der::sequence(&[&der::oid(oids::ID_SIGNED_DATA), &der::context(0, &signed_data)])
}

/// A constructed value of indefinite length (X.690 §8.1.3.6).
fn indefinite(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    [&[tag | tag::CONSTRUCTED, 0x80][..], &content.concat(), &[0, 0]].concat()
}

#[test]
fn indefinite_lengths_and_content_in_chunks_read_as_the_same_message() {
    let info = signer_info(&signer());
    let der = raw_message(oids::ID_DATA, &der::octet_string(CONTENT), &info);
    let (first, second) = CONTENT.split_at(7);
    let chunks = indefinite(tag::OCTET_STRING, &[&der::octet_string(first), &der::octet_string(second)]);
    let encapsulated =
        indefinite(tag::SEQUENCE, &[&der::oid(oids::ID_DATA), &indefinite(tag::CONTEXT_CONSTRUCTED, &[&chunks])]);
    let signed_data = indefinite(
        tag::SEQUENCE,
        &[&der::integer_u64(1), &der::tlv(tag::SET, &sha512()), &encapsulated, &indefinite(tag::SET, &[&info])],
    );
    let explicit = indefinite(tag::CONTEXT_CONSTRUCTED, &[&signed_data]);
    let ber = indefinite(tag::SEQUENCE, &[&der::oid(oids::ID_SIGNED_DATA), &explicit]);
    let (one, other) = (SignedData::parse(&der).unwrap(), SignedData::parse(&ber).unwrap());
    assert_eq!(one.content.as_deref(), Some(CONTENT));
    assert_eq!(one.content, other.content);
    let (one, other) = (one.signer_infos.first().unwrap(), other.signer_infos.first().unwrap());
    assert_eq!((&one.signature, &one.signed_attrs, &one.sid), (&other.signature, &other.signed_attrs, &other.sid));
    // Without the last end-of-contents octets it is no message.
    assert!(SignedData::parse(ber.get(..ber.len() - 2).unwrap()).is_err());
}

#[test]
fn zero_octets_after_the_message_are_passed_over_and_nothing_else() {
    // docs/divergences.md D-05
    let message = message();
    let followed = |rest: &[u8]| SignedData::parse(&[&message[..], rest].concat()).map(|_| ());
    assert!(followed(&[]).is_ok());
    assert!(followed(&[0]).is_ok());
    assert!(followed(&[0; 4096]).is_ok());
    for rest in [&[1][..], b"\n", &[0, 1], &[0, 0, 1, 0], &message] {
        assert_eq!(followed(rest).unwrap_err().kind, MalformedKind::TrailingOctets, "{:02x?}", rest.first());
    }
}

#[test]
fn every_shortened_message_is_refused() {
    let message = message();
    for end in 0..message.len() {
        assert!(SignedData::parse(message.get(..end).unwrap()).is_err(), "{end} octets");
    }
}

#[test]
fn pkcs7_content_is_digested_without_its_tag_and_length() {
    // RFC 5652 §5.2.1
    let typed = der::sequence(&[&der::integer_u64(5)]);
    let kind = oids::ID_CT_TST_INFO;
    let message = raw_message(kind, &typed, &signer_info(&signer()));
    assert_eq!(SignedData::parse(&message).unwrap().content.as_deref(), Some(&der::integer_u64(5)[..]));
    // id-data is an OCTET STRING, whatever else.
    let wrong = raw_message(oids::ID_DATA, &typed, &signer_info(&signer()));
    assert!(matches!(SignedData::parse(&wrong).unwrap_err().kind, MalformedKind::UnexpectedTag { found: 0x30, .. }));
}

#[test]
fn a_signer_is_named_by_issuer_and_serial_number_or_by_key_identifier() {
    let signer = signer();
    let good = signer_info(&signer);
    let message = raw_message(oids::ID_DATA, &der::octet_string(CONTENT), &good);
    let read = SignedData::parse(&message).unwrap();
    let sid = &read.signer_infos.first().unwrap().sid;
    let SignerIdentifier::IssuerAndSerialNumber { issuer, serial } = sid else { panic!("{sid:?}") };
    assert_eq!((issuer.to_name(), *serial), (pki::name("signer"), signer.certificate.serial()));
    let issuer = issuer.to_name();
    assert!(pki::name("signer") == issuer && pki::name("another") != issuer);
    let by_key = der::sequence(&[
        &der::integer_u64(3),
        &der::context_primitive(0, &[9; 20]),
        &sha512(),
        &signer.key.signature_algorithm().algorithm_identifier_der(),
        &der::octet_string(&[1; 64]),
    ]);
    let message = raw_message(oids::ID_DATA, &der::octet_string(CONTENT), &by_key);
    let read = SignedData::parse(&message).unwrap();
    let info = read.signer_infos.first().unwrap();
    assert_eq!((info.version, &info.sid), (3, &SignerIdentifier::SubjectKeyIdentifier(&[9; 20])));
    assert!(info.signed_attrs.is_none() && info.unsigned_attrs.is_none());
}

#[test]
fn what_is_no_signed_data_is_refused() {
    let enveloped = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
    let other = der::sequence(&[&der::oid(enveloped), &der::context(0, &der::sequence(&[]))]);
    assert_eq!(SignedData::parse(&other).unwrap_err().kind, MalformedKind::Value);
    let mut version = raw_message(oids::ID_DATA, &der::octet_string(CONTENT), &[]);
    let at = version.windows(3).position(|w| w == [2, 1, 1]).unwrap();
    *version.get_mut(at + 2).unwrap() = 6;
    assert_eq!(SignedData::parse(&version).unwrap_err().kind, MalformedKind::Version);
}

#[test]
fn certificates_of_other_kinds_are_counted_and_left_out() {
    let signer = signer();
    let other = der::context(1, &der::null());
    let message = encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: None,
        certificates: &[&other, signer.certificate.der()],
        digest_algorithms: &[],
        signer_infos: &[&signer_info(&signer)],
    });
    let read = SignedData::parse(&message).unwrap();
    assert_eq!((read.certificates.as_slice(), read.other_certificates), (&[signer.certificate.der()][..], 1));
    assert_eq!(read.content, None);
}

/// GM/T 0010: the same structure under names of its own, without signed attributes as if it were id-data.
#[test]
fn a_message_under_chinese_names_is_read_and_keeps_them() {
    let info = signer_info(&signer());
    let message = raw_message(oids::ID_GM_DATA, &der::octet_string(CONTENT), &info);
    let renamed = |oid| {
        let mut inside = der::Reader::new(&message, der::Encoding::Der, "test").sequence().unwrap();
        inside.oid().unwrap();
        der::sequence(&[&der::oid(oid), inside.any().unwrap().raw])
    };
    let chinese = renamed(oids::ID_GM_SIGNED_DATA);
    let read = SignedData::parse(&chinese).unwrap();
    assert_eq!((read.content_type, read.content.as_deref()), (oids::ID_GM_DATA, Some(CONTENT)));
    assert!(SignedData::parse(&renamed(oids::ID_GM_DATA)).is_err(), "data is no SignedData");
    let stamped = add_unsigned_attribute(&chinese, 0, oids::SIGNATURE_TIME_STAMP, &der::null()).unwrap().unwrap();
    assert!(stamped.windows(12).any(|w| w == der::oid(oids::ID_GM_SIGNED_DATA)), "the name stays");
    // Typed content is no OCTET STRING; what stands for id-data must be one.
    let typed = raw_message(oids::ID_GM_DATA, &der::sequence(&[&der::null()]), &info);
    assert!(SignedData::parse(&typed).is_err());
}
