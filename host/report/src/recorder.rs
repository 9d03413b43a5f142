//! Collects records as they happen, and quotes while they are needed, and makes a report at any time.

use std::collections::BTreeMap;

use host_core::{Market, Qty, QuotesView, Record, Usd};

use crate::attribution::{Attribution, DisplayNames};
use crate::days::Days;
use crate::definitions;
use crate::execution_quality::ExecutionQuality;
use crate::money::Money;
use crate::orders::OrderStatistics;
use crate::probability::Probabilities;
use crate::ratios;
use crate::report::{FinalPosition, Report, SCHEMA_VERSION};
use crate::run::{MarkedPosition, RunFigures};
use crate::silence;
use crate::window::Window;
use crate::wishes::Wishes;

/// Settings that a recorder needs before the first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderSettings {
    pub start_equity: Usd,
    /// The period that is traded. What happens outside of it is no part of any figure.
    pub window: Window,
}

/// Sums over all records so far. Memory grows with markets, slots, days, working orders and pending markouts.
#[derive(Clone, Debug)]
pub struct Recorder {
    settings: RecorderSettings,
    signals: u64,
    rejections: BTreeMap<String, u64>,
    faults: u64,
    restrictions: u64,
    orders: OrderStatistics,
    wishes: Wishes,
    execution: ExecutionQuality,
    attribution: Attribution,
    days: Days,
    probabilities: Probabilities,
}

impl Recorder {
    pub fn new(settings: RecorderSettings) -> Recorder {
        Recorder {
            settings,
            signals: 0,
            rejections: BTreeMap::new(),
            faults: 0,
            restrictions: 0,
            orders: OrderStatistics::default(),
            wishes: Wishes::default(),
            execution: ExecutionQuality::new(),
            attribution: Attribution::default(),
            days: Days::default(),
            probabilities: Probabilities::default(),
        }
    }

    /// Adds one record. Records must come in the order in which the engine emitted them.
    pub fn record(&mut self, record: &Record) {
        if !self.settings.window.has(record) {
            return;
        }
        match record {
            Record::Signal(signal) => {
                self.signals += 1;
                self.probabilities.on_signal(signal);
            }
            Record::Placed { order, .. } => {
                self.orders.on_placed(order);
                self.wishes.on_placed(order);
                self.probabilities.on_placed(order);
            }
            Record::Refused(refused) => *self.rejections.entry(refused.verdict.code.clone()).or_default() += 1,
            Record::Done { order, time, state, filled, .. } => {
                self.wishes.on_done(*order, *state, *time);
                if let Some(missed) = self.orders.on_done(*order, *state, *filled) {
                    self.execution.on_missed(missed.market, *time, missed.side, missed.arrival_mid_doubled, missed.qty);
                }
            }
            Record::Filled { slot, market, side, fill, arrival_mid_doubled, position } => {
                self.orders.on_fill(fill);
                self.wishes.on_fill(fill);
                self.execution.on_fill(*market, *side, fill, *arrival_mid_doubled);
                self.attribution.on_fill(*slot, *market, *side, fill, *position);
                self.days.on_fill(fill.time, fill.fee);
            }
            Record::Trade(trade) => {
                self.attribution.on_trade(trade);
                self.days.on_trade(trade.closed);
            }
            Record::Settled { market, time, outcome } => {
                self.execution.on_settled(*market, *time, *outcome);
                self.attribution.on_settled(*market, *time, *outcome);
                self.probabilities.on_settled(*market, *outcome);
            }
            Record::DayClose(close) => self.days.on_close(close),
            Record::Trading { state, .. } => {
                self.restrictions += u64::from(*state != host_core::record::TradingState::Active);
            }
            Record::SlotTrading { stopped, .. } => self.restrictions += u64::from(*stopped),
            Record::ExitBlocked { .. }
            | Record::ExitFreed { .. }
            | Record::Swapped { .. }
            | Record::Restarted { .. } => {}
            Record::Fault { .. } => self.faults += 1,
        }
    }

    /// Returns true if later mids are needed, so that [`Recorder::on_quotes`] must be called.
    #[inline]
    pub fn pending_markouts(&self) -> bool {
        self.execution.is_waiting()
    }

    /// Feeds quotes, in time order, to pending markouts. Needed only while [`Recorder::pending_markouts`] returns
    /// true, then with every row, after the records of the same time. Costs one comparison while nothing is due.
    pub fn on_quotes(&mut self, quotes: &QuotesView<'_>) {
        self.execution.on_quotes(quotes);
    }

    /// Returns the report on all records in the window so far. `markets` gives names and categories; a market that is
    /// not among them is called by its number. May be called repeatedly.
    pub fn finish(&self, run: &RunFigures, markets: &[Market]) -> Report {
        let names = DisplayNames::new(markets, &run.strategies);
        let notes = definitions::as_notes();
        let mut report = Report { schema_version: SCHEMA_VERSION, notes, ..Report::default() };
        self.add_run(&mut report, run);
        self.add_trades(&mut report);
        self.add_execution(&mut report);
        self.add_returns(&mut report, run);
        report.final_positions = final_positions(run, &names);
        report.by_market = self.attribution.by(run, |market, _| names.market(market));
        report.by_category = self.attribution.by(run, |market, _| names.category(market));
        report.by_strategy = self.attribution.by(run, |_, slot| names.strategy(slot));
        report.probabilities = self.probabilities.scores();
        report.calibration = self.probabilities.calibration();
        report.about = run.about.clone();
        report.proof = run.proof;
        report.fill_ground = run.fill_ground;
        report.funnel = run.funnel.as_ref().map(|facts| silence::funnel(facts, &report));
        report
    }

