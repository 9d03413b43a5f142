//! `host run --venue kalshi` without `--live`: the venue's market data, a pretend account, the shell of live trading.

use std::time::Duration;

use host_core::Span;
use serde_json::{Value, json};

use crate::account::Begun;
use crate::faults;
use crate::paper_account::{JOURNAL, PaperAccount};
use crate::support::journal;
use crate::support::process::{Host, signal};
use crate::support::rig::{LIVE, Rig, eager};
use crate::support::strategies::RANGE_BUYER;
use crate::support::wait::{eventually, within};
use crate::swap::counting;

/// 2026-01-01, the start of the exchange.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// Starts or goes on with the three weeks, and waits until they have come to `day`, counted from 0.
#[track_caller]
fn go_on_to(account: &PaperAccount, begun: &mut Begun, day: i64) {
    within(Duration::from_secs(300), &format!("day {day}"), || {
        begun.still_runs();
        (account.last_event_ns() >= BEGIN_NS + day * Span::DAY.0).then_some(())
    });
}

#[test]
fn three_weeks_on_paper_cross_kills_faults_restarts_and_a_swap() {
    let account = PaperAccount::open(&faults::all("5d"), 40, &[&counting("1.0.0", &[]), RANGE_BUYER]);
    let mut begun = account.begin("--for 21d");
    for day in [1, 4] {
        go_on_to(&account, &mut begun, day);
        begun.die();
        begun = account.begin("--for 21d");
    }
    go_on_to(&account, &mut begun, 7);
    let newer = counting("1.1.0", &[]);
    let swapped = account.run(&format!("swap counting {} --reason newer", account.confirmed(&newer))).success();
    assert!(swapped.starts_with("swapped: counting 1.1.0 ("), "{swapped}");
    go_on_to(&account, &mut begun, 10);
    let status = account.run("status").success();
    assert!(status.contains("PAPER alex") && !status.contains("LIVE"), "{status}");
    signal(&begun.child, "TERM");
    begun.ends_with(143);
    begun = account.begin("--for 21d");
    go_on_to(&account, &mut begun, 14);
    begun.die();
    begun = account.begin("--for 21d");
    begun.ends_with(0);
    let books = account.agree();
    assert!(books.orders.len() > 500 && books.fills.len() > 100 && !books.payouts.is_empty(), "{}", books.orders.len());
    assert!(books.slots.len() == 2, "{:?}", books.slots);
    // The time is that of the account, however often its host was started.
    let lasted = account.last_event_ns() - BEGIN_NS;
    assert!(lasted <= 21 * Span::DAY.0 + Span::minutes(10).0, "{lasted}");
    let compared = "SELECT count(*) FROM operator_log WHERE what LIKE '%differ%'";
    assert_eq!(account.count(compared), 0);
    let over = account.trade("--for 21d");
    assert!(over.code == Some(0) && over.stderr.contains("its time was over at"), "{over}");
    let more = account.trade("--for 22d --format json");
    assert_eq!(more.code, Some(0), "{more}");
    assert!(account.agree().orders.len() > books.orders.len());
    let report = account.run("report paper:alex").success();
    assert!(report.contains("Paper trading on recorded markets"), "{report}");
    let trades = account.run("data info live/paper-kalshi-alex/tape --format json").success();
    let trades: Value = serde_json::from_str(&trades).expect("JSON");
    assert!(trades["trades"].as_u64() > Some(100) && trades["rows"].as_u64() > Some(10_000), "{trades}");
}

#[test]
fn a_paper_journal_is_never_gone_on_with_as_live_nor_the_other_way() {
    let account = PaperAccount::open(&json!({ "rules": [] }), 10, &[RANGE_BUYER]);
    account.trade("--for 1h").success();
    let (paper, live) = (account.path("live/paper-kalshi-alex"), account.path("live/kalshi-alex"));
    std::fs::rename(&paper, &live).expect("a rename");
    account.give_key("");
    account.confirmed(RANGE_BUYER);
    let strategy = RANGE_BUYER;
    let refused = account.run(&format!("run --strategy {strategy} {LIVE}"));
    assert!(refused.code == Some(1) && refused.stderr.contains("on paper, loopback"), "{refused}");
    std::fs::rename(&live, &paper).expect("a rename");
    // Without its ledger, a pretend account is not begun anew beside its journal.
    std::fs::remove_file(paper.join("paper.ledger")).expect("a ledger");
    let refused = account.trade("--for 2h");
    assert!(refused.code == Some(1) && refused.stderr.contains("there is no ledger at"), "{refused}");
}

