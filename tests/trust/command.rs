//! `qoltanba trust` on the command line.

use std::process::{Command, Output};

use qoltanba::store::files;
use serde_json::{Value, json};

use crate::kit::{FIRST, Node, SECOND};

fn trust(node: &Node, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(["trust", "--home"])
        .arg(node.path())
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap()
}

/// The lines that a command that must do its work says.
fn told(node: &Node, arguments: &[&str]) -> Vec<Value> {
    let output = trust(node, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn refused(node: &Node, arguments: &[&str], code: i32, text: &str) {
    let output = trust(node, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.contains(text)), (Some(code), true), "{arguments:?}: {said}");
}

#[tokio::test]
async fn a_new_centre_comes_in_by_the_book() {
    let node = Node::keeper().await;
    node.store.clone().close().await;
    refused(&node, &["list"], 64, "trust init");
    refused(&node, &["init", "--as", FIRST, "--administrator", FIRST], 65, "two administrators");
    told(&node, &["init", "--as", FIRST, "--administrator", FIRST, "--administrator", SECOND]);
    let centre = qoltanba::codec::armour::encode(crate::kit::pki().certificate("foreign-unregistered").unwrap().der());
    let proposal = json!({
        "act": { "reference": "order 2 of 2026-11-10", "reason": "application 17" },
        "changes": [
            { "type": "add-centre", "centre": {
                "party": "xanadu-ca", "label": "Xanadu CA", "country": "XA", "certificate": centre,
                "act": "register, entry 9", "events": [] } },
            { "type": "event", "party": "xanadu-ca", "status": "REGISTERED", "effective_from": "2026-11-10T00:00:00Z" },
        ],
    });
    let file = node.file("proposal.json");
    files::write(&file, proposal.to_string().as_bytes()).unwrap();
    let proposed = told(&node, &["propose", "--as", FIRST, file.to_str().unwrap()]);
    assert_eq!(proposed[0]["sequence"], 2);
    assert_eq!(told(&node, &["list", "--pending"]).len(), 1);
    refused(&node, &["approve", "--as", FIRST, "2"], 64, "another administrator must approve it");
    refused(&node, &["approve", "--as", SECOND, "7"], 64, "no proposal has this number");
    // Whether an administrator's certificate may sign is asked under the folder's trust and evidence, or nothing is signed.
    for file in ["snapshot.p7s", "evidence/issuing-gost.crl"] {
        let whole = files::read(&node.file(file)).unwrap();
        files::write(&node.file(file), b"no such thing").unwrap();
        assert!(!trust(&node, &["approve", "--as", SECOND, "2"]).status.success(), "{file}");
        files::write(&node.file(file), &whole).unwrap();
    }
    assert_eq!(told(&node, &["approve", "--as", SECOND, "2"])[0]["sequence"], 3);
    refused(&node, &["approve", "--as", SECOND, "2"], 64, "settled before");
    assert!(told(&node, &["list", "--pending"]).is_empty());
    let show = |as_of: &str| told(&node, &["show", "xanadu-ca", "--as-of", as_of])[0]["status"].clone();
    assert_eq!((show("2026-11-09"), show("2026-11-10")), (Value::Null, json!("REGISTERED")));
    let history = told(&node, &["history", "xanadu-ca"]);
    assert_eq!((history.len(), &history[0]["by"]), (2, &json!([FIRST, SECOND])));
    let before = node.file("before.p7s");
    files::write(&before, &files::read(&node.file("snapshot.p7s")).unwrap()).unwrap();
    let published = told(&node, &["publish", "--as", FIRST]);
    assert_eq!(published[0]["is_new"], true);
    let after = node.file("snapshot.p7s");
    let all = told(&node, &["diff", before.to_str().unwrap(), after.to_str().unwrap()]);
    assert!(all.iter().any(|one| one["entry"] == "xanadu-ca" && one["kind"] == "added"), "{all:?}");
    let known = told(&node, &["diff", "--known-at", "2026-01-01", "--as-of", "2026-11-11"]);
    assert!(known.iter().any(|one| one["entry"] == "xanadu-ca" && one["after"] == "REGISTERED"), "{known:?}");
    refused(&node, &["pull", node.file("proposal.json").to_str().unwrap()], 65, "does not read");
    refused(&node, &["pull", before.to_str().unwrap()], 64, "is not newer");
    assert_eq!(told(&node, &["pull", after.to_str().unwrap()])[0]["is_new"], false);
}

/// What the command says to people.
fn shown(node: &Node, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    let output = command.args(["trust", "--home"]).arg(node.path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A proposal of one more national anchor; gives its file and the anchor's fingerprint.
fn anchor_proposal(node: &Node, act: &str, label: &str) -> (std::path::PathBuf, String) {
    let certificate = crate::kit::pki().certificate("foreign-unregistered").unwrap();
    let anchor = json!({ "label": label, "certificate": qoltanba::codec::armour::encode(certificate.der()) });
    let change = json!({ "type": "add-domestic-anchor", "anchor": anchor });
    let proposal = json!({ "act": { "reference": act }, "changes": [change] });
    let file = node.file("anchor.json");
    files::write(&file, proposal.to_string().as_bytes()).unwrap();
    (file, certificate.fingerprint().to_string())
}

#[tokio::test]
async fn whoever_approves_sees_what_he_approves() {
    let node = Node::begun().await;
    node.store.clone().close().await;
    let (file, fingerprint) = anchor_proposal(&node, "order 9", "Root, \"status\"=REGISTERED");
    let proposed = told(&node, &["propose", "--as", FIRST, file.to_str().unwrap()]);
    let digest = proposed[0]["digest"].as_str().unwrap();
    let change = &serde_json::from_slice::<Value>(&files::read(&file).unwrap()).unwrap()["changes"][0];
    assert_eq!(&told(&node, &["list", "--pending"])[0]["changes"][0], change);
    let line = format!("change 1: add-domestic-anchor: anchor.certificate=sha256:{fingerprint} \"");
    let is_told = |text: &str| {
        let whole = text.lines().any(|one| one.contains(&line) && one.contains(r#"anchor.label="Root, \"status\"=R"#));
        whole && text.contains(digest) && text.contains("by \"order 9\"")
    };
    assert!(is_told(&shown(&node, &["list", "--pending"])));
    assert!(!shown(&node, &["show"]).contains("Root, \"status"), "a proposal is no anchor");
    let approved = shown(&node, &["approve", "--as", SECOND, "2"]);
    assert!(is_told(&approved), "{approved}");
    assert!(is_told(&shown(&node, &["list"])), "what was approved stays readable");
    let after = told(&node, &["show"]);
    let of = |kind: &str| after.iter().filter(|one| one["kind"] == kind).collect::<Vec<_>>();
    assert!(of("domestic-anchor").iter().any(|one| one["keys"][0]["certificate_sha256"] == fingerprint.as_str()));
    assert_eq!(of("administrator").len(), 2);
    assert!(of("administrator").iter().all(|one| one["keys"][0]["not_after"].is_string()), "{after:?}");
    assert!(shown(&node, &["show"]).contains(&fingerprint));
}

#[tokio::test]
async fn words_that_steer_a_screen_are_refused_by_the_name_of_their_field() {
    let node = Node::begun().await;
    node.store.clone().close().await;
    let (file, _) = anchor_proposal(&node, "order 9\u{1b}[2K\rorder 9: nothing", "Root");
    refused(&node, &["propose", "--as", FIRST, file.to_str().unwrap()], 64, "`act.reference` holds control");
    let (file, _) = anchor_proposal(&node, "order 9", "Root\u{202e}");
    refused(&node, &["propose", "--as", FIRST, file.to_str().unwrap()], 64, "`changes[0].anchor.label` holds control");
    let (file, _) = anchor_proposal(&node, "№ 9 «Қолтаңба»", "Root");
    told(&node, &["propose", "--as", FIRST, file.to_str().unwrap()]);
    let reason = |reason: &'static str| ["reject", "--as", SECOND, "2", "--reason", reason];
    refused(&node, &reason("no\u{1b}[2K"), 64, "`reason` holds control");
    told(&node, &reason("no"));
}
