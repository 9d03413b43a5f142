//! The console: a reader of a live host's notices that prints one marked line each to stderr.

use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

use host_core::Timestamp;
use host_live::notice::{Notice, Notices, Severity};

use super::error::{Kind, Report, Result, eprint_lossy};
use super::live_mark::LiveMark;
use super::ui::Ui;

/// The thread that prints notices. A terminal that hangs does not hold up the loop.
#[derive(Debug)]
pub struct Console {
    thread: JoinHandle<()>,
}

impl Console {
    /// Prints everything that `notices` publish from now on, each line marked as one of `account`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn follow(notices: &mut Notices, account: &str, ui: Ui) -> Result<Console> {
        let (reader, mark) = (notices.subscribe(), LiveMark::new(account, ui.colour));
        let thread = std::thread::Builder::new().name("console".to_owned()).spawn(move || print(&reader, &mark, ui));
        let thread = thread.map_err(|error| Report::new(Kind::Internal, "cannot start the console").because(error))?;
        Ok(Console { thread })
    }

    /// Waits until everything has been printed. The stream must have ended: its [`Notices`] dropped.
    pub fn join(self) {
        // A panic of the thread has been reported by the hook.
        let _ = self.thread.join();
    }
}

fn print(reader: &Receiver<Notice>, mark: &LiveMark, ui: Ui) {
    for Notice { severity, time, text, .. } in reader {
        match severity {
            Severity::Info | Severity::Warning => ui.say(&format!("{mark} {} {text}", to_the_second(time))),
            // Shown whatever is wanted.
            Severity::Alert => eprint_lossy(&format!("{mark} {} ALERT {text}\n", to_the_second(time))),
        }
    }
}

/// Formats date and time without fractions of a second.
fn to_the_second(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}
