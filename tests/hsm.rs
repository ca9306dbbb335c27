//! Keys in PKCS#11 tokens, against SoftHSM2. The module reads its configuration from the environment, so that the tests
//! proper run in a process of their own: `a_token_signs_like_any_other_key` starts this program again for each of them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests fail as loudly as the tests themselves, and set a place up"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::Pkcs11;
use cryptoki::object::{Attribute, CertificateType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use qoltanba::cms::SignedData;
use qoltanba::codec::armour;
use qoltanba::crypto::{KeyAlgorithm, SeededEntropy, SignError, SigningKey};
use qoltanba::service::{HeldKey, Keyring, KeyringError, TokenError};
use qoltanba::signing::{
    Authority, CertificateDraft, KazakhProfile, Packaging, Signer, SigningError, Template, encode_name,
    issue_certificate, sign,
};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use qoltanba::x509::{Certificate, Role, Validity, oids};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "1234-pin";
const KEYS: [(&str, KeyAlgorithm); 4] = [
    ("rsa", KeyAlgorithm::Rsa2048),
    ("p256", KeyAlgorithm::EcP256),
    ("p384", KeyAlgorithm::EcP384),
    ("other", KeyAlgorithm::EcP256),
];

#[test]
fn a_token_signs_like_any_other_key() {
    if !Path::new(MODULE).exists() {
        eprintln!("SKIPPED: {MODULE} is not there (Debian: softhsm2); tokens are not tested");
        return;
    }
    for inner in [
        "every_kind_of_key_signs",
        "the_certificate_may_be_in_the_token",
        "what_does_not_fit_is_refused_by_name",
        "a_wrong_pin_is_refused_and_not_tried_again",
        "a_lost_session_is_opened_once_more",
    ] {
        let place = Place::new();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", inner, "--nocapture"])
            .env("SOFTHSM2_CONF", place.path("softhsm2.conf"))
            .env("QOLTANBA_TEST_PLACE", place.folder.path())
            .status();
        assert!(status.unwrap().success(), "{inner}");
    }
}

/// A folder with tokens and keys of its own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let tokens = place.path("tokens");
        files::create_folder(&tokens).unwrap();
        files::create_folder(&place.path("keys")).unwrap();
        let conf =
            format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
        files::write(&place.path("softhsm2.conf"), conf.as_bytes()).unwrap();
        place.util(&["--init-token", "--free", "--label", "qoltanba", "--so-pin", "12345678", "--pin", PIN]);
        for (n, (label, algorithm)) in KEYS.into_iter().enumerate() {
            let pem = armour::encode_pem("PRIVATE KEY", &key(label, algorithm).to_pkcs8_der());
            files::write(&place.path("key.pem"), pem.as_bytes()).unwrap();
            let (file, id) = (place.path("key.pem"), format!("0{n}"));
            let file = file.to_str().unwrap();
            place.util(&["--import", file, "--token", "qoltanba", "--label", label, "--id", &id, "--pin", PIN]);
            files::write(&place.path(&format!("keys/{label}.cer")), certificate(label, algorithm).der()).unwrap();
        }
        files::write_secret(&place.path("keys/pin"), PIN.as_bytes()).unwrap();
        place
    }

    fn util(&self, arguments: &[&str]) {
        let conf = self.path("softhsm2.conf");
        let output = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", conf).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn key(label: &str, algorithm: KeyAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm, &mut SeededEntropy::new(label.as_bytes())).unwrap()
}

fn certificate(label: &str, algorithm: KeyAlgorithm) -> Certificate {
    let authority = key("authority", KeyAlgorithm::Ed25519);
    let name = |common_name| encode_name(&[(oids::COMMON_NAME, common_name), (oids::COUNTRY, "KZ")]).unwrap();
    let year = |year| Timestamp::from_civil((year, 1, 1), (0, 0, 0)).unwrap();
    let profile = KazakhProfile {
        template: Template::Sign,
        key_algorithm: algorithm,
        roles: &[Role::FirstHead],
        subject_key: &[1; 20],
        issuer_key: &[2; 20],
        addresses: None,
    };
    let subject_key = key(label, algorithm);
    let draft = CertificateDraft {
        subject: &name(label),
        public_key: subject_key.public_key(),
        serial: &[0x7f; 20],
        validity: Validity { not_before: year(2026), not_after: year(2036) },
        extensions: profile.extensions(),
    };
    issue_certificate(&draft, &Authority { name: &name("authority"), key: &authority }).unwrap()
}

