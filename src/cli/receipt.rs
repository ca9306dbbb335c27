//! `qoltanba receipt`: receipts of trusted third parties checked offline, asked for, and looked at.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::{Exit, Failure, say};
use super::home::{HomeArgs, block_on, store_failure};
use super::online::ReachArgs;
use crate::cms::dvcs::DvcsRequest;
use crate::codec::armour::{self, hex};
use crate::limits::{DVCS_REQUEST_BYTES_MAX, INPUT_BYTES_MAX};
use crate::service::{
    ArchiveError, Asked, ForeignDesk, JudgedReceipt, Polled, TtpError, Verifier, archive_receipts, judge_kept_receipt,
    judge_receipt, keep_receipt, poll_due, receipt_record,
};
use crate::store::{Digest, ReceiptRow, StoreError, files};
use crate::time::{Clock, Timestamp};
use crate::trust::{PartyId, TtpStatus};
use crate::validation::Language;
use crate::validation::receipt::{FaultKind, ReceiptFault, ReceiptSubject, ThirdParty, VerifiedReceipt};
use crate::x509::Certificate;

/// Receipts of trusted third parties.
#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    #[command(subcommand)]
    command: ReceiptCommand,
}

#[derive(Debug, Subcommand)]
enum ReceiptCommand {
    /// Check a receipt offline: whose it is, and that it is about this document
    #[command(after_help = "\
Examples:
  qoltanba receipt verify --home kit --document permit.p7m receipt.der
  qoltanba receipt verify --home post --document permit.p7m --keep receipt.der    (heard by its /v1/verify)
  qoltanba receipt verify --home kit --request request.der --party kz-ttp --json receipt.der

Exit code: 0 «Проверено»; 1 «Не проверено», or no receipt of this document; 2 anything that does not tell.")]
    Verify(VerifyArgs),
    /// Ask a third party about a document, and keep its receipt: ours, or one of another state
    #[command(after_help = "Example: qoltanba receipt ask --home post --party kz-ttp -o receipt.der permit.p7m")]
    Ask(AskArgs),
    /// Ask again about everything that waits and is due
    Poll(PollArgs),
    /// The latest receipts that are kept here
    List(ListArgs),
    /// Move receipts whose years of keeping are over into a folder: written there first, removed here after that
    #[command(after_help = "\
Example: qoltanba receipt archive --home node --to /archive/receipts-2031

Each receipt becomes SHA256.der and SHA256.json, what its judgement rested on lies below evidence/. A run that was broken off is
run again into the same folder.")]
    Archive(ArchiveArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// The document that it should be about
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The request that it should answer: DVCSRequest in DER
    #[arg(long, value_name = "FILE", conflicts_with = "document")]
    request: Option<PathBuf>,
    /// The time that validity was asked for, where it was not that of the answer
    #[arg(long, value_name = "RFC3339", value_parser = read_time, requires = "document")]
    asked_for: Option<Timestamp>,
    /// Whose receipt it should be, by the registry's name; any third party of the snapshot without it
    #[arg(long, value_name = "PARTY")]
    party: Option<String>,
    /// When the question is asked; now without it
    #[arg(long, value_name = "RFC3339", value_parser = read_time)]
    at: Option<Timestamp>,
    /// Keep it in the node's store, where it speaks for its document from now on
    #[arg(long, requires = "document", conflicts_with_all = ["at", "asked_for"])]
    keep: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// The receipt
    receipt: PathBuf,
}

#[derive(Debug, Args)]
struct AskArgs {
    #[command(flatten)]
    home: HomeArgs,
    #[command(flatten)]
    reach: ReachArgs,
    /// Who is asked, by the registry's name
    #[arg(long, value_name = "PARTY")]
    party: String,
    /// Where its receipt is written
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// The document
    document: PathBuf,
}

#[derive(Debug, Args)]
struct PollArgs {
    #[command(flatten)]
    home: HomeArgs,
    #[command(flatten)]
    reach: ReachArgs,
    /// One JSON object for each question
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// One JSON object for each receipt
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ArchiveArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// The folder that they are written to, made where it is missing
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Those whose years were over then; now without it
    #[arg(long, value_name = "RFC3339", value_parser = read_time)]
    before: Option<Timestamp>,
    /// One JSON object for each receipt that went
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &ReceiptArgs) -> Result<Exit, Failure> {
    match &args.command {
        ReceiptCommand::Verify(args) => verify(args),
        ReceiptCommand::Ask(args) => block_on(ask(args)),
        ReceiptCommand::Poll(args) => block_on(poll(args)),
        ReceiptCommand::List(args) => block_on(list(args)),
        ReceiptCommand::Archive(args) => block_on(archive(args)),
    }
}

fn read_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "not a time like 2026-11-01T12:00:00Z".to_owned())
}

