//! Whatever a user hands in, he gets a clear message and the right exit code, never a panic, and what he had is kept.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::support::environment::Environment;
use crate::support::small_disk;

/// Runs `args` where `prepare` has been, and expects `code` and these words.
#[track_caller]
fn check(prepare: impl Fn(&Environment), args: &str, code: i32, expect: &[&str]) {
    let environment = Environment::new();
    prepare(&environment);
    let said = environment.run(args).failure(code);
    for expect in expect {
        assert!(said.contains(expect), "`host {args}` does not say `{expect}`:\n{said}");
    }
}

#[test]
fn what_is_no_strategy_is_refused_with_what_it_is() {
    let file = |content: &'static [u8]| move |environment: &Environment| drop(environment.write("x.wasm", content));
    for command in ["inspect", "check"] {
        let args = format!("{command} x.wasm");
        check(|_| {}, &args, 1, &["x.wasm", "No such file"]);
        check(file(b""), &args, 1, &["x.wasm is no WebAssembly component", "hint: "]);
        check(file(b"hello"), &args, 1, &["x.wasm is no WebAssembly component"]);
        check(file(b"\0asm\x01\0\0\0"), &args, 1, &["core WebAssembly module", "host build"]);
        check(file(b"\0asm\x0d\0\x01\0\x01\xff"), &args, 1, &["x.wasm is damaged"]);
        check(file(b"\0asm\x0d\0\x01\0"), &args, 1, &["exports no `trading:strategy/guest@1.0.0`"]);
    }
    check(file(&[0; 4096]), "inspect x.wasm --set sandbox.component_bytes=100", 1, &["4096 bytes", "allows 100"]);
}

#[test]
fn a_component_with_foreign_imports_is_refused_by_name() {
    let foreign = r#"(component (import "wasi:filesystem/types@0.2.0" (instance)) (import "wasi:cli/environment@0.2.0" (instance)))"#;
    let prepare = |environment: &Environment| drop(environment.write("x.wasm", wat::parse_str(foreign).expect("WAT")));
    let expect = ["wasi:filesystem/types@0.2.0", "wasi:cli/environment@0.2.0", "trading:strategy/log@1"];
    check(prepare, "inspect x.wasm", 5, &expect);
    check(prepare, "check x.wasm", 5, &expect);
}

#[test]
fn a_strategy_that_is_not_there_gets_a_guess() {
    let prepare = |environment: &Environment| {
        environment.write("strategies/mean-reversion/Cargo.toml", "");
        environment.write("empty/readme", "");
    };
    check(prepare, "inspect mean-revesion", 1, &["did you mean `strategies/mean-reversion`?"]);
    check(prepare, "inspect strategies/mean_reversion", 1, &["did you mean `strategies/mean-reversion`?"]);
    check(prepare, "build strategies/mean-revrsion", 1, &["did you mean `strategies/mean-reversion`?"]);
    check(prepare, "build empty", 1, &["it has no Cargo.toml", "hint: "]);
    check(prepare, "inspect empty", 1, &["it has no Cargo.toml"]);
}

