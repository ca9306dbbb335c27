use super::*;
use crate::codec::{armour, der};
use crate::crypto::pkcs12::{self, ContainerError, KeyContainer};
use crate::crypto::{PublicKey, SigningKey};

/// RFC 9548 appendix A.2: Kuznyechik in CTR-ACPKM with OMAC around the key, HMAC-Streebog-512.
const KUZNYECHIK_OMAC: &str = "MIIFKwIBAzCCBMQGCSqGSIb3DQEHAaCCBLUEggSxMIIErTCCAswGCSqGSIb3DQEHAaCCAr0EggK5MIICtTCCArEGCyqGSIb3DQEMCgEDoIICSjCCAkYGCiqGSIb3DQEJFgGgggI2BIICMjCCAi4wggHboAMCAQICBAGMuoQwCgYIKoUDBwEBAwIwODENMAsGA1UEChMEVEsyNjEnMCUGA1UEAxMeQ0EgVEsyNjogR09TVCAzNC4xMC0xMiAyNTYtYml0MB4XDTAxMDEwMTAwMDAwMFoXDTQ5MTIzMTAwMDAwMFowOzENMAsGA1UEChMEVEsyNjEqMCgGA1UEAxMhT1JJR0lOQVRPUjogR09TVCAzNC4xMC0xMiA1MTItYml0MIGgMBcGCCqFAwcBAQECMAsGCSqFAwcBAgECAQOBhAAEgYC0i7davCkOGGVcYqFPtS1fUIROzB0fYARIe0tclTRpare/qzRuVRapqzzO+K21LDpYVfDPs2Sqa13ZN+Ts/JUlv59qCFB2cYpFyB/0kh4+K79yvz7r8+4WE0EmZf8T3ae/J1Jo6xGunecH1/G4hMts9HYLnxbwJDMNVGuIHV6gzqOBhzCBhDBjBgNVHSMEXDBagBSsbA5MRGaiQpbinwk7JWbzy6RTKqE8pDowODENMAsGA1UEChMEVEsyNjEnMCUGA1UEAxMeQ0EgVEsyNjogR09TVCAzNC4xMC0xMiAyNTYtYml0ggQBjLqBMB0GA1UdDgQWBBR+BlcJmAytawioV+55AFg6ydegpDAKBggqhQMHAQEDAgNBAApeqfHQG6YvR5Pt5oDMiNFiIdeyK5a0qf5gdBe2czLfF1A9Q8M9ya658Xl53zLzgOQXVCfYQsg4DFQBrPyHBBAxVDAjBgkqhkiG9w0BCRUxFgQUeVV0+dS25MICJChpmGc/8AoUwE0wLQYJKoZIhvcNAQkUMSAeHgBwADEAMgBGAHIAaQBlAG4AZABsAHkATgBhAG0AZTCCAdkGCSqGSIb3DQEHAaCCAcoEggHGMIIBwjCCAb4GCyqGSIb3DQEMCgECoIIBVzCCAVMwWQYJKoZIhvcNAQUNMEwwKQYJKoZIhvcNAQUMMBwECKf4N7NMwugqAgIIADAMBggqhQMHAQEEAgUAMB8GCSqFAwcBAQUCAjASBBAlmt2WDfaPJlsAs0mLKglzBIH1DMvEacbbWRNDVSnXJLWygYrKoipdOjDA/2HEnBZ34uFOLNheUqiKpCPoFpbR2GBiVYVTVK9ibiczgacaEQYzDXtcS0QCZOxpKWfteAlbdJLC/SqPurPYyKi0MVRUPROhbisFASDT38HDH1Dh0dL5f6ga4aPWLrWbbgWERFOoOPyh4DotlPF37AQOwiEjsbyyRHq3HgbWiaxQRuAheqHOn4QVGY92/HFvJ7u3TcnQdLWhTe/lh1RHLNF3RnXtN9if9zC23laDZOiWZplUyLrUiTCbHrtn1RppPDmLFNMt9dJ7KKgCkOi7Zm5nhqPChbywX13wcfYxVDAjBgkqhkiG9w0BCRUxFgQUeVV0+dS25MICJChpmGc/8AoUwE0wLQYJKoZIhvcNAQkUMSAeHgBwADEAMgBGAHIAaQBlAG4AZABsAHkATgBhAG0AZTBeME4wCgYIKoUDBwEBAgMEQAkBKw4ihn7pSIYTEhu0bcvTPZjI3WgVxCkUVlOsc80G69EKFEOTnObGJGSKJ51UKkOsXF0a7+VBZf3BcVVQh9UECIVEtO+VpuskAgIIAA==";
/// RFC 9548 appendix A.3: Magma in CTR-ACPKM, with OMAC around the certificate and without around the key.
const MAGMA: &str = "MIIFjAIBAzCCBSUGCSqGSIb3DQEHAaCCBRYEggUSMIIFDjCCA0EGCSqGSIb3DQEHBqCCAzIwggMuAgEAMIIDJwYJKoZIhvcNAQcBMFUGCSqGSIb3DQEFDTBIMCkGCSqGSIb3DQEFDDAcBAgUuSVGsSwGjQICCAAwDAYIKoUDBwEBBAIFADAbBgkqhQMHAQEFAQIwDgQM9Hk3dagtS48+G/x+gIICwWGPqxxN+sTrKbruRf9R5Ya9cf5AtO1frqMnf1eULfmZmTg/BdE51QQ+Vbnh3v1kmspr6h2+e4Wli+ndEeCWG6A6X/G22h/RAHW2YrVmf6cCWxW+YrqzT4h/8RQL/9haunD5LmHPLVsYrEai0OwbgXayDSwARVJQLQYqsLNmZK5ViN+fRiS5wszVJ3AtVq8EuPt41aQEKwPy2gmH4S6WmnQRC6W7aoqmIifFPJENJNn5K2M1J6zNESs6bFtYNKMArNqtvv3rioY6eAaaLy6AV6ljsekmqodHmQjvY4eEioJs0xhpXhZY69PXT+ZBeHv6MSheBhwXqxAd1DqtPTafMjNK8rqKCap9TtPGvONvo5W9dgwegxRRQzlum8dzV4m1W9Aq4W7t8/UcxDWRz3k6ijFPlGaA9+8ZMTEORHhBRvM6OY2/VNNxbgxWfGYuPxpSi3YnCZIPmBEe5lU/Xv7KjzFusGM38F8YR61k4/QNpKI1QUv714YKfaUQznshGGzILv1NGID62pl1+JI3vuawi2mDMrmkuM9QFU9v/kRP+c2uBHDuOGEUUSNhF08p7+w3vxplatGWXH9fmIsPBdk2f3wkn+rwoqrEuijMI/bCAylU/M0DMKhAo9j31UYSZdi4fsfRWYDJMq/8FPn96tuo+oCpbqv3NUwpZM/8Li4xqgTHtYw/+fRG0/P6XadNEiII/TYjenLfVHXjAHOVJsVeCu/t3EsMYHQddNChrFk/Ic2PdIQOyB4/enpW0qrKegSbyZNuF1WI4zl4mI89L8dTQBUkhy45yQXZlDD8k1ErYdtdEsPtz/4zuSpbnmwCEIRoOuSXtGuJP+tbcWEXRKM2UBgi3qBjpn7DU18MtsrRM9pDdadl8mT/Vfh9+B8dZBZVxgQu70lMPEGexbUkYHuFCCnyi9J0V92StbIzElxla1VebjCCAcUGCSqGSIb3DQEHAaCCAbYEggGyMIIBrjCCAaoGCyqGSIb3DQEMCgECoIIBQzCCAT8wVQYJKoZIhvcNAQUNMEgwKQYJKoZIhvcNAQUMMBwECP0EQk0O1twvAgIIADAMBggqhQMHAQEEAgUAMBsGCSqFAwcBAQUBATAOBAzwxSqgAAAAAAAAAAAEgeUqj9mI3RDfK5hMd0EeYws7foZK/5ANr2wUhP5qnDjAZgn76lExJ+wuvlnS9PChfWVugvdl/9XJgQvvr9Cu4pOh4ICXplchcy0dGk/MzItHRVC5wK2nTxwQ4kKTkG9xhLFzoD16dhtqX0+/dQg9G8pE5EzCBIYRXLm1Arcz9k7KVsTJuNMjFrr7EQuuTr80ATSQOtsq50zpFyrpznVPGCrOdIjpymZxNdvw48bZxqTtRVDxCYATOGqz0pwHClWULHD9LIajLMB2GhBKyQw6ujIlltJs0T+WNdX/AT2FLi1LFSS3+Cj9MVQwIwYJKoZIhvcNAQkVMRYEFHlVdPnUtuTCAiQoaZhnP/AKFMBNMC0GCSqGSIb3DQEJFDEgHh4AcAAxADIARgByAGkAZQBuAGQAbAB5AE4AYQBtAGUwXjBOMAoGCCqFAwcBAQIDBEDp4e22JmXdnvR0xA99yQuzQuJ8pxBeOpsLm2dZQqt3Fje5zqW1uk/7VOcfV5r2bKm8nsLOs2rPT8hBOoeAZvOIBAjGIUHw6IjG2QICCAA=";
const PASSWORD: &str = "Пароль для PFX";

