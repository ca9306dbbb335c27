//! A time-stamp token judged on its own: as the answer of an authority, or as proof that lies beside a document.

use const_oid::ObjectIdentifier;

use super::report::TimeStampReport;
use super::{Terms, compute, time_stamp};
use crate::cms::MessageImprint;
use crate::crypto::verify_many;
use crate::limits::LimitExceeded;
use crate::path::{LinkList, Pool, SignatureBook, Sources};

/// What a token should be about.
#[derive(Clone, Copy, Debug)]
pub struct TimeStampSubject<'a> {
    /// What was stamped.
    pub stamped: Stamped<'a>,
    /// The nonce that the request carried, contents octets: it must come back.
    pub nonce: Option<&'a [u8]>,
    /// The policy that the request asked for: the token must name it.
    pub policy: Option<ObjectIdentifier>,
}

/// What was stamped: the octets themselves, or their digest where only that is known.
#[derive(Clone, Copy, Debug)]
pub enum Stamped<'a> {
    /// The octets.
    Octets(&'a [u8]),
    /// Their digest, under the algorithm that the token must name too.
    Imprint(&'a MessageImprint),
}

impl<'a> TimeStampSubject<'a> {
    /// Octets of which nobody knows how they were asked to be stamped.
    pub fn of(octets: &'a [u8]) -> Self {
        Self { stamped: Stamped::Octets(octets), nonce: None, policy: None }
    }
}

/// Validates one token (a ContentInfo) as a signature of its own, as those inside documents are.
///
/// *Source*: RFC 3161 §2.2, §2.4.2; RFC 5816; EN 319 102-1 §5.4. *Errors*: `LimitExceeded` where the token carries more
/// certificates or CRLs than are read.
pub fn validate_time_stamp(
    token: &[u8],
    subject: &TimeStampSubject<'_>,
    terms: &Terms<'_>,
    book: &SignatureBook,
) -> Result<TimeStampReport, LimitExceeded> {
    let mut pool = Pool::default();
    let gathered = time_stamp::gather_about(token, subject, &mut pool, terms)?;
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &pool] };
    let mut list = LinkList::default();
    gathered.candidates().for_each(|candidate| list.explore(&candidate.certificate, &sources));
    let links = compute::answer(&list, book);
    let outcomes = verify_many(&gathered.claims().collect::<Vec<_>>());
    Ok(time_stamp::conclude(&gathered, &mut outcomes.iter(), &pool, (terms, &links)))
}
