//! Names: compared after RFC 5280 §7.1, shown after RFC 4514.

use super::*;

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(kind), value])
}

fn of(relative_names: &[&[&[u8]]]) -> Name {
    let sets: Vec<Vec<u8>> = relative_names.iter().map(|set| der::set_of(set)).collect();
    Name::from_der(&der::sequence(&sets.iter().map(Vec::as_slice).collect::<Vec<_>>())).unwrap()
}

fn cn(value: &[u8]) -> Name {
    of(&[&[&attribute(oids::COMMON_NAME, value)]])
}

fn shown(text: &str) -> String {
    cn(&der::utf8_string(text)).to_string()
}

#[test]
fn text_is_compared_without_regard_to_case_string_type_and_repeated_spaces() {
    let one = cn(&der::utf8_string("Example  CA"));
    assert_eq!(one, cn(&der::printable_string("example ca")));
    assert_eq!(one, cn(&der::utf8_string(" EXAMPLE CA ")));
    let bmp: Vec<u8> = "Example CA".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(one, cn(&der::tlv(tag::BMP_STRING, &bmp)));
    assert_eq!(cn(&der::utf8_string("ҮЛГІЕВ")), cn(&der::utf8_string("үлгіев")));
    assert_eq!(one.comparable(), cn(&der::printable_string("example ca")).comparable());
    for other in ["ExampleCA", "Example CA2", "Exämple CA", "Example", ""] {
        assert_ne!(one, cn(&der::utf8_string(other)), "{other}");
    }
}

#[test]
fn other_spellings_of_the_same_characters_are_the_same_name_and_other_characters_are_not() {
    // RFC 4518 §2.2 to §2.4: й as one character and as two, a soft hyphen, no-break space, full width, ß and ss.
    let same = [
        ("Казначейский комитет", "Казначеи\u{306}скии\u{306} комитет"),
        ("Казначейский комитет", "Казна\u{ad}чейский\u{a0}комитет"),
        ("Example CA", "Ｅｘａｍｐｌｅ\u{200b} CA"),
        ("Straße", "STRASSE"),
        ("Ίσος", "ΊΣΟΣ"),
    ];
    for (one, other) in same {
        assert_eq!(cn(&der::utf8_string(one)), cn(&der::utf8_string(other)), "{one} {other}");
    }
    for (one, other) in [("Казначейский", "Казначеиский"), ("CA", "СА"), ("a b", "ab"), ("ё", "е")]
    {
        assert_ne!(cn(&der::utf8_string(one)), cn(&der::utf8_string(other)), "{one} {other}");
    }
}

#[test]
fn order_counts_between_relative_names_and_not_within_one() {
    let (a, b) =
        (attribute(oids::COMMON_NAME, &der::utf8_string("a")), attribute(oids::ORGANIZATION, &der::utf8_string("b")));
    assert_ne!(of(&[&[&a], &[&b]]), of(&[&[&b], &[&a]]));
    let set = |first: &[u8], second: &[u8]| {
        Name::from_der(&der::sequence(&[&der::tlv(tag::SET, &[first, second].concat())])).unwrap()
    };
    assert_eq!(set(&a, &b), set(&b, &a));
    assert_ne!(of(&[&[&a, &b]]), of(&[&[&a], &[&b]]));
    assert_ne!(of(&[&[&a]]), of(&[&[&a], &[&b]]));
    assert_ne!(of(&[&[&a]]), of(&[&[&attribute(oids::ORGANIZATION, &der::utf8_string("a"))]]));
}

#[test]
fn no_text_pretends_to_be_two() {
    // The collation key is length-prefixed.
    let two = of(&[
        &[&attribute(oids::COMMON_NAME, &der::utf8_string("a"))],
        &[&attribute(oids::COMMON_NAME, &der::utf8_string("b"))],
    ]);
    for text in ["a,CN=b", "a\u{0}b", "ab", "a b"] {
        assert_ne!(two, cn(&der::utf8_string(text)), "{text:?}");
    }
    assert_ne!(cn(&der::utf8_string("a")), cn(&der::octet_string(b"a")));
}

#[test]
fn what_rfc_4514_escapes_is_escaped() {
    assert_eq!(shown("plain"), "CN=plain");
    assert_eq!(shown("a,b+c\"d\\e<f>g;h"), "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h");
    assert_eq!(shown(" #a# "), "CN=\\ #a#\\ ");
    assert_eq!(shown("#a"), "CN=\\#a");
    assert_eq!(shown("a = b"), "CN=a = b");
    let two = of(&[
        &[&attribute(oids::COMMON_NAME, &der::utf8_string("a"))],
        &[&attribute(oids::COUNTRY, &der::printable_string("KZ"))],
    ]);
    assert_eq!(two.to_string(), "CN=a,C=KZ");
    let unheard = of(&[&[&attribute(ObjectIdentifier::new_unwrap("1.2.3.4"), &der::null())]]);
    assert_eq!(unheard.to_string(), "1.2.3.4=#0500");
}

#[test]
fn a_name_never_forges_a_line_or_turns_the_text_around_it() {
    assert_eq!(shown("a\nverdict: TOTAL_PASSED"), "CN=a\\0Averdict: TOTAL_PASSED");
    assert_eq!(shown("a\u{0}b"), "CN=a\\00b");
    for character in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{200f}', '\u{feff}', '\u{61c}', '\u{85}', '\u{2028}'] {
        let told = shown(&format!("a{character}b"));
        assert!(!told.contains(character), "{}", character.escape_unicode());
    }
}

#[test]
fn text_that_its_type_does_not_allow_is_shown_in_hexadecimal() {
    let broken = cn(&der::tlv(tag::UTF8_STRING, &[0xff]));
    assert_eq!(broken.to_string(), "CN=#0c01ff");
    assert_eq!(broken.attribute(oids::COMMON_NAME), None);
    assert_eq!(cn(&der::tlv(tag::BMP_STRING, &[0xd8, 0x00])).attribute(oids::COMMON_NAME), None);
    assert_eq!(cn(&der::tlv(tag::BMP_STRING, &[0x00])).attribute(oids::COMMON_NAME), None);
    assert_eq!(cn(&der::tlv(0x14, &[0xe9])).attribute(oids::COMMON_NAME), Some("é"));
}

#[test]
fn a_name_is_one_sequence_and_nothing_else() {
    assert!(Name::from_der(&der::sequence(&[])).unwrap().is_empty());
    assert!(Name::from_der(&der::set_of(&[])).is_err());
    assert!(Name::from_der(&[&der::sequence(&[])[..], &[0]].concat()).is_err());
    let three = der::sequence(&[&der::oid(oids::COMMON_NAME), &der::null(), &der::null()]);
    assert!(Name::from_der(&der::sequence(&[&der::set_of(&[&three])])).is_err());
}
