//! The pretend account: the fill model, and the ledger that each of its changes is in before anybody is told of it.

use std::collections::{BTreeSet, HashMap};

use host_core::{
    Intent, Market, MarketId, Order, OrderId, OrderState, Outcome, Price, Qty, Quote, Settlement, SlotId, Timestamp,
    Usd, VenueEvent,
};
use host_sim::fill::ExchangeSettings;
use host_store::paper::{LedgerError, LedgerOrder, LedgerStep, PaperLedger, Payout};
use host_venues::error::{CancelError, PlaceError};
use host_venues::model::{Accepted, Cancelled, MarketPhase, MarketRow, NewOrder, QuoteUpdate};
use host_venues::past::VenueTrade;
use thiserror::Error;

use super::convert::{event_order, market, order_id, order_number, outcome_of, public, quote, refused, side};
use super::input::Input;
use super::matching::Matching;

/// Markets that the fill model keeps under numbers although nothing in them matters any more.
const MOST_IDLE: u32 = 4_096;

/// The terms of a pretend account.
#[derive(Clone, Debug)]
pub struct PaperTerms {
    pub exchange: ExchangeSettings,
    /// The money that it has at least been given.
    pub deposit: Usd,
}

/// The pretend account cannot be opened, or not go on.
#[derive(Debug, Error)]
pub enum PaperError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("what the ledger keeps for the fill model cannot be read or written: {0}")]
    Input(#[from] serde_json::Error),
}

/// A market as it was seen last.
#[derive(Clone, Debug)]
pub(super) struct SeenMarket {
    market: Market,
    quote: Quote,
    phase: MarketPhase,
}

/// The venue's side of a pretend account.
#[derive(Debug)]
pub struct PaperAccount {
    pub(super) ledger: PaperLedger,
    pub(super) settings: ExchangeSettings,
    pub(super) matching: Matching,
    /// By ticker.
    pub(super) seen: HashMap<String, SeenMarket>,
    /// Trades that the fill model was shown before the ledger was read.
    pub(super) shown_trades: BTreeSet<String>,
    /// The time of the last change: it never goes back.
    pub(super) last: Timestamp,
    /// False until market data was taken up since the account was opened: what happened while no host ran comes before
    /// anything that happens by itself.
    pub(super) is_caught_up: bool,
    /// True if the fill model is not what the ledger says, because a change could not be written.
    pub(super) is_stale: bool,
}

/// The changes that follow from one thing, before they are written.
#[derive(Default)]
struct AccountChange {
    inputs: Vec<(String, Input)>,
    events: Vec<VenueEvent>,
    paid: Vec<(String, Price)>,
}

impl PaperAccount {
    /// Returns the books, once time has passed until `now`.
    ///
    /// # Errors
    /// They cannot be read or written.
    pub fn books(&mut self, now: Timestamp) -> Result<&PaperLedger, PaperError> {
        let time = self.begin(now)?;
        self.pass(time)?;
        Ok(&self.ledger)
    }

    /// Returns the time from which trades matter to the working orders: that of the last change; `now` if none works.
    ///
    /// # Errors
    /// The books cannot be read.
    pub fn trades_matter_from(&mut self, now: Timestamp) -> Result<Timestamp, PaperError> {
        let time = self.begin(now)?;
        Ok(if self.matching.working() > 0 { self.last } else { time })
    }

    /// Takes up trades, and rows that the venue gave after them, at `now`: those of all open markets, if `is_all`.
    ///
    /// # Errors
    /// Their consequences cannot be written. Nothing is lost: the next rows say how it is.
    pub fn on_market_data(
        &mut self,
        (trades, rows): (&[VenueTrade], &[MarketRow]),
        now: Timestamp,
        is_all: bool,
    ) -> Result<(), PaperError> {
        let time = self.begin(now)?;
        let mut change = AccountChange::default();
        trades.iter().for_each(|trade| self.on_trade(trade, &mut change));
        rows.iter().for_each(|row| self.on_row(row, time, &mut change));
        if !change.paid.is_empty() {
            let held: BTreeSet<String> = self.ledger.positions()?.into_iter().map(|held| held.ticker).collect();
            change.paid.retain(|(ticker, _)| held.contains(ticker));
        }
        if is_all {
            let open: BTreeSet<&str> = rows.iter().map(|row| row.ticker.as_str()).collect();
            let matching = &self.matching;
            self.seen.retain(|ticker, _| open.contains(ticker.as_str()) || matching.is_watching(ticker));
        }
        self.matching.advance(time, &mut change.events);
        self.is_caught_up |= is_all;
        self.write(change, None, time)
    }

