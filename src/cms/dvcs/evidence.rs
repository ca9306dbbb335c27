//! TargetEtcChain (RFC 3029 §7.5): what is to be validated, or was, with what it rests on.

use super::status::PkiStatusInfo;
use crate::codec::der::{self, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::DVCS_TOKENS_MAX;

/// One piece of evidence. Pieces that we never look into are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertEtcToken {
    /// `[0]`: a certificate, in DER with its own tag.
    Certificate(Vec<u8>),
    /// `[2]`: the server's own decision about what stands before it.
    PkiStatus(PkiStatusInfo),
    /// `[3]`: a statement of somebody else, a ContentInfo: the receipt of a foreign third party.
    Assertion(Vec<u8>),
    /// `[4]`: a CRL, in DER with its own tag.
    Crl(Vec<u8>),
    /// `[7]`: an OCSP response, in DER with its own tag.
    OcspResponse(Vec<u8>),
    /// Any other choice: ESSCertID, CertStatus, CertID, capabilities, an extension.
    Other(Vec<u8>),
}

impl CertEtcToken {
    fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        let own_tag = || der::tlv(tag::SEQUENCE, value.content);
        Ok(match value.tag.checked_sub(tag::CONTEXT_CONSTRUCTED) {
            Some(0) => Self::Certificate(own_tag()),
            Some(2) => Self::PkiStatus(PkiStatusInfo::parse(value.reader().named("PKIStatusInfo"))?),
            Some(3) => Self::Assertion(own_tag()),
            Some(4) => Self::Crl(own_tag()),
            Some(7) => Self::OcspResponse(own_tag()),
            Some(1 | 5 | 6 | 8) => Self::Other(value.raw.to_vec()),
            // [5] CertStatus may be primitive; an extension is a plain SEQUENCE.
            _ if value.tag == tag::CONTEXT | 5 || value.tag == tag::SEQUENCE => Self::Other(value.raw.to_vec()),
            _ => {
                let kind = MalformedKind::UnexpectedTag { found: value.tag, expected: tag::CONTEXT_CONSTRUCTED };
                return Err(value.malformed(kind));
            }
        })
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Certificate(sequence) => retag(sequence, 0),
            Self::PkiStatus(status) => status.encode(tag::CONTEXT_CONSTRUCTED | 2),
            Self::Assertion(sequence) => retag(sequence, 3),
            Self::Crl(sequence) => retag(sequence, 4),
            Self::OcspResponse(sequence) => retag(sequence, 7),
            Self::Other(raw) => raw.clone(),
        }
    }
}

/// Puts an IMPLICIT context tag in the place of a SEQUENCE's own.
fn retag(sequence: &[u8], number: u8) -> Vec<u8> {
    match sequence.split_first() {
        Some((_, rest)) => [&[tag::CONTEXT_CONSTRUCTED | number], rest].concat(),
        None => Vec::new(),
    }
}

/// ASN.1: `TargetEtcChain ::= SEQUENCE { target CertEtcToken, chain SEQUENCE OF CertEtcToken OPTIONAL, pathProcInput [0]
/// PathProcInput OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetEtcChain {
    /// What the answer is about.
    pub target: CertEtcToken,
    /// What it rests on.
    pub chain: Vec<CertEtcToken>,
    /// Initial policies and switches for the path, as they came.
    pub path_processing_input: Option<Vec<u8>>,
}

impl TargetEtcChain {
    /// Reads a list of them from the contents of its value.
    pub(super) fn parse_list(mut reader: Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut found = Vec::new();
        let mut tokens = 0_usize;
        while !reader.is_empty() {
            let one = Self::parse(reader.sequence()?, &mut tokens)?;
            found.push(one);
        }
        if found.is_empty() { Err(reader.malformed(MalformedKind::Truncated)) } else { Ok(found) }
    }

    fn parse(mut reader: Reader<'_>, tokens: &mut usize) -> Result<Self, Malformed> {
        let mut count = |at: &Reader<'_>| {
            *tokens = tokens.saturating_add(1);
            DVCS_TOKENS_MAX.check(*tokens).map_err(|e| at.malformed(MalformedKind::Limit(e)))
        };
        count(&reader)?;
        let target = CertEtcToken::parse(&reader.any()?)?;
        let mut chain = Vec::new();
        if let Some(list) = reader.optional(tag::SEQUENCE)? {
            let mut list = list.reader();
            while !list.is_empty() {
                count(&list)?;
                chain.push(CertEtcToken::parse(&list.any()?)?);
            }
        }
        let path_processing_input = reader.optional(tag::CONTEXT_CONSTRUCTED)?.map(|input| input.raw.to_vec());
        reader.finish()?;
        Ok(Self { target, chain, path_processing_input })
    }

    /// Encodes the SEQUENCE.
    pub(super) fn encode(&self) -> Vec<u8> {
        let chain: Vec<u8> = self.chain.iter().flat_map(CertEtcToken::encode).collect();
        let chain = if self.chain.is_empty() { Vec::new() } else { der::tlv(tag::SEQUENCE, &chain) };
        let input = self.path_processing_input.clone().unwrap_or_default();
        der::tlv(tag::SEQUENCE, &[self.target.encode(), chain, input].concat())
    }

    /// What the server itself says about this target, where it says so. Several statements are kept in their order.
    pub fn statuses(&self) -> impl Iterator<Item = &PkiStatusInfo> {
        std::iter::once(&self.target).chain(&self.chain).filter_map(|token| match token {
            CertEtcToken::PkiStatus(status) => Some(status),
            _ => None,
        })
    }
}
