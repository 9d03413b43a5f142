//! Shares of slots: limits inside the account's, and latches that stop one slot alone.

use super::properties::{CENT, MARKETS, Model, ROUNDING, Rules, Step, rules, step};
use super::*;
use RefusalCode::*;
use proptest::prelude::*;

const MIDNIGHT: Timestamp = Timestamp(20_001 * Span::DAY.0);

/// Sets up a slot named `a`, whose order is checked, with these limits, and a slot `b` without own ones.
fn shared(change: impl FnOnce(&mut SlotLimits)) -> Setup {
    let mut own = SlotLimits::default();
    change(&mut own);
    named(Setup::with(|limits| drop(limits.slots.insert("a".to_owned(), own))))
}

fn named(mut setup: Setup) -> Setup {
    setup.risk.name_slot(SlotId(0), "a");
    setup.risk.name_slot(SlotId(1), "b");
    setup
}

/// Moves the profit of slot `a` to `micros`.
fn profit(setup: &mut Setup, micros: i64) -> Option<SlotChange> {
    setup.risk.on_slot_profit(SlotId(0), setup.now, Usd::micros(micros))
}

fn traded(setup: &mut Setup, slot: u16, micros: i64) -> (bool, bool) {
    let trade = Trade { slot: SlotId(slot), ..trade(Usd::micros(micros)) };
    let (account, own) = setup.risk.on_trade(&trade);
    (account.is_some(), own.is_some())
}

pub(super) const SLOTS: &[Case] = &[
    (
        SlotMarket,
        |over| shared(|own| own.markets = Some(vec![pick(over, "SNOW*", "RAIN*").to_owned()])),
        "RAIN-0",
        "its markets of slot a",
    ),
    (
        SlotMessages,
        |over| {
            // Three quarters of four are three.
            shared(|own| own.max_messages_per_minute = Some(4))
                .after(|setup| (0..pick(over, 3, 2)).for_each(|_| setup.risk.on_cancel(SlotId(0), NOON)))
        },
        "4",
        "3 of slot a",
    ),
    (
        SlotDailyLoss,
        |over| {
            shared(|own| own.max_daily_loss = Some(Usd::dollars(20))).after(|setup| {
                setup.risk.limits.size_taper = false;
                profit(setup, 1_000_000);
                profit(setup, pick(over, -19_000_000, -18_999_999));
            })
        },
        "20.00",
        "20.00 of slot a",
    ),
    (
        SlotDrawdown,
        |over| {
            shared(|own| (own.max_drawdown, own.max_daily_loss) = (Some(Usd::dollars(20)), None)).after(|setup| {
                setup.risk.limits.size_taper = false;
                profit(setup, 5_000_000);
                profit(setup, pick(over, -15_000_000, -14_999_999));
            })
        },
        "20.00",
        "20.00 of slot a",
    ),
    (
        SlotConsecutiveLosses,
        |over| {
            shared(|own| own.max_consecutive_losses = Some(3))
                .after(|setup| (0..pick(over, 3, 2)).for_each(|_| assert!(!traded(setup, 0, -1).0)))
        },
        "3",
        "3 of slot a",
    ),
    (
        SlotExposure,
        |over| {
            shared(|own| own.max_exposure = Some(Usd::dollars(50))).after(|setup| {
                setup.risk.limits.size_taper = false;
                setup.hold(5, 60, Usd::micros(pick(over, 45_700_001, 45_700_000)));
            })
        },
        "50.000001",
        "50.00 of slot a",
    ),
    (
        SlotOpenPositions,
        |over| {
            shared(|own| own.max_open_positions = Some(2))
                .after(|setup| (4..pick(over, 6, 5)).for_each(|id| setup.hold(id, 1, Usd::dollars(1))))
        },
        "3",
        "2 of slot a",
    ),
];

#[test]
fn a_slots_latch_stops_that_slot_alone_and_survives_a_restart_until_a_person_resumes_it() {
    let mut setup = shared(|own| own.max_daily_loss = Some(Usd::dollars(20)));
    assert_eq!(profit(&mut setup, 0), None);
    let stopped = profit(&mut setup, -20_000_000).unwrap();
    assert_eq!((stopped.slot, stopped.stopped), (SlotId(0), true));
    assert_eq!(stopped.reason, "max_daily_loss reached: 20.00 of 20.00; no entries until the next UTC day");
    assert_eq!(profit(&mut setup, 0), None, "told once, and not released by a recovery");
    let text = serde_json::to_string(&setup.risk.snapshot()).unwrap();
    let limits = setup.risk.limits().clone();
    setup.risk = RiskManager::restore(limits, serde_json::from_str(&text).unwrap()).unwrap();
    setup = named(setup);
    setup.list_all();
    assert_eq!(setup.code(), "slot_max_daily_loss");
    setup.order.slot = SlotId(1);
    assert_eq!(setup.code(), "", "the other slot trades");
    setup.wait(Span::minutes(1));
    setup.order.slot = SlotId(0);
    setup.risk.command(&resume());
    assert_eq!(setup.code(), "slot_max_daily_loss", "the account's resume is not the slot's");
    assert_eq!(setup.risk.slot_reasons(SlotId(0)).len(), 1);
    setup.risk.resume_slot(SlotId(0));
    assert_eq!(setup.code(), "");
    assert_eq!(profit(&mut setup, -19_999_999), None, "the loss is measured anew");
    assert!(profit(&mut setup, -20_000_000).is_some());
    setup.now = MIDNIGHT;
    assert!(!profit(&mut setup, -20_000_000).unwrap().stopped, "a new day");
}

