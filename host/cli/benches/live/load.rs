//! The cost of a crowd of browsers for trading, and of a long history for a page.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::crowd::{self, READERS, REQUESTS, SLEEPERS};
use super::figures::{median, most, percentile, quantiles};
use super::relay::Relay;
use super::support::history;
use super::support::process::Host;
use super::support::rig::{Rig, at};
use super::support::strategies;
use super::support::wait::eventually;

/// Windows without a crowd and with one, by turns.
const ROUNDS: usize = 7;
const WINDOW: u64 = 8;
/// Rows in the journal of eight months, and its points of equity: one in five minutes.
const ROWS: i64 = 1_000_000;
const POINTS: i64 = 8 * 30 * 24 * 12;
/// Loads of a page.
const LOADS: usize = 15;

/// Measures and prints with so many markets, in stepped time: polls follow each other as fast as they are done.
pub fn measure(markets: u32) {
    let rig = Rig::stepped_with(markets);
    let relay = Relay::to(&rig.exchange.address);
    let config = at(&rig.environment.read("host.toml"), &relay.address)
        .replace("poll = \"1s\"", "poll = \"30s\"")
        .replace("sync = \"1s\"", "sync = \"5m\"")
        .replace("order_expiry = \"10s\"", "order_expiry = \"12m\"");
    rig.environment.write("host.toml", config);
    let source = include_str!("../../../../tests/support/sources/restless.rs");
    let strategy = strategies::build(strategies::write_crate(&rig.environment, "restless", source));
    strategies::confirm(&rig.environment, &strategy);
    let address = free_address();
    let args = format!(
        "run --strategy {strategy} --live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test --param wishes=6 \
         --set dashboard.enabled=true --set dashboard.listen={address}"
    );
    let mut host = Host::start(&rig.environment, &args);
    host.wait_for("the dashboard is served at ");
    let cookie = sign_in(&rig, &address);
    eventually("polls", || (relay.first_orders_ms().0.len() > 20).then_some(()));
    let (mut quiet, mut crowded, mut ratios, mut held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let before = relay.first_orders_ms().0.len();
        std::thread::sleep(Duration::from_secs(WINDOW));
        let alone = relay.first_orders_ms().0.split_off(before);
        let (before, memory) = (relay.first_orders_ms().0.len(), memory(host.id()));
        let crowd = crowd::start(&address, &cookie, WINDOW);
        std::thread::sleep(Duration::from_secs(WINDOW));
        let beside = relay.first_orders_ms().0.split_off(before);
        held.push(self::memory(host.id()) - memory);
        let ratio = percentile(&beside, 99) / percentile(&alone, 99);
        println!(
            "load, round {round}: {ratio:.2} x at 99 %, {} and {} polls; {}",
            alone.len(),
            beside.len(),
            crowd::told(crowd)
        );
        ratios.push(ratio);
        quiet.extend(alone);
        crowded.extend(beside);
    }
    host.die();
    println!("load: {READERS} browsers that follow, {SLEEPERS} that never read, {REQUESTS} requests a second");
    println!("load, {markets} markets: poll to first order, alone    {}", quantiles(&quiet));
    println!("load, {markets} markets: poll to first order, beside   {}", quantiles(&crowded));
    println!("load, {markets} markets: ratio of the 99th percentiles {:.2} (median of {ROUNDS})", median(&ratios));
    println!(
        "load, {markets} markets: ratio over all windows        {:.2}",
        percentile(&crowded, 99) / percentile(&quiet, 99)
    );
    println!("load, {markets} markets: memory that a crowd adds      {:.1} MB at most", most(&held));
}

/// Measures what the dashboard's page costs in a young journal and in one of eight months.
pub fn pages() {
    let rig = Rig::running();
    let mut host = rig.host_with("--set execution.entry_pricing=cross --set execution.exit_pricing=cross");
    rig.wait_for_orders(40);
    host.signal("INT");
    host.end();
    load_pages(&rig, "a minute");
    history::grow(&rig.account("account.journal"), ROWS);
    grow_pages(&rig);
    load_pages(&rig, "eight months");
}

fn load_pages(rig: &Rig, age: &str) {
    let address = free_address();
    let mut host = Host::start(&rig.environment, &format!("dashboard --set dashboard.listen={address}"));
    eventually("the dashboard", || TcpStream::connect(&address).ok());
    let cookie = sign_in(rig, &address);
    let memory = memory(host.id());
    let first = page_ms(&address, &cookie);
    let mut later = Vec::new();
    for _ in 0..LOADS {
        // What was read is shown for a second.
        std::thread::sleep(Duration::from_millis(1_100));
        later.push(page_ms(&address, &cookie));
    }
    let held = self::memory(host.id()) - memory;
    host.signal("INT");
    host.end();
    println!("page, journal of {age}: first {first:.1} ms, later {:.1} ms, {held:.1} MB", median(&later));
}

/// Adds eight months of equity, and of what people and sessions leave.
fn grow_pages(rig: &Rig) {
    let journal = Connection::open(rig.account("account.journal")).expect("a journal");
    let script = format!(
        "BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {POINTS})
             SELECT i FROM n;
         INSERT INTO equity SELECT (SELECT min(start) FROM equity) - i * 300000000000, 50000000000000 + i % 977,
             50000000000000 + i % 631, 49999999990000, 50000000010000 FROM n;
         INSERT INTO markets SELECT 1000000 + i, 'OLD-' || i, event, series, category,
             json_set(body, '$.id', 1000000 + i, '$.ticker', 'OLD-' || i) FROM n, (SELECT * FROM markets LIMIT 1)
             WHERE i <= 20000;
         INSERT INTO operator_log (time, who, what, reason) SELECT 1000 * i, 'alex', 'resume', 'why' FROM n
             WHERE i <= 2000;
         INSERT INTO sessions SELECT -i, started - i, ended, engine_version, config, strategies, key_id, nonce || i
             FROM n, (SELECT * FROM sessions LIMIT 1) WHERE i <= 240;
         COMMIT;"
    );
    journal.execute_batch(&script).expect("SQL");
    let note = "{\"time\":1000,\"who\":\"alex\",\"what\":\"note\",\"text\":\"looked, and did nothing\"}\n";
    fs::write(rig.account("decisions.jsonl"), note.repeat(5_000)).expect("a file");
}

fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("a free port").to_string()
}

/// Signs a browser in at `address`; returns its cookie.
fn sign_in(rig: &Rig, address: &str) -> String {
    let link = rig.environment.run(&format!("dashboard login --scope view --set dashboard.listen={address}")).success();
    let code = link.trim().rsplit('#').next().expect("a code").to_owned();
    let form = format!("code={code}");
    let head = format!("POST /login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded");
    let answer = ask(address, &format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}", form.len()));
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    cookie.split(';').next().expect("a cookie").to_owned()
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

/// Loads the page; returns the time that it took, in milliseconds.
fn page_ms(address: &str, cookie: &str) -> f64 {
    let begun = Instant::now();
    let answer =
        ask(address, &format!("GET / HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Newest fills"), "{answer}");
    begun.elapsed().as_secs_f64() * 1e3
}

/// Returns the memory of a process, in megabytes.
fn memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1e3
}
