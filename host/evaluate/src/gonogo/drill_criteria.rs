//! The criteria that drills decide.

use host_core::{Span, Timestamp};
use host_store::drills::DrillRecord;

use super::criterion::{ALERTS, Criterion, CriterionKey, DELIVERY, KILL_SWITCH, RECONCILIATION, RISK, RUNBOOK};
use super::papered::Papered;
use super::settings::GoNoGoSettings;

/// The words of drills.
pub const KILL: &str = "kill";
pub const OUTAGE: &str = "outage";
pub const CRASH: &str = "crash";
pub const RESTORE: &str = "restore";
pub const RISK_DRILL: &str = "risk";
pub const ALERTS_DRILL: &str = "alerts";
/// The part of the drill of alerts that goes through the configured channels.
pub const SENT: &str = "alerts --send";

/// The command that lists drills.
const LIST: &str = "host drill --list";

/// The drills with what they are judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drills<'a> {
    pub(super) held: &'a [DrillRecord],
    /// Digest of the limits that are to hold.
    pub(super) limits: &'a str,
    pub(super) now: Timestamp,
    pub(super) settings: &'a GoNoGoSettings,
}

impl Drills<'_> {
    /// Returns the last drill of this word, or what is wrong with it.
    fn good(&self, word: &str, most: Span) -> Result<&DrillRecord, String> {
        let last = self.held.iter().rfind(|drill| drill.drill == word);
        let last = last.ok_or_else(|| format!("`host drill {word}` was never held"))?;
        let day = day(last.time);
        if !last.passed {
            let failed = last.steps.iter().find(|step| !step.passed);
            let step = failed.map_or_else(String::new, |step| format!(": {}: {}", step.step, step.found));
            return Err(format!("`host drill {word}` failed on {day}{step}"));
        }
        if self.now - last.time > most {
            return Err(format!("`host drill {word}` passed on {day}, longer than {most} ago"));
        }
        Ok(last)
    }

    fn judge(&self, subject: CriterionKey, word: &str, most: Span) -> Criterion {
        let hold = format!("hold it: `host drill {word}`");
        match self.good(word, most) {
            Ok(drill) => subject.pass(said(drill), LIST),
            Err(why) => subject.fail(why, LIST, hold),
        }
    }

    pub(super) fn risk(&self) -> Criterion {
        let judged = self.judge(RISK, RISK_DRILL, self.settings.drill_age);
        match self.good(RISK_DRILL, self.settings.drill_age) {
            Ok(drill) if drill.limits != self.limits => RISK.fail(
                format!("`host drill risk` of {} was of other limits than those configured", day(drill.time)),
                LIST,
                "hold it again: `host drill risk`",
            ),
            _ => judged,
        }
    }

    pub(super) fn alerts(&self) -> Criterion {
        self.judge(ALERTS, ALERTS_DRILL, self.settings.drill_age)
    }

    /// Judges the delivery through `channels` configured channels.
    pub(super) fn delivery(&self, channels: usize) -> Criterion {
        match channels {
            0 => DELIVERY.fail("no channel of alerts is configured", "host config show", "set one under [alerts]"),
            _ => self.judge(DELIVERY, SENT, self.settings.drill_age),
        }
    }

    /// Judges the kill switch. `phone` says how a phone reaches its page, or why nobody knows.
    pub(super) fn kill_switch(&self, phone: Result<&str, &str>) -> Criterion {
        let judged = self.judge(KILL_SWITCH, KILL, self.settings.kill_age);
        match (self.good(KILL, self.settings.kill_age), phone) {
            (Err(_), _) => judged,
            (Ok(drill), Ok(phone)) => KILL_SWITCH.pass(format!("{}; {phone}", said(drill)), LIST),
            (Ok(drill), Err(why)) => {
                KILL_SWITCH.not_known(format!("{}; {why}", said(drill)), LIST, KILL_SWITCH.to_sign())
            }
        }
    }

    /// Judges the runbook, which is at `runbook`, or missing for a reason.
    pub(super) fn runbook(&self, runbook: Result<&str, &str>) -> Criterion {
        let place = match runbook {
            Ok(place) => place,
            Err(why) => return RUNBOOK.fail(why, "host config show", "set gonogo.runbook to the file"),
        };
        let drills = [KILL, OUTAGE, CRASH, RESTORE].map(|word| self.good(word, self.settings.drill_age));
        let open: Vec<&String> = drills.iter().filter_map(|drill| drill.as_ref().err()).collect();
        if !open.is_empty() {
            let open: Vec<&str> = open.into_iter().map(String::as_str).collect();
            let why = format!("{place}, not rehearsed: {}", open.join("; "));
            return RUNBOOK.fail(why, LIST, "rehearse it: `host drill all`");
        }
        let first = drills.iter().filter_map(|drill| drill.as_ref().ok()).map(|drill| drill.time).min();
        RUNBOOK.pass(format!("{place}, rehearsed since {}", day(first.unwrap_or_default())), LIST)
    }

    /// Judges the books: those of paper against its venue's, and those of the last drill of a crash.
    pub(super) fn reconciliation(&self, paper: Option<&Papered>) -> Criterion {
        let shown = paper.map_or_else(|| LIST.to_owned(), |paper| format!("host review {}", paper.name));
        let drill = match self.good(CRASH, self.settings.drill_age) {
            Ok(drill) => drill,
            Err(why) => return RECONCILIATION.fail(why, LIST, "hold it: `host drill crash`"),
        };
        let Some(paper) = paper else {
            let none = "no paper run speaks for these strategies";
            return RECONCILIATION.not_known(none, shown, "`host run --venue kalshi` trades on paper");
        };
        let drilled = format!("the drill of {} agreed", day(drill.time));
        match (paper.compared, paper.off_by) {
            (Some((0, _)), _) => RECONCILIATION.fail(
                format!("the books of {} were never compared", paper.name),
                shown,
                "let paper run for longer than live.reconcile",
            ),
            (Some((number, 0)), _) => {
                RECONCILIATION.pass(format!("{number} comparisons on paper without a difference; {drilled}"), shown)
            }
            (Some((number, differing)), _) => RECONCILIATION.fail(
                format!("{differing} of {number} comparisons on paper found a difference"),
                shown,
                "find out why: `host logs --code books_differ`, and paper again",
            ),
            (None, Some(off)) if off.0 == 0 => {
                RECONCILIATION.pass(format!("the fills of {} add up to its profit; {drilled}", paper.name), shown)
            }
            (None, Some(off)) => RECONCILIATION.fail(
                format!("the fills of {} differ from its profit by {}", paper.name, off.shown_signed()),
                shown,
                "this is a bug in the host: please report it",
            ),
            (None, None) => RECONCILIATION.not_known("its fills are not known", shown, RECONCILIATION.to_sign()),
        }
    }
}

/// Returns the UTC day of `time`, as people write it.
fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// Returns what a drill that has passed shows: its day, and the slowest of its steps.
fn said(drill: &DrillRecord) -> String {
    let timed = drill.steps.iter().filter_map(|step| Some((step.took_ms?, step.goal_ms?, &step.step)));
    let tightest = timed.max_by(|one, other| (one.0 * other.1.max(1)).cmp(&(other.0 * one.1.max(1))));
    let time = tightest.map_or_else(String::new, |(took, goal, step)| {
        format!("; {step} in {:.1} s of {:.0} s", took as f64 / 1e3, goal as f64 / 1e3)
    });
    format!("`host drill {}` passed on {}, {} steps{time}", drill.drill, day(drill.time), drill.steps.len())
}