fn verify(args: &VerifyArgs) -> Result<Exit, Failure> {
    let verifier = args.home.verifier()?;
    let at = args.at.unwrap_or_else(|| Clock::Wall.now());
    let octets = read(&args.receipt)?;
    let request = args.request.as_deref().map(read_request).transpose()?;
    let document = args.document.as_deref().map(read).transpose()?;
    let subject = match (&request, &document) {
        (Some(request), _) => ReceiptSubject::Request(request),
        (None, Some(octets)) => ReceiptSubject::Document { octets, asked_for: args.asked_for },
        (None, None) => ReceiptSubject::Unknown,
    };
    let kept = judge_kept(args, &verifier, (&octets, subject), at)?;
    let since = kept.as_ref().map(|(_, since)| *since);
    let (party, judged) = match kept {
        Some((judged, _)) => judged,
        None => judge(&verifier, (&octets, subject), args.party.as_deref(), at)?,
    };
    if let (true, Ok(receipt)) = (args.keep, &judged) {
        block_on(async {
            let store = args.home.home()?.store(at).await.map_err(store_failure)?;
            keep_receipt(&store, (receipt, &octets), &verifier, at).await.map_err(store_failure)
        })?;
    }
    let file = args.receipt.display().to_string();
    if args.json {
        let mut told = told_json(&file, &party, &judged);
        told.as_object_mut().into_iter().for_each(|fields| {
            fields.insert("kept_since".to_owned(), json!(since));
        });
        say(told)?;
    } else {
        say(told(&file, &party, &judged))?;
    }
    Ok(exit_of(&judged))
}

type Judged = (PartyId, JudgedReceipt);

