//! P&L by market and day, weekdays against the weekend, and hour.

use std::collections::BTreeMap;

use host_core::{MarketId, Timestamp, Usd};
use host_report::{Money, Window};
use host_store::journal::EquityPoint;
use serde::Serialize;

use super::facts::Facts;
use crate::run::RoundTrip;
use crate::run::equity::equity_at;

/// Profit of the period.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Profit {
    /// The change of equity; of the trades, where a journal has no equity.
    pub total: Money,
    pub trades: u64,
    pub wins: u64,
    /// The days of the period, such as `2026-01-05`.
    pub days: Vec<String>,
    pub by_day: Vec<Money>,
    /// The best market first.
    pub by_market: Vec<MarketProfit>,
    /// The total less all markets and days: what the journal does not tell.
    pub not_explained: Money,
    /// Monday to Friday.
    pub weekdays: DaysProfit,
    pub weekend: DaysProfit,
    /// By hour of the day, UTC; empty where a journal has no equity.
    pub by_hour: Vec<Money>,
}

/// Profit of one market.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MarketProfit {
    /// Ticker.
    pub market: String,
    pub title: String,
    pub category: String,
    pub total: Money,
    /// By day of the period; null on days without a position.
    pub by_day: Vec<Option<Money>>,
    /// Trades closed.
    pub trades: u64,
    pub wins: u64,
}

/// Profit of some days together.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct DaysProfit {
    pub days: u64,
    pub total: Money,
    /// Mean of a day; null without one.
    pub per_day: Option<Money>,
}

impl Profit {
    pub(super) fn of(facts: &Facts, markets: &[host_core::Market], equity: &[EquityPoint], window: Window) -> Profit {
        let mut profit = Profit { trades: facts.trades.len() as u64, ..Profit::default() };
        profit.wins = facts.trades.iter().filter(|trade| trade.net > Usd::ZERO).count() as u64;
        profit.add_markets(facts, markets);
        let explained: Usd = profit.by_day.iter().map(|day| day.0).sum();
        let change = equity_at(equity, window.until()).zip(equity_at(equity, window.from()));
        profit.total = Money(change.map_or(explained, |(end, start)| end - start));
        profit.not_explained = Money(profit.total.0 - explained);
        for (part, day) in facts.parts.iter().zip(&profit.by_day) {
            // Day 0 was a Thursday.
            let is_weekend = (part.window.from().day() + 3).rem_euclid(7) >= 5;
            let days = if is_weekend { &mut profit.weekend } else { &mut profit.weekdays };
            (days.days, days.total) = (days.days + 1, Money(days.total.0 + day.0));
        }
        for days in [&mut profit.weekdays, &mut profit.weekend] {
            days.per_day =
                i64::try_from(days.days).ok().filter(|count| *count > 0).map(|n| Money(Usd(days.total.0.0 / n)));
        }
        profit.by_hour = by_hour(equity, window);
        profit
    }

    fn add_markets(&mut self, facts: &Facts, markets: &[host_core::Market]) {
        let mut lines: BTreeMap<MarketId, Vec<Option<Usd>>> = BTreeMap::new();
        for (day, part) in facts.parts.iter().enumerate() {
            for trip in &part.trips {
                let line = lines.entry(trip.market).or_insert_with(|| vec![None; facts.parts.len()]);
                line[day] = Some(line[day].unwrap_or_default() + RoundTrip::net(trip));
            }
            self.days.push(part.window.from().to_string().chars().take(10).collect());
            self.by_day.push(Money(part.trips.iter().map(RoundTrip::net).sum()));
        }
        let listed: BTreeMap<MarketId, &host_core::Market> = markets.iter().map(|market| (market.id, market)).collect();
        for (market, days) in lines {
            let (trades, wins) = closed(facts, market);
            let listed = listed.get(&market);
            self.by_market.push(MarketProfit {
                market: listed.map_or_else(|| format!("market {}", market.0), |listed| listed.ticker.clone()),
                title: listed.map(|listed| listed.title.clone()).unwrap_or_default(),
                category: listed.map(|listed| listed.category.clone()).unwrap_or_default(),
                total: Money(days.iter().flatten().copied().sum()),
                by_day: days.into_iter().map(|day| day.map(Money)).collect(),
                trades,
                wins,
            });
        }
        self.by_market.sort_by(|one, other| other.total.cmp(&one.total).then_with(|| one.market.cmp(&other.market)));
    }
}

fn closed(facts: &Facts, market: MarketId) -> (u64, u64) {
    let own = facts.trades.iter().filter(|trade| trade.market == market);
    let wins = own.clone().filter(|trade| trade.net > Usd::ZERO).count();
    (own.count() as u64, wins as u64)
}

/// Returns the change of equity in each hour of the day.
fn by_hour(equity: &[EquityPoint], window: Window) -> Vec<Money> {
    let Some(mut last) = equity_at(equity, window.from()).or(equity.first().map(|point| point.first)) else {
        return Vec::new();
    };
    let mut hours = vec![Money::default(); 24];
    for point in equity.iter().filter(|point| (window.from()..window.until()).contains(&point.start)) {
        let hour = &mut hours[hour(point.start)];
        *hour = Money(hour.0 + (point.last - last));
        last = point.last;
    }
    hours
}

fn hour(time: Timestamp) -> usize {
    (time.0.rem_euclid(86_400_000_000_000) / 3_600_000_000_000) as usize
}
