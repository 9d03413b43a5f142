//! The readers of a live run's notices: each has a queue and a thread of its own.

use std::sync::mpsc::Receiver;

use host_core::Timestamp;
use host_live::VENUE;
use host_live::account_dir::AccountDir;
use host_live::notice::{Notice, NoticeCode, Notices};
use host_monitor::alerts::{Alerts, AlertsChange, Prepared};
use host_monitor::dashboard::DashboardServer;
use host_monitor::dashboard::settings::DashboardSettings;
use host_monitor::logs::{LogFolder, LogWriter, Run};

use crate::commands::account::reference_of;
use crate::commands::dashboard;
use crate::config::Config;
use crate::terminal::console::Console;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::mode_mark::LiveMark;
use crate::terminal::stderr;
use crate::terminal::ui::Ui;

/// The readers of one run.
#[derive(Debug)]
pub struct Readers {
    console: Console,
    log: LogWriter,
    /// Served beside them, if the configuration asks for it.
    dashboard: Option<DashboardServer>,
    alerts: People,
}

/// Those who are told by alerts, if anybody is.
#[derive(Debug)]
enum People {
    /// They are told once the host has started; what happens before is kept.
    Wait(Option<Box<Prepared>>, Receiver<Notice>),
    Told(Alerts),
}

impl Readers {
    /// Starts the readers of everything that is published to `notices` from now on.
    ///
    /// # Errors
    /// The system cannot start a thread, or a secret of the alerts cannot be read.
    pub fn follow(notices: &mut Notices, folder: &AccountDir, config: &Config, ui: Ui) -> Result<Readers> {
        let account = &reference_of(folder, &config.live.account);
        let console = Console::follow(notices, account, ui)?;
        let folder = LogFolder::of(&config.logs, folder);
        let run = Run { account: account.clone(), venue: VENUE.to_owned() };
        let mark = LiveMark::new(account, ui.colour);
        // Printed even with `-q`: what is missing in the log is nowhere else.
        let tell = move |text: &str| stderr::write(&mark.line(&format!("warning: {text}")));
        let log = LogWriter::follow(notices, folder, &config.logs, run, tell)
            .map_err(|error| Report::new(Kind::Internal, "cannot start the log").because(error))?;
        let alerts = People::Wait(Prepared::new(&config.alerts)?.map(Box::new), notices.subscribe());
        Ok(Readers { console, log, dashboard: None, alerts })
    }

    /// Begins to tell people, now that the host has started: it holds the account's lock, and with it the queue of
    /// messages.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn tell_people(self, folder: &AccountDir, config: &Config) -> Result<Readers> {
        let alerts = match self.alerts {
            People::Wait(prepared, reader) => {
                let account = reference_of(folder, &config.live.account);
                People::Told(Alerts::follow(prepared.map(|some| *some), reader, folder.clone(), &account)?)
            }
            told => told,
        };
        Ok(Readers { alerts, ..self })
    }

    /// Returns the way to change who is told, once people are told.
    pub fn alerts_change(&self) -> Option<AlertsChange> {
        match &self.alerts {
            People::Told(alerts) => Some(alerts.change()),
            People::Wait(..) => None,
        }
    }

    /// Serves the dashboard if the configuration asks for it. One that cannot be served is told, and trading goes on.
    pub fn serve_dashboard(&mut self, folder: &AccountDir, config: &Config, notices: &Notices) {
        if !config.dashboard.enabled {
            return;
        }
        let time = Timestamp(host_system::clock::unix_nanos());
        match dashboard::start(config, folder.clone(), &reference_of(folder, &config.live.account)) {
            Ok(server) => {
                let url = DashboardSettings { listen: server.address(), ..config.dashboard.clone() }.browser_url();
                notices.info(time, NoticeCode::DashboardServed, format!("the dashboard is served at {url}"));
                self.dashboard = Some(server);
            }
            Err(error) => {
                let text = format!("the dashboard is not served: {error}");
                notices.warn(time, NoticeCode::DashboardNotServed, text);
            }
        }
    }

    /// Waits until all have told everything. The stream must have ended, that is, its [`Notices`] been dropped.
    pub fn join(self) {
        drop(self.dashboard);
        self.console.join();
        self.log.join();
        if let People::Told(alerts) = self.alerts {
            alerts.join();
        }
    }
}
