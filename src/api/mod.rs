//! HTTP: requests in, answers or problem documents out.

mod auth;
mod batch;
mod body;
mod error;
mod held;
mod lines;
mod metrics;
mod openapi;
mod operations;
mod query;
mod router;
mod schema;
mod serve;
mod state;
mod tls;
mod verify;
mod workers;

pub use error::{ApiError, Problem};
pub use router::{document, router};
pub use serve::{ServeError, serve};
pub use state::{ApiParts, ApiState, VerifyAccess};
pub use tls::{TlsError, TlsFiles, server_config};
