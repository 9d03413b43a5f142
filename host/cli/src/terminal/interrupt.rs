//! Ctrl-C and SIGTERM as a request that a long task looks at, so that it can end in order instead of being cut off.

use host_session::StopFlag;

use super::error::{Kind, Report, Result};

/// Listens from now on and returns the flag that the first Ctrl-C sets. A second one, for whoever cannot wait, ends the
/// process at once.
///
/// # Errors
/// The system lets nobody listen, or someone does already.
pub fn listen() -> Result<StopFlag> {
    let stop = StopFlag::default();
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.request() {
            // 128 + SIGINT, as shells expect.
            std::process::exit(130);
        }
    })
    .map_err(|error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error))?;
    Ok(stop)
}
