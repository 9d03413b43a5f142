//! A disk that fills up during a back test: the figures are printed all the same, and no half-written file of scores
//! is left.

use crate::support::small_disk::{Filled, fill};
use crate::support::strategies::{environment, mean_reversion};
use crate::support::tapes::{figures, tape};

#[test]
fn a_full_disk_leaves_no_partial_scores_and_the_figures_are_printed() {
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
