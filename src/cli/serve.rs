//! `qoltanba serve`: the HTTP door opened.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use const_oid::ObjectIdentifier;

use super::exit::{Exit, Failure};
use super::home::{block_on, home_at, read_address, store_failure};
use super::online::OnlineArgs;
use crate::limits::INPUT_BYTES_MAX;
use crate::policy::Policy;
use crate::service::devkit::DevkitCentre;
use crate::service::{
    ClockWatch, Home, HomeError, Listening, Node, NodeError, Office, Online, ReceiptOffice, ServeDoor, StampingUnit,
    TimeStamper, TlsFiles, Verifier, VerifyAccess, load_evidence, load_trust,
};
use crate::store::{Store, files};
use crate::time::Clock;
use crate::trust::PartyId;
use crate::validation::receipt::Dialect;

/// Serve verification and permits over HTTP.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba devkit kit && qoltanba serve --home kit
  qoltanba serve --trust kit/trust --evidence kit/evidence     (verifies only)
  qoltanba serve --home kit --with-devkit-ca kit                (a test PKI that answers as real ones do)
  qoltanba serve --home node --tsa stamps --tsa-policy 1.2.398.6.999.2 --time-source ntp.example:123
  qoltanba serve --home node --ttp receipts --online           (a trusted third party)
  qoltanba serve --home node --listen 0.0.0.0:8480 --tls-cert tls.pem --tls-key tls.key --require-key
  qoltanba serve --home node --online                          (fetches for requests with ?online=true)

