//! The house of `docs/architecture.md` as a test: floors, purity, sizes, words that have no place here.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test reads the sources from disk"
)]

#[path = "architecture/scan.rs"]
mod scan;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every room and its floor. A room may name only rooms on lower floors; rooms on one floor never meet.
const FLOORS: &[(&str, u8)] = &[
    ("limits", 0),
    ("time", 0),
    ("kernel", 1),
    ("codec", 1),
    ("crypto", 2),
    ("x509", 3),
    ("ledger", 3),
    ("cms", 4),
    ("path", 4),
    ("container", 5),
    ("trust", 5),
    ("policy", 5),
    ("validation", 6),
    ("signing", 6),
    ("permit", 6),
    ("report", 7),
    ("fetch", 7),
    ("store", 7),
    ("service", 8),
    ("cli", 9),
    ("api", 9),
];

/// (file, room it names, reason): one file each, so that no second one follows unseen.
const EXCUSED_EDGES: &[(&str, &str, &str)] = &[
    ("cli/serve.rs", "api", "the command that opens the HTTP door; nothing else of one door names the other"),
    ("path/tests/pki.rs", "signing", "tests make their certificates and CRLs with the writer above"),
];

/// From this floor upwards a room may touch the world.
const FIRST_FLOOR_WITH_IO: u8 = 7;
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
/// (file, function, reason).
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

struct Source {
    /// Below `src/`, with `/`.
    path: String,
    text: String,
    /// Without comments and literals.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: scan::code_of(text) }
    }

    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// `lib.rs` is the map of the house and `main.rs` its street door; neither is a room.
    fn is_room(&self) -> bool {
        !matches!(self.path.as_str(), "lib.rs" | "main.rs")
    }

    /// Tests may look anywhere: they make with the rooms above what the room below is to read and refuse.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// How many `super` lead from the file's own module to the house.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let below = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().replace('\\', "/");
                found.push(Source::new(&below, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 30, "the sources are there");
    found
}

fn demand(faults: &[String]) {
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

fn check_all(check: impl Fn(&Source) -> Vec<String>) {
    demand(&sources().iter().flat_map(check).collect::<Vec<_>>());
}

fn upward_edges(source: &Source) -> Vec<String> {
    if !source.is_room() || source.is_test() {
        return Vec::new();
    }
    let room = source.room();
    let Some(own) = floor(room) else { return vec![format!("src/{}: the room {room} has no floor", source.path)] };
    let outwards = vec!["super"; source.depth()].join("::");
    let mut named = scan::names_after(&source.code, "crate");
    // `super` may lead out of a room as well; there only the names of rooms are of interest.
    named.extend(scan::names_after(&source.code, &outwards).into_iter().filter(|(name, _)| floor(name).is_some()));
    let mut faults = Vec::new();
    for (name, line) in named {
        match floor(&name) {
            _ if name == room || is_excused(&source.path, &name) => {}
            Some(other) if other < own => {}
            Some(other) => {
                faults.push(format!("src/{}:{line}: {room} (floor {own}) names {name} (floor {other})", source.path));
            }
            None => faults.push(format!("src/{}:{line}: `crate::{name}` is no room", source.path)),
        }
    }
    faults
}

fn is_excused(path: &str, room: &str) -> bool {
    EXCUSED_EDGES.iter().any(|(file, named, _)| *file == path && *named == room)
}

fn impurities(source: &Source) -> Vec<String> {
    const WORLD: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "tokio",
        "sqlx",
        "axum",
        "tracing",
        "async fn",
    ];
    let pure = source.is_room() && floor(source.room()).is_some_and(|f| f < FIRST_FLOOR_WITH_IO);
    if !pure || source.path == "time.rs" {
        return Vec::new();
    }
    let mut found: Vec<(String, usize)> = WORLD
        .iter()
        .flat_map(|w| scan::lines_with(&source.code, w).into_iter().map(|l| ((*w).to_owned(), l)))
        .collect();
    let grouped = scan::names_after(&source.code, "std").into_iter();
    found.extend(grouped.filter(|(name, _)| WORLD.contains(&format!("std::{name}").as_str())));
    let told = found.into_iter().map(|(what, line)| format!("src/{}:{line}: {what} below floor 7", source.path));
    told.collect::<BTreeSet<_>>().into_iter().collect()
}

fn unsafe_outside_kernel(source: &Source) -> Vec<String> {
    if source.room() == "kernel" {
        return Vec::new();
    }
    let lines = scan::lines_with(&source.code, "unsafe");
    lines.into_iter().map(|line| format!("src/{}:{line}: unsafe outside of kernel/", source.path)).collect()
}

fn oversizes(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        faults.push(format!("src/{}: {lines} lines, more than {FILE_LINES_MAX}", source.path));
    }
    let excused =
        |name: &str| LONG_FUNCTIONS.iter().any(|(file, function, _)| *file == source.path && *function == name);
    let long = scan::functions(&source.code).into_iter().filter(|f| f.lines > FUNCTION_LINES_MAX && !excused(&f.name));
    faults.extend(long.map(|f| {
        format!("src/{}:{}: fn {} has {} lines, more than {FUNCTION_LINES_MAX}", source.path, f.line, f.name, f.lines)
    }));
    faults
}

