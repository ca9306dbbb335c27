//! `qoltanba verify`: the contract of docs/api.md on the command line.

mod batch;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::exit::{Exit, Failure, say};
use super::hearing::{Ear, HearingArgs, ToldReceipts};
use super::home::check_fresh;
use super::online::{Judge, OnlineArgs};
use super::progress;
use crate::policy::Policy;
use crate::report::{self, Answer, Subject};
use crate::service::{AuditTotals, Documents, Home, Unread, Verifier, load_evidence, load_trust};
use crate::time::{Clock, Timestamp};
use crate::validation::{Indication, Language};

/// Under what to verify; shared by every command that does.
#[derive(Debug, Args)]
pub(super) struct TermsArgs {
    /// The node's folder, whose trust snapshot and evidence are used where --trust is not given
    #[arg(long, value_name = "DIR", env = "QOLTANBA_HOME")]
    pub(super) home: Option<PathBuf>,
    /// Folder (or file) of trusted certificates: self-issued ones are domestic anchors, others issuing centres
    #[arg(long, value_name = "DIR")]
    pub(super) trust: Vec<PathBuf>,
    /// Folder (or file) of CRLs and certificates that may be used
    #[arg(long, value_name = "DIR")]
    pub(super) evidence: Vec<PathBuf>,
    /// Judge as of this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    pub(super) at: Option<Timestamp>,
    /// What to demand: kz (default), rfc5280 or webpki
    #[arg(long, value_name = "NAME", default_value = "kz")]
    pub(super) policy: String,
}

/// Language of sentences.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Lang {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Kk => Self::Kk,
            Lang::Ru => Self::Ru,
            Lang::En => Self::En,
        }
    }
}

/// Check signed documents.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba verify --trust kit/trust --evidence kit/evidence permit.p7m
  qoltanba verify --trust kit/trust --content letter.pdf letter.pdf.p7s
  qoltanba verify --json --at 2026-07-01T00:00:00Z --trust kit/trust archive/
                       (in a folder, letter.pdf is the content of letter.pdf.p7s beside it)
  qoltanba verify --json --trust kit/trust 2026.zip june.tar.gz
                       (ZIP, TAR and TAR.GZ of documents; told as 2026.zip!june/letter.pdf.p7s)
  qoltanba verify --online --home kit permit.p7m
                       (CRLs, OCSP answers and issuers that are missing are fetched and kept below kit/fetched)
  qoltanba verify --home post --receipt permit.receipt.der permit.p7m
                       (a foreign document with the receipt of a third party that came beside it)
  cat batch.ndjson | qoltanba verify --batch --json --trust kit/trust

Exit code: 0 all passed, 1 some failed, 2 some indeterminate and none failed,
64 misuse, 65 unreadable input or no documents at all.")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    terms: TermsArgs,
    #[command(flatten)]
    online: OnlineArgs,
    #[command(flatten)]
    hearing: HearingArgs,
    /// The content of a detached signature
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// One JSON line per document
    #[arg(long)]
    json: bool,
    /// Tell what was checked of each certificate of the path, and what it rests on
    #[arg(long)]
    explain: bool,
    /// Language of sentences
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
    /// Read NDJSON items from stdin: {"id","document","content"}
    #[arg(long, conflicts_with_all = ["content", "files"])]
    batch: bool,
    /// Documents, folders of them, archives of them (ZIP, TAR, TAR.GZ)
    #[arg(value_name = "FILE", required_unless_present = "batch")]
    files: Vec<PathBuf>,
}

/// Reads a time given on the command line.
pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "not an RFC 3339 time such as 2026-07-01T00:00:00Z".to_owned())
}

impl TermsArgs {
    /// The time to judge at.
    pub(super) fn at(&self) -> Timestamp {
        self.at.map_or(Clock::Wall, Clock::Fixed).now()
    }

    /// Puts a verifier together from the folders given.
    pub(super) fn verifier(&self) -> Result<Verifier, Failure> {
        let policy = Policy::named(&self.policy).map_err(Failure::misuse)?;
        let evidence = load_evidence(&self.evidence).map_err(Failure::unreadable)?;
        if self.trust.is_empty() {
            let hint = "whom do you trust? give --home DIR or --trust DIR (for a first try: qoltanba devkit kit)";
            let home = Home::new(self.home.as_ref().ok_or_else(|| Failure::misuse(hint))?, None);
            let verifier = home.verifier_with(policy, evidence).map_err(Failure::unreadable)?;
            check_fresh(&verifier, self.at())?;
            return Ok(verifier);
        }
        let trust = load_trust(&self.trust).map_err(Failure::unreadable)?;
        Ok(Verifier::new(trust, evidence, policy))
    }
}

/// Runs the command.
pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let judge = Judge::new(&args.online, &args.terms)?;
    let mut ear = Ear::open(&args.hearing, &args.terms, judge.verifier())?;
    if args.batch {
        return batch::run(args, &judge, &mut ear);
    }
    let exit = verify_all(args, &judge, &mut ear)?;
    ear.iter().for_each(Ear::tell_unheard);
    Ok(exit)
}

