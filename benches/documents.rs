//! Whole documents, octets in, verdict out: ours beside OpenSSL's `CMS_verify` with path and CRL, and beside a lean pipeline
//! on aws-lc-rs and on ring. `just bench documents`; needs a C compiler and the headers of OpenSSL.
//!
//! All take turns in slices of one run, timed by processor time, since others work on the machine, too; OpenSSL in a process
//! of its own that waits in between.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use qoltanba::crypto::KeyAlgorithm;
use qoltanba::path::{PathBook, SignatureBook};
use qoltanba::policy::Policy;
use qoltanba::service::bench::{Corpus, CorpusPlan, Stock, StockKey, VerifyOne, verify_with_ring};
use qoltanba::validation::{Indication, Item, Known, Terms, validate_many};

const ROUNDS: usize = 15;
const BATCH: usize = 256;
/// Documents of one slice: ours, those of the lean pipelines, OpenSSL's.
const SLICES: [usize; 3] = [8192, 2048, 96];

fn main() {
    println!(
        "{:<10}{:>10} {:>24} {:>24} {:>24}",
        "", "ours/s", "CMS_verify/s", "lean on aws-lc-rs/s", "lean on ring/s"
    );
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcP256] {
        let plan = CorpusPlan { algorithm, officers: 256, documents: 4096, content_bytes: 4096, crl_entries: 5000 };
        compare(algorithm.name(), &Corpus::make(&plan).expect("documents are made"));
    }
}

fn compare(name: &str, corpus: &Corpus) {
    let policy = Policy::named("kz").expect("a built-in policy");
    let own = [&corpus.trust.anchors, &corpus.trust.material, &corpus.evidence];
    let (paths, known) = (PathBook::new(own, policy.path_rules()), Known::new(own, &policy));
    let (trust, evidence) = (&corpus.trust, &corpus.evidence);
    let terms = Terms { trust, evidence, policy: &policy, paths: Some(&paths), known: Some(&known), at: corpus.at };
    let book = SignatureBook::default();
    let items: Vec<Item<'_>> = corpus.documents.iter().map(|d| Item::new(d, None)).collect();
    let ours = |count: usize| {
        for batch in items.chunks(BATCH).cycle().take(count / BATCH) {
            let answers = validate_many(batch, &terms, &book);
            assert!(
                answers.iter().flatten().filter(|r| r.verdict.indication == Indication::TotalPassed).count() == BATCH
            );
        }
    };
    let stock = Stock::learn(corpus).expect("stock libraries have these algorithms");
    let lean = |count: usize, verify: VerifyOne| {
        assert!(corpus.documents.iter().cycle().take(count).all(|document| stock.judge(document, verify)));
    };
    let mut openssl = OpenSsl::start(corpus);
    // So often that the tables of all keys are made.
    ours(10 * items.len());
    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        rates[0].push(rate(SLICES[0], || ours(SLICES[0])));
        rates[1].push(openssl.rate(SLICES[2]));
        rates[2].push(rate(SLICES[1], || lean(SLICES[1], verify_with_aws_lc)));
        rates[3].push(rate(SLICES[1], || lean(SLICES[1], verify_with_ring)));
    }
    let ratio = |other: &[f64]| median(rates[0].iter().zip(other).map(|(mine, theirs)| mine / theirs).collect());
    let told: Vec<String> =
        rates[1..].iter().map(|other| format!("{:>12.0} ({:>6.1} x)", median(other.clone()), ratio(other))).collect();
    println!("{name:<10}{:>10.0} {}", median(rates[0].clone()), told.join("     "));
}

fn rate(count: usize, work: impl FnOnce()) -> f64 {
    let start = processor_time();
    work();
    count as f64 / processor_time().saturating_sub(start).as_secs_f64()
}

fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to a structure of ours.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) }, 0);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).expect("below a thousand million"))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn verify_with_aws_lc(key: &StockKey, message: &[u8], value: &[u8]) -> bool {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    if key.is_rsa {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.octets).verify(message, value).is_ok()
    } else {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key.octets).verify(message, value).is_ok()
    }
}

/// The C program beside this file, compiled when it is needed.
struct OpenSsl {
    child: Child,
    answers: Box<dyn BufRead>,
    folder: PathBuf,
}

impl OpenSsl {
    fn start(corpus: &Corpus) -> Self {
        let folder = std::env::temp_dir().join(format!("qoltanba-documents-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder to work in");
        let (program, frames) = (folder.join("cms_verify"), folder.join("frames"));
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cms_verify.c");
        let compiled = Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).arg("-lcrypto").status();
        assert!(compiled.expect("a C compiler").success(), "cms_verify.c needs the headers of OpenSSL");
        let [of_root, of_centre] = &corpus.crls;
        let first = [corpus.root.der(), corpus.centre.der(), of_root.der(), of_centre.der()];
        let mut octets = Vec::new();
        for frame in first.into_iter().chain(corpus.documents.iter().map(Vec::as_slice)) {
            octets.extend_from_slice(&u32::try_from(frame.len()).expect("short").to_be_bytes());
            octets.extend_from_slice(frame);
        }
        std::fs::write(&frames, octets).expect("room for the documents");
        let mut child = Command::new(program)
            .arg(frames)
            .arg(corpus.at.unix_seconds().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let answers = Box::new(BufReader::new(child.stdout.take().expect("piped")));
        let mut started = Self { child, answers, folder };
        started.rate(16);
        started
    }

    fn rate(&mut self, count: usize) -> f64 {
        writeln!(self.child.stdin.as_mut().expect("piped"), "{count}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        let nanoseconds: f64 = line.trim().parse().expect("CMS_verify refused a document");
        count as f64 / nanoseconds * 1e9
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
