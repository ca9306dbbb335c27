//! What is at hand to build paths from: certificates and CRLs, indexed by name.

use std::collections::{HashMap, HashSet};

use crate::x509::{Certificate, Crl, Fingerprint, Name};

/// Certificates and CRLs from one source; nothing in it is trusted for being in it.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    certificates: HashMap<Vec<u8>, Vec<Certificate>>,
    /// By issuer and serial number.
    issued: HashMap<(Vec<u8>, Vec<u8>), Vec<Certificate>>,
    /// By subject key identifier.
    keyed: HashMap<Vec<u8>, Vec<Certificate>>,
    crls: HashMap<Vec<u8>, Vec<Crl>>,
    known: HashSet<Fingerprint>,
}

impl Pool {
    /// Adds a certificate; the same one twice counts once.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        if self.known.insert(certificate.fingerprint()) {
            let issued = (certificate.issuer().comparable().to_vec(), certificate.serial().to_vec());
            self.issued.entry(issued).or_default().push(certificate.clone());
            if let Some(id) = certificate.subject_key_identifier() {
                self.keyed.entry(id.to_vec()).or_default().push(certificate.clone());
            }
            self.certificates.entry(certificate.subject().comparable().to_vec()).or_default().push(certificate);
        }
    }

    /// Adds a CRL; the same one twice counts once.
    pub fn add_crl(&mut self, crl: Crl) {
        if self.known.insert(crl.fingerprint()) {
            self.crls.entry(crl.issuer().comparable().to_vec()).or_default().push(crl);
        }
    }

    /// Takes in everything of another pool.
    pub fn extend(&mut self, other: Self) {
        other.certificates.into_values().flatten().for_each(|c| self.add_certificate(c));
        other.crls.into_values().flatten().for_each(|c| self.add_crl(c));
    }

    /// Every certificate, in no particular order.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.values().flatten()
    }

    /// Every CRL, in no particular order.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.values().flatten()
    }

    /// Whether a certificate or CRL with these octets is here.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.known.contains(&fingerprint)
    }

    /// How many certificates and CRLs are here.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is here.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// Where one target's path may come from: trust anchors, and pools that only carry material.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The anchors: a path ends here and nowhere else.
    pub anchors: &'a Pool,
    /// Material without trust: issuing centres of the snapshot, evidence, what came with the document.
    pub pools: [&'a Pool; 3],
}

impl<'a> Sources<'a> {
    /// Candidate issuers of a certificate, by name: those whose key identifier it names first (RFC 5280 §4.2.1.1: a hint
    /// about where to look), then anchors before the pools in their order; each certificate once.
    pub(super) fn issuers_of(&self, certificate: &Certificate) -> Vec<&'a Certificate> {
        let mut seen = HashSet::new();
        let mut found: Vec<&'a Certificate> = self
            .all()
            .filter_map(|pool| pool.certificates.get(certificate.issuer().comparable()))
            .flatten()
            .filter(|c| seen.insert(c.fingerprint()))
            .collect();
        found.sort_by_key(|c| match (certificate.authority_key_identifier(), c.subject_key_identifier()) {
            (Some(wanted), Some(has)) => wanted != has,
            _ => false,
        });
        found
    }

    /// The certificates that this issuer gave this serial number; the same one once per pool that holds it.
    pub fn issued(&self, issuer: &Name, serial: &[u8]) -> Vec<&'a Certificate> {
        let key = (issuer.comparable().to_vec(), serial.to_vec());
        self.all().filter_map(|pool| pool.issued.get(&key)).flatten().collect()
    }

    /// The certificates with this subject key identifier; the same one once per pool that holds it.
    pub fn keyed(&self, id: &[u8]) -> Vec<&'a Certificate> {
        self.all().filter_map(|pool| pool.keyed.get(id)).flatten().collect()
    }

    fn all(&self) -> impl Iterator<Item = &'a Pool> + use<'a> {
        std::iter::once(self.anchors).chain(self.pools)
    }

    /// CRLs whose issuer has this name, each once.
    pub(super) fn crls(&self, issuer: &Name) -> Vec<&'a Crl> {
        let mut seen = HashSet::new();
        self.all()
            .filter_map(|pool| pool.crls.get(issuer.comparable()))
            .flatten()
            .filter(|c| seen.insert(c.fingerprint()))
            .collect()
    }

    /// Whether a certificate or CRL is at hand whatever the document carries: an anchor, from the snapshot, or evidence.
    pub fn is_own(&self, fingerprint: Fingerprint) -> bool {
        let [material, evidence, _] = self.pools;
        [self.anchors, material, evidence].iter().any(|pool| pool.contains(fingerprint))
    }

    /// Whether this very certificate is an anchor. One that takes an anchor's name and key (RFC 5280 §6.1.1 (d)) is none:
    /// anybody could write it, with a later end and fewer constraints, and the anchor itself is found by its name anyway.
    pub(super) fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.anchors.known.contains(&certificate.fingerprint())
    }
}
