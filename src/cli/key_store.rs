//! `qoltanba keys store`: the encrypted key store of a node.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, say};
use super::home::HomeArgs;
use crate::service::{KeyStoreFile, Secret};
use crate::x509::Certificate;

/// What to do with the key store.
#[derive(Debug, Args)]
#[command(after_help = "\
The store is HOME/keys/keystore.json; its aliases are keys like any other. Its passphrase is the first
line of --passphrase-file, or QOLTANBA_KEY_STORE_PASSPHRASE, or the first line of
HOME/keys/keystore.passphrase. These files must be their owner's alone (chmod 600).

Examples:
  qoltanba keys store init --home kit --passphrase-file pass
  qoltanba keys store add --home kit --passphrase-file pass --key my.p12 --password-file my.password chairman
  qoltanba keys store passwd --home kit --passphrase-file pass --new-passphrase-file pass.new")]
pub(super) struct KeyStoreArgs {
    #[command(subcommand)]
    command: Command,
}

/// Where the store is, and what opens it.
#[derive(Debug, Args)]
struct Where {
    #[command(flatten)]
    home: HomeArgs,
    /// The file whose first line opens the store
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// One JSON object (a line per key)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an empty store
    Init {
        #[command(flatten)]
        at: Where,
    },
    /// Take a key in, with its certificate
    Add {
        #[command(flatten)]
        at: Where,
        /// The key file: PKCS#12, or PKCS#8 with --certificate
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The file whose first line opens the key file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// The key's certificate, where the key file holds none
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        /// The alias
        alias: String,
    },
    /// List the aliases with whose keys they are
    List {
        #[command(flatten)]
        at: Where,
    },
    /// Take a key out: it does not come back
    Remove {
        #[command(flatten)]
        at: Where,
        /// The alias
        alias: String,
    },
    /// Put every key under another passphrase
    Passwd {
        #[command(flatten)]
        at: Where,
        /// The file whose first line is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(args: &KeyStoreArgs) -> Result<Exit, Failure> {
    match &args.command {
        Command::Init { at } => {
            let (store, passphrase) = at.open()?;
            store.create(&passphrase).map_err(Failure::unreadable)?;
            done(at, &store, "made")
        }
        Command::Add { at, key, password_file, certificate, alias } => {
            let (store, passphrase) = at.open()?;
            let source = (key.as_path(), password_file.as_deref(), certificate.as_deref());
            let certificate = store.add(alias, source, &passphrase).map_err(Failure::unreadable)?;
            tell(alias, &certificate, at.json)?;
            Ok(Exit::Passed)
        }
        Command::List { at } => list(at),
        Command::Remove { at, alias } => {
            let (store, passphrase) = at.open()?;
            store.remove(alias, &passphrase).map_err(Failure::unreadable)?;
            done(at, &store, "removed")
        }
        Command::Passwd { at, new_passphrase_file } => {
            let (store, passphrase) = at.open()?;
            let new = Secret::read(new_passphrase_file).map_err(Failure::unreadable)?;
            store.change_passphrase(&passphrase, &new).map_err(Failure::unreadable)?;
            done(at, &store, "under the new passphrase")
        }
    }
}

impl Where {
    fn open(&self) -> Result<(KeyStoreFile, Secret), Failure> {
        let keyring = self.home.home()?.keyring();
        let passphrase = match &self.passphrase_file {
            Some(file) => Secret::read(file).map_err(Failure::unreadable)?,
            None => keyring.key_store_passphrase().map_err(Failure::misuse)?,
        };
        Ok((keyring.key_store_file(), passphrase))
    }
}

fn list(at: &Where) -> Result<Exit, Failure> {
    let (file, passphrase) = at.open()?;
    let store = file.open(&passphrase).map_err(Failure::unreadable)?;
    for alias in store.aliases() {
        let certificates = store.certificates(alias).unwrap_or_default();
        let der = certificates.first().copied().unwrap_or_default();
        tell(alias, &Certificate::parse(der).map_err(Failure::unreadable)?, at.json)?;
    }
    Ok(Exit::Passed)
}

fn tell(alias: &str, certificate: &Certificate, json: bool) -> Result<(), Failure> {
    let until = certificate.validity().not_after;
    if json {
        return say(serde_json::json!({
            "alias": alias, "subject": certificate.subject().to_string(), "not_after": until,
            "certificate_sha256": certificate.fingerprint().to_string(),
        }));
    }
    say(format_args!("{alias:<24} {} until {until}", certificate.label()))
}

fn done(at: &Where, store: &KeyStoreFile, what: &str) -> Result<Exit, Failure> {
    let path = store.path().display();
    if at.json {
        say(serde_json::json!({ "file": path.to_string(), "done": what }))?;
    } else {
        say(format_args!("{path}: {what}"))?;
    }
    Ok(Exit::Passed)
}
