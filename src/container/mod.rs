//! Which octets each signature covers. CMS for now; other formats are recognised by content, so that they can be named.

mod cms;

pub use cms::{Coverage, CoveredContent};

/// What a document is, told by its first octets and never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CMS SignedData, in any armour.
    Cms,
    /// XML: XMLDSig, XAdES, WS-Security.
    Xml,
    /// PDF.
    Pdf,
    /// A ZIP container: ASiC, Kalkan's.
    Zip,
    /// JSON or a compact JWS.
    Jose,
}

impl Format {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::Xml => "xml",
            Self::Pdf => "pdf",
            Self::Zip => "zip",
            Self::Jose => "jose",
        }
    }

    /// Recognises a document by its content; what is none of the others is taken for CMS, whose reader then says what is
    /// wrong with it.
    pub fn of(document: &[u8]) -> Self {
        let bare = document.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(document);
        let start = bare.trim_ascii_start();
        // A compact JWS is three base64url parts, of which the first is a JSON object (`{"` is `eyJ` in base64).
        let compact = start.starts_with(b"eyJ") && start.iter().filter(|&&b| b == b'.').count() == 2;
        if bare.starts_with(b"PK\x03\x04") || bare.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if start.starts_with(b"%PDF-") {
            Self::Pdf
        } else if start.starts_with(b"<") {
            Self::Xml
        } else if start.starts_with(b"{") || compact {
            Self::Jose
        } else {
            Self::Cms
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn formats_are_told_by_content() {
        assert_eq!(Format::of(b"\xef\xbb\xbf\n<?xml version='1.0'?>"), Format::Xml);
        assert_eq!(Format::of(b"PK\x03\x04rest"), Format::Zip);
        assert_eq!(Format::of(b"%PDF-1.7"), Format::Pdf);
        assert_eq!(Format::of(b"eyJhbGciOiJHRzIwMTUifQ.e30.AAAA"), Format::Jose);
        assert_eq!(Format::of(b"eyJh"), Format::Cms);
        assert_eq!(Format::of(&[0x30, 0x80]), Format::Cms);
        assert_eq!(Format::of(b""), Format::Cms);
    }
}
