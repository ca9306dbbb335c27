//! What people wrote: told whole, and refused where no screen would show it.

use super::*;

/// A proposal by an act of these words, to add an anchor of these.
fn anchor(act: &str, label: &str) -> Step {
    let certificate = encoded(&pki::root(&Recipe::ca("second"), "second"));
    // A certificate may be broken into lines.
    let (head, tail) = certificate.split_at(64);
    let anchor = AnchorEntry { label: label.into(), certificate: format!("{head}\n{tail}\n") };
    let act = Act { reference: act.into(), url: None, reason: None };
    Step::Proposal { act, changes: vec![Change::AddDomesticAnchor { anchor }] }
}

#[test]
fn words_that_steer_or_hide_text_are_refused_by_their_field() {
    let mut bench = Bench::new();
    let mut all: Vec<char> = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').chain('\u{202a}'..='\u{202e}').collect();
    all.extend(('\u{2066}'..='\u{2069}').chain(['\u{200e}', '\u{200f}']));
    let text = |field: &str| Err(RegistryError::Text { field: field.to_owned() });
    for character in all {
        let words = format!("order 9{character}[2K");
        assert_eq!(bench.take("aigul", 20, anchor(&words, "root")), text("act.reference"), "{character:?}");
    }
    assert_eq!(bench.take("aigul", 20, anchor("order 9", "r\u{202e}oot")), text("changes[0].anchor.label"));
    let mut doubtful = foreign("xa");
    doubtful.act = "entry\r".into();
    let change = Change::AddCentre { centre: Box::new(doubtful) };
    assert_eq!(bench.propose("aigul", 20, vec![add("xb"), change]), text("changes[1].centre.act"));
    let proposal = bench.take("aigul", 20, anchor("№ 9 «Қолтаңба», “order”", "Root № 2")).unwrap();
    let reject = |reason: &str| Step::Rejection { proposal, reason: reason.into() };
    assert_eq!(bench.take("bolat", 20, reject("no\u{9b}2K")), text("reason"));
    assert!(bench.take("bolat", 20, reject("no")).is_ok());
}

#[test]
fn what_was_taken_before_stays_readable_and_cannot_be_approved() {
    let mut bench = Bench::new();
    let step = anchor("order 9\u{1b}[2K", "root");
    let content = bench.draft("aigul", 20, step);
    bench.log.push(signed(&content, "aigul"));
    let mut replayed = bench.replay().unwrap();
    assert_eq!(replayed.entries().len(), 2);
    let proposal = replayed.entries()[1].place.digest;
    let approval = EntryContent::new(replayed.next_place(), id("bolat"), day(21), Step::Approval { proposal });
    let field = "act.reference".to_owned();
    assert_eq!(replayed.push(&signed(&approval, "bolat")).map(|_| ()), Err(RegistryError::Text { field }));
    let reject = Step::Rejection { proposal, reason: "words".into() };
    let rejection = EntryContent::new(replayed.next_place(), id("bolat"), day(21), reject);
    assert!(replayed.push(&signed(&rejection, "bolat")).is_ok());
}

#[test]
fn a_change_is_told_whole_in_one_line_that_no_words_can_forge() {
    let Step::Proposal { changes, .. } = anchor("order 9", "a, status=\"X\"\nchange 2: event") else { unreachable!() };
    let digest = pki::root(&Recipe::ca("second"), "second").certificate.fingerprint();
    let line = changes[0].to_string();
    let certificate = format!("add-domestic-anchor: anchor.certificate=sha256:{digest} \"");
    assert!(line.starts_with(&certificate), "{line}");
    assert!(line.ends_with(r#", anchor.label="a, status=\"X\"\nchange 2: event""#), "{line}");
    let told = event("xa", Suspended, 15).to_string();
    assert_eq!(told, "event: effective_from=2026-01-16T00:00:00Z, party=xa, status=SUSPENDED");
    let whole = Change::SetScopes { party: id("xa"), scopes: Vec::new() };
    assert_eq!(whole.to_string(), "set-scopes: party=xa, scopes=[]");
}
