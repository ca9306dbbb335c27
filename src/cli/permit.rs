//! `qoltanba issue` and `qoltanba permit`: documents issued, looked at, changed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::{Exit, Failure, say};
use super::home::{HomeArgs, block_on, store_failure};
use super::verify::{Lang, exit_of};
use crate::permit::{ActReference, ActionReason, Catalogue, Kind, Validity, Words};
use crate::report::{self, Subject};
use crate::service::{ActionOrder, IssueOrder, PermitError, SignerOrder, WriteOffOrder};
use crate::store::files;
use crate::time::{Clock, Timestamp};

/// Issue a permit, a refusal or a notice.
#[derive(Debug, Args)]
#[command(after_help = "\
An order is a JSON file: who issues, who signs with which key, and the fields of the form.

Examples:
  qoltanba permit template conclusion.crypto-movement > order.json
  qoltanba issue --home kit -o permit.p7m order.json
  qoltanba verify --trust kit/trust --evidence kit/evidence permit.p7m")]
pub(super) struct IssueArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// Where to write the signed document
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// JSON
    #[arg(long)]
    json: bool,
    /// The order
    order: PathBuf,
}

/// Look at permits and change how they stand.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba permit kinds --lang ru
  qoltanba permit kinds conclusion.crypto-movement
  qoltanba permit status --home kit KZ49CRM00000001
  qoltanba permit history --home kit KZ49CRM00000001
  qoltanba permit check --home kit permit.p7m
  qoltanba permit write-off --home kit --alias officer-head --position Chairman \\
    --name 'A. Sample' --item 0 --quantity 2.5 KZ49CRM00000001")]
pub(super) struct PermitArgs {
    #[command(subcommand)]
    command: PermitCommand,
}

