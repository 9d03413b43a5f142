//! Checks a paper run's journal against the figures that the run printed, by adding up its records.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{MarketId, OrderState, Qty, Record, SlotId};
use host_report::Report;
use host_store::journal::{EquityPoint, Journal};

/// Returns all records of the journal at `path`.
pub fn records(path: &Path) -> Vec<Record> {
    let journal = Journal::open(path).unwrap_or_else(|error| panic!("{error}"));
    journal.records().map(|record| record.unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// Returns true if the journal says that its run has ended.
pub fn is_ended(path: &Path) -> bool {
    let journal = Journal::open(path).expect("a journal");
    let (ended, summary) = (journal.run_info().expect("the run").ended, journal.summary().expect("the summary"));
    assert_eq!(ended.is_some(), summary.is_some());
    ended.is_some()
}

/// Sums over records.
#[derive(Debug, Default)]
struct Sums {
    signals: u64,
    placed: u64,
    fills: u64,
    expired: u64,
    trades: u64,
    wins: u64,
    rejections: BTreeMap<String, u64>,
    /// Change of cash by fills, payouts and fees, in 1/10,000,000,000 dollar.
    cash: i64,
    /// Net profit of closed trades, in 1/10,000,000,000 dollar.
    closed: i64,
    held: BTreeMap<(SlotId, MarketId), Qty>,
}

impl Sums {
    fn add(&mut self, record: &Record) {
        match record {
            Record::Signal(_) => self.signals += 1,
            Record::Placed { order, verdicts } => {
                assert!(!verdicts.is_empty(), "an order without a check: {order:?}");
                self.placed += 1;
            }
            Record::Refused(refused) => *self.rejections.entry(refused.verdict.code.clone()).or_default() += 1,
            Record::Done { state, .. } => self.expired += u64::from(*state == OrderState::Expired),
            Record::Filled { slot, market, side, fill, position, .. } => {
                self.fills += 1;
                let held = self.held.entry((*slot, *market)).or_default();
                *held += side.signed(fill.qty);
                assert_eq!(held, position, "{record:?}");
                self.cash -= side.sign() * i64::from(fill.price.0) * fill.qty.0 + fill.fee.0;
            }
            Record::Trade(trade) => {
                self.trades += 1;
                self.wins += u64::from(trade.net.0 > 0);
                self.closed += trade.net.0;
            }
            Record::Settled { market, outcome, .. } => {
                for (_, held) in self.held.iter_mut().filter(|((_, of), _)| of == market) {
                    self.cash += i64::from(outcome.payout().0) * held.0;
                    *held = Qty::ZERO;
                }
            }
            Record::DayClose(_)
            | Record::Trading { .. }
            | Record::Schedule { .. }
            | Record::SlotTrading { .. }
            | Record::Restarted { .. }
            | Record::ExitBlocked { .. }
            | Record::ExitFreed { .. }
            | Record::Fault { .. }
            | Record::Swapped { .. } => {}
        }
    }
}

/// Asserts that the journal at `path` belongs to a run that printed `report`.
pub fn check(path: &Path, report: &Report) {
    let journal = Journal::open(path).expect("a journal");
    let summary = journal.summary().expect("the summary").expect("an end");
    assert_eq!(serde_json::from_value::<Report>(summary).expect("a report"), *report);
    let mut sums = Sums::default();
    records(path).iter().for_each(|record| sums.add(record));
    assert_eq!((sums.signals, sums.placed, sums.fills), (report.signals, report.orders, report.fills));
    assert_eq!((sums.trades, sums.wins, sums.expired), (report.trades, report.wins, report.order_ends.expired));
    assert_eq!(sums.rejections, report.rejections);
    let open: BTreeMap<String, f64> =
        report.final_positions.iter().map(|at| (at.market.clone(), at.contracts)).collect();
    let run = journal.run_info().expect("the run");
    let components = report.components.iter().map(|component| &component.sha256);
    assert!(components.eq(run.strategies.iter().map(|strategy| &strategy.sha256)), "{:?}", report.components);
    assert_eq!(report.data_digest.as_ref(), Some(&run.data_digest));
    check_equity(&journal, report);
    let markets = run.markets;
    let held = sums.held.iter().filter(|(_, held)| !held.is_zero());
    let held = held.map(|((_, market), held)| (markets[market.index()].ticker.clone(), held.as_contracts())).collect();
    assert_eq!(open, held);
    // A mid between two prices is rounded, by half a millionth at most.
    let marked: f64 = report.final_positions.iter().map(|at| at.contracts * at.mark.0.0 as f64).sum();
    let net = sums.cash as f64 + marked;
    assert!((net - report.net_pnl.0.0 as f64).abs() <= 1e4 * open.len() as f64, "{net} is not {}", report.net_pnl);
    // The closed part of an open position is in no trade yet.
    if open.is_empty() {
        assert_eq!(sums.closed, report.net_pnl.0.0, "the trades do not add up");
    }
}

/// Compares the equity over time with the figures of the whole run.
fn check_equity(journal: &Journal, report: &Report) {
    let equity = journal.equity().expect("the equity");
    assert_eq!(equity.last().map(|point| point.last), Some(report.final_equity.0));
    assert_eq!(equity.first().map(|point| point.first), Some(report.start_equity.0));
    assert!(equity.is_sorted_by(|a, b| a.start < b.start));
    let is_ordered = |point: &EquityPoint| {
        let within = point.lowest..=point.highest;
        within.contains(&point.first) && within.contains(&point.last)
    };
    assert!(equity.iter().all(is_ordered), "{equity:?}");
    // Within a point the order of its lowest and highest is not known: the drawdown lies between both readings.
    let fall = |from: fn(&EquityPoint) -> i64| {
        let mut peak = i64::MIN;
        let falls = equity.iter().map(|point| {
            let before = peak;
            peak = peak.max(point.highest.0);
            before.max(from(point)) - point.lowest.0
        });
        falls.max().unwrap_or_default()
    };
    let (least, most) = (fall(|point| point.lowest.0), fall(|point| point.highest.0));
    let drawdown = report.max_drawdown.0.0;
    assert!((least..=most).contains(&drawdown), "{least} <= {drawdown} <= {most}");
}