/// Judges a receipt that the home keeps as of its coming: the store proves since when it is there, and has what was known
/// then. `None` where it keeps none of these octets, by a third party that is asked about.
fn judge_kept(
    args: &VerifyArgs,
    verifier: &Verifier,
    (octets, subject): (&[u8], ReceiptSubject<'_>),
    at: Timestamp,
) -> Result<Option<(Judged, Timestamp)>, Failure> {
    let home = args.home.home()?;
    if !home.has_store() {
        return Ok(None);
    }
    let parties = ThirdParty::all_of(&verifier.trust().compiled);
    let asked = async {
        let store = home.store_to_read().await?;
        let Some(row) = store.receipt(&Digest::of(octets)).await? else { return Ok(None) };
        let wanted = |party: &&ThirdParty| {
            party.id.as_str() == row.party && args.party.as_deref().is_none_or(|name| name == row.party)
        };
        let Some(party) = parties.iter().find(wanted) else { return Ok(None) };
        let judged = judge_kept_receipt(&row, (subject, party), (verifier, &store), at).await?;
        Ok(Some(((party.id.clone(), judged), row.recorded_at)))
    };
    block_on(async { Ok::<Result<_, StoreError>, _>(asked.await) })?.or_else(|why| {
        eprintln!("qoltanba: the home's store was not asked about this receipt: {why}");
        Ok(None)
    })
}

/// Judges under each third party of the snapshot, or the one that is named.
fn judge(
    verifier: &Verifier,
    response: (&[u8], ReceiptSubject<'_>),
    named: Option<&str>,
    at: Timestamp,
) -> Result<Judged, Failure> {
    let parties = ThirdParty::all_of(&verifier.trust().compiled);
    let wanted = parties.iter().filter(|party| named.is_none_or(|name| party.id.as_str() == name));
    judge_receipt(verifier, response, wanted, at).ok_or_else(|| match named {
        Some(name) => Failure::misuse(format_args!("the trust snapshot names no third party `{name}`")),
        None => Failure::misuse(NO_THIRD_PARTY),
    })
}

/// Why no receipt can be judged at all.
pub(super) const NO_THIRD_PARTY: &str = "the trust snapshot names no third party whose receipts are read";

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let octets = files::read_bounded(path, &INPUT_BYTES_MAX).map_err(Failure::unreadable)?;
    armour::strip(&octets).map(std::borrow::Cow::into_owned).map_err(Failure::unreadable)
}

fn read_request(path: &Path) -> Result<DvcsRequest, Failure> {
    let octets = files::read_bounded(path, &DVCS_REQUEST_BYTES_MAX).map_err(Failure::unreadable)?;
    let signed = crate::cms::SignedData::parse(&octets).ok();
    let content = signed.map(|message| message.content.map(std::borrow::Cow::into_owned).unwrap_or_default());
    DvcsRequest::parse(&content.unwrap_or(octets)).map_err(Failure::unreadable)
}

fn exit_of(judged: &JudgedReceipt) -> Exit {
    match judged {
        Ok(receipt) => match receipt.status() {
            TtpStatus::Verified => Exit::Passed,
            TtpStatus::NotVerified => Exit::Failed,
            TtpStatus::PartlyVerified | TtpStatus::CannotVerify | TtpStatus::Waiting => Exit::Indeterminate,
        },
        Err(rejected) => match rejected.kind() {
            FaultKind::OtherDocument | FaultKind::Invalid => Exit::Failed,
            FaultKind::Unknown => Exit::Indeterminate,
        },
    }
}

/// What a receipt says, or why it does not count, as a JSON object.
pub(super) fn told_json(file: &str, party: &PartyId, judged: &JudgedReceipt) -> Value {
    match judged {
        Ok(receipt) => {
            let signatures: Vec<Value> = receipt
                .signatures()
                .iter()
                .map(|s| {
                    let subject = s.certificate.as_ref().map(Certificate::label);
                    let sha256 = s.certificate.as_ref().map(|c| c.fingerprint().to_string());
                    json!({ "index": s.index, "status": s.status, "signer": subject, "certificate_sha256": sha256 })
                })
                .collect();
            json!({
                "file": file, "sound": true, "party": party.as_str(), "service": receipt.service().name(),
                "status": receipt.status(), "words": receipt.status().words(), "at": receipt.at(),
                "attested_for": receipt.attested_for(), "serial": receipt.serial_number().map(hex),
                "signer": receipt.signer().label(), "sha256": receipt.digest().to_string(),
                "signatures": signatures, "reasons": [],
            })
        }
        Err(rejected) => {
            let reasons: Vec<Value> = rejected
                .faults
                .iter()
                .map(|f| json!({ "code": f.code(), "text": f.text(Language::En), "clause": f.clause() }))
                .collect();
            json!({ "file": file, "sound": false, "party": party.as_str(), "status": null, "reasons": reasons })
        }
    }
}

/// The same for people.
pub(super) fn told(file: &str, party: &PartyId, judged: &JudgedReceipt) -> String {
    match judged {
        Ok(receipt) => {
            let mut text = format!(
                "{file}: {} ({}, {party}, {})",
                receipt.status().words(),
                receipt.service().name(),
                receipt.at()
            );
            if receipt.attested_for() != receipt.at() {
                text.push_str(&format!("\n    asked for another time: {}", receipt.attested_for()));
            }
            for one in receipt.signatures() {
                let subject = one.certificate.as_ref().map(Certificate::label).unwrap_or_default();
                text.push_str(&format!("\n    signature {}: {} {subject}", one.index, one.status.words()));
            }
            text
        }
        Err(rejected) => {
            let line = |fault: &ReceiptFault| format!("\n    {}: {} [{}]", fault.code(), fault, fault.clause());
            let reasons: String = rejected.faults.iter().map(line).collect();
            format!("{file}: no receipt that counts ({party}){reasons}")
        }
    }
}

async fn ask(args: &AskArgs) -> Result<Exit, Failure> {
    let verifier = args.home.verifier()?;
    let home = args.home.home()?;
    let now = Clock::Wall.now();
    let store = home.store(now).await.map_err(store_failure)?;
    let online = args.reach.open(Some(home.folder()), Clock::Wall)?;
    let parties = ThirdParty::all_of(&verifier.trust().compiled);
    let party = parties.iter().find(|party| party.id.as_str() == args.party).ok_or_else(|| {
        Failure::misuse(format_args!(
            "the trust snapshot names no third party `{}` whose receipts are read",
            args.party
        ))
    })?;
    if !party.may_attest(now) {
        return Err(Failure::misuse(format_args!("the registration of `{}` is not in force", args.party)));
    }
    let document = read(&args.document)?;
    let desk = ForeignDesk { online: &online, verifier: &verifier, store: &store };
    let asked = desk.ask(party, (&document, None), now).await.map_err(ttp_failure)?;
    if let (Some(output), Some(octets)) = (&args.output, asked.octets()) {
        files::write(output, octets).map_err(Failure::unreadable)?;
    }
    if args.json {
        say(json!({ "party": args.party, "outcome": asked.outcome(), "next_try": asked.next_try() }))?;
    } else {
        say(told_question(&args.party, asked.outcome(), asked.next_try()))?;
    }
    Ok(exit_of_asked(&asked))
}

fn exit_of_asked(asked: &Asked) -> Exit {
    match asked.receipt().map(VerifiedReceipt::status) {
        Some(TtpStatus::Verified) => Exit::Passed,
        Some(TtpStatus::NotVerified) => Exit::Failed,
        _ => Exit::Indeterminate,
    }
}

async fn poll(args: &PollArgs) -> Result<Exit, Failure> {
    let verifier = args.home.verifier()?;
    let home = args.home.home()?;
    let now = Clock::Wall.now();
    let store = home.store(now).await.map_err(store_failure)?;
    let online = args.reach.open(Some(home.folder()), Clock::Wall)?;
    let desk = ForeignDesk { online: &online, verifier: &verifier, store: &store };
    let done = poll_due(&desk, now).await.map_err(ttp_failure)?;
    for Polled { party, document, outcome, next_try } in &done {
        if args.json {
            say(json!({ "party": party, "document_sha256": document, "outcome": outcome, "next_try": next_try }))?;
        } else {
            say(told_question(party, outcome, *next_try))?;
        }
    }
    if done.is_empty() && !args.json {
        say("nothing is due")?;
    }
    Ok(if done.iter().any(|one| one.next_try.is_some()) { Exit::Indeterminate } else { Exit::Passed })
}

fn told_question(party: &str, outcome: &str, next_try: Option<Timestamp>) -> String {
    match next_try {
        Some(at) => format!("{party}: {outcome}; asked again from {at}"),
        None => format!("{party}: {outcome}"),
    }
}

async fn list(args: &ListArgs) -> Result<Exit, Failure> {
    let store = args.home.home()?.store(Clock::Wall.now()).await.map_err(store_failure)?;
    for row in store.latest_receipts().await.map_err(store_failure)? {
        say(if args.json { receipt_record(&row).to_string() } else { row_text(&row) })?;
    }
    Ok(Exit::Passed)
}

async fn archive(args: &ArchiveArgs) -> Result<Exit, Failure> {
    let now = Clock::Wall.now();
    let home = args.home.home()?;
    if !home.has_store() {
        return Err(Failure::misuse(format_args!("{} has no store", home.folder().display())));
    }
    let store = home.store(now).await.map_err(store_failure)?;
    let mut said = Ok(());
    let tell = |row: &ReceiptRow| {
        let line =
            if args.json { receipt_record(row).to_string() } else { format!("{} {}", row.digest, row_text(row)) };
        // What is gone is gone, also where nobody hears of it any more.
        said = std::mem::replace(&mut said, Ok(())).and_then(|()| say(line));
    };
    let times = (args.before.unwrap_or(now), now);
    let gone = archive_receipts(&store, &args.to, times, tell).await.map_err(archive_failure)?;
    said?;
    if !args.json {
        say(format_args!("{gone} receipts went to {}", args.to.display()))?;
    }
    Ok(Exit::Passed)
}

fn archive_failure(error: ArchiveError) -> Failure {
    match error {
        ArchiveError::NotYet { .. } => Failure::misuse(error),
        ArchiveError::Store(error) => store_failure(error),
        other => Failure::unreadable(other),
    }
}

fn row_text(row: &ReceiptRow) -> String {
    let serial = row.serial.as_deref().unwrap_or("-");
    let document = row.document_digest.map(|d| d.to_string()).unwrap_or_default();
    format!(
        "{} {:<8} {} {serial} {} {} {document}",
        row.recorded_at,
        row.direction.name(),
        row.party,
        row.service,
        row.status
    )
}

fn ttp_failure(error: TtpError) -> Failure {
    match error {
        TtpError::Store(error) => store_failure(error),
        other => Failure::unavailable(other),
    }
}
