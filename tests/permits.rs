//! Permits over their whole life, with a store on disk, keys from files and the verifier that customs use.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as loudly as the tests themselves")]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use qoltanba::codec::armour;
use qoltanba::crypto::KeyAlgorithm;
use qoltanba::path::Pool;
use qoltanba::permit::{
    ActReference, Action, ActionReason, Body, DocumentContent, HistoryAtHand, RecordContent, SigningRight, Standing,
};
use qoltanba::policy::{Competence, IssuingBody, Policy};
use qoltanba::report::Answer;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::service::{
    ActionOrder, Home, HomeError, IssueOrder, Keyring, PermitError, Permits, ReissueOrder, SignerOrder, Trust,
    Verifier, WriteOffOrder, permit_answer,
};
use qoltanba::signing::{Packaging, Signer, sign};
use qoltanba::store::{DocumentFilter, Location, Record, Store, files};
use qoltanba::time::{Clock, Timestamp};
use qoltanba::trust::{ForeignCentre, RegistrationStatus, Route, StatusEvent, TrustSnapshot};
use qoltanba::validation::{Indication, Item};
use qoltanba::x509::Certificate;
use serde_json::{Value, json};
use sqlx::Connection as _;

const COMMITTEE: &str = "991240999016";
const KEYS: [&str; 8] = [
    "officer-head",
    "officer-signer",
    "officer-employee",
    "officer-revoked",
    "officer-revoked-in-delta",
    "officer-on-hold",
    "officer-expired",
    "officer-gost-256",
];

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

/// The GOST part of the test PKI: RSA keys are slow to make.
struct Kit {
    trust: Trust,
    evidence: Pool,
    containers: Vec<(&'static str, Vec<u8>)>,
    password: String,
}

fn kit() -> &'static Kit {
    static KIT: OnceLock<Kit> = OnceLock::new();
    KIT.get_or_init(|| {
        let pki = DevkitPki::build().unwrap();
        let mut evidence = Pool::default();
        for label in ["root-gost", "issuing-gost", "issuing-gost-delta", "issuing-gost-2024"] {
            evidence.add_crl(pki.crl(label).unwrap().clone());
        }
        for label in KEYS {
            assert_ne!(pki.entity(label).unwrap().key_algorithm, KeyAlgorithm::Rsa2048);
        }
        let domestic = ["root-gost", "issuing-gost"].map(|l| pki.certificate(l).unwrap().clone());
        Kit {
            trust: Trust::new(TrustSnapshot::of_certificates(&domestic)).unwrap(),
            evidence,
            containers: KEYS.map(|label| (label, pki.container(label).unwrap())).to_vec(),
            password: pki.plan().password.clone(),
        }
    })
}

struct Office {
    permits: Permits,
    folder: tempfile::TempDir,
}

fn verifier() -> Verifier {
    Verifier::new(kit().trust.clone(), kit().evidence.clone(), Policy::named("kz").unwrap())
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        files::create_folder(&keys).unwrap();
        for (label, container) in &kit().containers {
            files::write(&keys.join(format!("{label}.p12")), container).unwrap();
        }
        files::write_secret(&keys.join("password"), kit().password.as_bytes()).unwrap();
        let permits = Self::permits(folder.path(), now()).await;
        Self { permits, folder }
    }

    async fn permits(folder: &Path, now: Timestamp) -> Permits {
        let store = Store::open(&Location::Sqlite(folder.join("store.sqlite")), now).await.unwrap();
        Permits::new(store, Arc::new(verifier()), Keyring::new(folder.join("keys")), Clock::Fixed(now))
    }

    /// The same office at another time.
    async fn later(&self, now: &str) -> Permits {
        Self::permits(self.folder.path(), at(now)).await
    }

    /// Changes the store behind everybody's back.
    async fn tamper(&self, sql: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.path().join("store.sqlite"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        for trigger in ["documents_stay", "documents_remain", "records_stay", "records_remain"] {
            let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
            sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        }
        let changed = sqlx::query(sql).execute(&mut connection).await.unwrap();
        assert!(changed.rows_affected() > 0, "{sql}");
        connection.close().await.unwrap();
    }
}

