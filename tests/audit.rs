//! The auditor's part: a bundle holds everything, and the report over an archive can be repeated octet for octet.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::path::Path;

use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::devkit::DevkitPki;
use qoltanba::service::{AuditReport, BundleError, Trust, Verifier, audit, export_bundle, open_bundle};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::files;
use qoltanba::time::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// What a node would export its bundle from.
fn verifier(pki: &DevkitPki) -> Verifier {
    let mut evidence = Pool::default();
    for label in ["root-gost", "issuing-gost"] {
        evidence.add_crl(pki.crl(label).unwrap().clone());
    }
    Verifier::new(Trust::new(pki.snapshot().unwrap()).unwrap(), evidence, Policy::named("kz").unwrap())
}

/// A good attached document, a detached one with its content, an altered one, and something else.
fn archive(pki: &DevkitPki, folder: &Path) {
    let signer = pki.signer("officer-head").unwrap().at(at("2026-06-01T00:00:00Z"));
    let good = sign(b"a licence", Packaging::Attached, &signer).unwrap();
    let mut altered = good.clone();
    let place = altered.windows(9).position(|w| w == b"a licence").unwrap();
    altered[place] ^= 1;
    files::create_folder(&folder.join("2026/june")).unwrap();
    for (name, octets) in [
        ("2026/good.p7m", good.as_slice()),
        ("2026/altered.p7m", &altered),
        ("2026/june/letter.txt", b"a letter"),
        ("2026/june/letter.txt.p7s", &sign(b"a letter", Packaging::Detached, &signer).unwrap()),
        ("notes.txt", b"not a signed document!"),
    ] {
        files::write(&folder.join(name), octets).unwrap();
    }
}

fn report(folder: &Path, bundle: &[u8], time: &str) -> AuditReport {
    audit(folder, &open_bundle(bundle).unwrap(), at(time), |_, _| {}).unwrap()
}

#[test]
fn the_same_archive_bundle_and_time_give_the_same_report_on_any_machine() {
    let pki = DevkitPki::build().unwrap();
    let bundle = export_bundle(&verifier(&pki), &[]).unwrap();
    assert_eq!(
        bundle,
        export_bundle(&open_bundle(&bundle).unwrap().verifier, &[]).unwrap(),
        "a bundle survives a round trip"
    );
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    archive(&pki, here.path());
    archive(&pki, there.path());
    let one = report(here.path(), &bundle, "2026-11-01T00:00:00Z");
    assert_eq!(one.octets, report(there.path(), &bundle, "2026-11-01T00:00:00Z").octets);
    assert_ne!(one.octets, report(here.path(), &bundle, "2026-11-02T00:00:00Z").octets);
}

#[test]
fn every_document_has_its_line_and_the_totals_add_up() {
    let pki = DevkitPki::build().unwrap();
    let bundle = export_bundle(&verifier(&pki), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    archive(&pki, folder.path());
    let report = report(folder.path(), &bundle, "2026-11-01T00:00:00Z");
    let totals = report.totals;
    let counted = (totals.documents, totals.passed, totals.failed, totals.indeterminate, totals.unreadable);
    assert_eq!(counted, (4, 2, 1, 0, 1));
    let lines: Vec<serde_json::Value> =
        report.octets.split(|&b| b == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect();
    assert_eq!(lines.len(), 6, "a head, four documents, the totals");
    assert_eq!(lines[0]["schema"], "qoltanba/audit-report/1");
    assert!(lines[0]["bundle"].as_str().unwrap().starts_with("sha256:"));
    let told: Vec<_> = lines[1..5].iter().map(|l| (l["file"].as_str(), l["verdict"]["indication"].as_str())).collect();
    let expected = [
        (Some("2026/altered.p7m"), Some("TOTAL_FAILED")),
        (Some("2026/good.p7m"), Some("TOTAL_PASSED")),
        (Some("2026/june/letter.txt.p7s"), Some("TOTAL_PASSED")),
        (Some("notes.txt"), None),
    ];
    assert_eq!(told, expected);
    assert_eq!(lines[5]["totals"]["documents"], 4);
}

#[test]
fn a_bundle_without_its_evidence_proves_nothing_and_an_altered_one_does_not_open() {
    let pki = DevkitPki::build().unwrap();
    let bundle = export_bundle(&verifier(&pki), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    archive(&pki, folder.path());
    let mut json: serde_json::Value = serde_json::from_slice(&bundle).unwrap();
    json["crls"] = serde_json::json!([]);
    let bare = report(folder.path(), json.to_string().as_bytes(), "2026-11-01T00:00:00Z");
    assert_eq!((bare.totals.passed, bare.totals.indeterminate), (0, 2));
    json["crls"] = serde_json::json!(["AAAA"]);
    assert!(matches!(open_bundle(json.to_string().as_bytes()), Err(BundleError::Entry { list: "crls", index: 0, .. })));
    json["wishes"] = serde_json::json!(1);
    assert!(matches!(open_bundle(json.to_string().as_bytes()), Err(BundleError::Json { .. })));
}
