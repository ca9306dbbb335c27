//! `qoltanba demo`: the main job once, from nothing to a refused forgery, told step by step.

mod two_ttps;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::exit::{Exit, Failure, say};
use super::home::{block_on, store_failure};
use super::permit::template;
use super::progress;
use crate::permit::{Body, Catalogue};
use crate::policy::Policy;
use crate::report::{self, Answer};
use crate::service::devkit::{self, DevkitPki, OTHER_SAMPLE_BODY, SAMPLE_BODY};
use crate::service::{
    ActionOrder, Home, IssueOrder, IssuedPermit, PermitError, Permits, ServeDoor, SignerOrder, Verifier,
};
use crate::signing::{Packaging, Stamp, sign, time_stamp_signature};
use crate::store::files;
use crate::time::Clock;
use crate::validation::{Indication, Item, Language};

/// Show everything once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba demo
  qoltanba demo /tmp/demo --documents 5000")]
pub(super) struct DemoArgs {
    /// Where to put what the demo makes
    #[arg(default_value = "qoltanba-demo")]
    folder: PathBuf,
    /// How many documents the batch has
    #[arg(long, default_value_t = 1000)]
    documents: usize,
}

/// What the steps share.
struct Demo {
    folder: PathBuf,
    verifier: Arc<Verifier>,
    permits: Permits,
    pki: DevkitPki,
}

/// Kind of document, alias of the officer, body.
const ISSUED: [(&str, &str, (&str, &str)); 4] = [
    ("conclusion.crypto-movement", "officer-head", SAMPLE_BODY),
    ("licence.crypto-development", "officer-rsa", OTHER_SAMPLE_BODY),
    ("licence.foreign-trade", "officer-p256", OTHER_SAMPLE_BODY),
    ("permit.crypto-sale", "officer-ed25519", OTHER_SAMPLE_BODY),
];

/// Runs the command.
pub(super) fn run(args: &DemoArgs, serve: ServeDoor) -> Result<Exit, Failure> {
    let kit = args.folder.join("kit");
    step("1. A test PKI: roots, issuing centres, officers, a time-stamping authority, foreign centres")?;
    let summary = devkit::generate(&kit).map_err(Failure::unreadable)?;
    say(format_args!(
        "   {} holders of keys, {} revocation lists in {}",
        summary.entities,
        summary.crls,
        kit.display()
    ))?;
    let home = Home::new(&kit, None);
    let verifier = Arc::new(home.verifier(Policy::named("kz").map_err(Failure::misuse)?).map_err(Failure::unreadable)?);
    say(format_args!("   trust snapshot {}", verifier.trust().digest))?;
    block_on(async {
        let store = home.store(Clock::Wall.now()).await.map_err(store_failure)?;
        let permits = Permits::new(store, Arc::clone(&verifier), home.keyring(), Clock::Wall);
        let pki = DevkitPki::build().map_err(Failure::unreadable)?;
        let demo = Demo { folder: args.folder.clone(), verifier, permits, pki };
        let issued = demo.issue().await?;
        demo.check(&issued)?;
        demo.batch(&issued, args.documents)?;
        demo.refuse(&issued).await?;
        demo.foreign()?;
        demo.life(&issued).await?;
        step(
            "8. Two third parties: a document of a country whose centre is known here through its own third party alone",
        )?;
        two_ttps::show((&kit, &args.folder.join("third-parties")), &demo.pki, serve).await?;
        demo.farewell(&issued)
    })
}

fn step(title: &str) -> Result<(), Failure> {
    say("")?;
    say(title)
}

impl Demo {
    async fn issue(&self) -> Result<Vec<IssuedPermit>, Failure> {
        step("2. Documents issued, each signed by another officer with another algorithm")?;
        let mut all = Vec::new();
        for (kind, alias, body) in ISSUED {
            let issued = self.permits.issue(&order(kind, alias, body)?).await.map_err(Failure::unreadable)?;
            let path = self.folder.join("documents").join(format!("{}.p7m", issued.number));
            files::create_folder(&self.folder.join("documents")).map_err(Failure::unreadable)?;
            files::write(&path, &issued.signed).map_err(Failure::unreadable)?;
            say(format_args!("   {:<17} {:<28} by {alias}", issued.number, issued.kind))?;
            all.push(issued);
        }
        Ok(all)
    }

