//! The lines that strategies draw over prices while they trade live: kept, shown, and never in the way.

use std::io::{Read, Write};
use std::net::TcpStream;

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::control::stop::StopTerms;
use host_live::settings::LiveSettings;
use host_monitor::dashboard::DashboardServer;
use host_monitor::dashboard::access::{Access, Scope};
use host_monitor::dashboard::settings::DashboardSettings;
use host_venues::kalshi::KalshiSettings;
use serde_json::json;

use crate::account::{Account, restless};
use crate::support::strategies::{build, environment, mean_reversion, write_crate};

/// Returns the page of the market `ticker` on the account's dashboard.
fn market_page(account: &Account, ticker: &str) -> String {
    let folder = AccountDir::at(account.folder().join("kalshi-alex"));
    let access = Access::of(folder.path());
    let terms = StopTerms::new(folder, &KalshiSettings::default(), &LiveSettings::default(), Span::seconds(30));
    let settings = DashboardSettings { listen: "127.0.0.1:0".parse().expect("an address"), ..Default::default() };
    let server = DashboardServer::start(settings, "alex", terms).expect("it is served");
    let now = Timestamp(host_system::clock::unix_nanos());
    let code = access.make_code(Scope::View, "test", now).expect("a code");
    let token = access.sign_in(&code, now).expect("the list of sessions").expect("it is signed in");
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    let (host, end) = (server.address(), "Connection: close\r\n\r\n");
    let cookie = format!("Cookie: host-session={token}\r\n");
    write!(stream, "GET /market/{ticker} HTTP/1.1\r\nHost: {host}\r\n{cookie}{end}").expect("it is sent");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    page
}

/// Returns the number of samples that are kept.
fn samples(account: &Account) -> i64 {
    account.count("SELECT count(*) FROM chart_lines")
}

fn lines_ended(account: &Account) -> i64 {
    account.count("SELECT count(*) FROM notices WHERE code = 'lines_ended' AND severity = 'warning'")
}

#[test]
fn fair_value_and_band_are_kept_over_a_restart_and_shown_with_the_price() {
    let account = Account::open(&json!({ "rules": [] }), 10, &[mean_reversion()], "");
    assert_eq!(account.trade("--for 84h").code, Some(0));
    let first = samples(&account);
    assert!(first > 50, "{first} samples");
    assert_eq!(account.trade("--for 12h").code, Some(0));
    assert!(samples(&account) > first, "none is drawn after a restart");
    assert_eq!(lines_ended(&account), 0);
    account.agree();
    let drawn = account.text("SELECT ticker FROM markets JOIN chart_lines ON market = id GROUP BY ticker LIMIT 1");
    let page = market_page(&account, &drawn);
    for path in ["class=\"band\" d=\"M", "class=\"fair\" d=\"M", "class=\"price\" d=\"M"] {
        assert!(page.contains(path), "no {path} in {page}");
    }
    assert!(page.contains("Dashed: the strategy"), "no legend in {page}");
    account.host("report alex --html account.html");
    let sheet = account.written("account.html");
    assert!(sheet.contains("class=\"fair\"") && !sheet.contains("keeps no lines"), "none in the tear sheet");
}

#[test]
fn a_strategy_without_lines_shows_none() {
    let account = Account::open(&json!({ "rules": [] }), 5, &[&restless()], "");
    assert_eq!(account.trade("--for 6h").code, Some(0));
    assert_eq!((samples(&account), lines_ended(&account)), (0, 0));
    let ticker = account.text("SELECT min(ticker) FROM markets");
    let page = market_page(&account, &ticker);
    assert!(page.contains("class=\"price\"") && !page.contains("class=\"fair\"") && !page.contains("Dashed"), "{page}");
}

#[test]
fn lines_that_trap_or_hang_cost_lines_alone_and_are_told_of_once() {
    let scribbler = build(write_crate(&environment(), "scribbler", include_str!("../support/sources/scribbler.rs")));
    let trade = |fault: &str| {
        let account = Account::open(&json!({ "rules": [] }), 10, &[&scribbler], "");
        // No order leaves, so that decisions depend on prices alone, and not on the moment in which an order arrives.
        let args = format!("--for 1d --param fault={fault} --set risk.min_spread=0.9 --set risk.max_spread=0.9");
        assert_eq!(account.trade(&args).code, Some(0));
        account.agree();
        let signals = account.text(
            "SELECT group_concat(time || ' ' || market || ' ' || (body ->> '$.action'), '; ') \
             FROM (SELECT * FROM records WHERE kind = 'signal' ORDER BY seq)",
        );
        (samples(&account), lines_ended(&account), signals)
    };
    let (drawn, ended, signals) = trade("0");
    let count = signals.matches(';').count();
    assert!(drawn > 1_000 && ended == 0 && count > 100, "{drawn} {ended} {count}");
    for fault in ["1", "2"] {
        let (few, ended, same_signals) = trade(fault);
        assert!(few > 0 && few < 300, "{few} samples of a strategy whose lines fail after 200");
        assert_eq!(ended, 1, "fault {fault}");
        assert!(same_signals == signals, "fault {fault} has changed decisions");
    }
}
