//! The cost of execution against the mid: slippage, markouts, and the shortfall of orders that were not filled.
//!
//! Sums are exact: whole numbers in units of half a 1/10,000,000,000 dollar (twice a price times a quantity). A fill
//! counts at its cost, which is its price times its quantity unless the venue averaged.

use host_core::money::as_micros;
use host_core::{Fill, MarketId, Outcome, Qty, QuotesView, Side, Span, Timestamp, Usd};

use crate::money::Money;
use crate::pending_mids::{MidRequest, PendingMids};
use crate::ratios::ratio;
use crate::report::{LiquidityFigures, Markout, Shortfall};

/// Markout horizons, with their names in reports.
const HORIZONS: [(&str, Span); 5] = [
    ("1s", Span::seconds(1)),
    ("10s", Span::seconds(10)),
    ("1m", Span::minutes(1)),
    ("5m", Span::minutes(5)),
    ("30m", Span::minutes(30)),
];
/// Longest time after the end of an order at which a mid still counts as the mid at that end.
const END_WINDOW: Span = Span::minutes(5);

/// Returns how long after `horizon` a mid still counts for it: half of the horizon, but at least a second.
fn window(horizon: Span) -> Span {
    Span((horizon.0 / 2).max(Span::seconds(1).0))
}

/// A sum of differences of value: of prices, weighted by quantity.
#[derive(Clone, Copy, Debug, Default)]
struct WeightedSum {
    fills: u64,
    qty: i128,
    /// In units of half a 1/10,000,000,000 dollar.
    halves: i128,
}

impl WeightedSum {
    /// Adds a trade of `qty` that `side` could have done for `qty` at half of `mid_doubled`, and did for `cost`.
    /// Positive is a loss.
    fn add(&mut self, side: Side, cost: Usd, mid_doubled: i32, qty: Qty) {
        self.fills += 1;
        self.qty += i128::from(qty.0);
        let difference = 2 * i128::from(cost.0) - i128::from(mid_doubled) * i128::from(qty.0);
        self.halves += i128::from(side.sign()) * difference;
    }

    fn plus(self, other: WeightedSum) -> WeightedSum {
        WeightedSum { fills: self.fills + other.fills, qty: self.qty + other.qty, halves: self.halves + other.halves }
    }

    /// Returns the sum in dollars.
    fn total(self) -> Option<Money> {
        Money::average(self.halves, 2)
    }

    /// Returns the mean in dollars per contract.
    fn per_contract(self) -> Option<Money> {
        Money::average(self.halves * (i128::from(Qty::ONE.0) / 2), self.qty)
    }
}

/// Sums over the fills as maker, or over those as taker.
#[derive(Clone, Copy, Debug, Default)]
struct LiquidityTotals {
    fills: u64,
    qty: i128,
    /// In 1/10,000,000,000 dollar.
    notional: i128,
    fees: Usd,
    slippage: WeightedSum,
    /// Notional of the fills that have a slippage.
    slippage_notional: i128,
    markouts: [WeightedSum; HORIZONS.len()],
    close: WeightedSum,
}

/// Fills in one market that wait to be compared with its payout.
#[derive(Clone, Copy, Debug, Default)]
struct FillsUntilPayout {
    fills: u64,
    qty: i128,
    signed_qty: i128,
    signed_value: i128,
}

/// The use of a later mid.
#[derive(Clone, Copy, Debug)]
enum MidPurpose {
    /// A fill's markout.
    Markout { horizon: usize, side: Side, cost: Usd, qty: Qty, taker: bool },
    /// The part of an order that was never filled.
    Missed { side: Side, mid_doubled: i32, qty: Qty },
}

/// Execution costs so far. Index 0 is maker, 1 is taker.
#[derive(Clone, Debug)]
pub(crate) struct ExecutionQuality {
    traded: [LiquidityTotals; 2],
    until_payout: Vec<[FillsUntilPayout; 2]>,
    missed: WeightedSum,
    missed_orders: u64,
    queue: PendingMids<MidPurpose>,
}

impl ExecutionQuality {
    pub(crate) fn new() -> ExecutionQuality {
        ExecutionQuality {
            traded: Default::default(),
            until_payout: Vec::new(),
            missed: WeightedSum::default(),
            missed_orders: 0,
            queue: PendingMids::new(),
        }
    }

    /// Returns true if a later mid is needed.
    pub(crate) fn is_waiting(&self) -> bool {
        self.queue.pending() > 0
    }

    pub(crate) fn on_fill(&mut self, market: MarketId, side: Side, fill: &Fill, arrival_mid_doubled: i32) {
        let traded = &mut self.traded[usize::from(fill.taker)];
        traded.fills += 1;
        traded.qty += i128::from(fill.qty.0);
        let notional = i128::from(fill.cost.0);
        traded.notional += notional;
        traded.fees += fill.fee;
        // Both sides of a book are above zero, so a mid of zero means that there was none.
        if arrival_mid_doubled > 0 {
            traded.slippage.add(side, fill.cost, arrival_mid_doubled, fill.qty);
            traded.slippage_notional += notional;
        }
        for (horizon, (_, span)) in HORIZONS.iter().enumerate() {
            let due = fill.time + *span;
            let purpose = MidPurpose::Markout { horizon, side, cost: fill.cost, qty: fill.qty, taker: fill.taker };
            self.queue.request(fill.time, MidRequest { market, due, until: due + window(*span), purpose });
        }
        self.add_until_payout(market, side, fill);
    }

    fn add_until_payout(&mut self, market: MarketId, side: Side, fill: &Fill) {
        if self.until_payout.len() <= market.index() {
            self.until_payout.resize_with(market.index() + 1, Default::default);
        }
        let sums = &mut self.until_payout[market.index()][usize::from(fill.taker)];
        let signed = side.signed(fill.qty);
        sums.fills += 1;
        sums.qty += i128::from(fill.qty.0);
        sums.signed_qty += i128::from(signed.0);
        sums.signed_value += i128::from(side.paid(fill.cost).0);
    }