    fn check(&self, issued: &[IssuedPermit]) -> Result<(), Failure> {
        step("3. Checked one by one")?;
        for permit in issued {
            tell(&permit.number, &self.answer(&permit.signed)?)?;
        }
        Ok(())
    }

    /// Many documents of the same officers, one of them altered.
    fn batch(&self, issued: &[IssuedPermit], documents: usize) -> Result<(), Failure> {
        step(&format!("4. A batch of {documents}, one of them altered by a single bit"))?;
        let mut messages = Vec::with_capacity(documents);
        for (index, (_, alias, _)) in ISSUED.iter().cycle().take(documents).enumerate() {
            let signer = self.pki.signer(alias).map_err(Failure::unreadable)?.at(Clock::Wall.now());
            let content = format!("document {index} of the demo, {}", "x".repeat(1000));
            messages.push(sign(content.as_bytes(), Packaging::Attached, &signer).map_err(Failure::unreadable)?);
        }
        let altered = documents / 2;
        if let Some(message) = messages.get_mut(altered) {
            flip(message, b"document");
        }
        let bar = progress::bar(documents);
        let started = std::time::Instant::now();
        let mut answers = Vec::with_capacity(documents);
        for chunk in messages.chunks(crate::limits::BATCH_DOCUMENTS.value) {
            let items: Vec<Item<'_>> = chunk.iter().map(|m| Item::new(m, None)).collect();
            answers.extend(self.verifier.verify(&items, Clock::Wall.now()));
            progress::advance(Some(&bar), answers.len(), documents);
        }
        bar.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        let passed = answers.iter().filter(|a| is(a, Indication::TotalPassed)).count();
        let failed: Vec<usize> =
            answers.iter().enumerate().filter(|(_, a)| is(a, Indication::TotalFailed)).map(|(i, _)| i).collect();
        say(format_args!("   {passed} passed, failed: {failed:?} (altered: [{altered}]), in {seconds:.2} s"))?;
        if passed.saturating_add(1) != documents || failed != [altered] || issued.is_empty() {
            return Err(Failure::unreadable("the batch did not come out as it must; this is a bug in qoltanba"));
        }
        Ok(())
    }

    async fn refuse(&self, issued: &[IssuedPermit]) -> Result<(), Failure> {
        step("5. Refused: an altered permit, and a signature of an officer whose certificate was revoked")?;
        if let Some(permit) = issued.first() {
            let mut forged = permit.signed.clone();
            flip(&mut forged, b"conclusion");
            self.expect_not_passed("altered.p7m", &forged)?;
        }
        let revoked = self.signed_by("officer-revoked", b"signed after the revocation")?;
        self.expect_not_passed("by-a-revoked-officer.p7m", &revoked)?;
        match self.permits.issue(&order(ISSUED[0].0, "officer-revoked", SAMPLE_BODY)?).await {
            Err(error @ PermitError::SignerNotValid(_)) => say(format_args!("   issuing as that officer: {error}")),
            _ => Err(Failure::unreadable("a revoked officer issued a permit; this is a bug in qoltanba")),
        }
    }

    fn foreign(&self) -> Result<(), Failure> {
        step("6. Foreign signatures: a centre registered with the trusted third party, and one that is not")?;
        for label in ["foreign-registered-signer", "foreign-unregistered-signer"] {
            let message = self.signed_by(label, b"a foreign licence")?;
            tell(&format!("{label}.p7m"), &self.answer(&message)?)?;
        }
        Ok(())
    }

