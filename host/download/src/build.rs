//! Makes the tape of the answers that were kept.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use host_core::{Price, Side, Taker, Timestamp};
use host_store::import::{HistoryTape, ImportError, PastMarket, PastQuote, PastTrade};
use host_store::info::TapeInfo;
use host_store::tape::{Made, SourceKind, TapeSource};
use host_venues::kalshi::history::{self, CandleRange, Tier};
use host_venues::past::VenueTrade;

use crate::answers::{AnswerHeader, Answers, CoveredKind, Covers};
use crate::candles::needed;
use crate::error::DownloadError;
use crate::find::{FoundMarket, result};
use crate::job::Job;
use crate::trades::is_in;
use crate::windows::{Range, missing};

/// Number of faults that are told one by one.
const TOLD: usize = 5;

/// Figures that only the making of a tape shows.
#[derive(Debug, Default)]
pub(crate) struct BuildCounts {
    /// Candlesticks of each market, by its place.
    pub(crate) candles: Vec<u64>,
    /// True for each market of which the state at the tape's beginning is known.
    pub(crate) has_beginning: Vec<bool>,
    pub(crate) block_trades: u64,
    /// Faults of rows that could not be read, the first few.
    pub(crate) unreadable: Vec<String>,
    pub(crate) unreadable_rows: u64,
}

impl BuildCounts {
    fn unreadable(&mut self, ticker: &str, faults: &[String]) {
        self.unreadable_rows += faults.len() as u64;
        let left = TOLD.saturating_sub(self.unreadable.len());
        self.unreadable.extend(faults.iter().take(left).map(|fault| format!("`{ticker}`: {fault}")));
    }
}

/// A part of an answer that goes into the tape.
struct AnswerPart<'a> {
    header: &'a AnswerHeader,
    /// For each market of it, the periods to take.
    ranges: HashMap<&'a str, Vec<Range>>,
}

/// Makes the tape at `path`, and tells after each answer how many of all are read.
pub(crate) fn build(
    job: &Job,
    markets: &[FoundMarket],
    answers: &Answers,
    path: &Path,
    source: TapeSource,
    on_answer: &mut dyn FnMut(u64, u64) -> Result<(), DownloadError>,
) -> Result<(TapeInfo, BuildCounts), DownloadError> {
    let mut tape = HistoryTape::create(path, job.from, markets.len()).map_err(DownloadError::Tape)?;
    let headers = answers.headers()?;
    let places: HashMap<&str, usize> =
        markets.iter().enumerate().map(|(place, found)| (found.row.ticker.as_str(), place)).collect();
    let parts = parts_of(job, &headers);
    let pages = trade_pages(job, &headers);
    let total = (parts.len() + pages.len()) as u64;
    let mut counts = BuildCounts {
        candles: vec![0; markets.len()],
        has_beginning: vec![false; markets.len()],
        ..BuildCounts::default()
    };
    let mut read = 0;
    for part in &parts {
        add_candles(job, markets, &places, answers, part, &mut tape, &mut counts)?;
        read += 1;
        on_answer(read, total)?;
    }
    for (ticker, pages) in &pages {
        if let Some(&place) = places.get(ticker) {
            add_trades(job, place, pages, answers, &mut tape, &mut counts)?;
        }
        read += 1;
        on_answer(read, total)?;
    }
    let past = markets.iter().map(|found| PastMarket { market: found.market(), result: result(&found.row, job.until) });
    let past: Vec<PastMarket> = past.collect();
    let (_, info) = tape.finish(&past, job.period.span(), source).map_err(|error| match error {
        ImportError::OnlyTrades => DownloadError::OnlyTrades,
        ImportError::NoRows { .. } => {
            DownloadError::NoCandles { markets: markets.len(), from: job.from, until: job.until }
        }
        other => DownloadError::Tape(other),
    })?;
    Ok((info, counts))
}

/// Returns the parts of answers that count: of what was asked for several times, the latest.
fn parts_of<'a>(job: &Job, headers: &'a [AnswerHeader]) -> Vec<AnswerPart<'a>> {
    let mut taken: HashMap<&str, Vec<Range>> = HashMap::new();
    let mut parts = Vec::new();
    let is_of = |header: &&AnswerHeader| header.job <= job.number && header.status == 200;
    for header in headers.iter().rev().filter(is_of) {
        let Some(covers) = header.covers.as_ref().filter(|covers| covers.kind == CoveredKind::Candles) else {
            continue;
        };
        let range = numbers(job, covers);
        let mut ranges = HashMap::new();
        for ticker in &covers.tickers {
            let before = taken.entry(ticker).or_default();
            let new = missing(range, before);
            before.push(range);
            if !new.is_empty() {
                ranges.insert(ticker.as_str(), new);
            }
        }
        if !ranges.is_empty() {
            parts.push(AnswerPart { header, ranges });
        }
    }
    parts.reverse();
    parts
}

fn numbers(job: &Job, covers: &Covers) -> Range {
    let period_s = job.period_ns() / 1_000_000_000;
    (covers.first_s.div_euclid(period_s), covers.last_s.div_euclid(period_s))
}

