//! The fast way and the portable one say the same of whole documents, octet for octet, however documents are put together;
//! and the options that choose between them.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as loudly as the tests themselves")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::kernel::Avx512;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::signing::{Packaging, sign};
use qoltanba::time::Timestamp;

/// One officer for each kind of key, and one whose certificate is revoked.
const SIGNERS: [&str; 8] = [
    "officer-head",
    "officer-gost-256",
    "officer-gost-2004",
    "officer-rsa",
    "officer-p256",
    "officer-p384",
    "officer-ed25519",
    "officer-revoked",
];

/// Documents of each: enough for tables with narrow windows, which are due after eight uses.
const EACH: usize = 11;

/// The test PKI on disk, and a line of a batch for each document.
struct Documents {
    folder: tempfile::TempDir,
    lines: Vec<String>,
}

fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        generate(&folder.path().join("kit")).unwrap();
        let pki = DevkitPki::build().unwrap();
        let at = Timestamp::parse_rfc3339("2026-07-01T10:00:00Z").unwrap();
        let mut lines = Vec::new();
        for number in 0..EACH {
            for label in SIGNERS {
                let content = format!("permit {number} of {label}");
                let mut document =
                    sign(content.as_bytes(), Packaging::Attached, &pki.signer(label).unwrap().at(at)).unwrap();
                let id = lines.len();
                match id % 7 {
                    // The content; the end of the signature value.
                    2 => {
                        let place =
                            document.windows(content.len()).position(|part| part == content.as_bytes()).unwrap();
                        *document.get_mut(place).unwrap() ^= 1;
                    }
                    5 => *document.last_mut().unwrap() ^= 1,
                    _ => {}
                }
                lines.push(format!("{{\"id\":\"{id}\",\"document\":\"{}\"}}\n", STANDARD.encode(document)));
            }
        }
        Documents { folder, lines }
    })
}

fn command(folder: &Path, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.current_dir(folder).env_remove("QOLTANBA_HOME").env_remove("QOLTANBA_KERNEL");
    command.env_remove("QOLTANBA_TABLES_MIB").envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// One process; gives its lines.
fn verify(environment: &[(&str, &str)], lines: &[&str]) -> Vec<String> {
    let arguments = ["verify", "--batch", "--json", "--trust", "kit/trust", "--evidence", "kit/evidence"];
    let mut child = command(documents().folder.path(), environment)
        .args(arguments)
        .args(["--at", "2026-11-21T20:00:00Z"])
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = lines.concat();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    // Passed, failed, or not to be told: all three are answers.
    assert!(matches!(output.status.code(), Some(0..=2)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

const PORTABLE: [(&str, &str); 1] = [("QOLTANBA_KERNEL", "portable")];
const FAST: [(&str, &str); 2] = [("QOLTANBA_KERNEL", "avx512"), ("QOLTANBA_TABLES_MIB", "16")];

#[test]
fn both_ways_say_the_same_in_batches_of_every_size() {
    if Avx512::detect().is_none() {
        return;
    }
    let all: Vec<&str> = documents().lines.iter().map(String::as_str).collect();
    let expected = verify(&PORTABLE, &all);
    assert_eq!(expected.len(), all.len());
    let passed = expected.iter().filter(|line| line.contains("TOTAL_PASSED")).count();
    assert!(passed > all.len() / 2 && passed < all.len(), "{passed} of {}", all.len());
    // Few processes for small sizes: each starts anew.
    for (size, batches) in [(1, 9), (7, 3), (8, 3), (9, 3), (all.len(), 1)] {
        for (batch, expected) in all.chunks(size).zip(expected.chunks(size)).take(batches) {
            assert_eq!(verify(&FAST, batch), expected, "batches of {size}");
        }
    }
    // The same documents again and again: keys become hot on the way.
    for size in [255, 256, 4096] {
        let again =
            |of: &[&str]| -> Vec<String> { of.iter().cycle().take(size).map(|one| (*one).to_owned()).collect() };
        let repeated = again(&all);
        let answers = verify(&FAST, &repeated.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(answers, again(&expected.iter().map(String::as_str).collect::<Vec<_>>()), "a batch of {size}");
    }
    let mut shuffled: Vec<_> = all.iter().zip(&expected).collect();
    shuffled.sort_by_key(|(line, _)| line.as_bytes().get(line.len() - 20..).map(<[u8]>::to_vec));
    let lines: Vec<_> = shuffled.iter().map(|(line, _)| **line).collect();
    let expected: Vec<_> = shuffled.into_iter().map(|(_, answer)| answer.clone()).collect();
    assert_eq!(verify(&FAST, &lines), expected, "in another order");
    let none = [FAST[0], ("QOLTANBA_TABLES_MIB", "0")];
    assert_eq!(verify(&none, &lines), expected, "without any table");
}

fn version(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(&std::env::temp_dir(), environment).arg("version").args(arguments).output().unwrap()
}

#[test]
fn the_way_in_use_is_told() {
    let told = |environment: &[(&str, &str)]| -> serde_json::Value {
        let output = version(environment, &["--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(told(&PORTABLE).get("kernel").unwrap(), "portable");
    let best = if Avx512::detect().is_some() { "avx512" } else { "portable" };
    assert_eq!(told(&[]).get("kernel").unwrap(), best);
    if best == "avx512" {
        let bytes = told(&FAST).pointer("/tables/bytes_max").unwrap().as_u64();
        assert_eq!(bytes, Some(16 * 1024 * 1024));
    }
    let verbose = version(&PORTABLE, &["--verbose"]);
    let text = String::from_utf8(verbose.stdout).unwrap();
    assert!(text.contains("way: portable") && text.contains("gost r 34.10"), "{text}");
}

#[test]
fn settings_that_make_no_sense_are_misuse() {
    let wrong = [
        ("QOLTANBA_KERNEL", "fast"),
        ("QOLTANBA_KERNEL", ""),
        ("QOLTANBA_TABLES_MIB", "-1"),
        ("QOLTANBA_TABLES_MIB", "65537"),
        ("QOLTANBA_TABLES_MIB", "much"),
    ];
    for setting in wrong {
        let output = version(&[setting], &[]);
        assert_eq!(output.status.code(), Some(64), "{setting:?}");
        assert!(!output.stderr.is_empty());
    }
    let asked = version(&[("QOLTANBA_KERNEL", "avx512")], &[]);
    let expected = if Avx512::detect().is_some() { 0 } else { 64 };
    assert_eq!(asked.status.code(), Some(expected));
}
