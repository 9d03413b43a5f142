//! `host replay`: a journal of a run comes out identical, a tampered one is found out, and another strategy's
//! decisions are compared.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod former;
mod identical;
mod killed;
mod limits;
mod scheduled;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tampered;
mod what_if;

use support::environment::Environment;

/// Runs `strategies` on paper; returns the environment with the journal `j`.
fn ran(strategies: &[&str], options: &str) -> Environment {
    let environment = support::strategies::environment();
    let strategies: String = strategies.iter().map(|strategy| format!("--strategy {strategy} ")).collect();
    environment.run(&format!("run {strategies} --journal j -q {options}")).success();
    environment
}
