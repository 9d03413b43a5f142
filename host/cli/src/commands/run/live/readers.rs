//! The readers of a live run's notices: each has a queue and a thread of its own.

use host_live::VENUE;
use host_live::notice::Notices;
use host_monitor::logs::{LogFolder, LogWriter, Run};

use crate::commands::account::account_dir;
use crate::config::Config;
use crate::terminal::console::Console;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::live_mark::LiveMark;
use crate::terminal::stderr;
use crate::terminal::ui::Ui;

/// The readers of one run.
#[derive(Debug)]
pub struct Readers {
    console: Console,
    log: LogWriter,
}

impl Readers {
    /// Starts the readers of everything that is published to `notices` from now on.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn follow(notices: &mut Notices, config: &Config, ui: Ui) -> Result<Readers> {
        let account = &config.live.account;
        let console = Console::follow(notices, account, ui)?;
        let folder = LogFolder::of(&config.logs, &account_dir(config, None)?);
        let run = Run { account: account.clone(), venue: VENUE.to_owned() };
        let mark = LiveMark::new(account, ui.colour);
        // Printed even with `-q`: what is missing in the log is nowhere else.
        let tell = move |text: &str| stderr::write(&format!("{mark} warning: {text}\n"));
        let log = LogWriter::follow(notices, folder, &config.logs, run, tell)
            .map_err(|error| Report::new(Kind::Internal, "cannot start the log").because(error))?;
        Ok(Readers { console, log })
    }

    /// Waits until all have told everything. The stream must have ended, that is, its [`Notices`] been dropped.
    pub fn join(self) {
        self.console.join();
        self.log.join();
    }
}
