//! Progress lines and words on a terminal: what a person sees in the end, at several widths.

use std::process::{Command, Stdio};

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment};

/// Runs the binary with `args` on a terminal of `columns`, and returns the final screen with all that scrolled off it.
fn on_terminal(environment: &Environment, args: &str, columns: u16) -> Option<String> {
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: no `script`, which makes a terminal");
        return None;
    }
    let plain = environment.command(args);
    let host = plain.get_program().to_string_lossy().into_owned();
    let mut command = Command::new("script");
    let line = format!("stty rows 24 cols {columns}; {host} {args}");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).env_clear().current_dir(environment.path(""));
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    command.env_remove("COLUMNS").stdin(Stdio::null());
    let output = command.output().expect("a terminal");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let written = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(written.contains(" left"), "no progress line was drawn: {written:?}");
    let size = |cells: u16| std::num::NonZero::new(cells).expect("some");
    let mut terminal = vt100::Parser::new(size(1_000), size(columns), 0);
    terminal.process(written.as_bytes());
    Some(terminal.screen().contents())
}

#[test]
fn words_and_progress_lines_never_mix() {
    for columns in [60, 80, 100, 200] {
        let environment = environment();
        let args = format!("run --strategy {RANGE_BUYER} --for 20d --markets 20 --set feed.poll=1m -v");
        let Some(shown) = on_terminal(&environment, &args, columns) else { return };
        let shown = shown.replace("░░PAPER░░ ", "");
        let expect = ["paper trading on the embedded exchange: ", "Total trades", "kept in runs/paper-"];
        for expect in expect {
            assert!(shown.lines().any(|line| line.starts_with(expect)), "{columns}: {expect}\n{shown}");
        }
        for left in [" left", " %  ", "░", "█", "warming up"] {
            assert!(!shown.contains(left), "{columns}: {left:?} stayed behind\n{shown}");
        }
    }
}

#[test]
fn a_progress_line_fits_its_terminal() {
    let environment = environment();
    for columns in [60, 90, 150] {
        let args = format!("data generate --markets 20 --for 60d --poll 1m --out tape-{columns}");
        let Some(shown) = on_terminal(&environment, &args, columns) else { return };
        let text: Vec<&str> = shown.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(text.len(), 1, "{shown}");
        assert!(text[0].starts_with(&format!("wrote tape-{columns}: ")), "{shown}");
    }
}
