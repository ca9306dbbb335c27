//! `qoltanba verify` and `audit` over folders and archives of documents: what is in them, and what is not opened.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::service::{AuditBundle, Trust, Verifier, audit};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use serde_json::Value;
use zip::write::SimpleFileOptions;

const NOW: &str = "2026-11-21T20:00:00Z";

fn kit() -> &'static Path {
    static KIT: OnceLock<tempfile::TempDir> = OnceLock::new();
    KIT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        generate(folder.path()).unwrap();
        folder
    })
    .path()
}

fn pki() -> &'static DevkitPki {
    static PKI: OnceLock<DevkitPki> = OnceLock::new();
    PKI.get_or_init(|| DevkitPki::build().unwrap())
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn signed(content: &[u8], packaging: Packaging) -> Vec<u8> {
    sign(content, packaging, &pki().signer("officer-head").unwrap().at(at("2026-07-01T10:00:00Z"))).unwrap()
}

fn altered() -> Vec<u8> {
    let mut message = signed(b"a licence", Packaging::Attached);
    let place = message.windows(9).position(|w| w == b"a licence").unwrap();
    message[place] ^= 1;
    message
}

type Files = Vec<(&'static str, Vec<u8>)>;

/// A good document, an altered one, a detached one with its content, something else, and a container.
fn documents() -> Files {
    vec![
        ("2026/altered.p7m", altered()),
        ("2026/good.p7m", signed(b"a licence", Packaging::Attached)),
        ("asic.asice", zipped(&[("mimetype", b"application/vnd.etsi.asic-e+zip".to_vec())])),
        ("letter.txt", b"a letter".to_vec()),
        ("letter.txt.sig", signed(b"a letter", Packaging::Detached)),
        ("notes.txt", b"neither here nor there".to_vec()),
    ]
}

/// How each of them is told, by name.
const EXPECTED: [(&str, &str); 5] = [
    ("2026/altered.p7m", "TOTAL_FAILED"),
    ("2026/good.p7m", "TOTAL_PASSED"),
    ("asic.asice", "FORMAT_NOT_SUPPORTED"),
    ("letter.txt.sig", "TOTAL_PASSED"),
    ("notes.txt", "MALFORMED"),
];

fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, octets) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(octets).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What GNU tar makes of a folder: the readers are held to what people really have.
fn tarred(folder: &Path, options: &str) -> Vec<u8> {
    let output = Command::new("tar").arg("-C").arg(folder).args([options, "-", "."]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn put(folder: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, octets) in files {
        let path = folder.join(name);
        files::create_folder(path.parent().unwrap()).unwrap();
        files::write(&path, octets).unwrap();
    }
}

fn verify(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command
        .args(["verify", "--at", NOW, "--trust"])
        .arg(kit().join("trust"))
        .arg("--evidence")
        .arg(kit().join("evidence"));
    command.args(arguments).current_dir(folder).env_remove("QOLTANBA_HOME").stdin(Stdio::null()).output().unwrap()
}

/// Name with verdict or code of each line.
fn told(output: &Output) -> Vec<(String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let one = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = line["verdict"]["indication"].as_str().or_else(|| line["error"]["code"].as_str());
        (line["file"].as_str().unwrap().to_owned(), word.unwrap().to_owned())
    };
    text.lines().map(one).collect()
}

fn named(prefix: &str, expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, word)| (format!("{prefix}{name}"), (*word).to_owned())).collect()
}

#[test]
fn a_folder_and_archives_of_it_are_the_same_documents() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("all"), &documents());
    let all = folder.path().join("all");
    let packed = [("a.zip", zipped(&documents())), ("a.tar", tarred(&all, "-cf")), ("a.tgz", tarred(&all, "-czf"))];
    put(folder.path(), &packed);
    let output = verify(folder.path(), &["--json", "all"]);
    assert_eq!(told(&output), named("all/", &EXPECTED));
    assert_eq!(output.status.code(), Some(65));
    let totals = "5 documents: 2 passed, 1 failed, 0 indeterminate, 2 unreadable\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), totals);
    for (archive, _) in &packed {
        assert_eq!(told(&verify(folder.path(), &["--json", archive])), named(&format!("{archive}!"), &EXPECTED));
    }
    // What an archive is, its content says and its name does not.
    put(folder.path(), &[("archive.p7m", zipped(&documents()[..2]))]);
    let output = verify(folder.path(), &["archive.p7m"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .ends_with("2 documents: 1 passed, 1 failed, 0 indeterminate, 0 unreadable\n")
    );
}

