//! A status with all that there may be.

use std::collections::{BTreeMap, BTreeSet};

use host_core::Timestamp;
use host_live::control::kill_switch::Killed;
use host_live::control::status::{Ago, Identity, LimitLine, OrderLine, PositionLine, Reconciliation};
use host_live::disk_use::DiskUse;
use host_live::notice::NoticeCount;
use host_live::summary::SessionCounts;

use super::*;

fn ago(age_seconds: f64) -> Ago {
    Ago { time: Timestamp(0).to_string(), age_seconds }
}

fn status() -> Status {
    let position = PositionLine {
        slot: "mean".to_owned(),
        ticker: "KX-\"1\"".to_owned(),
        contracts: -27.0,
        unrealised: Some(1.25),
        ..PositionLine::default()
    };
    let disk = DiskUse {
        journal_bytes: 10,
        recording_bytes: 20,
        archive_bytes: 30,
        free_bytes: 86_400,
        growth_bytes_per_day: Some(86_400),
    };
    let notice = NoticeCount { code: "venue_down".to_owned(), severity: "alert".to_owned(), count: 2 };
    Status {
        equity: 2_000.5,
        day_profit: -3.25,
        positions: vec![position],
        orders: vec![OrderLine::default()],
        unknown_orders: 1,
        last_poll: Some(ago(3.0)),
        venue_link: "up".to_owned(),
        breaker: "closed".to_owned(),
        reconciliation: Some(Reconciliation { at: ago(60.0), mismatches: Vec::new() }),
        disk: Some(disk),
        slots: vec![SlotLine {
            slot: "mean".to_owned(),
            standing: "trading".to_owned(),
            limits: vec![LimitLine { code: "max_exposure".to_owned(), used: 1.0, limit: 4.0, ..LimitLine::default() }],
            ..SlotLine::default()
        }],
        counts: SessionCounts { orders: 4, fills: 3, trades: 1, refused: 5 },
        refusals: BTreeMap::from([("stale_quote".to_owned(), 5)]),
        notices: vec![notice],
        ..Status::default()
    }
}

fn view(status: Option<Status>) -> StatusView {
    let identity = Identity::of_this_process("kalshi", "alex");
    StatusView { identity, uptime_seconds: 100.0, killed: None, status, status_age_seconds: 0.5 }
}

fn names(text: &str) -> BTreeSet<&str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect()
}

/// The metrics that `text` names.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("host_")).collect()
}

#[test]
fn all_that_the_status_says_is_rendered() {
    let text = render(&view(Some(status())));
    let check = |sample: &str| assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    let of = "account=\"alex\",venue=\"kalshi\"";
    check(&format!("host_equity_dollars{{{of}}} 2000.5"));
    check(&format!("host_trading_state{{{of},state=\"active\"}} 1"));
    check(&format!("host_trading_state{{{of},state=\"halted\"}} 0"));
    check(&format!("host_position_contracts{{{of},slot=\"mean\",market=\"KX-\\\"1\\\"\"}} -27"));
    check(&format!("host_last_poll_age_seconds{{{of}}} 3.5"));
    check(&format!("host_disk_left_seconds{{{of}}} 86400"));
    check(&format!("host_slot_limit_used_ratio{{{of},slot=\"mean\",limit=\"max_exposure\"}} 0.25"));
    check(&format!("host_slot_quarantined{{{of},slot=\"mean\"}} 0"));
    check(&format!("host_refusals_total{{{of},code=\"stale_quote\"}} 5"));
    check(&format!("host_notices_total{{{of},code=\"venue_down\",severity=\"alert\"}} 2"));
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
        assert_eq!(text.matches(&format!("# HELP {name} ")).count(), 1, "{name}");
    }
}

#[test]
fn a_host_that_has_not_begun_says_what_it_can() {
    let text = render(&view(None));
    assert_eq!(names(&text), BTreeSet::from(["host_build_info", "host_killed", "host_uptime_seconds"]));
}

#[test]
fn dashboard_rules_and_documentation_name_metrics_that_there_are() {
    let text = render(&view(Some(status())));
    let rendered = names(&text);
    let documents = [
        include_str!("../../../docs/monitoring/grafana.json"),
        include_str!("../../../docs/monitoring/prometheus-rules.yml"),
        include_str!("../../../docs/monitoring.md"),
    ];
    for document in documents {
        let named = named(document);
        assert!(named.len() > 5, "{named:?}");
        let unknown: Vec<_> = named.difference(&rendered).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
    let undocumented: Vec<_> = rendered.difference(&named(documents[2])).copied().collect();
    assert!(undocumented.is_empty(), "not in monitoring.md: {undocumented:?}");
}

#[test]
fn probes_say_why_not() {
    let healthy = view(Some(status()));
    assert_eq!((is_healthy(&healthy), is_ready(&healthy)), (Ok(()), Ok(())));
    let hung = StatusView { status_age_seconds: 31.0, ..healthy.clone() };
    assert_eq!(is_healthy(&hung), Err("the loop has not turned for 31 s".to_owned()));
    assert_eq!(is_ready(&hung), is_healthy(&hung));
    assert_eq!(is_ready(&view(None)), Err("the loop has not begun".to_owned()));
    let of = |text: &str| text.to_owned();
    let killed = Killed { time: of("noon"), by: of("alex"), reason: of("enough") };
    let killed = StatusView { killed: Some(killed), ..healthy };
    assert_eq!(is_healthy(&killed), Ok(()));
    assert_eq!(is_ready(&killed), Err("killed by alex at noon: enough".to_owned()));
    let with = |reconciliation| is_ready(&view(Some(Status { reconciliation, ..status() }))).unwrap_err();
    assert_eq!(with(None), "the books have not been compared with the venue's");
    let differs = Reconciliation { at: ago(1.0), mismatches: vec![of("cash")] };
    assert_eq!(with(Some(differs)), "the books differ from the venue's: cash");
}
