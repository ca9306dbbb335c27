//! A client of `POST /v1/verify/batch` in frames (docs/api.md, "Batches in frames"), and its measure.
//!
//! `batch_client HOST:PORT FILE…` prints a line for each document. `--times N` sends the files N times and prints documents
//! per second; `--in-process HOME` verifies the same documents in this process as well, in turns with the node, and prints the
//! medians of both and their ratio. The node is to be of the same folder: `qoltanba serve --home HOME`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "an example ends where anything goes wrong"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use qoltanba::codec::frames::{
    ANSWER_MAGIC, AnswerKind, FRAMES_MEDIA_TYPE, REQUEST_MAGIC, write_item, write_request_end,
};
use qoltanba::policy::Policy;
use qoltanba::service::{BatchItem, Home, ItemOctets};
use qoltanba::store::files;
use qoltanba::time::Clock;

/// What is sent, how often, and whether it is said what came back.
struct Work {
    documents: Vec<(String, Vec<u8>)>,
    times: usize,
    is_told: bool,
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let times = option(&mut arguments, "--times").map_or(1, |n| n.parse().unwrap());
    let home = option(&mut arguments, "--in-process").map(PathBuf::from);
    let [address, paths @ ..] = arguments.as_slice() else { panic!("batch_client HOST:PORT FILE…") };
    let documents = paths.iter().map(|path| (path.clone(), files::read(Path::new(path)).unwrap())).collect();
    let work = Work { documents, times, is_told: times == 1 };
    let rounds = if home.is_some() { 5 } else { 1 };
    let (mut http, mut own) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        http.push(over_http(address, &work));
        own.extend(home.as_deref().map(|home| in_process(home, &work)));
    }
    if !work.is_told {
        let count = work.documents.len() * work.times;
        println!("{count} documents, HTTP: {:.0} a second", median(&mut http));
    }
    if !own.is_empty() {
        let (own, http) = (median(&mut own), median(&mut http));
        println!("in process: {own:.0} a second; HTTP reaches {:.0} %", 100.0 * http / own);
    }
}

fn option(arguments: &mut Vec<String>, name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    Some(arguments.drain(at..at + 2).nth(1).unwrap())
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Sends everything and reads the answers meanwhile: who does not read is soon not read from. Gives documents per second.
fn over_http(address: &str, work: &Work) -> f64 {
    let stream = TcpStream::connect(address).unwrap();
    let begun = Instant::now();
    let answered = std::thread::scope(|scope| {
        let mut writing = stream.try_clone().unwrap();
        scope.spawn(move || send(&mut writing, address, work).unwrap());
        read_answers(BufReader::with_capacity(1 << 16, &stream), work.is_told)
    });
    assert_eq!(answered, work.documents.len() * work.times, "not every document was answered");
    answered as f64 / begun.elapsed().as_secs_f64()
}

fn send(stream: &mut TcpStream, address: &str, work: &Work) -> std::io::Result<()> {
    const CHUNK_BYTES: usize = 1 << 18;
    let head = format!(
        "POST /v1/verify/batch HTTP/1.1\r\nHost: {address}\r\nContent-Type: {FRAMES_MEDIA_TYPE}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut frames = REQUEST_MAGIC.to_vec();
    for (id, document) in (0..work.times).flat_map(|_| &work.documents) {
        write_item(&mut frames, id.as_bytes(), document, None).unwrap();
        if frames.len() >= CHUNK_BYTES {
            send_chunk(stream, &frames)?;
            frames.clear();
        }
    }
    write_request_end(&mut frames, u64::try_from(work.documents.len() * work.times).unwrap());
    send_chunk(stream, &frames)?;
    stream.write_all(b"0\r\n\r\n")
}

fn send_chunk(stream: &mut TcpStream, octets: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("{:x}\r\n", octets.len()).as_bytes())?;
    stream.write_all(octets)?;
    stream.write_all(b"\r\n")
}

/// Reads frames to the end, and counts verdicts.
fn read_answers(mut stream: impl BufRead, is_told: bool) -> usize {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    while line.trim() != "" {
        line.clear();
        stream.read_line(&mut line).unwrap();
    }
    let mut body = BufReader::with_capacity(1 << 16, Chunks { stream, left: 0 });
    let mut magic = [0; 8];
    body.read_exact(&mut magic).unwrap();
    assert_eq!(magic, ANSWER_MAGIC);
    let (mut answered, mut payload) = (0, Vec::new());
    loop {
        let mut head = [0; 5];
        body.read_exact(&mut head).expect("the answer is cut off");
        payload.resize(usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]])).unwrap(), 0);
        body.read_exact(&mut payload).expect("the answer is cut off");
        match AnswerKind::of(head[0]) {
            Some(AnswerKind::Verdict) => {
                answered += 1;
                if is_told {
                    tell(&payload);
                }
            }
            Some(AnswerKind::End) => return answered,
            Some(AnswerKind::Problem) => panic!("{}", String::from_utf8_lossy(&payload)),
            _ => {}
        }
    }
}

fn tell(verdict: &[u8]) {
    let id_bytes = usize::from(u16::from_be_bytes([verdict[0], verdict[1]]));
    let (id, rest) = verdict[2..].split_at(id_bytes);
    let word = ["no verdict", "TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"][usize::from(rest[0])];
    let (sub, reason) = rest[14..].split_at(usize::from(rest[13]));
    let texts = [id, sub, &reason[1..]].map(String::from_utf8_lossy);
    println!("{}: {word} {} {}", texts[0], texts[1], texts[2]);
}

/// A chunked body (RFC 9112 §7.1).
struct Chunks<R> {
    stream: R,
    left: usize,
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.left == 0 {
            let mut line = String::new();
            // A blank line ends the chunk before.
            if self.stream.read_line(&mut line)? == 0 || line.trim() == "0" {
                return Ok(0);
            }
            self.left = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        }
        let most = buffer.len().min(self.left);
        let read = self.stream.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

/// The same documents without HTTP, on as many threads as there are processors. Gives documents per second.
fn in_process(home: &Path, work: &Work) -> f64 {
    const TOGETHER: usize = 256;
    let verifier = Home::new(home, None).verifier(Policy::named("kz").unwrap()).unwrap();
    let item = |(id, document): &(String, Vec<u8>)| BatchItem {
        id: id.clone(),
        octets: Ok(ItemOctets { document: document.clone().into(), content: None }),
    };
    let batch: Vec<BatchItem> = work.documents.iter().cycle().take(TOGETHER).map(item).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let rounds = (work.documents.len() * work.times).div_ceil(TOGETHER * threads);
    let verify = || drop(verifier.verify_batch(&batch, Clock::Wall.now()));
    verify();
    let begun = Instant::now();
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| (0..rounds).for_each(|_| verify())))));
    (TOGETHER * rounds * threads) as f64 / begun.elapsed().as_secs_f64()
}
