//! Go or no-go: the case study's eight criteria and further gates, each with its verdict and evidence.
//!
//! [`judge`] decides on findings alone: who gathers them says what could not be found, and why. A person may sign what
//! a machine cannot know; nobody can sign a failure.

mod criterion;
mod drill_criteria;
mod interval;
mod paper_criteria;
mod paper_runs;
mod papered;
mod same_strategies;
mod settings;

#[cfg(test)]
mod tests;

use host_core::Timestamp;
use host_session::stage::StageEvidence;
use host_store::decisions::Decision;
use host_store::drills::DrillRecord;
use serde::Serialize;

pub use criterion::{CRITERIA, Criterion, CriterionKey, Signature, Verdict};
pub use drill_criteria::{ALERTS_DRILL, CRASH, KILL, OUTAGE, RESTORE, RISK_DRILL, SENT};
pub use interval::Interval;
pub use paper_criteria::{ExplainedShare, Replayed};
pub use paper_runs::{PaperRun, latest_of, paper_runs};
pub use papered::Papered;
pub use same_strategies::differences;
pub use settings::GoNoGoSettings;

use self::criterion::{FILLS, LIMITS, REPLAY, STAGE};
use self::drill_criteria::Drills;

/// The action of a decision that signs a criterion, which it is about.
pub const SIGNED: &str = "sign";

/// The paper run that speaks for the strategies.
#[derive(Clone, Debug)]
pub enum PaperFound {
    /// There is none, for a reason, with what to do.
    None {
        why: String,
        cure: String,
    },
    Run(Box<Papered>),
}

/// Everything that is judged.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Wall-clock time.
    pub now: Timestamp,
    pub paper: PaperFound,
    /// The path of its folder, for `host replay`.
    pub paper_place: String,
    /// The share of its difference that `compare` explains. `None`: not looked at.
    pub explained: Option<Result<ExplainedShare, String>>,
    /// Its replay. `None`: not looked at.
    pub replayed: Option<Result<Replayed, String>>,
    pub drills: Vec<DrillRecord>,
    /// Digest of the limits that are to hold.
    pub limits: String,
    /// The limits that nobody has chosen.
    pub unset_limits: Vec<String>,
    /// The runbook's place, or the reason why there is none.
    pub runbook: Result<String, String>,
    /// The way of a phone to the page of the kill switch, or the reason why nobody knows.
    pub phone: Result<String, String>,
    /// Number of channels that alerts take.
    pub channels: usize,
    /// The evidence for the next stage; `None` for an account that has not traded.
    pub stage: Option<StageEvidence>,
    /// The decisions of people about the account.
    pub decisions: Vec<Decision>,
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoNoGo {
    /// True if every criterion is met.
    pub go: bool,
    /// The paper run that was taken.
    pub paper: Option<String>,
    pub criteria: Vec<Criterion>,
}

impl GoNoGo {
    /// Returns the criteria that are not met.
    pub fn open(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria.iter().filter(|criterion| !criterion.is_met())
    }
}

impl Findings {
    /// Returns true if what takes long, the comparison and the replay, may still decide: nothing else fails.
    pub fn is_worth_a_look(&self, settings: &GoNoGoSettings) -> bool {
        let verdict = judge(self, settings);
        let quick = |one: &&Criterion| one.key != FILLS.key && one.key != REPLAY.key;
        verdict.open().filter(quick).count() == 0
    }
}

