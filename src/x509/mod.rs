//! Certificates, CRLs, OCSP responses and names: read, never judged.
//!
//! What is wrong with a value but does not hinder reading it is kept as a fact (`Certificate::public_key` may be an
//! error, an extension may be `Unreadable`); the rooms above decide what follows from it.

mod addresses;
mod cert_id;
mod certificate;
mod crl;
mod distribution_point;
mod extension;
mod general_name;
pub mod kz_profile;
mod name;
mod name_constraints;
mod ocsp;
mod ocsp_request;
pub mod oids;
mod policies;
mod roles;

pub use addresses::PublishedAt;
pub use cert_id::CertId;
pub(crate) use cert_id::key_octets;
pub use certificate::{Certificate, Fingerprint, Validity};
pub use crl::{Crl, RevocationReason, RevokedEntry};
pub use distribution_point::{
    DirectoryOrOther, DistributionPoint, DistributionPointName, IssuingDistributionPoint, ReasonFlags,
};
pub use extension::{BasicConstraints, Extension, ExtensionValue, KeyUsage};
pub use general_name::GeneralName;
pub use name::{AttributeValue, Name, RawName};
pub use name_constraints::NameConstraints;
pub use ocsp::{CertStatus, NonceStanding, NotAnAnswer, OcspResponse, OcspResponseStatus, ResponderId, SingleResponse};
pub use ocsp_request::{OcspRequest, encode_nonce};
pub use policies::{PolicyConstraints, PolicyMapping};
pub use roles::Role;

use const_oid::ObjectIdentifier;

use crate::codec::Malformed;
use crate::codec::der::{Encoding, Reader};

/// The parameters of an algorithm, whole: most are NULL, and need no allocation.
pub type AlgorithmParameters = smallvec::SmallVec<[u8; 8]>;

/// An AlgorithmIdentifier as received (RFC 5280 §4.1.1.2): `SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlgorithmIdentifier {
    /// The algorithm.
    pub oid: ObjectIdentifier,
    /// The parameters' whole encoding, where there are any.
    pub parameters: Option<AlgorithmParameters>,
}

impl AlgorithmIdentifier {
    /// Reads from the contents of the SEQUENCE.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let oid = reader.oid()?;
        let parameters = if reader.is_empty() { None } else { Some(reader.any()?.raw.into()) };
        reader.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Whether both name the same algorithm with the same parameters, where absent parameters and NULL count as the
    /// same (`docs/divergences.md` D-01).
    pub fn matches(&self, other: &Self) -> bool {
        const NULL: &[u8] = &[0x05, 0x00];
        let [mine, theirs] = [self, other].map(|one| one.parameters.as_deref().filter(|p| *p != NULL));
        self.oid == other.oid && mine == theirs
    }
}

/// The three parts every signed X.509 structure has: what is signed, how, and the value.
///
/// ASN.1: `SEQUENCE { tbs SEQUENCE, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The octets the signature covers, as received.
    pub tbs: std::ops::Range<usize>,
    /// The outer algorithm identifier, which is not covered.
    pub algorithm: AlgorithmIdentifier,
    /// The signature value, without the count of unused bits.
    pub value: Vec<u8>,
}

impl Signed {
    /// Reads the shell of `input`, which must be exactly one such structure.
    pub fn parse(input: &[u8], within: &'static str) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Der, within);
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let tbs = reader.expect(crate::codec::der::tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
        let value = reader.expect(crate::codec::der::tag::BIT_STRING)?.bit_string()?.to_vec();
        reader.finish()?;
        Ok(Self { tbs: tbs.at..tbs.at.saturating_add(tbs.raw.len()), algorithm, value })
    }
}

#[cfg(test)]
mod tests;
