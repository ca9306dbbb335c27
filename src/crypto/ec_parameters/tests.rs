use super::*;
use crate::codec::armour;
use crate::codec::der::Encoding;
use crate::crypto::PublicKey;
use crate::crypto::ecdsa::values::EXPLICIT;

fn decode(text: &str) -> Vec<u8> {
    armour::decode(text).unwrap()
}

#[test]
fn openssl_s_explicit_parameters_are_the_curve_whose_numbers_they_are() {
    for (named, explicit, compressed) in EXPLICIT {
        let named = PublicKey::from_spki_der(&decode(named)).unwrap();
        for other in [explicit, compressed] {
            let other = PublicKey::from_spki_der(&decode(other)).unwrap();
            assert_eq!((&other, other.algorithm_name()), (&named, named.algorithm_name()));
        }
    }
}

/// The fields of P-256, one by one.
struct Fields {
    version: Vec<u8>,
    field: Vec<u8>,
    p: Vec<u8>,
    a: Vec<u8>,
    b: Vec<u8>,
    seed: Vec<u8>,
    base: Vec<u8>,
    order: Vec<u8>,
    cofactor: Vec<u8>,
}

impl Fields {
    fn p256() -> Self {
        let curve = &crate::kernel::curves::P256;
        let (a, b) = curve.coefficients();
        let number = |words: &[u64; 4]| be_octets(words, 32);
        Self {
            version: der::integer_u64(1),
            field: der::oid(PRIME_FIELD),
            p: der::integer(&number(&curve.field.m)),
            a: der::octet_string(&number(&a)),
            b: der::octet_string(&number(&b)),
            seed: Vec::new(),
            base: der::octet_string(&ec_point::write(curve, 32, &curve.generator)),
            order: der::integer(&number(&curve.order.m)),
            cofactor: der::integer_u64(1),
        }
    }

    fn read(&self) -> Result<EcCurve, KeyError> {
        let field = der::sequence(&[&self.field, &self.p]);
        let coefficients = der::sequence(&[&self.a, &self.b, &self.seed]);
        let params = der::sequence(&[&self.version, &field, &coefficients, &self.base, &self.order, &self.cofactor]);
        super::read(&Reader::single(&params, Encoding::Der, "test").unwrap())
    }
}

/// One bit of a value's last octet turned.
fn off(value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if let Some(last) = value.last_mut() {
        *last ^= 2;
    }
    value
}

#[test]
fn one_number_off_and_the_parameters_are_nobody_s() {
    let sound = Fields::p256();
    assert_eq!(sound.read(), Ok(EcCurve::P256));
    let refused = |change: fn(&mut Fields)| {
        let mut fields = Fields::p256();
        change(&mut fields);
        assert_eq!(fields.read(), Err(KeyError::UnknownCurve));
    };
    refused(|f| f.version = der::integer_u64(2));
    refused(|f| f.field = der::oid(ObjectIdentifier::new_unwrap("1.2.840.10045.1.2")));
    refused(|f| f.p = off(&f.p));
    refused(|f| f.a = off(&f.a));
    refused(|f| f.b = off(&f.b));
    refused(|f| f.order = off(&f.order));
    refused(|f| f.cofactor = der::integer_u64(2));
    refused(|f| f.base = off(&f.base));
    refused(|f| f.base = der::octet_string(&[0]));
    // CVE-2020-0601: another generator on the same curve. Here 2G, uncompressed and compressed.
    let curve = &crate::kernel::curves::P256;
    let twice = ec_point::write(curve, 32, &crate::kernel::curve::double(curve, &curve.generator));
    let mut fields = Fields::p256();
    fields.base = der::octet_string(&twice);
    assert_eq!(fields.read(), Err(KeyError::UnknownCurve));
    fields.base = der::octet_string(&[&[2 + (twice[64] & 1)], &twice[1..33]].concat());
    assert_eq!(fields.read(), Err(KeyError::UnknownCurve));
}

#[test]
fn seed_and_cofactor_may_be_there_or_not_and_nothing_else() {
    let mut fields = Fields::p256();
    fields.seed = der::bit_string(&[7; 20]);
    assert_eq!(fields.read(), Ok(EcCurve::P256));
    fields.cofactor = Vec::new();
    assert_eq!(fields.read(), Ok(EcCurve::P256));
    fields.cofactor = [der::integer_u64(1), der::null()].concat();
    assert!(matches!(fields.read(), Err(KeyError::Malformed(_))));
    fields.cofactor = der::integer_u64(1);
    fields.seed = der::null();
    assert!(matches!(fields.read(), Err(KeyError::Malformed(_))));
}

#[test]
fn implicit_parameters_and_unknown_names_are_refused() {
    for params in [der::null(), der::oid(ObjectIdentifier::new_unwrap("1.3.132.0.10"))] {
        let params = Reader::single(&params, Encoding::Der, "test").unwrap();
        assert!(matches!(super::read(&params), Err(KeyError::UnsupportedParameters { .. })));
    }
}
