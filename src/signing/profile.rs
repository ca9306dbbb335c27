//! The Kazakh certificate profile, written: names, and the extensions of each template.
//!
//! *Source*: order 522 of 2026 as implemented (facts/kz-pki.md §2.2, §2.3, §2.5); `x509::kz_profile` reads it.

use const_oid::ObjectIdentifier;

use crate::codec::der;
use crate::crypto::KeyAlgorithm;
use crate::x509::{Extension, Name, Role, oids};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Policy of certificates issued since 2022.
const GENERIC_POLICY: ObjectIdentifier = oid("1.2.398.3.3.2");
/// Policy of the national root.
const ROOT_POLICY: ObjectIdentifier = oid("1.2.398.3.1.2");
const CPS_QUALIFIER: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
const ACCESS_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
const ACCESS_CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
/// KeyStoreInfo, and its value for keys that are kept in a PKCS#12 file.
const KEY_STORE_INFO: ObjectIdentifier = oid("1.2.398.3.3.5");
const KEY_STORE_PKCS12: ObjectIdentifier = oid("1.2.398.3.3.5.1.1");

// Bits of KeyUsage as they stand in the BIT STRING, first bit first (RFC 5280 §4.2.1.3).
const DIGITAL_SIGNATURE: u16 = 1 << 15;
const NON_REPUDIATION: u16 = 1 << 14;
const KEY_ENCIPHERMENT: u16 = 1 << 13;
const KEY_AGREEMENT: u16 = 1 << 11;
const KEY_CERT_SIGN: u16 = 1 << 10;
const CRL_SIGN: u16 = 1 << 9;

/// The templates of facts/kz-pki.md §2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A root authority.
    Root,
    /// An authority under a root.
    Issuing {
        /// How many authorities may follow below.
        path_len: Option<u8>,
    },
    /// Signing documents.
    Sign,
    /// Logging in, and nothing else.
    Auth,
    /// Signing OCSP responses.
    Ocsp,
    /// Signing time-stamp tokens.
    TimeStamping,
    /// Signing receipts of a trusted third party.
    ThirdParty,
}

/// Where the certificates and lists of an issuer are to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// OCSP responder.
    pub ocsp: String,
    /// The issuer's certificate.
    pub ca_issuers: String,
    /// Full CRL.
    pub crl: String,
    /// Delta CRL, where there is one.
    pub delta_crl: Option<String>,
    /// Certification practice statement.
    pub cps: String,
}

/// What a Kazakh certificate says beyond name, key and validity.
#[derive(Clone, Copy, Debug)]
pub struct KazakhProfile<'a> {
    /// Which template.
    pub template: Template,
    /// Kind of the subject's key: the templates differ by generation.
    pub key_algorithm: KeyAlgorithm,
    /// Roles of the holder.
    pub roles: &'a [Role],
    /// Identifier of the subject's key.
    pub subject_key: &'a [u8],
    /// Identifier of the issuer's key.
    pub issuer_key: &'a [u8],
    /// Where the issuer publishes; roots have none.
    pub addresses: Option<&'a Addresses>,
}

impl KazakhProfile<'_> {
    /// The extensions in the order that НУЦ РК writes them.
    pub fn extensions(&self) -> Vec<Extension> {
        let mut all = Vec::new();
        if let Some(addresses) = self.addresses {
            all.push(certificate_policies(self.policy(), Some(&addresses.cps)));
            all.push(authority_info_access(addresses));
            all.push(distribution_point(oids::CRL_DISTRIBUTION_POINTS, &addresses.crl));
            all.extend(addresses.delta_crl.as_ref().map(|a| distribution_point(oids::FRESHEST_CRL, a)));
        } else {
            all.push(certificate_policies(self.policy(), None));
        }
        all.extend(self.basic_constraints());
        all.extend(self.extended_key_usage());
        all.extend(self.key_usage());
        all.push(not_critical(oids::SUBJECT_KEY_IDENTIFIER, der::octet_string(self.subject_key)));
        all.push(authority_key_identifier(self.issuer_key));
        match self.template {
            Template::Sign | Template::Auth => {
                all.push(not_critical(KEY_STORE_INFO, der::sequence(&[&der::oid(KEY_STORE_PKCS12)])));
            }
            // RFC 6960 §4.2.2.2.1: trusted for the certificate's lifetime.
            Template::Ocsp => all.push(not_critical(oids::OCSP_NO_CHECK, der::null())),
            Template::Root | Template::Issuing { .. } | Template::TimeStamping | Template::ThirdParty => {}
        }
        all
    }

    fn policy(&self) -> ObjectIdentifier {
        if self.template == Template::Root { ROOT_POLICY } else { GENERIC_POLICY }
    }

    /// RFC 5280 §4.2.1.9; `ca` is left out of end entities, for whom FALSE is the default.
    fn basic_constraints(&self) -> Option<Extension> {
        let path_len = match self.template {
            Template::Root => None,
            Template::Issuing { path_len } => path_len,
            Template::Sign | Template::Auth | Template::Ocsp | Template::TimeStamping | Template::ThirdParty => {
                return None;
            }
        };
        let path_len = path_len.map(|n| der::integer_u64(n.into())).unwrap_or_default();
        let value = der::sequence(&[&der::boolean(true), &path_len]);
        Some(Extension { oid: oids::BASIC_CONSTRAINTS, critical: true, value })
    }

    fn key_usage(&self) -> Option<Extension> {
        let gost_2015 = matches!(self.key_algorithm, KeyAlgorithm::GostKz256 | KeyAlgorithm::GostKz512);
        let (critical, bits) = match self.template {
            Template::Root | Template::Issuing { .. } => (true, KEY_CERT_SIGN | CRL_SIGN),
            // Since the end of 2023, for the GOST-2015 generation.
            Template::Sign if gost_2015 => (true, DIGITAL_SIGNATURE | NON_REPUDIATION | KEY_AGREEMENT),
            Template::Sign | Template::ThirdParty => (true, DIGITAL_SIGNATURE | NON_REPUDIATION),
            Template::Auth => (true, DIGITAL_SIGNATURE | KEY_ENCIPHERMENT),
            Template::Ocsp => (false, DIGITAL_SIGNATURE),
            Template::TimeStamping => return None,
        };
        Some(Extension { oid: oids::KEY_USAGE, critical, value: key_usage_bits(bits) })
    }

    fn extended_key_usage(&self) -> Option<Extension> {
        let is_system = self.roles.iter().any(|r| matches!(r, Role::OrganisationSystem | Role::IndividualSystem));
        let (critical, first) = match self.template {
            Template::Root | Template::Issuing { .. } => return None,
            // Certificates of information systems carry their role alone.
            Template::Sign if is_system => (false, None),
            Template::Sign => (false, Some(oids::EMAIL_PROTECTION)),
            Template::Auth => (false, Some(oids::CLIENT_AUTH)),
            Template::Ocsp => (false, Some(oids::OCSP_SIGNING)),
            // RFC 3161 §2.3: alone and critical.
            Template::TimeStamping => (true, Some(oids::TIME_STAMPING)),
            // RFC 3029 §4; critical in STB 34.101.78 (facts/ttp.md §1.5), and harmless elsewhere.
            Template::ThirdParty => (true, Some(oids::DVCS)),
        };
        let purposes: Vec<u8> =
            first.into_iter().chain(self.roles.iter().filter_map(|r| role_oid(*r))).flat_map(der::oid).collect();
        Some(Extension { oid: oids::EXTENDED_KEY_USAGE, critical, value: der::sequence(&[&purposes]) })
    }
}