    /// Takes up a change of a market's top of book at `now`.
    ///
    /// # Errors
    /// As [`PaperAccount::on_market_data`].
    pub fn on_tick(&mut self, tick: &QuoteUpdate, now: Timestamp) -> Result<(), PaperError> {
        let time = self.begin(now)?;
        let Some(seen) = self.seen.get_mut(&tick.ticker) else { return Ok(()) };
        let QuoteUpdate { ticker, bid, ask, bid_size, ask_size, last, .. } = tick;
        let (bid, ask, last) = (side(*bid), side(*ask), side(*last).or(seen.quote.last));
        let quote = Quote { time, bid, ask, bid_size: *bid_size, ask_size: *ask_size, last, ..seen.quote };
        seen.quote = quote;
        let mut change = AccountChange::default();
        if self.matching.is_watching(ticker) {
            self.matching.show(ticker, &quote, &mut change.events);
            change.inputs.push((ticker.clone(), Input::Row { quote }));
        }
        self.write(change, None, time)
    }

    fn on_trade(&mut self, trade: &VenueTrade, change: &mut AccountChange) {
        let VenueTrade { id, ticker, time, price, qty, taker, .. } = trade;
        let (time, price, qty, taker) = (*time, *price, *qty, *taker);
        // After a restart the venue is asked for trades that were shown before.
        if self.shown_trades.contains(id) || !self.matching.is_watching(ticker) {
            return;
        }
        self.matching.trade(ticker, public(time, price, qty, taker), &mut change.events);
        change.inputs.push((ticker.clone(), Input::Trade { id: id.clone(), time, price, qty, taker }));
    }

    fn on_row(&mut self, row: &MarketRow, time: Timestamp, change: &mut AccountChange) {
        let ticker = &row.ticker;
        let is_over = matches!(row.phase, MarketPhase::Closed | MarketPhase::Settled);
        let closes = if is_over { row.closes.min(time) } else { row.closes };
        let now = SeenMarket { market: market(row, closes), quote: quote(row, time), phase: row.phase };
        if self.matching.is_watching(ticker) {
            if !self.matching.is_listed_as(&now.market) {
                let market = Box::new(self.matching.list_anew(&now.market));
                change.inputs.push((ticker.clone(), Input::Listed { market }));
            }
            let is_news = self.seen.get(ticker).is_none_or(|seen| Quote { time, ..seen.quote } != now.quote);
            if is_news && row.phase == MarketPhase::Open {
                self.matching.show(ticker, &now.quote, &mut change.events);
                change.inputs.push((ticker.clone(), Input::Row { quote: now.quote }));
            }
        }
        if let Some(outcome) = row.result.outcome().filter(|_| row.phase == MarketPhase::Settled) {
            if self.matching.is_watching(ticker) {
                let settlement = Settlement { market: MarketId(0), time, outcome };
                self.matching.settle(ticker, settlement, &mut change.events);
            }
            change.paid.push((ticker.clone(), outcome.payout()));
        }
        self.seen.insert(ticker.clone(), now);
    }

