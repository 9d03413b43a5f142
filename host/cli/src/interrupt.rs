//! Ctrl-C (and SIGTERM) as a question that a long task asks, so that it can end in order instead of being cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Kind, Report, Result};

/// Whether the user wants the task to end.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. The first Ctrl-C asks; a second one, for whoever cannot wait, ends the process at once.
    ///
    /// # Errors
    /// The system lets nobody listen, or someone does already.
    pub fn listen() -> Result<Interrupt> {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                // 128 + SIGINT, as shells expect.
                std::process::exit(130);
            }
        })
        .map_err(|error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error))?;
        Ok(Interrupt(asked))
    }

    /// Whether to stop.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
