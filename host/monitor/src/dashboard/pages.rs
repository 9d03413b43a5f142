//! The pages as a whole.

use std::sync::Arc;

use askama::Template;
use host_live::control::kill_switch::Killed;
use host_live::control::status::StatusView;
use host_pages::numbers;
use host_store::decisions::Decision;

use super::access::{Scope, Session, form_token};
use super::market::MarketChart;
use super::stop_runner::{Stop, StopOutcome};
use super::subject::{Mode, Subject};
use super::view::{Frame, clock};
use super::watch::Sight;

/// The head of a page.
pub struct PageHead {
    mode: Mode,
    title: String,
    stage: String,
    who: String,
    age: String,
    late: f64,
    stale: f64,
    /// The path of the event stream; empty for pages that stay as they are.
    stream: &'static str,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct Dashboard {
    head: PageHead,
    silent: String,
    stopped: String,
    /// A sentence about a run; empty for an account.
    run: &'static str,
    is_over: bool,
    frame: Frame,
    can_stop: bool,
    may_close: bool,
    token: String,
    journal: Arc<FromJournal>,
    name: String,
}

/// A fill of the last days.
#[derive(Clone, Debug)]
pub struct RecentFill {
    pub time: String,
    pub title: String,
    pub what: String,
    pub price: String,
}

/// A signal of a strategy.
#[derive(Clone, Debug)]
pub struct RecentSignal {
    pub time: String,
    pub title: String,
    pub what: &'static str,
    pub confidence: String,
}

/// An entry of the decision journal.
#[derive(Debug)]
pub struct NoteRow {
    time: String,
    what: String,
    text: String,
}

impl NoteRow {
    /// Returns the row of `decision`.
    pub fn of(decision: &Decision) -> NoteRow {
        let about = decision.about.as_ref().map(|about| format!("{about}: ")).unwrap_or_default();
        NoteRow {
            time: numbers::time(decision.time),
            what: format!("{}, {}", decision.what, decision.who),
            text: format!("{about}{}", decision.text),
        }
    }
}

/// The parts of the dashboard that come from the journal.
#[derive(Debug)]
pub struct FromJournal {
    /// The chart of equity; empty without any.
    pub equity: String,
    pub equity_heading: String,
    pub fills: Vec<RecentFill>,
    pub signals: Vec<RecentSignal>,
    pub notes: Vec<NoteRow>,
}

impl Dashboard {
    /// Returns the page for `session`, whose browser has `token`.
    pub fn new(
        subject: &Subject,
        sight: &Sight,
        stop: Option<&Stop>,
        journal: Arc<FromJournal>,
        (session, token): (&Session, &str),
    ) -> Dashboard {
        Dashboard {
            head: PageHead::new(subject, sight, "/events"),
            silent: silent(sight),
            run: sight.run.as_ref().map(|run| run.advice).unwrap_or_default(),
            is_over: sight.run.as_ref().is_some_and(|run| run.is_over),
            stopped: stopped(stop, sight.killed.as_ref()),
            may_close: session.scope == Scope::Kill
                && sight.run.is_none()
                && sight.killed.is_none()
                && sight.positions() > 0,
            frame: sight.frame.clone(),
            can_stop: session.scope == Scope::Kill,
            token: form_token(token),
            journal,
            name: session.name.clone(),
        }
    }
}

impl PageHead {
    fn new(subject: &Subject, sight: &Sight, stream: &'static str) -> PageHead {
        let status = sight.view.as_ref().and_then(|view| view.status.as_ref());
        let staged = status.filter(|status| status.stage_percent > 0);
        let stage = staged.map(|status| {
            let target = host_core::Usd::from_dollars(status.capital_target).unwrap_or(host_core::Usd::ZERO);
            format!("{} % of {}", status.stage_percent, numbers::money(host_report::Money(target)))
        });
        let state = match (&sight.view, status) {
            (None, _) => "does not answer".to_owned(),
            (Some(StatusView { killed: Some(_), .. }), _) => "stopped".to_owned(),
            (_, Some(status)) => {
                let day = host_core::Usd::from_dollars(status.day_profit).unwrap_or(host_core::Usd::ZERO);
                numbers::change(host_report::Money(day))
            }
            (_, None) => "starting".to_owned(),
        };
        PageHead {
            mode: subject.mode,
            title: format!("{} {}: {state}", subject.mode.word(), subject.name),
            stage: stage.unwrap_or_default(),
            who: format!("{}, {}", subject.name, subject.venue),
            age: sight.frame.age_seconds.map_or_else(String::new, |age| format!("{age:.0}")),
            late: sight.frame.late_seconds,
            stale: sight.frame.stale_seconds,
            stream,
        }
    }
}

