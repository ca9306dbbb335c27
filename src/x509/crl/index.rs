//! The entries of a CRL by issuer and serial number: a list can hold millions of them, so the index keeps places in the
//! received octets, 16 bytes an entry, and an entry is read again when somebody asks for it.

use std::ops::Range;

use super::super::distribution_point::{DirectoryOrOther, read_general_names};
use super::super::extension::Extension;
use super::super::{Name, oids};
use super::entry::{RevokedEntry, read_entry};
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{CRL_ENTRIES_MAX, CRL_ISSUERS_MAX};

/// Where the entries stand, sorted by issuer and serial number.
pub(super) struct Index {
    places: Vec<Place>,
    /// Names of issuers under which entries stand, the CRL's own first.
    issuers: Vec<Name>,
    /// Whether a certificateIssuer stands somewhere that does not read as one name.
    pub(super) unreadable_issuer: bool,
    /// Whether a certificateIssuer stands anywhere.
    pub(super) names_issuers: bool,
}

/// Offsets into the CRL fit into 32 bits (`CRL_BYTES_MAX`).
#[derive(Clone, Copy)]
struct Place {
    entry_at: u32,
    serial_at: u32,
    serial_length: u32,
    issuer: u32,
}

impl Place {
    fn serial<'d>(&self, der: &'d [u8]) -> &'d [u8] {
        let range = |at: u32, length: u32| -> Option<Range<usize>> {
            let start = usize::try_from(at).ok()?;
            Some(start..start.checked_add(usize::try_from(length).ok()?)?)
        };
        range(self.serial_at, self.serial_length).and_then(|r| der.get(r)).unwrap_or_default()
    }
}

impl Index {
    /// An index without entries.
    pub(super) fn empty(issuer: &Name) -> Self {
        Self { places: Vec::new(), issuers: vec![issuer.clone()], unreadable_issuer: false, names_issuers: false }
    }

    /// Reads every entry once; all are held to their syntax.
    ///
    /// *Cost*: `CRL_ENTRIES_MAX`, `CRL_ISSUERS_MAX`.
    pub(super) fn read(mut list: Reader<'_>, der: &[u8], issuer: &Name) -> Result<Self, Malformed> {
        let mut index = Self::empty(issuer);
        let mut current = 0;
        while !list.is_empty() {
            CRL_ENTRIES_MAX
                .check(index.places.len().saturating_add(1))
                .map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
            let whole = list.expect(tag::SEQUENCE)?;
            let (serial, extensions) = split(whole.reader())?;
            let (serial_at, serial_length) = (serial.0, serial.1);
            // RFC 5280 §5.3.3: an entry without certificateIssuer stands under the name of the one before it.
            if let Some(extension) = extensions.iter().find(|e| e.oid == oids::CERTIFICATE_ISSUER) {
                index.names_issuers = true;
                current = index.issuer_of(extension).map_err(|e| list.malformed(e))?;
            }
            let narrow = |n: usize| u32::try_from(n).map_err(|_| whole.malformed(MalformedKind::Length));
            index.places.push(Place {
                entry_at: narrow(whole.at)?,
                serial_at: narrow(serial_at)?,
                serial_length: narrow(serial_length)?,
                issuer: current,
            });
        }
        index.places.sort_unstable_by(|a, b| (a.issuer, a.serial(der)).cmp(&(b.issuer, b.serial(der))));
        index.places.shrink_to_fit();
        Ok(index)
    }

    /// What is said of this issuer's certificate with this serial number; what stands several times, taken together.
    pub(super) fn find(&self, der: &[u8], issuer: &Name, serial: &[u8]) -> Option<RevokedEntry> {
        let issuer = u32::try_from(self.issuers.iter().position(|known| known == issuer)?).ok()?;
        let from = self.places.partition_point(|p| (p.issuer, p.serial(der)) < (issuer, serial));
        let same = |p: &&Place| p.issuer == issuer && p.serial(der) == serial;
        let mut found: Option<RevokedEntry> = None;
        for place in self.places.get(from..)?.iter().take_while(same) {
            // INVARIANT: every entry was read when the list was.
            let entry = read_at(der, place)?;
            match &mut found {
                Some(known) => known.merge(&entry),
                None => found = Some(entry),
            }
        }
        found
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place of the name in certificateIssuer among the issuers.
    fn issuer_of(&mut self, extension: &Extension) -> Result<u32, MalformedKind> {
        let names = read_general_names(&extension.value).unwrap_or_default();
        let mut directory = names.into_iter().filter_map(|name| match name {
            DirectoryOrOther::Directory(name) => Some(name),
            DirectoryOrOther::Other(_) => None,
        });
        let (Some(name), None) = (directory.next(), directory.next()) else {
            self.unreadable_issuer = true;
            return Ok(0);
        };
        let known = self.issuers.iter().position(|known| *known == name);
        let position = known.unwrap_or(self.issuers.len());
        if known.is_none() {
            CRL_ISSUERS_MAX.check(self.issuers.len().saturating_add(1)).map_err(MalformedKind::Limit)?;
            self.issuers.push(name);
        }
        u32::try_from(position).map_err(|_| MalformedKind::Length)
    }
}

/// Place and length of the serial number, and the extensions; the entry's own facts are held to their syntax on the way.
fn split(mut one: Reader<'_>) -> Result<((usize, usize), Vec<Extension>), Malformed> {
    let serial = one.expect(tag::INTEGER)?;
    let length = serial.integer()?.len();
    let at = serial.at.saturating_add(serial.raw.len().saturating_sub(length));
    let (_, extensions) = rest(one)?;
    Ok(((at, length), extensions))
}

fn rest(mut one: Reader<'_>) -> Result<(RevokedEntry, Vec<Extension>), Malformed> {
    let revocation_date = one.any()?.time()?;
    let extensions = match one.optional(tag::SEQUENCE)? {
        Some(all) => Extension::parse_all(all.reader())?,
        None => Vec::new(),
    };
    one.finish()?;
    Ok((read_entry(revocation_date, &extensions)?, extensions))
}

fn read_at(der: &[u8], place: &Place) -> Option<RevokedEntry> {
    let from = der.get(usize::try_from(place.entry_at).ok()?..)?;
    let mut one = Reader::new(from, Encoding::Der, "TBSCertList.revokedCertificates").sequence().ok()?;
    one.integer().ok()?;
    Some(rest(one).ok()?.0)
}
