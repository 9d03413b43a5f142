//! The pretend account: the fill model, and the ledger that each of its changes is in before anybody is told of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use host_core::{
    Intent, Market, MarketId, Order, OrderId, OrderState, Price, PublicTrade, Qty, Quote, Settlement, Side, SlotId,
    Taker, Timestamp, Usd, VenueEvent,
};
use host_sim::fill::ExchangeSettings;
use host_store::paper::{LedgerError, LedgerOrder, LedgerOwner, LedgerStep, PaperLedger, Payout};
use host_venues::error::{CancelError, PlaceError};
use host_venues::model::{Accepted, Cancelled, MarketPhase, MarketRow, NewOrder, QuoteUpdate};
use host_venues::past::VenueTrade;
use thiserror::Error;

use super::input::Input;
use super::matching::Matching;

/// Markets that the fill model keeps under numbers although nothing in them matters any more.
const MOST_IDLE: u32 = 4_096;

/// The reason for the end of orders that a changed fill model cannot go on with.
const CHANGED_TERMS: &str = "orders are filled on other terms now";

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
struct SeenMarket {
    market: Market,
    quote: Quote,
    phase: MarketPhase,
}

/// The venue's side of a pretend account.
#[derive(Debug)]
pub struct PaperAccount {
    ledger: PaperLedger,
    settings: ExchangeSettings,
    matching: Matching,
    /// By ticker.
    seen: HashMap<String, SeenMarket>,
    /// Trades that the fill model was shown before the ledger was read.
    shown_trades: BTreeSet<String>,
    /// The time of the last change: it never goes back.
    last: Timestamp,
    /// False until market data was taken up since the account was opened: what happened while no host ran comes before
    /// anything that happens by itself.
    is_caught_up: bool,
    /// True if the fill model is not what the ledger says, because a change could not be written.
    is_stale: bool,
}

/// The changes that follow from one thing, before they are written.
#[derive(Default)]
struct Change {
    inputs: Vec<(String, Input)>,
    events: Vec<VenueEvent>,
    paid: Vec<(String, Price)>,
}

impl PaperAccount {
    /// Makes the ledger of `owner` at `path` on `terms`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, owner: &LedgerOwner, terms: &PaperTerms, time: Timestamp) -> Result<(), PaperError> {
        Ok(PaperLedger::create(path, owner, &serde_json::to_string(&terms.exchange)?, terms.deposit, time)?)
    }

    /// Opens the account of `owner` at `path` to go on with it on `terms`. Returns the number of orders that were ended
    /// because the terms have changed. No other process may go on with it.
    ///
    /// # Errors
    /// It is another's, or it cannot be read or written.
    pub fn open(path: &Path, owner: &LedgerOwner, terms: &PaperTerms) -> Result<(PaperAccount, usize), PaperError> {
        let mut account = PaperAccount { is_caught_up: false, ..PaperAccount::reach(path)? };
        account.ledger.require_owner(owner)?;
        let (former, deposited, _, _) = account.ledger.account()?;
        let text = serde_json::to_string(&terms.exchange)?;
        let is_other = former != text;
        let ended = if is_other { account.end_all()? } else { account.rebuild()? };
        let more = (terms.deposit - deposited).max(Usd::ZERO);
        if is_other || more > Usd::ZERO {
            account.ledger.set_terms(&text, more)?;
            account.settings = terms.exchange.clone();
            account.rebuild()?;
        }
        Ok((account, ended))
    }

    /// Opens the account at `path` as it is: to read it, or to cancel its orders.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn reach(path: &Path) -> Result<PaperAccount, PaperError> {
        let ledger = PaperLedger::open(path)?;
        let (terms, _, _, last) = ledger.account()?;
        let settings: ExchangeSettings = serde_json::from_str(&terms)?;
        let matching = Matching::new(&settings);
        Ok(PaperAccount {
            ledger,
            settings,
            matching,
            seen: HashMap::new(),
            shown_trades: BTreeSet::new(),
            last,
            is_caught_up: true,
            is_stale: true,
        })
    }

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
    /// What follows from them cannot be written. Nothing is lost: the next rows say how it is.
    pub fn on_market_data(
        &mut self,
        (trades, rows): (&[VenueTrade], &[MarketRow]),
        now: Timestamp,
        is_all: bool,
    ) -> Result<(), PaperError> {
        let time = self.begin(now)?;
        let mut change = Change::default();
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
        let mut change = Change::default();
        if self.matching.is_watching(ticker) {
            self.matching.show(ticker, &quote, &mut change.events);
            change.inputs.push((ticker.clone(), Input::Row { quote }));
        }
        self.write(change, None, time)
    }

    fn on_trade(&mut self, trade: &VenueTrade, change: &mut Change) {
        let VenueTrade { id, ticker, time, price, qty, taker, .. } = trade;
        let (time, price, qty, taker) = (*time, *price, *qty, *taker);
        // After a restart the venue is asked for trades that were shown before.
        if self.shown_trades.contains(id) || !self.matching.is_watching(ticker) {
            return;
        }
        self.matching.trade(ticker, public(time, price, qty, taker), &mut change.events);
        change.inputs.push((ticker.clone(), Input::Trade { id: id.clone(), time, price, qty, taker }));
    }

    fn on_row(&mut self, row: &MarketRow, time: Timestamp, change: &mut Change) {
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
    ) -> (Change, LedgerOrder) {
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
        let mut change = Change::default();
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
        let mut change = Change::default();
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
        let mut change = Change::default();
        self.matching.advance(time, &mut change.events);
        self.write(change, None, time)
    }

    /// Writes a change, with the order that was accepted, and waits for the disk.
    fn write(&mut self, change: Change, accepted: Option<&LedgerOrder>, time: Timestamp) -> Result<(), PaperError> {
        let Change { inputs, events, paid } = &change;
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

    /// Brings the fill model to where the ledger says that it was. Returns the number of orders that were ended,
    /// because a host of another version filled them in another way.
    fn rebuild(&mut self) -> Result<usize, PaperError> {
        let (_, _, _, last) = self.ledger.account()?;
        (self.matching, self.last) = (Matching::new(&self.settings), last);
        let working = self.ledger.working()?;
        let by_number: BTreeMap<u64, &LedgerOrder> = working.iter().map(|order| (order.order.id.0, order)).collect();
        let mut events = Vec::new();
        self.shown_trades.clear();
        for (ticker, text) in self.ledger.inputs()? {
            match serde_json::from_str(&text)? {
                Input::Listed { market } => self.matching.list(&market),
                Input::Row { quote } => self.matching.show(&ticker, &quote, &mut events),
                Input::Placed { order, quote } => {
                    let found = match by_number.get(&order.0) {
                        Some(known) => Some((*known).clone()),
                        None => self.ledger.order(order.0)?,
                    };
                    if let Some(known) = found {
                        self.matching.place(&ticker, &known.order, &quote, &mut events);
                    }
                }
                Input::Trade { id, time, price, qty, taker } => {
                    self.matching.trade(&ticker, public(time, price, qty, taker), &mut events);
                    self.shown_trades.insert(id);
                }
                Input::Cancelled { order, time } => self.matching.cancel(order, time, &mut events),
            }
        }
        self.matching.advance(last, &mut events);
        let agrees = |(number, order): (&u64, &&LedgerOrder)| {
            let (filled, has_ended) = outcome_of(&events, OrderId(*number));
            !has_ended && filled == order.filled
        };
        if self.matching.working() == working.len() && by_number.iter().all(agrees) {
            self.is_stale = false;
            return Ok(0);
        }
        self.end_all()
    }

    /// Ends all orders, which the fill model cannot go on with. Returns their number.
    fn end_all(&mut self) -> Result<usize, PaperError> {
        let working = self.ledger.working()?;
        let (_, _, _, time) = self.ledger.account()?;
        let end = |order: &LedgerOrder| VenueEvent::Closed {
            order: order.order.id,
            time,
            state: OrderState::Cancelled,
            reason: CHANGED_TERMS.to_owned(),
        };
        let events: Vec<VenueEvent> = working.iter().map(end).collect();
        let inputs = self.ledger.inputs()?;
        let quiet: BTreeSet<&str> = inputs.iter().map(|(ticker, _)| ticker.as_str()).collect();
        let quiet = quiet.into_iter().collect();
        self.ledger.commit(&LedgerStep { events: &events, quiet, ..LedgerStep::default() }, time)?;
        (self.matching, self.last, self.is_stale) = (Matching::new(&self.settings), time, false);
        Ok(working.len())
    }
}

