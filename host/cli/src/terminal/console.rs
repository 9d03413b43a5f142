//! The console of a live run: prints each of the host's notices to stderr, as one line marked with the account.

use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

use host_core::Timestamp;
use host_live::notice::{Notice, Notices, Severity};

use super::error::{Kind, Report, Result};
use super::mode_mark::LiveMark;
use super::stderr;
use super::ui::Ui;

/// The thread that prints notices. It is a thread of its own so that a hanging terminal does not delay the live loop.
#[derive(Debug)]
pub struct Console {
    thread: JoinHandle<()>,
}

impl Console {
    /// Starts to print the `notices` published from now on, each line marked with `account`.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn follow(notices: &mut Notices, account: &str, ui: Ui) -> Result<Console> {
        let (reader, mark) = (notices.subscribe(), LiveMark::new(account, ui.colour));
        let thread = std::thread::Builder::new().name("console".to_owned()).spawn(move || print(&reader, &mark, ui));
        let thread = thread.map_err(|error| Report::new(Kind::Internal, "cannot start the console").because(error))?;
        Ok(Console { thread })
    }

    /// Waits until everything has been printed. The stream must have ended, that is, its [`Notices`] been dropped.
    pub fn join(self) {
        // An error is a panic of the thread, which the panic hook has reported.
        let _ = self.thread.join();
    }
}

fn print(reader: &Receiver<Notice>, mark: &LiveMark, ui: Ui) {
    for Notice { severity, time, text, .. } in reader {
        match severity {
            Severity::Info | Severity::Warning => ui.say_text(&mark.line(&format!("{} {text}", to_the_second(time)))),
            // Printed even with `-q`.
            Severity::Alert => stderr::write(&mark.line(&format!("{} ALERT {text}", to_the_second(time)))),
        }
    }
}

/// Formats date and time without fractions of a second.
fn to_the_second(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}