/// `openssl pkcs12 -export -keypbe kuznyechik-ctr-acpkm` with Debian's GOST engine 3.0.1: PBKDF2 with HMAC-SHA-256, MAC with
/// GOST R 34.11-94; password `Пароль`.
const KUZNYECHIK: &str = "MIIDmQIBAzCCA1IGCSqGSIb3DQEHAaCCA0MEggM/MIIDOzCCAiMGCSqGSIb3DQEHBqCCAhQwggIQAgEAMIICCQYJKoZIhvcNAQcBMFkGCSqGSIb3DQEFDTBMMCkGCSqGSIb3DQEFDDAcBAh4YLXiVyXoEAICCAAwDAYIKoZIhvcNAgkFADAfBgkqhQMHAQEFAgEwEgQQNChz1Dvm+tcAAAAAAAAAAICCAZ8LlxSIQPbBflzX64g7Z6xNB1lpYh7mb3u9Gaj+W1NVS4MFgr1/6seuC4L5dY9WrxD/4sUxh2egjd30y+azuxS8EqqFBMiEufn+byF9i2Tx2uYBcYu7I8/3kIsn+QmWX3e2LiDgfl7Wk6N/yn10f3KHMqX6opQzB5TDaA1Jeu7pFnlEqsRWmRnGonk6HMUNM6CD104C4IyccmpS/KgUSwbWR+s5aCq4M3JM15MyoUCHpK9dRs+MO5Gbs6ehvlMr1AkaRuDNzJz+juUdn7+L9EIKi4OF/MQ7NqhRl0mO5hCGlA+ne6yFAsclqJ2eNFKoCE+uPYmcl8Qc9VEuTunuLGuKxYGEWRaWrmLK/2+hLK8aLHzJdW1Sa394eOkOhiUXt41640cpGVqSeh4guJQ3XkCKhj+hfLcOuWYQC6Unt4Eo+pDEx7QdW1mlseEITfSupvXTcuTw0wM0enHxjdLe/Ct6qHz0h21RdVVpaVaVRiJlsMRof6GC/gCBcvpTlQ90eBsA3/1gxMxkhiSO5BTYi7Dc+INXK2wWku6tyRdPO73jMIIBEAYJKoZIhvcNAQcBoIIBAQSB/jCB+zCB+AYLKoZIhvcNAQwKAQKggagwgaUwWQYJKoZIhvcNAQUNMEwwKQYJKoZIhvcNAQUMMBwECJHubZkjSW1KAgIIADAMBggqhkiG9w0CCQUAMB8GCSqFAwcBAQUCATASBBCwthGpA48WaAAAAAAAAAAABEi4FVgQFpxsiK77uepTXKGeO0wxkKb33pOUjVyIcH5JxVwAuE5a1q1V8doB1B/i2ZuWwV3CrmQBGaXa+juRb0IXMdcxrup+RbYxPjAXBgkqhkiG9w0BCRQxCh4IAGcAbwBzAHQwIwYJKoZIhvcNAQkVMRYEFDz6zKzUCOoAc22scGIbN+98dH4CMD4wLjAKBgYqhQMCAgkFAAQgyUXjvdkrjtDAsyI9fT6Q1f6GUO2sLAfZwHhH2iRLWfoECIu7+/HHYzCVAgIIAA==";
/// The same with `gost89`: GOST 28147-89 in CFB with the S-box of TC26, MAC with Streebog-256.
const GOST_89: &str = "MIIDmwIBAzCCA1IGCSqGSIb3DQEHAaCCA0MEggM/MIIDOzCCAiMGCSqGSIb3DQEHBqCCAhQwggIQAgEAMIICCQYJKoZIhvcNAQcBMFkGCSqGSIb3DQEFDTBMMCkGCSqGSIb3DQEFDDAcBAgwoU5XzEIRiQICCAAwDAYIKoUDBwEBBAIFADAfBgYqhQMCAhUwFQQI5tj3V7easCoGCSqFAwcBAgUBAYCCAZ+LPJkIIM5SimDYreAYHDA320QxYPpvvqBGF8+ATZqvs/Q2Xz1FqD4Q18XcW/j5idhVu/DdRezzg2M2rlJTDZDkLT2BFbtmPiVr5Ozjzc4c3DRvuNkNBsKBHAuWU5TI1OmAOZ2Pu9AwZ0sydnbsr7pbUQ2qf2cAqErASzjiwa+h1lHfOfAmV2LzcUX6gJSncRifD3HorpqMtESyg1Iydi3IyyBLZl+n7bNotkAEd+yGFWHCbG6SRBgVJtpri3/ZYrdVUNOZOcgCP3+tib3Yu26z3/xqtes/x7YHC+GP0DHm0EbDPTXAGD7qXP3fx7rs81rcDohyoSkhP57owefJJQcTe9FgCVjyFCVliubiY0HAGQojL0oHF/kNy1619wcSG+hPcZ4hGxr41iFGfMDybIIT4uljYDj3Nux2BN1PHndSz8oSzgxkiqIgRuEVIYHOPA0SqfFecpDkHh8biqOPnk7Cu8IqsDV/HRMJs4ocDcQ3ONel/vocH3y15KgnvfQ/gA775DTsscsTmCyCb/v1EV16M3XskazHa3htI0jwdbrAMIIBEAYJKoZIhvcNAQcBoIIBAQSB/jCB+zCB+AYLKoZIhvcNAQwKAQKggagwgaUwWQYJKoZIhvcNAQUNMEwwKQYJKoZIhvcNAQUMMBwECLOtEYVIR0v7AgIIADAMBggqhQMHAQEEAgUAMB8GBiqFAwICFTAVBAhUAx3qBAy+RAYJKoUDBwECBQEBBEgPQHNJFWrm8vdTuajajXZWe23sNrXPGX5JlTAmcplrHMqOgYADy1dixzETRDIbrD4SD2Bn0H++ggSQJYdHyYYg6u4VGaB5TfkxPjAXBgkqhkiG9w0BCRQxCh4IAGcAbwBzAHQwIwYJKoZIhvcNAQkVMRYEFDz6zKzUCOoAc22scGIbN+98dH4CMEAwMDAMBggqhQMHAQECAgUABCB4pFlBhRUKC+XySC8LFfkwPA2LCfctlURRTrPI0nV8KwQIW+S47RkeQ5ICAggA";

