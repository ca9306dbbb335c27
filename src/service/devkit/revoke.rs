//! Revocation at run time: the issuer's lists with the next number, so that integrators can try it out.

use std::path::Path;

use super::DevkitError;
use super::centre::{Lists, delta_label, read_certificate, read_index, read_key};
use super::index::Index;
use crate::signing::{self, Authority, CrlDraft, Revocation};
use crate::store::files;
use crate::time::Timestamp;
use crate::x509::{CertStatus, Certificate, Crl, RevocationReason};

/// Whom to revoke, and why.
#[derive(Clone, Debug)]
pub struct RevokeOrder {
    /// A label of the index, or a serial number in hexadecimal.
    pub name: String,
    /// Why; `RemoveFromCrl` takes off what is on hold.
    pub reason: RevocationReason,
    /// Since when the key is known to be compromised.
    pub invalid_since: Option<Timestamp>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Whom it is about.
    pub label: String,
    /// Label of the issuer.
    pub issuer: String,
    /// cRLNumber of the new lists.
    pub number: u64,
    /// Their files below the folder.
    pub files: Vec<String>,
}

/// Revokes a certificate of a devkit, or takes its hold off: the issuer's full list, and its delta list where it has one,
/// are made anew under the next number. Two at a time wait for each other.
///
/// *Errors*: `NotIssued`, `NoRevocationList`, `AlreadyRevoked`, `NotOnHold`, and whatever hinders reading and signing.
pub fn revoke(folder: &Path, order: &RevokeOrder, now: Timestamp) -> Result<Revoked, DevkitError> {
    let index = read_index(folder)?;
    let _held = files::lock(&folder.join(LOCK_FILE))?;
    let issued = Issued::read(folder, &index)?;
    let (label, certificate) = issued.find(&order.name)?;
    let issuer = index.entities.get(label).map(|e| e.issuer.clone()).unwrap_or_default();
    let lists = Lists::read(folder, &index, &issuer)?;
    check_standing(label, &lists.status(certificate.serial()), order.reason)?;
    // RFC 5280 §5.2.3: full and delta lists of one scope share their numbers.
    let numbers =
        [Some(&lists.full), lists.delta.as_ref()].into_iter().flatten().filter_map(|crl| number(crl.crl_number()));
    let number_now = numbers.max().unwrap_or(0).saturating_add(1);
    let whole_second = Timestamp::from_unix_seconds(now.unix_seconds());
    let entry = Revocation {
        serial: certificate.serial().to_vec(),
        revocation_date: whole_second,
        reason: Some(order.reason),
        invalidity_date: order.invalid_since,
    };
    let draft = |delta_base, next_update, revocations| CrlDraft {
        this_update: whole_second,
        next_update,
        number: number_now,
        delta_base,
        revocations,
    };
    let mut full = issued.entries(&[Some(&lists.full), lists.delta.as_ref()], &entry.serial);
    if order.reason != RevocationReason::RemoveFromCrl {
        full.push(entry.clone());
    }
    let mut drafts = vec![(issuer.clone(), draft(None, lists.full.next_update(), full))];
    if let Some(delta) = &lists.delta {
        let mut changes = issued.entries(&[Some(delta)], &entry.serial);
        changes.push(entry);
        let base = number(delta.delta_base()).unwrap_or_default();
        drafts.push((delta_label(&issuer), draft(Some(base), delta.next_update(), changes)));
    }
    let files = publish(folder, &index, &issuer, &drafts)?;
    Ok(Revoked { label: label.to_owned(), issuer, number: number_now, files })
}

