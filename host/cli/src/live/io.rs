//! Everything that waits for the venue. Each request runs as a task of its own and answers over one channel, so that the loop
//! around the engine never waits. Nothing is decided here, and no order is ever sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use host_core::{Order, OrderId, Span, Timestamp};
use host_store::live::Sent;
use host_venues::clock::Clock;
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::kalshi::stream::Stream;
use host_venues::kalshi::{ClockKind, Kalshi, KalshiSettings};
use host_venues::model::{
    Accepted, AccountBalance, EventDescription, MarketFilter, MarketRow, NewOrder, SeriesDescription, StreamEvent,
    VenueFill, VenueOrder, VenuePosition,
};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::control::KillSwitch;
use crate::error::{Kind, Report, Result};

/// The venue's answer to one request.
#[derive(Debug)]
pub enum Answer {
    /// All open markets.
    Polled {
        /// The poll's time: a multiple of the interval.
        time: Timestamp,
        /// When it was asked for: nothing in it is older.
        asked: Timestamp,
        /// Their rows.
        rows: Result<Vec<MarketRow>, ReadError>,
    },
    /// Markets that are no longer open, but matter to us.
    Watched(Result<Vec<MarketRow>, ReadError>),
    /// Which series events belong to, and which category series.
    Discovered(Result<(Vec<EventDescription>, Vec<SeriesDescription>), ReadError>),
    /// To an order.
    Created(OrderId, Result<Accepted, PlaceError>),
    /// To a cancel.
    Cancelled(OrderId, Result<(), CancelError>),
    /// Orders, then fills: so that an order's fills are never missing.
    Looked {
        /// When the look began.
        asked: Timestamp,
        /// What was seen.
        look: Result<Look, ReadError>,
    },
    /// One order that no list shows; `None` if the venue does not know it.
    Found(OrderId, Result<Option<VenueOrder>, ReadError>),
    /// The whole account.
    Audited(Result<Account, ReadError>),
    /// From the WebSocket.
    Stream(StreamEvent),
}

/// What there is of orders and fills.
#[derive(Debug)]
pub struct Look {
    /// All orders since the oldest that matters.
    pub orders: Vec<VenueOrder>,
    /// All fills since then.
    pub fills: Vec<VenueFill>,
}

/// What the account holds.
#[derive(Debug)]
pub struct Account {
    /// Its money.
    pub balance: AccountBalance,
    /// Its positions.
    pub positions: Vec<VenuePosition>,
    /// Its resting orders.
    pub orders: Vec<VenueOrder>,
    /// Its fills since `since`, read last.
    pub fills: Vec<VenueFill>,
}

/// The venue, from the loop's side.
#[derive(Debug)]
pub struct VenueIo {
    runtime: Runtime,
    kalshi: Kalshi,
    clock: Clock,
    /// Whether the clock moves only when it is waited on.
    stepped: bool,
    sender: UnboundedSender<Answer>,
    answers: UnboundedReceiver<Answer>,
    in_flight: usize,
    stream: Option<Stream>,
    /// Whether orders that wait for their turn stay here.
    closed: Arc<AtomicBool>,
}

impl VenueIo {
    /// The venue that `kalshi` talks to as `settings` say, on `runtime`.
    pub fn new(runtime: Runtime, kalshi: Kalshi, settings: &KalshiSettings) -> VenueIo {
        let stepped = settings.clock == ClockKind::Stepped;
        let stream = settings.websocket.then(|| {
            let _inside = runtime.enter();
            kalshi.stream(Vec::new())
        });
        let clock = kalshi.clock().clone();
        let (sender, answers) = unbounded_channel();
        VenueIo { runtime, kalshi, clock, stepped, sender, answers, in_flight: 0, stream, closed: Arc::default() }
    }