#[test]
fn losing_trades_count_where_the_limit_is() {
    let mut setup = shared(|own| own.max_consecutive_losses = Some(9));
    for _ in 0..8 {
        assert_eq!(traded(&mut setup, 0, -1), (false, false));
    }
    // The slot without a limit counts for the account, which knows nothing of the other's losses.
    for _ in 0..9 {
        assert_eq!(traded(&mut setup, 1, -1), (false, false));
    }
    assert_eq!(traded(&mut setup, 1, -1), (true, false));
    assert_eq!(traded(&mut setup, 0, -1), (false, true));
}

#[test]
fn what_is_unknown_of_a_bounded_slot_does_not_hold_one_that_measures_itself() {
    let share = |exposure: Option<i64>, loss: Option<i64>| SlotLimits {
        max_exposure: exposure.map(Usd::dollars),
        max_daily_loss: loss.map(Usd::dollars),
        ..SlotLimits::default()
    };
    let check = |own: SlotLimits, other: SlotLimits, uncertain: u16, expect: &str| {
        let slots = |limits: &mut RiskLimits| {
            limits.slots.extend([("a".to_owned(), own), ("b".to_owned(), other)]);
        };
        let mut setup = named(Setup::with(slots));
        setup.risk.on_uncertain(vec![(SlotId(uncertain), "KX-1 lacks a side".to_owned())]);
        assert_eq!(setup.code(), expect);
    };
    check(share(None, Some(100)), share(Some(500), None), 1, "");
    check(share(None, Some(100)), share(Some(500), None), 0, "equity_unknown");
    check(share(None, Some(100)), share(None, Some(100)), 1, "equity_unknown");
    check(share(Some(500), None), share(Some(500), None), 1, "equity_unknown");
}

#[test]
fn messages_beyond_one_share_take_nothing_from_another() {
    let share = |most| SlotLimits { max_messages_per_minute: Some(most), ..SlotLimits::default() };
    let slots = |limits: &mut RiskLimits| {
        limits.slots.extend([("a".to_owned(), share(56)), ("b".to_owned(), share(60))]);
    };
    let mut setup = named(Setup::with(slots));
    // Cancels are never held, so a slot can send more than its share.
    (0..500).for_each(|_| setup.risk.on_cancel(SlotId(1), NOON));
    for sent in 0..42 {
        setup.order.price = Price(4_300 + 100 * (sent % 2));
        (setup.order.qty, setup.order.market) = (Qty::hundredths(100 + i64::from(sent)), MarketId(0));
        setup.risk.limits.duplicate_window_seconds = Span(1);
        assert_eq!(setup.code(), "", "order {sent}");
    }
    assert_eq!(setup.code(), "slot_max_messages");
    setup.order.slot = SlotId(1);
    assert_eq!(setup.code(), "max_messages");
}

