//! The fourth and fifth question: whether the system was well, and whether signals are those of the back test.

use host_evaluate::review::{Health, Signals, SignalsAgainst, VenueHealth};
use host_pages::numbers::{UNDEFINED, count, date, fixed, moment, or_undefined, share, share_in_column, trimmed};
use host_pages::review::{Bar, Chart, Evidence, Heading, Question, Shape, Table, TableRow};

/// Most gaps and restrictions that are listed.
const LISTED: usize = 8;

pub(super) fn health(health: &Health) -> Question {
    let mut evidence = vec![Evidence::Table(checks(health))];
    let restricted = health.restrictions.iter().map(|note| format!("{}: {}", moment(&note.time), note.text));
    let gaps = health.gaps.iter().map(|gap| format!("No events from {} to {}.", moment(&gap.from), moment(&gap.until)));
    evidence.extend(restricted.take(LISTED).chain(gaps.take(LISTED)).map(Evidence::Said));
    match health.near_misses.is_empty() {
        true => evidence.push(Evidence::Said("No order had 80 % or more of a limit in use.".to_owned())),
        false => evidence.push(Evidence::Table(near_misses(health))),
    }
    Question { question: "Was the system well?", answer: health_answer(health), evidence }
}

fn health_answer(health: &Health) -> String {
    let counted = |number: u64, one: &str, several: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{} {several}", count(number))),
    };
    let found = [
        counted(health.faults, "strategy fault", "strategy faults"),
        counted(health.differing.unwrap_or(0), "difference from the venue", "differences from the venue"),
        counted(health.restrictions.len() as u64, "restriction of trading", "restrictions of trading"),
        counted(health.blocked_exits, "exit that could not leave", "exits that could not leave"),
        counted(outages(health), "outage of the venue", "outages of the venue"),
        counted(health.gaps.len() as u64, "gap in the data", "gaps in the data"),
        counted(health.interventions.unwrap_or(0), "action by hand", "actions by hand"),
    ];
    let found: Vec<String> = found.into_iter().flatten().collect();
    match found.as_slice() {
        [] => "Yes: nothing failed, and nobody had to act.".to_owned(),
        found => format!("Not quite: {}.", found.join(", ")),
    }
}

fn outages(health: &Health) -> u64 {
    health.venue.as_ref().map_or(0, |venue| venue.outages.len() as u64)
}

fn checks(health: &Health) -> Table {
    let row = |name: &str, figure: String| TableRow {
        name: name.to_owned(),
        cells: vec![figure.into()],
        ..TableRow::default()
    };
    let account = |figure: Option<u64>| or_undefined(figure, count);
    let venue = |figure: fn(&VenueHealth) -> u64| or_undefined(health.venue.as_ref().map(figure), count);
    let down =
        or_undefined(health.venue.as_ref(), |venue| format!("{} min", trimmed(venue.down().as_seconds() / 60.0, 1)));
    let rows = vec![
        row("Time in which a host ran", or_undefined(health.uptime, share)),
        row("Starts of a host", account(health.restarts)),
        row("Comparisons with the venue", account(health.comparisons)),
        row("of them with a difference", account(health.differing)),
        row("Outages of the venue", venue(|venue| venue.outages.len() as u64)),
        row("their length", down),
        row("Reads that had to be repeated", venue(|venue| venue.repeated_reads)),
        row("Orders whose outcome was unknown at first", venue(|venue| venue.unknown_orders)),
        row("Times when the venue took fewer requests", venue(|venue| venue.throttled)),
        row("Orders turned away while trading was paused", count(health.paused_orders)),
        row("Strategy faults", count(health.faults)),
        row("Restrictions of trading", count(health.restrictions.len() as u64)),
        row("of them by the breaker: too many orders failed", count(health.breaker)),
        row("Exits that could not leave for a time", count(health.blocked_exits)),
        row("Gaps in the data", count(health.gaps.len() as u64)),
        row("Actions by hand: kill, resume, close, settle", account(health.interventions)),
    ];
    let headings = vec![Heading::names("Check"), Heading::number("Found")];
    Table { caption: "Health of the system".to_owned(), headings, rows, totals: Vec::new() }
}

