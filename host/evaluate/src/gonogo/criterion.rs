//! A criterion with its verdict, its evidence and the command that shows it.

use serde::Serialize;

/// The verdict on a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// The machine cannot tell; a person may sign.
    NotKnown,
}

impl Verdict {
    /// Returns the word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::NotKnown => "NOT KNOWN",
        }
    }
}

/// A person's word on a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    pub who: String,
    /// Wall-clock time, ISO 8601.
    pub time: String,
    pub reason: String,
    /// End of its validity, ISO 8601.
    pub until: String,
    /// False once that time is over.
    pub valid: bool,
}

/// A criterion, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// The word by which it is signed.
    pub key: &'static str,
    /// The criterion in words.
    pub criterion: &'static str,
    pub verdict: Verdict,
    /// The finding that the verdict rests on.
    pub evidence: String,
    /// The command that shows the evidence.
    pub shown_by: String,
    /// The way to meet it; absent where nothing is to be done.
    pub cure: Option<String>,
    /// The last signature on it.
    pub signature: Option<Signature>,
}

impl Criterion {
    /// Returns true if it speaks for a go: it passes, or a person has signed what the machine cannot know. No signature
    /// turns a failure into a go.
    pub fn is_met(&self) -> bool {
        let signed = || self.signature.as_ref().is_some_and(|signature| signature.valid);
        self.verdict == Verdict::Pass || (self.verdict == Verdict::NotKnown && signed())
    }
}

/// Words and title of a criterion.
#[derive(Clone, Copy, Debug)]
pub struct CriterionKey {
    pub key: &'static str,
    pub title: &'static str,
}

macro_rules! criteria {
    ($($name:ident = $key:literal, $title:literal;)*) => {
        $(pub(super) const $name: CriterionKey = CriterionKey { key: $key, title: $title };)*

        /// All criteria, in the order in which they are shown: the eight of the case study, then further gates.
        pub const CRITERIA: &[CriterionKey] = &[$($name,)*];
    };
}

criteria! {
    PAPER = "paper", "paper ran its days without a crash";
    PROFIT = "profit", "paper made a profit";
    FILLS = "fills", "the fill rate is explained";
    RISK = "risk", "every risk check was triggered in a drill";
    RECONCILIATION = "reconciliation", "the books agree";
    ALERTS = "alerts", "alerts arrive on simulated failures";
    RUNBOOK = "runbook", "the runbook is there and rehearsed";
    KILL_SWITCH = "kill-switch", "the kill switch works from a phone";
    LIMITS = "limits", "all limits were chosen by a person";
    DRAWDOWN = "drawdown", "paper stayed above its drawdown limit";
    MARKETS = "markets", "paper traded enough markets";
    PROFIT_FACTOR = "profit-factor", "the profit is more than luck";
    FORECASTS = "forecasts", "forecasts are better than the market's";
    REPLAY = "replay", "a replay decides the same";
    DELIVERY = "delivery", "a test arrived through every channel";
    STAGE = "stage", "the conditions of the next stage are met";
}

impl CriterionKey {
    pub(super) fn judged(
        self,
        verdict: Verdict,
        evidence: impl Into<String>,
        shown_by: impl Into<String>,
    ) -> Criterion {
        Criterion {
            key: self.key,
            criterion: self.title,
            verdict,
            evidence: evidence.into(),
            shown_by: shown_by.into(),
            cure: None,
            signature: None,
        }
    }

    pub(super) fn pass(self, evidence: impl Into<String>, shown_by: impl Into<String>) -> Criterion {
        self.judged(Verdict::Pass, evidence, shown_by)
    }

    pub(super) fn fail(
        self,
        evidence: impl Into<String>,
        shown_by: impl Into<String>,
        cure: impl Into<String>,
    ) -> Criterion {
        Criterion { cure: Some(cure.into()), ..self.judged(Verdict::Fail, evidence, shown_by) }
    }

    pub(super) fn not_known(
        self,
        evidence: impl Into<String>,
        shown_by: impl Into<String>,
        cure: impl Into<String>,
    ) -> Criterion {
        Criterion { cure: Some(cure.into()), ..self.judged(Verdict::NotKnown, evidence, shown_by) }
    }

    /// Returns what a person can do who knows better than the machine.
    pub(super) fn to_sign(self) -> String {
        format!("`host gonogo sign {} --reason TEXT` if you know better", self.key)
    }
}
