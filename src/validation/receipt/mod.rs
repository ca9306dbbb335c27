//! Receipts of trusted third parties (RFC 3029; order 547/НҚ п. 16): an answer becomes proof, or every reason why not.
//!
//! A receipt is a signature of its own, by a third party, about a document. [`validate_receipt`] is the one place that makes
//! a [`VerifiedReceipt`]: whoever holds one knows that the signature holds over the octets as received, that it is this third
//! party's, and that it is about this document.

mod authentic;
mod binding;
mod certs;
mod dialect;
mod fault;
mod party;
mod status;
mod verified;

pub use dialect::{AbsentStatus, Dialect, KeyPurpose, Rejection, RequestForm};
pub use fault::{FaultKind, ReceiptFault};
pub use party::{PartyStanding, ThirdParty};
pub use status::SignatureResult;
pub use verified::VerifiedReceipt;

use std::collections::BTreeSet;

use super::Terms;
use crate::cms::dvcs::{DvcsRequest, DvcsResponse};
use crate::path::{Pool, SignatureBook};
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// What a receipt should be about.
#[derive(Clone, Copy, Debug)]
pub enum ReceiptSubject<'a> {
    /// What was asked: a receipt must repeat it.
    Request(&'a DvcsRequest),
    /// A document, as it would have been sent: the octets of a CMS for vsd.
    Document {
        /// Its octets.
        octets: &'a [u8],
        /// For which time its validity was asked; `None` where the time of the answer was meant.
        asked_for: Option<Timestamp>,
    },
    /// Nothing is at hand: what can be told is told, and no receipt comes of it.
    Unknown,
}

/// One receipt to be validated.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptQuestion<'a> {
    /// The answer as received, in DER or BER.
    pub response: &'a [u8],
    /// What it should be about.
    pub subject: ReceiptSubject<'a>,
    /// Whose it should be.
    pub party: &'a ThirdParty,
    /// Since when the caller itself proves the receipt to exist: a store's own record of its arrival.
    pub proven_at: Option<Timestamp>,
}

/// An answer that proves nothing, with everything that stands against it.
#[derive(Clone, Debug)]
pub struct RejectedReceipt {
    /// Every reason, in the order of the procedure.
    pub faults: Vec<ReceiptFault>,
    /// What the answer says, as far as it reads; nobody vouches for it.
    pub stated: Option<Box<DvcsResponse>>,
    /// Its signer, or authorities above it, where they are revoked.
    pub revoked: Vec<Certificate>,
    /// What the finding about the signer's path rests on, by name.
    pub rests_on: BTreeSet<Fingerprint>,
}

impl RejectedReceipt {
    /// Whether other evidence may settle it: certificates or revocation data that are not at hand.
    pub fn lacks_evidence(&self) -> bool {
        use super::SubIndication as S;
        self.faults.iter().any(|fault| match fault {
            ReceiptFault::SignerNotFound => true,
            ReceiptFault::Signature(reason) => {
                matches!(reason.code.finding(), S::TryLater | S::NoCertificateChainFound | S::NoSigningCertificateFound)
            }
            _ => false,
        })
    }

    /// The gravest kind of its faults.
    pub fn kind(&self) -> FaultKind {
        self.faults.iter().map(ReceiptFault::kind).min().unwrap_or(FaultKind::Invalid)
    }
}

/// Validates one receipt. Pure and total: every step is taken, none stops at the first fault but where nothing is left to
/// look at.
///
/// *Source*: facts/ttp.md §1.7. *Takes* terms whose evidence and policy count; their trust does not: a receipt is
/// under the anchors of its third party alone. *Errors*: `RejectedReceipt`.
pub fn validate_receipt(
    question: &ReceiptQuestion<'_>,
    terms: &Terms<'_>,
    book: &SignatureBook,
) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
    validate_receipt_with(question, &Pool::default(), terms, book)
}

/// The same with evidence that was kept beside the receipt: it adds to what is at hand, and is trusted as little.
///
/// *Errors*: `RejectedReceipt`.
pub fn validate_receipt_with(
    question: &ReceiptQuestion<'_>,
    kept: &Pool,
    terms: &Terms<'_>,
    book: &SignatureBook,
) -> Result<VerifiedReceipt, Box<RejectedReceipt>> {
    let answer = match authentic::read(question.response) {
        Ok(answer) => answer,
        Err(fault) => {
            let (faults, revoked, rests_on) = (vec![fault], Vec::new(), BTreeSet::new());
            return Err(Box::new(RejectedReceipt { faults, stated: None, revoked, rests_on }));
        }
    };
    let authentic::Read { message, response } = answer;
    let proven_at = question.proven_at.filter(|at| *at <= terms.at);
    // DIVERGENCE D-45: a proof of when it was there takes the place of now for what may have changed since.
    let when = authentic::Moments::of(&response, proven_at, terms.at);
    let mut trust = question.party.trust_at(when.at);
    trust.material = kept.clone();
    let terms = Terms { trust: &trust, paths: None, known: None, ..*terms };
    let authenticated = authentic::authenticate(&message, question.party, when, (&terms, book));
    let authentic::Authenticated { signer, digest, rests_on, revoked, mut faults } = authenticated;
    let found = binding::bind(&response, question, &mut faults);
    let signed_with = (question.party, digest);
    faults.extend(authentic::check_digest(&response, signed_with, when.proven_at, &terms));
    let stated = Some(Box::new(response));
    let rejected = |faults, stated, rests_on| Err(Box::new(RejectedReceipt { faults, stated, revoked, rests_on }));
    match (signer, found, faults.is_empty(), stated) {
        (Some(signer), Some(found), true, Some(response)) => {
            Ok(VerifiedReceipt::new(question, (*response, found), (signer, when.at), rests_on))
        }
        (_, _, true, stated) => rejected(vec![ReceiptFault::SignerNotFound], stated, rests_on),
        (_, _, false, stated) => rejected(faults, stated, rests_on),
    }
}
