//! One document and a million take the same way: an answer never depends on its neighbours.

use super::making::token;
use super::*;
use crate::limits::SIGNATURE_BOOK_MAX;
use crate::path::LinkOutcome;

/// What is told of one document, to compare.
pub(super) fn summary(result: &Result<DocumentReport, ReadError>) -> String {
    format!("{result:?}")
}

/// Documents of every fate.
pub(super) fn documents(bench: &Bench) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let recipe = SignerRecipe::of(&bench.signer);
    let expired = bench.centre.issue(&Recipe::leaf("expired").serial(8).valid(day(0), day(50)), "expired");
    let stranger = pki::root(&Recipe::ca("stranger"), "stranger").issue(&Recipe::leaf("stranger's"), "stranger's");
    let stamp = token(&bench.tsa, &recipe.value(), day(99));
    let tampered = Made { content: Some(b"other".to_vec()), ..bench.message() };
    let bare = SignerRecipe { signed: None, ..recipe.clone() };
    vec![
        (bench.message().encode(), None),
        (tampered.encode(), None),
        (Made::by(&[recipe.clone().stamped(&stamp)]).encode(), None),
        (bench.message().detached().encode(), Some(CONTENT.to_vec())),
        (Made::by(&[bare]).detached().encode(), None),
        (b"not a message".to_vec(), None),
        (Made::by(&[SignerRecipe::of(&expired)]).encode(), None),
        (Made::by(&[SignerRecipe::of(&stranger)]).encode(), None),
        (Made::by(&[SignerRecipe::of(&expired), recipe]).encode(), None),
        (b"%PDF-1.7".to_vec(), None),
    ]
}

#[test]
fn a_batch_of_any_size_and_order_answers_as_one_by_one_with_a_cold_or_a_warm_book() {
    let bench = Bench::new();
    let documents = documents(&bench);
    let alone: Vec<String> =
        documents.iter().map(|(document, content)| summary(&bench.read(document, content.as_deref()))).collect();
    let warm = SignatureBook::default();
    for (size, stride) in [(1, 1), (2, 3), (7, 7), (256, 9)] {
        let order: Vec<usize> = (0..size).map(|n| (n * stride) % documents.len()).collect();
        let items: Vec<Item<'_>> = order
            .iter()
            .filter_map(|&i| documents.get(i))
            .map(|(document, content)| Item::new(document, content.as_deref()))
            .collect();
        for book in [&SignatureBook::default(), &warm] {
            let answers = validate_many(&items, &bench.terms(), book);
            assert_eq!(answers.len(), size);
            for (answer, &index) in answers.iter().zip(&order) {
                assert_eq!(Some(&summary(answer)), alone.get(index), "document {index} in a batch of {size}");
            }
        }
    }
}

#[test]
fn what_one_document_carries_is_not_at_hand_for_its_neighbours() {
    // The second message lacks its certificate, the first one brings it along.
    let bench = Bench::new();
    let mut naked = bench.message();
    naked.certificates.clear();
    let (whole, naked) = (bench.message().encode(), naked.encode());
    let book = SignatureBook::default();
    let items = [Item::new(&whole, None), Item::new(&naked, None)];
    let answers = validate_many(&items, &bench.terms(), &book);
    let indications: Vec<_> = answers.iter().map(|a| a.as_ref().unwrap().verdict.indication).collect();
    assert_eq!(indications, [Indication::TotalPassed, Indication::Indeterminate]);
}

#[test]
fn a_book_that_fills_up_in_the_middle_of_a_batch_loses_no_answer_that_is_needed() {
    let bench = Bench::new();
    let book = SignatureBook::default();
    let known = bench.message().encode();
    validate_many(&[Item::new(&known, None)], &bench.terms(), &book);
    for n in 0_u64.. {
        if book.len() >= SIGNATURE_BOOK_MAX.value {
            break;
        }
        let link = Link { signed: Fingerprint::of(&n.to_be_bytes()), issuer: Fingerprint([0; 32]) };
        book.record([(link, LinkOutcome::Invalid)]);
    }
    let newcomer = bench.centre.issue(&Recipe::leaf("newcomer").serial(8), "newcomer");
    let new = Made::by(&[SignerRecipe::of(&newcomer)]).encode();
    let items = [Item::new(&known, None), Item::new(&new, None)];
    for _ in 0..3 {
        for answer in validate_many(&items, &bench.terms(), &book) {
            assert_eq!(answer.unwrap().verdict.indication, Indication::TotalPassed);
        }
    }
    assert!(book.len() <= SIGNATURE_BOOK_MAX.value);
}

#[test]
fn an_answer_about_one_link_is_never_an_answer_about_another() {
    let bench = Bench::new();
    let impostor = pki::root(&Recipe::ca("centre"), "impostor");
    let forged = impostor.issue(&Recipe::leaf("signer"), "signer");
    let document = Made::by(&[SignerRecipe::of(&forged)]).encode();
    let book = SignatureBook::default();
    let good = bench.message().encode();
    for _ in 0..2 {
        let items = [Item::new(&good, None), Item::new(&document, None)];
        let answers = validate_many(&items, &bench.terms(), &book);
        let indications: Vec<_> = answers.iter().map(|a| a.as_ref().unwrap().verdict.indication).collect();
        assert_eq!(indications, [Indication::TotalPassed, Indication::Indeterminate]);
    }
}
