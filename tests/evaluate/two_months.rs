//! The proof of a calibration: an account trades live for a month, the fill models are calibrated by its orders, and in
//! the next month paper does as live does.

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::process::Running;
use crate::support::strategies::{confirm, environment, mean_reversion};

const MONTHS: [&str; 2] = ["2026-01-01", "2026-02-01"];

/// The case study's paper trader.
const STUDY: &str = "fill_model = \"coin\"\nfill_probability = 0.8\nslippage_std = 0.002\n";

/// Limits that are decided, and so wide that the strategy trades much. No exit crosses the spread: one that does costs
/// as much as many others earn, so that its month would say little of the next.
const SETTINGS: &str = "
[feed]
poll = \"2m\"
[capital]
target = 50000.0
[live]
sync = \"5m\"
reconcile = \"1h\"
snapshot = \"1h\"
[execution]
exit_escalates_after = 100
[risk]
max_position_size = 100.0
max_position_value = 500.0
max_order_size = 50.0
max_daily_loss = 20000.0
max_drawdown = 20000.0
max_open_positions = 60
max_consecutive_losses = 100000
max_portfolio_exposure = 50000.0
max_category_exposure = 50000.0
max_event_exposure = 50000.0
max_price_deviation = 0.1
max_volume_fraction = 0.03
min_spread = 0.01
max_repeated_executions = 100000
max_error_rate = 1.0
";

/// The figures of a month that must agree.
#[derive(Clone, Copy, Debug)]
struct MonthFigures {
    /// Share of the orders that got a fill.
    fill_rate: f64,
    /// Dollars a contract.
    slippage: f64,
    orders: u64,
}

impl MonthFigures {
    /// Within five points of the fill rate, and of the slippage a fifth or 0.05 cents.
    fn are_near(self, other: MonthFigures) -> bool {
        let slippage = (self.slippage - other.slippage).abs();
        (self.fill_rate - other.fill_rate).abs() <= 0.05 && slippage <= (other.slippage.abs() / 5.0).max(0.0005)
    }
}

/// Trades `month` at an exchange of its own, live or on paper with the settings `exchange`.
fn trade(environment: &Environment, month: &str, account: &str, exchange: Option<&str>) -> MonthFigures {
    let tape = "--accounts keys/exchange-accounts.json --tape tape --stepped --seed 7";
    let running = Running::start(environment, &format!("{tape} --start {month}"));
    let accounts: Value = serde_json::from_str(&environment.read("keys/exchange-accounts.json")).expect("accounts");
    let key = accounts["accounts"][0]["key_id"].as_str().expect("a key");
    let venue = format!("[venue]\nbase_url = \"http://{}/trade-api/v2\"\nclock = \"stepped\"\n", running.address);
    let keys = format!("key_id = \"{key}\"\nkey_file = \"keys/alex.key.pem\"\n");
    let settings = SETTINGS.replace("[live]\n", &format!("[live]\naccount = \"{account}\"\n"));
    let fills = exchange.unwrap_or(STUDY);
    environment.write("host.toml", format!("{venue}{keys}{settings}[exchange]\n{fills}"));
    let strategy = mean_reversion();
    let live = format!("--live --yes-i-mean-live={account} --no-go-anyway=test");
    let kind = if exchange.is_none() { live.as_str() } else { "" };
    environment
        .run(&format!("run --strategy {strategy} --param threshold=0.5 --venue kalshi {kind} --for 30d"))
        .success();
    let name = if exchange.is_none() { account.to_owned() } else { format!("paper:{account}") };
    let report = environment.run(&format!("report {name} --format json")).success();
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let figures = MonthFigures {
        fill_rate: report["fill_rate_per_order"].as_f64().expect("orders"),
        slippage: report["average_slippage"].as_str().expect("fills").parse().expect("a number"),
        orders: report["orders"].as_u64().expect("a number"),
    };
    println!("{month} {account:<10} {figures:?}");
    figures
}

/// Takes some ten minutes, so it is run by hand:
///
/// ```sh
/// cargo test --workspace --test evaluate -- --ignored --nocapture two_months
/// ```
#[test]
#[ignore = "six months of trading; the command is above"]
fn after_a_calibration_paper_trades_as_live_does_in_the_next_month() {
    let environment = environment();
    environment.run("exchange keygen --account alex --deposit 100000 --out keys").success();
    environment.run("data generate --markets 45 --for 62d --poll 1m --seed 21 --start 2026-01-01 --out tape").success();
    confirm(&environment, mean_reversion());
    trade(&environment, MONTHS[0], "first", None);
    println!("{}", environment.run("calibrate --live first --write").success());
    let file = environment.read("host.toml");
    let (_, calibrated) = file.split_once("[exchange]\n").expect("the section");
    // The coin's time to a fill is no way to the venue, which is what it is to a queue.
    let as_queue = |settings: &str| -> String {
        let kept = settings.lines().filter(|line| !line.starts_with("latency_mean_ms"));
        kept.map(|line| line.replace("\"coin\"", "\"queue\"") + "\n").collect()
    };

    let live = trade(&environment, MONTHS[1], "second", None);
    assert!(live.orders > 500, "{live:?}");
    let paper = |account: &str, exchange: &str| trade(&environment, MONTHS[1], account, Some(exchange));
    assert!(!paper("coin", STUDY).are_near(live), "the study's coin is near already");
    assert!(paper("coin-fit", calibrated).are_near(live));
    assert!(paper("queue", &as_queue(STUDY)).are_near(live));
    assert!(paper("queue-fit", &as_queue(calibrated)).are_near(live));
}