/// Lets receipts speak for a document that was judged.
fn hear(ear: &mut Option<Ear>, answer: &mut Answer, document: &[u8]) -> ToldReceipts {
    ear.as_mut().map(|ear| ear.hear(answer, document)).unwrap_or_default()
}

/// From how many files on a progress bar is shown: answers on stdout are progress enough for a few.
const BAR_FROM: usize = 100;

/// Verifies files, folders and archives in batches and tells each document, and the totals of several.
fn verify_all(args: &VerifyArgs, judge: &Judge, ear: &mut Option<Ear>) -> Result<Exit, Failure> {
    let mut documents = Documents::of(&args.files, args.content.as_deref());
    let mut bar = None;
    let mut tally = Tally::default();
    loop {
        let batch = documents.next_batch();
        if batch.is_empty() {
            break;
        }
        let answers = judge.documents(&batch);
        let bar = (documents.known() > BAR_FROM).then(|| &*bar.get_or_insert_with(|| progress::bar(documents.known())));
        progress::aside(bar, || {
            for (document, answer) in batch.iter().zip(answers) {
                let name = document.name(None);
                match answer {
                    Ok(mut answer) => {
                        let octets = document.octets.as_ref().map_or(&[][..], |octets| &octets.document);
                        let receipts = hear(ear, &mut answer, octets);
                        tell(args, &name, (&answer, receipts))?;
                        tally.count(&answer);
                    }
                    Err(why) => {
                        tell_unread(args, &name, &why)?;
                        tally.count_unread();
                    }
                }
            }
            Ok(())
        })?;
        progress::advance(bar, tally.totals.documents, documents.known());
    }
    if tally.totals.documents == 0 {
        return Err(Failure::unreadable(NO_DOCUMENTS));
    }
    tally.tell(args)
}

/// Said where folders and archives hold nothing: nothing was checked, which is no success.
pub(super) const NO_DOCUMENTS: &str = "no documents";

/// What came out so far.
#[derive(Default)]
struct Tally {
    totals: AuditTotals,
    worst: Option<Exit>,
}

impl Tally {
    fn count(&mut self, answer: &Answer) {
        self.totals.count(answer);
        self.worst = self.worst.max(Some(exit_of(answer)));
    }

    fn count_unread(&mut self) {
        self.totals.count_unreadable();
        self.worst = self.worst.max(Some(Exit::Unreadable));
    }

    /// Tells the totals of more than one document: to people behind the answers, to programs beside them.
    fn tell(&self, args: &VerifyArgs) -> Result<Exit, Failure> {
        if self.totals.documents > 1 {
            if args.json { eprintln!("{}", self.totals) } else { say(self.totals)? }
        }
        Ok(self.worst.unwrap_or(Exit::Passed))
    }
}

fn tell(args: &VerifyArgs, name: &str, (answer, receipts): (&Answer, ToldReceipts)) -> Result<(), Failure> {
    if args.json {
        return say_json(Subject::File(name), (answer, receipts), args);
    }
    say(report::render(name, answer, args.lang.into()).trim_end())?;
    for receipt in receipts.text {
        say(receipt)?;
    }
    if args.explain {
        say(report::render_explanation(answer, args.lang.into()).trim_end())?;
    }
    Ok(())
}

/// A file that cannot be read is one answer of many for a program, and a diagnostic for a person.
fn tell_unread(args: &VerifyArgs, name: &str, why: &Unread) -> Result<(), Failure> {
    if args.json {
        return say(serde_json::json!({ "file": name, "error": why.problem(), "verdict": null }));
    }
    Failure::unreadable(format_args!("{name}: {why}")).tell();
    Ok(())
}

/// A line with what was said of each receipt file; without any, the line.
#[derive(Serialize)]
struct LineWithReceipts {
    #[serde(flatten)]
    line: report::Line,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    receipts: Vec<serde_json::Value>,
}

fn say_json(
    subject: Subject<'_>,
    (answer, receipts): (&Answer, ToldReceipts),
    args: &VerifyArgs,
) -> Result<(), Failure> {
    let language = args.lang.into();
    let line = report::line(subject, answer, language);
    let line = if args.explain { line.explained(answer, language) } else { line };
    let line = LineWithReceipts { line, receipts: receipts.json };
    say(serde_json::to_string(&line).map_err(Failure::unreadable)?)
}

/// The exit code that one answer asks for. Unreadable input outranks every verdict.
pub(super) fn exit_of(answer: &Answer) -> Exit {
    match &answer.result {
        Err(_) => Exit::Unreadable,
        Ok(report) => match report.verdict.indication {
            Indication::TotalPassed => Exit::Passed,
            Indication::Indeterminate => Exit::Indeterminate,
            Indication::TotalFailed => Exit::Failed,
        },
    }
}
