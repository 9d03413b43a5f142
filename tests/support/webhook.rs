//! A web server on loopback that answers as it is told, and keeps what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

use super::wait::eventually;

/// A request.
#[derive(Clone, Debug)]
pub struct Received {
    /// Method and path.
    pub line: String,
    /// Lines of the head, names in lower case.
    pub head: Vec<String>,
    pub body: String,
    pub at: Instant,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

#[derive(Debug, Default)]
struct Script {
    received: Vec<Received>,
    answers: Vec<&'static str>,
}

/// A web server; it ends with the test.
#[derive(Debug)]
pub struct WebServer {
    script: Arc<Mutex<Script>>,
    pub port: u16,
}

impl WebServer {
    /// Starts a server that gives `answers`, each a status and perhaps header lines, and then `200 OK`.
    pub fn start(answers: &[&'static str]) -> WebServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let script = Arc::new(Mutex::new(Script { answers: answers.to_vec(), ..Script::default() }));
        let kept = script.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(serve(stream, &kept))));
        WebServer { script, port }
    }

    /// The address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.script.lock().expect("the script").received.clone()
    }

    /// Waits for `count` requests; returns them.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} requests"), || Some(self.received()).filter(|found| found.len() >= count))
    }
}

fn serve(mut stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.trim().split_once(": ").unwrap_or((line.trim(), ""));
        head.push(if head.is_empty() { name.to_owned() } else { format!("{}: {value}", name.to_lowercase()) });
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = head.first().cloned().unwrap_or_default();
    let received = Received { line, head, body: String::from_utf8_lossy(&body).into_owned(), at: Instant::now() };
    let mut script = script.lock().expect("the script");
    script.received.push(received);
    let answer = if script.answers.is_empty() { "200 OK" } else { script.answers.remove(0) };
    drop(script);
    stream.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
}
