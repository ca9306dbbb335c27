use super::write::{data, mac_data};
use super::*;
use crate::codec::armour;
use crate::codec::der;
use crate::crypto::tests::{key, keys};
use crate::crypto::{KeyAlgorithm, SeededEntropy};

/// The least that `subject_public_key_info` takes for a certificate.
fn certificate(key: &PublicKey) -> Vec<u8> {
    let null = der::null();
    let tbs = der::sequence(&[&der::context(0, &[2, 1, 2]), &null, &null, &null, &null, &null, key.spki_der()]);
    der::sequence(&[&tbs, &null, &null])
}

fn container(key: &SigningKey, certificates: Vec<Vec<u8>>) -> KeyContainer {
    let key = SigningKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
    KeyContainer { key, certificates, friendly_name: Some("Кілт 1".to_owned()) }
}

fn written(contents: &KeyContainer) -> Vec<u8> {
    write(contents, "Qwerty12", &mut SeededEntropy::new(b"salts")).unwrap()
}

#[test]
fn what_is_written_is_read_back_with_the_keys_own_certificate_first() {
    for own in keys() {
        let foreign =
            key(if own.key_algorithm() == KeyAlgorithm::EcP256 { KeyAlgorithm::EcP384 } else { KeyAlgorithm::EcP256 });
        let certificates = [foreign, own].map(|key| certificate(key.public_key()));
        let read = read(&written(&container(own, certificates.to_vec())), "Qwerty12").unwrap();
        assert_eq!(read.key.public_key(), own.public_key());
        assert_eq!(read.certificates, [certificates[1].clone(), certificates[0].clone()]);
        assert_eq!(read.friendly_name.as_deref(), Some("Кілт 1"));
    }
}

fn sample() -> Vec<u8> {
    let own = key(KeyAlgorithm::GostKz512);
    written(&container(own, vec![certificate(own.public_key())]))
}

