//! A node of Kazakhstan that is a trusted third party, and what is asked of it.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use qoltanba::api::{self, ApiState};
use qoltanba::cms::SignedData;
use qoltanba::cms::dvcs::{
    CertEtcToken, CertInfo, DataToCertify, DvcsRequest, DvcsResponse, DvcsTime, PkiStatus, PkiStatusInfo,
    RequestInformation, Service, TargetEtcChain,
};
use qoltanba::codec::der;
use qoltanba::crypto::pkcs12;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::devkit::DevkitPki;
use qoltanba::service::{
    HeldKey, Home, Node, Office, Online, OnlineOptions, ReceiptOffice, Trust, Verifier, VerifyAccess,
};
use qoltanba::signing::{Packaging, ReceiptAuthority, issue_response, sign};
use qoltanba::store::{Location, Store};
use qoltanba::time::{Clock, Timestamp};
use qoltanba::trust::{PartyId, TrustSnapshot, TtpStatus};
use qoltanba::validation::receipt::{
    Dialect, ReceiptFault, ReceiptQuestion, ReceiptSubject, ThirdParty, VerifiedReceipt,
};
use tower::ServiceExt as _;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-22T05:00:00Z")
}

pub(crate) fn pki() -> &'static DevkitPki {
    static PKI: OnceLock<DevkitPki> = OnceLock::new();
    PKI.get_or_init(|| DevkitPki::build().unwrap())
}

/// A document of one officer of the kit.
pub(crate) fn document(label: &str) -> Vec<u8> {
    let signer = pki().signer(label).unwrap().at(at("2026-11-22T04:00:00Z"));
    sign(b"content", Packaging::Attached, &signer).unwrap()
}

pub(crate) fn held(label: &str) -> HeldKey {
    let container = pki().container(label).unwrap();
    let key = pkcs12::read(&container, &pki().plan().password).unwrap().key;
    HeldKey { key: Arc::new(key), certificate: pki().certificate(label).unwrap().clone() }
}

pub(crate) fn verifier(snapshot: TrustSnapshot) -> Arc<Verifier> {
    let mut evidence = Pool::default();
    for crl in &pki().plan().crls {
        evidence.add_crl(pki().crl(&crl.label).unwrap().clone());
    }
    Arc::new(Verifier::new(Trust::new(snapshot).unwrap(), evidence, Policy::named("kz").unwrap()))
}

/// A node that answers without a network.
pub(crate) struct Place {
    pub(crate) state: ApiState,
    router: Router,
    pub(crate) store: Store,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) now: Timestamp,
}

/// How a place is made.
pub(crate) struct Plan {
    pub(crate) snapshot: TrustSnapshot,
    pub(crate) dialect: Dialect,
    pub(crate) party: &'static str,
    pub(crate) held: HeldKey,
    pub(crate) online: Option<OnlineOptions>,
    pub(crate) now: Timestamp,
}

impl Plan {
    pub(crate) fn kazakh() -> Self {
        Self {
            snapshot: pki().snapshot().unwrap(),
            dialect: Dialect::KZ_547,
            party: "kz-ttp",
            held: held("ttp-gost"),
            online: None,
            now: now(),
        }
    }

    pub(crate) async fn open(self, folder: &Path) -> Place {
        let clock = Clock::Fixed(self.now);
        let store = Store::open(&Location::Sqlite(folder.join("store.sqlite")), self.now).await.unwrap();
        let party = PartyId::new(self.party).unwrap();
        let office = ReceiptOffice::new(self.held, (party, self.dialect), store.clone()).unwrap();
        let verifier = verifier(self.snapshot);
        let state = ApiState::new(Node {
            verifier: Some(Arc::clone(&verifier)),
            policy: Policy::named("kz").unwrap(),
            office: Some(Office { home: Home::new(folder, None), store: store.clone() }),
            online: self.online.map(|options| Arc::new(Online::open(options, clock).unwrap())),
            clock,
            verify_access: VerifyAccess::Open,
            time_stamper: None,
            third_party: Some(Arc::new(office)),
            time_sources: Vec::new(),
            centre: None,
        });
        Place { router: api::router(state.clone()), state, store, verifier, now: self.now }
    }
}

