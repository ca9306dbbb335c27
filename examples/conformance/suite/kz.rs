//! The Kazakh PKI: every file of the index, every finding of the independent implementation, and one bit turned in
//! everything that holds.

use std::path::Path;

use qoltanba::cms::TimeStampResponse;
use qoltanba::codec::{armour, der};
use qoltanba::crypto::{DigestAlgorithm, SignatureAlgorithm, SigningKey, pkcs12};
use qoltanba::path::{certificate_claim, crl_claim};
use qoltanba::x509::{Certificate, Crl, OcspResponse};

use super::facts::{Message, SignerFacts, World, claim, overall, signed_with};
use super::statement::{Statement, parse};
use super::{Answer, Measured, archive, flips, kz_revocation, load};

/// Contents that lie beside detached signatures.
const DETACHED: &[(&str, &str)] = &[
    ("cms/skarm_individual_detached.der", "cms/skarm_individual_document.txt"),
    ("cms/skarm_CMS_for_double_sign.txt", "cms/skarm_CMS_for_double_sign_detached_content.txt"),
    ("cms/ncanode_SIGNED_DETACHED_CMS.cms", "cms/ncanode_detached_content.bin"),
];
/// Containers with another password than the rest (README.md of the corpus).
const OTHER_PASSWORD: &[&str] = &["p12/ncanode/KEY_CEO_REVOKED_2015.p12", "p12/ncanode/KEY_INDIVIDUAL_VALID_2015.p12"];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let index = std::fs::read(folder.join("INDEX.json")).map_err(|e| e.to_string())?;
    let index: Vec<serde_json::Value> = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    let mut measured = Measured::default();
    let mut entries = Vec::new();
    for entry in &index {
        let text = |name: &str| entry[name].as_str().ok_or_else(|| format!("an index entry without {name}"));
        let (file, statements) = (text("file")?, parse(text("verify")?)?);
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        entries.push((file, statements, octets));
    }
    let mut authorities = Vec::new();
    for (file, _, octets) in entries.iter().filter(|(file, ..)| file.starts_with("ca/")) {
        authorities.push((base_name(file).to_owned(), certificate_of(octets).map_err(|e| format!("{file}: {e}"))?));
    }
    let mut world = World::new(authorities)?;
    for (file, statements, octets) in &entries {
        if statements.is_empty() {
            measured.without_expectation += 1;
            continue;
        }
        let entry = Entry { file, statements, octets, folder };
        entry.measure(&mut world, &mut measured).map_err(|e| format!("{file}: {e}"))?;
    }
    kz_revocation::measure(folder, &index, &mut measured);
    Ok(measured)
}

struct Entry<'a> {
    file: &'a str,
    statements: &'a [Statement],
    octets: &'a [u8],
    folder: &'a Path,
}

