//! The verdict for people and programs.

use host_core::foreign;
use host_evaluate::gonogo::{Criterion, GoNoGo, Signature};
use serde::Serialize;

use crate::terminal::error::Result;
use crate::terminal::output::{self, Format, Rows};

/// Width of the columns before the evidence.
const INDENT: usize = 27;

/// The verdict with the account that it is about.
#[derive(Debug, Serialize)]
struct VerdictOf<'a> {
    account: &'a str,
    #[serde(flatten)]
    verdict: &'a GoNoGo,
}

/// Prints the verdict.
pub(super) fn print(verdict: &GoNoGo, account: &str, format: Format) -> Result<()> {
    match format {
        Format::Json => output::print_json(&VerdictOf { account, verdict }),
        Format::Csv => {
            let mut rows =
                Rows::new(&["key", "criterion", "verdict", "met", "evidence", "shown by", "to do", "signed by"]);
            for one in &verdict.criteria {
                rows.push([
                    one.key.to_owned(),
                    one.criterion.to_owned(),
                    one.verdict.title().to_owned(),
                    if one.is_met() { "yes" } else { "no" }.to_owned(),
                    one.evidence.clone(),
                    one.shown_by.clone(),
                    one.cure.clone().unwrap_or_default(),
                    one.signature.as_ref().map(|signature| signature.who.clone()).unwrap_or_default(),
                ]);
            }
            output::print_csv(rows.csv())
        }
        Format::Table => output::print(&text(verdict, account)),
    }
}

fn text(verdict: &GoNoGo, account: &str) -> String {
    let word = if verdict.go { "GO" } else { "NO-GO" };
    let (all, open) = (verdict.criteria.len(), verdict.open().count());
    let paper = verdict.paper.as_ref().map_or_else(String::new, |paper| format!("; paper run: {}", line(paper)));
    let mut text = format!("{word} for {account}: {} of {all} criteria are met{paper}\n\n", all - open);
    verdict.criteria.iter().for_each(|criterion| text += &lines(criterion));
    text
}

/// Returns the lines of one criterion.
pub(super) fn lines(criterion: &Criterion) -> String {
    let Criterion { key, criterion: title, verdict, evidence, shown_by, cure, signature } = criterion;
    let indent = " ".repeat(INDENT);
    let mut text = format!("{:<9}  {key:<14}  {title}\n{indent}{}\n", verdict.title(), line(evidence));
    let signed = signature.as_ref().map(|Signature { who, time, reason, until, .. }| {
        format!("signed by {who} on {}, until {}: {reason}", day(time), day(until))
    });
    signed.into_iter().for_each(|signed| text += &format!("{indent}{}\n", line(&signed)));
    text += &format!("{indent}shown by: {}\n", line(shown_by));
    if let Some(cure) = cure.as_ref().filter(|_| !criterion.is_met()) {
        text += &format!("{indent}to do: {}\n", line(cure));
    }
    text
}

fn line(text: &str) -> String {
    foreign::line(text, foreign::LINE)
}

fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}
