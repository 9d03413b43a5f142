//! The rows of a run: from a tape or the market generator, as they are or as polling would have seen them.

use std::ops::Range;

use host_core::{Market, PublicTrades, Quotes, QuotesView, Settlement, Span, Timestamp};
use host_report::Window;
use host_sim::generator::{Generator, GeneratorSettings};
use host_sim::sampler::{InvalidInterval, Sampler};
use host_store::tape::{Tape, TapeError, TapeReader};

use crate::feed_trades::FeedTrades;
use crate::memory::MarketLife;

/// Approximate number of rows in a batch of sampled polls.
const POLLED_ROWS: usize = 4_500;

/// Rows in time order, in batches of whole polls.
pub struct Feed {
    source: RowSource,
    markets: Vec<Market>,
    settlements: Vec<Settlement>,
    /// The times in which markets have rows; markets without rows have none.
    lives: Vec<MarketLife>,
    /// Turns the tape's rows into polls; `None` where strategies see each row as it is.
    sampler: Option<Sampler>,
    has_volume: bool,
    raw: Quotes,
    /// The number of rows of `raw` that the sampler has taken in.
    taken_in: usize,
    polled: Quotes,
    /// The trades of other people, where the fill model reads them.
    trades: Option<FeedTrades>,
    /// The error that comes after what was returned.
    failed: Option<TapeError>,
}

/// A feed without trades has these.
static NO_TRADES: PublicTrades = PublicTrades::none();

enum RowSource {
    Tape(Box<TapeReader>),
    Generator(Box<Generator>),
    /// The source is exhausted; the sampler may still hold polls.
    Ended,
}

/// A batch: rows for the exchange, and the polls among them for the strategies.
#[derive(Clone, Copy, Debug)]
pub struct FeedBatch<'a> {
    /// Rows for the exchange: each comes before the first poll that is not earlier.
    pub raw: QuotesView<'a>,
    /// Rows for strategies: whole polls.
    pub polled: QuotesView<'a>,
    /// Trades for the exchange, those of the time between the last rows of the batch before and of this one: each comes
    /// before the rows of its time.
    pub trades: &'a PublicTrades,
    /// True if both are the same rows.
    same: bool,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("markets", &self.markets.len())
            .field("taken_in", &self.taken_in)
            .finish_non_exhaustive()
    }
}

impl Feed {
    /// Feeds the rows of `tape`, sampled at multiples of `poll` if that is given and not the tape's own interval.
    ///
    /// # Errors
    /// The interval is not positive.
    pub fn tape(tape: &Tape, reader: TapeReader, poll: Option<Span>) -> Result<Feed, InvalidInterval> {
        let sampling = poll.filter(|poll| tape.meta().poll != Some(*poll));
        let closes: Vec<Option<Timestamp>> = tape.markets().iter().map(|market| market.closes).collect();
        let last_rows: Vec<Timestamp> = tape.meta().coverage.iter().map(|coverage| coverage.last).collect();
        let sampler = sampling.map(|poll| Sampler::new(poll, &closes, &last_rows)).transpose()?;
        let source = RowSource::Tape(Box::new(reader));
        let feed = Feed::new(source, tape.markets().to_vec(), tape.settlements().to_vec(), sampler);
        let lives = tape.meta().coverage.iter().map(|market| match sampling {
            Some(poll) => MarketLife::polled(market.first, market.last, poll),
            None => MarketLife { first: market.first, last: market.last, rows: market.rows },
        });
        Ok(Feed { has_volume: tape.meta().has_volume, lives: lives.collect(), ..feed })
    }

    /// Feeds the rows of `generator`, which are polls already.
    pub fn generator(generator: Generator) -> Feed {
        let (markets, settlements) = (generator.markets().to_vec(), generator.settlements().to_vec());
        let GeneratorSettings { start, span, poll, .. } = *generator.settings();
        let lives = markets.iter().map(|market| MarketLife::of_market(market, start, start + span, poll)).collect();
        Feed { lives, ..Feed::new(RowSource::Generator(Box::new(generator)), markets, settlements, None) }
    }

    /// Lets the exchange see the trades of other people: those on `tape`, which is the one that rows come from, between
    /// `from` and `until`. A tape without trades changes nothing.
    #[must_use]
    pub fn with_trades_of(self, tape: &Tape, from: Timestamp, until: Timestamp) -> Feed {
        let trades = FeedTrades::of_tape(tape, from, until).or(self.trades);
        Feed { trades, ..self }
    }

    /// Lets the exchange see the trades that the generator makes with its rows.
    #[must_use]
    pub fn with_made_trades(self) -> Feed {
        Feed { trades: Some(FeedTrades::made()), ..self }
    }

    /// Returns the time from which, and that before which, all trades are shown; `None` if none are.
    pub fn told_of_trades(&self) -> Option<(Timestamp, Timestamp)> {
        self.trades.as_ref().map(FeedTrades::told)
    }

