//! `qoltanba sign`: CAdES-B, attached or detached, alone or beside other signers, at once or in two steps.

use std::path::PathBuf;

use clap::Args;

use super::exit::{Exit, Failure, say};
use super::home::{block_on, home_at};
use super::online::ReachArgs;
use super::two_step;
use crate::codec::armour;
use crate::crypto::SignError;
use crate::fetch::Url;
use crate::service::{HeldKey, StampError, open_key_file};
use crate::signing::{Packaging, Signer, SigningError, Stamp, TimeStampAuthority, co_sign, sign, time_stamp_signature};
use crate::store::files;
use crate::time::{Clock, Timestamp};
use crate::x509::Certificate;

/// Sign a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba sign --home kit --alias officer-head -o note.p7m note.txt
  qoltanba sign --home kit --alias officer-head --detached -o note.txt.p7s note.txt
  qoltanba sign --home kit --alias officer-signer --add -o both.p7m note.p7m
  qoltanba sign --home kit --alias officer-head --tsa http://tsp.pki.gov.kz/ -o note.p7m note.txt
  qoltanba sign --key my.p12 --password-file my.password --time-stamp-alias tsa-gost --home kit -o n.p7m n.txt
  qoltanba sign --key my.pem --certificate my.cer -o note.p7m note.txt
Where the key is on another machine:
  qoltanba sign --prepare --certificate my.cer -o prepared.json note.txt
  qoltanba sign --complete prepared.json --value value.bin -o note.p7m")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct SignArgs {
    /// The node's folder, for keys by alias
    #[arg(long, value_name = "DIR", env = "QOLTANBA_HOME")]
    home: Option<PathBuf>,
    /// Alias of the key in the node's folder
    #[arg(long, value_name = "ALIAS", required_unless_present_any = ["key", "prepare", "complete"], requires = "home")]
    alias: Option<String>,
    /// A key file in place of an alias: PKCS#12, or PKCS#8 with --certificate
    #[arg(long, value_name = "FILE", conflicts_with = "alias")]
    key: Option<PathBuf>,
    /// The file whose first line opens the key file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The signer's certificate, where --key holds none, or for --prepare
    #[arg(long, value_name = "FILE", conflicts_with = "alias")]
    pub(super) certificate: Option<PathBuf>,
    /// The key is elsewhere: write what is to be signed (JSON); the time is claimed as now
    #[arg(long, requires = "certificate", conflicts_with_all = ["alias", "key", "time_stamp_alias", "tsa", "pem"])]
    prepare: bool,
    /// What --prepare wrote, to be completed with --value
    #[arg(long, value_name = "PREPARED", requires = "value")]
    #[arg(conflicts_with_all = ["prepare", "alias", "key", "certificate", "detached", "add"])]
    complete: Option<PathBuf>,
    /// The signature value that was made elsewhere, as octets or in base64
    #[arg(long, value_name = "FILE", requires = "complete")]
    value: Option<PathBuf>,
    /// Leave the content out of the message
    #[arg(long, conflicts_with = "add")]
    pub(super) detached: bool,
    /// FILE is a signed message: add a signature to it, losing nothing
    #[arg(long)]
    pub(super) add: bool,
    /// With --add: the content, where the message is detached
    #[arg(long, value_name = "FILE", requires = "add")]
    pub(super) content: Option<PathBuf>,
    /// Time-stamp the signature with this key of the node's folder (a TSA of a test PKI)
    #[arg(long, value_name = "ALIAS", requires = "home")]
    time_stamp_alias: Option<String>,
    /// Have this time-stamping authority stamp the signature (RFC 3161 over HTTP)
    #[arg(long, value_name = "URL", conflicts_with = "time_stamp_alias")]
    tsa: Option<String>,
    /// The authority's policy that is wished for
    #[arg(long, value_name = "OID", requires = "tsa")]
    tsa_policy: Option<String>,
    #[command(flatten)]
    reach: ReachArgs,
    /// Where to write the message
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Write PEM instead of DER
    #[arg(long)]
    pem: bool,
    /// One JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// What to sign; with --complete, the message that gets one more signature
    #[arg(required_unless_present = "complete")]
    file: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &SignArgs) -> Result<Exit, Failure> {
    if let (Some(prepared), Some(value)) = (&args.complete, &args.value) {
        let (message, certificate) = two_step::complete(prepared, value, args.file.as_deref())?;
        return write(args, message, &certificate, None);
    }
    let file = args.file.as_deref().ok_or_else(|| Failure::misuse("name the file to sign"))?;
    let octets = files::read(file).map_err(Failure::unreadable)?;
    let now = Clock::Wall.now();
    if args.prepare {
        return two_step::prepare(args, &octets, now);
    }
    let held = open(args)?;
    let signer = Signer::new(held.key.as_ref(), &held.certificate).map_err(Failure::misuse)?.at(now);
    let message = if args.add {
        let message = armour::strip(&octets).map_err(Failure::unreadable)?;
        let content = args.content.as_deref().map(files::read).transpose().map_err(Failure::unreadable)?;
        co_sign(&message, content.as_deref(), &signer).map_err(failure)?
    } else {
        sign(&octets, args.packaging(), &signer).map_err(failure)?
    };
    write(args, message, &held.certificate, Some(now))
}