/// Returns the venue's id of an order.
pub(super) fn order_id(order: OrderId) -> String {
    format!("paper-{}", order.0)
}

/// Returns the number of the order with the venue's id `id`, if it is one.
pub(super) fn order_number(id: &str) -> Option<u64> {
    id.strip_prefix("paper-")?.parse().ok()
}

fn refused(status: u16, code: &str, message: &str) -> PlaceError {
    PlaceError::Rejected { status, code: code.to_owned(), message: message.to_owned() }
}

fn event_order(event: &VenueEvent) -> u64 {
    match event {
        VenueEvent::Filled(fill) => fill.order.0,
        VenueEvent::Closed { order, .. } => order.0,
    }
}

/// Returns how much of an order `events` fill, and whether one of them ends it otherwise.
fn outcome_of(events: &[VenueEvent], order: OrderId) -> (Qty, bool) {
    let mut filled = Qty::ZERO;
    let mut has_ended = false;
    for event in events.iter().filter(|event| event_order(event) == order.0) {
        match event {
            VenueEvent::Filled(fill) => filled += fill.qty,
            VenueEvent::Closed { .. } => has_ended = true,
        }
    }
    (filled, has_ended)
}

fn public(time: Timestamp, price: Price, qty: Qty, taker: Option<Side>) -> PublicTrade {
    let taker = match taker {
        Some(Side::Buy) => Taker::Buys,
        Some(Side::Sell) => Taker::Sells,
        None => Taker::Unknown,
    };
    PublicTrade { market: MarketId(0), time, price, qty, taker }
}

fn market(row: &MarketRow, closes: Timestamp) -> Market {
    Market {
        id: MarketId(0),
        ticker: row.ticker.clone(),
        event: row.event.clone(),
        series: String::new(),
        category: String::new(),
        title: String::new(),
        ticks: row.ticks.clone(),
        opens: Some(row.opens),
        closes: Some(closes),
        event_time: None,
    }
}

/// Returns a price that somebody may trade at: one of exactly 0 or 1 means an empty side.
fn side(price: Option<Price>) -> Option<Price> {
    price.filter(|price| Price::ZERO < *price && *price < Price::ONE)
}

fn quote(row: &MarketRow, time: Timestamp) -> Quote {
    let MarketRow { bid, ask, bid_size, ask_size, last, volume, .. } = row;
    Quote {
        market: MarketId(0),
        time,
        bid: side(*bid),
        ask: side(*ask),
        bid_size: *bid_size,
        ask_size: *ask_size,
        last: side(*last),
        volume: *volume,
    }
}
