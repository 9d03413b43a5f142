//! The context of every command: the terminal, and the global options with the configuration that they name.

use std::path::PathBuf;

use crate::config::{self, Loaded};
use crate::terminal::error::Result;
use crate::terminal::ui::{Colour, Ui};

/// The options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Read the configuration from FILE instead of ./host.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Set a key of the configuration, such as risk.max_daily_loss=100 (repeatable)
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,

    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// When to use colour; NO_COLOR is respected
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Colour,
}

/// The terminal and the global options, handed to every command.
#[derive(Debug)]
pub struct Context {
    pub ui: Ui,
    globals: Globals,
}

impl Context {
    pub fn new(globals: Globals) -> Context {
        Context { ui: Ui::new(globals.color, globals.verbose, globals.quiet), globals }
    }

    /// Returns the configuration, from all its layers.
    ///
    /// # Errors
    /// Every problem in it, at once.
    pub fn config(&self) -> Result<Loaded> {
        let loaded = config::load(self.globals.config.as_deref(), &self.globals.set)?;
        self.warn_of_old_keys(&loaded);
        Ok(loaded)
    }

    /// Returns the configuration of only what reaches an account: a mistake in another section must not be in the way of
    /// a kill.
    ///
    /// # Errors
    /// Every problem in these sections, at once.
    pub fn config_of_account(&self) -> Result<Loaded> {
        let loaded = config::load_sections(self.globals.config.as_deref(), &self.globals.set, &["live", "venue"])?;
        self.warn_of_old_keys(&loaded);
        Ok(loaded)
    }

    fn warn_of_old_keys(&self, loaded: &Loaded) {
        loaded.warnings.iter().for_each(|warning| self.ui.say(&format!("warning: {warning}")));
    }
}
