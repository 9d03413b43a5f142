//! Closed round trips: wins, losses and ties, all net of fees.

use host_core::Usd;
use host_core::money::as_micros;
use host_core::record::Trade;

use crate::money::Money;
use crate::ratios::ratio;

/// Sums over the round trips so far, in 1/10,000,000,000 dollar.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trades {
    pub(crate) wins: u64,
    pub(crate) losses: u64,
    pub(crate) ties: u64,
    won: i128,
    /// Zero or negative.
    lost: i128,
    held_nanoseconds: i128,
}

impl Trades {
    pub(crate) fn add(&mut self, trade: &Trade) {
        let net = i128::from(trade.net.0);
        match trade.net {
            Usd::ZERO => self.ties += 1,
            gain if gain > Usd::ZERO => {
                self.wins += 1;
                self.won += net;
            }
            _ => {
                self.losses += 1;
                self.lost += net;
            }
        }
        self.held_nanoseconds += i128::from((trade.closed - trade.opened).0);
    }

    pub(crate) fn plus(self, other: Trades) -> Trades {
        Trades {
            wins: self.wins + other.wins,
            losses: self.losses + other.losses,
            ties: self.ties + other.ties,
            won: self.won + other.won,
            lost: self.lost + other.lost,
            held_nanoseconds: self.held_nanoseconds + other.held_nanoseconds,
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.wins + self.losses + self.ties
    }

    pub(crate) fn win_rate(&self) -> Option<f64> {
        ratio(self.wins as f64, self.count() as f64)
    }

    pub(crate) fn average_win(&self) -> Option<Money> {
        Money::average(self.won, self.wins.into())
    }

    /// Returns the average loss as a positive amount.
    pub(crate) fn average_loss(&self) -> Option<Money> {
        Money::average(-self.lost, self.losses.into())
    }

    pub(crate) fn expectancy(&self) -> Option<Money> {
        Money::average(self.won + self.lost, self.count().into())
    }

    pub(crate) fn profit_factor(&self) -> Option<f64> {
        ratio(as_micros(self.won), -as_micros(self.lost))
    }

    pub(crate) fn average_holding_seconds(&self) -> Option<f64> {
        ratio(self.held_nanoseconds as f64 / 1e9, self.count() as f64)
    }
}