#[test]
fn a_recording_that_cannot_be_understood_is_refused_with_its_line() {
    let good = "time,market,bid,ask\n2025-12-04T10:00:00Z,A-1,0.42,0.44\n";
    let args = "data import q.csv --out tape";
    let check = |content: &str, args: &str, expect: &[&str]| {
        let environment = Environment::new();
        environment.write("q.csv", content);
        let said = environment.run(args).failure(1);
        for expect in expect {
            assert!(said.contains(expect), "{content:?} does not say `{expect}`:\n{said}");
        }
        assert!(!environment.path("tape").exists(), "a tape is left behind");
    };
    check("", args, &["`q.csv` is empty"]);
    check("time,market,bid,ask\n", args, &["no file has a row"]);
    check("time,market,bid,akk\n", args, &["no column `ask`", "did you mean `akk`?", "hint: `--columns`"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,0.42,1.44\n"), args, &["line 3", "1.44"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,-0.1,0.4\n"), args, &["line 3", "-0.1"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,forty,0.4\n"), args, &["line 3", "forty"]);
    check(&format!("{good}yesterday,A-1,0.42,0.44\n"), args, &["line 3", "yesterday"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1\n"), args, &["line 3"]);
    check(good, "data import q.csv nothing.csv --out tape", &["nothing.csv", "No such file"]);
    check(good, "data import q.csv --out tape --markets nothing.csv", &["nothing.csv"]);
}

#[test]
fn a_truncated_gzip_is_refused_or_kept_as_far_as_it_goes() {
    let mut text = String::from("time,market,bid,ask\n");
    (0..5_000).for_each(|row| text.push_str(&format!("{},A-1,0.{},0.9\n", 1_764_842_400 + row * 30, 10 + row % 79)));
    let environment = Environment::new();
    let plain = environment.write("q.csv", &text);
    let gzip = Command::new("gzip").arg("-k").arg(&plain).status();
    if !gzip.is_ok_and(|status| status.success()) {
        println!("skipped: no gzip");
        return;
    }
    let whole = std::fs::read(environment.path("q.csv.gz")).expect("gzip wrote it");
    environment.write("cut.csv.gz", &whole[..whole.len() / 2]);
    let said = environment.run("data import cut.csv.gz --out tape").failure(1);
    assert!(said.contains("truncated or damaged") && said.contains("--skip-bad-rows"), "{said}");
    assert!(!environment.path("tape").exists());
    let shown = environment.run("data import cut.csv.gz --out tape --skip-bad-rows").success();
    assert!(shown.contains("left out"), "{shown}");
}

#[test]
fn what_is_no_tape_is_refused_and_what_is_there_is_kept() {
    let file = |environment: &Environment| drop(environment.write("tape", "mine"));
    let folder = |environment: &Environment| drop(environment.write("tape/mine", "mine"));
    check(|_| {}, "data info tape", 1, &["tape", "nothing is there", "host data generate"]);
    check(file, "data info tape", 1, &["it is a file"]);
    check(folder, "data info tape", 1, &["tape.json"]);
    for make in ["data generate --markets 1 --for 1h --out tape", "data import q.csv --out tape"] {
        let environment = Environment::new();
        folder(&environment);
        environment.write("q.csv", "time,market,bid,ask\n1764842400,A-1,0.4,0.5\n");
        let said = environment.run(make).failure(1);
        assert!(said.contains("something is there already"), "{said}");
        assert_eq!(environment.read("tape/mine"), "mine");
    }
}

#[test]
fn a_damaged_tape_is_refused_with_its_file() {
    let environment = Environment::new();
    environment.run("data generate --markets 2 --for 2d --poll 5m --start 2025-01-01 --out tape").success();
    let day = environment.path("tape/day=2025-01-02.parquet");
    let whole = std::fs::read(&day).expect("the second day");
    std::fs::write(&day, &whole[..whole.len() / 2]).expect("cut");
    let said = environment.run("data info tape").failure(1);
    assert!(said.contains("day=2025-01-02.parquet` is truncated or damaged"), "{said}");
    std::fs::remove_file(&day).expect("removed");
    let said = environment.run("data info tape").failure(1);
    assert!(said.contains("day=2025-01-02.parquet`, which is missing"), "{said}");
}

#[test]
fn a_full_disk_is_told_and_leaves_no_half_tape() {
    let environment = Environment::new();
    let generate = "data generate --markets 20 --for 10d --out full/tape";
    let Some(output) = small_disk::run(&environment, "200k", "full", generate) else { return };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the disk is full"), "{said}");
    let left = std::fs::read_dir(environment.path("kept")).expect("the folder").count();
    assert_eq!((left, output.stdout.len()), (0, 0), "something is left on the disk");
}

#[test]
fn output_that_cannot_be_written_is_no_success() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full");
        return;
    };
    let environment = Environment::new();
    let mut command = environment.command("config show");
    let output = command.stdout(full).stderr(Stdio::piped()).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
}

#[test]
fn paths_that_cannot_be_written_to_are_told() {
    let file = |environment: &Environment| drop(environment.write("file", ""));
    check(file, "config init --out file/host.toml", 1, &["cannot write file/host.toml"]);
    check(file, "data generate --markets 1 --for 1h --out file/tape", 1, &["cannot write the tape file/tape"]);
}
