//! A run as it is seen over a period: its figures, its round trips, and the steps that led to them.

use std::collections::{BTreeMap, BTreeSet};

use host_core::record::DayClose;
use host_core::risk::RiskLimits;
use host_core::{Market, MarketId, Record, SlotId, Timestamp, Usd};
use host_report::{MarkedPosition, Recorder, RecorderSettings, Report, RunFigures, Window};
use host_session::start::Beginning;
use host_store::journal::EQUITY_SPAN;

use super::equity::{equity_at, falls};
use super::evidence::Evidence;
use super::marks::marks;
use super::round_trip::{Held, RoundTrip, RoundTrips, TripEnd};
use super::source::RunSource;
use crate::error::Result;

/// A run over a period.
#[derive(Debug)]
pub struct RunView {
    pub window: Window,
    /// The figures of the period.
    pub report: Report,
    /// Round trips of the period, by opening; `None` for a result without a journal.
    pub trips: Option<Vec<RoundTrip>>,
    pub evidence: Evidence,
    /// The names of slots.
    pub slots: BTreeMap<SlotId, String>,
    /// Markets by number.
    pub markets: Vec<Market>,
    /// Statements of what is missing of the period.
    pub notes: Vec<String>,
}

/// Said where the capital at work was changed within the period.
pub(crate) const CAPITAL_CHANGED: &str =
    "the capital at work was changed in the period: figures of equity are as if the present one had been at work";

/// Units of an amount in half a 1/10,000 dollar: the price of a report as twice a price.
const HALF_PRICE: i64 = Usd::MICRO.0 * 50;

impl RunView {
    /// Reads `source` over `window`. Where that is the whole of its period and it has ended, the figures are its own.
    pub fn load(source: &RunSource, window: Window) -> RunView {
        let mut view = RunView {
            window,
            report: source.report.clone().unwrap_or_default(),
            trips: None,
            evidence: Evidence::default(),
            slots: BTreeMap::new(),
            markets: Vec::new(),
            notes: Vec::new(),
        };
        if let Some((_, info)) = &source.journal {
            view.slots = info.strategies.iter().map(|info| (info.slot, info.name.clone())).collect();
            view.markets = info.markets.clone();
            view.read(source, is_whole(source, window) && source.report.is_some());
        } else if !is_whole(source, window) {
            view.notes.push("its figures are of its whole period: without a journal it cannot be cut".to_owned());
        }
        view
    }

    fn read(&mut self, source: &RunSource, own_figures: bool) {
        let window = self.window;
        let start_equity = self.start_equity(source);
        let mut reader = Reader {
            trips: RoundTrips::default(),
            recorder: Recorder::new(RecorderSettings { start_equity, window }),
            realised_before: Usd::ZERO,
            begun: false,
            // The figures of a whole run hold what its markets paid after its last row.
            until: if own_figures { Timestamp(i64::MAX) } else { window.until() },
        };
        let Some((journal, _)) = &source.journal else { return };
        for (seq, record) in (1..).zip(journal.records()) {
            match record {
                Ok(record) => reader.take(seq, record, self, source),
                Err(error) => {
                    self.notes.push(error.to_string());
                    break;
                }
            }
        }
        if !reader.begun {
            reader.begin(self, source);
        }
        let Reader { trips, recorder, .. } = reader;
        let held = trips.held();
        let marks = match own_figures {
            true => self.reported_marks(),
            false => self.marks(source, window.until(), &held),
        };
        let (trips, missing) = trips.finish(window.until(), &marks);
        self.note_missing(&missing, "at the end of the period");
        if !own_figures {
            let profit: Usd = trips.iter().map(RoundTrip::net).sum();
            let by_equity = equity_at(&source.equity, window.until());
            if source.capital_changed(window) {
                self.notes.push(CAPITAL_CHANGED.to_owned());
            }
            let final_equity = by_equity.unwrap_or(start_equity + profit);
            let figures = self.figures(source, start_equity, final_equity, &trips, &marks);
            let own = std::mem::replace(&mut self.report, recorder.finish(&figures, &self.markets));
            (self.report.components, self.report.data_digest) = (own.components, own.data_digest);
        }
        self.trips = Some(trips);
    }

    fn start_equity(&mut self, source: &RunSource) -> Usd {
        let capital = source.start.as_ref().and_then(|start| match start.from {
            Beginning::Fresh { capital, .. } => Some(capital),
            Beginning::Restored { .. } => None,
        });
        let reported = source.report.as_ref().map(|report| report.start_equity.0);
        let first = source.equity.first().map(|point| point.first);
        let capital = capital.map(|own| match &source.capital {
            Some(capital) => capital.equity(Timestamp(i64::MIN), own),
            None => own,
        });
        let known = equity_at(&source.equity, self.window.from()).or(capital).or(reported).or(first);
        known.unwrap_or_else(|| {
            self.notes.push("its capital is not known: returns are undefined".to_owned());
            Usd::ZERO
        })
    }

