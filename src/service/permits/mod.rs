//! Permits: issued, changed, read and checked. Every document and every record is signed before it is kept, and checked
//! with the same verifier that customs use before it leaves.

mod answer;
mod error;
mod order;

pub use answer::permit_answer;
pub use error::PermitError;
pub use order::{ActionOrder, IssueOrder, ReissueOrder, SignerOrder, WriteOffOrder};

use std::sync::Arc;

use serde::Serialize;

use super::{HeldKey, Keyring, Verifier, tell_permits};
use crate::permit::{
    Action, ActionReason, Catalogue, DocumentContent, Draft, Drafted, FieldError, History, Kind, Number, Numbering,
    RECORD_SCHEMA, RecordContent, Section, SignedRecord, SignerClaim, SignerFacts, SigningRight, Status, right_to_sign,
};
use crate::policy::Policy;
use crate::report::Answer;
use crate::signing::{Packaging, Signer, sign};
use crate::store::{Digest, Document, Issued, Record, Request, Store, StoredDocument, StoredRecord};
use crate::time::{Clock, Timestamp};
use crate::trust::{Route, Standing};
use crate::validation::{DocumentReport, Indication, Item, SignatureReport};
use crate::x509::{Certificate, KeyUsage, kz_profile};

/// What issues, changes and reads permits.
#[derive(Clone, Debug)]
pub struct Permits {
    store: Store,
    verifier: Arc<Verifier>,
    keyring: Keyring,
    clock: Clock,
}

/// A permit that was issued.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedPermit {
    /// Its number.
    pub number: String,
    /// The code of its kind.
    pub kind: String,
    /// When.
    pub issued_at: Timestamp,
    /// SHA-256 of the signed document.
    pub digest: String,
    /// Whether the same request was answered before, with this document.
    pub repeated: bool,
    /// What a person should look at.
    pub warnings: Vec<FieldError>,
    /// The signed document, a CMS message.
    #[serde(skip)]
    pub signed: Vec<u8>,
}

/// A permit as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct PermitView {
    /// What was signed.
    pub content: DocumentContent,
    /// How it stands.
    pub status: Status,
    /// The number of the document that took its place.
    pub superseded_by: Option<String>,
    /// SHA-256 of the signed document.
    pub digest: String,
}

/// A record of a history.
#[derive(Clone, Debug, Serialize)]
pub struct RecordView {
    /// What was signed.
    pub content: RecordContent,
    /// SHA-256 of the signed record.
    pub digest: String,
    /// The signed record, CMS in base64.
    pub signed: String,
}