fn missing_sentence(source: &Source) -> Vec<String> {
    let heads_a_room = source.path.ends_with("mod.rs") || !source.path.contains('/');
    let sentence = source.text.starts_with("//! ");
    if heads_a_room && source.path != "main.rs" && !sentence {
        return vec![format!("src/{}:1: does not begin with its `//!` sentence", source.path)];
    }
    Vec::new()
}

fn unwelcome_words(source: &Source) -> Vec<String> {
    const IN_CODE: &[&str] = &["#[allow(", "#![allow(", "todo!", "unimplemented!", "dbg!"];
    const ANYWHERE: &[&str] = &["TODO", "FIXME", "XXX"];
    let in_code = IN_CODE.iter().flat_map(|w| scan::lines_with(&source.code, w).into_iter().map(move |l| (w, l)));
    let anywhere = ANYWHERE.iter().flat_map(|w| scan::lines_with(&source.text, w).into_iter().map(move |l| (w, l)));
    in_code.chain(anywhere).map(|(word, line)| format!("src/{}:{line}: {word}", source.path)).collect()
}

/// Names declared in the `limits!` block.
fn limits(text: &str) -> Vec<String> {
    let block = scan::code_of(text);
    let block = block.split_once("limits! {").map_or("", |(_, body)| body);
    block.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim().to_owned()).collect()
}

fn unused(names: &[String], sources: &[Source]) -> Vec<String> {
    let used = |name: &String| {
        sources.iter().filter(|s| s.path != "limits.rs").any(|s| !scan::lines_with(&s.code, name).is_empty())
    };
    names.iter().filter(|n| !used(n)).map(|n| format!("src/limits.rs: {n} bounds nothing")).collect()
}

/// Numbers in code without a heading in the list, and headings without a place in the code.
fn divergence_faults(code: &[(String, String)], list: &str) -> Vec<String> {
    let listed: BTreeSet<String> = list
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter_map(|heading| scan::divergences(heading).into_iter().next())
        .map(|(number, _)| number)
        .collect();
    let mut faults = Vec::new();
    let mut named = BTreeSet::new();
    for (path, text) in code {
        for (number, line) in scan::divergences(text) {
            if !listed.contains(&number) {
                faults.push(format!("src/{path}:{line}: {number} is not in docs/divergences.md"));
            }
            named.insert(number);
        }
    }
    faults.extend(listed.difference(&named).map(|n| format!("docs/divergences.md: {n} is nowhere in the code")));
    faults
}

#[test]
fn no_room_names_one_on_its_own_floor_or_above() {
    check_all(upward_edges);
    let below = Source::new("cms/read.rs", "use crate::x509::Name;\nuse crate::{codec::der, time::Timestamp};");
    assert_eq!(upward_edges(&below), Vec::<String>::new());
    for (path, text) in [
        ("cms/read.rs", "use crate::path::Pool;"),
        ("cms/mod.rs", "use crate::{\n codec,\n validation::{Item, Terms}\n};"),
        ("cms/mod.rs", "use super::path::Pool;"),
        ("cms/read.rs", "fn f() { super::super::service::verify() }"),
        ("time.rs", "use super::limits::Limit;"),
        ("cli/verify.rs", "use crate::api::serve;"),
        ("cellar/mod.rs", ""),
        ("cms/mod.rs", "use crate::Stranger;"),
    ] {
        assert_eq!(upward_edges(&Source::new(path, text)).len(), 1, "{path}: {text}");
    }
    assert_eq!(upward_edges(&Source::new("container/cms.rs", "use super::cms; // use crate::api;")).len(), 0);
    // An excuse is for one file and one room, has its reason, and goes when it is no longer needed.
    assert_eq!(upward_edges(&Source::new("cli/serve.rs", "use crate::api::serve;")).len(), 0);
    assert_eq!(upward_edges(&Source::new("cli/other.rs", "use crate::api::serve;")).len(), 1);
    let sources = sources();
    for (file, room, reason) in EXCUSED_EDGES {
        let needed =
            sources.iter().find(|s| s.path == *file).is_some_and(|s| s.code.contains(&format!("crate::{room}")));
        assert!(needed && !reason.is_empty(), "{file} is excused for {room} and no longer needs it");
    }
}

#[test]
fn the_core_touches_neither_clock_nor_disk_nor_network() {
    check_all(impurities);
    for text in [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "let at = std::time::SystemTime::now();",
        "async fn f() {}",
        "tokio::spawn(f)",
        "tracing::info!()",
        "let v = std::env::var(NAME);",
    ] {
        assert!(!impurities(&Source::new("x509/mod.rs", text)).is_empty(), "{text}");
        assert_eq!(impurities(&Source::new("store/mod.rs", text)), Vec::<String>::new(), "floor 7 may: {text}");
    }
    assert_eq!(impurities(&Source::new("x509/mod.rs", "// std::fs\nlet a = \"tokio\"; let axum_like = 1;")).len(), 0);
}