impl Entry<'_> {
    fn measure(&self, world: &mut World, measured: &mut Measured) -> Result<(), String> {
        match self.file.split('/').next().unwrap_or_default() {
            "ca" | "ee" => self.certificate(world, measured),
            "vectors" if has_extension(self.file, "der") => self.certificate(world, measured),
            "vectors" => self.raw_vector(measured),
            "crl" => self.crl(world, measured),
            "ocsp" => self.ocsp(world, measured),
            "tsp" => self.time_stamp_response(world, measured),
            "p12" => self.container(world, measured),
            "cms" => self.message(world, measured),
            "zip" => self.zip(world, measured),
            "xml" => {
                self.elsewhere(world, measured);
                Ok(())
            }
            other => Err(format!("no measure for the folder {other}")),
        }
    }

    fn id(&self, part: &str) -> String {
        if part.is_empty() { self.file.to_owned() } else { format!("{}#{part}", self.file) }
    }

    fn certificate(&self, world: &World, measured: &mut Measured) -> Result<(), String> {
        let certificate = certificate_of(self.octets)?;
        let issuer = match self.statements {
            [Statement::SignedBy(None)] => {
                measured.add(self.file, Answer::Unsupported, world.link(&certificate));
                return Ok(());
            }
            [Statement::SignedBy(Some(file))] => world.authority(file)?.clone(),
            [Statement::SelfSigned(true)] => certificate.clone(),
            other => return Err(format!("a certificate with {other:?}")),
        };
        measured.add(self.file, Answer::Valid, claim(certificate_claim(&certificate, &issuer)));
        flips::certificate(self.file, &certificate, &issuer, measured);
        Ok(())
    }

    fn crl(&self, world: &World, measured: &mut Measured) -> Result<(), String> {
        let [Statement::CrlBy(file, true)] = self.statements else { return Err("a CRL with something else".into()) };
        let issuer = world.authority(file)?;
        let octets = armour::strip(self.octets).map_err(|e| e.to_string())?;
        let Ok(crl) = Crl::parse(&octets) else {
            measured.add(self.file, Answer::Valid, Answer::Error);
            return Ok(());
        };
        measured.add(self.file, Answer::Valid, claim(crl_claim(&crl, issuer)));
        flips::crl(self.file, &crl, issuer, measured);
        Ok(())
    }

    fn ocsp(&self, world: &World, measured: &mut Measured) -> Result<(), String> {
        let [Statement::Embedded(true), Statement::ResponderBy(file, true)] = self.statements else {
            return Err("an OCSP response with something else".into());
        };
        let issuer = world.authority(file)?;
        let Ok(response) = OcspResponse::parse(self.octets) else {
            measured.add(self.file, Answer::Valid, Answer::Error);
            return Ok(());
        };
        let responder = response.certificates.first().ok_or("an OCSP response without a certificate")?;
        measured.add(self.id("signature"), Answer::Valid, response_answer(self.octets));
        measured.add(self.id("responder"), Answer::Valid, claim(certificate_claim(responder, issuer)));
        let parts = (self.octets, response.tbs.as_slice(), response.signature_value.as_slice());
        flips::signed(self.file, parts, measured, response_answer);
        Ok(())
    }

    fn time_stamp_response(&self, world: &mut World, measured: &mut Measured) -> Result<(), String> {
        let response = TimeStampResponse::parse(self.octets).map_err(|e| e.to_string())?;
        let token = response.token.ok_or("a response without a token")?;
        self.signers("", &Message { octets: token.to_vec(), content: None }, world, measured)
    }

    fn message(&self, world: &mut World, measured: &mut Measured) -> Result<(), String> {
        let content = match DETACHED.iter().find(|(file, _)| *file == self.file) {
            Some((_, content)) => {
                let Some(content) = load(self.folder, content, measured) else { return Ok(()) };
                Some(content)
            }
            None => None,
        };
        let octets = armour::strip(self.octets).map_err(|e| e.to_string())?.into_owned();
        self.signers("", &Message { octets, content }, world, measured)
    }

    /// A Kalkan container is not read yet; the message inside of it is.
    fn zip(&self, world: &mut World, measured: &mut Measured) -> Result<(), String> {
        self.elsewhere(world, measured);
        let members = archive::zip_members(self.octets, |name| name.starts_with("META-INF/"))?;
        let manifest = members.iter().find(|(name, _)| name == "META-INF/NCAManifest.xml").ok_or("no manifest")?;
        for (name, octets) in members.iter().filter(|(name, _)| has_extension(name, "cms")) {
            let octets = armour::strip(octets).map_err(|e| format!("{name}: {e}"))?.into_owned();
            let message = Message { octets, content: Some(manifest.1.clone()) };
            self.signers("cms-", &message, world, measured)?;
        }
        Ok(())
    }

    /// A format that we do not read, asked for as a document.
    fn elsewhere(&self, world: &mut World, measured: &mut Measured) {
        let holds = self.statements.iter().all(|s| match s {
            Statement::Elsewhere(holds) | Statement::Digest(holds) | Statement::Signer(_, holds) => *holds,
            _ => true,
        });
        let message = Message { octets: self.octets.to_vec(), content: None };
        measured.add(self.file, Answer::holds(holds), overall(&world.facts(&message)));
    }

    /// Compares every finding about a message's signers, then turns bits.
    fn signers(
        &self,
        prefix: &str,
        message: &Message,
        world: &mut World,
        measured: &mut Measured,
    ) -> Result<(), String> {
        let expected = expected_signers(self.statements)?;
        let facts = match world.facts(message) {
            Ok(facts) if facts.len() == expected.len() => facts,
            other => {
                let actual = if other.is_err() { Answer::Error } else { Answer::Invalid };
                measured.add(self.id(&format!("{prefix}document")), Answer::Valid, actual);
                return Ok(());
            }
        };
        for (number, (wanted, found)) in (1..).zip(expected.iter().zip(&facts)) {
            let mut add = |part: &str, expected: bool, actual: Answer| {
                measured.add(self.id(&format!("{prefix}signer{number}-{part}")), Answer::holds(expected), actual);
            };
            add("digest", wanted.digest, found.digest);
            add("signature", wanted.signature, named(found.signature, wanted.name, found.certificate.as_ref()));
            if wanted.stamps.len() != found.stamps.len() {
                return Err(format!("{} time stamps where {} are known", found.stamps.len(), wanted.stamps.len()));
            }
            for (wanted, found) in wanted.stamps.iter().zip(&found.stamps) {
                add("stamp-imprint", wanted.imprint, found.imprint);
                add("stamp-digest", wanted.digest, found.digest);
                add("stamp-signature", wanted.signature, named(found.signature, wanted.name, found.tsa.as_ref()));
            }
        }
        self.chains(prefix, &facts, world, measured)?;
        flips::message(&self.id(prefix.trim_end_matches('-')), message, world, measured)
    }

    fn chains(
        &self,
        prefix: &str,
        facts: &[SignerFacts],
        world: &World,
        measured: &mut Measured,
    ) -> Result<(), String> {
        let stamps = facts.iter().flat_map(|f| f.stamps.iter().map(|s| &s.tsa));
        let all: Vec<&Certificate> = facts.iter().map(|f| &f.certificate).chain(stamps).flatten().collect();
        let chains = self.statements.iter().filter_map(|s| match s {
            Statement::Chain(name, file) => Some((name, file)),
            _ => None,
        });
        for (number, (name, file)) in (1..).zip(chains) {
            let mut certificates = all.iter().filter(|c| is_named(c, name)).peekable();
            if certificates.peek().is_none() {
                return Err(format!("no certificate of {name}"));
            }
            let (expected, answers): (Answer, Vec<Answer>) = match file {
                None => (Answer::Unsupported, certificates.map(|c| world.link(c)).collect()),
                Some(file) => {
                    let issuer = world.authority(file)?;
                    (Answer::Valid, certificates.map(|c| claim(certificate_claim(c, issuer))).collect())
                }
            };
            let order = [Answer::Valid, Answer::Unsupported, Answer::Invalid];
            let actual = order.into_iter().find(|o| answers.contains(o)).unwrap_or(Answer::Error);
            measured.add(self.id(&format!("{prefix}chain{number}")), expected, actual);
        }
        Ok(())
    }

    fn container(&self, world: &mut World, measured: &mut Measured) -> Result<(), String> {
        let [Statement::KeyMatches, Statement::SignedBy(Some(file))] = self.statements else {
            return Err("a container with something else".into());
        };
        let password = if OTHER_PASSWORD.contains(&self.file) { "Aa123456" } else { "Qwerty12" };
        let answer = |password| pkcs12::read(self.octets, password).map_or(Answer::Invalid, |_| Answer::Valid);
        measured.add(self.id("wrong-password"), Answer::Invalid, answer("Qwerty13"));
        let Ok(container) = pkcs12::read(self.octets, password) else {
            measured.add(self.id("mac"), Answer::Valid, Answer::Error);
            return Ok(());
        };
        measured.add(self.id("mac"), Answer::Valid, Answer::Valid);
        let certificate = container.certificates.first().ok_or("a container without a certificate")?;
        let certificate = Certificate::parse(certificate).map_err(|e| e.to_string())?;
        let own_key = certificate.spki_der() == container.key.public_key().spki_der();
        measured.add(self.id("key"), Answer::Valid, Answer::holds(own_key));
        let issuer = world.authority(file)?;
        measured.add(self.id("certificate"), Answer::Valid, claim(certificate_claim(&certificate, issuer)));
        let message = sign(&certificate, &container.key, self.file.as_bytes())?;
        let signed = Message { octets: message, content: None };
        measured.add(self.id("sign"), Answer::Valid, overall(&world.facts(&signed)));
        let other = Message { content: Some(b"another content".to_vec()), ..signed };
        measured.add(self.id("sign-other-content"), Answer::Invalid, overall(&world.facts(&other)));
        Ok(())
    }

    fn raw_vector(&self, measured: &mut Measured) -> Result<(), String> {
        let [Statement::RawVector(true)] = self.statements else { return Err("a vector with something else".into()) };
        let vector: serde_json::Value = serde_json::from_slice(self.octets).map_err(|e| e.to_string())?;
        let hex = |name: &str| unhex(vector[name].as_str().unwrap_or_default());
        let message = vector["msg"].as_str().ok_or("no message")?.as_bytes();
        let digest = DigestAlgorithm::Streebog512.digest(message) == hex("digest")?;
        measured.add(self.id("digest"), Answer::Valid, Answer::holds(digest));
        let own = std::fs::read(self.folder.join("vectors/gost512_cert.der")).map_err(|e| e.to_string())?;
        let own = certificate_of(&own)?;
        let key = own.public_key().map_err(ToString::to_string)?;
        let algorithm = SignatureAlgorithm::GostR34102015_512Kz;
        let ask = |message: &[u8], value: &[u8]| {
            claim(Ok(qoltanba::crypto::SignatureClaim { algorithm, key, message: message.into(), value: value.into() }))
        };
        let value = hex("sig_r_LE_s_LE")?;
        measured.add(self.id("signature"), Answer::Valid, ask(message, &value));
        for (number, changed) in flips::turned(&value, 0..value.len()) {
            measured.add(self.id(&format!("flip-value-{number}")), Answer::Invalid, ask(message, &changed));
        }
        for (number, changed) in flips::turned(message, 0..message.len()) {
            measured.add(self.id(&format!("flip-content-{number}")), Answer::Invalid, ask(&changed, &value));
        }
        let pair = private_key(&own, &hex("d_be")?)?.public_key().spki_der() == own.spki_der();
        measured.add(self.id("key-pair"), Answer::Valid, Answer::holds(pair));
        Ok(())
    }
}

