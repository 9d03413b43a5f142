//! Tests every check with one order that just breaches it and one that just passes, in one table for all codes.

use super::slots::SLOTS;
use super::*;
use RefusalCode::*;

const GENERAL: &[Case] = &[
    (
        Halted,
        |over| Setup::new().after(|setup| over.then(|| setup.risk.command(&kill())).map(drop).unwrap_or_default()),
        "drill",
        "until a person resumes",
    ),
    (MaxErrorRate, |over| Setup::new().after(|setup| rejections(setup, pick(over, 10, 9))), "0.50", "0.50"),
    (UnknownMarket, |over| Setup::new().order(|order| order.market = MarketId(pick(over, 9, 0))), "9", "listed"),
    (
        MarketNotAllowed,
        |over| Setup::with(|limits| limits.allowed_markets = vec![pick(over, "RAINY*", "RAIN*").to_owned()]),
        "RAIN-0",
        "in allowed_markets",
    ),
    (
        MarketClosed,
        |over| {
            Setup::with(|limits| limits.min_time_to_close_seconds = Span(1))
                .market(|market| market.closes = Some(NOON + Span(pick(over, 0, 2))))
        },
        "2024-10-04T12:00:00.000Z",
        "before 2024-10-04T12:00:00.000Z",
    ),
    (
        MarketClosed,
        |over| Setup::new().market(|market| market.opens = Some(NOON + Span(pick(over, 1, 0)))),
        "2024-10-04T12:00:00.000Z",
        "from 2024-10-04T12:00:00.000Z",
    ),
    (
        MarketClosed,
        |over| Setup::new().after(|setup| setup.risk.on_settled(MarketId(pick(over, 0, 1)))),
        "settled",
        "not settled",
    ),
    (
        PositionDisputed,
        |over| Setup::new().after(|setup| drop(setup.risk.command(&pick(over, dispute(&[0]), resume())))),
        "in doubt",
        "agreed with the venue",
    ),
    (InvalidQuantity, |over| Setup::new().order(|order| order.qty = Qty::hundredths(pick(over, 0, 1))), "0", "above 0"),
    (
        InvalidPrice,
        |over| {
            Setup::with(|limits| limits.max_price_deviation = Price::ONE)
                .order(|order| order.price = Price(pick(over, 10_000, 9_900)))
        },
        "1.00",
        "above 0 and below 1",
    ),
    (
        OffTick,
        |over| Setup::new().order(|order| order.price = Price(pick(over, 4_350, 4_300))),
        "0.435",
        "multiples of 0.01",
    ),
    (
        NoPrice,
        |over| Setup::new().see(|quote| quote.bid = pick(over, None, Some(Price(4_200)))),
        "no bid",
        "a bid and an ask",
    ),
    (
        StaleQuote,
        |over| Setup::new().after(|setup| setup.now = NOON + Span::millis(pick(over, 90_001, 90_000))),
        "90.001",
        "90",
    ),
    (StaleQuote, |over| Setup::new().after(|setup| setup.now = NOON - Span::seconds(pick(over, 1, 0))), "-1", "90"),
    (
        CrossedBook,
        |over| Setup::new().see(|quote| quote.bid = Some(Price(pick(over, 4_400, 4_300)))),
        "0.44 / 0.44",
        "bid below ask",
    ),
    (
        QuoteOffTick,
        |over| Setup::new().see(|quote| quote.bid = Some(Price(pick(over, 4_250, 4_200)))),
        "0.425 / 0.44",
        "multiples of 0.01",
    ),
    (
        PriceJump,
        |over| {
            let bid = Price(pick(over, 6_300, 6_200));
            Setup::new()
                .see(|quote| (quote.bid, quote.ask) = (Some(bid), Some(bid + Price(200))))
                .order(|order| order.price = bid)
        },
        "0",
        "3",
    ),
    (
        MaxPriceDeviation,
        |over| Setup::new().order(|order| order.price = Price(pick(over, 3_200, 3_300))),
        "0.11",
        "0.10",
    ),
    (
        MaxMessages,
        |over| {
            Setup::with(|limits| limits.max_messages_per_minute = 4)
                .after(|setup| (0..pick(over, 3, 2)).for_each(|_| setup.risk.on_cancel(SlotId(0), NOON)))
        },
        "4",
        "3",
    ),
    (
        SelfMatch,
        |over| {
            Setup::new().after(|setup| {
                (setup.order.slot, setup.order.side, setup.order.price) = (SlotId(1), Side::Sell, Price(4_400));
                setup.check().unwrap();
                (setup.order.slot, setup.order.side) = (SlotId(0), Side::Buy);
                setup.order.price = Price(pick(over, 4_400, 4_300));
            })
        },
        "0.44",
        "own sell at 0.44",
    ),
    (
        DuplicateOrder,
        |over| {
            Setup::new().after(|setup| {
                setup.check().unwrap();
                setup.wait(Span::millis(pick(over, 9_999, 10_000)));
            })
        },
        "9.999",
        "10",
    ),
    (
        DuplicateOrder,
        |over| {
            Setup::new().after(|setup| {
                setup.check().unwrap();
                setup.wait(Span::seconds(10));
                setup.order.id = OrderId(pick(over, 100, 101));
            })
        },
        "100",
        "above 100",
    ),
    (
        ExceedsPosition,
        |over| {
            Setup::new().after(|setup| setup.hold(0, 10, Usd::dollars(4))).order(|order| {
                (order.side, order.intent) = (Side::Sell, Intent::Exit);
                order.qty = Qty::hundredths(pick(over, 1_001, 1_000));
            })
        },
        "10.01",
        "10",
    ),
];

