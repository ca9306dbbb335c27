//! What the plan of the test PKI expects of every entity is what the validator says: the two are each other's mirror.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as loudly as the tests themselves")]

use qoltanba::cms::{DraftSigner, SignedDataParts, encode_signed_data, oids};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::path::{Pool, SignatureBook};
use qoltanba::policy::Policy;
use qoltanba::service::devkit::{DevkitPki, EntityPlan, Expectation, Folder, TemplateName};
use qoltanba::signing::{Packaging, Stamp, sign, time_stamp_signature};
use qoltanba::time::Timestamp;
use qoltanba::trust::{CompiledTrust, Standing};
use qoltanba::validation::{Indication, Item, SignatureReport, SubIndication, Terms, validate_many};

const CONTENT: &[u8] = b"content of a permit";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A verifier of 2026-11-21 with the snapshot and all that is good of the evidence, broken authorities included.
struct Verifier {
    trust: CompiledTrust,
    evidence: Pool,
}

impl Verifier {
    fn of(pki: &DevkitPki) -> Self {
        let mut evidence = Pool::default();
        for crl in &pki.plan().crls {
            if crl.folder != Some(Folder::Broken) || crl.label == crl.issuer {
                evidence.add_crl(pki.crl(&crl.label).unwrap().clone());
            }
        }
        let is_authority = |e: &&EntityPlan| e.template == TemplateName::Issuing && e.folder == Folder::Broken;
        for entity in pki.plan().entities.iter().filter(is_authority) {
            evidence.add_certificate(pki.certificate(&entity.label).unwrap().clone());
        }
        Self { trust: pki.snapshot().unwrap().compile().unwrap(), evidence }
    }

    fn judge(&self, document: &[u8]) -> SignatureReport {
        let policy = Policy::named("kz").unwrap();
        let now = at("2026-11-21T20:00:00Z");
        let terms =
            Terms { trust: &self.trust, evidence: &self.evidence, policy: &policy, paths: None, known: None, at: now };
        let item = Item::new(document, None);
        let mut reports = validate_many(&[item], &terms, &SignatureBook::default());
        reports.remove(0).unwrap().signatures.remove(0)
    }
}

/// Signs as anybody, also as those whom `Signer` refuses.
fn sign_regardless(pki: &DevkitPki, label: &str) -> Vec<u8> {
    let (key, certificate) = (pki.key(label).unwrap(), pki.certificate(label).unwrap());
    let digest = key.signature_algorithm().digest().unwrap_or(DigestAlgorithm::Sha512);
    let draft = DraftSigner::new(certificate, oids::ID_DATA, (digest, &digest.digest(CONTENT)), None);
    let value = key.sign(draft.to_be_signed()).unwrap();
    let algorithm = key.signature_algorithm().algorithm_identifier_der();
    encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: Some(CONTENT),
        certificates: &[certificate.der()],
        digest_algorithms: &[draft.digest_algorithm()],
        signer_infos: &[&draft.complete(&algorithm, &value)],
    })
}

#[test]
fn the_validator_says_of_every_signer_what_the_plan_expects_and_for_that_reason() {
    let pki = DevkitPki::build().unwrap();
    let verifier = Verifier::of(&pki);
    let signs = [TemplateName::Sign, TemplateName::Auth, TemplateName::ForeignSigner];
    for entity in pki.plan().entities.iter().filter(|e| signs.contains(&e.template)) {
        let report = verifier.judge(&sign_regardless(&pki, &entity.label));
        let told = (report.verdict.sub_indication, report.reasons.first().map(|r| r.code.name()));
        assert_eq!(told, expected(entity), "{}", entity.label);
        let standing = match entity.expect {
            Expectation::Good | Expectation::ForeignRegistered => Standing::Recognised,
            Expectation::ForeignUnregistered
            | Expectation::BadSignature
            | Expectation::Revoked
            | Expectation::WrongUsage => Standing::NotRecognised,
            // What cannot be told cannot be recognised yet.
            _ => Standing::Undetermined,
        };
        assert_eq!(report.recognition.standing, standing, "{}", entity.label);
    }
}