#[derive(Debug, Subcommand)]
enum PermitCommand {
    /// List the kinds of documents, or show one with its form
    Kinds {
        /// The code of one kind
        code: Option<String>,
        /// Language
        #[arg(long, value_enum, default_value = "en")]
        lang: Lang,
        /// JSON, with every form
        #[arg(long)]
        json: bool,
    },
    /// Write an order to fill in, with made-up values that pass
    Template {
        /// The code of the kind
        code: String,
    },
    /// How a permit stands
    Status {
        #[command(flatten)]
        home: HomeArgs,
        /// Its number
        number: String,
        /// JSON, with the content
        #[arg(long)]
        json: bool,
    },
    /// What happened to a permit, record by record
    History {
        #[command(flatten)]
        home: HomeArgs,
        /// Its number
        number: String,
        /// One JSON line per record
        #[arg(long)]
        json: bool,
    },
    /// Verify a permit's file with its history at hand: is it usable now?
    #[command(after_help = "\
Exit code: 0 usable, 1 not usable, or the signature failed, or the signer had no right to sign it,
2 one of these cannot be said, 64 misuse, 65 unreadable input or no permit.

Example:
  qoltanba permit check --home kit permit.p7m")]
    Check {
        #[command(flatten)]
        home: HomeArgs,
        /// The signed document
        file: PathBuf,
        /// Language
        #[arg(long, value_enum, default_value = "en")]
        lang: Lang,
        /// JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a permit's signed document to a file
    Document {
        #[command(flatten)]
        home: HomeArgs,
        /// Its number
        number: String,
        /// Where to
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Pause a permit's effect
    Suspend(ActArgs),
    /// Let it go on
    Resume(ActArgs),
    /// End it
    Terminate(ActArgs),
    /// Write a quantity off at clearance
    WriteOff {
        #[command(flatten)]
        act: ActArgs,
        /// The item of the goods, from 0
        #[arg(long, default_value_t = 0)]
        item: usize,
        /// How much, in the item's unit
        #[arg(long)]
        quantity: String,
    },
}

/// Who changes a permit, and why.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  qoltanba permit suspend --home kit --alias officer-head --position Chairman --name 'A. Testova' \\
    --reason 'Inspection 12 of 2026-07-01' KZ18LAA00032760")]
struct ActArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// Alias of the signer's key
    #[arg(long)]
    alias: String,
    /// Position of the signer
    #[arg(long)]
    position: String,
    /// Full name of the signer
    #[arg(long)]
    name: String,
    /// Why, in words
    #[arg(long)]
    reason: Option<String>,
    /// The act it is done by: NAME,DATE[,NUMBER]
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// From when; now where it is not said
    #[arg(long, value_name = "RFC3339", value_parser = super::verify::parse_time)]
    effective_at: Option<Timestamp>,
    /// JSON, the record
    #[arg(long)]
    json: bool,
    /// The permit's number
    number: String,
}

/// Runs `issue`.
pub(super) fn run_issue(args: &IssueArgs) -> Result<Exit, Failure> {
    let octets = files::read(&args.order).map_err(Failure::unreadable)?;
    let order: IssueOrder =
        serde_json::from_slice(&octets).map_err(|e| Failure::unreadable(format_args!("order: {e}")))?;
    let issued = block_on(async { args.home.permits().await?.issue(&order).await.map_err(failure) })?;
    // The number first: whatever happens to the file, the document is issued and can be fetched by it.
    let again = if issued.repeated { " (issued before for the same request)" } else { "" };
    if args.json {
        say(json(&issued)?)?;
    } else {
        say(format_args!("{} {}{again}, issued {}", issued.number, issued.kind, issued.issued_at))?;
    }
    if let Some(path) = &args.output {
        files::write(path, &issued.signed).map_err(Failure::unreadable)?;
    }
    for warning in &issued.warnings {
        eprintln!("qoltanba: please look at {warning}");
    }
    Ok(Exit::Passed)
}

/// Runs `permit`.
pub(super) fn run(args: &PermitArgs) -> Result<Exit, Failure> {
    match &args.command {
        PermitCommand::Kinds { code, lang, json } => kinds(code.as_deref(), *lang, *json)?,
        PermitCommand::Template { code } => {
            let mut order = template(kind(code)?);
            if let Value::Object(members) = &mut order {
                members.insert("request_id".to_owned(), json!(request_id()?));
            }
            say(pretty(&order)?)?;
        }
        PermitCommand::Status { home, number, json } => status(home, number, *json)?,
        PermitCommand::History { home, number, json } => history(home, number, *json)?,
        PermitCommand::Document { home, number, output } => {
            let signed = block_on(async { home.permits().await?.signed_document(number).await.map_err(failure) })?;
            files::write(output, &signed).map_err(Failure::unreadable)?;
        }
        PermitCommand::Check { home, file, lang, json } => return check(home, file, *lang, *json),
        PermitCommand::Suspend(act) => change("suspend", act, None)?,
        PermitCommand::Resume(act) => change("resume", act, None)?,
        PermitCommand::Terminate(act) => change("terminate", act, None)?,
        PermitCommand::WriteOff { act, item, quantity } => {
            let quantity = quantity.parse().map_err(Failure::misuse)?;
            change("write-off", act, Some(WriteOffOrder { item: *item, quantity }))?;
        }
    }
    Ok(Exit::Passed)
}

/// An order for a kind, filled in with made-up values for the issuing body and officer of the test PKI.
pub(super) fn template(kind: &Kind) -> Value {
    let subtype = kind.subtypes.first().map(|s| s.code.clone());
    let subtypes: Vec<String> = subtype.into_iter().collect();
    let ends =
        matches!(kind.validity_of(&subtypes), Validity::UntilDate | Validity::AtMostOneYear | Validity::TermOfAct);
    let until = ends.then(|| Clock::Wall.now().plus_seconds(180 * 24 * 3600));
    json!({
        "kind": kind.code,
        "subtypes": subtypes,
        "issuing_body": { "bin": crate::service::devkit::SAMPLE_BODY.0, "name": crate::service::devkit::SAMPLE_BODY.1 },
        "signer": { "alias": "officer-head", "position": "Chairman", "full_name": "Sample Officer" },
        "valid_until": until,
        "fields": kind.form.sample(),
    })
}

/// A name for the request of its own, so that issuing the same order twice issues once.
fn request_id() -> Result<String, Failure> {
    let mut octets = [0; 16];
    crate::crypto::Entropy::fill(&mut crate::crypto::SystemEntropy, &mut octets).map_err(Failure::unavailable)?;
    Ok(crate::codec::armour::hex(&octets))
}

fn kind(code: &str) -> Result<&'static Kind, Failure> {
    let unknown = || Failure::misuse(PermitError::NoSuchKind { code: code.to_owned() });
    Catalogue::builtin().kind(code).ok_or_else(unknown)
}

fn kinds(code: Option<&str>, lang: Lang, as_json: bool) -> Result<(), Failure> {
    let chosen = match code {
        Some(code) => vec![kind(code)?],
        None => Catalogue::builtin().kinds().iter().collect(),
    };
    for kind in &chosen {
        if as_json {
            say(json(kind)?)?;
            continue;
        }
        say(format_args!("{:<30} {}", kind.code, word(&kind.title, lang)))?;
        if code.is_some() {
            for field in &kind.form.fields {
                let needed = if field.required { "" } else { " (optional)" };
                say(format_args!("    {:<24} {}{needed}", field.name, word(&field.label, lang)))?;
            }
        }
    }
    Ok(())
}

fn word(words: &Words, lang: Lang) -> &str {
    match lang {
        Lang::Kk => &words.kk,
        Lang::Ru => &words.ru,
        Lang::En => &words.en,
    }
}