/// The place that the outer test made for this process; none where nobody did.
fn place() -> Option<PathBuf> {
    std::env::var("QOLTANBA_TEST_PLACE").ok().map(PathBuf::from)
}

fn describe(place: &Path, alias: &str, lines: &str) {
    let text = format!("module = \"{MODULE}\"\n{lines}\n");
    files::write_secret(&place.join(format!("keys/{alias}.token.toml")), text.as_bytes()).unwrap();
}

fn keyring(place: &Path) -> Keyring {
    Keyring::new(place.join("keys"))
}

fn refused(place: &Path, alias: &str) -> TokenError {
    match keyring(place).open(alias) {
        Err(KeyringError::Token { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

fn signed(held: &HeldKey) -> Result<Vec<u8>, SigningError> {
    sign(b"a note", Packaging::Attached, &Signer::new(held.key.as_ref(), &held.certificate)?)
}

#[test]
#[ignore = "started by the outer test"]
fn every_kind_of_key_signs() {
    let Some(place) = place() else { return };
    let aliases = [
        ("rsa", "", "rsa-pkcs1-sha256"),
        ("rsa-pss", "scheme = \"rsa-pss\"", "rsa-pss"),
        ("p256", "", "ecdsa-p256-sha256"),
        ("p384", "", "ecdsa-p384-sha384"),
    ];
    for (alias, more, algorithm) in aliases {
        let key = alias.trim_end_matches("-pss");
        let lines = "token = \"qoltanba\"\npin_file = \"pin\"";
        describe(&place, alias, &format!("{lines}\nkey = \"{key}\"\ncertificate = \"{key}.cer\"\n{more}"));
        let held = keyring(&place).open(alias).unwrap();
        assert!(held.key.signature_algorithm().name().starts_with(algorithm), "{:?}", held.key.signature_algorithm());
        // `sign` reads back and verifies what it made; r and s of every length are met in twenty signatures.
        for _ in 0..20 {
            let message = signed(&held).unwrap();
            assert_eq!(SignedData::parse(&message).unwrap().signer_infos.len(), 1);
        }
        assert!(!format!("{held:?}").contains(PIN));
    }
    assert_eq!(keyring(&place).aliases().unwrap(), ["p256", "p384", "rsa", "rsa-pss"]);
    let held = keyring(&place).open("p256").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| drop(signed(&held).unwrap())));
        }
    });
}

fn another_session() -> Session {
    // The module is in this process already, and initialised: the same state through a second handle.
    let module = Pkcs11::new(MODULE).unwrap();
    let slots = module.get_slots_with_token().unwrap();
    let ours = |slot: &&_| module.get_token_info(**slot).is_ok_and(|info| info.label() == "qoltanba");
    module.open_rw_session(*slots.iter().find(ours).unwrap()).unwrap()
}

#[test]
#[ignore = "started by the outer test"]
fn the_certificate_may_be_in_the_token() {
    let Some(place) = place() else { return };
    describe(&place, "p256", "token = \"qoltanba\"\nkey = \"p256\"\npin_file = \"pin\"");
    assert_eq!(refused(&place, "p256"), TokenError::NoCertificate { label: "p256".into(), count: 0 });
    let session = another_session();
    session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    let put = |certificate: &Certificate| {
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label(b"p256".to_vec()),
            Attribute::Subject(certificate.subject().raw().to_vec()),
            Attribute::Value(certificate.der().to_vec()),
        ];
        session.create_object(&template).unwrap()
    };
    let foreign = put(&certificate("other", KeyAlgorithm::EcP256));
    assert_eq!(refused(&place, "p256"), TokenError::CertificateMismatch);
    put(&certificate("p256", KeyAlgorithm::EcP256));
    assert_eq!(refused(&place, "p256"), TokenError::NoCertificate { label: "p256".into(), count: 2 });
    session.destroy_object(foreign).unwrap();
    assert!(signed(&keyring(&place).open("p256").unwrap()).is_ok());
}