impl Permits {
    /// Puts the service together.
    pub fn new(store: Store, verifier: Arc<Verifier>, keyring: Keyring, clock: Clock) -> Self {
        Self { store, verifier, keyring, clock }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The keys held here.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Issues a document: checks the form, reserves a number, signs, checks what was signed, and keeps document and first
    /// record in one transaction. A request id makes it safe to ask again.
    pub async fn issue(&self, order: &IssueOrder) -> Result<IssuedPermit, PermitError> {
        let now = self.clock.now();
        let catalogue = Catalogue::builtin();
        let kind = catalogue.kind(&order.kind).ok_or_else(|| PermitError::NoSuchKind { code: order.kind.clone() })?;
        let request = order.request()?;
        if let Some(request) = &request
            && let Some(known) = self.store.find_by_request(&order.issuing_body.bin, request).await?
        {
            return Ok(issued(known, true, Vec::new()));
        }
        self.check_reissue(order).await?;
        let held = self.keyring.open(&order.signer.alias)?;
        self.check_signer(&held.certificate, kind, (&order.issuing_body.bin, now))?;
        // The form is checked under a stand-in first, so that input full of faults uses no number up.
        Self::draft(order, kind, (number(kind, order, 0, now)?, now)).check(catalogue).map_err(PermitError::Form)?;
        let serial = self.store.reserve_serial(&series(kind, order, now)).await?;
        let drafted = Self::draft(order, kind, (number(kind, order, serial, now)?, now))
            .check(catalogue)
            .map_err(PermitError::Form)?;
        let Drafted { content, warnings } = drafted;
        let signed = self.sign(&content.encode()?, &held, now)?;
        let document = document(order, &content, signed, request)?;
        let first = self.first_record(&content, kind, (&held, now))?;
        let kept = match &order.reissue {
            None => self.store.issue(document, &first).await?,
            Some(reissue) => self.reissue(reissue, order, (document, &first), (&held, now)).await?,
        };
        let repeated = matches!(kept, Issued::Before(_));
        Ok(issued(kept.into_document(), repeated, warnings))
    }

    /// Suspends, resumes, terminates or writes off: appends one signed record to a history.
    pub async fn act(&self, number: &str, order: &ActionOrder) -> Result<RecordView, PermitError> {
        let now = self.clock.now();
        let (_, content, history) = self.kept(number).await?;
        let kind = kind_of(&content)?;
        let held = self.keyring.open(&order.signer.alias)?;
        self.check_signer(&held.certificate, kind, (&content.issuing_body.bin, now))?;
        let next = history.next_place().sequence;
        if order.expected_sequence.is_some_and(|expected| expected != next) {
            return Err(PermitError::HistoryMoved { expected: order.expected_sequence.unwrap_or_default(), next });
        }
        let record = RecordContent {
            schema: RECORD_SCHEMA.to_owned(),
            number: content.number.clone(),
            sequence: 0,
            previous: None,
            action: order.action()?,
            reason: order.reason.clone(),
            act: order.act.clone(),
            effective_at: order.effective_at.unwrap_or(now),
            recorded_at: now,
            issuing_body: content.issuing_body.clone(),
            signer: order.signer.claim(),
        };
        let record = self.prepare(&record.at_place(history.next_place()), kind, Some(&history), &held)?;
        // The record names its predecessor inside what is signed: the store takes it only behind that very one.
        Ok(view(&self.store.append_record(number, &head(&history)?, &record).await?)?)
    }

    /// Reads a permit and how it stands now.
    pub async fn permit(&self, number: &str) -> Result<PermitView, PermitError> {
        let now = self.clock.now();
        let (StoredDocument { digest, superseded_by, .. }, content, history) = self.kept(number).await?;
        let status = history.status_at(now, now);
        Ok(PermitView { content, status, superseded_by, digest: digest.to_string() })
    }

    /// Reads a document with its history; neither is believed before `replay` has checked both.
    async fn kept(&self, number: &str) -> Result<(StoredDocument, DocumentContent, History), PermitError> {
        let history = self.replay(number).await?;
        let kept = self.store.document(number).await?;
        let content = DocumentContent::parse(&kept.document.content)?;
        Ok((kept, content, history))
    }

    /// Verifies a signed document of ours with its history at hand, so that "usable now" has an answer.
    pub async fn check(&self, message: &[u8]) -> Result<Answer, PermitError> {
        let now = self.clock.now();
        let mut answers = self.verifier.verify(&[Item::new(message, None)], now);
        tell_permits(&mut answers, self, (now, self.clock)).await;
        answers.pop().ok_or(PermitError::SelfCheck)
    }

    /// What the verifier demands.
    pub(super) fn policy(&self) -> &Policy {
        self.verifier.policy()
    }

    /// Whether a document of this number and this body is kept here: this one, or the one that it is a false copy of.
    pub(super) async fn keeps(&self, content: &DocumentContent) -> bool {
        let Ok(kept) = self.store.document(&content.number.to_string()).await else { return false };
        let kept = DocumentContent::parse(&kept.document.content);
        // Other bodies count for themselves, and their nodes may have given the same number.
        kept.is_ok_and(|kept| kept.issuing_body.bin == content.issuing_body.bin)
    }

    /// Reads the signed document.
    pub async fn signed_document(&self, number: &str) -> Result<Vec<u8>, PermitError> {
        Ok(self.kept(number).await?.0.document.signed)
    }

    /// Reads a history, every record with its signature.
    pub async fn history(&self, number: &str) -> Result<Vec<RecordView>, PermitError> {
        self.replay(number).await?;
        self.store.history(number).await?.into_iter().map(|record| Ok(view(&record)?)).collect()
    }

    /// Replays a history after checking the document and every record of it: its signature at the time it was recorded,
    /// its signer's right, and that what is kept beside it is what was signed.
    pub async fn replay(&self, number: &str) -> Result<History, PermitError> {
        let StoredDocument { document, .. } = self.store.document(number).await?;
        let content = DocumentContent::parse(&document.content)?;
        let kind = kind_of(&content)?;
        let of_document = (kind, content.issuing_body.bin.as_str());
        let kept = (document.signed.as_slice(), document.content.as_slice());
        let named = document.number == number && content.number.to_string() == number;
        let unsound = || PermitError::DocumentUnsound { number: number.to_owned() };
        if !named || document.issued_at != content.issued_at || !self.is_sound(kept, content.issued_at, of_document) {
            return Err(unsound());
        }
        let records = self.store.history(number).await?;
        for record in &records {
            self.check_record(record, of_document)?;
        }
        let signed: Vec<SignedRecord<'_>> =
            records.iter().map(|r| SignedRecord { content: &r.record.content, signed: &r.record.signed }).collect();
        let history = History::replay(&signed)?;
        if begins_with(&history, &content)? { Ok(history) } else { Err(unsound()) }
    }

    fn check_record(&self, stored: &StoredRecord, of_document: (&Kind, &str)) -> Result<(), PermitError> {
        let record = &stored.record;
        let content = RecordContent::parse(&record.content)?;
        let same = content.action.kind().code() == record.action
            && content.effective_at == record.effective_at
            && content.recorded_at == record.recorded_at
            && content.issuing_body.bin == of_document.1;
        if same && self.is_sound((&record.signed, &record.content), record.recorded_at, of_document) {
            Ok(())
        } else {
            Err(PermitError::RecordUnsound { number: stored.number.clone(), sequence: stored.sequence })
        }
    }

    /// Whether something kept is what one signer with the right to sign it signed, at a time that the store proves.
    fn is_sound(&self, (signed, content): (&[u8], &[u8]), kept_at: Timestamp, (kind, bin): (&Kind, &str)) -> bool {
        // DIVERGENCE D-10: the store's own date counts as proof that the record existed then.
        let item = Item { document: signed, content: None, proven_at: Some(kept_at) };
        let answers = self.verifier.verify(&[item], self.clock.now());
        let Some(Ok(report)) = answers.first().map(|a| &a.result) else { return false };
        let [signature] = report.signatures.as_slice() else { return false };
        report.verdict.indication == Indication::TotalPassed
            && signature.recognition.standing == Standing::Recognised
            && report.json_content.as_deref() == Some(content)
            && right_to_sign(kind, &facts_of(signature), bin) == SigningRight::Established
    }

    /// Order 500 п.4 and the right to sign: asked before anything is signed.
    fn check_signer(
        &self,
        certificate: &Certificate,
        kind: &Kind,
        (bin, now): (&str, Timestamp),
    ) -> Result<(), PermitError> {
        let reasons = self.verifier.check_signing_certificate(certificate, now);
        if !reasons.is_empty() {
            return Err(PermitError::SignerNotValid(reasons));
        }
        match right_to_sign(kind, &signer_facts(certificate), bin) {
            SigningRight::Established => Ok(()),
            other => Err(PermitError::NoRightToSign(other)),
        }
    }

    fn draft(order: &IssueOrder, kind: &Kind, (number, now): (Number, Timestamp)) -> Draft {
        Draft {
            kind: kind.code.clone(),
            number,
            subtypes: order.subtypes.clone(),
            issuing_body: order.issuing_body.clone(),
            issued_at: now,
            valid_from: order.valid_from.unwrap_or(now),
            valid_until: order.valid_until,
            supersedes: order.reissue.as_ref().and_then(|r| Number::parse(&r.number).ok()),
            signer: order.signer.claim(),
            input: order.fields.clone(),
        }
    }

    fn first_record(
        &self,
        content: &DocumentContent,
        kind: &Kind,
        (held, now): (&HeldKey, Timestamp),
    ) -> Result<Record, PermitError> {
        let action = match kind.class {
            crate::permit::Class::Permission => Action::issue(content, kind)?,
            crate::permit::Class::Refusal => Action::Refuse { document: content.digest()? },
            crate::permit::Class::Notice => Action::Notice { document: content.digest()? },
        };
        let record = RecordContent {
            schema: RECORD_SCHEMA.to_owned(),
            number: content.number.clone(),
            sequence: 1,
            previous: None,
            action,
            reason: None,
            act: None,
            effective_at: now,
            recorded_at: now,
            issuing_body: content.issuing_body.clone(),
            signer: content.signer.clone(),
        };
        self.prepare(&record, kind, None, held)
    }

    /// A body reissues its own documents only: asked before a number is used.
    async fn check_reissue(&self, order: &IssueOrder) -> Result<(), PermitError> {
        let Some(reissue) = &order.reissue else { return Ok(()) };
        let old = self.store.document(&reissue.number).await?.document;
        if old.issuer_bin == order.issuing_body.bin { Ok(()) } else { Err(PermitError::OfAnotherBody) }
    }

    async fn reissue(
        &self,
        reissue: &ReissueOrder,
        order: &IssueOrder,
        (document, first): (Document, &Record),
        (held, now): (&HeldKey, Timestamp),
    ) -> Result<Issued, PermitError> {
        let old = DocumentContent::parse(&self.store.document(&reissue.number).await?.document.content)?;
        let history = self.replay(&reissue.number).await?;
        let record = RecordContent {
            schema: RECORD_SCHEMA.to_owned(),
            number: old.number.clone(),
            sequence: 0,
            previous: None,
            action: Action::Supersede { successor: Number::parse(&document.number)? },
            reason: Some(ActionReason { grounds: reissue.grounds.clone(), text: reissue.text.clone() }),
            act: None,
            effective_at: now,
            recorded_at: now,
            issuing_body: order.issuing_body.clone(),
            signer: order.signer.claim(),
        };
        let record = self.prepare(&record.at_place(history.next_place()), kind_of(&old)?, Some(&history), held)?;
        Ok(self.store.reissue((&reissue.number, &head(&history)?), &record, document, first).await?)
    }

    /// Checks a record against its kind and history, and signs it.
    fn prepare(
        &self,
        record: &RecordContent,
        kind: &Kind,
        history: Option<&History>,
        held: &HeldKey,
    ) -> Result<Record, PermitError> {
        record.check(kind)?;
        if let Some(history) = history {
            history.allows(record)?;
        }
        let content = record.encode()?;
        let signed = self.sign(&content, held, record.recorded_at)?;
        Ok(Record {
            action: record.action.kind().code().to_owned(),
            effective_at: record.effective_at,
            recorded_at: record.recorded_at,
            content,
            signed,
        })
    }

    /// Signs content and lets our own verifier have the last word on it.
    fn sign(&self, content: &[u8], held: &HeldKey, now: Timestamp) -> Result<Vec<u8>, PermitError> {
        let signer = Signer::new(held.key.as_ref(), &held.certificate)?.at(now);
        let signed = sign(content, Packaging::Attached, &signer)?;
        let answers = self.verifier.verify(&[Item::new(&signed, None)], now);
        let domestic =
            |report: &DocumentReport| report.signatures.iter().all(|s| s.recognition.route == Some(Route::Domestic));
        match answers.first().map(|a| &a.result) {
            Some(Ok(report)) if report.verdict.indication == Indication::TotalPassed && domestic(report) => Ok(signed),
            Some(Ok(report)) => {
                Err(PermitError::SignerNotValid(report.signatures.iter().flat_map(|s| s.reasons.clone()).collect()))
            }
            _ => Err(PermitError::SelfCheck),
        }
    }
}

/// What a signer's certificate says about its holder's standing in Kazakhstan. Numbers and roles count only where a Kazakh
/// centre wrote them: a foreign one could write any.
pub(super) fn facts_of(signature: &SignatureReport) -> SignerFacts {
    let domestic = signature.recognition.route == Some(Route::Domestic);
    match signature.signer.as_ref().filter(|_| domestic) {
        Some(certificate) => signer_facts(certificate),
        None => SignerFacts {
            roles: Vec::new(),
            unknown_roles: Vec::new(),
            bin: None,
            iin: None,
            key_usage_non_repudiation: true,
        },
    }
}

/// What a certificate says about its holder's standing.
pub fn signer_facts(certificate: &Certificate) -> SignerFacts {
    let purposes: Vec<String> =
        certificate.extended_key_usage().present().iter().flat_map(|all| all.iter()).map(ToString::to_string).collect();
    let facts = SignerFacts {
        roles: Vec::new(),
        unknown_roles: Vec::new(),
        bin: kz_profile::bin(certificate).map(str::to_owned),
        iin: kz_profile::iin(certificate).map(str::to_owned),
        key_usage_non_repudiation: certificate
            .key_usage()
            .present()
            .is_some_and(|usage| usage.allows(KeyUsage::NON_REPUDIATION)),
    };
    facts.with_extended_key_usage(purposes.iter().map(String::as_str))
}

/// Whether a history begins with the record that names this content.
fn begins_with(history: &History, content: &DocumentContent) -> Result<bool, PermitError> {
    let named = history.records().first().and_then(|first| match &first.content.action {
        Action::Issue { document, .. } | Action::Refuse { document } | Action::Notice { document } => Some(*document),
        _ => None,
    });
    Ok(history.number() == Some(&content.number) && named == Some(content.digest()?))
}

/// The digest of the record that a history ends with.
fn head(history: &History) -> Result<Digest, PermitError> {
    let previous = history.next_place().previous.ok_or(PermitError::HistoryEmpty)?;
    Ok(Digest(*previous.octets()))
}

fn kind_of(content: &DocumentContent) -> Result<&'static Kind, PermitError> {
    Catalogue::builtin().kind(&content.kind).ok_or_else(|| PermitError::NoSuchKind { code: content.kind.clone() })
}

