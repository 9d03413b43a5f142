//! The pieces in which a second instance is shown a batch: each ends with a poll at the latest.

use host_core::QuotesView;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::seed::ProofSeed;

/// The places at which batches are cut.
#[derive(Debug)]
pub(super) struct Cuts {
    random: ChaCha8Rng,
    /// Number of rows until the next cut.
    left: usize,
}

impl Cuts {
    pub(super) fn new(seed: ProofSeed) -> Cuts {
        let mut cuts = Cuts { random: ChaCha8Rng::seed_from_u64(seed.0), left: 0 };
        cuts.draw();
        cuts
    }

    /// Returns the end of the piece of `rows` that begins with the row `from`.
    pub(super) fn end(&mut self, rows: QuotesView<'_>, from: usize) -> usize {
        let poll_end = rows.poll_end(from);
        let end = poll_end.min(from + self.left);
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

    fn ends(seed: u64) -> Vec<usize> {
        let (quotes, mut cuts, mut ends) = (rows(), Cuts::new(ProofSeed(seed)), vec![0]);
        while *ends.last().unwrap() < quotes.len() {
            ends.push(cuts.end(quotes.all(), *ends.last().unwrap()));
        }
        ends
    }

    #[test]
    fn each_poll_ends_a_piece_and_so_does_one_row_in_256() {
        let (quotes, ends) = (rows(), ends(1));
        let polls = (1..=quotes.len()).filter(|&row| row == quotes.len() || quotes.time[row] != quotes.time[row - 1]);
        assert!(polls.clone().all(|end| ends.binary_search(&end).is_ok()));
        let (within, inner) = (ends.len() - 1 - polls.clone().count(), quotes.len() - polls.count());
        let expected = inner as f64 / 256.0;
        assert!((within as f64 - expected).abs() < 0.2 * expected, "{within} of {inner}");
    }

    #[test]
    fn the_seed_decides_the_cuts() {
        assert_eq!(ends(7), ends(7));
        assert_ne!(ends(7), ends(8));
    }
}
