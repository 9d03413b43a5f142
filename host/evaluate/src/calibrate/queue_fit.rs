//! The part of a queue in which others cancel, fitted to real fills: the run's own orders are placed once more on the
//! rows that it saw, under each of the models of [`QueueCancels`].

use std::collections::{BTreeMap, BTreeSet};

use host_core::{
    MarketId, OrderId, OrderState, PublicTrades, Qty, Quote, QuotesView, TimeInForce, Timestamp, VenueEvent,
};
use host_session::feed_trades::FeedTrades;
use host_session::row_history::RowHistory;
use host_sim::fill::{ExchangeSettings, FillModel, QueueCancels, SimulatedExchange};
use serde::Serialize;

use super::estimate::Estimate;
use super::outcomes::{Act, OrderHistory};
use crate::error::Result;

/// The models that are tried, from the kindest to the hardest.
pub(super) const FAMILIES: [QueueCancels; 5] = [
    QueueCancels::Front,
    QueueCancels::Proportional,
    QueueCancels::Power(2),
    QueueCancels::Power(3),
    QueueCancels::Back,
];
/// Half the width in points that the interval of the difference may have, so that it is concluded.
const WITHIN: f64 = 0.1;

/// The trades where none are known.
static NONE: PublicTrades = PublicTrades::none();

/// A model beside the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyFit {
    pub cancels: String,
    /// Share of the orders that it fills, at least in part.
    pub fill_rate: f64,
    /// That less the run's own share.
    pub difference: Estimate,
    /// Share of the orders that it fills where the run's were filled, or neither.
    pub agreement: f64,
}

/// Fits the queue to the orders of `history`, which `counted` names, on the run's rows. Returns the models in the order
/// of [`FAMILIES`].
///
/// # Errors
/// The rows cannot be read.
pub(super) fn fit(
    history: &OrderHistory,
    counted: &BTreeSet<OrderId>,
    rows: &RowHistory,
    settings: &ExchangeSettings,
) -> Result<Vec<FamilyFit>> {
    let Some(((first, _), (last, _))) = history.acts.first().zip(history.acts.last()) else { return Ok(Vec::new()) };
    let mut replay = Replay::new(history, settings);
    // The last orders rest for as long as any did.
    let rest = history.outcomes.values().filter_map(|outcome| match outcome.order.time_in_force {
        TimeInForce::GoodTill(time) => Some(time),
        TimeInForce::ImmediateOrCancel => None,
    });
    let until = rest.max().unwrap_or(*last).max(*last);
    let wanted: BTreeSet<MarketId> = history.outcomes.values().map(|outcome| outcome.order.market).collect();
    let window = *first..Timestamp(until.0.saturating_add(1));
    let mut trades = rows.trades(window.start, window.end);
    if let Some(trades) = &trades {
        replay.tell_of_trades(trades.told());
    }
    let mut damaged = None;
    rows.within(std::slice::from_ref(&window), Some(&wanted), &mut |batch| {
        if let (Some(trades), Some(&last)) = (&mut trades, batch.time.last()) {
            damaged = trades.take_until(last).err().or(damaged.take());
        }
        replay.show(batch, trades.as_ref().map_or(&NONE, FeedTrades::batch), &wanted);
    })?;
    if let Some(error) = damaged {
        return Err(error.into());
    }
    replay.act_until(Timestamp(i64::MAX));
    Ok(replay.finish(until, counted))
}

/// The run's acts on one exchange for each model.
struct Replay<'a> {
    history: &'a OrderHistory,
    next: usize,
    exchanges: Vec<SimulatedExchange>,
    /// By exchange.
    filled: Vec<BTreeMap<OrderId, Qty>>,
    quotes: BTreeMap<MarketId, Quote>,
}