fn octets(text: &str) -> Vec<u8> {
    armour::decode(text).unwrap()
}

fn open(octets: &[u8], password: &str) -> Result<KeyContainer, ContainerError> {
    pkcs12::read(octets, password)
}

#[test]
fn containers_of_the_standard_and_of_openssl_open_with_their_password_only() {
    for (text, password) in
        [(KUZNYECHIK_OMAC, PASSWORD), (MAGMA, PASSWORD), (KUZNYECHIK, "Пароль"), (GOST_89, "Пароль")]
    {
        let octets = octets(text);
        let container = open(&octets, password).unwrap();
        let [own] = container.certificates.as_slice() else { panic!("one certificate") };
        assert!(pkcs12::belongs(own, container.key.public_key()));
        assert!(container.key.sign(b"message").is_ok());
        for wrong in ["", "пароль"] {
            assert_eq!(open(&octets, wrong).err(), Some(ContainerError::WrongPassword), "{wrong:?}");
        }
    }
}

#[test]
fn any_altered_octet_of_a_container_is_refused() {
    let octets = octets(GOST_89);
    // The contents begin after the headers; the MAC, its salt and iterations end the file.
    for at in (60..octets.len()).step_by(61) {
        let mut altered = octets.clone();
        altered[at] ^= 1;
        assert!(open(&altered, "Пароль").is_err(), "{at}");
    }
}

