//! Text of others leaves through one door: names, titles, logs, errors, files and settings that want to steer the
//! terminal, forge a line of the host, run as a formula or flood, in every command that prints them and every format.

use std::process::Output;

use host_core::foreign::is_plain;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, build, environment, write_crate};
use crate::support::tapes::quotes_csv;

/// No line of a table is longer, nor any string of JSON, nor any cell of CSV.
const LONGEST_LINE: usize = 5_000;

/// Steers, forges, reorders, and floods.
const WORDS: &str = "\u{1b}[2J\u{7}\r\nLIVE alex 2026-01-01 ALERT all is well\u{202e}\u{200b}\u{2028}\u{9b}31m";

/// Runs the binary with `args` as they are, and checks all that it says.
fn run(environment: &Environment, args: &[&str]) -> String {
    let Output { stdout, stderr, status } = environment.command("").args(args).output().expect("the binary runs");
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let what = format!("{args:?}");
    assert_ne!(status.code(), Some(101), "{what}: {stderr}");
    assert_safe(&what, &stderr);
    match args.iter().position(|arg| *arg == "--format").map(|at| args[at + 1]) {
        Some("csv") => assert_cells(&what, &stdout),
        Some("json") if !stdout.is_empty() => {
            assert_strings(&what, &serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{what}: {error}")));
            assert!(stdout.chars().all(|c| is_plain(c) || c == '\n'), "{what}");
        }
        _ => assert_safe(&what, &stdout),
    }
    stdout + &stderr
}

/// Runs `args` in all formats.
fn run_all(environment: &Environment, args: &[&str]) {
    for format in ["table", "json", "csv"] {
        run(environment, &[args, &["--format", format]].concat());
    }
}

fn assert_safe(what: &str, text: &str) {
    for line in text.split('\n') {
        assert!(line.chars().all(is_plain), "{what}: {line:?}");
        assert!(line.chars().count() <= LONGEST_LINE, "{what}: a line of {} letters", line.chars().count());
        assert!(!line.starts_with("LIVE alex 2026"), "{what}: {line}");
    }
}

fn assert_cells(what: &str, csv: &str) {
    assert_safe(what, &csv.replace(',', "\n"));
    for cell in csv.split([',', '\n']).map(|cell| cell.trim_start_matches('"')) {
        let number = cell.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '$');
        assert!(!cell.starts_with(['=', '@']), "{what}: {cell}");
        assert!(!cell.starts_with(['+', '-']) || number || cell == "-", "{what}: {cell}");
    }
}

fn assert_strings(what: &str, value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) => assert!(text.chars().count() <= LONGEST_LINE, "{what}: {text:.80}"),
        serde_json::Value::Array(items) => items.iter().for_each(|item| assert_strings(what, item)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| assert_strings(what, field)),
        _ => {}
    }
}

/// Writes the component of `tests/compat` to `name`, with `from` replaced by as many bytes of `to`.
fn write_doctored(environment: &Environment, name: &str, from: &str, to: &str) {
    let mut bytes = std::fs::read(RANGE_BUYER).expect("a component");
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty() && from.len() == to.len(), "{from} {to}");
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    }
    environment.write(name, bytes);
}

/// A tape whose tickers are formulas, and whose titles and categories are [`WORDS`].
fn tape(environment: &Environment) {
    let quotes = quotes_csv((0..200).map(|poll| (poll * 30, "FED", 30 + poll % 40, 32 + poll % 40)));
    environment.write("quotes.csv", quotes.replace("FED", "=cmd|' /C calc'!A0"));
    let markets = format!("ticker,title,category\n=cmd|' /C calc'!A0,\"=1+1{WORDS}{}\",@SUM(1)\n", "W".repeat(9_000));
    environment.write("markets.csv", markets);
    let args = ["data", "import", "quotes.csv", "--markets", "markets.csv", "--out", "tape", "--price-unit", "cents"];
    run(environment, &args);
    assert!(environment.path("tape/tape.json").exists());
}

