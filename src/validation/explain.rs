//! What was checked of a path, certificate by certificate, in the order of RFC 5280 §6.1: for whoever wants to see it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::conclude::reason_of;
use super::reason::{Language, Reason};
use crate::path::{
    Defect, PathDefect, PathRules, Profile, Rejection, RevocationSource, RevocationStatus, ValidatedPath,
};
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// What the search for a path came to.
#[derive(Clone, Debug, Default)]
pub enum PathFinding {
    /// None was looked for: the signer is not known.
    #[default]
    NotSought,
    /// This one held.
    Held {
        /// The proof.
        path: Arc<ValidatedPath>,
        /// What was asked beside RFC 5280 §6.1.
        asked: Asked,
    },
    /// None held; this one came closest.
    Refused {
        /// What was asked beside RFC 5280 §6.1.
        asked: Asked,
        /// The candidate, and what stands against it.
        rejection: Arc<Rejection>,
        /// The time it was asked about.
        at: Timestamp,
    },
}

impl PathFinding {
    /// What it rests on, by name: certificates and evidence whose signatures hold; nothing where anybody may have made it.
    pub fn rests_on(&self) -> BTreeSet<Fingerprint> {
        match self {
            Self::NotSought => BTreeSet::new(),
            Self::Held { path, .. } => path.rests_on(),
            Self::Refused { rejection, .. } => rejection.rests_on.clone(),
        }
    }
}

/// Which checks the policy asked for: what nobody asked for did not hold, it was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    purpose: bool,
    profile: bool,
}

impl Asked {
    pub(super) fn of(rules: &PathRules) -> Self {
        Self { purpose: rules.extended_key_usage.is_some(), profile: rules.profile != Profile::PathAlone }
    }

    fn covers(self, kind: CheckKind) -> bool {
        match kind {
            CheckKind::Purpose => self.purpose,
            CheckKind::Profile => self.profile,
            _ => true,
        }
    }
}

/// One certificate of a path.
#[derive(Clone, Debug)]
pub struct ExplainedCertificate<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Whether it is trusted as such.
    pub is_anchor: bool,
    /// What was checked, in order.
    pub checks: Vec<Check>,
}

/// One check of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub kind: CheckKind,
    /// How it went.
    pub standing: CheckStanding,
    /// What it rests on, where that is worth telling.
    pub about: Option<String>,
    /// What stands against the certificate, where it failed.
    pub reasons: Vec<Reason>,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckStanding {
    /// It held.
    Held,
    /// It did not, or could not be made.
    Failed,
    /// It was not made: no anchor was reached, or the policy does not ask.
    NotMade,
}

macro_rules! checks {
    ($($variant:ident $name:literal $clause:literal en $en:literal ru $ru:literal kk $kk:literal;)*) => {
        /// The checks, in the order of RFC 5280 §6.1.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CheckKind { $(#[doc = $en] $variant,)* }

        impl CheckKind {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The document and clause it comes from.
            pub fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)* }
            }

            /// What is checked, in words.
            pub fn text(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$variant, Language::En) => $en,
                    (Self::$variant, Language::Ru) => $ru,
                    (Self::$variant, Language::Kk) => $kk,
                )* }
            }
        }
    };
}

checks! {
    Signature "SIGNATURE" "RFC 5280 §6.1.3 (a)(1)"
        en "it is signed with the key of the certificate above it"
        ru "подписан ключом вышестоящего сертификата"
        kk "жоғарыдағы сертификаттың кілтімен қол қойылған";
    Validity "VALIDITY" "RFC 5280 §6.1.3 (a)(2)"
        en "it was valid at the time in question"
        ru "действовал на рассматриваемое время"
        kk "қаралатын уақытта жарамды болған";
    Revocation "REVOCATION" "RFC 5280 §6.1.3 (a)(3), §6.3; RFC 6960"
        en "it was not revoked"
        ru "не был отозван"
        kk "қайтарып алынбаған";
    Names "NAMES" "RFC 5280 §6.1.3 (b), (c)"
        en "its names are those that the authorities above permit"
        ru "имена допустимы по ограничениям вышестоящих центров"
        kk "атаулары жоғарыдағы орталықтардың шектеулеріне сәйкес";
    Policies "POLICIES" "RFC 5280 §6.1.3 (d) to (f), §6.1.5 (g); RFC 9618"
        en "its policies go with those of the path"
        ru "политики согласуются с политиками цепочки"
        kk "саясаттары тізбектің саясаттарына сәйкес";
    Authority "AUTHORITY" "RFC 5280 §6.1.4 (k)"
        en "it is a certification authority"
        ru "является удостоверяющим центром"
        kk "куәландырушы орталық болып табылады";
    PathLength "PATH_LENGTH" "RFC 5280 §6.1.4 (l), (m)"
        en "no more authorities follow than are allowed"
        ru "длина цепочки не превышает допустимой"
        kk "тізбектің ұзындығы рұқсат етілгеннен аспайды";
    KeyUsage "KEY_USAGE" "RFC 5280 §6.1.4 (n)"
        en "its key may sign certificates"
        ru "ключ может подписывать сертификаты"
        kk "кілті сертификаттарға қол қоя алады";
    Extensions "EXTENSIONS" "RFC 5280 §6.1.4 (o), §6.1.5 (f)"
        en "everything critical in it reads and is understood"
        ru "все критические расширения прочитаны и понятны"
        kk "барлық маңызды кеңейтімдер оқылды және түсінікті";
    Purpose "PURPOSE" "RFC 5280 §4.2.1.12"
        en "it is for the purpose that is asked about"
        ru "предназначен для рассматриваемой цели"
        kk "қаралатын мақсатқа арналған";
    Profile "PROFILE" "RFC 5280 §4"
        en "it keeps to the certificate profile of the policy"
        ru "соответствует профилю сертификатов политики"
        kk "саясаттың сертификат профиліне сәйкес";
}

