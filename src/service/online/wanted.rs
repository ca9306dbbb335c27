//! Which facts a judgement misses, and where its certificates say that they are published.

use crate::crypto::{DigestAlgorithm, Entropy as _, SystemEntropy};
use crate::fetch::{Fetcher, Kind, Url, UrlError, Wish, is_issued_by};
use crate::limits::FETCH_MIRRORS_MAX;
use crate::path::Pool;
use crate::validation::{
    Code, Indication, Reason, SignatureReport, SignatureValue, SubIndication, TimeStampFault, TimeStampReport,
};
use crate::x509::{CertId, Certificate, Fingerprint, OcspRequest, PublishedAt};

/// A fact that is missing.
#[derive(Clone, Debug)]
pub(super) struct Lack {
    /// The certificate that it is about.
    pub(super) certificate: Certificate,
    pub(super) fact: Fact,
    pub(super) urgency: Urgency,
}

/// Why a fact is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Nothing can be told without it.
    Missing,
    /// It is known, and may have changed since.
    Refresh,
}

/// What is not known.
#[derive(Clone, Debug)]
pub(super) enum Fact {
    /// Who issued it: nothing we know has been reached yet.
    Issuer,
    /// Whether it was revoked by this issuer, on a path that reaches an anchor.
    Status { issuer: Certificate },
}

/// A way to a fact. A way that was gone once is not gone again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    Issuers,
    Ocsp,
    Crls,
}

/// Addresses of equal worth, tried one after another; some of which nothing can be fetched from.
pub(super) type Mirrors = Vec<Result<Wish, (String, UrlError)>>;

/// What one signature misses, and what its time stamps do. A signature that failed misses nothing, nor does one whose value
/// does not hold: nobody makes us ask for anything with a document that he did not sign.
pub(super) fn lacks_of(signature: &SignatureReport, anchors: &Pool) -> Vec<Lack> {
    let indication = signature.verdict.indication;
    if indication == Indication::TotalFailed || signature.signature_value != SignatureValue::Valid {
        return Vec::new();
    }
    let own = if indication == Indication::Indeterminate { signature.reasons.as_slice() } else { &[] };
    let own = lacks_of_path(&signature.path, own, anchors);
    let stamps = signature.time_stamps.iter().filter(|stamp| may_prove(stamp));
    own.into_iter().chain(stamps.flat_map(|s| lacks_of_path(&s.path, &s.reasons, anchors))).collect()
}

/// A time stamp that evidence could still make prove its time.
fn may_prove(stamp: &TimeStampReport) -> bool {
    let broken = stamp.reasons.iter().any(|r| matches!(r.code, Code::SignatureInvalid | Code::ContentDigestMismatch));
    matches!(stamp.fault, None | Some(TimeStampFault::NotRecognised)) && !broken
}

fn lacks_of_path(path: &[Certificate], reasons: &[Reason], anchors: &Pool) -> Vec<Lack> {
    let Some(last) = path.last() else { return Vec::new() };
    if !anchors.contains(last.fingerprint()) {
        let unknown = |r: &Reason| matches!(r.code, Code::IssuerNotFound | Code::IssuerSignatureInvalid);
        let lack = Lack { certificate: last.clone(), fact: Fact::Issuer, urgency: Urgency::Missing };
        return reasons.iter().any(unknown).then_some(lack).into_iter().collect();
    }
    let open: Vec<&Reason> = reasons.iter().filter(|r| is_about_status(r.code)).collect();
    let is_told = |c: &Certificate| open.iter().any(|r| r.about.as_deref().is_some_and(|a| a.starts_with(&c.label())));
    // Reasons name certificates by their labels; where none fits, every certificate is in question.
    let any_told = path.iter().any(is_told);
    path.iter()
        .zip(path.iter().skip(1))
        .filter(|(certificate, _)| !open.is_empty() && (is_told(certificate) || !any_told))
        // What a path to an anchor may ask for is for those who are on one.
        .filter(|_| holds(path))
        .map(|(certificate, issuer)| status_of(certificate, issuer, Urgency::Missing))
        .collect()
}

/// Whether each certificate of a path is signed by the next.
pub(super) fn holds(path: &[Certificate]) -> bool {
    path.iter().zip(path.iter().skip(1)).all(|(certificate, issuer)| is_issued_by(certificate, issuer))
}