struct ExpectedSigner<'a> {
    name: &'a str,
    digest: bool,
    signature: bool,
    stamps: Vec<ExpectedStamp<'a>>,
}

struct ExpectedStamp<'a> {
    name: &'a str,
    imprint: bool,
    digest: bool,
    signature: bool,
}

/// Digest and signature come in pairs; a pair after an imprint is about the time stamp of the signer before it.
fn expected_signers(statements: &[Statement]) -> Result<Vec<ExpectedSigner<'_>>, String> {
    let mut signers: Vec<ExpectedSigner<'_>> = Vec::new();
    let (mut digest, mut imprint) = (None, None);
    for statement in statements {
        match statement {
            Statement::Digest(holds) => digest = Some(*holds),
            Statement::Imprint(holds) => imprint = Some(*holds),
            Statement::Signer(name, signature) => {
                let digest = digest.take().ok_or("a signature without a digest before it")?;
                match (imprint.take(), signers.last_mut()) {
                    (None, _) => {
                        signers.push(ExpectedSigner { name, digest, signature: *signature, stamps: Vec::new() });
                    }
                    (Some(imprint), Some(signer)) => {
                        signer.stamps.push(ExpectedStamp { name, imprint, digest, signature: *signature });
                    }
                    (Some(_), None) => return Err("a time stamp before any signature".into()),
                }
            }
            Statement::Chain(..) | Statement::Elsewhere(_) => {}
            other => return Err(format!("a message with {other:?}")),
        }
    }
    if signers.is_empty() { Err("a message without a signer".into()) } else { Ok(signers) }
}

