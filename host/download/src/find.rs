//! Finds the markets of a selection in both tiers, with what is known of them.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{Market, MarketId, Timestamp};
use host_venues::kalshi::history::{self, MarketSelection, Tier};
use host_venues::model::{MarketPhase, MarketRow, SeriesDescription};

use crate::error::DownloadError;
use crate::selection::{is_pattern, pattern, similar};
use crate::source::Source;

/// Most tickers in a request for markets.
const TICKERS_AT_ONCE: usize = 100;

/// A market of the selection that lives in the period.
#[derive(Clone, Debug)]
pub(crate) struct FoundMarket {
    pub(crate) row: MarketRow,
    pub(crate) series: String,
    pub(crate) category: String,
    /// The tier that listed it.
    pub(crate) tier: Tier,
}

/// The markets, by ticker, and what is odd about them.
#[derive(Debug, Default)]
pub(crate) struct FoundMarkets {
    pub(crate) markets: Vec<FoundMarket>,
    pub(crate) notes: Vec<String>,
}

impl FoundMarket {
    /// Returns the market as the host knows it; its number is given later.
    pub(crate) fn market(&self) -> Market {
        Market {
            id: MarketId(0),
            ticker: self.row.ticker.clone(),
            event: self.row.event.clone(),
            series: self.series.clone(),
            category: self.category.clone(),
            title: self.row.title.clone(),
            ticks: self.row.ticks.clone(),
            opens: Some(self.row.opens),
            closes: Some(self.row.closes),
            event_time: self.row.occurs.or(self.row.expected_expiration),
        }
    }
}

/// Finds the markets of the job's selection.
///
/// # Errors
/// A name that the venue does not know, no market at all, or a venue that fails.
pub(crate) async fn find(source: &Source<'_>) -> Result<FoundMarkets, DownloadError> {
    let mut finder = Finder { source, series: BTreeMap::new(), found: BTreeMap::new(), notes: Vec::new() };
    let selection = &source.job.selection;
    for ticker in finder.series_of_selection().await? {
        finder.add(&MarketSelection::Series(ticker.clone()), Some(&ticker)).await?;
    }
    for event in &selection.events {
        let series = finder.series_of_event(event).await?.ok_or_else(|| DownloadError::NoSuch {
            what: "event",
            name: event.clone(),
            similar: None,
        })?;
        finder.add(&MarketSelection::Event(event.clone()), Some(&series)).await?;
    }
    let tickers: Vec<String> = selection.markets.iter().cloned().collect();
    for some in tickers.chunks(TICKERS_AT_ONCE) {
        finder.add(&MarketSelection::Tickers(some.to_vec()), None).await?;
    }
    if let Some(name) = tickers.iter().find(|ticker| !finder.found.contains_key(*ticker)) {
        return Err(DownloadError::NoSuch { what: "market", name: name.clone(), similar: None });
    }
    finder.finish()
}

struct Finder<'a> {
    source: &'a Source<'a>,
    /// By ticker.
    series: BTreeMap<String, SeriesDescription>,
    /// By ticker, with those that do not live in the period.
    found: BTreeMap<String, FoundMarket>,
    notes: Vec<String>,
}

