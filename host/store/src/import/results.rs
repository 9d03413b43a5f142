//! Results of markets in the words of venues: yes, no, a value, void.

use host_core::{Outcome, Price};

/// A market's result, as a file states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Final(Outcome),
    /// There is none yet.
    Open,
    /// The market was cancelled, and no payout is stated.
    Void,
}

const YES: [&str; 8] = ["yes", "y", "true", "won", "win", "1", "1.0", "resolved_yes"];
const NO: [&str; 8] = ["no", "n", "false", "lost", "loss", "0", "0.0", "resolved_no"];
const VALUE: [&str; 4] = ["scalar", "mkt", "value", "split"];
const VOID: [&str; 8] = ["void", "voided", "cancel", "cancelled", "canceled", "annulled", "refund", "refunded"];
const OPEN: [&str; 10] =
    ["", "open", "active", "pending", "unresolved", "undetermined", "determined", "disputed", "none", "null"];

/// Reads the result from the facts `result`, `payout` and those of a venue that states the prices of outcomes.
///
/// # Errors
/// A word that is not known, a value that is missing, or two that contradict each other.
pub(super) fn read(value: &impl Fn(&str) -> Result<Option<String>, String>) -> Result<Found, String> {
    let text = value("result")?.unwrap_or_default();
    let word = text.trim().to_lowercase();
    let payout = value("payout")?.filter(|payout| !payout.trim().is_empty());
    let payout = payout.map(|payout| dollars(&payout)).transpose()?;
    let outcome = |payout: Price| match payout {
        Price::ONE => Outcome::Yes,
        Price::ZERO => Outcome::No,
        value => Outcome::Value(value),
    };
    let stated = |outcome: Outcome| match payout {
        Some(payout) if payout != outcome.payout() => {
            Err(format!("result: `{text}` contradicts the payout of {} dollars", payout.dollars()))
        }
        _ => Ok(Found::Final(outcome)),
    };
    let is = |words: &[&str]| words.contains(&word.as_str());
    if is(&YES) {
        return stated(Outcome::Yes);
    }
    if is(&NO) {
        return stated(Outcome::No);
    }
    if is(&VOID) {
        return Ok(payout.map_or(Found::Void, |payout| Found::Final(outcome(payout))));
    }
    if is(&VALUE) {
        let payout =
            payout.ok_or_else(|| format!("result: `{text}` needs a payout, such as `settlement_value_dollars`"))?;
        return Ok(Found::Final(outcome(payout)));
    }
    if is(&OPEN) {
        return prices_of_outcomes(value);
    }
    match word.parse::<f64>() {
        Ok(number) => stated(outcome(
            Price::from_dollars(number).ok_or_else(|| format!("result: {text} is not within 0..1 dollars"))?,
        )),
        Err(_) => Err(format!("result: `{text}` is neither `yes` nor `no`")),
    }
}

fn dollars(text: &str) -> Result<Price, String> {
    let price = text.trim().parse().ok().and_then(Price::from_dollars);
    price.ok_or_else(|| format!("payout: `{text}` is not within 0..1 dollars"))
}

/// Reads the price of the first outcome of a market that is resolved: `["0", "1"]` is no.
fn prices_of_outcomes(value: &impl Fn(&str) -> Result<Option<String>, String>) -> Result<Found, String> {
    let is_resolved = value("resolution_status")?.is_some_and(|status| status.eq_ignore_ascii_case("resolved"));
    let Some(prices) = value("outcome_prices")?.filter(|_| is_resolved) else { return Ok(Found::Open) };
    let read: Option<Vec<String>> = serde_json::from_str(&prices).ok();
    match read.as_deref() {
        Some([first, _]) => Ok(Found::Final(match dollars(first)? {
            Price::ONE => Outcome::Yes,
            Price::ZERO => Outcome::No,
            value => Outcome::Value(value),
        })),
        _ => Err(format!("outcomePrices: `{prices}` is no list of two prices")),
    }
}
