//! CMS: every signer covers the one content, attached or given beside the message.

use crate::cms::SignedData;

/// The content that a message's signers cover, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage<'a> {
    /// The content.
    pub content: CoveredContent<'a>,
    /// Whether a file was given beside a message that carries another content: whoever asks about that file must not be
    /// told that it is signed.
    pub contradicted: bool,
}

/// Where the covered octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoveredContent<'a> {
    /// Inside the message.
    Attached(&'a [u8]),
    /// Beside it.
    Detached(&'a [u8]),
    /// Nowhere at hand.
    Missing,
}

impl<'a> Coverage<'a> {
    /// Finds the covered content of a message.
    pub fn of(message: &'a SignedData<'_>, given: Option<&'a [u8]>) -> Self {
        let attached = message.content.as_deref();
        let content = match (attached, given) {
            (Some(octets), _) => CoveredContent::Attached(octets),
            (None, Some(octets)) => CoveredContent::Detached(octets),
            (None, None) => CoveredContent::Missing,
        };
        let contradicted = matches!((attached, given), (Some(inside), Some(beside)) if inside != beside);
        Self { content, contradicted }
    }

    /// The covered octets, where they are at hand.
    pub fn octets(&self) -> Option<&'a [u8]> {
        match self.content {
            CoveredContent::Attached(octets) | CoveredContent::Detached(octets) => Some(octets),
            CoveredContent::Missing => None,
        }
    }
}
