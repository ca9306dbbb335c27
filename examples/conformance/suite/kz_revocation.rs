//! Whether the Kazakh corpus' certificates were revoked, as its CRLs (full and delta) and OCSP responses tell: through the
//! whole of path validation, at the time that each was made.

use std::path::Path;

use qoltanba::codec::armour;
use qoltanba::crypto::pkcs12;
use qoltanba::path::{
    AnchorValidity, Defect, LinkList, LinkOutcome, Links, PathRules, Pool, Question, Sources, validate,
};
use qoltanba::time::Timestamp;
use qoltanba::x509::{CertStatus, Certificate, Crl, OcspResponse};

use super::{Answer, Measured};

/// One entry of the index that is or holds a certificate.
struct Subject {
    file: String,
    certificate: Certificate,
    /// CRLs that the independent implementation found it in.
    revoked_in: Vec<String>,
}

/// Evidence of the corpus.
struct Evidence {
    authorities: Vec<Certificate>,
    crls: Vec<(String, Crl)>,
    responses: Vec<(String, OcspResponse)>,
}

/// Asks about every certificate with every piece of evidence about it.
pub(crate) fn measure(folder: &Path, index: &[serde_json::Value], measured: &mut Measured) {
    let files = |below: &str| -> Vec<(String, Vec<u8>)> {
        let names = index.iter().filter_map(|entry| entry["file"].as_str()).filter(|file| file.starts_with(below));
        names.filter_map(|file| Some((file.to_owned(), stripped(folder, file)?))).collect()
    };
    let evidence = Evidence {
        authorities: files("ca/").iter().filter_map(|(_, der)| Certificate::parse(der).ok()).collect(),
        crls: files("crl/").into_iter().filter_map(|(file, der)| Some((file, Crl::parse(&der).ok()?))).collect(),
        responses: files("ocsp/")
            .into_iter()
            .filter_map(|(file, der)| Some((file, OcspResponse::parse(&der).ok()?)))
            .collect(),
    };
    for subject in index.iter().filter_map(|entry| subject(folder, entry)) {
        evidence.lists(&subject, measured);
        evidence.answers(&subject, measured);
    }
}

impl Evidence {
    fn lists(&self, subject: &Subject, measured: &mut Measured) {
        let certificate = &subject.certificate;
        for (file, crl) in self.crls.iter().filter(|(_, crl)| crl.issuer() == certificate.issuer()) {
            let mut pool = Pool::default();
            pool.add_crl(crl.clone());
            // A delta tells nothing without the list it builds on.
            let base = self.crls.iter().filter(|(_, other)| crl.is_delta() && !other.is_delta());
            base.for_each(|(_, other)| pool.add_crl(other.clone()));
            let listed = self.crls.iter().any(|(name, other)| {
                let heard = name == file || crl.is_delta() && other.this_update() <= crl.this_update();
                heard && subject.revoked_in.contains(name)
            });
            let answer = ask(certificate, &self.authorities, &pool, crl.this_update());
            add(measured, format!("{}#in {file}", subject.file), !listed, answer);
        }
    }

    fn answers(&self, subject: &Subject, measured: &mut Measured) {
        let certificate = &subject.certificate;
        for (file, response) in &self.responses {
            let about = |issuer: &&Certificate| {
                response.responses.iter().any(|one| one.cert_id.names(certificate, issuer) == Some(true))
            };
            let issuer = self.authorities.iter().find(about);
            let (Some(_), Some(made)) = (issuer, response.produced_at) else { continue };
            let good = response.responses.iter().all(|one| one.status == CertStatus::Good);
            let mut pool = Pool::default();
            pool.add_ocsp_response(response.clone());
            let answer = ask(certificate, &self.authorities, &pool, made);
            add(measured, format!("{}#in {file}", subject.file), good, answer);
        }
    }
}

/// Nothing is expected of a certificate out of its period.
fn add(measured: &mut Measured, id: String, good: bool, answer: Option<Answer>) {
    match answer {
        Some(answer) => measured.add(id, Answer::holds(good), answer),
        None => measured.without_expectation += 1,
    }
}

fn stripped(folder: &Path, file: &str) -> Option<Vec<u8>> {
    let octets = std::fs::read(folder.join(file)).ok()?;
    armour::strip(&octets).ok().map(std::borrow::Cow::into_owned)
}

fn subject(folder: &Path, entry: &serde_json::Value) -> Option<Subject> {
    let file = entry["file"].as_str()?;
    let certificate = if file.starts_with("p12/") {
        let octets = std::fs::read(folder.join(file)).ok()?;
        let container = ["Qwerty12", "Aa123456"].iter().find_map(|password| pkcs12::read(&octets, password).ok())?;
        Certificate::parse(container.certificates.first()?).ok()?
    } else {
        let read = file.starts_with("ee/").then(|| stripped(folder, file)).flatten();
        Certificate::parse(&read?).ok()?
    };
    let hits = entry["revoked_in"].as_array().map(Vec::as_slice).unwrap_or_default();
    let revoked_in = hits.iter().filter_map(|hit| hit[0].as_str().map(str::to_owned)).collect();
    Some(Subject { file: file.to_owned(), certificate, revoked_in })
}

/// With the issuing authorities as anchors: the roots' own lists are not in the corpus.
fn ask(certificate: &Certificate, authorities: &[Certificate], evidence: &Pool, at: Timestamp) -> Option<Answer> {
    let mut anchors = Pool::default();
    authorities.iter().for_each(|authority| anchors.add_certificate(authority.clone()));
    let nothing = Pool::default();
    let sources = Sources { anchors: &anchors, pools: [&nothing, evidence, &nothing] };
    let mut list = LinkList::default();
    list.explore(certificate, &sources);
    let mut links = Links::default();
    for wanted in list.links() {
        let outcome = match wanted.claim() {
            Ok(claim) => qoltanba::crypto::verify_many(&[claim]).into_iter().map(LinkOutcome::from).next(),
            Err(known) => Some(known),
        };
        outcome.into_iter().for_each(|outcome| links.record(wanted.link, outcome));
    }
    let rules = PathRules { anchor_validity: AnchorValidity::Ignored, ..PathRules::default() };
    match validate(&Question { target: certificate, at, known_at: at, rules: &rules }, &sources, &links) {
        Ok(_) => Some(Answer::Valid),
        Err(rejection) => {
            let told = |wanted: fn(&Defect) -> bool| rejection.defects.iter().any(|d| wanted(&d.defect));
            if told(|d| matches!(d, Defect::Expired { .. } | Defect::NotYetValid { .. })) {
                return None;
            }
            let revoked = told(|d| matches!(d, Defect::Revoked { .. } | Defect::OnHold { .. }));
            Some(if revoked { Answer::Invalid } else { Answer::Unsupported })
        }
    }
}
