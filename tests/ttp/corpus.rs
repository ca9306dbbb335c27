//! Receipts that others made, held to the whole procedure.

use std::path::{Path, PathBuf};

use qoltanba::cms::SignedData;
use qoltanba::cms::dvcs::DvcsRequest;
use qoltanba::time::Timestamp;
use qoltanba::trust::{PartyId, Period, ReceiptKind, ReceiptProfile, TtpStatus};
use qoltanba::validation::receipt::{
    PartyStanding, ReceiptFault, ReceiptQuestion, ReceiptSubject, ThirdParty, VerifiedReceipt,
};
use qoltanba::x509::Certificate;

use crate::place::{at, pki, verifier};

fn corpus() -> Option<PathBuf> {
    let root = std::env::var("QOLTANBA_CORPORA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let folder = root.join("ttp");
    let found = folder.is_dir();
    if !found {
        eprintln!("SKIPPED: {} is not there; QOLTANBA_CORPORA names its parent", folder.display());
    }
    found.then_some(folder)
}

fn read(name: &str) -> Option<Vec<u8>> {
    std::fs::read(corpus()?.join(name)).ok()
}

/// A third party whose very certificate a registry would name: the one that came along.
fn party_of(response: &[u8], kind: ReceiptKind) -> ThirdParty {
    let message = SignedData::parse(response).unwrap();
    let anchors =
        message.certificates.iter().map(|der| (Certificate::parse(der).unwrap(), Period::since(Timestamp::default())));
    let profile = ReceiptProfile::of(kind);
    ThirdParty::new((&PartyId::new("other").unwrap(), &profile), anchors.collect(), PartyStanding::Domestic).unwrap()
}

fn judge(
    (response, request): (&[u8], &DvcsRequest),
    party: &ThirdParty,
    at: Timestamp,
) -> Result<VerifiedReceipt, Vec<&'static str>> {
    let verifier = verifier(pki().snapshot().unwrap());
    let question = ReceiptQuestion { response, subject: ReceiptSubject::Request(request), party, proven_at: None };
    let judged = verifier.validate_receipt(&question, at);
    judged.map_err(|rejected| rejected.faults.iter().map(ReceiptFault::code).collect())
}

fn request(octets: &[u8]) -> DvcsRequest {
    DvcsRequest::parse(SignedData::parse(octets).unwrap().content.as_deref().unwrap()).unwrap()
}

#[test]
fn the_pair_of_tomsk_that_does_not_match_is_refused() {
    let (Some(asked), Some(response)) = (read("dvcs/request_cpd_tomsk.der"), read("dvcs/response_cpd_tomsk.der"))
    else {
        return;
    };
    let party = party_of(&response, ReceiptKind::Rfc3029);
    let faults = judge((&response, &request(&asked)), &party, at("2012-12-31T00:00:00Z")).unwrap_err();
    // The same octets were certified for another request: nothing but the nonce tells them apart.
    assert_eq!(faults, ["RECEIPT_SIGNATURE", "RECEIPT_OTHER_NONCE"]);
}

#[test]
fn old_gost_receipts_bind_their_requests_and_stop_at_the_algorithm_floor() {
    for service in ["ccpd", "vpkc"] {
        let (Some(asked), Some(response)) =
            (read(&format!("dvcs/request_{service}_tomsk.der")), read(&format!("dvcs/response_{service}_tomsk.der")))
        else {
            return;
        };
        let party = party_of(&response, ReceiptKind::Rfc3029);
        let faults = judge((&response, &request(&asked)), &party, at("2012-12-31T00:00:00Z"));
        // GOST R 34.10-2001 is no algorithm of the Kazakh policy: the mathematics holds, and nothing else is the matter.
        assert_eq!(faults.unwrap_err(), ["RECEIPT_SIGNATURE"], "{service}");
    }
}

#[test]
fn an_answer_with_the_content_type_of_data_is_refused() {
    let Some(response) = read("dvcs/jnotary_cpd-file.out") else { return };
    let Some(asked) = read("dvcs/request_cpd_tomsk.der") else { return };
    let party = party_of(&response, ReceiptKind::Rfc3029);
    let faults = judge((&response, &request(&asked)), &party, at("2020-01-01T00:00:00Z")).unwrap_err();
    assert_eq!(faults, ["RECEIPT_CONTENT_TYPE"]);
}

#[test]
fn synthetic_receipts_are_about_their_document_and_dated_before_it() {
    // The set says what a yes, a no and a wait look like; its dates do not hold: each answer is dated three weeks before its
    // own certificate begins, and before the signing time that the document claims (facts/ttp.md §1.7 (2) and (8)).
    let Some(asked) = read("synthetic-vsd/vsd-request.der") else { return };
    let asked = request(&asked);
    let judged = |name: &str| {
        let response = read(&format!("synthetic-vsd/{name}")).unwrap();
        let party = party_of(&response, ReceiptKind::Kz547);
        judge((&response, &asked), &party, at("2026-11-22T00:00:00Z")).map(|receipt| receipt.status())
    };
    for name in ["granted", "granted-nostatus", "rejected", "waiting"] {
        let faults = judged(&format!("vsd-response-{name}.der")).unwrap_err();
        assert_eq!(faults, ["RECEIPT_SIGNATURE", "RECEIPT_BEFORE_SIGNING"], "{name}");
    }
    // An error notice has no time of its own.
    assert_eq!(judged("vsd-error-notice.der"), Ok(TtpStatus::CannotVerify));
}
