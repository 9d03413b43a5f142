//! Terms that the commands around a go/no-go decision share.

use std::path::Path;

use host_core::risk::RiskLimits;
use host_live::account_dir::AccountDir;
use host_sandbox::digest;
use host_sandbox::trust::TradingMode;

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

/// Returns the folder of the real account that `folder` stands for: only a real account is asked about.
pub fn real(folder: AccountDir, root: &Path) -> AccountDir {
    let name = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.strip_prefix("paper-") {
        Some(real) if folder.mode() == TradingMode::Paper => AccountDir::at(root.join(real)),
        _ => folder,
    }
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
