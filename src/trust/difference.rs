//! What differs between two snapshots, told so that a person can read it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::snapshot::TrustSnapshot;
use crate::codec::armour;
use crate::x509::Fingerprint;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which part of the snapshot: `foreign`, `treaties` …
    pub section: String,
    /// Which entry of it, by name.
    pub entry: String,
    /// What became of it.
    pub kind: DifferenceKind,
    /// Which field, where the entry itself stayed; nested ones with dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it was, where it was anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is, where it is anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// What differs, in the order of sections and names. Certificates are told by their fingerprints.
pub fn differences(before: &TrustSnapshot, after: &TrustSnapshot) -> Vec<Difference> {
    let (before, after) = (entries(before), entries(after));
    let mut all = Vec::new();
    for (key, was) in &before {
        match after.get(key) {
            None => all.push(one(key, DifferenceKind::Removed, None, (Some(was), None))),
            Some(is) => compare(key, "", (was, is), &mut all),
        }
    }
    for (key, is) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        all.push(one(key, DifferenceKind::Added, None, (None, Some(is))));
    }
    all.sort_by(|a, b| (&a.section, &a.entry, &a.field).cmp(&(&b.section, &b.entry, &b.field)));
    all
}

type Key = (String, String);

/// Every entry of every section by its name; what stands alone is a section of its own.
fn entries(snapshot: &TrustSnapshot) -> BTreeMap<Key, Value> {
    // INVARIANT: a snapshot encodes (`TrustSnapshot::encode`), so it is a JSON object.
    let Ok(Value::Object(sections)) = serde_json::to_value(snapshot) else { return BTreeMap::new() };
    let mut all = BTreeMap::new();
    for (section, value) in sections {
        match value {
            Value::Array(list) => {
                all.extend(list.into_iter().map(|entry| ((section.clone(), name_of(&entry)), told(entry))));
            }
            other => drop(all.insert((section, String::new()), other)),
        }
    }
    all
}

/// By what an entry is known: its party, the two ends of an edge, its identifier, its label, or its own fingerprint.
fn name_of(entry: &Value) -> String {
    let text = |field: &str| entry.get(field).and_then(Value::as_str);
    let edge = || Some(format!("{} – {}", text("ttp")?, text("centre")?));
    let plain = || text("party").or_else(|| text("id")).or_else(|| text("label")).map(str::to_owned);
    edge().or_else(plain).unwrap_or_else(|| shown(&told(entry.clone())))
}

/// The same with certificates by their fingerprints.
fn told(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let told_field = |(name, value): (String, Value)| match (name.as_str(), value) {
                ("certificate", Value::String(encoded)) => (name, Value::String(fingerprint(&encoded))),
                (_, value) => (name, told(value)),
            };
            Value::Object(fields.into_iter().map(told_field).collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(told).collect()),
        // Intermediates and keepers are bare certificates.
        Value::String(text) if text.len() > BARE_CERTIFICATE_CHARS_MIN => Value::String(fingerprint(&text)),
        other => other,
    }
}

/// No text of a snapshot is as long; no certificate is shorter.
const BARE_CERTIFICATE_CHARS_MIN: usize = 300;

fn fingerprint(encoded: &str) -> String {
    match armour::decode(encoded) {
        Ok(der) => format!("sha256:{}", Fingerprint::of(&der)),
        Err(_) => encoded.to_owned(),
    }
}

