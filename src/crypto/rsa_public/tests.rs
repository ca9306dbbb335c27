//! The private operation over octets as a test wants them, for the tests of both paddings.

use std::sync::OnceLock;

use super::*;
use crate::codec::der::tag;
use crate::crypto::KeyAlgorithm;
use crate::crypto::tests::key;

/// The numbers of the RSA test key: n and d.
pub(in crate::crypto) fn numbers() -> &'static (BoxedUint, BoxedUint) {
    static NUMBERS: OnceLock<(BoxedUint, BoxedUint)> = OnceLock::new();
    NUMBERS.get_or_init(|| {
        let pkcs1 = pkcs1();
        let mut body = Reader::new(&pkcs1, Encoding::Der, "RSAPrivateKey").sequence().unwrap();
        let [_version, n, _e, d] = [(); 4].map(|()| body.integer().unwrap());
        [n, d].map(|x| BoxedUint::from_be_slice(without_sign_octet(x), 2048).unwrap()).into()
    })
}

pub(in crate::crypto) fn pkcs1() -> Vec<u8> {
    let pkcs8 = key(KeyAlgorithm::Rsa2048).to_pkcs8_der();
    let mut body = Reader::new(&pkcs8, Encoding::Der, "PrivateKeyInfo").sequence().unwrap();
    body.integer().unwrap();
    body.sequence().unwrap();
    body.expect(tag::OCTET_STRING).unwrap().content.to_vec()
}

/// RSASP1 over any octets below the modulus.
pub(in crate::crypto) fn sign_raw(em: &[u8]) -> Vec<u8> {
    let (n, d) = numbers();
    let modulus = BoxedMontyParams::new_vartime(Odd::new(n.clone()).unwrap());
    let em = BoxedUint::from_be_slice(em, 2048).unwrap();
    BoxedMontyForm::new(em, &modulus).pow(d).retrieve().to_be_bytes().to_vec()
}

#[test]
fn the_public_operation_undoes_the_private_one_and_a_value_has_one_form() {
    let em = [&[0][..], &[7; 255]].concat();
    let value = sign_raw(&em);
    let public = key(KeyAlgorithm::Rsa2048).public_key().key_octets();
    assert_eq!(recover(public, &value), Some((em, 2048)));
    assert_eq!(recover(public, &[&[0], &value[..]].concat()), None, "a zero in front");
    assert_eq!(recover(public, &value[1..]), None);
    assert_eq!(recover(public, &[&value[..], &[0]].concat()), None);
    let n = numbers().0.to_be_bytes();
    assert_eq!(recover(public, &n), None, "not below the modulus");
}
