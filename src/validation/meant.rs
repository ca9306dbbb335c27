//! Whom a signer means: the certificates that its identifier names, held to its signed reference, with the algorithm that its
//! words mean for each key.
//!
//! All of it follows from some octets of the signer, the certificates beside it, and what we have ourselves. Officers repeat
//! these octets in every document, so it is found out once (`Known`).

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use const_oid::ObjectIdentifier;

use super::conclude::Path;
use super::reason::{Code, Reason};
use crate::cms::{Attributes, EssCertId, SignerIdentifier, SignerInfo, oids};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, UnsupportedAlgorithm};
use crate::limits::KNOWN_LINKS_MAX;
use crate::path::{Links, Sources};
use crate::time::Timestamp;
use crate::x509::{Certificate, Name};

/// How many certificates of one issuer and serial number are tried, of those that were at hand and of those that the
/// document brings: neither a false one inside it nor one from elsewhere may push the true one out.
const CANDIDATES_MAX: usize = 16;

/// Whom a signer means.
#[derive(Debug)]
pub(super) struct Meant {
    /// The signer's own words, as received (`tell_words`): one after the other, in as few lines of memory as they take.
    words: Vec<u8>,
    /// How the content is digested, where that is supported.
    pub(super) digest: Option<DigestAlgorithm>,
    /// Certificates that the signer may mean, the likeliest first.
    pub(super) candidates: Vec<Candidate>,
    /// Whether there were more of them than are tried.
    pub(super) candidates_cut: bool,
    /// What is wrong with what the signer says of itself.
    pub(super) faults: Vec<Reason>,
    links: OnceLock<Arc<Links>>,
    path: RwLock<Option<(Moment, Arc<Path>)>>,
}

/// When a path was asked about: the time of the question, and since when the signature is proven to exist.
pub(super) type Moment = (Timestamp, Option<Timestamp>);

/// Attributes that name the signer's certificate.
const REFERENCES: [ObjectIdentifier; 2] = [oids::SIGNING_CERTIFICATE, oids::SIGNING_CERTIFICATE_V2];

/// A certificate that the signer may mean.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) certificate: Certificate,
    pub(super) algorithm: Result<SignatureAlgorithm, Reason>,
}

impl Meant {
    /// Finds it out.
    pub(super) fn of(info: &SignerInfo<'_>, sources: &Sources<'_>) -> Self {
        let digest = DigestAlgorithm::from_oid(info.digest_algorithm.oid);
        let mut faults = Vec::new();
        let (candidates, candidates_cut) = candidates(info, digest, sources, &mut faults);
        let mut words = Vec::new();
        tell_words(info, |piece| words.extend_from_slice(piece));
        words.shrink_to_fit();
        Self { words, digest, candidates, candidates_cut, faults, links: OnceLock::new(), path: RwLock::default() }
    }

    /// Octets of the signer's own words that are kept.
    pub(super) fn words_bytes(&self) -> usize {
        self.words.len()
    }

    /// Whether this was found out from the same octets.
    pub(super) fn is_by(&self, info: &SignerInfo<'_>) -> bool {
        let mut left = Some(self.words.as_slice());
        tell_words(info, |piece| left = left.and_then(|words| words.strip_prefix(piece)));
        left.is_some_and(<[u8]>::is_empty)
    }

    /// The links of a document that has this signer and no time stamps, where they were asked for before.
    pub(super) fn links(&self) -> Option<&Arc<Links>> {
        self.links.get()
    }

    /// Keeps them.
    pub(super) fn keep_links(&self, links: &Arc<Links>) {
        if links.len() <= KNOWN_LINKS_MAX.value {
            // Whoever was quicker kept the same.
            let _ = self.links.set(Arc::clone(links));
        }
    }

    /// The path of the only candidate in a document that has this signer and no time stamps: known, or found and kept.
    pub(super) fn path(&self, moment: Moment, find: impl FnOnce() -> Arc<Path>) -> Arc<Path> {
        let kept = self.path.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, path)) = kept.as_ref().filter(|(at, _)| *at == moment) {
            return Arc::clone(path);
        }
        drop(kept);
        let path = find();
        *self.path.write().unwrap_or_else(PoisonError::into_inner) = Some((moment, Arc::clone(&path)));
        path
    }
}

/// All that is meant rests on, in pieces: what varies in length stands behind its length, lists behind their count, so that no two
/// signers with other words give the same octets.
fn tell_words(info: &SignerInfo<'_>, mut tell: impl FnMut(&[u8])) {
    let [head, named] = info.said;
    for said in [head, named] {
        tell(&said.len().to_be_bytes());
        tell(said);
    }
    tell(&[u8::from(info.signed_attrs.is_some())]);
    for attribute in references(info) {
        tell(&[u8::from(attribute.oid == oids::SIGNING_CERTIFICATE)]);
        tell(&attribute.values.len().to_be_bytes());
        for value in &attribute.values {
            tell(&value.len().to_be_bytes());
            tell(value);
        }
    }
}

fn references<'i, 'a>(info: &'i SignerInfo<'a>) -> impl Iterator<Item = &'i crate::cms::Attribute<'a>> {
    let attributes = info.signed_attrs.iter().flat_map(|all| &all.list);
    attributes.filter(|attribute| REFERENCES.contains(&attribute.oid))
}

