//! The table of algorithms, for programs and for `docs/algorithms.md`: the code's own rows beside what policies demand.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::crypto::{AlgorithmEntry, DigestAlgorithm, catalogue};
use crate::policy::Policy;

/// The table as JSON: one object per algorithm, with what each policy demands, then the digests.
pub fn algorithms_json(policies: &[Policy]) -> Value {
    let algorithms: Vec<Value> = catalogue()
        .iter()
        .flat_map(|group| {
            group.algorithms.iter().map(move |entry| {
                json!({
                    "name": entry.name,
                    "identifiers": texts(&entry.identifiers),
                    "key": group.key,
                    "key_identifier": group.key_identifier.to_string(),
                    "key_encoding": group.key_encoding,
                    "value_encoding": group.value_encoding,
                    "digest": entry.digest,
                    "signs": entry.signs,
                    "users": group.users,
                    "policies": policies.iter().map(|p| (p.name.clone(), demand_json(p, entry))).collect::<serde_json::Map<_, _>>(),
                })
            })
        })
        .collect();
    let digests: Vec<Value> = DigestAlgorithm::all()
        .map(|digest| {
            json!({
                "name": digest.name(),
                "identifiers": texts(&digest.identifiers()),
                "size_bytes": digest.output_size(),
            })
        })
        .collect();
    json!({ "algorithms": algorithms, "digests": digests })
}

fn demand_json(policy: &Policy, entry: &AlgorithmEntry) -> Value {
    policy.rule_for(entry.name).map_or(Value::Null, |rule| {
        json!({ "key_bits_min": rule.key_bits_min, "until": rule.until.map(|t| t.to_string()), "source": rule.source })
    })
}

/// The table as the text of `docs/algorithms.md`.
pub fn algorithms_markdown(policies: &[Policy]) -> String {
    let mut out = String::from(
        "# Algorithms\n\nEvery signature algorithm that is verified, made by `qoltanba algorithms --markdown` from the \
         table that signatures are\nresolved by; a test holds this page to it. A policy says until when, by the proven \
         time of a signature, and from what\nsize of key it accepts one; *refused* means that it names none such.\n",
    );
    for group in catalogue() {
        // INVARIANT: writing to a String cannot fail, here and below; the result is dropped for that reason.
        let _ = write!(
            out,
            "\n## `{}`\n\n- key: `{}`, {}\n- value: {}\n- used by: {}\n\n",
            group.key, group.key_identifier, group.key_encoding, group.value_encoding, group.users
        );
        let names: Vec<String> = policies.iter().map(|p| format!(" policy `{}` |", p.name)).collect();
        let _ = writeln!(out, "| name | identifiers | digest | we sign |{}", names.concat());
        let _ = writeln!(out, "|---|---|---|---|{}", "---|".repeat(policies.len()));
        for entry in &group.algorithms {
            let demands: Vec<String> = policies.iter().map(|p| format!(" {} |", demand(p, entry))).collect();
            let identifiers: Vec<String> = entry.identifiers.iter().map(|oid| format!("`{oid}`")).collect();
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} |{}",
                entry.name,
                identifiers.join(", "),
                entry.digest.unwrap_or("the message itself"),
                if entry.signs { "yes" } else { "no" },
                demands.concat()
            );
        }
    }
    digests(&mut out);
    out
}

fn digests(out: &mut String) {
    out.push_str("\n## Digests\n\n| name | identifiers | octets |\n|---|---|---|\n");
    for digest in DigestAlgorithm::all() {
        let identifiers: Vec<String> = digest.identifiers().iter().map(|oid| format!("`{oid}`")).collect();
        let _ = writeln!(out, "| `{}` | {} | {} |", digest.name(), identifiers.join(", "), digest.output_size());
    }
}

fn demand(policy: &Policy, entry: &AlgorithmEntry) -> String {
    let Some(rule) = policy.rule_for(entry.name) else { return "refused".to_owned() };
    let size = if rule.key_bits_min > 0 { format!(", from {} bits", rule.key_bits_min) } else { String::new() };
    match rule.until {
        Some(until) => format!("until {}{size}", until.to_string().get(..10).unwrap_or_default()),
        None => format!("accepted{size}"),
    }
}

fn texts(oids: &[const_oid::ObjectIdentifier]) -> Vec<String> {
    oids.iter().map(ToString::to_string).collect()
}