fn signer(alias: &str) -> SignerOrder {
    SignerOrder {
        alias: alias.into(), position: "Төраға".into(), full_name: "Үлгіев Үлгі Үлгіұлы".into()
    }
}

fn application() -> Value {
    json!({ "number": "KZ18LAA00032760", "date": "2026-11-02" })
}

fn applicant() -> Value {
    json!({ "name": "ТОО «Пример»", "address": "Астана, 1", "bin": "050000000009" })
}

fn movement_fields() -> Value {
    json!({
        "issued_to": applicant(), "application": application(), "movement": "import", "list_section": "2.19",
        "goods": [
            { "hs_code": "8471300000", "description": "Ноутбук", "quantity": "10", "unit": "шт" },
            { "hs_code": "8517620009", "description": "Шлюз", "quantity": "2.5", "unit": "шт" }
        ],
        "partner": { "name": "Example GmbH", "address": "Berlin" }, "partner_country": "DE",
        "purpose": "Для собственных нужд", "grounds": [{ "name": "Контракт" }]
    })
}

fn notice_fields(more: &Value) -> Value {
    let mut fields =
        json!({ "applicant": applicant(), "application": application(), "service": "conclusion.crypto-movement" });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

/// Every kind with fields that fit its form.
fn kinds() -> Vec<(&'static str, Option<&'static str>, Option<&'static str>, Value)> {
    let licence = || json!({ "licensee": applicant(), "activity": "Криптография" });
    let grounds = || json!([{ "code": "requirements-not-met", "text": "Не соответствует" }]);
    let end = Some("2027-05-31T19:00:00Z");
    let foreign_trade = json!({
        "operation": "import", "applicant": applicant(), "destination": "DE", "list_section": "2.19",
        "goods": [{ "hs_code": "8517", "description": "Шлюз", "quantity": "3", "unit": "шт" }],
        "grounds": [{ "name": "Заключение" }]
    });
    let notification = json!({
        "register": { "number": "RU0001", "date": "2026-11-02" }, "goods_name": "Шлюз", "goods_purpose": "Связь",
        "manufacturer": { "name": "Example GmbH" },
        "algorithms": [{ "name": "AES", "algorithm_purpose": "шифрование", "category": 2 }],
        "undocumented_functions": "нет", "applicant": applicant(), "filled_on": "2026-11-02"
    });
    let study = json!({
        "applicant": applicant(), "application": application(), "product": "Шлюз", "hs_code": "8517620009",
        "study_result": "2"
    });
    vec![
        ("licence.stm-activity", Some("repair-sale"), None, licence()),
        ("licence.crypto-development", None, None, licence()),
        ("licence.leakage-detection", Some("general"), None, licence()),
        ("conclusion.stm-movement", None, end, movement_fields()),
        ("conclusion.crypto-movement", None, end, movement_fields()),
        ("conclusion.technical-study", None, None, study),
        ("notification.crypto-goods", None, end, notification),
        ("permit.crypto-sale", None, None, licence()),
        ("licence.foreign-trade", Some("one-off"), end, foreign_trade),
        ("refusal.reasoned", None, None, notice_fields(&json!({ "grounds": grounds() }))),
        ("refusal.incomplete", None, None, notice_fields(&json!({ "missing": ["Договор"] }))),
        (
            "notice.hearing",
            None,
            None,
            notice_fields(&json!({
                "preliminary_decision": "Отказать", "grounds": grounds(), "hearing_at": "2026-11-25T05:00:00Z",
                "hearing_place": "Астана"
            })),
        ),
        (
            "notice.sample-request",
            None,
            None,
            notice_fields(&json!({ "requested": "Образец", "due_on": "2026-12-01" })),
        ),
    ]
}

fn order(kind: &str) -> IssueOrder {
    let (kind, subtype, until, fields) = kinds().into_iter().find(|(code, ..)| *code == kind).unwrap();
    IssueOrder {
        kind: kind.into(),
        subtypes: subtype.map(str::to_owned).into_iter().collect(),
        issuing_body: Body { bin: COMMITTEE.into(), name: "Лицензиялау комитеті".into() },
        signer: signer("officer-head"),
        valid_from: None,
        valid_until: until.map(at),
        fields,
        reissue: None,
        licence_issuer: None,
        request_id: None,
    }
}

fn action(name: &str) -> ActionOrder {
    ActionOrder {
        action: name.into(),
        signer: signer("officer-signer"),
        reason: Some(ActionReason { grounds: Vec::new(), text: Some("По заявлению".into()) }),
        act: Some(ActReference { name: "Приказ".into(), number: Some("15".into()), date: "2026-11-21".into() }),
        effective_at: None,
        write_off: None,
        expected_sequence: None,
    }
}

fn write_off(item: usize, quantity: &str) -> ActionOrder {
    let order = WriteOffOrder { item, quantity: quantity.parse().unwrap() };
    ActionOrder { write_off: Some(order), reason: None, act: None, ..action("write-off") }
}

fn verified(signed: &[u8], at: Timestamp) -> Answer {
    verifier().verify(&[Item::new(signed, None)], at).remove(0)
}

async fn standing(permits: &Permits, number: &str) -> Standing {
    permits.permit(number).await.unwrap().status.standing
}

#[tokio::test]
async fn each_kind_is_issued_from_a_fitting_form_and_passes_the_verifier_with_its_right_established() {
    let office = Office::open().await;
    assert_eq!(kinds().len(), 13);
    for (kind, ..) in kinds() {
        let issued = office.permits.issue(&order(kind)).await.unwrap_or_else(|e| panic!("{kind}: {e}"));
        let answer = verified(&issued.signed, now());
        let report = answer.result.as_ref().unwrap();
        assert_eq!(report.verdict.indication, Indication::TotalPassed, "{kind}");
        let permit = permit_answer(report, &Policy::named("kz").unwrap(), None, now()).unwrap();
        assert_eq!(permit["signing_right"]["standing"], "ESTABLISHED", "{kind}");
        assert_eq!(permit["kind"], kind);
        // Numbers after EEC Decision 199 have no check digits.
        let checksum = if kind == "licence.foreign-trade" { Value::Null } else { Value::Bool(true) };
        assert_eq!(permit["checksum"], checksum, "{kind}");
        assert_eq!(permit["number"], issued.number.as_str());
        assert_eq!(office.permits.replay(&issued.number).await.unwrap().records().len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_form_that_does_not_fit_names_its_faults_and_uses_no_number() {
    let office = Office::open().await;
    let mut broken = order("conclusion.crypto-movement");
    broken.fields["goods"][1]["hs_code"] = json!("85");
    broken.fields.as_object_mut().unwrap().remove("purpose");
    let Err(PermitError::Form(faults)) = office.permits.issue(&broken).await else { panic!("issued") };
    let paths: Vec<&str> = faults.iter().map(|f| f.path.as_str()).collect();
    assert!(paths.contains(&"goods[1].hs_code") && paths.contains(&"purpose") && paths.len() == 2, "{paths:?}");
    let first = office.permits.issue(&order("conclusion.crypto-movement")).await.unwrap();
    let other = Office::open().await.permits.issue(&order("conclusion.crypto-movement")).await.unwrap();
    assert_eq!(first.number, other.number, "the refused order took a number");
}

#[tokio::test]
async fn whoever_may_not_sign_is_refused_before_anything_is_signed() {
    let office = Office::open().await;
    for (alias, why) in [
        ("officer-employee", "the right to sign"),
        ("officer-gost-256", "another body"),
        ("officer-revoked", "revoked"),
        ("officer-revoked-in-delta", "revoked in the delta"),
        ("officer-on-hold", "on hold"),
        ("officer-expired", "expired"),
    ] {
        let order = IssueOrder { signer: signer(alias), ..order("licence.crypto-development") };
        match (alias, office.permits.issue(&order).await) {
            ("officer-employee" | "officer-gost-256", Err(PermitError::NoRightToSign(right))) => {
                assert!(matches!(right, SigningRight::Contradicted { .. }), "{why}");
            }
            (_, Err(PermitError::SignerNotValid(reasons))) => assert!(!reasons.is_empty(), "{why}"),
            (_, other) => panic!("{why}: {other:?}"),
        }
    }
    assert!(matches!(
        office.permits.issue(&IssueOrder { signer: signer("nobody"), ..order("licence.crypto-development") }).await,
        Err(PermitError::Key(_))
    ));
    let kept = office.permits.store().list_documents(&DocumentFilter::default(), None, 10).await.unwrap();
    assert!(kept.is_empty(), "something was kept");
    // Nor may they change what others issued.
    let issued = office.permits.issue(&order("licence.crypto-development")).await.unwrap();
    for alias in ["officer-employee", "officer-gost-256", "officer-revoked", "officer-on-hold"] {
        let order = ActionOrder { signer: signer(alias), ..action("suspend") };
        assert!(office.permits.act(&issued.number, &order).await.is_err(), "{alias}");
    }
    assert_eq!(office.permits.history(&issued.number).await.unwrap().len(), 1);
}

/// The same hierarchy, but as a registered foreign centre: whatever it writes into its certificates.
fn as_foreign() -> Verifier {
    let domestic = &kit().trust.snapshot;
    let root = domestic.domestic.first().unwrap().clone();
    let registered = StatusEvent::new(RegistrationStatus::Registered, at("2020-01-01"));
    let certificate = Certificate::parse(&armour::decode(&root.certificate).unwrap()).unwrap();
    let centre = ForeignCentre {
        act: "act".into(),
        events: vec![registered],
        ..ForeignCentre::unregistered(&root.label, "XA", &certificate)
    };
    let snapshot =
        TrustSnapshot { version: 1, issued_at: now(), domestic: Vec::new(), foreign: vec![centre], ..domestic.clone() };
    Verifier::new(Trust::new(snapshot).unwrap(), kit().evidence.clone(), Policy::named("kz").unwrap())
}

#[tokio::test]
async fn a_foreign_centre_makes_no_kazakh_officials() {
    let office = Office::open().await;
    let issued = office.permits.issue(&order("conclusion.crypto-movement")).await.unwrap();
    let answer = as_foreign().verify(&[Item::new(&issued.signed, None)], now()).remove(0);
    let report = answer.result.as_ref().unwrap();
    assert_eq!(report.verdict.indication, Indication::TotalPassed);
    assert_eq!(report.signatures[0].recognition.route, Some(Route::ForeignCaRegistered));
    assert_ne!(answer.permit.unwrap()["signing_right"]["standing"], "ESTABLISHED");
    // Nor can it issue here, or stand in a history.
    let store = office.permits.store().clone();
    let foreign = Permits::new(store, Arc::new(as_foreign()), office.permits.keyring().clone(), Clock::Fixed(now()));
    assert!(foreign.issue(&order("licence.crypto-development")).await.is_err());
    assert!(foreign.replay(&issued.number).await.is_err());
    assert!(office.permits.replay(&issued.number).await.is_ok());
}

#[tokio::test]
async fn asking_twice_under_one_request_id_issues_once() {
    let office = Office::open().await;
    let asked = IssueOrder { request_id: Some("portal-1".into()), ..order("licence.crypto-development") };
    let first = office.permits.issue(&asked).await.unwrap();
    let again = office.permits.issue(&asked).await.unwrap();
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!((&first.number, &first.digest, &first.signed), (&again.number, &again.digest, &again.signed));
    let mut other = asked.clone();
    other.fields["activity"] = json!("Другая деятельность");
    assert!(office.permits.issue(&other).await.is_err(), "another order under the same request id");
    let fresh = IssueOrder { request_id: Some("portal-2".into()), ..asked };
    assert_ne!(office.permits.issue(&fresh).await.unwrap().number, first.number);
}

#[tokio::test]
async fn a_permit_is_suspended_resumed_and_terminated_and_stays_terminated() {
    let office = Office::open().await;
    let number = office.permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    let permits = &office.permits;
    assert_eq!(standing(permits, &number).await, Standing::InForce);
    assert!(permits.act(&number, &action("resume")).await.is_err(), "resumed what was in force");
    permits.act(&number, &action("suspend")).await.unwrap();
    assert_eq!(standing(permits, &number).await, Standing::Suspended);
    assert!(permits.act(&number, &action("suspend")).await.is_err(), "suspended twice");
    permits.act(&number, &action("resume")).await.unwrap();
    assert_eq!(standing(permits, &number).await, Standing::InForce);
    permits.act(&number, &action("terminate")).await.unwrap();
    assert_eq!(standing(permits, &number).await, Standing::Terminated);
    assert!(permits.act(&number, &action("resume")).await.is_err(), "resumed what was terminated");
    let wordless = ActionOrder { reason: None, ..action("terminate") };
    let other = permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    assert!(permits.act(&other, &wordless).await.is_err(), "terminated without a reason");
    assert!(matches!(permits.act(&other, &action("revoke")).await, Err(PermitError::NoSuchAction { .. })));
    assert_eq!(permits.history(&number).await.unwrap().len(), 4);
}

#[tokio::test]
async fn of_two_actions_at_one_time_one_is_refused_and_the_history_holds() {
    let office = Office::open().await;
    let number = office.permits.issue(&order("conclusion.crypto-movement")).await.unwrap().number;
    // Whichever comes second is refused: by the store where both had read the same state, by the rules of life where not.
    let suspend = action("suspend");
    let both = tokio::join!(office.permits.act(&number, &suspend), office.permits.act(&number, &suspend));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    assert_eq!(office.permits.replay(&number).await.unwrap().records().len(), 2);
}

#[tokio::test]
async fn an_action_meant_for_another_state_of_the_history_is_refused() {
    let office = Office::open().await;
    let number = office.permits.issue(&order("conclusion.crypto-movement")).await.unwrap().number;
    let second = ActionOrder { expected_sequence: Some(2), ..write_off(0, "1") };
    office.permits.act(&number, &second).await.unwrap();
    let again = office.permits.act(&number, &second).await;
    assert!(matches!(again, Err(PermitError::HistoryMoved { expected: 2, next: 3 })), "{again:?}");
}

#[tokio::test]
async fn no_more_is_written_off_than_was_permitted() {
    let office = Office::open().await;
    let number = office.permits.issue(&order("conclusion.crypto-movement")).await.unwrap().number;
    let permits = &office.permits;
    permits.act(&number, &write_off(0, "4")).await.unwrap();
    assert!(permits.act(&number, &write_off(0, "6.000001")).await.is_err());
    assert!(permits.act(&number, &write_off(0, "0")).await.is_err());
    assert!(permits.act(&number, &write_off(2, "1")).await.is_err());
    permits.act(&number, &write_off(0, "6")).await.unwrap();
    assert_eq!(standing(permits, &number).await, Standing::InForce);
    permits.act(&number, &write_off(1, "2.5")).await.unwrap();
    assert_eq!(standing(permits, &number).await, Standing::UsedUp);
    assert!(permits.act(&number, &write_off(1, "0.000001")).await.is_err());
    let after = office.later("2027-06-01T00:00:00Z").await;
    let other = permits.issue(&order("conclusion.crypto-movement")).await.unwrap().number;
    assert_eq!(standing(&after, &other).await, Standing::Expired);
    assert!(after.act(&other, &write_off(0, "1")).await.is_err(), "written off after its end");
}

#[tokio::test]
async fn a_reissued_licence_takes_the_place_of_the_old_one() {
    let office = Office::open().await;
    let permits = &office.permits;
    let old = permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    let reissue = |ground: &str| ReissueOrder { number: old.clone(), grounds: vec![ground.into()], text: None };
    let with = |ground| IssueOrder { reissue: Some(reissue(ground)), ..order("licence.crypto-development") };
    assert!(permits.issue(&with("fee-not-paid")).await.is_err(), "a ground that is none");
    assert_eq!(standing(permits, &old).await, Standing::InForce);
    let new = permits.issue(&with("activity-renamed")).await.unwrap().number;
    assert_eq!(standing(permits, &old).await, Standing::Superseded);
    assert_eq!(permits.permit(&old).await.unwrap().superseded_by.as_deref(), Some(new.as_str()));
    assert_eq!(standing(permits, &new).await, Standing::InForce);
    assert!(permits.issue(&with("activity-renamed")).await.is_err(), "reissued twice");
}

#[tokio::test]
async fn another_body_cannot_take_a_licences_place() {
    let office = Office::open().await;
    let permits = &office.permits;
    let old = permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    let inspectorate = Body { bin: "991240999028".into(), name: "Экология инспекциясы".into() };
    let reissue = ReissueOrder { number: old.clone(), grounds: vec!["activity-renamed".into()], text: None };
    let theirs = IssueOrder {
        issuing_body: inspectorate,
        signer: signer("officer-gost-256"),
        reissue: Some(reissue),
        ..order("licence.crypto-development")
    };
    assert!(permits.issue(&theirs).await.is_err());
    assert_eq!(standing(permits, &old).await, Standing::InForce);
}

#[tokio::test]
async fn what_was_changed_in_the_store_is_noticed() {
    for sql in [
        "UPDATE records SET effective_at = effective_at + 1000 WHERE sequence = 2",
        "UPDATE records SET recorded_at = recorded_at - 1000 WHERE sequence = 2",
        "UPDATE records SET action = 'resume' WHERE sequence = 2",
        "UPDATE records SET content = replace(content, 'suspend', 'resume') WHERE sequence = 2",
        "UPDATE records SET signed = (SELECT signed FROM records r WHERE r.sequence = 1) WHERE sequence = 2",
        "DELETE FROM records WHERE sequence = 1",
        "UPDATE documents SET content = replace(content, 'Пример', 'Другой')",
        "UPDATE documents SET issued_at = issued_at + 1000",
        "UPDATE documents SET signed = (SELECT signed FROM records WHERE sequence = 1)",
    ] {
        let office = Office::open().await;
        let number = office.permits.issue(&order("licence.crypto-development")).await.unwrap().number;
        office.permits.act(&number, &action("suspend")).await.unwrap();
        assert_eq!(standing(&office.permits, &number).await, Standing::Suspended);
        office.tamper(sql).await;
        if !sql.starts_with("UPDATE documents") {
            assert!(office.permits.replay(&number).await.is_err(), "{sql}");
        }
        assert!(office.permits.permit(&number).await.is_err(), "{sql}");
        assert!(office.permits.act(&number, &action("resume")).await.is_err(), "{sql}");
    }
}

/// Puts a sound record into the store that somebody else signed for the committee.
async fn smuggle(office: &Office, number: &str, alias: &str) {
    let permits = &office.permits;
    let history = permits.replay(number).await.unwrap();
    let last = history.records().last().unwrap();
    let content = RecordContent {
        action: Action::Resume,
        reason: Some(ActionReason { grounds: Vec::new(), text: Some("По заявлению".into()) }),
        ..last.content.clone()
    };
    let content = content.at_place(history.next_place()).encode().unwrap();
    let held = permits.keyring().open(alias).unwrap();
    let signer = Signer::new(held.key.as_ref(), &held.certificate).unwrap();
    let signed = sign(&content, Packaging::Attached, &signer).unwrap();
    let record = Record { action: "resume".into(), effective_at: now(), recorded_at: now(), content, signed };
    let last = permits.store().history(number).await.unwrap().pop().unwrap();
    permits.store().append_record(number, &last.digest, &record).await.unwrap();
}

#[tokio::test]
async fn a_record_signed_without_the_right_is_noticed_although_its_signature_is_good() {
    for (alias, sound) in
        [("officer-signer", true), ("officer-employee", false), ("officer-gost-256", false), ("officer-revoked", false)]
    {
        let office = Office::open().await;
        let number = office.permits.issue(&order("licence.crypto-development")).await.unwrap().number;
        office.permits.act(&number, &action("suspend")).await.unwrap();
        smuggle(&office, &number, alias).await;
        assert_eq!(office.permits.replay(&number).await.is_ok(), sound, "{alias}");
    }
}

#[tokio::test]
async fn a_record_cut_off_at_the_end_shows_an_older_state_and_only_that() {
    // No chain shows by itself that its last link is missing: integrity is asked of the store's own seals and copies.
    let office = Office::open().await;
    let number = office.permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    office.permits.act(&number, &action("suspend")).await.unwrap();
    office.tamper("DELETE FROM records WHERE sequence = 2").await;
    assert_eq!(standing(&office.permits, &number).await, Standing::InForce);
}

#[tokio::test]
async fn a_document_of_one_number_is_not_another_documents() {
    let office = Office::open().await;
    let permits = &office.permits;
    let one = permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    let mut other = order("licence.crypto-development");
    other.fields["activity"] = json!("Другая деятельность");
    let other = permits.issue(&other).await.unwrap().number;
    assert_ne!(one, other);
    office
        .tamper(
            "UPDATE documents SET content = (SELECT content FROM documents d WHERE d.number <> documents.number), \
             signed = (SELECT signed FROM documents d WHERE d.number <> documents.number) \
             WHERE number = (SELECT min(number) FROM documents)",
        )
        .await;
    let (changed, kept) = if one < other { (one, other) } else { (other, one) };
    assert!(permits.permit(&changed).await.is_err());
    assert!(permits.permit(&kept).await.is_ok());
}

#[tokio::test]
async fn the_verifiers_permit_part_says_what_the_history_settles() {
    let office = Office::open().await;
    let issued = office.permits.issue(&order("licence.crypto-development")).await.unwrap();
    let answer = verified(&issued.signed, now());
    let report = answer.result.unwrap();
    let usability = |history: Option<HistoryAtHand<'_>>| {
        permit_answer(&report, &Policy::named("kz").unwrap(), history, now()).unwrap()["usability"]["standing"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(usability(None), "UNKNOWN");
    let history = office.permits.replay(&issued.number).await.unwrap();
    let fresh = |history| HistoryAtHand { history, as_of: now(), age_seconds_max: 3600 };
    assert_eq!(usability(Some(fresh(&history))), "USABLE");
    let stale = HistoryAtHand { as_of: now().plus_seconds(-3601), ..fresh(&history) };
    assert_ne!(usability(Some(stale)), "USABLE");
    office.permits.act(&issued.number, &action("suspend")).await.unwrap();
    let suspended = office.permits.replay(&issued.number).await.unwrap();
    assert_eq!(usability(Some(fresh(&suspended))), "NOT_USABLE");
    let other = office.permits.issue(&order("licence.crypto-development")).await.unwrap();
    let of_another = office.permits.replay(&other.number).await.unwrap();
    assert_eq!(usability(Some(fresh(&of_another))), "UNKNOWN");
    // The office's own check says it all at once.
    let checked = office.permits.check(&issued.signed).await.unwrap().permit.unwrap();
    assert_eq!(checked["usability"]["standing"], "NOT_USABLE");
}

#[tokio::test]
async fn what_was_not_issued_so_under_its_number_is_told() {
    let office = Office::open().await;
    let issued = office.permits.issue(&order("licence.crypto-development")).await.unwrap();
    let held = office.permits.keyring().open("officer-head").unwrap();
    let signer = Signer::new(held.key.as_ref(), &held.certificate).unwrap().at(now());
    let genuine = verified(&issued.signed, now()).result.unwrap().json_content.unwrap();
    let usability = async |content: &DocumentContent| {
        let signed = sign(&content.encode().unwrap(), Packaging::Attached, &signer).unwrap();
        office.permits.check(&signed).await.unwrap().permit.unwrap()["usability"].clone()
    };
    let mut content = DocumentContent::parse(&genuine).unwrap();
    assert_eq!(usability(&content).await["standing"], "USABLE", "signed once more, it is the same document");
    // The body's own officer signs another term under a number that was given.
    content.valid_until = Some(at("2036-01-01T00:00:00Z"));
    let told = usability(&content).await;
    assert_eq!(told["standing"], "NOT_USABLE");
    assert_eq!(told["reasons"][0]["code"], "NOT_AS_ISSUED");
    // Another body may have given the number, too: nothing is known of that one.
    content.issuing_body.bin = "991240999041".to_owned();
    assert_eq!(usability(&content).await["standing"], "UNKNOWN");
}

#[tokio::test]
async fn a_body_issues_what_the_list_says_and_no_more() {
    let office = Office::open().await;
    let kind = "licence.crypto-development";
    let issued = office.permits.issue(&order(kind)).await.unwrap();
    let report = verified(&issued.signed, now()).result.unwrap();
    let body = |bin: &str, kinds: &[&str]| IssuingBody {
        bin: bin.to_owned(),
        name: "a body".to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    let told = |bodies: Option<Vec<IssuingBody>>| {
        let policy = Policy { issuing_bodies: bodies, ..Policy::named("kz").unwrap() };
        let permit = permit_answer(&report, &policy, None, now()).unwrap();
        let right = &permit["signing_right"];
        [&permit["body_competence"], &right["standing"], &right["reasons"][0]["code"]]
            .map(|value| value.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(told(None), ["NOT_CHECKED", "ESTABLISHED", ""]);
    assert_eq!(told(Some(vec![body(COMMITTEE, &["licence.foreign-trade", kind])])), ["LISTED", "ESTABLISHED", ""]);
    for not in [vec![], vec![body(COMMITTEE, &["licence.foreign-trade"])], vec![body("991240999041", &[kind])]] {
        assert_eq!(told(Some(not)), ["NOT_LISTED", "NOT_ESTABLISHED", "BODY_NOT_LISTED"]);
    }
}

#[test]
fn a_home_reads_its_list_of_issuing_bodies_or_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path()).unwrap();
    let read = || Home::new(folder.path(), None).verifier(Policy::named("kz").unwrap()).map(|v| v.policy().clone());
    assert_eq!(read().unwrap().issuing_bodies, None);
    let list = |text: &str| files::write(&folder.path().join("issuing-bodies.json"), text.as_bytes()).unwrap();
    list(r#"[{ "bin": "991240999016", "name": "committee", "kinds": ["licence.foreign-trade"] }]"#);
    assert_eq!(read().unwrap().competence(COMMITTEE, "licence.foreign-trade"), Competence::Listed);
    list("[]");
    assert_eq!(read().unwrap().competence(COMMITTEE, "licence.foreign-trade"), Competence::NotListed);
    list(r#"[{ "bin": "991240999016", "name": "committee", "kinds": ["licence.everything"] }]"#);
    assert!(read().unwrap_err().to_string().contains("licence.everything"));
    list(r#"[{ "bin": "991240999016" }]"#);
    assert!(matches!(read(), Err(HomeError::IssuingBodies { line: 1, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_at_one_time_get_numbers_of_their_own() {
    let office = Office::open().await;
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let permits = office.permits.clone();
            tokio::spawn(async move { permits.issue(&order("licence.crypto-development")).await.unwrap().number })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 12);
}

#[tokio::test]
async fn numbers_tell_their_series_and_licences_for_trade_the_year_and_section() {
    let office = Office::open().await;
    let number = office.permits.issue(&order("licence.foreign-trade")).await.unwrap().number;
    assert!(number.contains("KZ26") && number.starts_with("219"), "{number}");
    let number = office.permits.issue(&order("licence.crypto-development")).await.unwrap().number;
    assert!(number.contains("CRD"), "{number}");
    let unheard = IssueOrder { kind: "licence.of-everything".into(), ..order("licence.crypto-development") };
    assert!(matches!(office.permits.issue(&unheard).await, Err(PermitError::NoSuchKind { .. })));
}
