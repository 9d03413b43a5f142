//! Ctrl-C and SIGTERM, as a flag that long tasks poll, so that they end in good order instead of being cut off.

use host_session::StopFlag;

use super::error::{Kind, Report, Result};
use super::stderr;

/// Installs the handler and returns the flag that the first Ctrl-C sets. The second one ends the process at once.
///
/// # Errors
/// The handler cannot be installed, or one is installed already.
pub fn listen() -> Result<StopFlag> {
    let stop = StopFlag::default();
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.request() {
            stderr::clear();
            // 128 + SIGINT, as shells expect.
            std::process::exit(130);
        }
    })
    .map_err(|error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error))?;
    Ok(stop)
}