/// Returns in words why there is no status; empty if there is one.
fn silent(sight: &Sight) -> String {
    match &sight.silent {
        None if sight.view.as_ref().is_some_and(|view| view.status.is_none()) => {
            "The host is starting: nothing is known yet.".to_owned()
        }
        silent => silent.clone().unwrap_or_default(),
    }
}

/// Returns in words that the account is stopped; empty if it is not.
fn stopped(stop: Option<&Stop>, killed: Option<&Killed>) -> String {
    let Some(Killed { time, by, .. }) = killed else { return String::new() };
    let verified = stop.and_then(|stop| stop.outcome.as_ref()).map(|(_, outcome)| match outcome {
        StopOutcome::Verified(words) => format!(" {words}."),
        StopOutcome::NotVerified(_) => " It is not verified that no order is open.".to_owned(),
    });
    format!("Stopped by {by}, {} UTC.{}", clock(time), verified.unwrap_or_default())
}

#[derive(Template)]
#[template(path = "login.html")]
pub struct Login {
    head: PageHead,
    failure: String,
}

impl Login {
    /// Returns the page to sign in, with the reason why the last attempt failed.
    pub fn new(subject: &Subject, failure: &str) -> Login {
        let sight = Sight { frame: Frame::of(None), ..Sight::default() };
        let mut head = PageHead::new(subject, &sight, "");
        // Nothing about the account is told to whoever is not signed in.
        head.title = "Sign in".to_owned();
        head.who = String::new();
        Login { head, failure: failure.to_owned() }
    }
}

#[derive(Template)]
#[template(path = "stop.html")]
pub struct StopPage {
    head: PageHead,
    account: String,
    token: String,
    can_stop: bool,
    stop: Option<StopView>,
    orders: usize,
    positions: usize,
    at_risk: String,
}

struct StopView {
    goes_on: bool,
    verified: String,
    failure: Option<(String, Vec<String>, Vec<String>)>,
    by: String,
    ended: String,
    steps: Vec<(String, String)>,
}

impl StopPage {
    /// Returns the page of the stop: it asks, or shows how far it has come.
    pub fn new(subject: &Subject, sight: &Sight, stop: Option<&Stop>, (session, token): (&Session, &str)) -> StopPage {
        // One that was released since is over: the page asks again.
        let stop = stop.filter(|stop| stop.outcome.is_none() || sight.killed.is_some());
        StopPage {
            head: PageHead::new(subject, sight, ""),
            account: subject.name.clone(),
            token: form_token(token),
            can_stop: session.scope == Scope::Kill,
            stop: stop.map(StopView::of),
            orders: sight.status().map_or(0, |status| status.orders.len()),
            positions: sight.positions(),
            at_risk: sight.at_risk(),
        }
    }
}

impl StopView {
    fn of(stop: &Stop) -> StopView {
        let time = |time: host_core::Timestamp| clock(&time.to_string()).to_owned();
        let (verified, failure) = match stop.outcome.as_ref().map(|(_, outcome)| outcome) {
            Some(StopOutcome::Verified(words)) => (words.clone(), None),
            Some(StopOutcome::NotVerified(failure)) => {
                (String::new(), Some((failure.message.clone(), failure.causes.clone(), failure.hints.clone())))
            }
            None => (String::new(), None),
        };
        StopView {
            goes_on: stop.outcome.is_none(),
            verified,
            failure,
            by: stop.by.clone(),
            ended: stop.outcome.as_ref().map(|(at, _)| time(*at)).unwrap_or_default(),
            steps: stop.steps.iter().map(|step| (time(step.time), step.text.clone())).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "market.html")]
pub struct MarketPage {
    head: PageHead,
    title: String,
    ticker: String,
    closes: String,
    chart: String,
    legend: &'static str,
    nothing: String,
}

impl MarketPage {
    /// Returns the page of a market.
    pub fn new(subject: &Subject, sight: &Sight, found: MarketChart) -> MarketPage {
        let MarketChart { market, chart, legend } = found;
        MarketPage {
            head: PageHead::new(subject, sight, ""),
            title: market.shown_title().to_owned(),
            ticker: market.ticker,
            closes: market.closes.map(numbers::time).unwrap_or_default(),
            chart,
            legend,
            nothing: "No price was recorded in the last seven days.".to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "close.html")]
pub struct ClosePage {
    head: PageHead,
    account: String,
    token: String,
    can_stop: bool,
    failure: String,
    positions: usize,
    at_risk: String,
}

impl ClosePage {
    /// Returns the page that asks before all positions are closed, with the reason why the last attempt failed.
    pub fn new(subject: &Subject, sight: &Sight, failure: &str, (session, token): (&Session, &str)) -> ClosePage {
        ClosePage {
            head: PageHead::new(subject, sight, ""),
            account: subject.name.clone(),
            token: form_token(token),
            can_stop: session.scope == Scope::Kill,
            failure: failure.to_owned(),
            positions: sight.positions(),
            at_risk: sight.at_risk(),
        }
    }
}
