//! Latches: what engages them, what releases them, and that a restart does not release them.

use super::*;
use crate::record::TradingState::{Active, Halted, Reduce};

const MIDNIGHT: Timestamp = Timestamp(20_001 * Span::DAY.0);

/// Simulates a restart: only the snapshot survives, as text, and all markets are listed again.
fn restart(setup: &mut Setup) {
    let text = serde_json::to_string(&setup.risk.snapshot()).unwrap();
    let snapshot = serde_json::from_str(&text).unwrap();
    setup.risk = RiskManager::restore(setup.risk.limits().clone(), snapshot).unwrap();
    setup.list_all();
}

fn change(state: crate::record::TradingState, reason: &str) -> Option<TradingChange> {
    Some(TradingChange { state, reason: reason.to_owned() })
}

#[test]
fn after_a_kill_no_order_leaves_even_after_a_restart() {
    let mut setup = Setup::new().after(|setup| setup.hold(0, 10, Usd::dollars(4)));
    assert_eq!(setup.risk.command(&kill()), change(Halted, "drill"));
    for _ in 0..2 {
        setup.order.intent = Intent::Entry;
        assert_eq!(setup.code(), "halted");
        (setup.order.side, setup.order.intent) = (Side::Sell, Intent::Exit);
        assert_eq!(setup.code(), "halted");
        setup.order.side = Side::Buy;
        // It is not released by another day, a profit or another latch.
        setup.risk.on_equity(MIDNIGHT + Span::days(1), CAPITAL + CAPITAL);
        setup.risk.command(&Command::Reduce { time: NOON, reason: String::new() });
        restart(&mut setup);
        assert_eq!(setup.risk.state(), Halted);
    }
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Active);
    setup.order.intent = Intent::Entry;
    assert_eq!(setup.code(), "");
}

#[test]
fn a_day_loss_holds_until_the_next_utc_day() {
    let mut setup = Setup::new();
    let breach = "max_daily_loss reached: 203.50 of 200.00; no entries until the next UTC day";
    assert_eq!(setup.risk.on_equity(NOON, Usd::micros(1_796_500_000)), change(Reduce, breach));
    assert_eq!(setup.risk.on_equity(NOON, CAPITAL), None, "reported once, and not released by a recovery");
    assert_eq!(setup.risk.state(), Reduce);
    restart(&mut setup);
    assert_eq!(setup.code(), "max_daily_loss");
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Reduce, "a resume must not grant a second day's loss");
    assert_eq!(setup.risk.on_equity(MIDNIGHT - Span(1), CAPITAL), None);
    let anew = change(Active, "a new UTC day: the day loss starts anew");
    assert_eq!(setup.risk.on_equity(MIDNIGHT, CAPITAL), anew);
}

#[test]
fn a_mismatch_holds_until_the_venue_agrees_or_the_operator_resumes() {
    let mut setup = Setup::new();
    assert_eq!(setup.risk.command(&Command::Reconciled { time: NOON }), None, "nothing to release");
    assert_eq!(setup.risk.command(&mismatch()), change(Reduce, "3 more"));
    restart(&mut setup);
    assert_eq!(setup.code(), "mismatch");
    // Another day does not release it.
    setup.risk.on_equity(MIDNIGHT, CAPITAL);
    assert_eq!(setup.risk.state(), Reduce);
    assert_eq!(setup.risk.command(&Command::Reconciled { time: NOON }), change(Active, "the venue agrees again"));
    assert_eq!(setup.code(), "");
    // It releases only the mismatch latch.
    setup.risk.command(&kill());
    setup.risk.command(&mismatch());
    assert_eq!(setup.risk.command(&Command::Reconciled { time: NOON }).unwrap().state, Halted);
    setup.risk.command(&mismatch());
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Active);
    // No order leaves where the position is in doubt, until a resume or an agreement releases it.
    for release in [resume(), Command::Reconciled { time: NOON }] {
        setup.risk.command(&dispute(&[0, 2]));
        restart(&mut setup);
        assert_eq!(setup.code(), "position_disputed");
        setup.risk.command(&release);
        setup.wait(Span::hours(1));
        assert_eq!(setup.code(), "");
    }
    // A later mismatch replaces the set of markets in doubt.
    let everything = Disputed::Everything;
    setup.risk.command(&Command::Mismatch { time: NOON, reason: "not compared".to_owned(), disputed: everything });
    assert_eq!(setup.code(), "position_disputed");
    setup.risk.command(&dispute(&[1]));
    setup.wait(Span::hours(1));
    assert_eq!(setup.code(), "mismatch");
}