#[test]
fn a_share_that_is_wider_than_the_accounts_is_refused_with_both() {
    let check = |json: &str, expect: &str| {
        let limits: RiskLimits = serde_json::from_str(&format!(r#"{{"slots": {{"a": {json}}}}}"#)).unwrap();
        assert_eq!(limits.validate().unwrap_err().to_string(), expect);
        assert!(limits.scaled(25).validate().is_err());
    };
    let wider = "is 2000.01, wider than the account's `risk.max_portfolio_exposure` of 2000.00";
    check(r#"{"max_exposure": 2000.01}"#, &format!("slot.a.max_exposure {wider}"));
    check(
        r#"{"max_open_positions": 6}"#,
        "slot.a.max_open_positions is 6, wider than the account's `risk.max_open_positions` of 5",
    );
    check(r#"{"max_daily_loss": 0}"#, "slot.a.max_daily_loss must be a number above 0 (dollars)");
    check(
        r#"{"max_messages_per_minute": 1}"#,
        "slot.a.max_messages_per_minute leaves no order after the share of cancels: raise it",
    );
    check(r#"{"markets": []}"#, "slot.a.markets lists no market: leave the key out to allow all of the account's");
}

#[test]
fn shares_scale_with_the_stage_as_the_accounts_limits_do() {
    let own = SlotLimits {
        max_exposure: Some(Usd::dollars(500)),
        max_daily_loss: Some(Usd::dollars(40)),
        max_drawdown: Some(Usd::dollars(100)),
        max_open_positions: Some(2),
        ..SlotLimits::default()
    };
    let full = RiskLimits { slots: [("a".to_owned(), own.clone())].into(), ..RiskLimits::default() };
    let quarter = SlotLimits {
        max_exposure: Some(Usd::dollars(125)),
        max_daily_loss: Some(Usd::dollars(10)),
        max_drawdown: Some(Usd::dollars(25)),
        ..own
    };
    assert_eq!(full.scaled(25).slots["a"], quarter);
}

/// Shares of three slots, in dollars, and their numbers of open positions.
fn shares() -> impl Strategy<Value = [(i64, u32); 3]> {
    let share = || (1..26i64, 1..4u32);
    [share(), share(), share()]
}

/// Returns a model whose slots have these shares, at least together within the account's.
fn divided(rules: &Rules, shares: &[(i64, u32); 3]) -> Model {
    let mut model = Model::with(rules, |limits| {
        limits.max_portfolio_exposure = Usd::dollars(80);
        limits.slots = shares
            .iter()
            .zip(["a", "b", "c"])
            .map(|(&(dollars, places), name)| {
                let (max_exposure, max_open_positions) = (Some(Usd::dollars(dollars)), Some(places));
                (name.to_owned(), SlotLimits { max_exposure, max_open_positions, ..SlotLimits::default() })
            })
            .collect();
    });
    for (number, name) in (0..).zip(["a", "b", "c"]) {
        model.setup.risk.name_slot(SlotId(number), name);
    }
    model
}

/// Returns what a slot can lose and the number of its positions, from the model alone.
fn of_slot(model: &Model, slot: SlotId) -> (i64, usize) {
    let (mut sum, mut open) = (0, 0);
    for market in (0..MARKETS).map(MarketId) {
        let (held, cost) = model.positions.get(&(slot, market)).copied().unwrap_or_default();
        let entries = model
            .working
            .iter()
            .filter(|(order, _)| (order.slot, order.market, order.intent) == (slot, market, Intent::Entry));
        let entries: Vec<_> = entries.collect();
        let side = |side: Side| {
            let own = entries.iter().filter(|(order, _)| order.side == side);
            let orders: i64 = own.map(|(order, left)| side.worst_loss(order.price, *left).0).sum();
            orders + if held * side.sign() > 0 { cost } else { 0 }
        };
        sum += side(Side::Buy).max(side(Side::Sell));
        open += usize::from(held != 0 || !entries.is_empty());
    }
    (sum, open)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_exceeds_its_share_and_all_of_them_never_the_accounts(
        steps in prop::collection::vec(step(), 1..120), rules in rules(), shares in shares(),
    ) {
        let mut model = divided(&rules, &shares);
        for step in &steps {
            model.apply(step);
            model.assert_within_limits();
            let mut sum = 0;
            for (number, (dollars, places)) in (0..).zip(shares) {
                let (exposure, open) = of_slot(&model, SlotId(number));
                let usage = model.setup.risk.slot_usage(SlotId(number)).limits;
                prop_assert!((usage.exposure.0 - exposure).abs() <= ROUNDING, "{} is not {exposure}", usage.exposure.0);
                prop_assert_eq!(usage.open_positions as usize, open);
                prop_assert!(exposure <= Usd::dollars(dollars).0 + ROUNDING);
                prop_assert!(open <= places as usize);
                sum += exposure;
            }
            prop_assert!(sum <= model.setup.risk.limits().max_portfolio_exposure.0 + ROUNDING);
        }
        for market in 0..MARKETS {
            model.apply(&Step::Settle { market });
        }
        for number in 0..3 {
            prop_assert_eq!(model.setup.risk.slot_usage(SlotId(number)), SlotUsage::default());
        }
    }

    #[test]
    fn the_largest_entry_is_what_the_share_allows(
        steps in prop::collection::vec(step(), 0..60), rules in rules(), shares in shares(),
        slot in 0..3u16, market in 0..MARKETS, cents in 1..100i32,
    ) {
        let mut model = divided(&rules, &shares);
        steps.iter().for_each(|step| model.apply(step));
        let setup = &model.setup;
        let (quote, listed) = (quote(market, setup.now), &setup.markets[market as usize]);
        let context = CheckContext { now: setup.now, market: listed, quote: &quote, funds: RICH };
        let largest = setup.risk.max_entry_qty(SlotId(slot), Side::Buy, Price(cents * CENT), &context);
        let code = model.check(slot, market, Side::Buy, cents, largest + Qty(1), Intent::Entry);
        prop_assert!(!code.is_empty(), "{largest} is not the largest");
        if !largest.is_zero() {
            let code = model.check(slot, market, Side::Buy, cents, largest, Intent::Entry);
            prop_assert!(!code.starts_with("slot_"), "{largest} is refused by {code}");
        }
    }
}