fn expected(entity: &EntityPlan) -> (Option<SubIndication>, Option<&'static str>) {
    let bad_path = Some(SubIndication::CertificateChainGeneralFailure);
    match (entity.expect, entity.label.as_str()) {
        (
            Expectation::Good
            | Expectation::ForeignRegistered
            | Expectation::ForeignTerminated
            | Expectation::ForeignByReceipt,
            _,
        ) => (None, None),
        (Expectation::Revoked, _) => (Some(SubIndication::RevokedNoPoe), Some("REVOKED")),
        (Expectation::OnHold, _) => (Some(SubIndication::TryLater), Some("ON_HOLD")),
        (Expectation::Expired, _) => (Some(SubIndication::OutOfBoundsNoPoe), Some("EXPIRED")),
        (Expectation::NotYetValid, _) => (Some(SubIndication::OutOfBoundsNoPoe), Some("NOT_YET_VALID")),
        (Expectation::WrongUsage, _) => (Some(SubIndication::ChainConstraintsFailure), Some("NO_NON_REPUDIATION")),
        (Expectation::ForeignUnregistered, _) => {
            (Some(SubIndication::NoCertificateChainFound), Some("ISSUER_NOT_FOUND"))
        }
        (Expectation::BadSignature, _) => {
            (Some(SubIndication::NoCertificateChainFound), Some("ISSUER_SIGNATURE_INVALID"))
        }
        (_, "broken-ca-key-usage-leaf") => (bad_path, Some("MAY_NOT_SIGN_CERTIFICATES")),
        (_, "broken-ca-constraints-leaf") => (bad_path, Some("NOT_A_CA")),
        (_, "broken-path-length-leaf") => (bad_path, Some("PATH_LENGTH_EXCEEDED")),
        (_, "broken-critical-extension") => (bad_path, Some("UNKNOWN_CRITICAL_EXTENSION")),
        (Expectation::BadPath, label) => unreachable!("{label} is expected to be refused, and for what?"),
    }
}

#[test]
fn a_broken_revocation_list_alone_settles_nothing() {
    let pki = DevkitPki::build().unwrap();
    let signed = sign_regardless(&pki, "officer-head");
    let told = |label: &str| {
        let mut verifier = Verifier::of(&pki);
        verifier.evidence = Pool::default();
        for crl in ["root-gost", label] {
            verifier.evidence.add_crl(pki.crl(crl).unwrap().clone());
        }
        verifier.judge(&signed).verdict.sub_indication
    };
    assert_eq!(told("issuing-gost"), None);
    for broken in ["broken-crl-signature", "broken-crl-stale", "broken-crl-impostor", "issuing-gost-delta"] {
        assert_eq!(told(broken), Some(SubIndication::TryLater), "{broken}");
    }
}

#[test]
fn a_time_stamp_saves_what_was_good_when_it_was_stamped() {
    let pki = DevkitPki::build().unwrap();
    let verifier = Verifier::of(&pki);
    let judged = |label: &str, tsa: &str, gen_time: &str| {
        let message = sign(CONTENT, Packaging::Attached, &pki.signer(label).unwrap()).unwrap();
        let policy = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4");
        let stamp = Stamp { policy, serial: vec![1], gen_time: at(gen_time) };
        let tsa = pki.time_stamp_authority(tsa).unwrap();
        verifier.judge(&time_stamp_signature(&message, 0, &stamp, &tsa).unwrap())
    };
    let report = judged("officer-head", "tsa-gost", "2026-07-01T10:00:03Z");
    assert_eq!(report.verdict.indication, Indication::TotalPassed);
    assert_eq!(report.best_signature_time, at("2026-07-01T10:00:03Z"));
    assert_eq!(judged("officer-gost-2004", "tsa-rsa", "2026-07-01").best_signature_time, at("2026-07-01"));
    // Each of these is bad today; the second of each pair was stamped too late.
    let told = |label, gen_time| judged(label, "tsa-gost", gen_time).verdict.sub_indication;
    assert_eq!(told("officer-expired", "2024-07-01"), None);
    assert_eq!(told("officer-expired", "2025-07-01"), Some(SubIndication::OutOfBoundsNoPoe));
    assert_eq!(told("officer-revoked", "2025-09-30"), None);
    assert_eq!(told("officer-revoked", "2025-10-02"), Some(SubIndication::RevokedNoPoe));
    assert_eq!(told("officer-on-hold", "2025-11-30"), None);
    assert_eq!(told("officer-on-hold", "2025-12-02"), Some(SubIndication::TryLater));
    // The registration of the centre ended on 2026-06-01.
    let terminated = |gen_time| judged("foreign-terminated-signer", "tsa-gost", gen_time).recognition.standing;
    assert_eq!(terminated("2026-05-31"), Standing::Recognised);
    assert_eq!(terminated("2026-06-02"), Standing::NotRecognised);
}
