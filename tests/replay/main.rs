//! Journals run again, in processes of their own: a journal of a run comes out identical, a tampered one is found out, and
//! another strategy's decisions are told apart.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod identical;
mod killed;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tampered;
mod what_if;

use support::environment::Environment;

/// A paper run of `strategies`, journaled as `j` in the environment that it yields.
fn ran(strategies: &[&str], options: &str) -> Environment {
    let environment = support::strategies::environment();
    let strategies: String = strategies.iter().map(|strategy| format!("--strategy {strategy} ")).collect();
    environment.run(&format!("run {strategies} --journal j -q {options}")).success();
    environment
}
