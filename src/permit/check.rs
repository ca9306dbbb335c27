//! Input checked against a form: every fault is told, each with the path of its field.

use serde::Serialize;
use serde_json::{Map, Value};

use super::identifier::{IdentifierStanding, check_identifier};
use super::number::{ChecksumStanding, Number};
use super::{Amount, Coded, Field, FieldError, FieldProblem, Form, Pattern, Rule};
use crate::limits::PERMIT_FINDINGS_MAX;
use crate::time::Timestamp;

/// Field values that were checked against their form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fields {
    // INVARIANT: made by `Form::check` alone.
    values: Map<String, Value>,
    warnings: Vec<FieldError>,
}

impl Fields {
    /// The values, as they were given.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// What is doubtful but not refused (a check digit that does not fit).
    pub fn warnings(&self) -> &[FieldError] {
        &self.warnings
    }

    /// The values and the warnings.
    pub fn into_parts(self) -> (Map<String, Value>, Vec<FieldError>) {
        (self.values, self.warnings)
    }
}

impl Form {
    /// Checks input against the form.
    ///
    /// *Errors*: every fault, up to `PERMIT_FINDINGS_MAX`.
    pub fn check(&self, input: &Value) -> Result<Fields, Vec<FieldError>> {
        let mut checker = Checker::default();
        let Value::Object(values) = input else {
            return Err(vec![FieldError::new("", FieldProblem::WrongType { expected: "object" })]);
        };
        checker.object(&self.fields, values, "");
        if checker.errors.is_empty() {
            Ok(Fields { values: values.clone(), warnings: checker.warnings })
        } else {
            Err(checker.errors)
        }
    }
}

#[derive(Default)]
struct Checker {
    errors: Vec<FieldError>,
    warnings: Vec<FieldError>,
}

impl Checker {
    fn refuse(&mut self, path: &str, problem: FieldProblem) {
        match self.errors.len() {
            few if few < PERMIT_FINDINGS_MAX.value => self.errors.push(FieldError::new(path, problem)),
            many if many == PERMIT_FINDINGS_MAX.value => {
                self.errors.push(FieldError::new("", FieldProblem::TooManyFindings));
            }
            _ => {}
        }
    }

