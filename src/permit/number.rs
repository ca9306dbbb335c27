//! Document numbers: the portal's with their check digits, those of EEC Decision 199, and older ones of any shape.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::{LimitExceeded, PERMIT_NUMBER_CHARS_MAX};

/// A document number, told apart by its shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Number {
    /// `KZ`, two check digits, three letters, eight digits.
    Portal {
        /// The check digits as written; they may be wrong.
        check: u8,
        /// The three letters.
        series: Series,
        /// The eight digits.
        serial: u32,
    },
    /// Sixteen characters after EEC Collegium Decision 199: section, country, year, issuer, serial.
    Eec199 {
        /// Section of the unified list, three digits.
        section: Section,
        /// Two letters of the issuing body's country.
        country: [u8; 2],
        /// The last two digits of the year.
        year: u8,
        /// Three digits of the issuing body.
        issuer: Section,
        /// Six digits.
        serial: u32,
    },
    /// An older or foreign number: kept as it is, nothing known.
    Other(String),
}

/// The three letters that name a series of portal numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Series([u8; 3]);

/// Three digits: a section of the unified list, or an issuing body's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Section([u8; 3]);

/// What the check digits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChecksumStanding {
    /// The check digits fit.
    Holds,
    /// The check digits do not fit: a warning, as older and foreign numbers need not follow the rule.
    Fails,
    /// A number without check digits.
    None,
}

impl Number {
    /// Reads a number of any shape.
    ///
    /// *Errors*: empty, too long, or with characters that no number has.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        PERMIT_NUMBER_CHARS_MAX.check(text.chars().count())?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '.' | '№' | '(' | ')');
        if text.is_empty() || !text.chars().all(plain) {
            return Err(NumberError::Shape);
        }
        Ok(portal(text).or_else(|| eec_199(text)).unwrap_or_else(|| Self::Other(text.to_owned())))
    }

    /// Makes the portal number of a reserved serial, check digits included.
    pub fn of_portal(series: Series, serial: u64) -> Result<Self, NumberError> {
        let serial = bounded(serial, 99_999_999)?;
        // ISO 7064 MOD 97-10 as for an IBAN: the check digits make the whole congruent to 1.
        let remainder = mod_97(&format!("{series}{serial:08}KZ00"));
        let check = u8::try_from(98_u32.saturating_sub(remainder)).map_err(|_| NumberError::Shape)?;
        Ok(Self::Portal { check, series, serial })
    }

    /// Makes the number of a foreign trade licence issued in Kazakhstan.
    pub fn of_licence(section: Section, year: i32, issuer: Section, serial: u64) -> Result<Self, NumberError> {
        let year = u8::try_from(year.rem_euclid(100)).map_err(|_| NumberError::Shape)?;
        Ok(Self::Eec199 { section, country: *b"KZ", year, issuer, serial: bounded(serial, 999_999)? })
    }

    /// Says what the check digits are worth.
    pub fn checksum(&self) -> ChecksumStanding {
        match self {
            Self::Portal { check, series, serial } => {
                // 00, 01 and 99 are congruent to others that the rule gives; it never gives them (ISO 7064 §9).
                let written = (2..=98).contains(check);
                let holds = written && mod_97(&format!("{series}{serial:08}KZ{check:02}")) == 1;
                if holds { ChecksumStanding::Holds } else { ChecksumStanding::Fails }
            }
            Self::Eec199 { .. } | Self::Other(_) => ChecksumStanding::None,
        }
    }
}

fn bounded(serial: u64, largest: u32) -> Result<u32, NumberError> {
    u32::try_from(serial).ok().filter(|serial| *serial <= largest).ok_or(NumberError::SeriesExhausted)
}

fn portal(text: &str) -> Option<Number> {
    let rest = text.strip_prefix("KZ").filter(|rest| rest.len() == 13)?;
    let (check, rest) = rest.split_at_checked(2)?;
    let (series, serial) = rest.split_at_checked(3)?;
    let check = digits(check)?.try_into().ok()?;
    Some(Number::Portal { check, series: series.parse().ok()?, serial: digits(serial)? })
}

fn eec_199(text: &str) -> Option<Number> {
    let (section, rest) = text.split_at_checked(3).filter(|_| text.len() == 16)?;
    let (country, rest) = rest.split_at_checked(2)?;
    let (year, rest) = rest.split_at_checked(2)?;
    let (issuer, serial) = rest.split_at_checked(3)?;
    let country: [u8; 2] = country.as_bytes().try_into().ok()?;
    Some(Number::Eec199 {
        section: section.parse().ok()?,
        country: country.iter().all(u8::is_ascii_uppercase).then_some(country)?,
        year: digits(year)?.try_into().ok()?,
        issuer: issuer.parse().ok()?,
        serial: digits(serial)?,
    })
}

/// ASCII digits only: `str::parse` alone would take a sign.
fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The remainder of the text as a number, letters as A = 10 … Z = 35 (ISO 7064, as ISO 13616 uses it).
fn mod_97(text: &str) -> u32 {
    let step = |remainder: u32, c: char| {
        let value = c.to_digit(36).unwrap_or(0);
        let shift = if value < 10 { 10 } else { 100 };
        remainder.saturating_mul(shift).saturating_add(value).rem_euclid(97)
    };
    text.chars().fold(0, step)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portal { check, series, serial } => write!(f, "KZ{check:02}{series}{serial:08}"),
            Self::Eec199 { section, country: [first, second], year, issuer, serial } => {
                let (first, second) = (char::from(*first), char::from(*second));
                write!(f, "{section}{first}{second}{year:02}{issuer}{serial:06}")
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl FromStr for Series {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| NumberError::Shape)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(NumberError::Shape) }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl FromStr for Section {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let digits: [u8; 3] = text.as_bytes().try_into().map_err(|_| NumberError::Shape)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(NumberError::Shape) }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Series {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text is no number, or no number is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Characters or a length that the shape does not allow.
    #[error("this is not the shape of a document number")]
    Shape,
    /// The serial does not fit its digits: the series needs new letters or a new year.
    #[error("the number series is exhausted")]
    SeriesExhausted,
    /// Longer than any number.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests;
