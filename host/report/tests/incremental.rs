//! The recorder's running sums against the same metrics computed naively from all records at once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;

use common::*;
use host_core::record::Trade;
use host_core::{Fill, OrderState, Outcome, Price, Qty, Record, Side, SlotId, Timestamp, Usd};
use host_report::{Money, Report};
use proptest::prelude::*;

/// One order of a random run: market, true if bought, price in cents, contracts ordered and filled, seconds until the
/// next order, true if it took liquidity, and the fee in 1/1,000,000 dollar.
type Step = (u32, bool, i32, i64, i64, i64, bool, i64);

/// Returns the records of a run of `steps`.
fn run_of(steps: &[Step]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut positions: BTreeMap<u32, i64> = BTreeMap::new();
    let mut now = 0;
    for (id, &(market, buy, cents, wanted, filled, wait, taker, fee)) in steps.iter().enumerate() {
        let (id, side) = (id as u64, if buy { Side::Buy } else { Side::Sell });
        records.push(placed(id, market, side, wanted, now));
        now += wait;
        let filled = filled.min(wanted);
        if filled > 0 {
            let position = positions.entry(market).or_default();
            *position += side.sign() * filled;
            let price = Price(cents * 100);
            let fill = filled_as(id, market, side, price, Qty::contracts(filled), now, taker, Usd::micros(fee));
            records.push(leaving(fill, *position));
            records.push(trade(market, Usd::micros(fee * 3 - 100_000), now - wait, now));
        }
        let state = if filled == wanted { OrderState::Filled } else { OrderState::Expired };
        records.push(done(id, state, filled, now));
    }
    records.push(settled(0, Outcome::Yes, now));
    records
}

/// Returns twice the mid of a market at a second, from an arbitrary function.
fn mid_doubled(market: u32, seconds: i64) -> i32 {
    8_000 + (seconds as i32 * 7 + market as i32 * 311) % 4_000
}

struct Naive<'a> {
    records: &'a [Record],
}

impl Naive<'_> {
    fn fills(&self) -> Vec<(u32, Side, Fill, f64)> {
        let fill = |record: &Record| match record {
            Record::Filled { market, side, fill, arrival_mid_doubled, .. } => {
                Some((market.0, *side, *fill, f64::from(*arrival_mid_doubled) / 20_000.0))
            }
            _ => None,
        };
        self.records.iter().filter_map(fill).collect()
    }

    fn trades(&self) -> Vec<&Trade> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Trade(trade) = record { Some(trade) } else { None })
            .collect()
    }

    fn average(&self, part: impl Fn(&(u32, Side, Fill, f64)) -> Option<f64>) -> Option<f64> {
        let weighted: Vec<(f64, f64)> =
            self.fills().iter().filter_map(|fill| Some((part(fill)?, fill.2.qty.as_contracts()))).collect();
        let weight: f64 = weighted.iter().map(|(_, qty)| qty).sum();
        (weight > 0.0).then(|| weighted.iter().map(|(value, qty)| value * qty).sum::<f64>() / weight)
    }

    fn slippage(&self) -> Option<f64> {
        self.average(|(_, side, fill, mid)| Some(side.sign() as f64 * (fill.price.dollars() - mid)))
    }

    /// There is a mid every second up to `end`, when market 0 settles YES.
    fn markout(&self, horizon: i64, end: i64) -> Option<f64> {
        self.average(|&(market, side, fill, _)| {
            let due = (fill.time - at(0)).0 / 1_000_000_000 + horizon;
            let mid = match due <= end {
                true => f64::from(mid_doubled(market, due)) / 20_000.0,
                false if market == 0 => 1.0,
                false => return None,
            };
            Some(side.sign() as f64 * (mid - fill.price.dollars()))
        })
    }

    fn profit(&self, market: u32, mark: f64) -> f64 {
        let own = self.fills().into_iter().filter(|fill| fill.0 == market);
        let gain = |(_, side, fill, _): (u32, Side, Fill, f64)| {
            side.sign() as f64 * fill.qty.as_contracts() * (mark - fill.price.dollars()) - fill.fee.as_dollars()
        };
        own.map(gain).sum()
    }
}