/// So that revoking twice is noticed, and nothing but a hold is ever taken back (RFC 5280 §5.3.1).
fn check_standing(label: &str, standing: &CertStatus, wanted: RevocationReason) -> Result<(), DevkitError> {
    let on_hold = matches!(standing, CertStatus::Revoked { reason: Some(Ok(RevocationReason::CertificateHold)), .. });
    match (standing, wanted) {
        (_, RevocationReason::RemoveFromCrl) if on_hold => Ok(()),
        (_, RevocationReason::RemoveFromCrl) => Err(DevkitError::NotOnHold { label: label.to_owned() }),
        // What is on hold can be revoked for good.
        (CertStatus::Revoked { .. }, wanted) if !on_hold || wanted == RevocationReason::CertificateHold => {
            Err(DevkitError::AlreadyRevoked { label: label.to_owned() })
        }
        _ => Ok(()),
    }
}

/// The delta list is written first: a crash between the two leaves a revocation that is told already.
fn publish(
    folder: &Path,
    index: &Index,
    issuer: &str,
    drafts: &[(String, CrlDraft)],
) -> Result<Vec<String>, DevkitError> {
    let key = read_key(folder, index, issuer)?;
    let entity = index.entities.get(issuer).ok_or_else(|| DevkitError::NotIssued { name: issuer.to_owned() })?;
    let certificate = read_certificate(&folder.join(&entity.certificate))?;
    let authority = Authority { name: certificate.subject(), key: &key };
    let mut written = Vec::new();
    for (label, draft) in drafts.iter().rev() {
        let crl = signing::issue_crl(draft, &authority)
            .map_err(|cause| DevkitError::Signing { label: label.clone(), cause })?;
        let Some(entry) = index.crls.get(label) else { continue };
        files::write(&folder.join(&entry.file), crl.der())?;
        written.push(entry.file.clone());
    }
    Ok(written)
}

/// Everything that the devkit has issued.
struct Issued<'a>(Vec<(&'a str, Certificate)>);

impl<'a> Issued<'a> {
    fn read(folder: &Path, index: &'a Index) -> Result<Self, DevkitError> {
        let one = |(label, entity): (&'a String, &super::EntityIndex)| {
            Ok((label.as_str(), read_certificate(&folder.join(&entity.certificate))?))
        };
        Ok(Self(index.entities.iter().map(one).collect::<Result<_, DevkitError>>()?))
    }

    fn find(&self, name: &str) -> Result<(&'a str, &Certificate), DevkitError> {
        let hex: String = name.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
        let serial = hex.trim_start_matches('0');
        let is_meant = |label: &str, c: &Certificate| label == name || c.serial_hex().trim_start_matches('0') == serial;
        let found = self.0.iter().find(|(label, certificate)| is_meant(label, certificate));
        found
            .map(|(label, certificate)| (*label, certificate))
            .ok_or_else(|| DevkitError::NotIssued { name: name.to_owned() })
    }

    /// What the lists say of everybody but one, the last word of each; lists name nobody whom the index does not know.
    fn entries(&self, lists: &[Option<&Crl>], but: &[u8]) -> Vec<Revocation> {
        let last_word = |serial: &[u8]| lists.iter().flatten().rev().find_map(|crl| crl.entry(serial));
        let is_delta = lists.iter().flatten().all(|crl| crl.is_delta());
        let others = self.0.iter().filter(|(_, certificate)| certificate.serial() != but);
        let told = others.filter_map(|(_, c)| Some((c.serial().to_vec(), last_word(c.serial())?)));
        // A full list leaves out what a delta list has removed.
        told.filter(|(_, entry)| is_delta || entry.reason != Some(RevocationReason::RemoveFromCrl))
            .map(|(serial, entry)| Revocation {
                serial,
                revocation_date: entry.revocation_date,
                reason: entry.reason,
                invalidity_date: entry.invalidity_date,
            })
            .collect()
    }
}

/// The value of a number of ours, which fits a machine word.
fn number(contents: Option<&[u8]>) -> Option<u64> {
    let mut octets = [0; 8];
    let contents: Vec<u8> = contents?.iter().copied().skip_while(|b| *b == 0).collect();
    let start = octets.len().checked_sub(contents.len())?;
    octets.get_mut(start..)?.copy_from_slice(&contents);
    Some(u64::from_be_bytes(octets))
}

/// Held while lists are made anew.
const LOCK_FILE: &str = ".revoke.lock";
