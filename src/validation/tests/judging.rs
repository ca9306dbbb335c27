//! One signature: what is wrong with it is told, and nothing wrong passes.

use super::making::{attribute, content_type, ess_v1, ess_v2, message_digest, signing_time};
use super::*;
use crate::codec::der::tag;
use crate::crypto::SignatureAlgorithm;

type S = SubIndication;

#[test]
fn a_sound_signature_passes_and_its_facts_are_told() {
    let bench = Bench::new();
    let report = bench.report(&bench.message().encode());
    assert_eq!(told(&report), PASSED, "{:?}", report.reasons);
    assert_eq!((report.signature_value, report.content_digest), (SignatureValue::Valid, ContentDigest::Valid));
    assert_eq!(report.signer, Some(bench.signer.certificate.clone()));
    assert_eq!(report.best_signature_time, bench.at);
    assert_eq!(report.path.len(), 3);
}

#[test]
fn every_bit_of_the_content_counts() {
    let bench = Bench::new();
    for (octet, bit) in [(0, 0), (7, 3), (CONTENT.len() - 1, 7)] {
        let mut made = bench.message();
        *made.content.as_mut().unwrap().get_mut(octet).unwrap() ^= 1 << bit;
        let report = bench.report(&made.encode());
        assert_eq!(told(&report), (Some(S::HashFailure), Some(Code::ContentDigestMismatch)));
        assert_eq!((report.signature_value, report.content_digest), (SignatureValue::Valid, ContentDigest::Invalid));
    }
}

#[test]
fn no_flipped_bit_anywhere_turns_into_another_message_that_passes() {
    // Octets that nothing signed covers may change without harm; whatever passes must then still be the same signature.
    let bench = Bench::new();
    let good = bench.message().encode();
    let before = bench.report(&good);
    for at in 0..good.len() {
        let mut changed = good.clone();
        *changed.get_mut(at).unwrap() ^= 1 << (at % 8);
        let Ok(mut document) = bench.read(&changed, None) else { continue };
        let report = document.signatures.remove(0);
        if report.verdict.indication == Indication::TotalPassed {
            assert_eq!(report.signer, before.signer, "octet {at}");
            assert_eq!(document.content_sha256, Some(Fingerprint::of(CONTENT)), "octet {at}");
            assert_eq!(report.claimed_signing_time, before.claimed_signing_time, "octet {at}");
            assert_eq!(report.algorithm, before.algorithm, "octet {at}");
        }
    }
}

#[test]
fn the_signature_covers_the_attributes_as_they_came() {
    let bench = Bench::new();
    let recipe = SignerRecipe::of(&bench.signer).and_signed(signing_time(day(99)));
    let encoded = Made::by(&[recipe]).encode();
    assert_eq!(bench.told(&encoded), PASSED);
    let time = b"260410000000Z";
    let at = encoded.windows(time.len()).position(|w| w == time).unwrap();
    let mut changed = encoded;
    *changed.get_mut(at + 5).unwrap() = b'1';
    let report = bench.report(&changed);
    assert_eq!(told(&report), (Some(S::SigCryptoFailure), Some(Code::SignatureInvalid)));
    assert_eq!((report.signature_value, report.content_digest), (SignatureValue::Invalid, ContentDigest::Valid));
}

#[test]
fn a_flipped_signature_value_does_not_hold() {
    let bench = Bench::new();
    let mut made = bench.message();
    // Without unsigned attributes the signer ends with its value.
    *made.signers.get_mut(0).unwrap().last_mut().unwrap() ^= 1;
    assert_eq!(bench.told(&made.encode()), (Some(S::SigCryptoFailure), Some(Code::SignatureInvalid)));
}

#[test]
fn a_certificate_changed_on_the_way_is_not_the_one_that_was_signed() {
    let bench = Bench::new();
    let mut made = bench.message();
    *made.certificates.get_mut(0).unwrap().last_mut().unwrap() ^= 1;
    let report = bench.report(&made.encode());
    assert_eq!(told(&report), (Some(S::NoSigningCertificateFound), Some(Code::SigningCertificateMismatch)));
    made.certificates.clear();
    let report = bench.report(&made.encode());
    assert_eq!(told(&report), (Some(S::NoSigningCertificateFound), Some(Code::SigningCertificateNotFound)));
    assert_eq!(report.signature_value, SignatureValue::Unsupported);
}