    /// A runtime with one thread: requests wait, they do not compute.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn runtime() -> Result<Runtime> {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("venue").enable_all().build().map_err(
            |error| Report::new(Kind::Internal, "cannot start the threads that talk to the venue").because(error),
        )
    }

    /// The venue's client, for what is asked before and after the loop.
    pub fn kalshi(&self) -> &Kalshi {
        &self.kalshi
    }

    /// Waits for `task` here: only before and after the loop.
    pub fn wait_for<T>(&self, task: impl Future<Output = T>) -> T {
        self.runtime.block_on(task)
    }

    /// The circuit breaker, in words.
    pub fn breaker(&self) -> String {
        self.kalshi.reads_resume().map_or_else(|| "closed".to_owned(), |time| format!("open until {time}"))
    }

    /// Requests whose answers have not been taken.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The next answer, if one comes before `time` and within `patience`. A stepped clock is moved to `time` only while no
    /// request is on its way: requests take no simulated time but what they wait themselves.
    pub fn next(&mut self, time: Timestamp, patience: Duration) -> Option<Answer> {
        let VenueIo { runtime, clock, stepped, answers, in_flight, stream, .. } = self;
        let answer = runtime.block_on(async {
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
                answer = answers.recv() => answer,
                event = streamed => Some(Answer::Stream(event)),
                () = due => None,
                () = tokio::time::sleep(patience) => None,
            }
        })?;
        self.in_flight -= usize::from(!matches!(answer, Answer::Stream(_)));
        Some(answer)
    }

    fn ask(&mut self, task: impl Future<Output = Answer> + Send + 'static) {
        let sender = self.sender.clone();
        self.in_flight += 1;
        self.runtime.spawn(async move {
            // The loop has ended: nobody waits for the answer.
            let _ = sender.send(task.await);
        });
    }

    /// Asks for all open markets.
    pub fn poll(&mut self, time: Timestamp, filter: MarketFilter) {
        let (kalshi, asked) = (self.kalshi.clone(), self.clock.now());
        self.ask(async move { Answer::Polled { time, asked, rows: kalshi.quotes(&filter).await } });
    }

    /// Asks for markets by name, whatever their state.
    pub fn watch(&mut self, tickers: Vec<String>) {
        let kalshi = self.kalshi.clone();
        self.ask(async move { Answer::Watched(kalshi.quotes(&MarketFilter::Tickers(tickers)).await) });
    }

    /// Asks for events and series.
    pub fn discover(&mut self, series: Vec<String>) {
        let kalshi = self.kalshi.clone();
        self.ask(async move {
            let both = async { Ok((kalshi.events(&series).await?, kalshi.series(&series).await?)) };
            Answer::Discovered(both.await)
        });
    }

    /// Sends an order, once, unless `kill` is engaged before it leaves, or was meanwhile: an order from before a kill must not
    /// leave after a resume. `engagements` are those when it was approved; `sent` proves that the store says so already.
    pub fn create(&mut self, sent: Sent, kill: KillSwitch, engagements: u64) {
        let kalshi = self.kalshi.clone();
        let Order { id, side, price, qty, time_in_force, .. } = sent.body().clone();
        let order = NewOrder {
            client_order_id: sent.client_order_id().to_owned(),
            ticker: sent.ticker().to_owned(),
            side,
            price,
            qty,
            time_in_force,
            reduce_only: false,
        };
        // Counted until its answer is here: nobody may say that nothing is on its way before.
        let leaving = kill.leaving();
        let closed = Arc::clone(&self.closed);
        let stopped = move || closed.load(Ordering::SeqCst) || kill.is_engaged() || kill.engagements() != engagements;
        self.ask(async move {
            let answer = kalshi.create_unless(&order, stopped).await;
            drop(leaving);
            Answer::Created(id, answer)
        });
    }

    /// Lets no order leave any more that waits for its turn; for good.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Asks for an order by the venue's id.
    pub fn find(&mut self, order: OrderId, venue_id: String) {
        let kalshi = self.kalshi.clone();
        self.ask(async move { Answer::Found(order, kalshi.order(&venue_id).await) });
    }

    /// Cancels an order.
    pub fn cancel(&mut self, order: OrderId, venue_id: String) {
        let kalshi = self.kalshi.clone();
        self.ask(async move { Answer::Cancelled(order, kalshi.cancel(&venue_id).await.map(|_| ())) });
    }

    /// Looks at orders and fills since `since`.
    pub fn look(&mut self, since: Timestamp) {
        let (kalshi, asked) = (self.kalshi.clone(), self.clock.now());
        self.ask(async move {
            let look = async {
                let orders = kalshi.orders_since(since).await?;
                Ok(Look { orders, fills: kalshi.fills_since(since).await? })
            };
            Answer::Looked { asked, look: look.await }
        });
    }

    /// Looks at the whole account; fills since `since` are read last.
    pub fn audit(&mut self, since: Timestamp) {
        let kalshi = self.kalshi.clone();
        self.ask(async move {
            let account = async {
                let (balance, positions) = (kalshi.balance().await?, kalshi.positions().await?);
                let orders = kalshi.open_orders().await?;
                Ok(Account { balance, positions, orders, fills: kalshi.fills_since(since).await? })
            };
            Answer::Audited(account.await)
        });
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Later than this nothing can have happened. A stepped clock lags behind the venue's while that moves, and bounds nothing.
    pub fn latest(&self) -> Timestamp {
        if self.stepped { Timestamp(i64::MAX) } else { self.now() }
    }

    /// Orders and fills are asked for from so long before the oldest order on: clocks differ a little.
    pub const MARGIN: Span = Span::seconds(60);
}