Every address is described at /docs. SIGHUP reads trust and evidence again.")]
pub(super) struct ServeArgs {
    /// The node's folder: snapshot.p7s, snapshot-signer.cer, evidence/, keys/, store.sqlite
    #[arg(long, value_name = "DIR", required_unless_present = "trust", conflicts_with_all = ["trust", "evidence"])]
    home: Option<PathBuf>,
    /// Database instead of the folder's own file, as a file that holds its postgres:// address
    #[arg(long, value_name = "FILE", requires = "home")]
    database_file: Option<PathBuf>,
    /// Folder of trusted certificates, on a node that only verifies
    #[arg(long, value_name = "DIR")]
    trust: Vec<PathBuf>,
    /// Folder of CRLs and certificates that may be used
    #[arg(long, value_name = "DIR")]
    evidence: Vec<PathBuf>,
    /// What to demand: kz (default), rfc5280 or webpki
    #[arg(long, value_name = "NAME", default_value = "kz")]
    policy: String,
    #[command(flatten)]
    online: OnlineArgs,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// The server's certificate and those above it, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Demand client certificates that lead to these roots, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// Verify only for bearers of an API key, too
    #[arg(long)]
    require_key: bool,
    /// Stamp times at /tsa with this key of the node (RFC 3161)
    #[arg(long, value_name = "ALIAS", requires = "home", requires = "tsa_policy")]
    tsa: Option<String>,
    /// The policy that its tokens name, an object identifier
    #[arg(long, value_name = "OID", requires = "tsa")]
    tsa_policy: Option<ObjectIdentifier>,
    /// Stamp only while most of these NTP servers agree with the clock
    #[arg(long, value_name = "HOST:PORT", requires = "tsa")]
    time_source: Vec<String>,
    /// Give receipts at /dvcs with this key of the node: a trusted third party (RFC 3029)
    #[arg(long, value_name = "ALIAS", requires = "home")]
    ttp: Option<String>,
    /// Its name in the registry
    #[arg(long, value_name = "PARTY", requires = "ttp", default_value = "kz-ttp")]
    ttp_party: PartyId,
    /// The rules that its receipts follow: kz-547, kz-149, rfc-3029 or stb-34.101.78
    #[arg(long, value_name = "NAME", requires = "ttp", default_value = "kz-547")]
    ttp_dialect: String,
    /// Let the centres of this test PKI answer below /devkit: OCSP, CRLs, certificates, time stamps
    #[arg(long, value_name = "DIR")]
    with_devkit_ca: Option<PathBuf>,
    /// Log in JSON
    #[arg(long)]
    log_json: bool,
    /// What to log: error, warn, info, debug, or targets (`qoltanba=debug`)
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

/// Runs the command until it is told to stop.
pub(super) fn run(args: &ServeArgs, serve: ServeDoor) -> Result<Exit, Failure> {
    start_logging(&args.log, args.log_json)?;
    let tls = args.tls()?;
    block_on(async { serve_node(args.node().await?, (args.listen, tls), serve).await })
}

/// Serves the centres of a test PKI alone; the node beside them verifies under the PKI's own trust.
pub(super) fn run_devkit(folder: &Path, listen: SocketAddr, log: &str, serve: ServeDoor) -> Result<Exit, Failure> {
    start_logging(log, false)?;
    let policy = Policy::named("kz").map_err(Failure::misuse)?;
    let verifier = home_at(folder, None).verifier(policy.clone()).map_err(Failure::unreadable)?;
    let node = Node {
        verifier: Some(Arc::new(verifier)),
        centre: Some(open_centre(folder, &policy)?),
        policy,
        office: None,
        online: None,
        clock: Clock::Wall,
        verify_access: VerifyAccess::Open,
        time_stamper: None,
        third_party: None,
        time_sources: Vec::new(),
    };
    block_on(serve_node(node, (listen, None), serve))
}

async fn serve_node(
    node: Node,
    (address, tls): (SocketAddr, Option<TlsFiles>),
    serve: ServeDoor,
) -> Result<Exit, Failure> {
    let unavailable = |cause| Failure::unavailable(format!("cannot serve on {address}: {cause}"));
    let listener = TcpListener::bind(address).map_err(|cause| unavailable(cause.into()))?;
    serve(node, Listening { listener, tls }).await.map_err(|error| match error {
        NodeError::Unavailable(cause) => unavailable(cause),
        other => Failure::unreadable(other),
    })?;
    Ok(Exit::Passed)
}

/// Names a node's folder. Where there is none, its store would be the first thing that is missing, and is not what is wrong.
fn existing_home(folder: &Path, database: Option<String>) -> Result<Home, Failure> {
    if folder.is_dir() {
        return Ok(home_at(folder, database));
    }
    let folder = folder.display();
    let hint = format!("there is no folder `{folder}`; `qoltanba devkit {folder}` makes a node's with a test PKI");
    Err(Failure::unreadable(hint))
}

fn open_centre(folder: &Path, policy: &Policy) -> Result<Arc<DevkitCentre>, Failure> {
    let centre = DevkitCentre::open(folder, policy, &ClockWatch::believing(Clock::Wall));
    let centre = centre.map_err(Failure::unreadable)?;
    tracing::warn!(base_url = centre.base_url(), "a test PKI answers below /devkit; its keys are secret to nobody");
    Ok(Arc::new(centre))
}

impl ServeArgs {
    async fn node(&self) -> Result<Node, Failure> {
        let policy = Policy::named(&self.policy).map_err(Failure::misuse)?;
        let clock = Clock::Wall;
        let verify_access = if self.require_key { VerifyAccess::KeyNeeded } else { VerifyAccess::Open };
        let Some(folder) = &self.home else {
            if self.require_key {
                return Err(Failure::misuse("--require-key needs --home: API keys are kept there"));
            }
            // clap does not ask for what conflicts with something else that was given.
            if self.ttp.is_some() {
                return Err(Failure::misuse("--ttp needs --home: its key is kept there"));
            }
            if self.tsa.is_some() {
                return Err(Failure::misuse("--tsa needs --home: its key is kept there"));
            }
            let trust = load_trust(&self.trust).map_err(Failure::unreadable)?;
            let evidence = load_evidence(&self.evidence).map_err(Failure::unreadable)?;
            let verifier = Some(Arc::new(Verifier::new(trust, evidence, policy.clone())));
            let centre = self.centre(&policy)?;
            return Ok(Node {
                verifier,
                policy,
                office: None,
                online: self.online(None)?,
                clock,
                verify_access,
                time_stamper: None,
                third_party: None,
                time_sources: Vec::new(),
                centre,
            });
        };
        let database = self.database_file.as_deref().map(read_address).transpose()?;
        let home = existing_home(folder, database)?;
        let store = home.store(clock.now()).await.map_err(store_failure)?;
        let verifier = match home.verifier_of_last_good(policy.clone(), &store).await {
            Ok(verifier) => Some(Arc::new(verifier)),
            // The node starts, says that it is not ready, and reads the folder again when told to.
            Err(error @ HomeError::NoSnapshot { .. }) => {
                tracing::warn!(%error, "not ready");
                None
            }
            Err(error) => return Err(Failure::unreadable(error)),
        };
        if let Some(verifier) = &verifier {
            home.remember(&store, verifier.trust(), clock.now()).await.map_err(store_failure)?;
        }
        let third_party = self.third_party(&home, &store)?;
        let (centre, time_stamper) = (self.centre(&policy)?, self.time_stamper(&home, &policy)?);
        let office = Some(Office { home, store });
        let online = self.online(Some(folder))?;
        let time_sources = self.time_source.clone();
        Ok(Node {
            verifier,
            policy,
            office,
            online,
            clock,
            verify_access,
            time_stamper,
            third_party,
            time_sources,
            centre,
        })
    }

