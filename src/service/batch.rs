//! Items of a batch: one JSON line in, one answer line out; a broken item never touches its neighbours.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Verifier;
use crate::codec::armour;
use crate::limits::{BATCH_BYTES, BATCH_DOCUMENTS, Limit, LimitExceeded};
use crate::report::{self, Answer, ProblemObject, Subject};
use crate::time::Timestamp;
use crate::validation::{Item, Language};

/// How full a batch is: it is verified at `BATCH_DOCUMENTS` documents or `BATCH_BYTES` octets, whichever comes first, so that
/// memory stays flat whatever arrives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filling {
    documents: usize,
    bytes: usize,
}

impl Filling {
    /// Counts one more document of so many octets.
    pub fn add(&mut self, bytes: usize) {
        self.documents = self.documents.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether no more documents should join.
    pub fn is_full(&self) -> bool {
        self.documents >= BATCH_DOCUMENTS.value || self.bytes >= BATCH_BYTES.value
    }
}

/// Why a line of a batch has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// Not the JSON of an item.
    #[error("the line is not {{\"id\", \"document\", \"content\"?}}")]
    Shape,
    /// The document is not base64.
    #[error("`document` is not base64")]
    Document,
    /// The content is not base64.
    #[error("`content` is not base64")]
    Content,
    /// The id of a framed item is no text.
    #[error("the id is not UTF-8")]
    Id,
    /// The line, document or content is too long.
    #[error("the item has {0}")]
    Limit(#[from] LimitExceeded),
    /// No room for this item at the moment; the same item may be sent again.
    #[error("no room for this item at the moment; send it again")]
    Overloaded,
    /// No room to keep its answer in.
    #[error("no room to keep the answer: {} {} ({}) are taken; remove ended jobs and send the item again", .0.value, .0.unit, .0.name)]
    AnswerNotKept(&'static Limit),
    /// A defect of qoltanba, met by this item alone.
    #[error("qoltanba failed on this item; the failure is in its log")]
    Internal,
}

impl ItemError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shape | Self::Document | Self::Content | Self::Id => "MALFORMED_ITEM",
            Self::Limit(_) => "LIMIT_EXCEEDED",
            Self::Overloaded | Self::AnswerNotKept(_) => "OVERLOADED",
            Self::Internal => "INTERNAL_ERROR",
        }
    }

    /// As it is told.
    pub fn problem(self) -> ProblemObject {
        ProblemObject { code: self.code(), at: None, text: self.to_string() }
    }
}

/// One item: its name, and its octets or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem {
    /// The id given, or `line N`.
    pub id: String,
    /// What is to be verified.
    pub octets: Result<ItemOctets, ItemError>,
}

/// What one item asks to have verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOctets {
    /// The document, in any armour.
    pub document: Bytes,
    /// The content of a detached signature.
    pub content: Option<Bytes>,
}

/// The answer to one item.
#[derive(Clone, Debug)]
pub struct BatchAnswer {
    /// The item's id.
    pub id: String,
    /// What is known about its document, or why nothing is.
    pub result: Result<Answer, ItemError>,
}

/// Borrowed from its line wherever JSON allows: what has no escapes.
#[derive(Deserialize)]
struct ItemJson<'a> {
    id: String,
    #[serde(borrow)]
    document: Text<'a>,
    #[serde(borrow, default)]
    content: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct IdJson {
    id: String,
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    id: &'a str,
    error: ProblemObject,
    verdict: Option<()>,
}

impl BatchItem {
    /// Reads the line that stands at `number`, counted from 1.
    pub fn parse(line: &[u8], number: u64) -> Self {
        let Ok(item) = serde_json::from_slice::<ItemJson<'_>>(line) else {
            let id = serde_json::from_slice(line).map_or_else(|_| nameless(number), |IdJson { id }| id);
            return Self { id, octets: Err(ItemError::Shape) };
        };
        let octets = decode(&item);
        Self { id: item.id, octets }
    }

    /// An item whose line was never read as a whole.
    pub fn unread(number: u64, why: ItemError) -> Self {
        Self { id: nameless(number), octets: Err(why) }
    }

    /// The answer that there is none.
    pub(super) fn refusal(&self, why: ItemError) -> BatchAnswer {
        BatchAnswer { id: self.id.clone(), result: Err(why) }
    }

    /// The framed item that stands at `number`, counted from 1.
    pub fn framed(number: u64, id: Vec<u8>, octets: Result<ItemOctets, ItemError>) -> Self {
        match String::from_utf8(id) {
            Ok(id) => Self { id, octets },
            Err(_) => Self { id: format!("item {number}"), octets: Err(ItemError::Id) },
        }
    }
}

impl BatchAnswer {
    /// The answer's JSON line, without its line break.
    pub fn line(&self, language: Language) -> String {
        self.told(language, |line, _| line)
    }

    /// The same with what was checked along the paths.
    pub fn explained_line(&self, language: Language) -> String {
        self.told(language, |line, answer| line.explained(answer, language))
    }

    /// Appends the compact verdict (docs/api.md, "Batches in frames").
    pub fn write_compact(&self, out: &mut Vec<u8>) {
        match &self.result {
            Ok(answer) => report::write_compact(out, &self.id, answer),
            Err(why) => report::write_compact_problem(out, &self.id, &why.problem()),
        }
    }

