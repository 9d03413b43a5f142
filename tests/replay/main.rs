//! Journals run again, in processes of their own: a journal of a run comes out identical, a tampered one is found out, and
//! another strategy's decisions are told apart.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

#[path = "../cli/environment.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod environment;
#[path = "../end_to_end/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod fixture;
mod identical;
mod killed;
mod live;
mod tampered;
mod what_if;

use environment::Environment;

/// A paper run of `strategies`, journaled as `j` in the environment that it yields.
fn ran(strategies: &[&str], options: &str) -> Environment {
    let environment = fixture::environment();
    let strategies: String = strategies.iter().map(|strategy| format!("--strategy {strategy} ")).collect();
    environment.run(&format!("run {strategies} --journal j -q {options}")).success();
    environment
}
