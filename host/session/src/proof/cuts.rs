//! The pieces in which a second instance is shown a batch: each ends with a poll at the latest, or, where the processor
//! has one core alone and a call for each poll would cost the run too much, with one poll in two.

use std::thread::available_parallelism;

use host_core::QuotesView;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::seed::ProofSeed;

/// The places at which batches are cut.
#[derive(Debug)]
pub(super) struct Cuts {
    random: ChaCha8Rng,
    /// True if a poll may come in one piece with the next one.
    joins_polls: bool,
    /// Number of rows until the next cut.
    left: usize,
}

impl Cuts {
    /// Returns the cuts that this machine has time for.
    pub(super) fn new(seed: ProofSeed) -> Cuts {
        Cuts::drawn_from(seed, available_parallelism().is_ok_and(|cores| cores.get() == 1))
    }

    fn drawn_from(seed: ProofSeed, joins_polls: bool) -> Cuts {
        let mut cuts = Cuts { random: ChaCha8Rng::seed_from_u64(seed.0), joins_polls, left: 0 };
        cuts.draw();
        cuts
    }

    /// Returns the end of the piece of `rows` that begins with the row `from`.
    pub(super) fn end(&mut self, rows: QuotesView<'_>, from: usize) -> usize {
        let mut polls_end = rows.poll_end(from);
        while self.joins_polls && polls_end < rows.len() && self.random.next_u32().is_multiple_of(2) {
            polls_end = rows.poll_end(polls_end);
        }
        let end = polls_end.min(from + self.left);
        self.left -= end - from;
        if self.left == 0 {
            self.draw();
        }
        end
    }

    /// Draws a cut after each row with a probability of 1 in 256, independent of every other row.
    fn draw(&mut self) {
        self.left = 1;
        loop {
            for byte in self.random.next_u64().to_le_bytes() {
                if byte == 0 {
                    return;
                }
                self.left += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use host_core::{MarketId, Quote, Quotes, Timestamp};

    use super::*;

    /// Polls of 1 to 9 rows.
    fn rows() -> Quotes {
        let mut quotes = Quotes::default();
        for poll in 0..20_000_i64 {
            for market in 0..(poll % 9 + 1) as u32 {
                let time = Timestamp(poll);
                quotes.push(&Quote::empty(MarketId(market), time));
            }
        }
        quotes
    }

    fn ends(seed: u64, joins_polls: bool) -> Vec<usize> {
        let (quotes, mut cuts, mut ends) = (rows(), Cuts::drawn_from(ProofSeed(seed), joins_polls), vec![0]);
        while *ends.last().unwrap() < quotes.len() {
            ends.push(cuts.end(quotes.all(), *ends.last().unwrap()));
        }
        ends
    }

    #[test]
    fn each_poll_ends_a_piece_and_so_does_one_row_in_256() {
        let (quotes, ends) = (rows(), ends(1, false));
        let polls = (1..=quotes.len()).filter(|&row| row == quotes.len() || quotes.time[row] != quotes.time[row - 1]);
        assert!(polls.clone().all(|end| ends.binary_search(&end).is_ok()));
        let (within, inner) = (ends.len() - 1 - polls.clone().count(), quotes.len() - polls.count());
        let expected = inner as f64 / 256.0;
        assert!((within as f64 - expected).abs() < 0.2 * expected, "{within} of {inner}");
    }

    #[test]
    fn the_seed_decides_the_cuts() {
        assert_eq!(ends(7, false), ends(7, false));
        assert_ne!(ends(7, false), ends(8, false));
    }

    #[test]
    fn on_one_core_every_second_poll_ends_a_piece_on_average() {
        let (quotes, ends) = (rows(), ends(1, true));
        let polls: Vec<usize> = (1..quotes.len()).filter(|&row| quotes.time[row] != quotes.time[row - 1]).collect();
        let ended = polls.iter().filter(|end| ends.binary_search(end).is_ok()).count() as f64;
        assert!((ended / polls.len() as f64 - 0.5).abs() < 0.03, "{ended} of {}", polls.len());
    }
}
