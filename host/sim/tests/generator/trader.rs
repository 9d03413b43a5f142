//! The default strategy on generated markets, with the host's own engine and exchange: what a back test would give.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, channel};

use host_core::engine::{Effect, Engine};
use host_core::pricing::OrderPolicy;
use host_core::record::{DayClose, Trade};
use host_core::risk::{RiskLimits, RiskManager};
use host_core::{
    Event, Intent, Market, MarketId, OrderId, PublicTrades, Qty, QuotesView, Record, Settlement, Side, Span, Timestamp,
    Usd, VenueEvent,
};
use host_sim::fill::{ExchangeSettings, FillModel, SimulatedExchange};

use crate::figures::mean;
use crate::strategy::{Reversion, ScoreSample};

/// An entry that is sent so long after the former one is of another wish: its ten minutes, and ten more.
const OTHER_WISH: Span = Span::minutes(20);

const CAPITAL: Usd = Usd::dollars(2_000);

/// The engine on an exchange, and what came of it.
pub struct Trader {
    engine: Engine,
    exchange: SimulatedExchange,
    markets: Vec<Market>,
    listed: usize,
    settlements: VecDeque<Settlement>,
    effects: Vec<Effect>,
    venue: Vec<VenueEvent>,
    samples: Receiver<ScoreSample>,
    trades: Vec<Trade>,
    days: Vec<DayClose>,
    /// Contracts filled, by order.
    filled: BTreeMap<OrderId, Qty>,
    /// The latest entry of each wish of which nothing has filled, and the wishes that have ended, with and without.
    wishes: BTreeMap<(MarketId, Side), Timestamp>,
    granted: f64,
    given_up: f64,
    /// The number of trades of the batch that the exchange has been shown.
    shown: usize,
}

/// Results as a report has them; money in dollars.
#[derive(Clone, Copy, Debug)]
pub struct TradeFigures {
    pub trades: f64,
    pub net: f64,
    pub win_rate: f64,
    pub win_to_loss: f64,
    pub profit_factor: f64,
    pub sharpe: f64,
    /// Share of orders that were filled at least in part.
    pub filled: f64,
    /// Share of the wishes to enter that were.
    pub granted: f64,
    pub hours: f64,
}

impl Trader {
    /// Returns the default strategy from `start` on, under `model`. The limits are the host's, but no run of losses
    /// ends the trading for good: the figures are to be those of the whole time.
    pub fn new(markets: &[Market], settlements: &[Settlement], start: Timestamp, model: FillModel) -> Trader {
        let limits = RiskLimits {
            max_consecutive_losses: u32::MAX,
            max_drawdown: Usd::dollars(1_000_000),
            ..RiskLimits::default()
        };
        let risk = RiskManager::new(limits).unwrap();
        let mut engine = Engine::new(OrderPolicy::default(), risk, CAPITAL, start);
        let (sender, samples) = channel();
        engine.add_strategy("reversion", Box::new(Reversion::new(sender)));
        let settings = ExchangeSettings { fill_model: model, ..ExchangeSettings::default() };
        let exchange = SimulatedExchange::new(settings).told_of_trades(Timestamp(i64::MIN), Timestamp(i64::MAX));
        Trader {
            engine,
            exchange,
            markets: markets.to_vec(),
            listed: 0,
            settlements: settlements.iter().copied().collect(),
            effects: Vec::new(),
            venue: Vec::new(),
            samples,
            trades: Vec::new(),
            days: Vec::new(),
            filled: BTreeMap::new(),
            wishes: BTreeMap::new(),
            granted: 0.0,
            given_up: 0.0,
            shown: 0,
        }
    }

    /// Trades on whole polls, between which others trade.
    pub fn batch(&mut self, rows: QuotesView<'_>, trades: &PublicTrades) {
        self.shown = 0;
        let highest = rows.market.iter().max().map_or(0, |market| *market as usize + 1);
        for market in self.markets.iter().take(highest).skip(self.listed) {
            self.exchange.list(market);
            self.engine.step(Event::Market(market), &mut self.effects);
        }
        self.listed = self.listed.max(highest);
        self.engine.preview(rows);
        let mut row = 0;
        while row < rows.len() {
            let end = rows.poll_end(row);
            self.poll(rows.slice(row..end), trades);
            row = end;
        }
    }

