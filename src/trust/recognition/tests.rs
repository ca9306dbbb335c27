use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use super::*;
use crate::path::tests::pki::{self, Entity, Recipe, day};
use crate::trust::{
    DomesticTtp, Edge, ForeignCentre, ForeignTtp, NormRules, NormVersion, PartyAnchor, Period, ReceiptKind,
    ReceiptProfile, ReceiptRule, ReceiptSignature, ReceiptSoundness, RegistrationStatus, RoleEquivalence, Scope,
    StatusEvent, TerminationRule, Treaty, TrustSnapshot,
};
use RecognitionReason as Reason;
use RegistrationStatus::{Expired, Registered, Resumed, Suspended, Terminated, VoidFrom};

mod properties;
mod receipts;
mod routes;
mod usage;

pub(super) fn id(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

pub(super) fn events(all: &[(RegistrationStatus, i64)]) -> Vec<StatusEvent> {
    all.iter().map(|(status, at)| StatusEvent::new(*status, day(*at))).collect()
}

pub(super) fn period(from: i64, until: Option<i64>) -> Period {
    Period { from: day(from), until: until.map(day) }
}

pub(super) fn root() -> Entity {
    pki::root(&Recipe::ca("foreign"), "foreign")
}

/// The signer's certificate and the centre's, made once.
pub(super) fn path() -> Vec<Certificate> {
    static PATH: OnceLock<Vec<Certificate>> = OnceLock::new();
    PATH.get_or_init(|| vec![signer().certificate, root().certificate]).clone()
}

/// Someone under the foreign centre, with a certificate of day 25.
pub(super) fn signer() -> Entity {
    root().issue(&Recipe::leaf("signer").valid(day(25), day(365)), "signer")
}

fn key_of(name: &str) -> Vec<PartyAnchor> {
    static KEYS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let make = || crate::codec::armour::encode(pki::root(&Recipe::leaf(name), name).certificate.der());
    let certificate = KEYS.lock().unwrap().entry(name.to_owned()).or_insert_with(make).clone();
    vec![PartyAnchor { certificate, period: period(0, None), act: "act".into() }]
}

pub(super) fn foreign_ttp(registered: &[(RegistrationStatus, i64)]) -> ForeignTtp {
    ForeignTtp {
        party: id("ttp-xa"),
        label: "third party of Xanadu".into(),
        country: "XA".into(),
        act: "register of third parties, entry 1".into(),
        anchors: key_of("ttp-xa"),
        events: events(registered),
        scopes: Vec::new(),
        receipt_profile: ReceiptProfile::of(ReceiptKind::Rfc3029),
    }
}

pub(super) fn edge(from: i64, until: Option<i64>) -> Edge {
    let (ttp, centre, evidence) = (id("ttp-xa"), id("ca-xa"), "list of Xanadu, entry 7".to_owned());
    Edge { ttp, centre, period: period(from, until), recorded_at: None, evidence }
}

pub(super) fn treaty() -> Treaty {
    Treaty {
        party: id("treaty-xa"),
        title: "Treaty with Xanadu".into(),
        countries: vec!["XA".into()],
        centres: Vec::new(),
        ratified_at: Some(day(10)),
        in_force: Some(period(20, None)),
        scopes: Vec::new(),
        requires_domestic_receipt: true,
        accepted_receipts: Vec::new(),
        implemented_by: Vec::new(),
        act: "law on ratification".into(),
    }
}

pub(super) fn centre(registered: &[(RegistrationStatus, i64)]) -> ForeignCentre {
    ForeignCentre {
        party: Some(id("ca-xa")),
        act: "register of centres, entry 1".into(),
        events: events(registered),
        ..ForeignCentre::unregistered("centre of Xanadu", "XA", &path()[1])
    }
}

pub(super) fn norm(receipts: ReceiptRule) -> NormVersion {
    NormVersion {
        id: "kz-547".into(),
        act: "order 547/НҚ".into(),
        edition: "2026-09-09".into(),
        in_force: period(-400, None),
        rules: NormRules { receipts, termination: TerminationRule::NotRetroactive },
    }
}

/// A registry in which receipts are needed, with one centre of these events and the third party of Kazakhstan.
pub(super) fn snapshot(registered: &[(RegistrationStatus, i64)]) -> TrustSnapshot {
    let domestic = DomesticTtp {
        party: id("ttp-kz"),
        label: "third party of Kazakhstan".into(),
        act: "Digital Code, article 57".into(),
        anchors: key_of("ttp-kz"),
        receipt_profile: ReceiptProfile::of(ReceiptKind::Kz547),
    };
    TrustSnapshot {
        foreign: vec![centre(registered)],
        domestic_ttps: vec![domestic],
        norms: vec![norm(ReceiptRule::Required)],
        ..TrustSnapshot::empty(1, day(100), "order 547")
    }
}

/// What a receipt of a third party said on a day about the signer of these tests.
pub(super) fn receipt(issuer: &str, response: i64, status: TtpStatus) -> ReceiptFinding {
    ReceiptFinding {
        issuer: id(issuer),
        digest: Fingerprint::of(format!("{issuer} {response} {status:?}").as_bytes()),
        serial: "07".into(),
        response_time: day(response),
        request_time: None,
        status,
        soundness: ReceiptSoundness::Sound,
        signatures: vec![ReceiptSignature { signer: path()[0].fingerprint(), status }],
        rests_on: Vec::new(),
    }
}

/// What is asked, on day 100 unless a test says otherwise, about a signature that validation found nothing wrong with.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) path: Vec<Certificate>,
    pub(super) technical: Technical,
    pub(super) proven_at: Option<i64>,
    pub(super) document: DocumentFacts,
    pub(super) receipts: Vec<ReceiptFinding>,
    pub(super) standpoint: Standpoint,
    pub(super) at: i64,
}