impl Place {
    pub(crate) async fn send(&self, media_type: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let request = Request::post("/dvcs").header("content-type", media_type).body(Body::from(body)).unwrap();
        self.call(request).await
    }

    /// Sends any request; gives what came back.
    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    /// What `POST /v1/verify` says of the first signature's recognition.
    pub(crate) async fn recognition(&self, document: &[u8]) -> serde_json::Value {
        let request = Request::post("/v1/verify").header("content-type", "application/octet-stream");
        let (_, octets) = self.call(request.body(Body::from(document.to_vec())).unwrap()).await;
        let line: serde_json::Value = serde_json::from_slice(&octets).unwrap();
        line["signatures"][0]["recognition"].clone()
    }

    /// Asks, and expects an answer.
    pub(crate) async fn ask(&self, request: &DvcsRequest) -> Vec<u8> {
        let (status, octets) = self.send("application/dvcs", request.encode()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&octets));
        octets
    }

    /// The domestic third party as a customs post knows it.
    pub(crate) fn party(&self) -> ThirdParty {
        ThirdParty::all_of(&self.verifier.trust().compiled).remove(0)
    }

    pub(crate) fn judge(
        &self,
        octets: &[u8],
        subject: ReceiptSubject<'_>,
    ) -> Result<VerifiedReceipt, Vec<&'static str>> {
        let question = ReceiptQuestion { response: octets, subject, party: &self.party(), proven_at: None };
        let judged = self.verifier.validate_receipt(&question, self.now);
        judged.map_err(|rejected| rejected.faults.iter().map(ReceiptFault::code).collect())
    }

    /// Asks, and holds the answer to the procedure.
    pub(crate) async fn receipt(&self, request: &DvcsRequest) -> VerifiedReceipt {
        let octets = self.ask(request).await;
        self.judge(&octets, ReceiptSubject::Request(request)).unwrap()
    }

    pub(crate) async fn status(&self, request: &DvcsRequest) -> TtpStatus {
        self.receipt(request).await.status()
    }
}

/// A request as the Kazakh rules want it.
pub(crate) fn request(service: Service, data: DataToCertify) -> DvcsRequest {
    DvcsRequest {
        information: RequestInformation::new(service),
        data,
        transaction_identifier: Some(der::context_primitive(6, b"urn:uuid:f81d4fae")),
    }
}

pub(crate) fn vsd(document: &[u8]) -> DvcsRequest {
    request(Service::Vsd, DataToCertify::Message(document.to_vec()))
}

/// A receipt of the third party of Kazakhstan, made outside of its node.
pub(crate) fn kazakh_receipt(document: &[u8], (serial, status): (u8, PkiStatus)) -> Vec<u8> {
    let held = held("ttp-gost");
    let authority = ReceiptAuthority::new(held.key.as_ref(), &held.certificate).unwrap();
    let asked = vsd(document);
    let message = SignedData::parse(document).unwrap();
    let told = PkiStatusInfo::plain(status);
    let info = CertInfo {
        message_imprint: asked.data.imprint(authority.digest()),
        request_information: asked.information,
        serial_number: vec![serial],
        response_time: DvcsTime::Stated(now()),
        status: Some(told.clone()),
        policy: None,
        request_signature: None,
        certs: vec![TargetEtcChain {
            target: CertEtcToken::Certificate(message.certificates[0].to_vec()),
            chain: vec![CertEtcToken::PkiStatus(told)],
            path_processing_input: None,
        }],
        extensions: None,
        unknown_critical_extension: false,
    };
    issue_response(&DvcsResponse::Certificate(Box::new(info)), now(), &authority).unwrap()
}
