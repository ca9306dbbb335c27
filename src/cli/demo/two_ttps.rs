//! Two third parties talking (route R2): a portal abroad signs, its third party attests, ours does, and customs accepts; then the
//! one abroad ends.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use super::tell;
use crate::cli::exit::{Failure, say};
use crate::cli::home::store_failure;
use crate::cms::dvcs::{DataToCertify, DvcsRequest, RequestInformation, Service};
use crate::codec::der;
use crate::policy::Policy;
use crate::report::Answer;
use crate::service::devkit::{ABROAD_FOLDER, DevkitPki};
use crate::service::{
    ForeignDesk, Home, Listening, Node, Office, Online, OnlineOptions, ReceiptOffice, ServeDoor, Trust, Verifier,
    VerifyAccess, keep_receipt, load_evidence, tell_receipts,
};
use crate::signing::{Packaging, sign};
use crate::store::{Digest, Location, Store, files};
use crate::time::Clock;
use crate::trust::{PartyId, RegistrationStatus, Route, Standing, StatusEvent, TrustSnapshot, TtpStatus};
use crate::validation::Item;
use crate::validation::receipt::{Dialect, ReceiptQuestion, ReceiptSubject, ThirdParty};

/// Shows it, with the third party abroad served on a port of its own for as long as that takes.
pub(super) async fn show((kit, folder): (&Path, &Path), pki: &DevkitPki, serve: ServeDoor) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::unavailable)?;
    let address = listener.local_addr().map_err(Failure::unavailable)?;
    let served = serve(node_abroad(kit, pki).await?, Listening { listener, tls: None });
    tokio::select! {
        ended = served => Err(ended.map_or_else(Failure::unavailable, |()| Failure::unavailable("stopped"))),
        shown = talk((kit, folder), pki, address) => shown,
    }
}

/// The node of the kit's other country.
async fn node_abroad(kit: &Path, pki: &DevkitPki) -> Result<Node, Failure> {
    let home = Home::new(kit.join(ABROAD_FOLDER), None);
    let policy = Policy::named("kz").map_err(Failure::misuse)?;
    let plan = pki.plan().snapshot.foreign_ttps.first().ok_or_else(|| Failure::misuse("the kit has no third party"))?;
    let store = home.store(Clock::Wall.now()).await.map_err(store_failure)?;
    let held = home.keyring().open(&plan.label).map_err(Failure::unreadable)?;
    let office = ReceiptOffice::new(held, (plan.party.clone(), Dialect::RFC_3029), store.clone());
    Ok(Node {
        verifier: Some(Arc::new(home.verifier(policy.clone()).map_err(Failure::unreadable)?)),
        policy,
        office: Some(Office { home, store }),
        online: None,
        clock: Clock::Wall,
        verify_access: VerifyAccess::Open,
        time_stamper: None,
        third_party: Some(Arc::new(office.map_err(Failure::unreadable)?)),
        time_sources: Vec::new(),
        centre: None,
    })
}

async fn talk((kit, folder): (&Path, &Path), pki: &DevkitPki, abroad: SocketAddr) -> Result<(), Failure> {
    let mut snapshot = pki.snapshot().map_err(Failure::unreadable)?;
    for ttp in &mut snapshot.foreign_ttps {
        ttp.receipt_profile.endpoint = Some(format!("http://{abroad}/dvcs"));
    }
    files::create_folder(folder).map_err(Failure::unreadable)?;
    let here = Here::open((kit, folder), snapshot.clone(), abroad).await?;
    let licence = document(pki, "a licence of another country")?;
    here.expect(("licence.p7m, no receipt", &licence), None).await?;
    let receipt = here.receipt(&licence).await?;
    expect_status(&receipt, TtpStatus::Verified)?;
    here.keep((&receipt, &licence)).await?;
    here.expect(("licence.p7m, with the receipt", &licence), Some(Route::ForeignTtpRegistered)).await?;

    say("   the registration of the third party abroad ends")?;
    let ended = StatusEvent::new(RegistrationStatus::Terminated, Clock::Wall.now());
    snapshot.foreign_ttps.iter_mut().for_each(|ttp| ttp.events.push(ended));
    snapshot.version = snapshot.version.saturating_add(1);
    let here = Here::open((kit, folder), snapshot, abroad).await?;
    here.expect(("licence.p7m, with the old receipt", &licence), Some(Route::ForeignTtpRegistered)).await?;
    let later = document(pki, "a licence of the day after")?;
    expect_status(&here.receipt(&later).await?, TtpStatus::CannotVerify)?;
    here.expect(("later.p7m, asked about now", &later), None).await
}

/// What a portal abroad signs, with Russian GOST.
fn document(pki: &DevkitPki, text: &str) -> Result<Vec<u8>, Failure> {
    let now = Clock::Wall.now();
    let signer = pki.signer("foreign-by-ttp-signer").map_err(Failure::unreadable)?.at(now);
    let content = format!("{text}, {now}");
    sign(content.as_bytes(), Packaging::Attached, &signer).map_err(Failure::unreadable)
}

