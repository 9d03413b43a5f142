//! The changes of a back test that are tried.

use host_core::fees::FeeModel;
use host_core::{Span, Timestamp};
use host_session::setup::Setup;
use host_sim::fill::{FILL_MODELS, FillModel};
use host_store::tape::Tape;

use super::trial::Trial;

/// A change of one thing in a back test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variation {
    /// This many times the warm-up that the manifest asks for, in place of once.
    WarmUp { times: i64 },
    /// A quarter of the tape as history, in place of none: the manifest asks for no warm-up.
    AnyHistory,
    /// Polls half as often.
    HalfThePolls,
    /// Each fill one tick worse.
    OneTickWorse,
    /// Another fee schedule.
    Fees(FeeModel),
    /// Another fill model.
    Fills(FillModel),
}

impl Variation {
    /// Returns the variations that say something of a back test with `setup`.
    pub fn all(setup: &Setup) -> Vec<Variation> {
        let history = match setup.warm_up() {
            Span::ZERO => vec![Variation::AnyHistory],
            _ => vec![Variation::WarmUp { times: 2 }, Variation::WarmUp { times: 4 }],
        };
        let fees = [FeeModel::None, FeeModel::Kalshi].into_iter().filter(|fees| *fees != setup.exchange.fees);
        let models =
            FILL_MODELS.into_iter().map(|(_, model)| model).filter(|model| *model != setup.exchange.fill_model);
        history
            .into_iter()
            .chain([Variation::HalfThePolls, Variation::OneTickWorse])
            .chain(fees.map(Variation::Fees))
            .chain(models.map(Variation::Fills))
            .collect()
    }

    /// Returns the variation in a few words.
    pub fn in_words(self, setup: &Setup, tape: &Tape) -> String {
        match self {
            Variation::WarmUp { times } => {
                let once = setup.warm_up();
                format!("history of {times}x the warm-up of {once}, not 1x")
            }
            Variation::AnyHistory => format!("history of {}, not none", quarter(tape)),
            Variation::HalfThePolls => {
                let interval = setup.poll_interval;
                let source = if tape.meta().poll.is_some() { "" } else { " (feed.poll)" };
                format!("polls every {}, not {interval}{source}", interval * 2)
            }
            Variation::OneTickWorse => "each fill one tick worse".to_owned(),
            Variation::Fees(fees) => {
                format!("fees: {}, not {}", fees_in_words(fees), fees_in_words(setup.exchange.fees))
            }
            Variation::Fills(model) => {
                format!("fill model: {model}, not {}", setup.exchange.fill_model)
            }
        }
    }

    /// Returns the back tests that are compared: the plain one, and the varied one. The error is the reason why the
    /// tape does not allow it.
    pub fn trials(self, setup: &Setup, tape: &Tape) -> Result<[Trial; 2], String> {
        let plain = Trial::whole(setup.clone());
        let mut varied = plain.clone();
        match self {
            Variation::WarmUp { times } => return after_history(setup, tape, setup.warm_up(), setup.warm_up() * times),
            Variation::AnyHistory => return after_history(setup, tape, Span::ZERO, quarter(tape)),
            Variation::HalfThePolls => {
                let (interval, twice) = (setup.poll_interval, setup.poll_interval * 2);
                let plain = Trial { sampled: Some(interval), ..plain };
                return Ok([plain, Trial { sampled: Some(twice), setup: varied.setup.polled_every(twice), ..varied }]);
            }
            Variation::OneTickWorse => varied.setup.exchange.one_tick_worse = true,
            Variation::Fees(fees) => varied.setup.exchange.fees = fees,
            Variation::Fills(model) => varied.setup.exchange.fill_model = model,
        }
        Ok([plain, varied])
    }
}

/// Returns two back tests of the period that begins `long` after the tape: one is shown the rows of `short` before it,
/// the other all of them.
fn after_history(setup: &Setup, tape: &Tape, short: Span, long: Span) -> Result<[Trial; 2], String> {
    let (first, last) = (tape.meta().first, tape.meta().last);
    let trade_from = Timestamp(first.0.saturating_add(long.0));
    if trade_from >= last {
        return Err(format!("the tape has rows of {}, and nothing is left to trade after {long}", last - first));
    }
    let from = |history: Span| Trial {
        rows_from: Timestamp(trade_from.0.saturating_sub(history.0)),
        trade_from,
        ..Trial::whole(setup.clone())
    };
    Ok([from(short), from(long)])
}

/// Returns a quarter of the tape's time, in whole minutes where it has any.
fn quarter(tape: &Tape) -> Span {
    let (quarter, minute) = (Span((tape.meta().last - tape.meta().first).0 / 4), Span::minutes(1));
    if quarter < minute { quarter } else { Span(quarter.0 / minute.0 * minute.0) }
}

fn fees_in_words(fees: FeeModel) -> &'static str {
    match fees {
        FeeModel::None => "none",
        FeeModel::Kalshi => "Kalshi's",
        FeeModel::KalshiWithMakerFees => "Kalshi's with maker fees",
    }
}
