//! Requests to the venue. Each runs as a task of its own and answers over one channel, so that the loop around the
//! engine never waits. Nothing is decided here, and no order is ever sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use host_core::{Order, OrderId, Span, Timestamp};
use host_store::live::Sent;
use host_venues::clock::Clock;
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::model::{
    Accepted, AccountBalance, AccountRows, Announcement, Closure, EventDescription, MarketFilter, MarketRow, NewOrder,
    SeriesDescription, StreamEvent, VenueFill, VenueOrder, VenuePosition, VenueStatus,
};
use host_venues::past::VenueTrade;
use host_venues::venue::{EventStream, OrderLeave, Venue};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::control::{KillSwitch, Leaving};
use crate::error::{LiveError, Result};

/// The shortest time between requests for the account's limits.
const LIMITS_EVERY: Span = Span::minutes(1);

/// The response to one request, or an event of the stream.
#[derive(Debug)]
pub enum VenueResponse {
    /// All open markets.
    Polled {
        /// The poll's time: a multiple of the interval.
        time: Timestamp,
        /// The time of the request: nothing in it is older.
        asked: Timestamp,
        rows: Result<Vec<MarketRow>, ReadError>,
    },
    /// Markets that are no longer open, but that the host holds or has orders in.
    Watched {
        /// The markets that were asked for.
        tickers: Vec<String>,
        rows: Result<Vec<MarketRow>, ReadError>,
    },
    /// The trades of all markets.
    Traded(Result<Vec<VenueTrade>, ReadError>),
    /// The series of events, and the categories of series.
    Discovered(Result<(Vec<EventDescription>, Vec<SeriesDescription>), ReadError>),
    /// The response to an order.
    Created(OrderId, Result<Accepted, PlaceError>),
    /// The response to a cancel.
    Cancelled(OrderId, Result<(), CancelError>),
    /// Orders, then fills: so that an order's fills are never missing.
    Looked {
        /// The time when the look began.
        asked: Timestamp,
        look: Result<OrdersAndFills, ReadError>,
    },
    /// One order that no list shows; `None` if the venue does not know it.
    Found(OrderId, Result<Option<VenueOrder>, ReadError>),
    /// The whole account.
    Audited(Result<AccountReading, ReadError>),
    /// The venue's word about taking orders.
    Status(Result<VenueStatus, ReadError>),
    /// The venue's announcements, and the times in which it takes no orders by its schedule.
    Plans { announcements: Result<Vec<Announcement>, ReadError>, closures: Result<Vec<Closure>, ReadError> },
    /// The account's request limits were asked for.
    Limits(Result<(), ReadError>),
    /// An event of the WebSocket stream.
    Stream(StreamEvent),
}

/// Orders and fills, as one look at the venue shows them.
#[derive(Debug)]
pub struct OrdersAndFills {
    /// All orders since the oldest that matters.
    pub orders: AccountRows<VenueOrder>,
    /// All fills since then.
    pub fills: AccountRows<VenueFill>,
}

/// The account, as one look at the venue shows it.
#[derive(Debug)]
pub struct AccountReading {
    pub balance: AccountBalance,
    pub positions: AccountRows<VenuePosition>,
    /// The resting orders.
    pub orders: AccountRows<VenueOrder>,
    /// The fills since `since`, read last.
    pub fills: AccountRows<VenueFill>,
}

/// A request for an order, signed and waiting for leave.
#[derive(Debug)]
pub struct PreparedOrder {
    leave: oneshot::Sender<Leave>,
}

/// Everything that an order needs to leave.
#[derive(Debug)]
struct Leave {
    sent: Sent,
    kill: KillSwitch,
    engagements: u64,
    _leaving: Leaving,
}

/// The leave of the order that was prepared.
struct LeaveOf {
    leave: Leave,
    /// The client order id of the request. The request and what is on disk are made from the same order; if they
    /// differed, it must not leave.
    wanted: String,
    closed: Arc<AtomicBool>,
}

impl OrderLeave for LeaveOf {
    fn is_revoked(&self) -> bool {
        let Leave { sent, kill, engagements, .. } = &self.leave;
        self.closed.load(Ordering::SeqCst)
            || kill.is_engaged()
            || kill.engagements() != *engagements
            || sent.client_order_id() != self.wanted
    }
}

