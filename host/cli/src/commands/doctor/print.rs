//! The findings as they are printed.

use host_core::foreign;
use serde_json::{Value, json};

use super::diagnosis::{Condition, Diagnosis};
use crate::context::Context;
use crate::terminal::error::Result;
use crate::terminal::output::{self, Format, Rows};

/// The fate of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There is none.
    None,
    /// `--fix` would apply it.
    Offered,
    /// `--fix --dry-run`.
    Planned,
    Done,
    /// With the reason.
    Failed(String),
}

/// A finding, and what became of it.
#[derive(Clone, Debug)]
pub struct Treated {
    pub diagnosis: Diagnosis,
    pub outcome: Fate,
}

impl Treated {
    /// Returns how bad it is now.
    pub fn condition(&self) -> Condition {
        match self.outcome {
            Fate::Done => Condition::Ok,
            _ => self.diagnosis.severity,
        }
    }

    fn word(&self) -> &'static str {
        if self.outcome == Fate::Done { "fixed" } else { self.diagnosis.severity.as_str() }
    }

    fn fix(&self) -> &'static str {
        match self.outcome {
            Fate::None => "none",
            Fate::Offered => "offered",
            Fate::Planned => "planned",
            Fate::Done => "done",
            Fate::Failed(_) => "failed",
        }
    }

    /// Returns the lines below the finding: its cure, and what `--fix` does, would do or has done.
    fn advice(&self) -> Vec<String> {
        let remedy = self.diagnosis.remedy.as_ref().map(super::remedy::Remedy::describe).unwrap_or_default();
        let cure = self.diagnosis.cure.clone().unwrap_or_default();
        let cure = cure.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
        match &self.outcome {
            Fate::None => cure,
            Fate::Offered => cure.into_iter().chain(["(--fix does it)".to_owned()]).collect(),
            Fate::Planned => vec![format!("would do: {remedy}")],
            Fate::Done => vec![format!("done: {remedy}")],
            Fate::Failed(why) => {
                let why = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
                cure.into_iter().chain([format!("not done: {}", why.join(" "))]).collect()
            }
        }
    }

    fn json(&self) -> Value {
        let Diagnosis { code, severity, finding, cure, remedy } = &self.diagnosis;
        json!({
            "code": code,
            "severity": severity,
            "finding": finding,
            "cure": cure,
            "fix": self.fix(),
            "fix_does": remedy.as_ref().map(super::remedy::Remedy::describe),
        })
    }
}

/// Prints the findings: the worst stand last, where a terminal shows them.
///
/// # Errors
/// Stdout cannot be written.
pub fn print(treated: &[Treated], format: Format, context: &Context) -> Result<()> {
    let count = |condition| treated.iter().filter(|treated| treated.condition() == condition).count();
    let [fine, unseen, warnings, problems] =
        [Condition::Ok, Condition::Unseen, Condition::Warning, Condition::Problem].map(count);
    match format {
        Format::Json => output::print_json(&json!({
            "problems": problems,
            "warnings": warnings,
            "unseen": unseen,
            "findings": treated.iter().map(Treated::json).collect::<Vec<_>>(),
        }))?,
        Format::Csv => {
            let mut rows = Rows::new(&["severity", "code", "finding", "cure", "fix"]);
            for treated in treated {
                let Diagnosis { code, finding, cure, .. } = &treated.diagnosis;
                let (cure, fix) = (cure.clone().unwrap_or_default(), treated.fix().to_owned());
                rows.push([treated.word().to_owned(), (*code).to_owned(), finding.clone(), cure, fix]);
            }
            output::print_csv(rows.csv())?;
        }
        Format::Table => output::print(&table(treated))?,
    }
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let (warnings, problems) = (plural(warnings, "warning"), plural(problems, "problem"));
    context.ui.say(&format!("{fine} ok, {unseen} not looked at, {warnings}, {problems}"));
    Ok(())
}

fn table(treated: &[Treated]) -> String {
    let mut sorted: Vec<&Treated> = treated.iter().collect();
    sorted.sort_by_key(|treated| treated.condition());
    let mut text = String::new();
    for treated in sorted {
        let Diagnosis { code, finding, .. } = &treated.diagnosis;
        let line = foreign::line(finding, foreign::LINE);
        text.push_str(&format!("{:<8} {code:<20} {line}\n", treated.word()));
        for line in treated.advice() {
            text.push_str(&format!("{:30}{}\n", "", foreign::line(&line, foreign::LINE)));
        }
    }
    text
}