#[test]
fn an_account_that_is_not_seen_holds_entries_until_it_is_whatever_a_person_says() {
    let mut setup = Setup::new();
    assert_eq!(setup.risk.command(&Command::Seen { time: NOON }), None, "nothing to release");
    assert_eq!(setup.risk.command(&unseen()), change(Reduce, "no answer since noon"));
    restart(&mut setup);
    assert!(setup.risk.is_account_unseen());
    assert_eq!(setup.code(), "account_unseen");
    // Neither an agreement from before nor a person ends it: nobody sees the account.
    setup.risk.command(&mismatch());
    setup.risk.command(&Command::Reconciled { time: NOON });
    let said = "checked (no entry leaves until the account is seen again)";
    assert_eq!(setup.risk.command(&resume()), change(Reduce, said));
    assert_eq!(setup.code(), "account_unseen");
    setup.hold(0, 10, Usd::dollars(4));
    (setup.order.side, setup.order.intent) = (Side::Sell, Intent::Exit);
    assert_eq!(setup.code(), "", "what reduces a position leaves");
    let seen = setup.risk.command(&Command::Seen { time: NOON });
    assert_eq!(seen, change(Active, "the account is seen again"));
    assert!(!setup.risk.is_account_unseen());
}

#[test]
fn a_venue_that_is_paused_gets_no_order_until_it_takes_them_again_whatever_a_person_says() {
    let resumed = Command::VenueResumed { time: NOON, reason: "it trades".to_owned() };
    let mut setup = Setup::new();
    assert_eq!(setup.risk.command(&resumed), None, "nothing to release");
    assert_eq!(setup.risk.command(&venue_paused()), change(Halted, "maintenance"));
    restart(&mut setup);
    assert!(setup.risk.is_venue_paused() && !setup.risk.is_killed());
    assert_eq!(setup.code(), "venue_paused");
    let said = "checked (no order leaves until the venue takes them again)";
    assert_eq!(setup.risk.command(&resume()), change(Halted, said));
    setup.hold(0, 10, Usd::dollars(4));
    (setup.order.side, setup.order.intent) = (Side::Sell, Intent::Exit);
    assert_eq!(setup.code(), "venue_paused", "exits wait too");
    // What a person has stopped stays so.
    setup.risk.command(&kill());
    assert_eq!(setup.risk.command(&resumed), change(Halted, "it trades"));
    assert!(!setup.risk.is_venue_paused() && setup.risk.is_killed());
    assert_eq!(setup.code(), "halted");
    setup.risk.command(&resume());
    assert_eq!(setup.code(), "");
}

#[test]
fn a_day_starts_with_the_last_equity_of_the_day_before() {
    let mut setup = Setup::new();
    setup.risk.on_equity(NOON, CAPITAL - Usd::dollars(100));
    restart(&mut setup);
    // The first equity of the new day arrives late, and its loss belongs to the new day.
    setup.risk.on_equity(MIDNIGHT + Span::hours(3), CAPITAL - Usd::dollars(250));
    assert_eq!(setup.risk.usage().day_loss, Usd::dollars(150));
    assert_eq!(setup.risk.state(), Active);
    setup.risk.on_equity(MIDNIGHT + Span::hours(4), CAPITAL - Usd::dollars(300));
    assert_eq!(setup.risk.state(), Reduce);
}

#[test]
fn a_drawdown_counts_across_days_and_restarts_until_the_operator_resumes() {
    let mut setup = Setup::new();
    setup.risk.on_equity(NOON, CAPITAL + Usd::dollars(150));
    for day in 1..=3 {
        restart(&mut setup);
        setup.risk.on_equity(NOON + Span::days(day), CAPITAL + Usd::dollars(150 - 150 * day));
    }
    assert_eq!(setup.risk.state(), Active);
    let breach = setup.risk.on_equity(NOON + Span::days(4), CAPITAL - Usd::dollars(350));
    assert_eq!(breach, change(Reduce, "max_drawdown reached: 500.00 of 500.00; no entries until resumed"));
    assert_eq!(setup.risk.on_equity(NOON + Span::days(5), CAPITAL), None);
    assert_eq!(setup.code(), "max_drawdown");
    // A resume starts a new peak; otherwise the next tick would engage the latch again.
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Active);
    assert_eq!(setup.risk.on_equity(NOON + Span::days(5), CAPITAL - Usd::dollars(100)), None);
    assert_eq!(setup.risk.usage().drawdown, Usd::dollars(100));
}

