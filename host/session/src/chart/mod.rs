//! The lines that strategies draw over prices, kept beside a run without touching it.
//!
//! The instance that trades is never asked: after a trap nobody can enter its store again, so a mistake in a chart
//! would end its trading, and a call that changes the strategy would change its decisions. Instead a [`twin`] of it,
//! started alike, is shown the same batches on a thread of its own and asked there. A fault of the twin ends the lines
//! and nothing else, replays and journals know nothing of it, and a strategy without a `chart` interface costs nothing.
//!
//! What is kept is bounded however long a run is: [`series`] grow coarser with time, and the [`board`] has room for a
//! limited number of markets, first of all for those with signals.

mod board;
mod drawing;
mod followed;
mod series;
mod twin;

use std::path::Path;
use std::thread::JoinHandle;

use host_core::{Market, Strategy};
use host_sandbox::{Settings, StrategyComponent};
use host_store::lines::{self, LinesError};

use self::drawing::Drawing;
use self::followed::Followed;
use self::twin::Twin;

/// The lines that are being drawn in a run, by slot.
#[derive(Debug, Default)]
pub struct Lines {
    drawn: Vec<(String, JoinHandle<Drawing>)>,
}

impl Lines {
    /// Returns `trading`, an instance of `component` in `slot`, followed by a twin if the strategy draws lines.
    pub(crate) fn follow(
        &mut self,
        slot: &str,
        (component, settings): (&StrategyComponent, &Settings),
        trading: Box<dyn Strategy>,
    ) -> Box<dyn Strategy> {
        if !component.has_chart() {
            return trading;
        }
        // What the twin logs was logged by the instance that trades.
        let quiet = component.without_log();
        match quiet.start(settings) {
            Ok(twin) => {
                let (shown, thread) = Twin::spawn(twin);
                self.drawn.push((slot.to_owned(), thread));
                Box::new(Followed::new(trading, shown))
            }
            Err(_) => trading,
        }
    }

    /// Waits for the end of all lines, which comes soon after that of their strategies, and writes them to the run's
    /// folder `folder`. Returns a note for each that ended early.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn keep(self, folder: &Path, markets: &[Market]) -> Result<Vec<String>, LinesError> {
        let mut notes = Vec::new();
        let mut drawings = Vec::new();
        for (slot, thread) in self.drawn {
            let Ok(drawing) = thread.join() else { continue };
            let fault = drawing.fault.as_ref();
            notes.extend(fault.map(|fault| format!("the lines of `{slot}` end early: {}", fault.message)));
            drawings.push((slot, drawing));
        }
        let points = drawings.iter().flat_map(|(slot, drawing)| drawing.points(slot, markets));
        let mut points = points.peekable();
        if points.peek().is_some() {
            lines::write(folder, points)?;
        }
        Ok(notes)
    }
}
