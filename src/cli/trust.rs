//! `qoltanba trust`: the registry of whom we trust, changed by two administrators, published by its keeper, fetched by posts.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::exit::{Exit, Failure, say};
use super::home::{HomeArgs, block_on, store_failure};
use super::online::ReachArgs;
use super::verify::parse_time;
use crate::codec::screen;
use crate::fetch::Url;
use crate::ledger::Digest;
use crate::limits::{ENTITY_LIST_BYTES_MAX, TRUST_ENTRY_BYTES_MAX};
use crate::policy::Policy;
use crate::service::{
    Accepted, Added, EntryView, PartyView, ProposalOrder, TrustOffice, TrustOfficeError, changes_of, entries_of,
    holders_of, office_of, order_of_list, parties_at, party_history, status_changes_of,
};
use crate::store::files;
use crate::time::{Clock, Timestamp};
use crate::trust::{PartyId, Period, Registry, TrustSnapshot, differences};

/// Whom we trust: propose, approve, publish, fetch, look back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba trust --home kit init --as trust-administrator --administrator trust-administrator \\
      --administrator trust-administrator-2
  qoltanba trust --home kit propose --as trust-administrator proposal.json
  qoltanba trust --home kit approve --as trust-administrator-2 2
  qoltanba trust --home kit publish --as trust-administrator
  qoltanba trust --home kit show --as-of 2026-03-01 --known-at 2026-05-01
  qoltanba trust --home post pull https://keeper.example/v1/trust/snapshot

