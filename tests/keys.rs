//! Keys as people hold them: the encrypted key store, key files of every kind, and keys that are on another machine.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use qoltanba::codec::armour;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::service::{Keyring, KeyringError, Secret};
use qoltanba::store::files;
use serde_json::Value;

const PASSPHRASE: &str = "a passphrase long enough";

/// A devkit of the test's own, copied from one that is made once.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        static KIT: OnceLock<tempfile::TempDir> = OnceLock::new();
        let kit = KIT.get_or_init(|| {
            let kit = tempfile::tempdir().unwrap();
            generate(&kit.path().join("kit")).unwrap();
            kit
        });
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let copied = Command::new("cp").arg("-a").arg(kit.path().join("kit")).arg(bench.folder.path()).status();
        assert!(copied.unwrap().success());
        bench.secret("pass", PASSPHRASE);
        bench.put("note.txt", b"a note");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, octets: &[u8]) {
        files::write(&self.path(name), octets).unwrap();
    }

    fn secret(&self, name: &str, text: &str) {
        files::write_secret(&self.path(name), text.as_bytes()).unwrap();
    }

    fn octets(&self, name: &str) -> Vec<u8> {
        files::read(&self.path(name)).unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.args(line.split(' ')).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("QOLTANBA_HOME").env_remove("QOLTANBA_KEY_STORE_PASSPHRASE");
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Runs a command that is to succeed.
    fn done(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that is to fail. *Gives* its exit code and what it says.
    fn refused(&self, line: &str) -> (i32, String) {
        let output = self.run(line);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn verifies(&self, line: &str) {
        let told = self.done(&format!("verify --json --home kit {line}"));
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["verdict"]["indication"], "TOTAL_PASSED", "{told}");
    }
}

const ADD: &str = "keys store add --home kit --passphrase-file pass --key kit/keys/officer-head.p12 --password-file kit/keys/password";

#[test]
fn a_key_of_the_store_signs_like_any_other() {
    let bench = Bench::new();
    bench.done("keys store init --home kit --passphrase-file pass");
    bench.done(&format!("{ADD} chairman"));
    let listed = bench.done("keys store list --home kit --passphrase-file pass --json");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["alias"], "chairman");
    // Nothing opens it yet; then a file beside it, or the environment.
    let sign = "sign --home kit --alias chairman -o note.p7m note.txt";
    let (code, said) = bench.refused(sign);
    assert_eq!(code, 65);
    assert!(said.contains("QOLTANBA_KEY_STORE_PASSPHRASE"), "{said}");
    let wrong = bench.command(sign).env("QOLTANBA_KEY_STORE_PASSPHRASE", "another passphrase").output().unwrap();
    assert_eq!(wrong.status.code(), Some(65));
    assert!(!String::from_utf8_lossy(&wrong.stderr).contains("another passphrase"));
    let right = bench.command(sign).env("QOLTANBA_KEY_STORE_PASSPHRASE", PASSPHRASE).output().unwrap();
    assert!(right.status.success(), "{right:?}");
    bench.verifies("note.p7m");
    bench.secret("kit/keys/keystore.passphrase", PASSPHRASE);
    bench.done(sign);
    assert!(bench.done("keys list --home kit").contains("chairman"));
    bench.done("keys store remove --home kit --passphrase-file pass chairman");
    assert_eq!(bench.refused(sign).0, 65);
}

#[test]
fn a_store_is_made_once_and_changed_by_whoever_knows_its_passphrase() {
    let bench = Bench::new();
    bench.secret("new", "quite another passphrase");
    bench.secret("short", "short");
    let (code, said) = bench.refused("keys store init --home kit --passphrase-file short");
    assert!(code == 65 && said.contains("12 characters"), "{said}");
    bench.done("keys store init --home kit --passphrase-file pass");
    assert_eq!(bench.refused("keys store init --home kit --passphrase-file pass").0, 65);
    bench.done(&format!("{ADD} chairman"));
    assert_eq!(bench.refused(&format!("{ADD} chairman")).0, 65);
    assert_eq!(bench.refused("keys store remove --home kit --passphrase-file new chairman").0, 65);
    bench.done("keys store passwd --home kit --passphrase-file pass --new-passphrase-file new");
    assert_eq!(bench.refused("keys store list --home kit --passphrase-file pass").0, 65);
    assert!(bench.done("keys store list --home kit --passphrase-file new").contains("chairman"));
}

#[test]
fn what_others_may_read_is_no_secret_and_no_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    bench.put("open", PASSPHRASE.as_bytes());
    std::fs::set_permissions(bench.path("open"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let (code, said) = bench.refused("keys store init --home kit --passphrase-file open");
    assert!(code == 65 && said.contains("chmod 600"), "{said}");
    bench.done("keys store init --home kit --passphrase-file pass");
    let store = bench.path("kit/keys/keystore.json");
    let mode = std::fs::metadata(&store).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o660)).unwrap();
    assert!(bench.refused("keys store list --home kit --passphrase-file pass").1.contains("chmod 600"));
}

