//! Bytes from the network, with when they were seen.
//!
//! Every fetch is bounded in size and time, goes to an address that was checked after its name was resolved, and leaves a
//! record of the endpoint's availability. What comes back is read, never judged: a CRL signed with the wrong key is a CRL. Only for
//! how long it is kept does it count who signed it.

mod address;
mod connect;
mod content;
mod error;
mod exchange;
mod fetcher;
mod rules;
mod shelf;
mod tls;
mod upstream;
mod url;
mod vouch;

pub use address::{SpecialAddress, check_public};
pub use content::{Evidence, Kind};
pub use error::{FetchError, Phase, Refusal};
pub use fetcher::{Fetched, Fetcher, Known, Wish};
pub use rules::{AllowedHost, BadHost, FetchRules, Route, Timing};
pub use shelf::{Kept, Key, Validators};
pub use tls::{RootsError, https_roots};
pub use upstream::{Attempt, Circuit, Endpoint, UpstreamRecord, UpstreamRow, Upstreams};
pub use url::{Scheme, Url, UrlError};
pub use vouch::is_issued_by;
