//! Measures how fast a live host stops and recovers, on whole processes that trade at an exchange over a loopback port.
//!
//! ```text
//! cargo bench -p host --bench live            # all
//! cargo bench -p host --bench live -- swap    # one of: wire, swap, load, neighbour, page, kill, recovery
//! ```
//!
//! - *kill*: from the start of `host kill` to its line "no further order leaves", and to the last order that the
//!   exchange accepted, by the exchange's own books. A negative time means that none was accepted after the command,
//!   although ten a second were before.
//! - *verified*: from the start of `host kill` to "verified: 0 open orders", also while 30 % of all requests fail.
//! - *wire*: from the last byte of a poll's answer to the first byte of the first order that follows from it, as a
//!   relay between host and exchange sees them; beside it, in the same folder and run, how long the disk takes to sync
//!   as much as a commit writes; and the host's processor time for each poll. With 45 and with 3,000 markets.
//! - *swap*: the first of these times while a swap is prepared all the time, beside the same without, by turns in one
//!   run; and how long taking over takes, with its write to the disk.
//! - *load*: the first of these times beside 100 browsers that follow the dashboard, 20 that follow and never read, and
//!   1,000 requests a second, and without them, by turns in one run; and the memory that the host needs for them.
//! - *neighbour*: the first of these times of an honest strategy beside a hostile one that comes first in the list, for
//!   each kind of harm, and alone, by turns in one run.
//! - *page*: how long the dashboard's page takes, in a young journal and in one of eight months: the first load, which
//!   reads all equity, and later ones.
//! - *recovery*: from the start of a host, after a `kill -9` while it was sending orders, to the first clean comparison
//!   with the venue's books, and to the first order; the same with a million rows in the journal, and the ratio.

#![allow(
    clippy::expect_used,
    clippy::panic,
    dead_code,
    missing_docs,
    reason = "a benchmark stops at the first failure"
)]

#[path = "../../../../tests/support/mod.rs"]
mod support;

mod crowd;
mod figures;
mod load;
mod neighbour;
mod relay;
mod swap;
mod wire;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use figures::{median, most};
use serde_json::{Value, json};
use support::history;
use support::rig::Rig;
use support::wait::eventually;

const KILLS: usize = 9;
/// Only one: orders that the dead host had queued stay unknown for 90 s, which would disturb a second recovery.
const RECOVERIES: usize = 1;
const ROWS: i64 = 1_000_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some((crowd::CROWD, rest)) = args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return crowd::run(rest);
    }
    if wanted("wire") {
        [45, 3_000].into_iter().for_each(wire::measure);
    }
    if wanted("swap") {
        [45, 3_000].into_iter().for_each(swap::measure);
    }
    if wanted("load") {
        load::measure(45);
    }
    if wanted("neighbour") {
        neighbour::measure();
    }
    if wanted("page") {
        load::pages();
    }
    if wanted("kill") {
        kill();
    }
    if wanted("recovery") {
        recovery();
    }
}

/// Returns true if the part `name` is named on the command line, or none is.
fn wanted(name: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).peekable();
    named.peek().is_none() || named.any(|arg| arg == name)
}

fn kill() {
    let Kills { announced, last_order, verified } = kills(&json!({ "rules": [] }));
    println!("kill: command to \"no further order leaves\" {}", shown(&announced));
    println!("kill: command to the last order accepted  {}", shown(&last_order));
    println!("verified: command to 0 open orders        {}", shown(&verified));
    let Kills { last_order, verified, .. } = kills(&json!({ "preset": "all", "chance": 0.3, "seed": 5 }));
    println!("kill: the last order, with 30 % faults    {}", shown(&last_order));
    println!("verified: the same with 30 % faults       {}", shown(&verified));
}

fn recovery() {
    let [agreed, order] = recoveries(0);
    println!("recovery: start to the books agree        {}", shown(&agreed));
    println!("recovery: start to the first order        {}", shown(&order));
    let [agreed_long, order_long] = recoveries(ROWS);
    println!(
        "recovery with 1 M rows: the books agree   {}  ({:.2} x)",
        shown(&agreed_long),
        ratio(&agreed_long, &agreed)
    );
    println!("recovery with 1 M rows: the first order   {}  ({:.2} x)", shown(&order_long), ratio(&order_long, &order));
}

/// Times from the start of `host kill`, in milliseconds.
#[derive(Default)]
struct Kills {
    announced: Vec<f64>,
    last_order: Vec<f64>,
    verified: Vec<f64>,
}

/// Kills a host repeatedly while it sends orders, with `faults` injected from the kill on.
fn kills(faults: &Value) -> Kills {
    let rig = Rig::running();
    let _host = rig.host();
    let mut kills = Kills::default();
    for _ in 0..KILLS {
        host_sends(&rig);
        rig.faults(faults);
        let (command_ns, begun) = (rig.exchange.now_ns(), Instant::now());
        let mut child = rig
            .environment
            .command("kill")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        for line in lines.map_while(Result::ok).filter(|line| line.contains("no further order leaves")) {
            kills.announced.push(begun.elapsed().as_secs_f64() * 1e3);
            assert!(line.starts_with("killed"), "{line}");
        }
        assert!(child.wait().expect("it ends").success(), "it is not verified");
        kills.verified.push(begun.elapsed().as_secs_f64() * 1e3);
        rig.faults(&json!({ "rules": [] }));
        // Requests still on their way arrive within this time.
        std::thread::sleep(Duration::from_secs(2));
        let last_ns = rig.orders().iter().map(|order| order.created_ns).max().expect("orders");
        kills.last_order.push((last_ns - command_ns) as f64 / 1e6);
        rig.environment.run("resume --reason bench").success();
    }
    kills
}

/// Returns the times from a start after a `kill -9` to the first clean comparison and to the first order, in
/// milliseconds, with `rows` rows already in the journal.
fn recoveries(rows: i64) -> [Vec<f64>; 2] {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(40);
    host.signal("INT");
    host.end();
    if rows > 0 {
        history::grow(&rig.account("account.journal"), rows);
    }
    let (mut agreed, mut order) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERIES {
        let host = rig.host();
        host_sends(&rig);
        host.die();
        // Orders of the dead host that were on their way must not count as the new one's.
        std::thread::sleep(Duration::from_millis(500));
        let before = rig.orders().len();
        let begun = Instant::now();
        let mut host = rig.host();
        host.wait_for("trading: the venue agrees again");
        agreed.push(begun.elapsed().as_secs_f64() * 1e3);
        eventually("the first order", || (rig.orders().len() > before).then_some(()));
        order.push(begun.elapsed().as_secs_f64() * 1e3);
        host.die();
    }
    [agreed, order]
}

fn host_sends(rig: &Rig) {
    let before = rig.orders().len();
    rig.wait_for_orders(before + 20);
}

fn ratio(figures: &[f64], base: &[f64]) -> f64 {
    median(figures) / median(base)
}

fn shown(figures: &[f64]) -> String {
    format!("median {:8.1} ms, most {:8.1} ms, of {}", median(figures), most(figures), figures.len())
}
