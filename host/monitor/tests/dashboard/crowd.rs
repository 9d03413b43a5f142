//! Many browsers at once, and some that never read: the rest is served, and memory stays bounded.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use host_monitor::dashboard::access::Scope;

use crate::rig::{Rig, form_token, status};

/// Browsers that follow and read, and those that do not.
const READERS: usize = 100;
const SLEEPERS: usize = 100;
/// Memory that the process may come to hold, in bytes: 200 streams of 100 KB, and as much for everything else.
const MOST_BYTES: u64 = 40 << 20;

/// Reads `stream` until `text` has come; returns all that came.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        let mut part = [0; 16_384];
        let length = stream.read(&mut part).unwrap();
        assert!(length > 0, "it ended without `{text}`: {seen}");
        seen += &String::from_utf8_lossy(&part[..length]);
    }
    seen
}

/// Memory of this process, in bytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

#[test]
fn a_crowd_sees_the_latest_and_one_more_is_told_that_it_is_too_many() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let token = form_token(&rig.get("/stop", &cookie));
    let before = memory();
    let mut sleepers: Vec<TcpStream> = (0..SLEEPERS).map(|_| rig.follow(&cookie)).collect();
    let mut readers: Vec<TcpStream> = (0..READERS).map(|_| rig.follow(&cookie)).collect();
    readers.iter_mut().for_each(|stream| drop(read_until(stream, "data: {")));
    let mut refused = rig.follow(&cookie);
    let told = read_until(&mut refused, "too many browsers follow this host");
    assert_eq!(status(&told), "503");
    drop(refused);
    // Pages are there for whoever reloads, also from those who send one request after the other.
    for _ in 0..200 {
        let page = rig.get("/", &cookie);
        assert!(status(&page) == "200" && page.contains("Hold to stop"), "{page}");
    }
    assert_eq!(status(&rig.post("/stop", &cookie, &format!("token={token}&sure=held"))), "303");
    let begun = Instant::now();
    readers.iter_mut().for_each(|stream| drop(read_until(stream, "\"reload\":true")));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    drop(read_until(&mut sleepers[0], "\"reload\":true"));
    let held = memory().saturating_sub(before);
    assert!(held < MOST_BYTES, "{held} bytes");
    // Places are given back, as soon as the server sees that a browser has gone.
    drop((readers, sleepers));
    let answers = (0..100).map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        read_until(&mut rig.follow(&cookie), "\r\n\r\n")
    });
    assert!(answers.into_iter().any(|answer| status(&answer) == "200"), "no place is given back");
}

#[test]
fn connections_are_few_and_none_is_held_open_by_silence() {
    let rig = Rig::new();
    let mut silent: Vec<TcpStream> = (0..400).map(|_| rig.connect()).collect();
    // Half a request is silence as well.
    silent.iter_mut().take(300).for_each(|stream| drop(write!(stream, "GET /login HTTP/1.1\r\nHost: ")));
    let mut closed = 0;
    for stream in &mut silent[300..] {
        let mut byte = [0];
        closed += usize::from(stream.read(&mut byte).unwrap_or(0) == 0);
    }
    assert_eq!(closed, 100, "more than it has places for");
    let begun = Instant::now();
    let answered = loop {
        let answer = rig.get("/login", "");
        if !answer.is_empty() || begun.elapsed() > Duration::from_secs(30) {
            break answer;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(status(&answered), "200", "silence keeps people out");
}