fn compare(key: &Key, field: &str, (was, is): (&Value, &Value), all: &mut Vec<Difference>) {
    match (was, is) {
        _ if was == is => {}
        (Value::Object(was), Value::Object(is)) => {
            let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
            for name in names {
                let path = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                compare(key, &path, (was.get(name).unwrap_or(&Value::Null), is.get(name).unwrap_or(&Value::Null)), all);
            }
        }
        // What was a list, or is one: each element for itself.
        (Value::Array(_) | Value::Null, Value::Array(_) | Value::Null) => {
            let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let (was, is) = (list(was), list(is));
            for gone in was.iter().filter(|one| !is.contains(one)) {
                all.push(one(key, DifferenceKind::Removed, Some(field), (Some(gone), None)));
            }
            for new in is.iter().filter(|one| !was.contains(one)) {
                all.push(one(key, DifferenceKind::Added, Some(field), (None, Some(new))));
            }
        }
        (Value::Null, is) => all.push(one(key, DifferenceKind::Added, Some(field), (None, Some(is)))),
        (was, Value::Null) => all.push(one(key, DifferenceKind::Removed, Some(field), (Some(was), None))),
        (was, is) => all.push(one(key, DifferenceKind::Changed, Some(field), (Some(was), Some(is)))),
    }
}

fn one(
    (section, entry): &Key,
    kind: DifferenceKind,
    field: Option<&str>,
    (before, after): (Option<&Value>, Option<&Value>),
) -> Difference {
    let field = field.filter(|field| !field.is_empty()).map(str::to_owned);
    let (section, entry) = (section.clone(), entry.clone());
    Difference { section, entry, kind, field, before: before.map(shown), after: after.map(shown) }
}

/// A value as a person reads it: `REGISTERED, effective_from 2026-01-01T00:00:00Z`.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) if name == "status" => text.clone(),
                other => format!("{name} {}", shown(other)),
            };
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// One line: `+ foreign xa: events: REGISTERED, …`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            DifferenceKind::Added => '+',
            DifferenceKind::Removed => '-',
            DifferenceKind::Changed => '~',
        };
        write!(f, "{sign} {}", self.section)?;
        if !self.entry.is_empty() {
            write!(f, " {}", self.entry)?;
        }
        if let Some(field) = &self.field {
            write!(f, ": {field}")?;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, ": {before} → {after}"),
            (Some(only), None) | (None, Some(only)) => write!(f, ": {only}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::tests::pki::{self, Recipe, day};
    use crate::trust::{ForeignCentre, PartyId, RegistrationStatus, StatusEvent};

    fn snapshot() -> TrustSnapshot {
        let root = pki::root(&Recipe::ca("xa"), "xa").certificate;
        let centre = ForeignCentre {
            party: PartyId::new("xa").ok(),
            events: vec![StatusEvent::new(RegistrationStatus::Registered, day(0))],
            ..ForeignCentre::unregistered("centre", "XA", &root)
        };
        TrustSnapshot { foreign: vec![centre], ..TrustSnapshot::empty(1, day(0), "order 149") }
    }

    fn lines(before: &TrustSnapshot, after: &TrustSnapshot) -> Vec<String> {
        differences(before, after).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_snapshot_does_not_differ_from_itself() {
        assert_eq!(differences(&snapshot(), &snapshot()), []);
    }

    #[test]
    fn an_event_and_a_version_are_told_in_one_line_each() {
        let mut later = snapshot();
        later.version = 2;
        later.foreign[0].events.push(StatusEvent::new(RegistrationStatus::Terminated, day(1)));
        let expected = ["+ foreign xa: events: effective_from 2026-01-02T00:00:00Z, TERMINATED", "~ version: 1 → 2"];
        assert_eq!(lines(&snapshot(), &later), expected);
        let back = lines(&later, &snapshot());
        assert!(back[0].starts_with("- foreign xa: events: "), "{back:?}");
    }

    #[test]
    fn whoever_comes_or_goes_is_told_by_name_and_keys_by_fingerprint() {
        let none = TrustSnapshot { foreign: Vec::new(), ..snapshot() };
        let [come] = differences(&none, &snapshot()).try_into().unwrap();
        assert_eq!((come.section.as_str(), come.entry.as_str(), come.kind), ("foreign", "xa", DifferenceKind::Added));
        let text = come.to_string();
        assert!(text.contains("certificate sha256:") && text.len() < 400, "{text}");
        let [gone] = differences(&snapshot(), &none).try_into().unwrap();
        assert_eq!(gone.kind, DifferenceKind::Removed);
    }
}
