//! The points at which the host is killed or a system call fails: the n-th call of a kind. They are read from a run
//! that is only watched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::strace::calls;

/// A system call, and what happens there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Name of the system call.
    pub call: String,
    /// Its number, from 1, in the thread that gets there first; with `+`, all calls from there on.
    pub n: String,
    /// The error that it fails with; without one, the host is killed before it.
    pub error: Option<String>,
}

impl Point {
    fn kill(call: &str, n: usize) -> Point {
        Point { call: call.to_owned(), n: n.to_string(), error: None }
    }

    /// The same point, at which the call fails once.
    pub fn failing(self, error: &str) -> Point {
        Point { error: Some(error.to_owned()), ..self }
    }

    /// The same point, from which on all calls fail.
    pub fn for_ever(self) -> Point {
        Point { n: self.n + "+", ..self }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Point { call, n, error } = self;
        write!(f, "{call}:{n}")?;
        error.as_ref().map_or(Ok(()), |error| write!(f, ":{error}"))
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Point, String> {
        let parts: Vec<String> = text.split(':').map(str::to_owned).collect();
        let (call, n, error) = match <[String; 3]>::try_from(parts) {
            Ok([call, n, error]) => (call, n, Some(error)),
            Err(parts) => match <[String; 2]>::try_from(parts) {
                Ok([call, n]) => (call, n, None),
                Err(_) => return Err(format!("`{text}` is no point: write fsync:12 or fsync:12:EIO")),
            },
        };
        Ok(Point { call, n, error })
    }
}

/// Points for a run, for its restart, and so on.
#[derive(Clone, Debug)]
pub struct Plan(pub Vec<Point>);

impl From<Point> for Plan {
    fn from(point: Point) -> Plan {
        Plan(vec![point])
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Plan, String> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Plan)
    }
}

/// All points of a watched run, in order, with that of the first order.
pub struct Points {
    pub all: Vec<Point>,
    /// `None` where no order leaves the machine: on paper.
    first_order: Option<usize>,
    /// Writes by which the journal is created.
    making: Vec<Point>,
}

impl Points {
    /// Reads the log of `strace`.
    pub fn of(log: &str) -> Points {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let (mut all, mut first_order, mut making) = (Vec::new(), None, Vec::new());
        for call in calls(log) {
            let n = counts.entry((call.thread, call.name)).or_default();
            *n += 1;
            let point = Point::kill(call.name, *n);
            if call.name == "writev" && call.line.contains("POST /trade-api/v2/portfolio") {
                first_order.get_or_insert(all.len());
            }
            if call.name == "pwrite64" && call.line.contains("/account.new") {
                making.push(point.clone());
            }
            if seen.insert(point.clone()) {
                all.push(point);
            }
        }
        Points { all, first_order, making }
    }

    fn first_order(&self) -> usize {
        self.first_order.expect("the run sends an order")
    }

    /// Points around the first order: it is journaled, sent, answered, and the answer is journaled.
    pub fn around_the_first_order(&self) -> &[Point] {
        let first = self.first_order();
        let (from, to) = (first.saturating_sub(12), (first + 60).min(self.all.len()));
        &self.all[from..to]
    }

    /// Points from shortly before the first order on.
    pub fn since_the_first_order(&self) -> &[Point] {
        &self.all[self.first_order().saturating_sub(12)..]
    }

    /// The last writes by which the journal is created: the switch to write-ahead mode, whose failure SQLite reports
    /// only if asked.
    pub fn of_the_switch(&self) -> &[Point] {
        &self.making[self.making.len().saturating_sub(5)..]
    }

    /// Draws `count` points with `seed`, one from each of as many equal parts.
    pub fn spread(points: &[Point], count: usize, seed: u64) -> Vec<Point> {
        let mut state = seed;
        let (count, len) = (count.min(points.len()), points.len());
        let drawn = (0..count).map(|part| {
            let (from, to) = (part * len / count, (part + 1) * len / count);
            points[from + (splitmix(&mut state) as usize) % (to - from)].clone()
        });
        drawn.collect()
    }

    /// Points of one system call.
    pub fn of_call(&self, call: &str) -> Vec<Point> {
        self.all.iter().filter(|point| point.call == call).cloned().collect()
    }
}

/// The next number of the generator SplitMix64.
pub fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
