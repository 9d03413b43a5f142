//! The outside market: brings quotes, lists markets and resolves events.
//!
//! Quotes come from the generator or a tape, and become liquidity at their own times. The result must not depend on
//! how often time is advanced: one step of three weeks and a million small steps end in the same state. The source
//! never reacts to members.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt;

use host_core::{Market, MarketId, Price, Quote, Quotes, Settlement, Span, Timestamp};

use crate::venue::{Listing, PriceStructure, Resolution, Venue};
use host_core::fees::FeeModel;
use host_sim::generator::{Generator, GeneratorSettings};

/// Half a cent: how far a sub-penny market improves on the outside's best bid.
const HALF_CENT: Price = Price(50);
const CENT: Price = Price(100);

/// Terms on which the exchange lists the source's markets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingTerms {
    pub fees: FeeModel,
    /// Time from the announcement of a result to the payout.
    pub settlement_timer: Span,
    /// One market in this many trades in tenths of a cent near 0 and 1. With 0, only markets whose own tick size
    /// requires it do.
    pub sub_penny_every: u32,
}

/// Replaces the rows with the next ones in time order; returns `false` when there are none left.
type NextRows = Box<dyn FnMut(&mut Quotes) -> Result<bool, Box<dyn Error + Send + Sync>> + Send>;

/// Provides markets, quotes and results from outside.
#[derive(Default)]
pub struct MarketSource {
    terms: ListingTerms,
    /// By the source's market number.
    markets: Vec<SourceMarket>,
    /// Future listings and results, in time order.
    schedule: VecDeque<(Timestamp, SourceEvent)>,
    /// `None` once the rows have ended.
    source: Option<NextRows>,
    rows: Quotes,
    /// Index of the first of `rows` not yet processed.
    next: usize,
    /// True once everything before the exchange's start was processed.
    has_begun: bool,
}

/// A market of the source.
#[derive(Debug)]
struct SourceMarket {
    market: Market,
    /// Its number on the exchange, once listed.
    listed: Option<MarketId>,
    is_sub_penny: bool,
}

/// Results come before listings, because a series' next market opens when the previous one is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SourceEvent {
    /// Announce the result of the market with this source number.
    Result(MarketId, Resolution),
    List(MarketId),
}

impl MarketSource {
    /// Returns a source of synthetic markets.
    pub fn generator(settings: GeneratorSettings, terms: ListingTerms) -> MarketSource {
        let mut generator = Generator::new(settings);
        let (markets, settlements) = (generator.markets().to_vec(), generator.settlements().to_vec());
        MarketSource::new(markets, &settlements, Box::new(move |rows| Ok(generator.next_batch(rows))), terms)
    }

