//! Lists of trusted entities: the registry's own, signed for whoever asks, and those of others, read into proposals.

use sha2::{Digest as _, Sha256};

use super::{ProposalOrder, TrustOffice, TrustOfficeError};
use crate::codec::armour::hex;
use crate::limits::ENTITY_LIST_BYTES_MAX;
use crate::signing::{Signer, sign_jws};
use crate::store::files::{self, FileErrorKind};
use crate::time::Timestamp;
use crate::trust::entity_list::{SchemeInformation, Worded};
use crate::trust::{
    Act, LIST_TYPE, ListedEntryError, TrustSnapshot, changes_for, entries_of, list_of, open_signed_list,
};
use crate::x509::{Certificate, oids};

/// The file in a node's folder that holds the list as it was last signed.
const LIST: &str = "trust-list.jws";
/// The media type of the payload (RFC 7515 §4.1.10).
const CONTENT_TYPE: &str = "json";
/// How long a list is good where no policy says how long a snapshot is.
const DAYS: i64 = 30;

/// A list as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedList {
    /// The JWS.
    pub jws: Vec<u8>,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// What another's list gives.
#[derive(Debug)]
pub struct ListOrder {
    /// What would be proposed: nothing of it counts before two administrators have let it.
    pub order: ProposalOrder,
    /// What it gives not, and why.
    pub left_out: Vec<ListedEntryError>,
    /// Who stands in our registry already, and is left as there.
    pub known: Vec<String>,
}

impl TrustOffice {
    /// Signs the snapshot in use as a list of trusted entities (TS 119 602 in JSON, JWS), and keeps it beside the snapshot.
    ///
    /// *Takes* the alias of the keeper's key. *Errors*: no snapshot, no key, no signature.
    pub fn publish_list(&self, keeper: &str) -> Result<PublishedList, TrustOfficeError> {
        let snapshot = self.home.trust()?.snapshot;
        let held = self.home.keyring().open(keeper)?;
        let list = list_of(&snapshot, self.scheme(&snapshot, &held.certificate)).encode();
        let signer = Signer::new(held.key.as_ref(), &held.certificate)?.at(snapshot.issued_at);
        let jws = sign_jws(&list, CONTENT_TYPE, &signer)?.into_bytes();
        files::write(&self.home.folder().join(LIST), &jws)?;
        Ok(PublishedList { sha256: hex(&Sha256::digest(&jws)), jws })
    }

    /// The list as it was last signed; `None` where it never was.
    pub fn published_list(&self) -> Result<Option<PublishedList>, TrustOfficeError> {
        match files::read_bounded(&self.home.folder().join(LIST), &ENTITY_LIST_BYTES_MAX) {
            Ok(jws) => Ok(Some(PublishedList { sha256: hex(&Sha256::digest(&jws)), jws })),
            Err(e) if e.kind == FileErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn scheme(&self, snapshot: &TrustSnapshot, keeper: &Certificate) -> SchemeInformation {
        const SECONDS_PER_DAY: i64 = 86_400;
        let worded = |text: &str| vec![Worded { lang: "en".to_owned(), value: text.to_owned() }];
        let subject = keeper.subject();
        let operator = subject.attribute(oids::ORGANIZATION).or_else(|| subject.attribute(oids::COMMON_NAME));
        let until = self.verifier.as_ref().map(|verifier| verifier.fresh_until_of(snapshot));
        let usual = snapshot.issued_at.plus_seconds(DAYS.saturating_mul(SECONDS_PER_DAY));
        SchemeInformation {
            version: 1,
            sequence_number: snapshot.version,
            list_type: Some(LIST_TYPE.to_owned()),
            operator: worded(&operator.map_or_else(|| subject.to_string(), str::to_owned)),
            name: worded("Foreign certification centres and trusted third parties registered in Kazakhstan"),
            territory: Some("KZ".to_owned()),
            issued_at: snapshot.issued_at,
            next_update: until.filter(|until| until.date().is_some()).unwrap_or(usual),
        }
    }
}

/// Opens another's list under the certificate of its keeper, and reads it into what could be proposed here.
///
/// *Takes* the snapshot in use, which tells who is known. *Errors*: the list cannot be accepted.
pub fn order_of_list(
    message: &[u8],
    (keeper, at): (&Certificate, Timestamp),
    own: &TrustSnapshot,
) -> Result<ListOrder, TrustOfficeError> {
    let list = open_signed_list(message, keeper, at)?;
    let operator = list.scheme.operator.first().map(|worded| worded.value.as_str()).unwrap_or_default();
    let (number, issued_at) = (list.scheme.sequence_number, list.scheme.issued_at);
    let reference = format!("list of {operator}, number {number}, of {issued_at}");
    let act = Act { reference, url: None, reason: None };
    let mut taken =
        ListOrder { order: ProposalOrder { act, changes: Vec::new() }, left_out: Vec::new(), known: Vec::new() };
    for entry in entries_of(&list) {
        match entry.and_then(|entry| Ok((label_if_known(&entry, own), changes_for(entry)?))) {
            Ok((Some(label), _)) => taken.known.push(label),
            Ok((None, changes)) => taken.order.changes.extend(changes),
            Err(why) => taken.left_out.push(why),
        }
    }
    Ok(taken)
}

/// The label of an entry that the registry has: a centre by its certificate, a third party by its name.
fn label_if_known(entry: &crate::trust::ListedEntry, own: &TrustSnapshot) -> Option<String> {
    use crate::trust::ListedEntry as E;
    match entry {
        E::Centre(centre) => {
            own.foreign.iter().any(|one| one.certificate == centre.certificate).then(|| centre.label.clone())
        }
        E::Ttp(ttp) => own.foreign_ttps.iter().any(|one| one.party == ttp.party).then(|| ttp.label.clone()),
    }
}