impl Case {
    /// With these receipts.
    pub(super) fn new(receipts: &[ReceiptFinding]) -> Self {
        Self {
            path: path(),
            technical: Technical::Sound,
            proven_at: None,
            document: DocumentFacts::default(),
            receipts: receipts.to_vec(),
            standpoint: Standpoint::RelyingParty,
            at: 100,
        }
    }

    pub(super) fn ask(&self, snapshot: &TrustSnapshot) -> Recognition {
        snapshot.check().unwrap();
        let question = RecognitionQuestion {
            path: &self.path,
            signer: self.path.first(),
            algorithm: None,
            technical: self.technical,
            proven_at: self.proven_at.map(day),
            at: day(self.at),
            document: &self.document,
            receipts: &self.receipts,
            standpoint: self.standpoint,
        };
        recognise(&question, &snapshot.compile().unwrap())
    }
}

/// The standing, the route, and every reason.
pub(super) fn told(answer: &Recognition) -> (Standing, Option<Route>, &[Reason]) {
    (answer.standing, answer.route, &answer.reasons)
}

#[test]
fn the_table_of_precedence_holds() {
    // facts/ttp.md §8.3: a no before a doubt, a doubt before a yes. This is the table as it is meant, written once more.
    use Reason as R;
    let no = [
        R::SigInvalid,
        R::KeyCompromised,
        R::CertificateRevoked,
        R::TtpNegative,
        R::RegVoid,
        R::RegTerminatedBefore,
        R::RegNotYet,
        R::TtpNotRegistered,
        R::CaNotRegistered,
        R::TreatyNotInForce,
        R::PurposeNotAllowed,
        R::PurposeSignerKind,
        R::ScopeDocumentType,
        R::ScopeSignerKind,
        R::ScopePolicy,
        R::ScopePeriod,
        R::AlgNotAllowedAtT,
        R::LimitExceeded,
    ];
    let doubt = [
        R::RegSuspended,
        R::NoPoe,
        R::RegistryConflict,
        R::NormUnknown,
        R::TtpCannotCheck,
        R::TtpPartly,
        R::TtpWaiting,
        R::ReceiptInvalid,
        R::ReceiptOtherDocument,
        R::ReceiptTtpNotInForce,
        R::ReceiptsNotHeard,
        R::TtpReceiptMissing,
        R::RevocationUnknown,
        R::AuthorityNotEstablished,
        R::DocumentTypeUnknown,
        R::LimitUnknown,
        R::ValidationIndeterminate,
    ];
    let told = [R::AlgNotSupportedLocally, R::CertificateOlderThanRegistration];
    let expected: Vec<(Reason, Standing)> = (no.map(|r| (r, Standing::NotRecognised)).into_iter())
        .chain(doubt.map(|r| (r, Standing::Undetermined)))
        .chain(told.map(|r| (r, Standing::Recognised)))
        .collect();
    let table: Vec<(Reason, Standing)> = Reason::all().map(|reason| (reason, reason.effect())).collect();
    assert_eq!(table, expected, "every reason once, the gravest first");
    assert!(Standing::NotRecognised < Standing::Undetermined && Standing::Undetermined < Standing::Recognised);
}

#[test]
fn every_reason_has_a_code_a_clause_and_three_sentences() {
    let mut codes: Vec<&str> = Reason::all().map(Reason::code).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
    for reason in Reason::all() {
        assert!(!reason.clause().is_empty() && reason.label().iter().all(|text| text.len() > 20), "{reason:?}");
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}