    /// Records that an order ended at `time` with `qty` unfilled.
    pub(crate) fn on_missed(&mut self, market: MarketId, time: Timestamp, side: Side, mid_doubled: i32, qty: Qty) {
        self.missed_orders += 1;
        if mid_doubled > 0 {
            let purpose = MidPurpose::Missed { side, mid_doubled, qty };
            self.queue.request(time, MidRequest { market, due: time, until: time + END_WINDOW, purpose });
        }
    }

    pub(crate) fn on_quotes(&mut self, quotes: &QuotesView<'_>) {
        let ExecutionQuality { queue, traded, missed, .. } = self;
        queue.on_quotes(quotes, |purpose, mid_doubled| answer(traded, missed, purpose, mid_doubled));
    }

    pub(crate) fn on_settled(&mut self, market: MarketId, time: Timestamp, outcome: Outcome) {
        let payout = outcome.payout();
        let ExecutionQuality { queue, traded, missed, until_payout, .. } = self;
        queue.settle(market, time, 2 * payout.0, |purpose, mid_doubled| answer(traded, missed, purpose, mid_doubled));
        let Some(sums) = until_payout.get_mut(market.index()) else { return };
        for (traded, sums) in traded.iter_mut().zip(std::mem::take(sums)) {
            let gained = i128::from(payout.0) * sums.signed_qty - sums.signed_value;
            traded.close = traded.close.plus(WeightedSum { fills: sums.fills, qty: sums.qty, halves: 2 * gained });
        }
    }

    fn both(&self, part: impl Fn(&LiquidityTotals) -> WeightedSum) -> WeightedSum {
        part(&self.traded[0]).plus(part(&self.traded[1]))
    }

    /// Returns the number of fills.
    pub(crate) fn fills(&self) -> u64 {
        self.traded.iter().map(|traded| traded.fills).sum()
    }

    /// Returns the contracts filled, in millionths.
    pub(crate) fn filled_qty(&self) -> i128 {
        self.traded.iter().map(|traded| traded.qty).sum()
    }

    pub(crate) fn fees(&self) -> Usd {
        self.traded.iter().map(|traded| traded.fees).sum()
    }

    /// Returns the cost of all fills, in 1/10,000,000,000 dollar.
    pub(crate) fn notional(&self) -> i128 {
        self.traded.iter().map(|traded| traded.notional).sum()
    }

    /// Returns the slippage in dollars per contract and in basis points of notional; positive is cost.
    pub(crate) fn slippage(&self) -> (Option<Money>, Option<f64>) {
        let slippage = self.both(|traded| traded.slippage);
        let notional: i128 = self.traded.iter().map(|traded| traded.slippage_notional).sum();
        (slippage.per_contract(), ratio(as_micros(slippage.halves) / 2.0 * 1e4, as_micros(notional)))
    }

    /// Returns the figures of the fills as maker and of those as taker.
    pub(crate) fn liquidity(&self) -> [LiquidityFigures; 2] {
        self.traded.map(|traded| LiquidityFigures {
            fills: traded.fills,
            contracts: traded.qty as f64 / 1e6,
            share: ratio(traded.qty as f64, self.filled_qty() as f64),
            fees: Money(traded.fees),
            average_slippage: traded.slippage.per_contract(),
        })
    }

    pub(crate) fn shortfall(&self) -> Shortfall {
        let execution = self.both(|traded| traded.slippage);
        let fees = WeightedSum { halves: 2 * i128::from(self.fees().0), ..WeightedSum::default() };
        // If orders were missed and no mid tells by how much, the cost of missing them is unknown, not zero.
        let known = self.missed_orders == 0 || self.missed.fills > 0;
        Shortfall {
            total: execution.plus(self.missed).plus(fees).total().filter(|_| known),
            execution: execution.total(),
            opportunity: self.missed.total().filter(|_| known),
            fees: Money(self.fees()),
            missed_orders: self.missed_orders,
            missed_without_mid: self.missed_orders - self.missed.fills,
        }
    }

    pub(crate) fn markouts(&self) -> Vec<Markout> {
        let line = |horizon: &str, part: &dyn Fn(&LiquidityTotals) -> WeightedSum| Markout {
            horizon: horizon.to_owned(),
            fills: self.both(part).fills,
            average: self.both(part).per_contract(),
            maker: part(&self.traded[0]).per_contract(),
            taker: part(&self.traded[1]).per_contract(),
        };
        let timed = HORIZONS.iter().enumerate().map(|(index, (name, _))| line(name, &|traded| traded.markouts[index]));
        timed.chain([line("close", &|traded| traded.close)]).collect()
    }

    /// Returns the number of later mids that were not waited for because too many were pending.
    pub(crate) fn mids_dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

fn answer(traded: &mut [LiquidityTotals; 2], missed: &mut WeightedSum, purpose: MidPurpose, later_mid_doubled: i32) {
    match purpose {
        MidPurpose::Markout { horizon, side, cost, qty, taker } => {
            // A gain is what the other side would lose by it.
            traded[usize::from(taker)].markouts[horizon].add(side.opposite(), cost, later_mid_doubled, qty);
        }
        MidPurpose::Missed { side, mid_doubled, qty } => {
            // The loss of a trade at the later mid, against the mid at the decision.
            missed.fills += 1;
            missed.qty += i128::from(qty.0);
            let difference = i128::from(later_mid_doubled) - i128::from(mid_doubled);
            missed.halves += i128::from(side.sign()) * difference * i128::from(qty.0);
        }
    }
}