#[test]
fn a_keyring_opens_a_stored_key_once_notices_a_changed_store_and_refuses_two_keys_of_one_name() {
    let bench = Bench::new();
    bench.done("keys store init --home kit --passphrase-file pass");
    bench.done(&format!("{ADD} chairman"));
    bench.secret("kit/keys/keystore.passphrase", PASSPHRASE);
    let keyring = Keyring::new(bench.path("kit/keys"));
    let first = keyring.open("chairman").unwrap();
    let again = keyring.open("chairman").unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.key, &again.key));
    assert!(keyring.aliases().unwrap().contains(&"chairman".to_owned()));
    // A certificate exchanged in the file is noticed, whatever was opened before.
    let file = String::from_utf8(bench.octets("kit/keys/keystore.json")).unwrap();
    let own = armour::encode(first.certificate.der());
    let pki = DevkitPki::build().unwrap();
    let other = armour::encode(pki.certificate("officer-signer").unwrap().der());
    files::replace_secret(&bench.path("kit/keys/keystore.json"), file.replace(&own, &other).as_bytes()).unwrap();
    assert!(matches!(keyring.open("chairman"), Err(KeyringError::KeyStore(_))));
    files::replace_secret(&bench.path("kit/keys/keystore.json"), file.as_bytes()).unwrap();
    assert_eq!(keyring.open("chairman").unwrap().key.public_key(), first.key.public_key());
    // The name is given a second time.
    bench.put("kit/keys/chairman.p12", &bench.octets("kit/keys/officer-signer.p12"));
    assert!(matches!(keyring.open("chairman"), Err(KeyringError::Ambiguous { .. })));
    assert!(!format!("{keyring:?}").contains(PASSPHRASE));
    assert!(Secret::read(&bench.path("pass")).unwrap().text() == PASSPHRASE);
}

#[test]
fn a_key_file_signs_in_every_form() {
    let bench = Bench::new();
    let pki = DevkitPki::build().unwrap();
    let certificate = pki.certificate("officer-head").unwrap().der();
    let plain = armour::encode_pem("PRIVATE KEY", &pki.key("officer-head").unwrap().to_pkcs8_der());
    bench.put("head.pem", plain.as_bytes());
    bench.put("head.cer", certificate);
    bench.put("both.pem", (plain + &armour::encode_pem("CERTIFICATE", certificate)).as_bytes());
    bench.put("other.cer", pki.certificate("officer-signer").unwrap().der());
    assert_eq!(bench.refused("sign --key head.pem -o note.p7m note.txt").0, 65);
    assert_eq!(bench.refused("sign --key head.pem --certificate other.cer -o note.p7m note.txt").0, 64);
    assert_eq!(bench.refused("sign --key kit/keys/officer-head.p12 -o note.p7m note.txt").0, 65);
    for key in [
        "--key head.pem --certificate head.cer",
        "--key both.pem",
        "--key kit/keys/officer-head.p12 --password-file kit/keys/password",
    ] {
        bench.done(&format!("sign {key} -o note.p7m note.txt"));
        bench.verifies("note.p7m");
    }
}

#[test]
fn a_signature_is_made_in_two_steps_and_only_with_its_own_value() {
    let bench = Bench::new();
    let pki = DevkitPki::build().unwrap();
    bench.put("head.cer", pki.certificate("officer-head").unwrap().der());
    bench.put("second.cer", armour::encode(pki.certificate("officer-signer").unwrap().der()).as_bytes());
    let value_of = |label: &str, prepared: &str| {
        let prepared: Value = serde_json::from_slice(&bench.octets(prepared)).unwrap();
        let to_be_signed = armour::decode(prepared["to_be_signed"].as_str().unwrap()).unwrap();
        pki.key(label).unwrap().sign(&to_be_signed).unwrap()
    };
    let told = bench.done("sign --prepare --certificate head.cer -o prepared.json --json note.txt");
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["algorithm"], "gost-r-34.10-2015-512-kz");
    bench.put("wrong", &value_of("officer-signer", "prepared.json"));
    let (code, said) = bench.refused("sign --complete prepared.json --value wrong -o note.p7m");
    assert!(code == 65 && said.contains("another key"), "{said}");
    assert!(!bench.path("note.p7m").exists());
    bench.put("value", armour::encode(&value_of("officer-head", "prepared.json")).as_bytes());
    bench.done("sign --complete prepared.json --value value -o note.p7m");
    bench.verifies("note.p7m");
    // One more signer, in two steps as well.
    bench.done("sign --prepare --add --certificate second.cer -o second.json note.p7m");
    bench.put("second", &value_of("officer-signer", "second.json"));
    bench.done("sign --complete second.json --value second -o both.p7m");
    bench.verifies("both.p7m");
    // Detached.
    bench.done("sign --prepare --detached --certificate head.cer -o prepared.json note.txt");
    bench.put("value", &value_of("officer-head", "prepared.json"));
    bench.done("sign --complete prepared.json --value value -o note.p7s");
    bench.verifies("--content note.txt note.p7s");
    for misuse in [
        "sign --prepare -o prepared.json note.txt",
        "sign --complete prepared.json -o note.p7s",
        "sign --prepare --home kit --alias officer-head --certificate head.cer -o prepared.json note.txt",
    ] {
        assert_eq!(bench.refused(misuse).0, 64, "{misuse}");
    }
}

#[cfg(not(feature = "hsm"))]
#[test]
fn a_token_is_refused_by_name_where_none_can_be_asked() {
    let bench = Bench::new();
    bench.secret("kit/keys/token.token.toml", "module = \"/p11.so\"\ntoken = \"t\"\nkey = \"k\"\npin_file = \"pin\"\n");
    bench.secret("kit/keys/pin", "1234");
    let (code, said) = bench.refused("sign --home kit --alias token -o note.p7m note.txt");
    assert!(code == 65 && said.contains("--features hsm"), "{said}");
}