A proposal is JSON: {\"act\": {\"reference\": \"order 1 of 2026-11-01\"}, \"changes\": [{\"type\": \"event\",
\"party\": \"foreign-registered\", \"status\": \"SUSPENDED\", \"effective_from\": \"2026-11-01T00:00:00Z\"}]}")]
pub(super) struct TrustArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// JSON lines
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Debug, Subcommand)]
enum TrustCommand {
    /// Begin the registry with what is trusted now
    Init {
        /// The keeper's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// The keys of those who administer, two at least
        #[arg(long, value_name = "ALIAS", required = true)]
        administrator: Vec<String>,
    },
    /// Propose changes by an act
    Propose {
        /// The administrator's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// The proposal, JSON
        file: PathBuf,
    },
    /// Approve what another administrator proposed; `list --pending` tells it beforehand
    Approve {
        /// The administrator's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// The proposal: its place in the log, or its digest
        proposal: String,
    },
    /// Reject a proposal, or withdraw one's own
    Reject {
        /// The administrator's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// The proposal: its place in the log, or its digest
        proposal: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Publish what is in force as the next snapshot
    Publish {
        /// The administrator's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// The keeper's key, where it is another
        #[arg(long, value_name = "ALIAS")]
        keeper: Option<String>,
    },
    /// List the entries of the log
    List {
        /// Only proposals that wait for a second administrator
        #[arg(long)]
        pending: bool,
    },
    /// Tell what happened to a party
    History {
        /// Its name
        party: PartyId,
    },
    /// Tell administrators, keepers, anchors and every party, or one, as they stood
    Show {
        /// Its name
        party: Option<PartyId>,
        /// At this time in law (now)
        #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
        as_of: Option<Timestamp>,
        /// By what was known at this time (now)
        #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
        known_at: Option<Timestamp>,
    },
    /// Tell what changed between two times of knowledge, or between two snapshots
    Diff {
        /// From what was known then
        #[arg(long, value_name = "RFC3339", value_parser = parse_time, required_unless_present = "snapshots")]
        known_at: Option<Timestamp>,
        /// To what was known at this later time (now)
        #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
        and_known_at: Option<Timestamp>,
        /// Only how the statuses differ that parties had at this time in law
        #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
        as_of: Option<Timestamp>,
        /// Two signed snapshots
        #[arg(num_args = 2, value_name = "FILE", conflicts_with_all = ["known_at", "and_known_at", "as_of"])]
        snapshots: Vec<PathBuf>,
    },
    /// Sign the snapshot in use as a list of trusted entities (TS 119 602, JWS)
    ExportList {
        /// The keeper's key
        #[arg(long = "as", value_name = "ALIAS")]
        alias: String,
        /// Where to, besides the node's folder
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Read another's list of trusted entities into a proposal, to be reviewed and proposed
    ImportList {
        /// The certificate of its keeper
        #[arg(long, value_name = "FILE")]
        keeper: PathBuf,
        /// The list, JWS
        file: PathBuf,
    },
    /// Take in a snapshot from where it is published, or from a file
    Pull {
        /// An address, or a file
        source: String,
        #[command(flatten)]
        reach: ReachArgs,
    },
}

/// Runs the command.
pub(super) fn run(args: &TrustArgs) -> Result<Exit, Failure> {
    block_on(async {
        let home = args.home.home()?;
        let store = home.store(Clock::Wall.now()).await.map_err(store_failure)?;
        let policy = Policy::named("kz").map_err(Failure::misuse)?;
        let office = office_of(&home, &store, (policy, Clock::Wall)).await.map_err(failure)?;
        let done = dispatch(args, &office).await;
        store.close().await;
        done.map(|()| Exit::Passed)
    })
}

async fn dispatch(args: &TrustArgs, office: &TrustOffice) -> Result<(), Failure> {
    match &args.command {
        TrustCommand::Init { alias, administrator } => {
            args.tell_added("begun", office.begin(alias, administrator).await.map_err(failure)?)
        }
        TrustCommand::Propose { alias, file } => {
            let octets = files::read_bounded(file, &TRUST_ENTRY_BYTES_MAX).map_err(Failure::unreadable)?;
            let order: ProposalOrder = serde_json::from_slice(&octets).map_err(Failure::unreadable)?;
            args.tell_added("proposed", office.propose(alias, order).await.map_err(failure)?)
        }
        TrustCommand::Approve { alias, proposal } => {
            let proposal = named(&office.registry().await.map_err(failure)?, proposal)?;
            let added = office.approve(alias, proposal).await.map_err(failure)?;
            args.tell_approved(added, (&office.registry().await.map_err(failure)?, proposal))
        }
        TrustCommand::Reject { alias, proposal, reason } => {
            let proposal = named(&office.registry().await.map_err(failure)?, proposal)?;
            args.tell_added("rejected", office.reject(alias, proposal, reason.clone()).await.map_err(failure)?)
        }
        TrustCommand::Publish { alias, keeper } => {
            let keeper = keeper.as_deref().unwrap_or(alias);
            args.tell_accepted("published", &office.publish(alias, keeper).await.map_err(failure)?)
        }
        TrustCommand::List { pending } => args.list(&office.registry().await.map_err(failure)?, *pending),
        TrustCommand::History { party } => args.history(&office.registry().await.map_err(failure)?, party),
        TrustCommand::Show { party, as_of, known_at } => args.show(office, (party.as_ref(), *as_of, *known_at)).await,
        TrustCommand::Diff { snapshots, .. } if !snapshots.is_empty() => args.diff_files(snapshots),
        TrustCommand::Diff { known_at, and_known_at, as_of, .. } => {
            let known = (known_at.unwrap_or_default(), and_known_at.unwrap_or_else(|| Clock::Wall.now()));
            args.diff(&office.registry().await.map_err(failure)?, known, *as_of)
        }
        TrustCommand::ExportList { alias, out } => {
            let list = office.publish_list(alias).map_err(failure)?;
            if let Some(out) = out {
                files::write(out, &list.jws).map_err(Failure::unreadable)?;
            }
            args.tell(
                &serde_json::json!({ "sha256": list.sha256 }),
                format_args!("list signed (sha256:{})", list.sha256),
            )
        }
        TrustCommand::ImportList { keeper, file } => args.import_list(keeper, file),
        TrustCommand::Pull { source, reach } => {
            let accepted = if source.starts_with("http://") || source.starts_with("https://") {
                let online = reach.open(None, Clock::Wall)?;
                let url = Url::parse(source).map_err(Failure::misuse)?;
                office.pull(&online, &url).await
            } else {
                let octets = files::read_bounded(source.as_ref(), &TRUST_ENTRY_BYTES_MAX);
                office.accept(&octets.map_err(Failure::unreadable)?).await
            };
            args.tell_accepted("taken in", &accepted.map_err(failure)?)
        }
    }
}

impl TrustArgs {
    fn tell(&self, value: &impl Serialize, text: impl std::fmt::Display) -> Result<(), Failure> {
        if self.json { say(serde_json::to_string(value).map_err(Failure::unreadable)?) } else { say(text) }
    }

    fn tell_added(&self, done: &str, added: Added) -> Result<(), Failure> {
        self.tell(&added, format_args!("{done} as entry {} ({})", added.sequence, added.digest))
    }

    /// What was approved, whole: the digest that was signed names these words and no others.
    fn tell_approved(&self, added: Added, (registry, digest): (&Registry, Digest)) -> Result<(), Failure> {
        let Some(approved) = entries_of(registry).into_iter().find(|entry| entry.digest == digest) else {
            return self.tell_added("approved", added);
        };
        let text = format!("approved as entry {} ({}):\n{}", added.sequence, added.digest, told(&approved));
        self.tell(&Approved { added, approved }, text)
    }

    fn tell_accepted(&self, done: &str, accepted: &Accepted) -> Result<(), Failure> {
        let done = if accepted.is_new { done } else { "held already" };
        self.tell(accepted, format_args!("{done}: trust snapshot version {} ({})", accepted.version, accepted.digest))
    }

    fn list(&self, registry: &Registry, pending: bool) -> Result<(), Failure> {
        for entry in entries_of(registry).iter().filter(|entry| !pending || entry.state == Some("pending")) {
            self.tell(entry, told(entry))?;
        }
        Ok(())
    }

    fn history(&self, registry: &Registry, party: &PartyId) -> Result<(), Failure> {
        for change in party_history(registry, party) {
            let [proposer, approver] = &change.by;
            let text = format!(
                "{}  entry {}, {}; proposed by {proposer}, approved by {approver}\n    {}",
                change.recorded_at,
                change.entry,
                quoted(&change.act),
                change.change
            );
            self.tell(&change, text)?;
        }
        Ok(())
    }

    async fn show(
        &self,
        office: &TrustOffice,
        (party, as_of, known_at): (Option<&PartyId>, Option<Timestamp>, Option<Timestamp>),
    ) -> Result<(), Failure> {
        let now = Clock::Wall.now();
        let registry = office.registry().await.map_err(failure)?;
        let Some(state) = registry.as_known_at(known_at.unwrap_or(now)) else {
            return Err(Failure::misuse("nothing was known then: the registry began later"));
        };
        let wanted = |name: &str| party.is_none_or(|party| party.as_str() == name);
        let all = holders_of(&state).into_iter().chain(parties_at(&state.snapshot, as_of.unwrap_or(now)));
        for view in all.filter(|view| wanted(&view.party)) {
            self.tell(&view, told_party(&view))?;
        }
        Ok(())
    }

    fn diff(
        &self,
        registry: &Registry,
        known: (Timestamp, Timestamp),
        as_of: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let all = match as_of {
            Some(as_of) => status_changes_of(registry, known, as_of),
            None => changes_of(registry, known),
        };
        all.iter().try_for_each(|difference| self.tell(difference, screen::line(&difference.to_string())))
    }

    /// The proposal goes to stdout, what was left out to stderr: it is a file to be read by people before it is proposed.
    fn import_list(&self, keeper: &std::path::Path, file: &std::path::Path) -> Result<(), Failure> {
        let octets = files::read_bounded(keeper, &TRUST_ENTRY_BYTES_MAX).map_err(Failure::unreadable)?;
        let keeper = crate::codec::armour::strip(&octets).and_then(|der| crate::x509::Certificate::parse(&der));
        let keeper = keeper.map_err(Failure::unreadable)?;
        let message = files::read_bounded(file, &ENTITY_LIST_BYTES_MAX).map_err(Failure::unreadable)?;
        let own = self.home.home()?.trust().map_err(Failure::unreadable)?.snapshot;
        let taken = order_of_list(&message, (&keeper, Clock::Wall.now()), &own).map_err(failure)?;
        for why in &taken.left_out {
            Failure::unreadable(format_args!("left out: {why}")).tell();
        }
        for label in &taken.known {
            Failure::misuse(format_args!("left out: `{label}` stands in the registry already")).tell();
        }
        say(serde_json::to_string_pretty(&taken.order).map_err(Failure::unreadable)?)
    }

    fn diff_files(&self, snapshots: &[PathBuf]) -> Result<(), Failure> {
        let [before, after] = snapshots else { return Err(Failure::misuse("two snapshots are compared")) };
        let all = differences(&self.snapshot(before)?, &self.snapshot(after)?);
        all.iter().try_for_each(|difference| self.tell(difference, screen::line(&difference.to_string())))
    }

    fn snapshot(&self, path: &std::path::Path) -> Result<TrustSnapshot, Failure> {
        let octets = files::read_bounded(path, &TRUST_ENTRY_BYTES_MAX).map_err(Failure::unreadable)?;
        let keeper = self.home.home()?.keeper().map_err(Failure::unreadable)?;
        crate::trust::open_signed_snapshot(&octets, &keeper).map_err(Failure::unreadable)
    }
}

/// An approval, and what it let.
#[derive(Serialize)]
struct Approved {
    #[serde(flatten)]
    added: Added,
    approved: EntryView,
}

/// An entry in one line; a proposal with its digest and a line for each change.
fn told(entry: &EntryView) -> String {
    let mut text = format!("{:>4}  {}  {:<11} by {}", entry.sequence, entry.recorded_at, entry.step, entry.by);
    if let (Some(state), Some(act)) = (entry.state, &entry.act) {
        text.push_str(&format!("; {state}; by {}", quoted(act)));
    }
    if let Some(version) = entry.version {
        text.push_str(&format!("; snapshot version {version}"));
    }
    if let Some(about) = &entry.about {
        text.push_str(&format!("; of {about}"));
    }
    for (what, words) in [("reason", &entry.reason), ("see", &entry.act_url)] {
        if let Some(words) = words {
            text.push_str(&format!("; {what} {}", quoted(words)));
        }
    }
    if let Some(changes) = &entry.changes {
        text.push_str(&format!("\n      {}", entry.digest));
        for (place, change) in changes.iter().enumerate() {
            text.push_str(&format!("\n      change {}: {change}", place.saturating_add(1)));
        }
    }
    text
}

/// A party in one line, and a line for each of its keys.
fn told_party(view: &PartyView) -> String {
    let status = view.status.map_or("-", crate::trust::RegistrationStatus::code);
    let country = screen::line(view.country.as_deref().unwrap_or("  "));
    let label = screen::line(&view.label);
    let mut text = format!("{status:<12} {country} {:<15} {}  {label}", view.kind, view.party);
    for key in &view.keys {
        let subject = screen::line(&key.subject);
        let certificate = format!("certificate {} to {}", key.not_before, key.not_after);
        text.push_str(&format!("\n    sha256:{}  {subject}; {certificate}", key.certificate_sha256));
        if let Some(Period { from, until }) = key.period {
            let until = until.map_or_else(|| "with no end known".to_owned(), |until| format!("until {until}"));
            text.push_str(&format!("; registered from {from} {until}"));
        }
    }
    text
}

/// Words that people wrote, in quotation marks, with everything escaped that would pass for something else.
fn quoted(text: &str) -> String {
    screen::line(&serde_json::Value::from(text).to_string())
}

/// A proposal by its place in the log or by its digest.
fn named(registry: &Registry, text: &str) -> Result<Digest, Failure> {
    if let Ok(digest) = text.parse() {
        return Ok(digest);
    }
    let place: u64 = text.parse().map_err(|_| Failure::misuse("a proposal is named by its number or its digest"))?;
    let found = registry.proposals().find(|proposal| proposal.entry.place.sequence == place);
    found.map(|proposal| proposal.entry.place.digest).ok_or_else(|| Failure::misuse("no proposal has this number"))
}

fn failure(error: TrustOfficeError) -> Failure {
    use crate::trust::RegistryError as R;
    use TrustOfficeError as E;
    match error {
        E::Store(error @ (crate::store::StoreError::Conflict(_) | crate::store::StoreError::OutOfDate { .. })) => {
            Failure::misuse(error)
        }
        E::Store(error) => store_failure(error),
        E::Fetch(_) => Failure::unavailable(error),
        E::BegunBefore
        | E::NotAnAdministrator { .. }
        | E::Name(_)
        | E::SignerNotValid(_)
        | E::Registry(
            R::OwnProposal { .. }
            | R::Settled { .. }
            | R::Change { .. }
            | R::NoSuchProposal { .. }
            | R::ProposerGone { .. }
            | R::NothingChanges
            | R::NoAct
            | R::Text { .. }
            | R::Empty,
        ) => Failure::misuse(error),
        other => Failure::unreadable(other),
    }
}
