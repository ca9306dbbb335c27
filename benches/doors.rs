//! The doors: batches over loopback, the client's sending and reading included, beside the same documents verified in process.
//! `just bench doors`.
//!
//! Node and clients live in this process, so that both contenders have the same cores, and take turns. Documents are told by
//! the second of processor time of the whole process, the kernel's part included, and by the second of the clock: where others
//! work on the machine, whoever has more threads gets more of it, and only processor time says anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qoltanba::api::{ApiState, serve};
use qoltanba::codec::armour;
use qoltanba::codec::frames::{
    ANSWER_MAGIC, AnswerKind, FRAMES_MEDIA_TYPE, REQUEST_MAGIC, read_answer, write_item, write_request_end,
};
use qoltanba::crypto::KeyAlgorithm;
use qoltanba::policy::Policy;
use qoltanba::service::bench::{CRL_ENTRIES, Corpus, CorpusPlan};
use qoltanba::service::{BatchItem, ItemOctets, Node, Trust, Verifier, VerifyAccess};
use qoltanba::time::Clock;
use qoltanba::trust::TrustSnapshot;
use qoltanba::validation::Indication;

/// Documents of one batch; 4,096 different ones.
const BATCH: usize = 8_192;
const DIFFERENT: usize = 4_096;
/// Documents that are verified together in process.
const TOGETHER: usize = 256;
const ROUNDS: usize = 15;
/// What a client writes at a time.
const WRITE_BYTES: usize = 256 * 1024;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for algorithm in [KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048] {
        let content_bytes = 4_096;
        let plan =
            CorpusPlan { algorithm, officers: 256, documents: DIFFERENT, content_bytes, crl_entries: CRL_ENTRIES };
        let corpus = Corpus::make(&plan).expect("documents are made");
        let served = Served::new(&corpus);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        runtime.spawn(serve(listener, None, served.state.clone(), std::future::pending()));
        served.compare(algorithm.name(), address);
    }
}

/// A node, and its documents.
struct Served {
    state: ApiState,
    own: Arc<Verifier>,
    corpus_at: qoltanba::time::Timestamp,
    documents: Vec<Vec<u8>>,
    items: Vec<BatchItem>,
    lines: Vec<u8>,
}

impl Served {
    fn new(corpus: &Corpus) -> Self {
        let verifier = || {
            let anchors = TrustSnapshot::of_certificates(&[corpus.root.clone(), corpus.centre.clone()]);
            let trust = Trust::new(anchors).expect("certificates of ours");
            Verifier::new(trust, corpus.evidence.clone(), Policy::named("kz").expect("a built-in policy"))
        };
        let node = Node {
            verifier: Some(Arc::new(verifier())),
            policy: Policy::named("kz").expect("a built-in policy"),
            office: None,
            online: None,
            clock: Clock::Fixed(corpus.at),
            verify_access: VerifyAccess::Open,
            time_stamper: None,
            third_party: None,
            time_sources: Vec::new(),
            centre: None,
        };
        let octets = |document: &Vec<u8>| Ok(ItemOctets { document: document.clone().into(), content: None });
        let item =
            |(number, document): (usize, &Vec<u8>)| BatchItem { id: number.to_string(), octets: octets(document) };
        let line = |document| format!("{{\"id\":\"a\",\"document\":\"{}\"}}\n", armour::encode(document));
        Self {
            state: ApiState::new(node),
            own: Arc::new(verifier().on_cores(1)),
            corpus_at: corpus.at,
            documents: corpus.documents.clone(),
            items: corpus.documents.iter().enumerate().map(item).collect(),
            lines: corpus.documents.iter().map(|document| line(document)).collect::<String>().into_bytes(),
        }
    }

    fn compare(&self, name: &str, address: SocketAddr) {
        let clients = |count: usize| {
            std::thread::scope(|scope| {
                let work = move || self.frames(address, BATCH / count);
                let all: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
                all.into_iter().all(|one| one.join().expect("a client"))
            })
        };
        self.beside_in_process(&format!("{name}, frames, 1 client"), (BATCH, &|| clients(1)));
        self.beside_in_process(&format!("{name}, frames, 4 clients"), (BATCH, &|| clients(4)));
        self.beside_in_process(&format!("{name}, NDJSON, 1 client"), (DIFFERENT, &|| self.ndjson(address)));
    }

