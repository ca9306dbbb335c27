//! What was asked for during one call, on whose account, and what came of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::guests::Guests;
use super::wanted::{Fact, Lack, Mirrors, Urgency, Way, lacks_of, refreshable};
use crate::fetch::{FetchError, Fetched, Fetcher, Phase, Refusal};
use crate::limits::{
    FETCH_CALL_SECONDS_MAX, FETCH_REPEAT_SECONDS, FETCHES_FOR_STRANGERS_MAX, FETCHES_PER_BATCH_MAX,
    FETCHES_PER_DOCUMENT_MAX,
};
use crate::report::Answer;
use crate::service::Trust;
use crate::time::Timestamp;
use crate::validation::{Code, Reason};
use crate::x509::{Certificate, Fingerprint};

/// The account of one call of `settle`.
pub(super) struct Ledger {
    deadline: Instant,
    gone: HashSet<(Fingerprint, Way)>,
    /// What came of it, by the certificate that it was about.
    told: HashMap<Fingerprint, Vec<Reason>>,
    /// By the document's place among those that are verified together.
    spent: HashMap<usize, Spent>,
    spent_by_all: usize,
}

/// Whether what is known is asked for changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresh {
    /// It is: the question is about now.
    Yes,
    /// It is not: the question is about another time, which news of now say little about.
    No,
}

/// What one document made us fetch.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    fetches: usize,
    for_strangers: usize,
    is_cut_short: bool,
}

/// One thing to fetch, wherever it is to be had.
#[derive(Debug)]
pub(super) struct Ask {
    about: Fingerprint,
    /// Whose issuer it is to be, where that is what is wanted.
    child: Option<Certificate>,
    mirrors: Mirrors,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let seconds = u64::try_from(FETCH_CALL_SECONDS_MAX.value).unwrap_or(u64::MAX);
        Self {
            deadline: now.checked_add(Duration::from_secs(seconds)).unwrap_or(now),
            gone: HashSet::new(),
            told: HashMap::new(),
            spent: HashMap::new(),
            spent_by_all: 0,
        }
    }

    /// What to fetch next: for each fact that is missing, or where `refresh` that may have changed, the first way that was
    /// not gone yet.
    pub(super) fn plan<'t>(
        &mut self,
        answers: impl Iterator<Item = Option<&'t mut Answer>>,
        (trust, fetcher): (&Trust, &Fetcher),
        refresh: Refresh,
    ) -> Vec<Ask> {
        let mut asks = Vec::new();
        for (document, answer) in answers.enumerate() {
            for lack in answer.iter().flat_map(|answer| lacks(answer, trust, refresh)) {
                let known = lack.urgency == Urgency::Refresh && lack.ways().iter().any(|w| lack.is_fresh(*w, fetcher));
                if !known {
                    asks.extend(self.plan_one(document, &lack));
                }
            }
        }
        asks
    }

    fn plan_one(&mut self, document: usize, lack: &Lack) -> Vec<Ask> {
        for way in lack.ways() {
            if self.gone.contains(&(lack.subject(), *way)) {
                continue;
            }
            let lists = lack.mirrors(*way);
            let fetches = lists.iter().map(Vec::len).sum();
            if fetches > 0 && !self.spend(document, lack, fetches) {
                return Vec::new();
            }
            self.gone.insert((lack.subject(), *way));
            if !lists.is_empty() {
                let child = matches!(lack.fact, Fact::Issuer).then(|| lack.certificate.clone());
                let ask = |mirrors| Ask { about: lack.subject(), child: child.clone(), mirrors };
                return lists.into_iter().map(ask).collect();
            }
        }
        Vec::new()
    }

    /// Puts fetches on a document's account, where there is room.
    fn spend(&mut self, document: usize, lack: &Lack, fetches: usize) -> bool {
        let spent = self.spent.entry(document).or_default();
        let by_document = spent.fetches.saturating_add(fetches);
        let for_strangers = match lack.fact {
            Fact::Issuer => spent.for_strangers.saturating_add(fetches),
            Fact::Status { .. } => spent.for_strangers,
        };
        let by_all = self.spent_by_all.saturating_add(fetches);
        let has_room = by_document <= FETCHES_PER_DOCUMENT_MAX.value
            && for_strangers <= FETCHES_FOR_STRANGERS_MAX.value
            && by_all <= FETCHES_PER_BATCH_MAX.value;
        if has_room {
            *spent = Spent { fetches: by_document, for_strangers, ..*spent };
            self.spent_by_all = by_all;
        } else {
            spent.is_cut_short = true;
        }
        has_room
    }

    /// Fetches all of it at once, each from its first mirror that gives anything. *Gives* what is for everybody; issuers for
    /// strangers go to their guests.
    pub(super) async fn ask(&mut self, fetcher: &Fetcher, asks: Vec<Ask>, guests: &mut Guests) -> Vec<Fetched> {
        let deadline = self.deadline;
        let results = join_all(asks.into_iter().map(|ask| ask_mirrors(fetcher, ask, deadline))).await;
        let mut all = Vec::new();
        for (about, child, fetched, reasons) in results {
            self.told.entry(about).or_default().extend(reasons);
            match (fetched, child) {
                (Some(fetched), Some(child)) => guests.admit(&child, &fetched.kept),
                (fetched, _) => all.extend(fetched),
            }
        }
        all
    }

    /// Tells an answer what was asked in vain for the facts that it still misses.
    pub(super) fn tell(&self, document: usize, answer: &mut Answer, trust: &Trust) {
        let Ok(report) = &mut answer.result else { return };
        let cut_short = self.spent.get(&document).is_some_and(|spent| spent.is_cut_short);
        for signature in &mut report.signatures {
            let missing = lacks_of(signature, &trust.compiled.anchors);
            let told = missing.iter().filter_map(|lack| self.told.get(&lack.subject())).flatten().cloned();
            let budget = (cut_short && !missing.is_empty()).then(|| Reason::plain(Code::FetchBudgetSpent));
            signature.tell_upstream(told.chain(budget).collect::<Vec<_>>());
        }
    }
}