const ENTRIES: &[Case] = &[
    (
        ReduceOnly,
        |over| {
            let reduce = Command::Reduce { time: NOON, reason: "weekend".to_owned() };
            Setup::new().after(|setup| {
                setup.risk.command(&pick(over, reduce, resume()));
            })
        },
        "weekend",
        "until a person resumes",
    ),
    (Mismatch, |over| commanded(over, mismatch()), "3 more", "until the venue agrees, or a person resumes"),
    (AccountUnseen, |over| commanded(over, unseen()), "no answer since noon", "until the account is seen again"),
    (VenuePaused, |over| commanded(over, venue_paused()), "maintenance", "until the venue takes orders again"),
    (
        SchedulePaused,
        |over| {
            let paused = scheduled(|scheduled| scheduled.entries_paused = over);
            Setup::new().after(|setup| setup.risk.set_schedule(Some(paused)))
        },
        "weekend",
        "no",
    ),
    (
        MaxDailyLoss,
        |over| {
            Setup::with(|limits| limits.size_taper = false).after(|setup| {
                setup.risk.on_equity(NOON, CAPITAL - Usd::micros(pick(over, 200_000_000, 199_999_999)));
            })
        },
        "200.00",
        "200.00",
    ),
    (
        MaxDrawdown,
        |over| {
            let limits = |limits: &mut RiskLimits| {
                (limits.max_daily_loss, limits.size_taper) = (Usd::dollars(5_000), false);
            };
            Setup::with(limits).after(|setup| {
                setup.risk.on_equity(NOON, CAPITAL + Usd::dollars(100));
                setup.risk.on_equity(NOON, CAPITAL - Usd::micros(pick(over, 400_000_000, 399_999_999)));
            })
        },
        "500.00",
        "500.00",
    ),
    (
        MaxConsecutiveLosses,
        |over| {
            Setup::new().after(|setup| {
                for _ in 0..pick(over, 10, 9) {
                    setup.risk.on_trade(&trade(Usd::micros(-1)));
                }
            })
        },
        "10",
        "10",
    ),
    (EquityUnknown, |over| pick(over, Setup::without_equity(|_| {}), Setup::new()), "unknown", "known"),
    (
        RepeatedExecution,
        |over| {
            Setup::with(|limits| limits.max_repeated_executions = 2).after(|setup| {
                for _ in 0..pick(over, 3, 2) {
                    setup.trade();
                    setup.wait(Span::seconds(10));
                }
            })
        },
        "3",
        "2",
    ),
    (
        EntryAgainstPosition,
        |over| Setup::new().after(|setup| setup.hold(0, pick(over, -10, 10), Usd::dollars(6))),
        "-10",
        "not short",
    ),
    (
        NearClose,
        |over| {
            let left = Span::hours(2) + Span::millis(pick(over, 0, 1));
            Setup::new().market(|market| market.closes = Some(NOON + left))
        },
        "7200",
        "7200",
    ),
    (
        NearClose,
        |over| {
            Setup::with(|limits| limits.close_unknown = pick(over, WhenUnknown::Refuse, WhenUnknown::Allow))
                .market(|market| market.closes = None)
        },
        "unknown",
        "7200",
    ),
    (
        MinSpread,
        |over| {
            Setup::with(|limits| limits.min_spread = Price(200))
                .see(|quote| quote.bid = Some(Price(pick(over, 4_300, 4_200))))
        },
        "0.01",
        "0.02",
    ),
    (MaxSpread, |over| Setup::new().see(|quote| quote.bid = Some(Price(pick(over, 3_300, 3_400)))), "0.11", "0.10"),
    (
        VolumeUnknown,
        |over| {
            Setup::with(|limits| limits.volume_unknown = pick(over, WhenUnknown::Refuse, WhenUnknown::Allow))
                .see(|quote| quote.volume = None)
        },
        "unknown",
        "known",
    ),
    (
        MaxVolumeFraction,
        |over| Setup::new().see(|quote| quote.volume = Some(Qty::hundredths(pick(over, 33_333, 33_334)))),
        "10",
        "9.99",
    ),
    (
        MaxOrderSize,
        |over| Setup::new().order(|order| order.qty = Qty::hundredths(pick(over, 5_001, 5_000))),
        "50.01",
        "50",
    ),
    (
        MaxOrderValue,
        |over| Setup::with(|limits| limits.max_order_value = Usd::micros(pick(over, 4_299_999, 4_300_000))),
        "4.30",
        "4.299999",
    ),
    (
        InsufficientCash,
        |over| Setup::new().after(|setup| setup.funds.available = Usd::micros(pick(over, 4_299_999, 4_300_000))),
        "4.30",
        "4.299999",
    ),
    (
        MaxPositionSize,
        |over| {
            Setup::new()
                .after(|setup| setup.hold(0, 90, Usd::dollars(38)))
                .order(|order| order.qty = Qty::hundredths(pick(over, 1_001, 1_000)))
        },
        "100.01",
        "100",
    ),
    (MaxPositionValue, |over| exposed(over, 0, |limits| &mut limits.max_position_value), "50.000001", "50.00"),
    (MaxEventExposure, |over| exposed(over, 1, |limits| &mut limits.max_event_exposure), "50.000001", "50.00"),
    (MaxCategoryExposure, |over| exposed(over, 2, |limits| &mut limits.max_category_exposure), "50.000001", "50.00"),
    (MaxPortfolioExposure, |over| exposed(over, 3, |limits| &mut limits.max_portfolio_exposure), "50.000001", "50.00"),
    (
        MaxOpenPositions,
        |over| Setup::new().after(|setup| (1..pick(over, 6, 5)).for_each(|id| setup.hold(id, 1, Usd::dollars(1)))),
        "6",
        "5",
    ),
    (
        SizeTaper,
        |over| {
            Setup::new()
                .after(|setup| drop(setup.risk.on_equity(NOON, CAPITAL - Usd::dollars(180))))
                .order(|order| order.qty = Qty::hundredths(pick(over, 1_667, 1_666)))
        },
        "16.67",
        "16.66",
    ),
];

