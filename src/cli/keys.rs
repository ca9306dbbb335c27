//! `qoltanba keys`: what the node can sign with.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, say};
use super::home::HomeArgs;
use super::key_store::{self, KeyStoreArgs};
use crate::codec::armour;
use crate::crypto::{KeyAlgorithm, SigningKey, SystemEntropy};
use crate::service::{HeldKey, signer_facts};
use crate::store::files;
use crate::x509::Role;

/// Keys by alias.
#[derive(Debug, Args)]
#[command(after_help = "\
A key is a PKCS#12 container HOME/keys/ALIAS.p12 (its password is the first line of
HOME/keys/ALIAS.password, or of HOME/keys/password), a key of the encrypted store
HOME/keys/keystore.json, or one of a PKCS#11 token that HOME/keys/ALIAS.token.toml
describes. Secrets never appear in arguments.

Examples:
  qoltanba keys list --home kit
  qoltanba keys show --home kit officer-head
  qoltanba keys new --algorithm gost-r-34.10-2015-512-kz officer.key.pem")]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// List the aliases with whose keys they are
    List {
        #[command(flatten)]
        home: HomeArgs,
        /// One JSON line per key
        #[arg(long)]
        json: bool,
    },
    /// Show one key's certificate
    Show {
        #[command(flatten)]
        home: HomeArgs,
        /// The alias
        alias: String,
        /// JSON
        #[arg(long)]
        json: bool,
    },
    /// The encrypted key store: make it, add keys, list, remove, change the passphrase
    Store(KeyStoreArgs),
    /// Make a new key (PKCS#8, PEM, readable by its owner only), to be certified by a centre
    New {
        /// Kind of key
        #[arg(long, value_name = "NAME")]
        algorithm: KeyAlgorithm,
        /// One JSON object
        #[arg(long)]
        json: bool,
        /// Where to write it; nothing is overwritten
        file: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(args: &KeysArgs) -> Result<Exit, Failure> {
    match &args.command {
        KeysCommand::List { home, json } => list(home, *json),
        KeysCommand::Show { home, alias, json } => {
            let held = home.home()?.keyring().open(alias).map_err(Failure::unreadable)?;
            tell(alias, &held, *json)?;
            Ok(Exit::Passed)
        }
        KeysCommand::Store(args) => key_store::run(args),
        KeysCommand::New { algorithm, json, file } => new(*algorithm, *json, file),
    }
}

fn list(home: &HomeArgs, json: bool) -> Result<Exit, Failure> {
    let keyring = home.home()?.keyring();
    let mut exit = Exit::Passed;
    for alias in keyring.aliases().map_err(Failure::unreadable)? {
        match keyring.open(&alias) {
            Ok(held) => tell(&alias, &held, json)?,
            Err(error) => {
                Failure::unreadable(error).tell();
                exit = Exit::Unreadable;
            }
        }
    }
    Ok(exit)
}

fn tell(alias: &str, held: &HeldKey, json: bool) -> Result<(), Failure> {
    let certificate = &held.certificate;
    let facts = signer_facts(certificate);
    let roles: Vec<&str> = facts.roles.iter().copied().map(Role::code).collect();
    let validity = certificate.validity();
    if json {
        return say(serde_json::json!({
            "alias": alias, "algorithm": held.key.public_key().kind_name(), "subject": certificate.subject().to_string(),
            "bin": facts.bin, "iin": facts.iin, "roles": roles, "not_before": validity.not_before,
            "not_after": validity.not_after, "certificate": armour::encode(certificate.der()),
        }));
    }
    say(format_args!(
        "{alias:<24} {:<26} {} [{}] until {}",
        held.key.public_key().kind_name(),
        certificate.label(),
        roles.join(", "),
        validity.not_after
    ))
}

fn new(algorithm: KeyAlgorithm, json: bool, file: &std::path::Path) -> Result<Exit, Failure> {
    let key = SigningKey::generate(algorithm, &mut SystemEntropy).map_err(Failure::unavailable)?;
    let pem = zeroize::Zeroizing::new(armour::encode_pem("PRIVATE KEY", &key.to_pkcs8_der()));
    files::write_secret(file, pem.as_bytes()).map_err(Failure::unreadable)?;
    let public_key = armour::encode_pem("PUBLIC KEY", key.public_key().spki_der());
    if json {
        let file = file.display().to_string();
        say(serde_json::json!({ "algorithm": algorithm.name(), "file": file, "public_key": public_key }))?;
    } else {
        say(public_key.trim_end())?;
    }
    Ok(Exit::Passed)
}
