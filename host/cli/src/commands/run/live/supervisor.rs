//! News of a live host for the service manager, by sd_notify(3): ready, how it stands, alive, stopping.
//!
//! The loop itself drives all of it, so that a loop which hangs falls silent, whatever its other threads do. What the
//! manager does not take at once is dropped: trading never waits for it.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use host_live::LiveHost;

/// Interval between two lines about how the host stands.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Time that a start gets each time the loop turns before it is ready.
const START_LASTS: Duration = Duration::from_secs(60);

/// The state of the loop at one of its turns.
#[derive(Clone, Copy, Debug)]
struct Turn {
    is_trading: bool,
    is_stopping: bool,
}

/// The service manager, if there is one.
#[derive(Debug, Default)]
pub struct Supervisor {
    socket: Option<UnixDatagram>,
    /// Interval between two signs of life, if the manager waits for any.
    beat_every: Option<Duration>,
    is_ready: bool,
    is_stopping: bool,
    last_beat: Option<Instant>,
    last_line: Option<(Instant, String)>,
}

impl Supervisor {
    /// Finds the manager of this process by its environment.
    pub fn of_process() -> Supervisor {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let is_meant = number("WATCHDOG_PID").is_none_or(|process| process == u64::from(std::process::id()));
        let patience = number("WATCHDOG_USEC").filter(|_| is_meant).map(Duration::from_micros);
        Supervisor::at(std::env::var_os("NOTIFY_SOCKET"), patience)
    }

    /// Tells the manager that listens at `address`. It gives the host up after `patience` without a sign of life.
    fn at(address: Option<OsString>, patience: Option<Duration>) -> Supervisor {
        let socket = address.filter(|address| !address.is_empty()).and_then(|address| {
            let failed = |error: &io::Error| tracing::warn!("the service manager is not told anything: {error}");
            connect(&address).inspect_err(failed).ok()
        });
        // A quarter, so that one lost sign of life does not matter.
        Supervisor { socket, beat_every: patience.map(|patience| patience / 4), ..Supervisor::default() }
    }

    /// Tells what is due at a turn of the loop of `host`.
    pub fn on_turn(&mut self, host: &LiveHost) {
        let turn = Turn { is_trading: host.is_trading(), is_stopping: host.is_stopping() };
        self.take(turn, Instant::now(), || host.standing());
    }

    fn take(&mut self, turn: Turn, now: Instant, standing: impl FnOnce() -> String) {
        if self.socket.is_none() {
            return;
        }
        let mut news = String::new();
        if turn.is_trading && !self.is_ready && !turn.is_stopping {
            self.is_ready = true;
            news.push_str("READY=1\n");
        }
        if turn.is_stopping && !self.is_stopping {
            self.is_stopping = true;
            news.push_str("STOPPING=1\n");
        }
        let is_past = |last: Option<Instant>, interval| last.is_none_or(|last| now - last >= interval);
        if !news.is_empty() || is_past(self.last_line.as_ref().map(|(told, _)| *told), TELL_EVERY) {
            let line = standing();
            if self.last_line.as_ref().is_none_or(|(_, last)| *last != line) {
                news.push_str(&format!("STATUS={line}\n"));
            }
            if !self.is_ready {
                news.push_str(&format!("EXTEND_TIMEOUT_USEC={}\n", START_LASTS.as_micros()));
            }
            self.last_line = Some((now, line));
        }
        if let Some(interval) = self.beat_every
            && is_past(self.last_beat, interval)
        {
            self.last_beat = Some(now);
            news.push_str("WATCHDOG=1\n");
        }
        self.tell(&news);
    }

    fn tell(&self, news: &str) {
        if let Some(socket) = self.socket.as_ref().filter(|_| !news.is_empty())
            && let Err(error) = socket.send(news.as_bytes())
        {
            tracing::debug!("the service manager does not listen: {error}");
        }
    }
}

fn connect(address: &OsString) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    match address.as_bytes() {
        // A name that is no file's (unix(7)).
        [b'@', name @ ..] => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        _ => socket.connect(address)?,
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Turn = Turn { is_trading: false, is_stopping: false };
    const TRADING: Turn = Turn { is_trading: true, is_stopping: false };
    const STOPPING: Turn = Turn { is_trading: true, is_stopping: true };

    /// Runs through turns at seconds after the start; returns what the manager has heard at each.
    fn heard(patience_seconds: Option<u64>, turns: &[(f64, Turn)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_nonblocking(true).unwrap();
        let mut supervisor = Supervisor::at(Some(path.into()), patience_seconds.map(Duration::from_secs));
        let begun = Instant::now();
        let mut hear = |&(seconds, turn): &(f64, Turn)| {
            supervisor.take(turn, begun + Duration::from_secs_f64(seconds), || format!("{turn:?}"));
            let mut bytes = [0; 1_024];
            let length = manager.recv(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..length]);
            text.lines().map(|line| line.split('=').next().unwrap_or_default()).collect::<Vec<_>>().join(" ")
        };
        turns.iter().map(&mut hear).collect()
    }

    #[test]
    fn it_is_ready_once_it_trades_and_never_before() {
        let said =
            heard(None, &[(0.0, START), (0.1, START), (6.0, START), (6.1, TRADING), (6.2, TRADING), (6.3, START)]);
        let expect = ["STATUS EXTEND_TIMEOUT_USEC", "", "EXTEND_TIMEOUT_USEC", "READY STATUS", "", ""];
        assert_eq!(said, expect);
    }

    #[test]
    fn a_turning_loop_is_alive_and_a_hanging_one_is_silent() {
        let said = heard(Some(8), &[(0.0, TRADING), (1.0, TRADING), (2.0, TRADING), (4.5, TRADING), (4.6, TRADING)]);
        assert_eq!(said, ["READY STATUS WATCHDOG", "", "WATCHDOG", "WATCHDOG", ""]);
    }

    #[test]
    fn a_stop_is_told_once_and_is_no_reason_to_be_silent() {
        let said = heard(Some(8), &[(0.0, TRADING), (1.0, STOPPING), (3.0, STOPPING)]);
        assert_eq!(said, ["READY STATUS WATCHDOG", "STOPPING STATUS", "WATCHDOG"]);
        assert_eq!(heard(None, &[(0.0, STOPPING)]), ["STOPPING STATUS EXTEND_TIMEOUT_USEC"], "it was never ready");
    }

    #[test]
    fn nobody_listens_and_nothing_waits() {
        let mut alone = Supervisor::at(None, Some(Duration::from_secs(1)));
        alone.take(TRADING, Instant::now(), || unreachable!("nobody is told"));
        let folder = tempfile::tempdir().unwrap();
        assert!(Supervisor::at(Some(folder.path().join("none").into()), None).socket.is_none());
        let path = folder.path().join("full");
        let _deaf = UnixDatagram::bind(&path).unwrap();
        let mut supervisor = Supervisor::at(Some(path.into()), Some(Duration::ZERO));
        // More than any queue of datagrams takes.
        (0..10_000).for_each(|_| supervisor.take(TRADING, Instant::now(), String::new));
    }
}