impl SignArgs {
    pub(super) fn packaging(&self) -> Packaging {
        if self.detached { Packaging::Detached } else { Packaging::Attached }
    }
}

/// A token that is away may come back; anything else is for a person to mend.
pub(super) fn failure(error: SigningError) -> Failure {
    match error {
        SigningError::Sign(SignError::Unavailable) => Failure::unavailable(error),
        _ => Failure::unreadable(error),
    }
}

/// Stamps the message where that is wanted, and writes it.
fn write(
    args: &SignArgs,
    message: Vec<u8>,
    certificate: &Certificate,
    signed_at: Option<Timestamp>,
) -> Result<Exit, Failure> {
    let message = match (&args.time_stamp_alias, &args.tsa) {
        (Some(alias), _) => time_stamp(args, alias, &message)?,
        (None, Some(address)) => stamp_online(args, address, &message)?,
        (None, None) => message,
    };
    let written = if args.pem { armour::encode_pem("CMS", &message).into_bytes() } else { message };
    files::write(&args.output, &written).map_err(Failure::unreadable)?;
    let output = args.output.display();
    if args.json {
        say(serde_json::json!({
            "file": output.to_string(), "signer": certificate.subject().to_string(),
            "certificate_sha256": certificate.fingerprint().to_string(), "signed_at": signed_at,
        }))?;
    } else {
        say(format_args!("{output}: signed by {}", certificate.label()))?;
    }
    Ok(Exit::Passed)
}

fn open(args: &SignArgs) -> Result<HeldKey, Failure> {
    match (&args.key, &args.alias, &args.home) {
        (Some(key), ..) => open_key_file(key, args.password_file.as_deref(), args.certificate.as_deref()),
        (None, Some(alias), Some(home)) => home_at(home, None).keyring().open(alias),
        _ => return Err(Failure::misuse("give --home and --alias, or --key")),
    }
    .map_err(Failure::unreadable)
}

/// Has an authority elsewhere stamp the last signature of a message, the one just made.
fn stamp_online(args: &SignArgs, address: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
    let url = Url::parse(address).map_err(Failure::misuse)?;
    let policy = args.tsa_policy.as_deref().map(const_oid::ObjectIdentifier::new).transpose();
    let policy = policy.map_err(|_| Failure::misuse("--tsa-policy is an OID such as 1.2.398.3.3.2.6.4"))?;
    let online = args.reach.open(args.home.as_deref(), Clock::Wall)?;
    let signers = crate::cms::SignedData::parse(message).map_err(Failure::unreadable)?.signer_infos.len();
    let last = signers.saturating_sub(1);
    let stamping = async { Ok(online.stamp(&url, (message, last), policy).await) };
    block_on(stamping)?.map_err(|error| match error {
        StampError::Upstream { .. } | StampError::Entropy(_) => Failure::unavailable(error),
        _ => Failure::unreadable(error),
    })
}

/// Stamps the last signature of a message, the one just made.
fn time_stamp(args: &SignArgs, alias: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
    // Policy of the Kazakh TSA for GOST R 34.10-2015 tokens (facts: kz-pki §2.5).
    const POLICY: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4");
    let home = args.home.as_ref().ok_or_else(|| Failure::misuse("--time-stamp-alias needs --home"))?;
    let held = home_at(home, None).keyring().open(alias).map_err(Failure::unreadable)?;
    let tsa = TimeStampAuthority::new(held.key.as_ref(), &held.certificate).map_err(Failure::misuse)?;
    let signers = crate::cms::SignedData::parse(message).map_err(Failure::unreadable)?.signer_infos.len();
    let mut serial = vec![0; 8];
    crate::crypto::Entropy::fill(&mut crate::crypto::SystemEntropy, &mut serial).map_err(Failure::unavailable)?;
    let stamp = Stamp { policy: POLICY, serial, gen_time: Clock::Wall.now() };
    time_stamp_signature(message, signers.saturating_sub(1), &stamp, &tsa).map_err(failure)
}
