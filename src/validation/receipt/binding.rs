//! What a receipt is about: service, imprint, request, time, signers (facts/ttp.md §1.7 (3) to (8)).

use super::certs;
use super::fault::ReceiptFault;
use super::status::{SignatureResult, overall};
use super::{ReceiptQuestion, ReceiptSubject};
use crate::cms::dvcs::{CertInfo, DataToCertify, DvcsRequest, DvcsResponse, DvcsTime, ErrorNotice, Service};
use crate::trust::TtpStatus;

/// What an answer says about what it is about.
pub(super) struct Found {
    pub(super) status: TtpStatus,
    pub(super) service: Service,
    pub(super) signatures: Vec<SignatureResult>,
}

/// Holds an answer to its subject; adds what stands against it.
pub(super) fn bind(
    response: &DvcsResponse,
    question: &ReceiptQuestion<'_>,
    faults: &mut Vec<ReceiptFault>,
) -> Option<Found> {
    let status = match overall(response, &question.party.dialect) {
        Ok(status) => Some(status),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    match response {
        DvcsResponse::Certificate(info) => bind_certificate(info, question, (status, faults)),
        DvcsResponse::Error(notice) => {
            let service = bind_notice(notice, question, faults)?;
            Some(Found { status: status?, service, signatures: Vec::new() })
        }
    }
}

fn bind_certificate(
    info: &CertInfo,
    question: &ReceiptQuestion<'_>,
    (status, faults): (Option<TtpStatus>, &mut Vec<ReceiptFault>),
) -> Option<Found> {
    let service = info.request_information.service;
    if !question.party.dialect.serves(service) {
        faults.push(ReceiptFault::Service);
    }
    if info.unknown_critical_extension || info.request_information.unknown_critical_extension {
        faults.push(ReceiptFault::Extension);
    }
    check_asked_time(info, faults);
    let data = match question.subject {
        ReceiptSubject::Request(sent) => {
            check_repeated(info, sent, faults);
            sent.data.clone()
        }
        ReceiptSubject::Document { octets, asked_for } => {
            let told = stated(info.request_information.request_time.as_ref());
            if told != asked_for || matches!(info.request_information.request_time, Some(DvcsTime::Token(_))) {
                faults.push(ReceiptFault::Time);
            }
            // Only vsd says anything about the signatures of a document; possession of it is another matter (RFC 3029 §2).
            if service != Service::Vsd {
                faults.push(ReceiptFault::Service);
            }
            DataToCertify::Message(octets.to_vec())
        }
        ReceiptSubject::Unknown => {
            faults.push(ReceiptFault::NothingToCompare);
            return None;
        }
    };
    match data.is_imprinted_by(&info.message_imprint, question.party.dialect.imprint_scope) {
        Some(true) => {}
        Some(false) => faults.push(ReceiptFault::Imprint),
        None => faults.push(ReceiptFault::ImprintNotSupported),
    }
    let status = status?;
    let signatures = match (service, &data) {
        (Service::Vsd, DataToCertify::Message(document)) => {
            certs::compare(info, document, (status, stated(Some(&info.response_time))), faults)
        }
        _ => Vec::new(),
    };
    Some(Found { status, service, signatures })
}

/// RFC 3029 §9.1: the request comes back but for what a server may add.
fn check_repeated(info: &CertInfo, sent: &DvcsRequest, faults: &mut Vec<ReceiptFault>) {
    let (asked, told) = (&sent.information, &info.request_information);
    let mut same_nonce = info.clone();
    same_nonce.request_information.nonce.clone_from(&asked.nonce);
    if asked.service != told.service {
        faults.push(ReceiptFault::Service);
    } else if asked.request_time != told.request_time {
        faults.push(ReceiptFault::Time);
    } else if !same_nonce.repeats(asked) {
        faults.push(ReceiptFault::Request);
    } else if !info.repeats(asked) {
        faults.push(ReceiptFault::Nonce);
    }
}

/// Nobody can say today what will be valid tomorrow.
fn check_asked_time(info: &CertInfo, faults: &mut Vec<ReceiptFault>) {
    let asked = stated(info.request_information.request_time.as_ref());
    if let (Some(asked), Some(answered)) = (asked, stated(Some(&info.response_time)))
        && asked > answered
    {
        faults.push(ReceiptFault::InTheFuture);
    }
}

/// An error notice has no imprint: only the transaction that it names tells what it is about, or, in a dialect without one,
/// the connection it came over.
fn bind_notice(
    notice: &ErrorNotice,
    question: &ReceiptQuestion<'_>,
    faults: &mut Vec<ReceiptFault>,
) -> Option<Service> {
    let ReceiptSubject::Request(sent) = question.subject else {
        faults.push(ReceiptFault::NotBound);
        return None;
    };
    match (&notice.transaction_identifier, &sent.transaction_identifier) {
        (Some(told), Some(asked)) if told == asked => {}
        (Some(_), _) => faults.push(ReceiptFault::Request),
        (None, _) if !question.party.dialect.has_transaction_identifier => {}
        (None, _) => faults.push(ReceiptFault::NotBound),
    }
    Some(sent.information.service)
}

pub(super) fn stated(time: Option<&DvcsTime>) -> Option<crate::time::Timestamp> {
    match time {
        Some(DvcsTime::Stated(at)) => Some(*at),
        _ => None,
    }
}