#[test]
fn salts_come_from_the_entropy_alone() {
    let own = key(KeyAlgorithm::GostKz512);
    let contents = container(own, vec![certificate(own.public_key())]);
    assert_eq!(written(&contents), sample());
    assert_ne!(write(&contents, "Qwerty12", &mut SeededEntropy::new(b"others")).unwrap(), sample());
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_file() {
    let sample = sample();
    for wrong in ["Qwerty13", "", "Qwerty12 "] {
        assert!(matches!(read(&sample, wrong), Err(ContainerError::WrongPassword)), "{wrong:?}");
    }
    for cut in [0, 1, 40, sample.len() - 1] {
        assert!(matches!(read(&sample[..cut], "Qwerty12"), Err(ContainerError::Malformed(_))), "{cut}");
    }
    let longer = [&sample[..], &[0]].concat();
    assert!(matches!(read(&longer, "Qwerty12"), Err(ContainerError::Malformed(_))));
    let mut altered = sample;
    altered[200] ^= 1;
    assert!(matches!(read(&altered, "Qwerty12"), Err(ContainerError::WrongPassword)), "the MAC does not hold");
}

/// A container around any contents, under a right MAC.
fn sealed(auth_safe: &[u8], mac: Option<&[u8]>) -> Vec<u8> {
    der::sequence(&[&der::integer_u64(3), &data(auth_safe), mac.unwrap_or_default()])
}

#[test]
fn contents_without_a_mac_are_not_looked_at() {
    let plain = der::context(0, &key(KeyAlgorithm::Ed25519).to_pkcs8_der());
    let safe = data(&der::sequence(&[&der::sequence(&[&der::oid(KEY_BAG), &plain])]));
    let auth_safe = der::sequence(&[&safe]);
    assert!(matches!(read(&sealed(&auth_safe, None), "Qwerty12"), Err(ContainerError::UnsupportedProtection)));
    let mac = mac_data("Qwerty12", &[1; 8], &auth_safe);
    let read = read(&sealed(&auth_safe, Some(&mac)), "Qwerty12").unwrap();
    assert_eq!(read.key.public_key(), key(KeyAlgorithm::Ed25519).public_key());
    assert!(read.certificates.is_empty());
}

#[test]
fn exactly_one_key_is_expected() {
    let plain = der::context(0, &key(KeyAlgorithm::Ed25519).to_pkcs8_der());
    let bag = der::sequence(&[&der::oid(KEY_BAG), &plain]);
    let open = |bags: &[&[u8]]| {
        let auth_safe = der::sequence(&[&data(&der::sequence(bags))]);
        read(&sealed(&auth_safe, Some(&mac_data("Qwerty12", &[1; 8], &auth_safe))), "Qwerty12")
    };
    assert!(matches!(open(&[]), Err(ContainerError::NoKey)));
    assert!(open(&[&bag]).is_ok());
    assert!(matches!(open(&[&bag, &bag]), Err(ContainerError::SeveralKeys { count: 2 })));
}

#[test]
fn certificates_that_are_all_of_other_keys_are_refused() {
    let foreign = certificate(key(KeyAlgorithm::EcP256).public_key());
    let bytes = written(&container(key(KeyAlgorithm::GostKz512), vec![foreign]));
    assert!(matches!(read(&bytes, "Qwerty12"), Err(ContainerError::CertificateMismatch)));
}

#[test]
fn iterations_are_bounded_over_the_whole_file() {
    let digest =
        der::sequence(&[&der::sequence(&[&der::oid(DigestAlgorithm::Sha1.oid())]), &der::octet_string(&[0; 20])]);
    let mac = |iterations| der::sequence(&[&digest, &der::octet_string(&[1; 8]), &der::integer_u64(iterations)]);
    let auth_safe = der::sequence(&[]);
    let open = |iterations| read(&sealed(&auth_safe, Some(&mac(iterations))), "Qwerty12");
    assert!(matches!(open(2_000_001), Err(ContainerError::Limit(_))));
    assert!(matches!(open(0), Err(ContainerError::Malformed(_))));
    assert!(matches!(open(1), Err(ContainerError::WrongPassword)));
    let mut budget = IterationBudget::new();
    assert!(budget.spend(1_500_000).is_ok() && budget.spend(1_500_000).is_err());
}

/// `openssl pkcs12 -export` of OpenSSL 3.0: PBES2 with AES-256, MAC with SHA-256; password `Qwerty12`.
const MODERN: &str = "MIIEQQIBAzCCA/cGCSqGSIb3DQEHAaCCA+gEggPkMIID4DCCAnIGCSqGSIb3DQEHBqCCAmMwggJfAgEAMIICWAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj1iJ2TA2K0sgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEt6XF+nxqEKmOxQKBqsgjqAggHw4dv8dmuwGb/AeRgMzVzcPINiuJqxadT2Of3EHGUpK7GLW5S9x0FV6WWFcsaS8bNE5WinhpHDzjp1mhPHZ3sslbsWf26T39LJ2/15Ck32n5gXF05X93QJep29x4zvfMmEHgbOLFoFUK1GxlyMmDnNx08Tm6ehq90SaZ3uCoCnZRlatbc2+1w0A8CoMxzBCrHkbd96o49Wsn2xD/iQPJcB5QbZsrjbwlafJfut/j34gyL+NRJwIlVp3GJaGRLvbgHIfWEy/UFc08eDpY+r76DQZbcxUmUo3iN94w+Mj5LXL7erGPcvOMqO9A2+ptZoRrI6m0Sznmc97czq9GJFoQd5cqbxswyhHu1Q4HSSRetMeqPvwlu6aozpw6yItbW7yyjZfsdVaNR42loffikoMd/w951jqk81Kg8Tn7Hcy3tT5J0J7KpsjansoctLicjJXnRpzxJdDIPfa/HFzlmfWaCHYO67nPEJYbI3QGckQOjVbcsdytSpO81Es3AsAEpMiiCp2Z5/x10MEneKrcKWShXT1iKrlZ5qdSJEhYEFB4qhLunwJ3UhL/Ow4HK9tpB7tPH+XEAeftqdPZPaKYaz6WRC5jvogcycFgMlorGUvhEpT0VcwA7B/9FkR8c+PCF8HyWUvZRSNXk6L4G0qacRyQ0iMTCCAWYGCSqGSIb3DQEHAaCCAVcEggFTMIIBTzCCAUsGCyqGSIb3DQEMCgECoIHvMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjwX78w2iPtgQICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBxUNay5VdbbFeLN/Xazr3QEgZBIB6bMGYJpOqotpooRIRlCT0na616MNTMS09CnPwBOqh9iR7XRdo2+zscSKJSdAf0PEUuyDP0Js+QMucHxH46em1BAWnVESWVpPkJi2H++AmshEmvU8YKLcCpSsG85UUxFq1BfKtrmqKy65NzuzVHseqHHAMiwdKPhgIASXuRIO70ixzCJ2TtW/Kc+FCFERPExSjAjBgkqhkiG9w0BCRQxFh4UAG0AbwBkAGUAcgBuACAAawBlAHkwIwYJKoZIhvcNAQkVMRYEFB4b/FafKQHsY9XTgETomrROudDkMEEwMTANBglghkgBZQMEAgEFAAQgBK+LMLRvc7YFS5pRnqBk6nJ1ILuCcG6nDbZ1v59XCm4ECGhjgyibvBaeAgIIAA==";

#[test]
fn a_container_of_modern_openssl_opens_with_its_password_only() {
    let bytes = armour::decode(MODERN).unwrap();
    let container = read(&bytes, "Qwerty12").unwrap();
    assert_eq!(container.friendly_name.as_deref(), Some("modern key"));
    assert_eq!(container.certificates.len(), 1);
    assert!(container.key.sign(b"message").is_ok());
    assert!(matches!(read(&bytes, "Qwerty13"), Err(ContainerError::WrongPassword)));
}