#[test]
fn the_signed_reference_names_the_signers_certificate() {
    // RFC 5035 §5.4
    let bench = Bench::new();
    let other = bench.centre.issue(&Recipe::leaf("other").serial(8), "signer");
    let with = |references: &[Vec<u8>]| {
        let signed = [content_type(oids::ID_DATA), message_digest(CONTENT)].into_iter().chain(references.to_vec());
        bench.told(&Made::by(&[SignerRecipe::of(&bench.signer).signed(signed.collect())]).encode())
    };
    let (own, foreign) = (&bench.signer.certificate, &other.certificate);
    assert_eq!(with(&[ess_v2(own)]), PASSED);
    assert_eq!(with(&[ess_v1(own)]), PASSED);
    assert_eq!(with(&[ess_v1(own), ess_v2(own)]), PASSED);
    let mismatch = (Some(S::NoSigningCertificateFound), Some(Code::SigningCertificateMismatch));
    for references in [vec![ess_v2(foreign)], vec![ess_v1(foreign)], vec![ess_v1(own), ess_v2(foreign)]] {
        assert_eq!(with(&references), mismatch);
    }
    let malformed = (Some(S::FormatFailure), Some(Code::AttributeMalformed));
    assert_eq!(with(&[ess_v2(own), ess_v2(own)]), malformed);
    assert_eq!(with(&[attribute(oids::SIGNING_CERTIFICATE_V2, &[&der::sequence(&[&der::sequence(&[])])])]), malformed);
}

/// A certificate with the signer's issuer and serial number, signed by nobody.
fn false_twin(key_seed: &str, subject: &str) -> Certificate {
    pki::root(&Recipe::ca("centre"), "nobody").issue(&Recipe::leaf(subject), key_seed).certificate
}

#[test]
fn false_certificates_beside_the_true_one_hide_nothing() {
    let bench = Bench::new();
    let without_reference = || {
        let signed = vec![content_type(oids::ID_DATA), message_digest(CONTENT)];
        Made::by(&[SignerRecipe::of(&bench.signer).signed(signed)])
    };
    assert_eq!(bench.told(&without_reference().encode()), PASSED);
    // With keys of their own, and with the signer's key under other names.
    for count in 1..8 {
        for seed in ["nobody", "signer"] {
            let mut made = without_reference();
            for n in 0..count {
                made.certificates.insert(0, false_twin(seed, &format!("signer {n}")).der().to_vec());
            }
            let report = bench.report(&made.encode());
            assert_eq!(told(&report), PASSED, "{count} with the key of {seed}");
            assert_eq!(report.signer.as_ref(), Some(&bench.signer.certificate));
        }
    }
}

#[test]
fn false_certificates_from_elsewhere_hide_nothing_that_the_document_brings() {
    let mut bench = Bench::new();
    let signed = Some(vec![content_type(oids::ID_DATA), message_digest(CONTENT)]);
    for signed in [signed.clone(), None] {
        let made = Made::by(&[SignerRecipe { signed: signed.clone(), ..SignerRecipe::of(&bench.signer) }]).encode();
        // The content signed alone is sound, and not enough for the policy.
        let missing = (Some(S::SigConstraintsFailure), Some(Code::SignedAttributesMissing));
        let expected = if signed.is_some() { PASSED } else { missing };
        for n in 0..20 {
            assert_eq!(bench.told(&made), expected, "{n} twins");
            bench.evidence.add_certificate(false_twin("nobody", &format!("signer {n}")));
        }
        bench.evidence = Bench::new().evidence;
    }
    // Where the true one is nowhere: wrong under all that there are, or not known under all.
    let mut made = Made::by(&[SignerRecipe { signed, ..SignerRecipe::of(&bench.signer) }]);
    made.certificates.clear();
    for n in 0..17 {
        bench.evidence.add_certificate(false_twin("nobody", &format!("signer {n}")));
        let report = bench.report(&made.encode());
        let has = |code| report.reasons.iter().any(|r| r.code == code);
        let (invalid, cut) = (has(Code::SignatureInvalid), has(Code::SearchBudgetSpent));
        assert_eq!((invalid, cut), (n < 16, n == 16), "{n}");
        let expected = if n < 16 { Indication::TotalFailed } else { Indication::Indeterminate };
        assert_eq!(report.verdict.indication, expected, "{n}");
    }
}

