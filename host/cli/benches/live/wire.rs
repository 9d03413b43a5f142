//! The time from a poll to its first order on the wire, and the processor time of a poll.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::figures::quantiles;
use super::relay::Relay;
use super::support::rig::{Rig, at};
use super::support::strategies;
use super::support::wait::eventually;

/// Polls that are measured.
const POLLS: usize = 400;
/// Bytes that a commit of a poll of 45 markets appends to the write-ahead log, about.
const COMMIT: usize = 32 << 10;
/// Seconds in a clock tick of `/proc`: USER_HZ is 100 on every Linux that this runs on.
const TICK_S: f64 = 0.01;

/// Measures and prints with so many markets, in stepped time: polls follow each other as fast as they are done.
pub fn measure(markets: u32) {
    let rig = Rig::stepped_with(markets);
    let relay = Relay::to(&rig.exchange.address);
    let config = rig.environment.read("host.toml").lines().map(|line| format!("{line}\n")).collect::<String>();
    let config = at(&config, &relay.address);
    let config = config
        .replace("poll = \"1s\"", "poll = \"10m\"")
        .replace("sync = \"1s\"", "sync = \"5m\"")
        .replace("order_expiry = \"10s\"", "order_expiry = \"25m\"");
    rig.environment.write("host.toml", config);
    let source = include_str!("../../../../tests/support/sources/restless.rs");
    let strategy = strategies::build(strategies::write_crate(&rig.environment, "restless", source));
    strategies::confirm(&rig.environment, &strategy);
    // A few orders a poll, however many markets there are: more would wait for the venue's rate limit.
    let wishes = if markets > 100 { 1 } else { 6 };
    let args = format!(
        "run --strategy {strategy} --live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test \
         --param wishes={wishes} --for 3d"
    );
    let host = super::support::process::Host::start(&rig.environment, &args);
    let polls = || relay.first_orders_ms().1;
    // The start, and what is warmed up, is not measured.
    eventually("polls", || (polls() > 20).then_some(()));
    let (from, busy) = (polls(), cpu_s(host.id()));
    let mut syncs_ms = Vec::new();
    eventually("the last poll", || {
        syncs_ms.push(sync_ms(&rig.environment.path("")));
        (polls() >= from + POLLS || !Path::new(&format!("/proc/{}", host.id())).exists()).then_some(())
    });
    let each_ms = (cpu_s(host.id()) - busy) * 1e3 / (polls() - from) as f64;
    host.die();
    let (orders_ms, _) = relay.first_orders_ms();
    println!("wire, {markets} markets: poll to first order    {}", quantiles(&orders_ms));
    println!("wire, {markets} markets: the disk's own sync    {}", quantiles(&syncs_ms));
    println!("wire, {markets} markets: processor time a poll  {each_ms:.1} ms, of {} polls", polls() - from);
}

/// Returns the time that a sync of as much as a commit writes takes in `folder`.
fn sync_ms(folder: &Path) -> f64 {
    let path = folder.join("sync-me");
    let mut file = File::options().create(true).append(true).open(&path).expect("a file");
    file.write_all(&[7; COMMIT]).expect("space");
    let begun = Instant::now();
    file.sync_data().expect("a sync");
    let took = begun.elapsed();
    std::thread::sleep(Duration::from_millis(20));
    took.as_secs_f64() * 1e3
}

/// Returns the processor time that the process has used, in seconds.
fn cpu_s(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Behind the name, which may have spaces: fields 14 and 15 are user and system time.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) * TICK_S
}
