//! The series of all markets. There is room for a limited number of them, and markets with signals come first.

use host_core::MarketId;

use super::choice::Choice;
use super::series::Series;

/// Largest number of markets with series at one time. With three lines each, 512 samples take 16 kB.
const MOST_MARKETS: usize = 1_024;
/// Largest number of markets without signals that are kept at the end: people look at those that were traded.
const MOST_WITHOUT_SIGNALS: usize = 64;

/// The series of all markets.
#[derive(Debug)]
pub struct Board {
    lines: usize,
    drawn: Choice<Series>,
}

impl Board {
    pub fn new(lines: usize) -> Board {
        Board { lines, drawn: Choice::new(MOST_MARKETS) }
    }

    /// Returns the markets among `active`, which had rows until `time`, whose lines are to be asked for. `signalled`
    /// are those that had signals.
    pub fn due(&mut self, active: &[u32], signalled: &[u32], time: i64) -> Vec<u32> {
        let lines = self.lines;
        let mut due = self.drawn.choose(active, signalled, time, || Series::new(lines));
        due.retain(|market| self.drawn.get_mut(*market).is_some_and(|series| series.is_due(time)));
        due
    }

    /// Adds the values of all lines in each of `markets` at `time`, market by market.
    pub fn push(&mut self, markets: &[u32], values: &[f64], time: i64) {
        for (market, values) in markets.iter().zip(values.chunks_exact(self.lines.max(1))) {
            if let Some(series) = self.drawn.get_mut(*market) {
                series.push(time, values);
            }
        }
    }

    /// Returns the series to keep: of all markets with signals, and of the others if they are few.
    pub fn finish(self) -> Vec<(MarketId, Series)> {
        let filled: Vec<_> = self.drawn.into_markets().filter(|(_, drawn)| !drawn.kept.is_empty()).collect();
        let others = filled.iter().filter(|(_, drawn)| !drawn.has_signal).count();
        let kept = filled.into_iter().filter(|(_, drawn)| drawn.has_signal || others <= MOST_WITHOUT_SIGNALS);
        kept.map(|(market, drawn)| (MarketId(market), drawn.kept)).collect()
    }
}

#[cfg(test)]
mod tests {
    use host_core::Span;

    use super::*;

    #[test]
    fn markets_with_signals_come_first_when_there_are_too_many() {
        let mut board = Board::new(1);
        let all: Vec<u32> = (0..MOST_MARKETS as u32 + 100).collect();
        let (first, late) = (0, *all.last().unwrap());
        let due = board.due(&all, &[], first);
        assert_eq!(due.len(), MOST_MARKETS);
        board.push(&due, &vec![0.5; due.len()], first);
        let time = Span::minutes(60).0;
        let due = board.due(&[late], &[late], time);
        board.push(&due, &[0.25], time);
        let kept = board.finish();
        assert_eq!(kept.iter().map(|(market, _)| market.0).collect::<Vec<_>>(), [late], "too many without signals");
        assert_eq!(kept[0].1.samples().next(), Some((time, [0.25].as_slice())));
    }

    #[test]
    fn a_few_markets_are_kept_without_signals() {
        let mut board = Board::new(2);
        let due = board.due(&[3, 5], &[], 0);
        board.push(&due, &[0.1, 0.2, f64::NAN, f64::NAN], 0);
        let kept = board.finish();
        assert_eq!(kept.len(), 1, "market 5 has no value");
        assert_eq!(kept[0].0, MarketId(3));
    }
}
