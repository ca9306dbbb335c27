//! Lists of trusted entities as TS 119 602 writes them in JSON: the shape alone. Who is on ours stands in the registry; what
//! stands on another's is a proposal until two administrators have taken it in.
//!
//! Reading passes over members it does not know, since other schemes add their own; writing holds to the published schema.
//! The model is that of TS 119 612, too: services with a status, since when, and the statuses before.

use serde::{Deserialize, Serialize};

use crate::codec::{Malformed, MalformedKind, json};
use crate::limits::{ENTITY_LIST_BYTES_MAX, ENTITY_LIST_SERVICES_MAX};
use crate::time::Timestamp;

/// A list of trusted entities (TS 119 602 §6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityList {
    /// Who keeps it, under which scheme, until when.
    #[serde(rename = "ListAndSchemeInformation")]
    pub scheme: SchemeInformation,
    /// Who stands on it.
    #[serde(rename = "TrustedEntitiesList", default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<TrustedEntity>,
}

/// The list as a whole (TS 119 602 §6.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemeInformation {
    /// Always 1.
    #[serde(rename = "LoTEVersionIdentifier")]
    pub version: u64,
    /// Grows with every edition.
    #[serde(rename = "LoTESequenceNumber")]
    pub sequence_number: u64,
    /// What kind of list this is.
    #[serde(rename = "LoTEType", default, skip_serializing_if = "Option::is_none")]
    pub list_type: Option<String>,
    /// Who keeps it.
    #[serde(rename = "SchemeOperatorName")]
    pub operator: Vec<Worded>,
    /// What it is called.
    #[serde(rename = "SchemeName", default, skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<Worded>,
    /// ISO 3166-1 alpha-2.
    #[serde(rename = "SchemeTerritory", default, skip_serializing_if = "Option::is_none")]
    pub territory: Option<String>,
    /// When this edition was made.
    #[serde(rename = "ListIssueDateTime")]
    pub issued_at: Timestamp,
    /// Until when the next one is made.
    #[serde(rename = "NextUpdate")]
    pub next_update: Timestamp,
}

/// Text in a language (RFC 5646).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worded {
    /// The language.
    pub lang: String,
    /// The text.
    pub value: String,
}

/// A place on the web, for readers of a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordedUri {
    /// The language.
    pub lang: String,
    /// The place.
    #[serde(rename = "uriValue")]
    pub uri: String,
}

/// Somebody on the list, and the services that are (TS 119 602 §6.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustedEntity {
    /// Who.
    #[serde(rename = "TrustedEntityInformation")]
    pub information: EntityInformation,
    /// With what.
    #[serde(rename = "TrustedEntityServices")]
    pub services: Vec<TrustedService>,
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityInformation {
    /// Names.
    #[serde(rename = "TEName")]
    pub name: Vec<Worded>,
    /// Registration numbers and trade names.
    #[serde(rename = "TETradeName", default, skip_serializing_if = "Vec::is_empty")]
    pub trade_name: Vec<Worded>,
    /// Where to find them.
    #[serde(rename = "TEAddress", default)]
    pub address: EntityAddress,
    /// Where more is told.
    #[serde(rename = "TEInformationURI", default)]
    pub uri: Vec<WordedUri>,
}

/// Addresses; the schema asks for both kinds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EntityAddress {
    /// By post.
    #[serde(rename = "TEPostalAddress", default)]
    pub postal: Vec<PostalAddress>,
    /// By mail or web.
    #[serde(rename = "TEElectronicAddress", default)]
    pub electronic: Vec<WordedUri>,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PostalAddress {
    /// The language it is written in.
    #[serde(rename = "lang")]
    pub lang: String,
    /// Street and number.
    #[serde(default)]
    pub street_address: String,
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// One service with its present and its former statuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustedService {
    /// The present.
    #[serde(rename = "ServiceInformation")]
    pub now: ServiceStanding,
    /// The past.
    #[serde(rename = "ServiceHistory", default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<ServiceStanding>,
}

/// A service since one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceStanding {
    /// What it is called.
    #[serde(rename = "ServiceName")]
    pub name: Vec<Worded>,
    /// How it is known.
    #[serde(rename = "ServiceDigitalIdentity")]
    pub identity: DigitalIdentity,
    /// What it does.
    #[serde(rename = "ServiceTypeIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    /// How it stands. Lists of one status (TS 119 602 §6.6.4) leave it out.
    #[serde(rename = "ServiceStatus", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Since when.
    #[serde(rename = "StatusStartingTime", default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where it answers; the present alone has it.
    #[serde(rename = "ServiceSupplyPoints", default, skip_serializing_if = "Vec::is_empty")]
    pub supply_points: Vec<SupplyPoint>,
    /// What the scheme adds, each a value of its own shape.
    #[serde(rename = "ServiceInformationExtensions", default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<serde_json::Value>,
}

/// Where a service answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyPoint {
    /// The place.
    #[serde(rename = "uriValue")]
    pub uri: String,
}