#[test]
fn a_key_with_a_mac_inside_does_not_open_altered() {
    // The EncryptedPrivateKeyInfo inside of the first example, found by its header.
    let octets = octets(KUZNYECHIK_OMAC);
    let at = octets.windows(6).position(|header| header == [0x30, 0x82, 0x01, 0x53, 0x30, 0x59]).unwrap();
    let encrypted = octets[at..at + 0x157].to_vec();
    assert!(SigningKey::from_encrypted_pkcs8(&encrypted, PASSWORD).is_ok());
    assert_eq!(SigningKey::from_encrypted_pkcs8(&encrypted, "password").err(), Some(KeyError::WrongPassword));
    for at in (0x157 - 245..0x157).step_by(49) {
        let mut altered = encrypted.clone();
        altered[at] ^= 1;
        assert_eq!(SigningKey::from_encrypted_pkcs8(&altered, PASSWORD).err(), Some(KeyError::WrongPassword), "{at}");
    }
}

fn algorithm(iterations: u64, prf: &str, cipher: &[u8]) -> Vec<u8> {
    let prf = der::sequence(&[&der::oid(oid(prf)), &der::null()]);
    let params = der::sequence(&[&der::octet_string(&[7; 8]), &der::integer_u64(iterations), &prf]);
    let function = der::sequence(&[&der::oid(PBKDF2), &params]);
    der::sequence(&[&der::oid(oid("1.2.840.113549.1.5.13")), &der::sequence(&[&function, cipher])])
}

