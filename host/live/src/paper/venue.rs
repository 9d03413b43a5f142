//! A venue whose account is pretend: its market data is the real venue's, its orders go to the fill model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use host_core::{OrderState, Price, Qty, Span, TimeInForce, Timestamp, Usd};
use host_store::paper::{LedgerFill, LedgerOrder, LedgerPosition, PaperLedger};
use host_venues::client::{HealedReads, VenueTime};
use host_venues::clock::Clock;
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::model::{
    AccountBalance, AccountRows, Announcement, Cancelled, Closure, EventDescription, MarketFilter, MarketRow, NewOrder,
    SeriesDescription, StreamEvent, VenueFill, VenueOrder, VenuePosition, VenueStatus,
};
use host_venues::past::VenueTrade;
use host_venues::venue::{EventStream, OrderLeave, PlaceAnswer, ReadAnswer, Venue};

use super::account::{PaperAccount, PaperError};
use super::convert::{order_id, order_number};
use crate::trade_tape::{OVERLAP, TradeTape};

/// Time within which a cancel must have got to the fill model: many times its latency.
const LONGEST_CANCEL: Span = Span::seconds(20);

/// Time between looks at whether it has.
const CANCEL_LOOK: Span = Span::millis(100);

/// A pretend account at a venue.
#[derive(Clone, Debug)]
pub struct PaperVenue {
    /// The venue, of which only market data is asked.
    market_data: Arc<dyn Venue>,
    /// The same with a key, which streams ask for.
    streamed: Option<Arc<dyn Venue>>,
    account: Arc<Mutex<PaperAccount>>,
    /// The venue's trades; `None` before they were asked for.
    tape: Arc<Mutex<Option<TradeTape>>>,
    /// Held by the order whose turn it is, so that orders are placed in the sequence of their requests.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl PaperVenue {
    /// A pretend `account` on the market data of a venue.
    pub fn new(market_data: Arc<dyn Venue>, account: PaperAccount) -> PaperVenue {
        let streamed = None;
        PaperVenue {
            market_data,
            streamed,
            account: Arc::new(Mutex::new(account)),
            tape: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// The same, whose stream is that of `streamed`.
    #[must_use]
    pub fn streaming(self, streamed: Option<Arc<dyn Venue>>) -> PaperVenue {
        PaperVenue { streamed, ..self }
    }

    fn account(&self) -> MutexGuard<'_, PaperAccount> {
        // What a panic left half done is not in the ledger, from which it is made anew.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Asks the venue for its trades. Returns those that are new; none if it does not answer, so that they come later.
    async fn new_trades(&self) -> Vec<VenueTrade> {
        let since = {
            let (mut account, now) = (self.account(), self.now());
            // The account knows those among them that it was shown before a restart.
            let mut from = || account.trades_matter_from(now).unwrap_or(now) - OVERLAP;
            self.tape().get_or_insert_with(|| TradeTape::new(from())).asks_since()
        };
        let read = self.market_data.trades_since(since).await;
        self.tape().as_mut().map(|tape| tape.take_up(read)).unwrap_or_default()
    }

    fn tape(&self) -> MutexGuard<'_, Option<TradeTape>> {
        // Trades are taken up one by one: what a panic left is whole.
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the books.
    fn read<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&PaperLedger) -> Result<T, PaperError> + Send + 'a,
    ) -> ReadAnswer<'a, T> {
        Box::pin(async move {
            let (mut account, now) = (self.account(), self.now());
            account.books(now).and_then(read).map_err(|error| ReadError::Ledger(error.to_string()))
        })
    }
}

impl Venue for PaperVenue {
    fn clock(&self) -> &Clock {
        self.market_data.clock()
    }

    fn urgent(&self) -> Arc<dyn Venue> {
        Arc::new(PaperVenue { market_data: self.market_data.urgent(), ..self.clone() })
    }

    fn skew(&self) -> Option<VenueTime> {
        self.market_data.skew()
    }

    fn take_healed(&self) -> Option<HealedReads> {
        self.market_data.take_healed()
    }