/// Certificates that the signer may mean: those that its identifier names, held to its signed reference where it has one; and
/// whether some were left out.
fn candidates(
    info: &SignerInfo<'_>,
    digest: Option<DigestAlgorithm>,
    sources: &Sources<'_>,
    faults: &mut Vec<Reason>,
) -> (Vec<Candidate>, bool) {
    let mut named: Vec<&Certificate> = match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => sources.issued(&issuer.to_name(), serial),
        SignerIdentifier::SubjectKeyIdentifier(id) => sources.keyed(id),
    };
    // The same certificate may come from several sources; the order must not depend on theirs.
    named.sort_by_key(|c| c.fingerprint());
    named.dedup();
    let mut references: Vec<EssCertId> = Vec::new();
    for reference in info.signed_attrs.iter().flat_map(Attributes::signing_certificates) {
        match reference.map(|r| r.certs.into_iter().next()) {
            Ok(first) => references.extend(first),
            Err(_) => faults.push(Reason::about(Code::AttributeMalformed, "signing-certificate")),
        }
    }
    let mut referenced = named.clone();
    referenced.retain(|c| references.iter().all(|r| names(r, c)));
    let chosen = if referenced.is_empty() && !named.is_empty() {
        faults.push(Reason::plain(Code::SigningCertificateMismatch));
        named
    } else {
        referenced
    };
    if chosen.is_empty() {
        faults.push(Reason::plain(Code::SigningCertificateNotFound));
    }
    let count = chosen.len();
    // Where the signature covers the content itself, every candidate would digest it anew.
    let limit = if info.signed_attrs.is_some() { CANDIDATES_MAX } else { 1 };
    let (own, brought): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|c| sources.is_own(c.fingerprint()));
    let tried = own.into_iter().take(limit).chain(brought.into_iter().take(limit));
    let tried: Vec<Candidate> = tried.map(|c| Candidate::new(c.clone(), info, digest)).collect();
    let is_cut = tried.len() < count;
    (tried, is_cut)
}

/// RFC 5035 §5.4: hash, and issuer with serial number where they are there.
fn names(reference: &EssCertId, certificate: &Certificate) -> bool {
    let digest = match (&reference.hash_algorithm, reference.version) {
        (Some(algorithm), _) => DigestAlgorithm::from_oid(algorithm.oid),
        (None, 1) => Some(DigestAlgorithm::Sha1),
        (None, _) => Some(DigestAlgorithm::Sha256),
    };
    let hash = digest.is_some_and(|d| d.digest(certificate.der()) == reference.cert_hash);
    let serial = reference.serial.as_deref().is_none_or(|s| s == certificate.serial());
    let issuer = reference
        .issuer
        .as_deref()
        .is_none_or(|name| Name::from_der(name).is_ok_and(|name| name == *certificate.issuer()));
    hash && serial && issuer
}

impl Candidate {
    fn new(certificate: Certificate, info: &SignerInfo<'_>, digest: Option<DigestAlgorithm>) -> Self {
        let algorithm = match (certificate.public_key(), digest) {
            (Err(error), _) => Err(Reason::about(Code::KeyNotUsable, error)),
            (Ok(_), None) => Err(Reason::about(Code::AlgorithmNotSupported, info.digest_algorithm.oid)),
            (Ok(key), Some(digest)) => {
                let stated = &info.signature_algorithm;
                SignatureAlgorithm::resolve(stated.oid, stated.parameters.as_deref(), Some(digest), key).map_err(
                    |error| match error {
                        UnsupportedAlgorithm::KeySize { bits } => {
                            Reason::about(Code::KeyTooShort, format_args!("{bits} bits"))
                        }
                        _ => Reason::about(Code::AlgorithmNotSupported, stated.oid),
                    },
                )
            }
        };
        Self { certificate, algorithm }
    }
}

#[cfg(test)]
mod tests {
    use smallvec::SmallVec;

    use super::*;
    use crate::cms::Attribute;
    use crate::path::Pool;
    use crate::x509::AlgorithmIdentifier;

    /// A reference: whether of version 1, and its values.
    type Reference = (bool, &'static [&'static [u8]]);

    fn info(said: [&'static [u8]; 2], references: Option<&[Reference]>) -> SignerInfo<'static> {
        let algorithm = AlgorithmIdentifier { oid: oids::ID_DATA, parameters: None };
        let attribute = |(first, values): &Reference| Attribute {
            oid: if *first { oids::SIGNING_CERTIFICATE } else { oids::SIGNING_CERTIFICATE_V2 },
            values: SmallVec::from_slice(values),
        };
        SignerInfo {
            said,
            version: 3,
            sid: SignerIdentifier::SubjectKeyIdentifier(&[]),
            digest_algorithm: algorithm.clone(),
            signed_attrs: references.map(|all| Attributes { raw: &[], list: all.iter().map(attribute).collect() }),
            signature_algorithm: algorithm,
            signature: (&[][..]).into(),
            unsigned_attrs: None,
        }
    }

    #[test]
    fn other_words_are_never_taken_for_the_same() {
        let said: [&[u8]; 2] = [b"ab", b"c"];
        let all = [
            info([b"a", b"bc"], None),
            info([b"ab", b"d"], None),
            info([b"", b"abc"], None),
            info(said, None),
            info(said, Some(&[])),
            info(said, Some(&[(true, &[])])),
            info(said, Some(&[(true, &[b"xy"])])),
            info(said, Some(&[(false, &[b"xy"])])),
            info(said, Some(&[(true, &[b"x", b"y"])])),
            info(said, Some(&[(true, &[b"x"]), (true, &[b"y"])])),
            info(said, Some(&[(true, &[b"x"]), (false, &[b"y"])])),
            info(said, Some(&[(true, &[b"xy"]), (true, &[])])),
            info(said, Some(&[(true, &[]), (true, &[b"xy"])])),
        ];
        let nothing = Pool::default();
        for (place, one) in all.iter().enumerate() {
            let meant = Meant::of(one, &Sources { anchors: &nothing, pools: [&nothing; 3] });
            for (other, info) in all.iter().enumerate() {
                assert_eq!(meant.is_by(info), place == other, "{place} beside {other}");
            }
        }
    }
}