#[test]
fn a_false_certificate_alone_never_passes() {
    let bench = Bench::new();
    let twin = false_twin("signer", "signer");
    let signed = vec![content_type(oids::ID_DATA), message_digest(CONTENT), ess_v2(&twin)];
    let mut made = Made::by(&[SignerRecipe::of(&bench.signer).signed(signed)]);
    made.certificates = vec![twin.der().to_vec()];
    let told = bench.told(&made.encode());
    assert_eq!(told, (Some(S::NoCertificateChainFound), Some(Code::IssuerSignatureInvalid)));
}

#[test]
fn detached_content_must_be_there_and_be_the_one() {
    let bench = Bench::new();
    let detached = bench.message().detached().encode();
    let given = |content: Option<&[u8]>| told(bench.read(&detached, content).unwrap().signatures.first().unwrap());
    assert_eq!(given(Some(CONTENT)), PASSED);
    assert_eq!(given(None), (Some(S::SignedDataNotFound), Some(Code::ContentMissing)));
    assert_eq!(given(Some(b"")), (Some(S::HashFailure), Some(Code::ContentDigestMismatch)));
    assert_eq!(given(Some(b"other")), (Some(S::HashFailure), Some(Code::ContentDigestMismatch)));
}

#[test]
fn content_given_beside_a_message_is_the_one_inside_or_nothing_is_signed() {
    let bench = Bench::new();
    let attached = bench.message().encode();
    let given = |content: &[u8]| bench.read(&attached, Some(content)).unwrap().signatures.remove(0);
    assert_eq!(told(&given(CONTENT)), PASSED);
    let contradicted = given(b"other");
    assert_eq!(contradicted.verdict.sub_indication, Some(S::HashFailure));
    assert!(contradicted.reasons.contains(&Reason::plain(Code::ContentContradicted)));
}

#[test]
fn without_signed_attributes_the_content_itself_is_signed() {
    let bench = Bench::new();
    let bare = SignerRecipe { signed: None, ..SignerRecipe::of(&bench.signer) };
    let made = Made::by(std::slice::from_ref(&bare));
    let missing = (Some(S::SigConstraintsFailure), Some(Code::SignedAttributesMissing));
    assert_eq!(bench.told(&made.encode()), missing, "kz demands them");
    let bench = Bench::new().under("rfc5280").whatever_the_profile();
    let bare = SignerRecipe { signed: None, ..SignerRecipe::of(&bench.signer) };
    let made = Made::by(std::slice::from_ref(&bare));
    assert_eq!(bench.told(&made.encode()), PASSED);
    let changed = Made { content: Some(b"other".to_vec()), ..made.clone() };
    let report = bench.report(&changed.encode());
    assert_eq!(report.verdict.indication, Indication::TotalFailed);
    assert_eq!((report.signature_value, report.content_digest), (SignatureValue::Invalid, ContentDigest::Invalid));
    let missing = bench.report(&made.detached().encode());
    assert_eq!(missing.verdict.sub_indication, Some(S::SignedDataNotFound));
    assert_eq!(missing.content_digest, ContentDigest::ContentMissing);
    // RFC 5652 §5.3: only where the content is id-data.
    let typed = Made::by(&[SignerRecipe { content_type: oids::ID_SIGNED_DATA, ..bare }]);
    assert_eq!(bench.told(&typed.encode()), (Some(S::FormatFailure), Some(Code::AttributeMissing)));
}

#[test]
fn signed_attributes_never_pass_as_content() {
    // The attributes' octets, presented as the content of a message without attributes (RFC 5652 §11, note).
    let bench = Bench::new();
    let recipe = SignerRecipe::of(&bench.signer);
    let octets = der::set_of(&recipe.signed.as_ref().unwrap().iter().map(Vec::as_slice).collect::<Vec<_>>());
    let turned = SignerRecipe { signed: None, content: octets, ..recipe };
    let report = bench.read(&Made::by(&[turned]).encode(), None).unwrap();
    assert_ne!(report.verdict.indication, Indication::TotalPassed);
}