#[test]
fn losing_trades_count_in_a_row() {
    let mut setup = Setup::with(|limits| limits.max_consecutive_losses = 3);
    for net in [-1, -1, 1, -1, 0, -1] {
        assert_eq!(setup.risk.on_trade(&trade(Usd::micros(net))).0, None);
    }
    restart(&mut setup);
    let breach = "max_consecutive_losses reached: 3 of 3; no entries until resumed";
    assert_eq!(setup.risk.on_trade(&trade(Usd::micros(-1))).0, change(Reduce, breach));
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Active);
    assert_eq!(setup.risk.on_trade(&trade(Usd::micros(-1))).0, None, "a resume restarts the count");
}

#[test]
fn a_venue_that_rejects_stops_entries() {
    let mut setup = Setup::with(|limits| (limits.error_window, limits.max_error_rate) = (4, Fraction(500_000)));
    let mut changes = Vec::new();
    for end in [OrderState::Rejected, OrderState::Expired, OrderState::Filled, OrderState::Rejected] {
        setup.check().unwrap();
        let order = setup.last();
        changes.extend(match end {
            OrderState::Filled => setup.risk.on_fill(&order, &fill(&order, order.price, order.qty, setup.now)),
            _ => setup.risk.on_closed(&order, setup.now, end),
        });
        // An order can end only once.
        assert_eq!(setup.risk.on_closed(&order, setup.now, OrderState::Rejected), None);
        setup.wait(Span::seconds(10));
    }
    assert_eq!(changes, change(Reduce, "max_error_rate reached: 0.50 of 0.50; no entries until resumed").as_slice());
    let of = |reason: &str| limits_reached(reason).collect::<Vec<_>>();
    assert_eq!(of(&changes[0].reason), [RefusalCode::MaxErrorRate]);
    assert_eq!(of("max_daily_loss reached: 5 of 5; a; max_drawdown reached: 1 of 1; b").len(), 2);
    assert_eq!(of("alex: max_drawdown is near"), []);
    restart(&mut setup);
    assert_eq!(setup.code(), "max_error_rate");
    assert_eq!(setup.risk.command(&resume()).unwrap().state, Active);
}

#[test]
fn a_strategy_with_repeated_executions_stays_disabled_until_the_operator_resumes() {
    let mut setup = Setup::with(|limits| limits.max_repeated_executions = 1);
    for _ in 0..2 {
        setup.trade();
        setup.wait(Span::seconds(10));
    }
    assert_eq!(setup.code(), "repeated_execution");
    // Another day and a restart do not enable it. Other strategies go on trading, and it may close its position.
    setup.wait(Span::days(1));
    restart(&mut setup);
    assert_eq!(setup.code(), "repeated_execution");
    setup.order.slot = SlotId(1);
    assert_eq!(setup.code(), "");
    setup.hold(0, 10, Usd::dollars(4));
    (setup.order.slot, setup.order.side, setup.order.intent) = (SlotId(0), Side::Sell, Intent::Exit);
    setup.order.price = Price(4_400);
    assert_eq!(setup.code(), "");
    setup.risk.command(&resume());
    (setup.order.side, setup.order.intent, setup.order.price) = (Side::Buy, Intent::Entry, Price(4_300));
    assert_eq!(setup.code(), "");
}

#[test]
fn repeated_executions_within_the_limit_are_counted_per_day() {
    let mut setup = Setup::with(|limits| limits.max_repeated_executions = 1);
    for _ in 0..4 {
        setup.trade();
        setup.wait(Span::days(1));
    }
    assert_eq!(setup.code(), "");
}

#[test]
fn the_messages_of_the_last_minute_survive_a_restart() {
    let mut setup = Setup::with(|limits| limits.max_messages_per_minute = 4);
    (0..3).for_each(|_| setup.risk.on_cancel(SlotId(0), NOON));
    restart(&mut setup);
    assert_eq!(setup.code(), "max_messages");
    setup.wait(Span::minutes(1));
    assert_eq!(setup.code(), "");
}

#[test]
fn a_snapshot_that_cannot_be_read_is_an_error_not_a_fresh_start() {
    let mut json = serde_json::to_value(Setup::new().risk.snapshot()).unwrap();
    json.as_object_mut().unwrap().remove("guard");
    assert!(serde_json::from_value::<RiskSnapshot>(json).is_err());
}
