//! Pages that are made from the code say what the code says.
#![expect(clippy::disallowed_methods, reason = "a test reads the project's own pages")]

use std::path::Path;

use qoltanba::policy::Policy;
use qoltanba::report::algorithms_markdown;

#[test]
fn the_page_of_algorithms_is_the_table_of_the_code() {
    let policies = ["kz", "rfc5280"].map(|name| Policy::named(name).unwrap());
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/algorithms.md")).unwrap();
    let made = algorithms_markdown(&policies);
    let hint = "write it again: cargo run -- algorithms --markdown > docs/algorithms.md";
    assert!(page.trim_end() == made.trim_end(), "docs/algorithms.md is out of date; {hint}");
}
