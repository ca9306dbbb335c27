//! A time-stamping authority (RFC 3161): requests in, tokens or refusals out, and never a time that cannot be relied on.

mod sntp;
mod watch;

use std::sync::atomic::{AtomicU32, Ordering};

use const_oid::ObjectIdentifier;

pub use sntp::{SntpError, ask_time, follow_time_sources};
pub use watch::{ClockFault, ClockWatch};

use super::HeldKey;
use crate::cms::{Accuracy, TimeStampFailure, TimeStampRequest, encode_granted, encode_refused};
use crate::crypto::{DigestAlgorithm, Entropy};
use crate::limits::{TIME_STAMP_DRIFT_MILLIS_MAX, TIME_STAMP_NONCE_BYTES_MAX};
use crate::policy::Policy;
use crate::signing::{SigningError, TimeStampAuthority, TokenRequest, issue_token};
use crate::time::Timestamp;

/// What stamps: a key with its certificate, and the policy its tokens name.
#[derive(Debug)]
pub struct StampingUnit {
    /// The policy.
    pub policy: ObjectIdentifier,
    /// Key and certificate.
    pub held: HeldKey,
}

/// A time-stamping authority at work.
#[derive(Debug)]
pub struct TimeStamper {
    unit: StampingUnit,
    accepts: Policy,
    watch: ClockWatch,
    count: AtomicU32,
}

/// What a client hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampReply {
    /// The whole TimeStampResp.
    pub octets: Vec<u8>,
    /// Why there is no token, where there is none.
    pub failure: Option<TimeStampFailure>,
}

/// A refusal: what machines hear, and a sentence for people.
type Refusal = (TimeStampFailure, &'static str);

impl TimeStamper {
    /// Puts an authority together.
    ///
    /// *Takes* the policy that says which digests are acceptable. *Errors*: those of `TimeStampAuthority::new`.
    pub fn new(unit: StampingUnit, accepts: Policy, watch: ClockWatch) -> Result<Self, SigningError> {
        TimeStampAuthority::new(unit.held.key.as_ref(), &unit.held.certificate)?;
        Ok(Self { unit, accepts, watch, count: AtomicU32::new(0) })
    }

    /// The clock it goes by.
    pub fn watch(&self) -> &ClockWatch {
        &self.watch
    }

    /// Answers one request (RFC 3161 §2.4).
    pub fn answer(&self, query: &[u8], entropy: &mut dyn Entropy) -> StampReply {
        match self.stamp(query, entropy) {
            Ok(token) => StampReply { octets: encode_granted(&token), failure: None },
            Err((failure, text)) => StampReply { octets: encode_refused(failure, text), failure: Some(failure) },
        }
    }

    fn stamp(&self, query: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, Refusal> {
        use TimeStampFailure as F;
        let request = TimeStampRequest::parse(query).map_err(|_| (F::BadDataFormat, "the request does not read"))?;
        let now = self.watch.now().map_err(|_| (F::TimeNotAvailable, "the clock cannot be relied on at the moment"))?;
        self.check(&request, now)?;
        let certificate = &self.unit.held.certificate;
        if !certificate.validity().contains(now) {
            return Err((F::SystemFailure, "the certificate of this authority is not valid now"));
        }
        let serial = self.serial(now, entropy).ok_or((F::SystemFailure, "no serial number could be made"))?;
        let token = TokenRequest {
            imprint: request.message_imprint,
            policy: self.unit.policy,
            serial,
            gen_time: Timestamp::from_unix_seconds(now.unix_seconds()),
            accuracy: Some(accuracy()),
            nonce: request.nonce,
            cert_req: request.cert_req,
        };
        let failed = |_| (F::SystemFailure, "the token could not be signed");
        let authority = TimeStampAuthority::new(self.unit.held.key.as_ref(), certificate).map_err(failed)?;
        issue_token(&token, &authority).map_err(failed)
    }

    /// RFC 3161 §2.2 and §2.4.2: what is asked for is understood and granted as asked, or refused.
    fn check(&self, request: &TimeStampRequest, now: Timestamp) -> Result<(), Refusal> {
        use TimeStampFailure as F;
        if request.req_policy.is_some_and(|asked| asked != self.unit.policy) {
            return Err((F::UnacceptedPolicy, "this authority does not stamp under the policy asked for"));
        }
        // RFC 3161 §2.4.1: an extension that is not known is refused, critical or not.
        if !request.extensions.is_empty() {
            return Err((F::UnacceptedExtension, "no request extension is known here"));
        }
        if request.nonce.as_ref().is_some_and(|n| TIME_STAMP_NONCE_BYTES_MAX.check(n.len()).is_err()) {
            return Err((F::BadRequest, "the nonce is too long"));
        }
        let imprint = &request.message_imprint;
        let digest = DigestAlgorithm::from_oid(imprint.hash_algorithm.oid)
            .filter(|digest| self.accepts.accepts_digest(*digest, now))
            .ok_or((F::BadAlg, "the digest of the imprint is not known or no longer acceptable"))?;
        if imprint.hash_algorithm.parameters.as_deref().is_some_and(|p| p != NULL) {
            return Err((F::BadAlg, "the digest of the imprint takes no parameters"));
        }
        if imprint.hashed_message.len() != digest.output_size() {
            return Err((F::BadDataFormat, "the imprint has not the length of its digest"));
        }
        Ok(())
    }

    /// Unique also across restarts and among processes with one key: the millisecond, a count, and 64 random bits, below
    /// the 160 bits that RFC 3161 §2.4.2 asks every client to take.
    fn serial(&self, now: Timestamp, entropy: &mut dyn Entropy) -> Option<Vec<u8>> {
        let mut random = [0; 8];
        entropy.fill(&mut random).ok()?;
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Some([&now.unix_millis().to_be_bytes()[..], &count.to_be_bytes(), &random].concat())
    }
}

const NULL: &[u8] = &[0x05, 0x00];

/// genTime is in whole seconds, and the clock may be off by as much as is tolerated.
fn accuracy() -> Accuracy {
    let millis = TIME_STAMP_DRIFT_MILLIS_MAX.value.saturating_add(1_000);
    Accuracy {
        seconds: u32::try_from(millis.div_euclid(1_000)).unwrap_or(u32::MAX),
        millis: u16::try_from(millis.rem_euclid(1_000)).unwrap_or_default(),
        micros: 0,
    }
}

#[cfg(test)]
mod tests;