#[test]
fn algorithms_that_were_signed_are_those_of_the_message() {
    // RFC 6211 §4.1
    let bench = Bench::new();
    let signs = bench.signer.key.signature_algorithm().algorithm_identifier_der();
    let digest = |digest: DigestAlgorithm, null: &[u8]| der::sequence(&[&der::oid(digest.oid()), null]);
    let signature = |algorithm: &[u8]| {
        let mut tagged = algorithm.to_vec();
        *tagged.first_mut().unwrap() = tag::CONTEXT_CONSTRUCTED | 1;
        tagged
    };
    let with = |parts: &[&[u8]]| {
        let protection = attribute(oids::CMS_ALGORITHM_PROTECTION, &[&der::sequence(parts)]);
        bench.told(&Made::by(&[SignerRecipe::of(&bench.signer).and_signed(protection)]).encode())
    };
    assert_eq!(with(&[&digest(making::DIGEST, &der::null()), &signature(&signs)]), PASSED);
    // docs/divergences.md D-01
    assert_eq!(with(&[&digest(making::DIGEST, &[]), &signature(&signs)]), PASSED);
    let contradicted = (Some(S::FormatFailure), Some(Code::AlgorithmsContradicted));
    assert_eq!(with(&[&digest(DigestAlgorithm::Sha1, &der::null()), &signature(&signs)]), contradicted);
    let other = SignatureAlgorithm::GostR34102012_256.algorithm_identifier_der();
    assert_eq!(with(&[&digest(making::DIGEST, &der::null()), &signature(&other)]), contradicted);
    // Nothing said of the signature is not what the attribute is for in SignedData.
    assert_eq!(with(&[&digest(making::DIGEST, &der::null())]), contradicted);
    let malformed = (Some(S::FormatFailure), Some(Code::AttributeMalformed));
    assert_eq!(with(&[&signature(&signs)]), malformed);
}

#[test]
fn the_mandatory_attributes_stand_once_with_one_value() {
    // RFC 5652 §11.1, §11.2
    let bench = Bench::new();
    let ess = || ess_v2(&bench.signer.certificate);
    let with = |signed: Vec<Vec<u8>>| bench.told(&Made::by(&[SignerRecipe::of(&bench.signer).signed(signed)]).encode());
    let kind = || content_type(oids::ID_DATA);
    let digest = || message_digest(CONTENT);
    assert_eq!(with(vec![kind(), digest(), ess()]), PASSED);
    let missing = (Some(S::FormatFailure), Some(Code::AttributeMissing));
    assert_eq!(with(vec![digest(), ess()]), missing);
    assert_eq!(with(vec![kind(), ess()]), missing);
    let malformed = (Some(S::FormatFailure), Some(Code::AttributeMalformed));
    assert_eq!(with(vec![kind(), kind(), digest(), ess()]), malformed);
    assert_eq!(with(vec![kind(), digest(), digest(), ess()]), malformed);
    assert_eq!(with(vec![kind(), digest(), message_digest(b"other"), ess()]), malformed);
    let right = der::octet_string(&making::DIGEST.digest(CONTENT));
    let two_values = attribute(oids::MESSAGE_DIGEST, &[&right, &der::octet_string(&[0; 64])]);
    assert_eq!(with(vec![kind(), two_values, ess()]), malformed);
    assert_eq!(with(vec![kind(), attribute(oids::MESSAGE_DIGEST, &[]), ess()]), malformed);
    assert_eq!(with(vec![kind(), attribute(oids::MESSAGE_DIGEST, &[&der::null()]), ess()]), malformed);
}

#[test]
fn the_signed_content_type_is_that_of_the_content() {
    let bench = Bench::new();
    let signed = vec![content_type(oids::ID_CT_TST_INFO), message_digest(CONTENT), ess_v2(&bench.signer.certificate)];
    let told = bench.told(&Made::by(&[SignerRecipe::of(&bench.signer).signed(signed)]).encode());
    assert_eq!(told, (Some(S::FormatFailure), Some(Code::ContentTypeMismatch)));
}

#[test]
fn an_unsupported_algorithm_is_undecided_and_never_passes() {
    let bench = Bench::new();
    let mut recipe = SignerRecipe::of(&bench.signer);
    recipe.signature_algorithm = der::sequence(&[&der::oid(ObjectIdentifier::new_unwrap("1.3.101.113"))]);
    let report = bench.report(&Made::by(&[recipe]).encode());
    assert_eq!(report.signature_value, SignatureValue::Unsupported);
    assert_eq!(told(&report), (Some(S::SigConstraintsFailure), Some(Code::AlgorithmNotSupported)));
    let mut recipe = SignerRecipe::of(&bench.signer);
    recipe.digest_oid = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");
    let report = bench.report(&Made::by(&[recipe]).encode());
    assert_eq!(report.signature_value, SignatureValue::Unsupported);
    assert_eq!(report.content_digest, ContentDigest::Unsupported);
    assert_eq!(told(&report), (Some(S::SigConstraintsFailure), Some(Code::AlgorithmNotSupported)));
}

