//! The cost of a hostile strategy for the honest one beside it.

use super::figures::{percentile, quantiles};
use super::relay::Relay;
use super::support::process::Host;
use super::support::rig::{Rig, at};
use super::support::strategies::{build, confirm, write_crate};
use super::support::wait::eventually;

/// A run alone and one beside each kind of harm, by turns.
const ROUNDS: usize = 3;
/// Polls of a run.
const POLLS: usize = 400;
const HARMS: [&str; 8] = ["loop", "memory", "trap", "flip", "signals", "log", "output", "burn"];
/// Series of the hostile strategy's markets, as in `shares.toml`.
const HOSTILE: [&str; 9] =
    ["SYNSTORM", "SYNRAIN", "SYNHEAT", "SYNGOALS", "SYNBOX", "SYNHIT", "SYNPOLL", "SYNTITLE", "SYNISM"];

/// Limits of the account that the shares fit into.
const WIDE: &str = "max_portfolio_exposure = 4500.0\nmax_drawdown = 4500.0\nmax_consecutive_losses = 100000";

/// Measures and prints, in stepped time: polls follow each other as fast as they are done.
pub fn measure() {
    let mut alone = Vec::new();
    let mut beside: [Vec<f64>; HARMS.len()] = Default::default();
    for round in 0..ROUNDS {
        let quiet = orders_ms(None);
        println!("neighbour, round {round}: alone          {}", quantiles(&quiet));
        alone.extend(quiet);
        for (harm, all) in HARMS.into_iter().zip(&mut beside) {
            let times = orders_ms(Some(harm));
            println!("neighbour, round {round}: beside {harm:<7} {}", quantiles(&times));
            all.extend(times);
        }
    }
    println!("neighbour: poll to first order, alone          {}", quantiles(&alone));
    for (harm, times) in HARMS.into_iter().zip(&beside) {
        let ratio = percentile(times, 99) / percentile(&alone, 99);
        println!("neighbour: poll to first order, beside {harm:<7} {}, {ratio:.2} x", quantiles(times));
    }
}

/// Returns the times from polls to the first orders of an honest strategy. The hostile one comes first in the list.
fn orders_ms(harm: Option<&str>) -> Vec<f64> {
    let rig = Rig::stepped_with(45);
    let relay = Relay::without(&HOSTILE, &rig.exchange.address);
    let config = at(&rig.environment.read("host.toml"), &relay.address)
        .replace("poll = \"1s\"", "poll = \"10m\"")
        .replace("sync = \"1s\"", "sync = \"5m\"")
        .replace("order_expiry = \"10s\"", "order_expiry = \"25m\"")
        .replace("max_portfolio_exposure = 2000.0", WIDE);
    let shares = include_str!("../../../../tests/support/shares.toml");
    rig.environment.write("host.toml", format!("{config}\n{shares}"));
    let component = |name, source| {
        let component = build(write_crate(&rig.environment, name, source));
        confirm(&rig.environment, &component);
        component
    };
    let honest = component("restless", include_str!("../../../../tests/support/sources/restless.rs"));
    let hostile = component("neighbour", include_str!("../../../../tests/support/sources/neighbour.rs"));
    let beside = harm.map(|harm| format!("--strategy hostile={hostile} --param hostile.harm={harm}"));
    let args = format!(
        "run {} --strategy honest={honest} --param honest.wishes=12 --live --venue kalshi --yes-i-mean-live=alex \
         --no-go-anyway=test --for 3d",
        beside.unwrap_or_default()
    );
    let host = Host::start(&rig.environment, &args);
    let polls = || relay.first_orders_ms().1;
    // The start, and what is warmed up, is not measured.
    eventually("polls", || (polls() > 20).then_some(()));
    let (from, before) = (polls(), relay.first_orders_ms().0.len());
    let gone = || !std::path::Path::new(&format!("/proc/{}", host.id())).exists();
    eventually("the last poll", || (polls() >= from + POLLS || gone()).then_some(()));
    host.die();
    relay.first_orders_ms().0.split_off(before)
}
