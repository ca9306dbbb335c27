//! Why nothing was fetched: each cause by its name, and whether the endpoint is to blame.

use super::address::SpecialAddress;
use super::content::Kind;
use super::url::{Url, UrlError};
use crate::limits::LimitExceeded;
use crate::time::Timestamp;
use crate::x509::{NotAnAnswer, OcspResponseStatus};

/// Why nothing was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Nothing is fetched from such a URL.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// The port is not open to us.
    #[error("port {port} is not asked; 80 and 443 are, and what --allow-private HOST:PORT names")]
    PortForbidden {
        /// Which one.
        port: u16,
    },
    /// The name leads inside.
    #[error("the host has {special}, which is not connected to; --allow-private HOST would allow it")]
    AddressForbidden {
        /// Where it leads.
        special: SpecialAddress,
    },
    /// There are no roots to trust a server by.
    #[error("https is not fetched without roots; --https-roots FILE names them")]
    HttpsNotConfigured,
    /// The name service knows no address.
    #[error("the host's name does not resolve")]
    NameUnknown,
    /// No address of the host takes connections.
    #[error("the host does not take connections")]
    Unreachable,
    /// The handshake failed.
    #[error("the TLS handshake failed: the server is not who it should be, or speaks another dialect")]
    Tls,
    /// It took too long.
    #[error("no answer in time: {}", phase.words())]
    Late {
        /// In which phase.
        phase: Phase,
    },
    /// The connection ended before the answer did.
    #[error("the connection was broken off before the answer was complete")]
    BrokenOff,
    /// What came is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The answer is too large.
    #[error("the answer has {0}")]
    TooLarge(LimitExceeded),
    /// The answer is compressed, which nobody asked for.
    #[error("the answer is encoded, which was not asked for")]
    Encoded,
    /// A redirect leads where it was before, or on and on.
    #[error("the address redirects in a circle or too often")]
    RedirectLoop,
    /// A redirect leads from https to http, answers a POST, or leads nowhere.
    #[error("the address redirects in a way that is not followed")]
    RedirectRefused,
    /// The server answered with another status than 200.
    #[error("the server answered with HTTP status {status}")]
    Status {
        /// Which one.
        status: u16,
        /// How long the server asks us to wait, in seconds.
        retry_after_seconds: Option<u32>,
    },
    /// What came is not what was asked for.
    #[error("what came does not read as {}", kind.words())]
    Unreadable {
        /// What was asked for.
        kind: Kind,
    },
    /// The OCSP responder answered that it does not answer.
    #[error("the OCSP responder answered {0:?}")]
    OcspStatus(OcspResponseStatus),
    /// The responder answered another request than ours.
    #[error("{0}")]
    NotAnAnswer(#[from] NotAnAnswer),
    /// The endpoint failed too often and is left alone for a while.
    #[error("the endpoint failed repeatedly and is left alone for a while")]
    Resting,
}

/// Where time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Resolving, connecting, shaking hands.
    Connect,
    /// Waiting for the head of the answer.
    Head,
    /// Waiting for the whole.
    Body,
}

impl Phase {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "the connection was not made",
            Self::Head => "the server did not begin to answer",
            Self::Body => "the answer did not end",
        }
    }
}

impl FetchError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url(UrlError::SchemeNotSupported { .. }) => "SCHEME_NOT_SUPPORTED",
            Self::Url(_) => "URL_REFUSED",
            Self::PortForbidden { .. } => "PORT_FORBIDDEN",
            Self::AddressForbidden { .. } => "ADDRESS_FORBIDDEN",
            Self::HttpsNotConfigured => "HTTPS_NOT_CONFIGURED",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::Unreachable => "UNREACHABLE",
            Self::Tls => "TLS",
            Self::Late { phase: Phase::Connect } => "CONNECT_LATE",
            Self::Late { phase: Phase::Head } => "ANSWER_LATE",
            Self::Late { phase: Phase::Body } => "BODY_LATE",
            Self::BrokenOff => "BROKEN_OFF",
            Self::NotHttp => "NOT_HTTP",
            Self::TooLarge(_) => "TOO_LARGE",
            Self::Encoded => "ENCODED",
            Self::RedirectLoop => "REDIRECT_LOOP",
            Self::RedirectRefused => "REDIRECT_REFUSED",
            Self::Status { .. } => "STATUS",
            Self::Unreadable { .. } => "UNREADABLE",
            Self::OcspStatus(_) => "OCSP_STATUS",
            Self::NotAnAnswer(_) => "NOT_AN_ANSWER",
            Self::Resting => "RESTING",
        }
    }

    /// Whether the endpoint failed, rather than we refused or it answered that there is nothing.
    pub(super) fn blames_endpoint(&self) -> bool {
        match self {
            Self::Url(_)
            | Self::PortForbidden { .. }
            | Self::AddressForbidden { .. }
            | Self::HttpsNotConfigured
            | Self::Resting => false,
            Self::Status { status, .. } => *status >= 500 || matches!(*status, 408 | 429),
            Self::OcspStatus(status) => {
                matches!(status, OcspResponseStatus::TryLater | OcspResponseStatus::InternalError)
            }
            _ => true,
        }
    }

    /// How long the server asks us to wait.
    pub(super) fn retry_after_seconds(&self) -> Option<u32> {
        if let Self::Status { retry_after_seconds, .. } = self { *retry_after_seconds } else { None }
    }
}

/// A fetch that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was to be fetched.
    pub url: Url,
    /// Why it was not.
    pub error: FetchError,
    /// From when on asking again may help; none where it will not.
    pub retry_at: Option<Timestamp>,
}
