//! Fill models, batches and scores on a larger tape: models fill at their rates, and neither batching nor scores
//! change a figure.

use host_core::Quotes;
use host_store::tape::Tape;

use crate::support::environment::Environment;
use crate::support::strategies::{environment, mean_reversion};
use crate::support::tapes::{figures, tape, without_clock};

fn backtest(environment: &Environment, tape: &str, options: &str) -> String {
    let args = format!("backtest --strategy {} --tape {tape} --format json {options}", mean_reversion());
    environment.run(&args).success()
}

#[test]
fn each_fill_model_fills_at_its_stated_rate() {
    let (environment, tape) = (environment(), tape());
    let with = |model: &str| figures(&backtest(&environment, &tape.path(), &format!("--fill-model {model}")));
    let instant = with("instant");
    assert_eq!((instant.fill_rate, instant.orders), (Some(1.0), instant.order_fills.fully));
    assert_eq!(instant.time_to_fill.p95_seconds, Some(0.0));
    let flatters = |report: &host_report::Report| report.about.as_ref().and_then(|about| about.flatters.clone());
    assert!(flatters(&instant).is_some_and(|how| how.contains("1.3 c a contract")), "{:?}", instant.about);
    let touch = with("touch");
    assert_eq!((flatters(&touch), &touch.lower_estimate, touch.fill_ground), (None, &None, None));
    assert!(touch.fill_rate < Some(0.9) && touch.fills > 10, "{:?}", touch.fill_rate);
    let queue = with("queue");
    let rates = [instant, with("probabilistic"), queue, touch].map(|report| report.fill_rate_per_order);
    assert!(rates.is_sorted_by(|kinder, harder| kinder >= harder), "instant, probabilistic, queue, touch: {rates:?}");
    // n orders with a fill probability of 0.8 have a mean of 0.8 n fills and a variance of 0.16 n: four standard
    // deviations.
    let many = "coin --param threshold=0.5 --set risk.max_open_positions=100 --set exchange.seed";
    let (mut orders, mut filled) = (0, 0);
    for seed in 0..4 {
        let fills = with(&format!("{many}={seed}")).order_fills;
        orders += fills.fully + fills.partly + fills.none;
        filled += fills.fully + fills.partly;
    }
    let (orders, filled) = (orders as f64, filled as f64);
    assert!(orders > 300.0, "{orders} orders prove nothing");
    assert!((filled - 0.8 * orders).abs() < 4.0 * (0.16 * orders).sqrt(), "{filled} of {orders}");
}

#[test]
fn a_tape_with_trades_is_traded_in_the_queue_with_touch_beside_it() {
    let (environment, tape) = (environment(), tape());
    let queue = figures(&backtest(&environment, &tape.path(), ""));
    let touch = figures(&backtest(&environment, &tape.path(), "--fill touch"));
    let model = |report: &host_report::Report| report.about.as_ref().map(|about| about.fill_model.clone());
    assert_eq!((model(&queue).as_deref(), model(&touch).as_deref()), (Some("queue"), Some("touch")));
    let lower = queue.lower_estimate.as_deref().expect("a lower estimate");
    assert_eq!((model(lower), lower.net_pnl, lower.trades), (model(&touch), touch.net_pnl, touch.trades));
    assert_eq!((lower.sharpe, lower.fill_rate_per_wish), (touch.sharpe, touch.fill_rate_per_wish));
    assert!(queue.fill_rate_per_wish > queue.fill_rate_per_order && queue.wishes.filled > 0, "{:?}", queue.wishes);
    let ground = queue.fill_ground.expect("the ground of its fills");
    assert_eq!((ground.orders, ground.without_trades), (queue.orders, 0));
    let without = figures(&backtest(&environment, &tape.path(), "--no-lower"));
    assert_eq!((&without.lower_estimate, without.net_pnl), (&None, queue.net_pnl));
    let table = environment.run(&format!("backtest --strategy {} --tape {}", mean_reversion(), tape.path())).success();
    let headings = table.lines().find(|line| line.starts_with("Metric")).expect("headings");
    assert_eq!(headings.split_whitespace().collect::<Vec<_>>().join(" "), "Metric best estimate: queue lower: touch");
    for row in ["\n  per order ", "\n  per wish "] {
        assert!(table.contains(row), "no {row}:\n{table}");
    }
}

#[test]
fn an_imported_tape_with_trades_gives_what_the_generated_one_gives() {
    let (environment, tape) = (environment(), tape());
    let recorded = csv_of(&tape.path());
    environment.write("rows.csv", recorded.quotes);
    environment.write("facts.json", recorded.markets);
    environment.write("trades.csv", recorded.trades);
    let options = "--poll 5m --until 2026-01-15 --fill-model queue";
    environment.run("data import rows.csv --out rows --markets facts.json").success();
    let stood_in = figures(&backtest(&environment, "rows", options));
    let ground = stood_in.fill_ground.expect("the ground of its fills");
    assert_eq!((ground.orders, ground.without_trades), (stood_in.orders, stood_in.orders));
    let args = format!("backtest --strategy {} --tape rows {options}", mean_reversion());
    let said = environment.run(&args).success();
    assert!(said.contains("Fills: no trades are known: decreases"), "{said}");
    environment.run("data import --trades trades.csv --out rows").success();
    let imported = figures(&backtest(&environment, "rows", options));
    let generated = figures(&backtest(&environment, &tape.path(), options));
    assert_eq!(
        (imported.orders, imported.fills, imported.net_pnl),
        (generated.orders, generated.fills, generated.net_pnl)
    );
    assert_eq!(imported.by_day, generated.by_day);
    assert!(imported.fills > 5, "too few to prove anything: {}", imported.fills);
}