#[test]
fn unsafe_lives_in_the_kernel_alone() {
    check_all(unsafe_outside_kernel);
    assert_eq!(unsafe_outside_kernel(&Source::new("crypto/key.rs", "fn f() { unsafe { g() } }")).len(), 1);
    assert_eq!(unsafe_outside_kernel(&Source::new("kernel/simd.rs", "unsafe fn f() {}")).len(), 0);
    assert_eq!(
        unsafe_outside_kernel(&Source::new("crypto/key.rs", "// unsafe\nlet unsafe_code = \"unsafe\";")).len(),
        0
    );
}

#[test]
fn files_and_functions_keep_their_size() {
    check_all(oversizes);
    let body = |lines: usize| format!("fn f(a: [u8; 2]) -> u8 {{\n{}}}\n", "let a = 1;\n".repeat(lines - 2));
    assert_eq!(oversizes(&Source::new("a/b.rs", &body(FUNCTION_LINES_MAX))).len(), 0);
    assert_eq!(oversizes(&Source::new("a/b.rs", &body(FUNCTION_LINES_MAX + 1))).len(), 1);
    assert_eq!(oversizes(&Source::new("a/b.rs", &"//\n".repeat(FILE_LINES_MAX))).len(), 0);
    assert_eq!(oversizes(&Source::new("a/b.rs", &"//\n".repeat(FILE_LINES_MAX + 1))).len(), 1);
    let excuses = LONG_FUNCTIONS.iter().filter(|(.., reason)| reason.is_empty()).count();
    assert_eq!(excuses, 0, "an exception has its reason");
}

#[test]
fn every_room_begins_with_its_sentence() {
    check_all(missing_sentence);
    assert_eq!(missing_sentence(&Source::new("cms/mod.rs", "mod read;")).len(), 1);
    assert_eq!(missing_sentence(&Source::new("cms/mod.rs", "//! SignedData.")).len(), 0);
}

#[test]
fn nothing_is_silenced_or_left_for_later() {
    check_all(unwelcome_words);
    for text in
        ["#[allow(dead_code)]", "#![allow(dead_code)]", "// TODO: later", "todo!()", "unimplemented!()", "/* FIXME */"]
    {
        assert_eq!(unwelcome_words(&Source::new("cms/mod.rs", text)).len(), 1, "{text}");
    }
    assert_eq!(unwelcome_words(&Source::new("cms/mod.rs", "#[expect(dead_code, reason = \"#[allow(\")]")).len(), 0);
}

#[test]
fn every_limit_bounds_something() {
    let sources = sources();
    let text = sources.iter().find(|s| s.path == "limits.rs").map(|s| s.text.clone()).unwrap();
    let names = limits(&text);
    assert!(names.len() > 15, "{names:?}");
    demand(&unused(&names, &sources));
    let declared = limits("limits! {\n    /// A = 1\n    A_MAX = 1, \"x\";\n    B_MAX = 2, \"y\";\n}");
    assert_eq!(declared, ["A_MAX", "B_MAX"]);
    let user = [Source::new("cms/mod.rs", "A_MAX.check(1); // B_MAX")];
    assert_eq!(unused(&declared, &user), ["src/limits.rs: B_MAX bounds nothing"]);
}

#[test]
fn every_divergence_has_its_line_and_every_line_its_divergence() {
    let code: Vec<(String, String)> = sources().into_iter().map(|s| (s.path, s.text)).collect();
    let list = std::fs::read_to_string(root().join("docs/divergences.md")).unwrap();
    demand(&divergence_faults(&code, &list));
    let in_code = [("cms/read.rs".to_owned(), "// DIVERGENCE D-05: a NUL".to_owned())];
    assert_eq!(divergence_faults(&in_code, "## D-05: a NUL"), Vec::<String>::new());
    assert_eq!(divergence_faults(&in_code, "D-05 in passing").len(), 1);
    assert_eq!(divergence_faults(&in_code, "## D-05: a NUL\n## D-06: gone").len(), 1);
    assert!(Path::new(&root().join("docs")).is_dir());
}

#[test]
fn the_scanner_reads_around_comments_and_literals() {
    let code = scan::code_of("a /* o /* c */ d */ 'e' '\\'' \"f \\\" g\" r#\"h \" i\"# &'j k br\"l\" // m\nn");
    for (word, there) in [("a", true), ("j", true), ("k", true), ("n", true), ("o", false), ("d", false)] {
        assert_eq!(!scan::lines_with(&code, word).is_empty(), there, "{word} in {code:?}");
    }
    for blanked in ["e", "f", "g", "h", "i", "l", "m"] {
        assert!(scan::lines_with(&code, blanked).is_empty(), "{blanked} in {code:?}");
    }
    assert_eq!(scan::lines_with(&code, "n"), [2]);
    let functions = scan::functions("trait T { fn a(&self); }\nfn b() -> [u8; 2] {\n if x { y }\n}");
    assert_eq!(functions, [scan::Function { name: "b".into(), line: 2, lines: 3 }]);
    assert_eq!(scan::divergences("see D-01, AD-02, D-x3").len(), 1);
}
