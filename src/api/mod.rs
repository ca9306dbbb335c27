//! HTTP: requests in, answers or problem documents out.

mod administration;
mod auth;
mod batch;
mod body;
mod centre;
mod complete;
mod error;
mod held;
mod http_date;
mod keys;
mod metrics;
mod openapi;
mod operations;
mod permit_list;
mod permits;
mod problem_rows;
mod query;
mod router;
mod run;
mod schema;
mod schema_permit;
mod serve;
mod shares;
mod sign;
mod state;
mod time_stamp;
mod tls;
mod trust;
mod verify;
mod workers;

pub use error::{ApiError, Problem};
pub use router::{document, router};
pub use run::run;
pub use serve::{ServeError, serve};
pub use state::ApiState;
pub use tls::{TlsError, server_config};
