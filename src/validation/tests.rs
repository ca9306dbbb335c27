use std::sync::OnceLock;

use const_oid::ObjectIdentifier;

use super::*;
use crate::cms::oids;
use crate::codec::der;
use crate::crypto::{DigestAlgorithm, SigningKey};
use crate::path::tests::pki::{self, CrlRecipe, Entity, Recipe, day};
use crate::path::{Link, SignatureBook};
use crate::policy::Policy;
use crate::time::Timestamp;
use crate::trust::TrustSnapshot;
use crate::x509::{Certificate, Fingerprint, oids as x509_oids};
use making::{Made, SignerRecipe};

mod batching;
mod explaining;
mod judging;
mod making;
mod receipts;
mod remembering;
mod stamping;
mod tokens;

const CONTENT: &[u8] = b"content of a permit";

/// A root, a centre, a signer and a time-stamping authority, with everything that is needed to say yes.
struct Bench {
    centre: Entity,
    signer: Entity,
    tsa: Entity,
    trust: CompiledTrust,
    evidence: Pool,
    policy: Policy,
    at: Timestamp,
    /// What was read before, of documents of every fate.
    known: OnceLock<Known>,
}

impl Bench {
    fn new() -> Self {
        Self::with_signer(&Recipe::leaf("signer"))
    }

    fn with_signer(recipe: &Recipe) -> Self {
        Self::with(recipe, &tsa_recipe())
    }

    fn with(signer: &Recipe, tsa: &Recipe) -> Self {
        let root = pki::root(&Recipe::ca("root"), "root");
        let centre = root.issue(&Recipe::ca("centre"), "centre");
        let (signer, tsa) = (centre.issue(signer, "signer"), centre.issue(tsa, "tsa"));
        let certificates = [root.certificate.clone(), centre.certificate.clone()];
        let trust = TrustSnapshot::of_certificates(&certificates).compile().unwrap();
        let mut evidence = Pool::default();
        evidence.add_crl(root.crl(&CrlRecipe::new(1)));
        evidence.add_crl(centre.crl(&CrlRecipe::new(1)));
        Self {
            centre,
            signer,
            tsa,
            trust,
            evidence,
            policy: Policy::named("kz").unwrap(),
            at: day(100),
            known: OnceLock::new(),
        }
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            trust: &self.trust,
            evidence: &self.evidence,
            policy: &self.policy,
            paths: None,
            known: None,
            at: self.at,
        }
    }

    fn under(mut self, policy: &str) -> Self {
        self.policy = Policy::named(policy).unwrap();
        self
    }

    /// The same without a certificate profile: the certificates made here follow none.
    fn whatever_the_profile(mut self) -> Self {
        self.policy.paths.profile = crate::path::Profile::PathAlone;
        self
    }

    /// A good message to start from.
    fn message(&self) -> Made {
        Made::by(&[SignerRecipe::of(&self.signer)])
    }

    fn read(&self, document: &[u8], content: Option<&[u8]>) -> Result<DocumentReport, ReadError> {
        let items = [Item::new(document, content)];
        let plain = validate_many(&items, &self.terms(), &SignatureBook::default()).remove(0);
        // Whatever a test is about, what was kept of earlier documents changes nothing; twice, since the first time keeps.
        for _ in 0..2 {
            let terms = Terms { known: Some(self.known()), ..self.terms() };
            let told = validate_many(&items, &terms, &SignatureBook::default()).remove(0);
            assert_eq!(format!("{told:?}"), format!("{plain:?}"));
        }
        plain
    }

    fn own(&self) -> [&Pool; 3] {
        [&self.trust.anchors, &self.trust.material, &self.evidence]
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::new(self.own(), &self.policy))
    }

    fn report(&self, document: &[u8]) -> SignatureReport {
        self.read(document, None).unwrap().signatures.remove(0)
    }

    fn told(&self, document: &[u8]) -> Told {
        told(&self.report(document))
    }
}

fn tsa_recipe() -> Recipe {
    let purposes = der::sequence(&[&der::oid(x509_oids::TIME_STAMPING)]);
    Recipe::leaf("tsa").serial(9).without(x509_oids::KEY_USAGE).with(x509_oids::EXTENDED_KEY_USAGE, true, purposes)
}

/// The finding and the first reason's code.
type Told = (Option<SubIndication>, Option<Code>);

fn told(report: &SignatureReport) -> Told {
    (report.verdict.sub_indication, report.reasons.first().map(|r| r.code))
}

const PASSED: Told = (None, None);
