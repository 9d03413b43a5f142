//! The page's parts as people read them.

use host_live::control::kill_switch::Killed;
use host_live::control::status::{Ago, Identity, Today};
use host_live::control::venue_says::{AnnouncementLine, NextChange, VenueSays};

use super::*;

fn view(status: Status) -> StatusView {
    let identity =
        Identity { paper: false, venue: "kalshi".into(), account: "alex".into(), pid: 1, version: "0.2.0".into() };
    StatusView { identity, uptime_seconds: 60.0, killed: None, status: Some(status), status_age_seconds: 0.5 }
}

fn line(contracts: f64, cost: f64, mark: f64) -> PositionLine {
    PositionLine { ticker: "KX-1".into(), title: "Rain".into(), contracts, cost, mark, ..PositionLine::default() }
}

#[test]
fn a_position_is_shown_in_the_price_of_its_side() {
    let check = |line: PositionLine, expect: &str| assert_eq!(position(&line).held, expect);
    check(line(30.0, 9.6, 0.3), "30 YES at 32¢, now 30¢");
    check(line(-27.0, -6.48, 0.2), "27 NO at 76¢, now 80¢");
    check(line(-9.0, -4.32, 0.445), "9 NO at 52¢, now 55.5¢");
}

#[test]
fn an_order_to_sell_is_one_for_the_other_side() {
    let order_of = |side: &str| OrderLine {
        side: side.into(),
        price: 0.44,
        contracts: 26.0,
        filled: 17.0,
        standing: "resting".into(),
        age_seconds: 240.0,
        left_seconds: Some(360.0),
        ..OrderLine::default()
    };
    let row = order(&order_of("buy"));
    assert_eq!((row.what.as_str(), row.filled.as_str()), ("Buy 26 YES at 44¢; entry", "17 of 26"));
    assert_eq!((row.age.as_str(), row.left.as_str()), ("4 min", "6 min left"));
    assert_eq!(order(&order_of("sell")).what, "Buy 26 NO at 56¢; entry");
}

#[test]
fn the_state_says_what_matters_most() {
    let check = |view: &StatusView, expect: &str| {
        let status = view.status.as_ref().unwrap();
        assert_eq!(now(view, status).state, expect);
    };
    check(&view(Status::default()), "Trading");
    let venue_says = VenueSays { trading_active: Some(false), ..VenueSays::default() };
    check(&view(Status { state: TradingState::Halted, venue_says, ..Status::default() }), "Venue paused");
    check(&view(Status { state: TradingState::Halted, ..Status::default() }), "Halted");
    check(&view(Status { state: TradingState::Reduce, ..Status::default() }), "Only exits");
    let last_poll = Some(Ago { time: String::new(), age_seconds: 90.0 });
    let old = Status { last_poll, max_quote_age_seconds: 90.0, ..Status::default() };
    check(&view(old.clone()), "Prices are old: no order");
    check(&view(Status { max_quote_age_seconds: 91.0, ..old }), "Trading");
    let killed = Some(Killed { time: String::new(), by: "alex".into(), reason: String::new() });
    check(&StatusView { killed: killed.clone(), ..view(Status::default()) }, "Stopped");
    let hangs = StatusView { killed, status_age_seconds: 11.0, ..view(Status::default()) };
    check(&hangs, "The host hangs: its figures are old");
}

#[test]
fn words_of_strangers_stay_text() {
    let title = "<script>alert(1)</script>\u{202e}";
    let hostile = PositionLine { title: title.into(), ticker: "\"><b>".into(), ..line(1.0, 0.5, 0.5) };
    let announced = AnnouncementLine { kind: "<b>5".into(), text: title.into(), ..AnnouncementLine::default() };
    let venue_says = VenueSays { announcements: vec![announced], ..VenueSays::default() };
    let venue_link = "<b>502</b>".into();
    let status = Status { positions: vec![hostile], venue_link, venue_says, ..Status::default() };
    let frame = Frame::of(Some(&view(status)));
    for part in &frame.fragments {
        let Fragment { html, .. } = part;
        assert!(!html.contains("<script") && !html.contains("<b>5") && !html.contains("\"><b>"), "{html}");
    }
    assert!(frame.part("positions").contains("alert(1)"));
}

#[test]
fn what_the_venue_says_stands_beside_what_is_measured() {
    let at = |seconds| Some(Ago { time: "2026-12-01T07:59:00.000Z".into(), age_seconds: seconds });
    let next =
        NextChange { at: "2026-12-01T08:00:00.000Z".into(), in_seconds: 59.0, what: "maintenance until 10:00".into() };
    let check = |venue_says: VenueSays, expect: &[&str]| {
        let (venue_link, next_change) = ("up".to_owned(), Some(next.clone()));
        let status = Status { venue_link, venue_says, next_change, ..Status::default() };
        let frame = Frame::of(Some(&view(status)));
        let text = frame.part("venue");
        for words in expect {
            assert!(text.contains(words), "{words} is not in {text}");
        }
    };
    let trades =
        VenueSays { exchange_active: Some(true), trading_active: Some(true), at: at(30.0), ..VenueSays::default() };
    let coming = "2026-12-01 08:00 UTC<small class=\"soft\">maintenance until 10:00, in 59 s";
    check(trades.clone(), &["<h2>kalshi: up</h2>", "it trades<small class=\"soft\">heard 30 s ago</small>", coming]);
    let announced = AnnouncementLine { at: at(60.0), kind: "warning".into(), text: "We look into delays.".into() };
    let paused = VenueSays {
        trading_active: Some(false),
        resumes: Some("2026-12-01T08:30:00.000Z".into()),
        announcements: vec![announced],
        ..trades.clone()
    };
    let said = "Announced (warning, 2026-12-01 07:59): We look into delays.";
    check(paused, &["<h2>kalshi: trading is paused</h2>", "expects to be back 1 Dec 08:30; heard", said]);
    let lost = VenueSays { at: at(420.0), problem: Some("it failed with 500".into()), ..VenueSays::default() };
    check(
        lost,
        &[
            "<h2>kalshi: up</h2>",
            "not known<small class=\"soft\">heard 7 min ago</small>",
            "since: it failed with 500</p>",
        ],
    );
}

#[test]
fn ages_follow_the_poll_and_the_oldest_price_to_trade_on() {
    let last_poll = Some(Ago { time: "2026-01-06T04:05:30.000Z".into(), age_seconds: 4.0 });
    let status = Status { last_poll, poll_seconds: 30.0, max_quote_age_seconds: 90.0, ..Status::default() };
    let frame = Frame::of(Some(&view(status)));
    assert_eq!((frame.age_seconds, frame.late_seconds, frame.stale_seconds), (Some(4.5), 45.0, 90.0));
    assert!(frame.part("now").contains("04:05:30 UTC"));
    assert_eq!(Frame::of(None).fragments, []);
}

#[test]
fn refusals_are_counted_by_reason_in_words() {
    let line = |code: &str, times| RefusalLine { code: code.into(), times, last: "2026-01-06T17:53:00.000Z".into() };
    let today = Today { refusals: vec![line("max_open_positions", 43), line("new_one", 1)], ..Today::default() };
    let html = Frame::of(Some(&view(Status { today, ..Status::default() }))).part("refusals").to_owned();
    assert!(html.contains("44 refusals") && html.contains("max_open_positions") && html.contains("17:53"), "{html}");
}