fn status_of(certificate: &Certificate, issuer: &Certificate, urgency: Urgency) -> Lack {
    Lack { certificate: certificate.clone(), fact: Fact::Status { issuer: issuer.clone() }, urgency }
}

/// What a signature rests on and may have changed: the status of every certificate on its path where it passed, or where one
/// is on hold.
pub(super) fn refreshable(signature: &SignatureReport) -> Vec<Lack> {
    let on_hold = signature.reasons.iter().any(|r| r.code == Code::OnHold);
    if signature.verdict.indication != Indication::TotalPassed && !on_hold {
        return Vec::new();
    }
    let pairs = signature.path.iter().zip(signature.path.iter().skip(1));
    pairs.map(|(certificate, issuer)| status_of(certificate, issuer, Urgency::Refresh)).collect()
}

fn is_about_status(code: Code) -> bool {
    code.finding() == SubIndication::TryLater && code != Code::OnHold && !code.is_about_upstream()
}

impl Lack {
    /// The ways to the fact, the best first: few end users are asked about one by one, while the list of a CA's CAs is short.
    pub(super) fn ways(&self) -> &'static [Way] {
        match &self.fact {
            Fact::Issuer => &[Way::Issuers],
            Fact::Status { .. } if self.certificate.basic_constraints().present().is_some_and(|b| b.ca) => {
                &[Way::Crls, Way::Ocsp]
            }
            Fact::Status { .. } => &[Way::Ocsp, Way::Crls],
        }
    }

    /// Where a way leads: for each thing that is published, its addresses.
    pub(super) fn mirrors(&self, way: Way) -> Vec<Mirrors> {
        let published = PublishedAt::of(&self.certificate);
        let got = |kind: Kind, uris: &[String]| mirrors(uris, |url| self.sake(Wish::get(kind, url)));
        let lists: Vec<Mirrors> = match (way, &self.fact) {
            (Way::Issuers, _) => vec![got(Kind::Certificates, &published.ca_issuers)],
            (Way::Crls, _) => {
                let points = published.crls.iter().chain(&published.delta_crls);
                points.map(|uris| got(Kind::Crl, uris)).collect()
            }
            (Way::Ocsp, Fact::Status { issuer }) => {
                vec![mirrors(&published.ocsp, |url| self.sake(Wish::ocsp(url, self.ocsp_request(issuer))))]
            }
            (Way::Ocsp, Fact::Issuer) => Vec::new(),
        };
        lists.into_iter().filter(|list| !list.is_empty()).take(FETCH_MIRRORS_MAX.value).collect()
    }

    fn sake(&self, wish: Wish) -> Wish {
        match &self.fact {
            Fact::Issuer => wish.for_stranger(),
            Fact::Status { issuer } => wish.about_issuer(issuer),
        }
    }

    /// Whether a way was gone a short while ago, by whomever: each thing that it leads to was got from one of its mirrors.
    pub(super) fn is_fresh(&self, way: Way, fetcher: &Fetcher) -> bool {
        let lists = self.mirrors(way);
        let got = |mirrors: &Mirrors| mirrors.iter().flatten().any(|wish| fetcher.is_fresh(wish.key()));
        !lists.is_empty() && lists.iter().all(got)
    }

    /// By SHA-1, which every responder knows (RFC 5019 §2.1.1); it only names the certificate.
    fn ocsp_request(&self, issuer: &Certificate) -> OcspRequest {
        let mut nonce = vec![0; 32];
        // Without randomness there is no nonce, and the response's times alone must tell how old it is.
        let nonce = SystemEntropy.fill(&mut nonce).is_ok().then_some(nonce);
        OcspRequest::new(CertId::of(&self.certificate, issuer, DigestAlgorithm::Sha1), nonce)
    }

    /// What the lack is remembered under.
    pub(super) fn subject(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }
}

fn mirrors(uris: &[String], wish: impl Fn(Url) -> Wish) -> Mirrors {
    let one = |uri: &String| Url::parse(uri).map(&wish).map_err(|error| (shown(uri), error));
    uris.iter().take(FETCH_MIRRORS_MAX.value).map(one).collect()
}

/// A foreign address that is none, fit for a terminal.
fn shown(uri: &str) -> String {
    const CHARACTERS_MAX: usize = 120;
    uri.chars().take(CHARACTERS_MAX).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}
