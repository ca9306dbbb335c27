//! Condition C3 (facts/ttp.md §8.3, step 5, and §6): used in accordance with what the certificate says, and within what the
//! registration is good for.

use const_oid::ObjectIdentifier;

use super::{RecognitionQuestion, RecognitionReason as Reason, Standing};
use crate::codec::Malformed;
use crate::codec::der::{Encoding, Reader, tag};
use crate::time::Timestamp;
use crate::trust::scope::{AlgorithmScope, Money, RoleEquivalence, Scope, SignerKind};
use crate::x509::Certificate;

/// What stands against the use of the certificate, by what it says itself.
pub(super) fn check_certificate(question: &RecognitionQuestion<'_>, equivalences: &[RoleEquivalence]) -> Vec<Reason> {
    let Some(certificate) = question.path.first().or(question.signer) else { return Vec::new() };
    let mut reasons = Vec::new();
    let demanded = &question.document.signer_kinds;
    if !demanded.is_empty() {
        let kinds = kinds_of(certificate, equivalences);
        if kinds.is_empty() {
            reasons.push(Reason::AuthorityNotEstablished);
        } else if !kinds.iter().any(|kind| demanded.contains(kind)) {
            reasons.push(Reason::PurposeSignerKind);
        }
    }
    reasons.extend(match limit_of(certificate) {
        Ok(None) => None,
        Ok(Some(limit)) => check_amount(question.document.amount.as_ref(), &limit),
        Err(_) => Some(Reason::LimitUnknown),
    });
    reasons
}

/// What stands against the use by what the registration is good for: of several scopes, the one that fits best counts.
pub(super) fn check_scopes(
    scopes: &[Scope],
    question: &RecognitionQuestion<'_>,
    (equivalences, at): (&[RoleEquivalence], Timestamp),
) -> Vec<Reason> {
    let each = scopes.iter().map(|scope| check_scope(scope, question, (equivalences, at)));
    let standing = |reasons: &Vec<Reason>| reasons.iter().map(|r| r.effect()).min().unwrap_or(Standing::Recognised);
    each.max_by_key(standing).unwrap_or_default()
}

/// Whether a registration is good for time stamps, from one time to another: of several scopes, one has to be. What is
/// limited to documents, amounts or kinds of signers is not: a stamp is none of them, and says nothing of what it is for.
pub(super) fn covers_time_stamps(
    scopes: &[Scope],
    certificate: &Certificate,
    (from, to): (Timestamp, Timestamp),
) -> bool {
    let covers = |scope: &Scope| {
        let is_limited =
            !(scope.document_types.is_empty() && scope.signer_kinds.is_empty() && scope.max_amount.is_none());
        let lasts = scope.period.is_none_or(|period| period.contains(from) && period.contains(to));
        let carried = certificate.certificate_policies().present().cloned().unwrap_or_default();
        let named = carried.iter().any(|policy| scope.policies.contains(&policy.to_string()));
        let allowed = scope.algorithms.is_empty() || is_allowed(&scope.algorithms, None, (Some(certificate), to));
        !is_limited && lasts && (scope.policies.is_empty() || named) && allowed
    };
    scopes.is_empty() || scopes.iter().any(covers)
}

fn check_scope(
    scope: &Scope,
    question: &RecognitionQuestion<'_>,
    (equivalences, at): (&[RoleEquivalence], Timestamp),
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let document = question.document;
    if !scope.document_types.is_empty() {
        reasons.extend(match &document.document_type {
            None => Some(Reason::DocumentTypeUnknown),
            Some(kind) => (!scope.document_types.contains(kind)).then_some(Reason::ScopeDocumentType),
        });
    }
    if scope.period.is_some_and(|period| !period.contains(at)) {
        reasons.push(Reason::ScopePeriod);
    }
    if let Some(limit) = &scope.max_amount {
        let limit = Limit { currency: Some(limit.currency.clone()), millionths: limit.millionths().unwrap_or(0) };
        reasons.extend(check_amount(document.amount.as_ref(), &limit));
    }
    let certificate = question.path.first().or(question.signer);
    if !scope.signer_kinds.is_empty() {
        let kinds = certificate.map(|c| kinds_of(c, equivalences)).unwrap_or_default();
        if kinds.is_empty() {
            reasons.push(Reason::AuthorityNotEstablished);
        } else if !kinds.iter().any(|kind| scope.signer_kinds.contains(kind)) {
            reasons.push(Reason::ScopeSignerKind);
        }
    }
    if !scope.policies.is_empty() {
        let carried = certificate.and_then(|c| c.certificate_policies().present().cloned()).unwrap_or_default();
        if !carried.iter().any(|policy| scope.policies.contains(&policy.to_string())) {
            reasons.push(Reason::ScopePolicy);
        }
    }
    if !scope.algorithms.is_empty() && !is_allowed(&scope.algorithms, question.algorithm, (certificate, at)) {
        reasons.push(Reason::AlgNotAllowedAtT);
    }
    reasons
}