    fn add_run(&self, report: &mut Report, run: &RunFigures) {
        report.updates = run.updates;
        report.polls = run.polls;
        report.seconds = if run.seconds.is_finite() { run.seconds.max(0.0) } else { 0.0 };
        report.updates_per_second = ratios::ratio(run.updates as f64, report.seconds);
        report.signals = self.signals;
        report.rejections = self.rejections.clone();
        report.faults = self.faults;
        report.restrictions = self.restrictions;
        report.complete = run.stopped.is_none();
        report.stopped_by = run.stopped.map(|stopped| stopped.by);
        let open = run.open_profit();
        report.start_equity = Money(self.settings.start_equity);
        report.final_equity = Money(run.final_equity);
        report.net_pnl = Money(run.final_equity - self.settings.start_equity);
        report.open_pnl = Money(open);
        report.realised_pnl = Money(report.net_pnl.0 - open);
    }

    fn add_trades(&self, report: &mut Report) {
        let trades = self.attribution.trades();
        report.trades = trades.count();
        (report.wins, report.losses, report.ties) = (trades.wins, trades.losses, trades.ties);
        report.win_rate = trades.win_rate();
        report.average_win = trades.average_win();
        report.average_loss = trades.average_loss();
        report.expectancy = trades.expectancy();
        report.profit_factor = trades.profit_factor();
        report.average_holding_seconds = trades.average_holding_seconds();
    }

    fn add_execution(&self, report: &mut Report) {
        let (orders, execution) = (&self.orders, &self.execution);
        report.orders = orders.placed();
        report.order_ends = orders.ends();
        report.order_fills = orders.fills();
        report.fill_rate_per_order = report.order_fills.rate;
        report.wishes = self.wishes.figures();
        report.fill_rate_per_wish = report.wishes.rate();
        report.cancel_ratio = orders.cancel_ratio();
        report.time_to_fill = orders.time_to_fill();
        report.fills = execution.fills();
        report.fees = Money(execution.fees());
        report.fill_rate = ratios::ratio(execution.filled_qty() as f64, orders.submitted_qty() as f64);
        (report.average_slippage, report.average_slippage_bps) = execution.slippage();
        report.implementation_shortfall = execution.shortfall();
        report.markouts = execution.markouts();
        report.markouts_dropped = execution.mids_dropped();
        [report.maker, report.taker] = execution.liquidity();
        report.notional = Money::average(execution.notional(), 1);
    }

    fn add_returns(&self, report: &mut Report, run: &RunFigures) {
        let whole = self.settings.window;
        let Some(window) = run.stopped.map_or(Some(whole), |stopped| whole.up_to(stopped.at)) else { return };
        let start_equity = self.settings.start_equity;
        let series = self.days.series(&window, start_equity, run);
        let drawdown = self.days.drawdown(start_equity, &series, run);
        report.by_day = self.days.lines(start_equity, &series);
        report.start = Some(window.from().to_string());
        report.end = Some(run.stopped.map_or(window.until(), |stopped| stopped.at).to_string());
        report.days = series.len() as u64;

        let closes = series.iter().map(|day| day.equity.as_dollars());
        let mean_equity = ratios::ratio(closes.clone().sum(), series.len() as f64);
        let equity: Vec<f64> = std::iter::once(start_equity.as_dollars()).chain(closes).collect();
        let returns = ratios::daily_returns(&equity).unwrap_or_default();
        (report.sharpe, report.sharpe_standard_error) = ratios::sharpe(&returns).unzip();
        report.sharpe_days = returns.len() as u64;
        report.sortino = ratios::sortino(&returns);

        let span = window.length().as_seconds();
        let days = span / 86_400.0;
        let final_equity = run.final_equity.as_dollars();
        let growth = ratios::ratio(final_equity, start_equity.as_dollars()).filter(|_| start_equity > Usd::ZERO);
        report.total_return = growth.map(|growth| growth - 1.0);
        report.cagr = growth.and_then(|growth| ratios::cagr(growth, days));
        report.calmar = growth.zip(drawdown.fraction).and_then(|(growth, fall)| ratios::calmar(growth, days, fall));
        report.max_drawdown = drawdown.amount;
        report.max_drawdown_fraction = drawdown.fraction;
        report.drawdown = drawdown;

        let mean_equity = mean_equity.filter(|mean| *mean > 0.0);
        let traded = report.notional.zip(mean_equity);
        report.turnover = traded.and_then(|(notional, mean)| ratios::ratio(notional.0.as_dollars(), mean));
        let open = self.attribution.open_nanoseconds(window.until());
        report.time_in_market = ratios::ratio(open as f64 / 1e9, span).map(|share| share.clamp(0.0, 1.0));
    }
}

fn final_positions(run: &RunFigures, names: &DisplayNames<'_>) -> Vec<FinalPosition> {
    let mut lines = run.final_positions.clone();
    lines.sort_by_key(|line| (line.market, line.slot));
    let line = |line: &MarkedPosition| FinalPosition {
        market: names.market(line.market),
        strategy: names.strategy(line.slot),
        contracts: line.qty.as_contracts(),
        average_price: Money::average(i128::from(line.cost.0) * i128::from(Qty::ONE.0), i128::from(line.qty.0)),
        // In half a 1/10,000 dollar, which is 50 micro-dollars.
        mark: Money(Usd::micros(i64::from(line.mark_doubled) * 50)),
        open_pnl: Money(line.open_profit()),
    };
    lines.iter().map(line).collect()
}