    fn reads_resume(&self) -> Option<Timestamp> {
        self.market_data.reads_resume()
    }

    fn venue_time(&self) -> ReadAnswer<'_, VenueTime> {
        self.market_data.venue_time()
    }

    fn exchange_status(&self) -> ReadAnswer<'_, VenueStatus> {
        self.market_data.exchange_status()
    }

    fn announcements(&self) -> ReadAnswer<'_, Vec<Announcement>> {
        self.market_data.announcements()
    }

    fn closures(&self) -> ReadAnswer<'_, Vec<Closure>> {
        self.market_data.closures()
    }

    fn quotes<'a>(&'a self, filter: &'a MarketFilter) -> ReadAnswer<'a, Vec<MarketRow>> {
        Box::pin(async move {
            let is_all = matches!(filter, MarketFilter::Open(_));
            // Before the rows, which show the book after them.
            let trades = if is_all { self.new_trades().await } else { Vec::new() };
            let rows = self.market_data.quotes(filter).await;
            let shown = rows.as_deref().unwrap_or_default();
            let taken = self.account().on_market_data((&trades, shown), self.now(), is_all && rows.is_ok());
            taken.map_err(|error| ReadError::Ledger(error.to_string())).and(rows)
        })
    }

    fn events<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<EventDescription>> {
        self.market_data.events(series)
    }

    fn series<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<SeriesDescription>> {
        self.market_data.series(series)
    }

    fn trades_since(&self, since: Timestamp) -> ReadAnswer<'_, Vec<VenueTrade>> {
        // They are read before each poll.
        let trades = self.tape().as_ref().map_or_else(|| Ok(Vec::new()), |tape| tape.since(since));
        Box::pin(std::future::ready(trades))
    }

    fn stream(&self) -> Box<dyn EventStream> {
        let quotes = self.streamed.as_ref().unwrap_or(&self.market_data).stream_of_quotes();
        Box::new(PaperStream { quotes, venue: self.clone() })
    }

    fn stream_of_quotes(&self) -> Box<dyn EventStream> {
        self.stream()
    }

    fn learn_limits(&self) -> ReadAnswer<'_, ()> {
        // Whoever has no key gets what every account may send.
        Box::pin(std::future::ready(Ok(())))
    }

    fn balance(&self) -> ReadAnswer<'_, AccountBalance> {
        self.read(|books| {
            let ((_, _, cash, _), positions) = (books.account()?, books.positions()?);
            // A venue keeps a dollar for each contract that is short.
            let kept: Usd = positions.iter().map(|held| Price::ONE * (-held.qty).max(Qty::ZERO)).sum();
            let portfolio = positions.iter().map(exposure).sum();
            Ok(AccountBalance { cash: cash - kept, portfolio })
        })
    }

    fn positions(&self) -> ReadAnswer<'_, AccountRows<VenuePosition>> {
        self.read(|books| Ok(rows(books.positions()?.into_iter().map(position))))
    }

    fn open_orders(&self) -> ReadAnswer<'_, AccountRows<VenueOrder>> {
        self.read(|books| Ok(rows(books.working()?.into_iter().map(order))))
    }

    fn orders_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueOrder>> {
        self.read(move |books| Ok(rows(books.orders_since(since)?.into_iter().map(order))))
    }

    fn fills_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueFill>> {
        self.read(move |books| Ok(rows(books.fills_since(since)?.into_iter().map(fill))))
    }

    fn order<'a>(&'a self, id: &'a str) -> ReadAnswer<'a, Option<VenueOrder>> {
        self.read(move |books| match order_number(id) {
            Some(number) => Ok(books.order(number)?.map(order)),
            None => Ok(None),
        })
    }

    fn place<'a>(&'a self, order: NewOrder, leave: BoxFuture<'a, Option<Box<dyn OrderLeave>>>) -> PlaceAnswer<'a> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let leave = leave.await?;
            if leave.is_revoked() {
                return Some(Err(PlaceError::NotPlaced("trading was stopped before it went out".to_owned())));
            }
            let now = self.now();
            Some(self.account().place(&order, now))
        })
    }

    fn cancel<'a>(&'a self, order_id: &'a str) -> BoxFuture<'a, Result<Cancelled, CancelError>> {
        Box::pin(async move {
            let now = self.now();
            if let Some(done) = self.account().cancel(order_id, now)? {
                return Ok(done);
            }
            // As a real one, it takes its time to get there.
            while self.now() - now < LONGEST_CANCEL {
                self.clock().sleep(CANCEL_LOOK).await;
                let at = self.now();
                if let Some(done) = self.account().cancelled(order_id, at)? {
                    return Ok(done);
                }
            }
            Err(CancelError::OutcomeUnknown(format!("it did not get there within {LONGEST_CANCEL}")))
        })
    }

    fn cancel_all(&self) -> BoxFuture<'_, Result<(), CancelError>> {
        Box::pin(async move {
            let open = self.open_orders().await.map_err(|error| CancelError::OutcomeUnknown(error.to_string()))?;
            for order in open.rows {
                match self.cancel(&order.order_id).await {
                    Ok(_) | Err(CancelError::Gone) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    fn settle_by_hand(&self, ticker: &str, payout: Price) -> Result<(), ReadError> {
        let settled = self.account().settle_by_hand(ticker, payout, self.now());
        settled.map_err(|error| ReadError::Ledger(error.to_string()))
    }
}

/// The stream of quotes, which the fill model sees before the host.
#[derive(Debug)]
struct PaperStream {
    quotes: Box<dyn EventStream>,
    venue: PaperVenue,
}

impl EventStream for PaperStream {
    fn next(&mut self) -> BoxFuture<'_, StreamEvent> {
        Box::pin(async move {
            let event = self.quotes.next().await;
            if let StreamEvent::Quote(tick) = &event {
                let now = self.venue.now();
                // What cannot be written comes again with the next poll, which says why.
                if let Err(error) = self.venue.account().on_tick(tick, now) {
                    tracing::warn!("a price of the stream is left out: {error}");
                }
            }
            event
        })
    }
}

fn rows<T>(rows: impl Iterator<Item = T>) -> AccountRows<T> {
    AccountRows { rows: rows.collect(), unreadable: Vec::new() }
}

fn order(row: LedgerOrder) -> VenueOrder {
    let LedgerOrder { client_order_id, ticker, order, filled, state } = row;
    let expiration = match order.time_in_force {
        TimeInForce::GoodTill(time) => Some(time),
        TimeInForce::ImmediateOrCancel => None,
    };
    VenueOrder {
        order_id: order_id(order.id),
        client_order_id,
        ticker,
        side: order.side,
        price: order.price,
        initial: order.qty,
        filled,
        remaining: if state == OrderState::Working { order.qty - filled } else { Qty::ZERO },
        // As venues say it: the expiration tells the rest.
        state: if state == OrderState::Expired { OrderState::Cancelled } else { state },
        created: Some(order.created),
        expiration,
    }
}

fn fill(row: LedgerFill) -> VenueFill {
    let LedgerFill { number, ticker, order, fill } = row;
    VenueFill {
        id: format!("paper-{number}"),
        order_id: order_id(order.id),
        ticker,
        side: order.side,
        price: fill.price,
        qty: fill.qty,
        cost: fill.cost,
        fee: fill.fee,
        taker: fill.taker,
        time: fill.time,
    }
}

fn position(row: LedgerPosition) -> VenuePosition {
    let exposure = exposure(&row);
    VenuePosition { ticker: row.ticker, position: row.qty, exposure, realised: Usd::ZERO, fees: row.fees }
}

/// Returns what a position can lose: its cost, or of a short one what it brought in too little.
fn exposure(held: &LedgerPosition) -> Usd {
    let kept = Price::ONE * (-held.qty).max(Qty::ZERO);
    (kept + held.cost).max(Usd::ZERO)
}
