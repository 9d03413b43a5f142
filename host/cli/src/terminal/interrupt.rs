//! Ctrl-C, SIGTERM and SIGHUP, as a flag that long tasks poll, so that they end in good order instead of being cut off.

use host_session::{StopFlag, StopSignal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::error::{Kind, Report, Result};
use super::stderr;

/// Installs the handler and returns the flag that the first signal sets. The second one ends the process at once.
///
/// # Errors
/// The handler cannot be installed.
pub fn listen() -> Result<StopFlag> {
    let failed = |error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error);
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let stop = StopFlag::default();
    let flag = stop.clone();
    let watch = move || {
        for number in signals.forever() {
            let signal = if number == SIGINT { StopSignal::Interrupt } else { StopSignal::Terminate };
            if flag.request(signal) {
                stderr::clear();
                std::process::exit(Kind::of_signal(signal).code().into());
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map_err(failed)?;
    Ok(stop)
}

/// Returns the error of a task that `signal` cut short: `what` was left undone, or ends there.
pub fn cut_short(signal: StopSignal, what: &str) -> Report {
    let name = match signal {
        StopSignal::Interrupt => "Ctrl-C",
        StopSignal::Terminate => "SIGTERM",
    };
    Report::new(Kind::of_signal(signal), format!("stopped by {name}: {what}"))
}
