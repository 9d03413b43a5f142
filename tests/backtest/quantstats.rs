//! Sharpe, Sortino and drawdown of several periods, as quantstats has them, an independent and widely used library.
//!
//! It is installed from the user's package index, as the venue's SDK is. `HOST_SKIP_QUANTSTATS` skips the test where
//! that is not possible or not wanted.

use std::path::Path;
use std::process::Command;

use crate::support::python::python_with;
use crate::support::strategies::{environment, mean_reversion};
use crate::support::tapes::tape;

const PACKAGES: [&str; 4] = ["quantstats==0.0.86", "pandas==3.1.1", "numpy==2.4.6", "scipy==1.17.1"];

/// Periods of the shared tape, which is of 2026-01-01 to 2026-02-10. An end that is absent is the tape's own.
const PERIODS: [(Option<&str>, Option<&str>); 6] = [
    (None, None),
    (Some("2026-01-10"), None),
    (None, Some("2026-01-28")),
    (Some("2026-01-08"), Some("2026-01-29")),
    (Some("2026-01-09T18:00:00"), Some("2026-02-03T06:00:00")),
    // Days before the first row are flat, as they were asked for.
    (Some("2025-12-20"), Some("2026-02-01")),
];

#[test]
fn quantstats_agrees_on_every_period() {
    if std::env::var_os("HOST_SKIP_QUANTSTATS").is_some() {
        println!("skipped: HOST_SKIP_QUANTSTATS is set");
        return;
    }
    let python = python_with("quantstats", &PACKAGES, &[])
        .unwrap_or_else(|why| panic!("quantstats cannot be had (`HOST_SKIP_QUANTSTATS=1` goes without it): {why}"));
    let (environment, tape) = (environment(), tape());
    let mut arguments = Vec::new();
    let mut add = |from: &str, until: &str, args: &str| {
        let name = format!("report-{}.json", arguments.len());
        environment.write(&name, environment.run(args).success());
        arguments.extend([from.to_owned(), until.to_owned(), name]);
    };
    let strategy = format!("--strategy {} --param threshold=1 --format json", mean_reversion());
    for (from, until) in PERIODS {
        let time = |text: &str| if text.contains('T') { format!("{text}Z") } else { text.to_owned() };
        let ends = [("--from", from), ("--until", until)].map(|(name, end)| match end {
            Some(end) => format!("{name} {}", time(end)),
            None => String::new(),
        });
        let args = format!("backtest {strategy} --tape {} {}", tape.path(), ends.join(" "));
        add(from.unwrap_or("2026-01-01"), until.unwrap_or("2026-02-10"), &args);
    }
    // The README's paper run on fewer markets: 21 days, and its warm-up is none of them.
    add("2026-01-05", "2026-01-26", &format!("run {strategy} --markets 12 --for 21d --seed 3 --set feed.poll=2m"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/backtest/compare_quantstats.py");
    let mut command = Command::new(python);
    command.arg(script).args(&arguments).current_dir(environment.path("")).env("MPLCONFIGDIR", environment.path(""));
    let output = command.output().expect("Python runs");
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failed}");
    assert!(said.contains("agreed on 7 periods"), "{said}");
}
