//! Ranges of periods: what is missing of them, and how it is asked for in few requests. Pure.
//!
//! A range is the numbers of its first and its last period, both inclusive.

use host_venues::kalshi::history::{MOST_CANDLES, MOST_CANDLES_IN_BATCH, MOST_MARKETS_IN_BATCH};

/// First and last period.
pub(crate) type Range = (i64, i64);

/// Periods of one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The market's place in the list.
    pub(crate) market: usize,
    pub(crate) range: Range,
    /// The state before it is asked for as well.
    pub(crate) with_latest: bool,
}

/// Periods of several markets, for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CandleBatch {
    pub(crate) range: Range,
    pub(crate) with_latest: bool,
    pub(crate) pieces: Vec<Piece>,
}

/// Returns what is in `need` and in none of `covered`.
pub(crate) fn missing(need: Range, covered: &[Range]) -> Vec<Range> {
    let mut covered = covered.to_vec();
    covered.sort_unstable();
    let (mut next, mut missing) = (need.0, Vec::new());
    for (first, last) in covered {
        if first > next {
            missing.push((next, (first - 1).min(need.1)));
        }
        next = next.max(last + 1);
        if next > need.1 {
            break;
        }
    }
    if next <= need.1 {
        missing.push((next, need.1));
    }
    missing.retain(|(first, last)| first <= last);
    missing
}

/// Cuts a range into parts that one request may have.
pub(crate) fn parts((first, last): Range) -> impl Iterator<Item = Range> {
    (first..=last).step_by(MOST_CANDLES as usize).map(move |from| (from, (from + MOST_CANDLES - 1).min(last)))
}

/// Puts pieces together that fit into one request, unless that would ask for much that nobody wants.
pub(crate) fn batches(mut pieces: Vec<Piece>) -> Vec<CandleBatch> {
    pieces.sort_by_key(|piece| (piece.with_latest, piece.range, piece.market));
    let mut batches: Vec<CandleBatch> = Vec::new();
    for piece in pieces {
        match batches.last_mut().filter(|batch| batch.takes(&piece)) {
            Some(batch) => batch.add(piece),
            None => {
                batches.push(CandleBatch { range: piece.range, with_latest: piece.with_latest, pieces: vec![piece] });
            }
        }
    }
    batches
}

impl CandleBatch {
    fn with(&self, (first, last): Range) -> Range {
        (self.range.0.min(first), self.range.1.max(last))
    }

    fn takes(&self, piece: &Piece) -> bool {
        let (first, last) = self.with(piece.range);
        let count = self.pieces.len() + 1;
        let asked = (last - first + 1) * count as i64;
        let wanted: i64 = self.pieces.iter().chain([piece]).map(|piece| piece.range.1 - piece.range.0 + 1).sum();
        self.with_latest == piece.with_latest
            && count <= MOST_MARKETS_IN_BATCH
            && asked <= MOST_CANDLES_IN_BATCH
            && asked <= wanted + wanted / 2
            && self.pieces.iter().all(|other| other.market != piece.market)
    }

    fn add(&mut self, piece: Piece) {
        self.range = self.with(piece.range);
        self.pieces.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_covered_is_not_asked_again() {
        let check = |need: Range, covered: &[Range], expect: &[Range]| assert_eq!(missing(need, covered), expect);
        check((1, 10), &[], &[(1, 10)]);
        check((1, 10), &[(1, 10)], &[]);
        check((1, 10), &[(-5, 3), (5, 6), (9, 99)], &[(4, 4), (7, 8)]);
        check((1, 10), &[(6, 9), (2, 7)], &[(1, 1), (10, 10)]);
        check((5, 4), &[], &[]);
        check((1, 3), &[(20, 30)], &[(1, 3)]);
    }

    proptest! {
        /// Whatever was covered: nothing is missing twice, nothing that is needed is lost, and each request is within
        /// the venue's caps.
        #[test]
        fn requests_cover_what_is_needed_once_and_keep_the_caps(
            needs in prop::collection::vec((0i64..40_000, 1i64..30_000, any::<bool>()), 1..30),
            covered in prop::collection::vec((0i64..60_000, 1i64..9_000), 0..6),
        ) {
            let covered: Vec<Range> = covered.iter().map(|&(first, length)| (first, first + length - 1)).collect();
            let mut pieces = Vec::new();
            let mut left = 0;
            for (market, &(first, length, with_latest)) in needs.iter().enumerate() {
                let need = (first, first + length - 1);
                left += (need.0..=need.1).filter(|at| !covered.iter().any(|(a, b)| a <= at && at <= b)).count() as i64;
                for range in missing(need, &covered).into_iter().flat_map(parts) {
                    pieces.push(Piece { market, range, with_latest });
                }
            }
            let batches = batches(pieces);
            let mut asked = 0;
            for batch in &batches {
                let (first, last) = batch.range;
                prop_assert!(last - first < MOST_CANDLES + MOST_CANDLES / 2);
                let count = batch.pieces.len();
                prop_assert!((last - first + 1) * count as i64 <= MOST_CANDLES_IN_BATCH);
                prop_assert!(count <= MOST_MARKETS_IN_BATCH);
                for piece in &batch.pieces {
                    prop_assert!(first <= piece.range.0 && piece.range.1 <= last);
                    asked += piece.range.1 - piece.range.0 + 1;
                }
            }
            prop_assert_eq!(asked, left);
        }
    }
}
