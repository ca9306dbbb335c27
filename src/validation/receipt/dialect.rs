//! How third parties speak, as data: what RFC 3029 leaves open, each profile settles in its own way (facts/ttp.md §1.2–§1.5).

use crate::cms::dvcs::{ImprintScope, Service};
use crate::trust::{ReceiptKind, ReceiptProfile, RejectRule, SuccessRule};

/// One way of speaking DVCS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The stable name.
    pub name: &'static str,
    /// Where it stands.
    pub source: &'static str,
    /// What is served under it.
    pub services: &'static [Service],
    /// What an answer without dvStatus means.
    pub absent_status: AbsentStatus,
    /// Where a third party says that signatures did not verify.
    pub rejection: Rejection,
    /// Over which octets an imprint of certificates is made.
    pub imprint_scope: ImprintScope,
    /// What the certificate that signs receipts must say.
    pub key_purpose: KeyPurpose,
    /// Whether a request names its transaction, and an error notice repeats it.
    pub has_transaction_identifier: bool,
    /// Whether requests carry a nonce.
    pub has_nonce: bool,
    /// Whether requests are signed.
    pub request_form: RequestForm,
    /// Whether the digest of an imprint must be the one that the receipt is signed with.
    pub imprint_digest_of_signature: bool,
}

/// What an answer without dvStatus means. RFC 3029 §9.1: success; a registry may know a server that forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentStatus {
    /// Success.
    Success,
    /// Nothing that can be relied on.
    Unknown,
}

/// Where "the signatures do not hold" is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// In a receipt whose dvStatus is rejection; an error notice means that nothing could be checked.
    InCertificate,
    /// In an error notice; a receipt with that status is not of this dialect.
    InErrorNotice,
}

/// What a third party's certificate must say in extendedKeyUsage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// id-kp-dvcs, whatever stands beside it.
    Named,
    /// id-kp-dvcs, and the extension is critical.
    NamedCritical,
    /// Nothing: the registry names the very certificates.
    NotDemanded,
}

/// Whether requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestForm {
    /// As the requester likes.
    Either,
    /// They are.
    Signed,
    /// They are not.
    Unsigned,
}

impl Dialect {
    /// RFC 3029 as it stands.
    pub const RFC_3029: Self = Self {
        name: "rfc-3029",
        source: "RFC 3029",
        services: &[Service::Cpd, Service::Vsd, Service::Vpkc, Service::Ccpd],
        absent_status: AbsentStatus::Success,
        rejection: Rejection::InCertificate,
        imprint_scope: ImprintScope::WithTag,
        key_purpose: KeyPurpose::Named,
        has_transaction_identifier: false,
        has_nonce: true,
        request_form: RequestForm::Either,
        imprint_digest_of_signature: false,
    };
    /// The Kazakh rules of 2026.
    pub const KZ_547: Self = Self {
        name: "kz-547",
        source: "order 547/НҚ of 9 September 2026, annexes",
        services: &[Service::Vsd, Service::Cpd, Service::Ccpd],
        has_transaction_identifier: true,
        // «Зарезервированное поле (не используется)».
        has_nonce: false,
        ..Self::RFC_3029
    };
    /// The Kazakh rules of 2015, repealed by those of 2026: vpkc was served.
    pub const KZ_149: Self = Self {
        name: "kz-149",
        source: "order 149 of 23 February 2015",
        services: &[Service::Vsd, Service::Vpkc, Service::Cpd, Service::Ccpd],
        ..Self::KZ_547
    };
    /// Belarus: vsd alone; a rejection is an error notice without transactionIdentifier.
    pub const STB_34_101_78: Self = Self {
        name: "stb-34.101.78",
        source: "STB 34.101.81 under the profile of STB 34.101.78",
        services: &[Service::Vsd],
        rejection: Rejection::InErrorNotice,
        key_purpose: KeyPurpose::NamedCritical,
        // All optional fields of a request are left out.
        has_nonce: false,
        imprint_digest_of_signature: true,
        ..Self::RFC_3029
    };

    /// Every dialect.
    pub const ALL: [Self; 4] = [Self::RFC_3029, Self::KZ_547, Self::KZ_149, Self::STB_34_101_78];

    /// Finds a dialect by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name == name)
    }

    /// The way of speaking that a registry describes; `None` for receipts in XML.
    pub fn of(profile: &ReceiptProfile) -> Option<Self> {
        let own = match profile.kind {
            ReceiptKind::Rfc3029 => Self::RFC_3029,
            ReceiptKind::Kz547 => Self::KZ_547,
            ReceiptKind::Kz149 => Self::KZ_149,
            ReceiptKind::ByStb3410178 => Self::STB_34_101_78,
            ReceiptKind::EecXml1 => return None,
        };
        let absent_status = match profile.success_rule {
            SuccessRule::AbsentOrGranted | SuccessRule::Absent => AbsentStatus::Success,
            SuccessRule::Granted => AbsentStatus::Unknown,
            SuccessRule::SuccessLines => return None,
        };
        let rejection = match profile.reject_rule {
            RejectRule::InStatus => Rejection::InCertificate,
            RejectRule::InErrorNotice => Rejection::InErrorNotice,
            RejectRule::ErrorLines => return None,
        };
        let key_purpose = if profile.eku_required { own.key_purpose } else { KeyPurpose::NotDemanded };
        let has_transaction_identifier = profile.transaction_identifier_required;
        Some(Self { absent_status, rejection, key_purpose, has_transaction_identifier, ..own })
    }

    /// Whether a service is part of it.
    pub fn serves(&self, service: Service) -> bool {
        self.services.contains(&service)
    }
}
