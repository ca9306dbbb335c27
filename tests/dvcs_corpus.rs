//! DVCS messages that others made (RFC 3029): they read, their signatures hold, answers belong to their requests or not.
#![expect(clippy::disallowed_methods, reason = "a test finds its corpus by environment and disk")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test: what goes wrong fails it")]

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use qoltanba::cms::dvcs::{
    CertInfo, DvcsRequest, DvcsResponse, ID_CT_DVCS_REQUEST_DATA, ID_CT_DVCS_RESPONSE_DATA, ImprintScope, PkiStatus,
};
use qoltanba::cms::{SignedData, SignerIdentifier};
use qoltanba::crypto::{DigestAlgorithm, Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use qoltanba::x509::Certificate;

fn corpus() -> Option<PathBuf> {
    let root = std::env::var("QOLTANBA_CORPORA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let folder = root.join("ttp");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there; QOLTANBA_CORPORA names its parent", folder.display());
    None
}

/// Whether the only signer's signature holds over content and attributes, under a certificate that came along.
fn signature_holds(octets: &[u8]) -> bool {
    let message = SignedData::parse(octets).unwrap();
    let [signer] = message.signer_infos.as_slice() else { return false };
    let content = message.content.as_deref().unwrap();
    let digest = DigestAlgorithm::from_oid(signer.digest_algorithm.oid).unwrap();
    let signed = match &signer.signed_attrs {
        Some(attributes) => {
            if attributes.message_digest().unwrap().unwrap() != digest.digest(content) {
                return false;
            }
            attributes.signed_octets()
        }
        None => content.to_vec(),
    };
    let SignerIdentifier::IssuerAndSerialNumber { issuer, serial } = &signer.sid else { return false };
    let certificates = message.certificates.iter().map(|der| Certificate::parse(der).unwrap());
    let mut own = certificates.filter(|c| c.serial() == *serial && *c.issuer() == issuer.to_name());
    let Some(certificate) = own.next() else { return false };
    let key = certificate.public_key().unwrap();
    let named = &signer.signature_algorithm;
    let algorithm = SignatureAlgorithm::resolve(named.oid, named.parameters.as_deref(), Some(digest), key).unwrap();
    let value = Cow::Borrowed(signer.signature.as_ref());
    let claim = SignatureClaim { algorithm, key, message: Cow::Owned(signed), value };
    matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)])
}

fn request(octets: &[u8]) -> DvcsRequest {
    let message = SignedData::parse(octets).unwrap();
    assert_eq!(message.content_type, ID_CT_DVCS_REQUEST_DATA);
    DvcsRequest::parse(message.content.as_deref().unwrap()).unwrap()
}

fn receipt(octets: &[u8]) -> CertInfo {
    let message = SignedData::parse(octets).unwrap();
    assert_eq!(message.content_type, ID_CT_DVCS_RESPONSE_DATA);
    match DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap() {
        DvcsResponse::Certificate(info) => *info,
        DvcsResponse::Error(notice) => unreachable!("{notice:?}"),
    }
}

#[test]
fn messages_of_the_tomsk_server_read_and_their_gost_signatures_hold() {
    let Some(folder) = corpus() else { return };
    for name in ["cpd", "ccpd", "vpkc"] {
        for side in ["request", "response"] {
            let octets = std::fs::read(folder.join(format!("dvcs/{side}_{name}_tomsk.der"))).unwrap();
            assert!(signature_holds(&octets), "{side} {name}");
            let mut broken = octets.clone();
            *broken.iter_mut().rev().nth(8).unwrap() ^= 1;
            assert!(!signature_holds(&broken), "{side} {name} with a bit turned in the signature value");
        }
    }
}

#[test]
fn answers_of_the_tomsk_server_belong_to_their_requests_but_for_one() {
    let Some(folder) = corpus() else { return };
    let pair = |name: &str| {
        let read = |side: &str| std::fs::read(folder.join(format!("dvcs/{side}_{name}_tomsk.der"))).unwrap();
        (request(&read("request")), receipt(&read("response")))
    };
    for (name, belongs) in [("cpd", false), ("ccpd", true), ("vpkc", true)] {
        let (request, receipt) = pair(name);
        let imprinted = request.data.is_imprinted_by(&receipt.message_imprint, ImprintScope::WithTag).unwrap();
        assert_eq!(receipt.repeats(&request.information), belongs, "{name}");
        assert_eq!(imprinted && receipt.repeats(&request.information), belongs, "{name}");
    }
    let (request, receipt) = pair("vpkc");
    let without_tag = request.data.is_imprinted_by(&receipt.message_imprint, ImprintScope::ContentsOnly);
    assert_eq!(without_tag, Some(false), "this server digests certs with their tag");
    let statuses: Vec<PkiStatus> = receipt.certs.iter().flat_map(|c| c.statuses().map(|s| s.status)).collect();
    assert_eq!(statuses, [PkiStatus::Granted]);
}

#[test]
fn messages_of_the_authors_of_the_standard_read() {
    let Some(folder) = corpus() else { return };
    let read = |side: &str| std::fs::read(folder.join(format!("dvcs/{side}_ccpd_clepsydre.der")));
    let (Ok(request_octets), Ok(receipt_octets)) = (read("request"), read("response")) else {
        println!("SKIPPED: the pair of EdelWeb's server is not in this copy of the corpus");
        return;
    };
    let (request, receipt) = (request(&request_octets), receipt(&receipt_octets));
    assert_eq!(request.data.is_imprinted_by(&receipt.message_imprint, ImprintScope::WithTag), Some(true));
}

#[test]
fn an_answer_of_another_content_type_is_none() {
    let Some(folder) = corpus() else { return };
    let octets = std::fs::read(folder.join("dvcs/jnotary_cpd-file.out")).unwrap();
    assert_ne!(SignedData::parse(&octets).unwrap().content_type, ID_CT_DVCS_RESPONSE_DATA);
}

#[test]
fn synthetic_receipts_give_their_documented_answers() {
    let Some(folder) = corpus() else { return };
    let read = |name: &str| std::fs::read(folder.join("synthetic-vsd").join(name)).unwrap();
    let sent = request(&read("vsd-request.der"));
    let cases = [
        ("vsd-response-granted.der", Some(PkiStatus::Granted)),
        ("vsd-response-granted-nostatus.der", None),
        ("vsd-response-rejected.der", Some(PkiStatus::Rejection)),
        ("vsd-response-waiting.der", Some(PkiStatus::Waiting)),
    ];
    for (name, status) in cases {
        let octets = read(name);
        assert!(signature_holds(&octets), "{name}");
        let receipt = receipt(&octets);
        assert_eq!(receipt.status.as_ref().map(|s| s.status), status, "{name}");
        assert!(receipt.repeats(&sent.information), "{name}");
        assert_eq!(sent.data.is_imprinted_by(&receipt.message_imprint, ImprintScope::WithTag), Some(true), "{name}");
    }
    let octets = read("vsd-error-notice.der");
    let message = SignedData::parse(&octets).unwrap();
    let DvcsResponse::Error(notice) = DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap() else {
        unreachable!("an error notice is expected");
    };
    assert_eq!(notice.transaction_status.status, PkiStatus::Rejection);
    assert_eq!(notice.transaction_identifier, sent.transaction_identifier);
}
