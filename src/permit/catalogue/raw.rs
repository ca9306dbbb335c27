//! The catalogue file as it is written, and how its references are resolved.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Catalogue, CatalogueError, Class, Fee, Ground, Kind, Numbering, Subtype, Term, Validity};
use crate::limits::{Limit, PERMIT_LIST_ITEMS_MAX, PERMIT_TEXT_CHARS_MAX};
use crate::permit::{ActionKind, Amount, Coded, Field, Form, Pattern, Rule, When, Words};
use crate::x509::Role;

/// Reads and resolves a catalogue.
pub(super) fn read(text: &str) -> Result<Catalogue, CatalogueError> {
    let mut raw: RawCatalogue = toml::from_str(text)?;
    if raw.schema != "qoltanba/catalogue/1" {
        return Err(CatalogueError::Schema);
    }
    raw.derive_code_lists();
    let kinds = raw.kind.iter().map(|kind| raw.kind(kind)).collect::<Result<Vec<_>, _>>()?;
    distinct(kinds.iter().map(|kind| kind.code.clone()))?;
    distinct(kinds.iter().filter_map(|kind| match kind.numbering {
        Numbering::Portal { series } => Some(series.to_string()),
        Numbering::Eec199 => None,
    }))?;
    let grounds = raw.ground.keys().map(|code| raw.ground("ground", code)).collect::<Result<_, _>>()?;
    let envelope = raw.envelope.iter().map(|(code, label)| Coded { code: code.clone(), label: label.clone() });
    Ok(Catalogue { kinds, grounds, envelope: envelope.collect() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    schema: String,
    roles: Vec<String>,
    envelope: BTreeMap<String, Words>,
    field_set: BTreeMap<String, Vec<String>>,
    ground_set: BTreeMap<String, Vec<String>>,
    life_set: BTreeMap<String, Vec<String>>,
    field: BTreeMap<String, RawField>,
    codes: BTreeMap<String, Vec<Coded>>,
    ground: BTreeMap<String, Words>,
    kind: Vec<RawKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    r#type: RawType,
    kk: String,
    ru: String,
    en: String,
    min: Option<u32>,
    max: Option<u32>,
    least: Option<Amount>,
    pattern: Option<Pattern>,
    #[serde(default)]
    lines: bool,
    codes: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    of: Option<String>,
    #[serde(default)]
    exclusive: Vec<String>,
    when: Option<When>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RawType {
    Text,
    Integer,
    Decimal,
    Date,
    DateTime,
    Code,
    Iin,
    Bin,
    HsCode,
    Country,
    Object,
    List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    code: String,
    class: Class,
    kk: String,
    ru: String,
    en: String,
    edition: String,
    source: String,
    number: RawNumbering,
    validity: Validity,
    term: Option<Term>,
    fee: Option<Fee>,
    roles: Option<Vec<String>>,
    #[serde(default)]
    refusal_grounds: Vec<String>,
    #[serde(default)]
    reissue_grounds: Vec<String>,
    life: Vec<String>,
    fields: Vec<String>,
    write_off: Option<String>,
    #[serde(default)]
    subtypes_max: u32,
    #[serde(default)]
    subtypes: Vec<RawSubtype>,
}

#[derive(Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
enum RawNumbering {
    Portal {
        series: String,
    },
    #[serde(rename = "eec-199")]
    Eec199 {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSubtype {
    code: String,
    kk: String,
    ru: String,
    en: String,
    validity: Option<Validity>,
}

impl RawCatalogue {
    /// The services that can be refused and the grounds for it are lists that the catalogue holds already.
    fn derive_code_lists(&mut self) {
        let services = self.kind.iter().filter(|kind| kind.class == Class::Permission);
        let services = services.map(|kind| Coded { code: kind.code.clone(), label: kind.title() }).collect();
        let grounds = self.ground.iter().map(|(code, label)| Coded { code: code.clone(), label: label.clone() });
        let grounds = grounds.collect();
        self.codes.insert("service".to_owned(), services);
        self.codes.insert("ground".to_owned(), grounds);
    }

    fn kind(&self, raw: &RawKind) -> Result<Kind, CatalogueError> {
        let within = raw.code.as_str();
        let grounds = |names: &[String]| {
            let codes = expand(&self.ground_set, names, within)?;
            codes.iter().map(|code| self.ground(within, code)).collect::<Result<Vec<_>, _>>()
        };
        let fields = expand(&self.field_set, &raw.fields, within)?;
        let fields = self.fields(&fields, 0)?;
        if let Some(taken) = fields.iter().find(|field| self.envelope.contains_key(&field.name)) {
            return Err(CatalogueError::Duplicate { name: taken.name.clone() });
        }
        if let Some(list) = raw.write_off.as_ref().filter(|name| !fields.iter().any(|field| field.name == **name)) {
            return Err(unresolved(within, list));
        }
        Ok(Kind {
            code: raw.code.clone(),
            class: raw.class,
            title: spoken(within, raw.title())?,
            edition: raw.edition.clone(),
            source: raw.source.clone(),
            numbering: raw.numbering()?,
            validity: raw.validity,
            term: raw.term.clone(),
            fee: raw.fee,
            roles: self.roles(raw)?,
            refusal_grounds: grounds(&raw.refusal_grounds)?,
            reissue_grounds: grounds(&raw.reissue_grounds)?,
            life: self.life(raw)?,
            subtypes: raw.subtypes.iter().map(RawSubtype::resolve).collect::<Result<_, _>>()?,
            subtypes_max: bound(Some(raw.subtypes_max), 0),
            write_off: raw.write_off.clone(),
            form: Form { fields },
        })
    }

    fn ground(&self, within: &str, code: &str) -> Result<Ground, CatalogueError> {
        let words = self.ground.get(code).ok_or_else(|| unresolved(within, code))?;
        Ok(Ground { code: code.to_owned(), words: spoken(code, words.clone())? })
    }

    fn roles(&self, raw: &RawKind) -> Result<Vec<Role>, CatalogueError> {
        let codes = raw.roles.as_ref().unwrap_or(&self.roles);
        codes.iter().map(|code| Role::from_code(code).ok_or_else(|| unresolved(&raw.code, code))).collect()
    }

    fn life(&self, raw: &RawKind) -> Result<Vec<ActionKind>, CatalogueError> {
        let codes = expand(&self.life_set, &raw.life, &raw.code)?;
        codes.iter().map(|code| ActionKind::from_code(code).ok_or_else(|| unresolved(&raw.code, code))).collect()
    }

    fn fields(&self, references: &[String], depth: usize) -> Result<Vec<Field>, CatalogueError> {
        let fields = references.iter().map(|reference| self.field(reference, depth)).collect::<Result<Vec<_>, _>>()?;
        distinct(fields.iter().map(|field| field.name.clone()))?;
        for field in &fields {
            if let Some(when) = &field.required_when
                && !fields.iter().any(|other| other.name == when.field)
            {
                return Err(unresolved(&field.name, &when.field));
            }
        }
        Ok(fields)
    }

    fn field(&self, reference: &str, depth: usize) -> Result<Field, CatalogueError> {
        let id = reference.strip_suffix('?').unwrap_or(reference);
        let name = id.split_once('@').map_or(id, |(name, _)| name).to_owned();
        let raw = self.field.get(id).ok_or_else(|| unresolved(reference, id))?;
        if depth > FIELD_DEPTH_MAX {
            return Err(CatalogueError::Depth { field: name });
        }
        let label = Words { kk: raw.kk.clone(), ru: raw.ru.clone(), en: raw.en.clone() };
        let label = spoken(id, label)?;
        let rule = self.rule(id, raw, depth.saturating_add(1))?;
        Ok(Field { name, label, required: id == reference, required_when: raw.when.clone(), rule })
    }

    fn rule(&self, id: &str, raw: &RawField, depth: usize) -> Result<Rule, CatalogueError> {
        let unfit = || CatalogueError::Field { field: id.to_owned() };
        Ok(match raw.r#type {
            RawType::Text => Rule::Text {
                min: bound(raw.min, 1),
                max: length(raw.max, &PERMIT_TEXT_CHARS_MAX).ok_or_else(unfit)?,
                lines: raw.lines,
                pattern: raw.pattern,
            },
            RawType::Integer => Rule::Integer {
                min: raw.min.map(i64::from).ok_or_else(unfit)?,
                max: raw.max.map(i64::from).ok_or_else(unfit)?,
            },
            RawType::Decimal => Rule::Decimal { least: raw.least.unwrap_or_default() },
            RawType::Date => Rule::Date,
            RawType::DateTime => Rule::DateTime,
            RawType::Code => {
                let list = raw.codes.as_ref().ok_or_else(unfit)?;
                Rule::Code { codes: self.codes.get(list).ok_or_else(|| unresolved(id, list))?.clone() }
            }
            RawType::Iin => Rule::Iin,
            RawType::Bin => Rule::Bin,
            RawType::HsCode => Rule::HsCode,
            RawType::Country => Rule::Country,
            RawType::Object => {
                let fields = self.fields(&raw.fields, depth)?;
                let stray = raw.exclusive.iter().find(|name| !fields.iter().any(|field| field.name == **name));
                match stray {
                    Some(name) => return Err(unresolved(id, name)),
                    None => Rule::Object { fields, exclusive: raw.exclusive.clone() },
                }
            }
            RawType::List => Rule::List {
                of: Box::new(self.field(raw.of.as_ref().ok_or_else(unfit)?, depth)?),
                min: bound(raw.min, 0),
                max: length(raw.max, &PERMIT_LIST_ITEMS_MAX).ok_or_else(unfit)?,
            },
        })
    }
}

impl RawKind {
    fn title(&self) -> Words {
        Words { kk: self.kk.clone(), ru: self.ru.clone(), en: self.en.clone() }
    }

    fn numbering(&self) -> Result<Numbering, CatalogueError> {
        Ok(match &self.number {
            RawNumbering::Portal { series } => {
                Numbering::Portal { series: series.parse().map_err(|_| unresolved(&self.code, series))? }
            }
            RawNumbering::Eec199 {} => Numbering::Eec199,
        })
    }
}

impl RawSubtype {
    fn resolve(&self) -> Result<Subtype, CatalogueError> {
        let label = Words { kk: self.kk.clone(), ru: self.ru.clone(), en: self.en.clone() };
        Ok(Subtype { code: self.code.clone(), label: spoken(&self.code, label)?, validity: self.validity })
    }
}

/// Puts the members in the place of each `@set`.
fn expand(sets: &BTreeMap<String, Vec<String>>, names: &[String], within: &str) -> Result<Vec<String>, CatalogueError> {
    let mut members = Vec::new();
    for name in names {
        match name.strip_prefix('@') {
            Some(set) => members.extend_from_slice(sets.get(set).ok_or_else(|| unresolved(within, name))?),
            None => members.push(name.clone()),
        }
    }
    Ok(members)
}

fn distinct(names: impl Iterator<Item = String>) -> Result<(), CatalogueError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if let Some(name) = seen.replace(name) {
            return Err(CatalogueError::Duplicate { name });
        }
    }
    Ok(())
}

fn spoken(name: &str, words: Words) -> Result<Words, CatalogueError> {
    if words.is_complete() { Ok(words) } else { Err(CatalogueError::Words { name: name.to_owned() }) }
}

fn unresolved(within: &str, name: &str) -> CatalogueError {
    CatalogueError::Unresolved { within: within.to_owned(), name: name.to_owned() }
}

/// A largest length that is written down, not zero and within our own bound.
fn length(written: Option<u32>, limit: &Limit) -> Option<usize> {
    written.map(|max| bound(Some(max), 0)).filter(|max| (1..=limit.value).contains(max))
}

fn bound(written: Option<u32>, otherwise: usize) -> usize {
    written.and_then(|bound| bound.try_into().ok()).unwrap_or(otherwise)
}

/// Goods in a list in a form are at level 3; the rest is room.
const FIELD_DEPTH_MAX: usize = 6;
