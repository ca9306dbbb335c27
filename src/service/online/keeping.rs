//! What was fetched, on its way to the folder that keeps it, and back.

use std::sync::Arc;

use crate::codec::armour::hex;
use crate::fetch::{Fetched, Fetcher, Kept, Key, Kind, Known, UpstreamRecord, Url, Validators};
use crate::store::files::FileError;
use crate::store::{FetchedFolder, FetchedHeader};
use crate::x509::Fingerprint;

/// What there is to keep: what was just fetched, what made room for it, and the records of endpoints.
pub(super) type State = (Vec<Fetched>, Vec<Arc<Kept>>, Vec<UpstreamRecord>);

/// Writes it down. A crash in between leaves whole files, of which the next start takes what fits together.
pub(super) fn save(folder: &FetchedFolder, (fetched, gone, upstreams): State) -> Result<(), FileError> {
    for one in fetched.iter().filter(|one| one.asked) {
        folder.put(&header_of(&one.kept), one.octets.as_deref())?;
    }
    for kept in &gone {
        folder.remove(&header_of(kept))?;
    }
    // INVARIANT: records hold strings, numbers and times, which JSON always can.
    folder.put_upstream(&serde_json::to_vec(&upstreams).unwrap_or_default())
}

/// Gives a fetcher back what was kept for it.
pub(super) fn restore(folder: &FetchedFolder, fetcher: &Fetcher) -> Result<(), FileError> {
    let mut all = folder.all()?;
    // In the order in which they came.
    all.sort_by_key(|(header, _)| header.checked_at);
    for (header, octets) in all {
        if let Some(key) = key_of(&header) {
            let FetchedHeader { seen_at, checked_at, .. } = header;
            let vouched = header.vouched.as_deref().and_then(octets_of).map(Fingerprint);
            let validators = Validators { etag: header.etag, last_modified: header.last_modified };
            fetcher.restore(key, Known { validators, seen_at, checked_at, vouched }, &octets);
        }
    }
    Ok(())
}

/// The records of endpoints; none where there are none, or where they do not read.
pub(super) fn upstreams(folder: &FetchedFolder) -> Vec<UpstreamRecord> {
    folder.upstream().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

fn header_of(kept: &Kept) -> FetchedHeader {
    FetchedHeader {
        kind: kept.key.kind.name().to_owned(),
        url: kept.key.url.to_string(),
        question: kept.key.question.map(|q| q.to_string()),
        etag: kept.validators.etag.clone(),
        last_modified: kept.validators.last_modified.clone(),
        seen_at: kept.seen_at,
        checked_at: kept.checked_at,
        sha256: hex(&kept.fingerprint.0),
        vouched: kept.vouched.map(|scope| hex(&scope.0)),
    }
}

fn key_of(header: &FetchedHeader) -> Option<Key> {
    let kinds = [Kind::Certificates, Kind::Crl, Kind::Ocsp];
    let kind = kinds.into_iter().find(|kind| kind.name() == header.kind)?;
    let question = match &header.question {
        None => None,
        Some(text) => Some(Fingerprint(octets_of(text)?)),
    };
    Some(Key { kind, url: Url::parse(&header.url).ok()?, question })
}

fn octets_of(hexadecimal: &str) -> Option<[u8; 32]> {
    let mut octets = [0; 32];
    if hexadecimal.len() != 64 {
        return None;
    }
    for (octet, digits) in octets.iter_mut().zip(hexadecimal.as_bytes().chunks_exact(2)) {
        *octet = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(octets)
}
