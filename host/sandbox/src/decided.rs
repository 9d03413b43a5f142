//! Decisions on consecutive rows, as those of two instances are compared: bit for bit, however rows came in batches.

use std::hash::Hasher;

use host_core::{Decisions, Signal};

/// The decisions on consecutive rows.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The signals on these rows, in row order.
    signals: &'a [Signal],
    /// Empty, or one score for each row.
    scores: &'a [f64],
    /// The number that signals give the first of these rows.
    first: usize,
    rows: usize,
}

impl<'a> Decided<'a> {
    /// Takes `decisions`, valid ones on `rows` rows.
    pub fn new(decisions: &'a Decisions, rows: usize) -> Decided<'a> {
        Decided { signals: &decisions.signals, scores: &decisions.scores, first: 0, rows }
    }

    /// Returns the decisions on the first `rows` rows, and those on the others.
    pub fn split_at(self, rows: usize) -> (Decided<'a>, Decided<'a>) {
        let middle = self.first + rows;
        // Most often there is none, so that this is quicker than a search.
        let signals = self.signals.iter().take_while(|signal| (signal.row as usize) < middle).count();
        let (before, after) = self.signals.split_at(signals);
        let (early, late) = self.scores.split_at(rows.min(self.scores.len()));
        (
            Decided { signals: before, scores: early, first: self.first, rows },
            Decided { signals: after, scores: late, first: middle, rows: self.rows - rows },
        )
    }

    /// Returns the first row, from 0, on which `other` has another signal or score.
    pub fn first_difference(&self, other: &Decided<'_>) -> Option<usize> {
        let score = self.differing_score(other);
        let signal = (0..self.signals.len().max(other.signals.len())).find_map(|index| {
            let (one, two) = (self.signals.get(index), other.signals.get(index));
            let rows = [one.map(|one| one.row as usize - self.first), two.map(|two| two.row as usize - other.first)];
            let same = rows[0] == rows[1] && one.zip(two).is_some_and(|(one, two)| same_but_row(one, two));
            if same { None } else { rows.into_iter().flatten().min() }
        });
        score.into_iter().chain(signal).min()
    }

    fn differing_score(&self, other: &Decided<'_>) -> Option<usize> {
        if self.scores.len() == other.scores.len() {
            return self.scores.iter().zip(other.scores).position(|(&one, &two)| bits(one) != bits(two));
        }
        (0..self.rows).find(|&row| bits(self.score(row)) != bits(other.score(row)))
    }

    /// Returns the number of signals.
    pub(crate) fn signals(&self) -> u64 {
        self.signals.len() as u64
    }

    /// Adds the decision on the next row, `row`, to a digest: the same however rows came in batches. Returns true if
    /// the row has a score.
    pub(crate) fn digest(&mut self, row: usize, digest: &mut impl Hasher) -> bool {
        let score = self.score(row);
        digest.write_u64(bits(score));
        let here = self.signals.iter().take_while(|signal| signal.row as usize == self.first + row).count();
        let (here, later) = self.signals.split_at(here);
        digest.write_usize(here.len());
        here.iter().for_each(|signal| digest_signal(signal, digest));
        self.signals = later;
        !score.is_nan()
    }

    /// Describes the decision on `row`, from 0, for people.
    pub fn describe(&self, row: usize) -> String {
        let here = self.signals.iter().filter(|signal| signal.row as usize == self.first + row);
        let signals: Vec<String> = here.map(describe).collect();
        let signals = if signals.is_empty() { "no signal".to_owned() } else { signals.join(" and ") };
        let score = self.score(row);
        if score.is_nan() { signals } else { format!("{signals}, score {score}") }
    }

    /// Returns the score of `row`, from 0; NaN if it has none.
    fn score(&self, row: usize) -> f64 {
        self.scores.get(row).copied().unwrap_or(f64::NAN)
    }
}

/// Returns the bits by which scores are compared: every NaN means "no score".
fn bits(score: f64) -> u64 {
    if score.is_nan() { u64::MAX } else { score.to_bits() }
}

fn same_but_row(one: &Signal, two: &Signal) -> bool {
    let exact = |value: f64| value.to_bits();
    one.action == two.action
        && one.price.map(exact) == two.price.map(exact)
        && exact(one.confidence) == exact(two.confidence)
        && one.metadata.len() == two.metadata.len()
        && one.metadata.iter().zip(&two.metadata).all(|(a, b)| a.0 == b.0 && exact(a.1) == exact(b.1))
}

fn digest_signal(signal: &Signal, digest: &mut impl Hasher) {
    let Signal { row: _, action, price, confidence, metadata } = signal;
    digest.write_u8(*action as u8);
    digest.write_u64(price.map_or(u64::MAX, f64::to_bits));
    digest.write_u64(confidence.to_bits());
    digest.write_usize(metadata.len());
    for (name, value) in metadata {
        digest.write_usize(name.len());
        digest.write(name.as_bytes());
        digest.write_u64(value.to_bits());
    }
}

fn describe(signal: &Signal) -> String {
    let action = format!("{:?}", signal.action).to_lowercase();
    let price = signal.price.map_or(String::new(), |price| format!(" at {price}"));
    let figures: String = signal.metadata.iter().map(|(name, value)| format!(", {name} {value}")).collect();
    format!("{action}{price} with confidence {}{figures}", signal.confidence)
}