#[test]
fn the_key_usage_allows_signing_documents_where_the_policy_asks() {
    for recipe in [Recipe::leaf("signer").key_usage([7, 0x80]), Recipe::leaf("signer").without(x509_oids::KEY_USAGE)] {
        let bench = Bench::with_signer(&recipe);
        let document = bench.message().encode();
        assert_eq!(bench.told(&document), (Some(S::ChainConstraintsFailure), Some(Code::NoNonRepudiation)));
        let bench = bench.under("rfc5280");
        assert_eq!(bench.told(&document).1, Some(Code::OutOfProfile));
        assert_eq!(bench.whatever_the_profile().told(&document), PASSED);
    }
}

#[test]
fn a_service_never_signs_documents() {
    let eku = |purposes: &[ObjectIdentifier]| {
        let purposes: Vec<u8> = purposes.iter().flat_map(|p| der::oid(*p)).collect();
        Recipe::leaf("signer").with(x509_oids::EXTENDED_KEY_USAGE, false, der::sequence(&[&purposes]))
    };
    for purpose in [x509_oids::TIME_STAMPING, x509_oids::OCSP_SIGNING, x509_oids::SERVER_AUTH] {
        let bench = Bench::with_signer(&eku(&[purpose]));
        let told = bench.told(&bench.message().encode());
        assert_eq!(told, (Some(S::ChainConstraintsFailure), Some(Code::DevicePurpose)), "{purpose}");
    }
    let bench = Bench::with_signer(&eku(&[x509_oids::EMAIL_PROTECTION]));
    assert_eq!(bench.told(&bench.message().encode()), PASSED);
}

#[test]
fn what_the_signer_claims_about_time_decides_nothing() {
    let recipe = Recipe::leaf("signer").valid(day(0), day(95));
    let bench = Bench::with_signer(&recipe);
    let claims = |at| Made::by(&[SignerRecipe::of(&bench.signer).and_signed(signing_time(at))]).encode();
    let report = bench.report(&claims(day(94)));
    assert_eq!(report.claimed_signing_time, Some(day(94)));
    assert_eq!(report.best_signature_time, bench.at);
    assert_eq!(report.verdict.sub_indication, Some(S::OutOfBoundsNoPoe));
    // Nor does a false claim spoil a good signature.
    let bench = Bench::new();
    let claims = |at| Made::by(&[SignerRecipe::of(&bench.signer).and_signed(signing_time(at))]).encode();
    for at in [day(-3000), day(94), day(3000)] {
        assert_eq!(bench.told(&claims(at)), PASSED);
    }
}

#[test]
fn a_revoked_signer_is_refused_and_a_revoked_centre_too() {
    let mut bench = Bench::new();
    bench.evidence.add_crl(bench.centre.crl(&CrlRecipe::new(2).from(day(99)).revoke(7, day(98), &[])));
    assert_eq!(bench.told(&bench.message().encode()), (Some(S::RevokedNoPoe), Some(Code::Revoked)));
    let mut bench = Bench::new();
    let root = pki::root(&Recipe::ca("root"), "root");
    bench.evidence.add_crl(root.crl(&CrlRecipe::new(2).from(day(99)).revoke(7, day(98), &[])));
    assert_eq!(bench.told(&bench.message().encode()), (Some(S::RevokedCaNoPoe), Some(Code::CaRevoked)));
}

#[test]
fn a_failed_signature_is_failed_whatever_else_is_unknown() {
    let mut bench = Bench::new();
    bench.evidence = Pool::default();
    assert_eq!(bench.told(&bench.message().encode()).0, Some(S::TryLater));
    let made = Made { content: Some(b"other".to_vec()), ..bench.message() };
    let report = bench.report(&made.encode());
    assert_eq!(report.verdict.indication, Indication::TotalFailed);
    assert!(report.reasons.iter().any(|r| r.code == Code::RevocationUnknown), "{:?}", report.reasons);
}

