//! The quality of orders and forecasts: after the fills, refusals, calibration, faults and restrictions.

use host_core::TradingState;
use host_core::risk::RefusalCode;
use host_report::{CalibrationBin, Report, Restriction, SwapLine};

use super::subject::Subject;
use crate::chart::{Anchor, Plot, Scale, WIDTH};
use crate::numbers::{cents_change, count, fixed, or_undefined, share, share_in_column, time};

/// Height of the calibration curve, in pixels.
const HEIGHT: f64 = 200.0;

/// Move of the price after fills.
pub(super) struct MarkoutRow {
    pub(super) after: String,
    pub(super) fills: String,
    pub(super) maker: String,
    pub(super) taker: String,
}

/// Refused orders of one cause.
pub(super) struct RefusalRow {
    pub(super) words: String,
    pub(super) code: String,
    pub(super) count: String,
}

/// Forecasts of nearly the same probability.
pub(super) struct CalibrationRow {
    pub(super) forecast: String,
    pub(super) market: String,
    pub(super) happened: String,
    pub(super) count: String,
}

/// Something that reduced trading.
pub(super) struct EventRow {
    pub(super) time: String,
    pub(super) what: String,
    pub(super) why: String,
}

pub(super) fn markouts(report: &Report) -> Vec<MarkoutRow> {
    let row = |markout: &host_report::Markout| MarkoutRow {
        after: match markout.horizon.as_str() {
            "close" => "the payout".to_owned(),
            horizon => horizon.replace('s', " s").replace('m', " min"),
        },
        fills: count(markout.fills),
        maker: or_undefined(markout.maker, cents_change),
        taker: or_undefined(markout.taker, cents_change),
    };
    report.markouts.iter().filter(|markout| markout.fills > 0).map(row).collect()
}

/// Returns the refusals, the most frequent first, under a heading with their number.
pub(super) fn refusals(report: &Report) -> (String, Vec<RefusalRow>) {
    let total: u64 = report.rejections.values().sum();
    let heading = match total {
        0 => "No order was refused".to_owned(),
        1 => "1 order was refused".to_owned(),
        total => format!("{} orders were refused", count(total)),
    };
    let mut codes: Vec<(&String, &u64)> = report.rejections.iter().collect();
    codes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let words = |code: &str| {
        let known = RefusalCode::ALL.iter().find(|one| one.as_str() == code);
        known.map_or_else(|| "A check of another version of the host.".to_owned(), |one| one.doc().to_owned())
    };
    let row =
        |(code, number): (&String, &u64)| RefusalRow { words: words(code), code: code.clone(), count: count(*number) };
    (heading, codes.into_iter().map(row).collect())
}

/// Returns the forecasts by tenths; nothing if no strategy gave a probability for a market that resolved.
pub(super) fn calibration_rows(report: &Report) -> Vec<CalibrationRow> {
    let bins = report.calibration.as_ref().map(|calibration| calibration.bins.as_slice()).unwrap_or_default();
    let row = |bin: &CalibrationBin| CalibrationRow {
        forecast: share_in_column(bin.mean),
        market: share_in_column(bin.market),
        happened: share_in_column(bin.frequency),
        count: count(bin.forecasts),
    };
    bins.iter().map(row).collect()
}

/// Returns how good the forecasts were, in words.
pub(super) fn calibration_sentence(report: &Report) -> String {
    let Some(scores) = &report.probabilities else {
        return "No strategy of this run gives probabilities, so there is nothing to calibrate: a signal carries one as \
                its figure probability."
            .to_owned();
    };
    if report.calibration.is_none() {
        let forecasts = count(scores.forecasts);
        return format!("None of the markets with one of the {forecasts} forecasts has resolved yet.");
    }
    let number = |figure: Option<f64>| or_undefined(figure, |value| fixed(value, 4));
    format!(
        "{} of {} forecasts at an entry have resolved. Brier score {}, that of the market's mid {}: lower is better. \
         On the grey line, what is forecast happens as often as it is forecast.",
        count(scores.resolved),
        count(scores.forecasts),
        number(scores.brier),
        number(scores.market_brier)
    )
}

/// Returns the calibration curve; nothing without a forecast.
pub(super) fn calibration_chart(report: &Report) -> String {
    let bins = report.calibration.as_ref().map(|calibration| calibration.bins.as_slice()).unwrap_or_default();
    if bins.is_empty() {
        return String::new();
    }
    let scale = Scale { low: 0.0, high: 1.0, lines: vec![0.0, 0.25, 0.5, 0.75, 1.0] };
    let title = "Calibration: the part of the markets that happened, by the probability that was forecast";
    let mut plot = Plot::new(title, HEIGHT, scale).grid(share);
    plot.path("axis", &format!("M0 {HEIGHT}L{WIDTH} 0"));
    for bin in bins {
        plot.symbol("dot", bin.mean, bin.frequency);
        plot.say(bin.mean, bin.frequency, -8.0, Anchor::at(bin.mean), &count(bin.forecasts));
    }
    plot.below(0.0, Anchor::Start, &share(0.0));
    plot.below(0.5, Anchor::Middle, "forecast");
    plot.below(1.0, Anchor::End, &share(1.0));
    plot.finish()
}

/// Returns the restrictions and faults in the order of time.
pub(super) fn events(subject: &Subject<'_>) -> Vec<EventRow> {
    let state = |one: &Restriction| match (one.state, one.slot) {
        (TradingState::Active, None) => "Trading again",
        (TradingState::Active, Some(_)) => "One slot trades again",
        (TradingState::Reduce, None) => "Only orders that reduce a position",
        (TradingState::Reduce, Some(_)) => "One slot opens nothing",
        (TradingState::Halted, _) => "Trading halted",
    };
    let restrictions = subject.course.restrictions.iter().map(|one| (one.time, state(one), one.reason.clone()));
    let faults = subject.course.faults.iter().map(|one| (one.time, "Strategy quarantined", one.message.clone()));
    let swapped = |swap: &SwapLine| format!("{} instead of {}: {}", swap.to, former(swap), swap.reason);
    let swaps = subject.course.swaps.iter().map(|one| (one.time, "Strategy swapped", swapped(one)));
    let mut events: Vec<_> = restrictions.chain(faults).chain(swaps).collect();
    events.sort_by_key(|(at, ..)| *at);
    let row = |(at, what, why): (_, &str, String)| EventRow { time: time(at), what: what.to_owned(), why };
    events.into_iter().map(row).collect()
}

fn former(swap: &SwapLine) -> String {
    swap.from.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
}
