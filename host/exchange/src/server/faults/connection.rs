//! Connections that a fault can cut, and a port that a fault can close for a while.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

/// The listening port, which may be closed for a while; clones refer to the same port.
#[derive(Clone, Debug, Default)]
pub(super) struct Port(Arc<PortState>);

#[derive(Debug, Default)]
struct PortState {
    closed_until: Mutex<Option<Instant>>,
    closing: Notify,
}

impl Port {
    /// Refuses connections for this long from now on.
    pub(super) fn close_for(&self, span: Duration) {
        let until = Instant::now() + span;
        let mut closed = self.lock();
        *closed = Some(closed.map_or(until, |before| before.max(until)));
        self.0.closing.notify_one();
    }

    /// Returns the time until which connections are refused, if they are.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        self.lock().filter(|until| *until > Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.closed_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener whose connections can be cut, and which stops listening while its port is closed.
#[derive(Debug)]
pub struct FaultyListener {
    /// `None` while the port is closed.
    listener: Option<TcpListener>,
    address: SocketAddr,
    port: Port,
}

impl FaultyListener {
    pub(super) fn new(listener: TcpListener, port: Port) -> io::Result<FaultyListener> {
        let address = listener.local_addr()?;
        Ok(FaultyListener { listener: Some(listener), address, port })
    }

    /// Waits for a connection.
    pub async fn accept(&mut self) -> FaultyStream {
        loop {
            if let Some(stream) = self.next().await {
                // Send small responses at once.
                let _ = stream.set_nodelay(true);
                return FaultyStream { stream, cut: CutHandle::default(), _place: None };
            }
        }
    }

    /// Waits for a connection, or for the port to close or reopen.
    async fn next(&mut self) -> Option<TcpStream> {
        if let Some(until) = self.port.closed_until() {
            self.listener = None;
            tokio::time::sleep_until(until).await;
            return None;
        }
        let Some(listener) = &self.listener else {
            self.listener = TcpListener::bind(self.address).await.ok();
            if self.listener.is_none() {
                // Another process took the port meanwhile: wait until it is free.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            return None;
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => Some(stream),
                Err(_) => {
                    // Usually too many open files: other connections must end first.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    None
                }
            },
            () = self.port.0.closing.notified() => None,
        }
    }
}

/// Ends a connection; handlers find it in the request.
#[derive(Clone, Debug, Default)]
pub struct CutHandle(Arc<AtomicBool>);

impl CutHandle {
    /// Stops all sending; the connection is reset when the response should go out.
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

#[derive(Debug)]
pub struct FaultyStream {
    stream: TcpStream,
    cut: CutHandle,
    /// Its place among the connections that are allowed, which it keeps when it becomes a WebSocket.
    _place: Option<OwnedSemaphorePermit>,
}

impl FaultyStream {
    /// Returns the connection with its place among those that are allowed, given back when it ends.
    pub fn in_place(self, place: OwnedSemaphorePermit) -> FaultyStream {
        FaultyStream { _place: Some(place), ..self }
    }

    /// Returns what ends the connection.
    pub fn cut_handle(&self) -> CutHandle {
        self.cut.clone()
    }

    fn check(&self) -> io::Result<()> {
        if !self.cut.is_cut() {
            return Ok(());
        }
        // Makes the drop that follows reset the connection instead of closing it properly.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