#[test]
fn a_hostile_tape_steers_nothing_in_any_command() {
    let environment = environment();
    tape(&environment);
    run_all(&environment, &["data", "info", "tape"]);
    run_all(&environment, &["backtest", "--strategy", RANGE_BUYER, "--tape", "tape", "--scores", "s.csv"]);
    assert_cells("scores", &environment.read("s.csv"));
    run_all(&environment, &["check", RANGE_BUYER, "--markets", "1", "--days", "1"]);
    for command in [&["runs", "list"][..], &["runs", "show", "latest"], &["report", "latest", "--full"]] {
        run_all(&environment, command);
    }
    run_all(&environment, &["review", "latest"]);
    run_all(&environment, &["compare", "latest", "latest"]);
    run(&environment, &["report", "latest", "--html", "page.html"]);
    let page = environment.read("page.html");
    assert!(page.chars().all(|c| is_plain(c) || matches!(c, '\n' | '\u{2060}')), "a page is steered");
    for folder in std::fs::read_dir(environment.path("runs")).expect("runs") {
        for file in std::fs::read_dir(folder.expect("a run").path()).into_iter().flatten() {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|ending| ending == "csv") {
                assert_cells(&path.display().to_string(), &std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
}

#[test]
fn names_that_steer_are_refused_where_they_come_in() {
    let environment = environment();
    let check = |file: &str, from: &str, to: &str, expect: &str| {
        write_doctored(&environment, file, from, to);
        for command in [&["inspect", file][..], &["check", file], &["run", "--for", "1h", "--strategy", file]] {
            let said = run(&environment, command);
            assert!(said.contains(expect), "{said}");
        }
    };
    check("name.wasm", "range-buyer", "a\nLIVE alex", "the name `a\\nLIVE alex` has other letters than a-z, 0-9 and -");
    check("parameter.wasm", "wait_rows", "wait\u{1b}[2JJ", "the name `wait\\u{1b}[2JJ` has other letters");
    write_doctored(&environment, "text.wasm", "Buys cheap", "\n\nLIVE a\u{1b}x");
    run_all(&environment, &["inspect", "text.wasm"]);
    let long = "n".repeat(65);
    let said = run(&environment, &["run", "--for", "1h", "--strategy", &format!("{long}={RANGE_BUYER}")]);
    assert!(said.contains("has 65 letters; 64 are the most") && said.contains("hint: give the slot a name"), "{said}");
    let said = run(&environment, &["run", "--for", "1h", "--strategy", RANGE_BUYER, "--strategy", RANGE_BUYER]);
    assert!(said.contains("--strategy one=PATH"), "{said}");

    let good = quotes_csv((0..9).map(|poll| (poll * 30, "FED", 30, 32)));
    environment.write("quotes.csv", good.replace("FED", "\"FE\u{1b}[2JD\""));
    let said = run(&environment, &["data", "import", "quotes.csv", "--out", "tape", "--price-unit", "cents"]);
    assert!(said.contains("line 2") && said.contains("column `market`: the name `FE\\u{1b}[2JD`"), "{said}");
    environment.write("quotes.csv", good);
    environment.write("markets.csv", "ticker,series\nFED,\"a\nLIVE alex 2026\"\n");
    let import = ["data", "import", "quotes.csv", "--out", "tape", "--price-unit", "cents", "--markets", "markets.csv"];
    let said = run(&environment, &import);
    assert!(said.contains("line 2") && said.contains("column `series`: the name `a\\nLIVE alex 2026`"), "{said}");
    environment.write("markets.csv", "ticker,title\nFED,The Fed\n");
    run(&environment, &import);
    let listed = environment.read("tape/markets.json").replace("\"FED\"", "\"F\\u001b[2J\"");
    environment.write("tape/markets.json", listed);
    let said = run(&environment, &["data", "info", "tape"]);
    assert!(said.contains("the ticker of market 0: the name `F\\u{1b}[2J`"), "{said}");
}

#[test]
fn a_hostile_component_says_nothing_that_steers() {
    let environment = environment();
    tape(&environment);
    let component = build(write_crate(&environment, "loud", include_str!("../support/sources/loud.rs")));
    for after in ["after=-1", "after=50"] {
        let args = ["backtest", "--tape", "tape", "--strategy", &component, "--param", after];
        run_all(&environment, &args);
        let said = run(&environment, &[&args[..], &["-vv"]].concat());
        assert!(said.contains("\\u{1b}[2J\\u{7}"), "{said}");
    }
    run_all(&environment, &["check", &component, "--days", "1"]);
    let imports: String =
        (0..50).map(|at| format!("(import \"a:b/c{at}-{}\" (instance))", "x".repeat(9_000))).collect();
    environment.write("imports.wasm", wat::parse_str(format!("(component {imports})")).expect("WAT"));
    let said = run(&environment, &["inspect", "imports.wasm"]);
    assert!(said.contains("and 42 more"), "{said}");
}

#[test]
fn files_settings_and_arguments_of_any_name_are_shown_safely() {
    let environment = environment();
    for command in
        ["inspect", "check", "build", "replay", "backup --verify", "data info", "compare", "review", "report"]
    {
        let words: Vec<&str> = command.split(' ').collect();
        run(&environment, &[&words[..], &[WORDS]].concat());
    }
    let file = format!("x{WORDS}.toml");
    environment.write(&file, format!("[live]\naccount = {:?}\n", "a\nLIVE alex").replace("\\u{1b}", "\\u001b"));
    for format in ["table", "json", "csv"] {
        run(&environment, &["config", "show", "--config", &file, "--format", format]);
        run(&environment, &["status", "--config", &file, "--format", format]);
        run(&environment, &["trust", "list", "--config", &file, "--format", format]);
    }
    environment
        .write(&file, "\"a\\u001b[2J\\nLIVE alex 2026\" = 1\n[risk]\nmax_daily_loss = \"\\u001b[2J\\nLIVE alex\"\n");
    run(&environment, &["config", "show", "--config", &file]);
    environment.write(&file, "[risk]\nx = \u{1b}\u{7}\n");
    run(&environment, &["config", "show", "--config", &file]);
    for args in [&[WORDS][..], &["run", WORDS], &["run", "--for", WORDS], &["config", "show", "--set", WORDS]] {
        run(&environment, args);
    }
    run(&environment, &["backtest", "--strategy", RANGE_BUYER, "--tape", WORDS, "--param", WORDS]);
    run(&environment, &["data", "generate", "--markets", "2", "--for", "1h", "--out", &format!("t{WORDS}")]);
    run_all(&environment, &["data", "info", &format!("t{WORDS}")]);
}

#[test]
fn what_has_no_end_is_refused_with_its_size() {
    let environment = environment();
    let refused = |args: &[&str], expect: &str| {
        let said = run(&environment, args);
        assert!(said.contains(expect), "{args:?}: {said}");
    };
    let config = |file: &str, expect: &str| refused(&["config", "show", "--config", file], expect);
    config("/dev/zero", "it is no file, but a pipe or a device");
    let fifo = environment.path("fifo");
    if std::process::Command::new("mkfifo").arg(&fifo).status().is_ok_and(|made| made.success()) {
        config("fifo", "it is no file, but a pipe or a device");
    }
    environment.write("big.toml", " ".repeat(2_000_000));
    config("big.toml", "it has 2000000 bytes, and at most 1048576 bytes are read");
    let keys: String = (0..90_000).map(|key| format!("k{key} = 1\n")).collect();
    environment.write("keys.toml", keys);
    config("keys.toml", "has more than 10000 keys");
    for deep in [
        format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}1{}\n", "{a=".repeat(100_000), "}".repeat(100_000)),
        format!("{}a = 1\n", "a.".repeat(100_000)),
        format!("[{}a]\nb = 1\n", "a.".repeat(100_000)),
    ] {
        environment.write("deep.toml", deep);
        config("deep.toml", "deep.toml");
    }
    environment.write("deep.json", "[".repeat(500_000));
    refused(&["exchange", "--faults", "deep.json"], "deep.json");
    refused(&["exchange", "--accounts", "/dev/zero"], "a pipe or a device");
    refused(&["trust", "add", "alex", "/dev/zero"], "a pipe or a device");
    environment.write("host.lock", " ".repeat(2_000_000));
    refused(&["trust", "list"], "host.lock");
}
