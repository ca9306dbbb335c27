//! Exact decimal amounts: quantities, values, fees. Nothing that is signed holds a floating-point number.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A decimal from 0 to 999999999999.999999, exact to the millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount {
    // INVARIANT: below 10^18, so the largest amount fits 64 bits.
    millionths: u64,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { millionths: 0 };

    /// The sum, or `None` beyond the largest amount.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let millionths = self.millionths.checked_add(other.millionths)?;
        (millionths < BOUND).then_some(Self { millionths })
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self { millionths: self.millionths.checked_sub(other.millionths)? })
    }
}

/// The text is no decimal in our notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a decimal is written with at most 12 digits before the point and 6 after it, without leading zeros")]
pub struct AmountError;

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(AmountError),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|octet| octet.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || whole.len() > 12 || fraction.len() > 6 || leading_zero {
            return Err(AmountError);
        }
        if !digits(whole) || !digits(fraction) {
            return Err(AmountError);
        }
        let millionths = format!("{whole}{fraction:0<6}").parse().map_err(|_| AmountError)?;
        Ok(Self { millionths })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.millionths.div_euclid(MILLION), self.millionths.rem_euclid(MILLION));
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{fraction:06}");
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

const MILLION: u64 = 1_000_000;
const BOUND: u64 = MILLION * MILLION * MILLION;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let tenth: Amount = "0.1".parse().unwrap();
        let sum = (0..3).try_fold(Amount::ZERO, |sum, _| sum.checked_add(tenth)).unwrap();
        assert_eq!(sum.to_string(), "0.3");
        assert_eq!("10.50".parse::<Amount>().unwrap().to_string(), "10.5");
        assert_eq!("999999999999.999999".parse::<Amount>().unwrap().to_string(), "999999999999.999999");
    }

    #[test]
    fn other_notations_are_refused() {
        for wrong in ["", ".5", "5.", "05", "1e3", "-1", "+1", "1,5", "1000000000000", "0.1234567", "٣", " 1"] {
            assert_eq!(wrong.parse::<Amount>(), Err(AmountError), "{wrong}");
        }
    }

    #[test]
    fn sums_and_differences_stay_within_bounds() {
        let most: Amount = "999999999999.999999".parse().unwrap();
        let least: Amount = "0.000001".parse().unwrap();
        assert_eq!(most.checked_add(least), None);
        assert_eq!(Amount::ZERO.checked_sub(least), None);
        assert_eq!(least.checked_sub(least), Some(Amount::ZERO));
    }
}