fn status(home: &HomeArgs, number: &str, as_json: bool) -> Result<(), Failure> {
    let view = block_on(async { home.permits().await?.permit(number).await.map_err(failure) })?;
    if as_json {
        return say(json(&view)?);
    }
    let standing = serde_json::to_value(view.status.standing).unwrap_or_default();
    let since = view.status.since.map(|t| format!(" since {t}")).unwrap_or_default();
    say(format_args!("{number} {}: {}{since}", view.content.kind, standing.as_str().unwrap_or_default()))?;
    say(format_args!("    issued {} by {}", view.content.issued_at, view.content.issuing_body.name))?;
    if let Some(until) = view.content.valid_until {
        say(format_args!("    valid until {until}"))?;
    }
    if let Some(successor) = &view.superseded_by {
        say(format_args!("    superseded by {successor}"))?;
    }
    Ok(())
}

fn check(home: &HomeArgs, file: &std::path::Path, lang: Lang, as_json: bool) -> Result<Exit, Failure> {
    let octets = files::read(file).map_err(Failure::unreadable)?;
    let answer = block_on(async { home.permits().await?.check(&octets).await.map_err(failure) })?;
    let name = file.to_string_lossy();
    if as_json {
        say(json(&report::line(Subject::File(&name), &answer, lang.into()))?)?;
    } else {
        say(report::render(&name, &answer, lang.into()).trim_end())?;
    }
    let Some(permit) = &answer.permit else {
        return match answer.result {
            Ok(_) => Err(Failure::unreadable(format_args!("{name}: a signed document, but no permit"))),
            // Told already as what does not read.
            Err(_) => Ok(Exit::Unreadable),
        };
    };
    Ok(exit_of(&answer).max(exit_of_permit(permit)))
}

/// The exit code that a permit's own answers ask for; the signature's verdict is another one.
fn exit_of_permit(permit: &Value) -> Exit {
    let standing = |part: &str| permit.get(part).and_then(|answer| answer.get("standing")).and_then(Value::as_str);
    let right = match standing("signing_right") {
        Some("ESTABLISHED") => Exit::Passed,
        Some("CONTRADICTED") => Exit::Failed,
        _ => Exit::Indeterminate,
    };
    let usability = match standing("usability") {
        Some("USABLE") => Exit::Passed,
        Some("NOT_USABLE") => Exit::Failed,
        _ => Exit::Indeterminate,
    };
    right.max(usability)
}

fn history(home: &HomeArgs, number: &str, as_json: bool) -> Result<(), Failure> {
    let records = block_on(async {
        let permits = home.permits().await?;
        permits.replay(number).await.map_err(failure)?;
        permits.history(number).await.map_err(failure)
    })?;
    for record in &records {
        if as_json {
            say(json(record)?)?;
            continue;
        }
        let content = &record.content;
        let reason = content.reason.as_ref().and_then(|r| r.text.as_deref()).unwrap_or_default();
        let (kind, who) = (content.action.kind().code(), &content.signer.full_name);
        say(format_args!("{:>3} {} {kind} by {who} {reason}", content.sequence, content.effective_at))?;
    }
    Ok(())
}

fn change(action: &str, args: &ActArgs, write_off: Option<WriteOffOrder>) -> Result<(), Failure> {
    let signer =
        SignerOrder { alias: args.alias.clone(), position: args.position.clone(), full_name: args.name.clone() };
    let reason = args.reason.clone().map(|text| ActionReason { grounds: Vec::new(), text: Some(text) });
    let order = ActionOrder {
        action: action.to_owned(),
        signer,
        reason,
        act: args.act.as_deref().map(act_reference).transpose()?,
        effective_at: args.effective_at,
        write_off,
        expected_sequence: None,
    };
    let record = block_on(async { args.home.permits().await?.act(&args.number, &order).await.map_err(failure) })?;
    if args.json {
        return say(json(&record)?);
    }
    say(format_args!("{}: {action} from {}", args.number, record.content.effective_at))
}

fn act_reference(text: &str) -> Result<ActReference, Failure> {
    let mut parts = text.split(',').map(str::trim);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(date), number) => {
            Ok(ActReference { name: name.to_owned(), number: number.map(str::to_owned), date: date.to_owned() })
        }
        _ => Err(Failure::misuse("an act is NAME,DATE[,NUMBER], such as 'Order,2026-07-01,12'")),
    }
}

fn failure(error: PermitError) -> Failure {
    match error {
        PermitError::Store(error) => store_failure(error),
        PermitError::NoSuchKind { .. } | PermitError::NoSuchAction { .. } => Failure::misuse(error),
        _ => Failure::unreadable(error),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::unreadable)
}

fn pretty(value: &Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(Failure::unreadable)
}
