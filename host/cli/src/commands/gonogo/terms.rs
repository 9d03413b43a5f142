//! Terms that the commands around a go/no-go decision share.

use host_core::risk::RiskLimits;
use host_sandbox::digest;

use crate::terminal::error::{Kind, Report};

/// The evidence that a decision rests on, and the way around it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct EvidenceArgs {
    /// Paper run that speaks for the strategies: a name, its beginning, `latest`, a folder, or `paper:NAME` [default:
    /// the latest of exactly these strategies]
    #[arg(long, value_name = "RUN")]
    pub paper: Option<String>,
}

/// Returns the digest of limits, by which a drill of them is recognised.
pub fn digest_of(limits: &RiskLimits) -> String {
    // Limits are numbers and words, which JSON has.
    digest(&serde_json::to_vec(limits).unwrap_or_default())
}

/// Returns in words how many criteria are not met.
pub fn not_met(number: usize) -> String {
    match number {
        1 => "1 criterion is not met".to_owned(),
        number => format!("{number} criteria are not met"),
    }
}

/// Creates the report of a no-go.
pub fn no_go(message: &str) -> Report {
    Report::new(Kind::NoGo, message)
}