#[test]
#[ignore = "started by the outer test"]
fn what_does_not_fit_is_refused_by_name() {
    let Some(place) = place() else { return };
    let token = "token = \"qoltanba\"\npin_file = \"pin\"\n";
    let gost = certificate("gost", KeyAlgorithm::GostKz512);
    files::write(&place.join("keys/gost.cer"), gost.der()).unwrap();
    describe(&place, "mismatch", &format!("{token}key = \"p256\"\ncertificate = \"other.cer\""));
    describe(&place, "mismatch-rsa", &format!("{token}key = \"rsa\"\ncertificate = \"p256.cer\""));
    describe(&place, "gost", &format!("{token}key = \"p256\"\ncertificate = \"gost.cer\""));
    describe(&place, "no-key", &format!("{token}key = \"none\"\ncertificate = \"p256.cer\""));
    describe(&place, "no-token", "token = \"none\"\npin_file = \"pin\"\nkey = \"p256\"\ncertificate = \"p256.cer\"");
    describe(&place, "no-pin", "token = \"qoltanba\"\nkey = \"p256\"\ncertificate = \"p256.cer\"");
    assert_eq!(refused(&place, "mismatch"), TokenError::CertificateMismatch);
    assert_eq!(refused(&place, "mismatch-rsa"), TokenError::CertificateMismatch);
    assert_eq!(refused(&place, "gost"), TokenError::Unsupported { name: "gost-r-34.10-2015-512-kz" });
    assert_eq!(refused(&place, "no-key"), TokenError::NoKey { label: "none".into(), count: 0 });
    assert_eq!(refused(&place, "no-token"), TokenError::NoToken { label: "none".into(), count: 0 });
    assert_eq!(refused(&place, "no-pin"), TokenError::NoPin);
    let no_module = format!("module = \"/none.so\"\n{token}key = \"p256\"\n");
    files::write_secret(&place.join("keys/no-module.token.toml"), no_module.as_bytes()).unwrap();
    assert!(matches!(refused(&place, "no-module"), TokenError::Module { .. }));
}

#[test]
#[ignore = "started by the outer test"]
fn a_wrong_pin_is_refused_and_not_tried_again() {
    let Some(place) = place() else { return };
    files::replace_secret(&place.join("keys/pin"), b"wrong-pin").unwrap();
    describe(&place, "p256", "token = \"qoltanba\"\nkey = \"p256\"\npin_file = \"pin\"\ncertificate = \"p256.cer\"");
    let keyring = keyring(&place);
    for _ in 0..3 {
        match keyring.open("p256") {
            Err(KeyringError::Token { cause: TokenError::Pin { cause }, .. }) => assert!(!cause.contains("wrong-pin")),
            other => panic!("{other:?}"),
        }
    }
    files::replace_secret(&place.join("keys/pin"), PIN.as_bytes()).unwrap();
    assert!(signed(&keyring.open("p256").unwrap()).is_ok());
}

#[test]
#[ignore = "started by the outer test"]
fn a_lost_session_is_opened_once_more() {
    let Some(place) = place() else { return };
    describe(&place, "p256", "token = \"qoltanba\"\nkey = \"p256\"\npin_file = \"pin\"\ncertificate = \"p256.cer\"");
    let held = keyring(&place).open("p256").unwrap();
    assert!(signed(&held).is_ok());
    // Whoever logs out logs the whole process out (PKCS#11 v2.40 §5.6).
    another_session().logout().unwrap();
    assert!(signed(&held).is_ok());
    // Now the key is gone as well, and a new session does not bring it back.
    let session = another_session();
    let private = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(b"p256".to_vec())];
    session.destroy_object(session.find_objects(&private).unwrap()[0]).unwrap();
    assert_eq!(signed(&held), Err(SigningError::Sign(SignError::Unavailable)));
    assert_eq!(signed(&held), Err(SigningError::Sign(SignError::Unavailable)));
}
