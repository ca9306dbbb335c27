//! Text of strangers made fit for a screen: what steers a terminal, breaks a line, or reorders or hides letters is escaped.

/// One line: every unfit character as JSON escapes it (`\u001b`), line breaks too.
pub fn line(text: &str) -> String {
    escaped(text, |character| !is_unfit(character))
}

/// Several lines: their breaks stay. In JSON it changes nothing that a reader of it would see.
pub fn lines(text: &str) -> String {
    escaped(text, |character| character == '\n' || !is_unfit(character))
}

/// Control characters, and those that reorder, break or hide the text around them (Unicode UAX #9, line separators,
/// zero-width ones).
pub fn is_unfit(character: char) -> bool {
    let is_hidden = matches!(
        character,
        '\u{61c}' | '\u{180e}' | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    is_hidden || character.is_control()
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if stays(character) {
            out.push(character);
        } else {
            // All of them lie below U+10000.
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_screen_is_escaped_and_letters_stay() {
        let name = "\u{1b}[1A\u{1b}[2K\r✓ a.p7m: TOTAL_PASSED\n\u{9b}2K\u{202e}gnp\u{7f}\u{200b}";
        let told = "\\u001b[1A\\u001b[2K\\u000d✓ a.p7m: TOTAL_PASSED\\u000a\\u009b2K\\u202egnp\\u007f\\u200b";
        assert_eq!(line(name), told);
        assert_eq!(lines("a\n\u{1b}b\n"), "a\n\\u001bb\n");
        let letters = "Қолтаңба «ТОО „Алматы“», №5 \\u001b ✓";
        assert_eq!((line(letters), lines(letters)), (letters.to_owned(), letters.to_owned()));
    }

    #[test]
    fn a_reader_of_json_sees_no_difference() {
        let value = serde_json::json!({ "subject": "CN=\u{1b}[2K\u{9b}\u{202e}\u{7f}\n" });
        let text = value.to_string();
        assert!(text.chars().any(is_unfit));
        let told = lines(&text);
        assert!(!told.chars().any(is_unfit));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&told).unwrap(), value);
    }
}