    fn poll(&mut self, rows: QuotesView<'_>, trades: &PublicTrades) {
        let now = Timestamp(rows.time[0]);
        while let Some(settlement) = self.settlements.pop_front_if(|settlement| settlement.time <= now) {
            self.exchange.settle(settlement, &mut self.venue);
            self.deliver();
            self.engine.step(Event::Settled(settlement), &mut self.effects);
            self.deliver();
        }
        self.shown = self.exchange.on_market_data(&rows, (trades, self.shown), now, &mut self.venue);
        self.exchange.advance(now, &mut self.venue);
        self.deliver();
        self.engine.step(Event::Poll(rows), &mut self.effects);
        self.deliver();
    }

    fn deliver(&mut self) {
        while !(self.effects.is_empty() && self.venue.is_empty()) {
            for effect in std::mem::take(&mut self.effects) {
                self.carry_out(effect);
            }
            for event in std::mem::take(&mut self.venue) {
                self.engine.step(Event::Venue(&event), &mut self.effects);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Record(Record::Trade(trade)) => self.trades.push(trade),
            Effect::Record(Record::DayClose(day)) => self.days.push(day),
            Effect::Record(Record::Placed { order, .. }) => {
                self.filled.insert(order.id, Qty::ZERO);
                if order.intent == Intent::Entry
                    && let Some(before) = self.wishes.insert((order.market, order.side), order.created)
                {
                    self.given_up += f64::from(order.created - before > OTHER_WISH);
                }
            }
            Effect::Record(Record::Filled { fill, market, side, .. }) => {
                self.granted += f64::from(self.wishes.remove(&(market, side)).is_some());
                *self.filled.entry(fill.order).or_default() += fill.qty;
            }
            Effect::Record(_) => {}
            Effect::Cancel(order) => self.exchange.cancel(order, self.engine.now(), &mut self.venue),
            Effect::Place(approved) => {
                let order = approved.into_inner();
                let quote = self.engine.quote(order.market).unwrap();
                self.exchange.place(&order, &quote, &mut self.venue);
            }
        }
    }

    /// Returns the scores sampled since they were last taken.
    pub fn take_samples(&self) -> Vec<ScoreSample> {
        self.samples.try_iter().collect()
    }

    /// Returns the results so far.
    pub fn figures(&self) -> TradeFigures {
        let nets: Vec<f64> = self.trades.iter().map(|trade| trade.net.as_dollars()).collect();
        let wins = nets.iter().copied().filter(|net| *net > 0.0);
        let losses = nets.iter().copied().filter(|net| *net < 0.0);
        let (won, lost) = (wins.clone().sum::<f64>(), -losses.clone().sum::<f64>());
        let (win_count, loss_count) = (wins.count() as f64, losses.count() as f64);
        let equity = self.days.iter().map(|day| day.equity.as_dollars());
        let equity: Vec<f64> = std::iter::once(CAPITAL.as_dollars()).chain(equity).collect();
        let returns: Vec<f64> = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
        let average = mean(returns.iter().copied());
        let deviation = mean(returns.iter().map(|day| (day - average).powi(2))).sqrt();
        TradeFigures {
            trades: nets.len() as f64,
            net: nets.iter().sum(),
            win_rate: win_count / nets.len() as f64,
            win_to_loss: (won / win_count) / (lost / loss_count),
            profit_factor: won / lost,
            sharpe: average / deviation * 365f64.sqrt(),
            filled: mean(self.filled.values().map(|filled| f64::from(!filled.is_zero()))),
            granted: self.granted / (self.granted + self.given_up + self.wishes.len() as f64),
            hours: mean(self.trades.iter().map(|trade| (trade.closed - trade.opened).as_seconds() / 3_600.0)),
        }
    }
}
