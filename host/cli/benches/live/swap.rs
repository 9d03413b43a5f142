//! Measures the cost of preparing a swap beside a host that trades, and the time that a swap takes.

use std::time::{Duration, Instant};

use super::figures::quantiles;
use super::relay::Relay;
use super::support::process::Host;
use super::support::rig::{Rig, at};
use super::support::strategies::{build, confirm, write_version};
use super::support::wait::eventually;

/// Windows without a swap and with one prepared after the other, by turns.
const ROUNDS: usize = 5;
const WINDOW: Duration = Duration::from_secs(8);
/// Time between two preparations: people swap weekly, not all the time.
const PAUSE: Duration = Duration::from_millis(500);
/// A time that does not come: the swap is prepared and planned, and takes over nothing.
const NEVER: &str = "2200-01-01T00:00:00Z";
const SWAPS: usize = 20;

/// Measures and prints with so many markets, polled every second.
pub fn measure(markets: u32) {
    let rig = Rig::stepped_with(markets);
    let relay = Relay::to(&rig.exchange.address);
    let config = rig.environment.read("host.toml").lines().map(|line| format!("{line}\n")).collect::<String>();
    let config = at(&config, &relay.address)
        .replace("poll = \"1s\"", "poll = \"1m\"")
        .replace("sync = \"1s\"", "sync = \"5m\"")
        .replace("order_expiry = \"10s\"", "order_expiry = \"25m\"");
    rig.environment.write("host.toml", config);
    let source = include_str!("../../../../tests/support/sources/stateful.rs");
    let version = |version| build(write_version(&rig.environment, ("counting", version), source));
    let (first, next) = (version("1.0.0"), version("1.1.0"));
    [&first, &next].into_iter().for_each(|component| confirm(&rig.environment, component));
    let args = format!(
        "run --strategy {first} --live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test --param wishes=6"
    );
    let host = Host::start(&rig.environment, &args);
    eventually("polls", || (relay.first_orders_ms().0.len() > 20).then_some(()));
    let (mut quiet, mut swapping, mut swaps_ms) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.extend(window(&relay, || std::thread::sleep(Duration::from_millis(50))));
        swapping.extend(window(&relay, || {
            rig.environment.run(&format!("swap counting {next} --at {NEVER} --reason bench")).success();
            std::thread::sleep(PAUSE);
        }));
    }
    for _ in 0..SWAPS {
        let said = rig.environment.run(&format!("swap counting {next} --reason bench")).success();
        let took = said.rsplit("the swap took ").next().and_then(|rest| rest.split(' ').next());
        swaps_ms.extend(took.and_then(|figure| figure.parse::<f64>().ok()));
    }
    host.die();
    println!("swap, {markets} markets: poll to first order, quiet      {}", quantiles(&quiet));
    println!("swap, {markets} markets: poll to first order, preparing  {}", quantiles(&swapping));
    println!("swap, {markets} markets: taking over, with its write     {}", quantiles(&swaps_ms));
}

/// Does `act` again and again for a while; returns the times from polls to first orders meanwhile.
fn window(relay: &Relay, mut act: impl FnMut()) -> Vec<f64> {
    let (begun, before) = (Instant::now(), relay.first_orders_ms().0.len());
    while begun.elapsed() < WINDOW {
        act();
    }
    relay.first_orders_ms().0.split_off(before)
}
