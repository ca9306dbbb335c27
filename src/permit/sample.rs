//! A form filled in with made-up values: what a newcomer copies and changes.

use serde_json::{Map, Value};

use super::{Amount, Field, Form, Pattern, Rule};

impl Form {
    /// Fills the form: every required field, and the first of those that exclude each other where none is required.
    /// What comes out passes [`Form::check`].
    pub fn sample(&self) -> Value {
        Value::Object(sample_of(&self.fields, &[]))
    }
}

fn sample_of(fields: &[Field], exclusive: &[String]) -> Map<String, Value> {
    let mut values = Map::new();
    let mut chosen = false;
    for field in fields {
        let first_of_exclusive = exclusive.contains(&field.name) && !std::mem::replace(&mut chosen, true);
        let conditional = field.required_when.as_ref().is_some_and(|when| {
            values.get(&when.field).and_then(Value::as_str).is_some_and(|value| when.is.iter().any(|is| is == value))
        });
        if field.required || conditional || first_of_exclusive {
            values.insert(field.name.clone(), value_of(field));
        }
    }
    values
}

fn value_of(field: &Field) -> Value {
    match &field.rule {
        Rule::Text { min, max, pattern, .. } => Value::String(text(field, (*min, *max), *pattern)),
        Rule::Integer { min, .. } => Value::from(*min),
        Rule::Decimal { least } => Value::String(one_or(*least)),
        Rule::Date => Value::from("2026-06-01"),
        Rule::DateTime => Value::from("2026-06-01T10:00:00Z"),
        Rule::Code { codes } => codes.first().map_or(Value::Null, |coded| Value::String(coded.code.clone())),
        // Made up, with check digits that hold.
        Rule::Iin => Value::from("900101300017"),
        Rule::Bin => Value::from("200140000014"),
        Rule::HsCode => Value::from("8517620009"),
        Rule::Country => Value::from("KZ"),
        Rule::Object { fields, exclusive } => Value::Object(sample_of(fields, exclusive)),
        Rule::List { of, min, .. } => Value::Array(std::iter::repeat_n(value_of(of), (*min).max(1)).collect()),
    }
}

fn one_or(least: Amount) -> String {
    "1".parse::<Amount>().map_or_else(|_| least.to_string(), |one| one.max(least).to_string())
}

fn text(field: &Field, (min, max): (usize, usize), pattern: Option<Pattern>) -> String {
    let told: String = match pattern {
        Some(Pattern::Digits) => std::iter::repeat_n('7', min.max(1)).collect(),
        Some(Pattern::Currency) => "KZT".to_owned(),
        Some(Pattern::Section) => "2.19".to_owned(),
        Some(Pattern::Number) => "KZ18LAA00032760".to_owned(),
        None => format!("{} (sample)", field.label.en),
    };
    let mut told: String = told.chars().take(max).collect();
    while told.chars().count() < min {
        told.push('x');
    }
    told.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use crate::permit::Catalogue;

    #[test]
    fn the_sample_of_every_form_passes_its_own_check() {
        for kind in Catalogue::builtin().kinds() {
            let checked = kind.form.check(&kind.form.sample());
            assert!(checked.is_ok(), "{}: {:?}", kind.code, checked.err());
        }
    }

    #[test]
    fn a_sample_without_any_one_of_its_fields_is_refused() {
        for kind in Catalogue::builtin().kinds() {
            let whole = kind.form.sample();
            for name in whole.as_object().unwrap().keys() {
                let mut part = whole.clone();
                part.as_object_mut().unwrap().remove(name);
                assert!(kind.form.check(&part).is_err(), "{} without {name}", kind.code);
            }
        }
    }
}
