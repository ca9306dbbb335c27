//! Secret scalars of the curves of ECDSA, big-endian: drawn, read from SEC 1, and multiplied into the public key that ring
//! wants to see beside them.

use zeroize::Zeroizing;

use super::ec_curve::{EcCurve, on_curve};
use super::ec_point::{self, be_octets};
use super::entropy::{Entropy, EntropyError};
use super::gost::random_scalar;
use super::key::{ID_EC_PUBLIC_KEY, KeyError};
use super::secret_der;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::kernel::Curve;
use crate::kernel::curve::multiply;
use crate::kernel::montgomery::{from_le_octets, is_zero, less};

/// Draws a scalar.
pub(super) fn generate(curve: EcCurve, entropy: &mut dyn Entropy) -> Result<Zeroizing<Vec<u8>>, EntropyError> {
    on_curve!(curve, arithmetic => {
        let scalar = random_scalar(&arithmetic.order, |out| entropy.fill(out))?;
        Ok(Zeroizing::new(be_octets(&scalar, curve.size())))
    })
}

/// The uncompressed point that belongs to a scalar; `None` where it is zero, not below the order, or of another length.
pub(super) fn public_octets(curve: EcCurve, scalar: &[u8]) -> Option<Vec<u8>> {
    fn derive<const L: usize>(curve: &Curve<L>, scalar: &[u8]) -> Option<Vec<u8>> {
        let reversed = Zeroizing::new(scalar.iter().rev().copied().collect::<Vec<u8>>());
        let k = Zeroizing::new(from_le_octets::<L>(&reversed));
        let in_range = !is_zero(&k) && less(&k, &curve.order.m);
        in_range.then(|| ec_point::write(curve, scalar.len(), &multiply(curve, &k, &curve.generator)))
    }
    if scalar.len() != curve.size() {
        return None;
    }
    on_curve!(curve, arithmetic => derive(arithmetic, scalar))
}

/// What an ECPrivateKey holds.
pub(super) struct EcPrivateKey {
    pub(super) scalar: Zeroizing<Vec<u8>>,
    /// The uncompressed point, where it is there.
    pub(super) public: Option<Vec<u8>>,
}

/// Reads an ECPrivateKey (RFC 5915). *Takes* `named`: the parameters that it may repeat, in DER.
pub(super) fn read(named: &[u8], sec1: &[u8]) -> Result<EcPrivateKey, KeyError> {
    let mut outer = Reader::new(sec1, Encoding::Ber, "ECPrivateKey");
    let mut body = outer.sequence()?;
    outer.finish()?;
    if body.small_integer()? != 1 {
        return Err(body.malformed(MalformedKind::Version).into());
    }
    let scalar = Zeroizing::new(body.expect(tag::OCTET_STRING)?.content.to_vec());
    if let Some(params) = body.optional(tag::CONTEXT_CONSTRUCTED)?
        && params.content != named
    {
        return Err(KeyError::UnsupportedParameters { oid: ID_EC_PUBLIC_KEY });
    }
    let public = match body.optional(tag::CONTEXT_CONSTRUCTED | 1)? {
        Some(public) => Some(public_key(&mut public.reader())?),
        None => None,
    };
    body.finish()?;
    Ok(EcPrivateKey { scalar, public })
}

fn public_key(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let public = reader.expect(tag::BIT_STRING)?.bit_string()?.to_vec();
    reader.finish()?;
    Ok(public)
}

/// Writes an ECPrivateKey without parameters: they stand in the PKCS#8 around it.
pub(super) fn encode(scalar: &[u8], public: &[u8]) -> Zeroizing<Vec<u8>> {
    let scalar = secret_der::octet_string(scalar);
    secret_der::sequence(&[&der::integer_u64(1), &scalar, &der::context(1, &der::bit_string(public))])
}
