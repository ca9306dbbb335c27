//! Elliptic curves of ECDSA by name: identifier, size, and the arithmetic that goes with each.

use const_oid::ObjectIdentifier;

/// A curve that ECDSA is verified on; all are of prime order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EcCurve {
    /// P-256, secp256r1 (NIST SP 800-186 §3.2.1.3).
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
}

impl EcCurve {
    /// Every curve.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The name of a key on it, as reports have it.
    pub fn key_name(self) -> &'static str {
        match self {
            Self::P256 => "ec-p256",
            Self::P384 => "ec-p384",
            Self::P521 => "ec-p521",
        }
    }

    /// The identifier that a key names it by (RFC 5480 §2.1.1.1).
    pub fn oid(self) -> ObjectIdentifier {
        const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
        match self {
            Self::P256 => P256,
            Self::P384 => P384,
            Self::P521 => P521,
        }
    }

    /// Size of the field, in bits; that of the order is the same for all of them.
    pub fn bits(self) -> usize {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// Octets of a coordinate, and of a scalar.
    pub(super) fn size(self) -> usize {
        self.bits().div_ceil(8)
    }
}

/// Evaluates an expression with the arithmetic of a curve, whatever its number of words.
macro_rules! on_curve {
    ($name:expr, $curve:ident => $body:expr) => {{
        use $crate::crypto::ec_curve::EcCurve;
        use $crate::kernel::curves;
        match $name {
            EcCurve::P256 => {
                let $curve = &curves::P256;
                $body
            }
            EcCurve::P384 => {
                let $curve = &curves::P384;
                $body
            }
            EcCurve::P521 => {
                let $curve = &curves::P521;
                $body
            }
        }
    }};
}

pub(super) use on_curve;