/// The series a number's serial is reserved in: everything of the number but its serial.
fn series(kind: &Kind, order: &IssueOrder, now: Timestamp) -> String {
    match kind.numbering {
        Numbering::Portal { series } => series.to_string(),
        Numbering::Eec199 => {
            let year = now.date().map_or(0, |(year, ..)| year.rem_euclid(100));
            format!("{}KZ{year:02}{}", order.licence_section(), order.licence_issuer())
        }
    }
}

fn number(kind: &Kind, order: &IssueOrder, serial: u64, now: Timestamp) -> Result<Number, PermitError> {
    Ok(match kind.numbering {
        Numbering::Portal { series } => Number::of_portal(series, serial)?,
        Numbering::Eec199 => {
            let section: Section = order.licence_section().parse()?;
            let issuer: Section = order.licence_issuer().parse()?;
            Number::of_licence(section, now.date().map_or(0, |(year, ..)| year), issuer, serial)?
        }
    })
}

fn document(
    order: &IssueOrder,
    content: &DocumentContent,
    signed: Vec<u8>,
    request: Option<Request>,
) -> Result<Document, PermitError> {
    Ok(Document {
        number: content.number.to_string(),
        kind: content.kind.clone(),
        issuer_bin: order.issuing_body.bin.clone(),
        applicant_id: content.holder().unwrap_or_default().to_owned(),
        request,
        content: content.encode()?,
        signed,
        issued_at: content.issued_at,
    })
}

fn issued(kept: StoredDocument, repeated: bool, warnings: Vec<FieldError>) -> IssuedPermit {
    IssuedPermit {
        number: kept.document.number,
        kind: kept.document.kind,
        issued_at: kept.document.issued_at,
        digest: kept.digest.to_string(),
        repeated,
        warnings,
        signed: kept.document.signed,
    }
}

fn view(record: &StoredRecord) -> Result<RecordView, crate::permit::ContentError> {
    Ok(RecordView {
        content: RecordContent::parse(&record.record.content)?,
        digest: record.digest.to_string(),
        signed: crate::codec::armour::encode(&record.record.signed),
    })
}

impl IssueOrder {
    /// The idempotency key with the digest of everything else in the order.
    fn request(&self) -> Result<Option<Request>, PermitError> {
        let Some(id) = &self.request_id else { return Ok(None) };
        let octets = crate::codec::json::canonical(self).map_err(|_| PermitError::OrderNotCanonical)?;
        Ok(Some(Request { id: id.clone(), digest: Digest::of(&octets) }))
    }
}

impl SignerOrder {
    fn claim(&self) -> SignerClaim {
        SignerClaim { position: self.position.clone(), full_name: self.full_name.clone() }
    }
}
