//! What stops trading, for how long, and that a restart does not start it again.

use super::*;
use crate::record::TradingState::{Active, Halted, Reduce};

const MIDNIGHT: Timestamp = Timestamp(20_001 * Span::DAY.0);

/// The process ends and starts again: only the snapshot survives, as text, and markets get other numbers.
fn restart(desk: &mut Desk) {
    let text = serde_json::to_string(&desk.risk.snapshot()).unwrap();
    let snapshot = serde_json::from_str(&text).unwrap();
    desk.risk = RiskManager::restore(desk.risk.limits().clone(), snapshot).unwrap();
    desk.list_all();
}

fn change(state: crate::record::TradingState, reason: &str) -> Option<TradingChange> {
    Some(TradingChange { state, reason: reason.to_owned() })
}

#[test]
fn a_kill_lets_nothing_out_and_survives_a_restart() {
    let mut desk = Desk::new().after(|desk| desk.hold(0, 10, Usd::dollars(4)));
    assert_eq!(desk.risk.command(&kill()), change(Halted, "drill"));
    for _ in 0..2 {
        desk.order.intent = Intent::Entry;
        assert_eq!(desk.code(), "halted");
        (desk.order.side, desk.order.intent) = (Side::Sell, Intent::Exit);
        assert_eq!(desk.code(), "halted");
        desk.order.side = Side::Buy;
        // Neither another day, nor profit, nor the strictness of another latch lifts it.
        desk.risk.on_equity(MIDNIGHT + Span::days(1), CAPITAL + CAPITAL);
        desk.risk.command(&Command::Reduce { time: NOON, reason: String::new() });
        restart(&mut desk);
        assert_eq!(desk.risk.state(), Halted);
    }
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Active);
    desk.order.intent = Intent::Entry;
    assert_eq!(desk.code(), "");
}

#[test]
fn a_day_loss_holds_until_the_next_utc_day() {
    let mut desk = Desk::new();
    let breach = "max_daily_loss reached: 203.50 of 200.00; no entries until the next UTC day";
    assert_eq!(desk.risk.on_equity(NOON, Usd(1_796_500_000)), change(Reduce, breach));
    assert_eq!(desk.risk.on_equity(NOON, CAPITAL), None, "reported once, and not lifted by a recovery");
    assert_eq!(desk.risk.state(), Reduce);
    restart(&mut desk);
    assert_eq!(desk.code(), "max_daily_loss");
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Reduce, "a resume must not grant a second day's loss");
    assert_eq!(desk.risk.on_equity(MIDNIGHT - Span(1), CAPITAL), None);
    let anew = change(Active, "a new UTC day: the day loss starts anew");
    assert_eq!(desk.risk.on_equity(MIDNIGHT, CAPITAL), anew);
}

#[test]
fn a_mismatch_holds_until_the_venue_agrees_or_a_person_resumes() {
    let mut desk = Desk::new();
    assert_eq!(desk.risk.command(&Command::Reconciled { time: NOON }), None, "nothing to release");
    assert_eq!(desk.risk.command(&mismatch()), change(Reduce, "3 more"));
    restart(&mut desk);
    assert_eq!(desk.code(), "mismatch");
    // Another day does not settle it.
    desk.risk.on_equity(MIDNIGHT, CAPITAL);
    assert_eq!(desk.risk.state(), Reduce);
    assert_eq!(desk.risk.command(&Command::Reconciled { time: NOON }), change(Active, "the venue agrees again"));
    assert_eq!(desk.code(), "");
    // It releases just that one.
    desk.risk.command(&kill());
    desk.risk.command(&mismatch());
    assert_eq!(desk.risk.command(&Command::Reconciled { time: NOON }).unwrap().state, Halted);
    desk.risk.command(&mismatch());
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Active);
    // Where the position is in doubt nothing leaves, until either releases it.
    for release in [resume(), Command::Reconciled { time: NOON }] {
        desk.risk.command(&dispute(&[0, 2]));
        restart(&mut desk);
        assert_eq!(desk.code(), "position_disputed");
        desk.risk.command(&release);
        desk.wait(Span::hours(1));
        assert_eq!(desk.code(), "");
    }
    // A later mismatch says anew what is in doubt.
    let everything = Disputed::Everything;
    desk.risk.command(&Command::Mismatch { time: NOON, reason: "not compared".to_owned(), disputed: everything });
    assert_eq!(desk.code(), "position_disputed");
    desk.risk.command(&dispute(&[1]));
    desk.wait(Span::hours(1));
    assert_eq!(desk.code(), "mismatch");
}

#[test]
fn a_day_starts_with_the_last_equity_of_the_day_before() {
    let mut desk = Desk::new();
    desk.risk.on_equity(NOON, CAPITAL - Usd::dollars(100));
    restart(&mut desk);
    // The first equity of the new day comes late, and shows a loss that belongs to it.
    desk.risk.on_equity(MIDNIGHT + Span::hours(3), CAPITAL - Usd::dollars(250));
    assert_eq!(desk.risk.usage().day_loss, Usd::dollars(150));
    assert_eq!(desk.risk.state(), Active);
    desk.risk.on_equity(MIDNIGHT + Span::hours(4), CAPITAL - Usd::dollars(300));
    assert_eq!(desk.risk.state(), Reduce);
}

