//! A small reader of Rust source: comments and literals blanked, names found, functions measured. It knows just enough
//! syntax to hold the house to its rules, and its own tests hold it to what it must find.

/// Blanks comments and the insides of literals; every line stays where it was.
pub(crate) fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = match c {
            '/' if chars.get(at + 1) == Some(&'/') => end_of_line(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => end_of_block_comment(&chars, at),
            'r' if !continues_a_word(&chars, at) => end_of_raw_string(&chars, at),
            '"' => end_of_string(&chars, at),
            '\'' => end_of_char(&chars, at),
            _ => at,
        };
        if end == at {
            code.push(c);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

fn continues_a_word(chars: &[char], at: usize) -> bool {
    // `br"…"` is a raw string too.
    let before = at.checked_sub(1).and_then(|i| chars.get(i)).filter(|&&c| c != 'b');
    before.is_some_and(|&c| is_word(c))
}

fn end_of_line(chars: &[char], at: usize) -> usize {
    (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len())
}

fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) if depth == 1 => return i + 2,
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    i
}

fn end_of_raw_string(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = at + 2 + hashes;
    (body..chars.len()).find(|&i| chars[i..].starts_with(&closing)).map_or(chars.len(), |i| i + closing.len())
}

fn end_of_string(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// A character literal ends within a few characters; what does not is a lifetime.
fn end_of_char(chars: &[char], at: usize) -> usize {
    match chars.get(at + 1) {
        Some('\\') => {
            let close = (at + 3..chars.len().min(at + 14)).find(|&i| chars[i] == '\'');
            close.map_or(at, |i| i + 1)
        }
        Some(_) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `needle` stands as a word of its own: line numbers, from 1.
pub(crate) fn lines_with(text: &str, needle: &str) -> Vec<usize> {
    places_of(text, needle).map(|at| line_of(text, at)).collect()
}

fn places_of<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(needle).map(|(at, _)| at).filter(move |&at| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let after = text[at + needle.len()..].chars().next().is_some_and(is_word);
        let word_at = |edge: Option<char>| edge.is_some_and(is_word);
        !(before && word_at(needle.chars().next()) || after && word_at(needle.chars().next_back()))
    })
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Names that follow `prefix::`, also inside braces (`prefix::{a, b::c}`), with their lines.
pub(crate) fn names_after(code: &str, prefix: &str) -> Vec<(String, usize)> {
    let path = format!("{prefix}::");
    let mut found = Vec::new();
    for at in places_of(code, &path) {
        let rest = &code[at + path.len()..];
        let line = line_of(code, at);
        let named = if let Some(group) = rest.strip_prefix('{') { members(group) } else { vec![first_word(rest)] };
        found.extend(named.into_iter().filter(|n| !n.is_empty()).map(|name| (name, line)));
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|&c| is_word(c)).collect()
}

/// First names of the members of a brace group; nested groups belong to their own first name.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut names = vec![String::new()];
    let mut open = true;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                open = true;
            }
            c if is_word(c) && open && depth == 0 => names.last_mut().unwrap().push(c),
            c if c.is_whitespace() => {}
            _ => open = false,
        }
    }
    names
}

/// A function with its length in lines, from `fn` to its closing brace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// Measures every function that has a body.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in places_of(code, "fn ") {
        let name = first_word(&code[at + 3..]);
        if let Some(end) = end_of_body(code, at) {
            let line = line_of(code, at);
            found.push(Function { name, line, lines: line_of(code, end) - line + 1 });
        }
    }
    found
}

fn end_of_body(code: &str, at: usize) -> Option<usize> {
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    for (offset, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.checked_sub(1)?,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => return Some(at + offset),
            '}' => braces = braces.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Divergence numbers (`D-07`) in a text.
pub(crate) fn divergences(text: &str) -> Vec<(String, usize)> {
    let number = |at: usize| text.get(at..at + 4).filter(|n| n[2..].bytes().all(|b| b.is_ascii_digit()));
    let places = text.match_indices("D-").map(|(at, _)| at);
    let own = places.filter(|&at| !text[..at].chars().next_back().is_some_and(|c| is_word(c) || c == '-'));
    own.filter_map(|at| number(at).map(|n| (n.to_owned(), line_of(text, at)))).collect()
}
