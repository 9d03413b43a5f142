//! Downloads that make a tape longer or wider.

use super::stand::{SERIES, Stand, report, url};
use crate::support::proxy::Proxy;

const HOUR_S: i64 = 3_600;

#[test]
fn a_second_download_makes_the_tape_longer_and_asks_only_for_that() {
    let stand = Stand::new("");
    let proxy = Proxy::to(&stand.exchange.address);
    let download =
        |args: &str| report(stand.download_from(&url(&proxy.address), &format!("{args} --format json --out tape")));
    let windows = || {
        proxy.count("GET /trade-api/v2/markets/candlesticks") + proxy.count("GET /trade-api/v2/historical/markets/KX")
    };
    let _ = download(&format!("{SERIES} --from 2026-01-05T06:00:00Z --until 2026-01-06"));
    stand.assert_is_ledger("tape", (6 * HOUR_S, 24 * HOUR_S), false);
    assert_eq!(windows(), 2, "two historical markets");
    // Later: only the markets of the second day are new.
    let _ = download("--until 2026-01-06T18:00:00Z");
    stand.assert_is_ledger("tape", (6 * HOUR_S, 42 * HOUR_S), false);
    assert_eq!(windows(), 3, "two live markets in one batch");
    // Earlier, and with trades: the day before the beginning was received already.
    let _ = download("--from 2026-01-05 --until 2026-01-06T18:00:00Z --trades");
    stand.assert_is_ledger("tape", (0, 42 * HOUR_S), true);
    assert_eq!(windows(), 3);
    // Up to now, with the markets that are open.
    let done = download("");
    assert_eq!(done["markets_that_go_on"], 2);
    stand.assert_is_ledger("tape", (0, 72 * HOUR_S - 120), true);
}

#[test]
fn a_tape_that_begins_in_the_middle_of_a_market_has_its_state_and_volume() {
    let stand = Stand::new("");
    let _ = stand
        .download(&format!("{SERIES} --from 2026-01-05T12:34:00Z --until 2026-01-05T13:00:00Z --out live"))
        .success();
    stand.assert_is_ledger("live", (12 * HOUR_S + 34 * 60, 13 * HOUR_S), false);
    // More than a day after the last change of the quiet market it would still be known, if there were such a day.
    let _ = stand
        .download("--market KXHIGHNY-26JAN07-T35 --from 2026-01-07T20:00:00Z --until 2026-01-07T20:10:00Z --out one")
        .success();
    let rows = super::oracle::read_rows(&stand.tape("one"));
    assert_eq!(
        rows.first().map(|row| (row.0.as_str(), row.1)),
        Some(("KXHIGHNY-26JAN07-T35", super::oracle::MIDNIGHT_S + 68 * HOUR_S))
    );
}

#[test]
fn a_dry_run_says_what_it_takes_and_keeps_nothing() {
    let stand = Stand::new("");
    let args = format!("{SERIES} --from 2026-01-05 --until 2026-01-06T18:00:00Z --trades --dry-run --out tape");
    let said = stand.download(&args).success();
    for line in [
        "requests for candlesticks",
        "requests for trades",
        "4, 2 of them in the historical tier",
        "at 500 requests a second",
    ] {
        assert!(said.contains(line), "no `{line}` in:\n{said}");
    }
    assert!(!stand.environment.path("tape").exists() && !stand.environment.path("tape.download").exists());
    let would = report(stand.download(&format!("{args} --format json")));
    assert_eq!((would["candle_requests"].as_u64(), would["markets"].as_u64()), (Some(3), Some(4)), "{would}");
}
