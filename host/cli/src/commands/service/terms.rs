//! The terms of a service, from the command line and the configuration: what it runs, as whom, with which files.

use std::io;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use host_live::account_dir::AccountDir;
use host_monitor::logs::LogFolder;
use host_sandbox::CACHE_VARIABLE;
use host_sandbox::trust::TradingMode;

use super::service_user::ServiceUser;
use super::unit::Unit;
use crate::commands::account::{PAPER_NAME, STATE_DIR_NAME, reference_of, state_dir};
use crate::commands::run;
use crate::config::Loaded;
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::terminal::error::{Kind, Report, Result};

#[derive(Debug, clap::Args)]
pub struct UnitArgs {
    /// A unit of the user's own service manager, which ends with their last login unless they linger
    #[arg(long)]
    user: bool,

    /// A unit of the machine's service manager; this is the default
    #[arg(long, conflicts_with = "user")]
    system: bool,

    /// User that the service of a machine runs as [default: the owner of the folder of host.toml]
    #[arg(long, value_name = "USER", conflicts_with = "user")]
    run_as: Option<String>,

    /// Arguments of `host run`; a live account needs `--yes-i-mean-live=ACCOUNT`, since nobody can be asked
    #[arg(last = true, required = true, value_name = "ARGUMENTS OF RUN")]
    run: Vec<String>,
}

/// The arguments of `host run`, as its own command line has them.
#[derive(Debug, Parser)]
struct RunLine {
    #[command(flatten)]
    run: run::Args,
}

impl UnitArgs {
    /// Returns the unit that is asked for.
    ///
    /// # Errors
    /// The configuration has problems, the arguments are not those of a run at a venue, or such a run would ask a
    /// question or could not start.
    pub fn terms(&self, context: &Context) -> Result<Unit> {
        let line = parse(&self.run)?;
        let loaded = context.config()?;
        let folder = std::path::absolute(loaded.folder().join(".")).map_err(no_folder)?;
        let account = account(&line.run, &loaded)?;
        require_components(&line.run)?;
        let owner = self.owner(&folder)?;
        let own = owner.id == host_system::user::id();
        let state = if own { state_dir() } else { owner.home.join(".local/state").join(STATE_DIR_NAME) };
        let cache = user_cache(&loaded.config.trust).root().to_owned();
        let cache = if own { cache } else { owner.home.join(".cache").join(cache.file_name().unwrap_or_default()) };
        let logs = LogFolder::of(&loaded.config.logs, &account);
        let mut read_only: Vec<PathBuf> = loaded.file.iter().map(|file| absolute(file)).collect::<Result<_>>()?;
        for strategy in &line.run.at_venue().0.strategy {
            read_only.push(absolute(&strategy.path)?);
        }
        let program = std::env::current_exe().map_err(|error| Report::io("cannot find this program", &error))?;
        Ok(Unit {
            account: reference_of(&account, &loaded.config.live.account),
            name: format!("host-{}", account.path().file_name().unwrap_or_default().to_string_lossy()),
            program,
            before: context.globals_of_service(&loaded)?,
            run: self.run.clone(),
            // Relative paths in the arguments start where they were typed.
            working_folder: std::env::current_dir().map_err(no_folder)?,
            config_folder: folder,
            variables: vec![
                ("XDG_STATE_HOME", state.parent().unwrap_or(&state).to_owned()),
                (CACHE_VARIABLE, cache.clone()),
            ],
            writable: vec![account.path().to_owned(), logs.path().to_owned(), state, cache],
            read_only,
            secrets: secrets(&loaded),
            owner: self.is_of_machine().then_some(owner),
        })
    }

    /// Returns true if the unit is one of the machine's service manager.
    pub fn is_of_machine(&self) -> bool {
        self.system || !self.user
    }

    /// Returns the user that the service runs as.
    fn owner(&self, folder: &Path) -> Result<ServiceUser> {
        use std::os::unix::fs::MetadataExt;
        let home = std::env::home_dir();
        if !self.is_of_machine() {
            return ServiceUser::of_process(home.as_deref());
        }
        let found = match &self.run_as {
            Some(user) => ServiceUser::find(user)?,
            None => {
                let found = folder.metadata().map_err(no_folder)?;
                ServiceUser::find(&found.uid().to_string())?
            }
        };
        match home {
            Some(home) if found.id == host_system::user::id() => Ok(ServiceUser { home, ..found }),
            _ => Ok(found),
        }
    }
}

fn parse(run: &[String]) -> Result<RunLine> {
    let invalid = |error: clap::Error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Report::usage("the arguments after `--` are not those of `host run`").because(first)
    };
    let command = RunLine::command().no_binary_name(true);
    let matches = command.try_get_matches_from(run).map_err(invalid)?;
    RunLine::from_arg_matches(&matches).map_err(invalid)
}

/// Returns the folder of the account that `run` trades.
fn account(run: &run::Args, loaded: &Loaded) -> Result<AccountDir> {
    let (_, live) = run.at_venue();
    let Some(venue) = &live.venue else {
        return Err(Report::usage("a service trades at a venue: add `--venue kalshi` after `--`")
            .hint("without `--live` it trades there on paper"));
    };
    let name = &loaded.config.live.account;
    let of = |mode, name: &str| AccountDir::of(mode, &loaded.config.live.folder, venue, name);
    if !live.live {
        return Ok(of(TradingMode::Paper, if name.is_empty() { PAPER_NAME } else { name }));
    }
    if name.is_empty() {
        return Err(Report::new(Kind::Config, "no account is named: live.account is not set")
            .hint("write `account = \"NAME\"` under [live] in host.toml"));
    }
    match live.yes_i_mean_live.as_deref() {
        Some(confirmed) if confirmed == name => Ok(of(TradingMode::Live, name)),
        Some(other) => Err(Report::usage(format!("`--yes-i-mean-live={other}` is not the account, `{name}`"))),
        None => Err(Report::usage("a service that trades real money cannot be asked for a confirmation")
            .hint(format!("confirm the account here: add `--yes-i-mean-live={name}` after `--`"))),
    }
}

/// Refuses what a service cannot run: it builds nothing.
fn require_components(run: &run::Args) -> Result<()> {
    for strategy in &run.at_venue().0.strategy {
        let shown = strategy.path.display();
        if strategy.path.is_dir() {
            return Err(Report::user(format!("a service runs components, and `{shown}` is a folder"))
                .hint(format!("`host build {shown} --out X.wasm` makes one")));
        }
        if !strategy.path.is_file() {
            return Err(Report::user(format!("there is no component `{shown}`")));
        }
    }
    Ok(())
}

/// Returns the files of secrets that are set, each with its key.
fn secrets(loaded: &Loaded) -> Vec<(String, PathBuf)> {
    let mut config = loaded.config.clone();
    let files = config.secret_files_mut().into_iter();
    files.filter(|(_, path)| !path.as_os_str().is_empty()).map(|(key, path)| (key, path.clone())).collect()
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(no_folder)
}

fn no_folder(error: io::Error) -> Report {
    Report::io("there is no working directory", &error)
}
