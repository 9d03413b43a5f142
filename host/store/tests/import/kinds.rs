//! Candles, volumes, results, and what is odd in a tape.

use host_core::{Outcome, Price, PublicTrades};
use host_store::import::ImportOptions;

use crate::support::{Case, full_rows};

fn shown(content: &str, columns: &str, change: impl Fn(&mut ImportOptions)) -> Result<String, String> {
    let mut case = Case::new(columns);
    change(&mut case.options);
    case.import(&[case.file("f", content)]).map(|imported| full_rows(&imported.tape).join("\n"))
}

fn as_is(_: &mut ImportOptions) {}

#[test]
fn a_candle_is_known_at_its_end() {
    let candle = |end: i64, bid: &str, ask: &str, close: &str, volume: u32| {
        format!(
            r#"{{"end_period_ts":{end},"yes_bid":{{"open_dollars":"0.9000","close_dollars":"{bid}"}},
               "yes_ask":{{"close_dollars":"{ask}"}},"price":{{"close_dollars":{close},"previous_dollars":"0.4400"}},
               "volume_fp":"{volume}.00"}}"#
        )
    };
    let candles = [
        candle(1_775_476_860, "0.4300", "0.4500", "\"0.4500\"", 10),
        candle(1_775_476_920, "0.0000", "1.0000", "null", 0),
        candle(1_775_563_260, "0.4200", "0.4600", "\"0.4300\"", 7),
    ];
    let one = format!(r#"{{"ticker":"SNOW-DEN","candlesticks":[{}]}}"#, candles.join(","));
    let shown_as = shown(&one, "", as_is).unwrap();
    insta::assert_snapshot!(shown_as, @r"
    2026-04-06T12:01:00.000Z SNOW-DEN 0.43 0.45 -x- last 0.45 volume 10
    2026-04-06T12:02:00.000Z SNOW-DEN - - -x- last 0.44 volume 10
    2026-04-07T12:01:00.000Z SNOW-DEN 0.42 0.46 -x- last 0.43 volume 7
    ");
    let after = format!(r#"{{"candlesticks":[{}],"ticker":"SNOW-DEN"}}"#, candles.join(",\n"));
    assert_eq!(shown(&after, "", as_is).unwrap(), shown_as);
    let several = format!(
        r#"{{"markets":[{{"market_ticker":"SNOW-BOS","candlesticks":[]}},
            {{"market_ticker":"SNOW-DEN","candlesticks":[{}]}}]}}"#,
        candles.join(",")
    );
    assert_eq!(shown(&several, "", as_is).unwrap(), shown_as);
    let csv = "end_period_ts,ticker,yes_bid_close,yes_ask_close,price_close,volume\n1775476860,SNOW-DEN,43,45,45,10\n";
    assert_eq!(shown(csv, "", as_is).unwrap(), shown_as.lines().next().unwrap());
}

#[test]
fn candles_of_unknown_time_are_refused() {
    let candles = "time,ticker,open,high,low,close,volume\n2026-04-06T12:00:00Z,D-1,0.4,0.5,0.3,0.45,9\n";
    let said = shown(candles, "", as_is).unwrap_err();
    assert!(said.contains("--candle-time end") && said.contains("--candle-time start+1m"), "{said}");
    let with =
        |text: &'static str| move |options: &mut ImportOptions| options.candle_time = Some(text.parse().unwrap());
    assert_eq!(shown(candles, "", with("end")).unwrap(), "2026-04-06T12:00:00.000Z D-1 - - -x- last 0.45 volume 9");
    assert_eq!(
        shown(candles, "", with("start+1m")).unwrap(),
        "2026-04-06T12:01:00.000Z D-1 - - -x- last 0.45 volume 9"
    );
}