fn last_time(records: &[Record]) -> i64 {
    let time = |record: &Record| if let Record::Settled { time, .. } = record { *time } else { Timestamp(0) };
    (records.iter().map(time).max().unwrap() - at(0)).0 / 1_000_000_000
}

/// Feeds the records, and after those of each second its quotes, and returns the report.
fn recorded(records: &[Record], end: i64) -> Report {
    let mut recorder = recorder(1);
    let mut records = records.iter().peekable();
    for second in 0..=end {
        let due = |record: &&Record| match record {
            Record::Placed { order, .. } => order.created <= at(second),
            Record::Filled { fill, .. } => fill.time <= at(second),
            Record::Trade(trade) => trade.closed <= at(second),
            Record::Done { time, .. } => *time <= at(second),
            _ => false,
        };
        while let Some(record) = records.next_if(due) {
            recorder.record(record);
        }
        if recorder.pending_markouts() {
            let rows: Vec<_> = (0..3).map(|market| (second, market, mid_doubled(market, second))).collect();
            recorder.on_quotes(&quotes(&rows).all());
        }
    }
    records.for_each(|record| recorder.record(record));
    let mark = |market| host_report::MarkedPosition {
        slot: SlotId(0),
        market: host_core::MarketId(market),
        qty: Qty::ZERO,
        cost: Usd::ZERO,
        mark_doubled: 10_000,
    };
    let run = host_report::RunFigures { final_positions: vec![mark(1), mark(2)], ..run(Usd::dollars(1_000)) };
    recorder.finish(&run, &[])
}

fn same(found: Option<Money>, expect: Option<f64>) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.is_some(), expect.is_some());
    if let (Some(found), Some(expect)) = (found, expect) {
        // Money is rounded to 1/1,000,000 dollar.
        prop_assert!((found.0.as_dollars() - expect).abs() < 1e-6, "{} is not {}", found, expect);
    }
    Ok(())
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_as_they_come_equal_sums_over_all(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let records = run_of(&steps);
        let naive = Naive { records: &records };
        let end = last_time(&records);
        let report = recorded(&records, end);

        let trades = naive.trades();
        let nets = |keep: fn(f64) -> bool| trades.iter().map(|t| t.net.as_dollars()).filter(move |&net| keep(net));
        prop_assert_eq!(report.trades, trades.len() as u64);
        same(report.average_win, mean(nets(|net| net > 0.0)))?;
        same(report.average_loss, mean(nets(|net| net < 0.0).map(f64::abs)))?;
        same(report.expectancy, mean(nets(|_| true)))?;

        let fills = naive.fills();
        prop_assert_eq!(report.fills, fills.len() as u64);
        same(Some(report.fees), Some(fills.iter().map(|fill| fill.2.fee.as_dollars()).sum()))?;
        same(report.average_slippage, naive.slippage())?;
        let wanted: i64 = steps.iter().map(|step| step.3).sum();
        let filled: i64 = steps.iter().map(|step| step.4.min(step.3)).sum();
        prop_assert_eq!(report.fill_rate, Some(filled as f64 / wanted as f64));
        for (markout, horizon) in report.markouts.iter().zip([1, 10, 60, 300, 1_800]) {
            same(markout.average, naive.markout(horizon, end))?;
        }
        for line in &report.by_market {
            let market: u32 = line.name.trim_start_matches("market ").parse().unwrap();
            same(line.net_pnl, Some(naive.profit(market, if market == 0 { 1.0 } else { 0.5 })))?;
        }
    }

    /// The result does not depend on how quotes are split into calls.
    #[test]
    fn batches_of_quotes_may_be_cut_anywhere(cuts in prop::collection::vec(1usize..50, 1..20)) {
        let rows: Vec<_> = (0..2_000).map(|second| (second, second as u32 % 2, mid_doubled(0, second))).collect();
        let quotes = quotes(&rows);
        let answered = |cuts: &mut dyn Iterator<Item = usize>| {
            let mut recorder = recorder(1);
            recorder.record(&filled(1, 0, Side::Buy, 42, 10, 0));
            recorder.record(&filled(2, 1, Side::Sell, 42, 10, 0));
            let mut row = 0;
            while row < quotes.len() {
                let next = (row + cuts.next().unwrap()).min(quotes.len());
                recorder.on_quotes(&quotes.view(row..next));
                row = next;
            }
            recorder.finish(&run(Usd::ZERO), &[])
        };
        let whole = answered(&mut std::iter::repeat(2_000));
        prop_assert!(answered(&mut cuts.iter().copied().cycle()) == whole);
        prop_assert!(whole.markouts[..5].iter().all(|markout| markout.fills == 2));
    }
}

