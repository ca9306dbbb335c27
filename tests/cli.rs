//! The contract of `qoltanba verify` that measuring relies on: fields, exit codes, batches, armour, folders.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use qoltanba::codec::armour;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use serde_json::{Value, json};

const CONTENT: &[u8] = b"content of a permit";
const NOW: &str = "2026-11-21T20:00:00Z";

/// The devkit on disk with documents of every fate beside it, made once.
struct Bench {
    folder: tempfile::TempDir,
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        generate(&bench.path("kit")).unwrap();
        let pki = DevkitPki::build().unwrap();
        let signed = |label: &str, packaging| {
            let signer = pki.signer(label).unwrap().at(Timestamp::parse_rfc3339("2026-07-01T10:00:00Z").unwrap());
            sign(CONTENT, packaging, &signer).unwrap()
        };
        let good = signed("officer-head", Packaging::Attached);
        let mut tampered = good.clone();
        let at = tampered.windows(CONTENT.len()).position(|w| w == CONTENT).unwrap();
        tampered[at] ^= 1;
        bench.put("good.p7m", &good);
        bench.put("tampered.p7m", &tampered);
        bench.put("unsure.p7m", &signed("officer-revoked", Packaging::Attached));
        bench.put("detached.p7s", &signed("officer-head", Packaging::Detached));
        bench.put("content.txt", CONTENT);
        bench.put("other.txt", b"other");
        bench.put("good.txt", armour::encode(&good).as_bytes());
        bench.put("good.pem", armour::encode_pem("CMS", &good).as_bytes());
        bench.put("garbage", b"neither here nor there");
        bench.put("file.pdf", b"%PDF-1.7");
        bench.put("folder/one.p7m", &good);
        bench.put("folder/deeper/two", &good);
        bench
    })
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, octets: &[u8]) {
        let path = self.path(name);
        files::create_folder(path.parent().unwrap()).unwrap();
        files::write(&path, octets).unwrap();
    }

    fn octets(&self, name: &str) -> Vec<u8> {
        files::read(&self.path(name)).unwrap()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(arguments).current_dir(bench().folder.path()).env_remove("QOLTANBA_HOME").stdin(Stdio::null());
    command
}