#[test]
fn a_document_is_judged_by_its_worst_signature() {
    let bench = Bench::new();
    let expired = bench.centre.issue(&Recipe::leaf("expired").serial(8).valid(day(0), day(50)), "expired");
    let (good, unsure) = (SignerRecipe::of(&bench.signer), SignerRecipe::of(&expired));
    let failed = SignerRecipe::of(&bench.signer).signed(vec![
        content_type(oids::ID_DATA),
        message_digest(b"other"),
        ess_v2(&bench.signer.certificate),
    ]);
    let verdict = |signers: &[SignerRecipe<'_>]| bench.read(&Made::by(signers).encode(), None).unwrap().verdict;
    assert_eq!(verdict(&[good.clone(), good.clone()]).indication, Indication::TotalPassed);
    assert_eq!(verdict(&[good.clone(), unsure.clone()]).indication, Indication::Indeterminate);
    assert_eq!(verdict(&[unsure.clone(), failed.clone(), good.clone()]).sub_indication, Some(S::HashFailure));
    assert_eq!(verdict(&[failed, good, unsure]).sub_indication, Some(S::HashFailure));
}

#[test]
fn a_message_that_nobody_signed_is_not_read_as_good() {
    let bench = Bench::new();
    let unsigned = Made { signers: Vec::new(), ..bench.message() }.encode();
    assert_eq!(bench.read(&unsigned, None).unwrap_err(), ReadError::NoSignature);
    assert_eq!(bench.read(b"%PDF-1.7", None).unwrap_err().code(), "FORMAT_NOT_SUPPORTED");
    assert_eq!(bench.read(b"\x30\x03\x02\x01\x00", None).unwrap_err().code(), "MALFORMED");
}

#[test]
fn the_path_itself_is_held_to_the_policys_algorithms() {
    let mut bench = Bench::new();
    bench.policy.algorithms.retain(|rule| rule.name != "ed25519");
    let told = bench.told(&bench.message().encode());
    assert_eq!(told, (Some(S::CryptoConstraintsFailureNoPoe), Some(Code::AlgorithmNotAccepted)));
    let rule = crate::policy::AlgorithmRule {
        name: "ed25519".to_owned(),
        key_bits_min: 0,
        until: Some(day(100)),
        source: String::new(),
    };
    bench.policy.algorithms.push(rule.clone());
    assert_eq!(bench.told(&bench.message().encode()).1, Some(Code::AlgorithmNotAccepted));
    bench.policy.algorithms.pop();
    bench.policy.algorithms.push(crate::policy::AlgorithmRule { until: Some(day(100).plus_seconds(1)), ..rule });
    assert_eq!(bench.told(&bench.message().encode()), PASSED);
}

#[test]
fn a_signing_certificate_is_asked_about_before_it_signs() {
    let bench = Bench::new();
    let asked = |bench: &Bench| {
        let reasons = check_signing_certificate(&bench.signer.certificate, &bench.terms(), &SignatureBook::default());
        reasons.iter().map(|r| r.code).collect::<Vec<_>>()
    };
    assert_eq!(asked(&bench), []);
    let logging_in = Bench::with_signer(&Recipe::leaf("signer").key_usage([7, 0x80]));
    assert_eq!(asked(&logging_in), [Code::NoNonRepudiation]);
    let mut unsure = Bench::new();
    unsure.evidence = Pool::default();
    assert!(asked(&unsure).contains(&Code::RevocationUnknown));
}

#[test]
fn a_path_over_an_algorithm_that_is_not_accepted_does_not_hide_one_that_is() {
    use crate::crypto::{KeyAlgorithm, SeededEntropy};
    let mut bench = Bench::new();
    bench.policy.algorithms.retain(|rule| rule.name == "ed25519");
    let key = SigningKey::generate(KeyAlgorithm::EcP256, &mut SeededEntropy::new(b"another root")).unwrap();
    let other = pki::root_with(&Recipe::ca("another root"), key);
    let crossed = other.issue(&Recipe::ca("centre").serial(8), "centre").certificate;
    bench.evidence.add_crl(other.crl(&CrlRecipe::new(1)));
    let good = pki::root(&Recipe::ca("root"), "root").certificate;
    let centre = bench.centre.certificate.clone();
    let told = |trusted: &[&Certificate]| {
        let certificates: Vec<Certificate> = trusted.iter().map(|c| (*c).clone()).collect();
        let trust = TrustSnapshot::of_certificates(&certificates).compile().unwrap();
        let terms = Terms { trust: &trust, ..bench.terms() };
        let reasons = check_signing_certificate(&bench.signer.certificate, &terms, &SignatureBook::default());
        reasons.into_iter().map(|r| r.code).collect::<Vec<_>>()
    };
    assert_eq!(told(&[&good, &centre, &other.certificate, &crossed]), []);
    assert_eq!(told(&[&other.certificate, &crossed, &good, &centre]), []);
    assert!(told(&[&other.certificate, &crossed]).contains(&Code::AlgorithmNotAccepted));
}
