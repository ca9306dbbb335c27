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