fn near_misses(health: &Health) -> Table {
    let rows = health.near_misses.iter().map(|near| {
        let cells = [count(near.orders), share(near.most), near.value.clone(), near.limit.clone()];
        TableRow { name: near.code.clone(), cells: cells.map(Into::into).into(), ..TableRow::default() }
    });
    Table {
        caption: "Limits of which orders used 80 % or more".to_owned(),
        headings: vec![
            Heading::names("Limit used to 80 % or more"),
            Heading::number("Orders"),
            Heading::number("Most"),
            Heading::roomy("Value then"),
            Heading::roomy("Limit then"),
        ],
        rows: rows.collect(),
        totals: Vec::new(),
    }
}

pub(super) fn signals(signals: &Signals, days: &[String]) -> Question {
    let against = signals.against.as_ref();
    let mut evidence = vec![Evidence::Table(side_by_side(signals, against))];
    if !signals.confidence.is_empty() {
        let other = against.map(|against| against.confidence.clone()).unwrap_or_default();
        let named =
            if other.is_empty() { String::new() } else { "; dashed: the run that it is measured by".to_owned() };
        evidence.push(Evidence::Chart(Chart {
            title: "Share of signals by their confidence, from 0 to 1".to_owned(),
            caption: format!("Line: this run{named}. Share of signals by their confidence, in tenths."),
            shape: Shape::Outlines { own: signals.confidence.clone(), other },
        }));
    }
    if signals.count > 0 {
        evidence.push(by_day(signals, days));
    }
    Question { question: "Are the signals those of the back test?", answer: signals_answer(signals), evidence }
}

fn signals_answer(signals: &Signals) -> String {
    let own = format!("{} signals, {} a day", count(signals.count), trimmed(signals.per_day, 1));
    let Some(against) = &signals.against else {
        return format!("Not asked: {own}; `--against RUN` measures them by a back test.");
    };
    let there = format!("{own}, {} a day in the other", trimmed(against.per_day, 1));
    match against.drift {
        Some(drift) if drift.is_beyond() => {
            let (found, chance) = (fixed(drift.statistic, 2), fixed(drift.threshold, 2));
            format!("No: {there}. Their confidence differs by {found}, where chance explains {chance}.")
        }
        Some(_) => format!("Yes, as far as can be told: {there}. Their confidence differs by no more than chance."),
        None => format!("Too few to tell: {there}."),
    }
}

fn side_by_side(signals: &Signals, against: Option<&SignalsAgainst>) -> Table {
    let row = |name: &str, own: String, other: Option<String>| TableRow {
        name: name.to_owned(),
        cells: std::iter::once(own).chain(other).map(Into::into).collect(),
        ..TableRow::default()
    };
    let accuracy = |found: host_evaluate::review::Accuracy| match found.share {
        Some(right) => format!("{} of {}, {}", count(found.right), count(found.settled), share(right)),
        None => UNDEFINED.to_owned(),
    };
    let half = |shares: &[f64]| match shares.get(5..) {
        Some(high) => share_in_column(high.iter().sum()),
        None => UNDEFINED.to_owned(),
    };
    let brier = signals.calibration.as_ref().map(|found| fixed(found.brier, 4));
    let mut rows = vec![
        row("Signals a day", fixed(signals.per_day, 1), against.map(|other| fixed(other.per_day, 1))),
        row(
            "of them with a confidence of 0.5 or more",
            half(&signals.confidence),
            against.map(|o| half(&o.confidence)),
        ),
        row("First signals on the side that won", accuracy(signals.accuracy), against.map(|o| accuracy(o.accuracy))),
    ];
    if let Some(brier) = brier {
        rows.push(row("Brier score of forecasts", brier, against.map(|_| String::new())));
    }
    let other = against.map(|against| Heading::number(&against.name));
    let headings = [Heading::names("Signals"), Heading::number("This run")].into_iter().chain(other).collect();
    Table { caption: "Signals side by side".to_owned(), headings, rows, totals: Vec::new() }
}

fn by_day(signals: &Signals, days: &[String]) -> Evidence {
    let bar = |(day, number): (&String, &u64)| Bar { label: date(day), value: *number as f64, shown: count(*number) };
    let bars: Vec<Bar> = days.iter().zip(&signals.by_day).map(bar).collect();
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.shown)).collect();
    Evidence::Chart(Chart {
        title: format!("Signals by day: {}", told.join(", ")),
        caption: "Signals a day.".to_owned(),
        shape: Shape::Bars { bars, are_levels: true },
    })
}