fn is_named(certificate: &Certificate, name: &str) -> bool {
    certificate.label() == format!("CN={name}")
}

/// An answer counts only for the signer that the index names.
fn named(answer: Answer, name: &str, certificate: Option<&Certificate>) -> Answer {
    match certificate {
        Some(certificate) if answer == Answer::Valid && !is_named(certificate, name) => Answer::Invalid,
        _ => answer,
    }
}

fn certificate_of(octets: &[u8]) -> Result<Certificate, String> {
    let octets = armour::strip(octets).map_err(|e| e.to_string())?;
    Certificate::parse(&octets).map_err(|e| e.to_string())
}

fn response_answer(octets: &[u8]) -> Answer {
    let Ok(response) = OcspResponse::parse(octets) else { return Answer::Error };
    match (response.certificates.first(), &response.signature_algorithm) {
        (Some(responder), Some(algorithm)) => {
            signed_with(responder, algorithm, (&response.tbs, &response.signature_value))
        }
        _ => Answer::Unsupported,
    }
}

/// Signs with a key of the corpus what our own verification then reads.
fn sign(certificate: &Certificate, key: &SigningKey, content: &[u8]) -> Result<Vec<u8>, String> {
    use qoltanba::cms::{DraftSigner, SignedDataParts, encode_signed_data, oids};
    let algorithm = key.signature_algorithm();
    let digest = algorithm.digest().ok_or("an algorithm without a digest")?;
    let draft = DraftSigner::new(certificate, oids::ID_DATA, (digest, &digest.digest(content)), None);
    let value = key.sign(draft.to_be_signed()).map_err(|e| e.to_string())?;
    let signer = draft.complete(&algorithm.algorithm_identifier_der(), &value);
    Ok(encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: Some(content),
        certificates: &[certificate.der()],
        digest_algorithms: &[draft.digest_algorithm()],
        signer_infos: &[&signer],
    }))
}

/// PKCS#8 around a Kazakh scalar, as the national library lays it out: an OCTET STRING with the scalar, little-endian.
fn private_key(own: &Certificate, scalar_be: &[u8]) -> Result<SigningKey, String> {
    let mut spki = der::Reader::new(own.spki_der(), der::Encoding::Der, "SubjectPublicKeyInfo");
    let algorithm = spki.sequence().and_then(|mut s| s.any()).map_err(|e| e.to_string())?;
    let scalar: Vec<u8> = scalar_be.iter().rev().copied().collect();
    let private = der::octet_string(&der::octet_string(&scalar));
    let pkcs8 = der::sequence(&[&der::integer_u64(0), algorithm.raw, &private]);
    SigningKey::from_pkcs8_der(&pkcs8).map_err(|e| e.to_string())
}

pub(super) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(|at| pair(at).ok_or_else(|| "not hexadecimal".to_owned())).collect()
}

fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|e| e == extension)
}

fn base_name(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}