#[test]
fn batch_boundaries_change_nothing() {
    let (environment, tape) = (environment(), tape());
    // Only up to the first poll that markets miss: there, sampling would see older quotes, and the tape has none.
    let until = "--until 2026-01-15 --fill-model touch";
    let whole = backtest(&environment, &tape.path(), &format!("--scores whole.csv {until}"));
    // The same rows, imported as a recording, are sampled, which cuts them into other batches.
    let recorded = csv_of(&tape.path());
    environment.write("rows.csv", recorded.quotes);
    environment.write("facts.json", recorded.markets);
    let columns = "time=time,market=market,bid=bid,ask=ask,bid_size=bid_size,ask_size=ask_size,last=last,volume=volume";
    let import = format!("data import rows.csv --out rows --columns {columns} --markets facts.json");
    environment.run(&import).success();
    let sampled = backtest(&environment, "rows", &format!("--poll 5m --scores sampled.csv {until}"));
    let (one, other) = (environment.read("whole.csv"), environment.read("sampled.csv"));
    assert_eq!(one.lines().zip(other.lines()).find(|(one, other)| one != other), None);
    assert_eq!(one.lines().count(), other.lines().count());
    let (whole, sampled) = (figures(&whole), figures(&sampled));
    assert_eq!((whole.signals, whole.orders, whole.net_pnl), (sampled.signals, sampled.orders, sampled.net_pnl));
    assert_eq!(whole.by_day, sampled.by_day);
    assert!(whole.trades > 5, "too few trades to prove anything: {}", whole.trades);
}

/// Input files for `host data import`.
struct Recorded {
    quotes: String,
    trades: String,
    markets: String,
}

/// Writes a tape as the recording that it could have been imported from.
fn csv_of(path: &str) -> Recorded {
    let tape = Tape::open(path).expect("a tape");
    let mut quotes = String::from("time,market,bid,ask,bid_size,ask_size,last,volume\n");
    let (mut reader, mut batch) = (tape.reader(), Quotes::default());
    let cell = |figure: f64| if figure.is_nan() { String::new() } else { figure.to_string() };
    while reader.next_batch(&mut batch).expect("rows") {
        let rows = batch.all();
        for row in 0..rows.len() {
            let ticker = &tape.markets()[rows.market[row] as usize].ticker;
            let figures = [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume];
            let figures = figures.map(|column| cell(column[row])).join(",");
            quotes.push_str(&format!("{},{ticker},{figures}\n", rows.time[row]));
        }
    }
    let mut trades = String::from("time,market,price,quantity,taker\n");
    let (mut reader, mut batch) = (tape.trades_reader(), host_core::PublicTrades::default());
    while reader.next_batch(&mut batch).expect("trades") {
        for row in 0..batch.len() {
            let ticker = &tape.markets()[batch.market[row] as usize].ticker;
            let taker = if batch.taker[row] == host_core::Taker::Buys { "buy" } else { "sell" };
            let (time, price, quantity) = (batch.time[row], batch.price[row], batch.quantity[row]);
            trades.push_str(&format!("{time},{ticker},{price},{quantity},{taker}\n"));
        }
    }
    let facts = |market: &host_core::Market| {
        let settled = tape.settlements().iter().find(|settlement| settlement.market == market.id);
        let time = |time: Option<host_core::Timestamp>| time.map(|time| time.to_string());
        serde_json::json!({
            "ticker": market.ticker, "event": market.event, "series": market.series, "category": market.category,
            "title": market.title, "close_time": time(market.closes), "event_time": time(market.event_time),
            "result": settled.map(|settlement| settlement.outcome), "settle_time": time(settled.map(|at| at.time)),
        })
    };
    let markets: Vec<_> = tape.markets().iter().map(facts).collect();
    Recorded { quotes, trades, markets: serde_json::to_string(&markets).expect("JSON") }
}

#[test]
fn writing_scores_to_csv_or_parquet_changes_no_figure() {
    let (environment, tape) = (environment(), tape());
    let plain = backtest(&environment, &tape.path(), "");
    let csv = backtest(&environment, &tape.path(), "--scores scores.csv");
    let parquet = backtest(&environment, &tape.path(), "--scores scores.parquet");
    assert_eq!(without_clock(&plain), without_clock(&csv));
    assert_eq!(without_clock(&plain), without_clock(&parquet));
    let bytes = std::fs::read(environment.path("scores.parquet")).expect("scores");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "no whole Parquet file");
    let scores = environment.read("scores.csv");
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("time,market,score"));
    let mut previous = String::new();
    for line in lines {
        let [time, market, score] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(time >= previous.as_str() && market.starts_with("SYN"), "{line} after {previous}");
        assert!(score.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
        time.clone_into(&mut previous);
    }
    assert!(scores.lines().count() > 10_000, "{}", scores.lines().count());
}
