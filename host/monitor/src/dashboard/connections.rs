//! The connections of browsers: a bounded number, each with bounded memory, so that whoever opens many, reads none or
//! sends half a request takes neither files nor memory from trading.

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::{Address, Server};
use hyper_util::rt::TokioTimer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_layer::Layer as _;

use super::stream::MOST_WATCHERS;

/// Most connections at once: those that follow, and as many others as a few people need.
pub const MOST_CONNECTIONS: usize = MOST_WATCHERS + 100;
/// Most bytes that wait for a browser which does not read.
const MOST_WAITING: usize = 32 * 1024;
/// Time in which the head of a request is to arrive; a connection without one is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections as long as there are seats. More are closed at once.
#[derive(Clone, Debug)]
pub struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Seats {
        Seats(Arc::new(Semaphore::new(MOST_CONNECTIONS)))
    }
}

/// The seat of a connection, which is given back at its end.
#[derive(Clone, Debug)]
pub struct Seat {
    _held: Arc<OwnedSemaphorePermit>,
}

impl<I, S> Accept<I, S> for Seats {
    type Stream = I;
    type Service = AddExtension<S, Seat>;
    type Future = Ready<io::Result<(I, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let seat = Arc::clone(&self.0).try_acquire_owned();
        let seat = seat.map_err(|_| io::Error::other("too many connections"));
        ready(seat.map(|held| (stream, Extension(Seat { _held: Arc::new(held) }).layer(service))))
    }
}

/// Returns `server` with the bounds of each connection.
pub fn bounded<A: Address, Acceptor>(server: Server<A, Acceptor>) -> Server<A, Acceptor> {
    let mut server = server.http1_only();
    let mut http = server.http_builder().http1();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MOST_WAITING);
    server
}