    fn told(&self, language: Language, more: impl FnOnce(report::Line, &Answer) -> report::Line) -> String {
        let line = match &self.result {
            Ok(answer) => serde_json::to_string(&more(report::line(Subject::Item(&self.id), answer, language), answer)),
            Err(why) => serde_json::to_string(&ErrorLine { id: &self.id, error: why.problem(), verdict: None }),
        };
        // INVARIANT: a line holds strings, numbers and lists, which JSON always can.
        line.unwrap_or_default()
    }
}

impl Verifier {
    /// Verifies the readable items together, on all cores; one answer each, in their order.
    pub fn verify_batch(&self, items: &[BatchItem], at: Timestamp) -> Vec<BatchAnswer> {
        self.verify_batch_on(self.cores(), items, at)
    }

    /// The same on so many cores: for callers who have several batches under way.
    pub fn verify_batch_on(&self, cores: usize, items: &[BatchItem], at: Timestamp) -> Vec<BatchAnswer> {
        let readable: Vec<Item<'_>> = items
            .iter()
            .filter_map(|item| item.octets.as_ref().ok())
            .map(|octets| Item::new(&octets.document, octets.content.as_deref()))
            .collect();
        let mut answers = self.verify_spread(&readable, at, cores).into_iter();
        let answer_of = |item: &BatchItem| BatchAnswer {
            id: item.id.clone(),
            result: match item.octets {
                Ok(_) => answers.next().flatten().ok_or(ItemError::Internal),
                Err(why) => Err(why),
            },
        };
        items.iter().map(answer_of).collect()
    }
}

fn nameless(number: u64) -> String {
    format!("line {number}")
}

fn decode(item: &ItemJson<'_>) -> Result<ItemOctets, ItemError> {
    let document = armour::decode(&item.document.0).map_err(|_| ItemError::Document)?;
    // Clients that always send both members leave the content of an attached signature empty.
    let content = item.content.as_ref().map(|c| c.0.as_ref()).filter(|c| !c.is_empty());
    let content = content.map(armour::decode).transpose().map_err(|_| ItemError::Content)?;
    Ok(ItemOctets { document: document.into(), content: content.map(Bytes::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: Bytes = Bytes::from_static(&[0x30, 0]);

    fn octets(line: &str) -> Result<ItemOctets, ItemError> {
        BatchItem::parse(line.as_bytes(), 7).octets
    }

    #[test]
    fn an_item_reads_with_and_without_content_and_broken_base64_is_told_apart() {
        let read = octets(r#"{"id":"a","document":"MAA=","content":"aGk="}"#).unwrap();
        assert_eq!(read, ItemOctets { document: MINIMAL, content: Some(Bytes::from_static(b"hi")) });
        assert_eq!(octets(r#"{"id":"a","document":"MAA="}"#).unwrap().content, None);
        assert_eq!(octets(r#"{"id":"a","document":"MA*="}"#), Err(ItemError::Document));
        assert_eq!(octets(r#"{"id":"a","document":"MAA=","content":"*"}"#), Err(ItemError::Content));
    }

    #[test]
    fn escapes_and_line_breaks_in_base64_are_read_as_json_says() {
        let escaped = octets(r#"{"id":"a","document":"\u004dAA\u003d","content":"aG\nk="}"#).unwrap();
        assert_eq!(escaped, ItemOctets { document: MINIMAL, content: Some(Bytes::from_static(b"hi")) });
        assert_eq!(octets(r#"{"id":"a","document":"MAA=","document":"MAA="}"#), Err(ItemError::Shape));
    }

    #[test]
    fn the_id_of_a_framed_item_is_text_or_the_item_is_broken() {
        let read = || Ok(ItemOctets { document: MINIMAL, content: None });
        assert_eq!(BatchItem::framed(7, b"a".to_vec(), read()), BatchItem { id: "a".into(), octets: read() });
        let broken = BatchItem::framed(7, vec![0xff], read());
        assert_eq!((broken.id.as_str(), broken.octets), ("item 7", Err(ItemError::Id)));
    }

    #[test]
    fn an_empty_content_counts_as_none_and_an_empty_document_as_broken() {
        assert_eq!(octets(r#"{"id":"a","document":"MAA=","content":""}"#).unwrap().content, None);
        assert_eq!(octets(r#"{"id":"a","document":""}"#), Err(ItemError::Document));
    }

    #[test]
    fn a_broken_line_keeps_its_id_where_it_has_one_and_its_number_otherwise() {
        let id = |line: &str| BatchItem::parse(line.as_bytes(), 7).id;
        assert_eq!(id(r#"{"id":"a","document":5}"#), "a");
        assert_eq!(id(r#"{"document":"MAA="}"#), "line 7");
        assert_eq!(id("not json"), "line 7");
    }

    #[test]
    fn the_line_of_an_error_has_its_id_first() {
        let answer = BatchAnswer { id: "a".into(), result: Err(ItemError::Shape) };
        assert!(answer.line(Language::En).starts_with(r#"{"id":"a","error":{"code":"MALFORMED_ITEM""#));
    }
}
