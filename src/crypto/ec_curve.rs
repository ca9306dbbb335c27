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
    /// brainpoolP256r1 (RFC 5639 §3.4).
    BrainpoolP256r1,
    /// brainpoolP256t1 (RFC 5639 §3.4), the twist of the one before.
    BrainpoolP256t1,
    /// brainpoolP320r1 (RFC 5639 §3.5).
    BrainpoolP320r1,
    /// brainpoolP320t1 (RFC 5639 §3.5), the twist of the one before.
    BrainpoolP320t1,
    /// brainpoolP384r1 (RFC 5639 §3.6).
    BrainpoolP384r1,
    /// brainpoolP384t1 (RFC 5639 §3.6), the twist of the one before.
    BrainpoolP384t1,
    /// brainpoolP512r1 (RFC 5639 §3.7).
    BrainpoolP512r1,
    /// brainpoolP512t1 (RFC 5639 §3.7), the twist of the one before.
    BrainpoolP512t1,
}

impl EcCurve {
    /// Every curve.
    pub const ALL: [Self; 11] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::BrainpoolP256r1,
        Self::BrainpoolP256t1,
        Self::BrainpoolP320r1,
        Self::BrainpoolP320t1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP384t1,
        Self::BrainpoolP512r1,
        Self::BrainpoolP512t1,
    ];

    /// The name of a key on it, as reports have it.
    pub fn key_name(self) -> &'static str {
        match self {
            Self::P256 => "ec-p256",
            Self::P384 => "ec-p384",
            Self::P521 => "ec-p521",
            Self::BrainpoolP256r1 => "ec-brainpoolp256r1",
            Self::BrainpoolP256t1 => "ec-brainpoolp256t1",
            Self::BrainpoolP320r1 => "ec-brainpoolp320r1",
            Self::BrainpoolP320t1 => "ec-brainpoolp320t1",
            Self::BrainpoolP384r1 => "ec-brainpoolp384r1",
            Self::BrainpoolP384t1 => "ec-brainpoolp384t1",
            Self::BrainpoolP512r1 => "ec-brainpoolp512r1",
            Self::BrainpoolP512t1 => "ec-brainpoolp512t1",
        }
    }

    /// The identifier that a key names it by (RFC 5480 §2.1.1.1, RFC 5639 §4.1).
    pub fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
            Self::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
            Self::BrainpoolP256t1 => "1.3.36.3.3.2.8.1.1.8",
            Self::BrainpoolP320r1 => "1.3.36.3.3.2.8.1.1.9",
            Self::BrainpoolP320t1 => "1.3.36.3.3.2.8.1.1.10",
            Self::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
            Self::BrainpoolP384t1 => "1.3.36.3.3.2.8.1.1.12",
            Self::BrainpoolP512r1 => "1.3.36.3.3.2.8.1.1.13",
            Self::BrainpoolP512t1 => "1.3.36.3.3.2.8.1.1.14",
        })
    }

    /// Size of the field, in bits; that of the order is the same for all of them.
    pub fn bits(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256r1 | Self::BrainpoolP256t1 => 256,
            Self::BrainpoolP320r1 | Self::BrainpoolP320t1 => 320,
            Self::P384 | Self::BrainpoolP384r1 | Self::BrainpoolP384t1 => 384,
            Self::BrainpoolP512r1 | Self::BrainpoolP512t1 => 512,
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
        use $crate::kernel::{brainpool, curves};
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
            EcCurve::BrainpoolP256r1 => {
                let $curve = &brainpool::BRAINPOOL_P256R1;
                $body
            }
            EcCurve::BrainpoolP256t1 => {
                let $curve = &brainpool::BRAINPOOL_P256T1;
                $body
            }
            EcCurve::BrainpoolP320r1 => {
                let $curve = &brainpool::BRAINPOOL_P320R1;
                $body
            }
            EcCurve::BrainpoolP320t1 => {
                let $curve = &brainpool::BRAINPOOL_P320T1;
                $body
            }
            EcCurve::BrainpoolP384r1 => {
                let $curve = &brainpool::BRAINPOOL_P384R1;
                $body
            }
            EcCurve::BrainpoolP384t1 => {
                let $curve = &brainpool::BRAINPOOL_P384T1;
                $body
            }
            EcCurve::BrainpoolP512r1 => {
                let $curve = &brainpool::BRAINPOOL_P512R1;
                $body
            }
            EcCurve::BrainpoolP512t1 => {
                let $curve = &brainpool::BRAINPOOL_P512T1;
                $body
            }
        }
    }};
}

pub(super) use on_curve;
