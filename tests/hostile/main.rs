//! Strategies as attackers would write them. Each is a file of `corpus/`, or bytes that `generated` makes because a file
//! would be large, with the verdict that is expected of the host. The whole binary runs on each, is measured, and must
//! stay within its budget: it refuses or contains every one of them, and never ends by a panic.
//!
//! A file begins with a comment of the command that meets the attack, the exit code, and a part of what it must say:
//!
//! ```text
//! ;; inspect 1: `sandbox.instances` allows
//! ```
//!
//! The command is `inspect`, which loads, or `backtest`, which trades too. What follows is a component in text form; or,
//! if it starts with `;; part NAME`, the parts in which the attack differs from a harmless strategy
//! (`sandbox/tests/support`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod attack;
mod generated;
#[path = "../../host/sandbox/tests/support/mod.rs"]
mod guests;
mod measured;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use attack::Attack;
use measured::{Measured, run};

/// Most processor time of one command, in seconds: the budget of the compiler, and two of a call. Strategies of tests
/// are compiled by a compiler that is itself hardly optimised.
const SECONDS: f64 = 12.0;
/// Most memory of the host itself beyond a slot's, in bytes.
const HOST_BYTES: u64 = 64 << 20;
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
        let args: &[&str] = match attack.command.as_str() {
            "inspect" => &["inspect", "attack.wasm"],
            "backtest" => &["backtest", "--strategy", "attack.wasm", "--tape", "tape"],
            other => panic!("{}: no command `{other}`", attack.name),
        };
        run(self.command(args.iter().copied().chain(["--set", memory.as_str()])))
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