#[test]
fn a_running_total_becomes_the_volume_of_a_day() {
    let rows = "time,market,bid,ask,volume\n2026-04-06T12:00:00Z,D,.4,.5,1000\n2026-04-06T18:00:00Z,D,.4,.5,1100\n\
                2026-04-07T12:00:30Z,D,.4,.5,1130\n2026-04-07T18:00:30Z,D,.4,.5,1130\n\
                2026-04-07T19:00:00Z,D,.4,.5,40\n";
    let total = |options: &mut ImportOptions| options.volume = Some("total".parse().unwrap());
    insta::assert_snapshot!(shown(rows, "", total).unwrap(), @r"
    2026-04-06T12:00:00.000Z D 0.40 0.50 -x- last - volume 0
    2026-04-06T18:00:00.000Z D 0.40 0.50 -x- last - volume 100
    2026-04-07T12:00:30.000Z D 0.40 0.50 -x- last - volume 130
    2026-04-07T18:00:30.000Z D 0.40 0.50 -x- last - volume 30
    2026-04-07T19:00:00.000Z D 0.40 0.50 -x- last - volume 30
    ");
    assert!(shown(rows, "", as_is).unwrap().contains("volume 1130"));
}

const QUOTES: &str = "time,market,bid,ask\n2026-04-06T12:00:00Z,S-DEN,0.37,0.41\n2026-04-06T12:00:00Z,S-BOS,0.12,0.14\n\
                      2026-04-06T12:00:30Z,S-DEN,0.38,0.42\n";

/// Outcomes with the time of their payout, and sentences about what is odd.
type Results = (Vec<(Outcome, String)>, Vec<String>);

/// Imports [`QUOTES`] with these facts.
fn results(facts: &str, skip: bool) -> Result<Results, String> {
    let mut case = Case::new("");
    case.options.markets = Some(case.file("facts", facts));
    case.options.skip_bad_rows = skip;
    let imported = case.import(&[case.file("f", QUOTES)])?;
    let settled = imported.tape.settlements().iter().map(|paid| (paid.outcome, paid.time.to_string())).collect();
    Ok((settled, imported.page.odd))
}

#[test]
fn results_are_read_in_the_words_of_venues() {
    let half = Outcome::Value(Price(5_000));
    let check = |facts: &str, expect: &[Outcome]| {
        let (settled, odd) = results(facts, false).unwrap();
        assert_eq!(settled.iter().map(|(outcome, _)| *outcome).collect::<Vec<_>>(), expect, "{facts}: {odd:?}");
    };
    let scalar = "ticker,result,settlement_value_dollars\nS-DEN,scalar,0.5000\nS-BOS,no,0.0000\n";
    let (settled, _) = results(scalar, false).unwrap();
    assert_eq!(settled.len(), 2);
    assert!(settled.iter().any(|(outcome, _)| *outcome == half), "{settled:?}");
    check(r#"{"markets":[{"ticker":"S-DEN","result":"scalar","settlement_value_dollars":"0.5000"}]}"#, &[half]);
    for (word, expect) in [("YES", Outcome::Yes), ("0", Outcome::No), ("0.5", half), ("won", Outcome::Yes)] {
        check(&format!("ticker,result\nS-DEN,{word}\n"), &[expect]);
    }
    for word in ["", "active", "void", "disputed"] {
        check(&format!("ticker,result\nS-DEN,{word}\n"), &[]);
    }
    check("ticker,result,payout\nS-DEN,void,0.5\n", &[half]);
    let resolved = r#"{"slug":"S-DEN","outcomePrices":"[\"0\", \"1\"]","umaResolutionStatus":"resolved"}"#;
    check(resolved, &[Outcome::No]);
    let (_, odd) = results("ticker,result\nS-DEN,void\nS-LAX,yes\n", false).unwrap();
    insta::assert_snapshot!(odd.join("\n"), @r"
    1 market is not in the metadata file: `S-BOS`
    1 market of the metadata file has no rows: `S-LAX`
    `S-DEN` is void and no payout is stated: it has no result
    ");
}

#[test]
fn results_that_contradict_are_refused_or_left_out() {
    let check = |facts: &str, expect: &[&str]| {
        let said = results(facts, false).unwrap_err();
        for expect in expect.iter().chain(&["--skip-bad-rows"]) {
            assert!(said.contains(expect), "`{expect}` is not in: {said}");
        }
        let (settled, odd) = results(facts, true).unwrap();
        assert!(settled.is_empty() && odd.iter().any(|said| said.contains("`S-DEN` has no result")), "{odd:?}");
    };
    check("ticker,result\nS-DEN,yes\nS-DEN,no\n", &["line 3", "`S-DEN` pays 0 here, and 1 in line 2"]);
    check("ticker,result,payout\nS-DEN,yes,0.0\n", &["line 2", "contradicts the payout of 0 dollars"]);
    check("ticker,result\nS-DEN,scalar\n", &["line 2", "needs a payout"]);
    check("ticker,result\nS-DEN,maybe\n", &["line 2", "`maybe` is neither `yes` nor `no`"]);
}

#[test]
fn a_result_is_not_paid_before_the_last_row_and_rows_after_the_close_are_told() {
    let facts = "ticker,result,close_time\nS-DEN,yes,2026-04-06T12:00:10Z\nS-BOS,no,2026-04-20T12:00:00Z\n";
    let (settled, odd) = results(facts, false).unwrap();
    assert_eq!(settled[0], (Outcome::Yes, "2026-04-06T12:00:30.000Z".to_owned()));
    assert_eq!(settled[1], (Outcome::No, "2026-04-20T12:00:00.000Z".to_owned()));
    assert_eq!(odd, ["1 row after the close of its market: `S-DEN`; results are not paid before the last row"]);
}

#[test]
fn what_looks_odd_is_said() {
    let mut case = Case::new("");
    let rows = "time,market,bid,ask\n2026-04-06T12:00:00Z,D,0.01,0.02\n2026-04-06T12:01:00Z,D,0.98,0.97\n\
                2026-04-06T12:02:00Z,D,,0.97\n2026-04-06T12:03:00Z,D,N/A,0.97\n2026-04-06T12:04:00Z,D,,0.97";
    let imported = case.import(&[case.file("f", rows)]).unwrap();
    insta::assert_snapshot!(imported.page.odd.join("\n"), @r"
    `f`: its last line has no line end: it may be cut short
    60 % of the rows have a bid or an ask, but not both
    1 row (20 %) has the bid above the ask
    once a mid jumps by 90 c or more: that of `D` at 2026-04-06T12:01:00.000Z
    ");
    assert_eq!(imported.page.assumed, ["taken as no value: `N/A` (1)"]);
    case.options.skip_bad_rows = true;
    let made = imported.tape.meta().source.made.clone().unwrap();
    assert_eq!((made.files.len(), made.files[0].bytes, made.files[0].sha256.len()), (1, rows.len() as u64, 64));
}

#[test]
fn trades_beside_quotes_are_kept_as_trades() {
    let case = Case::new("");
    let quotes =
        "time,market,bid,ask\n2026-04-06T12:00:00Z,SNOW-DEN,0.37,0.41\n2026-04-06T12:01:00Z,SNOW-DEN,0.38,0.42\n";
    let trades = r#"{"trades":[
        {"trade_id":"b","ticker":"SNOW-DEN","created_time":"2026-04-06T12:00:40Z","yes_price_dollars":"0.3800",
         "count_fp":"12.00","taker_side":"no"},
        {"trade_id":"a","ticker":"SNOW-DEN","created_time":"2026-04-06T12:00:10Z","yes_price_dollars":"0.4100",
         "count_fp":"3.50","taker_side":"yes"}]}"#;
    let files = [case.file("quotes.csv", quotes), case.file("trades.json", trades)];
    let imported = case.import(&files).unwrap();
    assert_eq!((imported.page.rows, imported.page.trades), (2, 2));
    let (mut reader, mut kept) = (imported.tape.trades_reader(), PublicTrades::default());
    assert!(reader.next_batch(&mut kept).unwrap());
    let shown: Vec<String> = (0..kept.len())
        .map(|row| {
            format!(
                "{} {} x {} {:?}",
                kept.time[row] / 1_000_000_000 % 60,
                kept.price[row],
                kept.quantity[row],
                kept.taker[row]
            )
        })
        .collect();
    assert_eq!(shown, ["10 0.41 x 3.5 Buys", "40 0.38 x 12 Sells"]);
    assert!(!reader.next_batch(&mut kept).unwrap());
    // Without quotes, nothing says what could be bought.
    let alone = Case::new("").import(&files[1..]).unwrap_err();
    assert!(alone.contains("have trades and no quotes"), "{alone}");
}
