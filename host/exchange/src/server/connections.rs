//! Serves connections, so many at a time, each of which must send its headers in time: whoever opens many, or sends
//! slowly, does not keep the others out.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service;

use super::error::ApiError;
use super::faults::{FaultyListener, FaultyStream};

/// Connections that are told at a time that there are too many; further ones are closed without a word.
const MOST_REFUSALS: usize = 64;
/// Time in which a connection that is refused must send its headers, to be told so.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Limits of all connections together, and of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionLimits {
    pub(super) most: usize,
    pub(super) header_timeout: Duration,
}

/// Serves `routes` until `shutdown`, then finishes the requests in progress.
pub(super) async fn serve(
    mut listener: FaultyListener,
    routes: Router,
    limits: ConnectionLimits,
    shutdown: impl Future<Output = ()>,
) {
    let (places, refusals) = (Arc::new(Semaphore::new(limits.most)), Arc::new(Semaphore::new(MOST_REFUSALS)));
    let (stop, stopped) = watch::channel(());
    let (mut connections, mut shutdown) = (JoinSet::new(), pin!(shutdown));
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            Some(_) = connections.join_next() => continue,
            () = &mut shutdown => break,
        };
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let stream = stream.in_place(place);
            connections.spawn(connection(stream, routes.clone(), limits.header_timeout, stopped.clone()));
        } else if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
            let stream = stream.in_place(place);
            let refusal = Router::new().fallback(async || refused());
            connections.spawn(connection(stream, refusal, REFUSAL_TIMEOUT, stopped.clone()));
        }
    }
    drop((listener, stopped, stop));
    while connections.join_next().await.is_some() {}
}

fn refused() -> Response {
    let mut response = ApiError::too_many_connections().into_response();
    let close = axum::http::HeaderValue::from_static("close");
    response.headers_mut().insert(axum::http::header::CONNECTION, close);
    response
}

/// Serves one connection until it ends, or until the request in progress is finished after `stopped`.
async fn connection(stream: FaultyStream, routes: Router, header_timeout: Duration, mut stopped: watch::Receiver<()>) {
    let cut = stream.cut_handle();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(cut.clone());
        let answered = routes.clone().call(request.map(Body::new));
        async move { Ok::<_, Infallible>(answered.await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    // What ends a connection is told to its client, not to us.
    tokio::select! {
        _ = served.as_mut() => return,
        _ = stopped.changed() => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}
