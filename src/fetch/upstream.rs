//! How well each endpoint answers, and when it is left alone: a circuit breaker per host, port and kind, with its record.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::content::Kind;
use super::url::Url;
use crate::limits::{FETCH_ATTEMPTS_KEPT, FETCH_ENDPOINTS_MAX, FETCH_FAILURES_MAX, FETCH_PAUSE_SECONDS_MAX};
use crate::time::Timestamp;

/// Who is asked for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// Host and port.
    pub host: String,
    /// What it serves.
    pub kind: Kind,
}

impl Endpoint {
    /// The endpoint behind a URL.
    pub fn of(url: &Url, kind: Kind) -> Self {
        Self { host: format!("{}:{}", url.host(), url.port()), kind }
    }
}

/// One fetch that reached out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub millis: u32,
    /// What went wrong, by its stable code; none where something was fetched.
    pub error: Option<String>,
}

/// What is remembered of an endpoint; also its form on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamRecord {
    /// Whom it is about.
    pub endpoint: Endpoint,
    /// Failures since it last answered.
    pub failures: u32,
    /// When it may be asked again, after failures.
    pub next_try: Option<Timestamp>,
    /// When it last brought what was asked for.
    pub last_success: Option<Timestamp>,
    /// The latest attempts, oldest first.
    pub attempts: VecDeque<Attempt>,
}

/// Whether an endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circuit {
    /// It is.
    Closed,
    /// It failed too often and is left alone.
    Open,
    /// It failed too often, and the next fetch tries it once.
    HalfOpen,
}

/// An endpoint's availability, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamRow {
    /// Host and port.
    pub endpoint: String,
    /// What it serves.
    pub kind: Kind,
    /// Whether it is asked.
    pub state: Circuit,
    /// How many attempts the figures rest on.
    pub attempts: usize,
    /// How many of a hundred brought something.
    pub success_percent: usize,
    /// Half of them took no longer.
    pub latency_ms_median: Option<u32>,
    /// Nineteen of twenty took no longer.
    pub latency_ms_p95: Option<u32>,
    /// What went wrong last, by its code.
    pub last_error: Option<String>,
    /// When.
    pub last_error_at: Option<Timestamp>,
    /// When it last brought something.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked again.
    pub next_try: Option<Timestamp>,
}

/// Everything that is remembered of endpoints.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    records: BTreeMap<Endpoint, UpstreamRecord>,
}

/// How an attempt ended, in the eyes of the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It brought something.
    Success,
    /// The endpoint lives, but had nothing for us.
    Answered,
    /// The endpoint failed, and may have told how long to wait.
    Failed { retry_after_seconds: Option<u32> },
}

/// The first pause; it doubles with each further failure.
const PAUSE_SECONDS_FIRST: u32 = 15;

impl Upstreams {
    /// Takes records as they were kept; more than `FETCH_ENDPOINTS_MAX` are cut.
    pub fn restore(records: Vec<UpstreamRecord>) -> Self {
        let mut upstreams = Self::default();
        for mut record in records.into_iter().take(FETCH_ENDPOINTS_MAX.value) {
            record.attempts.truncate(FETCH_ATTEMPTS_KEPT.value);
            upstreams.records.insert(record.endpoint.clone(), record);
        }
        upstreams
    }

    /// The records, for keeping.
    pub fn records(&self) -> Vec<UpstreamRecord> {
        self.records.values().cloned().collect()
    }

    /// The table for people and programs.
    pub fn rows(&self, now: Timestamp) -> Vec<UpstreamRow> {
        self.records.values().map(|record| record.row(now)).collect()
    }

