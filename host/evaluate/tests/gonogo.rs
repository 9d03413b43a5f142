//! Paper runs as they lie on disk, and what is found about them for a decision.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up has failed")]

mod common;

use std::path::Path;

use common::{Act, Prices, write_at};
use host_core::{Intent, SlotId, Usd};
use host_evaluate::gonogo::{PaperRun, Papered, latest_of, paper_runs};
use host_evaluate::run::RunSource;
use host_store::journal::{Mode, StrategyInfo};
use host_store::runs::{JOURNAL_FILE, RUN_FILE, RunFacts};

/// Minutes of a day.
const DAY: usize = 24 * 60;

fn strategy(sha256: &str) -> StrategyInfo {
    StrategyInfo {
        slot: SlotId(0),
        name: "s".to_owned(),
        version: "1".to_owned(),
        sha256: sha256.to_owned(),
        parameters: [].into(),
    }
}

/// Keeps a run of `mode` in the folder `runs`, two days at one price with a trade on each; `gap` minutes of the second
/// day have no polls.
fn keep(runs: &Path, name: &str, mode: Mode, sha256: &str, (ended, gap): (bool, i64)) {
    let folder = runs.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let prices: Prices = vec![[(4_200, 4_400); 3]; 2 * DAY - usize::try_from(gap).expect("minutes")];
    let order = |market, side, intent, price| Act::Order {
        market,
        side,
        intent,
        contracts: 10,
        filled: 10,
        price,
        fee_cents: 1,
    };
    let acts = [
        (300, order(0, host_core::Side::Buy, Intent::Entry, 4_200)),
        (360, order(0, host_core::Side::Sell, Intent::Exit, 4_400)),
        (DAY + 60, order(1, host_core::Side::Buy, Intent::Entry, 4_300)),
        (DAY + 90, order(1, host_core::Side::Sell, Intent::Exit, 4_200)),
    ];
    let minute = |minute: i64| if minute > DAY as i64 + 120 { minute + gap } else { minute };
    write_at(&folder.join(JOURNAL_FILE), &prices, &acts, minute);
    let facts = RunFacts {
        id: name.to_owned(),
        mode,
        command: Vec::new(),
        engine_version: "0".to_owned(),
        started: name.to_owned(),
        ended: ended.then(|| "later".to_owned()),
        repeats: None,
        data: String::new(),
        data_digest: String::new(),
        tape: None,
        config_digest: String::new(),
        proof_seed: None,
        seed: 0,
        strategies: vec![strategy(sha256)],
        journal: JOURNAL_FILE.into(),
    };
    std::fs::write(folder.join(RUN_FILE), serde_json::to_string(&facts).expect("JSON")).expect("a file");
}

fn read(runs: &Path, name: &str, wanted: &[StrategyInfo]) -> Papered {
    let run = PaperRun::open(&runs.join(name)).expect("a run").expect("a paper run");
    let source = RunSource::open(&run.path, name).expect("a run");
    Papered::read(&run, &source, wanted, false).expect("it is read").expect("it has traded")
}

#[test]
fn a_paper_run_is_counted_as_it_was() {
    let root = tempfile::tempdir().expect("a folder");
    let runs = root.path();
    keep(runs, "a", Mode::Paper, "aa", (true, 0));
    let found = read(runs, "a", &[strategy("aa")]);
    assert_eq!((found.days, found.trades, found.markets), (2, 2, 2));
    assert_eq!((found.crashes.len(), found.other.len()), (0, 0), "{found:?}");
    // 20 cents won, 10 lost, 4 of fees; and the fills add up to it.
    assert_eq!((found.profit, found.off_by), (Usd(Usd::CENT.0 * 6), Some(Usd::ZERO)));
    assert_eq!((found.compared, found.profit_factor_interval), (None, None));
    assert!(found.gaps < 0.01, "{found:?}");

    keep(runs, "b", Mode::Paper, "aa", (false, 600));
    let broken = read(runs, "b", &[strategy("bb")]);
    assert_eq!(broken.crashes.get("runs broken off"), Some(&1));
    assert!(broken.other[0].contains("ran in it, not"), "{broken:?}");
    assert!(broken.gaps > 0.19 && broken.gaps < 0.22, "{broken:?}");
}

#[test]
fn the_latest_run_of_exactly_these_strategies_is_taken() {
    let root = tempfile::tempdir().expect("a folder");
    let runs = root.path();
    let none = paper_runs(runs, &runs.join("live")).expect("they are listed");
    assert_eq!(none, []);
    for (name, mode, sha256) in
        [("a", Mode::Paper, "aa"), ("b", Mode::Paper, "aa"), ("c", Mode::Paper, "bb"), ("d", Mode::Backtest, "aa")]
    {
        keep(runs, name, mode, sha256, (true, 0));
        // The file system's time tells which is later.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let all = paper_runs(runs, &runs.join("live")).expect("they are listed");
    assert_eq!(all.iter().map(PaperRun::name).collect::<Vec<_>>(), ["a", "b", "c"], "a back test is no paper run");
    let latest = |sha256: &str| latest_of(&all, &[strategy(sha256)]).map(PaperRun::name);
    assert_eq!(latest("aa").as_deref(), Some("b"));
    assert_eq!(latest("bb").as_deref(), Some("c"));
    assert_eq!(latest("cc"), None);
    assert!(PaperRun::open(&runs.join("d")).expect("a run").is_none());
}