/// The fill model sees each change of the stream before the host does, and whatever it misses, lost or repeated.
#[test]
fn quotes_of_a_stream_fill_orders_on_paper_and_the_books_agree() {
    let account = PaperAccount::open(&faults::with_stream("20h"), 60, &[RANGE_BUYER]);
    account.give_key("websocket = true\n");
    let outcome = account.trade("--for 30h");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    assert!(books.orders.len() > 50 && books.fills.len() > 10, "{} {}", books.orders.len(), books.fills.len());
    let (_, report) = account.exchange.get("/simulation/faults");
    let rules =
        report["rules"].as_array().expect("rules").iter().zip(report["plan"]["rules"].as_array().expect("a plan"));
    let streamed: Vec<_> = rules.filter(|(_, rule)| rule["endpoint"] == "websocket").collect();
    let met = streamed.iter().filter(|(count, _)| count["injected"].as_u64() > Some(0));
    assert!(met.count() >= 2, "no fault of the stream happened: {streamed:?}");
}

/// A host on paper in wall-clock time at the exchange of `rig`, once it has orders.
fn trading(rig: &Rig) -> Host {
    let mut host = Host::start(&rig.environment, &format!("run --strategy {} --venue kalshi", eager()));
    host.wait_for("trading eager at kalshi on paper");
    eventually("an order on paper", || (orders(rig) > 0).then_some(()));
    host
}

/// The number of orders that the ledger has.
fn orders(rig: &Rig) -> i64 {
    let ledger = rig.environment.path("live/paper-kalshi-alex/paper.ledger");
    let count =
        |connection: rusqlite::Connection| connection.query_row("SELECT count(*) FROM orders", [], |row| row.get(0));
    journal::open(&ledger).ok().and_then(|connection| count(connection).ok()).unwrap_or(0)
}

#[test]
fn a_host_on_paper_is_marked_killed_and_resumed_as_a_live_one_and_sends_nothing() {
    let rig = Rig::running();
    let mut host = trading(&rig);
    assert!(host.said().contains("PAPER alex") && !host.said().contains("LIVE"), "{}", host.said());
    let status: Value = serde_json::from_str(&rig.environment.run("status --format json").success()).expect("JSON");
    assert_eq!(status["host"]["identity"]["paper"], true, "{status}");
    let killed = rig.environment.run("kill --reason test").success();
    assert!(killed.starts_with("verified: 0 open orders at kalshi"), "{killed}");
    host.wait_for("ALERT HALTED: ");
    rig.environment.run("resume --reason test").success();
    let before = orders(&rig);
    eventually("another order", || (orders(&rig) > before).then_some(()));
    // Who dies with orders open comes back to them; meanwhile a kill reaches the ledger directly.
    host.die();
    let killed = rig.environment.run("kill --account paper:alex").success();
    assert!(killed.starts_with("verified: 0 open orders at kalshi"), "{killed}");
    rig.environment.run("resume --reason test --account paper:alex").success();
    trading(&rig).die();
    assert!(rig.orders().is_empty(), "an order is at the exchange");
    assert_eq!(rig.environment.run("status").code, Some(0));
}

#[test]
fn market_data_that_stops_is_told_and_holds_entries() {
    let rig = Rig::running();
    let mut host = trading(&rig);
    let down = json!({ "kind": "status", "status": 503, "body": true });
    rig.faults(&json!({ "rules": [{ "endpoint": "GET /markets", "chance": 1.0, "fault": down }] }));
    host.wait_for("market data: the venue does not answer");
    host.wait_for("strategies were shown no poll since");
    let before = orders(&rig);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(orders(&rig), before, "an order without a price");
    rig.faults(&json!({ "rules": [] }));
    host.wait_for("strategies are shown polls again");
    eventually("another order", || (orders(&rig) > before).then_some(()));
}

#[test]
fn trades_that_stop_while_quotes_go_on_are_told() {
    let account = PaperAccount::open(&json!({ "rules": [] }), 40, &[RANGE_BUYER]);
    account.configure(&account.exchange.address, &account.proxy.address);
    account.configure("poll = \"10m\"", "poll = \"2m\"");
    account.trade("--for 6h").success();
    account.proxy.change(|request, status, mut body| {
        if request.starts_with("GET /trade-api/v2/markets/trades") {
            body["trades"] = json!([]);
        }
        (status, body)
    });
    let outcome = account.trade("--for 18h");
    let said = "and its list of trades has had none since";
    assert!(outcome.code == Some(0) && outcome.stderr.contains(said), "{outcome}");
    account.proxy.change(|request, status, body| match request.starts_with("GET /trade-api/v2/markets/trades") {
        true => (403, json!({})),
        false => (status, body),
    });
    let outcome = account.trade("--for 20h");
    let said = "the venue's trades cannot be read since";
    assert!(outcome.code == Some(0) && outcome.stderr.contains(said), "{outcome}");
    account.agree();
    let kept = account.count("SELECT count(*) FROM notices WHERE code = 'trades_missing'");
    assert_eq!(kept, 2);
    assert!(account.path(JOURNAL).exists());
}
