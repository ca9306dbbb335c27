//! What is kept of earlier documents changes how fast an answer comes, and never which.

use std::sync::Arc;

use super::batching::{documents, summary};
use super::making::{ess_v1, message_digest, token};
use super::*;
use crate::cms::SignedData;
use crate::limits::{BATCH_DOCUMENTS, KNOWN_WORDS_BYTES_MAX};
use crate::path::{PathBook, Sources};
use crate::validation::known::Carried;

type Document = (Vec<u8>, Option<Vec<u8>>);

/// Documents of every fate, and some of the same signer that say other things of themselves.
fn all_documents(bench: &Bench) -> Vec<Document> {
    let mut all = documents(bench);
    let recipe = SignerRecipe::of(&bench.signer);
    let other = bench.centre.issue(&Recipe::leaf("signer").serial(77), "signer");
    let by_v1 = recipe.clone().and_signed(ess_v1(&bench.signer.certificate));
    let wrong_reference = SignerRecipe::of(&bench.signer).signed(vec![
        making::content_type(oids::ID_DATA),
        message_digest(CONTENT),
        making::ess_v2(&other.certificate),
    ]);
    let other_digest = SignerRecipe { digest_oid: DigestAlgorithm::Sha256.oid(), ..recipe.clone() };
    let stamp = token(&bench.tsa, &recipe.value(), day(98));
    for recipe in [by_v1, wrong_reference, other_digest, recipe.clone().stamped(&stamp)] {
        all.push((Made::by(&[recipe]).encode(), None));
    }
    // The same certificates beside other signers, and the same signer beside other certificates.
    let mut twice = bench.message();
    twice.certificates.push(other.certificate.der().to_vec());
    all.push((twice.encode(), None));
    twice.certificates.reverse();
    all.push((twice.encode(), None));
    let mut naked = bench.message();
    naked.certificates.clear();
    all.push((naked.encode(), None));
    all
}

fn items(documents: &[Document], order: impl Iterator<Item = usize>) -> Vec<Item<'_>> {
    order.filter_map(|at| documents.get(at)).map(|(d, c)| Item::new(d, c.as_deref())).collect()
}

#[test]
fn batches_of_any_size_and_order_answer_as_documents_alone_that_nobody_remembers() {
    let bench = Bench::new();
    let documents = all_documents(&bench);
    let nobody = |(document, content): &Document| {
        let items = [Item::new(document, content.as_deref())];
        summary(&validate_many(&items, &bench.terms(), &SignatureBook::default()).remove(0))
    };
    let alone: Vec<String> = documents.iter().map(nobody).collect();
    let (known, book) = (Known::new(bench.own(), &bench.policy), SignatureBook::default());
    let paths = PathBook::new(bench.own(), bench.policy.path_rules());
    let terms = Terms { known: Some(&known), paths: Some(&paths), ..bench.terms() };
    for (size, stride) in [(1, 1), (7, 3), (8, 5), (9, 7), (255, 11), (256, 13), (4096, 1)] {
        let order = || (0..size).map(|n| (n * stride + size) % documents.len());
        let all = items(&documents, order());
        // Whole, and cut where a batch ends.
        for chunk in [size, BATCH_DOCUMENTS.value, 3] {
            let answers = all.chunks(chunk).flat_map(|chunk| validate_many(chunk, &terms, &book));
            for (answer, at) in answers.zip(order()) {
                assert_eq!(Some(&summary(&answer)), alone.get(at), "document {at} of {size} by {chunk}");
            }
        }
        if size == 4096 {
            break;
        }
    }
}

#[test]
fn the_time_and_who_proves_an_earlier_one_are_asked_anew_for_every_document() {
    let bench = Bench::new();
    let document = bench.message().encode();
    let (known, book) = (Known::new(bench.own(), &bench.policy), SignatureBook::default());
    let times = [100, 5000, 99, 100, -5].map(day);
    for at in times {
        for proven_at in [None, Some(day(98)), Some(at)] {
            let items = [Item { proven_at, ..Item::new(&document, None) }];
            let plain = Terms { at, ..bench.terms() };
            let told = validate_many(&items, &Terms { known: Some(&known), ..plain }, &book);
            let plain = validate_many(&items, &plain, &SignatureBook::default());
            assert_eq!(format!("{told:?}"), format!("{plain:?}"), "at {at}, proven at {proven_at:?}");
        }
    }
}

#[test]
fn a_certificate_that_ends_like_a_known_one_is_another_one() {
    // The sample that it is looked for by is the same; one octet of the name is not.
    let bench = Bench::new();
    let good = bench.message();
    let mut forged = good.clone();
    let certificate = forged.certificates.first_mut().unwrap();
    let name = certificate.windows(6).rposition(|octets| octets == b"signer").unwrap();
    *certificate.get_mut(name).unwrap() ^= 0x20;
    let (good, forged) = (good.encode(), forged.encode());
    let known = Known::new(bench.own(), &bench.policy);
    let terms = Terms { known: Some(&known), ..bench.terms() };
    for order in [[&good, &forged], [&forged, &good]] {
        let items = order.map(|document| Item::new(document, None));
        let answers = validate_many(&items, &terms, &SignatureBook::default());
        for (answer, document) in answers.iter().zip(order) {
            let passed = answer.as_ref().unwrap().verdict.indication == Indication::TotalPassed;
            assert_eq!(passed, document == &good);
        }
    }
}

