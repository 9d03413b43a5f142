//! A scripted venue with a stepped clock: it gives the responses of a test and remembers the requests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use host_core::Timestamp;
use host_exchange::server::accounts::{KeyKind, generate};
use host_venues::clock::Clock;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const START: Timestamp = Timestamp(1_790_000_000_000_000_000);

/// The venue's reaction to one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A complete response.
    Http(u16, String),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// No response; the connection stays open.
    Silence,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: String,
    /// Reading of the stepped clock.
    pub time: Timestamp,
}

#[derive(Debug)]
struct State {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
    now: AtomicI64,
}

/// The venue; it stops with its runtime.
#[derive(Debug)]
pub struct Fake {
    pub url: String,
    state: Arc<State>,
}

impl Fake {
    /// Starts a venue that gives these replies in order, then answers 500.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/trade-api/v2", listener.local_addr().unwrap());
        let replies = Mutex::new(replies.into_iter().collect());
        let state = Arc::new(State { replies, seen: Mutex::default(), now: AtomicI64::new(START.0) });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(socket, Arc::clone(&shared)));
            }
        });
        Fake { url, state }
    }

    /// Returns all requests so far except those to the simulation.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    pub fn settings(&self, keys: &Keys) -> KalshiSettings {
        KalshiSettings { base_url: self.url.clone(), ..keys.settings() }
    }

    /// Returns a client on the fake's stepped clock.
    pub async fn client(&self, keys: &Keys) -> Kalshi {
        Kalshi::connect(&self.settings(keys), Clock::stepped(&self.url).await.unwrap()).unwrap()
    }
}

async fn answer(mut socket: TcpStream, state: Arc<State>) {
    let (mut bytes, mut some) = (Vec::new(), [0; 4_096]);
    let (head, body) = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                break (head.to_owned(), body.to_owned());
            }
        }
        match socket.read(&mut some).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&some[..read]),
        }
    };
    let reply = if head.contains(" /simulation/") {
        let json: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let to = json["to_ns"].as_i64().unwrap_or(0);
        let now = state.now.fetch_max(to, Ordering::SeqCst).max(to);
        Reply::Http(200, format!(r#"{{"now_ns": {now}}}"#))
    } else {
        let time = Timestamp(state.now.load(Ordering::SeqCst));
        state.seen.lock().unwrap().push(Seen { head, body, time });
        state.replies.lock().unwrap().pop_front().unwrap_or_else(|| Reply::Http(500, "{}".to_owned()))
    };
    match reply {
        Reply::Http(status, body) => {
            let length = body.len();
            let date = "Mon, 21 Sep 2026 14:13:20 GMT";
            let text = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\ndate: {date}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = socket.write_all(text.as_bytes()).await;
        }
        Reply::Raw(bytes) => {
            let _ = socket.write_all(&bytes).await;
        }
        Reply::Silence => std::future::pending().await,
    }
    let _ = socket.shutdown().await;
}

/// A key pair whose private half is in a file.
#[derive(Debug)]
pub struct Keys {
    pub folder: TempDir,
    pub private_pem: String,
    pub public_pem: String,
}

impl Keys {
    pub fn new(kind: KeyKind) -> Keys {
        let (private_pem, public_pem) = generate(kind).unwrap();
        let keys = Keys { folder: TempDir::new().unwrap(), private_pem, public_pem };
        keys.write(&keys.private_pem, 0o600);
        keys
    }

    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("kalshi.pem")
    }

    /// Replaces the key file.
    pub fn write(&self, contents: impl AsRef<[u8]>, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.file(), contents).unwrap();
        std::fs::set_permissions(self.file(), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn settings(&self) -> KalshiSettings {
        KalshiSettings { key_id: "key-1".to_owned(), key_file: self.file(), ..KalshiSettings::default() }
    }
}
