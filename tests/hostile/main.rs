//! Strategies as attackers would write them. Each is a file of `corpus/`, or bytes that `generated` makes because a
//! file would be large, with the verdict that is expected of the host. The whole binary runs on each, is measured,
//! and must stay within its budget: it refuses or contains every one of them, and never ends by a panic.
//!
//! A file begins with a comment of the command that meets the attack, the exit code, and a part of what it must say:
//!
//! ```text
//! ;; inspect 1: `sandbox.instances` allows
//! ```
//!
//! The command is `inspect`, which loads, or `backtest`, which trades too. What follows is a component in text form;
//! or, if it starts with `;; part NAME`, the parts in which the attack differs from a harmless strategy
//! (`sandbox/tests/support`).

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod attack;
mod generated;
#[path = "../../host/sandbox/tests/support/mod.rs"]
mod guests;
mod measured;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use attack::Attack;
use guests::Guest;
use measured::{Measured, run};

/// The compiler's budget here, in seconds of processor time. The default is greater; what exceeds it takes as long.
const COMPILE_SECONDS: u64 = 3;
/// Most processor time of one command, in seconds: the compiler's, and that of the longest call.
const SECONDS: f64 = COMPILE_SECONDS as f64 + 3.0;
/// Most memory of the host itself beyond a slot's, in bytes.
const HOST_BYTES: u64 = 64 << 20;
/// The compiler's limit of memory, the default, in bytes.
const COMPILE_BYTES: u64 = 512 << 20;
/// The limit of a slot's memory here, in bytes.
const SLOT_BYTES: u64 = 128 << 20;

/// A folder with a small tape, in which the binary runs in an environment of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        let tape = "data generate --markets 2 --for 1d --poll 5m --seed 3 --start 2026-01-01 --out tape";
        let made = place.command(tape.split(' ')).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        place
    }

    fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(args).current_dir(self.0.path()).env_clear().env("HOME", self.0.path()).env("COLUMNS", "200");
        command
    }

    fn meet(&self, attack: &Attack) -> Measured {
        fs::write(self.0.path().join("attack.wasm"), &attack.bytes).unwrap();
        let memory = format!("sandbox.memory_bytes={SLOT_BYTES}");
        let compile = format!("sandbox.compile_seconds={COMPILE_SECONDS}");
        let args: &[&str] = match attack.command.as_str() {
            "inspect" => &["inspect", "attack.wasm"],
            "backtest" => &["backtest", "--strategy", "attack.wasm", "--tape", "tape"],
            other => panic!("{}: no command `{other}`", attack.name),
        };
        run(self.command(args.iter().copied().chain(["--set", &memory, "--set", &compile])))
    }
}

fn corpus() -> Vec<Attack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hostile/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let from_file = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Attack::read(name, &fs::read_to_string(path).unwrap())
    };
    files.iter().map(from_file).chain(generated::attacks()).collect()
}

/// Returns what is wrong with how the host met `attack`.
fn fault(attack: &Attack, met: &Measured) -> Option<String> {
    let said = || met.stderr.chars().take(600).collect::<String>();
    if met.code != Some(attack.code) {
        return Some(format!("exit code {:?} in place of {}: {}", met.code, attack.code, said()));
    }
    if !met.stderr.contains(&attack.says) {
        return Some(format!("does not say {:?}: {}", attack.says, said()));
    }
    if met.seconds > SECONDS {
        return Some(format!("took {:.1} s of processor time", met.seconds));
    }
    if met.compiler_bytes > COMPILE_BYTES + HOST_BYTES {
        return Some(format!("its compiler took {} MB", met.compiler_bytes >> 20));
    }
    (met.bytes > SLOT_BYTES + HOST_BYTES).then(|| format!("took {} MB", met.bytes >> 20))
}

#[test]
fn every_attack_is_refused_or_contained() {
    let place = Place::new();
    let attacks = corpus();
    let mut faults = Vec::new();
    eprintln!(
        "{:<34} {:>8} {:>5} {:>7} {:>7} {:>9}  verdict",
        "attack", "command", "code", "cpu s", "host MB", "compile MB"
    );
    for attack in &attacks {
        let met = place.meet(attack);
        let told = met.stderr.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("-");
        eprintln!(
            "{:<34} {:>8} {:>5} {:>7.2} {:>7} {:>9}  {}",
            attack.name,
            attack.command,
            met.code.unwrap_or(-1),
            met.seconds,
            met.bytes >> 20,
            met.compiler_bytes >> 20,
            told.chars().take(110).collect::<String>(),
        );
        faults.extend(fault(attack, &met).map(|fault| format!("{}: {fault}", attack.name)));
    }
    assert!(faults.is_empty(), "{} of {} attacks:\n{}", faults.len(), attacks.len(), faults.join("\n"));
}

/// A strategy that asks its other half for scores, and buys and leaves in turns.
#[test]
fn a_strategy_of_two_components_trades() {
    let outer = Guest {
        world: "outer",
        imports: r#"(import "test:parts/model@1.0.0" "score" (func $score (param i32 i32 i32 i32 i32)))"#,
        more: r#"(data (i32.const 4096) "bids") (global $turn (mut i32) (i32.const 0))"#,
        on_batch: r#"(call $score (i32.load offset=24 (local.get $batch)) (i32.load offset=28 (local.get $batch))
                         (i32.const 4096) (i32.const 4) (i32.const 4200))
                     (call $signal (i32.const 0) (i32.const 0) (f64.const 1))
                     (i32.store8 (i32.const 516) (i32.shl (global.get $turn) (i32.const 1)))
                     (global.set $turn (i32.xor (global.get $turn) (i32.const 1)))
                     (call $answer (i32.const 1) (i32.load (i32.const 4200)) (i32.load (i32.const 4204)))"#,
        ..Guest::default()
    };
    let inner = r#"(module
        (memory (export "memory") 16)
        (global $heap (mut i32) (i32.const 1024))
        (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
          (local $at i32)
          (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
          (global.set $heap (i32.add (local.get $at) (local.get $size)))
          (local.get $at))
        (func (export "test:parts/model@1.0.0#score") (param i32 i32 i32 i32) (result i32)
          (global.set $heap (i32.const 1024))
          (i32.store (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (local.get 1)) (i32.const 64)))"#;
    let place = Place::new();
    fs::write(place.0.path().join("composed.wasm"), guests::compose(&outer.component(), &guests::model(inner)))
        .unwrap();
    // It counts calls, so it does not decide each row as if it came alone.
    let args = "backtest --strategy composed.wasm --tape tape --format json --fill-model instant --no-proof";
    let output = place.command(args.split(' ')).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{stderr}"));
    assert!(report["signals"].as_u64() > Some(0) && report["fills"].as_u64() > Some(0), "{report} {stderr}");
}
