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
    /// Twice in a row all positions and orders agree, and the cash differs by the same amount: money came or left.
    CashMoved {
        /// The amount; negative if it left.
        amount: Usd,
        /// As in [`Judgement::Agreed`].
        ends_dispute: bool,
    },
    /// The same, but the amount is not known exactly yet: orders rest, or rested the last time.
    CashUnclear {
        /// As in [`Judgement::Agreed`].
        ends_dispute: bool,
    },
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
    /// The amount by which the cash alone differed at the last exact comparison, if none since was clean.
    exact: Option<Usd>,
    /// The differences that people were told of by a former session.
    told_before: Vec<Difference>,
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
    /// `capital`. People were told of the differences `told_before` by a former session.
    pub fn new(baseline: Option<Baseline>, capital: Usd, told_before: Vec<Difference>) -> Reconciler {
        Reconciler { baseline, capital, told_before, ..Reconciler::default() }
    }

    /// Returns the differences that people were told of, and that are neither accepted nor gone.
    pub fn told(&self) -> &[Difference] {
        &self.told
    }

    /// Works with another capital from the next comparison on.
    pub fn set_capital(&mut self, capital: Usd) {
        self.capital = capital;
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

    /// Returns true if the books were compared since the start, and nothing is held in doubt.
    pub fn is_settled(&self) -> bool {
        self.last.is_some() && self.disputed.is_none()
    }

    /// Judges the `differences` of a comparison at `now`. It `is_exact` if no resting order can have an effect on the
    /// venue's cash.
    pub fn judge(&mut self, differences: &[Difference], is_exact: bool, now: Timestamp) -> Judgement {
        self.last = Some((now, differences.to_vec()));
        if differences.is_empty() {
            self.accepted.clear();
            self.told.clear();
            self.told_before.clear();
            self.exact = None;
            let ends_dispute = self.disputed.take().is_some();
            let after_difference = !std::mem::take(&mut self.differed).is_empty();
            return Judgement::Agreed { ends_dispute, after_difference };
        }
        if std::mem::take(&mut self.accepted) == differences {
            self.differed.clear();
            return Judgement::Accepted;
        }
        if let Some(amount) = moved(differences) {
            return self.judge_cash(amount, differences, is_exact);
        }
        self.exact = None;
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

    /// Judges a comparison in which the cash alone differs. The amount counts once two exact comparisons have had it,
    /// and none between them was clean: a venue's list of orders may be ahead of its balance for a moment.
    fn judge_cash(&mut self, amount: Usd, differences: &[Difference], is_exact: bool) -> Judgement {
        let is_first = moved(&self.differed).is_none();
        self.differed = differences.to_vec();
        let before = if is_exact { self.exact.replace(amount) } else { None };
        if before == Some(amount) {
            self.exact = None;
            self.differed.clear();
            return Judgement::CashMoved { amount, ends_dispute: self.disputed.take().is_some() };
        }
        match is_first {
            true => Judgement::FirstSeen,
            false => Judgement::CashUnclear { ends_dispute: self.disputed.take().is_some() },
        }
    }

    /// Takes up what the engine is to hold in doubt. Returns false if it does already.
    pub fn dispute(&mut self, disputed: &Disputed) -> bool {
        let is_new = self.disputed.as_ref() != Some(disputed);
        if is_new {
            self.disputed = Some(disputed.clone());
        }
        is_new
    }

    /// The operator resumes: they accept exactly the differences that they were told of, by this session or, if it has
    /// told none yet, by the one before.
    pub fn accept_told(&mut self) {
        let before = std::mem::take(&mut self.told_before);
        self.accepted = std::mem::take(&mut self.told);
        if self.accepted.is_empty() {
            self.accepted = before;
        }
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

/// Returns the amount by which the cash differs, if nothing else does.
fn moved(differences: &[Difference]) -> Option<Usd> {
    match differences {
        [Difference::Cash { host, venue }] => Some(*venue - *host),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use host_core::Qty;

    use super::*;

    const NOW: Timestamp = Timestamp(0);

    fn cash(venue: i64) -> Vec<Difference> {
        vec![Difference::Cash { host: Usd::micros(0), venue: Usd::micros(venue) }]
    }

    fn agreed(ends_dispute: bool, after_difference: bool) -> Judgement {
        Judgement::Agreed { ends_dispute, after_difference }
    }

    fn position(venue: i64) -> Vec<Difference> {
        let (host, venue) = (Qty::ZERO, Qty::contracts(venue));
        vec![Difference::Position { ticker: "A".to_owned(), host, venue }]
    }

    fn judge(reconciler: &mut Reconciler, differences: &[Difference]) -> Judgement {
        reconciler.judge(differences, true, NOW)
    }

    #[test]
    fn only_what_differs_twice_in_a_row_is_a_mismatch_and_is_told_once() {
        let mut reconciler = Reconciler::default();
        let judge = |differences: &[Difference], reconciler: &mut Reconciler| judge(reconciler, differences);
        assert_eq!(judge(&[], &mut reconciler), agreed(false, false));
        assert_eq!(judge(&position(1), &mut reconciler), Judgement::FirstSeen);
        assert_eq!(judge(&position(2), &mut reconciler), Judgement::FirstSeen, "another difference");
        assert_eq!(judge(&position(2), &mut reconciler), Judgement::Mismatch { is_new: true });
        assert!(reconciler.dispute(&Disputed::Everything) && !reconciler.dispute(&Disputed::Everything));
        assert_eq!(judge(&position(2), &mut reconciler), Judgement::Mismatch { is_new: false });
        assert_eq!(judge(&[], &mut reconciler), agreed(true, true));
        assert_eq!(judge(&[], &mut reconciler), agreed(false, false));
    }

    #[test]
    fn cash_that_moves_while_all_else_agrees_is_no_mismatch() {
        let mut reconciler = Reconciler::default();
        reconciler.dispute(&Disputed::Everything);
        assert_eq!(judge(&mut reconciler, &cash(5)), Judgement::FirstSeen);
        // A fill since changes both sides alike.
        let later = [Difference::Cash { host: Usd::micros(7), venue: Usd::micros(12) }];
        let moved = |amount, ends_dispute| Judgement::CashMoved { amount: Usd::micros(amount), ends_dispute };
        assert_eq!(judge(&mut reconciler, &later), moved(5, true));
        // The next amount is another event, and is looked at twice as well.
        let unclear = Judgement::CashUnclear { ends_dispute: false };
        assert_eq!(judge(&mut reconciler, &cash(-3)), Judgement::FirstSeen);
        assert_eq!(judge(&mut reconciler, &cash(-4)), unclear);
        assert_eq!(judge(&mut reconciler, &cash(-4)), moved(-4, false));
        // While orders rest, nobody knows how much it is: that neither stops trading nor is booked.
        assert_eq!(reconciler.judge(&cash(-9), false, NOW), Judgement::FirstSeen);
        assert_eq!(reconciler.judge(&cash(-8), false, NOW), unclear);
        assert_eq!(judge(&mut reconciler, &cash(-8)), unclear);
        assert_eq!(reconciler.judge(&cash(-7), false, NOW), unclear);
        assert_eq!(judge(&mut reconciler, &cash(-8)), moved(-8, false));
        // A balance that lags behind the orders is nothing: the books agree in between.
        assert_eq!(judge(&mut reconciler, &cash(-5)), Judgement::FirstSeen);
        assert_eq!(judge(&mut reconciler, &[]), agreed(false, true));
        assert_eq!(judge(&mut reconciler, &cash(-5)), Judgement::FirstSeen);
        assert_eq!(judge(&mut reconciler, &[]), agreed(false, true));
        // With a position beside it, it is a mismatch.
        let both = [position(1), cash(2)].concat();
        assert_eq!(judge(&mut reconciler, &both), Judgement::FirstSeen);
        assert_eq!(judge(&mut reconciler, &both), Judgement::Mismatch { is_new: true });
    }

    #[test]
    fn a_resume_accepts_what_people_were_told_and_nothing_else() {
        let mut reconciler = Reconciler::default();
        assert!(reconciler.on_resumed(), "never compared");
        judge(&mut reconciler, &position(1));
        reconciler.accept_told();
        assert_eq!(judge(&mut reconciler, &position(1)), Judgement::Mismatch { is_new: true }, "told only now");
        reconciler.accept_told();
        assert!(!reconciler.on_resumed());
        assert_eq!(judge(&mut reconciler, &position(2)), Judgement::FirstSeen, "not what was told");
        assert_eq!(judge(&mut reconciler, &position(1)), Judgement::FirstSeen, "it holds for one comparison");
        judge(&mut reconciler, &position(1));
        reconciler.accept_told();
        assert_eq!(judge(&mut reconciler, &position(1)), Judgement::Accepted);
    }

    #[test]
    fn a_resume_between_two_sessions_accepts_what_the_first_has_told() {
        let after = |resumed: bool, differs: i64| {
            let mut reconciler = Reconciler::new(None, Usd::ZERO, position(1));
            if resumed {
                reconciler.accept_told();
            }
            judge(&mut reconciler, &position(differs))
        };
        assert_eq!(after(true, 1), Judgement::Accepted);
        assert_eq!(after(true, 2), Judgement::FirstSeen);
        assert_eq!(after(false, 1), Judgement::FirstSeen);
    }
}