fn refusal(algorithm: &[u8]) -> KeyError {
    let encrypted = der::sequence(&[algorithm, &der::octet_string(&[0x30; 40])]);
    SigningKey::from_encrypted_pkcs8(&encrypted, "password").err().unwrap()
}

fn gost_28147(set: &str, iv: &[u8]) -> Vec<u8> {
    let params = der::sequence(&[&der::octet_string(iv), &der::oid(oid(set))]);
    der::sequence(&[&der::oid(GOST_28147), &params])
}

fn kuznyechik(ukm: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid("1.2.643.7.1.1.5.2.2")), &der::sequence(&[&der::octet_string(ukm)])])
}

const STREEBOG_512: &str = "1.2.643.7.1.1.4.2";
const CRYPTO_PRO_A: &str = "1.2.643.2.2.31.1";

#[test]
fn iterations_are_bounded_and_weigh_more_than_those_of_sha_1() {
    let cipher = gost_28147(CRYPTO_PRO_A, &[1; 8]);
    let refused = |iterations| refusal(&algorithm(iterations, STREEBOG_512, &cipher));
    assert_eq!(refused(1), KeyError::WrongPassword);
    for bomb in [250_001, 2_000_001, 2_147_483_647] {
        assert!(matches!(refused(bomb), KeyError::Limit(_)), "{bomb}");
    }
    assert!(matches!(refused(0), KeyError::Malformed(_)));
    // The MAC of a container derives two blocks.
    let mut budget = IterationBudget::new();
    let mut mac = |iterations| mac(DigestAlgorithm::Streebog512, "", (&[], iterations), (&[], &mut budget)).is_ok();
    assert!(mac(1) && !mac(125_000));
}

