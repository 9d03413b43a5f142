//! Named fault plans.

use host_core::Span;

use super::endpoint::{Endpoint, EndpointGroup};
use super::fault::{Chance, ErrorStatus, Fault, Lag};
use super::plan::{FaultPlan, Rule, Trigger};

pub const PRESETS: [&str; 2] = ["none", "all"];

/// Time after which hanging connections end, in wall-clock milliseconds.
const HOLD_MS: u64 = 1_000;
/// Percentage of WebSocket messages hit when all requests are.
const MESSAGES_PERCENT: f64 = 2.0;
/// Largest number of markets that close early.
const CLOSING_MARKETS: u64 = 3;
/// Largest number of trading pauses, and of closures of the whole exchange.
const PAUSES: u64 = 2;
/// Duration of a pause.
const PAUSE: Span = Span::minutes(2);

/// Returns the preset of this name: `none`, or `all`, which has every fault that a live venue can show, so that about
/// `chance` of all requests are hit by one.
pub fn preset(name: &str, chance: Chance) -> Option<FaultPlan> {
    match name {
        "none" => Some(FaultPlan::default()),
        "all" => Some(all(chance.get())),
        _ => None,
    }
}

fn all(chance: f64) -> FaultPlan {
    let mut rules = Vec::new();
    for (group, special) in [
        (EndpointGroup::MarketData, on_market_data()),
        (EndpointGroup::Portfolio, on_portfolio()),
        (EndpointGroup::Orders, on_writes()),
        (EndpointGroup::Cancels, on_cancels()),
        (EndpointGroup::WebSocket, Vec::new()),
    ] {
        let faults = [everywhere(), special].concat();
        let weights: f64 = faults.iter().map(|(weight, _)| weight).sum();
        let rule = |(weight, fault)| {
            Rule::new(Endpoint::group(group), fault, Trigger::Chance(Chance::new(chance * weight / weights)))
        };
        rules.extend(faults.into_iter().map(rule));
    }
    let message = Trigger::Chance(Chance::new(chance * MESSAGES_PERCENT / 100.0));
    for fault in [Fault::LostMessages, Fault::Disconnect] {
        rules.push(Rule::new(Endpoint::group(EndpointGroup::WebSocket), fault, message.clone()));
    }
    for fault in [Fault::DuplicatedFills, Fault::ReorderedFills] {
        rules.push(Rule::new(Endpoint::group(EndpointGroup::WebSocket), fault, Trigger::Chance(Chance::new(chance))));
    }
    let rare = |fault, times| {
        let trigger = Trigger::Chance(Chance::new(chance / 100.0));
        Rule { times: Some(times), ..Rule::new(Endpoint::group(EndpointGroup::Portfolio), fault, trigger) }
    };
    rules.push(rare(Fault::MarketCloses, CLOSING_MARKETS));
    rules.push(rare(Fault::Pause { span: PAUSE, exchange: false }, PAUSES));
    rules.push(rare(Fault::Pause { span: PAUSE, exchange: true }, PAUSES));
    FaultPlan { seed: 0, rules }
}

/// Returns the faults that can hit any request, with relative weights.
fn everywhere() -> Vec<(f64, Fault)> {
    let status = |status, body, retry_after| Fault::Status { status: ErrorStatus::new(status), body, retry_after };
    vec![
        (3.0, status(500, true, None)),
        (1.0, status(500, false, None)),
        (1.0, status(502, false, None)),
        (1.0, status(503, true, None)),
        (1.0, status(503, false, Some(1))),
        (2.0, status(429, true, None)),
        (1.0, status(429, false, Some(1))),
        (1.0, Fault::Refuse { hold_ms: 0 }),
        (1.0, Fault::Refuse { hold_ms: 50 }),
        (2.0, Fault::TimeoutBefore { hold_ms: HOLD_MS }),
        (2.0, Fault::Slow { delay_ms: 100 }),
        // The first two are within the tolerance for signatures; the others lock out a client that neither waits nor
        // corrects its clock.
        (0.5, Fault::ClockSkew { seconds: 1 }),
        (0.5, Fault::ClockSkew { seconds: -1 }),
        (0.5, Fault::ClockSkew { seconds: 30 }),
        (0.5, Fault::ClockSkew { seconds: -30 }),
        (0.5, Fault::ClockSkew { seconds: 60 }),
        (0.5, Fault::ClockSkew { seconds: -60 }),
    ]
}

/// Returns the faults that can hit any response.
fn on_answers() -> Vec<(f64, Fault)> {
    vec![
        (2.0, Fault::TimeoutAfter { hold_ms: HOLD_MS }),
        (1.0, Fault::Truncated),
        (1.0, Fault::Html),
        (1.0, Fault::InvalidJson),
        (0.1, Fault::LargeBody { megabytes: 64 }),
    ]
}

fn on_writes() -> Vec<(f64, Fault)> {
    let mut faults = on_answers();
    faults.extend([
        (3.0, Fault::AcceptedThen { status: ErrorStatus::new(500) }),
        (1.0, Fault::AcceptedThen { status: ErrorStatus::new(502) }),
        (1.0, late(500, None)),
        (1.0, late(504, Some(HOLD_MS))),
    ]);
    faults
}

fn on_cancels() -> Vec<(f64, Fault)> {
    [on_writes(), vec![(2.0, Fault::CancelNotFound)]].concat()
}

fn late(status: u16, hold_ms: Option<u64>) -> Fault {
    Fault::LateAcceptance { delay: Span::seconds(40), status: ErrorStatus::new(status), hold_ms }
}

fn on_market_data() -> Vec<(f64, Fault)> {
    let mut faults = on_answers();
    faults.extend([
        (3.0, Fault::StaleQuotes { age: Span::minutes(1) }),
        (3.0, Fault::CrossedBooks { share: Chance::new(0.05) }),
        (1.0, Fault::RepeatedRows),
        (1.0, Fault::SkippedRows),
    ]);
    faults
}

fn on_portfolio() -> Vec<(f64, Fault)> {
    let mut faults = on_answers();
    faults.extend([
        (4.0, Fault::LaggingReads { lag: Lag::LONGEST }),
        (4.0, Fault::DuplicatedFills),
        (4.0, Fault::ReorderedFills),
        (2.0, Fault::RepeatedRows),
        (2.0, Fault::SkippedRows),
    ]);
    faults
}