    async fn life(&self, issued: &[IssuedPermit]) -> Result<(), Failure> {
        step("7. A permit is suspended: its signature stays good, but it is not usable")?;
        let Some(permit) = issued.first() else { return Ok(()) };
        let order = ActionOrder {
            action: "suspend".to_owned(),
            signer: signer("officer-signer"),
            reason: Some(crate::permit::ActionReason { grounds: Vec::new(), text: Some("inspection".to_owned()) }),
            act: None,
            effective_at: None,
            write_off: None,
            expected_sequence: None,
        };
        self.permits.act(&permit.number, &order).await.map_err(Failure::unreadable)?;
        let answer = self.permits.check(&permit.signed).await.map_err(Failure::unreadable)?;
        tell(&permit.number, &answer)
    }

    fn farewell(&self, issued: &[IssuedPermit]) -> Result<Exit, Failure> {
        let (kit, documents) = (self.folder.join("kit"), self.folder.join("documents"));
        let number = issued.first().map_or("NUMBER", |p| p.number.as_str());
        let program = std::env::current_exe().ok().and_then(|p| p.to_str().map(str::to_owned));
        let qoltanba = program.as_deref().unwrap_or("qoltanba");
        let (kit, documents) = (kit.display(), documents.display());
        step("What to try next")?;
        say(format_args!("   {qoltanba} verify --trust {kit}/trust --evidence {kit}/evidence {documents}"))?;
        say(format_args!("   {qoltanba} permit history --home {kit} {number}"))?;
        say(format_args!("   {qoltanba} permit template licence.foreign-trade"))?;
        say(format_args!("   {qoltanba} serve --home {kit}        # then http://127.0.0.1:8480/docs"))?;
        say(format_args!("   {qoltanba} --help"))?;
        Ok(Exit::Passed)
    }

    /// Signs and time-stamps as a holder of the test PKI, whatever its certificate is worth.
    fn signed_by(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, Failure> {
        let now = Clock::Wall.now();
        let signer = self.pki.signer(label).map_err(Failure::unreadable)?.at(now);
        let message = sign(content, Packaging::Attached, &signer).map_err(Failure::unreadable)?;
        let tsa = self.pki.time_stamp_authority("tsa-gost").map_err(Failure::unreadable)?;
        let policy = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4");
        let stamp = Stamp { policy, serial: vec![1], gen_time: now };
        time_stamp_signature(&message, 0, &stamp, &tsa).map_err(Failure::unreadable)
    }

    fn answer(&self, message: &[u8]) -> Result<Answer, Failure> {
        let answers = self.verifier.verify(&[Item::new(message, None)], Clock::Wall.now());
        answers.into_iter().next().ok_or_else(|| Failure::unreadable("no answer"))
    }

    fn expect_not_passed(&self, name: &str, message: &[u8]) -> Result<(), Failure> {
        let answer = self.answer(message)?;
        tell(name, &answer)?;
        if is(&answer, Indication::TotalPassed) {
            return Err(Failure::unreadable("this must not pass; this is a bug in qoltanba"));
        }
        Ok(())
    }
}

fn tell(name: &str, answer: &Answer) -> Result<(), Failure> {
    let text = report::render(name, answer, Language::En);
    text.lines().try_for_each(|line| say(format_args!("   {line}")))
}

fn is(answer: &Answer, indication: Indication) -> bool {
    answer.result.as_ref().is_ok_and(|report| report.verdict.indication == indication)
}

fn signer(alias: &str) -> SignerOrder {
    SignerOrder { alias: alias.to_owned(), position: "Officer".to_owned(), full_name: "Sample Officer".to_owned() }
}

fn order(kind: &str, alias: &str, body: (&str, &str)) -> Result<IssueOrder, Failure> {
    let kind = Catalogue::builtin().kind(kind).ok_or_else(|| Failure::misuse("a kind of the demo is missing"))?;
    let mut order: IssueOrder = serde_json::from_value(template(kind)).map_err(Failure::unreadable)?;
    order.issuing_body = Body { bin: body.0.to_owned(), name: body.1.to_owned() };
    order.signer = signer(alias);
    if let Value::Object(fields) = &mut order.fields {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(order)
}

/// Flips one bit in the first place where `words` stand.
fn flip(message: &mut [u8], words: &[u8]) {
    let place = message.windows(words.len()).position(|window| window == words);
    if let Some(octet) = place.and_then(|p| message.get_mut(p)) {
        *octet ^= 1;
    }
}