#[test]
fn what_is_russian_and_not_known_is_refused_by_name() {
    let known = gost_28147(CRYPTO_PRO_A, &[1; 8]);
    assert_eq!(refusal(&algorithm(1, STREEBOG_512, &known)), KeyError::WrongPassword);
    // The S-box for tests; another cipher; another function; the default function.
    let tests = gost_28147("1.2.643.2.2.31.0", &[1; 8]);
    let cbc = der::sequence(&[&der::oid(oid("1.2.643.2.2.21.1"))]);
    let aes_128 = der::sequence(&[&der::oid(oid("2.16.840.1.101.3.4.1.2")), &der::octet_string(&[1; 16])]);
    for unknown in [
        algorithm(1, STREEBOG_512, &tests),
        algorithm(1, STREEBOG_512, &cbc),
        algorithm(1, STREEBOG_512, &aes_128),
        algorithm(1, "1.2.643.7.1.1.4.3", &known),
        algorithm(1, "1.2.840.113549.2.7", &known),
    ] {
        assert_eq!(refusal(&unknown), KeyError::GostEncryption);
    }
}

#[test]
fn initialisation_vectors_have_their_size() {
    let gost = |size| refusal(&algorithm(1, STREEBOG_512, &gost_28147(CRYPTO_PRO_A, &vec![1; size])));
    assert_eq!(gost(8), KeyError::WrongPassword);
    assert!(matches!(gost(7), KeyError::Malformed(_)) && matches!(gost(9), KeyError::Malformed(_)));
    let ukm = |size| refusal(&algorithm(1, STREEBOG_512, &kuznyechik(&vec![1; size])));
    assert_eq!(ukm(16), KeyError::WrongPassword);
    assert!(matches!(ukm(15), KeyError::Malformed(_)) && matches!(ukm(17), KeyError::Malformed(_)));
    assert!(matches!(ukm(7), KeyError::Malformed(_)));
}

#[test]
fn a_bare_public_key_must_be_that_of_the_private_one() {
    let container = open(&octets(MAGMA), PASSWORD).unwrap();
    let spki: &PublicKey = container.key.public_key();
    let written = container.key.to_pkcs8_der();
    let mut body = Reader::new(&written, Encoding::Der, "PrivateKeyInfo").sequence().unwrap();
    let (_, algorithm, private) = (body.any().unwrap(), body.any().unwrap(), body.any().unwrap());
    let point = Reader::new(spki.key_octets(), Encoding::Der, "GostR3410-PublicKey").expect(tag::OCTET_STRING).unwrap();
    let read = |unused: u8, point: &[u8]| {
        let public = der::context_primitive(1, &[&[unused], point].concat());
        SigningKey::from_pkcs8_der(&der::sequence(&[&der::integer_u64(1), algorithm.raw, private.raw, &public])).err()
    };
    assert_eq!(read(0, point.content), None);
    assert_eq!(read(1, point.content), None);
    assert_eq!(read(0, point.raw), None);
    assert!(matches!(read(2, point.content), Some(KeyError::Malformed(_))));
    let mut other = point.content.to_vec();
    other[0] ^= 1;
    assert_eq!(read(0, &other), Some(KeyError::PairMismatch));
}