    fn warn(&mut self, path: &str, problem: FieldProblem) {
        if self.warnings.len() < PERMIT_FINDINGS_MAX.value {
            self.warnings.push(FieldError::new(path, problem));
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() > PERMIT_FINDINGS_MAX.value
    }

    /// The depth of recursion is that of the form, not of the input.
    fn object(&mut self, fields: &[Field], values: &Map<String, Value>, path: &str) {
        for field in fields {
            let path = member(path, &field.name);
            match values.get(&field.name) {
                Some(value) => self.value(field, value, &path),
                None if is_required(field, values) => self.refuse(&path, FieldProblem::Missing),
                None => {}
            }
        }
        let known = |name: &&String| fields.iter().any(|field| field.name == **name);
        for name in values.keys().filter(|name| !known(name)) {
            if self.is_full() {
                return;
            }
            self.refuse(&member(path, &shortened(name)), FieldProblem::Unknown);
        }
    }

    fn value(&mut self, field: &Field, value: &Value, path: &str) {
        match (&field.rule, value) {
            (Rule::Object { fields, exclusive }, Value::Object(values)) => {
                self.object(fields, values, path);
                self.exclusive(exclusive, values, path);
            }
            (Rule::List { of, min, max }, Value::Array(items)) => self.list((of, *min, *max), items, path),
            (Rule::Integer { min, max }, Value::Number(number)) => match number.as_i64() {
                Some(integer) if integer < *min => self.refuse(path, FieldProblem::TooSmall { min: *min }),
                Some(integer) if integer > *max => self.refuse(path, FieldProblem::TooLarge { max: *max }),
                Some(_) => {}
                None => self.refuse(path, FieldProblem::WrongType { expected: "integer" }),
            },
            (Rule::Object { .. }, _) => self.refuse(path, FieldProblem::WrongType { expected: "object" }),
            (Rule::List { .. }, _) => self.refuse(path, FieldProblem::WrongType { expected: "list" }),
            (Rule::Integer { .. }, _) => self.refuse(path, FieldProblem::WrongType { expected: "integer" }),
            (rule, Value::String(text)) => self.text(rule, text, path),
            (_, _) => self.refuse(path, FieldProblem::WrongType { expected: "string" }),
        }
    }

    fn list(&mut self, (of, min, max): (&Field, usize, usize), items: &[Value], path: &str) {
        if items.len() < min {
            self.refuse(path, FieldProblem::TooFewItems { min });
        }
        if items.len() > max {
            self.refuse(path, FieldProblem::TooManyItems { max });
        }
        for (index, item) in items.iter().enumerate().take(max) {
            if self.is_full() {
                return;
            }
            self.value(of, item, &format!("{path}[{index}]"));
        }
    }

    fn exclusive(&mut self, names: &[String], values: &Map<String, Value>, path: &str) {
        let mut present = names.iter().filter(|name| values.contains_key(*name));
        if let (Some(first), Some(second)) = (present.next(), present.next()) {
            self.refuse(&member(path, second), FieldProblem::Exclusive { with: first.clone() });
        }
    }

    fn text(&mut self, rule: &Rule, text: &str, path: &str) {
        match rule {
            Rule::Text { min, max, lines, pattern } => {
                self.free_text((*min, *max), *lines, text, path);
                if let Some(pattern) = pattern {
                    self.pattern(*pattern, text, path);
                }
            }
            Rule::Decimal { least } => match text.parse::<Amount>() {
                Ok(amount) if amount < *least => self.refuse(path, FieldProblem::BelowLeast { least: *least }),
                Ok(_) => {}
                Err(_) => self.refuse(path, FieldProblem::Decimal),
            },
            Rule::Date if !is_date(text) => self.refuse(path, FieldProblem::Date),
            Rule::DateTime if !is_date_time(text) => self.refuse(path, FieldProblem::DateTime),
            Rule::Code { codes } if !codes.iter().any(|known| known.code == text) => {
                self.refuse(path, FieldProblem::Code { allowed: first_codes(codes) });
            }
            Rule::Iin | Rule::Bin => match check_identifier(text) {
                IdentifierStanding::Good => {}
                IdentifierStanding::CheckDigitFails => self.warn(path, FieldProblem::CheckDigit),
                IdentifierStanding::Malformed => self.refuse(path, FieldProblem::Identifier),
            },
            Rule::HsCode if !(matches!(text.len(), 4 | 6 | 8 | 10) && all_digits(text)) => {
                self.refuse(path, FieldProblem::HsCode);
            }
            Rule::Country => self.country(text, path),
            _ => {}
        }
    }

    fn free_text(&mut self, (min, max): (usize, usize), lines: bool, text: &str, path: &str) {
        let length = text.chars().count();
        if length < min {
            self.refuse(path, FieldProblem::TooShort { min });
        }
        if length > max {
            self.refuse(path, FieldProblem::TooLong { max });
        }
        if text.trim() != text {
            self.refuse(path, FieldProblem::SurroundingSpace);
        }
        if text.chars().any(|c| is_forbidden(c) && !(lines && c == '\n')) {
            self.refuse(path, FieldProblem::ForbiddenCharacter);
        }
    }

    fn pattern(&mut self, pattern: Pattern, text: &str, path: &str) {
        match pattern {
            Pattern::Digits if !all_digits(text) => self.refuse(path, FieldProblem::Digits),
            Pattern::Currency if !(text.len() == 3 && all_capitals(text)) => {
                self.refuse(path, FieldProblem::Currency);
            }
            Pattern::Section if !text.split('.').all(|part| !part.is_empty() && all_digits(part)) => {
                self.refuse(path, FieldProblem::Section);
            }
            Pattern::Number => match Number::parse(text).map(|number| number.checksum()) {
                Ok(ChecksumStanding::Fails) => self.warn(path, FieldProblem::Checksum),
                Ok(_) => {}
                Err(_) => self.refuse(path, FieldProblem::Number),
            },
            _ => {}
        }
    }

    fn country(&mut self, text: &str, path: &str) {
        if text.len() != 2 || !all_capitals(text) {
            self.refuse(path, FieldProblem::Country);
        } else if !COUNTRIES.split(' ').any(|country| country == text) {
            self.warn(path, FieldProblem::CountryUnassigned);
        }
    }
}

fn is_required(field: &Field, neighbours: &Map<String, Value>) -> bool {
    let holds = |when: &super::When| {
        let value = neighbours.get(&when.field).and_then(Value::as_str);
        value.is_some_and(|value| when.is.iter().any(|other| other == value))
    };
    field.required || field.required_when.as_ref().is_some_and(holds)
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// An unknown member's name is foreign: told, but not at any length.
fn shortened(name: &str) -> String {
    name.chars().filter(|c| !is_forbidden(*c)).take(64).collect()
}

fn first_codes(codes: &[Coded]) -> Vec<String> {
    codes.iter().take(12).map(|known| known.code.clone()).collect()
}

fn is_date(text: &str) -> bool {
    // The parser alone would also take `2026-1-2`.
    text.len() == 10 && Timestamp::parse_rfc3339(text).is_some()
}

fn is_date_time(text: &str) -> bool {
    text.len() > 10 && Timestamp::parse_rfc3339(text).is_some()
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit())
}

fn all_capitals(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_uppercase())
}

/// Control characters, and those that make a text read otherwise than it is written (Unicode UAX #9, invisible ones):
/// a person must see what is signed.
pub(super) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// ISO 3166-1 alpha-2, officially assigned.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
    ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
    IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF \
    MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
    PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD \
    TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
pub(super) mod tests;