#[test]
fn archives_in_a_folder_are_opened_in_their_place_and_archives_in_archives_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let good = signed(b"a licence", Packaging::Attached);
    let inner = zipped(&[("good.p7m", good.clone())]);
    put(
        folder.path(),
        &[
            ("all/a.p7m", good.clone()),
            ("all/b.zip", zipped(&[("good.p7m", good.clone()), ("inner.zip", inner.clone())])),
            ("all/c.p7m", good),
            ("all/d.zip", inner.clone()),
            ("all/d.zip.p7s", signed(&inner, Packaging::Detached)),
        ],
    );
    let output = verify(folder.path(), &["--json", "all"]);
    let expected = [
        ("a.p7m", "TOTAL_PASSED"),
        ("b.zip!good.p7m", "TOTAL_PASSED"),
        ("b.zip!inner.zip", "NESTED_ARCHIVE"),
        ("c.p7m", "TOTAL_PASSED"),
        // Signed as a whole, and judged all the same: else the signature would hide what is in it.
        ("d.zip!good.p7m", "TOTAL_PASSED"),
        ("d.zip.p7s", "TOTAL_PASSED"),
    ];
    assert_eq!(told(&output), named("all/", &expected));
}

#[test]
fn archive_bombs_are_refused_by_their_limit_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![0; 8 * 1024 * 1024];
    put(folder.path(), &[("zeros", zeros.clone())]);
    let bombs = [
        ("all/a.zip", zipped(&[("bomb", zeros), ("good.p7m", signed(b"x", Packaging::Attached))])),
        ("all/b.tgz", tarred(folder.path(), "-czf")),
        ("all/c.zip", b"PK\x03\x04 and no more".to_vec()),
    ];
    put(folder.path(), &bombs);
    let output = verify(folder.path(), &["--json", "all"]);
    let expected = [
        ("a.zip!bomb", "LIMIT_EXCEEDED"),
        ("a.zip!good.p7m", "TOTAL_PASSED"),
        ("b.tgz", "LIMIT_EXCEEDED"),
        ("c.zip", "ARCHIVE_UNREADABLE"),
    ];
    assert_eq!((told(&output), output.status.code()), (named("all/", &expected), Some(65)));
}

#[test]
fn names_that_lead_out_encrypted_entries_and_links_are_told_and_pass_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let good = signed(b"x", Packaging::Attached);
    let mut zip = zipped(&[("../up.p7m", good.clone()), ("/absolute.p7m", good.clone()), ("secret.p7m", good.clone())]);
    // Marked as encrypted, before the file and in the directory.
    for (signature, offset) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let place = zip.windows(4).rposition(|w| w == signature).unwrap();
        zip[place + offset] |= 1;
    }
    put(folder.path(), &[("all/odd.zip", zip), ("all/good.p7m", good)]);
    std::os::unix::fs::symlink("good.p7m", folder.path().join("all/link.p7m")).unwrap();
    let output = verify(folder.path(), &["--json", "all"]);
    let expected = [
        ("good.p7m", "TOTAL_PASSED"),
        ("link.p7m", "FILE_UNREADABLE"),
        ("odd.zip!../up.p7m", "UNSAFE_NAME"),
        ("odd.zip!/absolute.p7m", "UNSAFE_NAME"),
        ("odd.zip!secret.p7m", "ENTRY_ENCRYPTED"),
    ];
    assert_eq!((told(&output), output.status.code()), (named("all/", &expected), Some(65)));
    // A link that is named on the command line was chosen.
    assert_eq!(verify(folder.path(), &["all/link.p7m"]).status.code(), Some(0));
    let people = String::from_utf8(verify(folder.path(), &["all"]).stderr).unwrap();
    assert!(
        people.contains("secret.p7m: the entry is encrypted") && people.contains("link.p7m: this is a"),
        "{people}"
    );
}