/// Returns the records of `steps`, `seconds` later, with orders numbered from `first_order` on.
fn moved(steps: &[Step], first_order: u64, seconds: i64) -> Vec<Record> {
    let later = |time: &mut Timestamp| *time = Timestamp(time.0 + seconds * 1_000_000_000);
    let mut records = run_of(steps);
    for record in &mut records {
        match record {
            Record::Placed { order, .. } => {
                order.id.0 += first_order;
                later(&mut order.created);
            }
            Record::Filled { fill, .. } => {
                fill.order.0 += first_order;
                later(&mut fill.time);
            }
            Record::Trade(trade) => {
                later(&mut trade.opened);
                later(&mut trade.closed);
            }
            Record::Done { order, time, .. } => {
                order.0 += first_order;
                later(time);
            }
            Record::Settled { time, .. } => later(time),
            _ => {}
        }
    }
    records
}

/// A step of [`run_of`].
fn step() -> impl Strategy<Value = Step> {
    (0u32..3, any::<bool>(), 1i32..99, 1i64..50, 0i64..50, 0i64..120, any::<bool>(), 0i64..100_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every figure is of the window that the caller gives: whatever happens on days outside of it changes none.
    #[test]
    fn days_outside_the_window_change_nothing(
        before in prop::collection::vec(step(), 0..20), within in prop::collection::vec(step(), 0..20),
        after in prop::collection::vec(step(), 0..20), closes in prop::collection::vec((-9i64..30, 1i64..2_000), 0..20),
        days in 1i64..9,
    ) {
        let report = |all: bool| {
            let mut recorder = recorder(days);
            let mut show = |records: Vec<Record>| records.iter().for_each(|record| recorder.record(record));
            if all {
                show(moved(&before, 1_000, -86_400));
            }
            show(moved(&within, 0, 0));
            if all {
                show(moved(&after, 2_000, days * 86_400));
            }
            let within = |day: &i64| (0..days).contains(day);
            let closes = closes.iter().filter(|(day, _)| all || within(day));
            show(closes.map(|&(day, equity)| day_close(day, Usd::dollars(equity))).collect());
            recorder.finish(&run(Usd::dollars(1_200)), &[])
        };
        let (without, with) = (report(false), report(true));
        prop_assert_eq!(without.by_day.len() as i64, days);
        prop_assert!(without == with, "{:#?}\n{:#?}", without, with);
    }
}

#[test]
fn a_word_about_an_unknown_order_is_only_a_fill() {
    let fill = filled(7, 0, Side::Buy, 42, 10, 0);
    let report = report(&[done(6, OrderState::Expired, 0, 1), fill], 1);
    assert_eq!((report.orders, report.fills, report.order_ends.expired), (0, 1, 0));
    assert_eq!(report.fill_rate, None);
}
