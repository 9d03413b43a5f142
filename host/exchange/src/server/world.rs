//! The world outside of the exchange: what brings quotes, lists markets and resolves events.
//!
//! Quotes come from the generator or from a tape, and become liquidity at their own times. Nothing here may depend on
//! how often time is moved: one step of three weeks and a million small ones end in the same state. It must never
//! answer to what members do.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt;

use host_core::{Market, MarketId, Price, Quote, Quotes, Settlement, Span, Timestamp};

use crate::fees::FeeModel;
use crate::generator::{Generator, GeneratorSettings};
use crate::venue::{Listing, PriceStructure, Resolution, Venue};

/// Half a cent: what a sub-penny market's best bid stands above the outside's.
const HALF_CENT: Price = Price(50);
const CENT: Price = Price(100);

/// On which terms the exchange lists what the world brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What fills cost.
    pub fees: FeeModel,
    /// From the announcement of a result to the payout.
    pub settlement_timer: Span,
    /// One market in so many trades in tenths of a cent near 0 and 1; 0: none does, unless its own tick asks for it.
    pub sub_penny_every: u32,
}

/// Replaces the rows by the next ones in time order; `false` when there are none left.
type NextRows = Box<dyn FnMut(&mut Quotes) -> Result<bool, Box<dyn Error + Send + Sync>> + Send>;

/// What happens around the members.
#[derive(Default)]
pub struct World {
    terms: Terms,
    /// By outside number.
    markets: Vec<Offered>,
    /// Listings and results to come, in time order.
    agenda: VecDeque<(Timestamp, Happening)>,
    /// `None` once the rows have ended.
    source: Option<NextRows>,
    rows: Quotes,
    /// The first of `rows` that has not happened yet.
    next: usize,
    /// Whether what happened before the exchange's start is behind.
    has_begun: bool,
}

/// A market of the outside.
#[derive(Debug)]
struct Offered {
    market: Market,
    /// Its number here, once it is listed.
    listed: Option<MarketId>,
    is_sub_penny: bool,
}

/// What falls due. Results come before listings: a series' next market opens when the last one is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// The result of the market with this outside number is announced.
    Result(MarketId, Resolution),
    List(MarketId),
}

impl World {
    /// Synthetic markets.
    pub fn generator(settings: GeneratorSettings, terms: Terms) -> World {
        let mut generator = Generator::new(settings);
        let (markets, settlements) = (generator.markets().to_vec(), generator.settlements().to_vec());
        World::new(markets, &settlements, Box::new(move |rows| Ok(generator.next_batch(rows))), terms)
    }