#[test]
fn what_one_document_carries_is_not_at_hand_for_the_next_that_carries_nothing() {
    let bench = Bench::new();
    let mut naked = bench.message();
    naked.certificates.clear();
    let (whole, naked) = (bench.message().encode(), naked.encode());
    let known = Known::new(bench.own(), &bench.policy);
    let terms = Terms { known: Some(&known), ..bench.terms() };
    for _ in 0..2 {
        let items = [Item::new(&whole, None), Item::new(&naked, None)];
        let answers = validate_many(&items, &terms, &SignatureBook::default());
        let indications: Vec<_> = answers.iter().map(|a| a.as_ref().unwrap().verdict.indication).collect();
        assert_eq!(indications, [Indication::TotalPassed, Indication::Indeterminate]);
    }
}

#[test]
fn what_was_learnt_under_other_evidence_or_another_policy_is_not_asked() {
    let bench = Bench::new();
    let document = bench.message().encode();
    let items = [Item::new(&document, None)];
    let known = Known::new(bench.own(), &bench.policy);
    let ask = |bench: &Bench| {
        let terms = Terms { known: Some(&known), ..bench.terms() };
        validate_many(&items, &terms, &SignatureBook::default()).remove(0).unwrap().verdict
    };
    assert_eq!(ask(&bench).indication, Indication::TotalPassed);
    let revoking = bench.centre.crl(&CrlRecipe::new(2).revoke(7, day(90), &[]));
    let mut evidence = bench.evidence.clone();
    evidence.add_crl(revoking);
    let policy = bench.policy.clone();
    let revoked = Bench { evidence, ..bench };
    assert_eq!(ask(&revoked).sub_indication, Some(SubIndication::RevokedNoPoe));
    let strict = Policy { algorithms: Vec::new(), ..policy };
    let strict = Bench { policy: strict, ..Bench::new() };
    assert_eq!(ask(&strict).sub_indication, Some(SubIndication::CryptoConstraintsFailureNoPoe));
}

#[test]
fn words_of_a_signer_that_are_too_long_are_found_out_each_time() {
    let bench = Bench::new();
    // A second reference, beyond the one that counts, as long as one likes.
    let with_words_of = |bytes: usize| {
        let id = |hash: &[u8]| der::sequence(&[&der::octet_string(hash)]);
        let hash = DigestAlgorithm::Sha256.digest(bench.signer.certificate.der());
        let ids = der::sequence(&[&id(&hash), &id(&vec![0; bytes])]);
        let reference = making::attribute(oids::SIGNING_CERTIFICATE_V2, &[&der::sequence(&[&ids])]);
        let attributes = vec![making::content_type(oids::ID_DATA), message_digest(CONTENT), reference];
        Made::by(&[SignerRecipe::of(&bench.signer).signed(attributes)]).encode()
    };
    let brought = Pool::default();
    let [anchors, material, evidence] = bench.own();
    let sources = Sources { anchors, pools: [material, evidence, &brought] };
    let words_and_memory = |octets: &[u8]| {
        let message = SignedData::parse(octets).unwrap();
        let info = message.signer_infos.first().unwrap();
        let carried = Carried::new((Pool::default(), 0));
        let [first, second] = [(); 2].map(|()| carried.meant(info, &sources));
        (first.words_bytes(), Arc::ptr_eq(&first, &second))
    };
    let (bytes, kept) = words_and_memory(&with_words_of(1_000));
    assert!(kept && bytes > 1_000);
    let at_the_bound = 1_000 + KNOWN_WORDS_BYTES_MAX.value - bytes;
    assert_eq!(words_and_memory(&with_words_of(at_the_bound + 1)), (KNOWN_WORDS_BYTES_MAX.value + 1, false));
    assert_eq!(words_and_memory(&with_words_of(at_the_bound)), (KNOWN_WORDS_BYTES_MAX.value, true));
    // Remembered or not, the answer is the same.
    let known = Known::new(bench.own(), &bench.policy);
    let terms = Terms { known: Some(&known), ..bench.terms() };
    for bytes in [at_the_bound, at_the_bound + 1] {
        let document = with_words_of(bytes);
        for _ in 0..2 {
            let answers = validate_many(&[Item::new(&document, None)], &terms, &SignatureBook::default());
            let verdict = answers.first().unwrap().as_ref().unwrap().verdict;
            assert_eq!(verdict.indication, Indication::TotalPassed, "{bytes}");
        }
    }
}
