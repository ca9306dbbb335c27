//! Receipts of trusted third parties: how each of them answers, as data, and what was found about an answer.

use serde::{Deserialize, Serialize};

use super::party::PartyId;
use crate::time::Timestamp;
use crate::x509::Fingerprint;

/// How a trusted third party is asked and how it answers (facts/ttp.md §1.3, §1.5, §8.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptProfile {
    /// The dialect.
    pub kind: ReceiptKind,
    /// Where it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The media type of requests and answers.
    pub content_type: String,
    /// How it says yes.
    pub success_rule: SuccessRule,
    /// How it says no.
    pub reject_rule: RejectRule,
    /// Digests that its imprints may be made with, by object identifier; without any, every one that we know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// Whether the certificate behind a receipt must have the extended key usage id-kp-dvcs.
    pub eku_required: bool,
    /// Whether requests must carry a transaction identifier.
    pub transaction_identifier_required: bool,
    /// The largest document that it takes, in octets; none where it names no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes_max: Option<u64>,
}

/// The dialects of receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptKind {
    /// DVCS as RFC 3029 has it.
    #[serde(rename = "RFC3029")]
    Rfc3029,
    /// Kazakhstan, order 547/НҚ of 2026.
    #[serde(rename = "KZ-547")]
    Kz547,
    /// Kazakhstan, order 149 in its edition of 2018.
    #[serde(rename = "KZ-149")]
    Kz149,
    /// Belarus, STB 34.101.81 under STB 34.101.78.
    #[serde(rename = "BY-STB-34.101.78")]
    ByStb3410178,
    /// The XML receipt of the Eurasian Economic Union, `urn:EEC:TTP:v1.0:receipt`.
    #[serde(rename = "EEC-XML-1.0")]
    EecXml1,
}

/// How a receipt says that everything verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SuccessRule {
    /// dvStatus absent or granted (RFC 3029 §9.1).
    AbsentOrGranted,
    /// dvStatus absent (Belarus).
    Absent,
    /// dvStatus granted.
    Granted,
    /// A Success line for each signature (XML).
    SuccessLines,
}

/// How a third party says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectRule {
    /// In the dvStatus of a receipt.
    InStatus,
    /// In an error notice (Belarus).
    InErrorNotice,
    /// An Error line (XML).
    ErrorLines,
}

impl ReceiptProfile {
    /// The profile of a dialect, asked at no address yet.
    pub fn of(kind: ReceiptKind) -> Self {
        use ReceiptKind as K;
        let xml = kind == K::EecXml1;
        Self {
            kind,
            endpoint: None,
            content_type: if xml { "application/xml" } else { "application/dvcs" }.to_owned(),
            success_rule: match kind {
                K::Rfc3029 | K::Kz547 | K::Kz149 => SuccessRule::AbsentOrGranted,
                K::ByStb3410178 => SuccessRule::Absent,
                K::EecXml1 => SuccessRule::SuccessLines,
            },
            reject_rule: match kind {
                K::Rfc3029 | K::Kz547 | K::Kz149 => RejectRule::InStatus,
                K::ByStb3410178 => RejectRule::InErrorNotice,
                K::EecXml1 => RejectRule::ErrorLines,
            },
            digests: Vec::new(),
            eku_required: !xml,
            transaction_identifier_required: matches!(kind, K::Kz547 | K::Kz149),
            // Order 149 named 100 megabytes; order 547 names no bound (facts/ttp.md §1.3).
            size_bytes_max: (kind == K::Kz149).then_some(100 * 1024 * 1024),
        }
    }
}

/// What a third party said about a signature, or about all of a document (order 547/НҚ p. 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TtpStatus {
    /// «Проверено»: verified.
    Verified,
    /// grantedWithMods: a sufficient number verified; each signature has its own answer.
    PartlyVerified,
    /// «Не проверено»: it did not verify.
    NotVerified,
    /// «Невозможно проверить»: the request is wrong, or the centre or third party behind it is not registered.
    CannotVerify,
    /// There is no final answer yet.
    Waiting,
}

impl TtpStatus {
    /// The words of the order, in Russian.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Verified => "Проверено",
            Self::PartlyVerified => "Проверено частично",
            Self::NotVerified => "Не проверено",
            Self::CannotVerify => "Невозможно проверить",
            Self::Waiting => "Ожидание",
        }
    }
}

/// Whether a receipt may be relied on at all (facts/ttp.md §1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptSoundness {
    /// Its signature, its signer's certificate and its binding to this document hold.
    Sound,
    /// It is about another document, by its imprint.
    OtherDocument,
    /// Its signature, its signer's certificate or its form does not hold.
    Invalid,
}

/// What was found about one receipt: made by the room that verifies receipts, judged by [`recognise`](super::recognise).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFinding {
    /// Whose receipt it is, by the registry; the key behind it is one of this party's.
    pub issuer: PartyId,
    /// SHA-256 over its octets: its name as evidence.
    pub digest: Fingerprint,
    /// Its number, in hexadecimal.
    pub serial: String,
    /// t_rcpt: when it was answered.
    pub response_time: Timestamp,
    /// t_req: the time that was asked about, where one was.
    pub request_time: Option<Timestamp>,
    /// What it says of the whole document.
    pub status: TtpStatus,
    /// Whether it may be relied on.
    pub soundness: ReceiptSoundness,
    /// What it says of single signatures; empty where it speaks of the whole only.
    pub signatures: Vec<ReceiptSignature>,
    /// Receipts of other third parties that it rests on, as far as they were verified.
    pub rests_on: Vec<ReceiptFinding>,
}

/// What a receipt says of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptSignature {
    /// SHA-256 of the signer's certificate.
    pub signer: Fingerprint,
    /// What it says.
    pub status: TtpStatus,
}

impl ReceiptFinding {
    /// What it says of the signature that was made under this certificate; `None` where it speaks of others only.
    ///
    /// The whole and the part must agree (facts/ttp.md §1.7 (6)): where they differ, the worse one counts.
    pub fn status_of(&self, signer: Option<Fingerprint>) -> Option<TtpStatus> {
        if self.signatures.is_empty() {
            return Some(self.status);
        }
        let own = self.signatures.iter().filter(|one| Some(one.signer) == signer).map(|one| one.status);
        let worst = own.max_by_key(|status| status.gravity())?;
        match self.status {
            // RFC 3029 §9.2: a sufficient number verified; which, each says.
            TtpStatus::PartlyVerified => Some(worst),
            whole => Some(if whole.gravity() >= worst.gravity() { whole } else { worst }),
        }
    }
}

impl TtpStatus {
    const fn gravity(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::PartlyVerified => 1,
            Self::Waiting => 2,
            Self::CannotVerify => 3,
            Self::NotVerified => 4,
        }
    }
}