/// The loop's end of the connection to the venue.
#[derive(Debug)]
pub struct VenueRequests {
    runtime: Runtime,
    venue: Arc<dyn Venue>,
    clock: Clock,
    /// The clock moves only when it is waited on.
    stepped: bool,
    sender: UnboundedSender<VenueResponse>,
    responses: UnboundedReceiver<VenueResponse>,
    in_flight: usize,
    /// The time from which the account's limits may be asked for again.
    limits_from: Timestamp,
    stream: Option<Box<dyn EventStream>>,
    /// Orders that wait for their turn stay here.
    closed: Arc<AtomicBool>,
}

impl VenueRequests {
    /// Requests to `venue`, made on `runtime`. Its clock moves only when it is waited on if it is `stepped`. Opens the
    /// stream if the host `listens`.
    pub fn new(runtime: Runtime, venue: Arc<dyn Venue>, stepped: bool, listens: bool) -> VenueRequests {
        let stream = listens.then(|| {
            let _inside = runtime.enter();
            venue.stream()
        });
        let clock = venue.clock().clone();
        let (sender, responses) = unbounded_channel();
        VenueRequests {
            runtime,
            venue,
            clock,
            stepped,
            sender,
            responses,
            in_flight: 0,
            limits_from: Timestamp(i64::MIN),
            stream,
            closed: Arc::default(),
        }
    }