/// The check that a defect makes fail. No defect is left out: a new one does not compile before it has its check.
fn check_of(defect: &Defect) -> CheckKind {
    match defect {
        Defect::NoIssuer | Defect::SignatureInvalid | Defect::SignatureUnsupported | Defect::BudgetSpent => {
            CheckKind::Signature
        }
        Defect::Expired { .. } | Defect::NotYetValid { .. } => CheckKind::Validity,
        Defect::RevocationUnknown(_) | Defect::OnHold { .. } | Defect::Revoked { .. } => CheckKind::Revocation,
        Defect::NameNotPermitted | Defect::TooManyNames | Defect::NameMismatch => CheckKind::Names,
        Defect::NoValidPolicy | Defect::TooManyPolicies => CheckKind::Policies,
        Defect::NotACa => CheckKind::Authority,
        Defect::PathLengthExceeded => CheckKind::PathLength,
        Defect::MayNotSignCertificates => CheckKind::KeyUsage,
        Defect::UnreadableExtension(_) | Defect::UnknownCriticalExtension(_) => CheckKind::Extensions,
        Defect::NotForPurpose(_) => CheckKind::Purpose,
        Defect::OutOfProfile(_) => CheckKind::Profile,
    }
}

/// Explains a path, target first.
pub fn explain(finding: &PathFinding) -> Vec<ExplainedCertificate<'_>> {
    match finding {
        PathFinding::NotSought => Vec::new(),
        PathFinding::Held { path, asked } => held(path, *asked),
        PathFinding::Refused { asked, rejection, at } => refused(rejection, *asked, *at),
    }
}

fn held(path: &ValidatedPath, asked: Asked) -> Vec<ExplainedCertificate<'_>> {
    let last = path.certificates().len().saturating_sub(1);
    let explain = |(place, certificate)| {
        let (is_target, is_anchor) = (place == 0, place == last);
        let made = asked_of(is_target, is_anchor);
        let checks = made.map(|kind| match (kind, path.revocation().get(place)) {
            (CheckKind::Revocation, Some(RevocationStatus::Good(proof))) => {
                let sources: Vec<String> = proof.sources.iter().map(source).collect();
                Check { about: Some(sources.join("; ")), ..check(kind, CheckStanding::Held) }
            }
            (CheckKind::Revocation, _) => check(kind, CheckStanding::NotMade),
            _ if !asked.covers(kind) => check(kind, CheckStanding::NotMade),
            (CheckKind::Validity, _) => Check { about: Some(period(certificate)), ..check(kind, CheckStanding::Held) },
            _ => check(kind, CheckStanding::Held),
        });
        ExplainedCertificate { certificate, is_anchor, checks: checks.collect() }
    };
    path.certificates().iter().enumerate().map(explain).collect()
}

fn refused(rejection: &Rejection, asked: Asked, at: Timestamp) -> Vec<ExplainedCertificate<'_>> {
    let last = rejection.path.len().saturating_sub(1);
    let explain = |(place, certificate): (usize, _)| {
        let is_anchor = place == last && rejection.reaches_anchor;
        let against: Vec<&PathDefect> = rejection.defects.iter().filter(|d| &d.certificate == certificate).collect();
        let checks = asked_of(place == 0, is_anchor).map(|kind| {
            let failed = against.iter().filter(|d| check_of(&d.defect) == kind);
            let reasons: Vec<Reason> = failed.map(|d| reason_of(d, at)).collect();
            // The search goes upwards by signatures; everything else is looked at once an anchor is reached.
            let reached = rejection.reaches_anchor || (kind == CheckKind::Signature && place < last);
            let made = reached && asked.covers(kind);
            let standing = match (reasons.is_empty(), made) {
                (false, _) => CheckStanding::Failed,
                (true, true) => CheckStanding::Held,
                (true, false) => CheckStanding::NotMade,
            };
            Check { reasons, ..check(kind, standing) }
        });
        ExplainedCertificate { certificate, is_anchor, checks: checks.collect() }
    };
    rejection.path.iter().enumerate().map(explain).collect()
}

/// The checks that a certificate undergoes in its place. An anchor is trusted as it is: who signed and who revokes it is
/// not asked.
fn asked_of(is_target: bool, is_anchor: bool) -> impl Iterator<Item = CheckKind> {
    CheckKind::ALL.iter().copied().filter(move |kind| match kind {
        CheckKind::Signature | CheckKind::Revocation => !is_anchor,
        CheckKind::Authority | CheckKind::PathLength | CheckKind::KeyUsage => !is_target,
        CheckKind::Purpose => is_target,
        _ => true,
    })
}

fn check(kind: CheckKind, standing: CheckStanding) -> Check {
    Check { kind, standing, about: None, reasons: Vec::new() }
}

fn period(certificate: &Certificate) -> String {
    let validity = certificate.validity();
    format!("{} – {}", validity.not_before, validity.not_after)
}

fn source(source: &RevocationSource) -> String {
    let next = source.next_update.map_or_else(String::new, |next| format!(", next {next}"));
    format!("{} of {}{next}", source.kind.name(), source.this_update)
}
