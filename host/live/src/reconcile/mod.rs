//! The comparison of the host's books with the venue's: its differences, and what people were told and have accepted.
//!
//! Only what differs twice in a row is a mismatch: a fill may be on its way to one side at the first look.

mod compare;

use std::collections::BTreeMap;

use host_core::{Disputed, Timestamp, Usd};

pub use compare::{AccountView, Baseline, Difference, by_ticker, claims, compare};

/// The reason that stands in for a mismatch before the first comparison.
pub const NOT_COMPARED: &str = "not compared with the venue since the start";

/// The verdict on a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing differs.
    Agreed {
        /// The engine has to be told, because it held something in doubt.
        ends_dispute: bool,
        /// People have to be told, because something differed before.
        after_difference: bool,
    },
    /// The differences are those that a person has accepted.
    Accepted,
    /// Something differs that did not differ so the last time.
    FirstSeen,
    /// The same differs twice in a row.
    Mismatch {
        /// People have not been told of it.
        is_new: bool,
    },
}

/// The state of the comparison.
#[derive(Debug, Default)]
pub struct Reconciler {
    /// The part of the account that is not the host's; `None` before the first comparison of a new account.
    baseline: Option<Baseline>,
    /// The capital that the operator has configured, at the stage.
    capital: Usd,
    /// The capital that people have been told the account falls short with.
    short: Option<Usd>,
    /// The differences of the last comparison.
    differed: Vec<Difference>,
    /// The differences that people were last told of.
    told: Vec<Difference>,
    /// The differences that a person has said to be theirs.
    accepted: Vec<Difference>,
    /// The markets that the engine holds in doubt.
    disputed: Option<Disputed>,
    /// The last comparison that was complete.
    last: Option<(Timestamp, Vec<Difference>)>,
    /// Fills whose orders are not known yet, each with the time since which it is seen.
    unexplained: BTreeMap<String, Timestamp>,
    /// People have been told that this machine's clock is not the venue's.
    clock_is_off: bool,
}

impl Reconciler {
    /// A reconciler of an account whose part that is not the host's is `baseline`, for a host that is to work with
    /// `capital`.
    pub fn new(baseline: Option<Baseline>, capital: Usd) -> Reconciler {
        Reconciler { baseline, capital, ..Reconciler::default() }
    }

    /// Returns the configured capital.
    pub fn capital(&self) -> Usd {
        self.capital
    }

    /// Notes the capital at work. Returns true if people are to be told that the account has less than is configured.
    pub fn note_short(&mut self, at_work: Usd) -> bool {
        let short = (at_work < self.capital).then_some(at_work);
        let is_new = short != self.short;
        self.short = short;
        is_new && short.is_some()
    }

    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    pub fn set_baseline(&mut self, baseline: Baseline) {
        self.baseline = Some(baseline);
    }

    /// Returns the last complete comparison, if there was one since the start.
    pub fn last(&self) -> Option<&(Timestamp, Vec<Difference>)> {
        self.last.as_ref()
    }

    /// Judges the `differences` of a comparison at `now`.
    pub fn judge(&mut self, differences: &[Difference], now: Timestamp) -> Judgement {
        self.last = Some((now, differences.to_vec()));
        if differences.is_empty() {
            self.accepted.clear();
            self.told.clear();
            let ends_dispute = self.disputed.take().is_some();
            let after_difference = !std::mem::take(&mut self.differed).is_empty();
            return Judgement::Agreed { ends_dispute, after_difference };
        }
        if std::mem::take(&mut self.accepted) == differences {
            self.differed.clear();
            return Judgement::Accepted;
        }
        if self.differed != differences {
            self.differed = differences.to_vec();
            return Judgement::FirstSeen;
        }
        let is_new = self.told != differences;
        if is_new {
            self.told = differences.to_vec();
        }
        Judgement::Mismatch { is_new }
    }

    /// Takes up what the engine is to hold in doubt. Returns false if it does already.
    pub fn dispute(&mut self, disputed: &Disputed) -> bool {
        let is_new = self.disputed.as_ref() != Some(disputed);
        if is_new {
            self.disputed = Some(disputed.clone());
        }
        is_new
    }

    /// The operator resumes: they accept exactly the differences that they were told of.
    pub fn accept_told(&mut self) {
        self.accepted = std::mem::take(&mut self.told);
    }

    /// The engine has been resumed, and holds nothing in doubt any more. Returns true if the books were never compared:
    /// nobody can vouch for them then.
    pub fn on_resumed(&mut self) -> bool {
        self.disputed = None;
        self.last.is_none()
    }

    /// Returns the time since which the fill with the venue's id `fill` is seen without its order: `now` at first.
    pub fn unexplained_since(&mut self, fill: &str, now: Timestamp) -> Timestamp {
        *self.unexplained.entry(fill.to_owned()).or_insert(now)
    }

    /// The fill is booked, or set aside.
    pub fn on_explained(&mut self, fill: &str) {
        self.unexplained.remove(fill);
    }

    /// Returns the time since which a fill is seen whose order is not known.
    pub fn oldest_unexplained(&self) -> Option<Timestamp> {
        self.unexplained.values().copied().min()
    }

    /// Notes if this machine's clock is off the venue's. Returns true if that has changed.
    pub fn note_clock(&mut self, is_off: bool) -> bool {
        std::mem::replace(&mut self.clock_is_off, is_off) != is_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);

    fn cash(venue: i64) -> Vec<Difference> {
        vec![Difference::Cash { host: Usd::micros(0), venue: Usd::micros(venue) }]
    }

    fn agreed(ends_dispute: bool, after_difference: bool) -> Judgement {
        Judgement::Agreed { ends_dispute, after_difference }
    }

    #[test]
    fn only_what_differs_twice_in_a_row_is_a_mismatch_and_is_told_once() {
        let mut reconciler = Reconciler::default();
        assert_eq!(reconciler.judge(&[], NOW), agreed(false, false));
        assert_eq!(reconciler.judge(&cash(1), NOW), Judgement::FirstSeen);
        assert_eq!(reconciler.judge(&cash(2), NOW), Judgement::FirstSeen, "another difference");
        assert_eq!(reconciler.judge(&cash(2), NOW), Judgement::Mismatch { is_new: true });
        assert!(reconciler.dispute(&Disputed::Everything) && !reconciler.dispute(&Disputed::Everything));
        assert_eq!(reconciler.judge(&cash(2), NOW), Judgement::Mismatch { is_new: false });
        assert_eq!(reconciler.judge(&[], NOW), agreed(true, true));
        assert_eq!(reconciler.judge(&[], NOW), agreed(false, false));
    }

    #[test]
    fn a_resume_accepts_what_people_were_told_and_nothing_else() {
        let mut reconciler = Reconciler::default();
        assert!(reconciler.on_resumed(), "never compared");
        reconciler.judge(&cash(1), NOW);
        reconciler.accept_told();
        assert_eq!(reconciler.judge(&cash(1), NOW), Judgement::Mismatch { is_new: true }, "told only now");
        reconciler.accept_told();
        assert!(!reconciler.on_resumed());
        assert_eq!(reconciler.judge(&cash(2), NOW), Judgement::FirstSeen, "not what was told");
        assert_eq!(reconciler.judge(&cash(1), NOW), Judgement::FirstSeen, "an acceptance holds for one comparison");
        reconciler.judge(&cash(1), NOW);
        reconciler.accept_told();
        assert_eq!(reconciler.judge(&cash(1), NOW), Judgement::Accepted);
    }
}
