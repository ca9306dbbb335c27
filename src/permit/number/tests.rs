use proptest::prelude::*;

use super::*;

/// facts/kz-pki.md §6: numbers of real public documents.
const REAL: [&str; 6] =
    ["KZ18LAA00032760", "KZ96LAA00035527", "KZ08LAA00032358", "KZ80LAA00006618", "KZ29LAM00002781", "KZ66TWQ05018123"];

#[test]
fn real_portal_numbers_hold_and_are_made_again_from_their_serials() {
    for text in REAL {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.checksum(), ChecksumStanding::Holds, "{text}");
        let Number::Portal { series, serial, .. } = number else { panic!("{text} is a portal number") };
        assert_eq!(Number::of_portal(series, serial.into()).unwrap().to_string(), text);
    }
}

#[test]
fn invented_portal_numbers_fail() {
    for text in ["KZ12LAA00001234", "KZ38LAA00003412"] {
        assert_eq!(Number::parse(text).unwrap().checksum(), ChecksumStanding::Fails, "{text}");
    }
}

#[test]
fn check_digits_that_the_rule_never_gives_fail_though_congruent() {
    let series: Series = "LAA".parse().unwrap();
    let aliases = (0..5_000).filter_map(|serial| match Number::of_portal(series, serial).unwrap() {
        Number::Portal { check: 2, series, serial } => Some(Number::Portal { check: 99, series, serial }),
        Number::Portal { check: 97, series, serial } => Some(Number::Portal { check: 0, series, serial }),
        _ => None,
    });
    let standings: Vec<_> = aliases.map(|number| number.checksum()).collect();
    assert!(!standings.is_empty() && standings.iter().all(|standing| *standing == ChecksumStanding::Fails));
}

#[test]
fn a_serial_beyond_its_digits_is_refused() {
    let series: Series = "STM".parse().unwrap();
    assert!(Number::of_portal(series, 99_999_999).is_ok());
    assert_eq!(Number::of_portal(series, 100_000_000), Err(NumberError::SeriesExhausted));
    let (section, issuer): (Section, Section) = ("219".parse().unwrap(), "001".parse().unwrap());
    assert!(Number::of_licence(section, 2026, issuer, 999_999).is_ok());
    assert_eq!(Number::of_licence(section, 2026, issuer, 1_000_000), Err(NumberError::SeriesExhausted));
    assert_eq!(Number::of_licence(section, 2026, issuer, u64::MAX), Err(NumberError::SeriesExhausted));
}

#[test]
fn decision_199_numbers_have_five_parts() {
    let number = Number::of_licence("219".parse().unwrap(), 2026, "001".parse().unwrap(), 42).unwrap();
    assert_eq!(number.to_string(), "219KZ26001000042");
    assert_eq!(Number::parse("219KZ26001000042").unwrap(), number);
    assert!(matches!(Number::parse("219KZ2600100004").unwrap(), Number::Other(_)));
    assert!(matches!(Number::parse("219kz26001000042").unwrap(), Number::Other(_)));
}

#[test]
fn older_numbers_are_kept_and_what_is_no_number_is_refused() {
    assert_eq!(Number::parse("0042-ЛЦ/2009").unwrap(), Number::Other("0042-ЛЦ/2009".into()));
    assert_eq!(Number::parse("KZ+8LAA00032760"), Err(NumberError::Shape));
    assert_eq!(Number::parse(""), Err(NumberError::Shape));
    assert_eq!(Number::parse("KZ18 LAA"), Err(NumberError::Shape));
    assert!(matches!(Number::parse(&"1".repeat(65)), Err(NumberError::Limit(_))));
}

#[test]
fn a_series_is_three_capital_latin_letters() {
    assert!("STM".parse::<Series>().is_ok());
    for wrong in ["ST", "STMA", "stm", "S1M", "СТМ"] {
        assert_eq!(wrong.parse::<Series>(), Err(NumberError::Shape), "{wrong}");
    }
}

fn portal_numbers() -> impl Strategy<Value = Number> {
    ("[A-Z]{3}", 0..100_000_000_u64)
        .prop_map(|(series, serial)| Number::of_portal(series.parse().unwrap(), serial).unwrap())
}

proptest! {
    #[test]
    fn numbers_read_back_as_written(number in portal_numbers()) {
        prop_assert_eq!(number.checksum(), ChecksumStanding::Holds);
        prop_assert_eq!(Number::parse(&number.to_string()).unwrap(), number);
    }

    #[test]
    fn one_wrong_character_is_caught(number in portal_numbers(), at in 2..15_usize, other in "[A-Z0-9]") {
        let mut text = number.to_string();
        prop_assume!(text[at..=at] != other[..]);
        text.replace_range(at..=at, &other);
        prop_assert_ne!(Number::parse(&text).unwrap().checksum(), ChecksumStanding::Holds);
    }

    #[test]
    fn two_swapped_neighbours_are_caught(number in portal_numbers(), at in 2..14_usize) {
        let mut octets = number.to_string().into_bytes();
        prop_assume!(octets[at] != octets[at.saturating_add(1)]);
        octets.swap(at, at.saturating_add(1));
        let text = String::from_utf8(octets).unwrap();
        prop_assert_ne!(Number::parse(&text).unwrap().checksum(), ChecksumStanding::Holds);
    }

    #[test]
    fn reading_never_panics_and_keeps_the_text(text in "\\PC{0,80}") {
        if let Ok(number) = Number::parse(&text) {
            prop_assert_eq!(number.to_string(), text);
        }
    }
}