fn lacks(answer: &Answer, trust: &Trust, refresh: Refresh) -> Vec<Lack> {
    let signatures = answer.result.iter().flat_map(|report| &report.signatures);
    let of = |signature| match refresh {
        Refresh::Yes => [lacks_of(signature, &trust.compiled.anchors), refreshable(signature)].concat(),
        Refresh::No => lacks_of(signature, &trust.compiled.anchors),
    };
    signatures.flat_map(of).collect()
}

type Told = (Fingerprint, Option<Certificate>, Option<Fetched>, Vec<Reason>);

async fn ask_mirrors(fetcher: &Fetcher, ask: Ask, deadline: Instant) -> Told {
    let mut reasons = Vec::new();
    for mirror in ask.mirrors {
        let wish = match mirror {
            Ok(wish) => wish,
            Err((uri, error)) => {
                reasons.push(unavailable(&uri, FetchError::Url(error), None));
                continue;
            }
        };
        let url = &wish.key().url;
        match timeout_at(deadline, fetcher.fetch(&wish)).await {
            Ok(Ok(fetched)) => {
                let again = repeat_after(fetched.kept.checked_at);
                reasons.push(Reason::about(Code::UpstreamSettledNothing, url).at(again));
                return (ask.about, ask.child, Some(fetched), reasons);
            }
            Ok(Err(Refusal { error, retry_at, .. })) => reasons.push(unavailable(&url.to_string(), error, retry_at)),
            Err(_) => {
                let late = FetchError::Late { phase: Phase::Body };
                reasons.push(unavailable(&url.to_string(), late, Some(repeat_after(fetcher.now()))));
            }
        }
    }
    (ask.about, ask.child, None, reasons)
}

fn unavailable(url: &str, error: FetchError, retry_at: Option<Timestamp>) -> Reason {
    let reason = Reason::about(Code::UpstreamUnavailable, format_args!("{url} [{}]", error.code()));
    Reason { when: retry_at, ..reason }
}

fn repeat_after(at: Timestamp) -> Timestamp {
    at.plus_seconds(i64::try_from(FETCH_REPEAT_SECONDS.value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::devkit::DevkitPki;

    fn lack(pki: &DevkitPki, fact: Fact) -> Lack {
        let certificate = pki.certificate("officer-head").unwrap().clone();
        Lack { certificate, fact, urgency: Urgency::Missing }
    }

    #[test]
    fn a_document_spends_up_to_its_bound_and_a_strangers_up_to_a_lower_one() {
        let pki = DevkitPki::build().unwrap();
        let issuer = pki.certificate("issuing-gost").unwrap().clone();
        let (stranger, known) = (lack(&pki, Fact::Issuer), lack(&pki, Fact::Status { issuer }));
        let mut ledger = Ledger::new();
        assert!(ledger.spend(0, &stranger, FETCHES_FOR_STRANGERS_MAX.value));
        assert!(!ledger.spend(0, &stranger, 1));
        assert!(ledger.spend(1, &stranger, 1), "each document has its own account");
        let left = FETCHES_PER_DOCUMENT_MAX.value - FETCHES_FOR_STRANGERS_MAX.value;
        assert!(ledger.spend(0, &known, left));
        assert!(!ledger.spend(0, &known, 1));
        assert!(ledger.spent.get(&0).is_some_and(|spent| spent.is_cut_short));
        for document in 2.. {
            let by_all = ledger.spent_by_all;
            let wanted = FETCHES_PER_DOCUMENT_MAX.value.min(FETCHES_PER_BATCH_MAX.value - by_all);
            if wanted == 0 {
                break;
            }
            assert!(ledger.spend(document, &known, wanted));
        }
        assert!(!ledger.spend(usize::MAX, &known, 1), "all documents together have one as well");
    }

    #[test]
    fn a_way_is_gone_once_for_all_documents() {
        let pki = DevkitPki::build().unwrap();
        let issuer = pki.certificate("issuing-gost").unwrap().clone();
        let lack = lack(&pki, Fact::Status { issuer });
        let mut ledger = Ledger::new();
        let ocsp = ledger.plan_one(0, &lack);
        let lists = ledger.plan_one(1, &lack);
        assert_eq!((ocsp.len(), lists.len()), (1, 2), "the responder, then the list and its delta");
        assert!(ledger.plan_one(2, &lack).is_empty());
    }
}