/// Whether one of these allows the signature's algorithm, or its key's, with such a key, at a time.
fn is_allowed(
    allowed: &[AlgorithmScope],
    of_signature: Option<ObjectIdentifier>,
    (certificate, at): (Option<&Certificate>, Timestamp),
) -> bool {
    let of_key = certificate.and_then(|c| key_algorithm(c).ok());
    let used: Vec<String> = of_signature.into_iter().chain(of_key).map(|oid| oid.to_string()).collect();
    let bits = certificate.and_then(|c| c.public_key().ok()).and_then(|key| u32::try_from(key.key_bits()).ok());
    allowed.iter().any(|one| {
        used.contains(&one.oid)
            && one.until.is_none_or(|until| at < until)
            && one.key_bits_min.is_none_or(|least| bits.is_some_and(|bits| bits >= least))
    })
}

/// `SubjectPublicKeyInfo ::= SEQUENCE { algorithm SEQUENCE { algorithm OBJECT IDENTIFIER, … }, … }`
fn key_algorithm(certificate: &Certificate) -> Result<ObjectIdentifier, Malformed> {
    Reader::new(certificate.spki_der(), Encoding::Der, "SubjectPublicKeyInfo").sequence()?.sequence()?.oid()
}

/// In what quality the holder signs, as far as the registry knows the centre's words for it.
fn kinds_of(certificate: &Certificate, equivalences: &[RoleEquivalence]) -> Vec<SignerKind> {
    let purposes = certificate.extended_key_usage().present().cloned().unwrap_or_default();
    let policies = certificate.certificate_policies().present().cloned().unwrap_or_default();
    let said: Vec<String> = purposes.iter().chain(&policies).map(ToString::to_string).collect();
    equivalences.iter().filter(|one| said.contains(&one.oid)).map(|one| one.means).collect()
}

/// How much a certificate is good for.
struct Limit {
    /// Three letters; `None` where it is given by a number.
    currency: Option<String>,
    millionths: u128,
}

fn check_amount(amount: Option<&Money>, limit: &Limit) -> Option<Reason> {
    let known = amount.and_then(|money| Some((&money.currency, money.millionths()?)));
    match (known, &limit.currency) {
        (Some((currency, amount)), Some(of_limit)) if currency == of_limit => {
            (amount > limit.millionths).then_some(Reason::LimitExceeded)
        }
        _ => Some(Reason::LimitUnknown),
    }
}

const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
const QC_LIMIT_VALUE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.2");

/// QcLimitValue (ETSI EN 319 412-5 §4.3.2): the amount up to which the certificate may be used.
fn limit_of(certificate: &Certificate) -> Result<Option<Limit>, Malformed> {
    let Some(extension) = certificate.extension(QC_STATEMENTS) else { return Ok(None) };
    let mut outer = Reader::new(&extension.value, Encoding::Der, "QCStatements");
    let mut statements = outer.sequence()?;
    outer.finish()?;
    while !statements.is_empty() {
        let mut statement = statements.sequence()?;
        if statement.oid()? == QC_LIMIT_VALUE {
            return monetary_value(statement.sequence()?.named("MonetaryValue")).map(Some);
        }
    }
    Ok(None)
}

/// `MonetaryValue ::= SEQUENCE { currency Iso4217CurrencyCode, amount INTEGER, exponent INTEGER }`: amount × 10^exponent.
fn monetary_value(mut reader: Reader<'_>) -> Result<Limit, Malformed> {
    let currency = reader.any()?;
    let letters = (currency.tag == tag::PRINTABLE_STRING).then(|| std::str::from_utf8(currency.content).ok()).flatten();
    let currency = letters.filter(|text| text.len() == 3).map(str::to_owned);
    let amount = reader.small_integer()?;
    let exponent = reader.integer()?;
    let millionths = match exponent {
        // Beyond any amount that is written in decimal digits here, and still a limit.
        [places] if *places < 24 => 10_u128.checked_pow(u32::from(*places).saturating_add(6)),
        // One to six digits behind the point.
        [places] if *places >= 0xfa => 10_u128.checked_pow(u32::from(*places).saturating_sub(0xfa)),
        _ => None,
    };
    let millionths = millionths.and_then(|unit| unit.checked_mul(u128::from(amount)));
    Ok(Limit { currency: currency.filter(|_| millionths.is_some()), millionths: millionths.unwrap_or_default() })
}
