//! Refusals by code, each followed up: what it would have made or lost.

use host_core::risk::RefusalCode;
use host_core::{Side, Span, Usd};
use host_report::Money;
use serde::Serialize;

use super::facts::{Facts, Opening};
use crate::run::WantedRows;

/// Time for which a refused order is taken to have rested: the case study's expiry.
const RESTED: Span = Span::minutes(10);
/// Time after the holding time for which a mid still counts.
const MID_WINDOW: Span = Span::minutes(15);

/// Refusals by one code.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RefusalLine {
    pub code: String,
    /// Its meaning, in one sentence.
    pub meaning: String,
    /// Number of refusals.
    pub times: u64,
    /// Number of them that are the first of a market and side in three hours, without exits.
    pub openings: u64,
    pub by_fill_model: FollowUp,
    pub to_settlement: FollowUp,
    /// The part of the openings with a value by the fill model that would have made money.
    pub cost_money: Option<f64>,
}

/// The profit that openings would have made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FollowUp {
    /// Openings whose value is known.
    pub known: u64,
    /// Those of them that would have filled.
    pub filled: u64,
    /// Those of them that would have made money.
    pub better: u64,
    pub pnl: Money,
}

impl FollowUp {
    fn add(&mut self, pnl: Option<Usd>) {
        self.known += 1;
        let Some(pnl) = pnl else { return };
        self.filled += 1;
        self.better += u64::from(pnl > Usd::ZERO);
        self.pnl = Money(self.pnl.0 + pnl);
    }
}

/// Asks for the rows that follow up the openings of `facts`, which are held for `holding`.
pub(super) fn want(facts: &Facts, holding: Span, wanted: &mut WantedRows) {
    for opening in facts.openings.iter().filter(|opening| opening.price.is_some()) {
        wanted.want(opening.market, opening.time, RESTED);
        wanted.want(opening.market, opening.time + holding, MID_WINDOW);
    }
}

/// Returns the refusals by code, the most frequent first.
pub(super) fn followed_up(facts: &Facts, holding: Span, rows: &WantedRows) -> Vec<RefusalLine> {
    let lines = facts.refusals.iter().map(|(code, times)| {
        let meaning = RefusalCode::ALL.iter().find(|known| known.as_str() == code).map(|known| known.doc().to_owned());
        let mut line = RefusalLine { code: code.clone(), times: *times, ..RefusalLine::default() };
        line.meaning = meaning.unwrap_or_default();
        for opening in facts.openings.iter().filter(|opening| opening.code == *code) {
            line.openings += 1;
            if let Some(filled) = by_fill_model(opening, facts, holding, rows) {
                line.by_fill_model.add(filled);
            }
            if let Some(pnl) = to_settlement(opening, facts) {
                line.to_settlement.add(Some(pnl));
            }
        }
        let FollowUp { known, better, .. } = line.by_fill_model;
        line.cost_money = (known > 0).then(|| better as f64 / known as f64);
        line
    });
    let mut lines: Vec<RefusalLine> = lines.collect();
    lines.sort_by(|one, other| other.times.cmp(&one.times).then_with(|| one.code.cmp(&other.code)));
    lines
}

/// Returns the profit of an opening, or `Some(None)` if it would not have filled; `None` if that is not known.
fn by_fill_model(opening: &Opening, facts: &Facts, holding: Span, rows: &WantedRows) -> Option<Option<Usd>> {
    let price = opening.price?;
    let until = opening.time + RESTED;
    let (mut seen, mut reached) = (false, false);
    let mut mid = None;
    let due = opening.time + holding;
    for quote in rows.of(opening.market, opening.time, due + MID_WINDOW) {
        if quote.time > opening.time && quote.time <= until {
            seen = true;
            reached |= match opening.side {
                Side::Buy => quote.ask.is_some_and(|ask| ask <= price),
                Side::Sell => quote.bid.is_some_and(|bid| bid >= price),
            };
        }
        if quote.time >= due && mid.is_none() {
            mid = quote.mid_doubled();
        }
    }
    if !seen {
        return None;
    }
    if !reached {
        return Some(None);
    }
    let paid = facts.settled.get(&opening.market).filter(|(time, _)| *time <= due);
    let value = paid.map(|(_, outcome)| 2 * outcome.payout().0).or(mid)?;
    Some(Some(profit(opening, price.0, value)))
}

fn to_settlement(opening: &Opening, facts: &Facts) -> Option<Usd> {
    let (_, outcome) = facts.settled.get(&opening.market)?;
    Some(profit(opening, opening.price?.0, 2 * outcome.payout().0))
}

fn profit(opening: &Opening, price: i32, value_doubled: i32) -> Usd {
    let difference = i128::from(value_doubled - 2 * price) * i128::from(opening.qty.0);
    opening.side.paid(Usd::half_of(difference))
}

/// The holding time that is taken where no trade tells of one: the case study's.
const HOLDING: Span = Span::hours(14);

/// Returns the mean holding time of trades, as a report has it.
pub(super) fn holding(seconds: Option<f64>) -> Span {
    seconds.filter(|seconds| *seconds > 0.0).map_or(HOLDING, |seconds| Span((seconds * 1e9) as i64))
}
