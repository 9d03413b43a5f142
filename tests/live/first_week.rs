//! The first week of the case study's live trading, as the study tells it, at a quarter of the capital.
//!
//! Both prices of its first two days, 0.43 between 0.42 and 0.44 and 0.455, are one tick inside the book only in a
//! market with prices in tenths of a cent, where a bid of 0.429 shows as 0.42. Its table counts each order that filled
//! as a trade: five fills cannot be five round trips, so its win rate and its profit are of something else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::environment::Environment;
use crate::support::rig::{LIVE, Rig};
use crate::support::strategies::{build, confirm, environment, write_crate};
use crate::support::webhook::WebServer;

/// Monday, 2026-03-02.
const MONDAY: i64 = 1_772_409_600;

/// Sizes of the bid that tell the strategy what to do; see `sources/week.rs`.
const BUY: i64 = 1_001;
const BUY_MORE: i64 = 1_002;
const EXIT: i64 = 1_003;
const QUIET: i64 = 800;

const MARKETS: [&str; 6] = ["KXCPI", "KXGAS", "KXJOBS", "KXPOLL", "KXRAIN", "KXSNOW"];

/// A quote: market, day, hour and minute from which it stands, bid, ask, and the size of the bid.
type Told = (&'static str, (i64, i64, i64), f64, f64, i64);

/// The markets of the week. A signal is said in one poll: five minutes later the quote is quiet again.
const WEEK: [Told; 27] = [
    ("KXCPI", (0, 0, 0), 0.429, 0.44, QUIET),
    ("KXGAS", (0, 0, 0), 0.60, 0.62, QUIET),
    ("KXJOBS", (0, 0, 0), 0.30, 0.45, QUIET),
    ("KXPOLL", (0, 0, 0), 0.36, 0.39, QUIET),
    ("KXRAIN", (0, 0, 0), 0.499, 0.51, QUIET),
    ("KXSNOW", (0, 0, 0), 0.70, 0.72, QUIET),
    // Day 1: three signals, two orders, one fill. In the evening the mid is 0.44.
    ("KXCPI", (0, 10, 0), 0.429, 0.44, BUY),
    ("KXCPI", (0, 10, 5), 0.42, 0.43, QUIET),
    ("KXCPI", (0, 10, 10), 0.43, 0.45, QUIET),
    ("KXGAS", (0, 11, 0), 0.60, 0.62, BUY),
    ("KXGAS", (0, 11, 5), 0.60, 0.62, QUIET),
    ("KXJOBS", (0, 12, 0), 0.30, 0.45, BUY),
    ("KXJOBS", (0, 12, 5), 0.30, 0.45, QUIET),
    // Day 2: the position is sold at 0.455; a buy at 0.38 is left behind.
    ("KXCPI", (1, 10, 0), 0.445, 0.456, EXIT),
    ("KXCPI", (1, 10, 5), 0.455, 0.47, QUIET),
    ("KXPOLL", (1, 11, 0), 0.379, 0.39, BUY),
    ("KXPOLL", (1, 11, 5), 0.41, 0.43, QUIET),
    // Day 3: in and out for a loss of 0.82, an order that expires, and a signal in a market that is too wide.
    ("KXRAIN", (2, 10, 0), 0.499, 0.51, BUY_MORE),
    ("KXRAIN", (2, 10, 5), 0.49, 0.50, QUIET),
    ("KXRAIN", (2, 12, 0), 0.45, 0.46, EXIT),
    ("KXRAIN", (2, 12, 5), 0.459, 0.47, QUIET),
    ("KXSNOW", (2, 13, 0), 0.70, 0.72, BUY),
    ("KXSNOW", (2, 13, 5), 0.70, 0.72, QUIET),
    // The weekend: two signals, one order and its fill.
    ("KXJOBS", (5, 10, 0), 0.30, 0.45, BUY),
    ("KXJOBS", (5, 10, 5), 0.30, 0.45, QUIET),
    ("KXGAS", (6, 10, 0), 0.60, 0.62, BUY),
    ("KXGAS", (6, 10, 5), 0.60, 0.601, QUIET),
];

/// The study's limits, and week one's pricing.
const SETTINGS: &str = "
[feed]
poll = \"5m\"
[live]
account = \"alex\"
sync = \"5m\"
reconcile = \"5m\"
[capital]
target = 2000.0
stage = 0.25
[execution]
entry_pricing = \"inside 1\"
exit_pricing = \"inside 1\"
order_expiry = \"10m\"
[risk]
max_position_size = 100
max_position_value = 500.0
max_order_size = 50.0
max_daily_loss = 200.0
max_portfolio_exposure = 2000.0
max_category_exposure = 800.0
max_price_deviation = 0.1
max_volume_fraction = 0.03
volume_unknown = \"allow\"
min_spread = 0.001
";

/// Writes the week as a tape. In each night there is some trading at the bid, because orders are limited to a share of
/// the day's.
fn write_tape(environment: &Environment) {
    let second = |(day, hour, minute): (i64, i64, i64)| MONDAY + 86_400 * day + 3_600 * hour + 60 * minute;
    let mut quotes: Vec<Told> = WEEK.to_vec();
    quotes.extend((0..7).flat_map(|day| MARKETS.map(|market| (market, (day, 0, 5), f64::NAN, f64::NAN, QUIET))));
    quotes.sort_by_key(|quote| second(quote.1));
    let (mut books, mut rows) = (BTreeMap::new(), String::new());
    for (market, at, bid, ask, size) in quotes {
        let book = books.entry(market).or_insert((bid, ask, 0));
        let last = if bid.is_nan() { book.0.to_string() } else { String::new() };
        *book = if bid.is_nan() { (book.0, book.1, book.2 + 1_000) } else { (bid, ask, book.2) };
        let (bid, ask, volume) = *book;
        rows += &format!("{},{market},{bid},{ask},{size},500,{last},{volume}\n", second(at));
    }
    let columns = ["time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume"];
    environment.write("quotes.csv", format!("{}\n{rows}", columns.join(",")));
    let fact = |market: &str| format!("{market},economics,0.001,{MONDAY},{}\n", MONDAY + 10 * 86_400);
    let facts: String = MARKETS.map(fact).concat();
    environment.write("facts.csv", format!("ticker,category,tick,opens,closes\n{facts}"));
    let columns = columns.map(|name| format!("{name}={name}")).join(",");
    environment.run(&format!("data import quotes.csv --columns {columns} --markets facts.csv --out tape")).success();
    // On Friday the venue answers one request with 500.
    let fault = json!({ "kind": "status", "status": 500, "body": true });
    let rule = json!({ "endpoint": "GET /markets", "chance": 1.0, "from": "98h", "times": 1, "fault": fault });
    environment.write("plan.json", json!({ "rules": [rule] }).to_string());
}

#[test]
fn the_studys_first_week_comes_out_as_its_days_tell_it() {
    let rig = Rig::playing(write_tape, "--start 2026-03-02 --faults plan.json");
    let text = rig.environment.read("host.toml");
    let (venue, _) = text.split_once("[live]").expect("the section after the venue's");
    let elsewhere = WebServer::start(&[]);
    let hook = format!("[[alerts.webhook]]\nkind = \"json\"\nurl = \"{}\"\n", elsewhere.url("/alex"));
    rig.environment.write("host.toml", format!("{venue}{SETTINGS}{hook}"));
    let own = environment();
    let strategy = build(write_crate(&own, "week", include_str!("../support/sources/week.rs")));
    confirm(&rig.environment, &strategy);
    let run = format!("run --strategy {strategy} {LIVE}");
    let outcome = rig.environment.run(&format!("{run} --for 7d"));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let logs = rig.environment.run("logs").success();
    for said in [
        "2026-03-02 10:05:00 order_filled order 1: filled, buy 15 KXCPI at 0.43",
        "2026-03-02 11:10:00 order_ended order 2: expired",
        "2026-03-03 10:05:00 order_filled order 4: filled, sell 15 KXCPI at 0.455",
        "2026-03-03 11:10:00 order_ended order 5: expired",
        "2026-03-04 13:10:00 order_ended order 8: expired",
        "reads_repeated a request succeeded only when it was repeated",
        "2026-03-08 10:05:00 order_filled order 10: filled, buy 15 KXGAS at 0.601",
    ] {
        assert!(logs.contains(said), "nothing says `{said}`:\n{logs}");
    }
    let printed = rig.environment.run("review alex --from 2026-03-02 --until 2026-03-09 --format json").success();
    let week: Value = serde_json::from_str(&printed).expect("JSON");
    let summary = &week["summary"];
    assert_eq!((&summary["orders_filled"], &summary["orders_ended"]), (&json!(5), &json!(8)), "{summary}");
    assert_eq!((&summary["uptime"], &summary["interventions"]), (&json!(1.0), &json!(0)), "{summary}");
    let of = |market: &str| -> Value {
        let lines = week["profit"]["by_market"].as_array().expect("markets");
        lines.iter().find(|line| line["market"] == market).expect("it was traded").clone()
    };
    let (kept, lost) = (of("KXCPI"), of("KXRAIN"));
    // In the evening of the first day, and in the end.
    assert_eq!((&kept["by_day"][0], &kept["total"]), (&json!("0.15"), &json!("0.375")), "{kept}");
    assert_eq!(lost["total"], "-0.82", "{lost}");
    let venue = &week["health"]["venue"];
    assert_eq!((&venue["repeated_reads"], &venue["outages"]), (&json!(1), &json!([])), "{venue}");
    assert_eq!(week["health"]["breaker"], json!(0), "{}", week["health"]);
    let alerts = rig.environment.run("notify log").success();
    assert!(alerts.contains("reads_repeated"), "{alerts}");
}
