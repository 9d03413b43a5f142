//! A disk that fills up during a paper run: the journal keeps what it has, and the figures are printed all the same.

use crate::paper::journal;
use crate::support::small_disk::{Filled, fill};
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::figures;

#[test]
fn a_full_disk_keeps_the_journal_so_far_and_the_figures_are_printed() {
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
