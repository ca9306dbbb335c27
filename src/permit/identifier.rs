//! IIN and BIN: twelve digits, the last of which checks the others.

/// What can be said about an IIN or BIN from its digits alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierStanding {
    /// Twelve digits, and the check digit fits.
    Good,
    /// Twelve digits whose check digit does not fit: a warning only, the official test numbers are like that.
    CheckDigitFails,
    /// Not twelve digits.
    Malformed,
}

/// Checks the length and the check digit of an IIN or BIN.
///
/// *Source*: facts/kz-pki.md §2.2: weights 1 to 11 modulo 11; where that gives 10, weights 3 to 11, 1, 2.
pub fn check_identifier(text: &str) -> IdentifierStanding {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let Some((&check, body)) = digits.split_last().filter(|_| digits.len() == 12 && text.len() == 12) else {
        return IdentifierStanding::Malformed;
    };
    let expected = [FIRST_WEIGHTS, SECOND_WEIGHTS].iter().map(|weights| remainder(body, weights)).find(|&r| r != 10);
    if expected == Some(check) { IdentifierStanding::Good } else { IdentifierStanding::CheckDigitFails }
}

/// At most 11 × 9 × 11: no overflow.
fn remainder(digits: &[u32], weights: &[u32; 11]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit.saturating_mul(*weight)).sum::<u32>().rem_euclid(11)
}

const FIRST_WEIGHTS: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const SECOND_WEIGHTS: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_found_under_either_row_of_weights() {
        // 8 at weight 7 gives 56 = 1 mod 11; 5 at weight 2 gives 10, so the second row decides: 5 x 4 = 20 = 9.
        assert_eq!(check_identifier("000000800001"), IdentifierStanding::Good);
        assert_eq!(check_identifier("050000000009"), IdentifierStanding::Good);
        assert_eq!(check_identifier("050000000008"), IdentifierStanding::CheckDigitFails);
    }

    #[test]
    fn the_official_test_numbers_fail_only_their_check_digit() {
        for number in ["123456789011", "123456789021"] {
            assert_eq!(check_identifier(number), IdentifierStanding::CheckDigitFails);
        }
    }

    #[test]
    fn anything_but_twelve_ascii_digits_is_malformed() {
        for wrong in ["", "12345678901", "1234567890111", "12345678901a", "IIN123456789011", "1234567890١1"] {
            assert_eq!(check_identifier(wrong), IdentifierStanding::Malformed, "{wrong}");
        }
    }
}
