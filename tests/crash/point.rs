//! Where the host is killed: at the n-th call of a system call. Which there are is read from a run that is only watched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::strace::calls;

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The system call.
    pub call: String,
    /// Which one, from 1, in the thread that comes to it first.
    pub n: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.call, self.n)
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Point, String> {
        let parsed = text.split_once(':').and_then(|(call, n)| Some((call.to_owned(), n.parse().ok()?)));
        let (call, n) = parsed.ok_or_else(|| format!("`{text}` is no point: write fsync:12"))?;
        Ok(Point { call, n })
    }
}

/// All points of a watched run, in the order in which they were come to, and where the first order left.
pub struct Points {
    /// In order.
    pub all: Vec<Point>,
    first_order: usize,
}

impl Points {
    /// Reads a log of strace.
    pub fn of(log: &str) -> Points {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let (mut all, mut first_order) = (Vec::new(), None);
        for call in calls(log) {
            let n = counts.entry((call.thread, call.name)).or_default();
            *n += 1;
            let point = Point { call: call.name.to_owned(), n: *n };
            if call.name == "writev" && call.line.contains("POST /trade-api/v2/portfolio") {
                first_order.get_or_insert(all.len());
            }
            if seen.insert(point.clone()) {
                all.push(point);
            }
        }
        Points { all, first_order: first_order.expect("the run sends an order") }
    }

    /// Those right around the first order: written down, marked as sent, sent, answered, written down.
    pub fn around_the_first_order(&self) -> &[Point] {
        let (from, to) = (self.first_order.saturating_sub(12), (self.first_order + 16).min(self.all.len()));
        &self.all[from..to]
    }

    /// `count` of them, one from each of as many equal parts, drawn with `seed`.
    pub fn spread(points: &[Point], count: usize, seed: u64) -> Vec<Point> {
        let mut state = seed;
        let (count, len) = (count.min(points.len()), points.len());
        let drawn = (0..count).map(|part| {
            let (from, to) = (part * len / count, (part + 1) * len / count);
            points[from + (splitmix(&mut state) as usize) % (to - from)].clone()
        });
        drawn.collect()
    }

    /// Those of one system call.
    pub fn of_call(&self, call: &str) -> Vec<Point> {
        self.all.iter().filter(|point| point.call == call).cloned().collect()
    }
}

/// The next number of the generator SplitMix64.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