    /// Places an order at `now`.
    ///
    /// # Errors
    /// Refused, or not known, as a venue would say.
    pub fn place(&mut self, new: &NewOrder, now: Timestamp) -> Result<Accepted, PlaceError> {
        let not_placed = |error: PaperError| PlaceError::NotPlaced(error.to_string());
        let time = self.begin(now).map_err(not_placed)?;
        self.pass(time).map_err(not_placed)?;
        let is_known =
            self.ledger.has_client_order_id(&new.client_order_id).map_err(|error| not_placed(error.into()))?;
        if is_known {
            return Err(PlaceError::OutcomeUnknown("the ledger has its id already".to_owned()));
        }
        let number = self.ledger.next_order().map_err(|error| not_placed(error.into()))?;
        let seen = match self.seen.get(&new.ticker) {
            None => return Err(refused(404, "market_not_found", "no quote of the market was seen")),
            Some(seen) if seen.phase != MarketPhase::Open => {
                return Err(refused(409, "market_inactive", "the market takes no orders"));
            }
            Some(seen) => seen.clone(),
        };
        let (change, order) = self.match_order(new, &seen, OrderId(number), time);
        let refusal = change.events.iter().find_map(|event| match event {
            VenueEvent::Closed { order: id, state: OrderState::Rejected, reason, .. } if *id == order.order.id => {
                Some(refused(400, "invalid_order", reason))
            }
            _ => None,
        });
        if let Some(refusal) = refusal {
            // Nothing of it is written, so the fill model must not know of it either.
            self.is_stale = true;
            return Err(refusal);
        }
        let (filled, has_ended) = outcome_of(&change.events, order.order.id);
        let unknown = |error: PaperError| PlaceError::OutcomeUnknown(error.to_string());
        self.write(change, Some(&order), time).map_err(unknown)?;
        let remaining = if has_ended { Qty::ZERO } else { new.qty - filled };
        Ok(Accepted { order_id: order_id(order.order.id), filled, remaining })
    }

    /// Shows the fill model an order. Returns what follows, with the order as the ledger keeps it.
    fn match_order(
        &mut self,
        new: &NewOrder,
        seen: &SeenMarket,
        id: OrderId,
        time: Timestamp,
    ) -> (AccountChange, LedgerOrder) {
        let &NewOrder { side, price, qty, time_in_force, .. } = new;
        let order = Order {
            id,
            slot: SlotId(0),
            market: MarketId(0),
            side,
            price,
            qty,
            time_in_force,
            intent: Intent::Entry,
            created: time,
            arrival_mid_doubled: 0,
        };
        let (ticker, quote) = (&new.ticker, Quote { time, ..seen.quote });
        let mut change = AccountChange::default();
        // What it was shown before is not kept once nothing in the market matters.
        if !self.matching.is_watching(ticker) || !self.matching.is_listed_as(&seen.market) {
            let market = Box::new(self.matching.list_anew(&seen.market));
            change.inputs.push((ticker.clone(), Input::Listed { market }));
        }
        self.matching.place(ticker, &order, &quote, &mut change.events);
        change.inputs.push((ticker.clone(), Input::Placed { order: id, quote }));
        let (client_order_id, ticker) = (new.client_order_id.clone(), ticker.clone());
        let state = OrderState::Working;
        (change, LedgerOrder { client_order_id, ticker, order, filled: Qty::ZERO, state })
    }

    /// Closes a market at `now`, at what a person says that it has paid.
    ///
    /// # Errors
    /// The books cannot be read or written.
    pub fn settle_by_hand(&mut self, ticker: &str, payout: Price, now: Timestamp) -> Result<(), PaperError> {
        let time = self.begin(now)?;
        if !self.ledger.positions()?.iter().any(|held| held.ticker == ticker) {
            return Ok(());
        }
        let mut change = AccountChange::default();
        if self.matching.is_watching(ticker) {
            let settlement = Settlement { market: MarketId(0), time, outcome: Outcome::Value(payout) };
            self.matching.settle(ticker, settlement, &mut change.events);
        }
        change.paid.push((ticker.to_owned(), payout));
        self.write(change, None, time)
    }

