//! The files that a live account's folder gets when its host ends: the same as those of a paper run.

use host_core::Timestamp;
use host_live::account_dir::AccountDir;
use host_live::summary::LiveFigures;
use host_session::setup::Setup;
use host_store::journal::Journal;
use host_store::ledger;
use host_store::live::JOURNAL_FILE;
use host_store::runs::{RunFacts, RunFolder};

use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::text::Text;

/// Writes trades, orders, fills and days, the figures, the configuration and what ran. A failure is only said: the
/// account's journal has it all.
pub fn keep(account: &AccountDir, setup: &Setup, figures: &LiveFigures, context: &Context) {
    match write(account, setup, figures, context) {
        Ok(()) => context.ui.say(&format!("kept in {}", account.path().display())),
        Err(report) => {
            context.ui.say_text(&(Text::line("warning: the ledgers were not written") + report.render(false)))
        }
    }
}

fn write(account: &AccountDir, setup: &Setup, figures: &LiveFigures, context: &Context) -> Result<()> {
    let failed = |error: &dyn std::error::Error| Report::user("cannot keep the run").because_of(error);
    let journal = Journal::open(account.journal()).map_err(|error| failed(&error))?;
    ledger::export(&journal, account.path()).map_err(|error| failed(&error))?;
    let run = journal.run_info().map_err(|error| failed(&error))?;
    let folder = RunFolder::of_account(account.path());
    let config_digest = folder.write_config(&setup.config).map_err(|error| failed(&error))?;
    folder.write_report(figures).map_err(|error| failed(&error))?;
    let name = account.path().file_name().map(|name| name.to_string_lossy().into_owned());
    let facts = RunFacts {
        id: name.unwrap_or_default(),
        mode: run.mode,
        command: context.command_line.clone(),
        engine_version: run.engine_version,
        started: run.started.to_string(),
        ended: Some(Timestamp(host_system::clock::unix_nanos()).to_string()),
        repeats: None,
        data: run.data,
        data_digest: run.data_digest,
        tape: None,
        config_digest,
        proof_seed: None,
        seed: run.seed,
        strategies: run.strategies,
        journal: JOURNAL_FILE.into(),
    };
    folder.write_facts(&facts).map_err(|error| failed(&error))
}