/// Judges `findings` by `settings`.
pub fn judge(findings: &Findings, settings: &GoNoGoSettings) -> GoNoGo {
    let Findings { now, drills, limits, .. } = findings;
    let drills = Drills { held: drills, limits, now: *now, settings };
    let paper = match &findings.paper {
        PaperFound::Run(paper) => Some(paper.as_ref()),
        PaperFound::None { .. } => None,
    };
    let mut criteria = of_paper(findings, settings);
    criteria.extend([
        drills.risk(),
        drills.reconciliation(paper),
        drills.alerts(),
        drills.runbook(as_text(&findings.runbook)),
        drills.kill_switch(as_text(&findings.phone)),
        drills.delivery(findings.channels),
        of_limits(&findings.unset_limits),
    ]);
    criteria.extend(findings.stage.as_ref().map(of_stage));
    let place = |key: &str| CRITERIA.iter().position(|subject| subject.key == key);
    criteria.sort_by_key(|criterion| place(criterion.key));
    for criterion in &mut criteria {
        criterion.signature = signature(criterion.key, findings, settings);
        tell_of_signature(criterion);
    }
    let go = criteria.iter().all(Criterion::is_met);
    GoNoGo { go, paper: paper.map(|paper| paper.name.clone()), criteria }
}

fn as_text(found: &Result<String, String>) -> Result<&str, &str> {
    found.as_deref().map_err(String::as_str)
}

fn of_paper(findings: &Findings, settings: &GoNoGoSettings) -> Vec<Criterion> {
    let paper = match &findings.paper {
        PaperFound::None { why, cure } => return paper_criteria::without(why, cure),
        PaperFound::Run(paper) => paper,
    };
    let mut criteria = paper_criteria::of(paper, settings, findings.now, findings.stage.is_none());
    criteria.push(match &findings.explained {
        None => paper_criteria::not_looked_at(FILLS, format!("host compare {} --with backtest", paper.name)),
        Some(explained) => {
            let explained = explained.as_ref().copied().map_err(String::as_str);
            paper_criteria::fills(&paper.name, paper.fill_rate, explained, settings)
        }
    });
    criteria.push(match &findings.replayed {
        None => paper_criteria::not_looked_at(REPLAY, format!("host replay {}", findings.paper_place)),
        Some(replayed) => {
            paper_criteria::replay(&paper.name, replayed.as_ref().map_err(String::as_str), &findings.paper_place)
        }
    });
    criteria
}

fn of_limits(unset: &[String]) -> Criterion {
    match unset.is_empty() {
        true => LIMITS.pass("each of those that have no safe default", "host config show"),
        false => LIMITS.fail(
            format!("at their defaults: {}", unset.join(", ")),
            "host config show",
            "set them under [risk] in host.toml",
        ),
    }
}

fn of_stage(evidence: &StageEvidence) -> Criterion {
    let open = evidence.conditions.iter().filter(|condition| !condition.met);
    let open: Vec<String> =
        open.map(|one| format!("{}: {}, needed: {}", one.condition, one.found, one.needed)).collect();
    let at = format!("at {} % since {}", evidence.percent, evidence.since);
    match open.is_empty() {
        true => STAGE.pass(at, "host stage show"),
        false => STAGE.fail(format!("{at}; {}", open.join("; ")), "host stage show", "trade on at this stage"),
    }
}

/// Returns the last signature on `key`.
fn signature(key: &str, findings: &Findings, settings: &GoNoGoSettings) -> Option<Signature> {
    let is_of_key = |one: &&Decision| one.what == SIGNED && one.about.as_deref() == Some(key);
    let Decision { time, who, text, .. } = findings.decisions.iter().rfind(is_of_key)?;
    let until = *time + settings.signature_age;
    let valid = findings.now <= until;
    Some(Signature { who: who.clone(), time: time.to_string(), reason: text.clone(), until: until.to_string(), valid })
}

/// Says of an open criterion why its signature does not help.
fn tell_of_signature(criterion: &mut Criterion) {
    let Some(signature) = &criterion.signature else { return };
    let why = match (criterion.verdict, signature.valid) {
        (Verdict::Fail, _) => "it is signed, but a failure cannot be signed away",
        (Verdict::NotKnown, false) => "its signature is too old: sign it again",
        _ => return,
    };
    let cure = criterion.cure.take().map_or_else(|| why.to_owned(), |cure| format!("{why}; {cure}"));
    criterion.cure = Some(cure);
}
