//! A node served by a process of its own: listener, signals, an orderly end.

use std::pin::Pin;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::job_runner::judge_jobs_without_end;
use super::serve::serve;
use super::state::ApiState;
use super::tls::server_config;
use crate::service::{Listening, Node, NodeError, follow_time_sources, poll_forever};

/// Between two questions to time sources.
const TIME_SOURCE_PAUSE: Duration = Duration::from_mins(1);

/// Serves a node until SIGTERM or SIGINT; SIGHUP reads trust and evidence again.
pub fn run(node: Node, listening: Listening) -> Pin<Box<dyn Future<Output = Result<(), NodeError>>>> {
    Box::pin(run_node(node, listening))
}

async fn run_node(node: Node, listening: Listening) -> Result<(), NodeError> {
    let tls = listening.tls.as_ref().map(server_config).transpose().map_err(|e| NodeError::Configuration(e.into()))?;
    let listener = listening.listener;
    let address = listener.local_addr().map_err(unavailable)?;
    let sources = node.time_sources.clone();
    let state = ApiState::new(node);
    if let Some(stamper) = state.time_stamper().filter(|_| !sources.is_empty()) {
        tokio::spawn(follow_time_sources(sources, stamper.watch().clone(), TIME_SOURCE_PAUSE));
    }
    if let Some(desk) = state.foreign_desk() {
        let asking = state.clone();
        tokio::spawn(poll_forever(desk, move || asking.verifier().ok(), state.clock()));
    }
    reload_on_hangup(state.clone())?;
    tokio::spawn(judge_jobs_without_end(state.clone()));
    let stop = stop_signal()?;
    tracing::info!(%address, tls = tls.is_some(), "serving");
    serve(listener, tls, state, stop).await.map_err(unavailable)?;
    tracing::info!("stopped");
    Ok(())
}

/// Resolves on SIGTERM (how services are stopped) or SIGINT (how people stop them).
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, NodeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn reload_on_hangup(state: ApiState) -> Result<(), NodeError> {
    let mut hangup = signal(SignalKind::hangup()).map_err(unavailable)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match state.reload().await {
                Ok(verifier) => tracing::info!(trust_snapshot = verifier.trust().digest, "read again"),
                Err(error) => tracing::error!(cause = ?error, "not read again; what was loaded stays in use"),
            }
        }
    });
    Ok(())
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> NodeError {
    NodeError::Unavailable(error.into())
}
