//! What is at hand to build paths from: certificates, CRLs and OCSP responses, indexed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::x509::{Certificate, Crl, Fingerprint, Name, OcspResponse};

/// Certificates, CRLs and OCSP responses from one source; nothing in it is trusted for being in it.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    certificates: HashMap<Vec<u8>, Vec<Certificate>>,
    /// By issuer and serial number.
    issued: HashMap<(Vec<u8>, Vec<u8>), Vec<Certificate>>,
    /// By subject key identifier.
    keyed: HashMap<Vec<u8>, Vec<Certificate>>,
    crls: HashMap<Vec<u8>, Vec<Crl>>,
    /// By the serial numbers that they speak of.
    answers: HashMap<Vec<u8>, Vec<Arc<OcspResponse>>>,
    responses: Vec<Arc<OcspResponse>>,
    known: HashSet<Fingerprint>,
    seal: PoolSeal,
}

/// What a pool holds, in a word: two pools with the same content have the same seal, in whatever order it came. It tells
/// pools of ours apart, and proves nothing against somebody who makes certificates for the purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSeal {
    count: usize,
    folded: [u8; 32],
}

impl Pool {
    /// Remembers that something is here; gives whether it is new.
    fn note(&mut self, fingerprint: Fingerprint) -> bool {
        let new = self.known.insert(fingerprint);
        if new {
            self.seal.count = self.seal.count.saturating_add(1);
            self.seal.folded.iter_mut().zip(fingerprint.0).for_each(|(folded, octet)| *folded ^= octet);
        }
        new
    }

    /// Its seal.
    pub fn seal(&self) -> PoolSeal {
        self.seal
    }

    /// Adds a certificate; the same one twice counts once.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        if self.note(certificate.fingerprint()) {
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
        if self.note(crl.fingerprint()) {
            self.crls.entry(crl.issuer().comparable().to_vec()).or_default().push(crl);
        }
    }

    /// Adds an OCSP response; the same one twice counts once, one without an answer not at all.
    pub fn add_ocsp_response(&mut self, response: OcspResponse) {
        if !response.responses.is_empty() && self.note(response.fingerprint) {
            self.index_response(Arc::new(response));
        }
    }

    fn index_response(&mut self, response: Arc<OcspResponse>) {
        let serials: HashSet<&[u8]> = response.responses.iter().map(|one| one.cert_id.serial.as_slice()).collect();
        for serial in serials {
            self.answers.entry(serial.to_vec()).or_default().push(Arc::clone(&response));
        }
        self.responses.push(response);
    }

    /// Adds what the octets are: a certificate, a CRL or an OCSP response; gives whether they are any of these.
    pub fn add_der(&mut self, octets: &[u8]) -> bool {
        if let Ok(certificate) = Certificate::parse(octets) {
            self.add_certificate(certificate);
        } else if let Ok(crl) = Crl::parse(octets) {
            self.add_crl(crl);
        } else if let Ok(response) = OcspResponse::parse(octets) {
            self.add_ocsp_response(response);
        } else {
            return false;
        }
        true
    }

    /// Takes in everything of another pool.
    pub fn extend(&mut self, other: Self) {
        other.certificates.into_values().flatten().for_each(|c| self.add_certificate(c));
        other.crls.into_values().flatten().for_each(|c| self.add_crl(c));
        for response in other.responses {
            if self.note(response.fingerprint) {
                self.index_response(response);
            }
        }
    }

    /// Every certificate, in no particular order.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.values().flatten()
    }

    /// Every CRL, in no particular order.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.values().flatten()
    }

    /// Every OCSP response, in no particular order.
    pub fn ocsp_responses(&self) -> impl Iterator<Item = &OcspResponse> {
        self.responses.iter().map(Arc::as_ref)
    }

    /// Whether a certificate, CRL or OCSP response with these octets is here.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.known.contains(&fingerprint)
    }

    /// How many certificates, CRLs and OCSP responses are here.
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
    /// about where to look), among these what was at hand before the document came; then anchors before the pools in their
    /// order; each certificate once.
    pub(super) fn issuers_of(&self, certificate: &Certificate) -> Vec<&'a Certificate> {
        let mut found = self.named(certificate.issuer());
        found.sort_by_key(|c| {
            let another_key = match (certificate.authority_key_identifier(), c.subject_key_identifier()) {
                (Some(wanted), Some(has)) => wanted != has,
                _ => false,
            };
            (another_key, !self.is_own(c.fingerprint()))
        });
        found
    }

    /// The certificates whose subject has this name, in the order of their sources, each once.
    pub(super) fn named(&self, subject: &Name) -> Vec<&'a Certificate> {
        let mut seen = HashSet::new();
        self.all()
            .filter_map(|pool| pool.certificates.get(subject.comparable()))
            .flatten()
            .filter(|c| seen.insert(c.fingerprint()))
            .collect()
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

    /// OCSP responses that speak of this serial number, each once.
    pub(super) fn ocsp_responses(&self, serial: &[u8]) -> Vec<&'a OcspResponse> {
        let mut seen = HashSet::new();
        self.all()
            .filter_map(|pool| pool.answers.get(serial))
            .flatten()
            .filter(|r| seen.insert(r.fingerprint))
            .map(Arc::as_ref)
            .collect()
    }

    /// Whether a certificate, CRL or OCSP response is at hand whatever the document carries: an anchor, from the snapshot, or evidence.
    pub fn is_own(&self, fingerprint: Fingerprint) -> bool {
        let [material, evidence, _] = self.pools;
        [self.anchors, material, evidence].iter().any(|pool| pool.contains(fingerprint))
    }

    /// Whether the document brings a CRL or an OCSP response that is not at hand without it.
    pub(super) fn brings_evidence(&self) -> bool {
        let [_, _, carried] = self.pools;
        let crls = carried.crls().map(Crl::fingerprint);
        crls.chain(carried.ocsp_responses().map(|r| r.fingerprint)).any(|fingerprint| !self.is_own(fingerprint))
    }

    /// Whether this very certificate is an anchor. One that takes an anchor's name and key (RFC 5280 §6.1.1 (d)) is none:
    /// anybody could write it, with a later end and fewer constraints, and the anchor itself is found by its name anyway.
    pub(super) fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.anchors.known.contains(&certificate.fingerprint())
    }
}