impl Finder<'_> {
    /// Returns the names of the series that are selected.
    async fn series_of_selection(&mut self) -> Result<Vec<String>, DownloadError> {
        let mut tickers = Vec::new();
        for name in &self.source.job.selection.series {
            if !is_pattern(name) {
                if !self.know(name).await? {
                    let all = self.all_series().await?;
                    let similar = similar(name, all.iter().map(|series| series.ticker.as_str()));
                    return Err(DownloadError::NoSuch { what: "series", name: name.clone(), similar });
                }
                tickers.push(name.clone());
                continue;
            }
            let pattern = pattern(name)?;
            let before = tickers.len();
            for series in self.all_series().await?.into_iter().filter(|series| pattern.matches(&series.ticker)) {
                tickers.push(series.ticker.clone());
                self.series.insert(series.ticker.clone(), series);
            }
            if tickers.len() == before {
                return Err(DownloadError::NoSuch { what: "series like", name: name.clone(), similar: None });
            }
        }
        tickers.sort_unstable();
        tickers.dedup();
        Ok(tickers)
    }

    async fn all_series(&self) -> Result<Vec<SeriesDescription>, DownloadError> {
        Ok(self.source.get(&history::all_series(), "", |_| None).await?.unwrap_or_default())
    }

    /// Learns about a series; returns false if there is none of this name.
    async fn know(&mut self, ticker: &str) -> Result<bool, DownloadError> {
        if self.series.contains_key(ticker) {
            return Ok(true);
        }
        let request = history::series(ticker).map_err(|reason| bad_name(ticker, reason))?;
        let found = self.source.get(&request, "", |_| None).await?;
        Ok(found.map(|series| self.series.insert(ticker.to_owned(), series)).is_some())
    }

    /// Returns the series of an event, and learns about it.
    async fn series_of_event(&mut self, ticker: &str) -> Result<Option<String>, DownloadError> {
        let request = history::event(ticker).map_err(|reason| bad_name(ticker, reason))?;
        let Some(event) = self.source.get(&request, "", |_| None).await? else { return Ok(None) };
        if !self.know(&event.series).await? {
            self.notes.push(format!("the venue does not describe the series `{}`: no category is known", event.series));
        }
        Ok(Some(event.series))
    }

    /// Adds the markets of `selection` from both tiers. The historical one counts where both list a market: it has
    /// moved there meanwhile.
    async fn add(&mut self, selection: &MarketSelection, series: Option<&str>) -> Result<(), DownloadError> {
        for tier in [Tier::Live, Tier::Historical] {
            let (mut cursor, mut cursors) = (String::new(), BTreeSet::new());
            loop {
                let request = history::markets(tier, selection, &cursor);
                let Some(page) = self.source.get(&request, "", |_| None).await? else { break };
                self.notes.extend(page.unreadable.iter().map(|row| format!("a market cannot be read: {row}")));
                for row in page.rows {
                    self.add_row(row, series, tier).await?;
                }
                // A cursor that comes back would lead round for ever.
                if page.cursor.is_empty() || !cursors.insert(page.cursor.clone()) {
                    break;
                }
                cursor = page.cursor;
            }
        }
        Ok(())
    }

    async fn add_row(&mut self, row: MarketRow, series: Option<&str>, tier: Tier) -> Result<(), DownloadError> {
        let series = match series {
            Some(series) => series.to_owned(),
            None => match self.series_of_event(&row.event).await? {
                Some(series) => series,
                None => row.event.split('-').next().unwrap_or_default().to_owned(),
            },
        };
        let category = self.series.get(&series).map(|series| series.category.clone()).unwrap_or_default();
        self.found.insert(row.ticker.clone(), FoundMarket { row, series, category, tier });
        Ok(())
    }

    /// Keeps the markets that live in the period.
    fn finish(self) -> Result<FoundMarkets, DownloadError> {
        let (from, until) = (self.source.job.from, self.source.job.until);
        let lives = |row: &MarketRow| {
            row.opens < until && row.closes > from && row.opens < row.closes && row.phase != MarketPhase::Upcoming
        };
        let markets: Vec<FoundMarket> = self.found.into_values().filter(|found| lives(&found.row)).collect();
        if markets.is_empty() {
            return Err(DownloadError::NoMarkets { from, until });
        }
        Ok(FoundMarkets { markets, notes: self.notes })
    }
}

/// Returns the time of the payout and the payout, of a market that has paid until `until`.
pub(crate) fn result(row: &MarketRow, until: Timestamp) -> Option<(Timestamp, host_core::Outcome)> {
    let outcome = row.result.outcome().filter(|_| row.phase == MarketPhase::Settled)?;
    let time = row.settled.unwrap_or(row.closes);
    (time <= until).then_some((time, outcome))
}

fn bad_name(name: &str, reason: String) -> DownloadError {
    DownloadError::BadName { name: name.to_owned(), reason }
}
