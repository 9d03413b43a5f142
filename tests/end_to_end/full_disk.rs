//! A disk that fills up in the middle: the figures are printed all the same, and nothing half-written has a final name.

use crate::fixture::{figures, tape};
use crate::journal;
use crate::support::environment::Environment;
use crate::support::small_disk;
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};

/// What came of a command whose disk filled up.
struct Filled {
    stdout: String,
    stderr: String,
    /// What is left in the folder, hidden files too.
    left: Vec<String>,
}

/// Runs `args` with a file system of `size` at `full`; what it leaves there is copied to `kept`. `None` where none can be made.
fn fill(environment: &Environment, size: &str, args: &str) -> Option<Filled> {
    let output = small_disk::run(environment, size, "full", args)?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let left = std::fs::read_dir(environment.path("kept")).expect("the folder").flatten();
    Some(Filled {
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
        left: left.map(|file| file.file_name().to_string_lossy().into_owned()).collect(),
    })
}

#[test]
fn a_journal_keeps_what_it_has_and_the_figures_are_printed() {
    let environment = environment();
    let busy = "--for 200d --markets 20 --set feed.poll=30m --param buy_below=0.5 --param exit_above=0.5 --format json";
    let args = format!("run --strategy {RANGE_BUYER} {busy} --fill-model instant --journal full/j");
    let Some(Filled { stdout, stderr, .. }) = fill(&environment, "2m", &args) else { return };
    assert!(
        stderr.contains("error: cannot keep the journal full/j\n") && stderr.contains("the disk is full"),
        "{stderr}"
    );
    assert!(!stderr.contains("journal: "), "an end that was not written:\n{stderr}");
    let report = figures(&stdout);
    let records = journal::records(&environment.path("kept/j"));
    assert!(records.len() > 100 && report.orders > 10, "{} records", records.len());
    assert!(!journal::is_ended(&environment.path("kept/j")));
}

#[test]
fn scores_get_no_name_and_the_figures_are_printed() {
    let tape = tape();
    for ending in ["csv", "parquet"] {
        let environment = environment();
        let args = format!("backtest --strategy {} --tape {} --format json", mean_reversion(), tape.path());
        let Some(filled) = fill(&environment, "300k", &format!("{args} --scores full/scores.{ending}")) else { return };
        let Filled { stdout, stderr, left } = filled;
        assert!(stderr.contains(&format!("full/scores.{ending}")), "{stderr}");
        assert!(stderr.contains("No space left on device"), "{stderr}");
        assert!(figures(&stdout).updates > 0);
        assert_eq!(left, [""; 0], "something half-written is left");
    }
}

#[test]
fn a_tape_gets_no_name() {
    let environment = environment();
    let Some(filled) = fill(&environment, "300k", "data generate --markets 20 --for 30d --poll 5m --out full/tape")
    else {
        return;
    };
    assert!(filled.stderr.contains("the disk is full"), "{}", filled.stderr);
    assert_eq!((filled.left.len(), filled.stdout.as_str()), (0, ""), "{:?}", filled.left);
}
