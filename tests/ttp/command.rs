//! `qoltanba verify` and receipts: those of its home, and those that came as files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use qoltanba::cms::dvcs::PkiStatus;
use qoltanba::codec::armour;
use qoltanba::policy::Policy;
use qoltanba::service::{Home, Verifier, audit, export_bundle, keep_receipt, open_bundle};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::{Location, Store, files};
use qoltanba::trust::TrustSnapshot;
use qoltanba::validation::receipt::{ReceiptQuestion, ReceiptSubject, ThirdParty};
use serde_json::Value;

use crate::abroad::document_abroad;
use crate::place::{document, kazakh_receipt, now, pki};

/// The folder of a customs post that knows of the country abroad.
struct Post {
    folder: tempfile::TempDir,
}

impl Post {
    fn new() -> Self {
        Self::of(&pki().snapshot().unwrap())
    }

    fn of(snapshot: &TrustSnapshot) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keeper = &pki().plan().snapshot.signer;
        let home = folder.path().join("home");
        for place in ["keys", "evidence"] {
            files::create_folder(&home.join(place)).unwrap();
        }
        let signer = pki().signer(keeper).unwrap().at(now());
        let signed = sign(&snapshot.encode(), Packaging::Attached, &signer).unwrap();
        files::write(&home.join("snapshot.p7s"), &signed).unwrap();
        files::write(&home.join("snapshot-signer.cer"), pki().certificate(keeper).unwrap().der()).unwrap();
        for crl in &pki().plan().crls {
            files::write(&home.join(format!("evidence/{}.crl", crl.label)), pki().crl(&crl.label).unwrap().der())
                .unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, octets: &[u8]) {
        files::write(&self.path(name), octets).unwrap();
    }

    /// Keeps receipts in the home's store, as a node at work would.
    async fn keep(&self, all: &[(&[u8], u8, PkiStatus)]) {
        let store = Store::open(&Location::Sqlite(self.path("home/store.sqlite")), now()).await.unwrap();
        let policy = qoltanba::policy::Policy::named("kz").unwrap();
        let verifier = qoltanba::service::Home::new(self.path("home"), None).verifier(policy).unwrap();
        for (document, serial, status) in all {
            let octets = kazakh_receipt(document, (*serial, *status));
            keep_receipt(&store, (&judged(&verifier, &octets, document), &octets), &verifier, now()).await.unwrap();
        }
        store.close().await;
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(&["verify"], arguments)
    }

    fn command(&self, words: &[&str], arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.args(words).args(arguments).current_dir(self.folder.path());
        if words == ["verify"] && !arguments.contains(&"--at") {
            command.args(["--at", &now().to_string()]);
        }
        command.env_remove("QOLTANBA_HOME").stdin(std::process::Stdio::null()).output().unwrap()
    }