fn add_candles(
    job: &Job,
    markets: &[FoundMarket],
    places: &HashMap<&str, usize>,
    answers: &Answers,
    part: &AnswerPart<'_>,
    tape: &mut HistoryTape,
    counts: &mut BuildCounts,
) -> Result<(), DownloadError> {
    let Some((_, body)) = answers.get(part.header.job, &part.header.request)? else {
        return Err(damaged(part.header));
    };
    let range = CandleRange { first_s: 0, last_s: 0, period_s: job.period_ns() / 1_000_000_000 };
    // All endpoints answer in one of two shapes.
    let is_batch = part.header.request.starts_with("/markets/candlesticks");
    let decoded = match is_batch {
        true => history::candles_of_many(&[], range, false).decode(&body),
        false => history::candles_of_one(Tier::Historical, "", "any", range, false)
            .map_err(|reason| DownloadError::BadName { name: part.header.request.clone(), reason })?
            .decode(&body),
    };
    for market in decoded.map_err(|_| damaged(part.header))? {
        let Some(&place) = places.get(market.ticker.as_str()) else { continue };
        let Some(ranges) = part.ranges.get(market.ticker.as_str()) else { continue };
        counts.unreadable(&market.ticker, &market.unreadable);
        let need = needed(job, &markets[place]);
        for candle in &market.candles {
            let number = candle.end.0.div_euclid(job.period_ns());
            let is_within = |&(first, last): &Range| first <= number && number <= last;
            if !is_within(&need) || !ranges.iter().any(is_within) {
                continue;
            }
            counts.candles[place] += u64::from(candle.end >= job.from);
            counts.has_beginning[place] |= candle.end <= job.from;
            let quote = PastQuote {
                time: candle.end,
                bid: candle.bid,
                ask: candle.ask,
                last: candle.last,
                volume: candle.volume,
            };
            tape.quote(place as u32, &quote).map_err(DownloadError::Tape)?;
        }
    }
    Ok(())
}

/// Returns the pages of trades, by market.
fn trade_pages<'a>(job: &Job, headers: &'a [AnswerHeader]) -> BTreeMap<&'a str, Vec<&'a AnswerHeader>> {
    let mut pages: BTreeMap<&str, Vec<&AnswerHeader>> = BTreeMap::new();
    let counts = |header: &&AnswerHeader| {
        job.trades && header.status == 200 && (header.job == job.number || job.done_before.contains(&header.job))
    };
    for header in headers.iter().filter(counts) {
        for covers in header.covers.iter().filter(|covers| covers.kind == CoveredKind::Trades) {
            for ticker in &covers.tickers {
                pages.entry(ticker).or_default().push(header);
            }
        }
    }
    pages
}

/// Adds a market's trades, those of both tiers once.
fn add_trades(
    job: &Job,
    place: usize,
    pages: &[&AnswerHeader],
    answers: &Answers,
    tape: &mut HistoryTape,
    counts: &mut BuildCounts,
) -> Result<(), DownloadError> {
    let mut trades: HashMap<String, VenueTrade> = HashMap::new();
    for header in pages {
        let Some((_, body)) = answers.get(header.job, &header.request)? else { return Err(damaged(header)) };
        let page = history::trades(Tier::Live, "", (0, 0), "").decode(&body).map_err(|_| damaged(header))?;
        counts.unreadable("trades", &page.unreadable);
        trades.extend(page.rows.into_iter().map(|trade| (trade.id.clone(), trade)));
    }
    let mut trades: Vec<VenueTrade> = trades.into_values().filter(|trade| is_in(job, trade.time)).collect();
    trades.sort_unstable_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    for trade in trades {
        if trade.is_block {
            counts.block_trades += 1;
            continue;
        }
        if trade.price <= Price::ZERO || trade.price >= Price::ONE || trade.qty.0 <= 0 {
            counts.unreadable("trades", &[format!("{} contracts at {}", trade.qty, trade.price)]);
            continue;
        }
        let taker = trade.taker.map_or(Taker::Unknown, |side| match side {
            Side::Buy => Taker::Buys,
            Side::Sell => Taker::Sells,
        });
        let past = PastTrade { time: trade.time, price: trade.price, qty: trade.qty, taker };
        tape.trade(place as u32, &past).map_err(DownloadError::Tape)?;
    }
    Ok(())
}

fn damaged(header: &AnswerHeader) -> DownloadError {
    DownloadError::BadPlan {
        path: std::path::PathBuf::from(&header.request),
        reason:
            "the kept answer to this request was damaged and has been removed: the same command asks for it again, \
                 once"
                .to_owned(),
    }
}

/// Returns what the tape says of itself.
pub(crate) fn description(job: &Job, markets: &[FoundMarket], cutoff: Timestamp) -> TapeSource {
    let historical = markets.iter().filter(|found| found.tier == Tier::Historical).count();
    let list = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(",");
    let mut options = BTreeMap::from([
        ("venue".to_owned(), "kalshi".to_owned()),
        ("from".to_owned(), job.from.to_string()),
        ("until".to_owned(), job.until.to_string()),
        ("period".to_owned(), job.period.as_str().to_owned()),
    ]);
    for (name, names) in
        [("series", &job.selection.series), ("event", &job.selection.events), ("market", &job.selection.markets)]
    {
        if !names.is_empty() {
            options.insert(name.to_owned(), list(names));
        }
    }
    if job.trades {
        options.insert("trades".to_owned(), String::new());
    }
    let word = job.period.word();
    let assumed = vec![
        format!("{word} candles, no sizes: bid, ask and last price are those at the end of each {word}"),
        format!("a {word} without a candle is one without a change, as the venue has it: the last quote stands"),
        format!("of {} markets {historical} are from the historical tier, whose cut-off was {cutoff}", markets.len()),
    ];
    let made = Some(Made { files: Vec::new(), options, assumed });
    let description = format!("downloaded from kalshi ({}), {word} candles", job.venue);
    TapeSource { kind: SourceKind::Imported, description, made }
}
