//! A proxy between host and exchange that changes answers: what a venue can say, and the exchange never does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::Value;

/// Changes the answer to a request, which is given by method and path with its query.
type Change = Box<dyn FnMut(&str, u16, Value) -> (u16, Value) + Send>;

struct Shared {
    change: Change,
    /// The requests so far.
    requests: Vec<String>,
}

/// A proxy to an exchange. Its threads end with the process.
pub struct Proxy {
    /// The address to give the host.
    pub address: String,
    shared: Arc<Mutex<Shared>>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("no panic")
}

impl Proxy {
    /// Passes everything on to the exchange at `exchange`, unchanged at first.
    pub fn to(exchange: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let change: Change = Box::new(|_, status, body| (status, body));
        let shared = Arc::new(Mutex::new(Shared { change, requests: Vec::new() }));
        let (exchange, for_all) = (exchange.to_owned(), Arc::clone(&shared));
        thread::spawn(move || {
            for host in listener.incoming().flatten() {
                let (exchange, shared) = (exchange.clone(), Arc::clone(&for_all));
                thread::spawn(move || serve(host, &exchange, &shared));
            }
        });
        Proxy { address, shared }
    }

    /// Changes answers by `change` from now on.
    pub fn change(&self, change: impl FnMut(&str, u16, Value) -> (u16, Value) + Send + 'static) {
        lock(&self.shared).change = Box::new(change);
    }

    /// Changes nothing from now on.
    pub fn leave_alone(&self) {
        self.change(|_, status, body| (status, body));
    }

    /// The requests so far, in the order of their answers.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared).requests.clone()
    }

    /// The number of requests so far whose method and path begin with `start`.
    pub fn count(&self, start: &str) -> usize {
        lock(&self.shared).requests.iter().filter(|request| request.starts_with(start)).count()
    }
}

/// Serves one request, and closes the connection.
fn serve(mut host: TcpStream, exchange: &str, shared: &Mutex<Shared>) -> Option<()> {
    let (head, body) = read_request(&mut host)?;
    let first = head.lines().next()?;
    let mut words = first.split(' ');
    let request = format!("{} {}", words.next()?, words.next()?);
    let mut venue = TcpStream::connect(exchange).ok()?;
    let kept = head.lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head: String = kept.map(|line| format!("{line}\r\n")).collect();
    venue.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).ok()?;
    venue.write_all(&body).ok()?;
    let mut answer = Vec::new();
    venue.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let date = head.lines().find(|line| line.to_lowercase().starts_with("date:")).unwrap_or("x-date: none");
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    let (status, body) = {
        let mut shared = lock(shared);
        shared.requests.push(request.clone());
        (shared.change)(&request, status, body)
    };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{date}\r\nconnection: close", body.len());
    host.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()
}

/// Reads the head and the body of a request.
fn read_request(host: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut some) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some((head, bytes[end + 4..].to_vec()));
            }
        }
        let count = host.read(&mut some).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&some[..count]);
    }
}