/// Sets up a worst-case loss of 45.70 dollars in market `id`, or a millionth more. The order adds 4.30; the cap is 50.
fn exposed(over: bool, id: u32, cap: fn(&mut RiskLimits) -> &mut Usd) -> Setup {
    Setup::with(|limits| *cap(limits) = Usd::dollars(50))
        .after(|setup| setup.hold(id, 60, Usd::micros(pick(over, 45_700_001, 45_700_000))))
}

/// Sends 20 orders, of which the venue rejects the first `count`.
fn rejections(setup: &mut Setup, count: usize) {
    for index in 0..20 {
        setup.check().unwrap();
        let end = if index < count { OrderState::Rejected } else { OrderState::Cancelled };
        let order = setup.last();
        setup.risk.on_closed(&order, setup.now, end);
        setup.wait(Span::seconds(10));
    }
}

fn all() -> impl Iterator<Item = &'static Case> {
    GENERAL.iter().chain(ENTRIES).chain(SLOTS)
}

#[test]
fn every_limit_refuses_a_breach_and_passes_an_order_just_inside() {
    for (code, setup, value, limit) in all() {
        let refused = setup(true).check().expect_err(code.as_str());
        let verdict = Verdict { code: code.to_string(), value: value.to_string(), limit: limit.to_string() };
        assert_eq!(refused.verdict, verdict);
        assert_eq!(setup(false).check().err(), None, "{code}");
    }
}

#[test]
fn every_code_can_be_produced() {
    let mut produced: Vec<_> = all().map(|case| case.0).collect();
    produced.sort();
    produced.dedup();
    assert_eq!(produced, RefusalCode::ALL);
}

#[test]
fn the_checks_run_in_the_order_in_which_the_codes_are_declared() {
    let check = |setup: &mut Setup| {
        let codes: Vec<_> = setup.check().unwrap().into_iter().map(|verdict| verdict.code).collect();
        let declared = RefusalCode::ALL.iter().map(|code| code.as_str());
        let expect: Vec<_> = declared.filter(|code| codes.iter().any(|other| other == code)).collect();
        let mut once = codes.clone();
        once.dedup();
        assert_eq!(once, expect);
        codes.len()
    };
    // More than 30 of all codes: an entry is not checked for ExceedsPosition, and the latches count as one check.
    assert!(check(&mut Setup::new()) > 30);
}

#[test]
fn a_refused_order_uses_no_limit() {
    for (_, setup, ..) in all() {
        let mut setup = setup(true);
        let before = setup.risk.usage();
        setup.check().unwrap_err();
        assert_eq!(setup.risk.usage(), before);
    }
}
