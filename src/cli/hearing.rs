//! Receipts that are heard while documents are verified: those that the node keeps, and those given as files.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::exit::Failure;
use super::home::read_address;
use super::receipt::{NO_THIRD_PARTY, told, told_json};
use super::verify::TermsArgs;
use crate::codec::armour;
use crate::limits::{FETCH_DVCS_BYTES_MAX, RECEIPTS_MAX};
use crate::report::Answer;
use crate::service::{Hearing, Home, JudgedReceipt, KeptReceipts, Verifier, may_need_receipts};
use crate::store::{Store, StoreError, files};
use crate::trust::PartyId;

/// Which receipts are heard.
#[derive(Clone, Debug, Args)]
pub(super) struct HearingArgs {
    /// A receipt of a third party about a document (repeatable); those that the home keeps are heard, too
    #[arg(long = "receipt", value_name = "FILE", conflicts_with = "batch")]
    receipts: Vec<PathBuf>,
    /// PostgreSQL in place of the home's embedded store; a file that holds postgres://… on its first line
    #[arg(long, value_name = "FILE", requires = "home")]
    database_file: Option<PathBuf>,
}

/// What hears receipts about the documents of one command.
pub(super) struct Ear {
    verifier: Arc<Verifier>,
    names: Vec<String>,
    brought: Vec<Vec<u8>>,
    /// What became of each file so far.
    outcomes: Vec<Outcome>,
    runtime: Runtime,
    kept: Kept,
}

/// The home's store is opened when a document may need a receipt, and no sooner.
enum Kept {
    Closed(Home),
    Open(Store),
    Away,
    None,
}

/// What became of one file, over all documents.
#[derive(Clone)]
enum Outcome {
    /// No document needed it.
    NotAsked,
    /// It holds for a document.
    Heard,
    /// It holds for none; the last one told why.
    Unheard(String),
}

/// What was said of the files about one document: for programs, and for people.
#[derive(Default)]
pub(super) struct ToldReceipts {
    pub(super) json: Vec<Value>,
    pub(super) text: Vec<String>,
}

impl Ear {
    /// Reads the files; `None` where there is nothing to hear.
    pub(super) fn open(
        args: &HearingArgs,
        terms: &TermsArgs,
        verifier: Arc<Verifier>,
    ) -> Result<Option<Self>, Failure> {
        let brought = read_receipts(&args.receipts)?;
        let database = args.database_file.as_deref().map(read_address).transpose()?;
        // Other trust than the home's knows nothing of whose receipts it keeps.
        let home = terms.home.as_ref().filter(|_| terms.trust.is_empty()).map(|folder| Home::new(folder, database));
        let kept = home.filter(Home::has_store).map_or(Kept::None, Kept::Closed);
        if brought.is_empty() && matches!(kept, Kept::None) {
            return Ok(None);
        }
        let names: Vec<String> = args.receipts.iter().map(|path| path.display().to_string()).collect();
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::unavailable)?;
        let outcomes = vec![Outcome::NotAsked; names.len()];
        Ok(Some(Self { verifier, names, brought, outcomes, runtime, kept }))
    }

    /// Lets receipts speak for a document. A store that cannot be asked is told, and makes no answer better.
    pub(super) fn hear(&mut self, answer: &mut Answer, document: &[u8]) -> ToldReceipts {
        if !may_need_receipts(answer) {
            return ToldReceipts::default();
        }
        if let Kept::Closed(home) = &self.kept {
            self.kept = match self.runtime.block_on(home.store_to_read()) {
                Ok(store) => Kept::Open(store),
                Err(why) => unheard_store(&why),
            };
        }
        let kept = match &self.kept {
            Kept::Open(store) => KeptReceipts::In(store),
            Kept::Away => KeptReceipts::Away,
            Kept::Closed(_) | Kept::None => KeptReceipts::Nowhere,
        };
        let hearing = Hearing::new(&self.verifier, kept, &self.brought);
        let heard = self.runtime.block_on(hearing.hear(answer, document));
        if let Err(why) = &heard.store {
            let away = unheard_store(why);
            // What is wrong about one document says nothing of the next.
            if matches!(why, StoreError::Unavailable(_)) {
                self.kept = away;
            }
        }
        let mut all = ToldReceipts::default();
        for ((name, judged), outcome) in self.names.iter().zip(&heard.brought).zip(&mut self.outcomes) {
            note(outcome, judged.as_ref());
            all.add(name, judged.as_ref());
        }
        all
    }

    /// Tells the files that were heard for no document.
    pub(super) fn tell_unheard(&self) {
        for (name, outcome) in self.names.iter().zip(&self.outcomes) {
            match outcome {
                Outcome::Heard => {}
                Outcome::NotAsked => eprintln!("qoltanba: {name} was not heard: no document here may need a receipt"),
                Outcome::Unheard(why) => eprintln!("qoltanba: {name} was not heard: {why}"),
            }
        }
    }
}

/// The octets of receipts in files, without their armour.
pub(super) fn read_receipts(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    RECEIPTS_MAX.check(paths.len()).map_err(Failure::misuse)?;
    let mut receipts = Vec::new();
    for path in paths {
        let octets = files::read_bounded(path, &FETCH_DVCS_BYTES_MAX).map_err(Failure::unreadable)?;
        // What has no armour that reads is told as a receipt that does not read.
        let bare = armour::strip(&octets).map(std::borrow::Cow::into_owned);
        receipts.push(bare.unwrap_or(octets));
    }
    Ok(receipts)
}

fn unheard_store(why: &StoreError) -> Kept {
    eprintln!("qoltanba: receipts that the home keeps are not heard: {why}");
    Kept::Away
}

type Judged = (PartyId, JudgedReceipt);

fn note(outcome: &mut Outcome, judged: Option<&Judged>) {
    if matches!(outcome, Outcome::Heard) {
        return;
    }
    *outcome = match judged {
        Some((_, Ok(_))) => Outcome::Heard,
        Some((_, Err(rejected))) => {
            let faults: Vec<String> = rejected.faults.iter().map(|f| format!("{f} ({})", f.code())).collect();
            Outcome::Unheard(faults.join("; "))
        }
        None => Outcome::Unheard(NO_THIRD_PARTY.to_owned()),
    };
}

impl ToldReceipts {
    fn add(&mut self, file: &str, judged: Option<&Judged>) {
        match judged {
            Some((party, judged)) => {
                self.json.push(told_json(file, party, judged));
                self.text.push(told(file, party, judged));
            }
            None => {
                let reason = json!({ "code": "NO_THIRD_PARTY", "text": NO_THIRD_PARTY, "clause": "547/НҚ п. 6" });
                self.json
                    .push(json!({ "file": file, "sound": false, "party": null, "status": null, "reasons": [reason] }));
                self.text.push(format!("{file}: {NO_THIRD_PARTY}"));
            }
        }
    }
}