    /// Returns a source that plays a recording.
    ///
    /// `markets` are sorted by number. `next_rows` replaces a batch of rows with the next one in time order, and
    /// returns `false` after the last; an error is logged and ends the rows. Of the rows before the exchange's start,
    /// only each market's last one counts: it shows what was quoted at the start.
    pub fn tape<E: Error + Send + Sync + 'static>(
        markets: &[Market],
        settlements: &[Settlement],
        mut next_rows: impl FnMut(&mut Quotes) -> Result<bool, E> + Send + 'static,
        terms: ListingTerms,
    ) -> MarketSource {
        MarketSource::new(markets.to_vec(), settlements, Box::new(move |rows| Ok(next_rows(rows)?)), terms)
    }

    fn new(markets: Vec<Market>, settlements: &[Settlement], source: NextRows, terms: ListingTerms) -> MarketSource {
        let results = settlements
            .iter()
            .map(|settlement| (settlement.time, SourceEvent::Result(settlement.market, settlement.outcome.into())));
        let listings = markets.iter().filter_map(|market| Some((market.opens?, SourceEvent::List(market.id))));
        let mut schedule = Vec::from_iter(results.chain(listings));
        schedule.sort_unstable();
        let is_sub_penny = |id: MarketId| terms.sub_penny_every > 0 && (id.0 + 1).is_multiple_of(terms.sub_penny_every);
        let offered = |market: Market| SourceMarket { is_sub_penny: is_sub_penny(market.id), market, listed: None };
        MarketSource {
            terms,
            markets: markets.into_iter().map(offered).collect(),
            schedule: schedule.into(),
            source: Some(source),
            rows: Quotes::default(),
            next: 0,
            has_begun: false,
        }
    }

    /// Applies everything due by `now` to `venue`, each at its own time.
    pub fn advance(&mut self, venue: &mut Venue, now: Timestamp) {
        self.advance_some(venue, now, usize::MAX);
    }

    /// Does the same, but stops after `most_rows` rows; returns true if nothing due is left. The venue's time is that
    /// of what was applied last.
    pub fn advance_some(&mut self, venue: &mut Venue, now: Timestamp, most_rows: usize) -> bool {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin(venue);
        }
        let mut rows_left = most_rows;
        loop {
            let row = self.next_row_time();
            let due = self.schedule.front().copied().filter(|(time, _)| row.is_none_or(|row| *time <= row));
            match (due, row) {
                (Some((time, happening)), _) if time <= now => {
                    self.schedule.pop_front();
                    self.happen(venue, happening, time);
                }
                (None, Some(time)) if time <= now => {
                    if rows_left == 0 {
                        return false;
                    }
                    rows_left -= 1;
                    let quote = self.next_row();
                    self.quote(venue, quote);
                }
                _ => break,
            }
        }
        venue.advance(now);
        true
    }

    /// Sets up the exchange's start: the last quotes from before it stand, and their volume counts for the rest of
    /// its 24 hours. Earlier trades do not trade again.
    fn begin(&mut self, venue: &mut Venue) {
        let (start, mut last) = (venue.now(), BTreeMap::new());
        while self.next_row_time().is_some_and(|time| time < start) {
            let quote = self.next_row();
            last.insert(quote.market, quote);
        }
        while let Some((time, happening)) = self.schedule.pop_front_if(|(time, _)| *time < start) {
            self.happen(venue, happening, time);
        }
        for quote in last.into_values() {
            self.quote(venue, quote);
            if let Some(market) = self.listed(quote.market) {
                venue.traded_before(market, &quote);
            }
        }
    }

    /// Returns the time of the next row; `None` when there are none left.
    fn next_row_time(&mut self) -> Option<Timestamp> {
        while self.next >= self.rows.len() {
            self.next = 0;
            let source = self.source.as_mut()?;
            let more = source(&mut self.rows);
            if !matches!(more, Ok(true)) {
                if let Err(error) = more {
                    tracing::error!("the tape cannot be read any further, so there will be no more quotes: {error}");
                }
                self.rows.clear();
                self.source = None;
            }
        }
        self.rows.time.get(self.next).copied().map(Timestamp)
    }

    fn happen(&mut self, venue: &mut Venue, happening: SourceEvent, time: Timestamp) {
        match happening {
            SourceEvent::List(market) => {
                self.list(venue, market, time);
            }
            SourceEvent::Result(market, result) => {
                let Some(market) = self.listed(market) else { return };
                if let Err(error) = venue.determine(market, result, time) {
                    tracing::warn!("ignoring a second result for market {}: {error}", market.0);
                }
            }
        }
    }

    /// Returns the row that [`MarketSource::next_row_time`] found.
    fn next_row(&mut self) -> Quote {
        self.next += 1;
        self.rows.all().row(self.next - 1)
    }

    /// Turns a row into liquidity.
    fn quote(&mut self, venue: &mut Venue, mut quote: Quote) {
        let Some(market) = self.listed(quote.market).or_else(|| self.list(venue, quote.market, quote.time)) else {
            return;
        };
        if self.markets[quote.market.index()].is_sub_penny {
            sharpen(&mut quote);
        }
        venue.mirror(market, &quote, quote.time);
    }

    fn listed(&self, outside: MarketId) -> Option<MarketId> {
        self.markets.get(outside.index())?.listed
    }

    /// Lists a market with its series and event, unless it is over or already listed; returns its number on the
    /// exchange.
    fn list(&mut self, venue: &mut Venue, outside: MarketId, time: Timestamp) -> Option<MarketId> {
        let offered = self.markets.get_mut(outside.index())?;
        let now = time.max(venue.now());
        if offered.listed.is_some() || offered.market.closes.is_some_and(|closes| closes <= now) {
            return offered.listed;
        }
        venue.introduce(&offered.market, self.terms.fees);
        let mut listing = Listing::of(&offered.market, now);
        // A quote means trading, whatever opening time was announced.
        listing.opens = listing.opens.min(now);
        listing.settlement_timer = self.terms.settlement_timer;
        if offered.is_sub_penny {
            listing.structure = PriceStructure::TaperedDeciCent;
        }
        match venue.list_market(listing, now) {
            Ok(market) => offered.listed = Some(market),
            Err(error) => tracing::warn!("cannot list market {}: {error}", offered.market.ticker),
        }
        offered.listed
    }
}

/// Adapts a quote in whole cents to a sub-penny market: where its grid is finer, the best bid is half a cent higher.
fn sharpen(quote: &mut Quote) {
    let Some(bid) = quote.bid else { return };
    let better = bid + HALF_CENT;
    let is_free = quote.ask.is_none_or(|ask| ask >= bid + CENT);
    if is_free && PriceStructure::TaperedDeciCent.allows(better) {
        quote.bid = Some(better);
    }
}

impl fmt::Debug for MarketSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MarketSource")
            .field("terms", &self.terms)
            .field("markets", &self.markets.len())
            .field("to_come", &self.schedule.len())
            .field("has_rows", &self.source.is_some())
            .finish_non_exhaustive()
    }
}
