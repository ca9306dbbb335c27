//! Compute: the claims of all documents at once, identical ones once; every answer goes to the document that asked.

use std::collections::HashMap;

use super::Terms;
use super::gather::Gathered;
use crate::crypto::{Outcome, SignatureClaim, verify_many};
use crate::path::{Link, LinkList, LinkOutcome, Links, SignatureBook, Sources, WantedLink};

/// What one document may rest on: the outcomes of its own claims, in their order, and the links it asked for. Nothing that
/// a neighbour asked for is in it, so no answer depends on who was in the batch.
#[derive(Default)]
pub(super) struct Computed {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) links: Links,
}

/// Has everything computed that the documents need and that the book does not know.
pub(super) fn compute(documents: &[&Gathered<'_>], terms: &Terms<'_>, book: &SignatureBook) -> Vec<Computed> {
    let lists: Vec<LinkList<'_>> = documents.iter().map(|document| list(document, terms)).collect();
    let mut claims: Vec<SignatureClaim<'_>> = Vec::new();
    let mut own = Vec::with_capacity(documents.len());
    for document in documents {
        let start = claims.len();
        claims.extend(document.claims());
        own.push(start..claims.len());
    }
    let asked = Asked::of(lists.iter().flat_map(LinkList::links), book, &mut claims);
    let outcomes = verify_many(&claims);
    let answers = asked.settle(&outcomes, book);
    let computed = |(range, list): (std::ops::Range<usize>, &LinkList<'_>)| Computed {
        outcomes: outcomes.get(range).map(<[_]>::to_vec).unwrap_or_default(),
        links: pick(list, &answers),
    };
    own.into_iter().zip(&lists).map(computed).collect()
}

/// Answers one list of links.
pub(super) fn answer(list: &LinkList<'_>, book: &SignatureBook) -> Links {
    let mut claims = Vec::new();
    let asked = Asked::of(list.links().iter(), book, &mut claims);
    let outcomes = verify_many(&claims);
    pick(list, &asked.settle(&outcomes, book))
}

fn list<'a>(document: &'a Gathered<'_>, terms: &Terms<'a>) -> LinkList<'a> {
    let sources =
        Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &document.pool] };
    let mut list = LinkList::default();
    document.targets().for_each(|target| list.explore(target, &sources));
    list
}

fn pick(list: &LinkList<'_>, answers: &HashMap<Link, LinkOutcome>) -> Links {
    let mut links = Links::default();
    for wanted in list.links() {
        if let Some(outcome) = answers.get(&wanted.link) {
            links.record(wanted.link, *outcome);
        }
    }
    links
}

/// Links that are known, and links whose claims stand at a place among all claims.
struct Asked {
    known: HashMap<Link, LinkOutcome>,
    places: HashMap<Link, usize>,
}

impl Asked {
    fn of<'l, 'a: 'l>(
        wanted: impl Iterator<Item = &'l WantedLink<'a>>,
        book: &SignatureBook,
        claims: &mut Vec<SignatureClaim<'a>>,
    ) -> Self {
        let mut asked = Self { known: HashMap::new(), places: HashMap::new() };
        for one in wanted {
            if asked.known.contains_key(&one.link) || asked.places.contains_key(&one.link) {
                continue;
            }
            match book.get(one.link).map_or_else(|| one.claim(), Err) {
                Ok(claim) => {
                    asked.places.insert(one.link, claims.len());
                    claims.push(claim);
                }
                Err(outcome) => {
                    asked.known.insert(one.link, outcome);
                }
            }
        }
        asked
    }

    /// Takes the outcomes in, tells the book what is new, and gives every answer.
    fn settle(self, outcomes: &[Outcome], book: &SignatureBook) -> HashMap<Link, LinkOutcome> {
        let Self { mut known, places } = self;
        let outcome = |place: usize| outcomes.get(place).copied().map(LinkOutcome::from);
        let fresh: Vec<(Link, LinkOutcome)> =
            places.into_iter().filter_map(|(link, place)| Some((link, outcome(place)?))).collect();
        book.record(fresh.iter().copied());
        known.extend(fresh);
        known
    }
}
