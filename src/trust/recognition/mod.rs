//! By which legal route a signature is recognised in Kazakhstan: the decision of facts/ttp.md §8.3, pure and total.
//!
//! Every condition is evaluated and every reason told; what a reason does to the answer is a table ([`RecognitionReason`]).
//! What the third party said (`ttp_status`), by which route (`route`) and what follows (`standing`) are kept apart.

mod certify;
mod decide;
mod reason;
mod route;
mod usage;

use const_oid::ObjectIdentifier;
use serde::Serialize;

use super::party::PartyId;
use super::receipt::{ReceiptFinding, TtpStatus};
use super::scope::{Money, SignerKind};
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

pub use decide::{recognise, recognise_time_stamp};
pub use reason::RecognitionReason;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// Whether the signature counts: the law.
    pub standing: Standing,
    /// By which route, where there is one: the strongest of `routes`.
    pub route: Option<Route>,
    /// Every reason, the gravest first.
    pub reasons: Vec<RecognitionReason>,
    /// What the trusted third party said, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttp_status: Option<TtpStatus>,
    /// Every route that holds, and what it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteEvidence>,
    /// The receipts that were relied on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<ReceiptUsed>,
    /// What is presumed and not verified, with its basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presumed: Option<Presumption>,
    /// The norm version that was followed, where the snapshot names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_version: Option<String>,
    /// t_poe: the earliest trusted proof that the signature exists, receipts included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// As of when the registry was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_known_at: Option<Timestamp>,
}

impl Recognition {
    /// Notes that receipts about the document could not be heard. A no of the third party counts on every route but the
    /// domestic one, so that no yes stands beside a no that may be there.
    pub fn note_unheard_receipts(&mut self) {
        let reason = RecognitionReason::ReceiptsNotHeard;
        if self.route == Some(Route::Domestic) || self.reasons.contains(&reason) {
            return;
        }
        self.reasons.push(reason);
        self.reasons.sort_unstable();
        self.standing = self.standing.min(reason.effect());
    }
}

/// Whether a signature counts in Kazakhstan; in the order of precedence (facts/ttp.md §8.3): a no before a doubt, a doubt
/// before a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// It does not.
    NotRecognised,
    /// It cannot be told from what is at hand.
    Undetermined,
    /// It does.
    Recognised,
}

/// The legal routes, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A Kazakh certification centre.
    Domestic,
    /// A foreign centre registered with the trusted third party of Kazakhstan (R1).
    ForeignCaRegistered,
    /// A foreign centre registered with a foreign third party that is registered in turn (R2).
    ForeignTtpRegistered,
    /// A ratified treaty (R3).
    Treaty,
}

/// What a route rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteEvidence {
    /// Which route.
    pub route: Route,
    /// The certification centre.
    pub centre: PartyId,
    /// The foreign third party, or the treaty, where one stands between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<PartyId>,
    /// Since when it has been in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it ended since, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The act.
    pub act: String,
}

/// A receipt that was relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceiptUsed {
    /// Whose.
    pub issuer: PartyId,
    /// SHA-256 over its octets.
    pub sha256: String,
    /// Its number, in hexadecimal.
    pub serial: String,
    /// When it was given.
    pub response_time: Timestamp,
    /// What it said of this signature.
    pub status: TtpStatus,
}

/// Lawful possession of the private key: no machine can verify it, so it is presumed, and on this basis (facts/ttp.md §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Presumption {
    /// Always `LAWFUL_POSSESSION`.
    pub what: &'static str,
    /// Why.
    pub basis: Vec<PossessionBasis>,
}

/// What a presumption of lawful possession rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PossessionBasis {
    /// The certificate was valid at the time.
    CertificateValid,
    /// It was not revoked at the time, by evidence that was verified here.
    NotRevoked,
    /// A receipt of the trusted third party covers what could not be verified here.
    CoveredByReceipt,
    /// The certification centre was registered, and answers for checking who its holders are.
    CentreRegistered,
}

/// What validation found, as far as it bears on recognition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Technical {
    /// Everything holds.
    Sound,
    /// The signature does not hold.
    Broken,
    /// A certificate of the path was revoked at the time.
    Revoked {
        /// Whether for compromise of its key.
        compromised: bool,
    },
    /// A certificate of the path was on hold at the time.
    OnHold,
    /// The certificate forbids such a use.
    Misused,
    /// Whether a certificate of the path was revoked is not known; nothing else is the matter.
    RevocationUnknown,
    /// An algorithm is not computed here, and revocation may not be known either; nothing else is the matter.
    NotComputed,
    /// Something else cannot be told.
    Undetermined,
}

/// What is known about the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFacts {
    /// The code of its kind, as the catalogue of permits has it.
    pub document_type: Option<String>,
    /// In what quality it must be signed; empty where it does not matter.
    pub signer_kinds: Vec<SignerKind>,
    /// What it is about in money.
    pub amount: Option<Money>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Standpoint {
    /// Somebody who relies on the trusted third party.
    #[default]
    RelyingParty,
    /// The trusted third party itself, before it gives its receipt.
    TrustedThirdParty,
}

/// What is asked about a signature.
#[derive(Clone, Copy, Debug)]
pub struct RecognitionQuestion<'a> {
    /// The signer's path, target first and anchor last, where an anchor was reached; empty else.
    pub path: &'a [Certificate],
    /// The signer's certificate, where it was found.
    pub signer: Option<&'a Certificate>,
    /// The signature algorithm.
    pub algorithm: Option<ObjectIdentifier>,
    /// What validation found.
    pub technical: Technical,
    /// The earliest time the signature is proven to exist by a trusted time stamp, or by who asks.
    pub proven_at: Option<Timestamp>,
    /// When the question is asked.
    pub at: Timestamp,
    /// What is known about the document.
    pub document: &'a DocumentFacts,
    /// Receipts about it, as they were found.
    pub receipts: &'a [ReceiptFinding],
    /// Who asks.
    pub standpoint: Standpoint,
}

impl RecognitionQuestion<'_> {
    /// The name of the signer's certificate.
    fn signer_fingerprint(&self) -> Option<Fingerprint> {
        self.signer.or_else(|| self.path.first()).map(Certificate::fingerprint)
    }
}

#[cfg(test)]
mod tests;
