//! A document before it is signed: everything about it checked at once.

use serde_json::Value;

use super::catalogue::{Catalogue, Class, Kind, Numbering, Validity};
use super::number::{ChecksumStanding, Number};
use super::{ActionKind, Body, DOCUMENT_SCHEMA, DocumentContent, FieldError, FieldProblem, SignerClaim};
use super::{ContentError, IdentifierStanding, check_identifier};
use crate::time::Timestamp;

/// What the issuing body wants to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The code of the kind.
    pub kind: String,
    /// The number, made from a reserved serial.
    pub number: Number,
    /// The subtypes.
    pub subtypes: Vec<String>,
    /// Who issues it.
    pub issuing_body: Body,
    /// When.
    pub issued_at: Timestamp,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// From when it no longer holds.
    pub valid_until: Option<Timestamp>,
    /// The document that it replaces.
    pub supersedes: Option<Number>,
    /// Who signs.
    pub signer: SignerClaim,
    /// The fields of the form, not yet checked.
    pub input: Value,
}

/// Content that was checked, and what is doubtful about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// What is to be signed.
    pub content: DocumentContent,
    /// What a person should look at before signing.
    pub warnings: Vec<FieldError>,
}

impl Draft {
    /// Checks everything against the catalogue.
    ///
    /// *Errors*: every fault, each with the path of its field (parts that every document has by their own name).
    pub fn check(self, catalogue: &Catalogue) -> Result<Drafted, Vec<FieldError>> {
        let Some(kind) = catalogue.kind(&self.kind) else {
            return Err(vec![FieldError::new("kind", FieldProblem::KindUnknown)]);
        };
        let mut warnings = Vec::new();
        let mut errors = self.envelope(kind, &mut warnings);
        let fields = kind.form.check(&self.input).map_err(|faults| errors.extend(faults)).ok();
        errors.extend(grounds_of_another_service(catalogue, &self.input));
        let Some(fields) = fields.filter(|_| errors.is_empty()) else { return Err(errors) };
        let (fields, doubtful) = fields.into_parts();
        warnings.extend(doubtful);
        let content = DocumentContent {
            schema: DOCUMENT_SCHEMA.to_owned(),
            kind: self.kind,
            edition: kind.edition.clone(),
            number: self.number,
            subtypes: self.subtypes,
            issuing_body: self.issuing_body,
            issued_at: self.issued_at,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            supersedes: self.supersedes,
            signer: self.signer,
            fields,
        };
        // What is signed must be readable again: a date beyond the year 9999 would not be.
        match content.encode().and_then(|octets| DocumentContent::parse(&octets)) {
            Ok(_) => Ok(Drafted { content, warnings }),
            Err(ContentError::Limit(_)) => Err(vec![FieldError::new("", FieldProblem::InputTooLarge)]),
            Err(_) => Err(vec![FieldError::new("", FieldProblem::DateTime)]),
        }
    }

    fn envelope(&self, kind: &Kind, warnings: &mut Vec<FieldError>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut refuse = |path: &str, problem| errors.push(FieldError::new(path, problem));
        if !is_number_of(kind, &self.number) {
            refuse("number", FieldProblem::NumberOfAnotherKind);
        }
        match check_identifier(&self.issuing_body.bin) {
            IdentifierStanding::Good => {}
            IdentifierStanding::CheckDigitFails => {
                warnings.push(FieldError::new("issuing_body.bin", FieldProblem::CheckDigit));
            }
            IdentifierStanding::Malformed => refuse("issuing_body.bin", FieldProblem::Identifier),
        }
        let texts = [
            ("issuing_body.name", &self.issuing_body.name),
            ("signer.position", &self.signer.position),
            ("signer.full_name", &self.signer.full_name),
        ];
        for (path, text) in texts {
            if let Some(problem) = name_problem(text) {
                refuse(path, problem);
            }
        }
        if let Some(superseded) = &self.supersedes {
            if !kind.life.contains(&ActionKind::Supersede) {
                refuse("supersedes", FieldProblem::NotReissued);
            }
            if *superseded == self.number {
                refuse("supersedes", FieldProblem::SupersedesItself);
            }
        }
        errors.extend(self.subtypes(kind));
        errors.extend(self.validity(kind).map(|problem| FieldError::new("valid_until", problem)));
        errors
    }