/// Kazakhstan: its third party, and a customs post under the same trust that keeps receipts of its own.
struct Here {
    verifier: Verifier,
    office: ReceiptOffice,
    online: Online,
    kept_by_office: Store,
    kept_by_post: Store,
}

/// What our third party answered.
struct Receipt {
    octets: Vec<u8>,
    status: TtpStatus,
}

impl Here {
    async fn open((kit, folder): (&Path, &Path), snapshot: TrustSnapshot, abroad: SocketAddr) -> Result<Self, Failure> {
        let now = Clock::Wall.now();
        let evidence = load_evidence(&[kit.join("evidence"), kit.join("foreign")]).map_err(Failure::unreadable)?;
        let trust = Trust::new(snapshot).map_err(Failure::unreadable)?;
        let verifier = Verifier::new(trust, evidence, Policy::named("kz").map_err(Failure::misuse)?);
        let store = |name: &str| Location::Sqlite(folder.join(name));
        let kept_by_office = Store::open(&store("office.sqlite"), now).await.map_err(store_failure)?;
        let kept_by_post = Store::open(&store("post.sqlite"), now).await.map_err(store_failure)?;
        let held = Home::new(kit, None).keyring().open("ttp-gost").map_err(Failure::unreadable)?;
        let party = PartyId::new("kz-ttp").map_err(Failure::unreadable)?;
        let office = ReceiptOffice::new(held, (party, Dialect::KZ_547), kept_by_office.clone());
        let allowed = vec![abroad.to_string().parse().map_err(Failure::unreadable)?];
        let online = Online::open(OnlineOptions { allowed, ..OnlineOptions::default() }, Clock::Wall);
        Ok(Self {
            verifier,
            office: office.map_err(Failure::unreadable)?,
            online: online.map_err(Failure::unreadable)?,
            kept_by_office,
            kept_by_post,
        })
    }

    /// Asks our third party, which asks the one abroad.
    async fn receipt(&self, document: &[u8]) -> Result<Receipt, Failure> {
        let now = Clock::Wall.now();
        let request = DvcsRequest {
            information: RequestInformation::new(Service::Vsd),
            data: DataToCertify::Message(document.to_vec()),
            transaction_identifier: Some(der::context_primitive(6, b"urn:qoltanba:demo")),
        };
        let judged = self.office.judge(&request.encode(), &self.verifier, now);
        let desk = ForeignDesk { online: &self.online, verifier: &self.verifier, store: &self.kept_by_office };
        let reply =
            self.office.answer(judged, (&self.verifier, Some(&desk)), now).await.map_err(Failure::unreadable)?;
        let beneath =
            self.kept_by_office.receipt_foundations(&Digest::of(&reply.octets)).await.map_err(store_failure)?;
        let attached = if beneath.is_empty() { "" } else { ", on the receipt of the one abroad" };
        say(format_args!("   the third party here says «{}»{attached}", reply.status.words()))?;
        Ok(Receipt { octets: reply.octets, status: reply.status })
    }

    /// The post holds a receipt to the whole procedure, and keeps it.
    async fn keep(&self, (receipt, document): (&Receipt, &[u8])) -> Result<(), Failure> {
        let now = Clock::Wall.now();
        let parties = ThirdParty::all_of(&self.verifier.trust().compiled);
        let party = parties.iter().find(|party| party.id == *self.office.party());
        let party = party.ok_or_else(|| Failure::unreadable("the snapshot does not name our third party"))?;
        let subject = ReceiptSubject::Document { octets: document, asked_for: None };
        let question = ReceiptQuestion { response: &receipt.octets, subject, party, proven_at: None };
        let sound = self.verifier.validate_receipt(&question, now).map_err(|rejected| {
            Failure::unreadable(format_args!("the receipt is not sound, this is a bug in qoltanba: {rejected:?}"))
        })?;
        keep_receipt(&self.kept_by_post, (&sound, &receipt.octets), &self.verifier, now).await.map_err(store_failure)
    }

    /// What the post says of a document; it must be recognised by this route, or not at all.
    async fn expect(&self, (name, document): (&str, &[u8]), route: Option<Route>) -> Result<(), Failure> {
        let mut answers = self.verifier.verify(&[Item::new(document, None)], Clock::Wall.now());
        let mut answer = answers.pop().ok_or_else(|| Failure::unreadable("no answer"))?;
        tell_receipts([(&mut answer, document)], (&self.verifier, &self.kept_by_post)).await.map_err(store_failure)?;
        tell(name, &answer)?;
        if recognised_by(&answer) != route {
            return Err(Failure::unreadable("this is not how it must come out; this is a bug in qoltanba"));
        }
        Ok(())
    }
}

fn recognised_by(answer: &Answer) -> Option<Route> {
    let recognition = &answer.result.as_ref().ok()?.signatures.first()?.recognition;
    recognition.route.filter(|_| recognition.standing == Standing::Recognised)
}

fn expect_status(receipt: &Receipt, status: TtpStatus) -> Result<(), Failure> {
    let wrong = || Failure::unreadable("the third party says something else than it must; this is a bug in qoltanba");
    (receipt.status == status).then_some(()).ok_or_else(wrong)
}
