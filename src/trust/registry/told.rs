//! A change in one line, so that whoever approves it reads all that it says; and which words no line can show.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::change::Change;
use crate::codec::{armour, screen};
use crate::x509::{Certificate, Fingerprint};

/// `add-domestic-anchor: anchor.certificate=sha256:… "CN=…", anchor.label="National root"`.
///
/// Words stand in quotation marks, escaped as in JSON: nothing in them can pass for another field or another line.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = leaves(self);
        let (kind, fields): (Vec<_>, Vec<_>) = all.iter().partition(|(path, _)| path == "type");
        f.write_str(kind.first().and_then(|(_, kind)| kind.as_str()).unwrap_or_default())?;
        for (place, (path, value)) in fields.iter().enumerate() {
            write!(f, "{} {path}={}", if place == 0 { ":" } else { "," }, told(value))?;
        }
        Ok(())
    }
}

/// The first field whose words a screen cannot show as they are: control characters, and those that turn, break or hide the
/// text around them. Certificates are told by their digests, so their base64 may be broken into lines.
pub(super) fn unfit_field(value: &impl Serialize) -> Option<String> {
    let is_unfit = |value: &Value| {
        value.as_str().is_some_and(|text| text.chars().any(screen::is_unfit) && certificate(text).is_none())
    };
    leaves(value).into_iter().find(|(_, value)| is_unfit(value)).map(|(path, _)| path)
}

/// Every value that holds no others, with the way to it: `changes[0].anchor.label`.
fn leaves(value: &impl Serialize) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    // INVARIANT: what stands in the registry is encoded as JSON to be signed, so it can be.
    gather(String::new(), serde_json::to_value(value).unwrap_or_default(), &mut all);
    all
}

fn gather(path: String, value: Value, all: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                gather(if path.is_empty() { name } else { format!("{path}.{name}") }, value, all);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (place, value) in list.into_iter().enumerate() {
                gather(format!("{path}[{place}]"), value, all);
            }
        }
        leaf => all.push((path, leaf)),
    }
}

fn told(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    if let Some((digest, certificate)) = certificate(text) {
        return format!("sha256:{digest} {}", quoted(&certificate.subject().to_string()));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'-' | b'_');
    if !text.is_empty() && text.bytes().all(is_plain) { text.clone() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    screen::line(&Value::from(text).to_string())
}

fn certificate(text: &str) -> Option<(Fingerprint, Certificate)> {
    let der = armour::decode(text).ok()?;
    Some((Fingerprint::of(&der), Certificate::parse(&der).ok()?))
}