/// The National CA's own extended key usage for a role.
fn role_oid(role: Role) -> Option<ObjectIdentifier> {
    ObjectIdentifier::new(role.oids().first()?).ok()
}

/// Encodes a name of one attribute per relative name, in the order given, each in the string type that is usual for it.
pub fn encode_name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, crate::codec::Malformed> {
    let relative_names: Vec<u8> = attributes
        .iter()
        .flat_map(|(kind, text)| {
            let value = match *kind {
                oids::COUNTRY | oids::SERIAL_NUMBER => der::printable_string(text),
                oids::EMAIL_ADDRESS | oids::DOMAIN_COMPONENT => der::ia5_string(text),
                _ => der::utf8_string(text),
            };
            der::set_of(&[&der::sequence(&[&der::oid(*kind), &value])])
        })
        .collect();
    Name::from_der(&der::sequence(&[&relative_names]))
}

/// RFC 5280 §4.2.1.1, keyIdentifier alone.
pub(super) fn authority_key_identifier(issuer_key: &[u8]) -> Extension {
    not_critical(oids::AUTHORITY_KEY_IDENTIFIER, der::sequence(&[&der::context_primitive(0, issuer_key)]))
}

fn not_critical(oid: ObjectIdentifier, value: Vec<u8>) -> Extension {
    Extension { oid, critical: false, value }
}

/// RFC 5280 §4.2.1.4, one policy, with the address of the practice statement where there is one.
fn certificate_policies(policy: ObjectIdentifier, cps: Option<&str>) -> Extension {
    let qualifiers = cps
        .map(|uri| der::sequence(&[&der::sequence(&[&der::oid(CPS_QUALIFIER), &der::ia5_string(uri)])]))
        .unwrap_or_default();
    let information = der::sequence(&[&der::oid(policy), &qualifiers]);
    not_critical(oids::CERTIFICATE_POLICIES, der::sequence(&[&information]))
}

/// RFC 5280 §4.2.2.1.
fn authority_info_access(addresses: &Addresses) -> Extension {
    let access = |method, address: &str| der::sequence(&[&der::oid(method), &uri(address)]);
    let ocsp = access(ACCESS_OCSP, &addresses.ocsp);
    let ca_issuers = access(ACCESS_CA_ISSUERS, &addresses.ca_issuers);
    not_critical(oids::AUTHORITY_INFO_ACCESS, der::sequence(&[&ocsp, &ca_issuers]))
}

/// RFC 5280 §4.2.1.13 and §4.2.1.15 have the same syntax: `SEQUENCE OF { distributionPoint [0] { fullName [0] … } }`.
fn distribution_point(oid: ObjectIdentifier, address: &str) -> Extension {
    let point = der::sequence(&[&der::context(0, &der::context(0, &uri(address)))]);
    not_critical(oid, der::sequence(&[&point]))
}

/// GeneralName.uniformResourceIdentifier.
fn uri(address: &str) -> Vec<u8> {
    der::context_primitive(6, address.as_bytes())
}

/// A named-bit list: trailing zero bits are left out (X.690 §11.2.2).
fn key_usage_bits(bits: u16) -> Vec<u8> {
    let [first, second] = bits.to_be_bytes();
    let octets: &[u8] = if second == 0 { &[first] } else { &[first, second] };
    let unused = octets.last().map_or(0, |last| last.trailing_zeros()).min(7);
    let mut content = vec![u8::try_from(unused).unwrap_or(0)];
    content.extend_from_slice(octets);
    der::tlv(der::tag::BIT_STRING, &content)
}
