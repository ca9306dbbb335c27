//! Compute: the claims of all documents at once, identical ones once; every answer goes to the document that asked.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::gather::Gathered;
use super::{Stage, Terms};
use crate::crypto::{Outcome, SignatureClaim, verify_many};
use crate::path::{Link, LinkList, LinkOutcome, Links, SignatureBook, Sources, WantedLink};

/// What one document may rest on: which outcomes are those of its own claims, in their order, and the links it asked for.
/// Nothing that a neighbour asked for is in it, so no answer depends on who was in the batch.
#[derive(Default)]
pub(super) struct Computed {
    pub(super) outcomes: Range<usize>,
    pub(super) links: Arc<Links>,
}

/// Has everything computed that the documents need and that the book does not know. Gives the outcomes of all claims, and
/// what each document may rest on.
pub(super) fn compute(
    documents: &[&Gathered<'_>],
    terms: &Terms<'_>,
    book: &SignatureBook,
    ended: &mut dyn FnMut(Stage),
) -> (Vec<Outcome>, Vec<Computed>) {
    let mut claims: Vec<SignatureClaim<'_>> = Vec::with_capacity(documents.len());
    let mut own = Vec::with_capacity(documents.len());
    for document in documents {
        let start = claims.len();
        claims.extend(document.claims());
        own.push(start..claims.len());
    }
    let mut wanted = Wanted::default();
    let sought: Vec<Sought> = documents.iter().map(|document| wanted.seek(document, terms)).collect();
    let asked = Asked::of(wanted.lists.iter().flat_map(LinkList::links), book, &mut claims);
    ended(Stage::Links);
    let outcomes = verify_many(&claims);
    ended(Stage::Signatures);
    let answers = asked.settle(&outcomes, book);
    let found: Vec<Arc<Links>> = wanted.lists.iter().map(|list| Arc::new(pick(list, &answers))).collect();
    let links = |document: &Gathered<'_>, sought: Sought| match sought {
        Sought::Known(links) => links,
        Sought::Listed(place) => {
            let links = found.get(place).map(Arc::clone).unwrap_or_default();
            document.only_meant().inspect(|meant| meant.keep_links(&links));
            links
        }
    };
    let computed = own
        .into_iter()
        .zip(sought)
        .zip(documents)
        .map(|((outcomes, sought), document)| Computed { outcomes, links: links(document, sought) })
        .collect();
    (outcomes, computed)
}

/// Where the links of a document come from.
enum Sought {
    Known(Arc<Links>),
    Listed(usize),
}

/// What is to be found out, once for all documents that ask for the same.
#[derive(Default)]
struct Wanted<'a> {
    lists: Vec<LinkList<'a>>,
    /// Lists of documents of whose only signer the same is known.
    of_meant: HashMap<usize, usize>,
}

impl<'a> Wanted<'a> {
    fn seek(&mut self, document: &'a Gathered<'_>, terms: &Terms<'a>) -> Sought {
        let Some(meant) = document.only_meant() else { return self.list(document, terms) };
        if let Some(links) = meant.links() {
            return Sought::Known(Arc::clone(links));
        }
        // The documents hold on to what they mean, so that no place in memory is used twice meanwhile.
        let address = Arc::as_ptr(meant).addr();
        if let Some(place) = self.of_meant.get(&address) {
            return Sought::Listed(*place);
        }
        self.of_meant.insert(address, self.lists.len());
        self.list(document, terms)
    }

    fn list(&mut self, document: &'a Gathered<'_>, terms: &Terms<'a>) -> Sought {
        let carried = &document.carried.pool;
        let sources =
            Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, carried] };
        let mut list = LinkList::default();
        document.targets().for_each(|target| list.explore(target, &sources));
        self.lists.push(list);
        Sought::Listed(self.lists.len().saturating_sub(1))
    }
}

/// Answers one list of links.
pub(super) fn answer(list: &LinkList<'_>, book: &SignatureBook) -> Links {
    let mut claims = Vec::new();
    let asked = Asked::of(list.links().iter(), book, &mut claims);
    let outcomes = verify_many(&claims);
    pick(list, &asked.settle(&outcomes, book))
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