    /// Whether an endpoint may be asked now. One that is half-open lets one through and is closed to others for a while, so
    /// that an attempt that never ends does not hold it.
    ///
    /// *Errors*: when it may be asked again.
    pub(super) fn admit(&mut self, endpoint: &Endpoint, now: Timestamp) -> Result<(), Timestamp> {
        let Some(record) = self.records.get_mut(endpoint) else { return Ok(()) };
        match (record.circuit(now), record.next_try) {
            (Circuit::Open, Some(until)) => Err(until),
            (Circuit::HalfOpen, _) => {
                record.next_try = Some(now.plus_seconds(i64::from(pause_seconds(record.failures))));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes an attempt down. *Gives* when the endpoint may be asked again, where it failed.
    pub(super) fn conclude(
        &mut self,
        endpoint: &Endpoint,
        attempt: Attempt,
        ending: Ending,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if !self.records.contains_key(endpoint) {
            self.make_room();
        }
        let record = self.records.entry(endpoint.clone()).or_insert_with(|| UpstreamRecord {
            endpoint: endpoint.clone(),
            failures: 0,
            next_try: None,
            last_success: None,
            attempts: VecDeque::new(),
        });
        while record.attempts.len() >= FETCH_ATTEMPTS_KEPT.value {
            record.attempts.pop_front();
        }
        record.attempts.push_back(attempt);
        (record.failures, record.next_try) = match ending {
            Ending::Success | Ending::Answered => (0, None),
            Ending::Failed { retry_after_seconds } => {
                let failures = record.failures.saturating_add(1);
                let pause = retry_after_seconds.unwrap_or(0).max(pause_seconds(failures)).min(pause_seconds_max());
                (failures, Some(now.plus_seconds(i64::from(pause))))
            }
        };
        if ending == Ending::Success {
            record.last_success = Some(now);
        }
        record.next_try
    }

    /// The endpoint that was not asked for the longest time goes.
    fn make_room(&mut self) {
        while self.records.len() >= FETCH_ENDPOINTS_MAX.value {
            let last = |r: &UpstreamRecord| r.attempts.back().map(|a| a.at);
            let Some(oldest) = self.records.values().min_by_key(|r| last(r)).map(|r| r.endpoint.clone()) else { break };
            self.records.remove(&oldest);
        }
    }
}

/// 15 s, 30 s, 1 min … up to the bound.
fn pause_seconds(failures: u32) -> u32 {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    PAUSE_SECONDS_FIRST.saturating_mul(doubled).min(pause_seconds_max())
}

fn pause_seconds_max() -> u32 {
    u32::try_from(FETCH_PAUSE_SECONDS_MAX.value).unwrap_or(u32::MAX)
}

impl UpstreamRecord {
    fn circuit(&self, now: Timestamp) -> Circuit {
        let failed_often = usize::try_from(self.failures).unwrap_or(usize::MAX) >= FETCH_FAILURES_MAX.value;
        match self.next_try {
            Some(until) if failed_often && now < until => Circuit::Open,
            Some(_) if failed_often => Circuit::HalfOpen,
            _ => Circuit::Closed,
        }
    }

    fn row(&self, now: Timestamp) -> UpstreamRow {
        let mut millis: Vec<u32> = self.attempts.iter().map(|a| a.millis).collect();
        millis.sort_unstable();
        let quantile = |of_hundred: usize| {
            let rank = millis.len().saturating_mul(of_hundred).div_ceil(100);
            millis.get(rank.saturating_sub(1)).copied()
        };
        let brought = self.attempts.iter().filter(|a| a.error.is_none()).count();
        let wrong = self.attempts.iter().rev().find(|a| a.error.is_some());
        UpstreamRow {
            endpoint: self.endpoint.host.clone(),
            kind: self.endpoint.kind,
            state: self.circuit(now),
            attempts: self.attempts.len(),
            success_percent: brought.saturating_mul(100).checked_div(self.attempts.len()).unwrap_or(0),
            latency_ms_median: quantile(50),
            latency_ms_p95: quantile(95),
            last_error: wrong.and_then(|a| a.error.clone()),
            last_error_at: wrong.map(|a| a.at),
            last_success_at: self.last_success,
            next_try: self.next_try,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint { host: "h:80".to_owned(), kind: Kind::Crl }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn fail(upstreams: &mut Upstreams, now: i64, retry_after_seconds: Option<u32>) -> i64 {
        let attempt = Attempt { at: at(now), millis: 10, error: Some("UNREACHABLE".to_owned()) };
        let ending = Ending::Failed { retry_after_seconds };
        upstreams.conclude(&endpoint(), attempt, ending, at(now)).unwrap().unix_seconds()
    }

    fn end(upstreams: &mut Upstreams, now: i64, ending: Ending) {
        let attempt = Attempt { at: at(now), millis: 20, error: None };
        assert_eq!(upstreams.conclude(&endpoint(), attempt, ending, at(now)), None);
    }

    #[test]
    fn an_endpoint_rests_after_its_last_failure_too_many_and_one_probe_tells() {
        let mut upstreams = Upstreams::default();
        assert_eq!(upstreams.admit(&endpoint(), at(0)), Ok(()));
        assert_eq!(fail(&mut upstreams, 0, None), 15);
        assert_eq!(fail(&mut upstreams, 1, None), 31);
        assert_eq!(upstreams.admit(&endpoint(), at(2)), Ok(()), "two failures do not open the circuit");
        assert_eq!(fail(&mut upstreams, 2, None), 62);
        assert_eq!(upstreams.admit(&endpoint(), at(61)), Err(at(62)));
        assert_eq!(upstreams.rows(at(61))[0].state, Circuit::Open);
        assert_eq!(upstreams.rows(at(62))[0].state, Circuit::HalfOpen);
        assert_eq!(upstreams.admit(&endpoint(), at(62)), Ok(()), "one probe");
        assert_eq!(upstreams.admit(&endpoint(), at(62)), Err(at(122)), "and no second");
        assert_eq!(fail(&mut upstreams, 63, None), 63 + 120);
        assert_eq!(upstreams.admit(&endpoint(), at(183)), Ok(()));
        end(&mut upstreams, 183, Ending::Success);
        assert_eq!(upstreams.admit(&endpoint(), at(183)), Ok(()));
        assert_eq!(upstreams.rows(at(183))[0].state, Circuit::Closed);
    }

    #[test]
    fn pauses_grow_and_what_a_server_asks_for_counts_up_to_the_bound() {
        let mut upstreams = Upstreams::default();
        assert_eq!(fail(&mut upstreams, 0, Some(100)), 100);
        assert_eq!(fail(&mut upstreams, 0, Some(1)), 30, "no shorter than our own pause");
        assert_eq!(fail(&mut upstreams, 0, Some(4_000_000)), 3_600);
        for _ in 0..40 {
            assert!(fail(&mut upstreams, 0, None) <= 3_600);
        }
    }

    #[test]
    fn an_endpoint_that_has_nothing_lives_and_other_kinds_of_it_are_apart() {
        let mut upstreams = Upstreams::default();
        for _ in 0..3 {
            fail(&mut upstreams, 0, None);
        }
        let other = Endpoint { kind: Kind::Ocsp, ..endpoint() };
        assert_eq!(upstreams.admit(&other, at(0)), Ok(()));
        end(&mut upstreams, 0, Ending::Answered);
        assert_eq!(upstreams.admit(&endpoint(), at(0)), Ok(()));
    }

    #[test]
    fn the_table_tells_shares_and_latencies_of_the_latest_attempts() {
        let mut upstreams = Upstreams::default();
        fail(&mut upstreams, 0, None);
        for now in 1..=3 {
            end(&mut upstreams, now, Ending::Success);
        }
        let row = upstreams.rows(at(9)).remove(0);
        assert_eq!((row.attempts, row.success_percent), (4, 75));
        assert_eq!((row.latency_ms_median, row.latency_ms_p95), (Some(20), Some(20)));
        assert_eq!((row.last_error.as_deref(), row.last_success_at), (Some("UNREACHABLE"), Some(at(3))));
        for now in 0..100 {
            end(&mut upstreams, now, Ending::Success);
        }
        assert_eq!(upstreams.rows(at(9))[0].attempts, FETCH_ATTEMPTS_KEPT.value);
        assert_eq!(Upstreams::restore(upstreams.records()).records(), upstreams.records());
    }

    #[test]
    fn no_more_endpoints_are_remembered_than_the_bound() {
        let mut upstreams = Upstreams::default();
        for number in 0..=FETCH_ENDPOINTS_MAX.value {
            let endpoint = Endpoint { host: format!("h{number}:80"), kind: Kind::Crl };
            let now = at(i64::try_from(number).unwrap());
            let attempt = Attempt { at: now, millis: 1, error: None };
            upstreams.conclude(&endpoint, attempt, Ending::Success, now);
        }
        assert_eq!(upstreams.records().len(), FETCH_ENDPOINTS_MAX.value);
        assert!(upstreams.records().iter().all(|r| r.endpoint.host != "h0:80"));
    }
}