    fn centre(&self, policy: &Policy) -> Result<Option<Arc<DevkitCentre>>, Failure> {
        self.with_devkit_ca.as_deref().map(|folder| open_centre(folder, policy)).transpose()
    }

    fn time_stamper(&self, home: &Home, policy: &Policy) -> Result<Option<Arc<TimeStamper>>, Failure> {
        let (Some(alias), Some(own)) = (&self.tsa, self.tsa_policy) else { return Ok(None) };
        let held = home.keyring().open(alias).map_err(Failure::unreadable)?;
        let watch = if self.time_source.is_empty() {
            ClockWatch::believing(Clock::Wall)
        } else {
            ClockWatch::awaiting_sources(Clock::Wall)
        };
        let stamper = TimeStamper::new(StampingUnit { policy: own, held }, policy.clone(), watch);
        Ok(Some(Arc::new(stamper.map_err(Failure::unreadable)?)))
    }

    fn third_party(&self, home: &Home, store: &Store) -> Result<Option<Arc<ReceiptOffice>>, Failure> {
        let Some(alias) = &self.ttp else { return Ok(None) };
        let dialect = Dialect::named(&self.ttp_dialect)
            .ok_or_else(|| Failure::misuse(format_args!("there is no dialect named `{}`", self.ttp_dialect)))?;
        let held = home.keyring().open(alias).map_err(Failure::unreadable)?;
        let office = ReceiptOffice::new(held, (self.ttp_party.clone(), dialect), store.clone());
        Ok(Some(Arc::new(office.map_err(Failure::unreadable)?)))
    }

    fn online(&self, home: Option<&Path>) -> Result<Option<Arc<Online>>, Failure> {
        Ok(self.online.open(home, Clock::Wall)?.map(Arc::new))
    }

    fn tls(&self) -> Result<Option<TlsFiles>, Failure> {
        let (Some(certificates), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        Ok(Some(TlsFiles {
            certificates: read(certificates)?,
            key: read(key)?.into(),
            client_roots: self.client_ca.as_deref().map(read).transpose()?,
        }))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read_bounded(path, &INPUT_BYTES_MAX).map_err(Failure::unreadable)
}

fn start_logging(filter: &str, json: bool) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(Failure::misuse)?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json { subscriber.json().try_init() } else { subscriber.try_init() };
    started.map_err(Failure::misuse)
}