    fn subtypes(&self, kind: &Kind) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let min = usize::from(!kind.subtypes.is_empty());
        let max = kind.subtypes_max;
        if !(min..=max).contains(&self.subtypes.len()) {
            errors.push(FieldError::new("subtypes", FieldProblem::SubtypeCount { min, max }));
        }
        for (index, code) in self.subtypes.iter().enumerate().take(max) {
            let path = format!("subtypes[{index}]");
            if !kind.subtypes.iter().any(|known| known.code == *code) {
                let allowed = kind.subtypes.iter().map(|known| known.code.clone()).collect();
                errors.push(FieldError::new(path, FieldProblem::Code { allowed }));
            } else if self.subtypes.iter().take(index).any(|earlier| earlier == code) {
                errors.push(FieldError::new(path, FieldProblem::SubtypeRepeated));
            }
        }
        errors
    }

    fn validity(&self, kind: &Kind) -> Option<FieldProblem> {
        let rule = kind.validity_of(&self.subtypes);
        let Some(until) = self.valid_until else {
            let open = matches!(rule, Validity::NotStated | Validity::Indefinite | Validity::BySubtype);
            return (!open).then_some(FieldProblem::ValidityNeedsEnd);
        };
        match rule {
            Validity::Indefinite => Some(FieldProblem::ValidityHasNoEnd),
            _ if until <= self.valid_from => Some(FieldProblem::ValidityReversed),
            Validity::AtMostOneYear if one_year_after(self.valid_from).is_none_or(|end| until > end) => {
                Some(FieldProblem::ValidityOverOneYear)
            }
            _ => None,
        }
    }
}

/// The instant at which a document that is valid until a day, and on that day, ceases to be valid.
///
/// *Takes*: `YYYY-MM-DD`, a day in Kazakhstan, which has one time zone (UTC+5) since 2024-03-01.
pub fn end_of_day(day: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(&format!("{day}T00:00:00+05:00")).map(|start| start.plus_seconds(86_400))
}

fn is_number_of(kind: &Kind, number: &Number) -> bool {
    match (kind.numbering, number) {
        (Numbering::Portal { series: of_kind }, Number::Portal { series, .. }) => {
            *series == of_kind && number.checksum() == ChecksumStanding::Holds
        }
        (Numbering::Eec199, Number::Eec199 { .. }) => true,
        _ => false,
    }
}

fn name_problem(text: &str) -> Option<FieldProblem> {
    let length = text.chars().count();
    if length == 0 {
        Some(FieldProblem::Missing)
    } else if length > NAME_CHARS_MAX {
        Some(FieldProblem::TooLong { max: NAME_CHARS_MAX })
    } else if text.trim() != text {
        Some(FieldProblem::SurroundingSpace)
    } else {
        text.chars().any(super::check::is_forbidden).then_some(FieldProblem::ForbiddenCharacter)
    }
}

/// A service is refused for the grounds that its own rules name (order 34, each annex, p. 9).
fn grounds_of_another_service(catalogue: &Catalogue, input: &Value) -> Vec<FieldError> {
    let service = input.get("service").and_then(Value::as_str).and_then(|code| catalogue.kind(code));
    let service = service.filter(|kind| kind.class == Class::Permission);
    let grounds = input.get("grounds").and_then(Value::as_array);
    let (Some(service), Some(grounds)) = (service, grounds) else { return Vec::new() };
    let foreign = |ground: &Value| {
        let code = ground.get("code").and_then(Value::as_str).filter(|code| catalogue.ground(code).is_some());
        code.is_some_and(|code| !service.refusal_grounds.iter().any(|known| known.code == code))
    };
    let indices = grounds.iter().enumerate().filter(|(_, ground)| foreign(ground)).map(|(index, _)| index);
    let error = |index| FieldError::new(format!("grounds[{index}].code"), FieldProblem::GroundOfAnotherService);
    indices.take(crate::limits::PERMIT_FINDINGS_MAX.value).map(error).collect()
}

/// The same day and time a year later; from 29 February, 1 March.
fn one_year_after(from: Timestamp) -> Option<Timestamp> {
    let ((year, month, day), time) = (from.date()?, from.time_of_day()?);
    let year = year.checked_add(1)?;
    Timestamp::from_civil((year, month, day), time).or_else(|| Timestamp::from_civil((year, 3, 1), time))
}

/// Names of bodies and persons; the longest official name known has under 200 characters.
const NAME_CHARS_MAX: usize = 500;

#[cfg(test)]
pub(super) mod tests;
