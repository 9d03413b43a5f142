//! The simulated exchange of back tests and paper trading: it takes orders and returns what a venue would report.
//!
//! A pure state machine: it must never read a clock, and draws randomness only from its seed and from what the slot of
//! an order did itself. It never fills more than was ordered, after an order has ended, or before it was created.
//!
//! What the models assume, and in which direction they err:
//!
//! - `instant` fills every order in full, at its limit, at once. Far too kind to passive orders: nobody has to trade
//!   against them, and none is missed. It is the case study's back test and exists for comparison with it.
//! - `touch` fills when the market reaches the order. On arrival, an order takes what the other side displays at its
//!   limit or better, at the displayed price, up to the displayed size. The remainder rests, and fills at its limit,
//!   as maker, when a later row shows the other side at its limit or better, up to the displayed size; or when a
//!   trade prints beyond its limit, or at its limit while nobody else quoted that price, up to the traded volume.
//!   Displayed size that was taken stays taken until the level's price or size changes, so the same size never fills
//!   twice. If the tape has no sizes or volume, nothing caps the fill: too kind to large orders. The model sees only
//!   the top of the book, so an order larger than that waits for the next row. It ignores the queue ahead of an order
//!   that joins a price (except that trades at that price do not fill it) and everything that moves between two rows:
//!   too hard on passive orders. Orders do not move the market: too kind to large ones.
//! - `queue` is `touch` with a queue, from public trades. An order reaches the venue after an exponential latency,
//!   and joins behind the size displayed at its price. Trades at that price use up what is ahead of it, and what is
//!   left of them fills it; a trade beyond its limit fills it up to its volume; what is displayed at its limit by the
//!   other side fills it as under `touch`. A decrease of the displayed size that no trade explains was cancelled, and
//!   the part of it ahead shrinks the queue ([`QueueCancels`]). Once the best price leaves the order alone, nothing
//!   is ahead of it. Own orders queue behind each other, and together never fill for more than a trade's volume. A
//!   cancel takes its time too, and the order may fill until it arrives. Where no trades are known, 38 % of each
//!   decrease of the displayed size stands in for them (the share measured on full books), and the volume of the rows
//!   where it says more; without sizes it is `touch`. Against a replay of full books it filled 87 % of orders at the
//!   best price, where the replay filled 92 % and `touch` 79 %; the mid two minutes later was 1.5 c below the limit,
//!   against 0.7 c and 3.0 c.
//! - `probabilistic` is `queue` with a drawn place: `fill_probability` of the orders stand anywhere in the displayed
//!   queue, each place as likely; the others behind all of it, and only those behind them cancel as long as there are
//!   any. Kinder than `queue`, and not compared with full books.
//! - `coin` uses chance instead of the market. With `fill_probability`, an order fills after an exponential latency,
//!   at its limit plus normal slippage (symmetric, so the price may be better or worse than the limit);
//!   `partial_probability` of these fill only in part. The rest works until it expires or is cancelled. Which orders
//!   are missed does not depend on where the market went, so there is no adverse selection: too kind to passive
//!   orders. It is the case study's paper trader.
//!
//! Rows and trades come in time order. A trade comes before the rows of its time, which show the book after it, and
//! both before the orders that are decided at that time: nothing reaches an order that happened before it reached the
//! venue, or at that time.

mod arrival;
mod cancels;
mod chance;
mod exchange;
mod ground;
mod queue;
mod queued;
mod schedule;
mod settings;
mod touch;
mod working;

pub use self::cancels::QueueCancels;
pub use self::exchange::SimulatedExchange;
pub use self::ground::QueueGround;
pub use self::settings::{ExchangeSettings, FILL_MODELS, FillModel, InvalidSetting};
