//! The parts of the dashboard that come from the journal: equity, the newest fills, notes.
//!
//! What is read is shared by all browsers for a second, and the next look reads what is new since. So a page costs the
//! same after a year, however many load it. All of it can be read from the journal again at any time.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host_core::{MarketId, Record, Side, SignalAction, Timestamp};
use host_pages::chart::{Plot, Scale, TimeAxis, WIDTH, step_line, without_gaps};
use host_pages::numbers;
use host_report::{Column, Columns, Money, Point};
use host_session::decisions;
use host_store::journal::{EQUITY_SPAN, EquityPoint, Journal, JournalError};
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};

use super::pages::{FromJournal, NoteRow, RecentFill, RecentSignal};
use super::source::JournalFiles;
use super::view::cents;

/// Number of columns of the chart.
const COLUMNS: usize = 320;
/// Height of the chart, in pixels.
const HEIGHT: f64 = 180.0;
/// Most fills and notes that are shown.
const NEWEST: usize = 8;
/// Number of points of equity without one from which the line has a gap.
const GAP: i64 = 12;
/// Time for which what was read is shown.
const FRESH: Duration = Duration::from_secs(1);

/// The past of an account or a run, as far as it was read.
#[derive(Debug)]
pub struct Past {
    files: JournalFiles,
    known: Arc<Mutex<Known>>,
}

/// The part that was read, and the place to go on.
#[derive(Debug, Default)]
struct Known {
    /// The number of the journal's file: another file is another past.
    file: u64,
    equity: EquityLine,
    fills: Newest<RecentFill>,
    signals: Newest<RecentSignal>,
    shown: Option<(Instant, Arc<FromJournal>)>,
}

impl Past {
    /// Names the past that `files` tell. Nothing is read yet.
    pub fn of(files: JournalFiles) -> Past {
        Past { files, known: Arc::default() }
    }

    /// Returns what pages show of it. What cannot be read is said in its place.
    ///
    /// # Errors
    /// The reader has panicked.
    pub async fn look(&self) -> Result<Arc<FromJournal>, JoinError> {
        // Who comes while another one reads waits, and sees the same.
        let mut known = Arc::clone(&self.known).lock_owned().await;
        if let Some((_, shown)) = known.shown.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
            return Ok(Arc::clone(shown));
        }
        let files = self.files.clone();
        spawn_blocking(move || {
            let shown = Arc::new(known.read(&files));
            known.shown = Some((Instant::now(), Arc::clone(&shown)));
            shown
        })
        .await
    }

    /// Lets the next look read anew: somebody has written a note.
    pub async fn renew(&self) {
        self.known.lock().await.shown = None;
    }
}

impl Known {
    fn read(&mut self, files: &JournalFiles) -> FromJournal {
        let (equity, equity_heading) = match self.extend(&files.journal) {
            Ok(()) => self.equity.drawn(),
            Err(error) => {
                *self = Known::default();
                (String::new(), format!("Equity: the journal cannot be read: {error}"))
            }
        };
        let notes = decisions::latest(&files.folder, NEWEST).unwrap_or_default();
        let notes = notes.iter().rev().map(NoteRow::of).collect();
        FromJournal {
            equity,
            equity_heading,
            fills: self.fills.rows.clone(),
            signals: self.signals.rows.clone(),
            notes,
        }
    }

    /// Reads what is new in the journal at `path`.
    fn extend(&mut self, path: &Path) -> Result<(), JournalError> {
        let journal = Journal::open(path)?;
        let file = path.metadata().map_or(0, |file| file.ino());
        if file != self.file {
            *self = Known { file, ..Known::default() };
        }
        self.equity.extend(journal.equity_from(self.equity.next())?);
        let last = i64::try_from(journal.count()?).unwrap_or(i64::MAX);
        self.fills.extend(&journal, ("filled", last), recent_fill)?;
        self.signals.extend(&journal, ("signal", last), recent_signal)
    }
}

/// The newest records of one kind as pages show them, the latest first.
#[derive(Debug)]
struct Newest<T> {
    rows: Vec<T>,
    /// The number of the last record that was looked at.
    seen: i64,
}

// A derived one would ask for a default row.
impl<T> Default for Newest<T> {
    fn default() -> Newest<T> {
        Newest { rows: Vec::new(), seen: 0 }
    }
}

impl<T> Newest<T> {
    /// Adds the new records of `kind`; `last` is the number of the journal's last record. `show` makes a row, with the
    /// title of a market.
    fn extend(
        &mut self,
        journal: &Journal,
        (kind, last): (&str, i64),
        show: impl Fn(&Record, &dyn Fn(MarketId) -> String) -> Option<T>,
    ) -> Result<(), JournalError> {
        let newest = journal.newest(kind, self.seen, NEWEST)?;
        self.seen = newest.first().map_or(last, |(seq, _)| last.max(*seq));
        // A market that cannot be read is one without a title: the record counts.
        let title = |market| {
            journal.market(market).ok().flatten().map_or_else(String::new, |market| market.shown_title().to_owned())
        };
        let mut rows: Vec<T> = newest.iter().filter_map(|(_, record)| show(record, &title)).collect();
        rows.append(&mut self.rows);
        rows.truncate(NEWEST);
        self.rows = rows;
        Ok(())
    }
}