    fn new(source: RowSource, markets: Vec<Market>, settlements: Vec<Settlement>, sampler: Option<Sampler>) -> Feed {
        let (raw, polled) = (Quotes::default(), Quotes::default());
        let lives = Vec::new();
        let (trades, failed) = (None, None);
        Feed {
            source,
            markets,
            settlements,
            lives,
            sampler,
            has_volume: true,
            raw,
            taken_in: 0,
            polled,
            trades,
            failed,
        }
    }

    /// Takes up that the rows are from `start` to `end`, and leaves out the settlements from `end` on: what came after
    /// a run must not decide its result.
    pub fn between(mut self, start: Timestamp, end: Timestamp) -> Feed {
        self.settlements.retain(|settlement| settlement.time < end);
        self.lives = self.lives.into_iter().filter_map(|life| life.within(start, end)).collect();
        self
    }

    /// Returns the window of all that the feed has: from its first row on, to its last row or payout. `None` if it has
    /// no rows.
    pub fn whole(&self) -> Option<Window> {
        let from = self.lives.iter().map(|life| life.first).min()?;
        let last_rows = self.lives.iter().map(|life| life.last);
        let last = last_rows.chain(self.settlements.last().map(|settlement| settlement.time)).max()?;
        Window::new(from, Timestamp(last.0.saturating_add(1)))
    }

    /// Returns the times in which markets have rows.
    pub fn lives(&self) -> &[MarketLife] {
        &self.lives
    }

    /// Returns all markets that rows name, by number.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Returns the settlements, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.settlements
    }

    /// Returns true if rows have a traded volume.
    pub fn has_volume(&self) -> bool {
        self.has_volume
    }

    /// Returns the next batch; `None` at the end.
    ///
    /// # Errors
    /// The tape is damaged from here on; all rows before have been returned.
    pub fn next_batch(&mut self) -> Result<Option<FeedBatch<'_>>, TapeError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.taken_in == self.raw.len() && !self.read()? && self.sampler.is_none() {
            return Ok(None);
        }
        let Some(sampler) = &mut self.sampler else {
            self.taken_in = self.raw.len();
            self.take_trades(0);
            let (rows, trades) = (self.raw.all(), self.trades());
            return Ok(Some(FeedBatch { raw: rows, polled: rows, trades, same: true }));
        };
        self.polled.clear();
        let from = self.taken_in;
        if matches!(self.source, RowSource::Ended) {
            sampler.finish(&mut self.polled);
            self.sampler = None;
        } else {
            self.taken_in = sampler.push(&self.raw.all(), from, POLLED_ROWS, &mut self.polled);
        }
        self.take_trades(from);
        let raw = self.raw.view(from..self.taken_in);
        Ok(Some(FeedBatch { raw, polled: self.polled.all(), trades: self.trades(), same: false }))
    }

    fn trades(&self) -> &PublicTrades {
        self.trades.as_ref().map_or(&NO_TRADES, FeedTrades::batch)
    }

    /// Takes up the trades until the last row of the batch, whose raw rows begin with row `from`.
    fn take_trades(&mut self, from: usize) {
        let Some(trades) = &mut self.trades else { return };
        let raw = self.raw.time[from..self.taken_in].last();
        if let Some(&until) = raw.max(self.polled.time.last()) {
            // What was read is shown before what cannot be.
            self.failed = trades.take_until(until).err();
        }
    }

    /// Replaces the raw rows by the source's next. Returns true if there are any.
    fn read(&mut self) -> Result<bool, TapeError> {
        self.taken_in = 0;
        let more = match &mut self.source {
            RowSource::Tape(reader) => reader.next_batch(&mut self.raw),
            RowSource::Generator(generator) => Ok(match &mut self.trades {
                Some(trades) => generator.next_batch_with_trades(&mut self.raw, trades.batch_mut()),
                None => generator.next_batch(&mut self.raw),
            }),
            RowSource::Ended => Ok(false),
        };
        if !matches!(more, Ok(true)) {
            self.source = RowSource::Ended;
            self.raw.clear();
        }
        more
    }
}

impl FeedBatch<'_> {
    /// Returns the raw rows from `shown` on that have happened before `time`.
    pub fn raw_before(&self, shown: usize, time: Timestamp) -> Range<usize> {
        let come = self.raw.time[shown..].iter().take_while(|&&row| row < time.0).count();
        shown..shown + come
    }

    /// Returns the raw rows from `shown` on that have happened by `now`, the time of the poll that ends at row
    /// `poll_end`.
    pub fn raw_until(&self, shown: usize, now: Timestamp, poll_end: usize) -> Range<usize> {
        if self.same {
            return shown..poll_end;
        }
        let come = self.raw.time[shown..].iter().take_while(|&&time| time <= now.0).count();
        shown..shown + come
    }
}