#[test]
fn what_is_no_plain_file_is_told_in_a_folder_as_in_an_archive_and_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all");
    put(&all, &[("good.p7m", signed(b"x", Packaging::Attached))]);
    assert!(Command::new("mkfifo").arg(all.join("pipe.p7m")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(all.join("socket")).unwrap();
    let output = verify(folder.path(), &["--json", "all"]);
    let expected = [("good.p7m", "TOTAL_PASSED"), ("pipe.p7m", "NO_PLAIN_FILE"), ("socket", "NO_PLAIN_FILE")];
    assert_eq!((told(&output), output.status.code()), (named("all/", &expected), Some(65)));
    // GNU tar leaves sockets out itself.
    put(folder.path(), &[("a.tar", tarred(&all, "-cf"))]);
    assert_eq!(told(&verify(folder.path(), &["--json", "a.tar"])), named("a.tar!", &expected[..2]));
}

#[test]
fn an_archive_behind_an_archive_is_told() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("good"), &[("good.p7m", signed(b"x", Packaging::Attached))]);
    put(&folder.path().join("bad"), &[("altered.p7m", altered())]);
    let both = [tarred(&folder.path().join("good"), "-cf"), tarred(&folder.path().join("bad"), "-cf")].concat();
    put(folder.path(), &[("both.tar", both)]);
    let output = verify(folder.path(), &["--json", "both.tar"]);
    let expected = [("(behind the end mark)", "ENTRY_UNREADABLE"), ("good.p7m", "TOTAL_PASSED")];
    assert_eq!((told(&output), output.status.code()), (named("both.tar!", &expected), Some(65)));
}

#[test]
fn nothing_to_check_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    files::create_folder(&folder.path().join("empty/deeper")).unwrap();
    put(folder.path(), &[("empty.tar", tarred(&folder.path().join("empty"), "-cf")), ("empty.zip", zipped(&[]))]);
    for nothing in ["empty", "empty.tar", "empty.zip"] {
        let output = verify(folder.path(), &[nothing]);
        let told = (output.status.code(), output.stdout.len(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(told, (Some(65), 0, "qoltanba: no documents\n".to_owned()), "{nothing}");
    }
    let qoltanba = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.current_dir(folder.path()).env("QOLTANBA_HOME", kit()).args(arguments).output().unwrap()
    };
    assert!(qoltanba(&["bundle", "export", "audit.bundle"]).status.success());
    let (key, password) = (kit().join("keys/auditor.p12"), kit().join("keys/password"));
    let (key, password) = (key.to_str().unwrap(), password.to_str().unwrap());
    let keys = ["--key", key, "--password-file", password];
    let audit = ["audit", "empty", "--bundle", "audit.bundle", "--at", NOW, "--report", "report.ndjson"];
    let output = qoltanba(&[&audit[..], &keys].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.ends_with("qoltanba: no documents\n")), (Some(65), true), "{stderr}");
    let report = files::read(&folder.path().join("report.ndjson")).unwrap();
    assert!(String::from_utf8(report).unwrap().contains("\"documents\":0"));
}

#[test]
fn an_audit_of_an_archive_tells_the_same_as_one_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("all"), &documents());
    put(folder.path(), &[("packed/a.zip", zipped(&documents()))]);
    let mut evidence = Pool::default();
    for label in ["root-gost", "issuing-gost"] {
        evidence.add_crl(pki().crl(label).unwrap().clone());
    }
    let verifier =
        Verifier::new(Trust::new(pki().snapshot().unwrap()).unwrap(), evidence, Policy::named("kz").unwrap());
    let bundle = AuditBundle { verifier, digest: "sha256:x".to_owned(), receipts: Vec::new() };
    let report = |root: &str| audit(&folder.path().join(root), &bundle, at(NOW), |_, _| {}).unwrap();
    let (one, other) = (report("all"), report("packed"));
    assert_eq!((one.totals, one.totals.documents), (other.totals, 5));
    let unpacked = String::from_utf8(other.octets).unwrap().replace("\"a.zip!", "\"");
    assert_eq!(unpacked, String::from_utf8(one.octets).unwrap());
}
