//! Limits by the hour, live: entries that a schedule pauses, across a restart, and what people see of it.

use crate::support::rig::{Rig, live};

#[test]
fn a_schedule_pauses_entries_across_restarts_and_says_so() {
    let rig = Rig::stepped_with(10);
    let config = rig.environment.read("host.toml");
    let paused =
        "\n[[schedule]]\nname = \"quiet\"\nzone = \"America/New_York\"\npause_entries = true\nnote = \"audit\"\n";
    rig.environment.write("host.toml", format!("{config}{paused}"));
    let trade = || rig.environment.run(&format!("{} --for 2m", live()));
    for start in 1..=2 {
        let outcome = trade();
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let codes = rig.journal(
            "SELECT DISTINCT body ->> '$.verdict.code' || ' ' || (body ->> '$.verdict.value') FROM records \
             WHERE kind = 'refused'",
        );
        // Markets whose book lacks a side are refused for that first.
        assert!(codes.contains(&"schedule_paused quiet".to_owned()), "start {start}: {codes:?}");
        assert_eq!(
            rig.journal("SELECT CAST(count(*) AS TEXT) FROM records WHERE kind = 'placed'"),
            ["0"],
            "start {start}"
        );
        // A restart goes on with it, so it is told once.
        assert_eq!(
            rig.journal("SELECT CAST(count(*) AS TEXT) FROM records WHERE kind = 'schedule'"),
            ["1"],
            "start {start}"
        );
        assert!(start == 2 || outcome.stderr.contains("schedule quiet: entries are paused (audit)"), "{outcome}");
    }
    // Without it, entries leave, and the journal says that the usual limits hold again.
    rig.environment.write("host.toml", config);
    let outcome = trade();
    assert!(outcome.stderr.contains("the usual limits hold"), "{outcome}");
    assert_ne!(rig.journal("SELECT CAST(count(*) AS TEXT) FROM records WHERE kind = 'placed'"), ["0"]);
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
}
