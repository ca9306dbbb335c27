//! Serving: a listener, TLS around it where configured, time limits, and an orderly end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;

use super::router::router;
use super::state::ApiState;
use crate::limits::{API_DRAIN_SECONDS_MAX, API_HANDSHAKE_SECONDS_MAX, API_HEAD_SECONDS_MAX, Limit};

/// The server could not start or go on.
#[derive(Debug, thiserror::Error)]
#[error("the server failed: {0}")]
pub struct ServeError(#[from] io::Error);

/// Serves a node on a listener until `shutdown` resolves; requests under way then get a while to finish.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    state: ApiState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    tokio::spawn(stop_after(shutdown, handle.clone()));
    let server = axum_server::from_tcp(listener)?.handle(handle);
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        None => bounded(server.acceptor(DefaultAcceptor::new())).serve(service).await?,
        Some(config) => {
            let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(config));
            let acceptor = acceptor.handshake_timeout(seconds(&API_HANDSHAKE_SECONDS_MAX));
            bounded(server.acceptor(acceptor)).serve(service).await?;
        }
    }
    Ok(())
}

async fn stop_after(shutdown: impl Future<Output = ()>, handle: Handle<SocketAddr>) {
    shutdown.await;
    handle.graceful_shutdown(Some(seconds(&API_DRAIN_SECONDS_MAX)));
}

/// HTTP/1.1 alone: only there does hyper bound the time that a client may take over a request's head.
fn bounded<A>(server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    let mut server = server.http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(seconds(&API_HEAD_SECONDS_MAX));
    server
}

fn seconds(limit: &Limit) -> Duration {
    Duration::from_secs(u64::try_from(limit.value).unwrap_or(u64::MAX))
}