    /// A recording: its markets by number, their results, and what replaces a batch of rows by the next one, in time
    /// order; `false` after the last. Of the rows from before the exchange's start, each market's last one counts: it
    /// shows what was quoted then. An error ends the rows, and is logged.
    pub fn tape<E: Error + Send + Sync + 'static>(
        markets: &[Market],
        settlements: &[Settlement],
        mut next_rows: impl FnMut(&mut Quotes) -> Result<bool, E> + Send + 'static,
        terms: Terms,
    ) -> World {
        World::new(markets.to_vec(), settlements, Box::new(move |rows| Ok(next_rows(rows)?)), terms)
    }

    fn new(markets: Vec<Market>, settlements: &[Settlement], source: NextRows, terms: Terms) -> World {
        let results = settlements
            .iter()
            .map(|settlement| (settlement.time, Happening::Result(settlement.market, settlement.outcome.into())));
        let listings = markets.iter().filter_map(|market| Some((market.opens?, Happening::List(market.id))));
        let mut agenda = Vec::from_iter(results.chain(listings));
        agenda.sort_unstable();
        let is_sub_penny = |id: MarketId| terms.sub_penny_every > 0 && (id.0 + 1).is_multiple_of(terms.sub_penny_every);
        let offered = |market: Market| Offered { is_sub_penny: is_sub_penny(market.id), market, listed: None };
        World {
            terms,
            markets: markets.into_iter().map(offered).collect(),
            agenda: agenda.into(),
            source: Some(source),
            rows: Quotes::default(),
            next: 0,
            has_begun: false,
        }
    }

    /// Lets everything happen to `venue` that is due by `now`, each at its own time.
    pub fn advance(&mut self, venue: &mut Venue, now: Timestamp) {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin(venue);
        }
        loop {
            let row = self.next_row_time();
            let due = self.agenda.front().copied().filter(|(time, _)| row.is_none_or(|row| *time <= row));
            match (due, row) {
                (Some((time, happening)), _) if time <= now => {
                    self.agenda.pop_front();
                    self.happen(venue, happening, time);
                }
                (None, Some(time)) if time <= now => {
                    let quote = self.next_row();
                    self.quote(venue, quote);
                }
                _ => break,
            }
        }
        venue.advance(now);
    }

    /// What was quoted last before the exchange's start stands there, and its volume counts for the rest of its 24 hours; what
    /// traded before it does not trade again.
    fn begin(&mut self, venue: &mut Venue) {
        let (start, mut last) = (venue.now(), BTreeMap::new());
        while self.next_row_time().is_some_and(|time| time < start) {
            let quote = self.next_row();
            last.insert(quote.market, quote);
        }
        while let Some((time, happening)) = self.agenda.pop_front_if(|(time, _)| *time < start) {
            self.happen(venue, happening, time);
        }
        for quote in last.into_values() {
            self.quote(venue, quote);
            if let Some(market) = self.listed(quote.market) {
                venue.traded_before(market, &quote);
            }
        }
    }

    /// When the next row happens; `None` when there are none left.
    fn next_row_time(&mut self) -> Option<Timestamp> {
        while self.next >= self.rows.len() {
            self.next = 0;
            let source = self.source.as_mut()?;
            let more = source(&mut self.rows);
            if !matches!(more, Ok(true)) {
                if let Err(error) = more {
                    tracing::error!("no more quotes: the tape cannot be read on: {error}");
                }
                self.rows.clear();
                self.source = None;
            }
        }
        self.rows.time.get(self.next).copied().map(Timestamp)
    }

    fn happen(&mut self, venue: &mut Venue, happening: Happening, time: Timestamp) {
        match happening {
            Happening::List(market) => {
                self.list(venue, market, time);
            }
            Happening::Result(market, result) => {
                let Some(market) = self.listed(market) else { return };
                if let Err(error) = venue.determine(market, result, time) {
                    tracing::warn!("a second result for market {} is left out: {error}", market.0);
                }
            }
        }
    }

    /// The row that [`World::next_row_time`] found.
    fn next_row(&mut self) -> Quote {
        self.next += 1;
        self.rows.all().row(self.next - 1)
    }

    /// A row becomes liquidity.
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

    /// Lists a market, with its series and event, unless it is over or listed; its number here.
    fn list(&mut self, venue: &mut Venue, outside: MarketId, time: Timestamp) -> Option<MarketId> {
        let offered = self.markets.get_mut(outside.index())?;
        let now = time.max(venue.now());
        if offered.listed.is_some() || offered.market.closes.is_some_and(|closes| closes <= now) {
            return offered.listed;
        }
        venue.introduce(&offered.market, self.terms.fees);
        let mut listing = Listing::of(&offered.market, now);
        // Where there is a quote there is trading, whatever was announced.
        listing.opens = listing.opens.min(now);
        listing.settlement_timer = self.terms.settlement_timer;
        if offered.is_sub_penny {
            listing.structure = PriceStructure::TaperedDeciCent;
        }
        match venue.list_market(listing, now) {
            Ok(market) => offered.listed = Some(market),
            Err(error) => tracing::warn!("{} is left out: {error}", offered.market.ticker),
        }
        offered.listed
    }
}

/// A quote in whole cents as a sub-penny market would show it: where the grid is fine, the best bid is half a cent up.
fn sharpen(quote: &mut Quote) {
    let Some(bid) = quote.bid else { return };
    let better = bid + HALF_CENT;
    let is_free = quote.ask.is_none_or(|ask| ask >= bid + CENT);
    if is_free && PriceStructure::TaperedDeciCent.allows(better) {
        quote.bid = Some(better);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("World")
            .field("terms", &self.terms)
            .field("markets", &self.markets.len())
            .field("to_come", &self.agenda.len())
            .field("has_rows", &self.source.is_some())
            .finish_non_exhaustive()
    }
}