impl<'a> Replay<'a> {
    fn new(history: &'a OrderHistory, settings: &ExchangeSettings) -> Replay<'a> {
        let exchange = |cancels| {
            let settings =
                ExchangeSettings { fill_model: FillModel::Queue, queue_cancels: cancels, ..settings.clone() };
            let mut exchange = SimulatedExchange::new(settings);
            history.markets.iter().for_each(|market| exchange.list(market));
            exchange
        };
        let exchanges: Vec<_> = FAMILIES.into_iter().map(exchange).collect();
        let filled = vec![BTreeMap::new(); exchanges.len()];
        Replay { history, next: 0, exchanges, filled, quotes: BTreeMap::new() }
    }

    /// Takes up the time in which all trades are shown.
    fn tell_of_trades(&mut self, (from, until): (Timestamp, Timestamp)) {
        let exchanges = std::mem::take(&mut self.exchanges).into_iter();
        self.exchanges = exchanges.map(|exchange| exchange.told_of_trades(from, until)).collect();
    }

    /// Shows a batch of rows, and the trades until its end; each act comes after the rows of its time.
    fn show(&mut self, rows: QuotesView<'_>, trades: &PublicTrades, wanted: &BTreeSet<MarketId>) {
        let Some(&last) = rows.time.last() else { return };
        let (mut shown, mut traded) = (0, 0);
        while shown < rows.len() {
            let act = self.history.acts.get(self.next).map_or(last, |(time, _)| time.0.min(last));
            let end = shown + rows.time[shown..].partition_point(|&row| row <= act);
            traded = self.show_rows(rows.slice(shown..end), (trades, traded), Timestamp(act), wanted);
            shown = end;
            let next = rows.time.get(shown).copied().unwrap_or(last);
            self.act_until(Timestamp(next));
        }
    }

    /// Shows rows and trades until `until`. Returns the number of the first trade after it.
    fn show_rows(
        &mut self,
        rows: QuotesView<'_>,
        trades: (&PublicTrades, usize),
        until: Timestamp,
        wanted: &BTreeSet<MarketId>,
    ) -> usize {
        let mut shown = trades.1;
        for (exchange, filled) in self.exchanges.iter_mut().zip(&mut self.filled) {
            let mut out = Vec::new();
            shown = exchange.on_market_data(&rows, trades, until, &mut out);
            note(out, filled);
        }
        for row in (0..rows.len()).filter(|&row| wanted.contains(&MarketId(rows.market[row]))) {
            let quote = rows.row(row);
            self.quotes.insert(quote.market, quote);
        }
        shown
    }

    /// Does what the run did before `time`.
    fn act_until(&mut self, time: Timestamp) {
        while let Some((at, act)) = self.history.acts.get(self.next).filter(|(at, _)| *at < time) {
            self.next += 1;
            for (exchange, filled) in self.exchanges.iter_mut().zip(&mut self.filled) {
                let mut out = Vec::new();
                match act {
                    Act::Cancel(order) => exchange.cancel(*order, *at, &mut out),
                    Act::Place(order) => {
                        let placed = self.history.outcomes.get(order).filter(|one| has_come(one.state));
                        let quoted = placed.and_then(|one| Some((&one.order, self.quotes.get(&one.order.market)?)));
                        if let Some((order, quote)) = quoted {
                            exchange.place(order, quote, &mut out);
                        }
                    }
                }
                note(out, filled);
            }
        }
    }

    fn finish(mut self, until: Timestamp, counted: &BTreeSet<OrderId>) -> Vec<FamilyFit> {
        for (exchange, filled) in self.exchanges.iter_mut().zip(&mut self.filled) {
            let mut out = Vec::new();
            exchange.advance(until, &mut out);
            note(out, filled);
        }
        let family = |(cancels, filled): (QueueCancels, &BTreeMap<OrderId, Qty>)| {
            let pairs: Vec<(bool, bool)> = counted
                .iter()
                .filter_map(|order| Some((self.history.outcomes.get(order)?.is_filled(), filled.contains_key(order))))
                .collect();
            let share = |hits: usize| hits as f64 / pairs.len().max(1) as f64;
            let differences: Vec<f64> =
                pairs.iter().map(|&(run, model)| f64::from(u8::from(model)) - f64::from(u8::from(run))).collect();
            Some(FamilyFit {
                cancels: cancels.to_string(),
                fill_rate: share(pairs.iter().filter(|(_, model)| *model).count()),
                difference: Estimate::mean(&differences, WITHIN)?,
                agreement: share(pairs.iter().filter(|(run, model)| run == model).count()),
            })
        };
        FAMILIES.into_iter().zip(&self.filled).filter_map(family).collect()
    }
}

/// Returns true unless the order never came to the venue's book.
fn has_come(state: Option<OrderState>) -> bool {
    !matches!(state, Some(OrderState::Rejected | OrderState::NotPlaced))
}

fn note(events: Vec<VenueEvent>, filled: &mut BTreeMap<OrderId, Qty>) {
    for event in events {
        if let VenueEvent::Filled(fill) = event {
            *filled.entry(fill.order).or_default() += fill.qty;
        }
    }
}