    /// Exit code, the line of the only document, and what was said on stderr.
    fn verify(&self, arguments: &[&str]) -> (i32, Value, String) {
        let output = self.run(&[&["--json", "--home", "home"], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let line = serde_json::from_str(&text).unwrap_or_default();
        (output.status.code().unwrap(), line, String::from_utf8(output.stderr).unwrap())
    }

    fn standing(&self, arguments: &[&str]) -> String {
        standing(&self.verify(arguments).1).to_owned()
    }
}

fn judged(verifier: &Verifier, octets: &[u8], document: &[u8]) -> qoltanba::validation::receipt::VerifiedReceipt {
    let party = ThirdParty::all_of(&verifier.trust().compiled).remove(0);
    let subject = ReceiptSubject::Document { octets: document, asked_for: None };
    let question = ReceiptQuestion { response: octets, subject, party: &party, proven_at: None };
    verifier.validate_receipt(&question, now()).unwrap()
}

fn standing(line: &Value) -> &str {
    line["signatures"][0]["recognition"]["standing"].as_str().unwrap_or("none")
}

fn codes(line: &Value) -> Vec<&str> {
    let reasons = line["receipts"][0]["reasons"].as_array();
    reasons.into_iter().flatten().map(|reason| reason["code"].as_str().unwrap()).collect()
}

fn of(content: &str) -> Vec<u8> {
    document_abroad(content.as_bytes())
}

fn octets_of(path: &Path) -> Vec<u8> {
    files::read(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipts_of_a_home_are_heard_and_its_store_is_left_as_it_was() {
    let post = Post::new();
    let [without, refused, verified] = ["without", "refused", "verified"].map(of);
    let mut broken = of("broken");
    *broken.last_mut().unwrap() ^= 1;
    for (name, octets) in [("without", &without), ("refused", &refused), ("verified", &verified), ("broken", &broken)] {
        post.put(name, octets);
    }
    assert_eq!(post.standing(&["verified"]), "UNDETERMINED");
    assert!(!post.path("home/store.sqlite").exists(), "no store is made by asking");

    let told =
        [(&*refused, 1, PkiStatus::Rejection), (&*verified, 2, PkiStatus::Granted), (&*broken, 3, PkiStatus::Granted)];
    post.keep(&told).await;
    let before = octets_of(&post.path("home/store.sqlite"));
    assert_eq!(post.standing(&["without"]), "UNDETERMINED");
    assert_eq!(post.standing(&["refused"]), "NOT_RECOGNISED");
    assert_eq!(post.standing(&["broken"]), "NOT_RECOGNISED");
    let (code, line, errors) = post.verify(&["verified"]);
    assert_eq!((code, standing(&line), errors.as_str()), (0, "RECOGNISED", ""));
    assert!(line["receipts"].is_null(), "only files are told here");
    assert_eq!(post.standing(&["--at", "2026-11-22T04:30:00Z", "verified"]), "UNDETERMINED", "it was not there yet");
    assert_eq!(octets_of(&post.path("home/store.sqlite")), before);

    let item =
        |id: &str, octets: &[u8]| serde_json::json!({ "id": id, "document": armour::encode(octets) }).to_string();
    let lines = [item("a", &without), "no JSON".to_owned(), item("b", &verified)].join("\n");
    post.put("batch", lines.as_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(["verify", "--batch", "--json", "--home", "home", "--at", &now().to_string()]);
    command.current_dir(post.folder.path()).stdin(std::fs::File::open(post.path("batch")).unwrap());
    let told = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.iter().map(standing).collect::<Vec<_>>(), ["UNDETERMINED", "none", "RECOGNISED"]);
}

#[test]
fn a_store_that_does_not_open_is_told_and_changes_no_verdict() {
    let post = Post::new();
    post.put("verified", &of("verified"));
    let (code, mut without, _) = post.verify(&["verified"]);
    post.put("home/store.sqlite", &[b'x'; 4096]);
    let (code_away, line, errors) = post.verify(&["verified"]);
    assert!(errors.contains("are not heard"), "{errors}");
    // The verdict is the same; recognition says what it does not know.
    let told = &line["signatures"][0]["recognition"];
    assert_eq!(told["reasons"], serde_json::json!(["RECEIPTS_NOT_HEARD", "TTP_RECEIPT_MISSING"]));
    for words in ["reasons", "details"] {
        without["signatures"][0]["recognition"][words] = told[words].clone();
    }
    assert_eq!((code_away, line), (code, without));
    let domestic = document("officer-head");
    post.put("domestic", &domestic);
    let (_, line, errors) = post.verify(&["domestic"]);
    assert_eq!((standing(&line), errors.as_str()), ("RECOGNISED", ""), "nobody asks the store about it");
}

#[test]
fn a_receipt_beside_its_document_is_heard_and_any_other_is_told_and_improves_nothing() {
    let post = Post::new();
    let [document_a, document_b] = ["a", "b"].map(of);
    post.put("a", &document_a);
    post.put("b", &document_b);
    post.put("of-a", &kazakh_receipt(&document_a, (1, PkiStatus::Granted)));
    post.put("no-of-b", &kazakh_receipt(&document_b, (2, PkiStatus::Rejection)));
    let mut forged = kazakh_receipt(&document_b, (3, PkiStatus::Granted));
    *forged.last_mut().unwrap() ^= 1;
    post.put("forged", &forged);
    post.put("text", b"no receipt at all!");

    for (receipt, code) in
        [("of-a", "RECEIPT_OTHER_DOCUMENT"), ("forged", "RECEIPT_SIGNATURE"), ("text", "RECEIPT_MALFORMED")]
    {
        let (exit, line, errors) = post.verify(&["--receipt", receipt, "b"]);
        assert_eq!((exit, standing(&line)), (0, "UNDETERMINED"), "{receipt}");
        assert!(codes(&line).contains(&code), "{line}");
        assert!(errors.contains(receipt) && errors.contains(code), "{errors}");
    }
    assert_eq!(post.standing(&["--receipt", "no-of-b", "b"]), "NOT_RECOGNISED");
    // A no beside a yes is heard.
    post.put("of-b", &kazakh_receipt(&document_b, (4, PkiStatus::Granted)));
    assert_eq!(post.standing(&["--receipt", "of-b", "--receipt", "no-of-b", "b"]), "NOT_RECOGNISED");
    assert_eq!(post.verify(&["--receipt", "nowhere", "b"]).0, 65);
    assert_eq!(post.run(&["--home", "home", "--batch", "--receipt", "of-a"]).status.code(), Some(64));

    let (exit, line, errors) = post.verify(&["--receipt", "of-a", "a"]);
    assert_eq!((exit, standing(&line), errors.as_str()), (0, "RECOGNISED", ""));
    let told = &line["receipts"][0];
    assert_eq!((&told["file"], &told["sound"], &told["party"]), (&"of-a".into(), &true.into(), &"kz-ttp".into()));
    let text = post.run(&["--home", "home", "--receipt", "of-a", "a"]);
    assert!(String::from_utf8(text.stdout).unwrap().contains("of-a: Проверено"));
    // Of several documents each hears its own.
    let output = post.run(&["--json", "--home", "home", "--receipt", "of-a", "--receipt", "of-b", "a", "b"]);
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.iter().map(standing).collect::<Vec<_>>(), ["RECOGNISED", "RECOGNISED"]);
    assert!(!String::from_utf8(output.stderr).unwrap().contains("not heard"));

    post.put("domestic", &document("officer-head"));
    let (exit, line, errors) = post.verify(&["--receipt", "of-a", "domestic"]);
    assert_eq!((exit, standing(&line)), (0, "RECOGNISED"));
    assert!(errors.contains("of-a") && errors.contains("no document here may need"), "{errors}");
}

#[test]
fn trust_that_names_no_third_party_hears_nobody() {
    let post = Post::new();
    let document = of("a");
    post.put("a", &document);
    post.put("of-a", &kazakh_receipt(&document, (1, PkiStatus::Granted)));
    let root = pki().certificate(&pki().plan().snapshot.domestic[0]).unwrap();
    post.put("root.cer", root.der());
    let output = post.run(&["--json", "--trust", "root.cer", "--receipt", "of-a", "a"]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((standing(&line), codes(&line)), ("NOT_RECOGNISED", vec!["NO_THIRD_PARTY"]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no third party"));
}

#[test]
fn an_audit_hears_the_receipts_of_its_bundle_and_no_others() {
    let post = Post::new();
    let (a, b) = (of("a"), of("b"));
    files::create_folder(&post.path("archive")).unwrap();
    post.put("archive/a.p7m", &a);
    post.put("archive/b.p7m", &b);
    let [of_a, no_of_b, of_b] =
        [(&a, 1, PkiStatus::Granted), (&b, 2, PkiStatus::Rejection), (&b, 3, PkiStatus::Granted)]
            .map(|(document, serial, status)| kazakh_receipt(document, (serial, status)));
    let mut forged = of_b.clone();
    *forged.last_mut().unwrap() ^= 1;
    let verifier = Home::new(post.path("home"), None).verifier(Policy::named("kz").unwrap()).unwrap();
    let told = |receipts: &[&Vec<u8>]| {
        let receipts: Vec<Vec<u8>> = receipts.iter().map(|receipt| (*receipt).clone()).collect();
        let bundle = open_bundle(&export_bundle(&verifier, &receipts).unwrap()).unwrap();
        let report = audit(&post.path("archive"), &bundle, now(), |_, _| {}).unwrap();
        let lines: Vec<Value> =
            report.octets.split(|o| *o == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let standings = [1, 2].map(|document| standing(&lines[document]).to_owned());
        (standings, report.heard)
    };
    let answers = |a: &str, b: &str| [a, b].map(str::to_owned);
    assert_eq!(told(&[]), (answers("UNDETERMINED", "UNDETERMINED"), vec![]));
    assert_eq!(told(&[&of_a]), (answers("RECOGNISED", "UNDETERMINED"), vec![true]));
    assert_eq!(told(&[&forged, &of_a]), (answers("RECOGNISED", "UNDETERMINED"), vec![false, true]));
    assert_eq!(told(&[&of_b, &no_of_b]), (answers("UNDETERMINED", "NOT_RECOGNISED"), vec![true, true]));

    // The command writes the same bundle.
    post.put("of-a", armour::encode(&of_a).as_bytes());
    let output = post.command(&["bundle", "export"], &["--home", "home", "--receipt", "of-a", "a.bundle"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(octets_of(&post.path("a.bundle")), export_bundle(&verifier, &[of_a]).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_is_kept_is_checked_as_of_its_coming() {
    let post = Post::of(&crate::evidence::snapshot_by_centre());
    let [kept, not_kept] = ["kept", "not kept"].map(of);
    post.keep(&[(&kept, 1, PkiStatus::Granted)]).await;
    for (name, document, serial) in [("kept", &kept, 1), ("not-kept", &not_kept, 2)] {
        post.put(name, document);
        post.put(&format!("of-{name}"), &kazakh_receipt(document, (serial, PkiStatus::Granted)));
    }
    for label in ["issuing-gost", "issuing-gost-delta", "issuing-gost-2024"] {
        files::remove(&post.path(&format!("home/evidence/{label}.crl"))).unwrap();
    }
    let check = |name: &str| {
        let receipt = format!("of-{name}");
        let output = post.command(&["receipt", "verify"], &["--home", "home", "--json", "--document", name, &receipt]);
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, told) = check("not-kept");
    assert_eq!((code, &told["sound"], &told["kept_since"]), (Some(2), &false.into(), &Value::Null), "{told}");
    let (code, told) = check("kept");
    assert_eq!(
        (code, &told["sound"], &told["kept_since"]),
        (Some(0), &true.into(), &now().to_string().into()),
        "{told}"
    );
}

#[test]
fn what_is_judged_as_of_another_time_is_not_kept() {
    let post = Post::new();
    let document = of("kept");
    post.put("document", &document);
    post.put("receipt", &kazakh_receipt(&document, (1, PkiStatus::Granted)));
    let keep = |more: &[&str]| {
        let words = ["--home", "home", "--keep", "receipt"];
        post.command(&["receipt", "verify"], &[&words, more].concat()).status.code()
    };
    assert_eq!(keep(&["--document", "document", "--at", &now().to_string()]), Some(64));
    assert_eq!(keep(&[]), Some(64), "nobody knows what it is about");
    assert!(!post.path("home/store.sqlite").exists());
}
