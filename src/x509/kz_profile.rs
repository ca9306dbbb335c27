//! What the Kazakh certificate profile says in subject and extended key usage: who the holder is, and in what role.
//!
//! *Source*: order 522 of 2026 as implemented (facts/kz-pki.md §2.2, §2.4); verified on certificates of НУЦ РК.

use const_oid::ObjectIdentifier;

use super::{Certificate, oids};

/// Individual identification number of the holder: 12 digits after `IIN` in the subject's serialNumber.
pub fn iin(certificate: &Certificate) -> Option<&str> {
    certificate.subject().attributes(oids::SERIAL_NUMBER).find_map(|text| digits_after(text, "IIN"))
}

/// Business identification number of the holder's organisation: 12 digits after `BIN` in an organizationalUnitName, or
/// rarely in the serialNumber.
pub fn bin(certificate: &Certificate) -> Option<&str> {
    let subject = certificate.subject();
    let units = subject.attributes(oids::ORGANIZATIONAL_UNIT);
    units.chain(subject.attributes(oids::SERIAL_NUMBER)).find_map(|text| digits_after(text, "BIN"))
}

fn digits_after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let digits = text.strip_prefix(prefix)?;
    (digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// The roles that the extended key usages give the holder, in the order of the certificate.
pub fn roles(certificate: &Certificate) -> Vec<Role> {
    let purposes = certificate.extended_key_usage().present().map_or(&[][..], Vec::as_slice);
    purposes.iter().filter_map(|oid| Role::from_oid(*oid)).collect()
}

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $oid:literal, $name:literal;)*) => {
        /// A role that an extended key usage of the Kazakh profile names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            /// Every role with its OID and its stable name.
            pub const TABLE: &'static [(Self, ObjectIdentifier, &'static str)] =
                &[$((Self::$variant, ObjectIdentifier::new_unwrap($oid), $name),)*];
        }
    };
}

roles! {
    /// A natural person.
    Individual = "1.2.398.3.3.4.1.1", "individual";
    /// An information system of a natural person.
    IndividualSystem = "1.2.398.3.3.4.1.1.1", "individual-system";
    /// A legal person.
    Organisation = "1.2.398.3.3.4.1.2", "organisation";
    /// First head of a legal person: signs without limits.
    FirstHead = "1.2.398.3.3.4.1.2.1", "first-head";
    /// May sign for the legal person.
    RightToSign = "1.2.398.3.3.4.1.2.2", "right-to-sign";
    /// May sign financial documents for the legal person.
    RightToSignFinancial = "1.2.398.3.3.4.1.2.3", "right-to-sign-financial";
    /// Human resources.
    HumanResources = "1.2.398.3.3.4.1.2.4", "human-resources";
    /// Employee without the right to sign.
    Employee = "1.2.398.3.3.4.1.2.5", "employee";
    /// An information system of a legal person.
    OrganisationSystem = "1.2.398.3.3.4.1.2.6", "organisation-system";
    /// Participant of Treasury-Client.
    TreasuryClient = "1.2.398.5.19.1.2.2.1", "treasury-client";
    /// Notary.
    Notary = "1.2.398.6.1.1.1.1", "notary";
    /// Civil servant (certification centre of the state bodies).
    CivilServant = "1.2.398.3.2.3.4", "civil-servant";
}

impl Role {
    /// Finds a role by its extended key usage.
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::TABLE.iter().find(|(_, known, _)| *known == oid).map(|(role, ..)| *role)
    }

    /// The extended key usage that names the role.
    pub fn oid(self) -> ObjectIdentifier {
        self.row().1
    }

    /// The stable name used in reports.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, ObjectIdentifier, &'static str) {
        // INVARIANT: the macro writes one row for each variant.
        #[expect(clippy::expect_used, reason = "every variant has a row")]
        Self::TABLE.iter().find(|(role, ..)| *role == self).expect("every role has a row")
    }
}
