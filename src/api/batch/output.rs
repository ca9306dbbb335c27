//! Answers as lines or frames, and how a batch ends: complete, or told to be broken.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde::Serialize;
use tokio::sync::mpsc;

use super::NDJSON;
use super::input::{BrokenStream, Framing};
use crate::api::error::{ApiError, Problem};
use crate::api::query::VerifyTerms;
use crate::codec::frames::{ANSWER_MAGIC, AnswerKind, FRAMES_MEDIA_TYPE, write_answer};
use crate::service::{BatchAnswer, Verifier};

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// NDJSON.
    Lines,
    /// Frames of compact verdicts.
    Compact,
    /// Frames of JSON lines.
    FramedLines,
}

/// What goes to the client.
pub(super) enum Outgoing {
    /// Answers to so many items.
    Answers { octets: Bytes, items: u64 },
    /// Everything was answered.
    Complete,
    /// Nothing behind this can be read.
    Broken(BrokenStream),
    /// The end, in octets; where it is `None`, a stream without an end mark of its own may end here.
    Last(Option<Bytes>),
}

/// The batch was given up: its client broke off, or its input did not read to the end.
#[derive(Debug, thiserror::Error)]
#[error("the batch was given up")]
pub(super) struct GivenUp;

/// A problem that ends a batch, with its place.
#[derive(Serialize)]
struct StreamProblem {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octet: Option<u64>,
}

impl Shape {
    /// What the client accepts; as it asked, where it accepts anything or nothing of ours.
    pub(super) fn wanted(headers: &HeaderMap, framing: Framing) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let found = accepted.flat_map(|value| value.split(',')).find_map(|one| {
            let mut parts = one.split(';').map(|part| part.trim().to_ascii_lowercase());
            match Framing::of(&parts.next().unwrap_or_default())? {
                Framing::Lines => Some(Self::Lines),
                Framing::Frames if parts.any(|part| part == "answers=json") => Some(Self::FramedLines),
                Framing::Frames => Some(Self::Compact),
            }
        });
        found.unwrap_or(match framing {
            Framing::Lines => Self::Lines,
            Framing::Frames => Self::Compact,
        })
    }

    pub(super) fn media_type(self) -> &'static str {
        if self == Self::Lines { NDJSON } else { FRAMES_MEDIA_TYPE }
    }

    /// Whether writing takes next to no time.
    pub(super) fn is_quick(self) -> bool {
        self == Self::Compact
    }

    /// What stands before the first answer.
    pub(super) fn head(self, verifier: &Verifier) -> Option<Bytes> {
        (self != Self::Lines).then(|| {
            let mut out = ANSWER_MAGIC.to_vec();
            let head = serde_json::json!({
                "trust_snapshot": verifier.trust().digest, "policy": verifier.policy().name,
            });
            write_answer(&mut out, AnswerKind::Head, |out| out.extend_from_slice(head.to_string().as_bytes()));
            out.into()
        })
    }

    /// Writes answers.
    pub(super) fn write(self, answers: &[BatchAnswer], terms: VerifyTerms) -> Bytes {
        let line = |answer: &BatchAnswer| {
            if terms.explain { answer.explained_line(terms.language) } else { answer.line(terms.language) }
        };
        let mut out = Vec::new();
        for answer in answers {
            match self {
                Self::Lines => {
                    out.extend_from_slice(line(answer).as_bytes());
                    out.push(b'\n');
                }
                Self::Compact => write_answer(&mut out, AnswerKind::Verdict, |out| answer.write_compact(out)),
                Self::FramedLines => {
                    write_answer(&mut out, AnswerKind::Line, |out| out.extend_from_slice(line(answer).as_bytes()));
                }
            }
        }
        out.into()
    }

    /// The end of a batch that is complete.
    pub(super) fn end(self, answers: u64) -> Outgoing {
        Outgoing::Last((self != Self::Lines).then(|| {
            let mut out = Vec::new();
            write_answer(&mut out, AnswerKind::End, |out| out.extend_from_slice(&answers.to_be_bytes()));
            out.into()
        }))
    }

    /// The end of a batch that is not: a frame that says so; or a line, behind which the response breaks off.
    pub(super) fn broken(self, why: &BrokenStream) -> Outgoing {
        let (error, place) = match *why {
            BrokenStream::Frames(error) => (ApiError::Frames(error), Some((error.item, error.octet))),
            BrokenStream::Idle => (ApiError::BatchIdle, None),
        };
        let (item, octet) = place.unzip();
        // INVARIANT: a problem holds strings and numbers, which JSON always can.
        let json = serde_json::to_vec(&StreamProblem { problem: error.problem(), item, octet }).unwrap_or_default();
        let mut out = Vec::new();
        if self != Self::Lines {
            write_answer(&mut out, AnswerKind::Problem, |out| out.extend_from_slice(&json));
            return Outgoing::Last(Some(out.into()));
        }
        out.extend_from_slice(b"{\"id\":null,\"error\":null,\"verdict\":null,\"problem\":");
        out.extend_from_slice(&json);
        out.extend_from_slice(b"}\n");
        Outgoing::Answers { octets: out.into(), items: 0 }
    }
}

/// Answers that are still to come.
type Answers = Option<mpsc::Receiver<Outgoing>>;

/// Time for what was written to leave before a response breaks off.
const FLUSH: Duration = Duration::from_millis(100);

/// Gives the next octets of a response. One that ends without its last word was given up, and must not look complete.
pub(super) async fn next_octets(answers: Answers) -> Option<(Result<Bytes, GivenUp>, Answers)> {
    let mut answers = answers?;
    match answers.recv().await {
        Some(Outgoing::Answers { octets, .. }) => Some((Ok(octets), Some(answers))),
        Some(Outgoing::Last(octets)) => octets.map(|octets| (Ok(octets), None)),
        Some(Outgoing::Complete | Outgoing::Broken(_)) | None => {
            tokio::time::sleep(FLUSH).await;
            Some((Err(GivenUp), None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: Option<&str>, framing: Framing) -> Shape {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        Shape::wanted(&headers, framing)
    }

    #[test]
    fn answers_come_as_accepted_or_else_as_asked() {
        assert_eq!(wanted(None, Framing::Lines), Shape::Lines);
        assert_eq!(wanted(Some("*/*"), Framing::Frames), Shape::Compact);
        assert_eq!(wanted(Some("application/json"), Framing::Lines), Shape::Lines);
        assert_eq!(wanted(Some("text/html, application/x-ndjson;q=0.5"), Framing::Frames), Shape::Lines);
        assert_eq!(wanted(Some("application/vnd.qoltanba.batch"), Framing::Lines), Shape::Compact);
        assert_eq!(wanted(Some("Application/Vnd.Qoltanba.Batch; answers=json"), Framing::Frames), Shape::FramedLines);
    }
}