#[test]
fn a_drawdown_counts_over_days_and_restarts_until_a_person_resumes() {
    let mut desk = Desk::new();
    desk.risk.on_equity(NOON, CAPITAL + Usd::dollars(150));
    for day in 1..=3 {
        restart(&mut desk);
        desk.risk.on_equity(NOON + Span::days(day), CAPITAL + Usd::dollars(150 - 150 * day));
    }
    assert_eq!(desk.risk.state(), Active);
    let breach = desk.risk.on_equity(NOON + Span::days(4), CAPITAL - Usd::dollars(350));
    assert_eq!(breach, change(Reduce, "max_drawdown reached: 500.00 of 500.00; no entries until resumed"));
    assert_eq!(desk.risk.on_equity(NOON + Span::days(5), CAPITAL), None);
    assert_eq!(desk.code(), "max_drawdown");
    // A resume starts a new peak; else the next tick would latch again.
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Active);
    assert_eq!(desk.risk.on_equity(NOON + Span::days(5), CAPITAL - Usd::dollars(100)), None);
    assert_eq!(desk.risk.usage().drawdown, Usd::dollars(100));
}

#[test]
fn losing_trades_count_in_a_row() {
    let mut desk = Desk::with(|limits| limits.max_consecutive_losses = 3);
    for net in [-1, -1, 1, -1, 0, -1] {
        assert_eq!(desk.risk.on_trade(&trade(Usd(net))), None);
    }
    restart(&mut desk);
    let breach = "max_consecutive_losses reached: 3 of 3; no entries until resumed";
    assert_eq!(desk.risk.on_trade(&trade(Usd(-1))), change(Reduce, breach));
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Active);
    assert_eq!(desk.risk.on_trade(&trade(Usd(-1))), None, "a resume starts the count anew");
}

#[test]
fn a_venue_that_rejects_halts_trading() {
    let mut desk = Desk::with(|limits| (limits.error_window, limits.max_error_rate) = (4, Fraction(500_000)));
    let mut changes = Vec::new();
    for end in [OrderState::Rejected, OrderState::Expired, OrderState::Filled, OrderState::Rejected] {
        desk.ask().unwrap();
        let order = desk.last();
        changes.extend(match end {
            OrderState::Filled => desk.risk.on_fill(&order, &fill(&order, order.price, order.qty, desk.now)),
            _ => desk.risk.on_closed(&order, desk.now, end),
        });
        // An order ends once.
        assert_eq!(desk.risk.on_closed(&order, desk.now, OrderState::Rejected), None);
        desk.wait(Span::seconds(10));
    }
    assert_eq!(changes, change(Halted, "max_error_rate reached: 0.50 of 0.50; no orders until resumed").as_slice());
    restart(&mut desk);
    assert_eq!(desk.code(), "max_error_rate");
    assert_eq!(desk.risk.command(&resume()).unwrap().state, Active);
}

#[test]
fn a_strategy_that_repeats_itself_stays_disabled_until_a_person_resumes() {
    let mut desk = Desk::with(|limits| limits.max_repeated_executions = 1);
    for _ in 0..2 {
        desk.trade();
        desk.wait(Span::seconds(10));
    }
    assert_eq!(desk.code(), "repeated_execution");
    // Another day and a restart do not enable it; others trade on, and it may leave its position.
    desk.wait(Span::days(1));
    restart(&mut desk);
    assert_eq!(desk.code(), "repeated_execution");
    desk.order.slot = SlotId(1);
    assert_eq!(desk.code(), "");
    desk.hold(0, 10, Usd::dollars(4));
    (desk.order.slot, desk.order.side, desk.order.intent) = (SlotId(0), Side::Sell, Intent::Exit);
    desk.order.price = Price(4_400);
    assert_eq!(desk.code(), "");
    desk.risk.command(&resume());
    (desk.order.side, desk.order.intent, desk.order.price) = (Side::Buy, Intent::Entry, Price(4_300));
    assert_eq!(desk.code(), "");
}

#[test]
fn rounds_are_counted_by_day_while_within_the_limit() {
    let mut desk = Desk::with(|limits| limits.max_repeated_executions = 1);
    for _ in 0..4 {
        desk.trade();
        desk.wait(Span::days(1));
    }
    assert_eq!(desk.code(), "");
}

#[test]
fn the_minute_s_messages_survive_a_restart() {
    let mut desk = Desk::with(|limits| limits.max_messages_per_minute = 4);
    (0..3).for_each(|_| desk.risk.on_cancel(NOON));
    restart(&mut desk);
    assert_eq!(desk.code(), "max_messages");
    desk.wait(Span::minutes(1));
    assert_eq!(desk.code(), "");
}

#[test]
fn a_snapshot_that_cannot_be_read_is_an_error_not_a_fresh_start() {
    let mut json = serde_json::to_value(Desk::new().risk.snapshot()).unwrap();
    json.as_object_mut().unwrap().remove("guard");
    assert!(serde_json::from_value::<RiskSnapshot>(json).is_err());
}
