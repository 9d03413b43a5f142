//! The criteria that a paper run decides.

use host_core::{Span, Timestamp, Usd};

use super::criterion::{
    Criterion, CriterionKey, DRAWDOWN, FILLS, FORECASTS, MARKETS, PAPER, PROFIT, PROFIT_FACTOR, REPLAY, Verdict,
};
use super::papered::Papered;
use super::settings::GoNoGoSettings;

/// A difference that is too small to be explained.
const CENT: Usd = Usd(Usd::dollars(1).0 / 100);

/// The difference in profit between a run and its back test, and what of it has no explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExplainedShare {
    pub difference: Usd,
    pub not_explained: Usd,
}

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub events: u64,
    /// The first difference, in words.
    pub difference: Option<String>,
}

/// Returns the criteria without a paper run, for the reason `why`.
pub(super) fn without(why: &str, cure: &str) -> Vec<Criterion> {
    let subjects = [PAPER, PROFIT, FILLS, DRAWDOWN, MARKETS, PROFIT_FACTOR, FORECASTS, REPLAY];
    subjects.map(|subject| subject.not_known(why, "host runs list", cure)).to_vec()
}

/// Returns the criteria that follow from the figures of `paper` alone. `must_be_fresh` is false once live trading
/// speaks for the time since.
pub(super) fn of(paper: &Papered, settings: &GoNoGoSettings, now: Timestamp, must_be_fresh: bool) -> Vec<Criterion> {
    vec![
        ran(paper, settings, now, must_be_fresh),
        profit(paper, settings),
        drawdown(paper),
        markets(paper, settings),
        profit_factor(paper, settings),
        forecasts(paper),
    ]
}

fn review(paper: &Papered) -> String {
    format!("host review {}", paper.name)
}

fn report(paper: &Papered) -> String {
    format!("host report {}", paper.name)
}

fn ran(paper: &Papered, settings: &GoNoGoSettings, now: Timestamp, must_be_fresh: bool) -> Criterion {
    let mut faults = paper.other.clone();
    faults.extend(paper.crashes.iter().map(|(what, number)| format!("{number} {what}")));
    if paper.days < u64::from(settings.paper_days) {
        faults.push(format!("{} days of {}", paper.days, settings.paper_days));
    }
    if paper.gaps > settings.paper_gaps {
        let most = settings.paper_gaps * 100.0;
        faults.push(format!("no polls in {:.1} % of its time, more than {most:.1} %", paper.gaps * 100.0));
    }
    let age = paper.ended.map(|ended| now - ended).filter(|_| must_be_fresh);
    if age > Some(settings.paper_age) {
        let days = age.unwrap_or_default().0 / Span::DAY.0;
        faults.push(format!("it ended {days} days ago, longer than {}", settings.paper_age));
    }
    let what = format!("{}, {}", paper.name, paper.data);
    let cure = "`host run --venue kalshi` trades on paper at the venue; `--paper RUN` takes another run";
    if !faults.is_empty() {
        return PAPER.fail(format!("{what}: {}", faults.join("; ")), review(paper), cure);
    }
    let gaps = format!("no polls in {:.1} %", paper.gaps * 100.0);
    let evidence = format!("{what}: {} days, none broken off, {gaps}", paper.days);
    match paper.made_up {
        false => PAPER.pass(evidence, review(paper)),
        true => PAPER.not_known(
            format!("{evidence}; but markets and time were made up"),
            review(paper),
            format!("{cure}; or {}", PAPER.to_sign()),
        ),
    }
}

fn profit(paper: &Papered, settings: &GoNoGoSettings) -> Criterion {
    let least = settings.paper_profit();
    let evidence = format!("{} in {} trades", paper.profit.shown_signed(), paper.trades);
    match paper.profit > least {
        true => PROFIT.pass(evidence, report(paper)),
        false => PROFIT.fail(
            format!("{evidence}, not above {}", least.shown()),
            report(paper),
            "find out why with `host compare RUN --with backtest`, and paper again",
        ),
    }
}

fn drawdown(paper: &Papered) -> Criterion {
    let Some(limit) = paper.drawdown_limit else {
        return DRAWDOWN.not_known("its limits cannot be read", report(paper), DRAWDOWN.to_sign());
    };
    let evidence = format!("{} of {} (risk.max_drawdown)", paper.max_drawdown.shown(), limit.shown());
    match paper.max_drawdown < limit {
        true => DRAWDOWN.pass(evidence, report(paper)),
        false => DRAWDOWN.fail(evidence, report(paper), "trade less, or with another strategy, and paper again"),
    }
}

