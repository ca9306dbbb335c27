//! `qoltanba sign --prepare` and `--complete`: the two steps where the key is on another machine.

use std::path::Path;

use super::exit::{Exit, Failure, say};
use super::sign::{SignArgs, failure};
use crate::codec::armour;
use crate::limits::API_BODY_BYTES_MAX;
use crate::signing::{Prepared, complete as complete_signature, prepare as prepare_signature, prepare_co_sign};
use crate::store::files;
use crate::time::Timestamp;
use crate::x509::Certificate;

/// Writes what is to be signed.
pub(super) fn prepare(args: &SignArgs, octets: &[u8], now: Timestamp) -> Result<Exit, Failure> {
    let certificate = args.certificate.as_deref().ok_or_else(|| Failure::misuse("give --certificate"))?;
    let certificate = files::read(certificate).map_err(Failure::unreadable)?;
    let certificate =
        armour::strip(&certificate).and_then(|der| Certificate::parse(&der)).map_err(Failure::unreadable)?;
    let prepared = if args.add {
        let message = armour::strip(octets).map_err(Failure::unreadable)?;
        let content = args.content.as_deref().map(files::read).transpose().map_err(Failure::unreadable)?;
        prepare_co_sign(&message, content.as_deref(), &certificate, Some(now))
    } else {
        prepare_signature(octets, args.packaging(), &certificate, Some(now))
    };
    let prepared = prepared.map_err(Failure::unreadable)?;
    let json = serde_json::to_vec_pretty(&prepared).map_err(Failure::unreadable)?;
    files::write(&args.output, &json).map_err(Failure::unreadable)?;
    let digest = prepared.to_be_signed_digest.as_ref().map(|digest| armour::hex(&digest.0));
    let output = args.output.display();
    if args.json {
        say(serde_json::json!({
            "file": output.to_string(), "algorithm": prepared.algorithm,
            "to_be_signed": armour::encode(&prepared.to_be_signed.0), "digest": prepared.digest,
            "to_be_signed_digest": prepared.to_be_signed_digest,
        }))?;
    } else {
        say(format_args!("{output}: to be signed with {} by {}", prepared.algorithm, certificate.label()))?;
        if let Some(digest) = digest {
            say(format_args!("{} {digest}", prepared.digest))?;
        }
    }
    Ok(Exit::Passed)
}

/// Reads what was prepared, the value made elsewhere, and the message where it gets one more signer. *Gives* the message
/// and the signer's certificate.
pub(super) fn complete(
    prepared: &Path,
    value: &Path,
    message: Option<&Path>,
) -> Result<(Vec<u8>, Certificate), Failure> {
    let prepared = files::read_bounded(prepared, &API_BODY_BYTES_MAX).map_err(Failure::unreadable)?;
    let prepared: Prepared = serde_json::from_slice(&prepared).map_err(Failure::unreadable)?;
    let value = files::read(value).map_err(Failure::unreadable)?;
    let value = armour::strip(&value).map_err(Failure::unreadable)?;
    let message = message.map(files::read).transpose().map_err(Failure::unreadable)?;
    let message = message.as_deref().map(armour::strip).transpose().map_err(Failure::unreadable)?;
    let message = complete_signature(&prepared, &value, message.as_deref()).map_err(failure)?;
    Ok((message, prepared.certificate().map_err(failure)?))
}
