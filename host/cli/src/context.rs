//! The context of every command: the terminal, the global options, and the configuration they select.

use std::path::PathBuf;

use host_core::Span;
use host_sandbox::trust::TrustSettings;
use host_sandbox::{LimitBeyond, SandboxLimits};
use host_venues::kalshi::KalshiSettings;

use crate::config::{self, Examined, Loaded};
use crate::terminal::error::{Report, Result};
use crate::terminal::ui::{Colour, Ui};
use crate::terminal::units::grouped;

/// The options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Read the configuration from FILE instead of host.toml, here or above
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Set a configuration key, such as risk.max_daily_loss=100 (repeatable)
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,

    /// Print more to stderr; repeat for more detail
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Print only errors to stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Use of colour; NO_COLOR is respected
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Colour,
}

/// The terminal and the global options, handed to every command.
#[derive(Clone, Debug)]
pub struct Context {
    pub ui: Ui,
    globals: Globals,
    /// The arguments, without the program's name.
    pub command_line: Vec<String>,
}

impl Context {
    pub fn new(globals: Globals, command_line: Vec<String>) -> Context {
        Context { ui: Ui::new(globals.color, globals.verbose, globals.quiet), globals, command_line }
    }

    /// Returns the same context for a look at the configuration of which nothing is printed.
    pub fn quietly(&self) -> Context {
        Context { ui: Ui { quiet: true, ..self.ui }, ..self.clone() }
    }

    /// Loads the configuration from all its layers, and prints its warnings.
    ///
    /// # Errors
    /// The configuration has problems: all are reported at once.
    pub fn config(&self) -> Result<Loaded> {
        let loaded = config::load(self.globals.config.as_deref(), &self.globals.set)?;
        if let Some(file) = loaded.file.as_ref().filter(|_| self.globals.config.is_none())
            && file.parent().is_some_and(|folder| !folder.as_os_str().is_empty())
        {
            self.ui.say(&format!("configuration: {}", file.display()));
        }
        self.print_warnings(&loaded);
        Ok(loaded)
    }

    /// Reads the configuration from all its layers as far as it can be read.
    ///
    /// # Errors
    /// The file cannot be read, or is not valid TOML.
    pub fn examine(&self) -> Result<Examined> {
        config::examine(self.globals.config.as_deref(), &self.globals.set)
    }

    /// Loads only the sections that are needed to reach an account, so that a mistake in another section cannot prevent
    /// a kill.
    ///
    /// # Errors
    /// These sections have problems: all are reported at once.
    pub fn config_of_account(&self) -> Result<Loaded> {
        let loaded = config::load_sections(self.globals.config.as_deref(), &self.globals.set, &["live", "venue"])?;
        self.print_warnings(&loaded);
        Ok(loaded)
    }

    /// Says that no configuration file was found, so that default settings are not taken for one's own.
    pub fn say_if_no_file(&self, loaded: &Loaded) {
        if loaded.file.is_none() {
            self.ui.say("note: no host.toml here or in a folder above: default settings");
        }
    }

    /// Returns the global options that a service is started with, so that it reads the settings of `loaded`. Those in
    /// the environment are not the service's.
    ///
    /// # Errors
    /// There is no working directory.
    pub fn globals_of_service(&self, loaded: &Loaded) -> Result<Vec<String>> {
        let mut globals = Vec::new();
        if let Some(file) = &loaded.file {
            let file =
                std::path::absolute(file).map_err(|error| Report::io("there is no working directory", &error))?;
            globals.extend(["--config".to_owned(), file.to_string_lossy().into_owned()]);
        }
        globals.extend(self.globals.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        Ok(globals)
    }

    /// Returns the time between polls.
    ///
    /// # Errors
    /// The section has problems.
    pub fn poll(&self) -> Result<Span> {
        Ok(config::load_sections(self.globals.config.as_deref(), &self.globals.set, &["feed"])?.config.feed.poll)
    }

    /// Returns the venue's settings.
    ///
    /// # Errors
    /// The section has problems.
    pub fn venue(&self) -> Result<KalshiSettings> {
        Ok(config::load_sections(self.globals.config.as_deref(), &self.globals.set, &["venue"])?.config.venue)
    }

    /// Returns the user's own limits on strategies, which no file of a run widens.
    ///
    /// # Errors
    /// The section has problems.
    pub fn sandbox(&self) -> Result<SandboxLimits> {
        let sections = &["sandbox"];
        Ok(config::load_sections(self.globals.config.as_deref(), &self.globals.set, sections)?.config.sandbox)
    }

    /// Tells of the limits that a run had beyond the user's. Then the user's hold.
    pub fn say_beyond(&self, run: &str, beyond: &[LimitBeyond]) {
        let shown = |value: &str| value.parse().map_or_else(|_| value.to_owned(), grouped);
        for LimitBeyond { key, asked, most } in beyond {
            let (asked, most) = (shown(asked), shown(most));
            self.ui.say(&format!(
                "note: {run} had sandbox.{key} = {asked}, and yours is {most}, which holds: `--set` allows more"
            ));
        }
    }

    /// Returns the trust list and its policy.
    ///
    /// # Errors
    /// The section has problems.
    pub fn trust(&self) -> Result<TrustSettings> {
        Ok(config::load_sections(self.globals.config.as_deref(), &self.globals.set, &["trust"])?.config.trust)
    }

    fn print_warnings(&self, loaded: &Loaded) {
        loaded.near_misses.iter().for_each(|miss| self.ui.say(&format!("warning: {miss}")));
        loaded.warnings().iter().for_each(|warning| self.ui.say(&format!("warning: {warning}")));
    }
}