/// Verifies at a fixed time under the devkit's trust and evidence.
fn verify(arguments: &[&str]) -> Output {
    let fixed = ["verify", "--json", "--trust", "kit/trust", "--evidence", "kit/evidence", "--at", NOW];
    command(&[&fixed[..], arguments].concat()).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn indication(line: &Value) -> &str {
    line["verdict"]["indication"].as_str().unwrap_or("none")
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_line_has_the_fields_of_the_contract() {
    let output = verify(&["good.p7m"]);
    assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
    let all = lines(&output);
    let [line] = all.as_slice() else { panic!("{all:?}") };
    for field in ["file", "format", "error", "verdict", "signatures", "permit", "trust_snapshot", "validated_at"] {
        assert!(names(line).contains(&field), "{field}");
    }
    assert_eq!((&line["file"], &line["format"], &line["error"]), (&json!("good.p7m"), &json!("cms"), &Value::Null));
    assert_eq!(line["verdict"], json!({"indication": "TOTAL_PASSED", "sub_indication": null}));
    assert_eq!((&line["permit"], &line["validated_at"]), (&Value::Null, &json!(NOW)));
    assert!(line["trust_snapshot"].as_str().unwrap().starts_with("sha256:"));
    let signature = &line["signatures"][0];
    assert_eq!(signature["indication"], "TOTAL_PASSED");
    assert_eq!(signature["sub_indication"], Value::Null);
    assert_eq!((&signature["signature_value"], &signature["content_digest"]), (&json!("valid"), &json!("valid")));
    let algorithm = json!({"name": "gost-r-34.10-2015-512-kz", "oid": "1.2.398.3.10.1.1.2.3.2"});
    assert_eq!(signature["algorithm"], algorithm);
    let signer = &signature["signer"];
    assert_eq!((&signer["iin"], &signer["bin"]), (&json!("991201590018"), &json!("991240999016")));
    assert_eq!(signer["roles"], json!(["organisation", "first-head"]));
    assert!(["subject", "issuer", "serial"].iter().all(|f| signer[f].is_string()), "{signer}");
    assert_eq!(signature["claimed_signing_time"], "2026-07-01T10:00:00Z");
    assert_eq!(signature["best_signature_time"], NOW);
    assert_eq!((&signature["timestamps"], &signature["reasons"]), (&json!([]), &json!([])));
    assert_eq!(signature["recognition"], json!({"standing": "RECOGNISED", "route": "domestic", "reasons": []}));
}

#[test]
fn exit_codes_tell_the_worst_of_all() {
    for (arguments, expected) in [
        (&["good.p7m"][..], 0),
        (&["good.p7m", "tampered.p7m"], 1),
        (&["tampered.p7m", "unsure.p7m"], 1),
        (&["good.p7m", "unsure.p7m"], 2),
        (&["garbage"], 65),
        (&["good.p7m", "garbage", "tampered.p7m"], 65),
        (&["file.pdf"], 65),
        (&["missing.p7m"], 65),
        (&["good.p7m", "missing.p7m"], 65),
        (&["--policy", "wishful", "good.p7m"], 64),
        (&["--at", "yesterday", "good.p7m"], 64),
        (&["--wish", "good.p7m"], 64),
        (&[], 64),
        (&["--batch", "good.p7m"], 64),
    ] {
        assert_eq!(code(&verify(arguments)), expected, "{arguments:?}");
    }
    assert_eq!(code(&command(&["verify", "good.p7m"]).output().unwrap()), 64, "nobody is trusted");
    let empty = ["verify", "--trust", "content.txt", "good.p7m"];
    assert_eq!(code(&command(&empty).output().unwrap()), 65, "no certificate among the trusted");
    assert_eq!(code(&command(&["--help"]).output().unwrap()), 0);
}

#[test]
fn reasons_have_code_text_and_clause() {
    let tampered = lines(&verify(&["tampered.p7m"])).remove(0);
    assert_eq!(tampered["verdict"], json!({"indication": "TOTAL_FAILED", "sub_indication": "HASH_FAILURE"}));
    let signature = &tampered["signatures"][0];
    assert_eq!((&signature["signature_value"], &signature["content_digest"]), (&json!("valid"), &json!("invalid")));
    let reason = &signature["reasons"][0];
    assert_eq!(reason["code"], "CONTENT_DIGEST_MISMATCH");
    assert!(["text", "clause"].iter().all(|f| !reason[f].as_str().unwrap().is_empty()));
    let revoked = lines(&verify(&["unsure.p7m"])).remove(0);
    assert_eq!(revoked["verdict"], json!({"indication": "INDETERMINATE", "sub_indication": "REVOKED_NO_POE"}));
}

#[test]
fn input_that_does_not_read_is_told_in_its_line_and_the_rest_goes_on() {
    let output = verify(&["garbage", "file.pdf", "good.p7m"]);
    let all = lines(&output);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["error"]["code"], "MALFORMED");
    let mut fields = names(&all[0]["error"]);
    fields.sort_unstable();
    assert_eq!(fields, ["at", "code", "text"]);
    assert_eq!((&all[0]["verdict"], &all[0]["signatures"]), (&Value::Null, &json!([])));
    assert_eq!((&all[1]["error"]["code"], &all[1]["format"]), (&json!("FORMAT_NOT_SUPPORTED"), &json!("pdf")));
    assert_eq!(indication(&all[2]), "TOTAL_PASSED");
}

#[test]
fn the_same_message_in_any_armour_gets_the_same_answer() {
    let output = verify(&["good.p7m", "good.txt", "good.pem"]);
    assert_eq!(code(&output), 0);
    let all = lines(&output);
    assert_eq!(all.len(), 3);
    for line in &all {
        assert_eq!(line["signatures"], all[0]["signatures"], "{}", line["file"]);
    }
}

#[test]
fn a_folder_is_all_its_files() {
    let output = verify(&["folder"]);
    assert_eq!(code(&output), 0);
    let told: Vec<String> = lines(&output).iter().map(|l| l["file"].as_str().unwrap().to_owned()).collect();
    let expected = [Path::new("folder").join("deeper").join("two"), Path::new("folder").join("one.p7m")];
    assert_eq!(told, expected.map(|p| p.to_string_lossy().into_owned()));
}

#[test]
fn detached_content_is_given_beside_the_message() {
    let told = |arguments: &[&str]| {
        let output = verify(arguments);
        let line = lines(&output).remove(0);
        (code(&output), line["verdict"]["sub_indication"].clone(), line["signatures"][0]["content_digest"].clone())
    };
    assert_eq!(told(&["--content", "content.txt", "detached.p7s"]), (0, Value::Null, json!("valid")));
    assert_eq!(told(&["--content", "other.txt", "detached.p7s"]), (1, json!("HASH_FAILURE"), json!("invalid")));
    assert_eq!(told(&["detached.p7s"]), (2, json!("SIGNED_DATA_NOT_FOUND"), json!("content-missing")));
    assert_eq!(told(&["--content", "other.txt", "good.p7m"]), (1, json!("HASH_FAILURE"), json!("invalid")));
    let missing = verify(&["--content", "missing.txt", "detached.p7s"]);
    assert_eq!((code(&missing), &lines(&missing)[0]["file"]), (65, &json!("detached.p7s")));
    let text = lines(&missing)[0]["error"]["text"].as_str().unwrap().to_owned();
    assert_eq!(text, "its content `missing.txt`: there is no such file or folder");
}

#[test]
fn a_self_issued_certificate_is_an_anchor_only_where_it_is_trusted() {
    let untrusted = ["verify", "--json", "--trust", "kit/trust/root-rsa.cer", "--evidence", "kit", "--at", NOW];
    let output = command(&[&untrusted[..], &["good.p7m"]].concat()).output().unwrap();
    assert_eq!(code(&output), 2);
    let line = lines(&output).remove(0);
    assert_eq!(line["verdict"]["sub_indication"], "NO_CERTIFICATE_CHAIN_FOUND");
    assert_eq!(line["signatures"][0]["recognition"]["standing"], "NOT_RECOGNISED");
}

/// Feeds lines to `verify --batch`.
fn batch(input: &[u8]) -> Output {
    let arguments = ["verify", "--batch", "--json", "--trust", "kit/trust", "--evidence", "kit/evidence", "--at", NOW];
    let mut child =
        command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn item(id: &str, document: &[u8], content: Option<&[u8]>) -> String {
    let mut item = json!({"id": id, "document": armour::encode(document)});
    if let Some(content) = content {
        item["content"] = json!(armour::encode(content));
    }
    item.to_string()
}

#[test]
fn a_batch_answers_each_line_in_its_place_and_broken_ones_too() {
    let bench = bench();
    let (good, detached) = (bench.octets("good.p7m"), bench.octets("detached.p7s"));
    let input = [
        item("a", &good, None),
        "{\"id\": \"b\"}".to_owned(),
        String::new(),
        "not json".to_owned(),
        item("c", &bench.octets("tampered.p7m"), None),
        "{\"id\":\"d\",\"document\":\"***\"}".to_owned(),
        item("e", &detached, Some(CONTENT)),
        item("f", &detached, Some(b"other")),
        item("g", b"garbage", None),
        item("h", &good, None),
    ];
    let output = batch(input.join("\n").as_bytes());
    assert_eq!(code(&output), 65);
    let all = lines(&output);
    let told: Vec<(&str, &str)> = all.iter().map(|l| (l["id"].as_str().unwrap(), indication(l))).collect();
    let expected = [
        ("a", "TOTAL_PASSED"),
        ("b", "none"),
        ("line 4", "none"),
        ("c", "TOTAL_FAILED"),
        ("d", "none"),
        ("e", "TOTAL_PASSED"),
        ("f", "TOTAL_FAILED"),
        ("g", "none"),
        ("h", "TOTAL_PASSED"),
    ];
    assert_eq!(told, expected);
    assert!(all.iter().all(|l| l["error"].is_object() == (indication(l) == "none")));
    // `id` comes first in every line.
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.starts_with("{\"id\":")), "{text}");
}