    /// Returns a runtime with one thread: requests wait, they do not compute.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn runtime() -> Result<Runtime> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("venue").enable_all().build().map_err(LiveError::Threads)
    }

    /// Returns the venue, for requests before and after the loop.
    pub fn venue(&self) -> &Arc<dyn Venue> {
        &self.venue
    }

    /// Runs `task` to its end here: only before and after the loop.
    pub fn wait_for<T>(&self, task: impl Future<Output = T>) -> T {
        self.runtime.block_on(task)
    }

    /// Returns the state of the circuit breaker: `closed`, or until when it is open.
    pub fn breaker(&self) -> String {
        self.venue.reads_resume().map_or_else(|| "closed".to_owned(), |time| format!("open until {time}"))
    }

    /// Returns the number of requests whose responses have not been taken.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Returns the next response, if one comes before `time` and within `patience`. A stepped clock is moved to `time`
    /// only while no request is on its way: requests take no simulated time but what they wait themselves.
    pub fn next(&mut self, time: Timestamp, patience: Duration) -> Option<VenueResponse> {
        let VenueRequests { runtime, clock, stepped, responses, in_flight, stream, .. } = self;
        let response = runtime.block_on(async {
            let due = async {
                if *in_flight > 0 && *stepped {
                    std::future::pending::<()>().await;
                }
                clock.sleep_until(time).await;
            };
            let streamed = async {
                match stream {
                    Some(stream) => stream.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                response = responses.recv() => response,
                event = streamed => Some(VenueResponse::Stream(event)),
                () = due => None,
                () = tokio::time::sleep(patience) => None,
            }
        })?;
        self.in_flight -= usize::from(!matches!(response, VenueResponse::Stream(_)));
        Some(response)
    }

    fn ask(&mut self, task: impl Future<Output = VenueResponse> + Send + 'static) {
        let sender = self.sender.clone();
        self.in_flight += 1;
        self.runtime.spawn(async move {
            // Fails once the loop has ended: then nobody waits for the response.
            let _ = sender.send(task.await);
        });
    }

    /// Requests all open markets, for the poll at `time`.
    pub fn poll(&mut self, time: Timestamp, filter: MarketFilter) {
        let (venue, asked) = (Arc::clone(&self.venue), self.clock.now());
        self.ask(async move { VenueResponse::Polled { time, asked, rows: venue.quotes(&filter).await } });
    }

    /// Requests markets by ticker, whatever their state.
    pub fn watch(&mut self, tickers: Vec<String>) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move {
            let rows = venue.quotes(&MarketFilter::Tickers(tickers.clone())).await;
            VenueResponse::Watched { tickers, rows }
        });
    }

    /// Requests the trades since `since`.
    pub fn trades(&mut self, since: Timestamp) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move { VenueResponse::Traded(venue.trades_since(since).await) });
    }

    /// Requests the events and series of `series`, or all.
    pub fn discover(&mut self, series: Vec<String>) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move {
            let both = async { Ok((venue.events(&series).await?, venue.series(&series).await?)) };
            VenueResponse::Discovered(both.await)
        });
    }

    /// Prepares the request of an order while the store writes the order down: dropped, it sends nothing. Orders leave
    /// in the sequence of these calls.
    pub fn prepare(&self, order: &Order, ticker: &str, client_order_id: String) -> PreparedOrder {
        let &Order { id, side, price, qty, time_in_force, .. } = order;
        let ticker = ticker.to_owned();
        let order = NewOrder { client_order_id, ticker, side, price, qty, time_in_force, reduce_only: false };
        let (leave, waiting) = oneshot::channel::<Leave>();
        let (venue, closed, sender) = (Arc::clone(&self.venue), Arc::clone(&self.closed), self.sender.clone());
        self.runtime.spawn(async move {
            let wanted = order.client_order_id.clone();
            let leave = async {
                let leave = waiting.await.ok()?;
                Some(Box::new(LeaveOf { leave, wanted, closed }) as Box<dyn OrderLeave>)
            };
            if let Some(answer) = venue.place(order, Box::pin(leave)).await {
                // Fails once the loop has ended: then nobody waits for the response.
                let _ = sender.send(VenueResponse::Created(id, answer));
            }
        });
        PreparedOrder { leave }
    }

    /// Lets an order leave, once, unless `kill` is engaged before it does, or was meanwhile: an order from before a
    /// kill must not leave after a resume. `engagements` are those when it was approved; `sent` proves that the order
    /// is on disk.
    pub fn create(&mut self, prepared: PreparedOrder, sent: Sent, kill: KillSwitch, engagements: u64) {
        // Counted until its response is here: before that, nobody may say that nothing is on its way.
        let leaving = kill.leaving();
        self.in_flight += 1;
        // The task waits for it, unless the runtime has ended.
        let _ = prepared.leave.send(Leave { sent, kill, engagements, _leaving: leaving });
    }

    /// Keeps back, for good, every order that still waits for its turn.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Requests an order by the venue's id.
    pub fn find(&mut self, order: OrderId, venue_id: String) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move { VenueResponse::Found(order, venue.order(&venue_id).await) });
    }

    /// Sends a cancel.
    pub fn cancel(&mut self, order: OrderId, venue_id: String) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move { VenueResponse::Cancelled(order, venue.cancel(&venue_id).await.map(|_| ())) });
    }

    /// Requests the orders and fills since `since`.
    pub fn look(&mut self, since: Timestamp) {
        let (venue, asked) = (Arc::clone(&self.venue), self.clock.now());
        self.ask(async move {
            let look = async {
                let orders = venue.orders_since(since).await?;
                Ok(OrdersAndFills { orders, fills: venue.fills_since(since).await? })
            };
            VenueResponse::Looked { asked, look: look.await }
        });
    }

    /// Requests the account's limits, which the venue has just enforced, unless that was done a moment ago. Returns
    /// true if they are asked for.
    pub fn limits(&mut self) -> bool {
        let now = self.clock.now();
        let is_due = now >= self.limits_from;
        if is_due {
            self.limits_from = now + LIMITS_EVERY;
            let venue = Arc::clone(&self.venue);
            self.ask(async move { VenueResponse::Limits(venue.learn_limits().await) });
        }
        is_due
    }

    /// Asks whether the venue takes orders: once, for it is asked again before long.
    pub fn venue_status(&mut self) {
        let venue = self.venue.urgent();
        self.ask(async move { VenueResponse::Status(venue.exchange_status().await) });
    }

    /// Requests the venue's announcements and its schedule, once.
    pub fn venue_plans(&mut self) {
        let venue = self.venue.urgent();
        self.ask(async move {
            let announcements = venue.announcements().await;
            VenueResponse::Plans { announcements, closures: venue.closures().await }
        });
    }

    /// Requests the whole account; the fills since `since` are read last.
    pub fn audit(&mut self, since: Timestamp) {
        let venue = Arc::clone(&self.venue);
        self.ask(async move {
            let account = async {
                let (balance, positions) = (venue.balance().await?, venue.positions().await?);
                let orders = venue.open_orders().await?;
                Ok(AccountReading { balance, positions, orders, fills: venue.fills_since(since).await? })
            };
            VenueResponse::Audited(account.await)
        });
    }

    /// Returns the time by the venue's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the latest time at which something can have happened. A stepped clock lags behind the venue's while that
    /// moves, and bounds nothing.
    pub fn latest(&self) -> Timestamp {
        if self.stepped { Timestamp(i64::MAX) } else { self.now() }
    }

    /// Orders and fills are requested from this long before the oldest order on: clocks differ a little.
    pub const MARGIN: Span = Span::seconds(60);
}
