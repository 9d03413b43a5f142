//! Calls that reach the world around the process, and the rooms they are kept in.

use crate::findings::{self, Finding};
use crate::modules::{self, Crate};
use crate::tree::{self, Tree};

struct Kind {
    what: &'static str,
    reason: &'static str,
    is: fn(&[String]) -> bool,
    /// Files or folders where such calls may stand, and why there. One without such a call is a finding as well.
    rooms: &'static [(&'static str, &'static str)],
}

const KINDS: [Kind; 8] = [
    Kind {
        what: "prints",
        reason: "output goes through the terminal module, which honours --quiet, colour settings and closed pipes",
        is: |path| path.last().is_some_and(|name| PRINTERS.contains(&name.as_str())),
        rooms: &[("sdk/rust/src/log.rs", "a strategy under `cargo test` has no host that shows its log")],
    },
    Kind {
        what: "reads the process's environment",
        reason: "every setting of a run stands in its configuration, which shows where each value came from",
        is: |path| match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["std", "env", ..] => true,
            ["env", function] => !function.ends_with('!'),
            _ => false,
        },
        rooms: &[
            ("host/cli/src/main.rs", "the arguments"),
            ("host/cli/src/config/mod.rs", "the configuration's layer of environment variables"),
            ("host/cli/src/terminal/ui.rs", "NO_COLOR, which is no setting of ours"),
            ("host/cli/src/commands/account.rs", "the user's state folder"),
            ("host/cli/src/terminal/operator.rs", "the user's login"),
            ("host/cli/src/strategies/load.rs", "the user's folders and toolchain, handed to the sandbox"),
            ("host/cli/src/config/credentials.rs", "the folder of secrets that the service manager hands out"),
            ("host/cli/src/commands/run/live/supervisor.rs", "the service manager's address (sd_notify(3))"),
            ("host/cli/src/commands/service", "the program, the folder and the home that a unit is made for"),
        ],
    },
    Kind {
        what: "reads the wall clock",
        reason: "time arrives in events, so that a run can be replayed; code that needs the date asks one module",
        is: |path| matches!(last_two(path), ["SystemTime" | "Utc" | "Local", "now"]),
        rooms: &[("host/system/src/clock.rs", "the one module")],
    },
    Kind {
        what: "reads the stopwatch",
        reason: "a wait measured in real time cannot be stepped in a test; each place has a reason why it must be",
        is: |path| matches!(last_two(path), ["Instant", "now"]),
        rooms: &[
            ("host/cli/src/commands/backtest.rs", "the run's speed, for its report"),
            ("host/cli/src/commands/drill/steps.rs", "a drill's times are those that a person would wait"),
            ("host/cli/src/commands/run/mod.rs", "the run's speed, for its report"),
            (
                "host/cli/src/commands/run/live/supervisor.rs",
                "a sign of life is real, whatever the venue's clock shows",
            ),
            ("host/exchange/src/server/background_tick.rs", "people are told of being late twice a minute"),
            ("host/exchange/src/server/clock.rs", "the exchange's clock while it is not stepped"),
            ("host/exchange/src/server/faults/connection.rs", "a socket is closed for real seconds"),
            ("host/exchange/src/server/handle.rs", "a running clock is caught up with for so long at a time"),
            ("host/live/src/control/cancel_all.rs", "a kill has its deadline even if the venue's clock stands still"),
            ("host/live/src/control/status.rs", "the age of a status, even if the venue's clock stands still"),
            (
                "host/live/src/journal.rs",
                "files are looked at every few seconds, even if the venue's clock stands still",
            ),
            ("host/live/src/host/swaps.rs", "the time for which a swap holds the loop up, for the operator"),
            ("host/live/src/host/shutdown.rs", "a stop has its deadline even if the venue's clock stands still"),
            ("host/monitor/src/alerts/clock_steps.rs", "time that passes, beside a clock that people set"),
            ("host/monitor/src/alerts/watch.rs", "the end has its deadline even if the machine's clock is set back"),
            ("host/monitor/src/dashboard/limiter.rs", "attempts to sign in are real ones"),
            ("host/sandbox/src/build/process.rs", "a build has a time limit, and no event brings the time"),
            ("host/sandbox/src/check/budget.rs", "the time that a check has"),
            ("host/monitor/src/dashboard/past.rs", "pages are renewed every second, whatever the clock shows"),
            ("host/monitor/src/dashboard/run.rs", "whoever looks at a run that is replayed waits in real time"),
            ("host/sandbox/src/check/mod.rs", "the time that a strategy takes, for its author"),
            ("host/sandbox/src/wall_time.rs", "the backstop of a live strategy that takes longer than its fuel should"),
            ("host/session/src/drive.rs", "a paper run at a given speed"),
            ("host/venues/src/clock/wall.rs", "the clock that never goes back"),
        ],
    },
    Kind {
        what: "ends the process",
        reason: "an early exit leaves files open and orders working; only `main` ends the process",
        is: |path| matches!(last_two(path), ["process", "exit" | "abort"]),
        rooms: &[("host/cli/src/terminal/interrupt.rs", "a second Ctrl-C, from an operator who cannot wait")],
    },
    Kind {
        what: "holds the terminal",
        reason: "text of others would steer it: only the type `Text` of the terminal module is written to it",
        is: |path| matches!(last_two(path), ["io", "stdout" | "stderr"]),
        rooms: &[
            ("host/cli/src/terminal/output.rs", "the door to stdout"),
            ("host/cli/src/terminal/stderr.rs", "the door to stderr"),
            ("host/cli/src/terminal/ui.rs", "colour depends on the stream"),
            ("host/cli/src/terminal/interrupt.rs", "a hangup is a terminal's, if there is one"),
            ("host/cli/src/command_line.rs", "colour depends on the stream"),
            ("host/cli/src/commands/outcome.rs", "a picture for people depends on the stream"),
            ("host/cli/src/commands/resume.rs", "a question, which is a `Text`"),
            ("host/cli/src/commands/run/confirm.rs", "questions, which are `Text`"),
            ("host/cli/src/commands/run/admission.rs", "a question, which is a `Text`"),
            ("host/cli/src/strategies/folders.rs", "a question, which is a `Text`"),
            ("host/cli/src/commands/compile_component.rs", "machine code for the host that asked, not for people"),
        ],
    },
    Kind {
        what: "reads a whole file",
        reason: "a file of others may have no end: `host_system::capped` reads up to a size",
        is: |path| matches!(last_two(path), ["fs", "read" | "read_to_string"]),
        rooms: &[("host/sandbox/src/build", "sources of the author, and a module that the compiler has just made")],
    },
    Kind {
        what: "calls a parser that may panic",
        reason: "a panic is an error of the file: it stands behind `host_system::guard::guarded`, and in the table of \
                 host/ARCHITECTURE.md",
        is: |path| {
            matches!(
                last_two(path),
                ["SerializedFileReader", "new" | "new_with_options"] | ["DeTable", "parse"] | ["toml", "from_str"]
            )
        },
        rooms: &[
            ("host/store/src/tape/columns.rs", "behind the guards of `tape/days.rs` and `recording/table.rs`"),
            ("host/store/src/tape/tickers.rs", "a file that this process has just written"),
            ("host/store/src/lines.rs", "behind its guard"),
            ("host/store/src/kept_scores.rs", "behind its guard"),
            ("host/sandbox/src/build/cargo.rs", "behind its guard"),
            ("host/sandbox/src/trust/lock_file.rs", "behind its guard"),
            ("host/sandbox/src/trust/folders/list_file.rs", "behind its guard"),
            ("host/cli/src/config/layer.rs", "behind its guard"),
            ("host/cli/src/commands/exchange/faults.rs", "behind its guard"),
            ("host/cli/src/commands/review/mod.rs", "behind its guard"),
            ("host/cli/src/commands/shadow.rs", "behind its guard"),
        ],
    },
];

