//! Keys as they are told, and those of no party: national anchors, keepers, administrators.

use serde::Serialize;

use super::views::PartyView;
use crate::codec::armour;
use crate::time::Timestamp;
use crate::trust::{PartyAnchor, Period, State};
use crate::x509::Certificate;

/// A key that somebody answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// SHA-256 of the certificate, in hexadecimal.
    pub certificate_sha256: String,
    /// Whose it is, by the certificate.
    pub subject: String,
    /// The certificate's first instant.
    pub not_before: Timestamp,
    /// The certificate's last instant.
    pub not_after: Timestamp,
    /// From when to when the registry has it; none where it names no dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

impl KeyView {
    /// `None` where the certificate does not read, which none of a registry does.
    pub(super) fn of(encoded: &str, period: Option<Period>) -> Option<Self> {
        let certificate = Certificate::parse(&armour::decode(encoded).ok()?).ok()?;
        let validity = certificate.validity();
        Some(Self {
            certificate_sha256: certificate.fingerprint().to_string(),
            subject: certificate.subject().to_string(),
            not_before: validity.not_before,
            not_after: validity.not_after,
            period,
        })
    }

    pub(super) fn of_anchors(anchors: &[PartyAnchor]) -> Vec<Self> {
        anchors.iter().filter_map(|anchor| Self::of(&anchor.certificate, Some(anchor.period))).collect()
    }
}

/// Tells who administers, who signs snapshots, and the national anchors.
pub fn holders_of(state: &State) -> Vec<PartyView> {
    let view = |(party, kind, label): (String, &'static str, String), encoded: &str| PartyView {
        party,
        kind,
        label,
        country: None,
        status: None,
        act: String::new(),
        events: Vec::new(),
        keys: KeyView::of(encoded, None).into_iter().collect(),
    };
    let administrators = state.administrators();
    let administrators =
        administrators.map(|one| view((one.id.to_string(), "administrator", one.person.clone()), &one.certificate));
    let nobody = String::new;
    let keepers = state.snapshot.keepers.iter().map(|encoded| view((nobody(), "keeper", nobody()), encoded));
    let anchors = state.snapshot.domestic.iter();
    let anchors = anchors.map(|one| view((nobody(), "domestic-anchor", one.label.clone()), &one.certificate));
    administrators.chain(keepers).chain(anchors).collect()
}