    /// Lets both take turns; prints the medians of their rates and of the ratios of neighbours.
    fn beside_in_process(&self, what: &str, (documents, over_http): (usize, &dyn Fn() -> bool)) {
        let mut rates: [Vec<f64>; 4] = Default::default();
        let mut ratios: [Vec<f64>; 2] = Default::default();
        for round in 0..=ROUNDS {
            let (http, own) = (timed(documents, over_http), timed(BATCH, || self.in_process()));
            // The first round is for whatever is done once.
            if round > 0 {
                rates.iter_mut().zip(http.into_iter().chain(own)).for_each(|(all, rate)| all.push(rate));
                ratios.iter_mut().zip(http).zip(own).for_each(|((all, http), own)| all.push(http / own));
            }
        }
        let [cpu, clock, own_cpu, own_clock] = rates.map(median);
        let [by_cpu, by_clock] = ratios.map(median);
        println!(
            "{what:<28}{cpu:>10.0} per core-second, {by_cpu:.2} x in process ({own_cpu:.0});{clock:>10.0}/s, \
             {by_clock:.2} x ({own_clock:.0})"
        );
    }

    /// On all cores, each with documents of its own.
    fn in_process(&self) -> bool {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let verify = |hand: usize| {
            let batches = self.items.chunks(TOGETHER).cycle().skip(hand).step_by(cores).take(BATCH / TOGETHER / cores);
            batches.into_iter().all(|batch| {
                let answers = self.own.verify_batch(batch, self.corpus_at);
                answers.iter().all(|answer| {
                    let report = answer.result.as_ref().ok().and_then(|answer| answer.result.as_ref().ok());
                    report.is_some_and(|report| report.verdict.indication == Indication::TotalPassed)
                })
            })
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..cores).map(|hand| scope.spawn(move || verify(hand))).collect();
            all.into_iter().all(|one| one.join().expect("a thread"))
        })
    }

    /// One batch in frames: whether every document passed.
    fn frames(&self, address: SocketAddr, count: usize) -> bool {
        let answer = exchange(address, FRAMES_MEDIA_TYPE, |sender| {
            let mut frames = REQUEST_MAGIC.to_vec();
            for (number, document) in self.documents.iter().cycle().take(count).enumerate() {
                write_item(&mut frames, number.to_string().as_bytes(), document, None).expect("short");
                if frames.len() >= WRITE_BYTES {
                    sender(&frames);
                    frames.clear();
                }
            }
            write_request_end(&mut frames, u64::try_from(count).expect("few"));
            sender(&frames);
        });
        let mut rest = answer.strip_prefix(&ANSWER_MAGIC).expect("an answer in frames");
        let (mut passed, mut ended) = (0, false);
        while let Some((kind, payload)) = read_answer(&mut rest) {
            let id_bytes = payload.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
            passed += usize::from(kind == AnswerKind::Verdict && payload.get(2 + id_bytes) == Some(&1));
            ended = kind == AnswerKind::End;
        }
        ended && passed == count
    }

    fn ndjson(&self, address: SocketAddr) -> bool {
        let answer =
            exchange(address, "application/x-ndjson", |sender| self.lines.chunks(WRITE_BYTES).for_each(sender));
        let passed = b"\"verdict\":{\"indication\":\"TOTAL_PASSED\"";
        let is_passed = |line: &&[u8]| line[..line.len().min(200)].windows(passed.len()).any(|w| w == passed);
        answer.split(|octet| *octet == b'\n').filter(is_passed).count() == DIFFERENT
    }
}

/// Sends a body in chunks while the answer is read (RFC 9112 §7.1); gives the body of the answer.
fn exchange(address: SocketAddr, media_type: &str, body: impl FnOnce(&mut dyn FnMut(&[u8])) + Send) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut writing = stream.try_clone().expect("a socket");
    let head = format!(
        "POST /v1/verify/batch HTTP/1.1\r\nHost: {address}\r\nContent-Type: {media_type}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let mut answer = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writing.write_all(head.as_bytes()).expect("it reads");
            body(&mut |octets| {
                writing.write_all(format!("{:x}\r\n", octets.len()).as_bytes()).expect("it reads");
                writing.write_all(octets).expect("it reads");
                writing.write_all(b"\r\n").expect("it reads");
            });
            writing.write_all(b"0\r\n\r\n").expect("it reads");
        });
        stream.read_to_end(&mut answer).expect("it answers");
    });
    unchunked(&answer).expect("a whole answer of status 200")
}

fn unchunked(answer: &[u8]) -> Option<Vec<u8>> {
    let mut rest = answer.strip_prefix(b"HTTP/1.1 200")?;
    rest = &rest[rest.windows(4).position(|octets| octets == b"\r\n\r\n")? + 4..];
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let end = rest.windows(2).position(|octets| octets == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + length)?);
        rest = rest.get(end + 4 + length..)?;
    }
}

/// Documents a second of processor time, and of the clock.
fn timed(documents: usize, work: impl Fn() -> bool) -> [f64; 2] {
    let (before, start) = (processor_time(), Instant::now());
    assert!(work(), "a sound document did not pass");
    let (cpu, clock) = (processor_time().saturating_sub(before), start.elapsed());
    [cpu, clock].map(|spent| documents as f64 / spent.as_secs_f64())
}

/// Of this process, its threads together.
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
