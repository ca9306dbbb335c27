//! A request to the third party: taken out of its envelope, and held to what the dialect demands.

use crate::cms::SignedData;
use crate::cms::dvcs::{DvcsRequest, DvcsTime, FailureInfo, ID_CT_DVCS_REQUEST_DATA};
use crate::codec::der::{Encoding, Reader, tag};
use crate::limits::DVCS_ECHO_BYTES_MAX;
use crate::service::Verifier;
use crate::time::Timestamp;
use crate::validation::receipt::{Dialect, RequestForm};
use crate::validation::{Indication, Item};

/// Why a request is answered with an error notice: the bit of PKIFailureInfo and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) bit: u8,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(bit: u8, text: impl Into<String>) -> Self {
        Self { bit, text: text.into() }
    }
}

/// A request out of its envelope.
pub(super) struct Unwrapped {
    pub(super) request: DvcsRequest,
    pub(super) is_signed: bool,
}

/// Takes a request out of whatever it came in: SignedData, a ContentInfo of its own type, or nothing (RFC 3029 §7).
pub(super) fn unwrap(octets: &[u8]) -> Result<Unwrapped, Refusal> {
    let broken = || Refusal::new(FailureInfo::BAD_DATA_FORMAT, "the request does not read");
    if let Ok(message) = SignedData::parse(octets) {
        if message.content_type != ID_CT_DVCS_REQUEST_DATA {
            return Err(Refusal::new(FailureInfo::BAD_DATA_FORMAT, "the signed message is no DVCS request"));
        }
        let content = message.content.as_deref().ok_or_else(broken)?;
        let request = DvcsRequest::parse(content).map_err(|_| broken())?;
        return Ok(Unwrapped { request, is_signed: !message.signer_infos.is_empty() });
    }
    let bare = typed_content(octets).unwrap_or_else(|| octets.to_vec());
    let request = DvcsRequest::parse(&bare).map_err(|_| broken())?;
    Ok(Unwrapped { request, is_signed: false })
}

/// ASN.1: `ContentInfo ::= SEQUENCE { contentType id-ct-DVCSRequestData, content [0] EXPLICIT DVCSRequest }`, or with the
/// request in an OCTET STRING.
fn typed_content(octets: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Reader::new(octets, Encoding::Ber, "ContentInfo");
    let mut info = outer.sequence().ok()?;
    outer.finish().ok()?;
    if info.oid().ok()? != ID_CT_DVCS_REQUEST_DATA {
        return None;
    }
    let mut explicit = info.expect(tag::CONTEXT_CONSTRUCTED).ok()?.reader();
    let value = explicit.any().ok()?;
    match value.tag {
        tag::OCTET_STRING => Some(value.content.to_vec()),
        _ => Some(value.raw.to_vec()),
    }
}

/// Holds a request to the dialect and to the clock.
pub(super) fn check(
    unwrapped: &Unwrapped,
    octets: &[u8],
    dialect: &Dialect,
    (verifier, now): (&Verifier, Timestamp),
) -> Result<(), Refusal> {
    let refused = |text| Err(Refusal::new(FailureInfo::BAD_REQUEST, text));
    let information = &unwrapped.request.information;
    match (dialect.request_form, unwrapped.is_signed) {
        (RequestForm::Signed, false) => return refused("requests are to be signed here"),
        (RequestForm::Unsigned, true) => return refused("requests are not to be signed here"),
        _ => {}
    }
    if DVCS_ECHO_BYTES_MAX.check(unwrapped.request.echoed_bytes()).is_err() {
        return refused("what surrounds the data is too long to be repeated in an answer");
    }
    if unwrapped.is_signed && !holds(octets, verifier, now) {
        return refused("the signature of the request does not hold");
    }
    if !dialect.serves(information.service) {
        return refused("this service is not part of the rules that are followed here");
    }
    if dialect.has_transaction_identifier && unwrapped.request.transaction_identifier.is_none() {
        return refused("a request names its transaction (transactionIdentifier)");
    }
    if information.unknown_critical_extension {
        return refused("a critical extension of the request is not known here");
    }
    match &information.request_time {
        Some(DvcsTime::Token(_)) => {
            Err(Refusal::new(FailureInfo::BAD_TIME, "requestTime is to be a time, not a time-stamp token"))
        }
        Some(DvcsTime::Stated(at)) if *at > now => {
            Err(Refusal::new(FailureInfo::BAD_TIME, "requestTime has not come yet"))
        }
        _ => Ok(()),
    }
}

fn holds(octets: &[u8], verifier: &Verifier, now: Timestamp) -> bool {
    let answers = verifier.verify(&[Item::new(octets, None)], now);
    let mut reports = answers.iter().filter_map(|answer| answer.result.as_ref().ok());
    reports.next().is_some_and(|report| report.verdict.indication == Indication::TotalPassed)
}

/// For which time validity is asked.
pub(super) fn asked_for(request: &DvcsRequest) -> Option<Timestamp> {
    match &request.information.request_time {
        Some(DvcsTime::Stated(at)) => Some(*at),
        _ => None,
    }
}
