//! A country with keys of Russian GOST: a centre, a portal that signs, and a trusted third party of its own.

use std::sync::{Arc, OnceLock};

use qoltanba::codec::armour;
use qoltanba::crypto::{KeyAlgorithm, SeededEntropy, SigningKey};
use qoltanba::path::Pool;
use qoltanba::service::HeldKey;
use qoltanba::signing::{
    Authority, CertificateDraft, CrlDraft, KazakhProfile, Packaging, Signer, Template, encode_name, issue_certificate,
    issue_crl, key_identifier, serial_number, sign,
};
use qoltanba::trust::{
    AnchorEntry, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, Period, ReceiptKind, ReceiptProfile,
    StatusEvent, TrustSnapshot,
};
use qoltanba::x509::{Certificate, Validity, oids};

use crate::place::{at, pki};

const THIRD_PARTY: &str = "Third party abroad";
const KEY: KeyAlgorithm = KeyAlgorithm::Gost2012_256;

pub(crate) struct Abroad {
    root: Entity,
    portal: Entity,
    ttp: Entity,
    pub(crate) evidence: Pool,
}

struct Entity {
    key: SigningKey,
    certificate: Certificate,
}

impl Abroad {
    pub(crate) fn get() -> &'static Self {
        static ABROAD: OnceLock<Abroad> = OnceLock::new();
        ABROAD.get_or_init(Self::make)
    }

    fn make() -> Self {
        let root = make("Centre abroad", Template::Root, None);
        let portal = make("Portal abroad", Template::Sign, Some(&root));
        let ttp = make(THIRD_PARTY, Template::ThirdParty, Some(&root));
        let draft = CrlDraft {
            this_update: at("2026-01-01T00:00:00Z"),
            next_update: Some(at("2030-01-01T00:00:00Z")),
            number: 1,
            delta_base: None,
            revocations: Vec::new(),
        };
        let mut evidence = Pool::default();
        evidence.add_crl(issue_crl(&draft, &root.authority()).unwrap());
        Self { root, portal, ttp, evidence }
    }

    /// A document that its portal signed.
    pub(crate) fn document(&self, content: &[u8]) -> Vec<u8> {
        let signer = Signer::new(&self.portal.key, &self.portal.certificate).unwrap().at(at("2026-11-22T04:00:00Z"));
        sign(content, Packaging::Attached, &signer).unwrap()
    }

    pub(crate) fn held(&self) -> HeldKey {
        HeldKey { key: Arc::new(key(THIRD_PARTY)), certificate: self.ttp.certificate.clone() }
    }

    /// Whom the country itself trusts.
    pub(crate) fn own_snapshot(&self) -> TrustSnapshot {
        let certificate = armour::encode(self.root.certificate.der());
        let domestic = vec![AnchorEntry { label: "centre-abroad".to_owned(), certificate }];
        TrustSnapshot { domestic, ..TrustSnapshot::empty(1, at("2026-06-01T00:00:00Z"), "abroad") }
    }

    /// What Kazakhstan's registry says of it: its centre is registered with its third party, and that one here.
    pub(crate) fn registered(&self, endpoint: &str, events: Vec<StatusEvent>) -> TrustSnapshot {
        let (centre, ttp) = (PartyId::new("xr-centre").unwrap(), PartyId::new("xr-ttp").unwrap());
        let since = Period::since(at("2024-01-01T00:00:00Z"));
        let mut snapshot = pki().snapshot().unwrap();
        snapshot.foreign.push(ForeignCentre {
            party: Some(centre.clone()),
            ..ForeignCentre::unregistered("centre-abroad", "XR", &self.root.certificate)
        });
        let anchor = PartyAnchor {
            certificate: armour::encode(self.ttp.certificate.der()),
            period: since,
            act: "entry 1".to_owned(),
        };
        snapshot.foreign_ttps.push(ForeignTtp {
            party: ttp.clone(),
            label: "Third party abroad".to_owned(),
            country: "XR".to_owned(),
            act: "entry 1".to_owned(),
            anchors: vec![anchor],
            events,
            scopes: Vec::new(),
            receipt_profile: ReceiptProfile {
                endpoint: Some(endpoint.to_owned()),
                ..ReceiptProfile::of(ReceiptKind::Rfc3029)
            },
        });
        let evidence = "its list".to_owned();
        snapshot.edges.push(Edge { ttp, centre, period: since, recorded_at: None, evidence });
        snapshot
    }
}

impl Entity {
    fn authority(&self) -> Authority<'_> {
        Authority { name: self.certificate.subject(), key: &self.key }
    }
}

fn key(common_name: &str) -> SigningKey {
    SigningKey::generate(KEY, &mut SeededEntropy::new(common_name.as_bytes())).unwrap()
}

fn make(common_name: &str, template: Template, issuer: Option<&Entity>) -> Entity {
    let key = key(common_name);
    let subject = encode_name(&[(oids::COMMON_NAME, common_name), (oids::COUNTRY, "XR")]).unwrap();
    let own = key_identifier(key.public_key()).unwrap();
    let above = issuer.map_or_else(|| own.clone(), |one| key_identifier(one.key.public_key()).unwrap());
    let profile = KazakhProfile {
        template,
        key_algorithm: KEY,
        roles: &[],
        subject_key: &own,
        issuer_key: &above,
        addresses: None,
    };
    let draft = CertificateDraft {
        subject: &subject,
        public_key: key.public_key(),
        serial: &serial_number(&own),
        validity: Validity { not_before: at("2024-01-01T00:00:00Z"), not_after: at("2034-01-01T00:00:00Z") },
        extensions: profile.extensions(),
    };
    let own_authority = Authority { name: &subject, key: &key };
    let certificate = match issuer {
        Some(issuer) => issue_certificate(&draft, &issuer.authority()).unwrap(),
        None => issue_certificate(&draft, &own_authority).unwrap(),
    };
    Entity { key, certificate }
}
