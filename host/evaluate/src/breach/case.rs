//! A way to breach a limit, and the result of trying it.

use host_core::risk::{RefusalCode, RiskLimits};
use serde::Serialize;

use super::bench::Bench;

/// A way to breach a limit.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// The limit's key, or the check in words.
    pub(super) limit: &'static str,
    pub(super) code: RefusalCode,
    /// Takes over the limit from the configuration.
    pub(super) keep: fn(&RiskLimits, &mut RiskLimits),
    /// Puts the bench beyond the limits, or just inside.
    pub(super) put: fn(&mut Bench, &RiskLimits, Reach) -> Put,
}

/// The side of the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Inside,
    Beyond,
}

/// The result of putting a bench on a side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// The configuration has no such limit.
    NoLimit,
    /// No order is on that side.
    NoOrder,
}

impl Reach {
    /// Returns the first value beyond the limit, and the second inside.
    pub(super) fn pick<T>(self, beyond: T, inside: T) -> T {
        if self == Reach::Beyond { beyond } else { inside }
    }
}

/// The largest limit of a count that is tried: who sets more has turned it off, and each one takes a step of its own.
const MOST_COUNTED: i64 = 10_000;

/// Does `step` for each number that the count `limit` allows, but for the last one if the order is to pass; `NoOrder`
/// for more than anybody would wait for.
pub(super) fn count_to(limit: impl Into<i64>, side: Reach, step: impl FnMut(u32)) -> Put {
    let limit = limit.into();
    match u32::try_from(limit - side.pick(0, 1)) {
        Ok(count) if limit <= MOST_COUNTED => {
            (0..count).for_each(step);
            Put::Done
        }
        _ => Put::NoOrder,
    }
}

/// A limit that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The limit's key, or the check in words.
    pub limit: String,
    /// The code that refuses beyond it.
    pub code: String,
    /// True if it refused.
    pub triggered: bool,
    /// The finding.
    pub found: String,
}
