//! A receiver of alerts on this machine, which keeps what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::terminal::error::{Report, Result};

/// Most bytes of a message.
const LONGEST: u64 = 1 << 20;
/// Time that a sender may be silent.
const SILENT: Duration = Duration::from_secs(5);

/// The receiver; it ends with the process.
#[derive(Debug)]
pub(super) struct Receiver {
    received: Arc<Mutex<Vec<String>>>,
    pub(super) address: String,
}

impl Receiver {
    pub(super) fn start() -> Result<Receiver> {
        let failed = |error| Report::io("no receiver of alerts can listen on this machine", &error);
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = format!("http://{}/drill", listener.local_addr().map_err(failed)?);
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = received.clone();
        let serve = move || listener.incoming().flatten().for_each(|stream| drop(take(stream, &kept)));
        std::thread::Builder::new().name("alerts".to_owned()).spawn(serve).map_err(failed)?;
        Ok(Receiver { received, address })
    }

    /// Returns the messages so far.
    pub(super) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn take(stream: TcpStream, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SILENT))?;
    let mut reader = BufReader::new(stream.take(LONGEST));
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            let _ = name;
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length.min(LONGEST as usize)];
    reader.read_exact(&mut body)?;
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8_lossy(&body).into_owned());
    let mut stream = reader.into_inner().into_inner();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
