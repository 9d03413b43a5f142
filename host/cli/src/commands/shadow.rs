//! The back test of a run's own period, from its own recording, for `compare` and `run`.

use std::path::PathBuf;

use host_core::fees::FeeModel;
use host_evaluate::EvaluateError;
use host_evaluate::run::RunSource;
use host_evaluate::shadow::{ShadowSettings, backtest};
use host_session::config_keys::as_written;
use host_session::setup::{Origin, RunKind};
use host_sim::fill::FillModel;
use host_store::journal::{Mode, RunInfo};
use host_system::guard::guarded;
use toml::Table;

use super::trade_args::about;
use crate::config::Config;
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt;
use crate::terminal::progress::Progress;

/// Makes the back test of `source`, whose orders all fill at their limits, and opens it. It is kept as every back test.
///
/// # Errors
/// The run has no journal that it could be made of, or it was cut short.
pub fn shadow_backtest(source: &RunSource, context: &Context) -> Result<RunSource> {
    let Config { runs, trust, .. } = context.config()?.config;
    let settings = settings(source, context)?;
    let stop = interrupt::listen()?;
    let progress = Progress::spinner(&context.ui, &format!("back test of {}", source.name));
    let made = backtest(source, settings, &runs.folder, &user_cache(&trust), &stop);
    drop(progress);
    let folder: PathBuf = made.map_err(failed)?;
    context.ui.say(&format!("back test of {} kept in {}", source.name, folder.display()));
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    RunSource::open(&folder, &name).map_err(failed)
}

fn settings(source: &RunSource, context: &Context) -> Result<ShadowSettings> {
    let Some(info) = source.info() else {
        let report = Report::user(format!("no back test can be made of {}: it has no journal", source.name));
        return Err(report.hint("name a run with a journal; `host runs list` lists them"));
    };
    let mut config = config_of(info)?;
    config.exchange.fill_model = FillModel::Instant;
    let origin = match info.mode {
        Mode::Live | Mode::PaperAtVenue => Origin::Recorded,
        Mode::Paper | Mode::Backtest => Origin::Synthetic,
    };
    let reported = source.report.as_ref().and_then(|report| report.about.as_ref());
    let origin = reported.map_or(origin, |about| about.origin);
    let data = format!("recording of {}", source.name);
    let about = about(RunKind::Backtest, origin, &data, &config, None);
    let exchange = config.exchange.clone();
    let schedule = config.planned().at_stage(config.capital.stage_percent());
    let config = config.into_tree_of_run().to_string();
    let sandbox = context.sandbox()?;
    let beyond = source.start.as_ref().map(|start| start.sandbox.beyond(&sandbox)).unwrap_or_default();
    context.say_beyond(&source.name, &beyond);
    let command = context.command_line.clone();
    Ok(ShadowSettings { exchange, schedule, about, sandbox, config, command })
}

/// Returns the configuration of the run. A live account pays its venue's fees.
/// Returns the configuration that a run was last started with.
///
/// # Errors
/// It cannot be read.
pub fn config_of(info: &RunInfo) -> Result<Config> {
    let read = guarded("the configuration", || {
        toml::from_str::<Table>(&info.config).and_then(|kept| as_written(kept).try_into::<Config>())
    });
    let read = read.map_err(|panicked| Report::user(panicked.to_string()))?;
    let mut config = read.map_err(|error| {
        Report::user("the configuration in the journal cannot be read")
            .because(error.message())
            .hint("a host of another version wrote it: make the back test with that one")
    })?;
    if info.mode == Mode::Live && config.exchange.fees == FeeModel::None {
        config.exchange.fees = FeeModel::Kalshi;
    }
    Ok(config)
}

fn failed(error: EvaluateError) -> Report {
    match error {
        EvaluateError::Session(error) => Report::from(error),
        other => Report::user("no back test of the same period was made").because_of(&other),
    }
}