/// How a service is known; certificates are what we read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigitalIdentity {
    /// Its certificates.
    #[serde(rename = "X509Certificates", default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<PkiObject>,
}

/// A certificate in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PkiObject {
    /// DER in base64.
    pub val: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(rename = "LoTE")]
    list: EntityList,
}

impl EntityList {
    /// Reads the JSON of a list.
    ///
    /// *Errors*: `Malformed`, with the offset of the line that does not read; another version than 1; a list that ends
    /// before it begins; `ENTITY_LIST_BYTES_MAX`, `ENTITY_LIST_SERVICES_MAX`.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let fault = |at, kind| Malformed { at, kind, within: "LoTE" };
        ENTITY_LIST_BYTES_MAX.check(octets.len()).map_err(|e| fault(0, MalformedKind::Limit(e)))?;
        let Document { list } =
            serde_json::from_slice(octets).map_err(|e| fault(line_start(octets, e.line()), MalformedKind::Text))?;
        if list.scheme.version != 1 {
            return Err(fault(0, MalformedKind::Version));
        }
        if list.scheme.next_update <= list.scheme.issued_at {
            return Err(fault(0, MalformedKind::Value));
        }
        let standings = list.services().map(|service| service.history.len().saturating_add(1));
        let count = standings.fold(0, usize::saturating_add);
        ENTITY_LIST_SERVICES_MAX.check(count).map_err(|e| fault(0, MalformedKind::Limit(e)))?;
        Ok(list)
    }

    /// Encodes the list as canonical JSON: the same list, the same octets.
    pub fn encode(&self) -> Vec<u8> {
        // INVARIANT: a list holds strings, integers, lists, and JSON values that were read or made by us.
        #[expect(clippy::expect_used, reason = "strings, integers, lists and JSON values only")]
        json::canonical(&Document { list: self.clone() }).expect("a list encodes")
    }

    /// Every service of every entity.
    pub fn services(&self) -> impl Iterator<Item = &TrustedService> {
        self.entities.iter().flat_map(|entity| &entity.services)
    }
}

/// The offset at which a line begins, the first being line 1.
fn line_start(octets: &[u8], line: usize) -> usize {
    let mut ends = octets.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at);
    line.checked_sub(2).and_then(|skipped| ends.nth(skipped)).map_or(0, |at| at.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(with: &str) -> String {
        let base = r#"{"LoTE": {"ListAndSchemeInformation": {
            "LoTEVersionIdentifier": 1, "LoTESequenceNumber": 7, "SchemeOperatorName": [{"lang": "en", "value": "Us"}],
            "ListIssueDateTime": "2026-11-01T00:00:00Z", "NextUpdate": "2026-12-01T00:00:00Z"},
            "TrustedEntitiesList": [{"TrustedEntityInformation": {"TEName": [{"lang": "en", "value": "Them"}]},
              "TrustedEntityServices": [{"ServiceInformation": {"ServiceName": [{"lang": "en", "value": "CA"}],
                "ServiceDigitalIdentity": {"X509Certificates": [{"val": "AA=="}]}, "Unheard": {"of": 1},
                "ServiceStatus": "urn:s", "StatusStartingTime": "2026-01-01T00:00:00Z"}}]}]}}"#;
        match with.split_once("=>") {
            Some((from, to)) => {
                assert!(base.contains(from), "{from}");
                base.replace(from, to)
            }
            None => base.to_owned(),
        }
    }

    #[test]
    fn a_list_reads_passes_over_what_it_does_not_know_and_comes_out_canonical() {
        let list = EntityList::parse(text("").as_bytes()).unwrap();
        assert_eq!(list.scheme.sequence_number, 7);
        assert_eq!(list.services().count(), 1);
        let again = list.encode();
        assert_eq!(EntityList::parse(&again).unwrap(), list);
        assert_eq!(EntityList::parse(&again).unwrap().encode(), again);
        assert!(!again.windows(7).any(|w| w == b"Unheard"));
    }

    #[test]
    fn what_is_no_list_of_version_1_is_refused_with_its_line() {
        for (with, kind) in [
            ("\"LoTEVersionIdentifier\": 1=>\"LoTEVersionIdentifier\": 2", MalformedKind::Version),
            ("2026-12-01=>2026-10-01", MalformedKind::Value),
            ("\"LoTESequenceNumber\": 7=>\"LoTESequenceNumber\": \"7\"", MalformedKind::Text),
            ("\"2026-11-01T00:00:00Z\"=>\"yesterday\"", MalformedKind::Text),
            ("\"SchemeOperatorName\"=>\"Operator\"", MalformedKind::Text),
        ] {
            let text = text(with);
            let fault = EntityList::parse(text.as_bytes()).unwrap_err();
            assert_eq!(fault.kind, kind, "{with}");
            assert!(fault.at == 0 || text.as_bytes().get(fault.at.wrapping_sub(1)) == Some(&b'\n'));
        }
    }
}
