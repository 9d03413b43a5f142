//! A crowd of browsers, in a process of its own and with the lowest priority, as if on machines of their own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use host_system::background;

/// The argument that makes this benchmark's process a crowd; address, cookie and seconds follow.
pub const CROWD: &str = "crowd";
/// Browsers that follow and read, and those that never read.
pub const READERS: usize = 100;
pub const SLEEPERS: usize = 20;
/// Requests a second, over so many connections.
pub const REQUESTS: usize = 1_000;
const CONNECTIONS: usize = 20;
/// The requests, by turns.
const PAGES: [&str; 5] = ["/", "/metrics", "/healthz", "/stop", "/"];

/// Starts a crowd at the dashboard at `address` for so many `seconds`.
pub fn start(address: &str, cookie: &str, seconds: u64) -> Child {
    let own = std::env::current_exe().expect("this benchmark");
    let mut command = Command::new(own);
    command.args([CROWD, address, cookie, &seconds.to_string()]).stdout(Stdio::piped());
    command.spawn().expect("it starts")
}

/// Returns what an ended crowd has seen, in words.
pub fn told(crowd: Child) -> String {
    let output = crowd.wait_with_output().expect("it ends");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// Is a crowd, as the `args` after [`CROWD`] say.
pub fn run(args: &[String]) {
    background::step_back();
    let [address, cookie, seconds] = args else { panic!("address, cookie, seconds") };
    let end = Instant::now() + Duration::from_secs(seconds.parse().expect("seconds"));
    let updates = Arc::new(AtomicUsize::new(0));
    let _sleepers: Vec<TcpStream> = (0..SLEEPERS).map(|_| follow(address, cookie)).collect();
    for _ in 0..READERS {
        let (stream, updates) = (follow(address, cookie), Arc::clone(&updates));
        thread::spawn(move || read(stream, &updates));
    }
    let answers = Mutex::new((BTreeMap::<String, usize>::new(), Vec::<f64>::new()));
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let answers = &answers;
            scope.spawn(move || ask(address, cookie, connection, end, answers));
        }
    });
    let (statuses, mut times_ms) = answers.into_inner().expect("no panic");
    times_ms.sort_by(f64::total_cmp);
    let at = |share: usize| times_ms.get(times_ms.len() * share / 100).copied().unwrap_or(f64::NAN);
    let updates = updates.load(Ordering::SeqCst);
    println!("answers {statuses:?}, {:.1} ms in the median, {:.1} at 99 %; updates read {updates}", at(50), at(99));
}

fn request(address: &str, cookie: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n")
}

fn follow(address: &str, cookie: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(request(address, cookie, "/events").as_bytes()).expect("a request");
    stream
}

fn read(stream: TcpStream, updates: &AtomicUsize) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    for _ in lines.filter(|line| line.starts_with("data: ")) {
        updates.fetch_add(1, Ordering::SeqCst);
    }
}

/// Asks for one page after the other, in its share of the rhythm, and notes the answers.
fn ask(
    address: &str,
    cookie: &str,
    connection: usize,
    end: Instant,
    answers: &Mutex<(BTreeMap<String, usize>, Vec<f64>)>,
) {
    let each =
        Duration::from_secs(1) * u32::try_from(CONNECTIONS).expect("few") / u32::try_from(REQUESTS).expect("few");
    let mut reader = BufReader::new(TcpStream::connect(address).expect("a connection"));
    let mut due = Instant::now();
    for turn in connection.. {
        if due >= end {
            break;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        due += each;
        let begun = Instant::now();
        let page = PAGES[turn % PAGES.len()];
        reader.get_mut().write_all(request(address, cookie, page).as_bytes()).expect("a request");
        let status = answer(&mut reader);
        let mut answers = answers.lock().expect("no panic");
        *answers.0.entry(status).or_default() += 1;
        answers.1.push(begun.elapsed().as_secs_f64() * 1e3);
    }
}

/// Reads an answer to its end; returns its status.
fn answer(reader: &mut BufReader<TcpStream>) -> String {
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("an answer");
        if line.trim().is_empty() {
            break;
        }
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = bytes.trim().parse().expect("a number");
        }
        head.push(line);
    }
    reader.read_exact(&mut vec![0; length]).expect("a body");
    head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("none").to_owned()
}