fn markets(paper: &Papered, settings: &GoNoGoSettings) -> Criterion {
    let evidence = format!("closed trades in {} markets of {}", paper.markets, settings.markets);
    match paper.markets >= settings.markets.into() {
        true => MARKETS.pass(evidence, report(paper)),
        false => MARKETS.fail(evidence, report(paper), "paper longer: so few markets prove little"),
    }
}

fn profit_factor(paper: &Papered, settings: &GoNoGoSettings) -> Criterion {
    let least = settings.profit_factor;
    let Some(interval) = paper.profit_factor_interval else {
        let few = format!("{} trades are too few for an interval", paper.trades);
        return PROFIT_FACTOR.not_known(few, report(paper), PROFIT_FACTOR.to_sign());
    };
    let factor = paper.profit_factor.map_or_else(|| "no losses".to_owned(), |factor| format!("{factor:.2}"));
    let evidence = format!("{factor}, with 90 % between {:.2} and {:.2}", interval.lower, interval.upper);
    let (shown, low) = (report(paper), format!("{evidence}: not above {least:.2}"));
    match () {
        () if interval.lower > least => PROFIT_FACTOR.pass(evidence, shown),
        () if interval.upper <= least => PROFIT_FACTOR.fail(low, shown, "paper with a better strategy"),
        () => PROFIT_FACTOR.not_known(
            format!("{evidence}: it may be luck"),
            shown,
            format!("paper longer, or {}", PROFIT_FACTOR.to_sign()),
        ),
    }
}

fn forecasts(paper: &Papered) -> Criterion {
    let Some((advantage, interval)) = paper.advantage else {
        let none = "the strategy forecasts no probabilities, or too few were resolved";
        return FORECASTS.not_known(none, report(paper), FORECASTS.to_sign());
    };
    let range = format!("with 90 % between {:+.4} and {:+.4}", interval.lower, interval.upper);
    let evidence = format!("Brier advantage {advantage:+.4}, {range}");
    match () {
        () if interval.lower > 0.0 => FORECASTS.pass(evidence, report(paper)),
        () if interval.upper <= 0.0 => {
            FORECASTS.fail(evidence, report(paper), "the market's prices are better: do not trade on these forecasts")
        }
        () => FORECASTS.not_known(evidence, report(paper), format!("paper longer, or {}", FORECASTS.to_sign())),
    }
}

/// Judges what `compare` says of the run called `name` and its back test; an error says why it could not.
pub(super) fn fills(
    name: &str,
    fill_rate: Option<f64>,
    explained: Result<ExplainedShare, &str>,
    settings: &GoNoGoSettings,
) -> Criterion {
    let shown = format!("host compare {name} --with backtest");
    let ExplainedShare { difference, not_explained } = match explained {
        Ok(explained) => explained,
        Err(why) => return FILLS.not_known(why, shown, FILLS.to_sign()),
    };
    let most = (difference.as_dollars().abs() * settings.unexplained).max(CENT.as_dollars());
    let rate = fill_rate.map_or_else(String::new, |rate| format!("fill rate {:.1} %; ", rate * 100.0));
    let evidence = format!(
        "{rate}{} against the back test, of which {} is not explained",
        difference.shown_signed(),
        not_explained.shown_signed()
    );
    match not_explained.as_dollars().abs() <= most {
        true => FILLS.pass(evidence, shown),
        false => {
            let most = format!("{evidence}, more than {:.1} %", settings.unexplained * 100.0);
            FILLS.fail(most, shown, "find the trades with `--explain not-explained`, or report a bug in the host")
        }
    }
}

/// Judges the replay of the run called `name`; an error says why it could not be made.
pub(super) fn replay(name: &str, replayed: Result<&Replayed, &str>, place: &str) -> Criterion {
    let shown = format!("host replay {place}");
    match replayed {
        Err(why) => REPLAY.not_known(why, shown, REPLAY.to_sign()),
        Ok(Replayed { events, difference: None }) => {
            REPLAY.judged(Verdict::Pass, format!("{events} events of {name}: identical"), shown)
        }
        Ok(Replayed { difference: Some(what), .. }) => {
            REPLAY.fail(what.clone(), shown, "what was papered is not what this host decides: paper with this version")
        }
    }
}

/// Returns `subject` as one that nobody looked at, because others fail already.
pub(super) fn not_looked_at(subject: CriterionKey, shown_by: String) -> Criterion {
    subject.not_known("not looked at: it takes long, and others fail", shown_by, "look to the others first")
}