#[test]
fn a_client_that_waits_for_each_answer_before_it_sends_more_gets_it() {
    let good = bench().octets("good.p7m");
    let arguments = ["verify", "--batch", "--json", "--trust", "kit/trust", "--evidence", "kit/evidence", "--at", NOW];
    let mut child = command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut answer = || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    for id in ["a", "b", "c"] {
        // A piece of the next line is no reason to wait either.
        input.write_all(format!("{}\n{{\"id\":", item(id, &good, None)).as_bytes()).unwrap();
        let line = answer();
        assert_eq!((line["id"].as_str(), indication(&line)), (Some(id), "TOTAL_PASSED"));
        input.write_all(b"\"z\"}\n").unwrap();
        assert_eq!(answer()["error"]["code"], "MALFORMED_ITEM");
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(65));
}

#[test]
fn the_exit_code_of_permit_check_tells_whether_the_permit_is_usable() {
    let bench = bench();
    let on_node = |arguments: &[&str]| command(arguments).env("QOLTANBA_HOME", "kit").output().unwrap();
    let check = |file: &str| {
        let output = on_node(&["permit", "check", file]);
        (code(&output), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    bench.put("order.json", &on_node(&["permit", "template", "licence.crypto-development"]).stdout);
    let issued = on_node(&["issue", "--json", "-o", "permit.p7m", "order.json"]);
    assert_eq!(code(&issued), 0, "{}", String::from_utf8_lossy(&issued.stderr));
    let number = lines(&issued)[0]["number"].as_str().unwrap().to_owned();
    assert_eq!(check("permit.p7m").0, 0);
    // The same permit under another number: signed by nobody.
    let mut altered = bench.octets("permit.p7m");
    let at = altered.windows(number.len()).position(|w| w == number.as_bytes()).unwrap();
    altered[at + number.len() - 1] ^= 1;
    bench.put("altered-permit.p7m", &altered);
    assert_eq!(check("altered-permit.p7m").0, 1);
    let suspend = ["permit", "suspend", "--alias", "officer-head", "--position", "Chairman", "--name", "A. Sample"];
    assert_eq!(code(&on_node(&[&suspend[..], &["--reason", "inspection", &number]].concat())), 0);
    let (exit, told, _) = check("permit.p7m");
    assert!(exit == 1 && told.contains("TOTAL_PASSED") && told.contains("NOT_USABLE"), "{exit}: {told}");
    let (exit, told, why) = check("good.p7m");
    assert!(exit == 65 && told.contains("TOTAL_PASSED"), "{exit}: {told}");
    assert_eq!(why, "qoltanba: good.p7m: a signed document, but no permit\n");
    assert_eq!(check("garbage").0, 65);
    // A node that did not issue it knows no history of it.
    generate(&bench.path("other-kit")).unwrap();
    let elsewhere = command(&["permit", "check", "--home", "other-kit", "permit.p7m"]).output().unwrap();
    assert_eq!(code(&elsewhere), 2, "{}", String::from_utf8_lossy(&elsewhere.stdout));
}

#[test]
fn a_node_whose_folder_is_not_there_says_so() {
    let output = command(&["serve", "--home", "nowhere", "--listen", "127.0.0.1:0"]).output().unwrap();
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(code(&output) == 65 && told.contains("there is no folder `nowhere`"), "{told}");
}

#[test]
fn a_batchs_exit_code_is_that_of_its_worst_line() {
    let bench = bench();
    let of = |files: &[&str]| {
        let items: Vec<String> = files.iter().map(|f| item(f, &bench.octets(f), None)).collect();
        code(&batch(items.join("\n").as_bytes()))
    };
    assert_eq!(of(&[]), 0);
    assert_eq!(of(&["good.p7m", "good.p7m"]), 0);
    assert_eq!(of(&["good.p7m", "unsure.p7m"]), 2);
    assert_eq!(of(&["tampered.p7m", "unsure.p7m"]), 1);
    assert_eq!(of(&["tampered.p7m", "garbage"]), 65);
}

#[test]
fn diagnostics_go_to_stderr_and_answers_for_people_to_stdout() {
    // A program reads one line per file, also for one that is not there; a person is told beside the answers.
    let told = verify(&["missing.p7m"]);
    let line: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((line["error"]["code"].as_str(), line["verdict"].is_null()), (Some("FILE_UNREADABLE"), true));
    let missing = command(&["verify", "--trust", "kit/trust", "missing.p7m"]).output().unwrap();
    assert!(missing.stdout.is_empty() && !missing.stderr.is_empty());
    let people = ["verify", "--trust", "kit/trust", "--evidence", "kit/evidence", "--at", NOW, "good.p7m"];
    let output = command(&people).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("TOTAL_PASSED") && text.contains("ҮЛГІЕВ"), "{text}");
}