fn recent_fill(record: &Record, title: &dyn Fn(MarketId) -> String) -> Option<RecentFill> {
    let Record::Filled { market, side, fill, .. } = record else { return None };
    // Selling YES is buying NO, at the price of NO.
    let price = fill.price.dollars();
    let (name, price) = if *side == Side::Buy { ("YES", price) } else { ("NO", 1.0 - price) };
    Some(RecentFill {
        time: numbers::time(fill.time),
        title: title(*market),
        what: format!("{} {name}", numbers::trimmed(fill.qty.as_contracts(), 2)),
        price: cents(price),
    })
}

fn recent_signal(record: &Record, title: &dyn Fn(MarketId) -> String) -> Option<RecentSignal> {
    let Record::Signal(signal) = record else { return None };
    let action = match signal.action {
        SignalAction::Buy => "Buy YES",
        SignalAction::Sell => "Buy NO",
        SignalAction::Exit => "Close",
    };
    Some(RecentSignal {
        time: numbers::time(signal.time),
        title: title(signal.market),
        what: action,
        confidence: numbers::share(signal.confidence),
    })
}

/// The equity over time, in as many columns as the chart has.
#[derive(Clone, Debug)]
struct EquityLine {
    /// The part that does not change any more.
    done: Columns,
    /// The last point, which goes on.
    last: Option<EquityPoint>,
}

impl Default for EquityLine {
    fn default() -> EquityLine {
        EquityLine { done: Columns::new(COLUMNS), last: None }
    }
}

impl EquityLine {
    /// Returns the time from which points are to be read.
    fn next(&self) -> Timestamp {
        self.last.map_or(Timestamp(i64::MIN), |last| last.start)
    }

    /// Adds `points` from that time on.
    fn extend(&mut self, points: Vec<EquityPoint>) {
        for point in points {
            if let Some(last) = self.last.replace(point).filter(|last| last.start != point.start) {
                self.done.add(column(&last));
            }
        }
    }

    /// Returns the chart with the sentence above it.
    fn drawn(&self) -> (String, String) {
        let mut columns = self.done.clone();
        if let Some(last) = &self.last {
            columns.add(column(last));
        }
        drawn(columns.as_slice())
    }
}

fn column(point: &EquityPoint) -> Column {
    let at = |value: host_core::Usd| Point { time: point.start, value: value.0 };
    Column { first: at(point.first), last: at(point.last), lowest: at(point.lowest), highest: at(point.highest) }
}

fn drawn(columns: &[Column]) -> (String, String) {
    let Some((first, last)) = columns.first().zip(columns.last()).map(|(first, last)| (first.first, last.last)) else {
        return (String::new(), "No equity is known yet".to_owned());
    };
    let dollars = |value: i64| value as f64 / 1e10;
    let low = columns.iter().map(|column| dollars(column.lowest.value)).fold(f64::MAX, f64::min);
    let high = columns.iter().map(|column| dollars(column.highest.value)).fold(f64::MIN, f64::max);
    let since = Money(host_core::Usd(last.value - first.value));
    let heading = format!("{} since {}", numbers::change(since), numbers::full_day(first.time.day()));
    let axis = TimeAxis::new(first.time, Timestamp(last.time.0 + EQUITY_SPAN.0));
    let plot = Plot::new(&format!("Equity: {heading}"), HEIGHT, Scale::new(low, high, 0.01));
    let mut plot = plot.grid(|value| format!("${}", numbers::trimmed(value, 2)));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(dollars(point.value)));
    let length = last.time.0 - first.time.0;
    let gap = host_core::Span((EQUITY_SPAN.0 * GAP).max(length / COLUMNS as i64 * 3));
    let path = step_line(without_gaps(columns, gap), place);
    plot.path("line", &path);
    (plot.times(&axis).finish(), heading)
}

#[cfg(test)]
mod tests {
    use host_core::Usd;

    use super::*;

    #[test]
    fn a_line_that_is_extended_is_that_of_all_points() {
        let point = |at: i64| {
            let equity = Usd(50_000_000_000_000 + at * 7_919 % 104_729 * 1_000_000);
            let lowest = Usd(equity.0 - 3_000_000_000);
            EquityPoint { start: Timestamp(at * EQUITY_SPAN.0), first: equity, last: equity, lowest, highest: equity }
        };
        let points: Vec<EquityPoint> = (0..5_000).map(point).collect();
        let (mut all, mut extended) = (EquityLine::default(), EquityLine::default());
        assert_eq!(all.drawn().1, "No equity is known yet");
        all.extend(points.clone());
        for part in [1, 2, 700, 701, 5_000] {
            // The last point was still going on when it was read.
            let mut part: Vec<_> = points[..part].iter().copied().filter(|at| at.start >= extended.next()).collect();
            let whole = part.pop().unwrap();
            part.push(EquityPoint { lowest: whole.first, last: whole.first, ..whole });
            extended.extend(part);
            extended.extend(vec![whole]);
            assert!(extended.done.as_slice().len() <= COLUMNS);
        }
        assert_eq!(extended.drawn(), all.drawn());
        assert!(all.drawn().0.contains("<svg"), "{}", all.drawn().0);
    }
}