    fn figures(
        &self,
        source: &RunSource,
        start_equity: Usd,
        final_equity: Usd,
        trips: &[RoundTrip],
        marks: &BTreeMap<MarketId, i32>,
    ) -> RunFigures {
        let (largest_fall, deepest_fall) = falls(&source.equity, self.window, start_equity);
        let open = trips.iter().filter(|trip| trip.end == TripEnd::Open).filter_map(|trip| {
            // Orders may have closed a part of it already; the rest left at the mark.
            let mark_doubled = *marks.get(&trip.market)?;
            let held = trip.left_open;
            let cost = trip.side.paid(trip.entry.share(held).value);
            Some(MarkedPosition {
                slot: trip.slot,
                market: trip.market,
                qty: trip.side.signed(held),
                cost,
                mark_doubled,
            })
        });
        RunFigures {
            final_equity,
            final_positions: open.collect(),
            largest_fall,
            deepest_fall,
            about: source.report.as_ref().and_then(|report| report.about.clone()),
            strategies: self.slots.values().cloned().collect(),
            ..RunFigures::default()
        }
    }

    /// Returns the marks of the positions in the run's own figures.
    fn reported_marks(&self) -> BTreeMap<MarketId, i32> {
        let ids: BTreeMap<&str, MarketId> =
            self.markets.iter().map(|market| (market.ticker.as_str(), market.id)).collect();
        let positions = self.report.final_positions.iter();
        positions
            .filter_map(|line| {
                let doubled = i32::try_from(line.mark.0.0 / HALF_PRICE).ok()?;
                Some((*ids.get(line.market.as_str())?, doubled))
            })
            .collect()
    }

    fn marks(&mut self, source: &RunSource, at: Timestamp, held: &BTreeMap<MarketId, Held>) -> BTreeMap<MarketId, i32> {
        marks_at(source, at, held).unwrap_or_else(|error| {
            self.notes.push(format!("the prices of {at} cannot be read: {error}"));
            BTreeMap::new()
        })
    }

    fn note_missing(&mut self, missing: &[MarketId], when: &str) {
        for market in missing {
            let ticker = self.ticker(*market);
            self.notes.push(format!("{ticker} has no price {when}: the position counts at its entry there"));
        }
    }

    /// Returns the ticker of a market, or its number if it was never listed.
    pub fn ticker(&self, market: MarketId) -> String {
        let listed = self.markets.get(market.index()).filter(|listed| listed.id == market);
        let listed = listed.or_else(|| self.markets.iter().find(|listed| listed.id == market));
        listed.map_or_else(|| format!("market {}", market.0), |market| market.ticker.clone())
    }

    /// Returns the name of a slot.
    pub fn slot(&self, slot: SlotId) -> String {
        self.slots.get(&slot).cloned().unwrap_or_else(|| format!("slot {}", slot.0))
    }
}

/// Returns true if `window` leaves out nothing of the run, or only what is shorter than a point of equity.
pub(crate) fn is_whole(source: &RunSource, window: Window) -> bool {
    let near = |one: Timestamp, other: Timestamp| (one - other).0.abs() < EQUITY_SPAN.0;
    source.period().is_some_and(|own| near(own.from(), window.from()) && near(own.until(), window.until()))
}

/// Returns twice the marks of what is held just before `at`.
pub(crate) fn marks_at(
    source: &RunSource,
    at: Timestamp,
    held: &BTreeMap<MarketId, Held>,
) -> Result<BTreeMap<MarketId, i32>> {
    if held.is_empty() {
        return Ok(BTreeMap::new());
    }
    let limits = source.start.as_ref().map_or_else(RiskLimits::default, |start| start.limits.clone());
    let markets = source.info().map(|info| info.markets.as_slice()).unwrap_or_default();
    // A live host learns of a fill some time after it, so the order of its events decides.
    let mut fresh = BTreeSet::new();
    if let Some((journal, _)) = source.journal.as_ref().filter(|(_, info)| info.mode.is_account()) {
        for (market, held) in held {
            if !journal.polled_after(held.record, at)? {
                fresh.insert(*market);
            }
        }
    }
    let is_fresh = |market: MarketId, row: Timestamp| match source.info().map(|info| info.mode) {
        Some(mode) if mode.is_account() => fresh.contains(&market),
        _ => held.get(&market).is_some_and(|held| held.opened > row),
    };
    marks(&source.rows()?, at, held, markets, &limits, &is_fresh)
}

/// Reads the records of a run into round trips and figures.
struct Reader {
    trips: RoundTrips,
    recorder: Recorder,
    realised_before: Usd,
    begun: bool,
    until: Timestamp,
}

impl Reader {
    fn take(&mut self, seq: i64, record: Record, view: &mut RunView, source: &RunSource) {
        let record = match &source.capital {
            Some(capital) => capital.record(record),
            None => record,
        };
        let record = match record {
            Record::DayClose(close) => {
                if Timestamp::start_of_day(close.day + 1) <= view.window.from() {
                    self.realised_before = close.realised;
                    return;
                }
                // Falls before the period are none of it.
                let realised = close.realised - self.realised_before;
                let falls = DayClose { max_drawdown: Usd::ZERO, max_drawdown_peak: Usd::ZERO, realised, ..close };
                Record::DayClose(falls)
            }
            other => other,
        };
        let Some(time) = record.time() else { return self.recorder.record(&record) };
        if time >= self.until {
            return;
        }
        if time >= view.window.from() && !self.begun {
            self.begin(view, source);
        }
        self.trips.record(seq, &record);
        view.evidence.record(&record);
        self.recorder.record(&record);
    }

    fn begin(&mut self, view: &mut RunView, source: &RunSource) {
        self.begun = true;
        let held = self.trips.held();
        let marks = view.marks(source, view.window.from(), &held);
        let missing = self.trips.begin(&marks);
        view.note_missing(&missing, "at the start of the period");
    }
}
