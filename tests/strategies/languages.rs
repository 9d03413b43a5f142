//! One strategy in Rust, Python and JavaScript: each component is built with its language's own tool, loads, and
//! decides the same.
//!
//! The tools come from the user's package indexes. `HOST_SKIP_LANGUAGES` skips the test where that is not possible or
//! not wanted.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{REPOSITORY, build, environment, write_crate};
use crate::support::{journal, node, python};

/// The tools, each of one version.
const FOR_PYTHON: &str = "componentize-py==0.25.1";
const FOR_JAVASCRIPT: &str = "@bytecodealliance/componentize-js@0.23.0";

fn source(name: &str) -> PathBuf {
    Path::new(REPOSITORY).join("tests/support/sources").join(name)
}

/// Returns the folder with the contract, without the optional parts beside it.
fn contract(environment: &Environment) -> PathBuf {
    let text = std::fs::read_to_string(Path::new(REPOSITORY).join("wit/strategy.wit")).expect("the contract");
    std::fs::create_dir_all(environment.path("wit")).expect("a folder");
    environment.write("wit/strategy.wit", text);
    environment.path("wit")
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn build_python(environment: &Environment) {
    let python = python::python_with("componentize_py", &[FOR_PYTHON], &[])
        .unwrap_or_else(|why| panic!("componentize-py cannot be had (`HOST_SKIP_LANGUAGES=1` goes without it): {why}"));
    environment.write("python/between.py", std::fs::read_to_string(source("between.py")).expect("a source"));
    let mut tool = Command::new(python.with_file_name("componentize-py"));
    tool.arg("-d").arg(contract(environment)).args(["-w", "strategy", "componentize", "--stub-wasi", "-p"]);
    succeeds(tool.arg(environment.path("python")).arg("between").arg("-o").arg(environment.path("python.wasm")));
}

fn build_javascript(environment: &Environment) {
    let folder = node::node_with(&[FOR_JAVASCRIPT], "HOST_SKIP_LANGUAGES");
    // A script finds packages beside itself.
    std::fs::copy(source("componentize.mjs"), folder.join("componentize.mjs")).expect("a copy");
    let mut tool = Command::new("node");
    tool.arg("componentize.mjs").arg(source("between.js")).arg(contract(environment)).current_dir(&folder);
    succeeds(tool.arg(environment.path("javascript.wasm")));
}

/// Trades `component` on the tape, proves that it looks at nothing ahead, and returns its signals, orders and fills.
fn traded(environment: &Environment, component: &str) -> Vec<String> {
    let args = format!("backtest --strategy between={component} --tape tape --format json");
    let report: Value = serde_json::from_str(&environment.run(&args).success()).expect("JSON");
    let proof = &report["proof"];
    assert_eq!((&proof["look_ahead"], &proof["decisions"]), (&"none".into(), &report["updates"]), "{report}");
    let run = std::fs::read_dir(environment.path("runs")).expect("runs").flatten().next().expect("a run").path();
    let journal = journal::open(&run.join("run.journal")).expect("a journal");
    let mut statement = journal.prepare("SELECT body FROM records ORDER BY seq").expect("records");
    let bodies = statement.query_map([], |row| row.get(0)).expect("records").map(|body| body.expect("a record"));
    let bodies = bodies.collect();
    std::fs::remove_dir_all(environment.path("runs")).expect("it is there");
    bodies
}

#[test]
fn a_strategy_in_python_and_in_javascript_decides_as_the_same_one_in_rust() {
    if std::env::var_os("HOST_SKIP_LANGUAGES").is_some() {
        println!("skipped: HOST_SKIP_LANGUAGES is set");
        return;
    }
    let environment = environment();
    let rust = build(write_crate(&environment, "between", include_str!("../support/sources/between.rs")));
    build_python(&environment);
    build_javascript(&environment);
    // They hold an interpreter: to compile it takes more than a stranger's component may.
    environment.run("sign --new-key k.key --no-password").success();
    environment.run("trust add author k.pub").success();
    for name in ["python.wasm", "javascript.wasm"] {
        environment.run(&format!("sign {name} --key k.key")).success();
        let shown = environment.run(&format!("inspect {name}")).success();
        assert!(shown.contains("between") && shown.contains("signed by author"), "{shown}");
        assert!(!shown.contains("wasi:"), "it asks for more than the contract gives: {shown}");
    }
    environment.run("data generate --markets 6 --for 20d --poll 5m --seed 3 --start 2026-01-01 --out tape").success();
    let in_rust = traded(&environment, &rust);
    let count = |kind: &str| in_rust.iter().filter(|body| body.contains(&format!("\"kind\":\"{kind}\""))).count();
    assert!(count("signal") > 20 && count("filled") > 5, "{} records prove little", in_rust.len());
    for name in ["python.wasm", "javascript.wasm"] {
        assert_eq!(traded(&environment, name), in_rust, "{name}");
        let refused = environment.run(&format!("backtest --strategy {name} --tape tape --param buy_below=0.7"));
        assert!(refused.failure(5).contains("buy_below must be below 0.6"), "{name}");
    }
}