const PRINTERS: [&str; 5] = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];

fn last_two(path: &[String]) -> [&str; 2] {
    let mut parts = path.iter().rev().map(String::as_str);
    let last = parts.next().unwrap_or_default();
    [parts.next().unwrap_or_default(), last]
}

fn calls_outside(crates: &[Crate], kind: &Kind) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = vec![false; kind.rooms.len()];
    for module in crates.iter().flat_map(Crate::production) {
        for (_, line) in module.uses.iter().filter(|(call, _)| (kind.is)(call)) {
            match kind.rooms.iter().position(|(room, _)| tree::is_within(&module.file, room)) {
                Some(room) => used[room] = true,
                None => {
                    let what = format!("{} outside the rooms for it", kind.what);
                    findings.push(Finding::new(&module.file, *line, what));
                }
            }
        }
    }
    for ((room, why), _) in kind.rooms.iter().zip(used).filter(|(_, used)| !used) {
        findings.push(Finding::new(room, 1, format!("room without what it is for ({}: {why})", kind.what)));
    }
    findings
}

/// Returns what the rule about one kind of call finds in the checkout.
fn hold(what: &str) {
    let kind = KINDS.iter().find(|kind| kind.what == what).expect("a kind of call");
    findings::expect_none(kind.reason, calls_outside(modules::of_checkout(), kind));
}

#[test]
fn libraries_do_not_print() {
    hold("prints");
}

#[test]
fn environment_is_read_in_its_rooms() {
    hold("reads the process's environment");
}

#[test]
fn wall_clock_is_read_in_its_room() {
    hold("reads the wall clock");
}

#[test]
fn stopwatch_is_read_in_its_rooms() {
    hold("reads the stopwatch");
}

#[test]
fn nobody_ends_the_process() {
    hold("ends the process");
}

#[test]
fn the_terminal_has_one_door() {
    hold("holds the terminal");
}

#[test]
fn files_are_read_up_to_a_size() {
    hold("reads a whole file");
}

#[test]
fn parsers_stand_behind_the_guard() {
    hold("calls a parser that may panic");
}

#[test]
fn finds_calls_outside_of_their_rooms() {
    let text = "use std::{env, fs};\nfn f() { println!(\"{:?}\", std::time::SystemTime::now()); }\n\
                fn g() { let t = Instant::now(); std::process::exit(1) }\nconst V: &str = env!(\"HOME\");\n\
                #[cfg(test)] mod tests { fn h() { dbg!(env::var(\"x\")); } }";
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\""),
        ("a/src/lib.rs", text),
        ("a/tests/t.rs", text),
        ("sdk/rust/src/log.rs", "fn f() {}"),
    ]);
    let crates = modules::crates(&tree);
    let found: Vec<_> = KINDS.iter().flat_map(|kind| calls_outside(&crates, kind)).collect();
    let mut in_text: Vec<_> = found.iter().filter(|finding| finding.path == "a/src/lib.rs").collect();
    in_text.sort();
    let lines: Vec<_> = in_text.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [1, 2, 2, 3, 3], "{found:?}");
    assert!(
        found.iter().any(|finding| finding.path == "sdk/rust/src/log.rs" && finding.what.starts_with("room without"))
    );
}