    /// Cancels an order at `now`. Returns `None` while the cancel is on its way.
    ///
    /// # Errors
    /// It does not work any more, or what became of it is not known.
    pub fn cancel(&mut self, id: &str, now: Timestamp) -> Result<Option<Cancelled>, CancelError> {
        let unknown = |error: PaperError| CancelError::OutcomeUnknown(error.to_string());
        let time = self.begin(now).map_err(unknown)?;
        self.pass(time).map_err(unknown)?;
        let Some(number) = order_number(id) else { return Err(CancelError::Gone) };
        let found = self.ledger.order(number).map_err(|error| unknown(error.into()))?;
        let Some(found) = found.filter(|order| order.state == OrderState::Working) else {
            return Err(CancelError::Gone);
        };
        let mut change = AccountChange::default();
        let order = OrderId(number);
        self.matching.cancel(order, time, &mut change.events);
        change.inputs.push((found.ticker.clone(), Input::Cancelled { order, time }));
        let (_, has_ended) = outcome_of(&change.events, order);
        self.write(change, None, time).map_err(unknown)?;
        Ok(has_ended.then(|| Cancelled { reduced_by: found.order.qty - found.filled }))
    }

    /// Returns how an order whose cancel was on its way stands at `now`; `None` while it works.
    ///
    /// # Errors
    /// It was filled before, or that is not known.
    pub fn cancelled(&mut self, id: &str, now: Timestamp) -> Result<Option<Cancelled>, CancelError> {
        let unknown = |error: PaperError| CancelError::OutcomeUnknown(error.to_string());
        let number = order_number(id).ok_or(CancelError::Gone)?;
        let found = self.books(now).and_then(|books| Ok(books.order(number)?)).map_err(unknown)?;
        match found {
            Some(order) if order.state == OrderState::Working => Ok(None),
            Some(order) if order.state == OrderState::Cancelled => {
                Ok(Some(Cancelled { reduced_by: order.order.qty - order.filled }))
            }
            _ => Err(CancelError::Gone),
        }
    }

    /// Takes up what other processes have written, or what this one could not. Returns `now`, or the time of the last
    /// change if that is later.
    fn begin(&mut self, now: Timestamp) -> Result<Timestamp, PaperError> {
        if self.ledger.take_changed()? || self.is_stale {
            self.rebuild()?;
        }
        Ok(now.max(self.last))
    }

    /// Writes what happens by itself until `time`, once market data was taken up.
    fn pass(&mut self, time: Timestamp) -> Result<(), PaperError> {
        if !self.is_caught_up {
            return Ok(());
        }
        let mut change = AccountChange::default();
        self.matching.advance(time, &mut change.events);
        self.write(change, None, time)
    }

    /// Writes a change, with the order that was accepted, and waits for the disk.
    fn write(
        &mut self,
        change: AccountChange,
        accepted: Option<&LedgerOrder>,
        time: Timestamp,
    ) -> Result<(), PaperError> {
        let AccountChange { inputs, events, paid } = &change;
        if inputs.is_empty() && events.is_empty() && paid.is_empty() {
            return Ok(());
        }
        // Until it is written, the fill model is ahead of the books.
        self.is_stale = true;
        let ended: Vec<LedgerOrder> = events
            .iter()
            .map(event_order)
            .collect::<BTreeSet<u64>>()
            .into_iter()
            .map(|number| self.ledger.order(number))
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        let touched = inputs.iter().map(|(ticker, _)| ticker).chain(ended.iter().map(|order| &order.ticker));
        let touched: BTreeSet<&str> =
            touched.chain(paid.iter().map(|(ticker, _)| ticker)).map(String::as_str).collect();
        let quiet = touched.into_iter().filter(|ticker| !self.matching.is_watching(ticker)).collect();
        let as_text = |(ticker, input): &(String, Input)| Ok((ticker.clone(), serde_json::to_string(input)?));
        let texts = inputs.iter().map(as_text).collect::<Result<Vec<_>, serde_json::Error>>()?;
        let inputs = texts.iter().map(|(ticker, text)| (ticker.as_str(), text.clone())).collect();
        let paid = paid.iter().map(|(ticker, payout)| Payout { ticker, time, payout: *payout }).collect();
        self.ledger.commit(&LedgerStep { inputs, accepted, events, paid, quiet }, time)?;
        (self.last, self.is_stale) = (time, false);
        if self.matching.working() == 0 && self.matching.listed() > MOST_IDLE {
            self.matching = Matching::new(&self.settings);
        }
        Ok(())
    }
}
